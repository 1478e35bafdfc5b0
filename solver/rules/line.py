"""Definitions by pieces on the line: nested cases as one list of intervals, and joints that are closed.

Every condition must compare polynomials (and |·|, max, min, ReLU of such) in the variable alone, with
rational roots; anything else is left as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from solver.expression.evaluate import exact_value
from solver.expression.functions import FUNCTIONS
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
    number,
    rebuild,
    symbols,
    walk,
)
from solver.rules.forms import expanded
from solver.rules.monomials import collected, key

_MOST = 24
_KINKED = frozenset({"abs", "sign", "relu", "max", "min"})


class UnknownRoots(Exception):
    """The places where cases change cannot be told."""


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
    whole = _unfolded(expr) if unfolded else expr
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


def rational_roots(switch: Expr, x: Symbol) -> list[Fraction]:
    """The real roots of a polynomial in x, all rational. Raises UnknownRoots where they are not."""
    from flint import fmpq, fmpq_poly

    if any(s.name != x.name for s in symbols(switch)):
        raise UnknownRoots
    terms = expanded(collected(switch))
    if terms is None:
        raise UnknownRoots
    coefficients: dict[int, Fraction] = {}
    for term in terms:
        if any(base != x or e.denominator != 1 or e < 0 for base, e in term.factors.values()):
            raise UnknownRoots
        degree = int(term.factors[key(x)][1]) if term.factors else 0
        coefficients[degree] = coefficients.get(degree, Fraction(0)) + term.coefficient
    top = max(coefficients, default=0)
    if top > 12:
        raise UnknownRoots
    listed = [coefficients.get(k, Fraction(0)) for k in range(top + 1)]
    polynomial = fmpq_poly([fmpq(c.numerator, c.denominator) for c in listed])
    roots = []
    for factor, _ in polynomial.factor()[1] if top else []:
        if factor.degree() == 1:
            root = -fmpq(factor[0]) / fmpq(factor[1])
            roots.append(Fraction(int(root.p), int(root.q)))
        elif any(z.imag.contains(0) for z, _ in fmpq_poly(factor).complex_roots()):
            raise UnknownRoots
    return sorted(roots)


# ---- writing ----------------------------------------------------------------------------------


def on_line(expr: Expr, x: Symbol) -> Cases | None:
    """Nested cases as one list of intervals; None where there is nothing to undo or it cannot be done."""
    if not _tangled(expr, x):
        return None
    found = pieces_of(expr, x)
    if found is None or all(p.value is None for p in found):
        return None
    return _written([p for p in found if p.value is not None], x)


def active(extremum: Apply, x: Symbol) -> Expr | None:
    """The derivative of the argument that wins, interval by interval; None where these cannot be told."""
    found = pieces_of(extremum, x)
    if found is None or any(p.value is None for p in found):
        return None
    if len(found) == 1 and found[0].value is not None:
        return Derivative(found[0].value, x)
    branches = tuple(
        (Derivative(p.value, x), interval_condition(p.low, p.high, x)) for p in found if p.value is not None
    )
    return Cases(branches)


def _tangled(expr: Expr, x: Symbol) -> bool:
    """Whether cases stand in cases, or are decided by a power, a maximum and its like."""
    cases = {node for node in walk(expr) if isinstance(node, Cases)}
    conditions = [c for node in cases for _, c in node.branches if c is not None]
    sides = [side for c in conditions for side in (c.left, c.right) if side != Apply("abs", (x,))]
    return len(cases) > 1 or any(is_kinked(n) or isinstance(n, Power) for side in sides for n in walk(side))


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

    Conditions x < b, x > b between two branches become x ≤ b, x > b. None where no joint can be closed.
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
    return Cases(tuple(branches))


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
