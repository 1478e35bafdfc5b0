"""The real roots of a polynomial where all of them are rational."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from solver.expression.tree import (
    Expr,
    Number,
    Power,
    Product,
    Sum,
    Symbol,
    symbols,
)
from solver.rules.expansion import expanded
from solver.rules.keys import key
from solver.rules.monomials import collected, sum_of, written


class UnknownRoots(Exception):
    """The places where cases change cannot be told."""


def without_negative_powers(expr: Expr, x: Symbol) -> Expr:
    """The expression times an even power of x, where it is a sum of powers of x: 1 − 1/x² as x² − 1.

    Its sign is the same for x ≠ 0.
    """
    terms = collected(expr)
    powers = [dict(term.factors).get(key(x)) for term in terms]
    least = min((power[1] for power in powers if power is not None), default=Fraction(0))
    if least >= 0:
        return expr
    up = Power(x, Number(Fraction(2 * ceil(-least / 2))))
    return sum_of(collected(Sum(tuple(Product((up, written(term))) for term in terms))))


def rational_roots(switch: Expr, x: Symbol) -> list[Fraction]:
    """The real roots of a polynomial in x, all rational. Raises UnknownRoots where they are not."""
    from flint import fmpq, fmpq_poly

    if any(s.name != x.name for s in symbols(switch)):
        raise UnknownRoots
    terms = expanded(collected(switch))
    if terms is None:
        raise UnknownRoots
    coefficients: dict[int, Fraction] = {}
    for term in terms:
        if any(base != x or e.denominator != 1 or e < 0 for base, e in term.factors.values()):
            raise UnknownRoots
        degree = int(term.factors[key(x)][1]) if term.factors else 0
        coefficients[degree] = coefficients.get(degree, Fraction(0)) + term.coefficient
    top = max(coefficients, default=0)
    if top > 12:
        raise UnknownRoots
    listed = [coefficients.get(k, Fraction(0)) for k in range(top + 1)]
    polynomial = fmpq_poly([fmpq(c.numerator, c.denominator) for c in listed])
    roots = []
    for factor, _ in polynomial.factor()[1] if top else []:
        if factor.degree() == 1:
            root = -fmpq(factor[0]) / fmpq(factor[1])
            roots.append(Fraction(int(root.p), int(root.q)))
        elif any(z.imag.contains(0) for z, _ in fmpq_poly(factor).complex_roots()):
            raise UnknownRoots
    return sorted(roots)
