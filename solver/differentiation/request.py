"""What is asked of `corrige derive`: the texts of the command read, or refused with their place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from solver.errors import ExpressionError, Span
from solver.expression.functions import FUNCTIONS
from solver.expression.names import GREEK_NAMES
from solver.expression.notation.scanner import MAX_CHARACTERS
from solver.expression.reader import read_equation, read_expression
from solver.expression.tree import Apply, Expr, Negative, Number, Sum, Symbol, number, symbols, walk


class Kind(StrEnum):
    """The shape of the answer."""

    DERIVATIVE = "derivative"
    GRADIENT = "gradient"
    JACOBIAN = "jacobian"
    HESSIAN = "hessian"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True)
class Options:
    """The options as typed: `at` such as "x=2,a=1/3", `implicit` the name of the dependent variable."""

    wrt: str | None = None
    order: int = 1
    at: str | None = None
    jacobian: bool = False
    hessian: bool = False
    implicit: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One question: the functions (one but for a Jacobian), the variables, the order, the point.

    For an implicit derivative the only function is left − right of the equation, `dependent` its unknown.
    """

    kind: Kind
    text: str
    functions: tuple[Expr, ...]
    variables: tuple[Symbol, ...]
    order: int = 1
    point: Mapping[str, Expr] | None = None
    dependent: Symbol | None = None
    equation: tuple[Expr, Expr] | None = None


def read_request(text: str, options: Options) -> Request:
    """Raises ExpressionError, with its place in the text that holds it."""
    if options.implicit is not None:
        return _implicit(text, options)
    pieces = _components(text)
    functions = tuple(_function(piece, text) for piece in pieces)
    several = len(functions) > 1 or options.jacobian
    if several and (options.hessian or options.order > 1):
        raise ExpressionError("the Hessian and higher orders are those of one function, not of several")
    wrt = options.wrt
    if wrt is None and (several or options.hessian):
        wrt = ",".join(sorted({s.name for f in functions for s in symbols(f)})) or "x"
    variables = _variables(functions, wrt, text)
    kind = Kind.DERIVATIVE
    if several:
        kind = Kind.JACOBIAN
    elif options.hessian:
        kind = Kind.HESSIAN
    elif options.wrt is not None and "," in options.wrt:
        kind = Kind.GRADIENT
    return Request(kind, text, functions, variables, options.order, _point(options.at, functions, variables))


def _implicit(text: str, options: Options) -> Request:
    assert options.implicit is not None
    left, right = read_equation(text)
    terms = left.terms if isinstance(left, Sum) else (left,)
    gap = left if right == number(0) else Sum((*terms, Negative(right)))
    _refuse_undefined_calls(gap, text)
    dependent = _symbol(options.implicit, gap, text)
    others = [s.name for s in symbols(gap) if s.name != dependent.name]
    if options.order > 1 or options.hessian or options.jacobian:
        raise ExpressionError("an implicit derivative is of the first order, of one unknown")
    if options.wrt is None and len(others) != 1:
        raise ExpressionError(
            f"by which variable? The equation holds {', '.join(others) or 'no other'}",
            hint="Name it: --wrt x",
        )
    variables = _variables((gap,), options.wrt or others[0], text)
    if dependent in variables:
        raise ExpressionError(f"“{dependent.name}” cannot be both the variable and the unknown")
    if all(s.name != dependent.name for s in symbols(gap)):
        raise ExpressionError(f"“{dependent.name}” does not appear in the equation", source=text)
    point = _point(options.at, (gap,), (*variables, dependent))
    return Request(
        Kind.IMPLICIT, text, (gap,), variables, 1, point, dependent=dependent, equation=(left, right)
    )


def _components(text: str) -> list[str]:
    """The parts of `(f, g, h)` or `[f, g, h]`, each padded so that columns stay those of the text."""
    stripped = text.strip()
    start = text.find(stripped) if stripped else 0
    if (
        len(text) > MAX_CHARACTERS
        or not stripped
        or (stripped[0], stripped[-1]) not in (("(", ")"), ("[", "]"))
    ):
        return [text]
    depth, last = 0, start + 1
    found: list[str] = []
    end = start + len(stripped) - 1
    for at in range(start, end + 1):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if depth == 0 and at < end:
            return [text]  # (a + b)(c, d): the first bracket closes before the end
        if depth == 1 and text[at] in ",;" and not re.match(r"[0-9],[0-9]", text[at - 1 : at + 2]):
            found.append(" " * last + text[last:at])
            last = at + 1
    if not found:
        return [text]
    return [*found, " " * last + text[last:end]]


