"""The assumption that a claim lacks: the widest sign region of its variables in which both sides agree.

Candidates are conditions on one variable (x > 0, |x| < 1…), on the expressions whose sign matters (what
stands under a logarithm or in a bar), on two variables (x < y), and their conjunctions. Each is a mask over
the points that were tried, so thousands cost little; the one kept is tried on other points by the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from solver.claims.compare import Outcome, evaluate, stands
from solver.derivation.duals import Local
from solver.derivation.points import Point, root_of
from solver.expression.reader import read_expression
from solver.expression.tree import Apply, Condition, Expr, Negative, Number, Sum, Symbol, number, symbols

Conditions = tuple[Condition, ...]

_BITS = 128
_LEAST = 2
_MAX_CANDIDATES = 14


@dataclass(frozen=True, slots=True)
class _Atom:
    condition: Conditions
    cost: int
    mask: int


def missing_assumption(
    outcomes: Sequence[tuple[Point, Outcome]],
    names: Sequence[str],
    around: Sequence[Expr],
    *,
    bad: frozenset[Outcome],
    functions: Mapping[str, Local],
) -> Iterator[Conditions]:
    """Conditions under which no bad point is left, the widest and simplest first."""
    good_mask = _mask(outcome is Outcome.EQUAL for _, outcome in outcomes)
    bad_mask = _mask(outcome in bad for _, outcome in outcomes)
    void_mask = _mask(outcome is Outcome.NEITHER for _, outcome in outcomes)
    values: dict[Expr, list[Any]] = {}

    def at_points(expr: Expr) -> list[Any]:
        if expr not in values:
            values[expr] = [evaluate(expr, point, functions, _BITS) for point, _ in outcomes]
        return values[expr]

    def held(condition: Condition) -> list[bool]:
        sides = zip(at_points(condition.left), at_points(condition.right), strict=True)
        return [stands(left, condition.relation, right) for left, right in sides]

    atoms = []
    for conditions, cost in _candidates(names, around):
        mask = _mask(all(flags) for flags in zip(*(held(c) for c in conditions), strict=True))
        if (mask & good_mask).bit_count() >= _LEAST:
            atoms.append(_Atom(conditions, cost, mask))
    found: list[tuple[tuple[int, int, int], Conditions]] = []
    for group in _groups(atoms, names):
        mask = -1
        for atom in group:
            mask &= atom.mask
        kept = (mask & good_mask).bit_count()
        if mask & bad_mask or kept < _LEAST:
            continue
        cost = sum(atom.cost for atom in group) + 3 * len(group)
        rank = (-kept, int((mask & void_mask).bit_count() > 0), cost)
        found.append((rank, tuple(c for atom in group for c in atom.condition)))
    found.sort(key=lambda pair: pair[0])
    for _, conditions in found[:_MAX_CANDIDATES]:
        yield conditions


def _mask(flags: Iterable[bool]) -> int:
    mask = 0
    for i, flag in enumerate(flags):
        mask |= flag << i
    return mask


def _groups(atoms: Sequence[_Atom], names: Sequence[str]) -> Iterator[tuple[_Atom, ...]]:
    for atom in atoms:
        yield (atom,)
    yield from combinations(atoms, 2)
    if len(names) >= 3:
        signs = [a for a in atoms if a.cost <= 1]
        yield from combinations(signs, 3)


def _candidates(names: Sequence[str], around: Sequence[Expr]) -> Iterator[tuple[Conditions, int]]:
    """Each condition with its cost: the simpler is preferred between two that leave the same points."""
    for name in names[:6]:
        x = Symbol(name)
        for relation in (">", "<"):
            yield (Condition(x, relation, number(0)),), 0
        for bound in ("1", "-1", "pi", "pi/2", "-pi/2"):
            at = _read(bound)
            yield (Condition(x, ">", at),), 2
            yield (Condition(x, "<", at),), 2
        for bound in ("1", "pi/2", "pi"):
            yield (Condition(Apply("abs", (x,)), "<", _read(bound)),), 2
            yield (Condition(Apply("abs", (x,)), ">", _read(bound)),), 2
    for first, second in combinations([Symbol(n) for n in names[:4]], 2):
        yield (Condition(first, ">", second),), 2
        yield (Condition(first, "<", second),), 2
    for border in around:
        for relation in (">", "<"):
            yield (solved(border, relation),), 3


def _read(text: str) -> Expr:
    return read_expression(text)


def solved(border: Expr, relation: str) -> Condition:
    """`x − 3 > 0` as `x > 3` where it is affine in its one variable."""
    present = symbols(border)
    if len(present) == 1:
        name = present[0].name
        at = root_of(border, name, {})
        if at is not None:
            from solver.expression.evaluate import exact_value

            above = exact_value(border, {name: at + 1})
            if above is not None and above < 0:
                relation = ">" if relation == "<" else "<"
            bound: Expr = Number(at) if at >= 0 else Negative(Number(-at))
            return Condition(present[0], relation, bound)
    match border:
        case Sum((first, Negative(Number() as bound))):  # u − 0 > 0, x² − 3 > 0
            return solved(first, relation) if bound.value == 0 else Condition(first, relation, bound)
    return Condition(border, relation, number(0))
