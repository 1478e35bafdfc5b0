"""Powers that have two readings: x^{(2)}, σ²(x), e^2x, x²^3, x^1/2. They are refused."""

from __future__ import annotations

from solver.expression.notation.source import SIGNS, Source, Token, partners


def refuse_double_powers(tokens: list[Token], source: Source) -> None:
    """x^{(2)} is an index in a sheet and a power on paper; x²^3 is (x²)³ or x^(2³); x^1/2 a root."""
    for i in range(len(tokens) - 1):
        kinds = [t.kind for t in tokens[i : i + 6]]
        if kinds == ["NAME", "CARET", "LBRACE", "LPAR", "NUMBER", "RPAR"]:
            name, index = tokens[i].text, tokens[i + 4].text
            raise source.fault(
                f"ambiguous: the power {name}^{index} or the index {name}_{index}?",
                tokens[i].start, tokens[i + 5].end,
                "Write the one that is meant.",
            )  # fmt: skip
        if kinds[:4] == ["CARET", "NUMBER", "SLASH", "NUMBER"] and tokens[i + 1].text == "1" and i:
            base, below = tokens[i - 1].text, tokens[i + 3].text
            base = base if tokens[i - 1].kind in ("NAME", "CONSTANT") else "(…)"
            raise source.fault(
                f"ambiguous: ({base}^1)/{below} or {base}^(1/{below})?", tokens[i].start, tokens[i + 3].end,
                "Write the one that is meant.",
            )  # fmt: skip
        if kinds[:2] in (["SUPERSCRIPT", "CARET"], ["SUPERSCRIPT", "SUPERSCRIPT"]) or (
            kinds[:3] == ["CARET", "NUMBER", "SUPERSCRIPT"]
        ):
            end = tokens[min(i + 2, len(tokens) - 1)]
            raise source.fault(
                "ambiguous: the power of a power, or a power in the exponent?", tokens[i].start, end.end,
                "Write (x^2)^3 or x^(2^3).",
            )  # fmt: skip


def refuse_power_before(tokens: list[Token], i: int, source: Source) -> None:
    """Refuses the operand at `i` where it could belong to the power before it."""
    _refuse_power_of_name(tokens, i, source)
    _refuse_exponent(tokens, i, source)


def _refuse_power_of_name(tokens: list[Token], i: int, source: Source) -> None:
    """σ²(x), f^2(x): the square of a value σ(x), or of a number σ."""
    at = i - 1
    if tokens[i].kind != "LPAR" or tokens[at].kind not in ("NUMBER", "SUPERSCRIPT", "RBRACE"):
        return
    if tokens[at].kind == "RBRACE":
        at = next((a for a, b in partners(tokens).items() if b == at), 0)
    at -= at > 0 and tokens[at - 1].kind == "CARET" and tokens[at].kind != "SUPERSCRIPT"
    if at < 1 or tokens[at].kind not in ("CARET", "SUPERSCRIPT") or tokens[at - 1].kind != "NAME":
        return
    name = tokens[at - 1]
    if name.value in ("sigma", "f", "g", "h"):
        shown, power = name.text, source.between(tokens[at], tokens[i - 1])
        raise source.fault(
            f"ambiguous: {shown}(…){power} or {shown}{power}*(…)?", name.start, tokens[i].end,
            "Write the one that is meant.",
        )  # fmt: skip


def _refuse_exponent(tokens: list[Token], i: int, source: Source) -> None:
    """e^2x: typed without a space, e²·x or e^(2x)."""
    before, token = tokens[i - 1], tokens[i]
    if before.kind != "NUMBER" or before.end != token.start:
        return
    at = i - 2
    while at > 0 and tokens[at].kind in SIGNS:
        at -= 1
    if at < 1 or tokens[at].kind != "CARET":
        return
    base = tokens[at - 1]
    constant = base.kind == "NUMBER" and token.kind in ("NAME", "CONSTANT")
    if base.value == "e" or constant:
        left, rest = source.between(base, before), token.text
        exponent = source.between(tokens[at + 1], before)
        rest = "(…)" if token.kind == "LPAR" else rest
        raise source.fault(
            f"ambiguous: {left}*{rest} or {base.text}^({exponent}{rest})?", base.start, token.end,
            "Write the one that is meant.",
        )  # fmt: skip
