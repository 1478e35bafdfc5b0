"""What the grammar did not expect, said with what was found, what was expected and how to write it."""

from __future__ import annotations

from typing import Any, cast

from solver.errors import ExpressionError
from solver.expression.notation.source import Function, Source, Token

_DESCRIPTIONS = {
    "RPAR": "“)”", "RBRACE": "“}”", "BARCLOSE": "“|”", "COMMA": "“,”", "RELATION": "a relation",
    "OTHERWISE": "True", "AMP": "“&”", "LPAR": "“(”", "LBRACE": "“{”",
}  # fmt: skip
_OPERAND = "a number, a name or “(” is expected"
_AFTER_FUNCTION = (
    None,
    "RPAR",
    "RBRACE",
    "PLUS",
    "STAR",
    "SLASH",
    "COMMA",
    "MINUS",
    "BARCLOSE",
    "LBRACKET",
    "RELATION",
)


def refuse_lonely_functions(tokens: list[Token], source: Source) -> None:
    """`sin` alone, `sin + 1`: a function stands before its argument."""
    for i, token in enumerate(tokens):
        after = tokens[i + 1].kind if i + 1 < len(tokens) else None
        if token.kind != "FUNCTION" or after not in _AFTER_FUNCTION:
            continue
        name = token.text.strip().lstrip("\\")
        known = token.value.name if isinstance(token.value, Function) else name
        inside = {"MINUS": "-x", "LBRACKET": "x"}.get(after or "", "0, x" if known in ("max", "min") else "x")
        raise source.fault(f"“{name}” needs an argument", token.start, token.end, f"Write {name}({inside}).")


def unexpected(error: Any, tokens: list[Token], source: Source) -> ExpressionError:
    """The error for a token that the grammar does not expect where it stands."""
    expected = set(error.accepts or error.expected)
    wanted = _wanted(expected)
    if error.token.type == "$END":
        last = tokens[-1]
        if last.kind == "PIECEWISE":
            hint = "Write Piecewise((0, x < 0), (x, True))."
            return source.fault("“Piecewise” needs its cases in parentheses", last.start, last.end, hint)
        return source.fault(f"the expression ends after “{last.text}”, where {wanted}", last.start, last.end)
    token = cast(Token, error.token.value)
    shown = token.text or source.text[token.start : token.start + 1]
    at = next((i for i, t in enumerate(tokens) if t is token), 0)
    end = max(token.end, token.start + 1)
    return source.fault(f"“{shown}” stands where {wanted}", token.start, end, _hint(tokens, at, expected))


def _wanted(expected: set[str]) -> str:
    if "NUMBER" in expected:
        return _OPERAND
    names = [_DESCRIPTIONS[k] for k in sorted(expected) if k in _DESCRIPTIONS]
    if expected <= {*_DESCRIPTIONS} and names:
        return f"{names[0]} is expected"
    return f"an operator or {names[0]} is expected" if names else "an operator is expected"


def _hint(tokens: list[Token], at: int, expected: set[str]) -> str | None:
    kind, before = tokens[at].kind, tokens[at - 1].kind if at else ""
    if "LBRACKET" in (kind, before):
        return "Group with parentheses: (x + 1)."
    if kind == before == "CARET":
        return "One sign is enough: x^2, or x**2."
    opening = _opening(tokens, at)
    head = [t.kind for t in tokens[max(opening - 2, 0) : opening]] if opening is not None else []
    if _in_cases(tokens, at):
        return "A case is (value, condition), a condition one relation: Piecewise((0, x < 0), (x, True))."
    if kind not in ("COMMA", "SEMICOLON") or "NUMBER" in expected:
        return None
    if opening is not None and head == ["NAME", "TIMES"]:
        name = tokens[opening - 2].text
        return f"“{name}” is a variable here, and {name}(…) a product; f, g and h are functions."
    return "One expression is read at a time."


def _opening(tokens: list[Token], at: int) -> int | None:
    """The place of the parenthesis that is open at `at`."""
    depth = 0
    for i in range(at - 1, -1, -1):
        depth += (tokens[i].kind == "RPAR") - (tokens[i].kind == "LPAR")
        if depth < 0:
            return i
    return None


def _in_cases(tokens: list[Token], at: int) -> bool:
    """Whether the token stands inside the parentheses of a Piecewise."""
    opening: int | None = at
    while opening is not None:
        opening = _opening(tokens, opening)
        if opening and tokens[opening - 1].kind == "PIECEWISE":
            return True
    return False
