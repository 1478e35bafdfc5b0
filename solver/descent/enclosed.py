"""Verdicts by balls and proved signs: the domain left, an attracting limit or cycle, the arguments on the
line.
"""

from __future__ import annotations

from collections.abc import Sequence

from flint import arb, ctx

from solver.descent import told
from solver.descent.attraction import BITS, Attraction, attraction, followed
from solver.descent.compiled import FLOATS
from solver.descent.domain import is_outside, may_leave
from solver.descent.limits import exact_limit
from solver.descent.line import Escapes, Explodes, Line, Settles
from solver.descent.metric import plain_metric
from solver.descent.nature import nature_at, nature_near
from solver.descent.outcome import UNKNOWN, Outcome, Run
from solver.descent.polynomial import rational
from solver.descent.recurrence import exact_states
from solver.descent.updates import Real, to_ball
from solver.expression.latex import latex

SOON, LATE = 2500, 30_000


def leaves_domain(run: Run) -> Outcome | None:
    """The first iterate where f is not defined; `undecided` where it seems so but is not proved."""
    if not may_leave(run.problem.expression):
        return None
    value = run.derivatives.compiled(run.problem.expression, FLOATS)
    states = run.system.float_run(run.start, min(LATE, 2 * LATE // run.system.width))
    n = run.size
    for k, state in enumerate(states):
        here = value(state[:n])
        if here != here:
            return _left(run, states[: k + 1])
    return None


def _left(run: Run, states: Sequence[Sequence[float]]) -> Outcome:
    index = len(states) - 1
    box = _box(run, states)
    if box is None or not is_outside(run.problem.expression, run.derivatives.names, box):
        return UNKNOWN
    arguments = {"index": str(index), "point": told.point([told.middle(x) for x in box])}
    return Outcome("undecided", None, None, None, "leaves_domain", arguments)


def _box(run: Run, states: Sequence[Sequence[float]]) -> tuple[arb, ...] | None:
    """The point of the last state, enclosed."""
    index = len(states) - 1
    exact = exact_states(run.method, run.direction, run.start, run.values, index)
    if len(exact) > index:
        with ctx.workprec(BITS):
            return tuple(to_ball(x) for x in exact[index][: run.size])
    with ctx.workprec(BITS):
        try:
            found = followed(run.system, run.start, states, plain_metric(run.system.width))
        except ZeroDivisionError:
            return None
    if found is None:
        return None
    state, error = found
    return tuple(arb(x, error) for x in state[: run.size])


# ---- an attracting ball


def attracted(run: Run) -> Outcome | None:
    """A limit or a cycle that a ball of states proves, soon entered."""
    return _attracted(run, SOON)


def attracted_late(run: Run) -> Outcome | None:
    """The same after a long run."""
    return _attracted(run, min(LATE, 2 * LATE // run.system.width))


def _attracted(run: Run, steps: int) -> Outcome | None:
    if run.size > 6:
        return None
    found = attraction(run.system, run.start, steps)
    if found is None:
        return None
    key, arguments = _argument(run, found)
    if found.period > 1:
        cycle = tuple(state[: run.size] for state in found.orbit)
        return Outcome("oscillates", None, found.period, None, key, arguments, cycle=cycle)
    exact = exact_limit(run, found.limit)
    limit: tuple[Real, ...] = exact or found.limit
    nature = None
    if not run.values.get("weight_decay"):
        with ctx.workprec(BITS):
            nature = nature_at(run.derivatives, exact) if exact else nature_near(run.derivatives, found.limit)
    return Outcome("converges", limit, None, nature, key, arguments)


def _argument(run: Run, found: Attraction) -> tuple[str, dict[str, str]]:
    """The sentence of an attracting ball and its numbers: an interval, a ball of points, or a ball of
    states.
    """
    centre, radius = found.centre, found.radius
    arguments = {
        "centre": told.point(centre),
        "radius": told.short(radius),
        "ratio": told.above(found.ratio),
        "index": str(found.index),
        "period": str(found.period),
        "state": f"({', '.join(state_names(run))})",
        "matrix": told.matrix(found.metric.rows),
    }
    if run.system.width == 1:
        arguments |= {"low": told.short(centre[0] - radius), "high": told.short(centre[0] + radius)}
        kind = "contraction" if run.method.name == "gd" else "interval"
        return (kind if found.period == 1 else "attractingcycle"), arguments
    kind = "ball" if found.metric.is_plain else "ellipsoid"
    return (kind if found.period == 1 else f"{kind}_cycle"), arguments


def state_names(run: Run) -> list[str]:
    """w, or w and v, or x, y, v_x, v_y: the numbers of a state."""
    names = [latex(v) for v in run.problem.variables]
    if run.size == 1:
        return [*names, *run.method.memories]
    return [*names, *(f"{memory}_{{{name}}}" for memory in run.method.memories for name in names)]


# ---- one variable


def on_the_line(run: Run) -> Outcome | None:
    """Divergence or monotone convergence in one variable."""
    if run.size > 1:
        return None
    found = Line(run).decide()
    match found:
        case Escapes(index, direction):
            arguments = {"index": str(index), "end": "+oo" if direction > 0 else "-oo"}
            return Outcome("diverges", None, None, None, "escapes", arguments)
        case Explodes(index, radius, factor):
            arguments = {"index": str(index), "radius": told.short(radius), "factor": told.short(factor)}
            key = "explodes" if run.system.width == 1 else "explodes_with_velocity"
            return Outcome("diverges", None, None, None, key, arguments)
        case Settles(index, low, high, exact):
            limit: Real = exact if exact is not None else told.between(low, high)
            with ctx.workprec(BITS):
                box = arb(rational(low)).union(arb(rational(high)))
                nature = (
                    nature_near(run.derivatives, (box,))
                    if exact is None
                    else nature_at(run.derivatives, (exact,))
                )
            return Outcome("converges", (limit,), None, nature, "settles", {"index": str(index)})
    return None
