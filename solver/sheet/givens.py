"""What a sheet gives: functions, values and networks."""

from __future__ import annotations

import re
from collections.abc import Mapping

from solver.errors import CorrigeError, SheetError, Span
from solver.sheet.model import Directive, Given, NetworkGiven

_NETWORK_NAME = re.compile(r"[^\W\d]\w*")


class Givens:
    """Collects the `{given}` and `{network}` blocks while a sheet is read, then reads them in order."""

    def __init__(self) -> None:
        self._stated: list[Directive] = []

    def collect(self, directive: Directive) -> None:
        """Keeps a block for later: a value may be given after the sentence that shows it."""
        self._stated.append(directive)

    def read(self, labels: Mapping[str, Span]) -> tuple[dict[str, Given], dict[str, NetworkGiven]]:
        """The functions and values, and the networks, by name.

        Raises ExpressionError for a line that cannot be read, SheetError for a name given twice or that is
        also the label of a question, each at its place.
        """
        givens: dict[str, Given] = {}
        networks: dict[str, NetworkGiven] = {}
        taken = {label: span for label, span in labels.items() if "." not in label}
        for directive in self._stated:
            if directive.name == "network":
                network = self._network(directive)
                _claim(network.name, directive.span, taken)
                networks[network.name] = network
                continue
            for given in _lines(directive):
                _claim(given.name, given.span, taken)
                givens[given.name] = given
        return givens, networks

    def _network(self, directive: Directive) -> NetworkGiven:
        if not _NETWORK_NAME.fullmatch(directive.argument):
            raise SheetError(
                f"the name of a network is one word, found “{directive.argument}”", span=directive.span
            )
        return NetworkGiven(directive.argument, directive.options, directive.span)


def _claim(name: str, span: Span, taken: dict[str, Span]) -> None:
    if name in taken:
        raise SheetError(f"the name “{name}” is already that of line {taken[name].line}", span=span)
    taken[name] = span


def _lines(directive: Directive) -> list[Given]:
    from solver.expression.reader import read_definition

    found: list[Given] = []
    for number, row in enumerate(directive.body.split("\n")):
        text = row.strip()
        if not text or text.startswith("#"):
            continue
        column = directive.body_span.column + len(row) - len(row.lstrip())
        span = Span(directive.body_span.line + number, column, len(text))
        try:
            definition = read_definition(text)
        except CorrigeError as fault:
            raise fault.located(span=span, source=None, path=None) from None
        found.append(Given(definition.name, definition.parameters, definition.expression, text, span))
    return found
