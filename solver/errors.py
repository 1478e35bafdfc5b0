"""Errors that a user can act on: what was found, where, and what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from unicodedata import combining, east_asian_width

_BEFORE, _WINDOW = 60, 120
"""How many characters of a line are shown before a fault, and in all."""


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a source text: 1-based line and column, and how many characters it covers."""

    line: int
    column: int
    length: int = 1

    def shifted(self, line: int, column: int) -> Span:
        """The same place seen from a text in which this one begins at (line, column)."""
        return Span(
            self.line + line - 1,
            self.column + column - 1 if self.line == 1 else self.column,
            self.length,
        )


class CorrigeError(Exception):
    """Bad input: one message, a place where there is one, and a hint.

    `message` says what was found and what was expected; `span` is in `source` (the text that was
    read); `path` is the file, if any. `str()` gives the message alone; `report()` the whole.
    """

    def __init__(
        self,
        message: str,
        *,
        span: Span | None = None,
        source: str | None = None,
        path: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.source = source
        self.path = path
        self.hint = hint

    def located(self, *, span: Span, source: str | None, path: str | None) -> CorrigeError:
        """The same error seen from the enclosing file: `span` is where the inner text begins there."""
        inner = self.span or Span(1, 1)
        return type(self)(
            self.message,
            span=inner.shifted(span.line, span.column),
            source=source,
            path=path,
            hint=self.hint,
        )

    def report(self, worded: Callable[[str], str] = str) -> str:
        """`path:line:column: message`, the line with a caret below, the hint; `worded` translates."""
        place = [self.path] if self.path else []
        if self.span:
            place += [str(self.span.line), str(self.span.column)]
        message = worded(self.message)
        lines = [": ".join([":".join(place), message]) if place else message]
        if self.span and self.source is not None:
            rows = self.source.split("\n")
            if 1 <= self.span.line <= len(rows):
                lines += _excerpt(rows[self.span.line - 1], self.span)
        if self.hint:
            lines.append(worded(self.hint))
        return "\n".join(lines)


def _excerpt(row: str, span: Span) -> list[str]:
    """The row around the place, and a caret below it; what cannot be seen is shown by its code."""
    first = span.column - 1
    start, end = max(0, first - _BEFORE), max(0, first - _BEFORE) + _WINDOW
    before = ("…" if start else "") + "".join(_seen(c) for c in row[start:first])
    marked = "".join(_seen(c) for c in row[first : min(first + span.length, end)])
    after = "".join(_seen(c) for c in row[min(first + span.length, end) : end])
    caret = " " * _width(before) + "^" * max(1, _width(marked))
    return ["  " + before + marked + after + ("…" if end < len(row) else ""), "  " + caret]


def _seen(char: str) -> str:
    if char == "\t":
        return " "
    return char if char.isprintable() else repr(char)[1:-1]


def _width(text: str) -> int:
    """How many columns a terminal gives the text."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


class ExpressionError(CorrigeError):
    """A formula that cannot be read."""


class SheetError(CorrigeError):
    """A sheet that cannot be read or solved as it stands; `option` names the option at fault, if one is."""

    option: str | None = None

    def about(self, option: str) -> SheetError:
        """The same error, about an option of the request that cannot be answered."""
        self.option = option
        return self


class UnsupportedExpression(CorrigeError):
    """A formula that is read but that no rule covers; the message names the operation."""


class CheckFailed(CorrigeError):
    """An equality that does not hold; the message gives a counterexample. Exit code 1."""


class OutOfTime(BaseException):
    """A computation has taken too long. No `except Exception` on the way may take it for its own fault."""


def nearest(name: str, known: Iterable[str], cutoff: float = 0.55) -> str | None:
    """A hint `did you mean …?` with the known name closest to `name`, or None."""
    close = get_close_matches(name, list(known), n=1, cutoff=cutoff)
    return f"Did you mean “{close[0]}”?" if close else None
