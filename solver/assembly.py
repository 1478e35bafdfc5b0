"""A solved sheet and its wordings → the document: answers stand where they were asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from solver.derivation.equality import Equality, Tally, tally
from solver.document.figure import FigureSpec
from solver.document.nodes import Block, Box, DisplayMath, Document, Heading, Metadata, Part, Text
from solver.errors import CorrigeError, SheetError
from solver.key import key_blocks
from solver.plain_data import public
from solver.questions.base import Facts, Question, Scope, question_class, read_request
from solver.resources import terms
from solver.sheet.model import Directive, Sheet
from solver.sheet.reader import iter_directives, requests_of, statement_blocks
from solver.sheet.structure import directives
from solver.sheet.values import own_blocks, own_title
from solver.wording import Wording


@dataclass(frozen=True)
class Options:
    """How to build: formats, view, language (None: the sheet's), detail (None: the sheet's, else steps)."""

    formats: tuple[str, ...] = ("pdf", "latex", "markdown")
    view: str = "solution"
    lang: str | None = None
    detail: str | None = None
    templates: Path | None = None
    figures: bool = True
    seed: int = 1
    """The variant of a sheet that draws values."""
    name: str | None = None
    """Whose copy this is, printed beside the variant."""


@dataclass(frozen=True)
class Solved:
    """A sheet with the facts of every request, by full label, in order."""

    sheet: Sheet
    lang: str
    requests: Mapping[str, tuple[Directive, Question]] = field(default_factory=dict)
    facts: Mapping[str, Facts] = field(default_factory=dict)
    claims: Mapping[str, tuple[Equality, ...]] = field(default_factory=dict)

    @property
    def tally(self) -> Tally:
        """Every equality of the corrigé, each once."""
        found = [e for facts in self.facts.values() for e in facts.checks]
        return tally([*found, *(e for lines in self.claims.values() for e in lines)])


@contextmanager
def in_sheet(sheet: Sheet, directive: Directive) -> Iterator[None]:
    """Faults met while `directive` is answered are given the sheet's file, place and source."""
    try:
        yield
    except CorrigeError as fault:
        option = directive.options.get(getattr(fault, "option", None) or "")
        fault.span = fault.span or (option.span if option else directive.span)
        sheet.locate(fault)
        raise


MAX_LOGO = 2_000_000
"""The most bytes of a logo."""

Shown = tuple[tuple[Block, ...], Mapping[str, FigureSpec]]
"""Blocks, and the drawings that they show by name."""


def given_figures(sheet: Sheet, lang: str, options: Options) -> dict[str, Shown]:
    """The `{figure}`s by label; they need no answer, so they can be drawn while the sheet is solved."""
    wording = wording_of(sheet, lang, options)
    if wording.detail == "result":
        return {}
    figures = (d for d in iter_directives(sheet) if d.name == "figure")
    return {d.label: _figure(d, sheet, lang, wording) for d in figures}


def wording_of(sheet: Sheet, lang: str, options: Options) -> Wording:
    """The wordings of a corrigé: the detail of the options, else the sheet's own, else steps."""
    detail = options.detail or sheet.settings.get("detail", "steps")
    return Wording(lang, detail, options.templates, options.figures)


def document(solved: Solved, options: Options, ready: Mapping[str, Shown] = MappingProxyType({})) -> Document:
    """The corrigé as a document: answers in place, conventions before, checks after; at the detail `result`
    its key, the results alone.

    `ready` holds what was worded ahead, by label.
    """
    wording = wording_of(solved.sheet, solved.lang, options)
    closing: tuple[Block, ...] = ()
    if solved.facts:
        closing = (
            _title(terms(solved.lang)["verification"]),
            *wording.verification(solved.tally),
        )
    return _document(solved, solved.sheet.blocks, closing, wording, options, ready)


def beginning(solved: Solved, options: Options, ready: Mapping[str, Shown]) -> Document | None:
    """The corrigé up to the title below which the first request is still to be answered; None if none is.

    At the detail `result` it is empty: a key leaves titles out according to what follows.

    Raises CorrigeError where a text of the sheet's own speaks of an answer that is still to come.
    """
    wording = wording_of(solved.sheet, solved.lang, options)
    known = solved.facts.keys() | solved.claims.keys()
    title = 0
    for at, block in enumerate(solved.sheet.blocks):
        if isinstance(block, Heading):
            title = at
        if any(d.name in ("solve", "check") and d.label not in known for d in directives([block])):
            break
    else:
        return None
    blocks = () if wording.detail == "result" else solved.sheet.blocks[:title]
    return _document(solved, blocks, (), wording, options, ready)


def _document(
    solved: Solved,
    blocks: tuple[Block, ...],
    closing: tuple[Block, ...],
    wording: Wording,
    options: Options,
    ready: Mapping[str, Shown],
) -> Document:
    """Some blocks of a solved sheet, the directives among them replaced by what they ask for."""
    figures: dict[str, FigureSpec] = {}

    def worded(directive: Directive) -> tuple[Block, ...]:
        shown, drawn = ready.get(directive.label) or worded_answer(directive, solved, wording)
        figures.update(drawn)
        return shown

    metadata = metadata_of(solved.sheet, solved.lang, "solution", options)
    if wording.detail == "result":
        return Document(replace(metadata, compact=True), (*key_blocks(blocks, worded), *closing), figures)
    body = _replace_directives(blocks, worded)
    return Document(metadata, (*wording.conventions(_topics(solved.sheet)), *body, *closing), figures)


