"""Attracting limits and cycles of any method, proved in balls: a ball of states that p steps contract into
itself.

A run in floats suggests; Newton's method finds the point; Banach's theorem proves it and Brouwer is not
needed: if |DFᵖ| ≤ q < 1 on the ball |s − c| ≤ r in some norm, and |Fᵖ(c) − c| ≤ (1 − q) r, then Fᵖ contracts
the ball into itself and every state that enters it goes to the one fixed point inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, arb_mat, ctx

from solver.descent.metric import Metric, contracting_metric, frobenius, length, norm_bound
from solver.descent.polynomial import dyadic, rational
from solver.descent.system import System

States = Sequence[arb]
Run = Sequence[Sequence[float]]
BITS = 256
PERIODS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 32)
CLOSE = 1e-3
BLOCK = 16


@dataclass(frozen=True)
class Attraction:
    """Fᵖ maps the ball |s − c| ≤ radius (in `metric`) into itself with ratio < 1, and state `index` is
    inside.

    `centre` is c, `limit` an enclosure of the fixed point of Fᵖ inside, `orbit` of its p states.
    """

    system: System
    centre: tuple[Fraction, ...]
    metric: Metric
    radius: Fraction
    ratio: Fraction
    index: int
    orbit: tuple[tuple[arb, ...], ...]

    @property
    def period(self) -> int:
        return len(self.orbit)

    @property
    def limit(self) -> tuple[arb, ...]:
        """The point (without memories) of the first state of the cycle."""
        return self.orbit[0][: self.system.size]


def attraction(system: System, start: Sequence[Fraction], steps: int) -> Attraction | None:
    """The limit or attracting cycle that the run from `start` enters within `steps`, where one is found and
    proved.
    """
    run = system.float_run(start, steps)
    if len(run) < 3:
        return None
    period = next((p for p in PERIODS if len(run) > p + 1 and _repeats(run, p)), None)
    if period is None:
        return None
    with ctx.workprec(BITS):
        try:
            return _around(system, start, run, period)
        except ZeroDivisionError:
            return None


def _repeats(run: Sequence[Sequence[float]], period: int) -> bool:
    """Whether the end of the run is about where it was `period` steps before."""
    size = 1 + max(abs(x) for x in run[-1])
    return all(abs(a - b) < CLOSE * size for a, b in zip(run[-1], run[-1 - period], strict=True))


def _around(
    system: System, start: Sequence[Fraction], run: Sequence[Sequence[float]], period: int
) -> Attraction | None:
    fixed = _polished(system, [arb(x) for x in run[-1]], period)
    if fixed is None:
        return None
    metric = contracting_metric(_along(system, _cycle(system, fixed, period))[1])
    if metric is None:
        return None
    for exponent in range(-4, 44):
        radius = Fraction(2) ** -exponent
        try:
            ratio = _contracts(system, fixed, period, metric, radius)
        except ZeroDivisionError:  # a Hessian that may be singular in so wide a ball
            ratio = None
        if ratio is None:
            continue
        entry = _entry(run, fixed, metric, radius)
        if entry is None:
            return None
        centre, bound = _rounded(system, fixed, period, metric, radius, ratio)
        if not _is_inside(system, start, run[: entry + 1], metric, balls(centre), radius):
            return None
        orbit = tuple(_cycle(system, _enclosed(system, fixed, period, metric, bound), period))
        return Attraction(system, centre, metric, radius, bound, entry, orbit)
    return None


def _polished(system: System, state: list[arb], period: int) -> list[arb] | None:
    """A fixed point of Fᵖ to full precision, by Newton's method from a state of the run."""
    width = system.width
    for _ in range(12):
        orbit = _cycle(system, state, period)
        image, product = _along(system, orbit)
        gap = arb_mat([[a - b] for a, b in zip(image, state, strict=True)])
        matrix = product - arb_mat([[int(i == j) for j in range(width)] for i in range(width)])
        step = arb_mat([[x.mid() for x in row] for row in matrix.tolist()]).solve(gap).entries()
        state = [(a - b).mid() for a, b in zip(state, step, strict=True)]
        if not all(x.is_finite() for x in state):
            return None
        if max(abs(x) for x in step) < arb(2) ** (40 - BITS):
            return state
    return None


def _cycle(system: System, state: States, period: int) -> list[tuple[arb, ...]]:
    """state, F(state), …: p of them, each made exact again (their middles) unless it is the first."""
    orbit = [tuple(state)]
    for _ in range(period - 1):
        orbit.append(tuple(system.step(orbit[-1])))
    return orbit


def _along(system: System, orbit: Sequence[States]) -> tuple[tuple[arb, ...], arb_mat]:
    """Fᵖ at the first state of an orbit, and the product of DF along it."""
    product = system.jacobian(orbit[0])
    for state in orbit[1:]:
        product = system.jacobian(state) * product
    return system.step(orbit[-1]), product


def _contracts(
    system: System, centre: States, period: int, metric: Metric, radius: Fraction
) -> Fraction | None:
    """The ratio < 1 of Fᵖ on the ball where it maps it into itself (and, for a cycle, the p images are
    disjoint); else None.
    """
    matrix, inverse, size = metric.matrix, metric.inverse, arb(rational(radius))
    middles = _cycle(system, [x.mid() for x in centre], period)
    back, product = _along(system, middles)
    box = tuple(
        arb(x.mid(), (size * reach + x.rad()).upper()) for x, reach in zip(centre, metric.reach, strict=True)
    )
    boxes, spread = [box], system.jacobian(box)
    for middle in middles[:-1]:
        turn = system.jacobian(boxes[-1])
        offsets = turn * arb_mat([[a - m] for a, m in zip(boxes[-1], middle, strict=True)])
        image = system.step(middle)
        boxes.append(tuple(a + offsets[i, 0] for i, a in enumerate(image)))
        spread = system.jacobian(boxes[-1]) * spread
    if not all(x.is_finite() for x in spread.entries()):
        return None
    change = frobenius(matrix * (spread - product) * inverse)
    ratio = norm_bound(matrix * product * inverse, 12) + change
    if system.width == 1:
        ratio = abs(spread[0, 0]).upper()
    drift = length((matrix * arb_mat([[a - b] for a, b in zip(back, middles[0], strict=True)])).entries())
    if not ratio < 1 or not drift <= (1 - ratio) * size * (1 - arb(2) ** -10):
        return None
    n = system.size
    for i in range(period):
        for j in range(i):
            if all(a.overlaps(b) for a, b in zip(boxes[i][:n], boxes[j][:n], strict=True)):
                return None
    return dyadic(ratio.upper())


