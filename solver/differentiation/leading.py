"""The leading term of an expression beside a point: e(a ± t) ~ c tʳ as t → 0⁺, and the limit that it gives.

Values and Taylor coefficients where the expression is smooth, else quotients, products, powers and roots of
such terms. Nothing is guessed: where terms cancel, or a logarithm stands in the way, there is no answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import factorial

from solver.derivation.engine import derive
from solver.differentiation.values import worked_out
from solver.errors import CorrigeError
from solver.expression.evaluate import ball, exact_value
from solver.expression.settle import written
from solver.expression.tree import (
    Apply,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    symbols,
)
from solver.rules.algebra import merge

_LIKE_THEIR_ARGUMENT = frozenset({"sin", "tan", "asin", "atan", "sinh", "tanh", "asinh", "atanh"})
"""Functions f with f(u) ~ u as u → 0."""
_ORDERS = 6
"""Taylor coefficients that are tried: a first one that is not 0 is rarely further."""


@dataclass(frozen=True, slots=True)
class Leading:
    """c tʳ with c ≠ 0."""

    coefficient: Expr
    exponent: Fraction


def limit_beside(expr: Expr, x: Symbol, at: Fraction, side: int) -> Expr | int | None:
    """The limit at `at` from the right (`side` 1) or the left (−1): a number as an expression, ±1 for ±∞,
    None where it is not found."""
    found = leading(expr, x, at, side)
    if found is None:
        return _limit_of_sum(expr, x, at, side) if isinstance(expr, Sum) else None
    if found.exponent > 0:
        return written(Fraction(0))
    return found.coefficient if found.exponent == 0 else _sign(found.coefficient)


def _limit_of_sum(expr: Sum, x: Symbol, at: Fraction, side: int) -> Expr | None:
    """The sum of finite limits, which may be 0 where the leading terms cancel."""
    limits = [limit_beside(term, x, at, side) for term in expr.terms]
    finite = [limit for limit in limits if isinstance(limit, Expr)]
    return merge(Sum(tuple(finite))) if len(finite) == len(limits) else None


def leading(expr: Expr, x: Symbol, at: Fraction, side: int) -> Leading | None:
    """The leading term, or None where it is not found (or the expression is 0)."""
    if not symbols(expr):
        return _constant(expr)
    value = exact_value(expr, {x.name: at})
    if value:
        return Leading(written(value), Fraction(0))
    if value is None:
        here = _constant(worked_out(expr, {x.name: written(at)})) if _has_value(expr, x, at) else None
        return here or _composed(expr, x, at, side)
    return _taylor(expr, x, at, side) or _composed(expr, x, at, side)


def _has_value(expr: Expr, x: Symbol, at: Fraction) -> bool:
    """Whether every part has a value there: 0/0 must not pass for 0."""
    try:
        return bool(ball(expr, {x.name: at}).is_finite())
    except CorrigeError:
        return False


def _constant(expr: Expr) -> Leading | None:
    """A number that is proved not to be 0."""
    try:
        return None if symbols(expr) or not _sign(expr) else Leading(merge(expr), Fraction(0))
    except CorrigeError:
        return None


def _sign(number: Expr) -> int:
    """The sign of a number, 0 where it is 0 or cannot be told."""
    exact = exact_value(number)
    if exact is not None:
        return (exact > 0) - (exact < 0)
    around = ball(number, {})
    return 0 if not around.is_finite() else 1 if around > 0 else -1 if around < 0 else 0


def _taylor(expr: Expr, x: Symbol, at: Fraction, side: int) -> Leading | None:
    """e⁽ᵏ⁾(a)/k! tᵏ for the first k where that is not 0."""
    slope = expr
    for order in range(1, _ORDERS + 1):
        slope = _derivative(slope, x)
        value = exact_value(slope, {x.name: at})
        if value is None:
            return None
        if value:
            return Leading(written(value * side**order / factorial(order)), Fraction(order))
    return None


@lru_cache(maxsize=256)
def _derivative(expr: Expr, x: Symbol) -> Expr:
    """f′, which both sides of a point and both ends of a domain ask for."""
    return derive(expr, x, check=False).result


def _composed(expr: Expr, x: Symbol, at: Fraction, side: int) -> Leading | None:
    def inner(e: Expr) -> Leading | None:
        return leading(e, x, at, side)

    match expr:
        case Negative(operand):
            return _scaled(inner(operand))
        case Sum(terms):
            return _sum([inner(term) for term in terms])
        case Product(factors):
            return _product([inner(factor) for factor in factors])
        case Quotient(top, bottom):
            return _product([inner(top), _raised(inner(bottom), Fraction(-1))])
        case Power(base, exponent) if (n := exact_value(exponent)) is not None:
            return _raised(inner(base), n)
        case Apply("sqrt", (u,)):
            return _raised(inner(u), Fraction(1, 2))
        case Apply("cbrt" | "root", (u, *rest)):
            index = rest[0].value if rest and isinstance(rest[0], Number) else Fraction(3)
            return _root(inner(u), index)
        case Apply(name, (u,)) if name in _LIKE_THEIR_ARGUMENT:
            near = inner(u)
            return near if near is not None and near.exponent > 0 else None
        case Apply("ln", (u,)):
            near = inner(_shifted(u, -1))
            return near if near is not None and near.exponent > 0 else None
        case Apply("acos" | "acosh" as name, (u,)):  # arccos(1 − v) ~ √(2v), arcosh(1 + v) ~ √(2v)
            near = inner(_shifted(u, -1))
            return (
                _raised(_times(near, -2 if name == "acos" else 2), Fraction(1, 2))
                if near is not None and near.exponent > 0
                else None
            )
        case Apply("abs", (u,)) if (found := inner(u)) is not None:
            return found if _sign(found.coefficient) > 0 else _scaled(found)
    return None


def _shifted(expr: Expr, by: int) -> Expr:
    terms = expr.terms if isinstance(expr, Sum) else (expr,)
    return merge(Sum((*terms, written(Fraction(by)))))


def _times(found: Leading, factor: int) -> Leading:
    return Leading(merge(Product((written(Fraction(factor)), found.coefficient))), found.exponent)


def _scaled(found: Leading | None) -> Leading | None:
    return None if found is None else _times(found, -1)


def _sum(parts: list[Leading | None]) -> Leading | None:
    """The terms of least exponent; None where they cancel."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    least = min(part.exponent for part in known)
    found = _constant(merge(Sum(tuple(part.coefficient for part in known if part.exponent == least))))
    return None if found is None else Leading(found.coefficient, least)


def _product(parts: list[Leading | None]) -> Leading | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    coefficient = merge(Product(tuple(part.coefficient for part in known)))
    return Leading(coefficient, sum((part.exponent for part in known), Fraction(0)))


def _raised(found: Leading | None, n: Fraction) -> Leading | None:
    """(c tʳ)ⁿ; a power that is not whole asks for c > 0."""
    if found is None or (n.denominator != 1 and _sign(found.coefficient) <= 0):
        return None
    body = found.coefficient
    if n == -1:
        coefficient: Expr = Quotient(Number(Fraction(1)), body)
    else:
        coefficient = Apply("sqrt", (body,)) if n == Fraction(1, 2) else Power(body, written(n))
    return Leading(merge(worked_out(coefficient, {})), found.exponent * n)


def _root(found: Leading | None, index: Fraction) -> Leading | None:
    """The root of that index; an odd one keeps the sign."""
    if found is None:
        return None
    if _sign(found.coefficient) < 0 and index % 2 == 1:
        return _scaled(_raised(_scaled(found), 1 / index))
    return _raised(found, 1 / index)
