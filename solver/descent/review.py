"""Verdicts looked at by a second road: the process itself, and values of f, not the arguments that proved
them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction

from flint import arb, ctx

from solver.derivation.equality import Equality, Means
from solver.descent.compiled import BALLS
from solver.descent.outcome import Outcome, Run
from solver.descent.polynomial import rational
from solver.descent.updates import Iterate, Real, to_ball
from solver.descent.updates import run as iterate

STEPS = 240
WINDOW = 40
NEAR = Fraction(1, 10**6)


def review(run: Run, outcome: Outcome) -> tuple[Equality, ...]:
    """What the iterates and the values of f say about a verdict; `holds` is None where they say nothing."""
    with ctx.workprec(400):
        return tuple(_checks(run, outcome))


def _checks(run: Run, outcome: Outcome) -> Iterator[Equality]:
    name = f"{run.method.name}, {', '.join(map(str, run.start))}, {run.rate}"
    iterates = iterate(
        run.method, run.direction, run.start, run.rate, STEPS, run.given, schedule=run.schedule
    )
    if outcome.behaviour == "converges" and outcome.limit is not None:
        yield Equality(
            f"w^{{(k)}}, {name}", r"\to w^*", Means.SIMULATION, _approaches(iterates, outcome.limit)
        )
        if outcome.nature is not None:
            holds = _has_nature(run, outcome.limit, outcome.nature)
            yield Equality(f"w^*, {name}", outcome.nature, Means.VALUES, holds)
    if outcome.behaviour == "diverges":
        yield Equality(f"|w^{{(k)}}|, {name}", r"\to \infty", Means.SIMULATION, _grows(iterates))
    if outcome.behaviour == "oscillates" and outcome.cycle:
        yield Equality(
            f"w^{{(k)}}, {name}", f"period {outcome.period}", Means.SIMULATION, _differs(outcome.cycle)
        )


def _farthest(iterates: Sequence[Iterate], from_point: Sequence[Real]) -> arb:
    """The greatest distance (of any coordinate) of some iterates from a point."""
    gaps = [
        abs(to_ball(x) - to_ball(y)) for it in iterates for x, y in zip(it.point, from_point, strict=True)
    ]
    return _greatest(gaps)


def _greatest(values: Sequence[arb]) -> arb:
    found = values[0]
    for value in values[1:]:
        found = found.max(value)
    return found


def _approaches(iterates: Sequence[Iterate], limit: Sequence[Real]) -> bool | None:
    """Whether the last iterates are nearer to the limit than those before; None where that is not yet told.

    A run may first go away: what speaks against a limit is a run that leaves it, or that settles elsewhere
    (it moves less and less, and far less than the way that is left).
    """
    if len(iterates) <= 2 * WINDOW:
        return None
    earlier, later = iterates[-2 * WINDOW : -WINDOW], iterates[-WINDOW:]
    before, after = _farthest(earlier, limit), _farthest(later, limit)
    if after < arb(10) ** -25:
        return True
    spreads = [_farthest(window, window[0].point) for window in (earlier, later)]
    if 4 * spreads[1] < spreads[0] and 1000 * spreads[1] < after:
        return False
    if after < before:
        return True
    return False if before < arb(rational(NEAR)) and after > 2 * before else None


def _grows(iterates: Sequence[Iterate]) -> bool | None:
    """Whether the iterates are farther and farther; None where they move too little to tell."""
    last = iterates[-1]
    if len(iterates) < 4:
        return None
    origin = (Fraction(0),) * len(last.point)
    half = len(iterates) // 2
    before, after = _farthest(iterates[:half], origin), _farthest(iterates[half:], origin)
    return True if after > before else None


def _differs(cycle: Sequence[Sequence[Real]]) -> bool:
    """Whether no two points of a cycle are the same."""
    return all(
        any(not to_ball(x).overlaps(to_ball(y)) for x, y in zip(a, b, strict=True))
        for a, b in itertools.combinations(cycle, 2)
    )


def _has_nature(run: Run, limit: Sequence[Real], nature: str) -> bool | None:
    """Whether values of f around the limit, along the axes and the diagonals, are as a minimum, maximum or
    saddle has them; None where they are too close to f(w*), or a saddle does not show in these directions.
    """
    value = run.derivatives.compiled(run.problem.expression, BALLS)
    centre = [to_ball(x) for x in limit]
    here, above, below, tied = value(centre), False, False, False
    directions = (d for d in itertools.product((-1, 0, 1), repeat=len(centre)) if any(d))
    for direction in itertools.islice(directions, 80):
        around = value([x + d * arb(rational(NEAR)) for x, d in zip(centre, direction, strict=True)])
        above, below = above or bool(around > here), below or bool(around < here)
        tied = tied or not (around > here or around < here)
    if nature == "saddle":
        return True if above and below else None
    if below if nature == "minimum" else above:
        return False
    return None if tied else True
