"""What the writers share: dispatch on the node, words of the language, runs of statement between answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import PurePosixPath
from typing import ClassVar

from solver.document.nodes import (
    ASIDES,
    Blank,
    Block,
    Box,
    BulletList,
    Code,
    CodeBlock,
    DisplayMath,
    Document,
    Emphasis,
    Figure,
    FigureNumber,
    Heading,
    Inline,
    InlineMath,
    LineBreak,
    Link,
    OrderedList,
    Paragraph,
    Part,
    Quote,
    Strong,
    Table,
    Text,
)
from solver.document.walk import walk_blocks
from solver.errors import SheetError
from solver.writers.formula_shape import UnprintableError
from solver.writers.formula_speech import spoken
from solver.writers.frames import OURS, Frames

LETTERS = "abcdefghijklmnopqrstuvwxyz"
INSETS: Mapping[str, float] = {"result": 1.9, "statement": 1.6} | dict.fromkeys(ASIDES, 1.4)
"""The room in em that the frames of the typeset formats take from a line, by kind of box."""
PART_INDENT = 2.0
"""The room in em of a part's letter, where it stands beside the part."""
REPORT = "verification"
"""The label of the heading below which the document speaks of itself: nothing is asked there."""
FigurePath = Callable[[str], str]


METHODS: Mapping[type, str] = {
    Heading: "heading", Paragraph: "paragraph", DisplayMath: "display", BulletList: "bullets",
    OrderedList: "ordered", Table: "table", Figure: "figure", Quote: "quote", CodeBlock: "code",
    Part: "part", Box: "box", Blank: "blank",
    Text: "text", Emphasis: "emphasis", Strong: "strong", Code: "code_span", InlineMath: "math",
    Link: "link", LineBreak: "line_break", FigureNumber: "figure_number",
}  # fmt: skip
"""The name of the method that writes a node."""


class Writer:
    """One method a node, named in `METHODS`; a node that has none is refused.

    Subclasses turn blocks into text with `block` and inlines with `inlines`.
    """

    format_name: ClassVar[str] = ""

    def __init__(
        self, document: Document, figure_path: FigurePath, terms: Mapping[str, str], frames: Frames = OURS
    ) -> None:
        self.document = document
        self.frames = frames
        self.lang = document.metadata.lang
        self.figure_path = figure_path
        self.terms = terms
        self.is_statement = document.metadata.view == "statement"

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The numbers of the figures by name, in the order of the document."""
        names = (b.name for b in walk_blocks(self.document.blocks) if isinstance(b, Figure))
        return {name: number for number, name in enumerate(dict.fromkeys(names), 1)}

    def figure_number(self, node: FigureNumber) -> str:
        if node.name not in self.numbers:
            raise SheetError(f"the text speaks of a figure that is not shown: “{node.name}”")
        return str(self.numbers[node.name])

    def block(self, node: Block) -> str:
        """The text of a block."""
        return self._written(node)

    def inlines(self, content: Iterable[Inline]) -> str:
        """The text of a line's pieces."""
        return "".join(map(self.inline, content))

    def inline(self, node: Inline) -> str:
        return self._written(node)

    def _written(self, node: Block | Inline) -> str:
        method: Callable[..., str] | None = getattr(self, METHODS.get(type(node), ""), None)
        if method is None:
            raise UnprintableError(
                f"the {self.format_name} writer does not know the node {type(node).__name__}"
            )
        return method(node)

    def term(self, key: str) -> str:
        """A word of the language; a missing one is an error, never a blank."""
        try:
            return self.terms[key]
        except KeyError:
            raise SheetError(f"no word for “{key}” in the language “{self.lang}”") from None

    def points(self, points: str | None) -> str:
        """“3 points”, or nothing."""
        return (
            ""
            if points is None
            else f"{self.points_number(points)}\u00a0{self.term(_number_key(points, self.lang))}"
        )

    def points_number(self, points: str) -> str:
        return points if self.lang == "en" else points.replace(".", ",")

    def picture_path(self, name: str) -> str:
        """The path of a picture that is no drawing (a logo), beside the drawings."""
        return str(PurePosixPath(self.figure_path("figure")).with_name(name))

    def head(self, escape: Callable[[str], str]) -> dict[str, str]:
        """What stands at the head of the document, escaped; an empty text where it is not given."""
        data = self.document.metadata
        given = {
            "title": data.title,
            "subtitle": data.subtitle,
            "course": data.course,
            "author": data.author,
            "institution": data.institution,
            "date": data.date,
            "view": self.view_word(),
        }
        return {name: escape(text or "") for name, text in given.items()}

    @property
    def columns(self) -> int:
        """Columns of the text: a statement may have two."""
        return self.document.metadata.columns if self.is_statement else 1

    def box_heading(self, box: Box) -> str:
        """The word of a box's kind."""
        return self.term(box.kind)

    def view_word(self) -> str:
        """What this document is, and which variant of the sheet: `Corrigé · variante 7`."""
        word = self.term(self.document.metadata.view)
        variant = self.document.metadata.variant
        return f"{word} · {variant}" if variant else word


