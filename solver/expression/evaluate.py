"""The value of an expression: exact where it is rational, else a ball that encloses it, to any precision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import factorial
from typing import Any

from flint import arb, ctx, fmpq, fmpz

from solver.errors import UnsupportedExpression
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

MAX_BITS = 40_000
"""Exact values of more bits are not computed; balls are not refined beyond."""


_HUGE = 2**60
_MAX_DEGREE = 10_000
_MOST_FACTORIAL = 1_000


class NotRational(Exception):
    """Inside: the value is not rational, not defined, or too large to write out."""


def exact_value(expr: Expr, values: Mapping[str, Fraction] | None = None) -> Fraction | None:
    """The exact rational value with `values` put in; None where there is none or it cannot be told.

    √(9/4), e⁰, ln 1, σ(0), max(1, 2) are rational; √2 and 1/0 give None.
    """
    try:
        return _exact(expr, values or {})
    except NotRational:
        return None


def _exact(expr: Expr, values: Mapping[str, Fraction]) -> Fraction:
    match expr:
        case Number(value):
            return value
        case Symbol(name):
            if name in values:
                value = values[name]
                return value if isinstance(value, Fraction) else Fraction(value)
            raise NotRational
        case Sum(terms):
            return _bounded(sum((_exact(t, values) for t in terms), Fraction(0)))
        case Product(factors):
            product = Fraction(1)
            for factor in factors:
                product = _bounded(product * _exact(factor, values))
            return product
        case Negative(operand):
            return -_exact(operand, values)
        case Quotient(top, bottom):
            divisor = _exact(bottom, values)
            if divisor == 0:
                raise NotRational
            return _bounded(_exact(top, values) / divisor)
        case Power(base, exponent):
            return _exact_power(_exact(base, values), _exact(exponent, values))
        case Apply(name, arguments):
            return _exact_call(name, tuple(_exact(a, values) for a in arguments))
        case Cases(branches):
            for branch, condition in branches:
                if condition is None or _holds(condition, values):
                    return _exact(branch, values)
            raise NotRational
        case _:
            raise NotRational


def _bounded(value: Fraction) -> Fraction:
    if value.numerator.bit_length() + value.denominator.bit_length() > MAX_BITS:
        raise NotRational
    return value


def _holds(condition: Condition, values: Mapping[str, Fraction]) -> bool:
    gap = _exact(condition.left, values) - _exact(condition.right, values)
    return _RELATIONS[condition.relation](gap)


_RELATIONS: Mapping[str, Callable[[Fraction], bool]] = {
    "<": lambda gap: gap < 0,
    "<=": lambda gap: gap <= 0,
    ">": lambda gap: gap > 0,
    ">=": lambda gap: gap >= 0,
    "=": lambda gap: gap == 0,
    "!=": lambda gap: gap != 0,
}


def _exact_power(base: Fraction, exponent: Fraction) -> Fraction:
    if base == 0 and exponent <= 0:
        if exponent == 0:
            return Fraction(1)
        raise NotRational
    if exponent.denominator != 1:
        if base < 0:
            raise NotRational
        base = _exact_root(base, exponent.denominator)
    power = exponent.numerator
    bits = base.numerator.bit_length() + base.denominator.bit_length()
    if abs(base) not in (0, 1) and bits * abs(power) > MAX_BITS:
        raise NotRational
    return base**power


def _exact_root(value: Fraction, degree: int) -> Fraction:
    """The positive rational root, if there is one."""
    if degree > MAX_BITS:
        raise NotRational
    top, bottom = fmpz(value.numerator).root(degree), fmpz(value.denominator).root(degree)
    root = Fraction(int(top), int(bottom))
    if root**degree != value:
        raise NotRational
    return root


def _exact_call(name: str, arguments: tuple[Fraction, ...]) -> Fraction:
    first = arguments[0]
    known = _EXACT_POINTS.get(name)
    if known is not None:
        at, value = known
        if first == at:
            return Fraction(value)
        raise NotRational
    if name == "sqrt":
        return _exact_power(first, Fraction(1, 2))
    if name == "cbrt" or name == "root":
        degree = 3 if name == "cbrt" else int(arguments[1])
        if first < 0 and degree % 2 == 0:
            raise NotRational
        return _exact_root(abs(first), degree) * (-1 if first < 0 else 1)
    if name == "gamma" and first.denominator == 1 and 0 < first < _MOST_FACTORIAL:
        return Fraction(factorial(int(first) - 1))
    if name == "max":
        return max(arguments)
    if name == "min":
        return min(arguments)
    if name not in FUNCTIONS:
        raise NotRational
    definition = FUNCTIONS[name].defined_at([Number(a) for a in arguments])
    if definition is None:
        raise NotRational
    return _exact(definition, {})


_EXACT_POINTS: Mapping[str, tuple[int, int]] = {
    "exp": (0, 1), "ln": (1, 0), "sin": (0, 0), "cos": (0, 1), "atan": (0, 0), "erf": (0, 0), "acosh": (1, 0),
}  # fmt: skip


# ---- balls ------------------------------------------------------------------------------------


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
        return _RELATIONS[condition.relation](left - right)
    gap = _ball(condition.left, values) - _ball(condition.right, values)
    if gap > 0 or gap < 0 or (gap.is_exact() and gap == 0):
        sign = 1 if gap > 0 else -1 if gap < 0 else 0
        return _RELATIONS[condition.relation](Fraction(sign))
    raise _Undecided
