"""What the formulas of an answer leave to say: functions by pieces, kinks."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from solver.expression import tree as scalar
from solver.expression.evaluate import ball, exact_value
from solver.expression.functions import FUNCTIONS
from solver.layer.model import Backward
from solver.layer.printer import Style, show
from solver.layer.shapes import SCALAR
from solver.layer.tree import Entrywise, Matrix, Name, operands, walk
from solver.layer.vjp import slope

_X = Name("x", SCALAR)
ABSOLUTE = ("abs", r"\operatorname{abs}")
"""How the absolute value is told: its slopes −1 and 1 are equally flat, and sgn 0 = 0 is taken."""
_NEAR = Fraction(1, 1000)


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
    for node in _applied(found):
        assert isinstance(node.body, scalar.Apply)
        fact = FUNCTIONS.get(node.body.function)
        if fact is None or fact.name in seen:
            continue
        seen.add(fact.name)
        places = [place for place in fact.kinks if _bends(node, Fraction(place))]
        if places:
            yield style.function(fact.macro), ", ".join(places)


def ties(found: Backward, style: Style) -> list[str]:
    """max and min of several matrices, which have no derivative where two of them are equal."""
    nodes = (node for node in _applied(found) if isinstance(node.body, scalar.Apply))
    shown = (show(n, style) for n in nodes if getattr(n.body, "function", "") in ("max", "min"))
    return list(dict.fromkeys(shown))


def _applied(found: Backward) -> Iterator[Entrywise]:
    for equation in found.layer.equations:
        for node in _outside_pieces(equation.expression):
            if isinstance(node, Entrywise) and isinstance(node.body, scalar.Apply) and node.names:
                yield node


def _bends(node: Entrywise, place: Fraction) -> bool:
    """Whether the slopes on both sides of a place differ there: those of ELU with a = 1 do not."""
    if len(node.names) != 1:
        return False
    found, name = slope(node, 0), node.names[0]
    if not isinstance(found, Entrywise) or not isinstance(found.body, scalar.Cases):
        return False
    body = found.body
    sides = [_piece(body, {name: place + step}) for step in (-_NEAR, _NEAR)]
    if None in sides:
        return True
    low, high = (ball(side, {name: place}) for side in sides if side is not None)
    return not (low - high).contains(0)


def _piece(body: scalar.Cases, at: dict[str, Fraction]) -> scalar.Expr | None:
    """The piece that holds at a point."""
    for value, condition in body.branches:
        if condition is None or exact_value(scalar.Cases(((scalar.ONE, condition),)), at) is not None:
            return value
    return None


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
