"""`corrige network`: forward and backward pass of a record."""

from __future__ import annotations

from pathlib import Path

import click

from solver.cli.clock import LIMIT, within_limit
from solver.cli.shared import CONTEXT, LANGUAGES, VERB_FORMATS, lines_of, reporting, result


@click.command(context_settings=CONTEXT)
@click.argument("record")
@click.option("--to", "to", type=VERB_FORMATS, default="text", show_default=True)
@click.option("--lang", type=LANGUAGES, default="en", show_default=True)
def network(record: str, to: str, lang: str) -> None:
    """Forward and backward pass of the network in RECORD: a JSON file, the JSON itself, or - for one record a
    line of standard input.

    \b
    In names: shapes, both passes in matrices and unit by unit, every rule named:
      corrige network '{"layers": [2, 3, 1], "activations": ["tanh", "sigmoid"], "loss": "bce"}'

    \b
    With numbers, exact where they are rational, else to 20 digits (weights are [layer][unit][input]):
      {"layers": [2, 1], "activations": ["relu"], "loss": "half_squared",
       "weights": [[["0.5", "-1/3"]]], "biases": [[0]], "x": [1, 2], "y": [1]}

    \b
    A batch (all gradients are those of the mean loss), a penalty on the weights, no biases:
      {"layers": [1, 2], "activations": ["softmax"], "loss": "cross_entropy",
       "weights": [[[1], [-1]]], "biases": "none", "penalty": {"l2": "0.1"},
       "x": [[1], [2]], "y": [[1, 0], [0, 1]]}

    Activations and losses have the names of PyTorch (relu, leaky_relu(0.1), gelu, softmax…; mse, bce,
    cross_entropy, nll, huber…); docs/networks.md lists them all.
    """
    lines = lines_of(record)
    with reporting(seconds=LIMIT if lines is None else 0):
        from solver.network.report import network_lines, network_report

        if lines is not None:
            for answer in network_lines(lines, to=to, lang=lang, limit=within_limit):
                result(answer)
        elif record.lstrip().startswith("{"):
            result(network_report(record, to=to, lang=lang))
        else:
            result(network_report(_text_of(record), to=to, lang=lang, path=record))


def _text_of(path: str) -> str:
    from solver.errors import CorrigeError

    try:
        return Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CorrigeError(f"cannot read {path}: {error.strerror or error}") from None
    except (UnicodeDecodeError, ValueError):
        raise CorrigeError(f"{path} is not UTF-8 text") from None
