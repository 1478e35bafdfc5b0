"""Proofs about polynomials checked again, by Sturm's theorem or in balls, not by what found them."""

from __future__ import annotations

from fractions import Fraction

from flint import arb, ctx, fmpq_poly

from solver.derivation.equality import Equality, Means
from solver.descent.critical import CriticalPoint, Landscape
from solver.descent.orbit import Point, derivative_along, update_map
from solver.descent.polynomial import Polynomial, enclosure, rational, sign, sturm_count, tight_enclosure
from solver.descent.proofs import (
    Affine,
    AttractingCycle,
    Contraction,
    Drift,
    Escape,
    ExactCycle,
    Growth,
    Monotone,
    Proof,
    Stationary,
    Undecided,
)
from solver.descent.roots import Root, stays_between


def verify(proof: Proof, scape: Landscape, rate: Fraction, points: tuple[Point, ...]) -> tuple[Equality, ...]:
    """The proof checked by a second road; `points` are the iterates up to `proof.index` at least."""
    slope = scape.objective.slope
    assert slope is not None
    g = update_map(slope, rate)
    name = f"{scape.objective.name}, α={rate}, {float(points[0].value)}"
    match proof:
        case Contraction(index, low, high, ratio, target):
            here = points[index]
            inside = low <= here.low and here.high <= high
            margin = ratio + (1 - ratio) / 1000
            steep = stays_between(g.derivative(), low, high, -margin, margin)
            own = stays_between(g, low, high, low - Fraction(1, 10**30), high + Fraction(1, 10**30))
            near = target.root.compare(low) > 0 > target.root.compare(high)
            return (
                Equality(rf"g([{low},{high}])", rf"\subset [{low},{high}], {name}", Means.STURM, own),
                Equality(
                    rf"|g'|_{{[{low},{high}]}}", rf"\le {ratio}, {name}", Means.STURM, steep and ratio < 1
                ),
                Equality(
                    rf"w^{{({index})}}, {name}", rf"\in [{low},{high}]", Means.INTERVAL, inside and near
                ),
                _simulated(g, points, target, index),
            )
        case Growth(index, radius, ratio, _, _, _):
            outside = abs(points[index].ball) >= arb(rational(radius))
            apart = all(
                (g - s * rational(ratio) * fmpq_poly([0, 1]))(rational(e * radius)) != 0
                and _no_root_beyond(g - s * rational(ratio) * fmpq_poly([0, 1]), radius)
                for s in (1, -1)
                for e in (1, -1)
            )
            edge = all(abs(g(rational(e * radius))) >= rational(ratio * radius) for e in (1, -1))
            return (
                Equality(r"|g(w)|", rf"\ge {ratio}|w|, |w|\ge {radius}, {name}", Means.STURM, apart and edge),
                Equality(rf"|w^{{({index})}}|, {name}", rf"\ge {radius}", Means.INTERVAL, bool(outside)),
                Equality(
                    rf"g(w) \text{{ signed as }} g_n w^n, {name}",
                    rf"|w| \ge {radius}",
                    Means.STURM,
                    _no_root_beyond(g, radius) and all(_like_lead(g, e * radius) for e in (1, -1)),
                ),
            )
        case Monotone(index, target, every, side):
            h = g if every == 1 else g(g)
            moved = _sampled_monotone(h, points[index], target.root, side)
            return (Equality(rf"w^{{(k)}}, {name}", rf"\to w_{target.index}", Means.SIMULATION, moved),)
        case Stationary(index, _):
            at = points[index]
            return (
                Equality(
                    rf"f'(w^{{({index})}}), {name}",
                    "0",
                    Means.EXACT,
                    at.exact and slope(rational(at.value)) == 0,
                ),
            )
        case ExactCycle(_, cycle):
            again = cycle[0]
            for _ in cycle:
                again = _python_step(g, again)
            return (
                Equality(
                    rf"w^{{(k+{len(cycle)})}}, {name}",
                    rf"w^{{(k)}}={cycle[0]}",
                    Means.EXACT,
                    again == cycle[0],
                ),
            )
        case Affine(_, factor, target):
            w = points[0].value + 1
            image = _python_step(g, w)
            fixed = target.root.approximation
            return (
                Equality(
                    rf"g(w)-w^*, {name}",
                    rf"{factor}(w-w^*)",
                    Means.EXACT,
                    image - fixed == factor * (w - fixed),
                ),
            )
        case Drift(_, step):
            return (
                Equality(
                    rf"g(w)-w, {name}", str(step), Means.EXACT, _python_step(g, Fraction(7)) - 7 == step
                ),
            )
        case Escape(index, direction):
            at = points[index]
            clear = all(p.root.compare(at.low) == -direction == p.root.compare(at.high) for p in scape.points)
            downhill = sign(g(rational(at.value)) - rational(at.value)) == direction
            return (
                Equality(rf"w^{{(k)}}, {name}", rf"\to {direction}\infty", Means.STURM, clear and downhill),
            )
        case AttractingCycle(index, cycle, radius, ratio):
            return (
                Equality(
                    rf"w^{{({len(cycle)}k)}}, {name}",
                    rf"\to {float(cycle[0])}",
                    Means.INTERVAL,
                    cycle_holds(g, points[index], cycle, radius, ratio),
                ),
            )
        case Undecided(_, _, _, (low, high)):
            hair = Fraction(1, 10**30)
            own = stays_between(g, low, high, low - hair, high + hair)
            return (
                Equality(
                    rf"g([{low},{high}])",
                    rf"\subset [{low},{high}], {name}",
                    Means.STURM,
                    own and low <= points[0].value <= high,
                ),
            )
        case _:
            return ()


