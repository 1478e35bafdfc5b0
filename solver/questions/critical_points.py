"""`critical-points`: where f′ vanishes, exactly; what each point is; the sign of f′; the basins of
descent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from solver.descent.critical import Landscape
from solver.document.figure import FigureSpec, Panel, Plot
from solver.errors import SheetError
from solver.questions.base import Facts, Question, Scope
from solver.questions.descent import studied
from solver.questions.options import FunctionOption, RangeOption


@dataclass(frozen=True)
class CriticalFacts(Facts):
    """The critical points of a polynomial."""

    scape: Landscape
    form: str = "polynomial"

    @property
    def name(self) -> str:
        return self.scape.objective.name

    def figures(self) -> Mapping[str, FigureSpec]:
        from solver.questions.descent_figures import critical_marks, curve_of, window

        low, high = window(self.scape, [])
        x_name = self.scape.objective.variable.latex or self.scape.objective.variable.name
        panel = Panel(
            curves=(curve_of(self.scape, low, high),),
            marks=tuple(critical_marks(self.scape, low, high)),
            x_label=f"${x_name}$",
            y_label=f"${self.name}({x_name})$",
            x_range=(low, high),
        )
        return {"curve": Plot((panel,))}

    def public(self) -> Mapping[str, object]:
        return {
            "points": [p.point.told for p in self.scape.points],
            "natures": [p.nature for p in self.scape.points],
            "values": [p.value.told for p in self.scape.points],
            "curvatures": [p.curvature.told for p in self.scape.points],
            "bounds": [p.bound.told if p.bound is not None else "" for p in self.scape.points],
        }


class CriticalPoints(Question):
    """Critical points, their nature, the sign table and the basins."""

    kind: ClassVar[str] = "critical-points"
    of: FunctionOption
    """The function: a polynomial of one variable, any other with `range`, or a quadratic one of several."""
    range: RangeOption | None = None
    """The open interval searched, `-3, 3`; needed for a function of one variable that is no polynomial."""

    def solve(self, scope: Scope) -> Facts:
        from solver.descent.polynomial import read_polynomial
        from solver.questions.critical_beyond import of_quadratic, on_range

        if len(self.of.variables) > 1:
            if self.range is not None:
                raise SheetError("a range is for a function of one variable").about("range")
            return of_quadratic(self.of)
        if self.range is not None:
            return on_range(self.of, *self.range)
        if read_polynomial(self.of.expression, self.of.variable) is None:
            raise SheetError(
                "beyond polynomials, critical points are looked for on a range",
                hint="Name it: `:range: -3, 3`.",
            ).about("of")
        scape = studied(self.of)
        return CriticalFacts(checks=(*scape.objective.checks, *scape.checks), scape=scape)
