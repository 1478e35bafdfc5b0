"""Sizes are bounded before anything is built: a short text can stand for a number that fills the memory."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from solver.expression.notation.source import SIGNS, Source, Token
from solver.expression.tree import Expr, Symbol, children, walk

MAX_DEPTH = 200
MAX_TERMS = 2_000
MAX_EXPONENT = 10_000
MAX_BITS = 10_000
_MAX_SIGNS = 2
_MAX_ROOTS = 20


def check_sizes(tokens: list[Token], source: Source) -> None:
    """Refuses too many terms, factors or powers, and chains of signs too long to be meant."""
    counts = Counter(t.kind for t in tokens)
    terms = counts["PLUS"] + counts["MINUS"] + 1
    if terms > MAX_TERMS:
        raise source.fault(f"the expression has {terms} terms; at most {MAX_TERMS} are read", 0)
    powers = counts["CARET"] + counts["SUPERSCRIPT"]
    if powers > MAX_TERMS:
        raise source.fault(f"the expression has {powers} powers; at most {MAX_TERMS} are read", 0)
    signs = roots = 0
    for token in tokens:
        signs = signs + 1 if token.kind in SIGNS else 0
        roots = roots + 1 if token.kind == "ROOT" else 0
        if signs > _MAX_SIGNS:
            raise source.fault(
                f"{_MAX_SIGNS + 1} signs in a row", token.start, token.end, "Use parentheses: x - (-(-y))."
            )
        if roots > _MAX_ROOTS:
            raise source.fault("too many roots in a row", token.start, token.end)


def check_levels(expr: Expr, source: Source) -> None:
    """Refuses a tree too deep for those who walk it: x/2/2/2… has no bracket and many levels."""
    level = [expr]
    for _ in range(MAX_DEPTH):
        level = [part for node in level for part in children(node)]
        if not level:
            return
    raise source.fault(f"the expression is nested more than {MAX_DEPTH} levels deep", 0)


def check_power(base: Expr, exponent: Expr, place: Token, source: Source) -> None:
    """Refuses a power whose value, or whose exponent, is too large to write out."""
    value = constant_value(exponent)
    if value is None:
        return
    if value < 0 and constant_value(base) == 0:
        raise source.fault("division by zero: a negative power of 0", place.start, place.end)
    if abs(value) > MAX_EXPONENT:
        raise source.fault(f"an exponent larger than {MAX_EXPONENT} is not read", place.start, place.end)
    inside = constant_value(base)
    if inside is not None and value.denominator == 1:
        bits = max(inside.numerator.bit_length(), inside.denominator.bit_length())
        if bits * abs(value.numerator) > MAX_BITS and abs(inside) not in (0, 1):
            raise source.fault("this power has too many digits", place.start, place.end)


def constant_value(expr: Expr) -> Fraction | None:
    """The exact value of an expression without variables; None where it has some, or no rational value."""
    if any(isinstance(node, Symbol) for node in walk(expr)):
        return None
    from solver.expression.evaluate import exact_value

    return exact_value(expr)
