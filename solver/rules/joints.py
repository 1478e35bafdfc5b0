"""Cases written by intervals of the line, and their ends closed where the derivative exists."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from solver.expression.evaluate import exact_value
from solver.expression.tree import (
    Apply,
    Cases,
    Condition,
    Derivative,
    Expr,
    Negative,
    Number,
    Power,
    Sum,
    Symbol,
    children,
    walk,
)
from solver.rules.line import Piece, is_kinked, pieces_of


def on_line(expr: Expr, x: Symbol) -> Cases | None:
    """Nested cases as one list of intervals; None where there is nothing to undo or it cannot be done."""
    if not _tangled(expr, x):
        return None
    found = pieces_of(expr, x)
    if found is None or all(p.value is None for p in found):
        return None
    return _written([p for p in found if p.value is not None], x)


def active(choice: Apply | Cases, x: Symbol) -> Expr | None:
    """The derivative of what is chosen, interval by interval; None where these cannot be told."""
    found = pieces_of(choice, x)
    if found is None or any(p.value is None for p in found):
        return None
    if len(found) == 1 and found[0].value is not None:
        return Derivative(found[0].value, x)
    branches = tuple(
        (Derivative(p.value, x), interval_condition(p.low, p.high, x)) for p in found if p.value is not None
    )
    return Cases(branches)


def _tangled(expr: Expr, x: Symbol) -> bool:
    """Whether cases stand in or beside other choices, or are decided by a power, a maximum and its like."""
    cases = {node for node in walk(expr) if isinstance(node, Cases)}
    if not cases:
        return False
    conditions = [c for node in cases for _, c in node.branches if c is not None]
    sides = [side for c in conditions for side in (c.left, c.right) if side != Apply("abs", (x,))]
    decided = any(is_kinked(n) or isinstance(n, Power) for side in sides for n in walk(side))
    return len(cases) > 1 or decided or _chooses(expr)


def _chooses(expr: Expr) -> bool:
    """Whether |·|, a maximum and its like stand outside the conditions."""
    if isinstance(expr, Cases):
        return any(_chooses(value) for value, _ in expr.branches)
    return is_kinked(expr) or any(_chooses(child) for child in children(expr))


def _written(pieces: list[Piece], x: Symbol) -> Cases:
    """The intervals as cases; equal ones on both sides of ]−r, r[ are told together, |x| > r."""
    if len(pieces) == 3:
        left, middle, right = pieces
        bounds = (left.high, middle.low, middle.high, right.low)
        if left.value == right.value and None not in bounds and middle.low == -(middle.high or 0):
            size, radius = Apply("abs", (x,)), Number(middle.high or Fraction(0))
            assert left.value is not None
            assert middle.value is not None
            outer = (left.value, Condition(size, ">", radius))
            return Cases((outer, (middle.value, Condition(size, "<", radius))))
    return Cases(
        tuple((p.value, interval_condition(p.low, p.high, x)) for p in pieces if p.value is not None)
    )


def interval_condition(
    low: Fraction | None, high: Fraction | None, x: Symbol, end: str = ""
) -> Condition | None:
    """x < b, x > a, or |x − c| < r for a < x < b; with `end` "=" the ends belong to the interval."""
    if low is None and high is None:
        return None
    if low is None:
        assert high is not None
        return Condition(x, "<" + end, _signed(high))
    if high is None:
        return Condition(x, ">" + end, _signed(low))
    middle, radius = (low + high) / 2, (high - low) / 2
    distance: Expr = x
    if middle:
        distance = Sum((x, Negative(Number(middle)) if middle > 0 else Number(-middle)))
    return Condition(Apply("abs", (distance,)), "<" + end, Number(radius))


def _signed(value: Fraction) -> Expr:
    return Number(value) if value >= 0 else Negative(Number(-value))


def joined(function: Expr, derivative: Expr, x: Symbol) -> Expr | None:
    """f'(b) = \\lim_{x \\to b} f'(x) \\text{ where } f \\text{ is continuous at } b

    Conditions x < b, x > b between two branches become x ≤ b, x > b; one formula on all of ℝ stands alone.
    None where no joint can be closed.
    """
    if not isinstance(derivative, Cases):
        return None
    slopes, values = pieces_of(derivative, x), pieces_of(function, x, unfolded=True)
    if slopes is None or values is None:
        return None
    closed = {
        left.high
        for left, right in pairwise(slopes)
        if left.high is not None and _meet(left, right, x) and _continuous(function, values, left.high, x)
    }
    closed = {b for b in closed if exact_value(derivative, {x.name: b}) is None}
    if not closed:
        return None
    whole: list[Piece] = []
    for piece in slopes:
        last = whole[-1] if whole else None
        if last is not None and piece.low in closed and last.value == piece.value:
            whole[-1] = Piece(last.low, piece.high, piece.value)
        else:
            whole.append(piece)
    branches: list[tuple[Expr, Condition | None]] = []
    taken: set[Fraction] = set()
    for piece in whole:  # the joint belongs to the piece on its left: x ≤ 0, x > 0
        if piece.value is not None:
            ends = {end for end in (piece.low, piece.high) if end is not None}
            wide = bool(ends) and ends <= closed and not ends & taken
            taken |= ends if wide else set()
            branches.append((piece.value, interval_condition(piece.low, piece.high, x, "=" if wide else "")))
    return branches[0][0] if branches[0][1] is None else Cases(tuple(branches))


def _meet(left: Piece, right: Piece, x: Symbol) -> bool:
    """Whether both have one rational value at their common end."""
    assert left.high is not None
    if left.value is None or right.value is None:
        return False
    value = exact_value(left.value, {x.name: left.high})
    return value is not None and value == exact_value(right.value, {x.name: left.high})


def _continuous(function: Expr, values: list[Piece], b: Fraction, x: Symbol) -> bool:
    here = exact_value(function, {x.name: b})
    near = [p.value for p in values if (p.low is None or p.low <= b) and (p.high is None or b <= p.high)]
    return here is not None and all(v is not None and exact_value(v, {x.name: b}) == here for v in near)
