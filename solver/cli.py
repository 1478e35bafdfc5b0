"""The command line: the only module that prints or exits. Everything heavy is imported when a verb runs."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from solver import __version__

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
LANGUAGES = click.Choice(["fr", "en"])
VERB_FORMATS = click.Choice(["text", "markdown", "latex", "json"])


class ExpressionCommand(click.Command):
    """A command whose first argument may begin with `-` and still be an expression (`derive -x^2`)."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0].startswith("-") and args[0] not in ("-", "--") and not self._is_option(args[0]):
            args = [*args[1:], "--", args[0]] if "--" not in args else args
        return super().parse_args(ctx, args)

    def _is_option(self, text: str) -> bool:
        names = {o for p in self.params for o in (*p.opts, *p.secondary_opts)} | {"-h", "--help"}
        if text.startswith("--"):
            return True  # a misspelt long option deserves “no such option”
        return text in names or (text[:2] in names and text[:2] == "-o")


class Group(click.Group):
    """Suggests the nearest command for a misspelt one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from solver.errors import nearest

            hint = nearest(args[0], self.commands) if args else None
            raise click.UsageError(" ".join([error.message, hint or ""]).strip(), ctx) from None


@contextmanager
def _reporting() -> Iterator[None]:
    """One clear message on standard error: exit 1 for a failed check, 2 for bad input."""
    from solver.errors import CheckFailed, CorrigeError

    try:
        yield
    except CorrigeError as fault:
        click.echo(_printable("error: " + fault.report()), err=True)
        raise SystemExit(1 if isinstance(fault, CheckFailed) else 2) from None
    except RecursionError:
        click.echo("error: the input is nested too deeply", err=True)
        raise SystemExit(2) from None
    except BrokenPipeError:
        raise SystemExit(0) from None
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        raise SystemExit(130) from None


def _printable(text: str) -> str:
    """Text that any terminal takes: lone surrogates and control characters are shown as escapes."""
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def _result(text: str) -> None:
    click.echo(text, nl=not text.endswith("\n"))


@click.group(cls=Group, context_settings=CONTEXT)
@click.version_option(__version__, "-V", "--version", prog_name="corrige")
def main() -> None:
    """Worked solutions for the mathematics of deep learning, proved before they are printed.

    \b
    corrige build sheets/retropropagation.md    the answer key of a sheet: PDF, LaTeX, Markdown
    corrige derive '3x(x+1)'                     a derivative, step by step
    corrige descend 'w^2 - 4w' --start 5 --rate 0.25 --steps 3
    """


# ---- sheets -----------------------------------------------------------------------------------


def _formats(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    from solver.errors import nearest

    known = ("pdf", "latex", "markdown", "json")
    names = tuple(dict.fromkeys(n.strip() for n in value.split(",") if n.strip()))
    for name in names:
        if name not in known:
            hint = nearest(name, known) or ""
            raise click.BadParameter(f"unknown format “{name}” (known: {', '.join(known)}). {hint}".strip())
    if not names:
        raise click.BadParameter(f"no format named (known: {', '.join(known)})")
    return names


@main.command(context_settings=CONTEXT)
@click.argument("sheets", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", default="output", show_default=True, type=click.Path(path_type=Path),
    help="Folder; each sheet has its own folder inside.",
)  # fmt: skip
@click.option(
    "--to", "formats", default="pdf,latex,markdown", show_default=True, callback=_formats,
    help="Formats, separated by commas: pdf, latex, markdown, json.",
)  # fmt: skip
@click.option(
    "--view", type=click.Choice(["solution", "statement"]), default="solution", show_default=True,
    help="The corrigé, or the statement alone without a trace of an answer.",
)  # fmt: skip
@click.option("--lang", type=LANGUAGES, default=None, help="Language; default: the sheet's own.")
@click.option(
    "--detail", type=click.Choice(["result", "steps", "full"]), default=None,
    help="Results only; with their justification; with what goes beyond. Default: the sheet's, else steps.",
)  # fmt: skip
@click.option(
    "--templates", type=click.Path(path_type=Path, exists=True, file_okay=False), default=None,
    help="A folder of your own wordings and frames, looked at before ours.",
)  # fmt: skip
@click.option("--figures/--no-figures", default=True, help="Draw the figures, or leave them out.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
def build(
    sheets: tuple[Path, ...], output: Path, formats: tuple[str, ...], view: str, lang: str | None,
    detail: str | None, templates: Path | None, figures: bool, quiet: bool,
) -> None:  # fmt: skip
    """Builds the corrigé of each SHEET: every answer computed, checked, then written.

    \b
    Examples:
      corrige build sheets/retropropagation.md
      corrige build td1.md td2.md -o out --to pdf
      corrige build td1.md --view statement        the sheet to hand out: enonce.pdf
      corrige build td1.md --detail full           with proofs that go beyond the question
    """
    with _reporting():
        _one_run()
        from solver.assembly import Options
        from solver.pipeline import build_all

        options = Options(formats, view, lang, detail, templates, figures)
        with _progress(quiet) as say:
            built = build_all(sheets, output, options, say)
        gc.freeze()  # the process ends: its objects need not be searched for garbage once more
        if quiet:
            return
        for one in built:
            for path in one.paths:
                click.echo(str(path))
            if one.tally is not None:
                click.echo(_checked(one.tally), err=True)


def _one_run() -> None:
    """Settings of a process that lives for one build; called before anything heavy is imported."""
    # What a build makes it keeps to its end: looking for garbage every few hundred objects is wasted time.
    gc.set_threshold(200_000, 50, 100)
    # No plugin changes our models, so that the installed packages need not be searched for one.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def _checked(found: Any) -> str:
    means = ", ".join(f"{means.value} {count}" for means, count in found.by_means)
    text = f"{found.total} equalities checked, {len(found.failed)} failed"
    if found.undecided:
        text += f", {len(found.undecided)} undecided"
    return f"{text} ({means})" if means else text


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str, float], None]]:
    """A bar on standard error that follows the work, where that is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda stage, share: None
        return
    width = 24

    def say(stage: str, share: float) -> None:
        filled = round(width * share)
        click.echo(f"\r{'█' * filled}{'░' * (width - filled)} {stage[:40]:<40}", nl=False, err=True)

    try:
        yield say
    finally:
        click.echo("\r" + " " * (width + 42) + "\r", nl=False, err=True)


