"""Exact polynomials of one variable: reading them from a tree, their real roots, root counts, extreme values.

Coefficients are rationals (`flint.fmpq_poly`). Roots come from factorisation and isolation; `sturm_count`
counts them by Sturm's theorem, with no code in common, and serves as the second road.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import isqrt
from typing import TypeAlias

from flint import arb, ctx, fmpq, fmpq_poly, fmpz_poly

from solver.expression.tree import (
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
)

Polynomial: TypeAlias = fmpq_poly
MAX_DEGREE = 40
ROOT_BITS = 320
"""Roots are isolated to about this many bits: comparisons and 60-digit decimals need no more work."""


def rational(value: Fraction) -> fmpq:
    """The same rational for flint."""
    return fmpq(value.numerator, value.denominator)


def fraction(value: fmpq) -> Fraction:
    """The same rational for Python."""
    return Fraction(int(value.p), int(value.q))


def dyadic(value: arb) -> Fraction:
    """The midpoint of a ball, exactly."""
    mantissa, exponent = value.mid().man_exp()
    mantissa, exponent = int(mantissa), int(exponent)
    return Fraction(mantissa << exponent) if exponent >= 0 else Fraction(mantissa, 1 << -exponent)


def read_polynomial(expr: Expr, variable: Symbol) -> Polynomial | None:
    """`expr` as a polynomial with rational coefficients in `variable`; None where it is not one."""
    match expr:
        case Number(value):
            return fmpq_poly([rational(value)])
        case Symbol(name):
            return fmpq_poly([0, 1]) if name == variable.name else None
        case Negative(operand):
            inner = read_polynomial(operand, variable)
            return None if inner is None else -inner
        case Sum(terms):
            total = fmpq_poly([0])
            for term in terms:
                part = read_polynomial(term, variable)
                if part is None:
                    return None
                total += part
            return total
        case Product(factors):
            product = fmpq_poly([1])
            for factor in factors:
                part = read_polynomial(factor, variable)
                if part is None or product.degree() + part.degree() > MAX_DEGREE:
                    return None
                product *= part
            return product
        case Quotient(numerator, denominator):
            top, bottom = read_polynomial(numerator, variable), read_polynomial(denominator, variable)
            if top is None or bottom is None or bottom.degree() != 0:
                return None
            return top / bottom[0]
        case Power(base, exponent):
            inner, power = read_polynomial(base, variable), read_polynomial(exponent, variable)
            if inner is None or power is None or power.degree() > 0:
                return None
            n = fraction(power[0])
            if n.denominator != 1 or not 0 <= n * max(1, inner.degree()) <= MAX_DEGREE:
                return None
            return inner ** int(n)
        case _:
            return None


def value(poly: Polynomial, point: Fraction) -> Fraction:
    """p(x), exactly."""
    return fraction(poly(rational(point)))


def enclosure(poly: Polynomial, ball: arb) -> arb:
    """A ball that contains p(x) for every x of `ball` (Horner)."""
    total = arb(0)
    for coefficient in reversed(poly.coeffs()):
        total = total * ball + arb(coefficient)
    return total


def tight_enclosure(poly: Polynomial, ball: arb) -> arb:
    """p(m) + p'(I)(I − m): sharper than Horner on narrow balls."""
    middle = ball.mid()
    return enclosure(poly, middle) + enclosure(poly.derivative(), ball) * (ball - middle)


def sign(number: Fraction | fmpq | int) -> int:
    """−1, 0 or 1."""
    return (number > 0) - (number < 0)


# ---- Sturm ------------------------------------------------------------------------------------


def sturm_chain(poly: Polynomial) -> list[Polynomial]:
    """p, p', then minus the remainders, down to the gcd; each made primitive with its sign kept."""
    chain = [_primitive(poly), _primitive(poly.derivative())]
    while chain[-1].degree() > 0:
        remainder = -(chain[-2] % chain[-1])
        if remainder == 0:
            break
        chain.append(_primitive(remainder))
    return [p for p in chain if p != 0]


def _primitive(poly: Polynomial) -> Polynomial:
    if poly == 0:
        return poly
    numerator = poly.numer()
    return fmpq_poly(numerator // numerator.content())


def _variations(signs: Iterable[int]) -> int:
    kept = [s for s in signs if s]
    return sum(a != b for a, b in itertools.pairwise(kept))


def sturm_count(poly: Polynomial, low: Fraction | None = None, high: Fraction | None = None) -> int:
    """How many different real roots lie in (low, high]; None is infinity. Multiple roots count once."""
    if poly == 0:
        raise ValueError("the zero polynomial has every number as a root")
    reduced = poly
    common = poly.gcd(poly.derivative())
    if common.degree() > 0:
        reduced = poly // common
    chain = sturm_chain(reduced)

    def changes(point: Fraction | None, side: int) -> int:
        if point is None:
            return _variations(sign(p.leading_coefficient()) * side ** p.degree() for p in chain)
        at = rational(point)
        return _variations(sign(p(at)) for p in chain)

    return changes(low, -1) - changes(high, 1)


def has_no_root(poly: Polynomial, low: Fraction, high: Fraction) -> bool:
    """Whether p has no root in the closed interval [low, high] (Sturm)."""
    return poly != 0 and poly(rational(low)) != 0 and sturm_count(poly, low, high) == 0


# ---- real roots -------------------------------------------------------------------------------


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


# ---- extreme values ---------------------------------------------------------------------------


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
