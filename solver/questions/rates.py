"""`rates`: the same descent with several rates side by side, the stability bounds, and how to choose."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Annotated, ClassVar

from solver.descent.borderline import at_bound, flat_law
from solver.descent.critical import CriticalPoint, Landscape
from solver.descent.quantity import quantity
from solver.descent.ranges import Ranges, ranges
from solver.descent.trace import rows, steps_within
from solver.descent.verdict import decide
from solver.errors import SheetError
from solver.questions.base import Question, Scope
from solver.questions.cycle_proofs import argued_before
from solver.questions.descent import studied
from solver.questions.options import (
    CountOption,
    ExactOption,
    ExactsOption,
    FactsOption,
    Function,
    FunctionOption,
    require_positive,
    some_of,
)
from solver.questions.rate_checks import count_checks, decimal_checks
from solver.questions.rate_facts import Comparison, RateRow, RatesFacts
from solver.questions.start_scan import short_between

ASKS = ("speed", "choice")
STEP_CAP = 4000


class Rates(Question):
    """Several rates from one start: behaviours, speeds, bounds, how to choose."""

    kind: ClassVar[str] = "rates"
    of: FunctionOption | None = None
    """The polynomial of one variable to minimise; required unless `from` is there."""
    start: ExactOption | None = None
    """The starting point; required unless `from` is there."""
    rates: ExactsOption = ()
    """The learning rates to compare; required unless `from` is there."""
    steps: CountOption = 3
    """How many steps the table shows."""
    tolerances: ExactsOption = (Fraction(1, 1000), Fraction(1, 10**6))
    """The distances to the limit whose first step is counted."""
    ask: Annotated[tuple[str, ...], some_of(ASKS)] = ()
    """The parts of the answer to print; all by default."""
    from_: FactsOption | None = None
    """The label of an earlier comparison to go on with."""

    def solve(self, scope: Scope) -> RatesFacts:
        ask = self.ask or ASKS
        if self.from_ is not None:
            if not isinstance(self.from_, RatesFacts):
                raise SheetError("“from” names an answer that does not compare rates").about("from")
            argued = argued_before(scope, self.from_.name)
            return replace(self.from_, ask=ask, continued=True, argued=argued)
        if self.of is None or self.start is None or not self.rates:
            missing = "of" if self.of is None else "start" if self.start is None else "rates"
            raise SheetError(f"“rates” needs the option “:{missing}:”")
        return self._solve(ask, self.of, self.start, argued_before(scope, self.of.name))

    def _solve(self, ask: tuple[str, ...], function: Function, start: Fraction, argued: bool) -> RatesFacts:
        require_positive(self.rates, "rates")
        require_positive(self.tolerances, "tolerances")
        scape = studied(function)
        span = ranges(scape, start)
        reference = span.target
        tolerances = tuple(sorted(self.tolerances, reverse=True))
        found = tuple(
            self._row(scape, start, rate, tolerances, rate in self.rates)
            for rate in rate_grid(self.rates, reference, span)
        )
        best = None
        if reference is not None and reference.bound is not None and reference.nature == "minimum":
            curvature = scape.objective.curvature
            assert curvature is not None
            bend = reference.root.surd_of(curvature)
            best = quantity(
                bend.inverse() if bend is not None else None, 1 / reference.root.value_of(curvature), False
            )
        near = None
        if best is not None:
            rate = short_between(best.value * Fraction(19, 20), best.value * Fraction(21, 20)) or best.value
            near = RateRow(rate, decide(scape, start, rate), (), False, ())
        flat = flat_law(scape, reference) if reference is not None and span.direction else None
        edge = at_bound(scape, reference) if reference is not None and span.direction else None
        checks = [*scape.objective.checks, *scape.checks, *span.checks]
        checks += near.verdict.checks if near is not None else ()
        for told in (flat, edge):
            checks += told.checks if told is not None else ()
        for row in found:
            checks += row.verdict.checks
            factor = row.verdict.factor
            checks += decimal_checks(row.rate, factor.value if factor else None, row.per_decimal)
            if row.asked:
                checks += count_checks(scape, start, row.rate, row.verdict.target, row.steps, tolerances)
        return RatesFacts(
            checks=tuple(checks),
            scape=scape,
            start=start,
            steps=self.steps,
            tolerances=tolerances,
            ask=ask,
            reference=reference,
            span=span,
            rows=found,
            best=best,
            comparison=_comparison(found, reference),
            near_best=near,
            flat=flat,
            edge=edge,
            argued=argued,
        )

    def _row(
        self, scape: Landscape, start: Fraction, rate: Fraction, tolerances: tuple[Fraction, ...], named: bool
    ) -> RateRow:
        verdict = decide(scape, start, rate)
        steps: tuple[int | None, ...] = (None,) * len(tolerances)
        if verdict.behaviour == "converges" and verdict.target is not None:
            steps = steps_within(scape, start, rate, verdict.target, tolerances, STEP_CAP)
        first = rows(scape, start, rate, min(self.steps, 20)) if named else ()
        return RateRow(rate, verdict, steps, named, first)


def rate_grid(
    named: tuple[Fraction, ...], reference: CriticalPoint | None, span: Ranges, most: int = 9
) -> tuple[Fraction, ...]:
    """The rates of the sheet, and rates 1, 2, 5 × 10ⁿ around the stability bound of the minimum that small
    rates reach.

    A bound that is a fraction is tried itself: it is the case between converging and being driven away.
    """
    grid = set(named)
    scale = None
    if reference is not None and reference.bound is not None:
        scale = reference.bound.value
        if reference.bound.rational:
            grid.add(scale)
    elif span.safe is not None:
        scale = 2 * span.safe
    if scale is not None:
        power = Fraction(1)
        while power > scale:
            power /= 10
        while power * 10 <= scale:
            power *= 10
        ladder = [power * f / Fraction(10) ** j for j in (-1, 0, 1, 2) for f in (5, 2, 1)]
        ladder = [r for r in ladder if scale / 60 <= r <= 2 * scale]
        ladder.append((scale / power).__floor__() * power)
        ladder.sort(reverse=True)
        for rate in ladder:
            if len(grid) < most:
                grid.add(rate)
    return tuple(sorted(grid))


def _comparison(found: tuple[RateRow, ...], reference: CriticalPoint | None) -> Comparison | None:
    """The slowest and the quickest of the asked rates that go to the reference, those that land on it by
    chance apart (None: fewer than two).
    """
    counted = [r for r in found if r.asked and r.verdict.target == reference and r.counts]
    if len(counted) < 2:
        return None
    slow = max(counted, key=lambda r: r.steps[-1] or 0)
    quick = min(counted, key=lambda r: r.steps[-1] or 0)
    if not quick.steps[-1] or slow.steps[-1] is None or slow.steps[-1] == quick.steps[-1]:
        return None
    return Comparison(slow, quick, Fraction(slow.steps[-1], quick.steps[-1]))
