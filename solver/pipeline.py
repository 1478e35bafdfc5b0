"""read → solve → word → write: the only module that goes from files to files."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solver.assembly import (
    Options,
    Shown,
    Solved,
    beginning,
    document,
    given_figures,
    pictures,
    statement,
    worded_answer,
    wording_of,
)
from solver.derivation.equality import Tally
from solver.errors import CorrigeError
from solver.formats import DRAWN, render
from solver.marking import marking
from solver.plain_data import json_ready, variant_json
from solver.press import Press
from solver.resources import terms
from solver.sheet.model import Directive, Sheet
from solver.sheet.reader import requests_of
from solver.solving import SOLVING, Progress, read_variant, require_sound, solve, text_of
from solver.writers.frames import Frames

if TYPE_CHECKING:
    from solver.figures.process import Studio

STEMS = {
    ("fr", "solution"): "corrige",
    ("fr", "statement"): "enonce",
    ("fr", "marking"): "bareme",
    ("en", "solution"): "solution",
    ("en", "statement"): "statement",
    ("en", "marking"): "marking",
}


@dataclass(frozen=True)
class Built:
    """What a build wrote, and what it checked (None for a statement: nothing is solved)."""

    paths: tuple[Path, ...]
    tally: Tally | None


# ---- write -------------------------------------------------------------------------------------


def facts_json(solved: Solved) -> str:
    """Every fact of every question, by label, and what was checked."""
    found = solved.tally
    return json.dumps(
        {
            "title": solved.sheet.metadata.title,
            "lang": solved.lang,
            **variant_json(solved.sheet),
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


def build(
    path: Path, output: Path, options: Options | None = None, progress: Progress | None = None
) -> Built:
    """Builds one sheet into `output/<stem>/`; nothing is written before everything is made."""
    options = options or Options()
    if options.view == "statement" and "json" in options.formats:
        raise CorrigeError("a statement has no facts: leave json out of its formats")
    say = progress or (lambda stage, share: None)
    say("read", 0.0)
    sheet = read_variant(text_of(path), str(path), options.seed, options.lang)
    lang = options.lang or sheet.metadata.lang
    stem = STEMS[lang, options.view]
    draws = options.figures and any(f in options.formats for f in DRAWN)
    options = replace(options, figures=draws)
    found: Tally | None = None
    files: dict[str, bytes] = {}
    with _workshop(sheet, stem, options) as workshop:
        if options.view == "statement":
            made = statement(sheet, options)
        else:
            solved = solve(sheet, lang=lang, progress=say, found=workshop.answered)
            require_sound(solved)
            found = solved.tally
            if "json" in options.formats:
                files[stem + ".json"] = facts_json(solved).encode()
            say("word", SOLVING[1])
            view = marking if options.view == "marking" else partial(document, ready=workshop.ready)
            made = view(solved, options)
        workshop.draw(made.figures)
        say("write", 0.7)
        files |= render(made, options.formats, stem, workshop.drawings, workshop.press)
    return Built(write_all(output / path.stem, stem, files), found)


@dataclass(frozen=True)
class _Workshop:
    """What goes on beside the solving of a sheet: an answer is worded at once, its figures are drawn and its
    pages laid out, while the next is solved."""

    options: Options
    press: Press
    studio: Studio | None
    ready: dict[str, Shown]
    requests: int

    def answered(self, solved: Solved, directive: Directive) -> None:
        """Takes up an answer; the views other than the corrigé word them otherwise."""
        if self.options.view != "solution":
            return
        wording = wording_of(solved.sheet, solved.lang, self.options)
        self.ready[directive.label] = worded_answer(directive, solved, wording)
        self.draw(self.ready[directive.label][1])
        share = len(solved.facts) / self.requests
        if "pdf" in self.options.formats and self.press.wants(share):
            with suppress(CorrigeError):
                if begun := beginning(solved, self.options, self.ready):
                    self.press.lay_out(begun, share, self.studio.at_hand() if self.studio else {})

    def draw(self, figures: Mapping[str, Any]) -> None:
        """Asks for drawings; they are made in a process of their own."""
        if self.studio is not None:
            for name, spec in figures.items():
                self.studio.request(name, spec)

    def drawings(self) -> Mapping[str, Mapping[str, bytes]]:
        """All drawings asked for; waits for them."""
        return self.studio.results() if self.studio is not None else {}


@contextmanager
def _workshop(sheet: Sheet, stem: str, options: Options) -> Iterator[_Workshop]:
    """The workshop of one build; given figures need no answer, and are drawn first."""
    lang = options.lang or sheet.metadata.lang
    with ExitStack() as stack:
        hint = f"{options} {sheet.source}"
        press = Press(f"{stem}-figures", Frames(options.templates), pictures(sheet), hint)
        press = stack.enter_context(press)
        if not options.figures:
            yield _Workshop(options, press, None, {}, len(requests_of(sheet)))
            return
        from solver.figures.process import Studio

        studio = stack.enter_context(Studio(lang, terms(lang)))
        studio.warm(options.view + sheet.source)
        ready = given_figures(sheet, lang, options) if options.view == "solution" else {}
        workshop = _Workshop(options, press, studio, ready, len(requests_of(sheet)))
        for _, figures in ready.values():
            workshop.draw(figures)
        yield workshop


def write_all(folder: Path, stem: str, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Writes every file beside its place, then moves all of them into place; drops older figures."""
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
    refuse_one_stem(paths, output)
    return tuple(build(path, output, options, progress) for path in paths)


def refuse_one_stem(paths: Sequence[Path], output: Path) -> None:
    """CorrigeError where two sheets would be written into the same folder."""
    seen: dict[str, Path] = {}
    for path in paths:
        if path.stem in seen:
            raise CorrigeError(
                f"two sheets would be written to {output / path.stem}: {seen[path.stem]} and {path}"
            )
        seen[path.stem] = path
