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

from solver.derivation.stand_ins import coefficients
from solver.errors import UnsupportedExpression
from solver.expression.functions import FUNCTIONS
from solver.expression.special import gamma_ball, polygamma_ball
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


_HUGE = 2**40
"""The exponential of more than this is taken to have no value: towers of powers fill the memory."""
_MAX_BITS = 60_000


class Undefined(Exception):
    """No value there: outside the domain."""


class Unclear(Undefined):
    """No value was found: too large, or on a border that cannot be decided at this precision."""


@dataclass(frozen=True, slots=True)
class Local:
    """A function that a point holds under its name: the `body`, differentiated by each of `orders`."""

    parameters: tuple[Symbol, ...]
    body: Expr
    orders: tuple[Symbol, ...] = ()


@dataclass(frozen=True, slots=True)
class Dual:
    """value + slope·ε, with ε² = 0; `level` tells the ε of one derivative from that of another."""

    level: int
    value: Any
    slope: Any


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
        case Derivative(operand, variable):
            here = point[variable.name]
            inner = dict(point) | {variable.name: Dual(level + 1, here, _like(here, 1))}
            found = value(operand, inner, level + 1)
            if isinstance(found, Dual) and found.level == level + 1:
                return found.slope
            return _lift(Fraction(0), point)
    raise UnsupportedExpression(f"no value of {type(expr).__name__}")


def _lift(number: Fraction, point: Mapping[str, Any]) -> Any:
    return fmpq(number.numerator, number.denominator)


def _like(sample: Any, number: int) -> Any:
    return fmpq(number)


def base_of(x: Any) -> Any:
    """The value without its infinitesimal parts."""
    while isinstance(x, Dual):
        x = x.value
    return x


# ---- arithmetic -------------------------------------------------------------------------------


def add(a: Any, b: Any) -> Any:
    """a + b"""
    if isinstance(a, Dual) or isinstance(b, Dual):
        level, (av, ae), (bv, be) = _aligned(a, b)
        return Dual(level, add(av, bv), add(ae, be))
    return a + b


def negate(a: Any) -> Any:
    """−a"""
    return Dual(a.level, negate(a.value), negate(a.slope)) if isinstance(a, Dual) else -a


def multiply(a: Any, b: Any) -> Any:
    """(a + a′ε)(b + b′ε) = ab + (a′b + ab′)ε"""
    if isinstance(a, Dual) or isinstance(b, Dual):
        level, (av, ae), (bv, be) = _aligned(a, b)
        return Dual(level, multiply(av, bv), add(multiply(ae, bv), multiply(av, be)))
    return a * b


def reciprocal(a: Any) -> Any:
    """1/(a + a′ε) = 1/a − (a′/a²)ε"""
    if isinstance(a, Dual):
        inverse = reciprocal(a.value)
        return Dual(a.level, inverse, negate(multiply(a.slope, multiply(inverse, inverse))))
    if a == 0:
        raise Undefined
    return 1 / a


def _aligned(a: Any, b: Any) -> tuple[int, tuple[Any, Any], tuple[Any, Any]]:
    """Both as duals of the higher level; what is of a lower level is a constant there."""
    zero = fmpq(0)
    la, lb = getattr(a, "level", 0), getattr(b, "level", 0)
    level = max(la, lb)
    return (
        level,
        (a.value, a.slope) if la == level else (a, zero),
        (b.value, b.slope) if lb == level else (b, zero),
    )


def whole_power(a: Any, n: int) -> Any:
    """aⁿ by repeated squaring."""
    if n < 0:
        return reciprocal(whole_power(a, -n))
    if not isinstance(a, Dual):
        return _bounded(a, n) ** n
    if n == 0:
        return fmpq(1)
    return Dual(
        a.level, whole_power(a.value, n), multiply(_count(n), multiply(whole_power(a.value, n - 1), a.slope))
    )


def _bounded(a: Any, n: int) -> Any:
    """A ball in place of a fraction whose power would have too many digits."""
    if isinstance(a, fmpq) and (a.p.bit_length() + a.q.bit_length()) * n > _MAX_BITS:
        return arb(a)
    return a


def _count(n: int) -> Any:
    return fmpq(n)


# ---- primitives -------------------------------------------------------------------------------


def primitive(name: str, a: Any) -> Any:
    """exp, ln, sin, cos, atan, erf, gamma, of a number or a dual."""
    if isinstance(a, Dual):
        inner = primitive(name, a.value)
        return Dual(a.level, inner, multiply(_slope(name, a.value, inner), a.slope))
    ball = a if isinstance(a, arb) else arb(a)
    if name == "exp" and not abs(ball) < _HUGE:
        raise Unclear
    if name == "ln":
        if not ball > 0:
            raise _outside(ball)
        return ball.log()
    if name == "gamma":
        found = gamma_ball(ball)
        if not found.is_finite():
            raise Undefined
        return found
    return getattr(ball, name)()


def _slope(name: str, a: Any, here: Any) -> Any:
    match name:
        case "exp":
            return here
        case "ln":
            return reciprocal(a)
        case "sin":
            return primitive("cos", a)
        case "cos":
            return negate(primitive("sin", a))
        case "atan":
            return reciprocal(add(_count(1), multiply(a, a)))
        case "erf":
            bell = primitive("exp", negate(multiply(a, a)))
            return multiply(2 / arb.pi().sqrt(), bell)
        case "gamma":
            return multiply(here, polygamma(0, a))
    raise UnsupportedExpression(f"no primitive {name}")


PRIMITIVES = frozenset({"exp", "ln", "sin", "cos", "atan", "erf", "gamma"})


def polygamma(order: int, a: Any) -> Any:
    """ψ⁽ⁿ⁾ of a number or a dual; its slope is ψ⁽ⁿ⁺¹⁾, both from the power series of Γ."""
    if isinstance(a, Dual):
        return Dual(a.level, polygamma(order, a.value), multiply(polygamma(order + 1, a.value), a.slope))
    found = polygamma_ball(order, a if isinstance(a, arb) else arb(a))
    if not found.is_finite():
        raise Undefined
    return found


def real_root(a: Any, degree: int) -> Any:
    """The real root of that degree: of a negative number where the degree is odd."""
    if isinstance(a, Dual):
        inner = real_root(a.value, degree)
        share = reciprocal(multiply(_count(degree), whole_power(inner, degree - 1)))
        return Dual(a.level, inner, multiply(share, a.slope))
    ball = a if isinstance(a, arb) else arb(a)
    if ball > 0:
        return ball.root(degree)
    if ball < 0 and degree % 2:
        return -(-ball).root(degree)
    if ball == 0:
        return ball
    raise _outside(ball)


def _outside(x: Any) -> Undefined:
    """Where a positive number is needed: outside the domain, or a ball too wide to tell."""
    return Undefined() if base_of(x) <= 0 else Unclear()


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
        raise _outside(base)
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
        best = value(arguments[0], point, level)
        for argument in arguments[1:]:
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
