"""The points of a sheet, exact: of its questions, their parts, and what `{marks}` says earns each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from solver.document.nodes import Block, Heading, Part
from solver.errors import SheetError, Span
from solver.sheet.model import Directive

_LINE = re.compile(r"(?P<points>\d{1,4}(?:[.,]\d{1,4}|/[1-9]\d{0,3})?)\s*:\s*(?P<text>.+)")


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of `{marks}`: so many points for this. `text` is Markdown, at its place in the sheet."""

    points: Fraction
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class PartPoints:
    """The points of a part (index 0: of the question outside its parts); None where none are given."""

    index: int
    points: Fraction | None
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class QuestionPoints:
    """The points of a question: those written, else the sum of its parts where all have some."""

    label: str
    written: Fraction | None
    parts: tuple[PartPoints, ...]

    @property
    def points(self) -> Fraction | None:
        """The total, None where it is not known."""
        if self.written is not None:
            return self.written
        known = [p.points for p in self.parts if p.points is not None]
        return sum(known, Fraction(0)) if known and len(known) == len(self.parts) else None


def scheme(blocks: Iterable[Block]) -> tuple[QuestionPoints, ...]:
    """The points of every question, in order.

    Raises SheetError where the marks of a part, or of a question, do not add up to its points.
    """
    found: list[QuestionPoints] = []
    heading: Heading | None = None
    inside: list[Block] = []
    for block in [*blocks, Heading(1, ())]:
        if isinstance(block, Heading) and block.level <= 2:
            if heading is not None and heading.level == 2:
                found.append(_question(heading, inside))
            heading, inside = block, []
        else:
            inside.append(block)
    return tuple(found)


def total(questions: Iterable[QuestionPoints]) -> Fraction | None:
    """The points of the whole sheet; None where no question has any."""
    known = [q.points for q in questions if q.points is not None]
    return sum(known, Fraction(0)) if known else None


def _question(heading: Heading, blocks: list[Block]) -> QuestionPoints:
    parts = []
    own = tuple(_marks(blocks))
    written = Fraction(heading.points) if heading.points else None
    if own:
        _require_sum(own, written, "the question")
        parts.append(PartPoints(0, written, own))
    for block in blocks:
        if isinstance(block, Part):
            marks = tuple(_marks(block.blocks))
            points = Fraction(block.points) if block.points else None
            _require_sum(marks, points, "the part")
            if points is None and marks:
                points = sum((m.points for m in marks), Fraction(0))
            parts.append(PartPoints(block.index, points, marks))
    return QuestionPoints(heading.label or "", written, tuple(parts))


def _marks(blocks: Iterable[Block]) -> Iterator[Mark]:
    for block in blocks:
        if isinstance(block, Directive) and block.name == "marks":
            yield from read_marks(block)


def read_marks(directive: Directive) -> Iterator[Mark]:
    """The lines `1/2: what earns it`. Raises SheetError for another line."""
    for number, row in enumerate(directive.body.split("\n")):
        text = row.strip()
        if not text:
            continue
        column = directive.body_span.column + len(row) - len(row.lstrip())
        span = Span(directive.body_span.line + number, column, len(text))
        found = _LINE.fullmatch(text)
        if found is None:
            raise SheetError(
                f"a line such as “1/2: the derivative is right” is expected, found “{text[:60]}”", span=span
            )
        at = Span(span.line, span.column + found.start("text"), len(found["text"]))
        yield Mark(Fraction(found["points"].replace(",", ".")), found["text"], at)


def _require_sum(marks: tuple[Mark, ...], points: Fraction | None, what: str) -> None:
    added = sum((m.points for m in marks), Fraction(0))
    if marks and points is not None and added != points:
        raise SheetError(
            f"the marks add up to {added}, {what} says {points}",
            span=marks[0].span,
        )
