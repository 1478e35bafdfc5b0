"""The sizes |f′| can take, and how their powers are written."""

from __future__ import annotations

from fractions import Fraction

from solver.analysis.expansion import Undecided
from solver.analysis.model import Study
from solver.analysis.values import Value
from solver.questions.constant_slopes import derivative_values


def order(number: Fraction, value: Value) -> int | None:
    """−1, 0 or 1; None where it cannot be told."""
    try:
        return Value(number, number).compare(value)
    except Undecided:
        return None


def possible_size(s: Study, sizes: tuple[Value, ...] | None, size: Fraction) -> bool | None:
    """Whether |f′| takes this value: among `sizes` where it has finitely many, else between its bounds."""
    if sizes is not None:
        orders = [order(size, v) for v in sizes]
        return True if 0 in orders else None if None in orders else False
    if s.steepest is None:
        return None
    top, least = s.steepest, s.flattest
    high = order(size, top.value)
    low = 1 if least is None else order(size, least.value)
    if high == 1 or low == -1:
        return False
    if (high == 0 and not top.attained) or (low == 0 and least is not None and not least.attained):
        return False
    return None if high is None or low is None else True


def sizes_of(s: Study) -> tuple[Value, ...] | None:
    """The values of |f′|, without repetition, where they are finitely many."""
    values = derivative_values(s)
    if values is None:
        return None
    sizes = [v.opposite() if v.high < 0 else v for v in values]
    return tuple(v for i, v in enumerate(sizes) if all(v != w for w in sizes[:i]))


def power_of_ten(value: Fraction) -> str | None:
    """10^{−n}, if it is one."""
    from solver.expression.scientific import mantissa_and_power

    if value == 1:
        return "1"
    if value.numerator != 1:
        return None
    zeros = mantissa_and_power(Fraction(value.denominator), 0)[1]
    return rf"10^{{-{zeros}}}" if value.denominator == 10**zeros else None


def bracketed(text: str) -> str:
    """The base of a power, in brackets."""
    return rf"\left({text}\right)"


def few_digits(value: Fraction, digits: int = 3) -> bool:
    """Whether a number is exactly a whole number of at most `digits` digits times a power of ten."""
    while value and value.denominator > 1:
        if value.denominator % 2 and value.denominator % 5:
            return False
        value *= 10
    whole = abs(value.numerator)
    while whole and whole % 10 == 0:
        whole //= 10
    return bool(whole < 10**digits)


def short(value: Fraction) -> bool:
    """Whether a table holds it as it is: at most nine digits, or three digits and a power of ten."""
    return few_digits(value) or (value.denominator == 1 and value < 10**9)


def percent(value: Fraction) -> tuple[str, bool]:
    """A part 0 < value < 1 in hundredths, and whether that is exact; else two digits, or more where 100 would
    be written."""
    from solver.expression.latex import latex
    from solver.expression.tree import Number

    hundredths = 100 * value
    if few_digits(hundredths):
        return latex(Number(hundredths, decimal=True)), True
    digits = 0 if hundredths >= 10 else 1
    while (found := round(hundredths, digits)) >= 100:
        digits += 1
    return latex(Number(found, decimal=True)), False
