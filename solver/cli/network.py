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
    """Forward and backward pass of the network in RECORD (a JSON file, or - for one record a line).

    \b
    Example record:
      {"layers": [2, 3, 1], "activations": ["sigmoid", "sigmoid"], "loss": "half_squared"}
    """
    lines = lines_of(record)
    with reporting(seconds=LIMIT if lines is None else 0):
        from solver.errors import CorrigeError
        from solver.network.report import network_lines, network_report

        if lines is not None:
            for answer in network_lines(lines, to=to, lang=lang, limit=within_limit):
                result(answer)
            return
        try:
            text = Path(record).read_bytes().decode("utf-8-sig")
        except OSError as error:
            raise CorrigeError(f"cannot read {record}: {error.strerror or error}") from None
        except (UnicodeDecodeError, ValueError):
            raise CorrigeError(f"{record} is not UTF-8 text") from None
        result(network_report(text, to=to, lang=lang, path=record))
