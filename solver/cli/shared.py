"""What every verb shares: expressions as arguments, one clear message for a fault, results and progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import click

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
def reporting() -> Iterator[None]:
    """One clear message on standard error: exit 1 for a failed check, 2 for bad input."""
    from solver.errors import CheckFailed, CorrigeError

    try:
        yield
    except CorrigeError as fault:
        click.echo(printable("error: " + fault.report()), err=True)
        raise SystemExit(1 if isinstance(fault, CheckFailed) else 2) from None
    except RecursionError:
        click.echo("error: the input is nested too deeply", err=True)
        raise SystemExit(2) from None
    except BrokenPipeError:
        raise SystemExit(0) from None
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        raise SystemExit(130) from None


def printable(text: str) -> str:
    """Text that any terminal takes: lone surrogates and control characters are shown as escapes."""
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def result(text: str) -> None:
    click.echo(text, nl=not text.endswith("\n"))


@contextmanager
def progress(quiet: bool) -> Iterator[Callable[[str, float], None]]:
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


def lines_of(argument: str) -> Iterable[str] | None:
    """The lines of standard input where the argument is `-`, else None."""
    if argument != "-":
        return None
    return (line.decode("utf-8", "surrogateescape").rstrip("\r\n") for line in sys.stdin.buffer)
