"""`corrige graph`: a computation graph and the chain rule along it."""

from __future__ import annotations

import click

from solver.cli.shared import CONTEXT, LANGUAGES, VERB_FORMATS, ExpressionCommand, reporting, result


@click.command(cls=ExpressionCommand, context_settings=CONTEXT)
@click.argument("expression")
@click.option("--wrt", default=None, help="Variables, separated by commas; default: all.")
@click.option("--at", default=None, help="Values: w1=2,x=3.")
@click.option("--to", "to", type=VERB_FORMATS, default="text", show_default=True)
@click.option("--lang", type=LANGUAGES, default="en", show_default=True)
def graph(expression: str, wrt: str | None, at: str | None, to: str, lang: str) -> None:
    """The computation graph of EXPRESSION and the chain rule along it.

    \b
    Examples:
      corrige graph 'L = (w1*x + w2*y)^2'
      corrige graph '(w1*x + w2*y)^2' --wrt w1,w2 --at w1=2,x=3,w2=-1,y=1 --to json
    """
    with reporting():
        from solver.graph.report import graph_report

        result(graph_report(expression, wrt=wrt, at=at, to=to, lang=lang))
