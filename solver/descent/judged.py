"""A run followed for some steps and judged for ever: its iterates, its verdict, its second checks."""

from __future__ import annotations

from flint import ctx

from solver.descent import told
from solver.descent.answer import Answer
from solver.descent.deciders import outcome_of
from solver.descent.domain import is_outside, may_leave
from solver.descent.outcome import Run
from solver.descent.review import review
from solver.descent.updates import Iterate, to_ball
from solver.descent.updates import run as iterate
from solver.errors import CheckFailed, CorrigeError


def judged(run: Run, steps: int) -> Answer:
    """The iterates 0 … `steps` and the verdict; CorrigeError where f is not defined at the start."""
    with ctx.workprec(128):
        if is_outside(run.problem.expression, run.derivatives.names, [to_ball(x) for x in run.start]):
            raise CorrigeError(f"the expression is not defined at the start {told.point(run.start)}")
    outcome = outcome_of(run)
    checks = (*outcome.checks, *review(run, outcome))
    if any(check.holds is False for check in checks):
        raise CheckFailed("a proof of the verdict did not pass its second check")
    return Answer(run, steps, followed(run, steps), outcome, tuple(c for c in checks if c.holds))


def followed(run: Run, steps: int) -> tuple[Iterate, ...]:
    """The iterates 0 … `steps`, up to the first outside the domain, which is kept: it shows where the run
    stops.
    """
    iterates = iterate(
        run.method, run.direction, run.start, run.rate, steps, run.given, schedule=run.schedule
    )
    if not may_leave(run.problem.expression):
        return iterates
    for place, it in enumerate(iterates):
        with ctx.workprec(128):
            if is_outside(run.problem.expression, run.derivatives.names, [to_ball(x) for x in it.point]):
                return iterates[: place + 1]
    return iterates
