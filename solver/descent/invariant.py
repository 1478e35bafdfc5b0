"""Intervals that w ↦ w − αf′(w) maps into themselves: what starts inside stays inside, for one rate or for
all small ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from flint import fmpq_poly

from solver.derivation.equality import Equality, Means
from solver.descent.critical import CriticalPoint, Landscape
from solver.descent.evidence import Profile, Sample, profile, profile_checks
from solver.descent.orbit import update_map
from solver.descent.polynomial import Polynomial, has_no_root, rational, value
from solver.descent.quantity import Quantity
from solver.descent.ranges import rounded_up
from solver.descent.roots import maximum_on, real_roots

TURNS = 30
"""How often an interval is widened by its image before it is given up."""
LONGEST = 1000
"""Longest denominator kept: beyond, an end is rounded outwards to three decimals."""
HAIR = Fraction(1, 10**50)


@dataclass(frozen=True)
class Confinement:
    """No run from the start converges to `point`, a minimum, unless an iterate is exactly equal to it.

    For 0 < α ≤ `rate` the interval J = [low, high], which holds the start and ends at the critical point
    `barrier`, keeps every iterate: for a fixed w, w − αf′(w) lies between w and its value at `rate`, and
    that map sends J into J (`profile` on J). For α > 2/f″, which is at most `rate`, `point` repels.
    """

    point: CriticalPoint
    barrier: CriticalPoint
    rate: Fraction
    profile: Profile
    checks: tuple[Equality, ...]

    @property
    def wall_first(self) -> bool:
        """Whether `barrier` is the left end of J."""
        return self.profile.ends[0].at == self.barrier.point


def kept_interval(g: Polynomial, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction] | None:
    """An interval that contains [low, high] and that g maps into itself, as short as is found; else None."""
    for _ in range(TURNS):
        least, greatest = -maximum_on(-g, low, high), maximum_on(g, low, high)
        if low <= least and greatest <= high:
            return low, high
        if greatest - least > 10**6:
            return None
        low = low if low <= least else -_short_above(-least)
        high = high if greatest <= high else _short_above(greatest)
    return None


def confinement(scape: Landscape, start: Fraction, point: CriticalPoint) -> Confinement | None:
    """Why no rate leads from `start` to a minimum behind another critical point; None where that is not
    proved, or f″ vanishes at the minimum.
    """
    slope = scape.objective.slope
    assert slope is not None
    if point.bound is None:
        return None
    side = point.root.compare(start)
    walls = [p for p in scape.points if p.root.compare(start) == side and (p.index - point.index) * side < 0]
    for rate, barrier in product(_rates(point.bound), walls[::side]):
        g = update_map(slope, rate)
        facing = g if side > 0 else -g(fmpq_poly([0, -1]))
        ends = (barrier.root.low, barrier.root.high)
        far = _behind(facing, start * side, ends if side > 0 else (-ends[1], -ends[0]))
        if far is not None:
            found = _profile(scape, g, far * side, barrier)
            checks = _checks(scape, slope, g, rate, found, point)
            return Confinement(point, barrier, rate, found, checks)
    return None


def _rates(bound: Quantity) -> tuple[Fraction, ...]:
    """The bound itself, or short decimals just above it, the shorter first."""
    return (bound.value,) if bound.rational else (rounded_up(bound.value), rounded_up(bound.value, 6))


def _behind(g: Polynomial, low: Fraction, wall: tuple[Fraction, Fraction]) -> Fraction | None:
    """The lower end of an interval up to a fixed point c in [wall] that g maps into itself, or None.

    Near c g increases, so g(w) < g(c) = c there; further down the maximum of g decides.
    """
    slope = g.derivative()
    before = [r.high for r in real_roots(slope) if r.high < wall[0]]
    for _ in range(TURNS):
        turns = [r for r in before if r >= low]
        cut = (turns[-1] + wall[0]) / 2 if turns else low
        rises = slope(rational(wall[1])) > 0 and has_no_root(slope, cut, wall[1])
        if not rises or (turns and maximum_on(g, low, cut) > wall[0]):
            return None
        least = -maximum_on(-g, low, wall[1])
        if low <= least:
            return low
        if wall[0] - least > 10**6:
            return None
        low = -_short_above(-least)
    return None


def _short_above(x: Fraction) -> Fraction:
    """The number itself where it is short, else a short decimal above it."""
    if x.denominator <= LONGEST:
        return x
    return Fraction(-((-x * 1000).__floor__()), 1000)


def _profile(scape: Landscape, g: Polynomial, far: Fraction, barrier: CriticalPoint) -> Profile:
    """The values of g from `far` to the barrier, which g does not move; in decimals where not rational."""
    middle = barrier.root.approximation
    low, high = min(far, middle), max(far, middle)
    found = profile(g, low, high, scape.objective.decimal)
    fixed = Sample(barrier.point, barrier.point)
    ends = (found.ends[0], fixed) if middle == high else (fixed, found.ends[1])
    turns = tuple(Sample(_plain(s.at), _plain(s.value)) for s in found.turns)
    return Profile(ends, turns, tuple(_plain(x) for x in found.outside))


def _plain(x: Quantity) -> Quantity:
    """Without its surd: `rate` is rounded already, radicals of it say nothing."""
    return x if x.rational else Quantity(x.value, None, False)


def _checks(
    scape: Landscape, slope: Polynomial, g: Polynomial, rate: Fraction, found: Profile, point: CriticalPoint
) -> tuple[Equality, ...]:
    """Second road: at 41 points of J and 12 rates, in fractions, the next iterate is in J."""
    low, high = (s.at.value for s in found.ends)
    stays = all(
        low - HAIR <= w - rate * j / 12 * value(slope, w) <= high + HAIR
        for w in (low + (high - low) * i / 40 for i in range(41))
        for j in range(1, 13)
    )
    outside = point.root.compare(low) == point.root.compare(high) != 0
    name = f"{scape.objective.name}, α={rate}, [{float(low):.6g},{float(high):.6g}]"
    return (
        *profile_checks("g", g, found, low, high, name),
        Equality(
            rf"w - \alpha f'(w), {name}", rf"\in J, w_{point.index} \notin J", Means.VALUES, stays and outside
        ),
    )
