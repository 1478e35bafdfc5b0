"""Values put into an expression, written as by hand: `1 w² + (−3) w + 0` becomes `w² − 3w`."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from solver.expression.tree import (
    ONE,
    ZERO,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    rebuild,
    walk,
)


def put(expression: Expr, values: Mapping[str, Fraction]) -> Expr:
    """`expression` with the values in place of the symbols; parts that hold none stay as they were typed."""
    if not any(isinstance(node, Symbol) and node.name in values for node in walk(expression)):
        return expression
    if isinstance(expression, Symbol):
        return written(values[expression.name])
    return settled(rebuild(expression, lambda part: put(part, values)))


def written(value: Fraction) -> Expr:
    """A number as the reader reads it: the sign stands in front."""
    return Negative(Number(-value)) if value < 0 else Number(value)


def settled(node: Expr) -> Expr:
    """One node without factors 1, terms 0, and with its sign in front; its operands are settled already."""
    match node:
        case Negative(Negative(inner)):
            return inner
        case Negative(Number(value)) if value == 0:
            return ZERO
        case Product(factors):
            return _product(factors)
        case Sum(terms):
            return _sum(terms)
        case Quotient(numerator, denominator):
            return _quotient(numerator, denominator)
        case Power(base, exponent) if exponent == ONE:
            return base
        case Power(_, exponent) if exponent == ZERO:
            return ONE
        case _:
            return node


def _product(factors: tuple[Expr, ...]) -> Expr:
    sign, value, decimal = 1, Fraction(1), False
    others: list[Expr] = []
    for factor in factors:
        if isinstance(factor, Negative):
            sign, factor = -sign, factor.operand
        if isinstance(factor, Number):
            value, decimal = value * factor.value, decimal or factor.decimal
        else:
            others.append(factor)
    if value == 0:
        return ZERO
    numbers = [] if value == 1 and others else [Number(value, decimal)]
    found: list[Expr] = [*numbers, *others]
    whole = found[0] if len(found) == 1 else Product(tuple(found))
    return Negative(whole) if sign < 0 else whole


def _sum(terms: tuple[Expr, ...]) -> Expr:
    """Numbers are added up where the first of them stood."""
    total, decimal, place = Fraction(0), False, None
    found: list[Expr] = []
    for term in terms:
        sign, inner = (-1, term.operand) if isinstance(term, Negative) else (1, term)
        if isinstance(inner, Number):
            total, decimal = total + sign * inner.value, decimal or inner.decimal
            place = len(found) if place is None else place
        else:
            found.append(term)
    if place is not None and total:
        term = Number(abs(total), decimal)
        found.insert(place, Negative(term) if total < 0 else term)
    if not found:
        return ZERO
    return found[0] if len(found) == 1 else Sum(tuple(found))


def _quotient(numerator: Expr, denominator: Expr) -> Expr:
    if isinstance(numerator, Negative):
        return settled(Negative(_quotient(numerator.operand, denominator)))
    if isinstance(denominator, Negative):
        return settled(Negative(_quotient(numerator, denominator.operand)))
    if denominator == ONE:
        return numerator
    if isinstance(numerator, Number) and isinstance(denominator, Number) and denominator.value:
        return Number(numerator.value / denominator.value)
    return ZERO if numerator == ZERO and denominator != ZERO else Quotient(numerator, denominator)
