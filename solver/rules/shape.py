"""What rules ask of the shape of an expression, and small ways of writing one."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from solver.expression.tree import (
    ONE,
    Apply,
    Cases,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    number,
    walk,
)


@lru_cache(maxsize=8_000)
def depends(expr: Expr, x: Symbol) -> bool:
    """Whether the variable appears."""
    return any(isinstance(node, Symbol) and node.name == x.name for node in walk(expr))


def joined(factors: Sequence[Expr]) -> Expr:
    """f₁ · f₂ · …, the factor alone where there is one, 1 where there is none."""
    if not factors:
        return ONE
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


def added(terms: Sequence[Expr]) -> Expr:
    """t₁ + t₂ + …, the term alone where there is one, 0 where there is none."""
    if not terms:
        return number(0)
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))


def split_constants(factors: Sequence[Expr], x: Symbol) -> tuple[list[Expr], list[Expr]]:
    """The factors without the variable, and those with it, each in order."""
    constants = [f for f in factors if not depends(f, x)]
    return constants, [f for f in factors if depends(f, x)]


def power(base: Expr, exponent: Expr) -> Expr:
    """base^(exponent − 1), the number worked out where the exponent is one, x^1 written x."""
    value = numeric(exponent)
    if value is not None:
        return base if value == 2 else Power(base, signed(value - 1, _decimal(exponent)))
    return Power(base, Sum((exponent, Negative(ONE))))


def numeric(expr: Expr) -> Fraction | None:
    """The value of a number, or of the opposite of a number, as written."""
    if isinstance(expr, Number):
        return expr.value
    if isinstance(expr, Negative) and isinstance(expr.operand, Number):
        return -expr.operand.value
    return None


def _decimal(expr: Expr) -> bool:
    return any(isinstance(node, Number) and node.decimal for node in walk(expr))


def signed(value: Fraction, decimal: bool = False) -> Expr:
    """A number; below 0 it is the opposite of a number."""
    return Number(value, decimal) if value >= 0 else Negative(Number(-value, decimal))


HALF = Fraction(1, 2)


def raised_tree(base: Expr, exponent: Fraction) -> Expr:
    """base^exponent: √ for ½, x√x for 3/2."""
    if exponent == 1:
        return base
    if exponent == HALF:
        return Apply("sqrt", (base,))
    if exponent == Fraction(3, 2) and not isinstance(base, Number):
        return Product((base, Apply("sqrt", (base,))))
    return Power(base, Number(exponent))


def rank(base: Expr) -> int:
    """Numbers, then symbols, then sums of powers, then functions, then sums with functions."""
    inside = list(walk(base))
    has_symbol = any(isinstance(n, Symbol) for n in inside)
    has_call = any(isinstance(n, (Apply, Cases)) for n in inside)
    if not has_symbol:
        return 3 if isinstance(base, Apply) else 0
    if isinstance(base, Symbol):
        return 1
    if isinstance(base, (Sum, Product, Quotient)):
        return 4 if has_call else 2
    return 3


def one_product(factors: list[Expr]) -> Expr:
    """The product of the factors, products among them opened."""
    if not factors:
        return ONE
    flat: list[Expr] = []
    for factor in factors:
        flat += factor.factors if isinstance(factor, Product) else (factor,)
    return flat[0] if len(flat) == 1 else Product(tuple(flat))
