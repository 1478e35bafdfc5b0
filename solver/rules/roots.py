"""The real roots of a polynomial where all of them are rational."""

from __future__ import annotations

from fractions import Fraction

from solver.expression.tree import (
    Expr,
    Symbol,
    symbols,
)
from solver.rules.expansion import expanded
from solver.rules.keys import key
from solver.rules.monomials import collected


class UnknownRoots(Exception):
    """The places where cases change cannot be told."""


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