def _function(piece: str, text: str) -> Expr:
    expression = read_expression(piece)
    _refuse_undefined_calls(expression, text)
    return expression


def _refuse_undefined_calls(expression: Expr, text: str) -> None:
    for node in walk(expression):
        if isinstance(node, Apply) and node.function not in FUNCTIONS and len(node.arguments) != 1:
            at = max(text.find(node.function), 0)
            raise ExpressionError(
                f"the function “{node.function}” of several variables has no definition",
                span=Span(1, at + 1, len(node.function)), source=text,
                hint="Functions without a definition have one argument: f(x), g(2x).",
            )  # fmt: skip


# ---- variables --------------------------------------------------------------------------------


def _variables(functions: tuple[Expr, ...], wrt: str | None, text: str) -> tuple[Symbol, ...]:
    present = {s.name: s for f in functions for s in symbols(f)}
    if wrt is None:
        if len(present) > 1:
            names = ", ".join(present)
            raise ExpressionError(
                f"several variables: {names}; which one?", span=Span(1, 1, len(text) or 1), source=text,
                hint=f"Name it: --wrt {next(iter(present))} (or --wrt {','.join(present)} for the gradient).",
            )  # fmt: skip
        return tuple(present.values()) or (Symbol("x"),)
    found = tuple(_symbol(word, Sum(functions), text) for word in wrt.split(","))
    if len(set(found)) < len(found):
        raise ExpressionError("a variable is named twice", source=wrt)
    return found


def _symbol(word: str, expression: Expr, text: str) -> Symbol:
    symbol = read_expression(word)
    if not isinstance(symbol, Symbol):
        raise ExpressionError(f"the name of a variable is expected, found “{word.strip()}”", source=word)
    present = {s.name: s for s in symbols(expression)}
    if symbol.name not in present:
        _refuse_run_together(symbol.name, present, text)
    return present.get(symbol.name, symbol)


def _refuse_run_together(name: str, present: Mapping[str, Symbol], text: str) -> None:
    """`xy` is one name: where x is asked for, x*y is likely meant."""
    for other in present:
        if other not in GREEK_NAMES and other.isalpha() and len(other) <= 4 and name in other:
            at = max(text.find(other), 0)
            raise ExpressionError(
                f"“{other}” is one variable, and “{name}” does not appear",
                span=Span(1, at + 1, len(other)), source=text, hint=f"Write {'*'.join(other)} for a product.",
            )  # fmt: skip


# ---- the point --------------------------------------------------------------------------------


def _point(
    at: str | None, functions: tuple[Expr, ...], variables: tuple[Symbol, ...]
) -> Mapping[str, Expr] | None:
    """`x=2,a=pi/2` as values by name; each is a number."""
    if at is None:
        return None
    known = {s.name for f in functions for s in symbols(f)} | {v.name for v in variables}
    found: dict[str, Expr] = {}
    for item in at.split(","):
        name, equals, value_text = item.partition("=")
        if not equals and len(variables) == 1:
            name, value_text = variables[0].name, item
        symbol = read_expression(name)
        if not isinstance(symbol, Symbol):
            raise ExpressionError(f"--at takes values such as x=2, found “{item.strip()}”", source=at)
        if symbol.name not in known:
            raise ExpressionError(f"--at names “{symbol.name}”, which does not appear", source=at)
        if symbol.name in found:
            raise ExpressionError(f"--at gives “{symbol.name}” twice", source=at)
        value = read_expression(value_text)
        if symbols(value):
            raise ExpressionError(f"the value of {symbol.name} is a number, found “{value_text}”", source=at)
        found[symbol.name] = value if not isinstance(value, Number) else Number(value.value, value.decimal)
    return found
