"""What a sheet gives: functions, values and networks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from solver.errors import CorrigeError, SheetError, Span, nearest
from solver.expression.functions import FUNCTIONS
from solver.expression.settle import put, written
from solver.expression.tree import Apply, Derivative, Expr, Sum, Symbol, rebuild, substitute, symbols
from solver.sheet.draws import draw, read_draws, rows
from solver.sheet.model import Directive, Given, NetworkGiven, OptionText, Variant

_NUMERIC_OPTIONS = ("layers", "weights", "biases", "x", "y")
_NETWORK_NAME = re.compile(r"[^\W\d]\w*")


class Givens:
    """Collects the blocks that give something while a sheet is read, then reads them in order."""

    def __init__(self, decimal_comma: bool = False) -> None:
        self._decimal_comma = decimal_comma
        self._stated: list[Directive] = []

    def collect(self, directive: Directive) -> None:
        """Keeps a block for later: a value may be given after the sentence that shows it."""
        self._stated.append(directive)

    def read(
        self, labels: Mapping[str, Span], seed: int = 1, first: int = 0
    ) -> tuple[dict[str, Given], dict[str, NetworkGiven], Variant | None]:
        """The functions and values, and the networks, by name; what was drawn (None where nothing is).

        Drawn values are given values, and are put into the functions and networks that name them. `seed` and
        `first` (the number of the first try) choose the variant.

        Raises ExpressionError for a line that cannot be read, SheetError for a name given twice or that is
        also the label of a question, each at its place.
        """
        givens: dict[str, Given] = {}
        networks: dict[str, NetworkGiven] = {}
        taken = {label: span for label, span in labels.items() if "." not in label}
        draws = read_draws([d for d in self._stated if d.name == "draw"])
        variant = draw(draws, seed, first) if draws.lines else None
        values = variant.values if variant else {}
        for line in draws.lines:
            _claim(line.name, line.span, taken)
            value = values[line.name]
            givens[line.name] = Given(line.name, (), written(value), str(value), line.span)
        for directive in self._stated:
            if directive.name == "network":
                network = self._network(directive, values)
                _claim(network.name, directive.span, taken)
                networks[network.name] = network
            elif directive.name == "given":
                for text, span in rows(directive):
                    given = read_given(text, span, givens, self._decimal_comma)
                    _claim(given.name, given.span, taken)
                    own = {n: v for n, v in values.items() if n not in {p.name for p in given.parameters}}
                    givens[given.name] = replace(given, expression=put(given.expression, own))
        return givens, networks, variant

    def _network(self, directive: Directive, values: Mapping[str, Fraction]) -> NetworkGiven:
        if not _NETWORK_NAME.fullmatch(directive.argument):
            raise SheetError(
                f"the name of a network is one word, found “{directive.argument}”", span=directive.span
            )
        options = {
            name: replace(option, text=_with_values(option, values)) if name in _NUMERIC_OPTIONS else option
            for name, option in directive.options.items()
        }
        return NetworkGiven(directive.argument, options, directive.span)


def _with_values(option: OptionText, values: Mapping[str, Fraction]) -> str:
    """The numbers of a network with drawn values in place of their names (`[[a, -a], [1, 2]]`)."""

    def item(found: re.Match[str]) -> str:
        from solver.expression.evaluate import exact_value
        from solver.expression.reader import read_expression

        if not re.search(rf"(?<![^\W\d])(?:{'|'.join(map(re.escape, values))})\b", found.group()):
            return found.group()
        value = exact_value(put(read_expression(found.group()), values))
        if value is None:
            raise SheetError(f"“{found.group().strip()}” is no exact number", span=option.span)
        return str(value)

    return re.sub(r"[^\[\],]+", item, option.text) if values else option.text


def _claim(name: str, span: Span, taken: dict[str, Span]) -> None:
    if name in taken:
        raise SheetError(f"the name “{name}” is already that of line {taken[name].line}", span=span)
    taken[name] = span


def read_given(text: str, span: Span, givens: Mapping[str, Given], decimal_comma: bool = False) -> Given:
    """A line `name = value` or `f(x) = expression`; functions given before it may be called in it.

    Raises ExpressionError at its place in the sheet.
    """
    from solver.expression.reader import read_definition

    functions = [given.name for given in givens.values() if given.parameters]
    try:
        name, parameters, expression = read_definition(text, decimal_comma=decimal_comma, functions=functions)
        expression = called(expression, givens)
    except CorrigeError as fault:
        raise fault.located(span=span, source=None, path=None) from None
    return Given(name, parameters, expression, text, span)


def called(expression: Expr, givens: Mapping[str, Given], *, undefined: bool = False) -> Expr:
    """The expression with each call of a given function replaced by its definition at the arguments.

    With `undefined`, a function of one variable that is not given stays. Raises SheetError for any other that
    is not given, or not with as many arguments.
    """
    if isinstance(expression, Apply) and expression.function not in FUNCTIONS:
        given = givens.get(expression.function)
        if given is None and undefined and len(expression.arguments) == 1:
            return rebuild(expression, lambda part: called(part, givens, undefined=True))
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
        arguments = [called(argument, givens, undefined=undefined) for argument in expression.arguments]
        values = {p.name: value for p, value in zip(given.parameters, arguments, strict=True)}
        return substitute(given.expression, values)
    if isinstance(expression, Sum):  # f(x) + w is one sum, without the parentheses of a sum in a sum
        terms: list[Expr] = []
        for term in expression.terms:
            opened = called(term, givens, undefined=undefined)
            terms += opened.terms if isinstance(opened, Sum) and isinstance(term, Apply) else [opened]
        return Sum(tuple(terms))
    return rebuild(expression, lambda part: called(part, givens, undefined=undefined))


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
