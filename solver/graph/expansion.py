"""Developed polynomials: the second road of a chain rule on a polynomial, exact and term by term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from solver.expression.evaluate import exact_value
from solver.expression.tree import (
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    number,
    symbols,
)
from solver.graph.local import product

TERMS = 24
"""Past this many terms a polynomial is not written out."""

Monomial = tuple[int, ...]
Polynomial = Mapping[Monomial, Fraction]


def polynomial(expr: Expr, variables: Sequence[Symbol]) -> Polynomial | None:
    """Exponents of the variables → rational coefficient; None where `expr` is no short polynomial."""
    if not symbols(expr):
        value = exact_value(expr)
        return None if value is None else _clean({(0,) * len(variables): value})
    match expr:
        case Symbol(name):
            return {tuple(int(v.name == name) for v in variables): Fraction(1)}
        case Negative(operand):
            return _scaled(polynomial(operand, variables), Fraction(-1))
        case Sum(terms):
            return _total([polynomial(term, variables) for term in terms])
        case Product(factors):
            return _product([polynomial(factor, variables) for factor in factors])
        case Quotient(numerator, denominator):
            divisor = None if symbols(denominator) else exact_value(denominator)
            return _scaled(polynomial(numerator, variables), 1 / divisor) if divisor else None
        case Power(base, exponent):
            power = None if symbols(exponent) else exact_value(exponent)
            if power is None or power.denominator != 1 or not 0 <= power <= TERMS:
                return None
            inner = polynomial(base, variables)
            return None if inner is None else _product([inner] * int(power), len(variables))
        case _:
            return None


def partial_derivative(poly: Polynomial, index: int) -> Polynomial:
    """∂/∂x_index, term by term: c xⁿ → n c xⁿ⁻¹."""
    found: dict[Monomial, Fraction] = {}
    for exponents, coefficient in poly.items():
        if exponents[index]:
            lower = (*exponents[:index], exponents[index] - 1, *exponents[index + 1 :])
            found[lower] = found.get(lower, Fraction(0)) + coefficient * exponents[index]
    return found


def written(poly: Polynomial, variables: Sequence[Symbol]) -> Expr:
    """The polynomial as a sum of monomials, in the order in which they came out."""
    terms: list[Expr] = []
    for exponents, coefficient in poly.items():
        factors: list[Expr] = [number(coefficient)]
        for variable, exponent in zip(variables, exponents, strict=True):
            if exponent == 1:
                factors.append(variable)
            elif exponent:
                factors.append(Power(variable, number(exponent)))
        terms.append(product(factors))
    if not terms:
        return number(0)
    return terms[0] if len(terms) == 1 else Sum(tuple(_signed(term) for term in terms))


def _signed(term: Expr) -> Expr:
    if isinstance(term, Number) and term.value < 0:
        return Negative(number(-term.value))
    return term


def _clean(poly: Mapping[Monomial, Fraction]) -> Polynomial:
    return {exponents: coefficient for exponents, coefficient in poly.items() if coefficient}


def _scaled(poly: Polynomial | None, factor: Fraction) -> Polynomial | None:
    return None if poly is None else {exponents: c * factor for exponents, c in poly.items()}


def _total(parts: Sequence[Polynomial | None]) -> Polynomial | None:
    found: dict[Monomial, Fraction] = {}
    for part in parts:
        if part is None:
            return None
        for exponents, coefficient in part.items():
            found[exponents] = found.get(exponents, Fraction(0)) + coefficient
    return _clean(found) if len(found) <= TERMS else None


def _product(parts: Sequence[Polynomial | None], width: int = 0) -> Polynomial | None:
    found: Polynomial | None = None
    for part in parts:
        if part is None:
            return None
        if found is None:
            found = part
            continue
        grown: dict[Monomial, Fraction] = {}
        for left, first in found.items():
            for right, second in part.items():
                key = tuple(a + b for a, b in zip(left, right, strict=True))
                grown[key] = grown.get(key, Fraction(0)) + first * second
        found = _clean(grown)
        if len(found) > TERMS:
            return None
    return {(0,) * width: Fraction(1)} if found is None else found
