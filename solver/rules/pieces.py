"""Functions by pieces: their derivative inside each piece, and at the joints where both sides agree."""

from __future__ import annotations

from fractions import Fraction

from solver.expression.evaluate import exact_value
from solver.expression.functions import FUNCTIONS
from solver.expression.tree import Apply, Cases, Condition, Derivative, Expr, Symbol, walk

_STRICT = {"<": "<", "<=": "<", ">": ">", ">=": ">", "!=": "!="}
_OPPOSITE = {"<": ">", "<=": ">", ">": "<", ">=": "<"}


def larger(left: Expr, right: Expr) -> Condition:
    """left > right, a number kept on the right: x > 0 for 0 < x."""
    if exact_value(left) is not None and exact_value(right) is None:
        return Condition(right, "<", left)
    return Condition(left, ">", right)


def smaller(left: Expr, right: Expr) -> Condition:
    """left < right, a number kept on the right."""
    if exact_value(left) is not None and exact_value(right) is None:
        return Condition(right, ">", left)
    return Condition(left, "<", right)


def has_kink(expr: Expr) -> bool:
    """Whether a function by pieces stands in it, so that it may be constant on an interval."""
    return any(
        isinstance(node, Cases)
        or (
            isinstance(node, Apply)
            and (node.function in ("max", "min") or bool(getattr(FUNCTIONS.get(node.function), "kinks", ())))
        )
        for node in walk(expr)
    )


def may_rest(expr: Expr) -> bool:
    """Whether it may be constant on an interval: a function by pieces stands in it, not ∛ or arcsin, whose
    derivative is missing at a point."""
    return any(
        isinstance(node, Cases)
        or (isinstance(node, Apply) and (node.function in ("max", "min") or _by_pieces(node.function)))
        for node in walk(expr)
    )


def _by_pieces(function: str) -> bool:
    row = FUNCTIONS.get(function)
    return row is not None and bool(row.kinks) and isinstance(row.derivative, Cases)


def closed(cases: Cases) -> Expr:
    """The cases with the borders given to the first branch; a value for all arguments stands alone.

    Where u rests on a border over a whole interval, u′ = 0 there: f′(u) u′ is 0 with any finite slope.
    """
    (value, condition), *others = cases.branches
    if condition is None or condition.relation not in ("<", ">", "!="):
        return cases
    if condition.relation == "!=":
        return value if not others else cases
    return Cases(((value, Condition(condition.left, condition.relation + "=", condition.right)), *others))


def derivative_by_pieces(expr: Cases, x: Symbol) -> Cases:
    """Each branch derived where it holds in a neighbourhood: conditions become strict, isolated points go.

    The last “otherwise” becomes its own strict condition where one can be written.
    """
    branches: list[tuple[Expr, Condition | None]] = []
    for i, (value, condition) in enumerate(expr.branches):
        if condition is None:
            branches += _otherwise(expr, i, value, x)
        elif condition.relation in _STRICT:
            strict = Condition(condition.left, _STRICT[condition.relation], condition.right)
            branches.append((Derivative(value, x), strict))
    return Cases(tuple(branches))


def _otherwise(expr: Cases, last: int, value: Expr, x: Symbol) -> list[tuple[Expr, Condition | None]]:
    conditions = [c for _, c in expr.branches[:last] if c is not None and c.relation in _OPPOSITE]
    equalities = [c for _, c in expr.branches[:last] if c is not None and c.relation in ("=", "!=")]
    if not conditions:
        if equalities and equalities[0].relation == "=":
            first = equalities[0]
            return [(Derivative(value, x), Condition(first.left, "!=", first.right))]
        return [] if equalities else [(Derivative(value, x), None)]
    final = conditions[-1]
    same_side = all(c.left == final.left and c.relation[0] == final.relation[0] for c in conditions)
    if same_side and _ordered([c.right for c in conditions], rising=final.relation[0] == "<"):
        return [(Derivative(value, x), Condition(final.left, _OPPOSITE[final.relation], final.right))]
    bounds = {c.right for c in conditions}
    if len(bounds) == 1 and all(c.left == final.left for c in conditions):
        return []  # u < a and u > a leave the point u = a alone
    return [(Derivative(value, x), None)]


def _ordered(bounds: list[Expr], rising: bool) -> bool:
    values = [exact_value(b) for b in bounds]
    if len(values) == 1:
        return True
    known: list[Fraction] = [v for v in values if v is not None]
    if len(known) < len(values):
        return False
    return known == sorted(known, reverse=not rising)
