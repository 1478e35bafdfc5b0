"""Enclosures of smooth expressions over whole intervals, by balls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq

from solver.analysis.expansion import Undecided
from solver.analysis.pieces import is_constant
from solver.expression.tree import (
    Apply,
    Constant,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
)


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Ball arithmetic with this many bits inside the block."""
    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before


def exact_ball(value: Fraction) -> Any:
    """A ball around a rational."""
    return arb(fmpq(value.numerator, value.denominator))


def interval(low: Fraction, high: Fraction) -> Any:
    """A ball that holds the whole interval."""
    return exact_ball(low).union(exact_ball(high))


def enclose(expr: Expr, name: str, x: Any) -> Any:
    """A ball that holds f(t) for every t of the ball x. Raises Undecided for what is no smooth primitive."""

    def inner(e: Expr) -> Any:
        return enclose(e, name, x)

    match expr:
        case Number(value):
            return exact_ball(value)
        case Constant("pi"):
            return arb.pi()
        case Constant("e"):
            return arb(1).exp()
        case Symbol(found) if found == name:
            return x
        case Sum(terms):
            total = arb(0)
            for term in terms:
                total += inner(term)
            return total
        case Negative(operand):
            return -inner(operand)
        case Product(factors):
            total = arb(1)
            for factor in factors:
                total *= inner(factor)
            return total
        case Quotient(top, bottom):
            return inner(top) / inner(bottom)
        case Power(Constant("e"), exponent):
            return inner(exponent).exp()
        case Power(base, Number(value)):
            return _power(inner(base), value)
        case Power(base, exponent) if is_constant(exponent, Symbol(name)):
            return (inner(exponent) * inner(base).log()).exp()
        case Apply(function, (argument,)) if function in _PRIMITIVES:
            return _PRIMITIVES[function](inner(argument))
    raise Undecided


def _power(base: Any, exponent: Fraction) -> Any:
    if exponent < 0:
        return 1 / _power(base, -exponent)
    if exponent.denominator != 1:
        return _power(base.root(exponent.denominator), Fraction(exponent.numerator))
    n = int(exponent)
    if n % 2 == 0:
        # an even power does not change sign: t² of a ball around 0 is in [0, r²]
        base = abs(base)
        low, high = base.abs_lower(), base.abs_upper()
    else:
        low, high = arb(base.lower()), arb(base.upper())
    return _repeated(low, n).union(_repeated(high, n))


def _repeated(base: Any, n: int) -> Any:
    """base^n by multiplications: a ball that holds 0 has no logarithm."""
    found = arb(1)
    for bit in bin(n)[2:]:
        found = found * found * base if bit == "1" else found * found
    return found


def _sigmoid(u: Any) -> Any:
    return 1 / (1 + (-u).exp())


_PRIMITIVES: Mapping[str, Callable[[Any], Any]] = {
    "exp": lambda u: u.exp(),
    "ln": lambda u: u.log(),
    "sin": lambda u: u.sin(),
    "cos": lambda u: u.cos(),
    "atan": lambda u: u.atan(),
    "erf": lambda u: u.erf(),
    "sqrt": lambda u: u.sqrt(),
    "sigmoid": _sigmoid,
    "tanh": lambda u: u.tanh(),
    "sinh": lambda u: u.sinh(),
    "cosh": lambda u: u.cosh(),
}
