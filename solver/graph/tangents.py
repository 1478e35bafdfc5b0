"""Forward mode in numbers: v̇ = Σ ∂v/∂u · u̇ through the local derivatives, one pass an input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from solver.expression.tree import Symbol
from solver.graph.backward import Backward
from solver.graph.chain import LocalDerivative
from solver.graph.forward import Value, plus, times, value_of
from solver.graph.model import Edge, Graph


def tangent_values(
    graph: Graph, locals_: Sequence[LocalDerivative], numbers: Backward, seed: Symbol
) -> dict[str, Value]:
    """The tangent of every node where `seed` moves with speed 1; at a kink, with the slope taken there.

    `numbers` hold the values of all nodes. A node that does not depend on `seed` has the tangent 0; one that
    the output does not depend on has none.
    """
    speeds: dict[str, Value] = {symbol.name: Fraction(int(symbol == seed)) for symbol in graph.inputs}
    taken = {kink.edge: kink.taken for kink in (*numbers.kinks, *numbers.harmless)}
    entering: dict[str, list[LocalDerivative]] = {}
    for local in locals_:
        entering.setdefault(local.edge.target.name, []).append(local)
    needed = graph.between(graph.nodes)
    for equation in graph.equations:
        if equation.target.name not in needed:
            continue
        speed: Value = Fraction(0)
        for local in entering.get(equation.target.name, ()):
            moving = speeds[local.edge.source.name]
            if moving != 0:
                speed = plus(speed, times(_slope(local, taken, numbers.values), moving))
        speeds[equation.target.name] = speed
    return speeds


def _slope(local: LocalDerivative, taken: Mapping[Edge, Value], known: Mapping[str, Value]) -> Value:
    kink = taken.get(local.edge)
    return value_of(local.expression, known) if kink is None else kink
