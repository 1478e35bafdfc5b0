"""read → solve → word → write: the only module that goes from files to files."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solver.derivation.equality import Equality, Means, Tally, tally
from solver.errors import CheckFailed, CorrigeError, SheetError
from solver.resources import terms

if TYPE_CHECKING:
    from solver.document.figure import FigureSpec
    from solver.document.nodes import Block, Document
    from solver.questions.base import Facts, Question, Scope
    from solver.sheet.model import Directive, Sheet

FORMATS = ("pdf", "latex", "markdown", "json")
_STEMS = {
    ("fr", "solution"): "corrige",
    ("fr", "statement"): "enonce",
    ("en", "solution"): "solution",
    ("en", "statement"): "statement",
}
_ENDINGS = {"pdf": ".pdf", "latex": ".tex", "markdown": ".md", "json": ".json"}

Progress = Callable[[str], None]
"""Called with the name of each stage or question as it begins."""


@dataclass(frozen=True)
class Options:
    """How to build: formats, view, language (None: the sheet's), detail (None: the sheet's, else steps)."""

    formats: tuple[str, ...] = ("pdf", "latex", "markdown")
    view: str = "solution"
    lang: str | None = None
    detail: str | None = None
    templates: Path | None = None
    figures: bool = True


@dataclass(frozen=True)
class Solved:
    """A sheet with the facts of every request, by full label, in order."""

    sheet: Sheet
    lang: str
    requests: Mapping[str, tuple[Directive, Question | None]] = field(default_factory=dict)
    facts: Mapping[str, Facts] = field(default_factory=dict)
    claims: Mapping[str, tuple[Equality, ...]] = field(default_factory=dict)

    @property
    def tally(self) -> Tally:
        """Every equality of the corrigé, each once."""
        found = [e for facts in self.facts.values() for e in facts.checks]
        return tally([*found, *(e for lines in self.claims.values() for e in lines)])


@dataclass(frozen=True)
class Built:
    """What a build wrote, and what it checked (None for a statement: nothing is solved)."""

    paths: tuple[Path, ...]
    tally: Tally | None


# ---- read and solve ----------------------------------------------------------------------------


def read(path: Path) -> Sheet:
    """The sheet in a file; a SheetError where it cannot be read."""
    from solver.sheet.reader import read_sheet

    try:
        data = path.read_bytes()
    except OSError as error:
        raise SheetError(f"cannot read {path}: {error.strerror or error}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SheetError(f"{path}:{line}: the file is not UTF-8 text") from None
    return read_sheet(text, str(path))


@contextmanager
def _in_sheet(sheet: Sheet, directive: Directive) -> Iterator[None]:
    """Faults met while `directive` is answered are given the sheet's file, place and source."""
    try:
        yield
    except CorrigeError as fault:
        fault.path = fault.path or sheet.path
        fault.source = sheet.source
        fault.span = fault.span or directive.span
        raise


def solve(sheet: Sheet, *, lang: str | None = None, progress: Progress | None = None) -> Solved:
    """The facts of every `{solve}` and the claims of every `{check}`, in the order of the sheet."""
    from solver.questions.base import Scope, read_request
    from solver.questions.claims import check_claims
    from solver.sheet.reader import iter_directives

    lang = lang or sheet.metadata.lang
    facts: dict[str, Facts] = {}
    requests: dict[str, tuple[Directive, Question | None]] = {}
    claims: dict[str, tuple[Equality, ...]] = {}
    for directive in iter_directives(sheet):
        scope = Scope(sheet.givens, sheet.networks, facts, lang, directive.label)
        with _in_sheet(sheet, directive):
            if directive.name == "solve":
                if progress:
                    progress(directive.label)
                request = read_request(directive.argument, directive.options, scope, directive.span)
                requests[directive.label] = (directive, request)
                facts[directive.label] = request.solve(scope)
            elif directive.name == "check":
                claims[directive.label] = check_claims(directive, scope)
    return Solved(sheet, lang, requests, facts, claims)


