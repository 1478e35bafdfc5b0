"""Expressions made into plain functions of a point: in floats to look ahead, in balls to prove.

A function is built once from the tree and called thousands of times. Where an expression is not defined, or a
condition cannot be decided, the value is not finite.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from flint import arb, ctx, fmpz

from solver.descent.polynomial import rational
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
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
)

Function: TypeAlias = Callable[[Sequence[Any]], Any]
_MOST_BITS = 2**40


@dataclass(frozen=True)
class Field:
    """An arithmetic: how a rational, a constant, a power and a primitive function are computed in it."""

    number: Callable[[Fraction], Any]
    constant: Callable[[str], Any]
    power: Callable[[Any, Fraction], Any]
    general_power: Callable[[Any, Any], Any]
    functions: Mapping[str, Callable[..., Any]]
    nan: Any


def _float_power(base: float, exponent: Fraction) -> float:
    if exponent.denominator == 1:
        return float(base ** int(exponent))
    return float(base ** float(exponent)) if base >= 0 else math.nan


def _ball_power(base: arb, exponent: Fraction) -> arb:
    if exponent < 0:
        return 1 / _ball_power(base, -exponent)
    if exponent.denominator == 1:
        n = int(exponent)
        if n % 2 == 0 and base.contains(0):
            base = abs(base)
        if base.is_exact() or not base.contains(0):
            return base ** fmpz(n)
        result, square = arb(1), base
        while n:
            if n & 1:
                result *= square
            square, n = square * square, n >> 1
        return result
    if base < 0:
        return arb("nan")
    root = base.nonnegative_part().root(exponent.denominator)
    return _ball_power(root, Fraction(exponent.numerator))


def _square(base: arb) -> arb:
    if not (base > 0 or base < 0):
        base = abs(base)
    return base * base


def _ball_root(x: arb, degree: Any) -> arb:
    n = int(float(degree.mid()))
    if x < 0:
        return -((-x).root(n)) if n % 2 else arb("nan")
    return x.nonnegative_part().root(n)


def _float_root(x: float, degree: float) -> float:
    n = int(degree)
    if x < 0:
        return -((-x) ** (1 / n)) if n % 2 else math.nan
    return float(x ** (1 / n))


def _native(name: str) -> Callable[[arb], arb]:
    return lambda x: getattr(x, name)()


def _bounded(name: str) -> Callable[[arb], arb]:
    """A function that grows like eˣ, without a value where that would fill the memory."""
    return lambda x: getattr(x, name)() if abs(x) < _MOST_BITS else arb("nan")


FLOATS = Field(
    number=float,
    constant=lambda name: math.e if name == "e" else math.pi,
    power=_float_power,
    general_power=lambda base, exponent: base**exponent if base > 0 else math.nan,
    functions={
        "exp": math.exp, "ln": math.log, "sin": math.sin, "cos": math.cos, "tan": math.tan,
        "atan": math.atan, "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh, "erf": math.erf,
        "sqrt": math.sqrt, "abs": abs, "max": max, "min": min, "root": _float_root,
        "cbrt": lambda x: _float_root(x, 3),
    },
    nan=math.nan,
)  # fmt: skip
BALLS = Field(
    number=lambda value: arb(rational(value)),
    constant=lambda name: arb(1).exp() if name == "e" else arb.pi(),
    power=_ball_power,
    general_power=lambda base, exponent: base**exponent if base > 0 else arb("nan"),
    functions={
        **{name: _native(name) for name in ("sin", "cos", "tan", "atan", "tanh", "erf")},
        **{name: _bounded(name) for name in ("exp", "sinh", "cosh")},
        "ln": lambda x: x.log(),
        "sqrt": lambda x: x.sqrt(),
        "abs": abs,
        "max": lambda *xs: _extreme(xs, "max"),
        "min": lambda *xs: _extreme(xs, "min"),
        "root": _ball_root,
        "cbrt": lambda x: _ball_root(x, arb(3)),
    },
    nan=arb("nan"),
)


def _extreme(values: Sequence[arb], name: str) -> arb:
    found = values[0]
    for value in values[1:]:
        found = getattr(found, name)(value)
    return found


def compiled(expr: Expr, names: Sequence[str], field: Field) -> Function:
    """The expression as a function of the values of `names`, in their order.

    Raises UnsupportedExpression for a function without a definition.
    """
    inner = _compile(expr, {name: i for i, name in enumerate(names)}, field)
    if field is BALLS:
        return inner

    def guarded(point: Sequence[Any]) -> Any:
        try:
            return inner(point)
        except OverflowError:
            return math.inf
        except (ArithmeticError, ValueError):
            return field.nan

    return guarded


def _compile(expr: Expr, places: Mapping[str, int], field: Field) -> Function:
    def inner(e: Expr) -> Function:
        return _compile(e, places, field)

    exact = exact_value(expr)
    if exact is not None:
        return _constant(lambda: field.number(exact), field)
    match expr:
        case Constant(name):
            return _constant(lambda: field.constant(name), field)
        case Symbol(name):
            if name not in places:
                raise UnsupportedExpression(f"“{name}” has no value")
            place = places[name]
            return lambda p: p[place]
        case Sum(terms):
            return _sum([inner(term) for term in terms])
        case Product(factors):
            return _product([inner(factor) for factor in factors])
        case Negative(operand):
            negated = inner(operand)
            return lambda p: -negated(p)
        case Quotient(top, bottom):
            above, below = inner(top), inner(bottom)
            return lambda p: above(p) / below(p)
        case Power(base, exponent):
            root = inner(base)
            power = exact_value(exponent)
            if power == 2 and field is BALLS:
                return lambda p: _square(root(p))
            if power is not None:
                return lambda p: field.power(root(p), power)
            if base == Constant("e"):
                exp, argument = field.functions["exp"], inner(exponent)
                return lambda p: exp(argument(p))
            raised = inner(exponent)
            return lambda p: field.general_power(root(p), raised(p))
        case Apply(name, arguments):
            return _call(name, [inner(a) for a in _complete(name, arguments)], field)
        case Cases(branches):
            return _cases(
                [(inner(b), None if c is None else _test(c, places, field)) for b, c in branches], field
            )
    raise UnsupportedExpression(f"no value of {type(expr).__name__}")


def _constant(make: Callable[[], Any], field: Field) -> Function:
    if field is BALLS:
        known: dict[int, Any] = {}  # by the precision of the moment

        def constant(p: Sequence[Any]) -> Any:
            found = known.get(ctx.prec)
            if found is None:
                found = known[ctx.prec] = make()
            return found

        return constant
    value = make()
    return lambda p: value


def _sum(parts: list[Function]) -> Function:
    if len(parts) == 2:
        a, b = parts
        return lambda p: a(p) + b(p)

    def total(p: Sequence[Any]) -> Any:
        found = parts[0](p)
        for part in parts[1:]:
            found = found + part(p)
        return found

    return total


def _product(parts: list[Function]) -> Function:
    if len(parts) == 2:
        a, b = parts
        return lambda p: a(p) * b(p)

    def product(p: Sequence[Any]) -> Any:
        found = parts[0](p)
        for part in parts[1:]:
            found = found * part(p)
        return found

    return product


def _complete(name: str, arguments: tuple[Expr, ...]) -> tuple[Expr, ...]:
    return FUNCTIONS[name].complete(arguments) if name in FUNCTIONS else arguments


def _call(name: str, arguments: list[Function], field: Field) -> Function:
    known = field.functions.get(name)
    if known is not None:
        if len(arguments) == 1:
            argument = arguments[0]
            return lambda p: known(argument(p))
        return lambda p: known(*(a(p) for a in arguments))
    fact = FUNCTIONS.get(name)
    if fact is None or fact.definition is None:
        raise UnsupportedExpression(f"the function {name} has no definition")
    body = _compile(fact.definition, {p: i for i, p in enumerate(fact.parameters)}, field)
    return lambda p: body([a(p) for a in arguments])


Test: TypeAlias = Callable[[Sequence[Any]], bool | None]


def _cases(branches: Sequence[tuple[Function, Test | None]], field: Field) -> Function:
    """The first branch whose condition holds; no value past a condition that cannot be decided."""

    def value(p: Sequence[Any]) -> Any:
        for branch, test in branches:
            holds = True if test is None else test(p)
            if holds:
                return branch(p)
            if holds is None:
                break
        return field.nan

    return value


_HOLDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}


def _test(condition: Condition, places: Mapping[str, int], field: Field) -> Test:
    """Whether the condition certainly holds (True), certainly does not (False), or cannot be told (None)."""
    left = _compile(condition.left, places, field)
    right = _compile(condition.right, places, field)
    relation = condition.relation
    if field is FLOATS:
        relation = {"<": "<=", ">": ">="}.get(relation, relation)  # a kink has a slope too, to look ahead
    holds, fails = _HOLDS[relation], _HOLDS[_OPPOSITE[relation]]

    def test(p: Sequence[Any]) -> bool | None:
        a, b = left(p), right(p)
        if holds(a, b):
            return True
        return False if fails(a, b) else None

    return test
