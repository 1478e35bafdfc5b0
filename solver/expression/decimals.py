"""Values written as decimals: correctly rounded, or to a number of significant digits."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from solver.errors import UnsupportedExpression
from solver.expression.evaluate import ball, exact_value
from solver.expression.exact import MAX_BITS
from solver.expression.scientific import mantissa_and_power
from solver.expression.tree import Expr

_WRITTEN = 2**20
"""Binary places beyond which the value of a ball is not written out."""


def decimal(value: Expr | Fraction | int, digits: int, values: Mapping[str, Fraction] | None = None) -> str:
    """The value correctly rounded to `digits` decimals (half away from zero), with a decimal point.

    A ball decides: its precision rises until both its ends round to the same decimal.
    Raises UnsupportedExpression where the value is not defined.
    """
    exact = Fraction(value) if isinstance(value, (Fraction, int)) else exact_value(value, values)
    if exact is not None:
        return _rounded(exact, digits)
    assert isinstance(value, Expr)
    bits = 64 + int(3.33 * digits)
    while bits <= MAX_BITS:
        found = ball(value, values, bits=bits)
        if not found.is_finite():
            break
        middle, radius = _end(found.mid()), _end(found.rad())
        low, high = middle - radius, middle + radius
        first, second = _rounded(low, digits), _rounded(high, digits)
        if first == second:
            return first
        bits *= 2
    raise UnsupportedExpression("this value is not defined, or cannot be told to the precision asked")


def significant(
    value: Expr | Fraction | int, digits: int = 17, values: Mapping[str, Fraction] | None = None
) -> str:
    """The value to `digits` significant digits, in plain or scientific notation, as Python reads it."""
    exact = Fraction(value) if isinstance(value, (Fraction, int)) else exact_value(value, values)
    if exact == 0:
        return "0"
    if exact is None:
        assert isinstance(value, Expr)
        found = ball(value, values, bits=int(3.33 * digits) + 24)
        if not found.is_finite():
            raise UnsupportedExpression("this value is not defined")
        exact = _end(found.mid())
        if exact == 0:
            return "0"
    mantissa, power = mantissa_and_power(abs(exact), digits - 1)
    if -6 <= power < digits:
        text = _rounded(exact, digits - 1 - power)
        return text.rstrip("0").rstrip(".") if "." in text else text
    figures = str(mantissa)
    shown = f"{figures[0]}.{figures[1:]}".rstrip("0").rstrip(".")
    return f"{'-' if exact < 0 else ''}{shown}e{power}"


def decimal_of_ball(value: Any, digits: int = 17) -> str:
    """The middle of a ball (or an exact `fmpq`) to `digits` significant digits."""
    if hasattr(value, "p") and hasattr(value, "q"):
        return significant(Fraction(int(value.p), int(value.q)), digits)
    return significant(_end(value.mid()), digits)


def _end(point: Any) -> Fraction:
    """The exact rational value of an exact ball. Raises OverflowError for one too far out."""
    mantissa, exponent = point.man_exp()
    if abs(exponent) > _WRITTEN:
        raise OverflowError("a value is too large or too small to be written")
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _rounded(value: Fraction, digits: int) -> str:
    scaled = abs(value) * 10**digits
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    whole += 2 * rest >= scaled.denominator
    sign = "-" if value < 0 and whole else ""
    text = str(whole).rjust(digits + 1, "0")
    return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else sign + text
