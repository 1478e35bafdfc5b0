"""The plan of a sheet: exercises and questions numbered, lists made parts, directives placed and labelled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from solver.document.nodes import (
    Block,
    BulletList,
    Heading,
    Inline,
    OrderedList,
    Paragraph,
    Part,
    Quote,
    Text,
)
from solver.errors import SheetError, Span, nearest
from solver.sheet.marks import Mark
from solver.sheet.model import Directive

WORDS: Mapping[str, tuple[str, str]] = {"fr": ("Exercice", "Question"), "en": ("Exercise", "Question")}
"""How an exercise and a question are called, by language."""

IN_QUESTION = ("solve", "answer", "marks")
"""Directives that answer, so that they stand in a question."""

LABEL = r"[A-Za-z]\w*(?:-\w+)*"
"""A label; with re.ASCII, for it names files and anchors."""

_KNOWN_WORDS = {"exercice": 1, "exercise": 1, "question": 2}
_NUMBERED = re.compile(
    r"\s*(?P<word>[^\W\d_]+)(?P<number>[ \u00a0\u202f]+(?:n[°o][ \u00a0\u202f]*)?\d{1,4})?"
    r"(?P<separator>[ \u00a0\u202f]*[-–—:.][ \u00a0\u202f]*|[ \u00a0\u202f]+|$)(?P<title>.*)",
    re.DOTALL,
)
_LABEL = re.compile(LABEL, re.ASCII)


@dataclass(frozen=True, slots=True)
class Attributes:
    """`{#label points=3}`: each None where it is not written; `numbered` is False for `{-}`."""

    label: str | None = None
    points: str | None = None
    numbered: bool = True
    span: Span | None = None


def read_attributes(mark: Mark | None) -> Attributes:
    """The attributes of a heading or a part. Raises SheetError for what is none of them."""
    if mark is None:
        return Attributes()
    found = Attributes(span=mark.span)
    for word in re.finditer(r"\S+", mark.text[1:-1]):
        text = word.group()
        span = Span(mark.span.line, mark.span.column + 1 + word.start(), len(text))
        key, equals, value = text.partition("=")
        if text.startswith("#") and _LABEL.fullmatch(text[1:]) and found.label is None:
            found = replace(found, label=text[1:])
        elif text == "-":
            found = replace(found, numbered=False)
        elif equals and key == "points" and found.points is None:
            found = replace(found, points=_points(value.strip("\"'"), span))
        else:
            hint = nearest(key, ["points"]) if equals and key != "points" else None
            raise SheetError(
                f"attributes are written {{#label points=3}}, found “{text}”",
                span=span,
                hint=hint or (f"Write {{#{text}}}." if _LABEL.fullmatch(text) else None),
            )
    return found


def _points(text: str, span: Span) -> str:
    """The points as exact text: `3`, `0.5`, `1/2`; a decimal comma is read."""
    text = text.replace(",", ".")
    if not re.fullmatch(r"\d{1,4}(\.\d{1,4})?|\d{1,4}/[1-9]\d{0,3}", text):
        raise SheetError(f"a number of points such as 3, 0.5 or 1/2 is expected, found “{text}”", span=span)
    return text


@dataclass
class _Question:
    label: str
    points: str | None
    span: Span
    parts: list[str | None] = field(default_factory=list)


@dataclass
class Plan:
    """One pass over the blocks of a sheet, in order.

    `line_of` gives the line of a heading or a list; `attributes_of` takes the attributes out of a line.
    """

    lang: str
    line_of: Callable[[Block], int]
    attributes_of: Callable[[tuple[Inline, ...]], tuple[tuple[Inline, ...], Mark | None]]
    exercise: int = 0
    question: int = 0
    section: str = "sheet"
    current: _Question | None = None
    out: list[Block] = field(default_factory=list)
    labels: dict[str, Span] = field(default_factory=dict)

    def run(self, blocks: Iterable[Block]) -> tuple[Block, ...]:
        """The planned blocks: numbered headings, parts, and directives that know their section."""
        for block in blocks:
            self._refuse_nested_headings(block)
            if isinstance(block, OrderedList) and self.current is not None:
                self._parts(block)
                continue
            for piece in _lifted(block):
                self._add(piece)
        self._close_question()
        return self._labelled()

    def _refuse_nested_headings(self, block: Block) -> None:
        """An exercise or a question inside a list would neither be numbered nor hold anything."""
        for inner in _inside(block):
            if isinstance(inner, Heading) and inner.level <= 2:
                raise SheetError(
                    "a heading of an exercise or a question stands in no list or quotation",
                    span=Span(self.line_of(inner), 1),
                )
            self._refuse_nested_headings(inner)

    def _add(self, block: Block) -> None:
        match block:
            case Heading(level=level) if level <= 2:
                self.out.append(self._heading(block))
            case Directive():
                directive = self._placed(block)
                if self.out and isinstance(last := self.out[-1], Part):
                    self.out[-1] = replace(last, blocks=(*last.blocks, directive))
                else:
                    self.out.append(directive)
            case _:
                self.out.append(self._cleaned(block))

    # ---- headings ---------------------------------------------------------------------------

    def _heading(self, heading: Heading) -> Heading:
        span = Span(self.line_of(heading), 1)
        content, mark = self.attributes_of(heading.content)
        attributes = read_attributes(mark)
        self._close_question()
        level = heading.level
        if level == 1 and not attributes.numbered:
            self.section = self._register(attributes.label or "section", span, attributes.label is not None)
            return Heading(1, content, attributes.label, attributes.points)
        if level == 1:
            self.exercise += 1
            content = self._numbered(content, 1, self.exercise, span)
            self.section = self._register(
                attributes.label or f"ex{self.exercise}", attributes.span or span, True
            )
            return Heading(1, content, attributes.label, attributes.points)
        if attributes.numbered:
            self.question += 1
            content = self._numbered(content, 2, self.question, span)
            own = attributes.label or f"q{self.question}"
        else:
            own = attributes.label or f"q{self.question}x"
        self.section = self._register(own, attributes.span or span, True)
        self.current = _Question(self.section, attributes.points, attributes.span or span)
        return Heading(2, content, self.section, attributes.points)

    def _numbered(
        self, content: tuple[Inline, ...], level: int, number: int, span: Span
    ) -> tuple[Inline, ...]:
        """`Question 4 — title`, whether the number was written or not; a wrong one is an error."""
        word = WORDS.get(self.lang, WORDS["en"])[level - 1]
        first = content[0].text if content and isinstance(content[0], Text) else ""
        rest = content[1:] if first else content
        match = _NUMBERED.fullmatch(first)
        title = first
        named = match and (match["number"] or match["separator"].strip() or not (match["title"] or rest))
        if match and named and match["word"].lower() in _KNOWN_WORDS:
            written = match["word"]
            if _KNOWN_WORDS[written.lower()] != level:
                raise SheetError(
                    f"“{written}” is headed by {'#' * _KNOWN_WORDS[written.lower()]}, found {'#' * level}",
                    span=span,
                )
            digits = re.sub(r"\D", "", match["number"] or "")
            if digits and int(digits) != number:
                raise SheetError(
                    f"the heading says {written} {digits}, but this is number {number} of the sheet",
                    span=span,
                    hint="Numbering runs across exercises; leave the number out and it is put in.",
                )
            word, title = written, match["title"]
        label = f"{word} {number}"
        if not title.strip() and not rest:
            return (Text(label),)
        return (Text(f"{label} — {title.lstrip()}"), *rest)

    # ---- parts ------------------------------------------------------------------------------

    def _parts(self, block: OrderedList) -> None:
        assert self.current is not None
        done = len(self.current.parts)
        if block.start not in (1, done + 1):
            raise SheetError(
                f"part {done + 1} of the question is expected here, found {block.start}",
                span=Span(self.line_of(block), 1),
            )
        for item in block.items:
            blocks: list[Block] = []
            points: str | None = None
            for block_of_item in item:
                for piece in _lifted(block_of_item):
                    if not blocks and isinstance(piece, Paragraph):
                        content, mark = self.attributes_of(piece.content)
                        attributes = read_attributes(mark)
                        if attributes.label is not None:
                            raise SheetError("a part has points but no label", span=attributes.span)
                        points = attributes.points
                        blocks.append(Paragraph(content))
                    elif isinstance(piece, Directive):
                        blocks.append(self._placed(piece))
                    else:
                        blocks.append(self._cleaned(piece))
            self.current.parts.append(points)
            self.out.append(Part(len(self.current.parts), tuple(blocks), points))

    def _close_question(self) -> None:
        """The points of the parts add up to those of the question, where all are given."""
        question, self.current = self.current, None
        if question is None or question.points is None or not question.parts or None in question.parts:
            return
        total = sum(Fraction(points) for points in question.parts if points is not None)
        if total != Fraction(question.points):
            raise SheetError(
                f"the points of the parts add up to {total}, the question says {question.points}",
                span=question.span,
            )

    # ---- directives -------------------------------------------------------------------------

    def _placed(self, directive: Directive) -> Directive:
        if self.current is None and directive.name in IN_QUESTION:
            raise SheetError(
                f"“{directive.name}” answers a question, but it stands in none",
                span=directive.span,
                hint="A question begins with a heading ## and ends at the next heading # or ##.",
            )
        return replace(directive, label=f"{self.section}.{directive.label}")

    def _register(self, label: str, span: Span, strict: bool) -> str:
        if label in self.labels and strict:
            raise SheetError(
                f"the label “{label}” is already that of line {self.labels[label].line}",
                span=span,
                hint="Every label names one thing; a question without label is called q and its number.",
            )
        self.labels[label] = span
        return label

    def _labelled(self) -> tuple[Block, ...]:
        """Full labels: those written first, then the kind, followed by 2, 3… where it is taken."""
        for directive in directives(self.out):
            if not directive.label.endswith("."):
                self._register(directive.label, directive.span, True)

        def label(block: Block) -> Block:
            if isinstance(block, Part):
                return replace(block, blocks=tuple(label(b) for b in block.blocks))
            if not isinstance(block, Directive) or not block.label.endswith("."):
                return block
            base = block.argument if block.name in ("solve", "figure") else block.name
            count = 1
            while (full := f"{block.label}{base}{count if count > 1 else ''}") in self.labels:
                count += 1
            self.labels[full] = block.span
            return replace(block, label=full)

        return tuple(label(block) for block in self.out)

    def _cleaned(self, block: Block) -> Block:
        """The block, whose attributes are refused where nothing can take them."""
        content = block.content if isinstance(block, (Paragraph, Heading)) else ()
        _, mark = self.attributes_of(content)
        if mark is None:
            return block
        if isinstance(block, Heading):
            raise SheetError("only exercises (#) and questions (##) take attributes", span=mark.span)
        return block


def _lifted(block: Block) -> Iterator[Block]:
    """The block, cut where directives stand inside its lists: each stands on its own after its item."""
    match block:
        case BulletList(items) | OrderedList(items=items) if any(_holds_directive(i) for i in items):
            start = block.start if isinstance(block, OrderedList) else 1
            kept: list[tuple[Block, ...]] = []
            for number, item in enumerate(items, start):
                pieces = [piece for b in item for piece in _lifted(b)]
                head = next((i for i, p in enumerate(pieces) if isinstance(p, Directive)), len(pieces))
                kept.append(tuple(pieces[:head]))
                if head < len(pieces):
                    yield _list_like(block, number - len(kept) + 1, kept)
                    kept = []
                    yield from pieces[head:]
            if kept:
                yield _list_like(block, start + len(items) - len(kept), kept)
        case Quote(blocks):
            for directive in directives(blocks):
                raise SheetError("a directive cannot stand inside a quotation", span=directive.span)
            yield block
        case _:
            yield block


def _list_like(block: Block, start: int, items: list[tuple[Block, ...]]) -> Block:
    return OrderedList(start, tuple(items)) if isinstance(block, OrderedList) else BulletList(tuple(items))


def _inside(block: Block) -> Iterator[Block]:
    """The blocks that a list or a quotation holds."""
    match block:
        case Quote(blocks):
            yield from blocks
        case BulletList(items) | OrderedList(items=items):
            for item in items:
                yield from item
        case _:
            pass


def _holds_directive(blocks: Iterable[Block]) -> bool:
    return next(directives(blocks), None) is not None


def directives(blocks: Iterable[Block]) -> Iterator[Directive]:
    """The directives among the blocks, in order, those inside lists, parts and quotations too."""
    for block in blocks:
        match block:
            case Directive():
                yield block
            case Part(blocks=inner):
                yield from directives(inner)
            case _:
                yield from directives(_inside(block))