def require_sound(solved: Solved, *, strict: bool = False) -> None:
    """CheckFailed where an equality does not hold (or, if strict, where one is undecided)."""
    found = solved.tally
    bad = found.failed or (found.undecided if strict else ())
    if bad:
        first = bad[0]
        word = "does not hold" if first.holds is False else "is undecided"
        raise CheckFailed(
            f"{len(bad)} check{'s' if len(bad) > 1 else ''} failed; the first: "
            f"{first.left} = {first.right} {word} ({first.means.value})",
            path=solved.sheet.path,
        )


# ---- word --------------------------------------------------------------------------------------


def document(solved: Solved, options: Options) -> Document:
    """The corrigé as a document: each directive replaced by its answer, the conventions before, the checks after."""
    from solver.document.nodes import Block, Document
    from solver.wording import Wording

    sheet = solved.sheet
    detail = options.detail or sheet.settings.get("detail", "steps")
    wording = Wording(solved.lang, detail, options.templates)
    figures: dict[str, FigureSpec] = {}

    def worded(directive: Directive) -> tuple[Block, ...]:
        blocks, shown = _answer(directive, solved, wording)
        figures.update(shown)
        return blocks

    body = _replace_directives(sheet.blocks, worded)
    opening = wording.conventions(_topics(solved))
    closing: tuple[Block, ...] = ()
    if solved.facts:
        closing = (
            _title(terms(solved.lang)["verification"]),
            *wording.verification(solved.tally),
        )
    metadata = replace(sheet.metadata, lang=solved.lang, view="solution")
    return Document(metadata, (*opening, *body, *closing), figures)


def statement(sheet: Sheet, options: Options) -> Document:
    """The statement as a document: nothing is solved, so nothing can leak."""
    from solver.document.nodes import Document
    from solver.sheet.reader import statement_blocks
    from solver.wording import Wording

    lang = options.lang or sheet.metadata.lang
    wording = Wording(lang, "result", options.templates)
    figures: dict[str, FigureSpec] = {}

    def worded(directive: Directive) -> tuple[Block, ...]:
        if directive.name == "figure":
            blocks, shown = _figure(directive, sheet, lang, wording)
        else:
            blocks, shown = _own_text(directive, sheet, lang, {}), {}
        figures.update(shown)
        return blocks

    body = _replace_directives(statement_blocks(sheet), worded)
    metadata = replace(sheet.metadata, lang=lang, view="statement")
    return Document(metadata, body, figures)


def _answer(
    directive: Directive, solved: Solved, wording: Any
) -> tuple[tuple[Block, ...], Mapping[str, FigureSpec]]:
    if directive.name == "solve":
        _, request = solved.requests[directive.label]
        found: tuple[tuple[Block, ...], Mapping[str, FigureSpec]]
        with _in_sheet(solved.sheet, directive):
            found = wording.answer(
                directive.argument, solved.facts[directive.label], request, directive.label
            )
        return found
    if directive.name == "figure":
        return _figure(directive, solved.sheet, solved.lang, wording)
    if directive.name == "check":
        return _claims(solved.claims[directive.label]), {}
    return _own_text(directive, solved.sheet, solved.lang, public(solved.facts)), {}


def _figure(
    directive: Directive, sheet: Sheet, lang: str, wording: Any
) -> tuple[tuple[Block, ...], Mapping[str, FigureSpec]]:
    """A `{figure}` from what is given: its scope holds no fact."""
    from solver.questions.base import Scope, read_request
    from solver.questions.sheet_figures import FIGURES

    scope = Scope(sheet.givens, sheet.networks, {}, lang, directive.label)
    with _in_sheet(sheet, directive):
        request = read_request(
            directive.argument, directive.options, scope, directive.span, kinds=FIGURES
        )
        facts = request.solve(scope)
        found: tuple[tuple[Block, ...], Mapping[str, FigureSpec]] = wording.figure(
            directive.argument, facts, directive.label
        )
    return found


