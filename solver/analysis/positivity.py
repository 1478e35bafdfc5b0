"""The sign of an expression that can be read off its written form: exponentials, squares, sums of such."""

from __future__ import annotations

from fractions import Fraction

from solver.expression.tree import (
    Apply,
    Constant,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
)

_POSITIVE = frozenset({"exp", "cosh", "sigmoid"})
_ODD = frozenset({"tanh", "sinh", "atan", "erf"})

Signs = frozenset[int]
"""The signs −1, 0, 1 that a value may have."""


def visible_sign(
    expr: Expr, variable: Symbol, low: Fraction | None = None, high: Fraction | None = None
) -> int | None:
    """1 or −1 where the form alone shows a strict sign on ]low, high[ (None: infinite), 0 for the number 0,
    None where it does not show."""
    found = _signs(expr, variable, low, high)
    return next(iter(found)) if len(found) == 1 else None


def visibly_not_negative(
    expr: Expr, variable: Symbol, low: Fraction | None = None, high: Fraction | None = None
) -> bool:
    """Whether the form alone shows that the expression is nowhere negative on ]low, high[."""
    return -1 not in _signs(expr, variable, low, high)


def _signs(expr: Expr, x: Symbol, low: Fraction | None, high: Fraction | None) -> Signs:
    def inner(e: Expr) -> Signs:
        return _signs(e, x, low, high)

    match expr:
        case Number(value):
            return frozenset({(value > 0) - (value < 0)})
        case Constant():
            return frozenset({1})
        case Symbol(name) if name == x.name and low is not None and low >= 0:
            return frozenset({1})
        case Symbol(name) if name == x.name and high is not None and high <= 0:
            return frozenset({-1})
        case Negative(operand):
            return frozenset(-s for s in inner(operand))
        case Sum((Number(one), Negative(Apply("sigmoid", _)))) if one >= 1:
            return frozenset({1})
        case Sum((Number(one), Negative(Power(Apply("tanh", _), Number(n))))) if one >= 1 and n > 0:
            return frozenset({1})  # |tanh| < 1
        case Sum(terms):
            return _sum([inner(term) for term in terms])
        case Product(factors):
            return _product([inner(factor) for factor in factors])
        case Quotient(top, bottom):
            return _product([inner(top), inner(bottom) - {0}])  # a quotient that exists
        case Power(Constant("e"), _):
            return frozenset({1})
        case Power(base, Number(n)) if n.denominator == 1 and n % 2 == 0:
            found = frozenset(s * s for s in inner(base))
            return found if n > 0 else frozenset({1})
        case Power(base, Number(n)) if n.denominator == 1:
            return inner(base)
        case Power(base, _) if inner(base) == frozenset({1}):
            return frozenset({1})
        case Apply(function, (_,)) if function in _POSITIVE:
            return frozenset({1})
        case Apply(function, (argument,)) if function in _ODD:
            return inner(argument)
        case Apply("sqrt" | "abs", (argument,)):
            return frozenset({1}) if 0 not in inner(argument) else frozenset({0, 1})
    return frozenset({-1, 0, 1})


def _sum(parts: list[Signs]) -> Signs:
    """Terms of one sign add up; a single strict one makes the sum strict."""
    for side in (1, -1):
        if all(-side not in part for part in parts):
            strict = any(part == frozenset({side}) for part in parts)
            zero = all(part == frozenset({0}) for part in parts)
            return frozenset({side} if strict else {0} if zero else {0, side})
    return frozenset({-1, 0, 1})


def _product(parts: list[Signs]) -> Signs:
    found = frozenset({1})
    for part in parts:
        found = frozenset(a * b for a in found for b in part)
    return found
