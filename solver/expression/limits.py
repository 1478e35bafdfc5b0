"""Sizes are bounded before anything is built: a short text can stand for a number that fills the memory."""

from __future__ import annotations

from fractions import Fraction

from solver.expression.tokens import Source, Token
from solver.expression.tree import Expr, Symbol, walk

MAX_TERMS = 2_000
MAX_EXPONENT = 10_000
MAX_BITS = 10_000
_MAX_PREFIXES = 100


def check_sizes(tokens: list[Token], source: Source) -> None:
    """Refuses too many terms, and chains of signs or powers too long to be meant."""
    terms = sum(t.kind in ("PLUS", "MINUS") for t in tokens) + 1
    if terms > MAX_TERMS:
        raise source.fault(f"the expression has more than {MAX_TERMS} terms", 0)
    run = carets = 0
    for token in tokens:
        run = run + 1 if token.kind in ("PLUS", "MINUS", "ROOT") else 0
        carets += token.kind in ("CARET", "SUPERSCRIPT")
        if run > _MAX_PREFIXES:
            raise source.fault("too many signs in a row", token.start, token.end)
    if carets > MAX_TERMS:
        raise source.fault(f"the expression has more than {MAX_TERMS} powers", 0)


def check_power(base: Expr, exponent: Expr, place: Token, source: Source) -> None:
    """Refuses a power whose value, or whose exponent, is too large to write out."""
    value = constant_value(exponent)
    if value is None:
        return
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
