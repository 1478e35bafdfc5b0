"""Forward-mode derivatives by dual numbers: the second road. It knows a few primitives and the four
operations.

Nothing here is shared with the rules: a function is evaluated from its definition, so that a wrong derivative
in the table, or a wrong rule, meets a number that it did not make.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, fmpq

from solver.derivation.dual_numbers import (
    PRIMITIVES,
    Dual,
    Unclear,
    Undefined,
    add,
    base_of,
    multiply,
    negate,
    outside,
    polygamma,
    primitive,
    real_root,
    reciprocal,
    whole_power,
)
from solver.derivation.stand_ins import coefficients
from solver.errors import UnsupportedExpression
from solver.expression.functions import FUNCTIONS
from solver.expression.tree import (
    Apply,
    Cases,
    Condition,
    Constant,
    Derivative,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    walk,
)

RATIONAL_FUNCTIONS = frozenset(
    {"abs", "sign", "max", "min", "relu", "leaky_relu", "hard_sigmoid", "hard_tanh", "relu6", "identity"}
)


@dataclass(frozen=True, slots=True)
class Local:
    """A function that a point holds under its name: the `body`, differentiated by each of `orders`."""

    parameters: tuple[Symbol, ...]
    body: Expr
    orders: tuple[Symbol, ...] = ()


def is_rational(expr: Expr) -> bool:
    """Whether only the four operations, whole powers and rational functions by pieces appear."""
    for node in walk(expr):
        if isinstance(node, Constant):
            return False
        if isinstance(node, Apply) and node.function not in RATIONAL_FUNCTIONS:
            return False
        if isinstance(node, Power) and _whole(node.exponent) is None:
            return False
    return True


def _whole(expr: Expr) -> int | None:
    sign = 1
    while isinstance(expr, Negative):
        sign, expr = -sign, expr.operand
    if isinstance(expr, Number) and expr.value.denominator == 1:
        return sign * expr.value.numerator
    return None


def value(expr: Expr, point: Mapping[str, Any], level: int = 0) -> Any:
    """The value at a point (of `fmpq`, `arb` or duals), derivatives included. Raises Undefined."""
    match expr:
        case Number(number):
            return _lift(number, point)
        case Symbol(name):
            if name not in point:
                raise UnsupportedExpression(f"“{name}” has no value")
            return point[name]
        case Constant(name):
            return arb.pi() if name == "pi" else arb(1).exp()
        case Sum(terms):
            total: Any = _lift(Fraction(0), point)
            for term in terms:
                total = add(total, value(term, point, level))
            return total
        case Negative(operand):
            return negate(value(operand, point, level))
        case Product(factors):
            product: Any = _lift(Fraction(1), point)
            for factor in factors:
                product = multiply(product, value(factor, point, level))
            return product
        case Quotient(top, bottom):
            return multiply(value(top, point, level), reciprocal(value(bottom, point, level)))
        case Power(base, exponent):
            return _power(value(base, point, level), exponent, point, level)
        case Apply(name, arguments):
            return _call(name, arguments, point, level)
        case Cases(branches):
            for branch, condition in branches:
                if condition is None or _holds(condition, point, level):
                    return value(branch, point, level)
            raise Undefined
        case Derivative():
            if not isinstance(point, Place):
                return _slope_of(expr, point, level)
            known = point.slopes.get(id(expr))
            if known is None or known[0] is not expr:
                known = point.slopes[id(expr)] = (expr, _slope_of(expr, point, level))
            return known[1]
    raise UnsupportedExpression(f"no value of {type(expr).__name__}")


class Place(dict[str, Any]):
    """A point that remembers the derivatives found there: lines of a derivation await the same ones.

    One place serves one precision.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.slopes: dict[int, tuple[Expr, Any]] = {}


def _slope_of(expr: Derivative, point: Mapping[str, Any], level: int) -> Any:
    here = point[expr.variable.name]
    inner = dict(point) | {expr.variable.name: Dual(level + 1, here, _like(here, 1))}
    found = value(expr.operand, inner, level + 1)
    if isinstance(found, Dual) and found.level == level + 1:
        return found.slope
    return fmpq(0)


