"""What the formulas of an answer leave to say: functions by pieces, kinks."""

from __future__ import annotations

from collections.abc import Iterator

from solver.expression import tree as scalar
from solver.expression.functions import FUNCTIONS
from solver.layer.model import Backward
from solver.layer.printer import Style, show
from solver.layer.shapes import SCALAR
from solver.layer.tree import Entrywise, Matrix, Name, operands, walk

_X = Name("x", SCALAR)


def definitions(found: Backward, style: Style) -> list[tuple[str, str]]:
    """`LeakyReLU(x)` and what it is, for functions that not everybody knows, and slopes by pieces."""
    seen: dict[str, str] = {}
    for node in _functions(found):
        if isinstance(node.body, scalar.Apply) and node.body.function in FUNCTIONS and len(node.names) == 1:
            fact = FUNCTIONS[node.body.function]
            body = fact.defined_at(node.body.arguments)
            if fact.activation and body is not None and fact.name not in ("tanh", "identity"):
                left = Entrywise(node.body, node.names, (_X,))
                seen.setdefault(show(left, style), _body(body, node.names[0], style))
        elif isinstance(node.body, scalar.Cases) and node.label is not None:
            left = Entrywise(node.body, node.names, (_X,), node.label)
            bare = Entrywise(node.body, node.names, (_X,))
            if show(left, style) != show(bare, style) and not show(left, style).startswith("["):
                seen.setdefault(show(left, style), show(bare, style))
    return list(seen.items())


def kinks(found: Backward, style: Style) -> Iterator[tuple[str, str]]:
    """Functions of the forward pass with the places where they have no derivative."""
    seen: set[str] = set()
    for equation in found.layer.equations:
        for node in _outside_pieces(equation.expression):
            if not isinstance(node, Entrywise) or not isinstance(node.body, scalar.Apply):
                continue
            fact = FUNCTIONS.get(node.body.function)
            if (
                fact is not None
                and fact.kinks
                and fact.name not in seen
                and fact.activation | (fact.name == "abs")
            ):
                seen.add(fact.name)
                yield style.function(fact.macro), ", ".join(fact.kinks)


def _outside_pieces(node: Matrix) -> Iterator[Matrix]:
    """Every node that does not stand in a definition by pieces, which may keep away from a kink."""
    yield node
    if not (isinstance(node, Entrywise) and isinstance(node.body, scalar.Cases)):
        for operand in operands(node):
            yield from _outside_pieces(operand)


def _functions(found: Backward) -> Iterator[Entrywise]:
    nodes: list[Matrix] = [e.expression for e in found.layer.equations]
    nodes += [a.tidy for a in found.adjoints]
    for node in nodes:
        yield from (inner for inner in walk(node) if isinstance(inner, Entrywise))


def _body(body: scalar.Expr, name: str, style: Style) -> str:
    return show(Entrywise(body, (name,), (_X,)), style)
