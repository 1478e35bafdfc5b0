"""How long a derivative will be, told before it is worked out: some answers would fill a book."""

from __future__ import annotations

from dataclasses import dataclass

from solver.errors import UnsupportedExpression
from solver.expression.tree import (
    Apply,
    Cases,
    Expr,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    children,
)

MAX_WORK = 300_000
"""Nodes of the derivative times levels of the expression: about a line for each level, each as long."""


@dataclass(frozen=True, slots=True)
class Size:
    """Nodes of an expression, of its derivative as the rules write it, and its levels; `varies` where it
    depends on the variable."""

    nodes: int
    derivative: int
    levels: int
    varies: bool


def refuse_heavy(expr: Expr, variable: Symbol) -> None:
    """Raises UnsupportedExpression where the lines of the derivation would be too long to be read."""
    size = size_of(expr, variable)
    if size.derivative * size.levels > MAX_WORK:
        raise UnsupportedExpression(
            f"the derivative has about {size.derivative} terms and factors on {size.levels} levels: "
            "too long to be worked out line by line",
            hint="Name parts of the expression, and derive them one at a time.",
        )


def size_of(expr: Expr, variable: Symbol) -> Size:
    """The sizes of an expression, found without writing its derivative."""
    if expr == variable:
        return Size(1, 1, 1, True)
    parts = [size_of(part, variable) for part in children(expr)]
    nodes = 1 + sum(p.nodes for p in parts)
    levels = 1 + max((p.levels for p in parts), default=0)
    if not any(p.varies for p in parts):
        return Size(nodes, 0, levels, False)
    return Size(nodes, _derivative(expr, parts, nodes), levels, True)


def _derivative(expr: Expr, parts: list[Size], nodes: int) -> int:
    inner = sum(p.derivative for p in parts)
    match expr:
        case Sum() | Negative() | Cases():
            return 1 + inner
        case Product(factors):
            # equal factors become one power first, each compared with the others
            different = {f: p for f, p in zip(factors, parts, strict=True) if p.varies}.values()
            gathered = sum(nodes - p.nodes + p.derivative for p in different) if len(different) > 1 else nodes
            return gathered + (len(parts) - len(different)) ** 2 // 8
        case Quotient():
            return 2 + inner + nodes + parts[1].nodes
        case Power():
            return 2 + inner + nodes * (2 if parts[1].varies else 1)
        case Apply():
            return 1 + inner + nodes
        case _:
            return inner + nodes
