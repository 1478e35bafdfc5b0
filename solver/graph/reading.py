"""What `corrige graph` is given: one expression, or equations `a = w1*x; L = a^2`, one a node."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from solver.errors import CorrigeError, ExpressionError, Span, UnsupportedExpression, nearest
from solver.expression.functions import FUNCTIONS
from solver.expression.reader import read_definition, read_expression
from solver.expression.tree import Apply, Expr, Symbol, symbols, walk
from solver.graph.build import OUTPUT_NAMES, decompose, expand, from_equations
from solver.graph.cost import expanded
from solver.graph.forward import Value, value_of
from solver.graph.model import Equation, Graph

LONG = 2_000
"""Past this many operations, equations are not put into one another to write the output in one formula."""

MOST = 2_000
"""Equations in one graph."""

_NAMED = re.compile(r"\s*\\?[^\W\d][\w'{}\\]*\s*(?:\([^()=]*\))?\s*=(?!=)")
_BRACKETS = {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}
_PIECES = re.compile(r"\\begin\b|\\end\b|\\.|[(){}\[\];\n]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Given:
    """The graph, and its output as one expression in the inputs (None where that would be long)."""

    graph: Graph
    expression: Expr | None


def read_graph(text: str) -> Given:
    """One expression (which may be named, `L = …`) is decomposed into elementary operations; of several
    equations, separated by `;` or new lines, each is a node as it is written, and the last is the output.

    Raises ExpressionError with its place in `text`.
    """
    items = _items(text)
    if len(items) > MOST:
        raise ExpressionError(f"at most {MOST} equations are read, found {len(items)}", span=Span(1, 1))
    if len(items) <= 1:
        return _decomposed(text, *(items[0] if items else (0, text)))
    equations: list[Equation] = []
    for index, (start, item) in enumerate(items):
        with _at(text, start):
            equations.append(_equation(item, index == len(items) - 1, equations))
    graph = from_equations(equations)
    long = graph.output.name in (sizes := expanded(graph)) and sizes[graph.output.name].total > LONG
    return Given(graph, None if long else expand(graph))


def _decomposed(text: str, start: int, item: str) -> Given:
    output = None
    with _at(text, start):
        if _NAMED.match(item):
            output, _, tree = read_definition(item)
        else:
            tree = read_expression(item)
        _refuse_undefined(tree, item)
    return Given(decompose(tree, output), tree)


def _equation(item: str, last: bool, before: Sequence[Equation]) -> Equation:
    """One equation; the last may be an expression alone, which is then named."""
    taken = {equation.target.name for equation in before}
    if _NAMED.match(item):
        name, _, tree = read_definition(item)
        if name in taken:
            raise ExpressionError(f"the node {name} is defined twice", span=Span(1, 1, len(name)))
    elif last:
        tree = read_expression(item)
        used = (
            taken | {symbol.name for e in before for symbol in e.operands} | {s.name for s in symbols(tree)}
        )
        name = next(
            name for name in (*OUTPUT_NAMES, *(f"L{i}" for i in range(len(used) + 1))) if name not in used
        )
    else:
        read_expression(item)
        raise ExpressionError(
            "a name is expected before each equation but the last",
            span=Span(1, 1, len(item)), hint=f"Write u = {item}.",
        )  # fmt: skip
    _refuse_undefined(tree, item)
    return Equation(Symbol(name), tree)


def _items(text: str) -> list[tuple[int, str]]:
    """The parts between `;` and ends of lines that stand outside brackets, each with its place."""
    found: list[tuple[int, str]] = []
    depth = start = 0
    for piece in _PIECES.finditer(text):
        mark = piece.group()
        depth += _BRACKETS.get(mark, 0) + (mark == "\\begin") - (mark == "\\end")
        if mark in (";", "\n") and depth <= 0:
            found.append((start, text[start : piece.start()]))
            start = piece.end()
    found.append((start, text[start:]))
    return [(at + len(part) - len(part.lstrip()), part.strip()) for at, part in found if part.strip()]


@contextmanager
def _at(text: str, start: int) -> Iterator[None]:
    """Faults met while the part of `text` from `start` on is read point into the whole text."""
    try:
        yield
    except CorrigeError as fault:
        before = text[:start]
        place = Span(before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1)
        raise fault.located(span=place, source=text, path=None) from None


def _refuse_undefined(tree: Expr, item: str) -> None:
    """A graph has numbers and derivatives, so that each of its functions must have a definition."""
    for node in walk(tree):
        if isinstance(node, Apply) and node.function not in FUNCTIONS:
            raise ExpressionError(
                f"the function “{node.function}” has no definition",
                span=Span(1, max(item.find(node.function), 0) + 1, len(node.function)),
                hint=nearest(node.function, FUNCTIONS),
            )


# ---- variables and values -----------------------------------------------------------------------


def read_variables(text: str, graph: Graph) -> tuple[Symbol, ...]:
    """Names of inputs separated by commas; ExpressionError for one that is none."""
    found: list[Symbol] = []
    for start, item in _listed(text):
        with _at(text, start):
            symbol = _variable(item, graph)
        if symbol not in found:
            found.append(symbol)
    return tuple(found)


def _listed(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for item in text.split(","):
        yield start + len(item) - len(item.lstrip()), item.strip()
        start += len(item) + 1


def _variable(text: str, graph: Graph) -> Symbol:
    found = read_expression(text) if text else None
    for symbol in graph.inputs:
        if isinstance(found, Symbol) and found.name == symbol.name:
            return symbol
    names = [symbol.name for symbol in graph.inputs]
    inner = isinstance(found, Symbol) and graph.equation(found) is not None
    what = "is a node that the graph computes" if inner else "is not a variable of the expression"
    raise ExpressionError(
        f"“{text}” {what}; its variables: {', '.join(names) or 'none'}",
        span=Span(1, 1, max(1, len(text))), hint=nearest(text, names),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Point:
    """What the inputs are given: as expressions without variables (`1/3`, `pi/2`), and their values."""

    expressions: Mapping[str, Expr]
    values: Mapping[str, Value]


def read_point(text: str, graph: Graph) -> Point:
    """Values of inputs: `w1=2, x=1/3, y=pi/2`. Rational ones stay exact, others become narrow balls."""
    expressions: dict[str, Expr] = {}
    values: dict[str, Value] = {}
    for start, item in _listed(text):
        left, sign, right = item.partition("=")
        with _at(text, start):
            if not sign or not right.strip():
                raise ExpressionError(
                    f"values are written w=2,x=1/3; found “{item}”", span=Span(1, 1, max(1, len(item)))
                )
            symbol = _variable(left.strip(), graph)
            if symbol.name in values:
                raise ExpressionError(f"{symbol.name} is given two values", span=Span(1, 1, len(item)))
        with _at(text, start + len(left) + 1):
            expression = read_expression(right)
            values[symbol.name] = _number(expression, symbol, right)
            expressions[symbol.name] = expression
    return Point(expressions, values)


def _number(expression: Expr, symbol: Symbol, text: str) -> Value:
    try:
        return value_of(expression, {})
    except (KeyError, UnsupportedExpression):
        raise ExpressionError(
            f"a number is expected for {symbol.name}, found “{text.strip()}”",
            span=Span(1, 1 + len(text) - len(text.lstrip()), len(text.strip())),
        ) from None
