"""Brackets: each has its partner, none is nested too deeply."""

from __future__ import annotations

from solver.expression.notation.limits import MAX_DEPTH
from solver.expression.notation.source import CLOSES, OPENS, Source, Token

_SHAPE = {"(": ")", "[": "]", "\\{": "\\}"}


def check_brackets(tokens: list[Token], source: Source) -> None:
    """Refuses a bracket without partner, one that closes another kind, too great a depth."""
    stack: list[Token] = []
    for token in tokens:
        if token.kind in OPENS:
            stack.append(token)
            if len(stack) > MAX_DEPTH:
                raise source.fault(f"the expression is nested more than {MAX_DEPTH} levels deep", token.start)
        elif token.kind in CLOSES:
            if not stack:
                raise source.fault(f"“{token.text}” closes nothing", token.start, token.end)
            opening = stack.pop()
            if OPENS[opening.kind] != token.kind or _mixed(opening.text, token.text):
                raise source.fault(f"“{token.text}” does not close “{opening.text}”", token.start, token.end)
    if stack:
        raise source.fault(f"“{stack[-1].text}” is never closed", stack[-1].start, stack[-1].end)


def _mixed(opening: str, closing: str) -> bool:
    r"""Whether a round bracket meets a square one; `\left(` and `)` are the same shape."""
    return any(opening.endswith(left) and not closing.endswith(right) for left, right in _SHAPE.items())
