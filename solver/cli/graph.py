"""`corrige graph`: a computation graph and the chain rule along it."""

from __future__ import annotations

import click

from solver.cli.shared import CONTEXT, LANGUAGES, VERB_FORMATS, ExpressionCommand, lines_of, reporting, result


@click.command(cls=ExpressionCommand, context_settings=CONTEXT)
@click.argument("expression")
@click.option("--wrt", default=None, help="Variables, separated by commas; default: all.")
@click.option("--at", default=None, help="Values: w1=2,x=1/3,y=pi/2. Some may be left out.")
@click.option("--to", "to", type=VERB_FORMATS, default="text", show_default=True)
@click.option("--lang", type=LANGUAGES, default="en", show_default=True)
def graph(expression: str, wrt: str | None, at: str | None, to: str, lang: str) -> None:
    """The computation graph of EXPRESSION and the chain rule along it: local derivatives, paths, reverse and
    forward mode, with symbols and, with --at, with numbers.

    An expression is decomposed into elementary operations, each named; the name of the result may be given
    (`L = …`). Several equations, separated by `;` or new lines, are the nodes as they are written; the last
    one is the output. `-` reads standard input.

    With --at, what follows from the values is a number (exact where it is rational); where some variables
    have no value, the rest stays a formula in them. At a kink, the slope that PyTorch takes is taken, and
    said; outside the domain, an error says which operation has no value.

    \b
    Examples:
      corrige graph 'L = (w1*x + w2*y)^2'
      corrige graph '(w1*x + w2*y)^2' --wrt w1,w2 --at w1=2,x=3,w2=-1,y=1 --to json
      corrige graph 'a = w1*x; b = w2*y; c = a + b; L = c^2' --wrt w1
      corrige graph 'z = w*x + b; p = sigmoid(z); L = -ln(p)' --at w=1,x=2,b=0 --lang fr
      corrige graph 'max(0, w*x)' --at w=0,x=1
      corrige graph - --to markdown < equations.txt
    """
    with reporting():
        from solver.graph.report import graph_report

        lines = lines_of(expression)
        text = expression if lines is None else "\n".join(lines)
        result(graph_report(text, wrt=wrt, at=at, to=to, lang=lang))
