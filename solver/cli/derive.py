"""`corrige derive`: a derivative, step by step."""

from __future__ import annotations

import click

from solver.cli.shared import CONTEXT, LANGUAGES, VERB_FORMATS, ExpressionCommand, lines_of, reporting, result


@click.command(cls=ExpressionCommand, context_settings=CONTEXT)
@click.argument("expression")
@click.option("--wrt", default=None, help="Variable; several separated by commas give the gradient.")
@click.option("--order", default=1, show_default=True, type=click.IntRange(1, 20), help="Order.")
@click.option("--to", "to", type=VERB_FORMATS, default="text", show_default=True)
@click.option("--lang", type=LANGUAGES, default="en", show_default=True)
def derive(expression: str, wrt: str | None, order: int, to: str, lang: str) -> None:
    """Derives EXPRESSION step by step, each rule named, the result checked.

    \b
    Examples:
      corrige derive '0.25w^4 - 1.5w^3'
      corrige derive -x^2 --to json
      corrige derive '(w_1 x + w_2 y)^2' --wrt w_1,w_2
      printf 'x^2\\nsin(a x)\\tx\\n' | corrige derive - --to json     one JSON object a line
    """
    with reporting():
        from solver.derivation.report import derive_lines, derive_report

        lines = lines_of(expression)
        if lines is None:
            result(derive_report(expression, wrt=wrt, order=order, to=to, lang=lang))
            return
        for answer in derive_lines(lines, to=to, wrt=wrt, order=order, lang=lang):
            result(answer)
