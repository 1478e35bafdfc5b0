"""What `corrige descend` found: the run, its first iterates as rows, the verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from flint import arb, ctx

from solver.derivation.equality import Equality
from solver.descent.kinks import slopes_at_kink
from solver.descent.outcome import Outcome, Run
from solver.descent.problem import Evaluator, values_at
from solver.descent.told import PRINTED_BITS, number_text
from solver.descent.updates import Inexact, Iterate, Numbers, State, Vector, bits
from solver.expression.evaluate import exact_value
from solver.expression.tree import Cases, walk


@dataclass(frozen=True)
class Answer:
    """A run, its first iterates (fewer than `steps` + 1 where one cannot be written) and its verdict.

    `checks` are what was checked of the verdict and holds.
    """

    run: Run
    steps: int
    iterates: tuple[Iterate, ...]
    outcome: Outcome
    checks: tuple[Equality, ...] = ()

    @cached_property
    def rows(self) -> tuple[Mapping[str, Any], ...]:
        """The iterates as texts, one of no numbers for each that cannot be written."""
        value = Evaluator(self.run.problem.expression, self.run.problem.variables)
        return (
            *(_row(value, self.run.gradient, it) for it in self.iterates),
            *(_beyond(k, self.run.size) for k in range(len(self.iterates), self.steps + 1)),
        )

    @property
    def exact_until(self) -> int:
        """The last iterate up to which every point is an exact rational."""
        return sum(1 for it in self.iterates if it.exact) - 1

    @property
    def is_long(self) -> bool:
        """Whether the iterate after the last exact one is rational too, but too long to be kept."""
        last, run = self.iterates[self.exact_until], self.run
        values = {**run.values, "rate": run.rate * run.schedule.share(last.k)}
        state = State(last.point, last.memory, last.k)
        try:
            run.method.rule(state, run.direction(last.point), Numbers(values))
        except (Inexact, ZeroDivisionError):
            return False
        return True

    @property
    def kinks(self) -> Mapping[int, Sequence[Fraction]]:
        """The iterates where a derivative does not exist, and the values taken there."""
        problem = self.run.problem
        if not any(isinstance(node, Cases) for g in problem.gradient for node in walk(g)):
            return {}
        found: dict[int, Sequence[Fraction]] = {}
        for it in self.iterates:
            point = tuple(x for x in it.point if isinstance(x, Fraction))
            values = dict(zip((v.name for v in problem.variables), point, strict=False))
            if it.exact and any(exact_value(g, values) is None for g in problem.gradient):
                taken = slopes_at_kink(problem.expression, problem.variables, point)
                if taken is not None and not taken.exists:
                    found[it.k] = taken.gradient
        return found


def _row(value: Evaluator, gradient: Callable[[Vector], Vector], it: Iterate) -> dict[str, Any]:
    with ctx.workprec(400):
        (height,) = values_at(lambda point: (value(point),), it.point)
        defined = isinstance(height, Fraction) or height.is_finite()
        steep = values_at(gradient, it.point) if defined else (arb("nan"),) * len(it.point)
    numbers = (*it.point, height, *steep)
    return {
        "k": it.k,
        "point": [number_text(x) for x in it.point],
        "value": number_text(height),
        "gradient": [number_text(x) for x in steep],
        "exact": all(isinstance(x, Fraction) and bits(x) <= PRINTED_BITS for x in numbers),
    }


def _beyond(k: int, width: int) -> dict[str, Any]:
    """The row of an iterate too large to write (beyond 2^12000) or not defined: no number, and it says so."""
    return {"k": k, "point": [None] * width, "value": None, "gradient": [None] * width, "exact": False}
