"""Forward mode: dual numbers v + ε v̇ with ε² = 0, run through the same equations as the values.

Functions are taken back to exp, ln, sin, cos, atan, erf and roots by their definitions. No derivative rule is
used here, so what agrees with the reverse pass was found twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from functools import reduce
from typing import Any, NamedTuple

from flint import arb, ctx, fmpq, fmpz

from solver.errors import UnsupportedExpression
from solver.expression.evaluate import exact_value
from solver.expression.functions import FUNCTIONS
from solver.expression.tree import (
    Apply,
    Cases,
    Condition,
    Constant,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    symbols,
)
from solver.graph.forward import BITS, Approximate, Value
from solver.graph.model import Graph

Real = Any
"""A `Fraction`, or an `arb` ball once an operation has left the rationals."""


class Dual(NamedTuple):
    """value + ε · tangent."""

    value: Real
    tangent: Real


class Moving(NamedTuple):
    """The value of a node and its derivative by the node that moves."""

    value: Value
    slope: Value


def tangent(graph: Graph, point: Mapping[str, Value], node: Symbol) -> Value:
    """∂output/∂node: the tangent of the output where `node` moves with speed 1 and nothing before it moves.

    `point` gives every input, and `node` itself where it is an inner node (its equation is not run).
    """
    return run_duals(graph, point, node)[graph.output.name].slope


def run_duals(graph: Graph, point: Mapping[str, Value], node: Symbol) -> dict[str, Moving]:
    """One pass of forward mode: every node's value and tangent, where `node` moves with speed 1.

    Raises UnsupportedExpression where a node has no value or no derivative at this point.
    """
    known = {name: Dual(to_real(value), Fraction(int(name == node.name))) for name, value in point.items()}
    with precise():
        for equation in graph.equations:
            name = equation.target.name
            if name != node.name:
                known[name] = dual(equation.expression, known)
    return {name: Moving(to_value(d.value), to_value(d.tangent)) for name, d in known.items()}


@contextmanager
def precise() -> Iterator[None]:
    """The working precision of balls, for as long as duals are run."""
    before = ctx.prec
    try:
        ctx.prec = BITS
        yield
    finally:
        ctx.prec = before


def to_real(value: Value) -> Real:
    """The fraction, or the ball."""
    return value if isinstance(value, Fraction) else value.ball


def to_value(real: Real) -> Value:
    """The value of a fraction or a ball; UnsupportedExpression where it is not finite."""
    if isinstance(real, Fraction):
        return real
    if not real.is_finite():
        raise UnsupportedExpression("there is no derivative at this point")
    return Approximate(real)


def dual(expr: Expr, known: Mapping[str, Dual]) -> Dual:
    """The dual value of `expr` where its names have these dual values."""
    match expr:
        case Number(value):
            return Dual(value, Fraction(0))
        case Symbol(name):
            return known[name]
        case Constant(name):
            return Dual(arb(1).exp() if name == "e" else arb.pi(), Fraction(0))
        case Sum(terms):
            return reduce(_add, (dual(term, known) for term in terms))
        case Product(factors):
            return reduce(_multiply, (dual(item, known) for item in factors))
        case Negative(operand):
            value, speed = dual(operand, known)
            return Dual(-value, -speed)
        case Quotient(numerator, denominator):
            return _multiply(dual(numerator, known), _inverse(dual(denominator, known)))
        case Power(base, exponent):
            return _power(dual(base, known), exponent, known)
        case Apply(name, arguments):
            return _call(name, tuple(dual(argument, known) for argument in arguments), arguments)
        case Cases(branches):
            for branch, condition in branches:
                if condition is None or _holds(condition, known):
                    return dual(branch, known)
            raise UnsupportedExpression("no case applies at this point")
    raise UnsupportedExpression(f"no dual value of {type(expr).__name__}")


def _ball(real: Real) -> Any:
    return arb(fmpq(real.numerator, real.denominator)) if isinstance(real, Fraction) else real


def _with(operation: Callable[[Any, Any], Any], left: Real, right: Real) -> Real:
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return operation(left, right)
    return operation(_ball(left), _ball(right))


def _plus(left: Real, right: Real) -> Real:
    return _with(lambda a, b: a + b, left, right)


def _times(left: Real, right: Real) -> Real:
    if (isinstance(left, Fraction) and left == 0) or (isinstance(right, Fraction) and right == 0):
        return Fraction(0)
    return _with(lambda a, b: a * b, left, right)


def _add(left: Dual, right: Dual) -> Dual:
    return Dual(_plus(left.value, right.value), _plus(left.tangent, right.tangent))


def _multiply(left: Dual, right: Dual) -> Dual:
    speed = _plus(_times(left.value, right.tangent), _times(left.tangent, right.value))
    return Dual(_times(left.value, right.value), speed)


def _inverse(item: Dual) -> Dual:
    if item.value == 0:
        raise UnsupportedExpression("a division by zero")
    inverse = 1 / item.value
    return Dual(inverse, -_times(_times(inverse, inverse), item.tangent))


def _power(base: Dual, exponent: Expr, known: Mapping[str, Dual]) -> Dual:
    constant = None if symbols(exponent) else exact_value(exponent)
    if constant is None:
        if not _ball(base.value) > 0:
            raise UnsupportedExpression("a power of a number that is not positive")
        return _primitive("exp", _multiply(dual(exponent, known), _primitive("ln", base)))
    if constant.denominator != 1:
        return _root(base, constant.denominator, constant.numerator)
    power = int(constant)
    if power == 0:
        return Dual(Fraction(1), Fraction(0))
    if power < 0:
        return _inverse(_power(base, Number(Fraction(-power)), known))
    result, square = Dual(Fraction(1), Fraction(0)), base
    while power:
        if power & 1:
            result = _multiply(result, square)
        power >>= 1
        if power:
            square = _multiply(square, square)
    return result


def _root(base: Dual, degree: int, power: int = 1) -> Dual:
    """base^(power/degree): r with r^degree = base moves at base' / (degree r^(degree − 1))."""
    value = _ball(base.value)
    odd = degree % 2 == 1 and power == 1
    if not (value > 0 or (odd and value < 0)):
        raise UnsupportedExpression("a root that has no derivative at this point")
    root = -((-value).root(degree)) if value < 0 else value.root(degree)
    speed = _times(base.tangent, 1 / (degree * root ** fmpz(degree - 1)))
    found = Dual(root, speed)
    return found if power == 1 else _power(found, Number(Fraction(power)), {})


