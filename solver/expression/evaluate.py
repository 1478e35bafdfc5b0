"""The value of an expression: exact where it is rational (`exact`), else a ball that encloses it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq, fmpz

from solver.errors import UnsupportedExpression
from solver.expression.exact import RELATIONS, exact_value
from solver.expression.functions import FUNCTIONS
from solver.expression.special import gamma_ball, polygamma_ball
from solver.expression.tree import (
    Apply,
    Cases,
    Condition,
    Constant,
    Derivative,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
)

__all__ = ["ball", "exact_value"]

_HUGE = 2**60
_MAX_DEGREE = 10_000


def ball(expr: Expr, values: Mapping[str, Any] | None = None, *, bits: int = 53) -> Any:
    """A `flint.arb` that encloses the value, to about `bits` relative bits where that can be had.

    `values` are exact (`Fraction`, `int`) or balls. The working precision rises as needed, so that σ and
    softplus are right
    where they saturate. Where the expression is not defined the ball is not finite (nan).
    """
    working = bits + 32
    given = values or {}
    before = ctx.prec
    try:
        while True:
            ctx.prec = working
            try:
                found = _ball(expr, given)
            except _Undecided:
                found = arb("nan")
                if working >= 4096:
                    return found
            if found.is_finite() and (found.is_exact() or found.rel_accuracy_bits() >= bits):
                return found
            if found.is_finite() and found == 0:
                return found
            if working > max(4096, 8 * bits):
                exact = (
                    exact_value(expr, given)
                    if all(isinstance(v, (Fraction, int)) for v in given.values())
                    else None
                )
                return found if exact is None else _rational(exact)
            if not found.is_finite() and working > 1024:
                return found
            working *= 2
    finally:
        ctx.prec = before


class _Undecided(Exception):
    """A condition whose two sides cannot be told apart at this precision."""


def _rational(value: Fraction | int) -> Any:
    return arb(fmpq(value.numerator, value.denominator))


def _ball(expr: Expr, values: Mapping[str, Any]) -> Any:
    match expr:
        case Number(value):
            return _rational(value)
        case Constant(name):
            return arb(1).exp() if name == "e" else arb.pi()
        case Symbol(name):
            if name not in values:
                raise UnsupportedExpression(f"“{name}” has no value")
            given = values[name]
            return _rational(given) if isinstance(given, (Fraction, int)) else given
        case Sum(terms):
            total = arb(0)
            for term in terms:
                total += _ball(term, values)
            return total
        case Product(factors):
            product = arb(1)
            for factor in factors:
                product *= _ball(factor, values)
            return product
        case Negative(operand):
            return -_ball(operand, values)
        case Quotient(top, bottom):
            return _ball(top, values) / _ball(bottom, values)
        case Power(base, exponent):
            return _ball_power(_ball(base, values), exponent, values)
        case Apply(name, arguments):
            return _ball_call(name, arguments, values)
        case Cases(branches):
            for branch, condition in branches:
                if condition is None or _ball_holds(condition, values):
                    return _ball(branch, values)
            return arb("nan")
        case Derivative():
            raise UnsupportedExpression("a derivative that is not worked out has no value")
    raise UnsupportedExpression(f"no value of {type(expr).__name__}")


def _rationals(values: Mapping[str, Any]) -> dict[str, Fraction]:
    return {
        name: v if isinstance(v, Fraction) else Fraction(v)
        for name, v in values.items()
        if isinstance(v, (Fraction, int))
    }


def _ball_power(base: Any, exponent: Expr, values: Mapping[str, Any]) -> Any:
    power = exponent.value if isinstance(exponent, Number) else exact_value(exponent, _rationals(values))
    if power is None:
        return base ** _ball(exponent, values) if base > 0 else arb("nan")
    if power.denominator == 1:
        return _integer_power(base, int(power))
    if base < 0:
        return arb("nan")
    if power.denominator > _MAX_DEGREE:
        return base ** _rational(power) if base > 0 else arb("nan")
    if power.denominator == 2:
        root = base.nonnegative_part().sqrt()
    else:
        root = base.nonnegative_part().root(power.denominator)
    return _integer_power(root, int(power.numerator))


def _integer_power(base: Any, power: int) -> Any:
    """baseⁿ; `**` gives nan on a ball that contains 0, products do not."""
    if power <= 0 or not base.contains(0) or base.is_exact():
        return base ** fmpz(power)
    result, square = arb(1), base
    while power:
        if power & 1:
            result *= square
        square, power = square * square, power >> 1
    return result


_NATIVE = {
    "exp", "sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "sinh", "cosh", "tanh", "coth",
    "sech", "csch",
    "asinh", "acosh", "atanh", "erf", "sqrt",
}  # fmt: skip


def _ball_call(name: str, arguments: tuple[Expr, ...], values: Mapping[str, Any]) -> Any:
    if name == "exp":
        inside = _ball(arguments[0], values)
        return inside.exp() if abs(inside) < _HUGE else arb("nan")
    if name in _NATIVE:
        return getattr(_ball(arguments[0], values), name)()
    if name == "ln":
        return _ball(arguments[0], values).log()
    if name in ("cbrt", "root"):
        inner = _ball(arguments[0], values)
        degree = 3 if name == "cbrt" else int(exact_value(arguments[1]) or 0)
        if inner < 0:
            return -((-inner).root(degree)) if degree % 2 else arb("nan")
        return inner.nonnegative_part().root(degree) if inner.contains(0) else inner.root(degree)
    if name in ("max", "min"):
        found = _ball(arguments[0], values)
        for argument in arguments[1:]:
            other = _ball(argument, values)
            found = found.max(other) if name == "max" else found.min(other)
        return found
    if name == "abs":
        return abs(_ball(arguments[0], values))
    if name == "gamma":
        return gamma_ball(_ball(arguments[0], values))
    if name == "polygamma":
        return polygamma_ball(int(exact_value(arguments[0]) or 0), _ball(arguments[1], values))
    if name not in FUNCTIONS:
        raise UnsupportedExpression(f"the function {name} has no definition")
    fact = FUNCTIONS[name]
    if fact.definition is None:
        raise UnsupportedExpression(f"the function {name} has no definition")
    inner_values: dict[str, Any] = {}
    rational = _rationals(values)
    for parameter, argument in zip(fact.parameters, fact.complete(arguments), strict=True):
        exact = exact_value(argument, rational)
        inner_values[parameter] = exact if exact is not None else _ball(argument, values)
    return _ball(fact.definition, inner_values)


def _ball_holds(condition: Condition, values: Mapping[str, Any]) -> bool:
    rational = _rationals(values)
    left, right = exact_value(condition.left, rational), exact_value(condition.right, rational)
    if left is not None and right is not None:
        return RELATIONS[condition.relation](left - right)
    gap = _ball(condition.left, values) - _ball(condition.right, values)
    if gap > 0 or gap < 0 or (gap.is_exact() and gap == 0):
        sign = 1 if gap > 0 else -1 if gap < 0 else 0
        return RELATIONS[condition.relation](Fraction(sign))
    raise _Undecided
