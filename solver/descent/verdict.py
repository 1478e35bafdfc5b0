"""The fate of an infinite descent w ← w − α f′(w) on a polynomial, with what proves it.

A run in floats suggests (`scout`); exact polynomials and balls prove. What cannot be proved is `undecided`.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cached_property, lru_cache

from solver.descent.critical import CriticalPoint, Landscape
from solver.descent.cycles import attracting, cycle_points, multiplier, multiplier_check
from solver.descent.invariant import kept_interval
from solver.descent.orbit import (
    Point,
    exact_orbit,
    orbit,
    scout,
    update_map,
)
from solver.descent.polynomial import Polynomial, fraction, rational
from solver.descent.proofs import (
    Affine,
    Drift,
    Escape,
    ExactCycle,
    Growth,
    Monotone,
    Stationary,
    Undecided,
    Verdict,
)
from solver.descent.quantity import Quantity, quantity
from solver.descent.search import contraction_interval, growth_bound, is_monotone_towards
from solver.descent.stability import asymptotic_factor, is_attracting
from solver.descent.verification import verify

SCOUT_STEPS = 4000
LONGEST_PERIOD = 32
ENTRY_STEPS = 2500
"""Contractions entered later than this are not looked for: the bounded monotone argument is shorter."""


class _Search:
    """One descent being decided; each method returns a verdict or None."""

    def __init__(self, scape: Landscape, start: Fraction, rate: Fraction) -> None:
        slope = scape.objective.slope
        assert slope is not None
        self.scape, self.start, self.rate = scape, start, rate
        self.slope: Polynomial = slope
        self.g = update_map(slope, rate)
        self._points: tuple[Point, ...] = ()

    def points(self, index: int) -> tuple[Point, ...] | None:
        """Enclosures of the iterates up to `index`; None where no precision suffices."""
        if len(self._points) <= index:
            self._points = orbit(self.g, self.start, index)
        return self._points if len(self._points) > index else None

    @cached_property
    def run(self) -> list[float]:
        radius = float(self.growth.radius) if self.growth else 1e12
        return scout(self.g, self.start, SCOUT_STEPS, max(1e3, 10 * radius))

    @cached_property
    def growth(self) -> Growth | None:
        return growth_bound(self.g)

    # ---- exact ends

    def degenerate(self) -> Verdict | None:
        """Constant f, degree 1, degree 2, or a rate 0: everything is known in closed form."""
        degree = self.scape.objective.degree
        if self.slope == 0 or self.rate == 0:
            here = quantity(None, self.start, True)
            limit = Quantity(self.start, here.exact, True)
            return Verdict(
                "converges", Stationary(0, self.scape.at(self.start)), self.scape.at(self.start), limit
            )
        if degree == 1:
            step = -self.rate * fraction(self.slope[0])
            return Verdict("diverges", Drift(0, step), direction=1 if step > 0 else -1)
        if degree == 2:
            return self.quadratic()
        return None

    def quadratic(self) -> Verdict:
        target = self.scape.points[0]
        polynomial = self.scape.objective.polynomial
        assert polynomial is not None
        factor = 1 - self.rate * 2 * fraction(polynomial[2])
        proof = Affine(0, factor, target)
        shown = asymptotic_factor(self.scape, target, self.rate)
        if target.root.approximation == self.start:
            return Verdict("converges", Stationary(0, target), target, target.point, factor=shown)
        if factor == 0:
            return Verdict("converges", Stationary(1, target), target, target.point, factor=shown)
        if abs(factor) < 1:
            return Verdict("converges", proof, target, target.point, factor=shown)
        if factor == -1:
            other = 2 * target.root.approximation - self.start
            return Verdict(
                "oscillates",
                ExactCycle(0, (self.start, other)),
                period=2,
                cycle=(self.start, other),
                multiplier=Fraction(1),
            )
        side = 0 if factor < 0 else (1 if self.start > target.root.approximation else -1)
        return Verdict("diverges", proof, direction=side)

    def exact(self) -> Verdict | None:
        """An iterate that is exactly a critical point, or exactly an earlier iterate."""
        seen: dict[Fraction, int] = {}
        for k, w in enumerate(exact_orbit(self.g, self.start, 60, 1200)):
            if self.slope(w) == 0:
                target = self.scape.at(fraction(w))
                assert target is not None
                factor = asymptotic_factor(self.scape, target, self.rate)
                return Verdict("converges", Stationary(k, target), target, target.point, factor=factor)
            here = fraction(w)
            if here in seen:
                first = seen[here]
                orbit_points = exact_orbit(self.g, here, k - first - 1, 4000)
                cycle = tuple(fraction(p) for p in orbit_points)
                return Verdict(
                    "oscillates",
                    ExactCycle(first, cycle),
                    period=len(cycle),
                    cycle=cycle,
                    multiplier=multiplier(self.g, cycle),
                )
            seen[here] = k
        return None

    # ---- divergence

    def escape(self) -> Verdict | None:
        """An iterate past every critical point, moving away: within the first hundred steps."""
        if self.scape.bounded_below and self.rate > 0:
            return None
        for k in range(min(len(self.run), 200)):
            direction = self.away(self.run[k])
            if direction == 0:
                continue
            points = self.points(k)
            if points is None:
                return None
            proof = Escape(k, direction)
            checks = verify(proof, self.scape, self.rate, points)
            if all(c.holds for c in checks):
                return Verdict("diverges", proof, direction=direction, checks=checks)
        return None

    def away(self, w: float) -> int:
        """The direction in which g moves `w` if no critical point lies ahead, else 0."""
        points = self.scape.points
        lead = self.slope(rational(self.scape.intervals[-1].sample)) * rational(self.rate)
        first = self.slope(rational(self.scape.intervals[0].sample)) * rational(self.rate)
        if (not points or w > float(points[-1].point)) and lead < 0:
            return 1
        if (not points or w < float(points[0].point)) and first > 0:
            return -1
        return 0

    def explosion(self) -> Verdict | None:
        """An iterate past the radius of the growth bound."""
        growth = self.growth
        if growth is None:
            return None
        radius = float(growth.radius)
        if abs(self.run[-1]) < radius:
            return None  # past the radius it would have gone on growing
        for k, w in enumerate(self.run):
            if abs(w) >= radius or w != w:
                points = self.points(k)
                if points is None:
                    return None
                proof = Growth(k, growth.radius, growth.ratio, growth.lead, growth.middle, growth.constant)
                checks = verify(proof, self.scape, self.rate, points)
                if not all(c.holds for c in checks):
                    continue
                return Verdict("diverges", proof, direction=self.sense(points[k].value), checks=checks)
        return None

    def sense(self, w: Fraction) -> int:
        """To which infinity, past the radius: 0 if the sign alternates."""
        lead, degree = self.g.leading_coefficient(), int(self.g.degree())
        if degree % 2 == 0:
            return 1 if lead > 0 else -1
        if lead < 0:
            return 0
        return 1 if w > 0 else -1

    # ---- convergence

    def contraction(self) -> Verdict | None:
        """A short interval that g contracts into itself, and the iterate that enters it."""
        for target in self.nearby():
            if not is_attracting(self.scape, target, self.rate):
                continue
            found = contraction_interval(self.g, target, self.run[:ENTRY_STEPS])
            if found is None:
                continue
            points = self.points(found.index)
            if points is None:
                continue
            checks = verify(found, self.scape, self.rate, points)
            if all(c.holds for c in checks):
                factor = asymptotic_factor(self.scape, target, self.rate)
                return Verdict("converges", found, target, target.point, factor=factor, checks=checks)
        return None

    def nearby(self) -> list[CriticalPoint]:
        """Critical points from the closest to the end of the run; those far from it are left out."""
        last = self.run[-1]
        ordered = sorted(self.scape.points, key=lambda p: abs(float(p.point) - last))
        return ordered[:2]

    def monotone(self) -> Verdict | None:
        """A bounded monotone sequence, from an early iterate or from the end of the run."""
        length = len(self.run)
        twice = self.g(self.g) if self.g.degree() <= 5 else None
        early = [k for k in (0, 1, 2, 3, 5, 8, 12, 20, 40, 100, 400) if k < length]
        for k in early:
            verdict = self.monotone_at(k, self.g, 1)
            if verdict is not None:
                return verdict
        if twice is not None:
            for k in early:
                verdict = self.monotone_at(k, twice, 2)
                if verdict is not None:
                    return verdict
        return None

    def monotone_at(self, k: int, h: Polynomial, every: int) -> Verdict | None:
        w = self.run[k]
        below = [p for p in self.scape.points if float(p.point) < w]
        above = [p for p in self.scape.points if float(p.point) > w]
        for target in (*below[-1:], *above[:1]):
            if every == 2 and abs(float(asymptotic_factor(self.scape, target, self.rate).value) + 1) > 0.1:
                continue
            points = self.points(k)
            if points is None:
                return None
            side = is_monotone_towards(h, points[k], target.root)
            if side:
                proof = Monotone(k, target, every, side)
                checks = verify(proof, self.scape, self.rate, points)
                if all(c.holds for c in checks):
                    factor = asymptotic_factor(self.scape, target, self.rate)
                    return Verdict("converges", proof, target, target.point, factor=factor, checks=checks)
        return None

    # ---- cycles

    def cycle(self) -> Verdict | None:
        """An attracting cycle that the end of the run repeats."""
        if len(self.run) < 40 or abs(self.run[-1] - self.run[-2]) < 1e-9 * (1 + abs(self.run[-1])):
            return None
        last = self.run[-1]
        for period in range(2, LONGEST_PERIOD + 1):
            if abs(self.run[-1 - period] - last) < 1e-6 * (1 + abs(last)):
                return self.cycle_of(period)
        return None

    def cycle_of(self, period: int) -> Verdict | None:
        centres = cycle_points(self.g, self.run[-1], period)
        if centres is None:
            return None
        for proof in attracting(self.g, centres, self.run[:ENTRY_STEPS]):
            reached = self.points(proof.index)
            if reached is None:
                return None
            checks = verify(proof, self.scape, self.rate, reached)
            if all(c.holds for c in checks):
                product = multiplier(self.g, centres)
                return Verdict(
                    "oscillates",
                    proof,
                    period=period,
                    cycle=centres,
                    checks=(*checks, multiplier_check(self.g, self.rate, centres, product)),
                    multiplier=product,
                )
        return None

    def undecided(self) -> Verdict:
        finite = [w for w in self.run if abs(w) < 1e300]
        low, high = min(finite), max(finite)
        kept = kept_interval(self.g, self.start, self.start)
        proof = Undecided(len(self.run) - 1, Fraction(low), Fraction(high), kept)
        return Verdict("undecided", proof, checks=verify(proof, self.scape, self.rate, self.points(0) or ()))


@lru_cache(maxsize=512)
def decide(scape: Landscape, start: Fraction, rate: Fraction) -> Verdict:
    """The verdict on gradient descent from `start` with `rate`, each claim checked again by
    `proofs.verify`.
    """
    search = _Search(scape, start, rate)
    verdict = search.degenerate() or search.exact()
    if verdict is not None:
        points = search.points(verdict.proof.index) or ()
        checks = verify(verdict.proof, scape, rate, points)
        return replace(verdict, checks=checks, entry=points[-1].value if points else None)
    for attempt in (search.explosion, search.escape, search.contraction, search.cycle, search.monotone):
        verdict = attempt()
        if verdict is not None:
            points = search.points(verdict.proof.index) or ()
            return replace(verdict, entry=points[verdict.proof.index].value if points else None)
    return search.undecided()
