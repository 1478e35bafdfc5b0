"""`starts`: which minimum from where; what a small rate does, what larger ones do; what to retain for
networks.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from solver.descent.critical import CriticalPoint, Landscape, Quantity
from solver.descent.polynomial import fraction, rational
from solver.descent.ranges import Ranges, ranges
from solver.descent.trace import Row, rows
from solver.descent.verdict import Verdict, decide
from solver.document.figure import FigureSpec, Plot
from solver.errors import SheetError
from solver.questions.base import Facts, Question, Scope
from solver.questions.descent import asked, studied
from solver.questions.options import ExactsOption, FunctionOption, NamesOption

ASKS = ("destinations", "analysis", "conclusion")


@dataclass(frozen=True)
class Trial:
    """One rate tried from one start. `outcome` is one of

    same (the limit of small rates), other (another minimum), maximum, inflection, cycle, infinity, unknown.
    `crosses` says whether the first step jumps over the nearest local maximum of its way.
    """

    rate: Fraction
    verdict: Verdict
    outcome: str
    first: Fraction
    crosses: bool
    run: tuple[Row, ...]


@dataclass(frozen=True)
class StartFacts:
    """One start: what it implies for every rate, and the rates tried.

    `behind` is the local maximum on the side that a small step leaves (None: none), `position` where the
    start
    stands: minimum, maximum, inflection (exactly on it) or slope.
    """

    start: Fraction
    span: Ranges
    behind: CriticalPoint | None
    trials: tuple[Trial, ...]
    minima: tuple[CriticalPoint, ...]

    @property
    def position(self) -> str:
        return self.span.here.nature if self.span.here is not None else "slope"

    def with_outcome(self, outcome: str) -> tuple[Trial, ...]:
        return tuple(t for t in self.trials if t.outcome == outcome)

    @property
    def crossing_trials(self) -> tuple[Trial, ...]:
        """The rates tried whose first step jumps over the bump."""
        return tuple(t for t in self.trials if t.crosses)

    @property
    def crossing_without_settling(self) -> tuple[Trial, ...]:
        """Those that jump over the bump and yet do not settle beyond it (proved)."""
        return tuple(t for t in self.crossing_trials if t.outcome in ("same", "cycle", "infinity"))

    @property
    def beyond_bump(self) -> CriticalPoint | None:
        """The first minimum beyond the bump."""
        bump = self.span.bump
        if bump is None:
            return None
        after = [c.point for c in self.span.crossings]
        far = after[after.index(bump.point) + 1 :]
        return next((p for p in far if p.nature == "minimum"), None)

    @property
    def window(self) -> Quantity | None:
        """Where rates that jump over the bump can still settle beyond it: the upper end, 2/f″ there
        (None: no such rate).
        """
        bump, far = self.span.bump, self.beyond_bump
        if bump is None or far is None or far.bound is None or far.bound.value <= bump.rate.value:
            return None
        return far.bound

    @property
    def jumping_repels(self) -> Quantity | None:
        """The largest stability bound, where every rate that jumps over the bump is above it (else None)."""
        bump = self.span.bump
        bounds = [p.bound for p in self.minima]
        if bump is None or not bounds or any(b is None for b in bounds):
            return None
        largest = max((b for b in bounds if b is not None), key=lambda b: b.value)
        return largest if largest.value < bump.rate.value else None

    @property
    def groups(self) -> tuple[tuple[Trial, ...], ...]:
        """The rates tried above the safe one, neighbours that end the same way together."""
        found: list[list[Trial]] = []
        for trial in self.trials:
            if self.span.safe is not None and trial.rate <= self.span.safe:
                continue
            last = found[-1][0] if found else None
            if (
                last is not None
                and last.outcome == trial.outcome
                and last.verdict.target == trial.verdict.target
                and last.verdict.period == trial.verdict.period
            ):
                found[-1].append(trial)
            else:
                found.append([trial])
        return tuple(tuple(group) for group in found)


@dataclass(frozen=True)
class StartsFacts(Facts):
    """Descents from several starts."""

    scape: Landscape
    ask: tuple[str, ...]
    starts: tuple[StartFacts, ...]

    @property
    def name(self) -> str:
        return self.scape.objective.name

    @property
    def asks_destinations(self) -> bool:
        return "destinations" in self.ask

    @property
    def asks_analysis(self) -> bool:
        return "analysis" in self.ask

    @property
    def asks_conclusion(self) -> bool:
        return "conclusion" in self.ask

    @property
    def targets(self) -> tuple[CriticalPoint, ...]:
        """The different places where small rates lead from these starts."""
        seen: dict[int, CriticalPoint] = {}
        for s in self.starts:
            if s.span.target is not None:
                seen.setdefault(s.span.target.index, s.span.target)
        return tuple(seen[i] for i in sorted(seen))

    @property
    def start_decides(self) -> bool:
        """Whether two of these starts lead, with small rates, to two different minima."""
        return len([p for p in self.targets if p.nature == "minimum"]) > 1

    @property
    def rate_decides(self) -> bool:
        """Whether from one of these starts two of the rates tried end in two different places."""
        return any(
            len({(t.outcome, t.verdict.limit and t.verdict.limit.value) for t in s.trials}) > 1
            for s in self.starts
        )

    @property
    def best(self) -> tuple[CriticalPoint, ...]:
        """The lowest minima."""
        return self.scape.lowest

    @property
    def reach_best(self) -> tuple[StartFacts, ...]:
        """The starts that small rates lead to a lowest minimum."""
        return tuple(s for s in self.starts if s.span.target is not None and s.span.target in self.best)

    @property
    def miss_best(self) -> tuple[StartFacts, ...]:
        return tuple(s for s in self.starts if s not in self.reach_best)

    def figures(self) -> Mapping[str, FigureSpec]:
        from solver.questions.descent_figures import as_float, descent_panel

        panels = []
        for s in self.starts:
            chosen = shown_trials(s)
            for trial in chosen:
                panels.append(
                    descent_panel(
                        self.scape,
                        [as_float(r.point) for r in trial.run],
                        rf"$w^{{(0)}} = {float(s.start):g},\ \alpha = {float(trial.rate):.4g}$",
                    )
                )
        return {"runs": Plot(tuple(panels), 2 if len(panels) > 1 else 1)} if panels else {}

    def public(self) -> Mapping[str, object]:
        return {
            "starts": [s.start for s in self.starts],
            "destinations": [
                s.span.target.point.value if s.span.target is not None else "" for s in self.starts
            ],
            "rates": [[t.rate for t in s.trials] for s in self.starts],
            "outcomes": [[t.outcome for t in s.trials] for s in self.starts],
            "safe": [s.span.safe if s.span.safe is not None else "" for s in self.starts],
        }


def shown_trials(s: StartFacts) -> tuple[Trial, ...]:
    """The smallest rate, and the first that ends in another place."""
    if not s.trials:
        return ()
    first = s.trials[0]
    others = [t for t in s.trials if t.outcome != first.outcome]
    preferred = (
        [t for t in others if t.outcome == "other"]
        or [t for t in others if t.outcome != "infinity"]
        or others
    )
    return (first, *preferred[:1])


class Starts(Question):
    """Several starts: destinations with small rates, ranges of the rate, rates tried, conclusion."""

    kind: ClassVar[str] = "starts"
    of: FunctionOption
    starts: ExactsOption
    rates: ExactsOption = ()
    ask: NamesOption = ()

    def solve(self, scope: Scope) -> StartsFacts:
        ask = asked(self.ask, ASKS)
        if any(rate <= 0 for rate in self.rates):
            raise SheetError("rates are positive")
        scape = studied(self.of)
        found = tuple(self._start(scape, start) for start in dict.fromkeys(self.starts))
        checks = [*scape.objective.checks, *scape.checks]
        for s in found:
            checks += s.span.checks
            for trial in s.trials:
                checks += trial.verdict.checks
        return StartsFacts(checks=tuple(checks), scape=scape, ask=ask, starts=found)

    def _start(self, scape: Landscape, start: Fraction) -> StartFacts:
        span = ranges(scape, start)
        tried = tuple(_trial(scape, span, rate) for rate in trial_rates(scape, span, self.rates))
        return StartFacts(start, span, _behind(scape, span), tried, scape.minima)


def trial_rates(scape: Landscape, span: Ranges, named: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """The rates of the sheet, and the exact landing on the bump; without any, one rate in each range of the
    first step.
    """
    grid = set(named)
    bump = span.bump
    if bump is not None and bump.rate.rational:
        grid.add(bump.rate.value)
    if not named:
        edges = [c.rate.value for c in span.crossings]
        edges += [p.bound.value for p in scape.minima if p.bound is not None]
        edges = sorted(e for e in edges if e > 0)
        if span.safe is not None:
            grid.add(_short_below(span.safe))
        for low, high in itertools.pairwise(edges):
            middle = short_between(low, high)
            if middle is not None:
                grid.add(middle)
        if edges:
            grid.add(_short_above(edges[-1]))
        elif span.direction:
            grid |= {Fraction(1, 100), Fraction(1, 10)}
    if span.direction == 0 and not named:
        grid = {Fraction(1, 10)}
    return tuple(sorted(grid))


def short_between(low: Fraction, high: Fraction) -> Fraction | None:
    """The decimal with fewest digits strictly between two bounds, nearest to their middle."""
    for digits in range(8):
        unit = Fraction(1, 10**digits)
        candidate = ((low + high) / 2 / unit).__round__() * unit
        if low < candidate < high:
            return Fraction(candidate)
    return None


def _short_below(bound: Fraction) -> Fraction:
    """A decimal with one significant digit, at most `bound`."""
    unit = Fraction(1)
    while unit > bound:
        unit /= 10
    while unit * 10 <= bound:
        unit *= 10
    return (bound / unit).__floor__() * unit


def _short_above(bound: Fraction) -> Fraction:
    """A decimal with one significant digit, above `bound`."""
    return _short_below(bound) + _short_below(bound) / max(1, (_short_below(bound)).numerator)


def _behind(scape: Landscape, span: Ranges) -> CriticalPoint | None:
    """The local maximum nearest to the start on the side that it walks away from."""
    if span.direction == 0:
        return None
    back = [p for p in scape.maxima if p.root.compare(span.start) == -span.direction]
    if not back:
        return None
    return back[-1] if span.direction > 0 else back[0]


def _trial(scape: Landscape, span: Ranges, rate: Fraction) -> Trial:
    slope = scape.objective.slope
    assert slope is not None
    verdict = decide(scape, span.start, rate)
    first = span.start - rate * fraction(slope(rational(span.start)))
    bump = span.bump
    crosses = bump is not None and bump.point.root.compare(first) == -span.direction
    return Trial(rate, verdict, _outcome(verdict, span), first, crosses, rows(scape, span.start, rate, 12))


def _outcome(verdict: Verdict, span: Ranges) -> str:
    if verdict.behaviour == "converges" and verdict.target is not None:
        if span.target is not None and verdict.target == span.target:
            return "same"
        return "other" if verdict.target.nature == "minimum" else verdict.target.nature
    return {"oscillates": "cycle", "diverges": "infinity"}.get(verdict.behaviour, "unknown")
