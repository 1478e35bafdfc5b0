"""Rational equalities proved: both sides worked out as fractions of polynomials, derivatives by duals.

The same evaluation as at a point, with a variable standing for itself: what is equal then is equal wherever
both are defined.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import comb
from typing import Any

from flint import fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from solver.derivation.dual_numbers import Undefined
from solver.derivation.duals import Local, value
from solver.errors import UnsupportedExpression
from solver.expression.tree import Apply, Cases, Constant, Expr, walk

MAX_VARIABLES = 12
MAX_TERMS = 3_000
MAX_NODES = 400


class TooLarge(Exception):
    """Inside: more terms than are worth it."""


@dataclass(frozen=True, slots=True, eq=False)
class Ratio:
    """top / bottom, polynomials with rational coefficients; not reduced."""

    top: fmpq_mpoly
    bottom: fmpq_mpoly

    def __add__(self, other: Any) -> Ratio:
        that = self._like(other)
        return _bounded(self.top * that.bottom + that.top * self.bottom, self.bottom * that.bottom)

    __radd__ = __add__

    def __mul__(self, other: Any) -> Ratio:
        that = self._like(other)
        return _bounded(self.top * that.top, self.bottom * that.bottom)

    __rmul__ = __mul__

    def __neg__(self) -> Ratio:
        return Ratio(-self.top, self.bottom)

    def __rtruediv__(self, other: Any) -> Ratio:
        that = self._like(other)
        return _bounded(that.top * self.bottom, that.bottom * self.top)

    def __pow__(self, exponent: int) -> Ratio:
        for part in (self.top, self.bottom):
            names = sum(d > 0 for d in part.degrees())
            if comb(part.total_degree() * exponent + names, names) > MAX_TERMS and len(part) > 1:
                raise TooLarge
        return _bounded(self.top**exponent, self.bottom**exponent)

    def __eq__(self, other: object) -> bool:
        that = self._like(other)
        return bool(self.top * that.bottom == that.top * self.bottom)

    __hash__ = None  # type: ignore[assignment]  # equal fractions may be written differently

    def _like(self, other: Any) -> Ratio:
        if isinstance(other, Ratio):
            return other
        if not isinstance(other, (int, fmpq)):
            raise TooLarge
        one = self.top.context().constant(1)
        return Ratio(one * other, one)


def _bounded(top: fmpq_mpoly, bottom: fmpq_mpoly) -> Ratio:
    if len(top) > MAX_TERMS or len(bottom) > MAX_TERMS:
        raise TooLarge
    return Ratio(top, bottom)


def proved(left: Expr, right: Expr, functions: Mapping[str, Local], names: tuple[str, ...]) -> bool:
    """Whether two rational sides are the same fraction; False too where that is not tried."""
    bodies = [local.body for local in functions.values()]
    nodes = [n for e in (left, right, *bodies) for n in walk(e)]
    plain = all(_is_plain(node, functions) for node in nodes)
    if not plain or not names or len(names) > MAX_VARIABLES or len(nodes) > MAX_NODES:
        return False
    context = fmpq_mpoly_ctx.get([f"x{i}" for i in range(len(names))], "lex")
    one = context.constant(1)
    point: dict[str, Any] = {n: Ratio(g, one) for n, g in zip(names, context.gens(), strict=True)}
    try:
        sides = [value(side, point | dict(functions)) for side in (left, right)]
    except (Undefined, TooLarge, TypeError, ZeroDivisionError, OverflowError, UnsupportedExpression):
        return False
    return bool(point[names[0]]._like(sides[0]) == sides[1])


def _is_plain(node: Expr, functions: Mapping[str, Local]) -> bool:
    if isinstance(node, Apply):
        return node.function in functions
    return not isinstance(node, (Cases, Constant))
