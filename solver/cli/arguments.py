"""Arguments of a verb: an expression may begin with `-`, and is one argument."""

from __future__ import annotations

import click


class ExpressionCommand(click.Command):
    """A command whose argument may begin with `-` and still be an expression (`derive -x^2`)."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options, expressions = self._sorted(args)
        unknown = any(
            text.startswith("--") and text.partition("=")[0] not in self._values() for text in options
        )
        if len(expressions) > 1 and not unknown:
            together = " ".join(expressions)
            raise click.UsageError(
                f"one expression is expected, found {len(expressions)}; quote it whole: '{together}'", ctx
            )
        lacks_value = bool(options) and self._values().get(options[-1], False)
        whole = [*options, "--", *expressions] if expressions and not lacks_value else options
        return super().parse_args(ctx, whole)

    def _sorted(self, args: list[str]) -> tuple[list[str], list[str]]:
        """Options with their values, and what is none. After `--` only the names of options are options."""
        takes_value = self._values()
        options: list[str] = []
        expressions: list[str] = []
        rest = iter(args)
        plain = False
        for text in rest:
            name, sign, _ = text.partition("=")
            if text == "--" and not plain:
                plain = True
            elif name in takes_value and not (plain and not expressions):
                options.append(text)
                if takes_value[name] and not sign:
                    options += [value for value in [next(rest, None)] if value is not None]
            elif text.startswith("--") and not plain:
                options.append(text)  # a misspelt long option deserves “no such option”
            else:
                expressions.append(text)
        return options, expressions

    def _values(self) -> dict[str, bool]:
        """The names of the options, and whether each takes a value."""
        return {
            name: not getattr(p, "is_flag", False) and not getattr(p, "count", False)
            for p in self.params
            if isinstance(p, click.Option)
            for name in (*p.opts, *p.secondary_opts)
        } | {"-h": False, "--help": False}
