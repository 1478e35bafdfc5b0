"""Points without a derivative: the slopes on both sides, and what automatic differentiation takes there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from solver.differentiation.edges import Edge, Slope
from solver.differentiation.leading import limit_beside
from solver.errors import CorrigeError
from solver.expression.decimals import significant
from solver.expression.evaluate import ball, exact_value
from solver.expression.plain import plain
from solver.expression.tree import Apply, Cases, Condition, Expr, Number, Symbol, symbols, walk
from solver.rules.line import Piece, pieces_of

_MOST = 12


@dataclass(frozen=True, slots=True)
class Kink:
    """A point x = `at` where f has no derivative: the slopes on the left and on the right as texts (None
    where a side has none), whether f jumps there, and the slope that PyTorch takes (None: not told).
    """

    at: Fraction
    left: str | None
    right: str | None
    jump: bool
    taken: str | None


@dataclass(frozen=True, slots=True)
class Crease:
    """Where f has no derivative in general, told by an equation: sin(x) = 0 for |sin x|."""

    condition: Condition


def kinks(function: Expr, derivative: Expr, x: Symbol) -> tuple[Kink | Crease, ...]:
    """The points without a derivative inside the domain, as far as the cases of the derivative tell them."""
    if not any(isinstance(node, Cases) for node in walk(derivative)):
        return ()
    slopes = pieces_of(derivative, x)
    values = pieces_of(function, x, unfolded=True)
    if slopes is None or values is None or len(symbols(function)) > 1:
        return tuple(Crease(c) for c in dict.fromkeys(_creases(derivative, x)))[:_MOST]
    found = []
    for left, right in pairwise(slopes):
        if left.high is None or _covered(derivative, x, left.high):
            continue
        jump = _jumps(function, values, x, left.high)
        one, other = _slope(left, x, left.high), _slope(right, x, left.high)
        if jump is None or (one == other is not None and not jump):
            continue
        found.append(Kink(left.high, one, other, jump, taken(function, x, {x.name: Number(left.high)})))
    return tuple(found)[:_MOST]


def steep(function: Expr, derivative: Expr, x: Symbol) -> tuple[Edge, ...]:
    """The kinks where the cases of the derivative tend to ±∞ on both sides: cusps, vertical tangents."""
    bare = {k.at for k in kinks(function, derivative, x) if isinstance(k, Kink) and not k.jump and _bare(k)}
    found = []
    for left, right in pairwise(pieces_of(derivative, x) or ()):
        if left.high in bare and left.value is not None and right.value is not None:
            at = left.high
            limits = [limit_beside(p.value, x, at, d) for p, d in ((left, -1), (right, 1)) if p.value]
            one, other = (Slope(infinite=n) if isinstance(n, int) else None for n in limits)
            if one is not None and other is not None:
                found.append(Edge(at, one, other))
    return tuple(found)


def _bare(kink: Kink) -> bool:
    return kink.left is None and kink.right is None


def _covered(derivative: Expr, x: Symbol, at: Fraction) -> bool:
    """Whether the formula has a value there."""
    try:
        return bool(ball(derivative, {x.name: at}).is_finite())
    except CorrigeError:
        return False


def _slope(piece: Piece, x: Symbol, at: Fraction) -> str | None:
    return None if piece.value is None else number_text(piece.value, {x.name: at})


def number_text(expr: Expr, point: dict[str, Fraction]) -> str | None:
    """The exact value, or 17 significant digits; None where there is none."""
    exact = exact_value(expr, point)
    if exact is not None:
        return str(exact)
    try:
        return significant(expr, 17, point)
    except CorrigeError:
        return None


def _jumps(function: Expr, values: list[Piece], x: Symbol, at: Fraction) -> bool | None:
    """Whether f is not continuous there; None where it has no value on a side."""
    sides = [
        None if p.value is None else number_text(p.value, {x.name: at})
        for p in values
        if (p.low is None or p.low <= at) and (p.high is None or at <= p.high)
    ]
    if not sides or None in sides:
        return None
    return len({*sides, number_text(function, {x.name: at})}) > 1


def _creases(derivative: Expr, x: Symbol) -> Iterator[Condition]:
    """The equations of the borders between cases that leave them out."""
    for node in walk(derivative):
        if not isinstance(node, Cases):
            continue
        strict = [c for _, c in node.branches if c is not None and c.relation in ("<", ">", "!=")]
        wide = {(c.left, c.right) for _, c in node.branches if c is not None and c.relation in ("<=", ">=")}
        closed = any(c is None for _, c in node.branches)
        for condition in strict:
            moves = any(s.name == x.name for side in (condition.left, condition.right) for s in symbols(side))
            if moves and not closed and (condition.left, condition.right) not in wide:
                yield Condition(condition.left, "=", condition.right)


def taken(function: Expr, x: Symbol, point: Mapping[str, Expr]) -> str | None:
    """The slope that reverse mode gives there with PyTorch's choices at each operation; None if unknown."""
    from solver.graph.answer import analyse

    if any(isinstance(node, Apply) and node.function in _UNTOLD for node in walk(function)):
        return None
    try:
        at = ",".join(f"{name}={plain(value)}" for name, value in point.items())
        report = analyse(plain(function), wrt=x.name, at=at)
        return _value_text(report)
    except (CorrigeError, KeyError, ArithmeticError, RecursionError):
        return None


_UNTOLD = frozenset({"hard_swish"})
"""Functions whose slope at a kink differs between versions of the frameworks."""


def _value_text(report: object) -> str | None:
    from solver.graph.answer import Report
    from solver.graph.forward import value_text

    assert isinstance(report, Report)
    gradient = report.chain.gradients[0]
    return value_text(report.numbers.values[gradient.symbol.name])
