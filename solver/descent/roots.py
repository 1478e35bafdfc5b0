"""The real roots of exact polynomials, as surds where they are, and the extreme values that they give.

Roots come from factorisation and isolation; `polynomial.sturm_count` counts them by Sturm's theorem, with no
code in common, and serves as the second road.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import isqrt

from flint import arb, ctx, fmpq, fmpq_poly, fmpz_poly

from solver.descent.polynomial import (
    Polynomial,
    dyadic,
    fraction,
    has_no_root,
    rational,
    sign,
    tight_enclosure,
    value,
)

ROOT_BITS = 320
"""Roots are isolated to about this many bits: comparisons and 60-digit decimals need no more work."""


@dataclass(frozen=True, slots=True)
class Surd:
    """p + q√d with rational p, q and a square-free d > 1 (q = 0 for a rational)."""

    p: Fraction
    q: Fraction = Fraction(0)
    d: int = 1

    def inverse(self) -> Surd:
        """1/(p + q√d)."""
        norm = self.p**2 - self.q**2 * self.d
        return Surd(self.p / norm, -self.q / norm, self.d)

    def scaled(self, factor: Fraction, shift: Fraction = Fraction(0)) -> Surd:
        """factor·x + shift."""
        return Surd(self.p * factor + shift, self.q * factor, self.d)

    def ball(self) -> arb:
        return arb(rational(self.p)) + arb(rational(self.q)) * arb(self.d).sqrt()


@dataclass(frozen=True, slots=True)
class Root:
    """A real root: of an irreducible polynomial over the integers, in [low, high] alone; low = high if
    rational.

    `multiplicity` is its multiplicity in the polynomial whose roots were asked.
    """

    factor: fmpz_poly
    low: Fraction
    high: Fraction
    multiplicity: int = 1

    @property
    def is_rational(self) -> bool:
        return self.low == self.high

    @property
    def approximation(self) -> Fraction:
        """The root itself where rational, else a rational closer than 10⁻⁶⁰."""
        return (self.low + self.high) / 2

    def ball(self) -> arb:
        """An enclosure of the root."""
        low, high = arb(rational(self.low)), arb(rational(self.high))
        return low if self.is_rational else low.union(high)

    def surd(self) -> Surd | None:
        """The root as p + q√d where its factor is of degree 1 or 2."""
        return self.surd_of(fmpq_poly([0, 1]))

    def surd_of(self, poly: Polynomial) -> Surd | None:
        """p(root) as a surd where the root's factor is of degree 1 or 2, else None."""
        if self.is_rational:
            return Surd(value(poly, self.low))
        if self.factor.degree() != 2:
            return None
        rest = poly % fmpq_poly(self.factor)
        c, b, a = (int(x) for x in self.factor.coeffs())
        outside, inside = square_part(b * b - 4 * a * c)
        middle = Fraction(-b, 2 * a)
        half = Fraction(outside, 2 * a)
        if (self.approximation > middle) != (half > 0):
            half = -half
        u, v = fraction(rest[0]), fraction(rest[1])
        return Surd(u + v * middle, v * half, inside)

    def sign_of(self, poly: Polynomial) -> int:
        """The sign of p(root), decided exactly."""
        if self.is_rational:
            return sign(poly(rational(self.low)))
        if poly == 0 or poly % fmpq_poly(self.factor) == 0:
            return 0
        low, high = self.low, self.high
        while not has_no_root(poly, low, high):
            low, high = _bisect(self.factor, low, high)
        return sign(poly(rational(low)))

    def value_of(self, poly: Polynomial) -> Fraction:
        """p(root): exact where the root is rational, else close enough for 60 digits."""
        if self.is_rational:
            return value(poly, self.low)
        with ctx.workprec(ROOT_BITS):
            return dyadic(tight_enclosure(poly, self.ball()))

    def compare(self, point: Fraction) -> int:
        """The sign of root − point, decided exactly."""
        if self.is_rational:
            return sign(self.low - point)
        low, high = self.low, self.high
        while low <= point <= high:  # an irrational root is never the point
            low, high = _bisect(self.factor, low, high)
        return 1 if low > point else -1


