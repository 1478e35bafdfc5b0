"""Where an expression has a value: the conditions that its operations set, solved where that is short."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from solver.analysis.positivity import visible_sign, visibly_not_negative
from solver.expression.evaluate import exact_value
from solver.expression.functions import FUNCTIONS
from solver.expression.reader import read_expression
from solver.expression.tree import (
    Apply,
    Cases,
    Condition,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    children,
    number,
    substitute,
    symbols,
)
from solver.rules.algebra import solved
from solver.rules.joints import interval_condition
from solver.rules.line import inside
from solver.rules.roots import UnknownRoots, rational_roots

ZERO = number(0)


@dataclass(frozen=True, slots=True)
class Poles:
    """The argument is none of 0, −1, −2, … (Γ and its kin)."""

    argument: Expr


Requirement = Condition | Poles


def domain(expr: Expr) -> tuple[Requirement, ...]:
    """The conditions under which `expr` has a value, each once; none where it has one for all real values."""
    found: dict[Requirement, None] = {}
    for requirement in _required(expr):
        if isinstance(requirement, Poles):
            found.setdefault(requirement)
            continue
        for short in simplified(requirement):
            found.setdefault(short)
    return _strongest(tuple(found))


def added_by(derivative: Expr, function: tuple[Requirement, ...]) -> tuple[Requirement, ...]:
    """The domain of a formula of the derivative, where the conditions of the function are not enough."""
    whole = _strongest((*function, *domain(derivative)))
    return tuple(r for r in whole if r not in function and not _outside(r, function))


def _outside(requirement: Requirement, function: tuple[Requirement, ...]) -> bool:
    """Whether it leaves out a point x ≠ b at which the function has no value anyway."""
    if not isinstance(requirement, Condition) or requirement.relation != "!=":
        return False
    at, x = exact_value(requirement.right), requirement.left
    if at is None or not isinstance(x, Symbol):
        return False
    return any(isinstance(c, Condition) and fails(c, {x.name: at}) for c in function)


def fails(condition: Condition, point: dict[str, Fraction]) -> bool:
    """Whether the condition is false at a point, told exactly."""
    gap = exact_value(Sum((condition.left, Negative(condition.right))), point)
    if gap is None:
        return False
    sign = (gap > 0) - (gap < 0)
    holds = {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1), "=": (0,), "!=": (-1, 1)}
    return sign not in holds[condition.relation]


def _required(expr: Expr) -> Iterator[Requirement]:
    """The conditions of each operation. Branches of cases set none: each holds only somewhere."""
    if isinstance(expr, Cases):
        if len(expr.branches) == 1 and expr.branches[0][1] is not None:
            yield expr.branches[0][1]
        return
    yield from _own(expr)
    for child in children(expr):
        yield from _required(child)


def _own(expr: Expr) -> Iterator[Requirement]:
    match expr:
        case Quotient(_, bottom) if symbols(bottom):
            yield from _not_zero(bottom)
        case Power(base, exponent) if symbols(base):
            value = exact_value(exponent)
            if value is None:
                yield Condition(base, ">", ZERO)
            elif value.denominator != 1:
                yield Condition(base, ">=" if value > 0 else ">", ZERO)
            elif value < 0:
                yield from _not_zero(base)
        case Power(base, exponent) if symbols(exponent) and not symbols(base):
            value = exact_value(base)
            if value is not None and value <= 0:
                yield Condition(base, ">", ZERO)
        case Apply("gamma" | "digamma" | "trigamma" | "polygamma", arguments) if symbols(arguments[-1]):
            yield Poles(arguments[-1])
        case Apply("log", (u, b)):
            yield Condition(u, ">", ZERO)
            if symbols(b):
                yield Condition(b, ">", ZERO)
                yield Condition(b, "!=", number(1))
        case Apply("root", (u, Number(index))) if index % 2 == 0:
            yield Condition(u, ">=", ZERO)
        case Apply(name, arguments) if name in FUNCTIONS and FUNCTIONS[name].domain:
            row = FUNCTIONS[name]
            argument = arguments[row.place]
            if symbols(argument):
                for text in row.domain:
                    yield _condition(text, argument)


def _not_zero(expr: Expr) -> Iterator[Condition]:
    """Each factor that can vanish, without its powers and roots."""
    match expr:
        case Product(factors):
            for factor in factors:
                yield from _not_zero(factor)
        case Quotient(top, _):
            yield from _not_zero(top)
        case Negative(operand):
            yield from _not_zero(operand)
        case Power(base, exponent) if (exact_value(exponent) or 0) > 0:
            yield from _not_zero(base)
        case Apply("sqrt" | "cbrt" | "root" | "abs", (u, *_)):
            yield from _not_zero(u)
        case _:
            if symbols(expr):
                yield Condition(expr, "!=", ZERO)


def _condition(text: str, argument: Expr) -> Condition:
    """A condition of the table with the argument in place of x."""
    for relation in ("<=", ">=", "!=", "<", ">"):
        left, found, right = text.partition(f" {relation} ")
        if found:
            values = {"x": argument}
            return Condition(
                substitute(read_expression(left), values),
                relation,
                substitute(read_expression(right), values),
            )
    raise ValueError(text)


# ---- shorter ----------------------------------------------------------------------------------


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
        case Quotient(top, bottom) if right == ZERO and relation in ("<", "<=", ">", ">="):
            return Condition(Product((top, bottom)), relation, ZERO)
    if isinstance(right, Power) and (value := exact_value(right)) is not None:
        return Condition(left, relation, _signed(value))
    return condition


def _distance(condition: Condition) -> tuple[Condition, ...]:
    """|u| ≤ r as it stands for a variable, as −r ≤ u ≤ r for an affine u."""
    assert isinstance(condition.left, Apply)
    (u,) = condition.left.arguments
    radius = exact_value(condition.right)
    if isinstance(u, Symbol) or radius is None or condition.relation not in ("<", "<="):
        return (condition,)
    low, high = (
        Condition(u, {"<": ">", "<=": ">="}[condition.relation], _signed(-radius)),
        Condition(u, condition.relation, _signed(radius)),
    )
    ends = [*simplified(low), *simplified(high)]
    return tuple(ends) if all(isinstance(e.left, Symbol) for e in ends) else (condition,)


def _signed(value: Fraction) -> Expr:
    return Number(value) if value >= 0 else Negative(Number(-value))


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
    if condition.relation == "!=":
        return tuple(Condition(x, "!=", _signed(root)) for root in roots)
    bounds: list[Fraction | None] = [None, *roots, None]
    positive = condition.relation in (">", ">=")
    pieces = [
        (low, high)
        for low, high in pairwise(bounds)
        if ((exact_value(gap, {x.name: inside(low, high)}) or 0) > 0) == positive
    ]
    if len(pieces) == len(bounds) - 1:
        return (
            tuple(Condition(x, "!=", _signed(root)) for root in roots)
            if "=" not in condition.relation
            else ()
        )
    end = "=" if "=" in condition.relation else ""
    if len(pieces) == 1:
        low, high = pieces[0]
        if low is not None and high is not None and low != -high:
            return (Condition(x, ">" + end, _signed(low)), Condition(x, "<" + end, _signed(high)))
        found = interval_condition(low, high, x, end)
        return () if found is None else (found,)
    if len(pieces) == 2 and len(roots) == 2 and roots[0] == -roots[1]:
        return (Condition(Apply("abs", (x,)), ">" + end, Number(roots[1])),)
    return (condition,)


def _strongest(found: tuple[Requirement, ...]) -> tuple[Requirement, ...]:
    """The conditions on one variable brought together as one interval, without what that implies."""
    kept: list[Requirement] = []
    done: set[Symbol] = set()
    for requirement in found:
        x = _bounded(requirement)
        if x is None:
            kept.append(requirement)
        elif x not in done:
            done.add(x)
            kept += _together([c for c in found if isinstance(c, Condition) and _bounded(c) == x], x)
    return tuple(kept)


def _bounded(requirement: Requirement) -> Symbol | None:
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
    left_out: list[Requirement] = [Condition(x, "!=", _signed(h)) for h in inner]
    if low is not None and high is not None and low == -high and open_low == open_high and high > 0:
        return [Condition(Apply("abs", (x,)), "<" if open_low else "<=", Number(high)), *left_out]
    ends: list[Requirement] = []
    if low is not None:
        ends.append(Condition(x, ">" if open_low else ">=", _signed(low)))
    if high is not None:
        ends.append(Condition(x, "<" if open_high else "<=", _signed(high)))
    if gap >= 0:
        ends.append(Condition(Apply("abs", (x,)), ">" if open_gap else ">=", Number(gap)))
    return [*ends, *left_out]