def _primitive(name: str, item: Dual) -> Dual:
    x = _ball(item.value)
    match name:
        case "exp":
            value = slope = x.exp()
        case "ln":
            if not x > 0:
                raise UnsupportedExpression("the logarithm of a number that is not positive")
            value, slope = x.log(), 1 / x
        case "sin":
            value, slope = x.sin(), x.cos()
        case "cos":
            value, slope = x.cos(), -x.sin()
        case "atan":
            value, slope = x.atan(), 1 / (1 + x * x)
        case _:  # erf
            value, slope = x.erf(), 2 / arb.pi().sqrt() * (-x * x).exp()
    return Dual(value, _times(item.tangent, slope))


_PRIMITIVES = frozenset({"exp", "ln", "sin", "cos", "atan", "erf"})


def _call(name: str, items: tuple[Dual, ...], arguments: tuple[Expr, ...]) -> Dual:
    if name in _PRIMITIVES:
        return _primitive(name, items[0])
    if name in ("cbrt", "root"):
        degree = Fraction(3) if name == "cbrt" else exact_value(arguments[1])
        if degree is None or degree.denominator != 1 or degree < 1:
            raise UnsupportedExpression("the degree of a root is a whole number")
        return _root(items[0], int(degree))
    fact = FUNCTIONS.get(name)
    if fact is None or fact.definition is None:
        raise UnsupportedExpression(f"the function {name} has no definition")
    if fact.variadic and len(items) != len(fact.parameters):
        if len(items) == 1:
            return items[0]
        return reduce(lambda left, right: _defined(fact.definition, fact.parameters, (left, right)), items)
    missing = fact.complete(arguments)[len(items) :]
    return _defined(fact.definition, fact.parameters, (*items, *(dual(expr, {}) for expr in missing)))


def _defined(definition: Expr | None, parameters: tuple[str, ...], items: tuple[Dual, ...]) -> Dual:
    assert definition is not None  # the caller looked
    return dual(definition, dict(zip(parameters, items, strict=True)))


def _holds(condition: Condition, known: Mapping[str, Dual]) -> bool:
    gap = _add(dual(condition.left, known), _negated(dual(condition.right, known)))
    if gap.value == 0 and gap.tangent != 0:
        raise UnsupportedExpression("the point is at a kink")
    positive, negative = gap.value > 0, gap.value < 0
    if not (positive or negative or gap.value == 0):
        raise UnsupportedExpression("the point is too near a kink")
    match condition.relation:
        case "<":
            return bool(negative)
        case "<=":
            return not positive
        case ">":
            return bool(positive)
        case ">=":
            return not negative
        case "=":
            return not positive and not negative
        case _:
            return bool(positive or negative)


def _negated(item: Dual) -> Dual:
    return Dual(-item.value, -item.tangent)
