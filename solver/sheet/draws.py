"""`{draw}`: values that every variant of a sheet draws for itself, and the conditions they must meet.

One a line: `a in {1, 2, 3}`, `n in 2..6 except 3`, `r in 0..1 step 1/4`; a value that follows from those
before it (`b = 2a + 1`); a condition (`require a != b`). A variant is a seed: the same seed gives the same
values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from solver.errors import CorrigeError, SheetError, Span
from solver.expression.tree import Expr, Symbol, substitute, symbols
from solver.sheet.chance import below
from solver.sheet.model import Directive, Require, Variant
from solver.sheet.requires import holds, read_require

MAX_TRIES = 2_000
"""Draws made before the conditions on drawn values are said to be unmet."""
MAX_VALUES = 10_000
_DRAWN = re.compile(r"(?P<name>.+?)\s+in\s+(?P<values>.*)", re.DOTALL)
_RANGE = re.compile(r"(?P<low>.+?)\.\.(?P<high>.+?)(?:\s+step\s+(?P<step>.+))?", re.DOTALL)
_REQUIRE = re.compile(r"require\b\s*")


@dataclass(frozen=True, slots=True)
class Choice:
    """`name in …`: the values it may take, in the order written."""

    name: str
    values: tuple[Fraction, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Derived:
    """`name = expression`: a value that follows from those drawn before it."""

    name: str
    expression: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Draws:
    """The `{draw}` blocks of a sheet, in order."""

    lines: tuple[Choice | Derived, ...] = ()
    requires: tuple[Require, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The drawn and derived names, in order."""
        return tuple(line.name for line in self.lines)


# ---- reading ----------------------------------------------------------------------------------


def read_draws(directives: Sequence[Directive]) -> Draws:
    """The lines of the `{draw}` blocks. Raises SheetError or ExpressionError at the line at fault."""
    lines: list[Choice | Derived] = []
    requires: list[Require] = []
    for directive in directives:
        for text, span in rows(directive):
            try:
                if found := _REQUIRE.match(text):
                    requires.append(read_require(text[found.end() :], span, found.end()))
                else:
                    lines.append(_line(text, span, [line.name for line in lines]))
            except CorrigeError as fault:
                raise fault.located(span=span, source=None, path=None) from None
    return Draws(tuple(lines), tuple(requires))


def rows(directive: Directive) -> Iterator[tuple[str, Span]]:
    """The lines of a body that say something, each at its place; lines that begin with `#` are left out."""
    for number, row in enumerate(directive.body.split("\n")):
        text = row.strip()
        if text and not text.startswith("#"):
            column = directive.body_span.column + len(row) - len(row.lstrip())
            yield text, Span(directive.body_span.line + number, column, len(text))


def _line(text: str, span: Span, before: Sequence[str]) -> Choice | Derived:
    from solver.expression.reader import read_definition

    drawn = _DRAWN.fullmatch(text)
    if drawn is None:
        name, parameters, expression = read_definition(text)
        if parameters:
            raise SheetError("a draw gives values; a function stands in {given}, where it may use them")
        unknown = [s.name for s in symbols(expression) if s.name not in before]
        if unknown:
            raise SheetError(f"“{unknown[0]}” is not drawn before “{name}”")
        return Derived(name, expression, span)
    name = _name(drawn["name"])
    values = _values(drawn["values"], drawn.start("values"))
    return Choice(name, values, span)


def _name(text: str) -> str:
    from solver.expression.reader import read_expression

    found = read_expression(text)
    if not isinstance(found, Symbol):
        raise SheetError(f"the name of a value is expected before “in”, found “{text}”")
    return found.name


def _values(text: str, at: int) -> tuple[Fraction, ...]:
    whole, _, excluded = text.partition(" except ")
    whole = whole.strip()
    if whole.startswith("{") and whole.endswith("}"):
        values = _list(whole[1:-1])
    elif found := _RANGE.fullmatch(whole):
        values = _range(found)
    else:
        raise SheetError(
            f"values such as {{1, 2, 3}} or 2..6 are expected, found “{whole}”",
            span=Span(1, at + 1, len(whole)),
        )
    out = _list(excluded.strip().removeprefix("{").removesuffix("}")) if excluded.strip() else ()
    left = tuple(dict.fromkeys(v for v in values if v not in out))
    if not left:
        raise SheetError("no value is left to draw from", span=Span(1, at + 1, len(text)))
    return left


def _range(found: re.Match[str]) -> tuple[Fraction, ...]:
    low, high = _exact(found["low"]), _exact(found["high"])
    step = _exact(found["step"]) if found["step"] else Fraction(1)
    if step <= 0 or high < low:
        raise SheetError("a range goes up: low..high, with a positive step")
    count = (high - low) // step + 1
    if count > MAX_VALUES:
        raise SheetError(f"the range has {count} values, at most {MAX_VALUES} are drawn from")
    return tuple(low + step * k for k in range(count))


def _list(text: str) -> tuple[Fraction, ...]:
    return tuple(_exact(item) for item in text.split(","))


def _exact(text: str) -> Fraction:
    from solver.expression.evaluate import exact_value
    from solver.expression.reader import read_expression

    expression = read_expression(text.strip())
    value = None if symbols(expression) else exact_value(expression)
    if value is None:
        raise SheetError(f"an exact number is expected, found “{text.strip()}”")
    return value


# ---- drawing ----------------------------------------------------------------------------------


def draw(draws: Draws, seed: int, first: int = 0) -> Variant:
    """The first try from number `first` on whose values meet every condition on drawn values.

    Each name has its own stream, so that a line added to the sheet changes no other line's value. Raises
    SheetError, with some of the values tried, where none does.
    """
    on_facts = tuple(r for r in draws.requires if r.needs_facts)
    on_values = tuple(r for r in draws.requires if not r.needs_facts)
    tried: list[str] = []
    unmet: Require | None = None
    for attempt in range(first, first + MAX_TRIES):
        variant = Variant(seed, attempt, _drawn(draws, seed, attempt), on_facts)
        unmet = next((r for r in on_values if not holds(r, variant.values)), None)
        if unmet is None:
            return variant
        if variant.shown not in tried:
            tried.append(variant.shown)
    assert unmet is not None
    raise never_met(unmet, tried, MAX_TRIES)


def never_met(require: Require, tried: Sequence[str], tries: int) -> SheetError:
    """The error for a condition that no try met, with the first draws tried."""
    shown = "; ".join(tried[:5])
    more = f"; … ({len(tried)} different ones)" if len(tried) > 5 else ""
    return SheetError(
        f"no draw meets “require {require.text}” in {tries} tries",
        span=require.span,
        hint=f"Tried: {shown}{more}.",
    )


def _drawn(draws: Draws, seed: int, attempt: int) -> dict[str, Fraction]:
    from solver.expression.evaluate import exact_value

    found: dict[str, Fraction] = {}
    for line in draws.lines:
        if isinstance(line, Choice):
            found[line.name] = line.values[below(len(line.values), seed, attempt, line.name)]
            continue
        from solver.expression.settle import written

        value = exact_value(substitute(line.expression, {n: written(v) for n, v in found.items()}))
        if value is None:
            shown = ", ".join(f"{n} = {v}" for n, v in found.items())
            raise SheetError(f"“{line.name}” has no exact value for {shown}", span=line.span)
        found[line.name] = value
    return found
