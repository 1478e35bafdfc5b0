"""What a sheet gives: functions, values and networks."""

from __future__ import annotations

import re
from collections.abc import Mapping

from solver.errors import CorrigeError, SheetError, Span, nearest
from solver.expression.functions import FUNCTIONS
from solver.expression.tree import Apply, Derivative, Expr, Sum, Symbol, rebuild, substitute, symbols
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
            for number, row in enumerate(directive.body.split("\n")):
                text = row.strip()
                if not text or text.startswith("#"):
                    continue
                column = directive.body_span.column + len(row) - len(row.lstrip())
                span = Span(directive.body_span.line + number, column, len(text))
                given = read_given(text, span, givens)
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


def read_given(text: str, span: Span, givens: Mapping[str, Given]) -> Given:
    """A line `name = value` or `f(x) = expression`; functions given before it may be called in it.

    Raises ExpressionError at its place in the sheet.
    """
    from solver.expression.reader import read_definition

    functions = [given.name for given in givens.values() if given.parameters]
    try:
        name, parameters, expression = read_definition(text, functions=functions)
        expression = called(expression, givens)
    except CorrigeError as fault:
        raise fault.located(span=span, source=None, path=None) from None
    return Given(name, parameters, expression, text, span)


def called(expression: Expr, givens: Mapping[str, Given]) -> Expr:
    """The expression with each call of a given function replaced by its definition at the arguments.

    Raises SheetError for a function that is not given, or not with as many arguments.
    """
    if isinstance(expression, Apply) and expression.function not in FUNCTIONS:
        given = givens.get(expression.function)
        if given is None or not given.parameters:
            functions = [g.name for g in givens.values() if g.parameters]
            raise SheetError(
                f"the function “{expression.function}” is not given before it is called",
                hint=nearest(expression.function, functions),
            )
        if len(given.parameters) != len(expression.arguments):
            raise SheetError(
                f"“{given.name}” takes {len(given.parameters)} argument(s), found {len(expression.arguments)}"
            )
        arguments = [called(argument, givens) for argument in expression.arguments]
        values = {p.name: value for p, value in zip(given.parameters, arguments, strict=True)}
        return substitute(given.expression, values)
    if isinstance(expression, Sum):  # f(x) + w is one sum, without the parentheses of a sum in a sum
        terms: list[Expr] = []
        for term in expression.terms:
            opened = called(term, givens)
            terms += opened.terms if isinstance(opened, Sum) and isinstance(term, Apply) else [opened]
        return Sum(tuple(terms))
    return rebuild(expression, lambda part: called(part, givens))


def valued(expression: Expr, givens: Mapping[str, Given], kept: frozenset[str] = frozenset()) -> Expr:
    """The expression with the given values put in, those given by other values too; names in `kept` stay.

    Raises SheetError where values are given by each other.
    """
    values = {g.name: g.expression for g in givens.values() if not g.parameters and g.name not in kept}
    for _ in range(len(values) + 1):
        if not {s.name for s in symbols(expression)} & set(values):
            return expression
        opened = _put(expression, values)
        if opened == expression:
            return expression
        expression = opened
    raise SheetError("the given values are defined by each other")


def _put(expression: Expr, values: Mapping[str, Expr]) -> Expr:
    """Values put in, except for the variable of a derivative."""
    if isinstance(expression, Derivative):
        inner = {k: v for k, v in values.items() if k != expression.variable.name}
        return Derivative(_put(expression.operand, inner), expression.variable)
    if isinstance(expression, Symbol):
        return values.get(expression.name, expression)
    return rebuild(expression, lambda part: _put(part, values))
