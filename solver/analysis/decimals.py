"""Numbers printed as the sheet writes them: a function given with decimals gets its facts with decimals."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from solver.analysis.values import Value
from solver.expression.tree import Expr, Number, rebuild, walk

T = TypeVar("T")


def writes_decimals(expr: Expr) -> bool:
    """Whether some number of the expression is written as a decimal."""
    return any(isinstance(node, Number) and node.decimal for node in walk(expr))


def in_decimals(found: T) -> T:
    """The same facts, rationals to be printed as decimals where they end (only their look changes)."""
    changed: T = _changed(found)
    return changed


def _changed(item: Any) -> Any:
    match item:
        case Expr():
            return _decimal(item)
        case Value():
            return item if item.exact is None else replace(item, exact=_decimal(item.exact))
        case tuple():
            return tuple(_changed(part) for part in item)
    if is_dataclass(item) and not isinstance(item, type):
        return replace(item, **{f.name: _changed(getattr(item, f.name)) for f in fields(item)})
    return item


def _decimal(expr: Expr) -> Expr:
    if isinstance(expr, Number):
        return Number(expr.value, decimal=expr.value.denominator != 1)
    return rebuild(expr, _decimal)
