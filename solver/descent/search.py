"""The search for what proves a verdict: growth bounds, intervals that g contracts, cycles. Choices
look at floats;
what is returned about an interval or a bound is exact.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from fractions import Fraction

from flint import arb, ctx, fmpq_poly

from solver.descent.critical import CriticalPoint
from solver.descent.orbit import Point, derivative_along
from solver.descent.polynomial import (
    Polynomial,
    dyadic,
    fraction,
    has_no_root,
    rational,
    sign,
    tight_enclosure,
)
from solver.descent.proofs import Contraction, Growth
from solver.descent.roots import Root, absolute_bound_on, maximum_on, real_roots


def growth_bound(g: Polynomial) -> Growth | None:
    """The least short radius R with |gₙ|Rⁿ⁻¹ − Σ|gᵢ|Rⁱ⁻¹ − |g₀|/R > 2, for deg g ≥ 2 (`index` is 0, to be
    replaced). Strictly, so that |g(w)| = 2|w| has no solution left from R on, R included.
    """
    degree = int(g.degree())
    if degree < 2:
        return None
    sizes = [abs(fraction(c)) for c in g.coeffs()]
    excess = fmpq_poly([*(rational(-c) for c in sizes[:-1]), rational(sizes[-1])])

    def grows(radius: Fraction) -> bool:
        at = rational(radius)
        return bool(excess(at) > 2 * at)

    radius = Fraction(1)
    while not grows(radius):
        radius *= 2
    while radius > Fraction(1, 10**6) and grows(radius / 2):
        radius /= 2
    unit = Fraction(1)
    while unit > radius / 2:
        unit /= 10
    while unit * 10 <= radius / 2:
        unit *= 10
    found = (radius / 2 / unit).__floor__() * unit
    while not grows(max(found, unit)):
        found += unit
    found = max(found, unit)
    return Growth(0, found, Fraction(2), sizes[-1], tuple(sizes[1:-1]), sizes[0])


def _units(scale: Fraction) -> Iterator[Fraction]:
    """Grid steps from coarse to fine: 1, 1/2, 1/5, 1/10, … times a power of ten near `scale`."""
    power = Fraction(1)
    while power > scale:
        power /= 10
    while power < scale:
        power *= 10
    for _ in range(7):
        for divisor in (1, 2, 5):
            yield power / divisor
        power /= 10


_PAIRS = (*((i, j) for i in range(6) for j in range(6)), *((i, i) for i in (8, 12, 20, 50)))
"""Steps of the grid to the left and to the right of w*."""


def contraction_interval(g: Polynomial, target: CriticalPoint, run: list[float]) -> Contraction | None:
    """The first interval on a short grid around w* that g contracts into itself and that the run enters.

    Among intervals of one grid the one entered first, then that of least ratio, is taken. Everything
    about the
    interval is exact; only the choice looks at floats.
    """
    slope = g.derivative()
    centre = target.root.approximation
    radius = _steep_radius(slope, centre)
    for unit in _units(max(radius, Fraction(1, 10**6))):
        floor = (centre / unit).__floor__() * unit
        ceiling = floor + unit
        if target.root.compare(floor) == 0:
            floor, ceiling = floor - unit, floor + unit
        valid: list[tuple[int, Fraction, Contraction]] = []
        step, left, right = float(unit), float(floor), float(ceiling)
        widest = (3 * float(radius) + step) * 1.001
        for i, j in _PAIRS:
            # what the exact tests below would refuse by far is left out before, without exact numbers
            if right - left + (i + j) * step > widest:
                continue
            if not left - (i + 0.01) * step <= run[-1] <= right + (j + 0.01) * step:
                continue
            low, high = floor - i * unit, ceiling + j * unit
            if float(high - low) > 3 * float(radius) + float(unit):
                continue
            low_float, high_float = float(low), float(high)
            if not low_float <= run[-1] <= high_float or not _plausible(g, slope, low_float, high_float):
                continue
            bound = absolute_bound_on(slope, low, high)
            if bound >= 1 or not _maps_into(g, low, high):
                continue
            # The exact bound where it can be read, else a short decimal above it.
            ratio = bound if bound.denominator <= 10**6 else _rounded_up(bound)
            # g keeps the interval: once in, always in, so the first entry is found by bisection.
            entry = bisect_left(range(len(run)), True, key=lambda k: low_float <= run[k] <= high_float)
            valid.append((entry, ratio, Contraction(entry, low, high, ratio, target)))
        if valid:
            return min(valid, key=lambda item: (item[0], item[1], item[2].low))[2]
    return None


def _plausible(g: Polynomial, slope: Polynomial, low: float, high: float) -> bool:
    """A cheap test in floats before the exact one."""
    for i in range(5):
        at = rational(Fraction(low + (high - low) * i / 4))
        if abs(float(fraction(slope(at)))) >= 1 or not low - 1e-9 <= float(fraction(g(at))) <= high + 1e-9:
            return False
    return True


def _maps_into(g: Polynomial, low: Fraction, high: Fraction) -> bool:
    return maximum_on(g, low, high) <= high and -maximum_on(-g, low, high) >= low


def _steep_radius(slope: Polynomial, centre: Fraction) -> Fraction:
    """How far around w* |g′| stays below 1 (on the shorter side), in floats: the scale of the grid."""
    edges = [abs(float(r.approximation - centre)) for s in (1, -1) for r in real_roots(slope - s)]
    edges = [e for e in edges if e > 1e-9]
    return Fraction(min(edges)).limit_denominator(10**9) if edges else Fraction(1)


def _rounded_up(bound: Fraction) -> Fraction:
    """The least decimal ≥ bound and < 1 with two significant digits of itself or of its distance to 1."""
    for digits in range(2, 60):
        unit = Fraction(1, 10**digits)
        rounded = -((-bound / unit).__floor__()) * unit
        if rounded < 1 and (digits > 2 or rounded < Fraction(99, 100)) and 1 - rounded >= (1 - bound) / 2:
            return Fraction(rounded)
    return bound


def refine_cycle(g: Polynomial, start: float, period: int) -> Fraction | None:
    """A point of a cycle to about 100 digits, by Newton's method on gᵖ(w) = w from a float."""
    with ctx.workprec(400):
        w = arb(start)
        for _ in range(60):
            balls = [w]
            for _ in range(period - 1):
                balls.append(tight_enclosure(g, balls[-1]).mid())
            image = tight_enclosure(g, balls[-1]).mid()
            slope = derivative_along(g, balls).mid()
            if slope == 1:
                return None
            step = ((image - w) / (slope - 1)).mid()
            w = (w - step).mid()
            if not w.is_finite():
                return None
            if abs(step) < arb(2) ** -360:
                return dyadic(w)
    return None


def deflated(poly: Polynomial, root: Root) -> Polynomial:
    """`poly` without the irreducible factor of `root`."""
    factor = fmpq_poly(root.factor)
    while poly.degree() >= factor.degree() and poly % factor == 0:
        poly = poly // factor
    return poly


def hull(point: Point, root: Root) -> tuple[Fraction, Fraction]:
    """A closed interval that contains the iterate and the root."""
    return min(point.low, root.low), max(point.high, root.high)


def is_monotone_towards(h: Polynomial, point: Point, root: Root) -> int:
    """−1 or 1, the side of the root where the iterate is, if h is increasing between them, without a fixed
    point in between, and moves towards the root; else 0. Decided by Sturm."""
    low, high = hull(point, root)
    side = 1 if point.low > root.high else (-1 if point.high < root.low else 0)
    if side == 0:
        return 0
    at = rational(point.low if side > 0 else point.high)
    slope = h.derivative()
    free = deflated(slope, root)
    if not slope(at) > 0 or not has_no_root(free, low, high):
        return 0
    moves = deflated(h - fmpq_poly([0, 1]), root)
    if not has_no_root(moves, low, high) or sign(h(at) - at) != -side:
        return 0
    return side
