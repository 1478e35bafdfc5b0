"""Attracting cycles of a polynomial map: their points, what contracts around them, their multiplier."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from flint import arb, ctx

from solver.derivation.equality import Equality, Means
from solver.descent.orbit import Point, derivative_along
from solver.descent.polynomial import Polynomial, dyadic, fraction, rational, tight_enclosure
from solver.descent.proofs import AttractingCycle
from solver.descent.search import refine_cycle
from solver.descent.verification import cycle_holds


def cycle_points(g: Polynomial, start: float, period: int) -> tuple[Fraction, ...] | None:
    """The points of the cycle near `start`, to about 100 digits, the least first (so a cycle is written in
    one way whatever the run); None where there is none.
    """
    centre = refine_cycle(g, start, period)
    if centre is None:
        return None
    points = [centre]
    with ctx.workprec(400):
        for _ in range(period - 1):
            points.append(dyadic(tight_enclosure(g, arb(rational(points[-1])))))
    least = points.index(min(points))
    return tuple(points[least:] + points[:least])


def attracting(g: Polynomial, cycle: tuple[Fraction, ...], run: list[float]) -> Iterator[AttractingCycle]:
    """Balls around the first point that gᵖ contracts into itself, from wide to narrow, with the step of the
    run in floats that enters each.
    """
    steep = abs(float(multiplier(g, cycle)))
    if steep >= 1:
        return
    ratio = Fraction(round((1 + steep) / 2 * 10**6) + 1, 10**6)
    centre = float(cycle[0])
    for exponent in range(1, 40):
        radius = Fraction(1, 2**exponent)
        bound = 0.999 * float(radius)
        entry = next((k for k, w in enumerate(run) if abs(w - centre) < bound), None)
        if entry is None:
            return
        with ctx.workprec(400):
            start = arb(rational(cycle[0]))
            if cycle_holds(g, Point(cycle[0], True, start), cycle, radius, ratio):
                yield AttractingCycle(entry, cycle, radius, ratio)


def multiplier(g: Polynomial, cycle: tuple[Fraction, ...]) -> Fraction:
    """(gᵖ)′ at a point of the cycle."""
    with ctx.workprec(400):
        return dyadic(derivative_along(g, [arb(rational(p)) for p in cycle]))


def multiplier_check(g: Polynomial, rate: Fraction, cycle: tuple[Fraction, ...], found: Fraction) -> Equality:
    """Second road: the difference quotient of gᵖ at the first point, in fractions."""
    shift = Fraction(1, 10**18)
    ends = []
    for w in (cycle[0] - shift, cycle[0] + shift):
        at = w.limit_denominator(10**40)
        for _ in cycle:
            at = fraction(g(rational(at))).limit_denominator(10**40)
        ends.append(at)
    slope = (ends[1] - ends[0]) / (2 * shift)
    close = abs(slope - found) <= Fraction(1, 10**9) * (1 + abs(found))
    left = rf"\prod g'(p_i), \alpha={rate}, {float(cycle[0]):.6g}"
    return Equality(left, f"{float(found):.6g}", Means.DIFFERENCES, close)
