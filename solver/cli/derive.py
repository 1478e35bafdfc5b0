"""`corrige derive`: a derivative, step by step."""

from __future__ import annotations

import click

from solver.cli.clock import LIMIT, within_limit
from solver.cli.shared import CONTEXT, LANGUAGES, VERB_FORMATS, ExpressionCommand, lines_of, reporting, result


@click.command(cls=ExpressionCommand, context_settings=CONTEXT)
@click.argument("expression")
@click.option("--wrt", default=None, help="Variable; several separated by commas give the gradient.")
@click.option("--order", default=1, show_default=True, type=click.IntRange(1, 20), help="Order.")
@click.option("--at", default=None, help="Values at a point: x=2,a=1/3 (or 2, for one variable).")
@click.option("--jacobian", is_flag=True, help="A matrix: a row a function, a column a variable.")
@click.option("--hessian", is_flag=True, help="The matrix of second derivatives.")
@click.option("--implicit", metavar="NAME", default=None, help="The unknown that an equation ties to --wrt.")
@click.option("--to", "to", type=VERB_FORMATS, default="text", show_default=True)
@click.option("--lang", type=LANGUAGES, default="en", show_default=True)
def derive(
    expression: str,
    wrt: str | None,
    order: int,
    at: str | None,
    jacobian: bool,
    hessian: bool,
    implicit: str | None,
    to: str,
    lang: str,
) -> None:
    """Derives EXPRESSION step by step: each rule named, each line checked, the domain and the points without
    a derivative told, with the slope that automatic differentiation takes there.

    f, g and h stand for any differentiable functions; several functions are written (f, g).

    \b
    Examples:
      corrige derive '0.25w^4 - 1.5w^3'
      corrige derive -x^2 --to json
      corrige derive 'relu(2x-3)' --at 3/2
      corrige derive '(w_1 x + w_2 y)^2' --wrt w_1,w_2
      corrige derive '(x^2 y, x + y)' --wrt x,y                      the Jacobian
      corrige derive 'x^2 y + e^(x y)' --hessian
      corrige derive 'x^2 + y^2 = 1' --wrt x --implicit y
      corrige derive 'x f(x^2)'
      printf 'x^2\\nsin(a x)\\tx\\n' | corrige derive - --to json     one JSON object a line
    """
    lines = lines_of(expression)
    with reporting(seconds=LIMIT if lines is None else 0):
        from solver.differentiation.report import derive_lines, derive_report
        from solver.differentiation.request import Options

        options = Options(wrt, order, at, jacobian, hessian, implicit)
        if lines is None:
            result(derive_report(expression, to=to, lang=lang, options=options))
            return
        for answer in derive_lines(lines, to=to, lang=lang, options=options, limit=within_limit):
            result(answer)
