"""What a sheet writes in braces, set apart before Markdown reads it: `{{ name }}`, `{#label points=3}`.

Each is replaced by characters that Markdown leaves alone, as many as it had, so that lines and columns stay
true and `|`, `_` or `*` inside it mean nothing to tables and emphasis. A value is put in afterwards, into the
tree: it is never read as markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from solver.document.inlines import CODE_OR_MATH
from solver.document.nodes import (
    Block,
    BulletList,
    CodeBlock,
    DisplayMath,
    Emphasis,
    Heading,
    Inline,
    InlineMath,
    Link,
    OrderedList,
    Paragraph,
    Quote,
    Strong,
    Table,
    Text,
)
from solver.document.nodes import Code as InlineCode
from solver.errors import SheetError, Span

_OPEN, _FILL = "\ufdd0", "\ufdd1"  # not characters: no text holds them
_FIRST, _LIMIT = 0xE000, 6400
_MARK = re.compile(f"{_OPEN}(.){_FILL}*", re.DOTALL)
_VALUE = re.compile(r"\{\{[^{}\n]*\}\}")
_ATTRIBUTES = re.compile(r"^[ \t>]*(#{1,6}|\d{1,9}[.)])[ \t]+\S.*?[ \t](\{[^{}]*\})[ \t]*$")
_FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}|~{3,})(.*)")
_CODE_OR_COMMENT = re.compile(CODE_OR_MATH.pattern + "|<!--")


@dataclass(frozen=True, slots=True)
class Mark:
    """One piece in braces: its text, braces included, and its place in the file."""

    text: str
    span: Span

    @property
    def is_value(self) -> bool:
        """`{{ name }}` rather than attributes."""
        return self.text.startswith("{{")


class Marks:
    """A text with its pieces in braces set apart; `masked` is what Markdown reads."""

    def __init__(self, text: str, at: Span | None = None) -> None:
        self._at = at or Span(1, 1)
        self._found: list[Mark] = []
        rows = without_comments(text, self._at).split("\n")
        fenced = fenced_lines(rows)
        self.masked = "\n".join(
            self._mask_row(i, row, fenced[i]) if "{" in row else row for i, row in enumerate(rows)
        )

    def _mask_row(self, line: int, row: str, fenced: bool) -> str:
        if not fenced and (match := _ATTRIBUTES.match(row)):
            start, end = match.span(2)
            if match[1].startswith("#") or "=" in match[2]:
                row = row[:start] + self._mark(line, start, match[2]) + row[end:]
        row = _VALUE.sub(lambda m: self._mark(line, m.start(), m.group()), row)
        if not fenced and "{{" in (plain := CODE_OR_MATH.sub(lambda m: " " * len(m.group()), row)):
            span = self._span(line, plain.index("{{"), 2)
            raise SheetError("“{{” is not closed by “}}” on its line", span=span)
        return row

    def _span(self, line: int, start: int, length: int) -> Span:
        return Span(self._at.line + line, self._at.column + start, length)

    def _mark(self, line: int, start: int, text: str) -> str:
        if len(self._found) >= _LIMIT:
            raise SheetError(f"more than {_LIMIT} values to put in", span=self._span(line, start, len(text)))
        self._found.append(Mark(text, self._span(line, start, len(text))))
        return _OPEN + chr(_FIRST + len(self._found) - 1) + _FILL * (len(text) - 2)

    def _get(self, match: re.Match[str]) -> Mark:
        return self._found[ord(match[1]) - _FIRST]

    def raw(self, text: str) -> str:
        """A masked text as it was typed."""
        return _MARK.sub(lambda m: self._get(m).text, text)

    def split_attributes(self, content: tuple[Inline, ...]) -> tuple[tuple[Inline, ...], Mark | None]:
        """The pieces without the attributes among them, and these."""
        for i, inline in enumerate(content):
            if isinstance(inline, Text):
                for match in _MARK.finditer(inline.text):
                    if not (mark := self._get(match)).is_value:
                        before, after = inline.text[: match.start()].rstrip(), inline.text[match.end() :]
                        text = (Text(before + after),) if before + after else ()
                        return (*content[:i], *text, *content[i + 1 :]), mark
        return content, None

    # ---- putting the values in --------------------------------------------------------------

    def fill(self, block: Block, value: Callable[[Mark, bool], Inline]) -> Block:
        """The block with each mark replaced by `value(mark, in a formula)`."""
        fill = _Filling(self, value)
        return fill.block(block)


class _Filling:
    def __init__(self, marks: Marks, value: Callable[[Mark, bool], Inline]) -> None:
        self.marks = marks
        self.value = value

    def block(self, block: Block) -> Block:
        match block:
            case Paragraph(content):
                return Paragraph(self.inlines(content))
            case Heading():
                return replace(block, content=self.inlines(block.content))
            case DisplayMath(latex):
                return DisplayMath(self.latex(latex))
            case CodeBlock(text, language):
                return CodeBlock(self.marks.raw(text), language)
            case BulletList(items):
                return BulletList(tuple(self.blocks(item) for item in items))
            case OrderedList(start, items):
                return OrderedList(start, tuple(self.blocks(item) for item in items))
            case Quote(blocks):
                return Quote(self.blocks(blocks))
            case Table(header, rows, alignment):
                body = tuple(tuple(self.inlines(cell) for cell in row) for row in rows)
                return Table(tuple(self.inlines(cell) for cell in header), body, alignment)
            case _:
                return block

    def blocks(self, blocks: Sequence[Block]) -> tuple[Block, ...]:
        return tuple(self.block(block) for block in blocks)

    def inlines(self, inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
        found: list[Inline] = []
        for inline in inlines:
            match inline:
                case Text(text):
                    found += self.text(text)
                case InlineMath(latex):
                    found.append(InlineMath(self.latex(latex)))
                case InlineCode(text):
                    found.append(InlineCode(self.marks.raw(text)))
                case Emphasis(content):
                    found.append(Emphasis(self.inlines(content)))
                case Strong(content):
                    found.append(Strong(self.inlines(content)))
                case Link(target, content):
                    found.append(Link(target, self.inlines(content)))
                case _:
                    found.append(inline)
        return tuple(found)

    def text(self, text: str) -> list[Inline]:
        found: list[Inline] = []
        end = 0
        for match in _MARK.finditer(text):
            mark = self.marks._get(match)
            found += [Text(text[end : match.start()]), self.value(mark, False)]
            end = match.end()
        found.append(Text(text[end:]))
        return [inline for inline in found if inline != Text("")]

    def latex(self, latex: str) -> str:
        def put(match: re.Match[str]) -> str:
            value = self.value(self.marks._get(match), True)
            return value.latex if isinstance(value, InlineMath) else ""

        return _MARK.sub(put, latex)


def fenced_lines(rows: Sequence[str]) -> list[bool]:
    """For each line, whether it stands inside a fence (its opening and closing lines included)."""
    found: list[bool] = []
    fence = ""
    for row in rows:
        inside = bool(fence)
        if fence:
            if _closes(row, fence):
                fence = ""
        elif opening := _FENCE.match(row):
            fence = opening[1] if "`" not in opening[2] or opening[1][0] == "~" else ""
            inside = bool(fence)
        found.append(inside)
    return found


def _closes(row: str, fence: str) -> bool:
    row = row.strip(" \t>")
    return len(row) >= len(fence) and set(row) == {fence[0]}


def without_comments(text: str, at: Span | None = None) -> str:
    """The text with `<!-- … -->` made blank, line by line: a comment is seen by nobody, in no view.

    Comments inside fences and code are kept. One that is not closed is an error.
    """
    if "<!--" not in text:
        return text
    at = at or Span(1, 1)
    rows: list[str] = []
    fence = ""
    opened: Span | None = None
    for number, row in enumerate(text.split("\n")):
        kept, position = "", 0
        while position < len(row):
            if opened is not None:
                end = row.find("-->", position)
                stop = len(row) if end < 0 else end + 3
                kept += " " * (stop - position)
                position = stop
                if end >= 0:
                    opened = None
                continue
            start = -1 if fence else _comment(row, position)
            if start < 0:
                kept += row[position:]
                break
            kept += row[position:start]
            position = start
            opened = Span(at.line + number, at.column + position, 4)
        if opened is None or kept.strip():
            if fence:
                fence = "" if _closes(kept, fence) else fence
            elif opening := _FENCE.match(kept):
                fence = opening[1]
        rows.append(kept)
    if opened is not None:
        raise SheetError("a comment “<!--” is not closed by “-->”", span=opened)
    return "\n".join(rows)


def _comment(row: str, position: int) -> int:
    """Where a comment begins on the line, outside code and formulas, or -1."""
    for match in _CODE_OR_COMMENT.finditer(row, position):
        if match.group() == "<!--":
            return match.start()
    return -1
