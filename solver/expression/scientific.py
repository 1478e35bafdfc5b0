"""Scientific notation of exact numbers, correctly rounded."""

from __future__ import annotations

import math
from fractions import Fraction

_HALF = Fraction(1, 2)


def mantissa_and_power(size: Fraction, digits: int) -> tuple[int, int]:
    """(m, p) with size ≈ m · 10^(p − digits), correctly rounded, m of digits + 1 figures; size > 0."""
    bits = size.numerator.bit_length() - size.denominator.bit_length()
    power = math.floor((bits + 1) * math.log10(2)) + 1  # never too small; no digits are printed to count them
    found = _shifted(size, digits - power)
    while found[0] < 10**digits:
        power -= 1
        found = _shifted(size, digits - power)
    mantissa, rest = found
    mantissa += rest > _HALF or (rest == _HALF and mantissa % 2 == 1)
    if mantissa == 10 ** (digits + 1):
        return 10**digits, power + 1
    return mantissa, power


def _shifted(size: Fraction, places: int) -> tuple[int, Fraction]:
    """size · 10^places: its whole part, and whether the rest is below, at or above a half (as ¼, ½, ¾).

    In integers, because a fraction of a million digits would be reduced at each step.
    """
    top, bottom = size.numerator, size.denominator
    if places >= 0:
        top *= 10**places
    else:
        bottom *= 10**-places
    whole, rest = divmod(top, bottom)
    side = (2 * rest > bottom) - (2 * rest < bottom)
    return whole, _HALF + Fraction(side, 4)


def scientific(value: Fraction, digits: int) -> str:
    r"""`1.23 \times 10^{-4}` as LaTeX; a power of ten stands alone, 0 stays 0."""
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, power = mantissa_and_power(abs(value), digits)
    whole, rest = divmod(mantissa, 10**digits)
    head = f"{whole}.{rest:0{digits}d}" if rest else str(whole)
    if power == 0:
        return sign + head
    return f"{sign}10^{{{power}}}" if head == "1" else rf"{sign}{head} \times 10^{{{power}}}"


def scientific_bound(value: Fraction, digits: int) -> str:
    r"""A positive bound rounded up, all its digits written: `1.00 \times 10^{-9}`; 0 stays 0."""
    if value == 0:
        return "0"
    mantissa, power = mantissa_and_power(value, digits)
    if mantissa * Fraction(10) ** (power - digits) < value:
        mantissa += 1
    if mantissa == 10 ** (digits + 1):
        mantissa, power = 10**digits, power + 1
    whole, rest = divmod(mantissa, 10**digits)
    head = f"{whole}.{rest:0{digits}d}" if digits else str(whole)
    return head if power == 0 else rf"{head} \times 10^{{{power}}}"
