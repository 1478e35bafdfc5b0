"""The values of a graph's nodes, run forward: exact fractions as long as the operations allow, then balls.

A ball encloses the true value; it starts with 320 bits, so that what is printed of it is certain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from solver.errors import ExpressionError, UnsupportedExpression
from solver.expression.decimals import decimal, significant
from solver.expression.evaluate import ball, exact_value
from solver.expression.functions import FUNCTIONS
from solver.expression.plain import plain
from solver.expression.tree import Apply, Expr, Number, Product, Sum, Symbol, symbols
from solver.graph.model import Equation, Graph

BITS = 320

LONGEST = 10_000
"""Bits of a fraction past which its digits are not written out."""

DIGITS = 20
"""Significant digits of a value that is not rational."""


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


def precision(equations: Sequence[Equation]) -> int:
    """The bits to start with, so that enough are left after that many operations on the results of others."""
    return BITS + 4 * max(0, len(equations) - 50)


def value_of(expr: Expr, known: Mapping[str, Value], bits: int = BITS) -> Value:
    """The value of `expr` where its names have these values; UnsupportedExpression where it has none."""
    used = {symbol.name: known[symbol.name] for symbol in symbols(expr)}
    exact = {name: value for name, value in used.items() if isinstance(value, Fraction)}
    if len(exact) == len(used):
        found = exact_value(expr, exact)
        if found is not None:
            return found
    accuracies = [v.ball.rel_accuracy_bits() for v in used.values() if isinstance(v, Approximate)]
    bits = min([bits, *(max(53, accuracy - 4) for accuracy in accuracies)])
    given = {name: v if isinstance(v, Fraction) else v.ball for name, v in used.items()}
    enclosed = ball(expr, given, bits=bits)
    if not enclosed.is_finite():
        raise UnsupportedExpression("an operation of the graph has no value at this point")
    return Fraction(0) if enclosed.is_zero() else Approximate(enclosed)


def plus(left: Value, right: Value) -> Value:
    """The sum of two values."""
    return value_of(_PLUS, {"l": left, "r": right})


def times(left: Value, right: Value) -> Value:
    """The product of two values."""
    return value_of(_TIMES, {"l": left, "r": right})


_PLUS = Sum((Symbol("l"), Symbol("r")))
_TIMES = Product((Symbol("l"), Symbol("r")))


def value_text(value: Value) -> str:
    """An exact fraction, or `DIGITS` significant digits where it is none or too long to be written."""
    if isinstance(value, Fraction) and _bits(value) <= LONGEST:
        return str(value)
    return rounded_text(value, DIGITS)


def rounded_text(value: Value, digits: int) -> str:
    """That many significant digits; decimals only, where 0 cannot be told from the value; a power of ten
    (1.2345e+5000) where it is past all measure."""
    if isinstance(value, Fraction):
        if _bits(value) <= LONGEST:
            return significant(value, digits)
        return str(ball(Number(value), bits=BITS).str(digits, radius=False))
    if value.ball.contains(0):
        return value.decimal(digits)
    size = abs(value.ball)
    ordinary = size < 2**LONGEST and size * 2**LONGEST > 1
    return value.significant(digits) if ordinary else str(value.ball.str(digits, radius=False))


def _bits(value: Fraction) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()


def values(graph: Graph, point: Mapping[str, Fraction]) -> dict[str, Value]:
    """The value of every node, inputs first.

    Raises ExpressionError for an input without a value, UnsupportedExpression where a node has none (1/0).
    """
    missing = [symbol.name for symbol in graph.inputs if symbol.name not in point]
    if missing:
        raise ExpressionError(f"no value is given for {', '.join(missing)}")
    return run(graph.equations, {symbol.name: point[symbol.name] for symbol in graph.inputs})


def run(equations: Sequence[Equation], known: Mapping[str, Value]) -> dict[str, Value]:
    """`known` and the value of each equation's target, in order."""
    found, bits = dict(known), precision(equations)
    for equation in equations:
        found[equation.target.name] = evaluated(equation, found, bits)
    return found


def evaluated(equation: Equation, known: Mapping[str, Value], bits: int = BITS) -> Value:
    """The value of the equation's target; UnsupportedExpression says which operation has none, and where."""
    try:
        return value_of(equation.expression, known, bits)
    except UnsupportedExpression:
        raise _no_value(equation, known) from None


def _no_value(equation: Equation, known: Mapping[str, Value]) -> UnsupportedExpression:
    """Which operation has no value, and at which operands."""
    expr = equation.expression
    used = dict.fromkeys(operand.name for operand in equation.operands)
    at = ", ".join(f"{name} = {value_text(known[name])}" for name in used)
    place = f" at {at}" if at else ""
    row = FUNCTIONS.get(expr.function) if isinstance(expr, Apply) else None
    domain = "" if row is None else " and ".join(row.domain)
    return UnsupportedExpression(
        f"{equation.target.name} = {plain(expr)} has no value{place}",
        hint=f"{row.name}(x) is defined where {domain}." if row is not None and domain else None,
    )


def known_values(graph: Graph, point: Mapping[str, Value]) -> dict[str, Value]:
    """The nodes whose value follows from `point`, which may leave inputs out."""
    bits = precision(graph.equations)
    found: dict[str, Value] = {s.name: point[s.name] for s in graph.inputs if s.name in point}
    for equation in graph.equations:
        if all(operand.name in found for operand in equation.operands):
            found[equation.target.name] = evaluated(equation, found, bits)
    return found
