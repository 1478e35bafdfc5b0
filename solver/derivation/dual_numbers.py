"""Numbers value + slope·ε with ε² = 0: the four operations, powers, and a few primitive functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flint import arb, fmpq

from solver.errors import UnsupportedExpression
from solver.expression.special import gamma_ball, polygamma_ball

_HUGE = 2**40
"""The exponential of more than this is taken to have no value: towers of powers fill the memory."""
_MAX_BITS = 60_000


class Undefined(Exception):
    """No value there: outside the domain."""


class Unclear(Undefined):
    """No value was found: too large, or on a border that cannot be decided at this precision."""


@dataclass(frozen=True, slots=True)
class Dual:
    """value + slope·ε, with ε² = 0; `level` tells the ε of one derivative from that of another."""

    level: int
    value: Any
    slope: Any


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
        base = _bounded(a, n)
        return _squared_up(base, n) if isinstance(base, arb) and base.contains(0) else base**n
    if n == 0:
        return fmpq(1)
    return Dual(
        a.level, whole_power(a.value, n), multiply(count(n), multiply(whole_power(a.value, n - 1), a.slope))
    )


def _squared_up(ball: Any, n: int) -> Any:
    """A power of a ball around 0, for which `**` gives nan."""
    found = arb(1)
    while n:
        if n % 2:
            found *= ball
        ball, n = ball * ball, n // 2
    return found


def _bounded(a: Any, n: int) -> Any:
    """A ball in place of a fraction whose power would have too many digits."""
    if isinstance(a, fmpq) and (a.p.bit_length() + a.q.bit_length()) * n > _MAX_BITS:
        return arb(a)
    return a


def count(n: int) -> Any:
    """A whole number among duals."""
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
            raise outside(ball)
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
            return reciprocal(add(count(1), multiply(a, a)))
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
        share = reciprocal(multiply(count(degree), whole_power(inner, degree - 1)))
        return Dual(a.level, inner, multiply(share, a.slope))
    ball = a if isinstance(a, arb) else arb(a)
    if ball > 0:
        return ball.root(degree)
    if ball < 0 and degree % 2:
        return -(-ball).root(degree)
    if ball == 0:
        return ball
    raise outside(ball)


def outside(x: Any) -> Undefined:
    """Where a positive number is needed: outside the domain, or a ball too wide to tell."""
    return Undefined() if base_of(x) <= 0 else Unclear()
