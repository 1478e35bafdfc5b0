"""Where an operation has no derivative although it has a value: the slope that is taken there.

The slopes on the sides are those of the branches that meet at the point. What is taken is what PyTorch takes:
what the table of functions says, equal shares among the operands that tie for a maximum, in a definition by
pieces the branch that gives the value. A maximum with a constant is read as a ReLU: the slope 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from solver.errors import UnsupportedExpression
from solver.expression.functions import FUNCTIONS
from solver.expression.reader import read_expression
from solver.expression.tree import (
    Apply,
    Cases,
    Condition,
    Expr,
    Negative,
    Symbol,
    rebuild,
    substitute,
    symbols,
    walk,
)
from solver.graph.forward import Value, as_fraction, times, value_of
from solver.graph.local import local_derivatives
from solver.graph.model import Edge, Equation

Known = Mapping[str, Value]

Convention = Literal["function", "constant", "shares", "piece", "operations"]
"""Why a slope is taken: the row of the function; a maximum with a constant; a maximum of operands that tie;
the piece that gives the value; the elementary operations of a longer equation."""


@dataclass(frozen=True, slots=True)
class Kink:
    """An edge whose formula has no value at the point: the slopes on its sides, in increasing order (none
    where they were not told apart), and the one that is taken. It is `smooth` where the derivative exists all
    the same: the sides have one slope, or the source does not decide between the pieces."""

    edge: Edge
    sides: tuple[Value, ...]
    taken: Value
    smooth: bool = False
    convention: Convention = "function"


def kink_at(equation: Equation, edge: Edge, local: Expr, known: Known) -> Kink | None:
    """What is taken for ∂target/∂source where `local`, its formula, has no value, in an elementary operation
    or a definition by pieces; None where the slope is infinite or the operation itself has no value."""
    try:
        value_of(equation.expression, known)
        found = _slope(equation, edge, local, known)
    except UnsupportedExpression:
        return None
    if found is None:
        return None
    taken, sides, convention = found
    expression = equation.expression
    if isinstance(expression, Cases):
        smooth = not decides(expression, edge.source)
    else:
        smooth = len(sides) == 1 and expression != Apply("sign", (edge.source,))
    return Kink(edge, tuple(sorted(sides, key=as_fraction)), taken, smooth, convention)


def decides(pieces: Cases, source: Symbol) -> bool:
    """Whether the conditions of a definition by pieces speak of `source`."""
    conditions = [condition for _, condition in pieces.branches if condition is not None]
    return any(source in (*symbols(c.left), *symbols(c.right)) for c in conditions)


def _slope(
    equation: Equation, edge: Edge, local: Expr, known: Known
) -> tuple[Value, list[Value], Convention] | None:
    expression = equation.expression
    if isinstance(expression, Cases):
        chosen = branch_at(expression, known)
        slope = _derivative(chosen, edge, known)
        return slope, _sides(local, known), "piece"
    match expression:
        case Apply("max" | "min", arguments):
            tied = tying(expression, known)
            shared = all(symbols(argument) for argument in tied)
            taken = _share(arguments, tied, edge) if shared else Fraction(0)
            return taken, _sides(local, known), "shares" if shared else "constant"
        case Apply():
            sides = _sides(local, known)
            return (_taken(expression, local, known), sides, "function") if sides else None
        case _:
            return None


def branch_at(pieces: Cases, known: Known) -> Expr:
    """The branch that gives the value."""
    return next(branch for branch, c in pieces.branches if c is None or holds(c, known))


def tying(call: Apply, known: Known) -> list[Expr]:
    """The operands that have the value of the maximum or minimum."""
    best = value_of(call, known)
    return [argument for argument in call.arguments if value_of(argument, known) == best]


def _share(arguments: tuple[Expr, ...], tied: list[Expr], edge: Edge) -> Fraction:
    """Equal shares among the operands that tie."""
    holding = [a for a in arguments if symbols(a)]
    mine = holding[edge.position] if edge.position is not None else edge.source
    if mine not in tied:
        return Fraction(0)
    return Fraction(-1 if isinstance(mine, Negative) else 1, len(tied))


def _taken(call: Apply, local: Expr, known: Known) -> Value:
    """The slope at the kink of a function of the table: what its row says, else the flatter side."""
    row = FUNCTIONS[call.function]
    argument = call.arguments[row.place]
    here = value_of(argument, known)
    filled = dict(zip(row.parameters, row.complete(call.arguments), strict=True))
    for kink, taken in zip(row.kinks, row.taken, strict=False):
        if value_of(read_expression(kink), {}) == here:
            slope = value_of(substitute(read_expression(taken), filled), known)
            return times(Fraction(-1 if isinstance(argument, Negative) else 1), slope)
    return min(_ordered_sides(local, known), key=lambda value: abs(as_fraction(value)))


def _sides(local: Expr, known: Known) -> list[Value]:
    """The slopes on the sides, each once."""
    found: list[Value] = []
    for side in _ordered_sides(local, known):
        if all(as_fraction(side) != as_fraction(other) for other in found):
            found.append(side)
    return found


def _ordered_sides(local: Expr, known: Known) -> Iterator[Value]:
    """The values of a derivative by pieces on the branches that touch the point, in written order."""
    pieces = _first_cases(local)
    if pieces is None:
        return
    for branch, condition in pieces.branches:
        if condition is None or _touches(condition, known):
            yield value_of(_replaced(local, pieces, branch), known)


def _first_cases(expr: Expr) -> Cases | None:
    return next((node for node in walk(expr) if isinstance(node, Cases)), None)


def _replaced(expr: Expr, old: Expr, new: Expr) -> Expr:
    return new if expr is old else rebuild(expr, lambda child: _replaced(child, old, new))


def _gap(condition: Condition, known: Known) -> Fraction:
    return as_fraction(value_of(condition.left, known)) - as_fraction(value_of(condition.right, known))


HOLDS: Mapping[str, Callable[[Fraction], bool]] = {
    "<": lambda gap: gap < 0, "<=": lambda gap: gap <= 0, "=": lambda gap: gap == 0,
    ">": lambda gap: gap > 0, ">=": lambda gap: gap >= 0, "!=": lambda gap: gap != 0,
}  # fmt: skip
"""Whether a relation holds, by the difference of its sides."""


def holds(condition: Condition, known: Known) -> bool:
    """Whether a condition holds where its names have these values."""
    return HOLDS[condition.relation](_gap(condition, known))


def _touches(condition: Condition, known: Known) -> bool:
    """Whether the condition holds at the point or beside it."""
    return _gap(condition, known) == 0 or holds(condition, known)


def _derivative(expr: Expr, edge: Edge, known: Known) -> Value:
    piece = Equation(edge.target, expr)
    if edge.source.name not in {symbol.name for symbol in piece.operands}:
        return Fraction(0)
    whole = Edge(edge.source, edge.target, None)
    return value_of(local_derivatives(piece, [whole])[0], known)