def square_part(n: int) -> tuple[int, int]:
    """n = s²·d with d square-free, for n ≥ 0 (trial division to 10⁵; a larger square may stay inside)."""
    root = isqrt(n)
    if root * root == n:
        return root, 1
    outside, k = 1, 2
    while k * k <= n and k < 100_000:
        while n % (k * k) == 0:
            n //= k * k
            outside *= k
        k += 1
    return outside, n


def _bisect(factor: fmpz_poly, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
    middle = (low + high) / 2
    poly = fmpq_poly(factor)
    if sign(poly(rational(middle))) == sign(poly(rational(low))):
        return middle, high
    return low, middle


def _isolate(factor: fmpz_poly, multiplicity: int) -> list[Root]:
    """The real roots of an irreducible factor; each interval is certified by a change of sign."""
    if factor.degree() == 1:
        exact = Fraction(-int(factor[0]), int(factor[1]))
        return [Root(factor, exact, exact, multiplicity)]
    poly = fmpq_poly(factor)
    bits = ROOT_BITS
    while True:
        with ctx.workprec(bits):
            balls = [r.real for r, _ in factor.complex_roots() if r.imag == 0]
            bounds = [(dyadic(b.lower()), dyadic(b.upper())) for b in balls]
        if all(
            low < high and sign(poly(rational(low))) * sign(poly(rational(high))) < 0 for low, high in bounds
        ):
            return [Root(factor, low, high, multiplicity) for low, high in bounds]
        bits += ROOT_BITS


def real_roots(poly: Polynomial) -> tuple[Root, ...]:
    """The different real roots in increasing order, with multiplicities; none for a constant."""
    return _roots_of(tuple(poly.coeffs()))


@lru_cache(maxsize=512)
def _roots_of(coefficients: tuple[fmpq, ...]) -> tuple[Root, ...]:
    """One step of a descent is bounded on many intervals: its derivative's roots are found once."""
    poly = fmpq_poly(list(coefficients))
    if poly.degree() < 1:
        return ()
    _, factors = poly.numer().factor()
    found = [root for factor, m in factors if factor.degree() > 0 for root in _isolate(factor, m)]
    return tuple(sorted(found, key=lambda root: root.approximation))


def monic_factors(poly: Polynomial) -> tuple[Fraction, tuple[tuple[Polynomial, int], ...]]:
    """The leading coefficient and the monic irreducible factors with their powers: p = c·∏ qᵢ^mᵢ."""
    _, factors = poly.numer().factor()
    monic = [(fmpq_poly(q) / q[q.degree()], m) for q, m in factors if q.degree() > 0]
    monic.sort(key=lambda pair: (pair[0].degree(), -float(Fraction(fraction(pair[0][0])))))
    return fraction(poly.leading_coefficient()), tuple(monic)


def maximum_on(poly: Polynomial, low: Fraction, high: Fraction) -> Fraction:
    """An upper bound of p on [low, high], equal to the maximum or within 10⁻⁶⁰ of it."""
    best = max(value(poly, low), value(poly, high))
    for root in real_roots(poly.derivative()):
        if low < root.approximation < high:
            if root.is_rational:
                best = max(best, value(poly, root.low))
            else:
                with ctx.workprec(ROOT_BITS):
                    best = max(best, dyadic(tight_enclosure(poly, root.ball()).upper()))
    return best


def absolute_bound_on(poly: Polynomial, low: Fraction, high: Fraction) -> Fraction:
    """An upper bound of |p| on [low, high], equal to the maximum or within 10⁻⁶⁰ of it."""
    return max(maximum_on(poly, low, high), maximum_on(-poly, low, high))


def stays_between(
    poly: Polynomial, low: Fraction, high: Fraction, floor: Fraction, ceiling: Fraction
) -> bool:
    """Whether floor < p < ceiling on all of [low, high], by Sturm: neither p − floor nor ceiling − p has a
    root.
    """
    above = poly - rational(floor)
    below = rational(ceiling) - poly
    start = rational(low)
    return bool(
        above(start) > 0
        and below(start) > 0
        and has_no_root(above, low, high)
        and has_no_root(below, low, high)
    )
