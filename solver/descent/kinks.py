"""Where a derivative does not exist: the value that frameworks take there, and whether it was taken."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from solver.expression.evaluate import exact_value
from solver.expression.tree import Cases, Expr, Number, rebuild, walk


def slope_at_kink(slope: Expr, values: Mapping[str, Fraction]) -> Fraction | None:
    """The value of a derivative at a point where no branch of it holds; None where that is not the reason.

    The branches that touch the point decide: their common value; 0 where they have opposite signs (|w|),
    else the flatter one (ReLU: 0), as frameworks do.
    """
    if not any(_uncovered(node, values) for node in walk(slope)):
        return None
    return exact_value(_chosen(slope, values), values)


def _uncovered(node: Expr, values: Mapping[str, Fraction]) -> bool:
    """Whether a definition by pieces has no piece at this point, though some touch it."""
    if not isinstance(node, Cases) or any(c is None for _, c in node.branches):
        return False
    return exact_value(node, values) is None and bool(_touching(node, values))


def _touching(node: Cases, values: Mapping[str, Fraction]) -> list[Fraction]:
    """The values of the branches whose condition is an equality at this point."""
    found = []
    for branch, condition in node.branches:
        if condition is None:
            continue
        left, right = exact_value(condition.left, values), exact_value(condition.right, values)
        value = exact_value(branch, values)
        if left is not None and left == right and value is not None:
            found.append(value)
    return found


def _chosen(expr: Expr, values: Mapping[str, Fraction]) -> Expr:
    if not _uncovered(expr, values):
        return rebuild(expr, lambda child: _chosen(child, values))
    assert isinstance(expr, Cases)
    sides = _touching(expr, values)
    return Number(Fraction(0) if min(sides) < 0 < max(sides) else min(sides, key=abs))