def _own_text(
    directive: Directive, sheet: Sheet, lang: str, facts: Mapping[str, object]
) -> tuple[Block, ...]:
    """The teacher's own text (answer, hint, remark) in its box."""
    from solver.document.nodes import Box, Text
    from solver.sheet.values import own_blocks

    with _in_sheet(sheet, directive):
        blocks = own_blocks(directive, sheet, facts, lang=lang)
    title = (Text(directive.argument),) if directive.argument else ()
    return (Box(directive.name, title, blocks),)


def _claims(claims: Sequence[Equality]) -> tuple[Block, ...]:
    from solver.document.nodes import Box, DisplayMath

    return (Box("check", (), tuple(DisplayMath(f"{c.left} = {c.right}") for c in claims)),)


def _title(text: str) -> Block:
    from solver.document.nodes import Heading, Text

    return Heading(1, (Text(text),), label="verification")


def _topics(solved: Solved) -> frozenset[str]:
    """What the conventions must speak of."""
    kinds = {request.kind for _, request in solved.requests.values() if request is not None}
    topics = set()
    if kinds & {"forward", "backward", "parameters", "linear-collapse", "output-activation"}:
        topics.add("network")
    if kinds & {"descent", "rates", "starts"}:
        topics.add("descent")
    return frozenset(topics)


def _replace_directives(
    blocks: tuple[Block, ...], worded: Callable[[Directive], tuple[Block, ...]]
) -> tuple[Block, ...]:
    from solver.document.nodes import Part
    from solver.sheet.model import Directive

    out: list[Block] = []
    for block in blocks:
        if isinstance(block, Directive):
            out += worded(block)
        elif isinstance(block, Part):
            out.append(replace(block, blocks=_replace_directives(block.blocks, worded)))
        else:
            out.append(block)
    return tuple(out)


# ---- write -------------------------------------------------------------------------------------


def public(facts: Mapping[str, Facts]) -> dict[str, object]:
    """What prose and JSON may read, by question then label: `q1.run.…`."""
    tree: dict[str, Any] = {}
    for label, found in facts.items():
        question, _, name = label.partition(".")
        tree.setdefault(question, {})[name or question] = found.public()
    return tree


def json_ready(value: object) -> object:
    """Plain data as JSON takes it: exact numbers as text, functions left out."""
    if isinstance(value, bool) or value is None or isinstance(value, (int, str)):
        return value
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Mapping):
        return {str(k): json_ready(v) for k, v in value.items() if not callable(v)}
    if isinstance(value, (list, tuple)):
        return [json_ready(v) for v in value if not callable(v)]
    return str(value)


def facts_json(solved: Solved) -> str:
    """Every fact of every question, by label, and what was checked."""
    found = solved.tally
    return json.dumps(
        {
            "title": solved.sheet.metadata.title,
            "lang": solved.lang,
            "facts": {label: json_ready(f.public()) for label, f in solved.facts.items()},
            "checks": {
                "total": found.total,
                "by_means": {m.value: n for m, n in found.by_means},
                "failed": len(found.failed),
                "undecided": len(found.undecided),
            },
        },
        ensure_ascii=False,
        indent=1,
    )


def render(
    made: Document, options: Options, stem: str, drawings: Mapping[str, Mapping[str, bytes]]
) -> dict[str, bytes]:
    """The files of a document by relative path: formats, and the figures that they show."""
    files: dict[str, bytes] = {}
    words = terms(made.metadata.lang)
    folder = f"{stem}-figures"

    def placed(ending: str) -> Callable[[str], str]:
        return lambda name: f"{folder}/{name}.{ending}"

    if "latex" in options.formats:
        from solver.writers.latex import write_latex

        files[stem + ".tex"] = write_latex(made, figure_path=placed("pdf"), terms=words).encode()
    if "markdown" in options.formats:
        from solver.writers.markdown import write_markdown

        files[stem + ".md"] = write_markdown(made, figure_path=placed("svg"), terms=words).encode()
    if "pdf" in options.formats:
        from solver.writers.typst import compile_pdf, write_typst

        source = write_typst(made, figure_path=placed("svg"), terms=words)
        inner = {f"{folder}/{name}.svg": d["svg"] for name, d in drawings.items()}
        files[stem + ".pdf"] = compile_pdf(source, inner, metadata=made.metadata)
    for name, drawing in drawings.items():
        if "latex" in options.formats:
            files[f"{folder}/{name}.pdf"] = drawing["pdf"]
        if "markdown" in options.formats:
            files[f"{folder}/{name}.svg"] = drawing["svg"]
    return files


