"""The exact value of an expression, where it is rational."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import factorial

from flint import fmpz

from solver.expression.functions import FUNCTIONS
from solver.expression.tree import (
    Apply,
    Cases,
    Condition,
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
    return RELATIONS[condition.relation](gap)


RELATIONS: Mapping[str, Callable[[Fraction], bool]] = {
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
