"""A text that is rewritten for a reader, each character knowing where it was typed."""

from __future__ import annotations

from dataclasses import dataclass

from solver.errors import ExpressionError, Span

OPENS = {"(": ")", "[": "]", "{": "}"}


@dataclass
class Typed:
    """A text being rewritten, each character with its place in the text that was typed."""

    chars: str
    places: list[int]

    def swap(self, start: int, end: int, new: str) -> None:
        """`new` in place of chars[start:end]."""
        place = self.places[start] if start < len(self.places) else len(self.places)
        self.chars = self.chars[:start] + new + self.chars[end:]
        self.places[start:end] = [place] * len(new)

    def move(self, start: int, end: int, to: int) -> None:
        """chars[start:end] put before chars[to], to ≥ end; they keep their places."""
        chars, places = self.chars, self.places
        self.chars = chars[:start] + chars[end:to] + chars[start:end] + chars[to:]
        self.places = places[:start] + places[end:to] + places[start:end] + places[to:]

    def partner(self, at: int) -> int:
        """The place of the bracket that closes the one at `at`. Raises ExpressionError where none does."""
        stack: list[str] = []
        for i in range(at, len(self.chars)):
            char = self.chars[i]
            if char in OPENS:
                stack.append(OPENS[char])
            elif stack and char == stack[-1]:
                stack.pop()
                if not stack:
                    return i
        raise ExpressionError(f"“{self.chars[at]}” is never closed", span=Span(1, self.places[at] + 1, 1))

    def span(self, start: int, length: int = 1) -> Span:
        """Where chars[start : start + length] were typed."""
        if not self.places:
            return Span(1, 1)
        last = len(self.places) - 1
        first, end = self.places[min(start, last)], self.places[min(start + length - 1, last)]
        return Span(1, first + 1, max(1, end - first + 1))


def typed(text: str) -> Typed:
    """The text as it was typed."""
    return Typed(text, list(range(len(text))))