def build(
    path: Path, output: Path, options: Options | None = None, progress: Progress | None = None
) -> Built:
    """Builds one sheet into `output/<stem>/`; nothing is written before everything is made."""
    options = options or Options()
    say = progress or (lambda stage: None)
    say("read")
    sheet = read(path)
    lang = options.lang or sheet.metadata.lang
    stem = _STEMS[lang, options.view]
    draws = options.figures and any(f in options.formats for f in ("pdf", "latex", "markdown"))
    with _studio(lang) if draws else nullcontext() as studio:
        if studio is not None:
            studio.warm(options.view + sheet.source)
        found: Tally | None = None
        files: dict[str, bytes] = {}
        if options.view == "statement":
            made = statement(sheet, options)
        else:
            solved = solve(sheet, lang=lang, progress=say)
            require_sound(solved)
            found = solved.tally
            if "json" in options.formats:
                files[stem + ".json"] = facts_json(solved).encode()
            say("word")
            made = document(solved, options)
        drawings: Mapping[str, Mapping[str, bytes]] = {}
        if studio is not None:
            for name, spec in made.figures.items():
                studio.request(name, spec)
            say("draw")
            drawings = studio.results()
        say("write")
        if not draws:
            made = _without_figures(made)
        files |= render(made, options, stem, drawings)
    return Built(_write_all(output / path.stem, stem, files), found)


def _studio(lang: str) -> Any:
    from solver.figures.process import Studio

    return Studio(lang, terms(lang))


def _without_figures(made: Document) -> Document:
    """The same document without its drawings (for timing and for formats that show none)."""
    from solver.document.nodes import Block, Box, Figure, Part

    def keep(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        out: list[Block] = []
        for block in blocks:
            if isinstance(block, Figure):
                continue
            if isinstance(block, (Box, Part)):
                block = replace(block, blocks=keep(block.blocks))
            out.append(block)
        return tuple(out)

    return replace(made, blocks=keep(made.blocks), figures={})


def _write_all(folder: Path, stem: str, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Writes every file beside its place, then moves all of them into place; drops figures of an older build."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".corrige-", dir=folder))
    except OSError as error:
        raise CorrigeError(f"cannot write into {folder}: {error.strerror or error}") from None
    try:
        for name, data in files.items():
            place = staging / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
            place.chmod(0o644)
        drawn = folder / f"{stem}-figures"
        for old in drawn.glob("*.*") if drawn.is_dir() else ():
            if f"{drawn.name}/{old.name}" not in files and old.suffix in (".svg", ".pdf"):
                old.unlink()
        for name in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(staging / name, folder / name)
    except OSError as error:
        raise CorrigeError(f"cannot write into {folder}: {error.strerror or error}") from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return tuple(folder / name for name in files if "/" not in name)


def build_all(
    paths: Sequence[Path], output: Path, options: Options, progress: Progress | None = None
) -> tuple[Built, ...]:
    """Builds several sheets; two of one stem would overwrite each other and are refused before any work."""
    seen: dict[str, Path] = {}
    for path in paths:
        if path.stem in seen:
            raise CorrigeError(
                f"two sheets would be written to {output / path.stem}: {seen[path.stem]} and {path}"
            )
        seen[path.stem] = path
    return tuple(build(path, output, options, progress) for path in paths)


__all__ = ["Built", "Means", "Options", "Solved", "build", "build_all", "facts_json", "read", "solve"]