def metadata_of(sheet: Sheet, lang: str, view: str, options: Options) -> Metadata:
    """The metadata of a view: its language, and which variant it is, whose."""
    shown = [f"{terms(lang)['variant']} {sheet.variant.seed}"] if sheet.variant else []
    whose = [options.name] if options.name else []
    logo = sheet.settings.get("logo")
    return replace(
        sheet.metadata,
        lang=lang,
        view=view,
        variant=" · ".join([*shown, *whose]) or None,
        logo=logo and f"logo{PurePosixPath(logo).suffix.lower()}",
        columns=int(sheet.settings.get("columns", "1")),
    )


def pictures(sheet: Sheet) -> dict[str, bytes]:
    """The pictures of the sheet's own by file name: its logo. Raises SheetError for one that is none."""
    logo = sheet.settings.get("logo")
    if logo is None:
        return {}
    folder = Path(sheet.path).resolve().parent
    place = (folder / logo).resolve()
    if folder not in place.parents:
        raise SheetError(f"the logo “{logo}” lies outside the sheet's folder", path=sheet.path)
    try:
        with place.open("rb") as file:
            data = file.read(MAX_LOGO + 1)
    except OSError as error:
        raise SheetError(
            f"cannot read the logo “{logo}”: {error.strerror or error}", path=sheet.path
        ) from None
    if len(data) > MAX_LOGO or not data.startswith((b"\x89PNG\r\n", b"\xff\xd8\xff")):
        raise SheetError(
            f"the logo “{logo}” is no PNG or JPEG picture of at most {MAX_LOGO // 10**6} MB", path=sheet.path
        )
    return {f"logo{place.suffix.lower()}": data}


def statement(sheet: Sheet, options: Options) -> Document:
    """The statement as a document: nothing is solved, so nothing can leak."""

    lang = options.lang or sheet.metadata.lang
    wording = wording_of(sheet, lang, options)
    for directive in requests_of(sheet):  # a misspelt kind is found now, not the night after
        with in_sheet(sheet, directive):
            question_class(directive.argument, directive.span)
    figures: dict[str, FigureSpec] = {}

    def worded(directive: Directive) -> tuple[Block, ...]:
        if directive.name == "figure":
            blocks, shown = _figure(directive, sheet, lang, wording)
        else:
            blocks, shown = _own_text(directive, sheet, lang, {}), {}
        figures.update(shown)
        return blocks

    space = sheet.settings.get("answer-space")
    blocks = statement_blocks(sheet, Fraction(space) if space else None)
    body = _replace_directives(blocks, worded)
    metadata = metadata_of(sheet, lang, "statement", options)
    return Document(metadata, body, figures)


def answer(directive: Directive, request: Question, facts: Facts, sheet: Sheet, wording: Wording) -> Shown:
    """The wording of one `{solve}`."""
    with in_sheet(sheet, directive):
        found: Shown = wording.answer(directive.argument, facts, request, directive.label)
    return found


def worded_answer(directive: Directive, solved: Solved, wording: Wording) -> Shown:
    """What stands in a corrigé for a directive: an answer, a drawing, checked claims, the teacher's text."""
    if directive.name == "marks":
        return (), {}
    if directive.name == "solve":
        _, request = solved.requests[directive.label]
        return answer(directive, request, solved.facts[directive.label], solved.sheet, wording)
    if directive.name == "figure":
        return _figure(directive, solved.sheet, solved.lang, wording)
    if directive.name == "check":
        return _claims(solved.claims[directive.label]), {}
    return _own_text(directive, solved.sheet, solved.lang, public(solved.facts)), {}


def _figure(
    directive: Directive, sheet: Sheet, lang: str, wording: Wording
) -> tuple[tuple[Block, ...], Mapping[str, FigureSpec]]:
    """A `{figure}` from what is given: its scope holds no fact."""
    from solver.questions.sheet_figures import FIGURES

    scope = Scope(sheet.givens, sheet.networks, {}, lang, directive.label, sheet.decimal_comma)
    with in_sheet(sheet, directive):
        request = read_request(directive.argument, directive.options, scope, directive.span, kinds=FIGURES)
        if not wording.figures:
            return (), {}
        facts = request.solve(scope)
        found: tuple[tuple[Block, ...], Mapping[str, FigureSpec]] = wording.figure(
            directive.argument, facts, directive.label
        )
    return found


def _own_text(
    directive: Directive, sheet: Sheet, lang: str, facts: Mapping[str, object]
) -> tuple[Block, ...]:
    """The teacher's own text (answer, hint, remark) in its box."""

    with in_sheet(sheet, directive):
        blocks = own_blocks(directive, sheet, facts, lang=lang)
        title = own_title(directive, lang)
    return (Box(directive.name, title, blocks),)


def _claims(claims: Sequence[Equality]) -> tuple[Block, ...]:

    return (Box("check", (), tuple(DisplayMath(f"{c.left} = {c.right}") for c in claims)),)


def _title(text: str) -> Block:

    return Heading(1, (Text(text),), label="verification")


def _topics(sheet: Sheet) -> frozenset[str]:
    """What the conventions must speak of."""
    kinds = {directive.argument for directive in requests_of(sheet)}
    topics = set()
    if kinds & {"forward", "backward", "parameters", "linear-collapse", "output-activation"}:
        topics.add("network")
    if kinds & {"descent", "rates", "starts", "optimiser", "comparison"}:
        topics.add("descent")
    return frozenset(topics)


def _replace_directives(
    blocks: tuple[Block, ...], worded: Callable[[Directive], tuple[Block, ...]]
) -> tuple[Block, ...]:

    out: list[Block] = []
    for block in blocks:
        if isinstance(block, Directive):
            out += worded(block)
        elif isinstance(block, Part):
            out.append(replace(block, blocks=_replace_directives(block.blocks, worded)))
        else:
            out.append(block)
    return tuple(out)
