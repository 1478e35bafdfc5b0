"""Single precision (IEEE 754 binary32) in exact rationals: to nearest, ties to even, with subnormals."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

SMALLEST = Fraction(1, 2**149)
"""The smallest positive number."""
SMALLEST_NORMAL = Fraction(1, 2**126)
LARGEST = Fraction(2**128 - 2**104)

_STEPS = 20_000


def rounded(value: Fraction) -> Fraction | None:
    """The number nearest to `value`, the even one of two equally near; None past the largest (infinity)."""
    if value < 0:
        found = rounded(-value)
        return None if found is None else -found
    if value == 0:
        return Fraction(0)
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    if Fraction(2) ** exponent > value:
        exponent -= 1
    unit = Fraction(2) ** max(exponent - 23, -149)
    found = round(value / unit) * unit  # Python rounds ties to even
    return found if found <= LARGEST else None


@dataclass(frozen=True)
class Underflow:
    """What becomes of the powers of a factor 0 < q < 1 in single precision.

    `exact_depth`: the least K for which q^K, computed exactly and then rounded, is 0. `running_depth`: the
    least K for which the product, rounded after each factor, is 0; None if it never is: it stays at
    `stuck` > 0, or was not followed far enough (`stuck` None). `normal_depth`: the least K for which q^K is
    below the normal numbers (2⁻¹²⁶) and loses digits.
    """

    factor: Fraction
    exact_depth: int
    normal_depth: int
    running_depth: int | None
    stuck: Fraction | None


def underflow(factor: Fraction) -> Underflow | None:
    """None for a factor that is not between 0 and 1: its powers do not vanish."""
    if not 0 < factor < 1:
        return None
    running, stuck = _running(factor)
    return Underflow(
        factor,
        least_power(factor, Fraction(1, 2**150)),
        least_power(factor, SMALLEST_NORMAL, strict=True),
        running,
        stuck,
    )


@cache
def least_power(factor: Fraction, level: Fraction, *, strict: bool = False) -> int:
    """The least K with factor^K ≤ level (or < level), by bisection on exact or enclosed powers."""
    high = 1
    while not _below(factor, high, level, strict):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        if _below(factor, middle, level, strict):
            high = middle
        else:
            low = middle
    return high


def _below(factor: Fraction, power: int, level: Fraction, strict: bool) -> bool:
    bits = power * factor.denominator.bit_length()
    if bits <= 200_000:
        value = factor**power
        return value < level if strict else value <= level
    from flint import arb, ctx, fmpq

    before, ctx.prec = ctx.prec, 256
    try:
        base = arb(fmpq(factor.numerator, factor.denominator))
        gap = power * base.log() - arb(fmpq(level.numerator, level.denominator)).log()
    finally:
        ctx.prec = before
    return bool(gap < 0)


def _running(factor: Fraction) -> tuple[int | None, Fraction | None]:
    """The product rounded after each factor, in exact arithmetic."""
    q = rounded(factor)
    product = Fraction(1)
    if q is None or q == 1:
        return None, product
    if q > Fraction(1, 2) and least_power(q, SMALLEST) > _STEPS:
        return None, None
    for depth in range(1, _STEPS):
        following = rounded(product * q)
        if following is None or following == product:
            return None, product
        if following == 0:
            return depth, None
        product = following
    return None, None


def simulated_depth(factor: Fraction) -> int | None:
    """The depth at which the machine's own single-precision product is 0; None if it stays positive."""
    q = ctypes.c_float(float(factor)).value
    product = ctypes.c_float(1.0).value
    for depth in range(1, _STEPS):
        following = ctypes.c_float(product * q).value  # exact in double, then rounded once
        if following == 0.0:
            return depth
        if following == product:
            return None
        product = following
    return None


def simulated_power(factor: Fraction, depth: int) -> float | None:
    """factor^depth rounded once by the machine; None where the exact power is too long to write."""
    if depth * factor.denominator.bit_length() > 200_000:
        return None
    return ctypes.c_float(float(factor**depth)).value
