"""Numbers a + b√c and multiples of their logarithms: the closed forms that ask for no computer algebra."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from solver.expression.tree import Apply, Expr, Negative, Number, Product, Sum, number

_LARGEST = 10**8
"""No square is looked for in larger integers."""


class Unfit(Exception):
    """The number has another form."""


@dataclass(frozen=True)
class Surd:
    """a + b√c with c > 1 without a square factor, or a rational (b = 0, c = 1)."""

    a: Fraction
    b: Fraction = Fraction(0)
    c: int = 1

    def __add__(self, other: Surd | Logarithm) -> Surd:
        other, c = self._shared(other)
        return _made(self.a + other.a, self.b + other.b, c)

    def __neg__(self) -> Surd:
        return Surd(-self.a, -self.b, self.c)

    def __sub__(self, other: Surd | Logarithm) -> Surd:
        return self + -other

    def __mul__(self, other: Surd | Logarithm) -> Surd:
        other, c = self._shared(other)
        return _made(self.a * other.a + self.b * other.b * c, self.a * other.b + self.b * other.a, c)

    def __truediv__(self, other: Surd | Logarithm) -> Surd:
        if not isinstance(other, Surd) or not other.norm:
            raise Unfit
        return self * Surd(other.a / other.norm, -other.b / other.norm, other.c)

    def _shared(self, other: Surd | Logarithm) -> tuple[Surd, int]:
        """The other number and the root of both."""
        if not isinstance(other, Surd) or (self.b and other.b and self.c != other.c):
            raise Unfit
        return other, self.c if self.b else other.c

    @property
    def norm(self) -> Fraction:
        """a² − b²c, 0 for 0 only."""
        return self.a**2 - self.b**2 * self.c

    def __float__(self) -> float:
        first, second = float(self.a), float(self.b) * math.sqrt(self.c)
        # where the two parts nearly cancel, their difference is taken from its conjugate
        return first + second if first * second >= 0 else float(self.norm) / (first - second)

    def root(self) -> Surd:
        """√(a + b√c) where it is again such a number; Unfit where it is none (or not real)."""
        if not self.b:
            return _rational_root(self.a)
        # √(a + b√c) = √x ± √y with x + y = a and 4xy = b²c
        split = _rational_root(self.norm)
        if split.b:
            raise Unfit
        x, y = (self.a + split.a) / 2, (self.a - split.a) / 2
        second = _rational_root(y)
        return _rational_root(x) + (second if self.b > 0 else -second)


@dataclass(frozen=True)
class Logarithm:
    """factor · ln(inside); Unfit for what is no rational multiple of it."""

    factor: Fraction
    inside: Surd

    def __mul__(self, other: Surd | Logarithm) -> Logarithm:
        if not isinstance(other, Surd) or other.b:
            raise Unfit
        return Logarithm(self.factor * other.a, self.inside)

    def __truediv__(self, other: Surd | Logarithm) -> Logarithm:
        if not isinstance(other, Surd):
            raise Unfit
        return self * (Surd(Fraction(1)) / other)

    def __add__(self, other: Surd | Logarithm) -> Logarithm:
        if other != Surd(Fraction(0)):
            raise Unfit
        return self

    __sub__ = __add__

    def __neg__(self) -> Logarithm:
        return Logarithm(-self.factor, self.inside)

    def __float__(self) -> float:
        inside = float(self.inside)
        return float(self.factor) * math.log(inside) if inside > 0 else math.nan

    def written(self) -> Expr:
        """±ln n or ±ln(n + m√c) with n, m > 0 whole, ½ ln taken as the ln of a root; Unfit elsewhere."""
        factor, inside = self.factor, self.inside
        if 0 < float(inside) < 1:
            factor, inside = -factor, Surd(Fraction(1)) / inside
        if abs(factor) == Fraction(1, 2) and inside.b:
            factor, inside = 2 * factor, inside.root()
        if abs(factor) != 1 or inside.a.denominator != 1 or inside.b.denominator != 1:
            raise Unfit
        found = Apply("ln", (_whole(int(inside.a), int(inside.b), inside.c),))
        return found if factor > 0 else Negative(found)


def _whole(a: int, b: int, c: int) -> Expr:
    if b == 0 and a > 1:
        return number(a)
    if a <= 0 or b <= 0:
        raise Unfit
    root = Apply("sqrt", (number(c),))
    return Sum((number(a), root if b == 1 else Product((number(b), root))))


def _made(a: Fraction, b: Fraction, c: int) -> Surd:
    return Surd(a, b, c) if b else Surd(a)


def _rational_root(value: Fraction) -> Surd:
    """√(p/q) = √(pq)/q with the squares taken out of pq."""
    left = value.numerator * value.denominator
    if not 0 <= left <= _LARGEST:
        raise Unfit
    outside, factor = 1, 2
    while factor * factor <= left:
        while left % (factor * factor) == 0:
            left //= factor * factor
            outside *= factor
        factor += 1
    size = Fraction(outside, value.denominator)
    return Surd(size * left) if left <= 1 else Surd(Fraction(0), size, left)


def surd(expr: Expr) -> Surd:
    """A rational constant; Unfit for another."""
    from solver.expression.evaluate import exact_value

    value = expr.value if isinstance(expr, Number) else exact_value(expr)
    if value is None:
        raise Unfit
    return Surd(value)
