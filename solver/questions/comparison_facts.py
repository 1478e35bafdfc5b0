"""What `comparison` found: a row for each combination, who is quickest, the figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from flint import ctx

from solver.derivation.step import Derivation
from solver.descent.answer import Answer
from solver.descent.replay import BITS
from solver.descent.told import number_text
from solver.descent.updates import Iterate, Real, Vector, difference, to_ball, to_fraction
from solver.document.figure import Curve, FigureSpec, Panel, Plot
from solver.questions.base import Facts
from solver.questions.followed import (
    Chosen,
    Place,
    Point,
    norm_of,
)
from solver.questions.optimiser_formulas import GREEK, point_text, put, told

DRAWN_CURVES = 8
DRAWN_PATHS = 4
SHORT = {
    "gd": "GD", "momentum": "Momentum", "nesterov": "Nesterov", "adagrad": "AdaGrad", "rmsprop": "RMSProp",
    "adam": "Adam", "adamw": "AdamW", "newton": "Newton",
}  # fmt: skip
"""The names under which lecturers of any language know the methods."""


@dataclass(frozen=True)
class Row:
    """One combination. `last` is the asked iterate (None where the run does not get there), `sizes` the
    distance to the limit or the norm of the gradient at each step, `hits` the first step at which it is at
    most each tolerance. `is_told`: whether an earlier answer proves the same verdict.
    """

    chosen: Chosen
    start: Point
    rate: Fraction
    found: Answer
    iterates: tuple[Iterate, ...]
    last: Place | None
    sizes: tuple[Real, ...]
    hits: tuple[int | None, ...]
    is_told: bool = False

    @property
    def method(self) -> str:
        """The method's short name with the parameters that the sheet gives, as LaTeX."""
        given = ",\\ ".join(f"{GREEK[name]} = {put(x).text}" for name, x in self.chosen.given)
        name = rf"\text{{{SHORT[self.chosen.method.name]}}}"
        return rf"{name}\ \left({given}\right)" if given else name

    @property
    def behaviour(self) -> str:
        return self.found.outcome.behaviour

    @property
    def distance(self) -> Fraction | None:
        """The distance of the asked iterate to the proved limit, if any."""
        limit = self.found.outcome.limit
        return to_fraction(gap_of(self.last.point, limit)) if self.last is not None and limit else None

    @property
    def norm(self) -> Fraction | None:
        """‖∇f‖ at the asked iterate."""
        return to_fraction(norm_of(self.last.gradient)) if self.last is not None else None

    def settled(self, tolerance: Fraction) -> int | None:
        """The step from which every size computed is at most a tolerance; None where the last is not."""
        above = [k for k, size in enumerate(self.sizes) if not within(size, tolerance)]
        first = above[-1] + 1 if above else 0
        return first if first < len(self.sizes) else None

    @property
    def value(self) -> Fraction | None:
        return to_fraction(self.last.value) if self.last is not None else None


