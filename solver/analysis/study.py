"""The whole study of a function of one variable; each part is None where it could not be proved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from solver.analysis.decimals import in_decimals, writes_decimals
from solver.analysis.enclosure import point_value
from solver.analysis.expand import expand, written
from solver.analysis.expansion import LINEAR, Expansion, Undecided
from solver.analysis.model import Corner, Limit, Study, Subject
from solver.analysis.pieces import Piece, cut_at, is_constant, pieces
from solver.analysis.relation import relation
from solver.analysis.saturation import zones
from solver.analysis.values import Value, from_number
from solver.analysis.variation import Bound, Image, Stretch, image, joined, merged, stretches
from solver.expression.tree import ZERO, Expr, Sum, Symbol

if TYPE_CHECKING:
    pass

T = TypeVar("T")
_TAILS = (8, 32)


@lru_cache(maxsize=64)
def study(subject: Subject, threshold: Fraction = Fraction(1, 100)) -> Study:
    """Studies f; the checks are made by a second road (`solver.analysis.review`)."""
    from solver.analysis.review import review
    from solver.derivation.engine import derive

    f, x = subject.expression, subject.variable
    derivation = derive(f, x)
    parts = _maybe(lambda: pieces(f, x))
    cuts = tuple(p.high for p in parts[:-1] if p.high is not None) if parts else ()
    slopes = _maybe(lambda: _slopes(parts, derivation.result, x)) if parts else None
    bends = _maybe(lambda: _bends(slopes, x)) if slopes else None
    corners = _maybe(lambda: _corners(f, parts, slopes, cuts, x)) if parts and slopes else None
    ends: list[Limit | None] = [None, None]
    if parts:
        first, last = parts[0].expression, parts[-1].expression
        ends = [_maybe(lambda: _limit(first, x, -1)), _maybe(lambda: _limit(last, x, 1))]
    shape = rows = slope_shape = steepest = saturated = None
    moves = slope_moves = None
    if parts and slopes and bends and corners is not None:
        points = tuple((c.at, c.value) for c in corners)
        own_slopes, own_bends = tuple(p.expression for p in slopes), tuple(p.expression for p in bends)
        moves = _maybe(lambda: stretches(parts, own_slopes, own_bends, x))
        if moves and all(c.continuous for c in corners) and joined(parts, points, x):
            shape = _maybe(lambda: image(moves, points))
            rows = merged(moves)
        slope_moves = _maybe(lambda: _slope_stretches(slopes, bends, x))
        if slope_moves:
            smooth = tuple((c.at, c.left) for c in corners if c.smooth)
            slope_shape = _maybe(lambda: image(slope_moves, smooth))
            steepest = _maybe(lambda: _steepest(slope_shape)) if slope_shape else None
            saturated = _maybe(lambda: zones(slope_moves, threshold, x))
    found = Study(
        subject=subject,
        definition=_definition(f),
        derivation=derivation,
        parts=parts,
        slopes=slopes,
        corners=corners,
        left=ends[0],
        right=ends[1],
        image=shape,
        variation=rows,
        slope_image=slope_shape,
        steepest=steepest,
        zones=saturated,
        threshold=threshold,
        at_zero=_maybe(lambda: from_number(point_value(f, x, Fraction(0)))),
        slope_at_zero=_maybe(lambda: _at_zero(slopes, corners, x)) if slopes else None,
        symmetry=None,
        relations=tuple(relation(a.expression, b.expression, x) for a, b in zip(parts, slopes, strict=True))
        if parts and slopes
        else (None,),
    )
    if writes_decimals(f) or writes_decimals(derivation.result):
        shown = ("corners", "left", "right", "image", "variation", "slope_image", "steepest", "zones")
        values = ("at_zero", "slope_at_zero")
        found = replace(found, **{name: in_decimals(getattr(found, name)) for name in (*shown, *values)})
    return review(found)


def _maybe(find: Callable[[], T]) -> T | None:
    try:
        return find()
    except Undecided:
        return None


def _slopes(parts: tuple[Piece, ...] | None, derivative: Expr, x: Symbol) -> tuple[Piece, ...]:
    assert parts is not None
    return cut_at(derivative, x, tuple(p.high for p in parts[:-1] if p.high is not None))


def _bends(slopes: tuple[Piece, ...] | None, x: Symbol) -> tuple[Piece, ...]:
    from solver.derivation.engine import derive

    assert slopes is not None
    found = []
    for piece in slopes:
        bend = ZERO if is_constant(piece.expression, x) else derive(piece.expression, x).result
        found.append(Piece(piece.low, piece.high, bend))
    return tuple(found)


def _slope_stretches(
    slopes: tuple[Piece, ...] | None, bends: tuple[Piece, ...] | None, x: Symbol
) -> tuple[Stretch, ...]:
    assert slopes is not None
    assert bends is not None
    third = _bends(bends, x)
    return stretches(slopes, tuple(b.expression for b in bends), tuple(t.expression for t in third), x)


def _corners(
    f: Expr,
    parts: tuple[Piece, ...] | None,
    slopes: tuple[Piece, ...] | None,
    cuts: tuple[Fraction, ...],
    x: Symbol,
) -> tuple[Corner, ...]:
    assert parts is not None
    assert slopes is not None
    found = []
    for i, at in enumerate(cuts):
        sides = [parts[i].expression, parts[i + 1].expression]
        tangents = [slopes[i].expression, slopes[i + 1].expression]
        before, after = (from_number(point_value(e, x, at)) for e in sides)
        left, right = (from_number(point_value(e, x, at)) for e in tangents)
        corner = Corner(at, from_number(point_value(f, x, at)), before, after, left, right)
        _ = corner.smooth  # undecided here rather than where it is read
        found.append(corner)
    return tuple(found)


def _at_zero(slopes: tuple[Piece, ...] | None, corners: tuple[Corner, ...] | None, x: Symbol) -> Value | None:
    """f′(0), None where 0 is a kink."""
    for corner in corners or ():
        if corner.at == 0:
            return corner.left if corner.smooth else None
    for piece in slopes or ():
        if (piece.low is None or piece.low < 0) and (piece.high is None or piece.high > 0):
            return from_number(point_value(piece.expression, x, Fraction(0)))
    return None


def _limit(f: Expr, x: Symbol, direction: int) -> Limit:
    for tail in _TAILS:
        try:
            return _read_limit(expand(f, x, direction, tail), x, direction)
        except Undecided:
            continue
    raise Undecided


def _read_limit(e: Expansion, x: Symbol, direction: int) -> Limit:
    unit = (Fraction(0), Fraction(0), Fraction(0))
    value = from_number(e.limit)

    def write(term: Any) -> Expr:
        return written(term[0], term[1], x, direction)

    def next_term(kept: int) -> Expr | None:
        if len(e.terms) > kept:
            return write(e.terms[kept])
        if e.remainder is None:
            return None
        raise Undecided

    if not value.infinite:
        kept = sum(m >= unit for _, m in e.terms)
        return Limit(direction, value, next_term(kept), None, None)
    line = gap = None
    lead = e.terms[0][1]
    if lead == LINEAR:
        kept = sum(m >= unit for _, m in e.terms)
        if all(m in (lead, unit) for _, m in e.terms[:kept]) and (
            e.remainder is None or e.remainder[0] < unit
        ):
            terms = tuple(write(t) for t in e.terms[:kept])
            line = terms[0] if len(terms) == 1 else Sum(terms)
            gap = next_term(kept)
    return Limit(direction, value, gap, write(e.terms[0]), line)


def _steepest(found: Image | None) -> Bound:
    """sup |f′|, from the image of f′."""
    assert found is not None
    down, up = found.low.value.opposite(), found.high.value
    order = up.compare(down)
    if order > 0:
        return found.high
    low = Bound(down, found.low.attained, found.low.places, found.low.limits)
    if order < 0:
        return low
    places = tuple(dict.fromkeys((*low.places, *found.high.places)))
    return Bound(
        up, low.attained or found.high.attained, places, tuple(sorted({*low.limits, *found.high.limits}))
    )


def _definition(f: Expr) -> Expr | None:
    """The definition of the table where f is a bare activation; None for what is already written out."""
    from solver.expression.functions import FUNCTIONS
    from solver.expression.tree import Apply

    if isinstance(f, Apply) and f.function in FUNCTIONS:
        return FUNCTIONS[f.function].defined_at(f.arguments)
    return None
