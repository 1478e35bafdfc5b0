"""What `starts` found: where each start leads, with small rates and with the rates tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from solver.descent.critical import CriticalPoint, Landscape
from solver.descent.invariant import Confinement
from solver.descent.proofs import Verdict
from solver.descent.ranges import Crossing, Ranges
from solver.descent.trace import Row
from solver.document.figure import FigureSpec, Plot
from solver.questions.cycle_proofs import CycleFacts
from solver.questions.start_scan import Followed, Scanned


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
    """One start: what it implies for every rate, the rates tried, and the ranges scanned.

    `position` says where the start stands: minimum, maximum, inflection (exactly on it) or slope.
    """

    start: Fraction
    span: Ranges
    minima: tuple[CriticalPoint, ...]
    trials: tuple[Trial, ...]
    scanned: tuple[Scanned, ...]
    named: bool
    """Whether the sheet names the rates."""
    solved: bool
    """Whether f is of degree 2 with a minimum: one formula then tells every rate."""
    confinements: tuple[Confinement, ...] = ()
    """Which of the `missed` minima no rate at all leads to, with the proof."""

    @property
    def position(self) -> str:
        return self.span.here.nature if self.span.here is not None else "slope"

    def with_outcome(self, outcome: str) -> tuple[Trial, ...]:
        return tuple(t for t in self.trials if t.outcome == outcome)

    @property
    def landings(self) -> tuple[Crossing, ...]:
        """The rates whose first step lands on a critical point, in increasing order."""
        return tuple(sorted(self.span.crossings, key=lambda c: c.rate.value))

    @property
    def tabled(self) -> bool:
        """Whether the rates tried need a table of their own: they are of the sheet, or nothing is scanned and
        no formula tells all.
        """
        return self.named or not (self.scanned or self.solved)

    @property
    def followed(self) -> tuple[Trial, ...]:
        """The rates tried that no table holds: neither scanned nor landing at the first step."""
        if self.tabled or self.solved:
            return ()
        told = {run.rate for place in self.scanned for t in place.tallies for run in t.runs}
        told |= {c.rate.value for c in self.span.crossings if c.rate.rational}
        return tuple(t for t in self.trials if t.rate not in told)

    @property
    def bounded(self) -> bool:
        """Whether one of the minima has a stability bound."""
        return any(p.bound is not None for p in self.minima)

    @property
    def cycles(self) -> tuple[Trial | Followed, ...]:
        """The rates shown, in a table or a sentence, whose runs end on a cycle, in increasing order."""
        shown = self.trials if self.tabled else self.followed
        found: dict[Fraction, Trial | Followed] = {t.rate: t for t in shown if t.outcome == "cycle"}
        found |= {run.rate: run for place in self.scanned for run in place.cycles}
        return tuple(found[rate] for rate in sorted(found))

    @property
    def valley(self) -> CriticalPoint | None:
        """The first minimum beyond the bump."""
        bump = self.span.bump
        if bump is None:
            return None
        after = [c.point for c in self.span.crossings]
        far = after[after.index(bump.point) + 1 :]
        return next((p for p in far if p.nature == "minimum"), None)

    @property
    def unsure(self) -> bool:
        """Whether the run of some scanned rate is not decided."""
        return any(t.outcome == "unknown" for s in self.scanned for t in s.tallies)

    @property
    def outcomes(self) -> frozenset[str]:
        """All that was seen to happen, rates tried and rates scanned together."""
        tried = {t.outcome for t in self.trials}
        back = {"cycle"} if self.span.returns else set()
        return frozenset(tried | back | {t.outcome for s in self.scanned for t in s.tallies})

    @property
    def others(self) -> tuple[CriticalPoint, ...]:
        """The other minima that some rate, tried or scanned, leads to (landings at the first step apart)."""
        reached = [
            t.verdict.target
            for t in self.trials
            if t.outcome == "other"
            and not (t.verdict.proof.kind == "stationary" and t.verdict.proof.index == 1)
        ]
        reached += [t.target for s in self.scanned for t in s.tallies if t.outcome == "other"]
        seen = {p.index: p for p in reached if p is not None}
        return tuple(seen[i] for i in sorted(seen))

    @property
    def missed(self) -> tuple[CriticalPoint, ...]:
        """The minima that neither a small rate nor any rate tried or scanned leads to."""
        found = [*self.others, self.span.target]
        return tuple(p for p in self.minima if p not in found)

    @property
    def barred(self) -> tuple[CriticalPoint, ...]:
        """The minima that no rate leads to, by proof, unless an iterate is exactly one of them."""
        return tuple(found.point for found in self.confinements)

    @property
    def unseen(self) -> tuple[CriticalPoint, ...]:
        """The minima that no rate tried leads to, without a proof for the others."""
        return tuple(p for p in self.missed if p not in self.barred)

    def landings_on(self, points: tuple[CriticalPoint, ...]) -> tuple[Crossing, ...]:
        """The rates whose first step lands exactly on one of these points."""
        return tuple(c for c in self.landings if c.point in points)


@dataclass(frozen=True)
class StartsFacts(CycleFacts):
    """Descents from several starts."""

    scape: Landscape
    ask: tuple[str, ...]
    starts: tuple[StartFacts, ...]
    argued: bool = False
    """Whether the argument for attracting cycles stands in an earlier answer."""

    @property
    def proved_cycles(self) -> tuple[Trial | Followed, ...]:
        return tuple(r for one in self.starts for r in one.cycles) if self.asks_destinations else ()

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
    def goals(self) -> tuple[CriticalPoint, ...]:
        """The different minima among the targets."""
        return tuple(p for p in self.targets if p.nature == "minimum")

    @property
    def astray(self) -> tuple[StartFacts, ...]:
        """The starts from which small rates end on a critical point that is no minimum."""
        return tuple(s for s in self.starts if s.span.target is not None and s.span.target not in self.goals)

    @property
    def start_decides(self) -> bool:
        """Whether two of these starts lead, with small rates, to two different minima."""
        return len(self.goals) > 1

    @property
    def best(self) -> tuple[CriticalPoint, ...]:
        """The lowest minima."""
        return self.scape.lowest

    @property
    def reach_best(self) -> tuple[StartFacts, ...]:
        """The starts that small rates lead to a lowest minimum."""
        return tuple(s for s in self.starts if s.span.target is not None and s.span.target in self.best)

    @property
    def best_goals(self) -> tuple[CriticalPoint, ...]:
        """The lowest minima among the `goals`."""
        return tuple(p for p in self.goals if p in self.best)

    @property
    def miss_best(self) -> tuple[StartFacts, ...]:
        """The starts that small rates lead to a minimum that is not a lowest one."""
        return tuple(s for s in self.starts if s.span.target in self.goals and s not in self.reach_best)

    def figures(self) -> Mapping[str, FigureSpec]:
        from solver.questions.descent_figures import as_float, descent_panel

        panels = [
            descent_panel(
                self.scape,
                [as_float(r.point) for r in trial.run],
                f"{letter}$w^{{(0)}} = {float(s.start):g},\\ \\alpha = {float(trial.rate):.4g}$",
            )
            for letter, (s, trial) in zip(self.panel_letters, self.drawn, strict=True)
        ]
        columns = 1 if len(panels) == 1 else (3 if len(panels) > 4 else 2)
        return {"runs": Plot(tuple(panels), columns)} if panels else {}

    @property
    def panel_letters(self) -> tuple[str, ...]:
        """(a), (b), … before the titles of the panels, where there are several."""
        count = len(self.drawn)
        return tuple(f"({chr(ord('a') + i)}) " if count > 1 else "" for i in range(count))

    @property
    def drawn(self) -> tuple[tuple[StartFacts, Trial], ...]:
        """The runs of the figure, at most six: for each start that of the smallest rate, then other fates,
        those not yet drawn first.
        """
        room = max(1, 6 // max(1, len(self.starts)))
        seen: set[str] = set()
        found: list[tuple[StartFacts, Trial]] = []
        for s in self.starts[:6]:
            chosen = list(s.trials[:1])
            order = ("other", "cycle", "infinity", "maximum", "inflection", "unknown")
            for outcome in sorted(order, key=lambda o: o in seen):
                new = s.with_outcome(outcome)
                if new and len(chosen) < room and all(t.outcome != outcome for t in chosen):
                    chosen.append(new[0])
                    seen.add(outcome)
            found += [(s, t) for t in sorted(chosen, key=lambda t: t.rate)]
        return tuple(found)

    def public(self) -> Mapping[str, object]:
        return {
            "starts": [s.start for s in self.starts],
            "destinations": [
                s.span.target.point.told if s.span.target is not None else "" for s in self.starts
            ],
            "rates": [[t.rate for t in s.trials] for s in self.starts],
            "outcomes": [[t.outcome for t in s.trials] for s in self.starts],
            "safe": [s.span.safe if s.span.safe is not None else "" for s in self.starts],
        }