def _number_key(points: str, lang: str) -> str:
    try:
        value = Fraction(points.replace(",", "."))
    except (ValueError, ZeroDivisionError):
        return "points"
    return "point" if (value == 1 if lang == "en" else value < 2) else "points"


def part_label(index: int) -> str:
    """`a)`, `b)`… and after z `aa)`."""
    letters = ""
    while index > 0:
        index, rest = divmod(index - 1, 26)
        letters = LETTERS[rest] + letters
    return letters + ")"


@dataclass(frozen=True, slots=True)
class Piece:
    """Blocks that are written together: `asked` where they are the statement; `label` is a part's, before
    them."""

    asked: bool
    blocks: tuple[Block, ...]
    label: str = ""
    points: str | None = None


def sections(blocks: tuple[Block, ...]) -> list[tuple[Block, ...]]:
    """Blocks cut before every title; together they are all the blocks."""
    cuts = [i for i, block in enumerate(blocks) if isinstance(block, Heading)]
    ends = zip([0, *cuts], [*cuts, len(blocks)], strict=True)
    return [blocks[low:high] for low, high in ends if low < high]


def pieces(blocks: tuple[Block, ...]) -> list[list[Piece]]:
    """Blocks in panels: a panel is a run of statement (parts' own statements included) or one other block."""
    panels: list[list[Piece]] = []
    for piece in _flat(blocks):
        if piece.asked and panels and panels[-1][0].asked:
            panels[-1].append(piece)
        else:
            panels.append([piece])
    return panels


def _flat(blocks: tuple[Block, ...]) -> Iterable[Piece]:
    run: list[Block] = []
    report = False
    for block in blocks:
        if isinstance(block, Heading):
            report = block.label == REPORT
        if isinstance(block, (Box, Heading, Part)) or report:
            if run:
                yield Piece(True, tuple(run))
                run = []
            if isinstance(block, Part):
                yield from _labelled(block)
            else:
                yield Piece(False, (block,))
        else:
            run.append(block)
    if run:
        yield Piece(True, tuple(run))


def _labelled(part: Part) -> Iterable[Piece]:
    """The pieces of a part; the first carries its label, on a statement of its own if it has none."""
    inner = list(_flat(part.blocks))
    if not inner or not inner[0].asked or inner[0].label:
        inner.insert(0, Piece(True, ()))
    yield replace(inner[0], label=part_label(part.index), points=part.points)
    yield from inner[1:]


def spoken_text(content: Iterable[Inline], lang: str) -> str:
    """Inlines as words, formulas read aloud: for bookmarks and metadata."""
    parts = []
    for node in content:
        if isinstance(node, LineBreak):
            parts.append(" ")
        elif isinstance(node, InlineMath):
            parts.append(spoken(node.latex, lang))
        elif isinstance(node, (Text, Code)):
            parts.append(node.text)
        elif isinstance(node, (Emphasis, Strong, Link)):
            parts.append(spoken_text(node.content, lang))
    return "".join(parts)
