"""What a sheet may show between double braces: what is given everywhere, facts inside an answer.

A value is put into the tree after Markdown was read, so it is never read as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from solver.document.fences import Fence
from solver.document.markdown import read_blocks, read_inlines
from solver.document.nodes import Block, Inline, Paragraph, Text
from solver.errors import CorrigeError, SheetError, Span
from solver.sheet.braces import FILTERS, Names, show
from solver.sheet.marks import Mark, Marks
from solver.sheet.model import Directive, Given, NetworkGiven
from solver.sheet.structure import directives

if TYPE_CHECKING:
    from solver.sheet.model import Sheet


def given_names(givens: Mapping[str, Given], networks: Mapping[str, NetworkGiven]) -> dict[str, object]:
    """Everything given in the sheet, as values: expressions, and the texts of a network's options."""
    found: dict[str, object] = {name: given.expression for name, given in givens.items()}
    for name, network in networks.items():
        found[name] = {key: option.text for key, option in network.options.items()}
    return found


def filler(marks: Marks, names: Names) -> Callable[[Block], Block]:
    """A function that puts the values into a block read from `marks.masked`."""

    def value(mark: Mark, in_formula: bool) -> Inline:
        if not mark.is_value:
            return Text(mark.text)
        try:
            return show(mark, names, in_formula)
        except CorrigeError as fault:
            fault.span = fault.span or mark.span
            raise

    return lambda block: marks.fill(block, value)


def own_blocks(
    directive: Directive, sheet: Sheet, facts: Mapping[str, object], *, lang: str | None = None
) -> tuple[Block, ...]:
    """The teacher's own text of an `{answer}`, `{hint}` or `{remark}` with the values put in.

    `facts` maps each question's label to its answers' public facts (`q1` → `run` → …). A hint stands in the
    statement, so it reaches what is given only. Raises SheetError for an unknown name, at its place.
    """
    known = given_names(sheet.givens, sheet.networks)
    computed = computed_labels(sheet.blocks)
    if directive.name != "hint":
        known |= dict(facts)
    return text_blocks(directive, Names(known, computed), lang or sheet.metadata.lang)


def line_of(
    text: str, span: Span, sheet: Sheet, facts: Mapping[str, object], lang: str
) -> tuple[Inline, ...]:
    """A line of the teacher's own, at `span`, with the values put in; it reaches every fact."""
    names = Names(given_names(sheet.givens, sheet.networks) | dict(facts), computed_labels(sheet.blocks))
    marks = Marks(text, span)
    filled = filler(marks, names)(Paragraph(read_inlines(marks.masked, lang=lang, at=span)))
    assert isinstance(filled, Paragraph)
    return filled.content


def own_title(directive: Directive, lang: str) -> tuple[Inline, ...]:
    """The title that a teacher wrote after `{answer}`, `{hint}` or `{remark}`; empty where there is none."""
    return read_inlines(directive.argument, lang=lang, at=directive.span) if directive.argument else ()


def computed_labels(blocks: Iterable[Block]) -> frozenset[str]:
    """The names that lead to computed facts: the labels of the questions that ask for some."""
    return frozenset(d.label.partition(".")[0] for d in directives(blocks) if d.name == "solve")


def text_blocks(directive: Directive, names: Names | None, lang: str) -> tuple[Block, ...]:
    """The blocks of a directive's body; without `names`, values are left as they were typed."""

    def refuse(fence: Fence) -> Block:
        raise SheetError(
            f"a directive “{fence.name}” cannot stand inside “{directive.name}”",
            span=fence.span,
            hint="Close the text first, then write the directive below it.",
        )

    marks = Marks(directive.body, directive.body_span)
    blocks = read_blocks(marks.masked, lang=lang, directive=refuse, at=directive.body_span)
    if names is None:
        return blocks
    fill = filler(marks, names)
    return tuple(fill(block) for block in blocks)


__all__ = [
    "FILTERS",
    "Names",
    "computed_labels",
    "filler",
    "given_names",
    "own_blocks",
    "own_title",
    "text_blocks",
]
