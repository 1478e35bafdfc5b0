"""Points of the domain that the rules leave out: ends of a closed domain, and holes of a line on the way.

f is continuous there; where f′ has a limit on a side, that is the slope on this side (mean value theorem).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from solver.derivation.equality import Equality, Means
from solver.differentiation.conditions import ZERO, Requirement, bounded, fails
from solver.differentiation.leading import limit_beside
from solver.errors import CorrigeError
from solver.expression.evaluate import ball, exact_value
from solver.expression.latex import latex
from solver.expression.tree import (
    Apply,
    Cases,
    Condition,
    Expr,
    Negative,
    Number,
    Product,
    Sum,
    Symbol,
    substitute,
    symbols,
    walk,
)

_NEAR = Fraction(1, 2**40)
_MOST = 6
_BROKEN = frozenset({"sign", "gamma", "digamma", "trigamma", "polygamma"})
"""Functions that are not continuous wherever they have a value, or that are not followed here."""


@dataclass(frozen=True, slots=True)
class Slope:
    """The limit of f′ on one side: `value`, or `infinite` as ±1; neither where it was not found."""

    value: Expr | None = None
    infinite: int = 0


@dataclass(frozen=True, slots=True)
class Edge:
    """A point x = `at` that the rules leave out. A side on which f has no value is None."""

    at: Fraction
    left: Slope | None
    right: Slope | None

    @property
    def sides(self) -> tuple[Slope, ...]:
        return tuple(side for side in (self.left, self.right) if side is not None)

    @property
    def inside(self) -> bool:
        """Whether f has values on both sides."""
        return len(self.sides) == 2

    @property
    def kind(self) -> str:
        """`smooth` (f′ exists, on the sides there are), `vertical`, `cusp`, `corner`, `none` or `unknown`."""
        infinite = {side.infinite for side in self.sides if side.infinite}
        values = [side.value for side in self.sides if side.value is not None]
        if len(values) == len(self.sides):
            return "smooth" if len({exact_value(v) or v for v in values}) == 1 else "corner"
        if len(infinite) == 1 and all(side.infinite for side in self.sides):
            return "vertical"
        return "cusp" if len(infinite) == 2 else "none" if infinite else "unknown"


def edges(
    function: Expr,
    derivative: Expr,
    x: Symbol,
    domain: tuple[Requirement, ...],
    left_out: tuple[Requirement, ...],
) -> tuple[Edge, ...]:
    """The points that `left_out` takes away from the `domain` of a function of one variable, where they are
    rational; none where f may jump."""
    nodes = [*walk(function), *walk(derivative)]
    if {s.name for s in symbols(function)} != {x.name} or any(isinstance(n, Cases) for n in nodes):
        return ()
    if any(isinstance(node, Apply) and node.function in _BROKEN for node in nodes):
        return ()
    found = []
    for at in dict.fromkeys(p for r in left_out for p in _points(r)):
        if not _within(domain, x, at) or not _has_value(function, x, at):
            continue
        sides = [_slope(function, derivative, x, at, side, domain) for side in (-1, 1)]
        if any(sides):  # else a point alone, where no derivative can be
            found.append(Edge(at, *sides))
    return tuple(sorted(found, key=lambda e: e.at))[:_MOST]


def _points(requirement: Requirement) -> Iterator[Fraction]:
    """The ends of x > a and of |x| < r, the hole of x ≠ a."""
    if bounded(requirement) is None or not isinstance(requirement, Condition):
        return
    bound = exact_value(requirement.right)
    assert bound is not None
    if requirement.relation in ("<", ">", "!="):
        yield bound
        if isinstance(requirement.left, Apply):
            yield -bound


def _within(domain: tuple[Requirement, ...], x: Symbol, at: Fraction) -> bool:
    return not any(isinstance(c, Condition) and fails(c, {x.name: at}) for c in domain)


def _has_value(function: Expr, x: Symbol, at: Fraction) -> bool:
    try:
        return bool(ball(function, {x.name: at}).is_finite())
    except CorrigeError:
        return False


def _slope(
    function: Expr, derivative: Expr, x: Symbol, at: Fraction, side: int, domain: tuple[Requirement, ...]
) -> Slope | None:
    beside = at + side * _NEAR
    if not _within(domain, x, beside) or not _has_value(function, x, beside):
        return None
    try:
        limit = limit_beside(derivative, x, at, side)
    except CorrigeError:
        limit = None
    if limit is None:
        return Slope()
    return Slope(infinite=limit) if isinstance(limit, int) else Slope(limit)


# ---- second road ------------------------------------------------------------------------------

_STEPS = (40, 120, 360)
"""Difference quotients over 2⁻ᵏ: far enough for a slope that is reached like a tenth root."""
_BITS = 1600
_CLOSE = 1e-6
_HERE = Symbol("x_here")


def reviewed(function: Expr, x: Symbol, edge: Edge) -> Iterator[Equality]:
    """Each slope that was found beside the point, against difference quotients of f itself."""
    for side, slope in ((-1, edge.left), (1, edge.right)):
        if slope is None or (slope.value is None and not slope.infinite):
            continue
        near = f"{latex(x)} = {latex(edge.at)}"
        if slope.value is None:
            sizes = [_gap(function, x, edge.at, side, k, ZERO) * slope.infinite for k in _STEPS]
            holds = bool(sizes[0] > 0) and all(2 * a < b for a, b in pairwise(sizes))
            told = r"+\infty" if slope.infinite > 0 else r"-\infty"
        else:
            gaps = [abs(_gap(function, x, edge.at, side, k, slope.value)) for k in _STEPS]
            holds = bool(gaps[-1] < _CLOSE)
            told = latex(slope.value)
        yield Equality(f"f'({near}, {side})", told, Means.DIFFERENCES, holds)


def _gap(function: Expr, x: Symbol, at: Fraction, side: int, k: int, slope: Expr) -> Any:
    """(f(a + h) − f(a))/h − slope for h = ±2⁻ᵏ."""
    here = substitute(function, {x.name: _HERE})
    quotient = Product((Number(Fraction(side * 2**k)), Sum((function, Negative(here)))))
    values = {x.name: at + Fraction(side, 2**k), _HERE.name: at}
    return ball(Sum((quotient, Negative(slope))), values, bits=_BITS)
