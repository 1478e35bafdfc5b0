"""The sign of an expression that can be read off its written form: exponentials, squares, sums of such."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from math import inf

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
from solver.rules.expansion import expanded
from solver.rules.monomials import collected, sum_of

_POSITIVE = frozenset({"exp", "cosh", "sigmoid"})
_ODD = frozenset({"tanh", "sinh", "atan", "erf"})

Signs = frozenset[int]
"""The signs −1, 0, 1 that a value may have."""
_ANY: Signs = frozenset({-1, 0, 1})
Bound = Fraction | float
"""A number, or ±∞."""


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
            found = _sum([inner(term) for term in terms])
            return found & _rooted(terms, inner) & _ranged(*_bounds(expr, x, low, high))
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
    return _ANY


def _sum(parts: list[Signs]) -> Signs:
    """Terms of one sign add up; a single strict one makes the sum strict."""
    for side in (1, -1):
        if all(-side not in part for part in parts):
            strict = any(part == frozenset({side}) for part in parts)
            zero = all(part == frozenset({0}) for part in parts)
            return frozenset({side} if strict else {0} if zero else {0, side})
    return _ANY


def _rooted(terms: tuple[Expr, ...], inner: Callable[[Expr], Signs]) -> Signs:
    """√B + r is positive and −√B + r negative where B > r², because √B > |r| then: x + √(x² + 1) > 0."""
    for place, term in enumerate(terms):
        root, side = (term.operand, -1) if isinstance(term, Negative) else (term, 1)
        if not (isinstance(root, Apply) and root.function == "sqrt"):
            continue
        rest = tuple(t for k, t in enumerate(terms) if k != place)
        square = Power(Sum(rest) if len(rest) > 1 else rest[0], Number(Fraction(2)))
        gap = expanded(collected(Sum((root.arguments[0], Negative(square)))))
        signs = _ANY if gap is None else inner(sum_of(gap))
        if -1 not in signs:
            return frozenset({side}) if 0 not in signs else frozenset({0, side})
    return _ANY


def _ranged(least: Bound, most: Bound) -> Signs:
    """The signs between two bounds: 2 + sin(x) > 0, 1 − cos(x) ≥ 0."""
    return (
        frozenset({-1} if least < 0 else ())
        | ({0} if least <= 0 <= most else set())
        | ({1} if most > 0 else set())
    )


def _bounds(expr: Expr, x: Symbol, low: Fraction | None, high: Fraction | None) -> tuple[Bound, Bound]:
    """Numbers between which the expression stays, by the arithmetic of intervals."""

    def inner(e: Expr) -> tuple[Bound, Bound]:
        return _bounds(e, x, low, high)

    match expr:
        case Number(value):
            return value, value
        case Symbol(name) if name == x.name:
            return -inf if low is None else low, inf if high is None else high
        case Negative(operand):
            least, most = inner(operand)
            return -most, -least
        case Sum(terms):
            ends = [inner(term) for term in terms]
            return reduce(_plus, (a for a, _ in ends)), reduce(_plus, (b for _, b in ends))
        case Product(factors):
            least, most = inner(factors[0])
            for factor in factors[1:]:
                corners = [_times(a, b) for a in (least, most) for b in inner(factor)]
                least, most = min(corners), max(corners)
            return least, most
        case Power(base, Number(n)) if n.denominator == 1 and n > 0 and n % 2 == 0:
            most = max(_size(end) for end in inner(base))
            return Fraction(0), inf if most == inf else most ** int(n)
        case Apply("sin" | "cos" | "tanh" | "erf" | "softsign", (_,)):
            return Fraction(-1), Fraction(1)
        case Apply("sigmoid", (_,)):
            return Fraction(0), Fraction(1)
        case Apply("cosh", (_,)):
            return Fraction(1), inf
        case Apply("exp" | "sqrt" | "abs", (_,)) | Power(Constant("e"), _):
            return Fraction(0), inf
    return -inf, inf


def _size(end: Bound) -> Bound:
    return -end if end < 0 else end


def _plus(left: Bound, right: Bound) -> Bound:
    if isinstance(left, float) or isinstance(right, float):
        return left if isinstance(left, float) else right
    return left + right


def _times(left: Bound, right: Bound) -> Bound:
    """The product of two ends, where 0 wins over ∞ (an infinite end is not reached)."""
    if left == 0 or right == 0:
        return Fraction(0)
    if isinstance(left, float) or isinstance(right, float):
        return inf if (left > 0) == (right > 0) else -inf
    return left * right


def _product(parts: list[Signs]) -> Signs:
    found = frozenset({1})
    for part in parts:
        found = frozenset(a * b for a in found for b in part)
    return found
