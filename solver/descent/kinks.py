"""Where a derivative does not exist: the value that frameworks take there, by the graph of the function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from solver.errors import UnsupportedExpression
from solver.expression.tree import Expr, Symbol


@dataclass(frozen=True)
class KinkSlopes:
    """∇f as reverse mode gives it with the slopes that PyTorch takes at kinks of operations of f.

    `exists` where f has this gradient all the same (w|w| at 0): the kink is multiplied by 0.
    """

    gradient: tuple[Fraction, ...]
    exists: bool


def has_kink(expression: Expr, variables: Sequence[Symbol], point: Sequence[Fraction]) -> bool:
    """Whether f has no gradient at a point, but one is taken there."""
    taken = slopes_at_kink(expression, variables, point)
    return taken is not None and not taken.exists


def slopes_at_kink(
    expression: Expr, variables: Sequence[Symbol], point: Sequence[Fraction]
) -> KinkSlopes | None:
    """What is taken at a point where an operation of f has a kink (`solver.graph.kinks`); None where there is
    none, or a number is not rational.
    """
    from solver.graph.backward import backward_values
    from solver.graph.build import decompose
    from solver.graph.forward import run
    from solver.graph.reverse import reverse

    values = {v.name: x for v, x in zip(variables, point, strict=True)}
    try:
        graph = decompose(expression)
        backward = reverse(graph, graph.inputs)
        inputs = {symbol.name: values[symbol.name] for symbol in graph.inputs}
        found = backward_values(backward, run(graph.equations, inputs))
    except UnsupportedExpression:
        return None
    if not found.kinks and not found.harmless:
        return None
    slopes = {a.node.name: found.values[a.symbol.name] for a in backward.adjoints}
    gradient = [slopes.get(v.name, Fraction(0)) for v in variables]
    exact = tuple(x for x in gradient if isinstance(x, Fraction))
    return KinkSlopes(exact, not found.kinks) if len(exact) == len(gradient) else None