def _rounded(
    system: System, fixed: States, period: int, metric: Metric, radius: Fraction, ratio: Fraction
) -> tuple[tuple[Fraction, ...], Fraction]:
    """A centre with few digits that the same radius suits (so that a reader can check it), else the point."""
    room = float((1 - ratio) * radius)
    for digits in range(1, 30):
        if 10.0**-digits > room:
            continue
        short = tuple(Fraction(round(dyadic(x) * 10**digits), 10**digits) for x in fixed)
        bound = _contracts(system, balls(short), period, metric, radius)
        if bound is not None:
            return short, bound
    return tuple(dyadic(x) for x in fixed), ratio


def balls(point: Sequence[Fraction]) -> list[arb]:
    """The same numbers as balls."""
    return [arb(rational(x)) for x in point]


def _entry(run: Sequence[Sequence[float]], fixed: States, metric: Metric, radius: Fraction) -> int | None:
    """The first state of the run that is well inside the ball, in floats."""
    rows = [[float(x) for x in row] for row in metric.rows]
    centre = [float(x.mid()) for x in fixed]
    bound = 0.98 * float(radius)
    for k, state in enumerate(run):
        gap = [a - b for a, b in zip(state, centre, strict=True)]
        if sum(sum(m * g for m, g in zip(row, gap, strict=True)) ** 2 for row in rows) < bound * bound:
            return k
    return None


def _is_inside(
    system: System, start: Sequence[Fraction], run: Run, metric: Metric, centre: States, radius: Fraction
) -> bool:
    """Whether the exact state at the end of a run in floats is in the ball: followed with a proved error."""
    for bits in (BITS, 4 * BITS, 16 * BITS) if len(run) < 2000 else (BITS, 4 * BITS):
        with ctx.workprec(bits):
            found = followed(system, start, run, metric)
            if found is None:
                continue
            state, error = found
            gap = (metric.matrix * arb_mat([[a - b] for a, b in zip(state, centre, strict=True)])).entries()
            return bool(length(gap) + error <= arb(rational(radius)))
    return False


def followed(
    system: System, start: Sequence[Fraction], run: Run, metric: Metric
) -> tuple[tuple[arb, ...], arb] | None:
    """The exact state at the end of a run in floats, and a bound of its error in the norm; None where that
    bound grows past 10⁻²⁰.

    The error of the next state is at most ‖DF‖ times this one on the box between, plus the rounding. One
    bound of ‖DF‖ serves a block of steps, while their states stay in the hull that it was computed on.
    """
    matrix, reach = metric.matrix, metric.reach
    state = system.initial(start)
    error = _radius(matrix, state)
    state = tuple(x.mid() for x in state)
    hull: tuple[arb, ...] = ()
    growth = arb(0)
    for k in range(len(run) - 1):
        if k % BLOCK == 0:
            hull = _hull(run[k : k + BLOCK])
            growth = _growth(system, hull, metric)
        box = tuple(arb(x, (error * r).upper()) for x, r in zip(state, reach, strict=True))
        factor = growth
        if not growth < 2 or not all(h.contains(x) for h, x in zip(hull, box, strict=True)):
            factor = _growth(system, box, metric) if error > 0 else arb(0)
        image = system.step(state)
        error = (factor * error + _radius(matrix, image)).upper()
        if not error < 1e-20:
            return None
        state = tuple(x.mid() for x in image)
    return state, error


def _growth(system: System, box: States, metric: Metric) -> arb:
    """A bound of ‖DF‖ on a box; a few digits of it are enough."""
    with ctx.workprec(64):
        try:
            return norm_bound(metric.matrix * system.jacobian(box) * metric.inverse, 6)
        except ZeroDivisionError:  # Newton's Hessian may be singular in the box
            return arb("inf")


def _hull(states: Run) -> tuple[arb, ...]:
    """A box around states, a little wider."""
    bounds = [(min(xs), max(xs)) for xs in zip(*states, strict=True)]
    return tuple(arb((a + b) / 2, (b - a) / 2 + 1e-12 * (1 + abs(a) + abs(b))) for a, b in bounds)


def _radius(matrix: arb_mat, state: States) -> arb:
    """How far the states of a box may lie from its middle, in the norm of the matrix."""
    return length((matrix * arb_mat([[arb(0, x.rad())] for x in state])).entries())


def _enclosed(system: System, fixed: States, period: int, metric: Metric, ratio: Fraction) -> tuple[arb, ...]:
    """The fixed point inside the ball: within |Fᵖ(c) − c|/(1 − q) of a point c."""
    back, _ = _along(system, _cycle(system, fixed, period))
    gap = length((metric.matrix * arb_mat([[a - b] for a, b in zip(back, fixed, strict=True)])).entries())
    far = gap / (1 - arb(rational(ratio)))
    return tuple(arb(x.mid(), (far * reach).upper()) for x, reach in zip(fixed, metric.reach, strict=True))
