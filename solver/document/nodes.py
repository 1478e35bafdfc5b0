"""The document tree: what a sheet and its corrigé are, whatever the format they are written in.

Mathematics is canonical LaTeX with the decimal point; writers localise numbers last. Nodes are
frozen and hold tuples. A writer has one method a node and refuses what it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

# ---- inline -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Inline:
    """A piece of a line."""


@dataclass(frozen=True, slots=True)
class Text(Inline):
    """Plain text, unescaped."""

    text: str


@dataclass(frozen=True, slots=True)
class Emphasis(Inline):
    content: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Strong(Inline):
    content: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Code(Inline):
    text: str


@dataclass(frozen=True, slots=True)
class InlineMath(Inline):
    """A formula in a line, canonical LaTeX."""

    latex: str


@dataclass(frozen=True, slots=True)
class Link(Inline):
    """A link; `target` is http, https, mailto or a path inside the sheet's folder (the reader checked)."""

    target: str
    content: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class LineBreak(Inline):
    """A forced line break."""


@dataclass(frozen=True, slots=True)
class FigureNumber(Inline):
    """The number of a figure that the text speaks of; `name` is the figure's."""

    name: str


# ---- block ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph-level piece."""


@dataclass(frozen=True, slots=True)
class Heading(Block):
    """Level 1 is an exercise, level 2 a question, deeper ones plain.

    `points` is an exact text such as "3" or "1/2".
    """

    level: int
    content: tuple[Inline, ...]
    label: str | None = None
    points: str | None = None


@dataclass(frozen=True, slots=True)
class Paragraph(Block):
    content: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class DisplayMath(Block):
    """A displayed formula, canonical LaTeX; `aligned`, `cases` and matrices are environments inside it."""

    latex: str


@dataclass(frozen=True, slots=True)
class BulletList(Block):
    items: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True, slots=True)
class OrderedList(Block):
    start: int
    items: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True, slots=True)
class Table(Block):
    """A header row and body rows of inline cells; `alignment` has one of left, center, right a column."""

    header: tuple[tuple[Inline, ...], ...]
    rows: tuple[tuple[tuple[Inline, ...], ...], ...]
    alignment: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure(Block):
    """A drawing: `name` is its key in `Document.figures`; `alt` describes it in words, without markup."""

    name: str
    caption: tuple[Inline, ...]
    alt: str


@dataclass(frozen=True, slots=True)
class Quote(Block):
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class CodeBlock(Block):
    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Part(Block):
    """A part of a question, printed a), b), c): index 1 is a. Holds its statement and its answers."""

    index: int
    blocks: tuple[Block, ...]
    points: str | None = None


@dataclass(frozen=True, slots=True)
class Blank(Block):
    """An empty frame to write an answer in, `height` centimetres high."""

    height: Fraction


ANSWERS = ("result", "justification", "example", "beyond", "answer", "remark", "check")
"""Kinds of boxes that belong to a corrigé alone."""
ASIDES = ("example", "beyond", "hint", "remark")
"""Kinds of boxes that stand apart from the text."""
BOX_KINDS = (*ANSWERS, "hint", "conventions")


@dataclass(frozen=True, slots=True)
class Box(Block):
    """A set-off piece; `kind` is one of BOX_KINDS.

    result: the asked result, boxed. justification: why, step by step. example: the same with the numbers that
    the sheet gives. beyond: what goes beyond, apart.
    answer: the teacher's own text of an answer. hint, remark. check: the claims that were verified.
    """

    kind: str
    title: tuple[Inline, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the front matter says, as text. `view` is solution, statement or marking."""

    title: str
    lang: str = "fr"
    course: str | None = None
    author: str | None = None
    institution: str | None = None
    date: str | None = None
    view: str = "solution"
    subtitle: str | None = None
    variant: str | None = None
    """Which variant this is, and whose (`7 · Ada Lovelace`), where the sheet is drawn for each student."""
    logo: str | None = None
    """The file name of a picture beside the title, among the document's pictures."""
    columns: int = 1
    """Columns of the statement: 1 or 2."""
    compact: bool = False
    """Whether the page is set tight: for results alone."""


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document: `figures` maps each figure's name to the specification it is drawn from."""

    metadata: Metadata
    blocks: tuple[Block, ...]
    figures: Mapping[str, object] = field(default_factory=dict)
