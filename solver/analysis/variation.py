"""Variations of a function cut in pieces: where it grows, its limits at the ends, its image."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from solver.analysis.balls import enclose, exact_ball
from solver.analysis.enclosure import Root, point_value, signs
from solver.analysis.expand import expand
from solver.analysis.expansion import Undecided
from solver.analysis.pieces import Piece
from solver.analysis.values import Value, at_root, from_number, rational_value, root_value
from solver.expression.tree import Expr, Symbol

_FAR = 8


@dataclass(frozen=True)
class End:
    """An end of a monotone stretch: where (None: infinity), and the value or limit there.

    `reached` says that the value is taken at this point by this expression (false at infinity).
    """

    place: Value | None
    value: Value
    reached: bool


@dataclass(frozen=True)
class Stretch:
    """An open interval on which g is strictly monotone (direction ±1) or constant (0)."""

    left: End
    right: End
    direction: int
    piece: Piece


@dataclass(frozen=True)
class Place:
    """Where a value is taken: a point (low = high) or a whole interval (None: infinite)."""

    low: Value | None
    high: Value | None

    @property
    def is_point(self) -> bool:
        """Whether it is a single point."""
        return self.low is not None and self.low == self.high


@dataclass(frozen=True)
class Bound:
    """An end of an image: its value, whether it is taken and where; `limits` are the sides (±1) where it is
    only approached at infinity."""

    value: Value
    attained: bool
    places: tuple[Place, ...]
    limits: tuple[int, ...]


@dataclass(frozen=True)
class Image:
    """All values from `low` to `high`; `connected` is None where only the bounds are known."""

    low: Bound
    high: Bound


def stretches(
    pieces: tuple[Piece, ...], slopes: tuple[Expr, ...], bends: tuple[Expr, ...], x: Symbol
) -> tuple[Stretch, ...]:
    """The monotone stretches of g from left to right: `slopes` is g′ and `bends` g″ on each piece."""
    found: list[Stretch] = []
    for piece, slope, bend in zip(pieces, slopes, bends, strict=True):
        for segment in signs(Piece(piece.low, piece.high, slope), bend, x):
            left = _end(piece, segment.low, -1, x)
            right = _end(piece, segment.high, 1, x)
            found.append(Stretch(left, right, segment.sign, piece))
    return tuple(found)


def _end(piece: Piece, where: Fraction | Root | None, side: int, x: Symbol) -> End:
    g = piece.expression
    if where is None:
        return End(None, limit(g, x, side), False)
    if isinstance(where, Root):
        if where.exact is None:
            return End(root_value(where), at_root(g, x.name, where), True)
        where = where.exact
        return End(rational_value(where), from_number(point_value(g, x, where)), True)
    return End(rational_value(where), from_number(point_value(g, x, where)), False)


def limit(g: Expr, x: Symbol, side: int) -> Value:
    """The limit at ±∞, proved by an expansion. Raises Undecided."""
    for tail in (_FAR, 4 * _FAR):
        try:
            return from_number(expand(g, x, side, tail).limit)
        except Undecided:
            continue
    raise Undecided


def image(found: tuple[Stretch, ...], points: tuple[tuple[Fraction, Value], ...]) -> Image:
    """The least and the greatest value; `points` are the ends of the pieces with the value taken there."""
    return Image(_extreme(found, points, -1), _extreme(found, points, 1))


def _extreme(found: tuple[Stretch, ...], points: tuple[tuple[Fraction, Value], ...], side: int) -> Bound:
    ends = [end for s in found for end in (s.left, s.right)]
    best = ends[0].value
    for value in [end.value for end in ends] + [value for _, value in points]:
        if value.compare(best) == side:
            best = value
    places: list[Place] = []
    for stretch in found:
        if stretch.direction == 0 and stretch.left.value.compare(best) == 0:
            places.append(Place(stretch.left.place, stretch.right.place))
        else:
            places += [
                Place(end.place, end.place)
                for end in (stretch.left, stretch.right)
                if end.reached and end.place is not None and end.value.compare(best) == 0
            ]
    places += [
        Place(rational_value(at), rational_value(at)) for at, value in points if value.compare(best) == 0
    ]
    limits = tuple(
        direction
        for stretch, end, direction in ((found[0], found[0].left, -1), (found[-1], found[-1].right, 1))
        if end.place is None and stretch.direction != 0 and end.value.compare(best) == 0
    )
    return Bound(best, bool(places), _without_repeats(places), limits)


def _without_repeats(places: list[Place]) -> tuple[Place, ...]:
    """Each place once; a point at the end of an interval already listed is left out."""
    whole = [p for p in places if not p.is_point]
    kept: list[Place] = list(dict.fromkeys(whole))
    for place in places:
        if place.is_point and place not in kept and not any(place.low in (w.low, w.high) for w in whole):
            kept.append(place)
    return tuple(sorted(kept, key=lambda p: float(p.low) if p.low is not None else float("-inf")))


def joined(pieces: tuple[Piece, ...], points: tuple[tuple[Fraction, Value], ...], x: Symbol) -> bool:
    """Whether the pieces meet: same value from the left, at the point, and from the right."""
    for (at, value), before, after in zip(points, pieces, pieces[1:], strict=False):
        for side in (before, after):
            if from_number(point_value(side.expression, x, at)).compare(value) != 0:
                return False
    return True


def sample(piece: Piece, x: Symbol, at: Fraction) -> float:
    """A float of g there, for drawings."""
    return float(enclose(piece.expression, x.name, exact_ball(at)).mid())


def merged(found: tuple[Stretch, ...]) -> tuple[tuple[Value | None, Value | None, int], ...]:
    """The variation table: neighbouring stretches of one direction joined."""
    rows: list[tuple[Value | None, Value | None, int]] = []
    for stretch in found:
        if rows and rows[-1][2] == stretch.direction:
            rows[-1] = (rows[-1][0], stretch.right.place, stretch.direction)
        else:
            rows.append((stretch.left.place, stretch.right.place, stretch.direction))
    return tuple(rows)
