"""Sine waves f(x) = c + A sin(m x + p), or with a cosine: |sin| ≤ 1 gives their image and steepest slope."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from solver.analysis.pieces import affine
from solver.analysis.values import Value, exact_value, rational_value
from solver.analysis.variation import Bound, Image, Place
from solver.expression.tree import (
    Apply,
    Constant,
    Expr,
    Negative,
    Product,
    Quotient,
    Sum,
    Symbol,
    number,
)

_SLOPES = {"sin": "cos", "cos": "sin"}
_TOPS = {"sin": Fraction(1, 2), "cos": Fraction(0)}
"""Where the function is 1, in multiples of π."""


@dataclass(frozen=True)
class Wave:
    """f(x) = middle + size · function(angle) with angle = pace x + phase; size and pace are not 0."""

    function: str
    middle: Fraction
    size: Fraction
    pace: Fraction
    phase: Fraction
    angle: Expr

    @property
    def period(self) -> Expr:
        """2π/|m|."""
        return _turn(2 / abs(self.pace))

    @property
    def slope(self) -> str:
        """The function that gives the size of f′: cos for sin."""
        return _SLOPES[self.function]

    @property
    def steepness(self) -> Fraction:
        """sup |f′| = |A m|."""
        return abs(self.size * self.pace)

    @property
    def image(self) -> Image:
        """[c − |A|, c + |A|], each end with one point where it is taken."""
        top = _TOPS[self.function]
        return self._between(self.middle, self.size, top)

    @property
    def slope_image(self) -> Image:
        """[−|A m|, |A m|]: f′ is A m cos(m x + p), or −A m sin(m x + p)."""
        rate = self.size * self.pace
        return self._between(Fraction(0), rate if self.function == "sin" else -rate, _TOPS[self.slope])

    @property
    def flattest(self) -> Bound:
        """inf |f′| = 0, taken where f is largest."""
        return replace(self.image.high, value=rational_value(0))

    def _between(self, middle: Fraction, size: Fraction, top: Fraction) -> Image:
        bottom = top + 1 if top <= 0 else top - 1
        high, low = (top, bottom) if size > 0 else (bottom, top)
        ends = [Bound(rational_value(middle + s * abs(size)), True, (self._place(at),), ())
                for s, at in ((-1, low), (1, high))]  # fmt: skip
        return Image(*ends)

    def _place(self, turns: Fraction) -> Place:
        """The x with m x + p = `turns` π."""
        shift, turned = -self.phase / self.pace, turns / self.pace
        if not turned:
            value: Value = rational_value(shift)
        else:
            value = exact_value(Sum((_turn(turned), number(shift))) if shift else _turn(turned))
        return Place(value, value)


def _turn(value: Fraction) -> Expr:
    """value · π."""
    size = abs(value)
    top: Expr = Constant("pi") if size.numerator == 1 else Product((number(size.numerator), Constant("pi")))
    found = top if size.denominator == 1 else Quotient(top, number(size.denominator))
    return Negative(found) if value < 0 else found


def wave_of(expr: Expr, x: Symbol) -> Wave | None:
    """The expression read as a wave; None where it is none."""
    match expr:
        case Apply("sin" | "cos" as name, (angle,)):
            line = affine(angle, x)
            if line is None or not line[0]:
                return None
            return Wave(name, Fraction(0), Fraction(1), line[0], line[1], angle)
        case Negative(operand):
            return _scaled(wave_of(operand, x), Fraction(-1))
        case Quotient(operand, divisor):
            by = _constant(divisor, x)
            return _scaled(wave_of(operand, x), 1 / by) if by else None
        case Product(factors):
            return _around(factors, x, product=True)
        case Sum(terms):
            return _around(terms, x, product=False)
    return None


def _around(parts: tuple[Expr, ...], x: Symbol, *, product: bool) -> Wave | None:
    """One wave among rational numbers, multiplied by them or raised by them."""
    rest = [part for part in parts if _constant(part, x) is None]
    wave = wave_of(rest[0], x) if len(rest) == 1 else None
    for part in parts:
        value = _constant(part, x)
        if value is None or wave is None:
            continue
        wave = _scaled(wave, value) if product else replace(wave, middle=wave.middle + value)
    return wave


def _scaled(wave: Wave | None, factor: Fraction) -> Wave | None:
    if wave is None or not factor:
        return None
    return replace(wave, middle=wave.middle * factor, size=wave.size * factor)


def _constant(expr: Expr, x: Symbol) -> Fraction | None:
    line = affine(expr, x)
    return None if line is None or line[0] else line[1]
