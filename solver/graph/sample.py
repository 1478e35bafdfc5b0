"""Small whole numbers for the inputs of a graph, chosen so that a table of values teaches something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import islice, permutations

from solver.errors import CorrigeError, UnsupportedExpression
from solver.expression.tree import Symbol
from solver.graph.backward import backward_values
from solver.graph.forward import Value, as_fraction, values
from solver.graph.model import Graph
from solver.graph.reverse import Reverse, reverse

_POOL = (2, 3, -1, 1, 4, -2, 5, -3, 6)
_SMALL = (1, 2, -1, 0.5, 3, -2, 0.25, -0.5, 1.5)
_TRIES = 40
_LARGE = 60


def sample_point(graph: Graph) -> dict[str, Fraction] | None:
    """Values of the inputs for an example: no node is zero, few are equal, none is large, all are defined.

    The same graph always gives the same numbers. None where at nothing tried all nodes have a value and
    derivatives.
    """
    best: tuple[float, dict[str, Fraction]] | None = None
    backward = reverse(graph)
    for point in _candidates(graph.inputs):
        try:
            found = values(graph, point)
        except (CorrigeError, ArithmeticError, ValueError):
            continue
        cost = _cost(graph, found)
        if (best is None or cost < best[0]) and _derivable(backward, found):
            best = cost, point
            if cost == 0:
                break
    return None if best is None else best[1]


def _derivable(backward: Reverse, found: Mapping[str, Value]) -> bool:
    """Whether every operation has a derivative there: no infinite slope, no kink."""
    try:
        run_back = backward_values(backward, found)
    except UnsupportedExpression:
        return False
    return not (run_back.kinks or run_back.harmless)


def _candidates(inputs: tuple[Symbol, ...]) -> Iterator[dict[str, Fraction]]:
    for pool in (_POOL, _SMALL):
        width = min(len(pool), len(inputs) + 2)
        chosen = min(len(inputs), width)
        for picked in islice(permutations(pool[:width], chosen), _TRIES):
            yield {
                symbol.name: Fraction(picked[index % len(picked)])
                for index, symbol in enumerate(inputs)
                if picked
            }


def _cost(graph: Graph, found: dict[str, Value]) -> float:
    """0 for an ideal example; each zero, repeated, large or inexact value costs."""
    sizes = [as_fraction(found[equation.target.name]) for equation in graph.equations]
    cost = 5.0 * sum(size == 0 for size in sizes)
    cost += 3.0 * sum(abs(size) > _LARGE for size in sizes)
    cost += 1.0 * (len(sizes) - len(set(sizes)))
    cost += 0.1 * sum(size.denominator > 1 for size in sizes)
    return cost
