"""Definitions by pieces on the line: nested cases as one list of intervals, and joints that are closed.

Every condition must compare polynomials (and |·|, max, min, ReLU of such) in the variable alone, with
rational roots; anything else is left as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from solver.expression.evaluate import exact_value
from solver.expression.functions import FUNCTIONS
from solver.expression.tree import (
    Apply,
    Cases,
    Condition,
    Expr,
    Negative,
    Sum,
    Symbol,
    number,
    rebuild,
    walk,
)
from solver.rules.roots import UnknownRoots, rational_roots

_MOST = 24
_KINKED = frozenset({"abs", "sign", "relu", "max", "min"})


@dataclass(frozen=True)
class Piece:
    """An open interval (None: infinite) and what the expression is there; None where it has no value."""

    low: Fraction | None
    high: Fraction | None
    value: Expr | None


def pieces_of(expr: Expr, x: Symbol, *, unfolded: bool = False) -> list[Piece] | None:
    """The intervals on which every case of `expr` is decided, from left to right; None if they are unknown.

    With `unfolded` the functions of the table that are defined by pieces are opened first.
    """
    whole = _unfolded(expr) if unfolded else _conditions_unfolded(expr)
    try:
        found: list[Piece] = []
        for piece in _split(whole, x, None, None):
            last = found[-1] if found else None
            if last is not None and last.value == piece.value == _at(whole, x, piece.low):
                found[-1] = Piece(last.low, piece.high, piece.value)  # nothing changes there
            else:
                found.append(piece)
    except UnknownRoots:
        return None
    return found if len(found) <= _MOST else None


def _at(expr: Expr, x: Symbol, place: Fraction | None) -> Expr | None:
    """The branches taken at a point; None where no branch holds."""
    if place is None:
        return None
    try:
        for _ in range(_MOST):
            if not any(is_kinked(node) for node in walk(expr)):
                return expr
            expr = _decided(expr, {x.name: place})
    except _Nowhere:
        pass
    return None


def _conditions_unfolded(expr: Expr) -> Expr:
    """The same with the functions in its conditions opened; its values stay as they are."""
    expr = rebuild(expr, _conditions_unfolded)
    if not isinstance(expr, Cases):
        return expr
    return Cases(
        tuple(
            (v, None if c is None else Condition(_unfolded(c.left), c.relation, _unfolded(c.right)))
            for v, c in expr.branches
        )
    )


def _unfolded(expr: Expr) -> Expr:
    expr = rebuild(expr, _unfolded)
    if isinstance(expr, Apply) and expr.function in FUNCTIONS and expr.function not in _KINKED:
        fact = FUNCTIONS[expr.function]
        if isinstance(fact.definition, Cases):
            found = fact.defined_at(expr.arguments)
            assert found is not None
            return found
    return expr


def _split(expr: Expr, x: Symbol, low: Fraction | None, high: Fraction | None) -> Iterator[Piece]:
    if not any(is_kinked(node) for node in walk(expr)):
        yield Piece(low, high, expr)
        return
    for switch in _switches(expr):
        for root in rational_roots(switch, x):
            if (low is None or low < root) and (high is None or root < high):
                yield from _split(expr, x, low, root)
                yield from _split(expr, x, root, high)
                return
    try:
        decided = _decided(expr, {x.name: inside(low, high)})
    except _Nowhere:
        yield Piece(low, high, None)
        return
    if decided == expr:
        raise UnknownRoots
    yield from _split(decided, x, low, high)


def inside(low: Fraction | None, high: Fraction | None) -> Fraction:
    """A point of the interval."""
    if low is None:
        return Fraction(0) if high is None else high - 1
    return low + 1 if high is None else (low + high) / 2


def _switches(expr: Expr) -> Iterator[Expr]:
    """Differences that decide a case and hold no case themselves."""
    for node in walk(expr):
        if _ready(node):
            yield from _own_switches(node)


def _ready(node: Expr) -> bool:
    """Whether the node is decided by expressions without a case."""
    return is_kinked(node) and not any(is_kinked(n) for gap in _own_switches(node) for n in walk(gap))


def _own_switches(node: Expr) -> list[Expr]:
    match node:
        case Cases(branches):
            return [_gap(c) for _, c in branches if c is not None]
        case Apply("abs" | "sign" | "relu", (argument,)):
            return [argument]
        case Apply("max" | "min", arguments):
            return [Sum((a, Negative(b))) for i, a in enumerate(arguments) for b in arguments[i + 1 :]]
    return []


def _gap(condition: Condition) -> Expr:
    return (
        condition.left if condition.right == number(0) else Sum((condition.left, Negative(condition.right)))
    )


def is_kinked(node: Expr) -> bool:
    """Whether the node chooses between expressions."""
    return isinstance(node, Cases) or (isinstance(node, Apply) and node.function in _KINKED)


class _Nowhere(Exception):
    """Inside: no branch holds, the expression has no value there."""


def _decided(expr: Expr, point: dict[str, Fraction]) -> Expr:
    """The branches taken at a point of an interval without a switch, cases that wait for others left."""
    if not _ready(expr):
        return rebuild(expr, lambda child: _decided(child, point))

    def sign(gap: Expr) -> int:
        value = exact_value(gap, point)
        if value is None:
            raise UnknownRoots
        return (value > 0) - (value < 0)

    match expr:
        case Cases(branches):
            for branch, condition in branches:
                if condition is None or _true(sign(_gap(condition)), condition.relation):
                    return branch
            raise _Nowhere
        case Apply("abs", (argument,)):
            return argument if sign(argument) >= 0 else Negative(argument)
        case Apply("relu", (argument,)):
            return argument if sign(argument) >= 0 else number(0)
        case Apply("sign", (argument,)):
            return (Negative(number(1)), number(0), number(1))[sign(argument) + 1]
        case Apply("max" | "min", arguments):
            best = arguments[0]
            for other in arguments[1:]:
                greater = sign(Sum((other, Negative(best)))) > 0
                best = other if greater == (expr.function == "max") else best
            return best
    return expr


def _true(sign: int, relation: str) -> bool:
    return sign in {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1), "=": (0,), "!=": (-1, 1)}[relation]


# ---- writing ----------------------------------------------------------------------------------
