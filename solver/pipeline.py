"""read → solve → word → write: the only module that goes from files to files."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from solver.assembly import (
    Options,
    Shown,
    Solved,
    answer,
    document,
    given_figures,
    json_ready,
    pictures,
    statement,
    variant_json,
    wording_of,
)
from solver.derivation.equality import Tally
from solver.errors import CorrigeError
from solver.formats import DRAWN, render
from solver.marking import marking
from solver.questions.base import Facts, Question
from solver.resources import terms
from solver.sheet.model import Directive, Sheet
from solver.solving import SOLVING, Progress, read_variant, require_sound, solve, text_of
from solver.wording import Wording

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
    with _studio(lang) if draws else nullcontext() as studio:
        if studio is not None:
            studio.warm(options.view + sheet.source)
        found: Tally | None = None
        files: dict[str, bytes] = {}
        if options.view == "statement":
            made = statement(sheet, options)
        else:
            ready: dict[str, Shown] = {}
            ahead: Callable[[Directive, Question, Facts], None] | None = None
            if studio is not None:
                ahead = partial(_word_ahead, sheet, wording_of(sheet, lang, options), studio, ready)
                ready = given_figures(sheet, lang, options)
                for _, drawings in ready.values():
                    for name, drawing in drawings.items():
                        studio.request(name, drawing)
            solved = solve(sheet, lang=lang, progress=say, found=ahead)
            require_sound(solved)
            found = solved.tally
            if "json" in options.formats:
                files[stem + ".json"] = facts_json(solved).encode()
            say("word", SOLVING[1])
            made = marking(solved, options) if options.view == "marking" else document(solved, options, ready)
        if studio is not None:
            for name, spec in made.figures.items():
                studio.request(name, spec)
        say("write", 0.7)
        files |= render(
            made,
            options.formats,
            stem,
            studio.results if studio is not None else dict,
            assets=pictures(sheet),
            templates=options.templates,
        )
    return Built(write_all(output / path.stem, stem, files), found)


def _word_ahead(
    sheet: Sheet,
    wording: Wording,
    studio: Any,
    ready: dict[str, Shown],
    directive: Directive,
    request: Question,
    facts: Facts,
) -> None:
    """Words an answer at once, so that its figures are drawn while the next is solved."""
    ready[directive.label] = answer(directive, request, facts, sheet, wording)
    for name, spec in ready[directive.label][1].items():
        studio.request(name, spec)


def _studio(lang: str) -> Any:
    from solver.figures.process import Studio

    return Studio(lang, terms(lang))


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
