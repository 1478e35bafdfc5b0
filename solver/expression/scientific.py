"""Scientific notation of exact numbers, correctly rounded."""

from __future__ import annotations

from fractions import Fraction


def mantissa_and_power(size: Fraction, digits: int) -> tuple[int, int]:
    """(m, p) with size ≈ m · 10^(p − digits), correctly rounded, m of digits + 1 figures; size > 0."""
    power = len(str(size.numerator)) - len(str(size.denominator))
    power -= size < Fraction(10) ** power
    mantissa = round(size / Fraction(10) ** power * 10**digits)
    if mantissa == 10 ** (digits + 1):
        return 10**digits, power + 1
    return mantissa, power


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
