"""Descent on a function of one variable that is no polynomial: limits and cycles proved in ball arithmetic.

A run suggests a limit or a cycle; a contraction of an interval into itself, enclosed with f′ and f″,
proves it.
Nothing is claimed otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx

from solver.descent.polynomial import dyadic, rational

Enclose = Callable[[arb], arb]
STEPS = 1500
BITS = 200


@dataclass(frozen=True)
class Enclosed:
    """A limit (period 1) or an attracting cycle, proved: gᵖ maps [p₀ − r, p₀ + r] into itself, |(gᵖ)′| ≤
    ratio < 1.

    `points` are known to about 50 digits; `curvature_sign` is the sign of f″ at the limit (0: not told).
    """

    points: tuple[Fraction, ...]
    radius: Fraction
    ratio: Fraction
    index: int
    curvature_sign: int


def decide_analytic(slope: Enclose, curvature: Enclose, start: Fraction, rate: Fraction) -> Enclosed | None:
    """The limit or attracting cycle of w ← w − αf′(w) from `start`, where one is found and proved; else None.

    `slope` and `curvature` enclose f′ and f″ on a ball (not finite where they are not defined).
    """
    with ctx.workprec(BITS + 60):
        alpha = arb(rational(rate))
        run = [arb(rational(start))]
        while len(run) <= STEPS:
            following = _advance(slope, curvature, alpha, run[-1])
            if not following.is_finite() or abs(following) > 1e12 or following.rad() > 1e-12:
                break
            run.append(following)
            if abs(float(run[-1].mid()) - float(run[-2].mid())) < 1e-14:
                break
        values = [float(w.mid()) for w in run]
        for period in (1, 2, 4, 8, 3, 6, 5):
            if len(values) <= period + 1:
                break
            if abs(values[-1] - values[-1 - period]) < 1e-7 * (1 + abs(values[-1])):
                return _prove(slope, curvature, alpha, run, period)
    return None


def _advance(slope: Enclose, curvature: Enclose, alpha: arb, ball: arb) -> arb:
    """g(m) + g′(I)(I − m): the next iterate, with a radius that shrinks where g contracts."""
    middle = ball.mid()
    image = middle - alpha * slope(middle)
    if ball.is_exact():
        return image
    return image + (1 - alpha * curvature(ball)) * (ball - middle)


def _prove(slope: Enclose, curvature: Enclose, alpha: arb, run: list[arb], period: int) -> Enclosed | None:
    points = [run[-1].mid()]
    for _ in range(8):  # Newton's method on gᵖ(w) = w
        orbit, product = [points[0]], arb(1)
        for _ in range(period):
            product *= 1 - alpha * curvature(orbit[-1])
            orbit.append((orbit[-1] - alpha * slope(orbit[-1])).mid())
        step = (orbit[-1] - points[0]) / (product - 1)
        if not step.is_finite():
            return None
        points = [(points[0] - step).mid()]
    for _ in range(period - 1):
        points.append((points[-1] - alpha * slope(points[-1])).mid())
    for exponent in range(1, 40):
        radius = arb(2) ** -exponent
        ball = arb(points[0].mid(), radius)
        images, product = [ball], arb(1)
        for j in range(period):
            bend = _hull(curvature, images[-1])
            factor = 1 - alpha * bend
            product *= factor
            middle = points[j]
            image = middle - alpha * slope(middle) + factor * (images[-1] - middle)
            if j + 1 < period:
                images.append(image)
            else:
                back = middle - alpha * slope(middle)
        bound = abs(product).upper() if product.is_finite() else arb(2)
        if not bound < 1 or not abs(back - points[0]) + bound * radius < radius:
            continue
        if any(images[i].overlaps(images[j]) for i in range(period) for j in range(i)):
            continue
        entry = next((k for k, w in enumerate(run) if abs(w - points[0]) < radius), None)
        if entry is None:
            return None
        bend = curvature(ball)
        side = (1 if bend > 0 else -1 if bend < 0 else 0) if period == 1 else 0
        return Enclosed(tuple(dyadic(p) for p in points), dyadic(radius), dyadic(bound), entry, side)
    return None


def _hull(function: Enclose, ball: arb, pieces: int = 8) -> arb:
    """The function on a ball, enclosed piece by piece."""
    middle, radius = ball.mid(), ball.rad()
    total: arb | None = None
    for i in range(pieces):
        centre = middle + radius * (2 * i + 1 - pieces) / pieces
        piece = function(arb(centre.mid(), (radius / pieces * 1.001).upper()))
        total = piece if total is None else total.union(piece)
    assert total is not None
    return total
