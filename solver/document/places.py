"""Where a text stands in its file: the places that errors about it name."""

from __future__ import annotations

from dataclasses import dataclass

from solver.errors import SheetError, Span


@dataclass(frozen=True)
class Source:
    """A text cut into lines, all of which begin in the file at the column of `at`."""

    lines: tuple[str, ...]
    at: Span

    def span(self, line: int, column: int = 1, length: int = 1) -> Span:
        """The place in the file of a 0-based line and 1-based column of this text."""
        return Span(self.at.line + line, self.at.column - 1 + column, max(1, length))

    def fault(self, message: str, line: int, needle: str = "", hint: str | None = None) -> SheetError:
        """An error at `needle` on the line, or where the line's text begins."""
        row = self.lines[line] if 0 <= line < len(self.lines) else ""
        found = row.find(needle) if needle else -1
        column = found + 1 if found >= 0 else len(row) - len(row.lstrip()) + 1
        return SheetError(message, span=self.span(line, column, len(needle)), hint=hint)
