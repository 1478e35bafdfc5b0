"""Printed decimals: a correct rounding, a truncation, or neither."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from flint import arb, ctx, fmpq

from solver.claims.compare import PRECISIONS, evaluate
from solver.claims.question import Question
from solver.expression.tree import Expr

_PRINTED = re.compile(
    r"[-+−]?\s*(?:\d+(?:(?:\.|,|\{,\})(\d*))?|\.(\d+))"
    r"(?:[eE]([-+]?\d+)|\s*(?:\*|×|·|\\times|\\cdot)\s*10\s*\^\s*[{(]?\s*([-−+]?\d+)\s*[)}]?)?"
)


class Printed(StrEnum):
    """What a printed decimal is of the value that it stands for."""

    ROUNDING = "rounding"
    TRUNCATION = "truncation"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Approximation:
    """The kind of a printed decimal, and the right rounding to as many decimals."""

    kind: Printed
    rounded: str


def places(text: str) -> int | None:
    """How many decimals are printed (3.140 has 3, 1.5e-3 has 4, 12e3 has −3); None for another text."""
    found = _PRINTED.fullmatch(text.strip())
    if found is None:
        return None
    power = (found[3] or found[4] or "0").replace("−", "-")
    return len(found[1] or found[2] or "") - int(power)


def approximation(exact: Expr, printed: Fraction, digits: int, asked: Question) -> Approximation | None:
    """How `printed` stands to the value of `exact`; None where that has no value."""
    unit = Fraction(10) ** -digits
    for bits in (64 + 4 * abs(digits), *PRECISIONS):
        found = evaluate(exact, {}, asked.functions, bits)
        if isinstance(found, Exception):
            continue
        before, ctx.prec = ctx.prec, bits
        try:
            gap, size = abs(arb(found) - _ball(printed)), abs(arb(found))
            if gap < _ball(unit / 2) or _exactly(found, printed, unit):
                return Approximation(Printed.ROUNDING, _rounded(found, digits))
            if not gap > _ball(unit / 2):
                continue
            same_side = bool(arb(found) * _ball(printed) > 0) or printed == 0
            cut = same_side and bool(size >= _ball(abs(printed))) and bool(gap < _ball(unit))
        finally:
            ctx.prec = before
        return Approximation(Printed.TRUNCATION if cut else Printed.WRONG, _rounded(found, digits))
    return None


def _ball(value: Fraction) -> arb:
    return arb(fmpq(value.numerator, value.denominator))


def _exactly(found: object, printed: Fraction, unit: Fraction) -> bool:
    """A tie, rounded to either side."""
    if not isinstance(found, fmpq):
        return False
    return abs(Fraction(int(found.p), int(found.q)) - printed) <= unit / 2


def _rounded(found: object, digits: int) -> str:
    from solver.expression.decimals import decimal, decimal_of_ball

    if isinstance(found, fmpq):
        exact = Fraction(int(found.p), int(found.q))
    else:
        exact = Fraction(decimal_of_ball(found, 60 + abs(digits)))
    return decimal(exact, max(digits, 0))
