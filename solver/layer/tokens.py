"""The words and signs of an equation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from solver.errors import ExpressionError, Span

_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
"""Digits that Python counts among letters, and that belong to no name."""
_TOKEN = re.compile(
    rf"\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d{_RAISED}](?:(?![{_RAISED}])\w)*)|(?P<transpose>\^\s*(?:\\top|T\b)|ᵀ)"
    r"|(?P<square>²)|(?P<relation><=|>=|==|!=|<|>|≤|≥)|(?P<sign>[-+*/^()\[\],@|⊙·×−]|\\odot))"
)
_SAME = {"−": "-", "⊙": "*", "·": "*", "×": "*", r"\odot": "*", "≤": "<=", "≥": ">=", "==": "="}


@dataclass(frozen=True)
class Token:
    """A number, a name or a sign, and its column from 1."""

    kind: str
    text: str
    column: int


def tokens(line: str, start: int) -> Iterator[Token]:
    """The tokens of `line` from `start` on. Raises ExpressionError at a character that is none."""
    place = start
    while line[place:].strip():
        match = _TOKEN.match(line, place)
        if match is None:
            column = place + len(line[place:]) - len(line[place:].lstrip()) + 1
            raise ExpressionError(f"“{line[column - 1]}” cannot be read", span=Span(1, column))
        kind = match.lastgroup or ""
        text = match.group(kind)
        yield Token(kind, _SAME.get(text, text), match.start(kind) + 1)
        place = match.end()


def as_typed(found: Sequence[Token]) -> str:
    """The tokens with a space wherever there was one."""
    text = ""
    for before, token in zip((None, *found), found, strict=False):
        apart = before is not None and token.column > before.column + len(before.text)
        text += (" " if apart else "") + token.text
    return text
