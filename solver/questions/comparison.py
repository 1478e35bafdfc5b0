"""`comparison`: several starts, rates and methods on one function, side by side in a table and a figure."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from typing import Annotated, ClassVar

from flint import ctx

from solver.derivation.equality import Equality, Means
from solver.descent.answer import Answer
from solver.descent.judged import followed
from solver.descent.replay import BITS, again, agree, number
from solver.descent.updates import Real, method
from solver.errors import SheetError
from solver.questions.base import Question, Reading, Scope
from solver.questions.comparison_facts import ComparisonFacts, Row, gap_of, within
from solver.questions.followed import (
    Chosen,
    Point,
    fits,
    gradient_derived,
    norm_of,
    place_of,
    read_points,
    read_several_chosen,
    run_of,
)
from solver.questions.optimiser import OptimiserFacts
from solver.questions.optimiser_formulas import point_text
from solver.questions.options import CountOption, ExactsOption, FunctionOption, require_positive

MOST_ROWS = 16
MOST_STEPS = 2000


class Comparison(Question):
    """Several starts, rates and methods side by side: values, distances, steps to tolerances, behaviours."""

    kind: ClassVar[str] = "comparison"
    of: FunctionOption
    """The function to minimise, of one or several variables."""
    starts: Annotated[tuple[Point, ...], Reading(read_points, "points")]
    """The starting points: `2, -1`, or `(1, 1), (-1.2, 1)` for several variables."""
    rates: ExactsOption
    """The learning rates."""
    methods: Annotated[tuple[Chosen, ...], Reading(read_several_chosen, "methods")] = (Chosen(method("gd")),)
    """The update rules, as `optimiser` names them; parameters in parentheses: `momentum(beta = 0.5)`."""
    steps: CountOption = 10
    """The step at which the runs are compared."""
    tolerances: ExactsOption = (Fraction(1, 10**3), Fraction(1, 10**6))
    """How close the runs are to get; the steps that each needs are counted."""
    within: CountOption = 300
    """How many steps are made at most to get there."""

    def solve(self, scope: Scope) -> ComparisonFacts:
        """Follows and judges every combination; SheetError where the options do not fit."""
        for start in self.starts:
            fits(self.of, start, "starts")
        require_positive(self.rates, "rates")
        require_positive(self.tolerances, "tolerances")
        if not 1 <= self.steps <= MOST_STEPS or not self.steps <= self.within <= MOST_STEPS:
            raise SheetError(f"1 ≤ steps ≤ within ≤ {MOST_STEPS} is expected").about("steps")
        rates = tuple(dict.fromkeys(self.rates))
        asked = list(itertools.product(self.methods, self.starts, rates))
        if len(asked) > MOST_ROWS:
            raise SheetError(f"at most {MOST_ROWS} combinations are compared, these are {len(asked)}")
        judged = [run_of(self.of, chosen, start, rate) for chosen, start, rate in asked]
        outcomes = [j.outcome for j in judged]
        known = all(o.limit or o.behaviour in ("diverges", "oscillates") for o in outcomes)
        by = "distance" if known and any(o.limit for o in outcomes) else "gradient"
        tolerances = tuple(sorted(set(self.tolerances), reverse=True))
        rows = tuple(
            self._row(found, *combination, tolerances, by)
            for found, combination in zip(judged, asked, strict=True)
        )
        before = [f for f in scope.facts.values() if isinstance(f, OptimiserFacts)]
        proved = [f.outcome for f in before if f.outcome.behaviour != "undecided"]
        rows = tuple(replace(r, is_told=r.found.outcome in proved) for r in rows)
        gradient = gradient_derived(self.of)
        checks = [c for d in gradient for c in d.checks]
        for row in rows:
            checks += [*row.found.checks, *run_checks(row, self.steps, tolerances, by)]
        return ComparisonFacts(
            tuple(checks), self.of.name, rows, gradient, self.steps, self.within, tolerances, by,
            methods_before=tuple(dict.fromkeys(f.method for f in before)),
        )  # fmt: skip

    def _row(
        self, found: Answer, chosen: Chosen, start: Point, rate: Fraction, tolerances: Point, by: str
    ) -> Row:
        run, limit = found.run, found.outcome.limit
        iterates = followed(run, self.within)
        sizes: list[Real] = []
        with ctx.workprec(BITS):
            for it in iterates if by == "gradient" or limit else ():
                place = place_of(run, it)
                if place is None:
                    break
                near = limit if by == "distance" else None
                sizes.append(gap_of(it.point, near) if near else norm_of(place.gradient))
            hits = tuple(next((k for k, x in enumerate(sizes) if within(x, t)), None) for t in tolerances)
        last = place_of(run, iterates[self.steps]) if len(iterates) > self.steps else None
        return Row(chosen, start, rate, found, iterates, last, tuple(sizes), hits)


def run_checks(row: Row, steps: int, tolerances: Point, by: str) -> tuple[Equality, ...]:
    """The asked iterate, and each count of steps, from a run made again by other code; nothing where that
    code has no gradient.
    """
    if replace(row.found, iterates=row.iterates).kinks:
        return ()  # what is taken at a kink is a convention, which dual numbers do not know
    run, hits = row.found.run, [h for h in row.hits if h is not None]
    returns = any(h is not None and row.settled(t) != h for h, t in zip(row.hits, tolerances, strict=True))
    whole = (returns or any(h is None for h in row.hits)) and bool(row.sizes)
    length = len(row.iterates) - 1 if whole else max([min(steps, len(row.iterates) - 1), *hits])
    points, slopes = again(run, length)
    if len(points) <= length:
        return ()
    label = f"{row.chosen}, {', '.join(map(str, row.start))}, {row.rate}"
    found: list[Equality] = []
    with ctx.workprec(BITS):
        if row.last is not None:
            pairs = zip(points[steps], row.last.point, strict=True)
            same = all(agree(number(x), number(y)) for x, y in pairs)
            shown = point_text(row.last.point)
            found.append(Equality(f"w^{{({steps})}}, {label}", shown, Means.SIMULATION, same))
        limit = row.found.outcome.limit
        if by == "distance" and limit is None:
            return tuple(found)
        sizes = [
            gap_of(p, limit) if by == "distance" and limit else norm_of(g)
            for p, g in zip(points, slopes, strict=True)
        ]
        for tolerance, hit in zip(tolerances, row.hits, strict=True):
            first = next((k for k, x in enumerate(sizes) if within(x, tolerance)), None)
            told_hit = "—" if hit is None else str(hit)
            found.append(Equality(f"k, {label}, {tolerance}", told_hit, Means.SIMULATION, first == hit))
            settled = row.settled(tolerance)
            if hit is not None and settled != hit:
                inside = [within(x, tolerance) for x in sizes]
                last = max((k for k, met in enumerate(inside) if not met), default=-1) + 1
                same = (last if last < len(inside) else None) == settled
                told_last = "—" if settled is None else str(settled)
                found.append(Equality(f"k_2, {label}, {tolerance}", told_last, Means.SIMULATION, same))
    return tuple(found)
