"""`corrige new`: a sheet to begin with."""

from __future__ import annotations

from shlex import quote

import click

from solver.cli.shared import CONTEXT, LANGUAGES, reporting, worded


@click.command(context_settings=CONTEXT)
@click.argument("name")
@click.option("--lang", type=LANGUAGES, default="en", show_default=True, help="The language of the sheet.")
@click.option(
    "--from", "source", default="descent", show_default=True, metavar="STARTER",
    help="What it begins with: descent, network, activations, graph or blank.",
)  # fmt: skip
def new(name: str, lang: str, source: str) -> None:
    """Writes NAME.md, a commented sheet that builds; a file that is there is never touched.

    \b
    Examples:
      corrige new td1                              a first sheet, on gradient descent: td1.md
      corrige new td2 --lang fr --from network     in French, on a small network
      corrige build td1.md                         its corrigé, into output/td1/
    """
    with reporting():
        from solver.guide.starters import sheet_path, starter, write_new

        path = sheet_path(name)
        write_new(path, starter(source, lang))
        click.echo(str(path))
        click.echo(worded(f"Next: corrige build {quote(str(path))}"), err=True)
