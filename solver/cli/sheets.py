"""`corrige build` and `corrige verify`: the verbs that read whole sheets."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from solver.cli.shared import CONTEXT, LANGUAGES, complain, progress, reporting, worded

if TYPE_CHECKING:
    from solver.assembly import Options

SEEDS = click.IntRange(0, 10**9)


def _formats(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...]:
    if value is None:
        return ()
    from solver.errors import nearest
    from solver.formats import FORMATS

    names = tuple(dict.fromkeys(n.strip() for n in value.split(",") if n.strip()))
    for name in names:
        if name not in FORMATS:
            hint = nearest(name, FORMATS) or ""
            raise click.BadParameter(f"unknown format “{name}” (known: {', '.join(FORMATS)}). {hint}".strip())
    if not names:
        raise click.BadParameter(f"no format named (known: {', '.join(FORMATS)})")
    return names


@click.command(context_settings=CONTEXT)
@click.argument("sheets", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", default="output", show_default=True, type=click.Path(path_type=Path),
    help="Folder; each sheet has its own folder inside.",
)  # fmt: skip
@click.option(
    "--to", "formats", default=None, callback=_formats,
    help="Formats, separated by commas: pdf, latex, markdown (these by default), html, exam, myst, json. "
    "Copies: pdf.",
)  # fmt: skip
@click.option(
    "--view", type=click.Choice(["solution", "statement", "marking"]), default=None,
    help="The corrigé (the default), the statement without a trace of an answer, or the marking scheme. "
    "Copies: the first two.",
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
@click.option("--copies", type=click.IntRange(1, 10_000), help="This many variants, from --seed on.")
@click.option(
    "--roster",
    type=click.Path(path_type=Path),
    help="CSV file with a column name: a variant for each student.",
)
@click.option(
    "--jobs", default=1, show_default=True, type=click.IntRange(1, 256), help="Copies made side by side."
)
@click.option("--cluster", metavar="ADDRESS", help="Make the copies on a dask cluster: tcp://host:8786.")
@click.option("--figures/--no-figures", default=True, help="Draw the figures, or leave them out.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
def build(
    sheets: tuple[Path, ...], output: Path, formats: tuple[str, ...], view: str | None, lang: str | None,
    detail: str | None, templates: Path | None, seed: int, copies: int | None, roster: Path | None, jobs: int,
    cluster: str | None, figures: bool, quiet: bool,
) -> None:  # fmt: skip
    """Builds the corrigé of each SHEET: every answer computed, checked, then written.

    \b
    Examples:
      corrige build sheets/retropropagation.md
      corrige build td1.md td2.md -o out --to pdf
      corrige build td1.md --view statement        the sheet to hand out: enonce.pdf
      corrige build td1.md --seed 7                variant 7 of a sheet that draws its values
      corrige build td1.md --copies 120 --jobs 2   120 variants, all of them to print, the answers as CSV
      corrige build td1.md --roster students.csv   a variant for each student, name printed
      corrige build td1.md --detail full           with what goes beyond the question
    """
    with reporting(seconds=0):
        _one_run()
        from solver.assembly import Options
        from solver.pipeline import build_all

        chosen = Options(lang=lang, detail=detail, templates=templates, figures=figures, seed=seed)
        if copies is not None or roster is not None:
            options = replace(chosen, formats=formats or ("pdf",))
            views = (view,) if view else ("statement", "solution")
            _copies(sheets, output, options, views, copies, roster, jobs, cluster, quiet)
            return
        options = replace(chosen, formats=formats or Options().formats, view=view or "solution")
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


def _copies(
    sheets: Sequence[Path], output: Path, options: Options, views: tuple[str, ...], count: int | None,
    students: Path | None, jobs: int, cluster: str | None, quiet: bool,
) -> None:  # fmt: skip
    """Copies of each sheet; exit 1 at the end where one could not be made, when the others are written."""
    from solver.batch import build_copies
    from solver.copies import numbered, roster
    from solver.pipeline import refuse_one_stem

    if count is not None and students is not None:
        raise click.UsageError("--copies and --roster exclude each other: a roster says how many copies")
    refuse_one_stem(sheets, output)
    copies = roster(students, options.seed) if students else numbered(count or 1, options.seed)
    failed = False
    for path in sheets:
        with progress(quiet) as say:
            made = build_copies(
                path, copies, output, options, views=views, jobs=jobs, cluster=cluster, progress=say
            )
        for fault in made.faults:
            complain(f"{worded(f'copy {fault.copy.number} (seed {fault.copy.seed}):')} {fault.fault}")
        failed = failed or bool(made.faults)
        if quiet:
            continue
        for written in made.paths:
            click.echo(str(written))
        told = f"{made.made} copies made, {made.kept} kept, {len(made.faults)} failed; "
        click.echo(worded(told + f"{made.checked} equalities checked"), err=True)
    if failed:
        raise SystemExit(1)


def _one_run() -> None:
    """Settings of a process that lives for one build; called before anything heavy is imported."""
    # What a build makes it keeps to its end: looking for garbage every few hundred objects is wasted time.
    gc.set_threshold(200_000, 50, 100)


def _checked(found: Any) -> str:
    means = ", ".join(f"{worded(means.value)} {count}" for means, count in found.by_means)
    text = worded(f"{found.total} equalities checked, {len(found.failed)} failed")
    if found.undecided:
        text += worded(f", {len(found.undecided)} undecided")
    return f"{text} ({means})" if means else text


@click.command(context_settings=CONTEXT)
@click.argument("sheets", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="An undecided check counts as a failed one.")
@click.option("--lang", type=LANGUAGES, default=None, help="Language; default: the sheet's own.")
@click.option(
    "--seed", default=None, type=SEEDS, help="The variant to check; default: the pinned one, else 1."
)
def verify(sheets: tuple[Path, ...], strict: bool, lang: str | None, seed: int | None) -> None:
    """Checks every equality of each SHEET's corrigé again; writes nothing.

    Where SHEET.facts.json stands beside it (see `corrige pin`), every answer is compared with it too.
    Exit code 0 if all hold, 1 if one does not (or is undecided, with --strict) or is not as pinned, 2 for a
    sheet that cannot be read.
    """
    failed = False
    with reporting(seconds=0):
        from solver.errors import CheckFailed
        from solver.pins import differences, pin_path, read_pins
        from solver.plain_data import expected
        from solver.solving import read_variant, require_sound, solve, text_of

        for path in sheets:
            pins = read_pins(pin_path(path))
            chosen = seed if seed is not None else pins.seed if pins else 1
            with progress(False) as say:
                try:
                    sheet = read_variant(text_of(path), str(path), chosen, lang)
                    solved = solve(sheet, lang=lang, progress=say)
                    require_sound(solved, strict=strict)
                except CheckFailed as fault:
                    failed = True
                    complain(fault.report(worded))
                    continue
            line = f"{path}: {_checked(solved.tally)}"
            if pins is not None and pins.seed == chosen:
                changed = differences(pins, expected(solved.facts))
                for difference in changed:
                    complain(f"{path}: {worded(str(difference))}")
                failed = failed or bool(changed)
                line += worded(f"; {len(pins.answers)} pinned answers, {len(changed)} changed")
            click.echo(line)
    if failed:
        raise SystemExit(1)


@click.command(context_settings=CONTEXT)
@click.argument("sheets", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--seed", default=1, show_default=True, type=SEEDS, help="The variant to pin.")
def pin(sheets: tuple[Path, ...], seed: int) -> None:
    """Writes the exact answers of each SHEET to SHEET.facts.json, for `corrige verify` to compare with.

    Nothing is written where a check fails.
    """
    with reporting(seconds=0):
        from solver.pins import pin_path, pins_text
        from solver.pipeline import write_all
        from solver.solving import read_variant, require_sound, solve, text_of

        for path in sheets:
            with progress(False) as say:
                solved = solve(read_variant(text_of(path), str(path), seed), progress=say)
                require_sound(solved)
            target = pin_path(path)
            write_all(target.parent, "", {target.name: pins_text(solved).encode()})
            click.echo(str(target))
