"""What `rates` found: a row a rate, the bounds, the comparison of speeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from flint import arb, ctx

from solver.descent.borderline import AtBound, FlatLaw
from solver.descent.critical import CriticalPoint, Landscape
from solver.descent.orbit import scout, update_map
from solver.descent.polynomial import dyadic, rational
from solver.descent.proofs import Verdict
from solver.descent.quantity import Quantity
from solver.descent.ranges import Ranges
from solver.descent.trace import Row
from solver.document.figure import FigureSpec
from solver.questions.cycle_proofs import CycleFacts


@dataclass(frozen=True)
class RateRow:
    """One rate: its verdict, the steps to each tolerance (None: not reached in `STEP_CAP` steps, or no
    limit).

    `asked` says whether the sheet names it, `first` holds its first iterates.
    """

    rate: Fraction
    verdict: Verdict
    steps: tuple[int | None, ...]
    asked: bool
    first: tuple[Row, ...]

    @property
    def converges(self) -> bool:
        return self.verdict.behaviour == "converges"

    @property
    def lucky(self) -> bool:
        """Whether an iterate is exactly the limit although 1 − αf″ is not 0: chance, no sign of speed."""
        proof, factor = self.verdict.proof, self.verdict.factor
        return proof.kind == "stationary" and proof.index > 0 and factor is not None and factor.value != 0

    @property
    def counts(self) -> bool:
        """Whether its steps to the last tolerance are known and say how quick the rate is."""
        return self.converges and self.steps[-1] is not None and not self.lucky

    @property
    def at_rest(self) -> bool:
        """Whether nothing moves, from the start on."""
        return self.verdict.proof.kind == "stationary" and self.verdict.proof.index == 0

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


def clearly_slower(slow: RateRow, quick: RateRow) -> bool:
    """Whether `slow` takes more steps than `quick` to every tolerance, by a quarter at least."""
    return all(
        a is not None and b is not None and a > b and 4 * a >= 5 * b
        for a, b in zip(slow.steps, quick.steps, strict=True)
    )


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
    def divided(self) -> Fraction:
        """By how many times the slow rate is smaller than the quick one (below 1: it is larger)."""
        return self.quick.rate / self.slow.rate

    @property
    def per_decimal(self) -> Fraction | None:
        """The quotient of the steps per decimal, which explains `times`; None where one is unknown."""
        slow, quick = self.slow.per_decimal, self.quick.per_decimal
        return None if slow is None or quick is None else slow / quick

    @property
    def nearness(self) -> str:
        """exactly, almost or over; small where `times` is under 7/4: a number of times says nothing then."""
        if self.whole < 2:
            return "small"
        return "exactly" if self.times == self.whole else ("almost" if self.times < self.whole else "over")


@dataclass(frozen=True)
class RatesFacts(CycleFacts):
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

    flat: FlatLaw | None = None
    """The law of the slow convergence to `reference` where f″ = 0 there."""
    edge: AtBound | None = None
    """What happens near `reference` at its stability bound."""

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
    argued: bool = False
    """Whether the argument for attracting cycles stands in an earlier answer."""

    @property
    def name(self) -> str:
        return self.scape.objective.name

    @property
    def proved_cycles(self) -> tuple[RateRow, ...]:
        return self.rows if self.asks_choice and self.span.direction else ()

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
    def counted(self) -> tuple[RateRow, ...]:
        """Those whose steps to the last tolerance tell how quick they are."""
        return tuple(r for r in self.to_reference if r.counts)

    @property
    def quickest(self) -> RateRow | None:
        """The rate tried that reaches the last tolerance first."""
        return min(self.counted, key=lambda r: r.steps[-1] or 0, default=None)

    @property
    def slow_small(self) -> RateRow | None:
        """The slowest rate below the quickest one."""
        return self._slowest(-1)

    @property
    def slow_large(self) -> RateRow | None:
        """The slowest rate above the quickest one."""
        return self._slowest(1)

    def _slowest(self, side: int) -> RateRow | None:
        best = self.quickest
        beside = [r for r in self.counted if best is not None and (r.rate - best.rate) * side > 0]
        found = max(beside, key=lambda r: r.steps[-1] or 0, default=None)
        return found if found is not None and best is not None and clearly_slower(found, best) else None

    @property
    def confirms(self) -> bool:
        """Whether the quickest rate tried is also the only one whose |1 − αf″(w*)| is least, where 1/f″(w*)
        itself leads there and no other rate lands there sooner.
        """
        sizes = {r.rate: abs(r.verdict.factor.value) for r in self.counted if r.verdict.factor is not None}
        quick = self.quickest
        if quick is None or len(sizes) < 3 or not self.best_is_reached:
            return False
        if any((r.steps[-1] or 0) < (quick.steps[-1] or 0) for r in self.lucky):
            return False
        least = min(sizes.values())
        return [rate for rate, size in sizes.items() if size == least] == [quick.rate]

    @property
    def lucky(self) -> tuple[RateRow, ...]:
        """The rates tried with which an iterate happens to be exactly w*."""
        return tuple(r for r in self.to_reference if r.lucky)

    @property
    def estimate(self) -> tuple[RateRow, Fraction, Fraction] | None:
        """An asked rate, the first tolerance that it does not reach in the steps run, and the steps that
        `flat` foretells.
        """
        if self.flat is None:
            return None
        for row in self.asked_rows:
            for tolerance, count in zip(self.tolerances, row.steps, strict=True):
                if row in self.to_reference and count is None:
                    return row, tolerance, self.flat.steps(row.rate, tolerance)
        return None

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
        slowest = max(self.counted, key=lambda r: r.steps[-1] or 0, default=None)
        picked = [r for r in counted if r.asked][:2]
        if self.bound is not None:
            under = [r for r in counted if r.rate < self.bound.value]
            over = [
                r for r in self.rows if r.rate >= self.bound.value and r.verdict.proof.kind != "stationary"
            ]
            picked += [r for r in (*under[-1:], *over[:1]) if r not in picked]
        picked += [r for r in (self.quickest, slowest) if r is not None and r not in picked]
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
