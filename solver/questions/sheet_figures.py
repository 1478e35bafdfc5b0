"""Figures of the statement: drawn from what is given only, so they show no answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from solver.document.figure import Curve, FigureSpec, Panel, Plot, Point
from solver.errors import SheetError
from solver.expression.latex import latex
from solver.expression.tree import Apply, Expr, Symbol
from solver.questions.base import Facts, Question, Scope
from solver.questions.options import (
    Function,
    FunctionOption,
    NamesOption,
    NetworkOption,
    RangeOption,
    read_function,
)
from solver.sheet.model import NetworkGiven

FIGURES: dict[str, str] = {
    "curve": "solver.questions.sheet_figures:CurveFigure",
    "functions": "solver.questions.sheet_figures:FunctionsFigure",
    "network": "solver.questions.sheet_figures:NetworkFigure",
}

_SAMPLES = 241
_STYLES = ("solid", "dashed", "dotted", "dashdot")


@dataclass(frozen=True)
class FigureFacts(Facts):
    """One drawing (`main`) and what its caption names."""

    spec: FigureSpec
    names: tuple[str, ...]
    variable: str = ""
    layers: tuple[int, ...] = ()

    def figures(self) -> Mapping[str, FigureSpec]:
        return {"main": self.spec}


def sample(
    expression: Expr, variable: Symbol, low: Fraction, high: Fraction, count: int = _SAMPLES
) -> tuple[Point | None, ...]:
    """The curve of `expression` at `count` evenly spaced points; None where it has no value."""
    from solver.expression.evaluate import ball

    points: list[Point | None] = []
    for i in range(count):
        x = low + (high - low) * Fraction(i, count - 1)
        y = float(ball(expression, {variable.name: x}, bits=64).mid())
        points.append((float(x), y) if abs(y) < float("inf") else None)
    return tuple(points)


class CurveFigure(Question):
    """The curve of a given function over a range."""

    kind: ClassVar[str] = "curve"
    of: FunctionOption
    """The function of one variable to draw."""
    range: RangeOption
    """The ends of the abscissa."""

    def solve(self, scope: Scope) -> FigureFacts:
        """Samples the function; nothing is derived."""
        v = self.of.variable
        points = sample(self.of.expression, v, *self.range)
        label = f"${self.of.name}({latex(v)})$"
        panel = Panel(
            (Curve(points),),
            x_label=f"${latex(v)}$",
            y_label=label,
            x_range=(float(self.range[0]), float(self.range[1])),
        )
        return FigureFacts((), Plot((panel,)), (label,), f"${latex(v)}$")


class FunctionsFigure(Question):
    """The curves of several functions, side by side."""

    kind: ClassVar[str] = "functions"
    functions: NamesOption
    """Functions by name, given ones, or expressions."""
    range: RangeOption
    """The ends of the abscissa."""

    def solve(self, scope: Scope) -> FigureFacts:
        """Samples each function; the range is that of the abscissa."""
        from solver.expression.functions import FUNCTIONS

        panels, names = [], []
        for style, text in zip(_STYLES * len(self.functions), self.functions, strict=False):
            if text in FUNCTIONS and text not in scope.givens:
                x = Symbol("x")
                function = Function(text, (x,), Apply(text, (x,)))
            else:
                function = read_function(text, scope)
            v = function.variable
            name = f"${latex(function.expression)}$" if text not in scope.givens else f"${text}({latex(v)})$"
            names.append(name)
            panels.append(
                Panel(
                    (Curve(sample(function.expression, v, *self.range), style=style),),
                    title=name,
                    x_label=f"${latex(v)}$",
                    x_range=(float(self.range[0]), float(self.range[1])),
                )
            )
        if not panels:
            raise SheetError("at least one function is needed")
        return FigureFacts((), Plot(tuple(panels), columns=min(3, len(panels))), tuple(names))


class NetworkFigure(Question):
    """The drawing of a network: its layers and their sizes."""

    kind: ClassVar[str] = "network"
    of: NetworkOption
    """The network, by the name of its block."""

    def solve(self, scope: Scope) -> FigureFacts:
        """Draws the architecture alone."""
        from solver.network.drawing import network_diagram
        from solver.network.record import record_of

        given: NetworkGiven = self.of
        record = record_of(given)
        return FigureFacts((), network_diagram(record), (given.name,), layers=tuple(record.layers))
