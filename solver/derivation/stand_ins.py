"""Polynomials that stand for functions without a definition (f, g, h) where the second road needs values.

f(u) = Σ cₖ uᵏ/k! with pseudo-random cₖ, so that f⁽ᵐ⁾(u) = Σ cₖ₊ₘ uᵏ/k!: an identity that holds for these at
random points holds for every differentiable function, but by a chance that is none in practice.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import factorial
from zlib import crc32

_DEGREE = 24


@lru_cache(maxsize=256)
def coefficients(name: str) -> tuple[Fraction, ...]:
    """The coefficients of 1, u, u², … of the polynomial that stands for `name` (f, f', f''…)."""
    plain = name.rstrip("'")
    order = len(name) - len(plain)
    return tuple(
        Fraction(crc32(f"{plain}{k + order}".encode()) % 19 - 9, 7 * factorial(k))
        for k in range(_DEGREE - min(order, _DEGREE - 1))
    )
