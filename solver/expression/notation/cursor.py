"""Where the scanner is in the text."""

from __future__ import annotations

import re

from solver.errors import ExpressionError
from solver.expression.notation.source import Source, Token

_SPACE = re.compile(r"[\s\u00a0\u2009\u202f\u200a~]+")
_CALLED = re.compile(r"(?:\s|~|\\[,;:! ])*(?:\(|\\\{|(?:\\left|\\[bB]igg?l?)(?![a-zA-Z])\s*(?:\(|\[|\\\{))")
_PRIME = re.compile(r"(?:['’′]|\^\s*\\prime(?![a-zA-Z])|\^\s*\{\s*(?:\\prime\s*)+\})")


class Cursor:
    """A position in the text, and what is taken from there. `functions` are the declared names."""

    def __init__(self, source: Source, functions: frozenset[str]) -> None:
        self.source = source
        self.text = source.text
        self.functions = functions
        self.at = 0

    def skip_spaces(self) -> bool:
        """Moves past spaces; whether something is left."""
        found = _SPACE.match(self.text, self.at)
        if found:
            self.at = found.end()
        return self.at < len(self.text)

    def take(self, kind: str, end: int, value: object = None) -> Token:
        """The token up to `end`; the cursor moves there."""
        start, self.at = self.at, end
        return Token(kind, self.text[start:end], start, end, value)

    def fault(self, message: str, end: int | None = None, hint: str | None = None) -> ExpressionError:
        """An error from the cursor to `end`."""
        return self.source.fault(message, self.at, end, hint)

    def called(self, at: int) -> bool:
        """Whether a parenthesis opens at `at`, spaces left aside."""
        return _CALLED.match(self.text, at) is not None

    def primes(self, at: int) -> tuple[int, int]:
        """How many primes stand at `at`, and where they end."""
        count = 0
        while found := _PRIME.match(self.text, at):
            count += max(1, found.group().count("prime"))
            at = found.end()
        return count, at
