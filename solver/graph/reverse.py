"""Reverse mode: one pass over the equations, last to first, gives the derivative of the output by every node.

Each adjoint ∂L/∂v stays a named symbol in the adjoints that use it, so the work is one product an edge,
whatever the size of the expanded expression.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from solver.expression.tree import ONE, ZERO, Expr, Number, Product, Symbol
from solver.graph.local import local_derivatives, product, total
from solver.graph.model import Edge, Equation, Graph


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one consumer sends back: `adjoint` = ∂L/∂consumer (a name) times `local` = ∂consumer/∂node."""

    consumer: Symbol
    adjoint: Symbol
    local: Expr
    edge: Edge

    def term(self, output: Symbol) -> Expr:
        """adjoint · local as it is added up; ∂L/∂L, which is 1, is not written."""
        if self.consumer.name == output.name:
            return self.local
        match self.local:
            case Product((Number(value), *rest)) if value > 0:
                return Product((self.adjoint, self.local.factors[0], *rest))
            case _:
                return product([self.adjoint, self.local])


@dataclass(frozen=True, slots=True)
class Adjoint:
    """∂L/∂node: its `symbol`, what each use of the node sends back, and their sum, written with names."""

    node: Symbol
    symbol: Symbol
    contributions: tuple[Contribution, ...]
    expression: Expr

    @property
    def is_shared(self) -> bool:
        """Whether several uses of the node send something back, so that there is a sum."""
        return len(self.contributions) > 1


@dataclass(frozen=True, slots=True)
class Reverse:
    """The adjoints of the nodes between the inputs asked for and the output, from the output back."""

    graph: Graph
    wrt: tuple[Symbol, ...]
    adjoints: tuple[Adjoint, ...]
    _by_name: Mapping[str, Adjoint] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {adjoint.node.name: adjoint for adjoint in self.adjoints})

    def adjoint(self, node: Symbol) -> Adjoint:
        """∂L/∂node; KeyError for a node that is not on a path from `wrt` to the output."""
        return self._by_name[node.name]

    def adjoint_or_none(self, node: Symbol) -> Adjoint | None:
        """∂L/∂node, or None for a node that is not on a path from `wrt` to the output."""
        return self._by_name.get(node.name)

    def equations(self) -> tuple[Equation, ...]:
        """The backward pass as named equations, in the order in which it runs."""
        return tuple(Equation(adjoint.symbol, adjoint.expression) for adjoint in self.adjoints)

    def as_graph(self) -> Graph:
        """Forward pass and backward pass as one graph; its output is the last gradient."""
        return Graph(self.graph.inputs, self.graph.equations + self.equations(), self.adjoints[-1].symbol)


def adjoint_symbol(output: Symbol, node: Symbol, taken: Iterable[str] = ()) -> Symbol:
    """The name of ∂output/∂node: `dL_dz2_1`, printed as a fraction; underscores are added if it is taken."""
    from solver.expression.latex import latex

    name = f"d{output.name}_d{node.name}"
    used = frozenset(taken) if not isinstance(taken, Mapping) else taken
    while name in used:
        name += "_"
    return Symbol(name, rf"\frac{{\partial {latex(output)}}}{{\partial {latex(node)}}}")


def reverse(graph: Graph, wrt: Iterable[Symbol] | None = None) -> Reverse:
    """∂L/∂node = Σ over the uses of the node of ∂L/∂consumer · ∂consumer/∂node.

    Worked out for every node on a path from `wrt` to the output. `wrt` defaults to all inputs; it may name
    inner nodes. A node of `wrt` that the output does not depend on has the adjoint 0 and no contribution.
    Raises ExpressionError for a name that is no node.
    """
    nodes = {node.name: node for node in graph.nodes}
    sources = graph.inputs if wrt is None else tuple(_known(nodes, node) for node in wrt)
    alive = graph.between(sources)
    wanted = alive | {source.name for source in sources}
    symbol_of = {
        node.name: adjoint_symbol(graph.output, node, nodes) for node in graph.nodes if node.name in wanted
    }
    outgoing: dict[str, list[Contribution]] = {}
    entering: dict[str, list[Edge]] = {}
    for edge in graph.edges():
        if edge.source.name in alive and edge.target.name in alive:
            entering.setdefault(edge.target.name, []).append(edge)
    for equation in graph.equations:
        edges = entering.get(equation.target.name, [])
        for edge, local in zip(edges, local_derivatives(equation, edges), strict=True):
            contribution = Contribution(edge.target, symbol_of[edge.target.name], local, edge)
            outgoing.setdefault(edge.source.name, []).append(contribution)
    found: list[Adjoint] = []
    inner = [equation.target for equation in reversed(graph.equations)]
    for node in [*inner, *graph.inputs]:
        if node.name not in symbol_of:
            continue
        contributions = tuple(outgoing.get(node.name, ()))
        if node.name == graph.output.name:
            expression: Expr = ONE
        else:
            expression = total([c.term(graph.output) for c in contributions]) if contributions else ZERO
        found.append(Adjoint(node, symbol_of[node.name], contributions, expression))
    return Reverse(graph, sources, tuple(found))


def _known(nodes: Mapping[str, Symbol], node: Symbol) -> Symbol:
    from solver.errors import ExpressionError, nearest

    if node.name not in nodes:
        raise ExpressionError(
            f"{node.name} is not a node of the graph; its nodes: {', '.join(nodes)}",
            hint=nearest(node.name, nodes),
        )
    return nodes[node.name]
