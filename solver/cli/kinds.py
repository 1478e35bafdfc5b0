"""`corrige kinds`: the kinds of questions and figures, their options, an example; a schema for editors."""

from __future__ import annotations

import click

from solver.cli.shared import CONTEXT, reporting, result


@click.command(context_settings=CONTEXT)
@click.argument("names", nargs=-1, metavar="[KIND]...")
@click.option(
    "--to", "form", type=click.Choice(["text", "markdown"]), default="text", show_default=True,
    help="For the terminal, or a page of the guide.",
)  # fmt: skip
@click.option("--schema", is_flag=True, help="A JSON Schema for editors: options, front matter, records.")
def kinds(names: tuple[str, ...], form: str, schema: bool) -> None:
    """Tells which kinds of questions and figures a sheet may ask for, and the options of each KIND.

    \b
    Examples:
      corrige kinds                              all of them, a line each
      corrige kinds descent                      options, defaults, and a sheet that builds
      corrige kinds --schema > corrige.json      for an editor: corrige.json#/$defs/record
    """
    if schema and names:
        raise click.UsageError("--schema holds every kind: leave their names out")
    with reporting():
        from solver.guide import tables
        from solver.guide.describe import describe

        if schema:
            import json

            from solver.guide.schema import schema as made

            result(json.dumps(made(), ensure_ascii=False, indent=1))
            return
        told = [describe(name) for name in names]
        if form == "markdown":
            everything = (tables.questions_part(), tables.figures_part())
            result("\n\n".join(map(tables.kind_section, told) if told else everything))
        else:
            result("\n".join(map(tables.kind_text, told)) if told else tables.kinds_text())
