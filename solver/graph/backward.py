"""The backward pass in numbers: adjoints from the output back, at the values that the forward pass kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from solver.errors import UnsupportedExpression
from solver.expression.tree import Cases, Expr, Sum, Symbol, walk
from solver.graph.forward import Value, value_of
from solver.graph.model import Edge
from solver.graph.reverse import Reverse


@dataclass(frozen=True, slots=True)
class Backward:
    """The values of all nodes and, by their own names, of the adjoints that could be worked out.

    `kinks` are the edges where no derivative exists at this point and 0 was taken, as frameworks do.
    """

    values: Mapping[str, Value]
    kinks: tuple[Edge, ...]


def backward_values(backward: Reverse, known: Mapping[str, Value]) -> Backward:
    """Runs the adjoints in order; `known` holds the values of the nodes.

    An adjoint that needs a value that `known` has not is left out. Raises UnsupportedExpression where a local
    derivative does not exist, except at a kink of a function defined by pieces.
    """
    found = dict(known)
    kinks: list[Edge] = []
    for adjoint in backward.adjoints:
        expression = adjoint.expression
        try:
            found[adjoint.symbol.name] = value_of(expression, found)
            continue
        except KeyError:
            continue
        except UnsupportedExpression:
            pass
        total: Value = Fraction(0)
        for contribution in adjoint.contributions:
            local = _local(contribution.local, found)
            if local is None:
                kinks.append(contribution.edge)
                continue
            term = contribution.term(backward.graph.output)
            total = _sum(total, value_of(term, found))
        found[adjoint.symbol.name] = total
    return Backward(found, tuple(kinks))


def _local(local: Expr, known: Mapping[str, Value]) -> Value | None:
    """The value of a local derivative; None at a kink."""
    try:
        return value_of(local, known)
    except UnsupportedExpression:
        if any(isinstance(node, Cases) for node in walk(local)):
            return None
        raise


def _sum(left: Value, right: Value) -> Value:
    return value_of(Sum((Symbol("l"), Symbol("r"))), {"l": left, "r": right})
