"""The text that is read, its tokens, and the place of each in it."""

from __future__ import annotations

from dataclasses import dataclass

from solver.errors import ExpressionError, Span

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is the grammar's terminal, `text` what was typed, `value` what it stands for."""

    kind: str
    text: str
    start: int
    end: int
    value: object = None


@dataclass(frozen=True, slots=True)
class Function:
    """The value of a FUNCTION token: the table's name (or a declared one, primes included).

    `base` is the token of a logarithm's base; with `based`, the group in braces that follows is the base.
    """

    name: str
    base: Token | None = None
    based: bool = False


@dataclass(frozen=True)
class Source:
    """The text that is read, to point at a place in it."""

    text: str

    def fault(
        self, message: str, start: int, end: int | None = None, hint: str | None = None
    ) -> ExpressionError:
        """An error at `text[start:end]`."""
        before = self.text[:start]
        line = before.count("\n") + 1
        column = start - (before.rfind("\n") + 1) + 1
        length = max(1, (end if end is not None else start + 1) - start)
        return ExpressionError(message, span=Span(line, column, length), source=self.text, hint=hint)

    def between(self, first: Token, last: Token) -> str:
        """What was typed from one token to another, on one line and no longer than a message may be."""
        return self.cut(first.start, last.end)

    def cut(self, start: int, end: int) -> str:
        """The text between two places, on one line and no longer than a message may be."""
        return shortened(self.text[start:end])


def shortened(text: str) -> str:
    """The text on one line, its middle left out where it is long."""
    written = " ".join(text.split())
    return written if len(written) <= _SHOWN else written[: _SHOWN // 2] + "…" + written[-_SHOWN // 3 :]


OPENS = {
    "LPAR": "RPAR",
    "LBRACE": "RBRACE",
    "BAROPEN": "BARCLOSE",
    "LBRACKET": "RBRACKET",
    "CASES": "ENDCASES",
}
"""What opens, and what closes it."""

CLOSES = {close: opening for opening, close in OPENS.items()}

OPERAND_ENDS = {"NUMBER", "NAME", "CONSTANT", "RPAR", "RBRACE", "BARCLOSE", "SUPERSCRIPT"}
OPERAND_STARTS = {
    "NUMBER", "NAME", "CONSTANT", "LPAR", "BAROPEN", "FUNCTION", "CALL", "ROOT", "TEXROOT", "FRAC",
    "PIECEWISE", "CASES", "LBRACE",
}  # fmt: skip
SIGNS = ("MINUS", "PLUS")


def partners(tokens: list[Token]) -> dict[int, int]:
    """The place of each opening bracket → that of the one that closes it; brackets are paired already."""
    found: dict[int, int] = {}
    stack: list[int] = []
    for i, token in enumerate(tokens):
        if token.kind in OPENS:
            stack.append(i)
        elif token.kind in CLOSES and stack:
            found[stack.pop()] = i
    return found
