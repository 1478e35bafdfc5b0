"""`require`: a condition on drawn values or on facts: `a != b`, `is_integer(a/2)`,
`q1.run.verdict.behaviour == "converges"`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction

from solver.errors import CorrigeError, SheetError, Span, nearest
from solver.expression.tree import Expr, substitute, symbols
from solver.sheet.braces import Names, reach
from solver.sheet.model import Require, Side

Value = Fraction | str | bool

RELATIONS: Mapping[str, Callable[[Value, Value], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
"""The relations that are read; an order is of numbers."""

FUNCTIONS: Mapping[str, Callable[[Fraction], Value]] = {
    "is_integer": lambda value: value.denominator == 1,
    "numerator": lambda value: Fraction(value.numerator),
    "denominator": lambda value: Fraction(value.denominator),
}
"""Questions about an exact number."""

_RELATION = re.compile(r"==|!=|<=|>=|<|>|(?<![<>=!])=(?!=)")
_CALL = re.compile(r"([a-z_]+)\s*\((.*)\)", re.DOTALL)
_PATH = re.compile(r"[A-Za-z]\w*(?:-\w+)*(?:\[\d+\]|\(-?\d+\))*\.[A-Za-z_].*", re.DOTALL)


def read_require(text: str, span: Span, offset: int) -> Require:
    """The condition in `text`, which begins `offset` characters into its line. Raises CorrigeError."""
    found = list(_RELATION.finditer(re.sub(r'"[^"]*"', lambda m: "_" * len(m.group()), text)))
    if len(found) > 1:
        raise SheetError(
            f"one relation a line is read, found {len(found)}",
            span=Span(1, offset + found[1].start() + 1, 2),
            hint="Write one require line for each condition.",
        )
    if not found:
        side = _side(text.strip())
        if side.function != "is_integer" and not side.is_path:
            raise SheetError(
                f"a condition such as a != b or is_integer(a/2) is expected, found “{text.strip()}”",
                span=Span(1, offset + 1, len(text)),
            )
        return Require(text.strip(), span, side)
    relation = found[0].group()
    if relation == "=":
        raise SheetError(
            "a condition compares by “==”, found “=”", span=Span(1, offset + found[0].start() + 1)
        )
    left, right = text[: found[0].start()].strip(), text[found[0].end() :].strip()
    if not left or not right:
        raise SheetError(
            f"a value is missing beside “{relation}”", span=Span(1, offset + found[0].start() + 1, 2)
        )
    return Require(text.strip(), span, _side(left), relation, _side(right))


def holds(
    require: Require, values: Mapping[str, Fraction], facts: Mapping[str, object] | None = None
) -> bool:
    """Whether the condition is met. Raises SheetError where a side has no value that can be compared."""
    try:
        left = _value(require.left, values, facts or {})
        if require.right is None or require.relation is None:
            return left is True
        right = _value(require.right, values, facts or {})
        ordered = require.relation not in ("==", "!=")
        if type(left) is not type(right) or (ordered and not isinstance(left, Fraction)):
            raise SheetError(
                f"“{require.left.text}” is {_kind(left)} and “{require.right.text}” {_kind(right)}: "
                f"they are not compared by “{require.relation}”"
            )
        return RELATIONS[require.relation](left, right)
    except CorrigeError as fault:
        message = f"require {require.text}: {fault.message}"
        raise SheetError(message, span=require.span, hint=fault.hint) from None


def _side(text: str) -> Side:
    from solver.expression.reader import read_expression

    if len(text) >= 2 and text[0] == text[-1] == '"':
        return Side(text, word=text[1:-1])
    call = _CALL.fullmatch(text)
    if call and call[1] in FUNCTIONS:
        inner = _side(call[2].strip())
        return Side(inner.text, call[1], inner.word, inner.expression)
    if _PATH.fullmatch(text):
        return Side(text)
    return Side(text, expression=read_expression(text))


def _value(side: Side, values: Mapping[str, Fraction], facts: Mapping[str, object]) -> Value:
    if side.word is not None:
        found: Value = side.word
    elif side.expression is not None:
        found = _number(side.expression, values)
    else:
        found = _fact(reach(side.text, Names(facts)))
    if side.function is None:
        return found
    if not isinstance(found, Fraction):
        raise SheetError(f"{side.function} asks about a number, “{side.text}” is {_kind(found)}")
    return FUNCTIONS[side.function](found)


def _number(expression: Expr, values: Mapping[str, Fraction]) -> Fraction:
    from solver.expression.evaluate import exact_value
    from solver.expression.settle import written

    unknown = [s.name for s in symbols(expression) if s.name not in values]
    if unknown:
        raise SheetError(f"“{unknown[0]}” is not drawn", hint=nearest(unknown[0], values))
    found = exact_value(substitute(expression, {name: written(v) for name, v in values.items()}))
    if found is None:
        raise SheetError("the value is no exact rational number")
    return found


def _fact(value: object) -> Value:
    from solver.expression.evaluate import exact_value

    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, Fraction)):
        return Fraction(value)
    if isinstance(value, Expr):
        exact = None if symbols(value) else exact_value(value)
        if exact is not None:
            return exact
        raise SheetError("the fact is no exact rational number")
    if value is None:
        return "none"
    raise SheetError("the fact is neither a number nor a word")


def _kind(value: Value) -> str:
    if isinstance(value, bool):
        return "a truth value"
    return "a word" if isinstance(value, str) else "a number"
