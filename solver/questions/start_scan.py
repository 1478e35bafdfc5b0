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
class Tally:
    """The rates of a range that end in one way (`outcome` as in a trial; `target` the limit)."""

    outcome: str
    target: CriticalPoint | None
    rates: tuple[Fraction, ...]

    @property
    def count(self) -> int:
        return len(self.rates)


@dataclass(frozen=True)
class CycleRun:
    """A rate whose run ends on a cycle, with the verdict that proves it."""

    rate: Fraction
    verdict: Verdict


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
    cycle: CycleRun | None
    """The first rate scanned here that ends on a cycle."""

    @property
    def number(self) -> int:
        return sum(t.count for t in self.tallies)


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
        cycle: CycleRun | None = None
        counted: dict[tuple[str, int], tuple[CriticalPoint | None, tuple[Fraction, ...]]] = {}
        for rate in slices(bottom, end):
            verdict = decide(scape, span.start, rate)
            holds = holds and all(c.holds for c in verdict.checks)
            how = outcome(verdict, span)
            if cycle is None and verdict.behaviour == "oscillates":
                cycle = CycleRun(rate, verdict)
            target = verdict.target if verdict.behaviour == "converges" else None
            key = (how, target.index if target is not None else 0)
            counted[key] = (target, (*counted.get(key, (None, ()))[1], rate))
        middle = (bottom + end) / 2
        found.append(
            Scanned(
                low,
                high,
                end,
                span.bump is not None and span.bump.rate.value < middle,
                tuple(p for p in scape.minima if p.bound is None or p.bound.value > middle),
                tuple(Tally(how, target, rates) for (how, _), (target, rates) in counted.items()),
                Equality(
                    rf"\alpha \in ]{float(bottom):.4g}, {float(end):.4g}[, {span.start}",
                    ", ".join(f"{len(rates)} {how}" for (how, _), (_, rates) in counted.items()),
                    Means.STURM,
                    holds,
                ),
                cycle,
            )
        )
    return tuple(found)


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