@dataclass(frozen=True)
class ComparisonFacts(Facts):
    """A row for each combination. `by` says what the tolerances are about: the distance to the limit where
    every run is decided, else the norm of the gradient.
    """

    name: str
    rows: tuple[Row, ...]
    gradient: tuple[Derivation, ...]
    steps: int
    within: int
    tolerances: tuple[Fraction, ...]
    by: str
    methods_before: tuple[str, ...] = ()
    """The methods whose rule an earlier answer writes."""

    @property
    def several(self) -> bool:
        """Whether f has several variables."""
        return len(self.rows[0].start) > 1

    @property
    def point_name(self) -> str:
        from solver.descent.wording import point_name

        return point_name(self.rows[0].found.run.problem.variables)

    @property
    def coordinates(self) -> tuple[str, ...]:
        from solver.expression.latex import latex

        return tuple(latex(v) for v in self.rows[0].found.run.problem.variables)

    @property
    def varies(self) -> tuple[str, ...]:
        """What differs from row to row among method, start and rate."""
        first = self.rows[0]
        found = {
            "method": any(r.chosen != first.chosen for r in self.rows),
            "start": any(r.start != first.start for r in self.rows),
            "rate": any(r.rate != first.rate for r in self.rows),
        }
        return tuple(name for name, differs in found.items() if differs)

    @property
    def ranked(self) -> tuple[Row, ...]:
        """The rows that are ranked: not those that are proved to end elsewhere than at a minimum."""
        return tuple(r for r in self.rows if r.found.outcome.nature in (None, "minimum"))

    @property
    def reached(self) -> int:
        """The place of the finest tolerance that one of the ranked rows reaches."""
        return max((i for r in self.ranked for i, hit in enumerate(r.hits) if hit is not None), default=0)

    @property
    def quickest(self) -> tuple[Row, ...]:
        """The ranked rows that need the fewest steps for that tolerance; none where none reaches it."""
        there = [r for r in self.ranked if r.hits[self.reached] is not None]
        fewest = min((r.hits[self.reached] or 0 for r in there), default=0)
        return tuple(r for r in there if r.hits[self.reached] == fewest)

    @property
    def returns(self) -> tuple[tuple[Row, Fraction, int, int | None], ...]:
        """(row, tolerance, first step that meets it, step from which all those computed meet it) of the rows
        that go back above a tolerance; None where the last one computed is above.
        """
        return tuple(
            (row, tolerance, hit, settled)
            for row in self.rows
            for tolerance, hit in zip(self.tolerances, row.hits, strict=True)
            if hit is not None and (settled := row.settled(tolerance)) != hit
        )

    @property
    def aside(self) -> tuple[Row, ...]:
        """The rows that reach a tolerance and are not ranked."""
        return tuple(r for r in self.rows if r.hits[0] is not None and r not in self.ranked)

    @property
    def undecided(self) -> Mapping[str, tuple[Row, ...]]:
        """The undecided rows by what is known of them: `stops`, `bounded` or `nothing`."""
        found: dict[str, tuple[Row, ...]] = {}
        for row in self.rows:
            outcome = row.found.outcome
            if row.behaviour == "undecided":
                known = "stops" if outcome.stops else "bounded" if outcome.key == "bounded" else "nothing"
                found[known] = (*found.get(known, ()), row)
        return found

    @property
    def remembers(self) -> bool:
        """Whether one of the methods has states."""
        return any(r.chosen.method.memories for r in self.rows)

    def named(self, row: Row) -> str:
        """A row by what sets it apart, as LaTeX: `\\text{Adam},\\ \\alpha = 0.1`."""
        parts = {
            "method": row.method,
            "start": rf"{self.point_name}^{{(0)}} = {self.point(row.start)}",
            "rate": rf"\alpha = {put(row.rate).text}",
        }
        return r",\ ".join(parts[name] for name in self.varies or ("method",))

    @property
    def rules(self) -> tuple[tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]], ...]:
        """(name, lines of the rule, the parameters that keep their default in all rows) of each method; no
        line where an earlier answer writes them.
        """
        from solver.questions.optimiser_formulas import rule_lines

        own = rf"{self.point_name}_i" if self.several else self.coordinates[0]
        below = "_i" if self.several else ""
        given = {(r.chosen.method.name, p) for r in self.rows for p, _ in r.chosen.given}
        methods = {r.chosen.method.name: r.chosen.method for r in self.rows}
        return tuple(
            (
                SHORT[name],
                ()
                if name in self.methods_before
                else tuple(line.replace("&", "") for line in rule_lines(name, own, below)),
                tuple((GREEK[p], put(x).text) for p, x in m.parameters.items() if (name, p) not in given),
            )
            for name, m in methods.items()
        )

    def point(self, point: Vector) -> str:
        """A point as LaTeX."""
        return point_text(point)

    def told(self, x: Real) -> str:
        """A number with its relation."""
        return told(x)

    def verdict(self, row: Row, lang: str) -> str:
        """What the infinite run of a row does, as the end of a sentence."""
        from solver.descent.written import verdict

        return verdict(row.found, lang)

    def proof(self, row: Row, lang: str) -> str:
        """The sentences that prove it."""
        from solver.descent.wording import proof_about, sentences

        found, first = row.found, self.rows.index(row)
        earlier = [r for r in self.rows[:first] if r.chosen == row.chosen and not r.is_told]
        key = f"{found.outcome.key}_again"
        if key in sentences(lang)["proof"] and any(r.found.outcome.key == found.outcome.key for r in earlier):
            found = replace(found, outcome=replace(found.outcome, key=key))
        return proof_about(found, lang, self.name)

    def behaviour(self, row: Row, lang: str) -> str:
        """The verdict in one word or two."""
        from solver.descent.wording import sentences

        return str(sentences(lang)["behaviour"][row.behaviour])

    def figures(self) -> Mapping[str, FigureSpec]:
        from solver.questions.plane import run_panel

        styles = ("solid", "dashed", "dotted", "dashdot")
        drawn = self.rows[:DRAWN_CURVES]
        ends = [hit for r in drawn for hit in r.hits if hit is not None]
        last = max([self.steps, *ends]) if ends else self.within
        curves = tuple(
            Curve(
                tuple((float(k), seen) for k, x in enumerate(r.sizes[: last + 1]) if (seen := _seen(x))),
                f"${self.named(r)}$",
                styles[i % 4],
            )
            for i, r in enumerate(drawn)
        )
        name, slope = self.point_name, rf"\nabla {self.name}" if self.several else f"{self.name}'"
        bars = (r"\lVert", r"\rVert") if self.several else (r"\lvert", r"\rvert")
        size = (
            rf"${bars[0]} {name}^{{(k)}} - {name}^* {bars[1]}$"
            if self.by == "distance"
            else rf"${bars[0]} {slope}({name}^{{(k)}}) {bars[1]}$"
        )
        panel = Panel(
            curves=curves,
            x_label="$k$",
            y_label=size,
            log_y=True,
            horizontals=tuple(map(float, self.tolerances)),
        )
        found: dict[str, FigureSpec] = {"speeds": Plot((panel,))}
        if self.drawn_paths:
            run = self.rows[0].found.run
            paths = [(f"${self.named(r)}$", r.iterates[: self.steps + 1]) for r in self.rows]
            known = {
                tuple(float(to_fraction(x)) for x in limit)
                for r in self.rows
                if (limit := r.found.outcome.limit)
            }
            found["paths"] = Plot((run_panel(run, paths, sorted(known), self.name),))
        return found

    @property
    def drawn_paths(self) -> bool:
        """Whether the paths are drawn: in the plane, and few of them."""
        return len(self.rows[0].start) == 2 and len(self.rows) <= DRAWN_PATHS

    def public(self) -> Mapping[str, object]:
        return {
            "methods": [r.chosen.method.name for r in self.rows],
            "starts": [list(r.start) for r in self.rows],
            "rates": [r.rate for r in self.rows],
            "values": [r.value if r.value is not None else "" for r in self.rows],
            "norms": [r.norm if r.norm is not None else "" for r in self.rows],
            "behaviours": [r.behaviour for r in self.rows],
            "limits": [
                [number_text(x) for x in limit] if (limit := r.found.outcome.limit) else "" for r in self.rows
            ],
            "hits": [[h if h is not None else "" for h in r.hits] for r in self.rows],
            "by": self.by,
        }


def within(size: Real, tolerance: Fraction) -> bool:
    """Whether a number is surely at most a tolerance."""
    return bool(to_ball(size) <= to_ball(tolerance))


def gap_of(point: Vector, limit: Vector) -> Real:
    """The distance of two points, exactly where it is rational."""
    with ctx.workprec(BITS):
        return norm_of(tuple(difference(x, y) for x, y in zip(point, limit, strict=True)))


def _seen(x: Real) -> float | None:
    """A size for a logarithmic axis; None where it is too small or too large for it."""
    value = to_fraction(x)
    return float(value) if Fraction(1, 10**14) < value < 10**12 else None
