"""What follows from the values of some inputs: the adjoints as formulas in the inputs that are left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from solver.errors import UnsupportedExpression
from solver.expression.evaluate import exact_value
from solver.expression.tree import ONE, ZERO, Cases, Condition, Expr, number, rebuild, substitute, symbols
from solver.graph.arrange import arranged
from solver.graph.backward import kink_of
from solver.graph.cost import expanded, nesting
from solver.graph.forward import Value, as_fraction, value_of
from solver.graph.kinks import HOLDS, Kink
from solver.graph.local import product, total
from solver.graph.reverse import Contribution, Reverse

WRITTEN = 20_000
"""Past this many operations a derivative is not written in the inputs alone."""

DEEP = 100
"""Past this many operations inside one another, the same."""


@dataclass(frozen=True, slots=True)
class Partial:
    """∂L/∂node by the node's name, in the inputs without a value; the kinks met, and what was taken there."""

    adjoints: Mapping[str, Expr]
    kinks: tuple[Kink, ...]


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
    kinks: list[Kink] = []
    for adjoint in backward.adjoints:
        if long(adjoint.symbol.name):
            continue
        terms: list[Expr] = []
        for contribution in adjoint.contributions:
            received = found[contribution.consumer.name]  # a consumer's adjoint is no longer than this one
            local = _local(contribution, backward, inside, known)
            if isinstance(local, Kink):
                if received == ZERO:
                    continue
                kinks.append(local)
                local = number(as_fraction(local.taken))
            terms.append(product([received, local]))
        start = ONE if adjoint.node.name == graph.output.name else ZERO
        found[adjoint.node.name] = folded(arranged(total([start, *terms])))
    return Partial(found, tuple(kinks))


def _local(
    contribution: Contribution, backward: Reverse, inside: Mapping[str, Expr], known: Mapping[str, Value]
) -> Expr | Kink:
    local = contribution.local
    if symbols(local) and all(symbol.name in known for symbol in symbols(local)):
        try:
            value_of(local, known)
        except UnsupportedExpression:
            equation = backward.graph.equation(contribution.consumer)
            assert equation is not None  # a consumer is the target of an edge
            kink = kink_of(equation, contribution.edge, local, known)
            if kink is None:
                raise
            return kink
    return put_in(local, inside)


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
