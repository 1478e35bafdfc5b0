"""`starts`: which minimum from where; what a small rate does, what larger ones do; what to retain for
networks.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from typing import Annotated, ClassVar

from solver.descent.critical import Landscape
from solver.descent.invariant import confinement
from solver.descent.polynomial import fraction, rational
from solver.descent.proofs import Verdict
from solver.descent.ranges import Ranges, ranges
from solver.descent.trace import rows
from solver.descent.verdict import decide
from solver.questions.base import Question, Scope
from solver.questions.cycle_proofs import argued_before
from solver.questions.descent import studied
from solver.questions.options import ExactsOption, FunctionOption, require_positive, some_of
from solver.questions.start_facts import StartFacts, StartsFacts, Trial
from solver.questions.start_scan import scan, short_between

ASKS = ("destinations", "analysis", "conclusion")


class Starts(Question):
    """Several starts: destinations with small rates, ranges of the rate, rates tried, conclusion."""

    kind: ClassVar[str] = "starts"
    of: FunctionOption
    """The polynomial of one variable to minimise."""
    starts: ExactsOption
    """The starting points to compare."""
    rates: ExactsOption = ()
    """Learning rates to try; by default, telling ones are chosen."""
    ask: Annotated[tuple[str, ...], some_of(ASKS)] = ()
    """The parts of the answer to print; all by default."""

    def solve(self, scope: Scope) -> StartsFacts:
        ask = self.ask or ASKS
        require_positive(self.rates, "rates")
        scape = studied(self.of)
        found = tuple(
            self._start(scape, start, "destinations" in ask) for start in dict.fromkeys(self.starts)
        )
        checks = [*scape.objective.checks, *scape.checks]
        for s in found:
            checks += s.span.checks
            for trial in s.trials:
                checks += trial.verdict.checks
            checks += [r.check for r in s.scanned]
            checks += [c for found in s.confinements for c in found.checks]
        argued = argued_before(scope, self.of.name)
        return StartsFacts(checks=tuple(checks), scape=scape, ask=ask, starts=found, argued=argued)

    def _start(self, scape: Landscape, start: Fraction, thorough: bool) -> StartFacts:
        span = ranges(scape, start)
        solved = scape.objective.degree == 2 and bool(scape.minima) and span.direction != 0
        tried = tuple(_trial(scape, span, rate) for rate in trial_rates(scape, span, self.rates))
        scanned = scan(scape, span, _outcome) if thorough and not solved else ()
        one = StartFacts(start, span, scape.minima, tried, scanned, bool(self.rates), solved)
        shut = (confinement(scape, start, p) for p in one.missed if span.direction and thorough)
        return replace(one, confinements=tuple(found for found in shut if found is not None))


def trial_rates(scape: Landscape, span: Ranges, named: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """The rates of the sheet, and those, rational, that land on a critical point; without any of the sheet,
    one rate in each range of the first step.
    """
    grid = set(named)
    grid |= {c.rate.value for c in span.crossings if c.rate.rational}
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
