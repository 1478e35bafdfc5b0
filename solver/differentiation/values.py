"""An expression worked out at a point: what is rational or known by heart becomes a number."""

from __future__ import annotations

from collections.abc import Mapping

from solver.expression.evaluate import exact_value
from solver.expression.landmarks import known
from solver.expression.settle import put, written
from solver.expression.tree import Expr, rebuild, substitute, symbols


def worked_out(expr: Expr, point: Mapping[str, Expr]) -> Expr:
    """The expression at a point, parts that are rational or known by heart worked out: e^{-1}, √3/2."""
    rational = {n: v for n, e in point.items() if (v := exact_value(e)) is not None}
    return known(_folded(substitute(put(expr, rational), point)))


def _folded(expr: Expr) -> Expr:
    """Parts that are rational numbers worked out: √(4 − 1²) is √3."""
    exact = None if symbols(expr) else exact_value(expr)
    return written(exact) if exact is not None else rebuild(expr, _folded)
