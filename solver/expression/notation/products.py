"""Products without a sign: `TIMES` between operands that stand side by side, where that has one reading."""

from __future__ import annotations

from solver.expression.names import GREEK_NAMES
from solver.expression.notation.powers import refuse_power_before
from solver.expression.notation.source import OPERAND_ENDS, OPERAND_STARTS, Source, Token, partners
from solver.expression.notation.unknown import unknown_function


def multiplied(tokens: list[Token], source: Source) -> list[Token]:
    """The tokens with every product explicit. Raises ExpressionError for what is more than a product."""
    found: list[Token] = []
    arguments = _arguments(tokens)
    for i, token in enumerate(tokens):
        juxtaposed = i > 0 and tokens[i - 1].kind in OPERAND_ENDS and token.kind in OPERAND_STARTS
        if juxtaposed and i not in arguments:
            _refuse_number(tokens, i, source)
            _refuse_unknown_call(tokens, i, source)
            _refuse_root(tokens, i, source)
            refuse_power_before(tokens, i, source)
            found.append(Token("TIMES", "", token.start, token.start))
        found.append(token)
    return found


def _arguments(tokens: list[Token]) -> set[int]:
    """Places of the brackets that hold an argument of a function, of \\frac, of \\sqrt, or an exponent."""
    partner = partners(tokens)
    places: set[int] = set()
    for i, token in enumerate(tokens):
        if token.kind == "FRAC" and i + 1 in partner:
            places |= {i + 1, partner[i + 1] + 1}
        elif token.kind == "TEXROOT":
            places.add(i + 1)
            if i + 1 in partner and tokens[i + 1].kind == "LBRACKET":
                places.add(partner[i + 1] + 1)
        elif token.kind in ("CARET", "CALL"):
            places.add(i + 1)
    return places


def _refuse_number(tokens: list[Token], i: int, source: Source) -> None:
    """2 3x, x 2: a number stands first in a product."""
    before, token = tokens[i - 1], tokens[i]
    if token.kind != "NUMBER":
        return
    if before.kind in ("NUMBER", "SUPERSCRIPT"):
        both = source.between(before, token)
        if before.end == token.start and "." in token.text and "." in before.text:
            hint = "A number has one decimal point: 1.23."
            raise source.fault(f"“{both}” is not a number", before.start, token.end, hint)
        hint = "Write * between them for a product."
        if before.text.isdigit() and len(token.text) == 3 and token.text.isdigit():
            hint += f" A large number is written without spaces: {before.text}{token.text}."
        raise source.fault(f"two numbers side by side: “{both}”", before.start, token.end, hint)
    if before.kind in ("NAME", "CONSTANT"):
        shown = before.text
        hint = f"Write {shown}*{token.text} for the product or {shown}^{token.text} for the power."
        raise source.fault(f"a number follows “{shown}”", token.start, token.end, hint)
    if before.kind == "RBRACE":
        raise source.fault(
            "a number follows a group in braces", token.start, token.end, "Write * for a product."
        )


def _refuse_unknown_call(tokens: list[Token], i: int, source: Source) -> None:
    """loss(x): a word that is no single letter, no Greek letter and has no index is no factor."""
    before, token = tokens[i - 1], tokens[i]
    if token.kind != "LPAR" or before.kind != "NAME":
        return
    name = str(before.value)
    if len(name) == 1 or "_" in name or name in GREEK_NAMES or name[1:].isdigit():
        return
    message, hint = unknown_function(name)
    raise source.fault(message, before.start, before.end, hint)


def _refuse_root(tokens: list[Token], i: int, source: Source) -> None:
    """√2x: the root of 2x, or x times that of 2."""
    before, token = tokens[i - 1], tokens[i]
    inner = before.kind in ("NAME", "NUMBER", "CONSTANT")
    if (
        i < 2
        or tokens[i - 2].kind != "ROOT"
        or not inner
        or token.kind not in ("NAME", "NUMBER", "LPAR", "CONSTANT")
    ):
        return
    sign, rest = tokens[i - 2], token
    if token.kind == "LPAR":
        rest = tokens[partners(tokens)[i]]
    inside, after = before.text, source.between(token, rest)
    raise source.fault(
        f"ambiguous: {sign.text}({inside})*{after} or {sign.text}({inside}*{after})?", sign.start, rest.end,
        "Put what is under the root in parentheses.",
    )  # fmt: skip
