"""Exact polynomials of one variable: reading them from a tree, their real roots, root counts, extreme values.

Coefficients are rationals (`flint.fmpq_poly`). Roots come from factorisation and isolation; `sturm_count`
counts them by Sturm's theorem, with no code in common, and serves as the second road.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from fractions import Fraction
from typing import TypeAlias

from flint import arb, fmpq, fmpq_poly

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
