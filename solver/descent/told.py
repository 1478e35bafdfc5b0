"""Numbers, points and polynomials as a sentence says them: exact where that is short."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from flint import arb, ctx, fmpq_poly

from solver.descent.polynomial import dyadic, fraction, rational
from solver.descent.updates import Real, bits, to_ball

LONGEST = 17
PRINTED_BITS = 13_000
"""Longest numerator or denominator written in full: Python prints integers of at most 4,300 digits."""
DIGITS = 50


def short(x: int | Fraction) -> str:
    """A number for a sentence: an exact decimal or fraction where one is short, else `≈` and 15 digits."""
    exact = Fraction(x)
    if exact.denominator == 1 and len(str(exact)) <= LONGEST:
        return str(exact)
    decimal = ended(exact)
    if decimal is not None:
        return decimal
    if len(str(exact)) <= LONGEST:
        return str(exact)
    with ctx.workprec(200):
        return "≈ " + str(arb(rational(exact)).mid().str(15, radius=False))


def ended(x: Fraction) -> str | None:
    """The decimal itself where it ends within 12 places and is short; else None."""
    for places in range(13):
        scaled = x * 10**places
        if scaled.denominator == 1:
            digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
            text = digits if places == 0 else f"{digits[:-places]}.{digits[-places:]}"
            return None if len(text) > LONGEST else ("-" if x < 0 else "") + text
    return None


def above(ratio: Fraction) -> str:
    """A short decimal not below a ratio, and below 1 as it is."""
    for digits in range(3, 40):
        rounded = -((-ratio * 10**digits).__floor__())
        if rounded < 10**digits:
            return f"0.{rounded:0{digits}d}"
    return str(ratio)


def short_above(x: Fraction) -> str:
    """A short decimal not below a positive number, with three digits."""
    unit = Fraction(1)
    while unit * 100 > x and unit > Fraction(1, 10**9):
        unit /= 10
    return short(-((-x / unit).__floor__()) * unit)


def point(values: Sequence[int | Fraction]) -> str:
    """(1, -1/2), or the number alone."""
    texts = [short(x) for x in values]
    return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"


def matrix(rows: Sequence[Sequence[Fraction]]) -> str:
    """[[1, 0.5], [0, 2]]"""
    return "[" + ", ".join("[" + ", ".join(short(x) for x in row) + "]" for row in rows) + "]"


def polynomial(poly: fmpq_poly, name: str = "t") -> str:
    r"""t^3 - 2.7 t^2 + \frac{13}{3} t - 0.9"""
    text = ""
    for power in range(int(poly.degree()), -1, -1):
        coefficient = fraction(poly[power])
        if coefficient == 0:
            continue
        size = re.sub(r"^(\d+)/(\d+)$", r"\\frac{\1}{\2}", short(abs(coefficient)))
        body = "" if power == 0 else name if power == 1 else f"{name}^{power}"
        term = body if size == "1" and body else f"{size} {body}".strip()
        sign = "-" if coefficient < 0 else "+"
        text = f"{text} {sign} {term}" if text else (f"-{term}" if coefficient < 0 else term)
    return text or "0"


def ball(x: Real) -> Real:
    """The number as a ball of high precision."""
    with ctx.workprec(400):
        return to_ball(x)


def between(low: Fraction, high: Fraction) -> arb:
    """The ball that holds an interval."""
    with ctx.workprec(400):
        return arb(rational(low)).union(arb(rational(high)))


def middle(box: arb) -> Fraction:
    """A rational in a ball: the simplest one where it is short, else the middle."""
    from solver.analysis.enclosure import simplest

    low, high = dyadic(box.lower()), dyadic(box.upper())
    found = low if low == high else simplest(low, high)
    return found if found.denominator < 10**9 else dyadic(box)


def number_text(x: Real) -> str | None:
    """An exact rational, or as many correct digits as a ball has, at most 50; None where it is not
    defined.
    """
    if isinstance(x, Fraction) and bits(x) <= PRINTED_BITS:
        return str(x)
    with ctx.workprec(400):
        ball = to_ball(x)
        if not ball.is_finite():
            return None
        if ball.contains(0) and not ball.is_zero():
            return "0" if ball.rad() < 1e-40 else str(ball.mid().str(15, radius=False))
        digits = max(15, min(DIGITS, int(ball.rel_accuracy_bits() * 0.30103)))
        return str(ball.mid().str(digits, radius=False))
