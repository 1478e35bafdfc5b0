"""Options of the kinds on derivatives: a function or an equation, functions without a definition, a point."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from solver.errors import SheetError, nearest
from solver.expression.tree import Apply, Expr, Negative, Sum, Symbol, number, symbols, walk
from solver.questions.base import Reading, Scope
from solver.questions.options import Function, read_function, read_symbol, split_list

_EQUALS = re.compile(r"(?<![<>!=])=(?!=)")
_LETTERS = ("f", "g", "h", "u", "v", "p", "q", "F", "G", "H")


@dataclass(frozen=True, slots=True)
class Relation:
    """An equation `left = right` between variables."""

    left: Expr
    right: Expr

    @property
    def gap(self) -> Expr:
        """left − right, which is zero on the curve."""
        terms = self.left.terms if isinstance(self.left, Sum) else (self.left,)
        return self.left if self.right == number(0) else Sum((*terms, Negative(self.right)))


def read_derivable(text: str, scope: Scope) -> Function | Relation:
    """A function, given or written out, in which f, g, h may have no definition; or an equation."""
    if not _EQUALS.search(text):
        return _named(read_function(text, scope, undefined=True), text, scope)
    from solver.expression.reader import read_equation
    from solver.sheet.givens import called, valued

    functions = [g.name for g in scope.givens.values() if g.parameters]
    left, right = (
        valued(called(side, scope.givens), scope.givens)
        for side in read_equation(text, decimal_comma=scope.decimal_comma, functions=functions)
    )
    return Relation(left, right)


def _named(function: Function, text: str, scope: Scope) -> Function:
    """A function that is written out, under a letter that neither the sheet nor a function inside it has."""
    inside = {node.function for node in walk(function.expression) if isinstance(node, Apply)}
    if function.name not in inside and (text in scope.givens or function.name not in scope.givens):
        return function
    taken = inside | set(scope.givens) | {v.name for v in function.variables}
    free = next((letter for letter in _LETTERS if letter not in taken), function.name)
    return Function(free, function.variables, function.expression)


def read_functions(text: str, scope: Scope) -> tuple[Function, ...]:
    """One function, or several as a list: `x^2 y, x + y` or `(x^2 y, x + y)`; several are named f₁, f₂, by
    another letter where the sheet has such names."""
    stripped = text.strip()
    inner = stripped[1:-1] if stripped[:1] + stripped[-1:] in ("()", "[]") else stripped
    try:
        items = split_list(inner, scope.decimal_comma)
    except SheetError:
        items = [text]
    if len(items) == 1 or inner.count("(") != inner.count(")"):
        return (read_function(text, scope),)
    found = tuple(read_function(item, scope) for item in items)
    if len({f.name for f in found}) == len(found):
        return found
    known = {
        name.partition("_")[0] for name in (*scope.givens, *(v.name for f in found for v in f.variables))
    }
    letter = next((letter for letter in _LETTERS if letter not in known), "f")
    return tuple(Function(f"{letter}_{k}", f.variables, f.expression) for k, f in enumerate(found, start=1))


@dataclass(frozen=True, slots=True)
class Point:
    """The coordinates of a point as typed: each with its name, or None where only the value is written."""

    items: tuple[tuple[str | None, Expr], ...]

    def at(self, variables: tuple[Symbol, ...]) -> Mapping[str, Expr]:
        """The values by name. Raises SheetError for another name, a value twice, or one missing."""
        names = [v.name for v in variables]
        if all(name is None for name, _ in self.items):
            if len(self.items) != len(names):
                raise SheetError(
                    f"the point has {len(self.items)} value(s), for: {', '.join(names)}",
                    hint=f"Write “:at: {', '.join(f'{n} = …' for n in names)}”.",
                )
            return dict(zip(names, (value for _, value in self.items), strict=True))
        found: dict[str, Expr] = {}
        for name, value in self.items:
            if name is None or name not in names:
                raise SheetError(
                    f"the point names “{name or '?'}”; the variables: {', '.join(names)}",
                    hint=nearest(name or "", names),
                )
            if name in found:
                raise SheetError(f"the point gives “{name}” twice")
            found[name] = value
        missing = [n for n in names if n not in found]
        if missing:
            raise SheetError(f"the point gives no value of “{missing[0]}”")
        return {n: found[n] for n in names}


def read_point(text: str, scope: Scope) -> Point:
    """`2`, `pi/2`, `x = 1, y = 1/2` or `(1, 1/2)`; given values may be named."""
    from solver.expression.reader import read_expression
    from solver.sheet.givens import valued

    stripped = text.strip()
    if stripped[:1] == "(" and stripped[-1:] == ")" and len(split_list(stripped)) == 1:
        inner = split_list(stripped[1:-1], scope.decimal_comma)
        items = inner if len(inner) > 1 else [stripped]
    else:
        items = split_list(stripped, scope.decimal_comma)
    found: list[tuple[str | None, Expr]] = []
    for item in items:
        name, equals, written = item.partition("=")
        value = valued(
            read_expression(written if equals else item, decimal_comma=scope.decimal_comma), scope.givens
        )
        if symbols(value):
            raise SheetError(f"a coordinate is a number, “{symbols(value)[0].name}” has no value")
        found.append((read_symbol(name, scope).name if equals else None, value))
    return Point(tuple(found))


DerivableOption = Annotated[Function | Relation, Reading(read_derivable, "a function or an equation")]
FunctionsOption = Annotated[tuple[Function, ...], Reading(read_functions, "a function, or several")]
PointOption = Annotated[Point, Reading(read_point, "a point")]
