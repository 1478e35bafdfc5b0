"""The values of a graph's nodes, run forward: exact fractions as long as the operations allow, then balls.

A ball encloses the true value; it starts with 320 bits, so that what is printed of it is certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from solver.errors import ExpressionError, UnsupportedExpression
from solver.expression.evaluate import ball, decimal, exact_value, significant
from solver.expression.tree import Expr, symbols
from solver.graph.model import Equation, Graph

BITS = 320


@dataclass(frozen=True, slots=True)
class Approximate:
    """A value that is no rational (or is not known to be one), enclosed by a `flint.arb`."""

    ball: Any

    def decimal(self, digits: int) -> str:
        """Rounded to `digits` decimals; UnsupportedExpression where the ball is too wide to tell."""
        texts = {decimal(_end(end), digits) for end in (self.ball.lower(), self.ball.upper())}
        if len(texts) > 1:
            middle = decimal(as_fraction(self), digits)
            if float(self.ball.rad()) > 10.0 ** -(digits + 2):
                raise UnsupportedExpression(f"a value is not known to {digits} decimals")
            return middle
        return texts.pop()

    def significant(self, digits: int) -> str:
        """The value to `digits` significant digits, as Python reads it."""
        return significant(as_fraction(self), digits)


Value = Fraction | Approximate
"""The value of a node."""


def as_fraction(value: Value) -> Fraction:
    """The value itself where it is exact, else the middle of its ball."""
    return value if isinstance(value, Fraction) else _end(value.ball.mid())


def _end(point: Any) -> Fraction:
    mantissa, exponent = point.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def value_of(expr: Expr, known: Mapping[str, Value]) -> Value:
    """The value of `expr` where its names have these values; UnsupportedExpression where it has none."""
    used = {symbol.name: known[symbol.name] for symbol in symbols(expr)}
    exact = {name: value for name, value in used.items() if isinstance(value, Fraction)}
    if len(exact) == len(used):
        found = exact_value(expr, exact)
        if found is not None:
            return found
    accuracies = [v.ball.rel_accuracy_bits() for v in used.values() if isinstance(v, Approximate)]
    bits = min([BITS, *(max(53, accuracy - 4) for accuracy in accuracies)])
    given = {name: v if isinstance(v, Fraction) else v.ball for name, v in used.items()}
    enclosed = ball(expr, given, bits=bits)
    if not enclosed.is_finite():
        raise UnsupportedExpression("an operation of the graph has no value at this point")
    return Approximate(enclosed)


def values(graph: Graph, point: Mapping[str, Fraction]) -> dict[str, Value]:
    """The value of every node, inputs first.

    Raises ExpressionError for an input without a value, UnsupportedExpression where a node has none (1/0).
    """
    missing = [symbol.name for symbol in graph.inputs if symbol.name not in point]
    if missing:
        raise ExpressionError(f"no value is given for {', '.join(missing)}")
    return run(graph.equations, {symbol.name: point[symbol.name] for symbol in graph.inputs})


def run(equations: Iterable[Equation], known: Mapping[str, Value]) -> dict[str, Value]:
    """`known` and the value of each equation's target, in order."""
    found = dict(known)
    for equation in equations:
        try:
            found[equation.target.name] = value_of(equation.expression, found)
        except UnsupportedExpression:
            raise UnsupportedExpression(f"{equation.target.name} has no value at this point") from None
    return found


def known_values(graph: Graph, point: Mapping[str, Fraction]) -> dict[str, Value]:
    """The nodes whose value follows from `point`, which may leave inputs out."""
    found: dict[str, Value] = {s.name: point[s.name] for s in graph.inputs if s.name in point}
    for equation in graph.equations:
        if all(operand.name in found for operand in equation.operands):
            found |= run([equation], found)
    return found
