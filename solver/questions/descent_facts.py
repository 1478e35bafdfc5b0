"""What `descent` found on a polynomial of one variable: its steps, its table, the verdict."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from solver.descent.critical import Landscape
from solver.descent.evidence import ContractionEvidence
from solver.descent.objective import Objective, polynomial_expr
from solver.descent.orbit import update_map
from solver.descent.polynomial import sign
from solver.descent.proofs import Verdict
from solver.descent.trace import Row, shown_rows
from solver.document.figure import FigureSpec, Plot
from solver.errors import SheetError
from solver.expression.tree import Expr
from solver.questions.base import Facts


@dataclass(frozen=True)
class Line:
    """One step worked out: from `before`, the slope by substitution (None where too long), to `after`."""

    k: int
    before: Row
    substitution: Expr | None
    after: Row


@dataclass(frozen=True)
class DescentFacts(Facts):
    """A descent on a polynomial of one variable.

    `lines` are the asked steps, `table` the rows to print (carried on until `until` where it converges),
    `reached` the first k from which the distance to the limit stays ≤ `until`; `moves` the verdict.
    """

    objective: Objective
    scape: Landscape
    start: Fraction
    rate: Fraction
    steps: int
    until: Fraction
    ask: tuple[str, ...]
    lines: tuple[Line, ...]
    iterates: tuple[Row, ...]
    table: tuple[Row, ...]
    verdict: Verdict
    reached: int | None
    decreasing: bool
    decreasing_asked: bool
    increasing_asked: bool
    evidence: ContractionEvidence | None = None
    """What a proof by contraction rests on."""

    @property
    def general(self) -> bool:
        """Whether f is no polynomial (those have facts of their own)."""
        return False

    @property
    def name(self) -> str:
        return self.objective.name

    @property
    def asks_iterates(self) -> bool:
        return "iterates" in self.ask

    @property
    def asks_convergence(self) -> bool:
        return "convergence" in self.ask

    @cached_property
    def shown(self) -> tuple[Row, ...]:
        """The rows of the long table that are printed."""
        return shown_rows(self.table)

    @property
    def compact(self) -> bool:
        """Whether the asked iterates fit on one line: few, and each of few digits."""
        shown = [str(line.after.point) for line in self.lines]
        return len(shown) <= 4 and sum(min(len(text), 12) for text in shown) <= 40

    @property
    def rounded(self) -> tuple[int, ...]:
        """The asked iterates of which only the value to six decimals is printed."""
        return tuple(
            line.k
            for line in self.lines
            if abs(line.after.point) < 10**7 and len(str(line.after.point.denominator)) > 12
        )

    @property
    def update(self) -> Expr:
        """g(w) = w − αf′(w), expanded."""
        assert self.objective.slope is not None
        return polynomial_expr(update_map(self.objective.slope, self.rate), self.objective.variable, True)

    @property
    def stability(self) -> str:
        """What the bounds 2/f″ of the minima say of this rate: it is above all of them (`repels`), below one
        (`attracts`; a minimum where f″ = 0 has no bound), or neither: at a bound f″ no longer decides.
        """
        bounds = [p.bound for p in self.scape.minima]
        if any(b is None or self.rate < b.value for b in bounds):
            return "attracts"
        return "repels" if all(b is not None and self.rate > b.value for b in bounds) else "neither"

    @property
    def flips(self) -> bool:
        """Whether f is of degree 2 and α exactly 2/f″: the distance to the minimum changes sign alone."""
        (only,) = self.scape.points if self.objective.degree == 2 else (None,)
        return only is not None and only.bound is not None and self.rate == only.bound.value

    @property
    def value_digits(self) -> int:
        """The decimals at which different values of f look different, 4 at least; those below 10⁻³ have
        digits of their own.
        """
        values = {r.value for r in self.iterates if abs(r.value) * 1000 >= 1}
        return next((n for n in range(4, 13) if len({round(v, n) for v in values}) == len(values)), 12)

    @property
    def alternates(self) -> bool:
        """Whether the gaps of the last rows of the table change sign each time."""
        gaps = [r.gap for r in self.table if r.gap][-4:]
        return len(gaps) > 1 and all(sign(a) != sign(b) for a, b in itertools.pairwise(gaps))

    @property
    def same_side(self) -> bool:
        """Whether the gaps of the last rows of the table keep one sign."""
        gaps = [r.gap for r in self.table if r.gap][-4:]
        return len(gaps) > 1 and all(sign(a) == sign(b) for a, b in itertools.pairwise(gaps))

    def figures(self) -> Mapping[str, FigureSpec]:
        from solver.questions.descent_figures import as_float, descent_panel

        return {"run": Plot((descent_panel(self.scape, [as_float(r.point) for r in self.table]),))}

    def public(self) -> Mapping[str, object]:
        limit = self.verdict.limit

        def row(k: int) -> Row:
            if not 0 <= k < len(self.table):
                raise SheetError(f"this descent has {len(self.table)} iterates, from 0; {k} is asked")
            return self.table[k]

        verdict: dict[str, object] = {
            "behaviour": self.verdict.behaviour,
            "nature": self.verdict.nature or "",
            "period": self.verdict.period or 0,
            "limit": limit.told if limit is not None else "",
        }
        return {
            "start": self.start,
            "rate": self.rate,
            "steps": self.steps,
            **verdict,
            "verdict": verdict,
            "factor": self.verdict.factor.told if self.verdict.factor is not None else "",
            "reached": self.reached if self.reached is not None else "",
            "point": lambda k: row(k).point,
            "value": lambda k: row(k).value,
            "slope": lambda k: row(k).slope,
            "points": [r.point for r in self.iterates],
            "values": [r.value for r in self.iterates],
        }
