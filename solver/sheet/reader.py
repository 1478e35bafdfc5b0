"""Text of a sheet → `Sheet`: read, checked and in its place, but not solved.

The order: the text is made clean, its language is chosen, the front matter is taken off, what stands in
braces is set apart, Markdown makes blocks, the plan numbers and labels them, and the values that are given
are put in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from solver.document.fences import Fence
from solver.document.markdown import MAX_CHARACTERS, MAX_PARAGRAPH, read_blocks
from solver.document.nodes import (
    Blank,
    Block,
    BulletList,
    OrderedList,
    Paragraph,
    Part,
    Quote,
)
from solver.errors import CorrigeError, SheetError, Span
from solver.sheet.directives import FORMS, STATED, read_directive
from solver.sheet.front_matter import read_front_matter, split_front_matter
from solver.sheet.givens import Givens
from solver.sheet.languages import InLanguage, in_language, written_language
from solver.sheet.marks import Marks
from solver.sheet.model import Directive, Sheet
from solver.sheet.myst import unfolded
from solver.sheet.points import scheme
from solver.sheet.structure import IN_QUESTION, Plan, directives
from solver.sheet.values import Names, computed_labels, filler, given_names, text_blocks

HIDDEN = ("solve", "answer", "remark", "check", "marks")
"""What the statement view drops."""

_SPACES = dict.fromkeys((0x0B, 0x0C, 0x85, 0x2028, 0x2029), " ")
_MARGIN = re.compile(
    r"^([ \t\u00a0\u202f\u2007>]*)(#{1,6}|\d{1,9}[.)]|[-*+]|`{3,}|~{3,}|:)?[\u00a0\u202f]*", re.M
)
_MARKERS = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*")
_STRAY = re.compile(r"(`{0,2})\{([^\W\d][\w-]*)\}([^`]*$|)")
_COLON_FENCE = re.compile(r":::+[ \t]*\{?")
_OPTION_LINE = re.compile(r":([A-Za-z][\w-]*):[ \t]")


def read_sheet(text: str, path: str, *, seed: int = 1, first: int = 0, lang: str | None = None) -> Sheet:
    """The sheet in `text`; `path` only names it in errors.

    Where it draws values, `seed` names the variant and `first` the number of the first try. Where it holds
    `{fr|…}{en|…}`, its language becomes `lang` (its own where there is none): `source` is the text in it.

    Raises CorrigeError (SheetError, or ExpressionError in a given line) with path, line, column and source.
    """
    try:
        text = clean(text)
    except CorrigeError as fault:
        fault.path = path
        raise
    found = InLanguage(text, text, ())
    try:
        written = written_language(text)
        found = in_language(text, lang or written)
        return _read(found, path, seed, first, lang or written, written == "fr")
    except CorrigeError as fault:
        fault.path = fault.path or path
        fault.source = found.original
        fault.span = found.origin(fault.span) if fault.span else None
        raise
    except RecursionError:
        raise SheetError("the sheet is nested too deeply", path=path) from None


def clean(text: str) -> str:
    """The text with `\\n` line ends, no byte-order mark and plain spaces in its margins.

    Raises SheetError for a text that is too long or holds what is no text.
    """
    if len(text) > MAX_CHARACTERS:
        raise SheetError(f"the sheet is too long: {len(text)} characters, at most {MAX_CHARACTERS} are read")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").translate(_SPACES)
    for match in re.finditer(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]", text):
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - (text.rfind("\n", 0, match.start()) + 1) + 1
        raise SheetError(
            f"the character U+{ord(match.group()):04X} is no text",
            span=Span(line, column),
            hint="A sheet is a UTF-8 text file.",
        )
    for number, row in enumerate(text.split("\n"), 1):
        if len(row) > MAX_PARAGRAPH:
            raise SheetError(
                f"the line is too long: {len(row)} characters, at most {MAX_PARAGRAPH} are read",
                span=Span(number, MAX_PARAGRAPH + 1),
            )
    return _MARGIN.sub(lambda m: re.sub("[\u00a0\u202f\u2007]", " ", m.group()), text)


def _read(whole: InLanguage, path: str, seed: int, first: int, lang: str, decimal_comma: bool) -> Sheet:
    text, written = whole.text, whole if whole.several else None
    yaml_text, body = split_front_matter(text)
    metadata, settings = read_front_matter(yaml_text, lang if written else None)
    body = unfolded(body, metadata.lang)
    marks = Marks(body)
    givens = Givens(decimal_comma=decimal_comma)
    rows = text.split("\n")
    lines: dict[int, int] = {}
    kept: list[Block] = []  # alive as long as their identities name lines

    def directive(fence: Fence) -> Directive | None:
        options = tuple(replace(o, text=marks.raw(o.text)) for o in fence.options)
        found = read_directive(
            replace(
                fence,
                name=marks.raw(fence.name),
                argument=marks.raw(fence.argument),
                options=options,
                body=marks.raw(fence.body),
            )
        )
        if found.name in STATED:
            givens.collect(found)
            return None
        return found

    def placed(block: Block, line: int) -> None:
        if isinstance(block, Paragraph):
            _refuse_stray(rows[line - 1], line)
        kept.append(block)
        lines[id(block)] = line

    blocks = read_blocks(marks.masked, lang=metadata.lang, directive=directive, placed=placed)
    plan = Plan(metadata.lang, lambda block: lines.get(id(block), 1), marks.split_attributes)
    blocks = plan.run(blocks)
    computed = computed_labels(blocks)
    functions, networks, variant = givens.read(plan.labels, seed, first)
    names = Names(given_names(functions, networks), computed)
    fill = filler(marks, names)
    blocks = tuple(_map(block, fill) for block in blocks)
    for found in directives(blocks):
        if found.name in ("answer", "hint", "remark"):
            text_blocks(found, names if found.name == "hint" else None, metadata.lang)
    scheme(blocks)
    return Sheet(
        metadata,
        functions,
        networks,
        blocks,
        text,
        path,
        settings,
        variant,
        written,
        decimal_comma,
    )


def _map(block: Block, fill: Callable[[Block], Block]) -> Block:
    if isinstance(block, Part):
        return replace(block, blocks=tuple(_map(b, fill) for b in block.blocks))
    return fill(block)


# ---- strays -------------------------------------------------------------------------------------


def _refuse_stray(row: str, line: int) -> None:
    """A directive or an option that stands in the text as text was meant to do something."""
    start = _MARKERS.match(row).end()  # type: ignore[union-attr]  # it matches the empty text too
    text = row[start:]
    if (stray := _STRAY.match(text)) and stray[2] in FORMS and (not stray[1] or stray[3].strip(" `")):
        raise SheetError(
            f"the directive “{stray[2]}” is not fenced",
            span=Span(line, start + 1, len(stray.group().rstrip())),
            hint=f"Write ```{{{stray[2]}}} on its first line and ``` after its last.",
        )
    if _COLON_FENCE.match(text):
        raise SheetError(
            "a directive is fenced by backquotes, found “:::”",
            span=Span(line, start + 1, 3),
            hint="Write ```{solve} on its first line and ``` after its last.",
        )
    if option := _OPTION_LINE.match(text):
        raise SheetError(
            f"the option “:{option[1]}:” belongs to no directive",
            span=Span(line, start + 1, len(option[1]) + 2),
            hint="Options are the first lines inside a fenced directive.",
        )


# ---- views of a sheet ---------------------------------------------------------------------------


def iter_directives(sheet: Sheet) -> Iterator[Directive]:
    """Every directive of the sheet, in order."""
    return directives(sheet.blocks)


def requests_of(sheet: Sheet) -> tuple[Directive, ...]:
    """Every `{solve}` of the sheet, in order."""
    return tuple(directive for directive in iter_directives(sheet) if directive.name == "solve")


def statement_blocks(sheet: Sheet, space: Fraction | None = None) -> tuple[Block, ...]:
    """The blocks of the statement: no solve, answer, remark, marks or check is left in them.

    With `space`, an empty frame of so many centimetres stands where answers are asked.
    """
    return tuple(_without(sheet.blocks, HIDDEN, space))


def _without(blocks: Iterable[Block], names: tuple[str, ...], space: Fraction | None) -> Iterator[Block]:
    asked = False
    for block in blocks:
        answers = isinstance(block, Directive) and block.name in names
        if asked and not answers and space is not None:
            yield Blank(space)
        asked = (asked and answers) or (isinstance(block, Directive) and block.name in IN_QUESTION)
        match block:
            case Directive():
                if not answers:
                    yield block
            case Part() | Quote():
                yield replace(block, blocks=tuple(_without(block.blocks, names, space)))
            case BulletList(items):
                yield BulletList(tuple(tuple(_without(item, names, space)) for item in items))
            case OrderedList(start, items):
                yield OrderedList(start, tuple(tuple(_without(item, names, space)) for item in items))
            case _:
                yield block
    if asked and space is not None:
        yield Blank(space)


__all__ = ["HIDDEN", "clean", "iter_directives", "read_sheet", "statement_blocks"]
