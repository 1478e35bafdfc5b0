"""`corrige check`: what somebody wrote, line by line."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from solver.cli.shared import CONTEXT, LANGUAGES, VERB_FORMATS, reporting, result


@click.command(context_settings=CONTEXT)
@click.argument("file")
@click.option(
    "--strict", is_flag=True, help="An undecided line, or a rule wrongly named, fails too (exit 1)."
)
@click.option("--to", "to", type=VERB_FORMATS, default="text", show_default=True)
@click.option("--lang", type=LANGUAGES, default="en", show_default=True)
def check(file: str, strict: bool, to: str, lang: str) -> None:
    """Checks the derivation in FILE (or - for standard input) line by line.

    Each line is equal, different (with values that show it) or undecided (with the assumption that is
    missing). Exit code 0 if none is different, 1 if one is, 2 if a line cannot be read.

    \b
    A file:
      let f(x) = x^2 e^x              # a definition; also f(x) := …, soit f(x) = …
      f'(x) = (x^2)' e^x + x^2 (e^x)' [product rule]
            = 2x e^x + x^2 e^x        # goes on with the line before
      d/dx ln(x^2) = 2/x
      ln(x^2) = 2 ln(x)  for x > 0    # an assumption for this line
      assume a > 0                    # and for all that follow
      f(1) ≈ 2.718                    # a printed decimal: is it the rounding?

    \b
    In matrices, shapes first:
      X: N x D
      w: D x 1
      y: N x 1
      d/dw ||X w - y||^2 = 2 X^T (X w - y)
    """
    with reporting():
        from solver.claims.report import check_report
        from solver.errors import CorrigeError

        try:
            data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
            text = data.decode("utf-8-sig")
        except OSError as error:
            raise CorrigeError(f"cannot read {file}: {error.strerror or error}") from None
        except (UnicodeDecodeError, ValueError):
            raise CorrigeError(f"{file} is not UTF-8 text") from None
        report, passed = check_report(
            text, to=to, lang=lang, strict=strict, path=None if file == "-" else file
        )
        result(report)
    if not passed:
        raise SystemExit(1)
