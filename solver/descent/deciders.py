"""Which of our proofs applies to a run: each decider gives a verdict or None, and the first one speaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import lcm

from flint import ctx

from solver.descent import told
from solver.descent.blocks import apart_problems
from solver.descent.closed import (
    adagrad,
    energy_falls,
    nature_of_quadratic,
    newton_of_a_power,
    newton_of_a_quadratic,
    polynomial,
    quadratic,
)
from solver.descent.cone import cone
from solver.descent.inertia import inertia
from solver.descent.kinks import has_kink
from solver.descent.linear import read_quadratic
from solver.descent.nature import nature_at
from solver.descent.outcome import UNKNOWN, Outcome, Run
from solver.descent.problem import is_singular
from solver.descent.recurrence import STEPS, exact_states, repetition
from solver.descent.scheduled import scheduled
from solver.descent.settling import adagrad_settles
from solver.descent.spectral import spectral
from solver.descent.updates import Inexact, Real, to_ball
from solver.errors import UnsupportedExpression
from solver.expression.latex import latex
from solver.expression.tree import Symbol

Decider = Callable[[Run], Outcome | None]


def outcome_of(run: Run) -> Outcome:
    """The verdict on a run, proved, or “undecided”."""
    if run.schedule.is_constant:
        deciders: tuple[Decider, ...] = (
            rate_zero, at_rest, polynomial, inertia, newton_of_a_quadratic, outside, apart, spectral,
            quadratic, newton_of_a_power, adagrad, some_frozen, repeating, energy_falls, cone_kept,
            adagrad_settles, stopped, by_balls,
        )  # fmt: skip
    else:
        deciders = (rate_zero, at_rest, apart, some_frozen, scheduled)
    for decide in deciders:
        found = decide(run)
        if found is not None:
            return found
    return UNKNOWN


def outside(run: Run) -> Outcome | None:
    """A run that leaves the domain of f."""
    from solver.descent.enclosed import leaves_domain

    try:
        return leaves_domain(run)
    except UnsupportedExpression:
        return None


# ---- nothing moves, or everything repeats


def rate_zero(run: Run) -> Outcome | None:
    """α = 0: every point stays where it is."""
    if run.rate != 0:
        return None
    nature = None
    if _slope_vanishes(run):
        nature = nature_at(run.derivatives, run.start)
    return Outcome("converges", run.start, None, nature, "rate_zero", {})


def _slope_vanishes(run: Run) -> bool:
    try:
        return not any(run.gradient(run.start))
    except Inexact:
        return False


def at_rest(run: Run) -> Outcome | None:
    """∇f = 0 exactly at the start: no step moves (Newton's step must exist, AdamW must not shrink the
    point).
    """
    if not _slope_vanishes(run):
        return None
    if run.values.get("weight_decay") and any(run.start):
        return None
    if run.values.get("epsilon") == 0:
        return Outcome("undecided", None, None, None, "no_step_zero", {"index": "0"})
    if run.method.name == "newton":
        try:
            run.direction(run.start)
        except Inexact:
            return None
    key = "rest_at_kink" if _has_kink(run, run.start) else "rest"
    return Outcome("converges", run.start, None, nature_at(run.derivatives, run.start), key, {})


def _has_kink(run: Run, point: tuple[Fraction, ...]) -> bool:
    return has_kink(run.problem.expression, run.problem.variables, point)


def repeating(run: Run) -> Outcome | None:
    """An exact run that reaches a state again, or stops moving."""
    if run.method.name in ("adam", "adamw"):
        return None  # 1 − βᵏ never repeats
    found = repetition(run.method, run.direction, run.start, run.values)
    if found is None:
        return None
    arguments = {"index": str(found.index), "period": str(len(found.points))}
    if len(found.points) == 1:
        point = tuple(x for x in found.points[0] if isinstance(x, Fraction))
        key = "stationary_at_kink" if _has_kink(run, point) else "stationary"
        return Outcome("converges", point, None, nature_at(run.derivatives, point), key, arguments)
    arguments["end"] = str(found.index + len(found.points))
    return Outcome("oscillates", None, len(found.points), None, "exactcycle", arguments, cycle=found.points)


def stopped(run: Run) -> Outcome | None:
    """An exact iterate where the step is not defined: no gradient, or a singular Hessian for Newton's
    method.
    """
    states = exact_states(run.method, run.direction, run.start, run.values, STEPS)
    point = states[-1][: run.size]
    try:
        run.direction(point)
    except Inexact:
        with ctx.workprec(400):
            slope = run.direction(tuple(to_ball(x) for x in point))
            defined = all(isinstance(x, Fraction) or x.is_finite() for x in slope)
        if not defined:
            singular = run.method.name == "newton" and is_singular(run.problem, point)
            key = "no_step" if not singular else "no_step_singular" if run.size > 1 else "no_step_flat"
            return Outcome("undecided", None, None, None, key, {"index": str(len(states) - 1)})
    return None


# ---- several groups of variables


def some_frozen(run: Run) -> Outcome | None:
    """Variables that never move, the others decided by themselves (`solver.descent.frozen`)."""
    from solver.descent.frozen import without_frozen

    return without_frozen(run, outcome_of)


def apart(run: Run) -> Outcome | None:
    """Groups of variables that no term joins, each decided by itself (every rule works entry by entry)."""
    problems = apart_problems(run.problem)
    if len(problems) < 2:
        return None
    starts = dict(zip((v.name for v in run.problem.variables), run.start, strict=True))
    parts: list[tuple[tuple[Symbol, ...], Outcome]] = []
    for problem in problems:
        start = tuple(starts[v.name] for v in problem.variables)
        outcome = outcome_of(Run(problem, run.method, start, run.rate, run.given, run.schedule))
        parts.append((problem.variables, outcome))
    found = _together(tuple(parts), run.problem.variables)
    if found is None or found.limit is None or found.nature is not None:
        return found
    read = read_quadratic(run.problem.expression, tuple(starts))  # a variable on which f does not depend
    return found if read is None else replace(found, nature=nature_of_quadratic(read[0]))


def _together(
    parts: tuple[tuple[tuple[Symbol, ...], Outcome], ...], variables: tuple[Symbol, ...]
) -> Outcome | None:
    outcomes = [outcome for _, outcome in parts]
    checks = tuple(c for o in outcomes for c in o.checks)
    behaviours = {o.behaviour for o in outcomes}
    if "diverges" in behaviours:
        away = tuple(p for p in parts if p[1].behaviour == "diverges")
        return Outcome("diverges", None, None, None, "apart", {}, checks, parts=away)
    if "undecided" in behaviours:
        return None
    if "oscillates" in behaviours:
        periods = [o.period for o in outcomes if o.behaviour == "oscillates"]
        period = None if None in periods else lcm(*(p for p in periods if p))
        return Outcome("oscillates", None, period, None, "apart", {}, checks, parts=parts)
    limit: tuple[Real, ...] | None = None
    if all(o.limit is not None for o in outcomes):
        found = {v: x for own, o in parts for v, x in zip(own, o.limit or (), strict=True)}
        limit = tuple(found[v] for v in variables)
    natures = {o.nature for o in outcomes}
    nature = natures.pop() if len(natures) == 1 else (None if None in natures else "saddle")
    return Outcome("converges", limit, None, nature, "apart", {}, checks, parts=parts)


def cone_kept(run: Run) -> Outcome | None:
    """Several variables: a cone in which one variable at least doubles at each step
    (`solver.descent.cone`).
    """
    found = cone(run)
    if found is None:
        return None
    arguments = {
        "index": str(found.index),
        "axis": latex(run.problem.variables[found.axis]),
        "width": told.short(found.width),
        "radius": told.short(found.radius),
    }
    key = "cone" if not run.method.memories else "cone_with_velocity"
    return Outcome("diverges", None, None, None, key, arguments)


# ---- balls


def by_balls(run: Run) -> Outcome | None:
    """Any other function: what signs on intervals and contracted balls prove."""
    from solver.descent.enclosed import attracted, attracted_late, on_the_line

    try:
        with ctx.workprec(53):
            for decide in (attracted, on_the_line, attracted_late):
                found = decide(run)
                if found is not None:
                    return found
    except UnsupportedExpression:
        return None
    return None
