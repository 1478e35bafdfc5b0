"""`corrige descend`: exact iterates and the verdict."""

from __future__ import annotations

import click

from solver.cli.shared import CONTEXT, LANGUAGES, VERB_FORMATS, ExpressionCommand, reporting, result

METHODS = ("gd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "newton")


@click.command(cls=ExpressionCommand, context_settings=CONTEXT)
@click.argument("expression")
@click.option("--start", required=True, help="Start; several variables separated by commas.")
@click.option("--rate", required=True, help="Learning rate: 0.05, 1/20, 5e-2.")
@click.option("--steps", default="3", show_default=True, help="How many iterates after the start.")
@click.option("--method", type=click.Choice(METHODS), default="gd", show_default=True)
@click.option("--wrt", default=None, help="Order of the variables; default: alphabetical.")
@click.option("--beta", default=None, help="Momentum (momentum, nesterov); default 0.9.")
@click.option("--beta1", default=None, help="First moment (adam, adamw); default 0.9.")
@click.option("--beta2", default=None, help="Second moment (adam, adamw, rmsprop); default 0.999.")
@click.option("--epsilon", default=None, help="Added to the root (adam, …); default 1e-8.")
@click.option("--to", "to", type=VERB_FORMATS, default="text", show_default=True)
@click.option("--lang", type=LANGUAGES, default="en", show_default=True)
def descend(
    expression: str, start: str, rate: str, steps: str, method: str, wrt: str | None, to: str, lang: str,
    **options: str | None,
) -> None:  # fmt: skip
    """Runs a descent on EXPRESSION exactly and proves where it goes.

    \b
    Examples:
      corrige descend 'w^2 - 4w' --start 5 --rate 0.25 --steps 3
      corrige descend 'x^2 + 3y^2' --start=-1.2,1 --rate 0.1 --to json
      corrige descend 'w^2' --start 1 --rate 0.1 --method momentum --beta 0.9
    """
    with reporting():
        from solver.descent.report import descend_report

        given = {name: value for name, value in options.items() if value is not None}
        result(
            descend_report(
                expression,
                start=start,
                rate=rate,
                steps=steps,
                method=method,
                wrt=wrt,
                options=given,
                to=to,
                lang=lang,
            )
        )
