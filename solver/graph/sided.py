"""One-sided derivatives of a graph's output: whether it has a derivative where an operation has none.

A composition of operations that have slopes on their sides has one too: the slope of each operation is taken
on the side to which its operands move (A. Shapiro, "On concepts of directional differentiability", 1990).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from solver.errors import UnsupportedExpression
from solver.expression.functions import FUNCTIONS
from solver.expression.tree import Apply, Cases, Condition, Expr, Negative, Symbol, rebuild, symbols, walk
from solver.graph.dual import slope_of
from solver.graph.forward import Value, as_fraction, plus, times, value_of
from solver.graph.kinks import HOLDS, tying
from solver.graph.local import local_derivatives
from solver.graph.model import Equation, Graph
from solver.graph.verify import compare

Known = Mapping[str, Value]


class _Untold(Exception):
    """The slope does not follow: an operation jumps, the sides of a condition stay equal, an operand of a
    maximum has no name."""


@dataclass(frozen=True, slots=True)
class Sides:
    """The slopes of the output on the two sides of a point, along one input."""

    left: Value
    right: Value

    @property
    def derivative(self) -> Value | None:
        """The partial derivative, where the two slopes are one."""
        return self.right if compare(self.left, self.right) is True else None


def sides(graph: Graph, known: Known, variable: Symbol) -> Sides | None:
    """The one-sided slopes of the output along `variable`; None where they could not be worked out."""
    try:
        right = _slope(graph, known, variable, Fraction(1))
        left = _slope(graph, known, variable, Fraction(-1))
    except (UnsupportedExpression, _Untold):
        return None
    return Sides(times(Fraction(-1), left), right)


def _slope(graph: Graph, known: Known, variable: Symbol, speed: Fraction) -> Value:
    """The derivative of the output along a half-line: `variable` moves with that speed, the others stay."""
    speeds: dict[str, Value] = {symbol.name: Fraction(0) for symbol in graph.inputs}
    speeds[variable.name] = speed
    reached = {variable.name}
    for equation in graph.equations:
        name, expression = equation.target.name, equation.expression
        edges = [edge for edge in equation.edges() if edge.source.name in reached]
        speeds[name] = Fraction(0)
        if not edges:
            continue
        reached.add(name)
        match expression:
            case Apply("max" | "min", _):
                speeds[name] = _extreme(expression, known, speeds)
                continue
            case Apply("sign", (argument,)) if _told(value_of(argument, known)):
                continue
            case Cases():
                equation = Equation(equation.target, _piece(expression, known, speeds))
                held = {symbol.name for symbol in equation.operands}
                edges = [edge for edge in equation.edges() if edge.source.name in held & reached]
            case _ if any(_jumps(node) for node in walk(expression)):
                raise _Untold
        for edge, local in zip(edges, local_derivatives(equation, edges), strict=True):
            moving = speeds[edge.source.name]
            if moving != 0:
                slope = value_of(_beside(local, known, speeds), known)
                speeds[name] = plus(speeds[name], times(slope, moving))
            elif not _has_sides(expression):
                value_of(local, known)  # an infinite slope times 0 says nothing
    return speeds[graph.output.name]


def _has_sides(expression: Expr) -> bool:
    """Whether it is a function of the table with a slope on each side of its kinks."""
    row = FUNCTIONS.get(expression.function) if isinstance(expression, Apply) else None
    return row is not None and bool(row.taken)


def _jumps(node: Expr) -> bool:
    """Whether its derivative says nothing of its sides: it may jump where it has none."""
    return isinstance(node, Cases) or (isinstance(node, Apply) and node.function == "sign")


def _extreme(call: Apply, known: Known, speeds: Known) -> Value:
    """Of a maximum or a minimum: the extreme of the speeds of the operands that tie."""
    found = [_operand_speed(argument, speeds) for argument in tying(call, known)]
    return (max if call.function == "max" else min)(found, key=as_fraction)


def _operand_speed(operand: Expr, speeds: Known) -> Value:
    """The speed of a name, of a subtracted name or of a constant."""
    if not symbols(operand):
        return Fraction(0)
    if isinstance(operand, Negative) and isinstance(operand.operand, Symbol):
        return times(Fraction(-1), speeds[operand.operand.name])
    if isinstance(operand, Symbol):
        return speeds[operand.name]
    raise _Untold


def _piece(pieces: Cases, known: Known, speeds: Known) -> Expr:
    """The piece that holds on that side. Raises _Untold where the definition jumps there."""
    found = _chosen(pieces, known, speeds)
    if compare(value_of(found, known), value_of(pieces, known)) is not True:
        raise _Untold
    return found


def _beside(expr: Expr, known: Known, speeds: Known) -> Expr:
    """`expr` with every definition by pieces replaced by the piece that holds on the side moved to."""
    if isinstance(expr, Cases):
        expr = _chosen(expr, known, speeds)
    return rebuild(expr, lambda child: _beside(child, known, speeds))


def _chosen(pieces: Cases, known: Known, speeds: Known) -> Expr:
    for branch, condition in pieces.branches:
        if condition is None or _holds_beside(condition, known, speeds):
            return branch
    raise _Untold


def _holds_beside(condition: Condition, known: Known, speeds: Known) -> bool:
    """Whether a relation holds just beside the point: by its gap, or where that is 0 by how the gap moves."""
    gap = plus(value_of(condition.left, known), times(Fraction(-1), value_of(condition.right, known)))
    if not _told(gap):
        gap = Fraction(0)
        for side, sign in ((condition.left, 1), (condition.right, -1)):
            for name in symbols(side):
                used = {symbol.name: known[symbol.name] for symbol in symbols(side)}
                moved = times(slope_of(side, used, name), speeds[name.name])
                gap = plus(gap, times(Fraction(sign), moved))
        if not _told(gap):
            raise _Untold
    return HOLDS[condition.relation](as_fraction(gap))


def _told(gap: Value) -> bool:
    """Whether the sign of a number is known, and is not 0."""
    return gap != 0 if isinstance(gap, Fraction) else not gap.ball.contains(0)