def cycle_holds(
    g: Polynomial, point: Point, cycle: tuple[Fraction, ...], radius: Fraction, ratio: Fraction
) -> bool:
    """Whether gᵖ contracts [c₀ − r, c₀ + r] into itself, the p images are disjoint, and the iterate is
    inside.
    """
    with ctx.workprec(400):
        centre = arb(rational(cycle[0]))
        ball = centre.union(centre + rational(radius)).union(centre - rational(radius))
        images, middles = [ball], [centre]
        for _ in range(len(cycle) - 1):
            images.append(tight_enclosure(g, images[-1]))
            middles.append(tight_enclosure(g, middles[-1]))
        product = derivative_along(g, images)
        back = tight_enclosure(g, middles[-1])
        contracts = abs(product) <= arb(rational(ratio)) and ratio < 1
        within = abs(back - centre) + arb(rational(ratio * radius)) <= arb(rational(radius))
        disjoint = not any(images[i].overlaps(images[j]) for i in range(len(images)) for j in range(i))
        inside = abs(point.ball - centre) <= arb(rational(radius))
        return bool(contracts and within and disjoint and inside)


def _python_step(g: Polynomial, w: Fraction) -> Fraction:
    """g(w) in Python's own fractions."""
    total = Fraction(0)
    for c in reversed(g.coeffs()):
        total = total * w + Fraction(int(c.p), int(c.q))
    return total


def _no_root_beyond(poly: Polynomial, radius: Fraction) -> bool:
    return sturm_count(poly) == sturm_count(poly, -radius, radius)


def _like_lead(g: Polynomial, at: Fraction) -> bool:
    """Whether g has the sign of its leading term at a point."""
    expected = sign(g.leading_coefficient()) * sign(at) ** int(g.degree())
    return bool(sign(g(rational(at))) == expected)


def _simulated(g: Polynomial, points: tuple[Point, ...], target: CriticalPoint, index: int) -> Equality:
    """The process run on in balls: distances to w* do not increase from the entry on."""
    with ctx.workprec(400):
        goal, ball = target.root.ball(), points[index].ball
        before, holds = abs(ball - goal), True
        first = before
        for _ in range(20):
            ball = enclosure(g, ball.mid())
            after = abs(ball - goal)
            holds = holds and not after > before
            before = after
        holds = holds and (first < arb(10) ** -60 or bool(before < first))
    return Equality(
        rf"|w^{{({index}+j)}}-w_{target.index}|", f"{float(first):.3g}", Means.SIMULATION, bool(holds)
    )


def _sampled_monotone(h: Polynomial, point: Point, root: Root, side: int) -> bool:
    """Second road for `is_monotone_towards`: h(w) lies strictly between w and w* at 40 points between
    them.
    """
    with ctx.workprec(400):
        goal, start = root.ball(), point.ball
        for i in range(40):
            w = start + (goal - start) * i / 40
            image = tight_enclosure(h, w.mid())
            if not (w.mid() - image) * side > 0 or not (image - goal) * side >= -(arb(10) ** -50):
                return False
    return True
