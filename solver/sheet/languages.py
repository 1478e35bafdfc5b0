r"""One sheet in two languages: `{fr|texte}{en|text}`, chosen before anything else reads the text.

The other language is gone before Markdown, formulas and directives are read, so that nothing of it can reach
an output. Lines keep their numbers. A brace inside nests (`{fr|$\frac{1}{2}$}`), `\{` is a brace alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from solver.errors import SheetError, Span
from solver.resources import languages

_OPENING = re.compile(r"(?<!\\)\{([a-z]{2,3})\|")
_LIKE_IT = re.compile(r"(?<!\\)\{\s*([A-Za-z]{2,3})\s*\|")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_BLOCK = re.compile(r"[ \t]*\n(.*\n)?[ \t>]*", re.DOTALL)
_WRITTEN = re.compile(r"^lang:[ \t]*['\"]?([a-z]{2,3})\b", re.M)


@dataclass(frozen=True, slots=True)
class _Piece:
    """`{fr|…}`: its language, what it holds, and where it, and this, stand in the text."""

    lang: str
    inner: str
    start: int
    inside: int
    end: int

    @property
    def is_block(self) -> bool:
        """Whether its braces stand at the ends of lines of their own."""
        return _BLOCK.fullmatch(self.inner) is not None

    @property
    def blank(self) -> str:
        """As many line ends as it has."""
        return "\n" * self.inner.count("\n")


@dataclass(frozen=True)
class InLanguage:
    """A text in one language: what is read, what the file holds, and from where each stretch was taken.

    `stretches` are offsets (in `text`, in `original`), in rising order. Lines are the same in both.
    """

    text: str
    original: str
    stretches: tuple[tuple[int, int], ...]

    @property
    def several(self) -> bool:
        """Whether the file holds several languages."""
        return len(self.stretches) > 1

    def origin(self, span: Span) -> Span:
        """A place in the text as one in the file."""
        if not self.several:
            return span
        offset = _line_start(self.text, span.line) + span.column - 1
        at, before = self.stretches[bisect_right(self.stretches, (offset, len(self.original))) - 1]
        column = before + offset - at - _line_start(self.original, span.line) + 1
        return Span(span.line, max(1, column), span.length)


def _line_start(text: str, line: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return start


def written_language(text: str) -> str:
    """The language that a sheet says it is in; `fr` where it says none."""
    front = re.match(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$", text, re.DOTALL | re.M)
    found = _WRITTEN.search(front[1]) if front else None
    return found[1] if found else "fr"


def in_language(text: str, lang: str) -> InLanguage:
    """The text in one language, every line in its place.

    Raises SheetError for a piece that is not closed, that holds another, that runs over the ends of lines
    without standing on lines of its own, and where a language of ours is asked for that is not there.
    """
    _refuse_misspelt(text)
    kept: list[str] = []
    stretches: list[tuple[int, int]] = []
    length = position = 0

    def keep(taken: str, place: int) -> None:
        nonlocal length
        stretches.append((length, place))
        kept.append(taken)
        length += len(taken)

    while piece := _next(text, position):
        keep(text[position : piece.start], position)
        group = _group(text, piece)
        if all(p.lang != lang for p in group):
            there = ", ".join(f"“{p.lang}”" for p in group)
            raise SheetError(
                f"this text is asked for in “{lang}”, found {there} only",
                span=_span(text, piece.start, piece.end),
                hint="Write {fr|…}{en|…} side by side.",
            )
        position = piece.start
        for p in group:
            keep("\n" * text.count("\n", position, p.start), position)
            keep(p.inner if p.lang == lang else p.blank, p.inside)
            position = p.end
    keep(text[position:], position)
    return InLanguage("".join(kept), text, tuple(stretches))


def _group(text: str, first: _Piece) -> Sequence[_Piece]:
    """The pieces side by side that say the same, each in another language."""
    found = [first]
    while True:
        last = found[-1]
        gap = re.compile(r"\s*" if last.is_block else r"[ \t]*").match(text, last.end)
        assert gap is not None  # it matches the empty text too
        _refuse_unknown(text, gap.end())
        piece = _piece(text, gap.end())
        if piece is None or piece.lang in {p.lang for p in found}:
            return found
        found.append(piece)


def _next(text: str, position: int) -> _Piece | None:
    for opening in _OPENING.finditer(text, position):
        if opening[1] in languages():
            return _piece(text, opening.start())
    return None


def _piece(text: str, start: int) -> _Piece | None:
    """The piece that begins at `start`, if one does."""
    opening = _OPENING.match(text, start)
    if opening is None or opening[1] not in languages():
        return None
    depth = 1
    for brace in _BRACE.finditer(text, opening.end()):
        depth += {"{": 1, "}": -1}.get(brace.group(), 0)
        if depth == 0:
            piece = _Piece(opening[1], text[opening.end() : brace.start()], start, opening.end(), brace.end())
            _refuse(text, piece)
            return piece
    raise SheetError(
        f"“{opening.group()}” is not closed by “}}”",
        span=_span(text, start, opening.end()),
        hint=r"Braces inside nest; a brace alone is written \{ or \}.",
    )


def _refuse_misspelt(text: str) -> None:
    """`{FR|…}` and `{fr |…}` would be printed as they are, in every language."""
    for like in _LIKE_IT.finditer(text):
        meant = like[1].lower()
        if meant in languages() and like.group() != f"{{{meant}|":
            raise SheetError(
                f"a language is written “{{{meant}|”, found “{like.group()}”",
                span=_span(text, like.start(), like.end()),
            )


def _refuse_unknown(text: str, start: int) -> None:
    opening = _OPENING.match(text, start)
    if opening is not None and opening[1] not in languages():
        known = ", ".join(languages())
        raise SheetError(
            f"unknown language “{opening[1]}”; the languages are {known}",
            span=_span(text, start, opening.end()),
        )


def _refuse(text: str, piece: _Piece) -> None:
    for inner in _OPENING.finditer(text, piece.inside, piece.end):
        if inner[1] in languages():
            raise SheetError(
                f"“{inner.group()}” stands inside “{{{piece.lang}|”",
                span=_span(text, inner.start(), inner.end()),
                hint="Close the first with } before the next.",
            )
    if piece.blank and not piece.is_block:
        raise SheetError(
            f"“{{{piece.lang}|” is not closed on its line",
            span=_span(text, piece.start, piece.inside),
            hint=f"A text of several lines begins below {{{piece.lang}| and ends above a line }}.",
        )


def _span(text: str, start: int, end: int) -> Span:
    line = text.count("\n", 0, start)
    return Span(line + 1, start - text.rfind("\n", 0, start), max(1, end - start))
