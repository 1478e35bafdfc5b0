"""Enclosures of smooth expressions over whole intervals, by balls, and proved signs between roots."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from solver.analysis.balls import enclose, exact_ball, interval, precision
from solver.analysis.expand import expand
from solver.analysis.expansion import Undecided, exact_number
from solver.analysis.pieces import Piece, is_constant, unfold
from solver.expression.tree import (
    Apply,
    Expr,
    Symbol,
    number,
    substitute,
)

_TAILS = (4, 8, 16, 64)
_DEPTH = 14
_ORDER = 4
_BUDGET = 6000


@dataclass(frozen=True)
class Root:
    """A zero, alone in [low, high]; `exact` where it is a known rational."""

    low: Fraction
    high: Fraction
    exact: Fraction | None


@dataclass(frozen=True)
class Segment:
    """An open interval (None: infinite) on which the sign of g is proved: −1, 0 or 1 everywhere."""

    low: Fraction | Root | None
    high: Fraction | Root | None
    sign: int


def point_value(expr: Expr, variable: Symbol, at: Fraction) -> Any:
    """f(at) exactly: a Fraction where it is rational, else a written logarithm or a number of SymPy."""
    found = substitute(expr, {variable.name: number(at)})
    return _whole_logarithm(found) or exact_number(found)


def _whole_logarithm(expr: Expr) -> Expr | None:
    """ln n with n > 1 whole (softplus(0) = ln 2), else None."""
    from solver.expression.evaluate import exact_value

    try:
        found = unfold(expr)
    except Undecided:
        return None
    if not (isinstance(found, Apply) and found.function == "ln"):
        return None
    inside = exact_value(found.arguments[0])
    return Apply("ln", (number(inside),)) if inside and inside > 1 and inside.denominator == 1 else None


def signs(piece: Piece, slope: Expr, variable: Symbol) -> tuple[Segment, ...]:
    """The sign of `piece.expression` on the whole piece, segment by segment, proved.

    `slope` is its derivative: a zero is certain where the sign changes and the derivative does not vanish.
    Raises Undecided where the proof fails.
    """
    g, name = piece.expression, variable.name
    if is_constant(g, variable):
        value = enclose(g, name, arb(0))
        if g == number(0):
            return (Segment(piece.low, piece.high, 0),)
        if value.contains(0):
            raise Undecided
        return (Segment(piece.low, piece.high, 1 if value > 0 else -1),)
    for tail in _TAILS:
        try:
            return _signs(piece, slope, variable, tail)
        except Undecided:
            if piece.low is not None and piece.high is not None:
                raise
    raise Undecided


def _signs(piece: Piece, slope: Expr, variable: Symbol, tail: int) -> tuple[Segment, ...]:
    g, name = piece.expression, variable.name
    low, high = piece.low, piece.high
    left = right = 0
    if low is None:
        low = Fraction(-tail) if high is None or high > -tail else high - tail
        left = expand(g, variable, -1, int(-low)).sign
    if high is None:
        high = Fraction(tail) if low < tail else low + tail
        if high.denominator != 1:
            high = Fraction(int(high) + 1)
        right = expand(g, variable, 1, int(high)).sign
    boxes = _boxes(g, slope, name, low, high)
    cells: list[tuple[Fraction, Fraction, int]] = []
    for a, b, sign in boxes:
        if cells and cells[-1][2] == sign:
            cells[-1] = (cells[-1][0], b, sign)
        else:
            cells.append((a, b, sign))
    marks: list[Root] = []
    known: list[int] = [left] if piece.low is None else []
    for i, (a, b, sign) in enumerate(cells):
        if sign:
            known.append(sign)
            continue
        first, last = i == 0 and piece.low is not None, i == len(cells) - 1 and piece.high is not None
        before = left if i == 0 else cells[i - 1][2]
        after = right if i == len(cells) - 1 else cells[i + 1][2]
        if first or last:
            # g vanishes at the end of the piece: inside, its sign follows from its slope
            known.append(_sign_from_end(g, slope, variable, (a, b), at_low=first))
            continue
        root = _root(g, slope, variable, (a, b), before, after)
        marks.append(root)
        known.append(9)  # a root separates
    if piece.high is None:
        known.append(right)
    return _assemble(piece, known, marks)


def _assemble(piece: Piece, known: list[int], marks: list[Root]) -> tuple[Segment, ...]:
    """Runs of equal signs between roots; a change of sign without a root would be a contradiction."""
    segments: list[Segment] = []
    start: Fraction | Root | None = piece.low
    sign, index = 0, 0
    for value in known:
        if value == 9:
            segments.append(Segment(start, marks[index], sign))
            start, sign, index = marks[index], 0, index + 1
        elif sign == 0:
            sign = value
        elif value != sign:
            raise Undecided
    segments.append(Segment(start, piece.high, sign))
    if any(segment.sign == 0 for segment in segments):
        raise Undecided
    return tuple(segments)


def _boxes(
    g: Expr, slope: Expr, name: str, low: Fraction, high: Fraction
) -> list[tuple[Fraction, Fraction, int]]:
    """[low, high] in boxes with the sign proved on each, 0 where it is not."""
    parts = max(1, min(64, int((high - low) * 2)))
    width = (high - low) / parts
    todo = [(low + k * width, low + (k + 1) * width, 0) for k in reversed(range(parts))]
    found, spent = [], 0
    while todo:
        a, b, depth = todo.pop()
        spent += 1
        if spent > _BUDGET:
            raise Undecided
        sign = _sign_on(g, slope, name, a, b)
        if sign or depth >= _DEPTH:
            found.append((a, b, sign))
        else:
            middle = (a + b) / 2
            todo += [(middle, b, depth + 1), (a, middle, depth + 1)]
    return found


def _sign_on(g: Expr, slope: Expr, name: str, a: Fraction, b: Fraction) -> int:
    """The sign of g on all of [a, b] by its enclosure, or by the mean value form g(m) + g′([a, b])(x − m),
    far sharper on a narrow box where terms of g cancel; 0 where neither proves it."""
    box = interval(a, b)
    value = enclose(g, name, box)
    if value > 0 or value < 0:
        return 1 if value > 0 else -1
    middle = exact_ball((a + b) / 2)
    value = enclose(g, name, middle) + enclose(slope, name, box) * (box - middle)
    return 1 if value > 0 else -1 if value < 0 else 0


def _root(
    g: Expr, slope: Expr, variable: Symbol, cell: tuple[Fraction, Fraction], before: int, after: int
) -> Root:
    a, b = cell
    name = variable.name
    guess = simplest(a, b)
    exact = guess if point_value(g, variable, guess) == 0 else None
    steep = enclose(slope, name, interval(a, b))
    if before * after < 0 and not steep.contains(0):
        if exact is not None:
            return Root(exact, exact, exact)
        return _refined(g, name, a, b, before)
    if before and after and exact is not None:
        # a zero of order k: the derivatives below vanish there, the k-th keeps its sign around it
        from solver.derivation.engine import derive

        higher = slope
        for order in range(2, _ORDER + 1):
            if point_value(higher, variable, exact) != 0:
                break
            higher = derive(higher, variable).result
            if not enclose(higher, name, interval(a, b)).contains(0):
                if (before == after) == (order % 2 == 0):
                    return Root(exact, exact, exact)
                break
    raise Undecided


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """The rational of least denominator strictly between the two."""
    whole = low.numerator // low.denominator
    if whole + 1 < high:
        return Fraction(min((n for n in (whole + 1, 0) if low < n < high), key=abs))
    rest = low - whole
    top = 1 / (high - whole)
    if rest == 0:  # every 1/n for n large enough
        return whole + Fraction(1, top.numerator // top.denominator + 1)
    return whole + 1 / simplest(top, 1 / rest)


def _refined(g: Expr, name: str, a: Fraction, b: Fraction, before: int) -> Root:
    """Bisection with proved signs, to thirty decimals."""
    with precision(160):
        while b - a > Fraction(1, 10**30):
            middle = (a + b) / 2
            value = enclose(g, name, exact_ball(middle))
            if value.contains(0):
                break
            if (value > 0) == (before > 0):
                a = middle
            else:
                b = middle
    return Root(a, b, None)


def _sign_from_end(
    g: Expr, slope: Expr, variable: Symbol, cell: tuple[Fraction, Fraction], *, at_low: bool
) -> int:
    a, b = cell
    if point_value(g, variable, a if at_low else b) != 0:
        raise Undecided
    steep = enclose(slope, variable.name, interval(a, b))
    if steep.contains(0):
        raise Undecided
    rising = bool(steep > 0)
    return 1 if rising == at_low else -1