def _lift(number: Fraction, point: Mapping[str, Any]) -> Any:
    return fmpq(number.numerator, number.denominator)


def _like(sample: Any, number: int) -> Any:
    return fmpq(number)


def _power(base: Any, exponent: Expr, point: Mapping[str, Any], level: int) -> Any:
    whole = _whole(exponent)
    if whole is not None:
        if whole <= 0 and base_of(base) == 0:
            raise Undefined
        return whole_power(base, whole)
    e = value(exponent, point, level)
    if not isinstance(e, Dual) and hasattr(e, "p") and hasattr(e, "q"):
        if e.q == 1 and abs(int(e.p)) <= 10_000:
            if e <= 0 and base_of(base) == 0:
                raise Undefined
            return whole_power(base, int(e.p))
        rooted = base_of(base) > 0 or (base_of(base) == 0 and e > 0)
        if rooted and int(e.q) <= 64 and abs(int(e.p)) <= 10_000:
            return whole_power(real_root(base, int(e.q)), int(e.p))
    if not base_of(base) > 0:
        raise outside(base)
    return primitive("exp", multiply(e, primitive("ln", base)))


def _call(name: str, arguments: tuple[Expr, ...], point: Mapping[str, Any], level: int) -> Any:
    if name in PRIMITIVES:
        return primitive(name, value(arguments[0], point, level))
    if name == "polygamma":
        order = _whole(arguments[0])
        if order is None:
            raise UnsupportedExpression("the order of polygamma is a whole number")
        return polygamma(order, value(arguments[1], point, level))
    if name in ("sqrt", "cbrt", "root"):
        degree = {"sqrt": 2, "cbrt": 3}.get(name) or _whole(arguments[1])
        assert degree is not None
        return real_root(value(arguments[0], point, level), degree)
    if name in ("max", "min"):
        distinct = tuple(dict.fromkeys(arguments))  # π against π would not be told apart
        best = value(distinct[0], point, level)
        for argument in distinct[1:]:
            other = value(argument, point, level)
            first = _sign(add(best, negate(other))) >= 0
            best = best if first == (name == "max") else other
        return best
    if isinstance(local := point.get(name), Local):
        return _local(local, [value(a, point, level) for a in arguments], point, level)
    if name not in FUNCTIONS and len(arguments) == 1:
        u = value(arguments[0], point, level)
        total: Any = fmpq(0)
        for c in reversed(coefficients(name)):
            total = add(multiply(total, u), fmpq(c.numerator, c.denominator))
        return total
    if name not in FUNCTIONS or FUNCTIONS[name].definition is None:
        raise UnsupportedExpression(f"the function {name} has no definition")
    fact = FUNCTIONS[name]
    definition = fact.definition
    assert definition is not None
    values = [value(a, point, level) for a in fact.complete(arguments)]
    return value(definition, dict(zip(fact.parameters, values, strict=True)), level)


def _local(function: Local, values: list[Any], point: Mapping[str, Any], level: int) -> Any:
    body = function.body
    for variable in function.orders:
        body = Derivative(body, variable)
    names = (parameter.name for parameter in function.parameters)
    return value(body, dict(point) | dict(zip(names, values, strict=True)), level)


def _sign(x: Any) -> int:
    here = base_of(x)
    if here > 0:
        return 1
    if here < 0:
        return -1
    if here == 0:
        return 0
    raise Unclear


def _holds(condition: Condition, point: Mapping[str, Any], level: int) -> bool:
    gap = add(value(condition.left, point, level), negate(value(condition.right, point, level)))
    sign = _sign(gap)
    return {
        "<": sign < 0, "<=": sign <= 0, ">": sign > 0, ">=": sign >= 0, "=": sign == 0, "!=": sign != 0,
    }[condition.relation]  # fmt: skip


__all__ = [
    "Dual",
    "Local",
    "Place",
    "Unclear",
    "Undefined",
    "add",
    "base_of",
    "is_rational",
    "multiply",
    "reciprocal",
    "value",
    "whole_power",
]
