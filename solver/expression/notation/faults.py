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
    hint: str | None
    if error.token.type == "$END":
        last = tokens[-1]
        if last.kind == "PIECEWISE":
            hint = "Write Piecewise((0, x < 0), (x, True))."
            return source.fault("“Piecewise” needs its cases in parentheses", last.start, last.end, hint)
        return source.fault(f"the expression ends after “{last.text}”, where {wanted}", last.start, last.end)
    token = cast(Token, error.token.value)
    shown = token.text or source.text[token.start : token.start + 1]
    at = next((i for i, t in enumerate(tokens) if t is token), 0)
    hint = _hint(token, tokens[at - 1] if at else None, expected)
    inside = _in_cases(tokens, at)
    if inside:
        hint = (
            hint
            or "A case is (value, condition), a condition one relation: Piecewise((0, x < 0), (x, True))."
        )
    return source.fault(
        f"“{shown}” stands where {wanted}", token.start, max(token.end, token.start + 1), hint
    )


def _wanted(expected: set[str]) -> str:
    if "NUMBER" in expected:
        return _OPERAND
    names = [_DESCRIPTIONS[k] for k in sorted(expected) if k in _DESCRIPTIONS]
    if expected <= {*_DESCRIPTIONS} and names:
        return f"{names[0]} is expected"
    return f"an operator or {names[0]} is expected" if names else "an operator is expected"


def _hint(token: Token, before: Token | None, expected: set[str]) -> str | None:
    if token.kind == "LBRACKET" or (before is not None and before.kind == "LBRACKET"):
        return "Group with parentheses: (x + 1)."
    if token.kind == "CARET" and before is not None and before.kind == "CARET":
        return "One sign is enough: x^2, or x**2."
    return None


def _separator_hint(tokens: list[Token], at: int) -> str:
    """Why no comma is expected: outside calls, or after a variable that is no function."""
    depth = 0
    for i in range(at - 1, -1, -1):
        depth += (tokens[i].kind == "RPAR") - (tokens[i].kind == "LPAR")
        if depth < 0 and i >= 2 and tokens[i - 1].kind == "TIMES" and tokens[i - 2].kind == "NAME":
            name = tokens[i - 2].text
            return f"“{name}” is a variable here, and {name}(…) a product; f, g and h are functions."
    return "One expression is read at a time."


def _in_cases(tokens: list[Token], at: int) -> bool:
    """Whether the token stands inside the parentheses of a Piecewise."""
    depth = 0
    for i in range(at - 1, -1, -1):
        depth += (tokens[i].kind == "RPAR") - (tokens[i].kind == "LPAR")
        if depth < 0 and i and tokens[i - 1].kind == "PIECEWISE":
            return True
        depth = max(depth, 0) if tokens[i].kind == "LPAR" else depth
    return False
