"""A computation as a list of named equations in topological order (a Wengert list).

A descent step, a network with its loss and the small graph of an exercise are all `Graph`s. Names are
kept: what is derived later is written with ŷ and z⁽²⁾, never with their expansions, so cost follows the
number of equations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from solver.errors import ExpressionError, nearest
from solver.expression.tree import Cases, Derivative, Expr, Negative, Symbol, children, walk


@dataclass(frozen=True, slots=True)
class Equation:
    """target = expression, the expression written with inputs and targets that come before."""

    target: Symbol
    expression: Expr

    @property
    def operands(self) -> tuple[Symbol, ...]:
        """The nodes that enter, in written order, with repeats: x·x has the operands (x, x)."""
        return tuple(node for node in walk(self.expression) if isinstance(node, Symbol))

    def edges(self) -> tuple[Edge, ...]:
        """The arrows that arrive: one an operand if it is elementary, else one a node that enters."""
        if self.is_elementary:
            return tuple(Edge(source, self.target, i) for i, source in enumerate(self.operands))
        return tuple(Edge(source, self.target, None) for source in _unique(self.operands))

    @property
    def is_elementary(self) -> bool:
        """Whether it is one operation on names and numbers, so that an edge can stand for each operand."""
        inside = children(self.expression)
        return not isinstance(self.expression, Cases) and all(_is_leaf(child) for child in inside)


def _is_leaf(expr: Expr) -> bool:
    """A name, a subtracted name, or an expression without names."""
    inner = expr.operand if isinstance(expr, Negative) else expr
    return isinstance(inner, Symbol) or not any(isinstance(node, Symbol) for node in walk(inner))


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow source → target. `position` is the place among the target's operands, or None when it stands
    for all occurrences of the source in an equation of several operations."""

    source: Symbol
    target: Symbol
    position: int | None


@dataclass(frozen=True, slots=True)
class Graph:
    """Inputs, then equations each of which uses only what comes before, and the node that is asked for.

    Raises ExpressionError where a name is defined twice, used before it is defined, or missing.
    """

    inputs: tuple[Symbol, ...]
    equations: tuple[Equation, ...]
    output: Symbol
    _positions: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known: set[str] = set()
        for symbol in self.inputs:
            _declare(symbol, known)
        positions: dict[str, int] = {}
        targets = {equation.target.name for equation in self.equations}
        for index, equation in enumerate(self.equations):
            for node in walk(equation.expression):
                if isinstance(node, Derivative):
                    raise ExpressionError(f"the equation of {equation.target.name} holds a derivative")
                if isinstance(node, Symbol) and node.name not in known:
                    when = "before it is defined" if node.name in targets else "but is not defined"
                    raise ExpressionError(
                        f"the equation of {equation.target.name} uses {node.name} {when}",
                        hint=nearest(node.name, known),
                    )
            _declare(equation.target, known)
            positions[equation.target.name] = index
        if self.output.name not in known:
            raise ExpressionError(
                f"the output {self.output.name} is not defined", hint=nearest(self.output.name, known)
            )
        object.__setattr__(self, "_positions", positions)

    @property
    def nodes(self) -> tuple[Symbol, ...]:
        """Inputs, then targets, in order."""
        return self.inputs + tuple(equation.target for equation in self.equations)

    def equation(self, node: Symbol) -> Equation | None:
        """The equation that defines `node`; None for an input."""
        index = self._positions.get(node.name)
        return None if index is None else self.equations[index]

    def position(self, node: Symbol) -> int:
        """The index of the node's equation; −1 for an input."""
        return self._positions.get(node.name, -1)

    def edges(self) -> tuple[Edge, ...]:
        """All arrows, target by target, operands in written order.

        An elementary equation has one edge an operand (two for x·x); another has one a node that enters.
        """
        return tuple(edge for equation in self.equations for edge in equation.edges())

    def between(self, sources: Iterable[Symbol]) -> frozenset[str]:
        """Names of the nodes that depend on one of `sources` and on which the output depends."""
        reached = {symbol.name for symbol in sources}
        for equation in self.equations:
            if any(operand.name in reached for operand in equation.operands):
                reached.add(equation.target.name)
        needed = {self.output.name}
        for equation in reversed(self.equations):
            if equation.target.name in needed:
                needed.update(operand.name for operand in equation.operands)
        return frozenset(reached & needed)

    def paths(self, sources: Iterable[Symbol], limit: int) -> dict[str, tuple[tuple[Edge, ...], ...] | None]:
        """Every way from each source to the output, as edges in order; None where more than `limit` exist."""
        outgoing: dict[str, list[Edge]] = {}
        for edge in self.edges():
            outgoing.setdefault(edge.source.name, []).append(edge)
        ways = {self.output.name: 1}  # how many paths leave a node, the output first
        for node in reversed(self.nodes):
            if node.name != self.output.name:
                ways[node.name] = sum(ways[edge.target.name] for edge in outgoing.get(node.name, ()))
        found: dict[str, tuple[tuple[Edge, ...], ...] | None] = {}
        for source in sources:
            if ways[source.name] > limit:
                found[source.name] = None
                continue
            complete: list[tuple[Edge, ...]] = []
            stack: list[tuple[Symbol, tuple[Edge, ...]]] = [(source, ())]
            while stack:
                node, way = stack.pop()
                if node.name == self.output.name:
                    complete.append(way)
                    continue
                further = [edge for edge in outgoing.get(node.name, ()) if ways[edge.target.name]]
                stack.extend((edge.target, (*way, edge)) for edge in reversed(further))
            found[source.name] = tuple(complete)
        return found


def _declare(symbol: Symbol, known: set[str]) -> None:
    if symbol.name in known:
        raise ExpressionError(f"the node {symbol.name} is defined twice")
    known.add(symbol.name)


def _unique(symbols: Iterable[Symbol]) -> tuple[Symbol, ...]:
    return tuple({symbol.name: symbol for symbol in symbols}.values())
