"""A real number to show: as an expression where there is a short one, and by a close rational."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from solver.descent.objective import number_expr, surd_expr
from solver.descent.roots import Surd
from solver.expression.tree import Expr


@dataclass(frozen=True)
class Quantity:
    """A real number to show: `exact` as an expression (None where there is no short one), `value` for
    decimals.

    `value` is the number itself where `rational`, else a rational closer than 10⁻⁶⁰.
    """

    value: Fraction
    exact: Expr | None
    rational: bool

    def __float__(self) -> float:
        return float(self.value)

    @property
    def told(self) -> Fraction | Expr | str:
        """What may be told as the number itself: a fraction, an expression, else 30 decimals as text."""
        if self.rational:
            return self.value
        if self.exact is not None:
            return self.exact
        from solver.expression.decimals import decimal

        return decimal(self.value, 30)

    @property
    def ends(self) -> bool:
        """Whether it is a decimal of at most six places."""
        return self.rational and (self.value * 10**6).denominator == 1


def quantity(surd: Surd | None, approximation: Fraction, decimal: bool) -> Quantity:
    """The number as a surd where it is one, else by its approximation."""
    if surd is None:
        return Quantity(approximation, None, False)
    if surd.q == 0:
        return Quantity(surd.p, number_expr(surd.p, decimal), True)
    return Quantity(approximation, surd_expr(surd), False)
