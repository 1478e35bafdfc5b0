"""What `corrige descend` found: the run, its first iterates as rows, the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from flint import arb, ctx

from solver.descent.kinks import slope_at_kink
from solver.descent.outcome import Outcome, Run
from solver.descent.problem import Evaluator
from solver.descent.told import PRINTED_BITS, number_text
from solver.descent.updates import Inexact, Iterate, Real, Vector, bits, to_ball


@dataclass(frozen=True)
class Answer:
    """A run, its first iterates (fewer than `steps` + 1 where one cannot be written) and its verdict."""

    run: Run
    steps: int
    iterates: tuple[Iterate, ...]
    outcome: Outcome

    @cached_property
    def rows(self) -> tuple[Mapping[str, Any], ...]:
        """The iterates as texts, one of no numbers for each that cannot be written."""
        value = Evaluator(self.run.problem.expression, self.run.problem.variables)
        slopes = [Evaluator(g, self.run.problem.variables, slope=True) for g in self.run.problem.gradient]
        return (
            *(_row(value, slopes, it) for it in self.iterates),
            *(_beyond(k, self.run.size) for k in range(len(self.iterates), self.steps + 1)),
        )

    @property
    def exact_until(self) -> int:
        """The last iterate up to which every point is an exact rational."""
        return sum(1 for it in self.iterates if it.exact) - 1

    @property
    def kinks(self) -> Mapping[int, Sequence[Fraction]]:
        """The iterates where a derivative does not exist, and the values taken there."""
        found = {}
        for it in self.iterates:
            values = {
                v.name: x
                for v, x in zip(self.run.problem.variables, it.point, strict=True)
                if isinstance(x, Fraction)
            }
            taken = [slope_at_kink(g, values) for g in self.run.problem.gradient] if it.exact else []
            if any(x is not None for x in taken):
                found[it.k] = [x for x in taken if x is not None]
        return found


def _row(value: Evaluator, slopes: Sequence[Evaluator], it: Iterate) -> dict[str, Any]:
    with ctx.workprec(400):
        height = _at(value, it.point)
        defined = isinstance(height, Fraction) or height.is_finite()
        steep = [_at(g, it.point) if defined else arb("nan") for g in slopes]
    numbers = (*it.point, height, *steep)
    return {
        "k": it.k,
        "point": [number_text(x) for x in it.point],
        "value": number_text(height),
        "gradient": [number_text(x) for x in steep],
        "exact": all(isinstance(x, Fraction) and bits(x) <= PRINTED_BITS for x in numbers),
    }


def _at(expression: Evaluator, point: Vector) -> Real:
    try:
        return expression(point)
    except Inexact:
        return expression(tuple(to_ball(x) for x in point))


def _beyond(k: int, width: int) -> dict[str, Any]:
    """The row of an iterate too large to write (beyond 2^12000) or not defined: no number, and it says so."""
    return {"k": k, "point": [None] * width, "value": None, "gradient": [None] * width, "exact": False}
