"""Two sides at one point: equal, different, or defined on one side alone, by exact numbers or narrow balls.

The values come from `derivation.duals`, which knows the definitions of functions and none of the rules that
derive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq

from solver.derivation.duals import Local, Unclear, Undefined, value
from solver.derivation.points import Point
from solver.expression.tree import Condition, Expr

PRECISIONS = (160, 640, 2560)
DEEP = (4096, 20_000)
"""Bits at which sides that look equal are compared once more: a difference of 10⁻¹⁰⁰⁰ is a difference."""

_NARROW = 2**-64
_TINY = arb(2) ** -2000
_LARGE = arb(10) ** 1000


class Outcome(StrEnum):
    """What a comparison at one point found."""

    EQUAL = "equal"
    DIFFERENT = "different"
    LEFT_ONLY = "left only"  # the right side is not defined there
    RIGHT_ONLY = "right only"
    NEITHER = "neither"
    VANISHING = "vanishing"  # both so small that nothing but zeros is known of them
    UNCLEAR = "unclear"  # too large, or on a border


@dataclass(frozen=True, slots=True)
class Pair:
    """What is compared: two sides, and the functions by name that they call and that no table knows."""

    left: Expr
    right: Expr
    functions: Mapping[str, Local]

    def at(self, point: Point, precisions: tuple[int, ...] = PRECISIONS) -> Outcome:
        """The outcome at a point, precision rising until it can be told."""
        outcome = Outcome.UNCLEAR
        for bits in precisions:
            left, right = (evaluate(side, point, self.functions, bits) for side in (self.left, self.right))
            if isinstance(left, Undefined) or isinstance(right, Undefined):
                outcome = _one_sided(left, right)
            else:
                outcome = _compared(left, right, bits)
            if outcome is not Outcome.UNCLEAR:
                break
        return outcome

    def deep(self, point: Point, bits: int) -> Outcome:
        """The outcome at a high precision only."""
        return self.at(point, (bits,))


def evaluate(expr: Expr, point: Point, functions: Mapping[str, Local], bits: int) -> Any:
    """The value at a rational point: exact (`fmpq`) if it is rational, else a ball, or why there is none."""
    before, ctx.prec = ctx.prec, bits
    try:
        numbers: dict[str, Any] = {name: fmpq(v.numerator, v.denominator) for name, v in point.items()}
        found = value(expr, numbers | dict(functions))
    except Undefined as why:
        return why
    except ZeroDivisionError:
        return Undefined()
    finally:
        ctx.prec = before
    if isinstance(found, arb) and not found.is_finite():
        return Unclear()
    return found


def _one_sided(left: Any, right: Any) -> Outcome:
    if isinstance(left, Unclear) or isinstance(right, Unclear):
        return Outcome.UNCLEAR
    if isinstance(left, Undefined):
        return Outcome.NEITHER if isinstance(right, Undefined) else Outcome.RIGHT_ONLY
    return Outcome.LEFT_ONLY


def _compared(left: Any, right: Any, bits: int) -> Outcome:
    if isinstance(left, fmpq) and isinstance(right, fmpq):
        return Outcome.EQUAL if left == right else Outcome.DIFFERENT
    before, ctx.prec = ctx.prec, bits
    try:
        a, b = arb(left), arb(right)
        gap, size = a - b, abs(a).max(abs(b))
        if not gap.is_finite():
            return Outcome.UNCLEAR
        if not gap.contains(0):
            return Outcome.DIFFERENT
        narrow = gap.rad() <= _NARROW * size
        vanishing = size < _TINY and a.contains(0) and b.contains(0)
    finally:
        ctx.prec = before
    if narrow:
        return Outcome.EQUAL
    return Outcome.VANISHING if vanishing and bits >= PRECISIONS[-1] else Outcome.UNCLEAR


def satisfied(
    conditions: tuple[Condition, ...], point: Point, functions: Mapping[str, Local] | None = None
) -> bool:
    """Whether a point satisfies every condition; False where that cannot be told."""
    return all(_holds(c, point, functions or {}) for c in conditions)


def _holds(condition: Condition, point: Point, functions: Mapping[str, Local]) -> bool:
    left, right = (evaluate(side, point, functions, 128) for side in (condition.left, condition.right))
    return stands(left, condition.relation, right)


def stands(left: Any, relation: str, right: Any) -> bool:
    """Whether two values (or the reasons why there are none) stand in a relation; False where unknown."""
    if isinstance(left, Undefined) or isinstance(right, Undefined):
        return False
    gap = left - right
    match relation:
        case ">":
            return bool(gap > 0)
        case ">=":
            return bool(gap >= 0)
        case "<":
            return bool(gap < 0)
        case "<=":
            return bool(gap <= 0)
        case "!=":
            return bool(gap > 0) or bool(gap < 0)
    return isinstance(gap, fmpq) and bool(gap == 0)


def shown(found: Any, digits: int = 17) -> str:
    """A value as text: the exact fraction where it is short, else its first digits."""
    from solver.expression.decimals import decimal_of_ball, significant

    size = abs(arb(found))
    if size > _LARGE or (size < 1 / _LARGE and not size.contains(0)):
        return str(arb(found).str(digits, radius=False))
    if isinstance(found, fmpq):
        exact = Fraction(int(found.p), int(found.q))
        text = str(exact)
        return text if len(text) <= 24 else significant(exact, digits)
    return decimal_of_ball(found, digits)


def close(left: Any, right: Any) -> bool:
    """Whether the first dozen digits are the same, so that the difference must be told."""
    gap, size = abs(arb(left - right)), abs(arb(left))
    return bool(gap < size * arb(2) ** -40)


def gap_shown(left: Any, right: Any, bits: int) -> str:
    """left − right to a few digits, however small: two values may part after a thousand digits."""
    before, ctx.prec = ctx.prec, bits
    try:
        return str(arb(left - right).str(5, radius=False))
    finally:
        ctx.prec = before
