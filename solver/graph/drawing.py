"""The drawing of a graph: layers from left to right, computed places, a local derivative on each arrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from solver.document.figure import Diagram, DiagramEdge, DiagramNode
from solver.expression.latex import latex
from solver.expression.tree import Cases, Expr, Symbol, walk
from solver.graph.cost import operations
from solver.graph.model import Edge, Graph

_WIDE = 5
"""Past this many layers a box holds its name alone: equations would not fit side by side."""


_LONG = 4
"""Past this many operations, a local derivative is named on its arrow, not written out."""


def draw(graph: Graph, locals_: Mapping[int, Expr]) -> Diagram:
    """Inputs as grey circles, operations as boxes; `locals_` gives the derivative of an edge by its index."""
    layers = layer_of(graph)
    rows = row_of(graph, layers)
    wide = max(layers.values(), default=0) >= _WIDE
    nodes = []
    for node in graph.nodes:
        equation = graph.equation(node)
        place = float(layers[node.name]), rows[node.name]
        name = latex(node)
        if equation is None:
            nodes.append(DiagramNode(node.name, f"${name}$", *place, filled=True))
        else:
            label = f"${name}$" if wide else f"${name} = {latex(equation.expression)}$"
            nodes.append(DiagramNode(node.name, label, *place, shape="box"))
    edges = tuple(
        DiagramEdge(
            edge.source.name,
            edge.target.name,
            _label(edge, locals_[index]) if index in locals_ else "",
        )
        for index, edge in enumerate(graph.edges())
    )
    return Diagram(tuple(nodes), edges)


def _label(edge: Edge, local: Expr) -> str:
    """The local derivative, or ∂v/∂u where it is too long for an arrow or defined by pieces."""
    if any(isinstance(node, Cases) for node in walk(local)) or operations(local).total > _LONG:
        return rf"$\frac{{\partial {latex(edge.target)}}}{{\partial {latex(edge.source)}}}$"
    return f"${latex(local)}$"


def layer_of(graph: Graph) -> dict[str, int]:
    """The column of each node: right of all that it uses; an input stands just left of its first use."""
    layers: dict[str, int] = {symbol.name: 0 for symbol in graph.inputs}
    for equation in graph.equations:
        layers[equation.target.name] = 1 + max((layers[o.name] for o in equation.operands), default=-1)
    for symbol in graph.inputs:
        uses = [layers[edge.target.name] for edge in graph.edges() if edge.source.name == symbol.name]
        if uses:
            layers[symbol.name] = min(uses) - 1
    return layers


def row_of(graph: Graph, layers: Mapping[str, int]) -> dict[str, float]:
    """The height of each node: leaves from top to bottom in the order in which the output reaches them.

    An operation stands halfway between what it uses; nodes of one column are then pushed at least 1 apart.
    """
    order = _reading_order(graph)
    rows: dict[str, float] = {}
    leaves = [node for node in order if graph.equation(node) is None]
    for index, node in enumerate(leaves):
        rows[node.name] = -float(index)
    for equation in graph.equations:
        used = dict.fromkeys(operand.name for operand in equation.operands)
        heights = [rows[name] for name in used]
        rows[equation.target.name] = sum(heights) / len(heights) if heights else -float(len(leaves))
    columns: dict[int, list[Symbol]] = {}
    for node in order:
        columns.setdefault(layers[node.name], []).append(node)
    for column in columns.values():
        _push_apart(column, rows)
    return rows


def _push_apart(column: Sequence[Symbol], rows: dict[str, float]) -> None:
    """Spreads the nodes of a column so that neighbours are at least 1 apart, around the same middle."""
    placed = sorted(column, key=lambda node: -rows[node.name])
    before = sum(rows[node.name] for node in placed) / len(placed)
    for upper, lower in pairwise(placed):
        rows[lower.name] = min(rows[lower.name], rows[upper.name] - 1.0)
    shift = before - sum(rows[node.name] for node in placed) / len(placed)
    for node in placed:
        rows[node.name] += shift


def _reading_order(graph: Graph) -> tuple[Symbol, ...]:
    """Every node once, operands before what uses them, as the output's formula is read; unused nodes last."""
    seen: dict[str, Symbol] = {}
    roots = [graph.output, *(node for node in reversed(graph.nodes))]
    for root in roots:
        stack: list[tuple[Symbol, bool]] = [(root, False)]
        while stack:
            node, done = stack.pop()
            if node.name in seen:
                continue
            equation = graph.equation(node)
            if done or equation is None:
                seen[node.name] = node
                continue
            stack.append((node, True))
            stack.extend((operand, False) for operand in reversed(equation.operands))
    return tuple(seen.values())
