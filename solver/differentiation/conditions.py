"""Conditions such as x² − 1 > 0 solved for their variable where that is short, and brought together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from solver.analysis.positivity import visible_sign, visibly_not_negative
from solver.expression.evaluate import exact_value
from solver.expression.settle import written
from solver.expression.tree import (
    Apply,
    Condition,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    number,
    symbols,
)
from solver.rules.algebra import solved
from solver.rules.joints import interval_condition
from solver.rules.line import inside
from solver.rules.roots import UnknownRoots, rational_roots, without_negative_powers

ZERO = number(0)
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Poles:
    """The argument is none of 0, −1, −2, … (Γ and its kin)."""

    argument: Expr


Requirement = Condition | Poles


def fails(condition: Condition, point: dict[str, Fraction]) -> bool:
    """Whether the condition is false at a point, told exactly."""
    gap = exact_value(Sum((condition.left, Negative(condition.right))), point)
    if gap is None:
        return False
    sign = (gap > 0) - (gap < 0)
    holds = {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1), "=": (0,), "!=": (-1, 1)}
    return sign not in holds[condition.relation]


def simplified(condition: Condition) -> tuple[Condition, ...]:
    """The condition solved for its variable where its roots are rational; none where it always holds."""
    condition = _opened(condition)
    names = symbols(Sum((condition.left, condition.right)))
    if len(names) != 1:
        return (condition,) if names and not _always(condition, names[0]) else ()
    (x,) = names
    if _always(condition, x):
        return ()
    if isinstance(condition.left, Apply) and condition.left.function == "abs":
        return _distance(condition)
    line = solved(condition)
    if line.left == x:
        return (line,)
    gap = condition.left if condition.right == ZERO else Sum((condition.left, Negative(condition.right)))
    gap = without_negative_powers(gap, x)
    try:
        roots = rational_roots(gap, x)
    except UnknownRoots:
        return (condition,)
    return _on_line(condition, gap, roots, x)


def _opened(condition: Condition) -> Condition:
    """ln u > 0 is u > 1, |u| > 0 is u ≠ 0, u/v > 0 is u v > 0 (v ≠ 0 is a condition of its own)."""
    left, relation, right = condition.left, condition.relation, condition.right
    match left:
        case Apply("ln", (u,)) if right == ZERO:
            return _opened(Condition(u, relation, number(1)))
        case Apply("abs", (u,)) if right == ZERO and relation in (">", "!="):
            return _opened(Condition(u, "!=", ZERO))
        case Apply("abs", (Apply("sqrt", _) as root,)):
            return _opened(Condition(root, relation, right))
        case Apply("sqrt", (u,)) if (exact_value(right) or 0) > 0:
            return _opened(Condition(u, relation, Power(right, number(2))))
        case Apply("abs", (Quotient(top, bottom),)) if (size := exact_value(top)) and relation in _TURNED:
            return _inverted(abs(size), bottom, relation, right) or condition
        case Sum(terms) if right == ZERO and (alone := _root_alone(terms, relation)) is not None:
            return _opened(alone)
        case Quotient(top, bottom) if right == ZERO and relation in ("<", "<=", ">", ">="):
            return Condition(Product((top, bottom)), relation, ZERO)
    if isinstance(right, Power | Sum) and (value := exact_value(right)) is not None:
        return Condition(left, relation, written(value))
    return condition


def _inverted(size: Fraction, bottom: Expr, relation: str, right: Expr) -> Condition | None:
    """|c/v| ≤ r is |v| ≥ |c|/r."""
    radius = exact_value(right)
    if radius is None or radius <= 0:
        return None
    return _opened(Condition(Apply("abs", (bottom,)), _TURNED[relation], written(size / radius)))


def _root_alone(terms: Sequence[Expr], relation: str) -> Condition | None:
    """√u − c > 0 is √u > c, c − √u > 0 is √u < c."""
    roots = [t for t in terms if symbols(t)]
    shift = exact_value(Sum(tuple(t for t in terms if not symbols(t))))
    if len(roots) != 1 or shift is None:
        return None
    match roots[0]:
        case Apply("sqrt", _) as root:
            return Condition(root, relation, written(-shift))
        case Negative(Apply("sqrt", _) as root):
            return Condition(root, _TURNED.get(relation, relation), written(shift))
    return None


def _distance(condition: Condition) -> tuple[Condition, ...]:
    """|u| ≤ r as it stands for a variable, else as −r ≤ u ≤ r."""
    assert isinstance(condition.left, Apply)
    (u,) = condition.left.arguments
    radius = exact_value(condition.right)
    if isinstance(u, Symbol) or radius is None or condition.relation not in ("<", "<="):
        return (condition,)
    low, high = (
        Condition(u, {"<": ">", "<=": ">="}[condition.relation], written(-radius)),
        Condition(u, condition.relation, written(radius)),
    )
    ends = [*simplified(low), *simplified(high)]
    return tuple(ends) if all(bounded(e) for e in ends) else (condition,)


def _always(condition: Condition, x: Symbol) -> bool:
    """Whether the form alone shows that it holds: e^x + 1 ≠ 0, x² + 1 > 0."""
    if condition.right != ZERO:
        return False
    sign = visible_sign(condition.left, x)
    match condition.relation:
        case "!=":
            return sign in (1, -1)
        case ">":
            return sign == 1
        case ">=":
            return visibly_not_negative(condition.left, x)
    return False


def _on_line(condition: Condition, gap: Expr, roots: list[Fraction], x: Symbol) -> tuple[Condition, ...]:
    """The condition as an interval of the line and the roots inside it that it leaves out."""
    if condition.relation == "!=":
        return tuple(Condition(x, "!=", written(root)) for root in roots)
    bounds: list[Fraction | None] = [None, *roots, None]
    positive = condition.relation in (">", ">=")
    end = "=" if "=" in condition.relation else ""
    runs: list[tuple[Fraction | None, Fraction | None]] = []
    holes: list[Fraction] = []
    for low, high in pairwise(bounds):
        if ((exact_value(gap, {x.name: inside(low, high)}) or 0) > 0) != positive:
            continue
        if runs and low is not None and runs[-1][1] == low:
            runs[-1] = (runs[-1][0], high)
            holes += [] if end else [low]
        else:
            runs.append((low, high))
    left_out = tuple(Condition(x, "!=", written(root)) for root in holes)
    ends = {bound for run in runs for bound in run}
    if end and any(root not in ends and not _inside(runs, root) for root in roots):
        return (condition,)  # a point alone, as 1 in (x − 1)² (x − 2) ≥ 0
    if len(runs) == 1:
        low, high = runs[0]
        if low is not None and high is not None and low != -high:
            return (Condition(x, ">" + end, written(low)), Condition(x, "<" + end, written(high)), *left_out)
        found = interval_condition(low, high, x, end)
        return left_out if found is None else (found, *left_out)
    if len(runs) == 2 and len(roots) == 2 and roots[0] == -roots[1]:
        return (Condition(Apply("abs", (x,)), ">" + end, Number(roots[1])),)
    return (condition,)


def _inside(runs: Sequence[tuple[Fraction | None, Fraction | None]], at: Fraction) -> bool:
    return any((low is None or low < at) and (high is None or at < high) for low, high in runs)


def strongest(found: tuple[Requirement, ...]) -> tuple[Requirement, ...]:
    """The conditions on one variable brought together as one interval, without what that implies."""
    kept: list[Requirement] = []
    done: set[Symbol] = set()
    found = _sharpened(found)
    for requirement in found:
        x = bounded(requirement)
        if x is None:
            kept.append(requirement)
        elif x not in done:
            done.add(x)
            kept += _together([c for c in found if isinstance(c, Condition) and bounded(c) == x], x)
    return tuple(kept)


def _sharpened(found: tuple[Requirement, ...]) -> tuple[Requirement, ...]:
    """u ≥ 0 and u ≠ 0 as u > 0; u ≠ 0 beside u > 0 says nothing."""
    strict = {(c.left, c.right) for c in found if isinstance(c, Condition) and c.relation in ("!=", "<", ">")}
    ordered = {(c.left, c.right) for c in found if isinstance(c, Condition) and c.relation != "!="}
    kept: dict[Requirement, None] = {}
    for c in found:
        if isinstance(c, Condition) and (c.left, c.right) in strict and c.relation in ("<=", ">="):
            kept.setdefault(Condition(c.left, c.relation[0], c.right))
        elif not (isinstance(c, Condition) and c.relation == "!=" and (c.left, c.right) in ordered):
            kept.setdefault(c)
    return tuple(kept)


def bounded(requirement: Requirement) -> Symbol | None:
    """The variable of x < b, x ≥ b, x ≠ b, |x| ≤ b with a rational b; None for any other condition."""
    if not isinstance(requirement, Condition) or exact_value(requirement.right) is None:
        return None
    match requirement.left:
        case Symbol():
            return requirement.left
        case Apply("abs", (Symbol() as x,)) if requirement.relation != "!=":
            return x
    return None


def _together(conditions: list[Condition], x: Symbol) -> list[Requirement]:
    """low < x < high, and the points inside that are left out."""
    low: Fraction | None = None
    high: Fraction | None = None
    open_low = open_high = False
    holes: list[Fraction] = []
    gap, open_gap = Fraction(-1), False  # |x| > gap
    for condition in conditions:
        bound = exact_value(condition.right)
        assert bound is not None
        strict = "=" not in condition.relation
        both = isinstance(condition.left, Apply)
        if condition.relation == "!=":
            holes.append(bound)
            continue
        if both and condition.relation in (">", ">="):
            gap, open_gap = max((gap, open_gap), (bound, strict))
            continue
        if both or condition.relation in (">", ">="):
            least = -bound if both else bound
            if low is None or least > low:
                low, open_low = least, strict
            elif least == low:
                open_low = open_low or strict
        if both or condition.relation in ("<", "<="):
            if high is None or bound < high:
                high, open_high = bound, strict
            elif bound == high:
                open_high = open_high or strict
    open_low, open_high = open_low or low in holes, open_high or high in holes
    open_gap = open_gap or {gap, -gap} <= set(holes)
    if low is not None and low >= gap > 0:
        low, open_low, gap = low, open_low or (open_gap and low == gap), Fraction(-1)
    inner = sorted(
        {h for h in holes if (low is None or h > low) and (high is None or h < high) and abs(h) > gap}
    )
    left_out: list[Requirement] = [Condition(x, "!=", written(h)) for h in inner]
    if low is not None and high is not None and low == -high and open_low == open_high and high > 0:
        return [Condition(Apply("abs", (x,)), "<" if open_low else "<=", Number(high)), *left_out]
    ends: list[Requirement] = []
    if low is not None:
        ends.append(Condition(x, ">" if open_low else ">=", written(low)))
    if high is not None:
        ends.append(Condition(x, "<" if open_high else "<=", written(high)))
    if gap >= 0:
        ends.append(Condition(Apply("abs", (x,)), ">" if open_gap else ">=", Number(gap)))
    return [*ends, *left_out]
