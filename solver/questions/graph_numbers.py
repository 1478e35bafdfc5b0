"""The derivatives along a graph in numbers: those that exist at a point, and where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from solver.derivation.equality import Equality, Means
from solver.errors import CorrigeError, SheetError
from solver.expression.latex import latex
from solver.expression.tree import Symbol
from solver.graph.backward import backward_values
from solver.graph.chain import Chain, Gradient
from solver.graph.forward import Value, values
from solver.graph.model import Graph
from solver.graph.sided import sides
from solver.graph.verify import agree, slope_at
from solver.questions.autograd_rows import AtKink, shown


def values_at(graph: Graph, point: Mapping[str, Fraction]) -> dict[str, Value]:
    """The value of every node; a SheetError about the point where an operation has none there."""
    try:
        return values(graph, point)
    except CorrigeError as fault:
        raise SheetError(fault.message, hint=fault.hint).about("at") from None


@dataclass(frozen=True)
class Numbers:
    """The derivatives asked for that exist at a point, and what L has there where there is none."""

    found: tuple[tuple[Gradient, Value], ...] = ()
    astray: tuple[AtKink, ...] = ()
    checks: tuple[Equality, ...] = ()

    @staticmethod
    def shown(value: Value) -> str:
        """A value as the wording shows it."""
        return shown(value)


def numbers_at(chain: Chain, asked: tuple[Symbol, ...], point: Mapping[str, Fraction]) -> Numbers:
    """What L has at the point, by each variable asked for (nothing without a point).

    A derivative is checked by dual numbers. Where operations have none, the slopes on the sides decide
    whether there is one: what a convention gives in its place is no derivative, and is not written.
    """
    if not point:
        return Numbers()
    graph = chain.graph
    run_back = backward_values(chain.backward, values_at(graph, point))
    where = ", ".join(f"{latex(s)} = {latex(point[s.name])}" for s in graph.inputs)
    found, astray, checks = [], [], []
    for symbol in asked:
        gradient = chain.gradient(symbol)
        given = value = run_back.values[gradient.symbol.name]
        if run_back.kinks:
            at_kink = AtKink(gradient.adjoint, given, sides(graph, run_back.values, symbol))
            if at_kink.derivative is None:
                astray.append(at_kink)
                continue
            value = at_kink.derivative
        found.append((gradient, value))
        slope = slope_at(graph, run_back.values, symbol, run_back.taken) if agree(given, value) else None
        holds = None if slope is None else agree(value, slope)
        text = latex(value) if isinstance(value, Fraction) else value.decimal(6)
        checks.append(Equality(f"{latex(gradient.symbol)} ({where})", text, Means.DUAL, holds))
    return Numbers(tuple(found), tuple(astray), tuple(checks))
