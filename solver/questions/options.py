"""Types of options: how the text of an option becomes a function, a number, a list or a range.

A request writes `of: FunctionOption`, `rate: ExactOption`, or for an option of its own
`Annotated[T, Reading(read)]` with `read(text, scope) -> T`. Each reads mathematics through the grammar and
names through the scope; a fault is one message at its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, TypeVar

from solver.errors import CorrigeError, SheetError, Span, nearest
from solver.expression.tree import Expr, Symbol, symbols
from solver.questions.base import Facts, Reading, Scope
from solver.sheet.model import NetworkGiven

T = TypeVar("T")

_BETWEEN_DIGITS = re.compile(r",([0-9][0-9.]*)")


@dataclass(frozen=True, slots=True)
class Function:
    """A function to study: its name as printed (`f`), its variables in order, its expression."""

    name: str
    variables: tuple[Symbol, ...]
    expression: Expr

    @property
    def variable(self) -> Symbol:
        """The single variable; a SheetError where there are several."""
        if len(self.variables) != 1:
            names = ", ".join(v.name for v in self.variables)
            if not names:
                raise SheetError("a function of one variable is needed here, this is a constant").about("of")
            raise SheetError(f"a function of one variable is needed here, this one has: {names}").about("of")
        return self.variables[0]

    def require_numbers(self) -> None:
        """SheetError where the expression holds a name that is neither a variable nor has a value."""
        own = {v.name for v in self.variables}
        lacking = [s.name for s in symbols(self.expression) if s.name not in own]
        if lacking:
            raise SheetError(f"a number is expected, “{lacking[0]}” has no value").about("of")


def read_function(text: str, scope: Scope, *, undefined: bool = False) -> Function:
    """A given name (`f`) or an expression (`w^2 - 4w`); values given in the sheet are put in.

    With `undefined`, a function of one variable without a definition (`x g(x^2)`) stays what it is.
    """
    from solver.expression.reader import read_expression
    from solver.sheet.givens import called, valued

    given = scope.givens.get(text)
    if given is not None and given.parameters:
        own = frozenset(p.name for p in given.parameters)
        return Function(given.name, given.parameters, valued(given.expression, scope.givens, own))
    functions = [g.name for g in scope.givens.values() if g.parameters]
    read = read_expression(text, decimal_comma=scope.decimal_comma, functions=functions)
    if isinstance(read, Symbol) and given is None and (len(read.name) > 1 or functions):
        # “ff” alone, or “h” where f and g are given, is a misspelt name rather than an identity function
        raise SheetError(
            f"nothing named “{text}” is given",
            span=Span(1, 1, len(text)),
            hint=nearest(text, scope.givens) or "Give it in a {given} block, or write an expression.",
        )
    expression = valued(called(read, scope.givens, undefined=undefined), scope.givens)
    return Function("f" if given is None else given.name, symbols(expression), expression)


def read_exact(text: str, scope: Scope) -> Fraction:
    """An exact rational: `2`, `0.05`, `1/20`, `1e-3`, a given value `alpha`, or `alpha/2`."""
    from solver.expression.evaluate import exact_value
    from solver.expression.reader import read_expression
    from solver.sheet.givens import valued

    expression = valued(read_expression(text, decimal_comma=scope.decimal_comma), scope.givens)
    unknown = [s.name for s in symbols(expression)]
    if unknown:
        names = [g.name for g in scope.givens.values() if not g.parameters]
        raise SheetError(
            f"a number is expected, “{unknown[0]}” has no value",
            span=Span(1, 1, len(text)),
            hint=nearest(unknown[0], names),
        )
    value = exact_value(expression)
    if value is None:
        raise SheetError(f"an exact rational number is expected, found “{text}”")
    return value


def split_list(text: str, decimal_comma: bool = False) -> list[str]:
    """The items of `a, b(1, 2), [3, 4]`: commas inside brackets do not count.

    With `decimal_comma` the items may be separated by `;`, and `0,5` alone is refused with both readings.
    """
    return [item for item, _ in _placed(text, decimal_comma)]


def each(text: str, read: Callable[[str], T], decimal_comma: bool = False) -> tuple[T, ...]:
    """Every item of a list, read; a fault points at its own item."""
    found = []
    for item, column in _placed(text, decimal_comma):
        try:
            found.append(read(item))
        except CorrigeError as fault:
            fault.span = (fault.span or Span(1, 1, len(item))).shifted(1, column)
            raise
    return tuple(found)


def _placed(text: str, decimal_comma: bool) -> list[tuple[str, int]]:
    """The items with the column at which each begins."""
    starts, depth = [0], 0
    ends: list[int] = []
    separator = "," if not decimal_comma or ";" not in text else ";"
    for i, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == separator and depth == 0:
            if decimal_comma and (found := _BETWEEN_DIGITS.match(text, i)):
                before = re.split(r"[^0-9.]", text[starts[-1] : i])[-1]
                _refuse_two_readings(before, found.group(1), Span(1, i + 1))
            ends.append(i)
            starts.append(i + 1)
    raw = [text[start:end] for start, end in zip(starts, [*ends, len(text)], strict=True)]
    if any(not item.strip() for item in raw):
        raise SheetError(f"an item of the list “{text}” is empty")
    begins = [start + len(item) - len(item.lstrip()) + 1 for start, item in zip(starts, raw, strict=True)]
    return list(zip((item.strip() for item in raw), begins, strict=True))


def _refuse_two_readings(before: str, after: str, span: Span) -> None:
    """`0,5` in a French list; `0.5,1` has only one reading, and so has `a,5`."""
    if before.isdigit() and "." not in after:
        raise SheetError(
            f"ambiguous: the number {before}.{after}, or {before} and {after}?",
            span=span,
            hint="Separate the items by “;”, or write decimals with a point.",
        )


def read_exacts(text: str, scope: Scope) -> tuple[Fraction, ...]:
    """A list of exact numbers separated by commas."""
    return each(text, lambda item: read_exact(item, scope), scope.decimal_comma)


def require_positive(values: Iterable[Fraction], option: str) -> None:
    """A SheetError about the option where one of its values is not positive."""
    for value in values:
        if value <= 0:
            raise SheetError(f"“{option}” must be positive, found {value}").about(option)


def read_names(text: str, scope: Scope) -> tuple[str, ...]:
    """A list of words separated by commas."""
    return tuple(split_list(text))


def read_count(text: str, scope: Scope) -> int:
    """A whole number from 0 to 100,000."""
    value = read_exact(text, scope)
    if value.denominator != 1 or not 0 <= value <= 100_000:
        raise SheetError(f"a whole number from 0 to 100000 is expected, found “{text}”")
    return int(value)


def read_range(text: str, scope: Scope) -> tuple[Fraction, Fraction]:
    """`low, high` with low < high."""
    values = read_exacts(text, scope)
    if len(values) != 2 or not values[0] < values[1]:
        raise SheetError(f"a range “low, high” with low < high is expected, found “{text}”")
    return values[0], values[1]


def read_network(text: str, scope: Scope) -> NetworkGiven:
    """The name of a `{network}` block."""
    if text not in scope.networks:
        raise SheetError(
            f"there is no network named “{text}”",
            span=Span(1, 1, len(text)),
            hint=nearest(text, scope.networks),
        )
    return scope.networks[text]


def read_facts(text: str, scope: Scope) -> Facts:
    """The label of an earlier answer (`q4.forward`)."""
    if text not in scope.facts:
        raise SheetError(
            f"there is no earlier answer labelled “{text}”",
            span=Span(1, 1, len(text)),
            hint=nearest(text, scope.facts),
        )
    return scope.facts[text]


def read_symbol(text: str, scope: Scope) -> Symbol:
    """A variable's name."""
    from solver.expression.reader import read_expression

    if re.fullmatch(r"\s*", text):
        raise SheetError("the name of a variable is expected")
    expression = read_expression(text)
    if not isinstance(expression, Symbol):
        constant = "e and pi are constants: take another name." if text.strip() in ("e", "pi") else None
        raise SheetError(f"the name of a variable is expected, found “{text}”", hint=constant)
    return expression


