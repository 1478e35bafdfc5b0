"""`corrige layer`: a layer or a loss in batch matrix form, forward and backward."""

from __future__ import annotations

import click

from solver.cli.shared import CONTEXT, LANGUAGES, VERB_FORMATS, reporting, result


class LayerCommand(click.Command):
    """Its help ends with the names that are known."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from solver.expression.functions import ACTIVATIONS
        from solver.layer.catalogue import LAYERS, LOSSES

        with formatter.section("Names"):
            formatter.write_dl(
                [
                    ("layers", ", ".join((*LAYERS, "rnn"))),
                    ("activation:…", ", ".join(ACTIVATIONS)),
                    ("loss:…", ", ".join(LOSSES)),
                ]
            )


@click.command(cls=LayerCommand, context_settings=CONTEXT)
@click.argument("layer")
@click.option("--steps", default=3, show_default=True, help="Steps of rnn.")
@click.option("--to", "to", type=VERB_FORMATS, default="text", show_default=True)
@click.option("--lang", type=LANGUAGES, default="en", show_default=True)
def layer(layer: str, steps: int, to: str, lang: str) -> None:
    """Forward and backward pass of a layer or loss in batch matrix form, derived and checked.

    LAYER is a name below, or a file with the equations of your own layer (- for standard input).

    \b
    Examples:
      corrige layer batch_norm
      corrige layer activation:leaky_relu(0.1) --to json
      corrige layer loss:cross_entropy_logits
      corrige layer rms.txt

    \b
    where rms.txt holds
      X: N x D
      gamma: 1 x D
      r = sqrt(X^2 1 / D + 1e-5)     % side by side: matrix product; 1: ones
      Y = gamma * X / r              % * / ^ and functions: entry by entry
    """
    with reporting():
        from solver.layer.catalogue import find_layer
        from solver.layer.report import layer_report

        result(layer_report(find_layer(layer, steps), to=to, lang=lang))
