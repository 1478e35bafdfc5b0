"""Numbers of the numeric pass: exact rationals as long as they stay exact, then balls that hold the true
value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import wraps
from typing import Any

from flint import arb, ctx, fmpq

from solver.errors import CorrigeError

Num = Any
"""A `flint.fmpq` (exact) or a `flint.arb` (a ball); Python's operators mix them."""

DIGITS = 20
_BITS = 72  # relative accuracy asked of every result: more than DIGITS digits
MAX_BITS = 1 << 15
"""The highest precision tried."""

_COSTLY, _KEPT = 4096, 512  # from how many bits on values are remembered, and how many

_TINY = MAX_BITS // 2  # at that precision a value below 2^−_TINY that may be 0 is taken as 0


class UndecidedSignError(ArithmeticError):
    """A sign that the balls cannot tell at this precision."""


class LogarithmError(ArithmeticError):
    """The logarithm of a number that is not positive."""


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Computes with `bits` bits inside the block."""
    old = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = old


def rational(value: Fraction | int) -> Num:
    """The exact number as a `fmpq`."""
    return fmpq(value.numerator, value.denominator)


ZERO, ONE, HALF = fmpq(0), fmpq(1), fmpq(1, 2)


def is_exact(value: Num) -> bool:
    return isinstance(value, fmpq)


def ball(value: Num) -> arb:
    """The number as a ball at the current precision."""
    return arb(value) if isinstance(value, fmpq) else value


def sign(value: Num) -> int:
    """−1, 0 or 1. Raises UndecidedSignError where the ball holds 0 and more; a ball that is nothing but tiny
    counts as 0.
    """
    if isinstance(value, fmpq):
        return int(value > 0) - int(value < 0)
    if value > 0:
        return 1
    if value < 0:
        return -1
    if value.is_zero() or _is_tiny(value):
        return 0
    raise UndecidedSignError


def _is_tiny(value: arb) -> bool:
    return ctx.prec >= MAX_BITS and bool(abs(value) < arb(2) ** -_TINY)


def remembered(function: Callable[[Num], Num]) -> Callable[[Num], Num]:
    """The function, with a memory at high precision: units of equal weights ask for the same value again."""
    known: dict[object, Num] = {}

    @wraps(function)
    def call(value: Num) -> Num:
        if ctx.prec < _COSTLY:
            return function(value)
        exact = (value,) if is_exact(value) else (*value.mid().man_exp(), *value.rad().man_exp())
        key = (ctx.prec, *exact)
        if key not in known:
            if len(known) >= _KEPT:
                known.clear()
            known[key] = function(value)
        return known[key]

    return call


@remembered
def exp(value: Num) -> Num:
    return ONE if is_exact(value) and value == 0 else ball(value).exp()


def ln(value: Num) -> Num:
    """ln value; LogarithmError where value ≤ 0."""
    if is_exact(value) and value == 1:
        return ZERO
    where = sign(value)
    if where < 0:
        raise LogarithmError(f"it takes the logarithm of {text(value)}, which is negative")
    if where == 0:
        raise (
            LogarithmError("it takes the logarithm of 0, so it is infinite")
            if is_exact(value)
            else UndecidedSignError
        )
    return ball(value).log()


@remembered
def sigmoid(value: Num) -> Num:
    return HALF if is_exact(value) and value == 0 else 1 / (1 + ball(-value).exp())


@remembered
def tanh(value: Num) -> Num:
    return ZERO if is_exact(value) and value == 0 else ball(value).tanh()


@remembered
def softplus(value: Num) -> Num:
    """ln(1 + e^value), without loss on either side."""
    b = ball(value)
    return b + (-b).exp().log1p() if b > 0 else b.exp().log1p()


def total(values: Sequence[Num]) -> Num:
    """The sum of the values."""
    found: Num = ZERO
    for value in values:
        found = found + value
    return found


def dot(left: Sequence[Num], right: Sequence[Num]) -> Num:
    """Σ leftᵢ rightᵢ."""
    found: Num = ZERO
    for a, b in zip(left, right, strict=True):
        found = found + a * b
    return found


def is_sharp(value: Num) -> bool:
    """Whether the value is known to DIGITS digits (or is 0, or too small to matter)."""
    if isinstance(value, fmpq):
        return True
    if not value.is_finite():
        return False
    return bool(value.is_zero()) or value.rel_accuracy_bits() >= _BITS or _is_tiny(value)


_WRITTEN = 2**20
"""Binary places beyond which a number is not written out exactly."""


@dataclass(frozen=True, slots=True)
class Real:
    """A real number that is not known to be rational, held in a ball of more than DIGITS digits."""

    ball: arb

    def decimal(self, digits: int) -> str:
        """Correctly rounded to `digits` decimals, decimal point."""
        from solver.expression.decimals import decimal as rounded

        return rounded(self.fraction(), digits)

    def fraction(self) -> Fraction:
        """The middle of the ball, exactly: equal to the number to about DIGITS digits.

        Raises CorrigeError for a number of hundreds of thousands of digits, as saturation gives far out.
        """
        mantissa, exponent = self.ball.mid().man_exp()
        if abs(exponent) > _WRITTEN:
            power = int(exponent) * 30103 // 100000
            raise CorrigeError(f"a value of about 10^({power}) is met: too far out to be written")
        return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)

    def __float__(self) -> float:
        return float(self.ball.mid())


Value = Fraction | Real


def value_of(number: Num) -> Value:
    """What the facts hold: a Fraction where the number is exact, else a `Real`."""
    if isinstance(number, fmpq):
        return Fraction(int(number.p), int(number.q))
    if number.is_zero():
        return Fraction(0)
    if number.contains(0):  # tiny: accepted as 0 by `is_sharp`
        return Fraction(0)
    return Real(number)


PLACES = 6
"""Decimals of a number on paper."""


def shown(value: Value, places: int = PLACES) -> str:
    """The value as it stands on paper: exact where it ends within `places` decimals, else rounded."""
    if isinstance(value, Real):
        return value.decimal(places)
    from solver.expression.decimals import decimal

    text = decimal(value, places)
    return text.rstrip("0").rstrip(".") if "." in text and Fraction(text) == value else text


def shown_rows(rows: Sequence[Sequence[Value]]) -> tuple[str, str]:
    r"""The numbers as one number or one matrix in LaTeX, after `=` where all are exact, else `\approx`."""
    texts = [[shown(v) for v in row] for row in rows]
    exact = all(isinstance(v, Fraction) and Fraction(shown(v)) == v for row in rows for v in row)
    body = r" \\ ".join(" & ".join(row) for row in texts)
    single = len(texts) == len(texts[0]) == 1
    matrix = texts[0][0] if single else rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"
    return "=" if exact else r"\approx", matrix


def text(number: Num) -> str:
    """For JSON: the exact fraction where it is short, else a decimal with DIGITS significant digits."""
    if isinstance(number, fmpq):
        return f"{int(number.p)}" if number.q == 1 else f"{int(number.p)}/{int(number.q)}"
    if number.is_zero() or number.contains(0):
        return "0"
    return str(number.str(DIGITS, radius=False))
