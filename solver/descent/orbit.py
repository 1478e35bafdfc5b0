"""Iterates of w ↦ g(w) for a polynomial g: exactly while fractions are short, then in balls of proved
radius.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite

from flint import arb, ctx, fmpq, fmpq_poly

from solver.descent.polynomial import Polynomial, dyadic, enclosure, fraction, rational, tight_enclosure

EXACT_BITS = 4000
"""Longest numerator or denominator kept as a fraction: beyond, no reader and few programs want the digits."""
DIGITS = 60
MAX_BITS = 40_000
HUGE = 12_000
"""Binary exponent from which an iterate is called too large to write."""


@dataclass(frozen=True, slots=True)
class Point:
    """An iterate: its value (exact, or a rational closer than 10⁻⁶⁰ relatively) and an enclosure for
    proofs.
    """

    value: Fraction
    exact: bool
    ball: arb

    @property
    def low(self) -> Fraction:
        return self.value if self.exact else dyadic(self.ball.lower())

    @property
    def high(self) -> Fraction:
        return self.value if self.exact else dyadic(self.ball.upper())


def update_map(slope: Polynomial, rate: Fraction) -> Polynomial:
    """g(w) = w − α f′(w)."""
    return fmpq_poly([0, 1]) - rational(rate) * slope


def size(value: fmpq) -> int:
    """Bits of the longer of numerator and denominator."""
    return max(int(value.p).bit_length(), int(value.q).bit_length())


def exact_orbit(g: Polynomial, start: Fraction, steps: int, bits: int = EXACT_BITS) -> list[fmpq]:
    """w⁽⁰⁾, w⁽¹⁾, … while they fit in `bits`, at most steps + 1 of them."""
    points = [rational(start)]
    growth = max(1, int(g.degree()))
    while len(points) <= steps and size(points[-1]) * growth <= growth * bits:
        following = g(points[-1])
        if size(following) > bits:
            break
        points.append(following)
    return points


def orbit(g: Polynomial, start: Fraction, steps: int, bits: int = EXACT_BITS) -> tuple[Point, ...]:
    """Up to steps + 1 iterates; fewer where one is too large to write or no precision suffices."""
    exact = exact_orbit(g, start, steps, bits)
    found = [Point(fraction(w), True, arb(w)) for w in exact]
    if len(found) > steps:
        return tuple(found)
    precision = 256
    while precision <= MAX_BITS:
        with ctx.workprec(precision):
            tail = _balls(g, arb(exact[-1]), steps + 1 - len(exact))
            if tail is not None:
                found += [Point(dyadic(b), False, b) for b in tail]
                return tuple(found)
        precision *= 2
    return tuple(found)


def _balls(g: Polynomial, start: arb, steps: int) -> list[arb] | None:
    """The next iterates; None where a radius grew past 60 digits; cut where an iterate is too large."""
    balls: list[arb] = []
    current = start
    for _ in range(steps):
        current = tight_enclosure(g, current)
        if not current.is_finite():
            return None
        if current.rel_accuracy_bits() < 210 and current.rad() > arb(10) ** -DIGITS:
            return None
        if abs(current) > arb(2) ** HUGE:
            break
        if abs(current) < arb(2) ** -HUGE:
            current = arb(0, arb(2) ** -HUGE)  # an exponent that grows without end is of no use
        balls.append(current)
    return balls


def scout(g: Polynomial, start: Fraction, steps: int, radius: float = 1e6) -> list[float]:
    """A quick run in floats: it suggests what to prove and proves nothing. Stops past `radius`, at rest,
    or on a cycle whose length divides 64.
    """
    coefficients = [float(fraction(c)) for c in reversed(g.coeffs())]
    w = float(start)
    mark = w
    points = [w]
    for k in range(steps):
        total = 0.0
        for c in coefficients:
            total = total * w + c
        points.append(total)
        if not isfinite(total) or abs(total) > radius or total == w:
            break
        w = total
        if k % 64 == 63:
            if w == mark:
                break  # a cycle, closed to the last bit
            mark = w
    return points


def derivative_along(g: Polynomial, balls: Sequence[arb]) -> arb:
    """The product of g′ over balls: encloses the derivative of the iterated map along them."""
    slope = g.derivative()
    product = arb(1)
    for ball in balls:
        product *= enclosure(slope, ball)
    return product
