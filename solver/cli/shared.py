"""What every verb shares: expressions as arguments, one clear message for a fault, results and progress."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import click

from solver.cli.arguments import ExpressionCommand
from solver.cli.clock import LIMIT, within
from solver.errors import OutOfTime

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
LANGUAGES = click.Choice(["fr", "en"])
VERB_FORMATS = click.Choice(["text", "markdown", "latex", "json"])


_LANG = "solver.lang"
"""Where the context of a command keeps the language that its `--lang` names, which words the messages."""


class Group(click.Group):
    """Suggests the nearest command for a misspelt one; says what is wrong in the language asked for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for arg, following in zip(args, [*args[1:], ""], strict=True):
            name, sign, value = arg.partition("=")
            if name == "--lang":
                ctx.meta[_LANG] = value if sign else following
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            said = error.format_message()
            if (told := worded(said)) == said:  # in English, or untranslated: as click tells it
                raise
            complain(told)
            click.echo(f"{worded('Help:')} {(error.ctx or ctx).command_path} -h", err=True)
            raise SystemExit(2) from None

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
def reporting(seconds: int = LIMIT) -> Iterator[None]:
    """One clear message on standard error: exit 1 for a failed check, 2 for bad input and for what cannot be
    answered within `seconds` (0: no limit). With CORRIGE_DEBUG set, a fault of our own is raised."""
    from solver.errors import CheckFailed, CorrigeError

    try:
        with within(seconds):
            yield
    except click.UsageError:
        raise
    except CorrigeError as fault:
        complain(fault.report(worded))
        raise SystemExit(1 if isinstance(fault, CheckFailed) else 2) from None
    except OutOfTime as late:
        complain(worded(str(late)))
        raise SystemExit(2) from None
    except RecursionError:
        complain(worded("the input is nested too deeply"))
        raise SystemExit(2) from None
    except MemoryError:
        complain(worded("the answer does not fit into memory"))
        raise SystemExit(2) from None
    except BrokenPipeError:
        raise SystemExit(0) from None
    except OverflowError:
        complain(worded("a value is too large or too small to be written"))
        raise SystemExit(2) from None
    except Exception as fault:
        if "integer string conversion" in str(fault):  # Python's own limit, which is left on
            complain(worded("the answer has a number of more than 4300 digits"))
            raise SystemExit(2) from None
        if os.environ.get("CORRIGE_DEBUG"):
            raise
        said = f"{type(fault).__name__}: {fault}"
        complain(worded(f"corrige itself failed on this input ({said}); please report it"))
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        click.echo(worded("interrupted"), err=True)
        raise SystemExit(130) from None


def worded(text: str) -> str:
    """A message in the language that the verb's `--lang` asks for; in English where nothing was asked."""
    context = click.get_current_context(silent=True)
    lang = context.meta.get(_LANG) if context is not None else None
    if lang not in LANGUAGES.choices or lang == "en":
        return text
    from solver.messages import translated

    return translated(text, lang)


def complain(text: str) -> None:
    """A fault, already worded, on standard error."""
    click.echo(printable(f"{worded('error:')} {text}"), err=True)


def printable(text: str) -> str:
    """Text that any terminal takes: lone surrogates and control characters are shown as escapes."""
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() or c in "\n\u00a0" else repr(c)[1:-1] for c in text)


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
        click.echo(f"\r{'█' * filled}{'░' * (width - filled)} {worded(stage)[:40]:<40}", nl=False, err=True)

    try:
        yield say
    finally:
        click.echo("\r" + " " * (width + 42) + "\r", nl=False, err=True)


def lines_of(argument: str) -> Iterable[str] | None:
    """The lines of standard input where the argument is `-`, else None."""
    if argument != "-":
        return None
    return (line.decode("utf-8", "surrogateescape").rstrip("\r\n") for line in sys.stdin.buffer)


__all__ = [
    "CONTEXT",
    "LANGUAGES",
    "VERB_FORMATS",
    "ExpressionCommand",
    "Group",
    "complain",
    "lines_of",
    "printable",
    "progress",
    "reporting",
    "result",
    "worded",
]
