"""`corrige templates`: the wordings and frames that a folder of your own may override."""

from __future__ import annotations

from pathlib import Path

import click

from solver.cli.shared import CONTEXT, reporting


@click.command(context_settings=CONTEXT)
@click.argument("names", nargs=-1)
@click.option(
    "--copy", "target", type=click.Path(path_type=Path, file_okay=False),
    help="Copy them (all, or those named) into this folder, to be changed there.",
)  # fmt: skip
def templates(names: tuple[str, ...], target: Path | None) -> None:
    """Lists the wordings and frames, or copies them to start a look of your own.

    \b
    Examples:
      corrige templates                                        their names
      corrige templates fr/kinds/descent.md.j2 --copy mine     one wording to change
      corrige templates typst --copy mine                      the page of the PDF
      corrige build td1.md --templates mine                    yours first, then ours
    A file that is already there is left as it is.
    """
    with reporting():
        from solver.errors import CorrigeError, nearest
        from solver.pipeline import write_all
        from solver.resources import template_folder

        base = template_folder()
        known = sorted(str(p.relative_to(base).as_posix()) for p in base.rglob("*.j2"))
        chosen = known
        if names:
            chosen = [k for k in known if any(k == n or k.startswith(n.rstrip("/") + "/") for n in names)]
            for name in names:
                if not any(k == name or k.startswith(name.rstrip("/") + "/") for k in known):
                    raise CorrigeError(f"there is no template “{name}”", hint=nearest(name, known))
        if target is None:
            for name in chosen:
                click.echo(name)
            return
        fresh = [name for name in chosen if not (target / name).exists()]
        write_all(target, "", {name: (base / name).read_bytes() for name in fresh})
        for name in fresh:
            click.echo(str(target / name))
        if len(fresh) < len(chosen):
            click.echo(f"{len(chosen) - len(fresh)} were there already and stay as they are", err=True)