@main.command(context_settings=CONTEXT)
@click.argument("sheets", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="An undecided check counts as a failed one.")
@click.option("--lang", type=LANGUAGES, default=None, help="Language; default: the sheet's own.")
def verify(sheets: tuple[Path, ...], strict: bool, lang: str | None) -> None:
    """Checks every equality of each SHEET's corrigé again; writes nothing.

    Exit code 0 if all hold, 1 if one does not (or is undecided, with --strict), 2 for a sheet that
    cannot be read.
    """
    failed = False
    with _reporting():
        from solver.errors import CheckFailed
        from solver.pipeline import read, require_sound, solve

        for path in sheets:
            with _progress(False) as say:
                try:
                    solved = solve(read(path), lang=lang, progress=say)
                    require_sound(solved, strict=strict)
                except CheckFailed as fault:
                    failed = True
                    message = _printable("error: " + fault.report())
                    click.echo(message, err=True)
                    continue
            click.echo(f"{path}: {_checked(solved.tally)}")
    if failed:
        raise SystemExit(1)


# ---- expressions ------------------------------------------------------------------------------


def _lines_of(argument: str) -> Iterable[str] | None:
    """The lines of standard input where the argument is `-`, else None."""
    if argument != "-":
        return None
    return (line.decode("utf-8", "surrogateescape").rstrip("\r\n") for line in sys.stdin.buffer)


@main.command(cls=ExpressionCommand, context_settings=CONTEXT)
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
    with _reporting():
        from solver.derivation.report import derive_lines, derive_report

        lines = _lines_of(expression)
        if lines is None:
            _result(derive_report(expression, wrt=wrt, order=order, to=to, lang=lang))
            return
        for answer in derive_lines(lines, to=to, wrt=wrt, order=order, lang=lang):
            _result(answer)


METHODS = ("gd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "newton")


@main.command(cls=ExpressionCommand, context_settings=CONTEXT)
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
    with _reporting():
        from solver.descent.report import descend_report

        given = {name: value for name, value in options.items() if value is not None}
        _result(
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


@main.command(context_settings=CONTEXT)
@click.argument("record")
@click.option("--to", "to", type=VERB_FORMATS, default="text", show_default=True)
@click.option("--lang", type=LANGUAGES, default="en", show_default=True)
def network(record: str, to: str, lang: str) -> None:
    """Forward and backward pass of the network in RECORD (a JSON file, or - for one record a line).

    \b
    Example record:
      {"layers": [2, 3, 1], "activations": ["sigmoid", "sigmoid"], "loss": "half_squared"}
    """
    with _reporting():
        from solver.errors import CorrigeError
        from solver.network.report import network_lines, network_report

        lines = _lines_of(record)
        if lines is not None:
            for answer in network_lines(lines, to=to, lang=lang):
                _result(answer)
            return
        try:
            text = Path(record).read_bytes().decode("utf-8-sig")
        except OSError as error:
            raise CorrigeError(f"cannot read {record}: {error.strerror or error}") from None
        except (UnicodeDecodeError, ValueError):
            raise CorrigeError(f"{record} is not UTF-8 text") from None
        _result(network_report(text, to=to, lang=lang, path=record))


@main.command(cls=ExpressionCommand, context_settings=CONTEXT)
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
    with _reporting():
        from solver.graph.report import graph_report

        _result(graph_report(expression, wrt=wrt, at=at, to=to, lang=lang))


if __name__ == "__main__":
    main(prog_name="corrige")