def some_of(known: tuple[str, ...]) -> Reading:
    """A list of words among `known`."""

    def read(text: str, scope: Scope) -> tuple[str, ...]:
        return each(text, one)

    def one(word: str) -> str:
        if word not in known:
            message = f"“{word}” cannot be asked; what can: {', '.join(known)}"
            raise SheetError(message, hint=nearest(word, known))
        return word

    return Reading(read, "words", known)


FORMS = ("components", "matrix")

FunctionOption = Annotated[Function, Reading(read_function, "a function")]
ExactOption = Annotated[Fraction, Reading(read_exact, "a number")]
ExactsOption = Annotated[tuple[Fraction, ...], Reading(read_exacts, "numbers")]
NamesOption = Annotated[tuple[str, ...], Reading(read_names, "words")]
CountOption = Annotated[int, Reading(read_count, "a whole number")]
RangeOption = Annotated[tuple[Fraction, Fraction], Reading(read_range, "two numbers")]
NetworkOption = Annotated[NetworkGiven, Reading(read_network, "a network")]
FactsOption = Annotated[Facts, Reading(read_facts, "an earlier answer")]
SymbolOption = Annotated[Symbol, Reading(read_symbol, "a variable")]


def _yes(text: str, scope: Scope) -> bool:
    word = text.lower()
    if word in ("", "yes", "oui", "true"):
        return True
    if word in ("no", "non", "false"):
        return False
    raise SheetError(f"“yes” or “no” is expected, found “{text}”")


FormsOption = Annotated[tuple[str, ...], some_of(FORMS)]
YesOption = Annotated[bool, Reading(_yes, "yes or no", ("yes", "no"))]
