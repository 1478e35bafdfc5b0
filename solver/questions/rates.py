"""`rates`: the same descent with several rates side by side, the stability bounds, and how to choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import ClassVar

from flint import arb, ctx

from solver.descent.critical import CriticalPoint, Landscape
from solver.descent.orbit import scout, update_map
from solver.descent.polynomial import dyadic, rational
from solver.descent.proofs import Verdict
from solver.descent.quantity import Quantity, quantity
from solver.descent.ranges import Ranges, ranges
from solver.descent.trace import Row, rows, steps_within
from solver.descent.verdict import decide
from solver.document.figure import FigureSpec
from solver.errors import SheetError
from solver.questions.base import Facts, Question, Scope
from solver.questions.descent import asked, studied
from solver.questions.options import (
    CountOption,
    ExactOption,
    ExactsOption,
    FactsOption,
    Function,
    FunctionOption,
    NamesOption,
)
from solver.questions.rate_checks import count_checks, decimal_checks
from solver.questions.start_scan import short_between

ASKS = ("speed", "choice")
STEP_CAP = 4000


@dataclass(frozen=True)
class RateRow:
    """One rate: its verdict, the steps to each tolerance (None: not reached in `STEP_CAP` steps, or no
    limit).

    `asked` says whether the sheet names it, `first` holds its first iterates, `slowness` how many times more
    steps it needs than the quickest rate that goes to the same place, for the last tolerance (None: unknown).
    """

    rate: Fraction
    verdict: Verdict
    steps: tuple[int | None, ...]
    asked: bool
    first: tuple[Row, ...]
    slowness: Fraction | None = None

    @property
    def converges(self) -> bool:
        return self.verdict.behaviour == "converges"

    @cached_property
    def per_decimal(self) -> Fraction | None:
        """ln 10/(−ln|q|) with q = 1 − αf″(w*): how many steps gain one decimal, in the end.

        None where the steps are not geometric: q is 0 or ±1, the sequence is at rest, or has no limit.
        """
        factor = self.verdict.factor
        if not self.converges or factor is None or self.verdict.proof.kind == "stationary":
            return None
        size = abs(factor.value)
        if size == 0 or abs(size - 1) < Fraction(1, 10**50):
            return None
        with ctx.workprec(250):
            return dyadic(arb(10).log() / -arb(rational(size)).log())


@dataclass(frozen=True)
class Comparison:
    """Two rates that go to the same limit: steps to the last tolerance, and how many times more the slow one
    needs.
    """

    slow: RateRow
    quick: RateRow
    times: Fraction

    @property
    def whole(self) -> int:
        """The whole number that `times` is near, above, or equal to, as `nearness` says."""
        floor = self.times.__floor__()
        return floor + 1 if self.times - floor >= Fraction(3, 4) else floor

    @property
    def nearness(self) -> str:
        """exactly, almost or over; small where `times` is under 7/4: a number of times says nothing then."""
        if self.whole < 2:
            return "small"
        return "exactly" if self.times == self.whole else ("almost" if self.times < self.whole else "over")


@dataclass(frozen=True)
class RatesFacts(Facts):
    """Descents from one start with several rates.

    `reference` is where small rates lead (None: to infinity), `span` what the start implies for every rate,
    `best` the rate 1/f″(w*) whose asymptotic factor is 0 (None where f″(w*) = 0), `rows` all the rates
    tried in increasing order, `comparison` the slowest and the quickest asked rates that go to `reference`.
    """

    scape: Landscape
    start: Fraction
    steps: int
    tolerances: tuple[Fraction, ...]
    ask: tuple[str, ...]
    reference: CriticalPoint | None
    span: Ranges
    rows: tuple[RateRow, ...]
    best: Quantity | None
    comparison: Comparison | None
    near_best: RateRow | None = None
    """A short rate within 5 % of `best`, with what it does from this start (`steps` is not counted)."""

    @property
    def unnamed(self) -> tuple[CriticalPoint, ...]:
        """The limits of rates that the sheet does not ask, neither minima nor limits of the rates asked."""
        told = {r.verdict.target.index for r in self.rows if r.asked and r.verdict.target is not None}
        found = {r.verdict.target.index: r.verdict.target for r in self.rows if r.verdict.target is not None}
        return tuple(
            p
            for i, p in sorted(found.items())
            if i not in told and p.nature != "minimum" and p != self.reference
        )

    continued: bool = False
    """Whether the table of the runs is in an earlier answer (`from`)."""

    @property
    def name(self) -> str:
        return self.scape.objective.name

    @property
    def asked_rows(self) -> tuple[RateRow, ...]:
        return tuple(r for r in self.rows if r.asked)

    @property
    def asks_speed(self) -> bool:
        return "speed" in self.ask

    @property
    def asks_choice(self) -> bool:
        return "choice" in self.ask

    @property
    def bound(self) -> Quantity | None:
        """2/f″ at the minimum where small rates lead."""
        return self.reference.bound if self.reference is not None else None

    @property
    def best_is_reached(self) -> bool:
        """Whether a rate near `best` goes to the reference from this start."""
        near = self.near_best
        return near is not None and near.converges and near.verdict.target == self.reference

    @property
    def to_reference(self) -> tuple[RateRow, ...]:
        """The rates tried that go to the minimum where small rates lead."""
        here = self.reference
        return tuple(r for r in self.rows if here and r.converges and r.verdict.target == here)

    @property
    def quickest(self) -> RateRow | None:
        """The rate tried that reaches the last tolerance first, among those that go to the reference."""
        counted = [r for r in self.to_reference if r.steps[-1] is not None]
        return min(counted, key=lambda r: r.steps[-1] or 0) if counted else None

    @property
    def slowest(self) -> RateRow | None:
        counted = [r for r in self.to_reference if r.steps[-1] is not None]
        return max(counted, key=lambda r: r.steps[-1] or 0) if counted else None

    @property
    def elsewhere(self) -> tuple[RateRow, ...]:
        """The rates tried that converge, but not to the minimum where small rates lead."""
        return tuple(r for r in self.rows if r.converges and r.verdict.target != self.reference)

    @property
    def oscillating(self) -> tuple[RateRow, ...]:
        return tuple(r for r in self.rows if r.verdict.behaviour == "oscillates")

    @property
    def diverging(self) -> tuple[RateRow, ...]:
        return tuple(r for r in self.rows if r.verdict.behaviour == "diverges")

    @property
    def unknown(self) -> tuple[RateRow, ...]:
        return tuple(r for r in self.rows if r.verdict.behaviour == "undecided")

    @property
    def drawn(self) -> tuple[RateRow, ...]:
        """The rates whose distances are drawn, at most four: asked ones, and the neighbours of the bound."""
        counted = [r for r in self.to_reference if r.steps[-1] is not None]
        picked = [r for r in counted if r.asked][:2]
        if self.bound is not None:
            under = [r for r in counted if r.rate < self.bound.value]
            over = [
                r for r in self.rows if r.rate >= self.bound.value and r.verdict.proof.kind != "stationary"
            ]
            picked += [r for r in (*under[-1:], *over[:1]) if r not in picked]
        picked += [r for r in (self.quickest, self.slowest) if r is not None and r not in picked]
        return tuple(sorted(picked[:4], key=lambda r: r.rate))

    def figures(self) -> Mapping[str, FigureSpec]:
        from solver.questions.descent_figures import distances

        if self.reference is None or self.span.direction == 0:
            return {}
        slope = self.scape.objective.slope
        assert slope is not None
        goal = float(self.reference.point)
        picked = self.drawn
        runs = [
            (r.rate, [abs(w - goal) for w in scout(update_map(slope, r.rate), self.start, 60)])
            for r in picked
        ]
        return {"distances": distances(runs)} if runs else {}

    def public(self) -> Mapping[str, object]:
        return {
            "start": self.start,
            "rates": [r.rate for r in self.rows],
            "behaviours": [r.verdict.behaviour for r in self.rows],
            "steps": [[n if n is not None else "" for n in r.steps] for r in self.rows],
            "bound": self.bound.told if self.bound is not None else "",
            "best": self.best.told if self.best is not None else "",
            "safe": self.span.safe if self.span.safe is not None else "",
        }


class Rates(Question):
    """Several rates from one start: behaviours, speeds, bounds, how to choose."""

    kind: ClassVar[str] = "rates"
    of: FunctionOption | None = None
    start: ExactOption | None = None
    rates: ExactsOption = ()
    steps: CountOption = 3
    tolerances: ExactsOption = (Fraction(1, 1000), Fraction(1, 10**6))
    ask: NamesOption = ()
    from_: FactsOption | None = None

    def solve(self, scope: Scope) -> RatesFacts:
        ask = asked(self.ask, ASKS)
        if self.from_ is not None:
            if not isinstance(self.from_, RatesFacts):
                raise SheetError("“from” names an answer that does not compare rates")
            return replace(self.from_, ask=ask, continued=True)
        if self.of is None or self.start is None or not self.rates:
            missing = "of" if self.of is None else "start" if self.start is None else "rates"
            raise SheetError(f"“rates” needs the option “:{missing}:”")
        return self._solve(ask, self.of, self.start)

    def _solve(self, ask: tuple[str, ...], function: Function, start: Fraction) -> RatesFacts:
        if any(rate <= 0 for rate in self.rates):
            raise SheetError("rates are positive")
        if any(t <= 0 for t in self.tolerances):
            raise SheetError("tolerances are positive")
        scape = studied(function)
        span = ranges(scape, start)
        reference = span.target
        tolerances = tuple(sorted(self.tolerances, reverse=True))
        found = tuple(
            self._row(scape, start, rate, tolerances, rate in self.rates)
            for rate in rate_grid(self.rates, reference, span)
        )
        quickest: dict[int, int] = {}
        for row in found:
            if row.verdict.target is not None and row.steps[-1]:
                index = row.verdict.target.index
                quickest[index] = min(quickest.get(index, row.steps[-1]), row.steps[-1])
        found = tuple(
            replace(r, slowness=Fraction(r.steps[-1], quickest[r.verdict.target.index]))
            if r.verdict.target is not None and r.steps[-1]
            else r
            for r in found
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
        checks = [*scape.objective.checks, *scape.checks, *span.checks]
        checks += near.verdict.checks if near is not None else ()
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
    """The slowest and the quickest of the asked rates that go to the reference (None: fewer than two)."""
    counted = [
        r
        for r in found
        if r.asked and r.converges and r.verdict.target == reference and r.steps[-1] is not None
    ]
    if len(counted) < 2:
        return None
    slow = max(counted, key=lambda r: r.steps[-1] or 0)
    quick = min(counted, key=lambda r: r.steps[-1] or 0)
    if not quick.steps[-1] or slow.steps[-1] is None or slow.steps[-1] == quick.steps[-1]:
        return None
    return Comparison(slow, quick, Fraction(slow.steps[-1], quick.steps[-1]))
