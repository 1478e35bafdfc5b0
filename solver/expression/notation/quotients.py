"""Quotients followed by a product without a sign: 1/2x is half of x, or the inverse of 2x."""

from __future__ import annotations

from solver.expression.notation.source import CLOSES, OPENS, SIGNS, Source, Token, partners

_ENDS_FACTOR = {
    "TIMES", "STAR", "SLASH", "PLUS", "MINUS", "COMMA", "SEMICOLON", "RELATION", "AMP", "ROW", *CLOSES,
}  # fmt: skip
_PREFIXES = ("CALL", "ROOT", "FRAC", "TEXROOT")


def divided(tokens: list[Token], source: Source) -> list[Token]:
    """The tokens with `7/2 w` grouped as (7/2) w. Raises ExpressionError for `1/2x`, with both readings."""
    tokens = _coefficients(tokens, source)
    partner = partners(tokens)
    for i, token in enumerate(tokens):
        if token.kind == "SLASH" and source.text[token.start] != "\\":
            _refuse_two_readings(tokens, i, partner, source)
    return tokens


def _coefficients(tokens: list[Token], source: Source) -> list[Token]:
    """`7/2 w` has one reading: a fraction of two numbers written tight, then a space, is a coefficient."""
    found = list(tokens)
    for i in range(len(tokens) - 3, 0, -1):
        if tokens[i].kind != "SLASH" or {tokens[i - 1].kind, tokens[i + 1].kind} != {"NUMBER"}:
            continue
        top, bottom, after = tokens[i - 1], tokens[i + 1], tokens[i + 2]
        written = source.text[top.start : bottom.end]
        before = tokens[i - 2].kind if i > 1 else "PLUS"
        if (
            after.kind == "TIMES"
            and not any(c.isspace() for c in written)
            and source.text[bottom.end : bottom.end + 1].isspace()
            and before not in ("TIMES", "SLASH", "CARET")
        ):
            opening = Token("LPAR", "(", top.start, top.start)
            closing = Token("RPAR", ")", bottom.end, bottom.end)
            found[i - 1 : i + 2] = [opening, top, tokens[i], bottom, closing]
    return found


def _refuse_two_readings(tokens: list[Token], i: int, partner: dict[int, int], source: Source) -> None:
    first = i + 1
    while first < len(tokens) and tokens[first].kind in SIGNS:
        first += 1
    at = _factor_end(tokens, first, partner)
    if at >= len(tokens) or tokens[at].kind != "TIMES":
        return
    end = _unit_end(tokens, at + 1, partner)
    left = _left_operand(tokens, i, partner)
    a = source.cut(tokens[left].start, tokens[i].start)
    b = source.between(tokens[first], tokens[at - 1])
    c = source.between(tokens[at], tokens[end - 1])
    raise source.fault(
        f"ambiguous: “{source.between(tokens[left], tokens[end - 1])}” is ({a}/{b})*{c} or {a}/({b}*{c})",
        tokens[left].start, tokens[end - 1].end,
        "Write the one that is meant.",
    )  # fmt: skip


def _factor_end(tokens: list[Token], at: int, partner: dict[int, int]) -> int:
    """Where the factor that begins at `at`, with its exponent, ends."""
    while at < len(tokens) and tokens[at].kind not in _ENDS_FACTOR:
        if tokens[at].kind != "CARET":
            at = partner[at] + 1 if tokens[at].kind in OPENS else at + 1
            continue
        at += 1
        while at < len(tokens) and tokens[at].kind in SIGNS:
            at += 1
        if at < len(tokens) and tokens[at].kind not in OPENS:
            at += 1
    return at


def _unit_end(tokens: list[Token], at: int, partner: dict[int, int]) -> int:
    while at < len(tokens) and tokens[at].kind in _PREFIXES:
        at += 1
    if at < len(tokens):
        at = partner[at] + 1 if at in partner else at + 1
    return min(at, len(tokens))


def _left_operand(tokens: list[Token], slash: int, partner: dict[int, int]) -> int:
    opening = {close: start for start, close in partner.items()}
    at = slash - 1
    if at in opening:
        at = opening[at]
        if at and tokens[at - 1].kind in _PREFIXES:
            at -= 1
    return max(at, 0)
