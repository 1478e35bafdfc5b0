"""A limit known by an enclosure, told exactly where it is rational."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from flint import arb

from solver.descent.outcome import Run
from solver.expression.evaluate import exact_value


def exact_limit(run: Run, box: Sequence[arb]) -> tuple[Fraction, ...] | None:
    """The only critical point in a box as rationals, where the simplest ones in it are critical exactly."""
    from solver.analysis.enclosure import simplest
    from solver.analysis.values import bounds

    point = []
    for x in box:
        low, high = bounds(x)
        point.append(low if low == high else simplest(low, high))
    values = {v.name: x for v, x in zip(run.problem.variables, point, strict=True)}
    if all(exact_value(g, values) == 0 for g in run.problem.gradient):
        return tuple(point)
    return None
