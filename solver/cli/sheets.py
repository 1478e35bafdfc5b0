"""`corrige build` and `corrige verify`: the verbs that read whole sheets."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

import click

from solver.cli.shared import CONTEXT, LANGUAGES, printable, progress, reporting

SEEDS = click.IntRange(0, 10**9)


def _formats(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    from solver.errors import nearest

    known = ("pdf", "latex", "markdown", "json")
    names = tuple(dict.fromkeys(n.strip() for n in value.split(",") if n.strip()))
    for name in names:
        if name not in known:
            hint = nearest(name, known) or ""
            raise click.BadParameter(f"unknown format “{name}” (known: {', '.join(known)}). {hint}".strip())
    if not names:
        raise click.BadParameter(f"no format named (known: {', '.join(known)})")
    return names


@click.command(context_settings=CONTEXT)
@click.argument("sheets", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", default="output", show_default=True, type=click.Path(path_type=Path),
    help="Folder; each sheet has its own folder inside.",
)  # fmt: skip
@click.option(
    "--to", "formats", default="pdf,latex,markdown", show_default=True, callback=_formats,
    help="Formats, separated by commas: pdf, latex, markdown, json.",
)  # fmt: skip
@click.option(
    "--view", type=click.Choice(["solution", "statement"]), default="solution", show_default=True,
    help="The corrigé, or the statement alone without a trace of an answer.",
)  # fmt: skip
@click.option("--lang", type=LANGUAGES, default=None, help="Language; default: the sheet's own.")
@click.option(
    "--detail", type=click.Choice(["result", "steps", "full"]), default=None,
    help="Results only; with their justification; with what goes beyond. Default: the sheet's, else steps.",
)  # fmt: skip
@click.option(
    "--templates", type=click.Path(path_type=Path, exists=True, file_okay=False), default=None,
    help="A folder of your own wordings and frames, looked at before ours.",
)  # fmt: skip
@click.option(
    "--seed", default=1, show_default=True, type=SEEDS, help="The variant of a sheet that draws values."
)
@click.option("--figures/--no-figures", default=True, help="Draw the figures, or leave them out.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
def build(
    sheets: tuple[Path, ...], output: Path, formats: tuple[str, ...], view: str, lang: str | None,
    detail: str | None, templates: Path | None, seed: int, figures: bool, quiet: bool,
) -> None:  # fmt: skip
    """Builds the corrigé of each SHEET: every answer computed, checked, then written.

    \b
    Examples:
      corrige build sheets/retropropagation.md
      corrige build td1.md td2.md -o out --to pdf
      corrige build td1.md --view statement        the sheet to hand out: enonce.pdf
      corrige build td1.md --seed 7                variant 7 of a sheet that draws its values
      corrige build td1.md --detail full           with proofs that go beyond the question
    """
    with reporting():
        _one_run()
        from solver.assembly import Options
        from solver.pipeline import build_all

        options = Options(formats, view, lang, detail, templates, figures, seed)
        with progress(quiet) as say:
            built = build_all(sheets, output, options, say)
        gc.freeze()  # the process ends: its objects need not be searched for garbage once more
        if quiet:
            return
        for one in built:
            for path in one.paths:
                click.echo(str(path))
            if one.tally is not None:
                click.echo(_checked(one.tally), err=True)


def _one_run() -> None:
    """Settings of a process that lives for one build; called before anything heavy is imported."""
    # What a build makes it keeps to its end: looking for garbage every few hundred objects is wasted time.
    gc.set_threshold(200_000, 50, 100)
    # No plugin changes our models, so that the installed packages need not be searched for one.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def _checked(found: Any) -> str:
    means = ", ".join(f"{means.value} {count}" for means, count in found.by_means)
    text = f"{found.total} equalities checked, {len(found.failed)} failed"
    if found.undecided:
        text += f", {len(found.undecided)} undecided"
    return f"{text} ({means})" if means else text


@click.command(context_settings=CONTEXT)
@click.argument("sheets", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="An undecided check counts as a failed one.")
@click.option("--lang", type=LANGUAGES, default=None, help="Language; default: the sheet's own.")
def verify(sheets: tuple[Path, ...], strict: bool, lang: str | None) -> None:
    """Checks every equality of each SHEET's corrigé again; writes nothing.

    Exit code 0 if all hold, 1 if one does not (or is undecided, with --strict), 2 for a sheet that
    cannot be read.
    """
    failed = False
    with reporting():
        from solver.errors import CheckFailed
        from solver.pipeline import read, require_sound, solve

        for path in sheets:
            with progress(False) as say:
                try:
                    solved = solve(read(path), lang=lang, progress=say)
                    require_sound(solved, strict=strict)
                except CheckFailed as fault:
                    failed = True
                    message = printable("error: " + fault.report())
                    click.echo(message, err=True)
                    continue
            click.echo(f"{path}: {_checked(solved.tally)}")
    if failed:
        raise SystemExit(1)
