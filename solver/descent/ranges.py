"""For which rates the first step stays before a critical point, lands on it, or jumps over it; which rates
are small.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import fmpq_poly

from solver.derivation.equality import Equality, Means
from solver.descent.critical import CriticalPoint, Landscape
from solver.descent.polynomial import rational, value
from solver.descent.quantity import Quantity, quantity
from solver.descent.roots import Surd, maximum_on, real_roots


@dataclass(frozen=True)
class Crossing:
    """The rate with which the first step lands exactly on `point`: below it stops short, above it jumps
    over.
    """

    point: CriticalPoint
    rate: Quantity


@dataclass(frozen=True)
class Return:
    """A rate with which the second step comes back to the start exactly: the run goes to and fro between
    the start and `point`.
    """

    rate: Quantity
    point: Quantity


@dataclass(frozen=True)
class Ranges:
    """What a start implies for every rate.

    `direction` is that of every first step (−1, 0 on a critical point, 1); `target` the first critical
    point that way (None: none); `safe` a rate up to which the whole sequence is monotone and goes to
    `target` (None: every rate does, or there is no target), `safe_rate` the same to show; `steepest` is the
    maximum of f″ on the way, exact where it is short (else a decimal just above), attained at `steepest_at`
    (start, target or inside); `bends` are f″ at the start and at `target`; `crossings` are in the order in
    which they are met; `returns` are the rates with which w⁽²⁾ = w⁽⁰⁾, in increasing order.
    """

    start: Fraction
    slope: Fraction
    direction: int
    here: CriticalPoint | None
    target: CriticalPoint | None
    steepest: Quantity | None
    safe: Fraction | None
    crossings: tuple[Crossing, ...]
    checks: tuple[Equality, ...] = ()
    steepest_at: str = ""
    bends: tuple[Quantity, ...] = ()
    safe_rate: Quantity | None = None

    returns: tuple[Return, ...] = ()

    @property
    def gap(self) -> Fraction:
        """w⁽⁰⁾ − w* for the target w*: exact where that is rational."""
        assert self.target is not None
        return self.start - self.target.point.value

    @property
    def bump(self) -> Crossing | None:
        """The first local maximum that a first step may jump over."""
        return next((c for c in self.crossings if c.point.nature == "maximum"), None)


def ranges(scape: Landscape, start: Fraction) -> Ranges:
    """The ranges of the rate for descents from `start`."""
    slope, curvature = scape.objective.slope, scape.objective.curvature
    assert slope is not None
    assert curvature is not None
    steep = value(slope, start)
    here = scape.at(start)
    if steep == 0:
        return Ranges(start, steep, 0, here, here, None, None, ())
    direction, target = scape.downhill(start)
    ahead = [p for p in scape.points if p.root.compare(start) == direction]
    if direction < 0:
        ahead.reverse()
    crossings = tuple(Crossing(p, _landing_rate(start, steep, p)) for p in ahead)
    safe = steepest = shown = None
    place = ""
    bends: tuple[Quantity, ...] = ()
    checks: list[Equality] = []
    if target is not None:
        low = min(start, target.root.low)
        high = max(start, target.root.high)
        top = maximum_on(curvature, low, high)
        if top > 0:
            steepest, place, bends, shown = _steepest(scape, start, target, top)
            # A hair under 1/max f″ where that is irrational: the promise stays true of the number kept.
            safe = shown.value if shown.rational else shown.value - Fraction(1, 10**55)
            checks.append(_safe_check(scape, start, target, steepest.value))
    for crossing in crossings:
        checks.append(_landing_check(scape, start, crossing))
    back = _returns(scape, start, steep)
    checks += [_return_check(scape, start, found) for found in back]
    return Ranges(
        start,
        steep,
        direction,
        here,
        target,
        steepest,
        safe,
        crossings,
        tuple(checks),
        place,
        bends,
        shown,
        back,
    )


def _returns(scape: Landscape, start: Fraction, steep: Fraction) -> tuple[Return, ...]:
    """w⁽²⁾ = w⁽⁰⁾ where f′(w⁽¹⁾) = −f′(w⁽⁰⁾), an equation of degree deg f′ in α."""
    slope, decimal = scape.objective.slope, scape.objective.decimal
    assert slope is not None
    first = fmpq_poly([rational(start), rational(-steep)])
    roots = [r for r in real_roots(slope(first) + rational(steep)) if r.low > 0]
    return tuple(
        Return(
            quantity(r.surd(), r.approximation, False), quantity(r.surd_of(first), r.value_of(first), decimal)
        )
        for r in roots
    )


def _return_check(scape: Landscape, start: Fraction, found: Return) -> Equality:
    """Second road: two steps with the rate found, in fractions, end where they began."""
    slope = scape.objective.slope
    assert slope is not None
    first = start - found.rate.value * value(slope, start)
    second = first - found.rate.value * value(slope, first)
    close = abs(second - start) < Fraction(1, 10**40) * (1 + abs(value(slope, first)))
    return Equality(
        rf"w^{{(2)}}, \alpha={float(found.rate):.6g}",
        rf"{start}",
        Means.EXACT if found.rate.rational else Means.VALUES,
        close and abs(first - found.point.value) < Fraction(1, 10**40),
    )


def _steepest(
    scape: Landscape, start: Fraction, target: CriticalPoint, top: Fraction
) -> tuple[Quantity, str, tuple[Quantity, ...], Quantity]:
    """max f″ between the start and w*, where it is attained, f″ at both ends, and 1/max f″.

    Where it is attained inside at a point that is no rational, a short decimal above it is taken.
    """
    curvature, decimal = scape.objective.curvature, scape.objective.decimal
    assert curvature is not None
    at_start, here = value(curvature, start), target.curvature.value
    ends = (quantity(Surd(at_start), at_start, decimal), target.curvature)
    if abs(top - here) < Fraction(1, 10**50) and target.curvature_sign > 0:
        surd = target.root.surd_of(curvature)
        inverse = surd.inverse() if surd is not None else None
        return target.curvature, "target", ends, quantity(inverse, 1 / here, False)
    bound = top if top.denominator < 10**12 else rounded_up(top)
    place = "start" if bound == at_start else "inside"
    return quantity(Surd(bound), bound, decimal), place, ends, quantity(Surd(1 / bound), 1 / bound, False)


def _landing_rate(start: Fraction, steep: Fraction, point: CriticalPoint) -> Quantity:
    """α = (w⁽⁰⁾ − c)/f′(w⁽⁰⁾)."""
    surd = point.root.surd()
    shown = None if surd is None else surd.scaled(-1 / steep, start / steep)
    return quantity(shown, (start - point.root.approximation) / steep, False)


def rounded_up(bound: Fraction, digits: int = 3) -> Fraction:
    """A short decimal just above a positive number, with that many significant digits."""
    unit, most = Fraction(1), 10**digits
    while unit * most < bound:
        unit *= 10
    while unit * most > 10 * bound:
        unit /= 10
    return -((-bound / unit).__floor__()) * unit


def _safe_check(scape: Landscape, start: Fraction, target: CriticalPoint, steepest: Fraction) -> Equality:
    """Second road: f″ at 60 points of the way, in fractions, never above the announced maximum."""
    curvature = scape.objective.curvature
    assert curvature is not None
    end = target.root.approximation
    worst = max(value(curvature, start + (end - start) * i / 60) for i in range(61))
    return Equality(
        rf"\max f''_{{[{start}, w_{target.index}]}}",
        str(steepest),
        Means.VALUES,
        worst <= steepest + Fraction(1, 10**50),
    )


def _landing_check(scape: Landscape, start: Fraction, crossing: Crossing) -> Equality:
    """Second road: the step made with the rate found lands on a zero of f′."""
    slope = scape.objective.slope
    assert slope is not None
    landed = start - crossing.rate.value * value(slope, start)
    left = rf"{start} - \alpha f'({start})"
    if crossing.rate.rational:
        return Equality(left, rf"w_{crossing.point.index}", Means.EXACT, slope(rational(landed)) == 0)
    close = abs(value(slope, landed)) < Fraction(1, 10**40) * (1 + abs(value(slope, start)))
    return Equality(left, rf"w_{crossing.point.index}", Means.VALUES, close)
