"""`corrige descend`: exact iterates and the verdict."""

from __future__ import annotations

import click

from solver.cli.shared import CONTEXT, LANGUAGES, VERB_FORMATS, ExpressionCommand, reporting, result

METHODS = ("gd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "newton")


@click.command(cls=ExpressionCommand, context_settings=CONTEXT)
@click.argument("expression")
@click.option("--start", required=True, help="Start; several variables separated by commas.")
@click.option("--rate", required=True, help="Learning rate: 0.05, 1/20, 5e-2. Below 0 it climbs; 0 stays.")
@click.option("--steps", default="3", show_default=True, help="How many iterates after the start.")
@click.option("--method", type=click.Choice(METHODS), default="gd", show_default=True)
@click.option(
    "--schedule",
    default="constant",
    show_default=True,
    metavar="RULE",
    help="Rate of step k = 0, 1, …: constant; step:N:F (rate·F^⌊k/N⌋); exponential:F (rate·F^k); "
    "1/t or 1/t:N (rate/(1 + k/N)).",
)
@click.option("--wrt", default=None, help="Order of the variables; default: alphabetical.")
@click.option("--beta", default=None, help="Momentum (momentum, nesterov); default 0.9.")
@click.option("--beta1", default=None, help="First moment (adam, adamw); default 0.9.")
@click.option("--beta2", default=None, help="Second moment; default 0.999 (adam, adamw), 0.99 (rmsprop).")
@click.option("--epsilon", default=None, help="Added to the root; default 1e-8 (adagrad: 1e-10).")
@click.option("--weight-decay", default=None, help="Decoupled weight decay (adamw); default 0.01.")
@click.option("--to", "to", type=VERB_FORMATS, default="text", show_default=True)
@click.option("--lang", type=LANGUAGES, default="en", show_default=True)
def descend(
    expression: str, start: str, rate: str, steps: str, method: str, schedule: str, wrt: str | None,
    to: str, lang: str, **options: str | None,
) -> None:  # fmt: skip
    """Runs a descent on EXPRESSION exactly and proves where it goes.

    The verdict is about the infinite run: converges, oscillates, diverges, each with its proof, or undecided.
    Methods and defaults are PyTorch's: momentum v ← βv + g, w ← w − αv; nesterov w ← w − α(g + βv).

    \b
    Examples:
      corrige descend 'w^2 - 4w' --start 5 --rate 0.25 --steps 3
      corrige descend 'x^2 + 3y^2' --start=-1.2,1 --rate 0.1 --to json
      corrige descend 'w^2' --start 1 --rate 0.1 --method momentum --beta 0.9
      corrige descend 'sin(w)' --start 1 --rate 0.5 --schedule 1/t --steps 20
      corrige descend 'w^4' --start 1 --rate 0.1 --method adamw --weight-decay 0.01
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
                schedule=schedule,
                to=to,
                lang=lang,
            )
        )
