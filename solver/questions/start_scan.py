"""Rates scanned from one start: one rate in each third of every range of the rate, each decided."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from solver.derivation.equality import Equality, Means
from solver.descent.critical import CriticalPoint, Landscape
from solver.descent.proofs import Verdict
from solver.descent.quantity import Quantity
from solver.descent.ranges import Ranges
from solver.descent.verdict import decide

SLICES = 3
MOST_RANGES = 5


@dataclass(frozen=True)
class Followed:
    """A rate with the verdict on its run."""

    rate: Fraction
    verdict: Verdict


@dataclass(frozen=True)
class Tally:
    """The rates of a range that end in one way (`outcome` as in a trial; `target` the limit, `period` the
    length of the cycle), with the verdict on each.
    """

    outcome: str
    target: CriticalPoint | None
    period: int | None
    runs: tuple[Followed, ...]

    @property
    def rates(self) -> tuple[Fraction, ...]:
        return tuple(run.rate for run in self.runs)


@dataclass(frozen=True)
class Scanned:
    """One range of rates between two neighbouring values where something changes.

    `low` is None for 0; the last range is open to infinity and scanned up to `end`. `crosses` says whether
    the first step jumps over the bump, `attracting` the minima that attract what starts close enough.
    """

    low: Quantity | None
    high: Quantity | None
    end: Fraction
    crosses: bool
    attracting: tuple[CriticalPoint, ...]
    tallies: tuple[Tally, ...]
    check: Equality

    @property
    def cycles(self) -> tuple[Followed, ...]:
        """The rates scanned here whose runs end on a cycle."""
        return tuple(run for t in self.tallies if t.outcome == "cycle" for run in t.runs)


def scan(scape: Landscape, span: Ranges, outcome: Callable[[Verdict, Ranges], str]) -> tuple[Scanned, ...]:
    """The ranges cut by the stability bounds and by the rate that lands on the bump.

    Where there is neither, they are cut by the rate that lands on the first critical point; () without it.
    """
    cuts = {p.bound.value: p.bound for p in scape.minima if p.bound is not None}
    if span.bump is not None:
        cuts.setdefault(span.bump.rate.value, span.bump.rate)
    if not cuts and span.crossings:
        cuts = {span.crossings[0].rate.value: span.crossings[0].rate}
    edges = [cuts[v] for v in sorted(cuts)][: MOST_RANGES - 1]
    if not edges or span.direction == 0 or span.target is None:
        return ()
    found = []
    for low, high in itertools.pairwise((None, *edges, None)):
        bottom = low.value if low is not None else Fraction(0)
        end = high.value if high is not None else 3 * bottom
        holds = True
        runs: list[tuple[str, Followed]] = []
        for rate in slices(bottom, end):
            verdict = decide(scape, span.start, rate)
            holds = holds and all(c.holds for c in verdict.checks)
            runs.append((outcome(verdict, span), Followed(rate, verdict)))
        tallies = _tallies(runs)
        middle = (bottom + end) / 2
        found.append(
            Scanned(
                low,
                high,
                end,
                span.bump is not None and span.bump.rate.value < middle,
                tuple(p for p in scape.minima if p.bound is None or p.bound.value > middle),
                tallies,
                Equality(
                    rf"\alpha \in ]{float(bottom):.4g}, {float(end):.4g}[, {span.start}",
                    ", ".join(f"{len(t.runs)} {t.outcome}" for t in tallies),
                    Means.STURM,
                    holds,
                ),
            )
        )
    return tuple(found)


def _tallies(runs: list[tuple[str, Followed]]) -> tuple[Tally, ...]:
    """Runs that end in the same way, at the same point or on cycles of one length, together."""
    ends: dict[tuple[str, int | None, int | None], list[Followed]] = {}
    for how, run in runs:
        target = run.verdict.target if run.verdict.behaviour == "converges" else None
        key = (how, target.index if target is not None else None, run.verdict.period)
        ends.setdefault(key, []).append(run)
    return tuple(
        Tally(how, same[0].verdict.target if index is not None else None, period, tuple(same))
        for (how, index, period), same in ends.items()
    )


def slices(low: Fraction, high: Fraction) -> tuple[Fraction, ...]:
    """A short decimal strictly inside each third of ]low, high[."""
    cuts = [low + (high - low) * i / SLICES for i in range(SLICES + 1)]
    return tuple(r for a, b in itertools.pairwise(cuts) if (r := short_between(a, b)) is not None)


def short_between(low: Fraction, high: Fraction) -> Fraction | None:
    """The decimal with fewest digits strictly between two bounds, nearest to their middle."""
    for digits in range(8):
        unit = Fraction(1, 10**digits)
        candidate = ((low + high) / 2 / unit).__round__() * unit
        if low < candidate < high:
            return Fraction(candidate)
    return None
