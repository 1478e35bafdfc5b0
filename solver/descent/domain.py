"""Where a function is not defined: proved at a box, so that a run that leaves the domain is told with its
step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from flint import arb

from solver.descent.compiled import BALLS, compiled
from solver.errors import UnsupportedExpression
from solver.expression.evaluate import exact_value
from solver.expression.functions import FUNCTIONS
from solver.expression.tree import Apply, Cases, Expr, Power, Quotient, children


def may_leave(expr: Expr) -> bool:
    """Whether the expression may have no value at some point: it demands something of an operand."""
    return any(True for _ in _demands(expr))


def is_outside(expr: Expr, names: Sequence[str], box: Sequence[arb]) -> bool:
    """Whether the expression is certainly not defined anywhere on the box."""
    return any(_forbidden(kind, inner, names, box) for kind, inner in _demands(expr))


def _demands(expr: Expr) -> Iterator[tuple[str, Expr]]:
    """What must hold for the expression to have a value: an operand that is positive, not negative, or not
    0.
    """
    if isinstance(expr, Cases):
        return  # which branch counts depends on the point
    for child in children(expr):
        yield from _demands(child)
    match expr:
        case Quotient(_, bottom):
            yield "zero", bottom
        case Power(base, exponent):
            power = exact_value(exponent)
            if power is None or power.denominator != 1:
                yield ("negative" if power is None or power > 0 else "not positive"), base
            elif power < 0:
                yield "zero", base
        case Apply("ln", (argument,)):
            yield "not positive", argument
        case Apply("sqrt", (argument,)):
            yield "negative", argument
        case Apply("root", (argument, degree)) if (exact_value(degree) or Fraction(1)) % 2 == 0:
            yield "negative", argument
        case Apply(name, arguments) if name in FUNCTIONS:
            definition = FUNCTIONS[name].defined_at(arguments)
            if definition is not None:
                yield from _demands(definition)


def _forbidden(kind: str, expr: Expr, names: Sequence[str], box: Sequence[arb]) -> bool:
    try:
        value = compiled(expr, names, BALLS)(box)
    except UnsupportedExpression:
        return False
    if kind == "zero":
        return bool(value.is_exact() and value == 0)
    return bool(value < 0) or (kind == "not positive" and bool(value <= 0))
