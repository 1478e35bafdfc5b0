"""What follows from the values of some inputs: the adjoints as formulas in the inputs that are left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from solver.errors import UnsupportedExpression
from solver.expression.evaluate import exact_value
from solver.expression.tree import (
    ONE,
    ZERO,
    Cases,
    Condition,
    Expr,
    Quotient,
    children,
    number,
    rebuild,
    substitute,
    symbols,
    walk,
)
from solver.graph.arrange import arranged
from solver.graph.backward import no_slope
from solver.graph.build import decompose
from solver.graph.cost import expanded, nesting
from solver.graph.forward import Value, as_fraction, known_values, value_of
from solver.graph.kinks import HOLDS, Convention, branch_at, decides, holds, kink_at
from solver.graph.local import local_derivatives, product, total
from solver.graph.model import Edge, Equation
from solver.graph.reverse import Contribution, Reverse, reverse

WRITTEN = 20_000
"""Past this many operations a derivative is not written in the inputs alone."""

DEEP = 100
"""Past this many operations inside one another, the same."""


@dataclass(frozen=True, slots=True)
class PartialKink:
    """An edge without a derivative at what is known of the point, and the slope taken there, in the names of
    the inputs that are left; the slopes on its sides where they are numbers."""

    edge: Edge
    sides: tuple[Value, ...]
    taken: Expr
    smooth: bool = False
    convention: Convention = "function"


@dataclass(frozen=True, slots=True)
class Partial:
    """∂L/∂node by the node's name, in the inputs without a value; the kinks met, and what was taken there."""

    adjoints: Mapping[str, Expr]
    kinks: tuple[PartialKink, ...]


def partial_adjoints(backward: Reverse, point: Mapping[str, Expr], known: Mapping[str, Value]) -> Partial:
    """The adjoints where the inputs of `point` have those values; `known` are the nodes that follow from it.

    An adjoint that would be enormous is left out.
    """
    graph = backward.graph
    whole = backward.as_graph()
    sizes, heights = expanded(whole), nesting(whole)

    def long(name: str) -> bool:
        return sizes[name].total > WRITTEN or heights[name] > DEEP

    inside: dict[str, Expr] = dict(point)
    for equation in graph.equations:
        if not long(equation.target.name):
            inside[equation.target.name] = put_in(equation.expression, inside)
    found: dict[str, Expr] = {}
    kinks: list[PartialKink] = []
    for adjoint in backward.adjoints:
        if long(adjoint.symbol.name):
            continue
        terms: list[Expr] = []
        for contribution in adjoint.contributions:
            received = found[contribution.consumer.name]  # a consumer's adjoint is no longer than this one
            local = contribution.local
            if not _undefined(local, known):
                terms.append(product([received, put_in(local, inside)]))
            elif received != ZERO:
                met = _kink(contribution, backward, inside, known)
                terms.append(product([received, met.taken]))
                kinks += [] if met.smooth else [met]
        start = ONE if adjoint.node.name == graph.output.name else ZERO
        found[adjoint.node.name] = folded(arranged(total([start, *terms])))
    return Partial(found, tuple(kinks))


def _undefined(local: Expr, known: Mapping[str, Value]) -> bool:
    """Whether what is known leaves a local derivative no value."""
    if any(isinstance(node, Cases) and _unmet(node, known) for node in walk(local)):
        return True
    if not symbols(local):
        return False
    if not _known(local, known):
        return _divides_by_zero(local, known)
    try:
        value_of(local, known)
    except UnsupportedExpression:
        return True
    return False


def _divides_by_zero(local: Expr, known: Mapping[str, Value]) -> bool:
    """Whether a denominator that is known is 0, outside a definition by pieces."""
    if isinstance(local, Cases):
        return False
    if isinstance(local, Quotient) and _known(local.denominator, known):
        try:
            return value_of(local.denominator, known) == 0
        except UnsupportedExpression:
            return True
    return any(_divides_by_zero(child, known) for child in children(local))


def _unmet(pieces: Cases, known: Mapping[str, Value]) -> bool:
    """Whether all conditions are decided, and none holds."""
    conditions = [condition for _, condition in pieces.branches if condition is not None]
    if len(conditions) < len(pieces.branches):
        return False
    decided = all(_known(c.left, known) and _known(c.right, known) for c in conditions)
    return decided and not any(holds(c, known) for c in conditions)


def _known(expr: Expr, known: Mapping[str, Value]) -> bool:
    return all(symbol.name in known for symbol in symbols(expr))


def _kink(
    contribution: Contribution, backward: Reverse, inside: Mapping[str, Expr], known: Mapping[str, Value]
) -> PartialKink:
    """What is taken for a local derivative that has no value. Raises UnsupportedExpression where it is
    infinite."""
    edge, equation = contribution.edge, backward.graph.equation(contribution.consumer)
    assert equation is not None  # a consumer is the target of an edge
    expression = equation.expression
    try:
        if isinstance(expression, Cases):
            branch = branch_at(expression, known)
            piece, whole = Equation(edge.target, branch), Edge(edge.source, edge.target, None)
            held = edge.source.name in {symbol.name for symbol in piece.operands}
            slope = local_derivatives(piece, [whole])[0] if held else ZERO
            taken = put_in(slope, {**inside, edge.target.name: put_in(branch, inside)})
            return PartialKink(edge, (), taken, not decides(expression, edge.source), "piece")
        if not equation.is_elementary:
            graph = decompose(expression)
            given = {symbol.name: known[symbol.name] for symbol in graph.inputs if symbol.name in known}
            exact = {
                name: number(v) if isinstance(v, Fraction) else inside[name] for name, v in given.items()
            }
            inner = partial_adjoints(reverse(graph, [edge.source]), exact, known_values(graph, given))
            taken = put_in(inner.adjoints[edge.source.name], inside)
            return PartialKink(edge, (), taken, not inner.kinks, "operations")
        kink = kink_at(equation, edge, contribution.local, known)
    except UnsupportedExpression:
        kink = None
    except KeyError:
        source, target = edge.source.name, edge.target.name
        raise UnsupportedExpression(
            f"{target} has no derivative by {source} at these values; give the others too"
        ) from None
    if kink is None:
        raise UnsupportedExpression(no_slope(contribution, backward, known))
    return PartialKink(edge, kink.sides, number(as_fraction(kink.taken)), kink.smooth, kink.convention)


def put_in(expr: Expr, values: Mapping[str, Expr]) -> Expr:
    """`expr` with names replaced, what is then constant worked out."""
    return folded(arranged(substitute(expr, values)))


def folded(expr: Expr) -> Expr:
    """Parts without variables that have a rational value become numbers, decided branches are chosen."""
    if isinstance(expr, Cases):
        expr = _chosen(expr)
    if not symbols(expr):
        value = exact_value(expr)
        if value is not None:
            return number(value)
    return arranged(rebuild(expr, folded))


def _chosen(pieces: Cases) -> Expr:
    """The branch that holds, where the conditions before it are decided."""
    for index, (branch, condition) in enumerate(pieces.branches):
        holds = True if condition is None else _decided(condition)
        if holds is None:
            return Cases(pieces.branches[index:])
        if holds:
            return branch
    return pieces


def _decided(condition: Condition) -> bool | None:
    if symbols(condition.left) or symbols(condition.right):
        return None
    left, right = exact_value(condition.left), exact_value(condition.right)
    if left is None or right is None:
        return None
    gap: Fraction = left - right
    return HOLDS[condition.relation](gap)
