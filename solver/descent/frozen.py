"""Variables that never move: where ∂f/∂v = 0 all along v = v⁽⁰⁾, the others descend as if v were a number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from flint import ctx

from solver.descent.linear import monomials
from solver.descent.nature import nature_at, nature_near
from solver.descent.outcome import Outcome, Run
from solver.descent.problem import Problem
from solver.descent.told import short
from solver.descent.updates import Real, to_ball
from solver.expression.latex import latex
from solver.expression.tree import Number, substitute


def without_frozen(run: Run, decide: Callable[[Run], Outcome]) -> Outcome | None:
    """The verdict on the variables that move, where f is a polynomial and some do not; None where all do.

    The nature of a limit is that in all variables: a run on the ridge of a saddle stays on it.
    """
    if run.size < 2 or run.method.name in ("newton", "adamw"):
        return None
    names = tuple(v.name for v in run.problem.variables)
    frozen = [i for i in range(run.size) if _stays(run, i, names)]
    moving = [i for i in range(run.size) if i not in frozen]
    if not frozen or not moving:
        return None
    values = {names[i]: Number(run.start[i]) for i in frozen}
    inner = Problem(
        substitute(run.problem.expression, values),
        tuple(run.problem.variables[i] for i in moving),
        tuple(substitute(run.problem.gradient[i], values) for i in moving),
    )
    start = tuple(run.start[i] for i in moving)
    found = decide(Run(inner, run.method, start, run.rate, run.given, run.schedule))
    if found.behaviour == "undecided":
        return None
    arguments = {
        "names": ", ".join(f"{latex(run.problem.variables[i])} = {short(run.start[i])}" for i in frozen),
    }
    parts = ((inner.variables, found),)
    told = replace(found, key="frozen", arguments=arguments, exact_limit=None, cycle=(), parts=parts)
    if found.limit is None:
        return replace(told, nature=None)
    moved = dict(zip(moving, found.limit, strict=True))
    whole: tuple[Real, ...] = tuple(moved.get(i, run.start[i]) for i in range(run.size))
    if found.nature is None:
        return replace(told, limit=whole)
    exact = tuple(x for x in whole if isinstance(x, Fraction))
    if len(exact) == run.size:
        nature = nature_at(run.derivatives, exact)
    else:
        with ctx.workprec(256):
            nature = nature_near(run.derivatives, [to_ball(x) for x in whole])
    return replace(told, limit=whole, nature=nature)


def _stays(run: Run, place: int, names: tuple[str, ...]) -> bool:
    """Whether ∂f/∂v is the polynomial 0 at v = v⁽⁰⁾."""
    slope = substitute(run.problem.gradient[place], {names[place]: Number(run.start[place])})
    return monomials(slope, names) == {}
