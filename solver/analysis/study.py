"""The whole study of a function of one variable; each part is None where it could not be proved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from solver.analysis.decimals import in_decimals, writes_decimals
from solver.analysis.enclosure import point_value
from solver.analysis.expand import expand, written
from solver.analysis.expansion import LINEAR, Expansion, Undecided
from solver.analysis.model import Corner, Limit, Study, Subject
from solver.analysis.pieces import Piece, cut_at, is_constant, pieces
from solver.analysis.relation import relation
from solver.analysis.saturation import zones
from solver.analysis.values import Value, from_number, rational_value
from solver.analysis.variation import Bound, Image, Stretch, image, joined, merged, stretches
from solver.analysis.waves import wave_of
from solver.expression.tree import ZERO, Expr, Sum, Symbol

if TYPE_CHECKING:
    from solver.derivation.step import Derivation

T = TypeVar("T")
_TAILS = (8, 32)
_SHOWN = (
    "corners", "left", "right", "image", "variation", "slope_image", "steepest", "flattest", "zones",
    "at_zero", "slope_at_zero",
)  # fmt: skip

_THRESHOLD = Fraction(1, 100)


def study(subject: Subject, threshold: Fraction = _THRESHOLD) -> Study:
    """Studies f; the checks are made by a second road (`solver.analysis.review`)."""
    return _study(subject, threshold)


@lru_cache(maxsize=64)
def study_of_values(subject: Subject) -> Study:
    """The study of f without that of its slope: limits, variations, image, value at 0, checked."""
    return _reviewed(_values(subject), subject)


@lru_cache(maxsize=64)
def _study(subject: Subject, threshold: Fraction) -> Study:
    found = _findings(subject)
    x = subject.variable
    parts, slopes, corners = found.parts, found.slopes, found.corners
    moves, shape = found.slope_moves, found.slope_shape
    flattest = _maybe(lambda: _flattest(moves, found.joints)) if moves else None
    values = _values(subject)
    if values.wave is not None:
        shape, flattest = values.wave.slope_image, values.wave.flattest
    made = replace(
        values,
        corners=corners,
        slope_image=shape,
        steepest=_maybe(lambda: _steepest(shape)) if shape else None,
        flattest=flattest,
        zones=_maybe(lambda: zones(moves, threshold, x)) if moves else None,
        threshold=threshold,
        slope_at_zero=_maybe(lambda: _at_zero(slopes, corners, x)) if slopes else None,
        relations=tuple(relation(a.expression, b.expression, x) for a, b in zip(parts, slopes, strict=True))
        if parts and slopes
        else (None,),
    )
    return _reviewed(made, subject)


@lru_cache(maxsize=64)
def _values(subject: Subject) -> Study:
    """What is known of the values of f; of its slope only the formulas and where they meet."""
    found = _findings(subject)
    f, x = subject.expression, subject.variable
    parts, corners, moves, points = found.parts, found.corners, found.moves, found.points
    ends: list[Limit | None] = [None, None]
    if parts:
        first, last = parts[0].expression, parts[-1].expression
        ends = [_maybe(lambda: _limit(first, x, -1)), _maybe(lambda: _limit(last, x, 1))]
    shape = rows = None
    if parts and moves and all(c.continuous for c in corners or ()) and joined(parts, points, x):
        shape = _maybe(lambda: image(moves, points))
        rows = merged(moves)
    wave = wave_of(f, x)
    return Study(
        subject=subject,
        definition=_definition(f),
        derivation=found.derivation,
        parts=parts,
        slopes=found.slopes,
        corners=None,
        left=ends[0],
        right=ends[1],
        image=shape if wave is None else wave.image,
        variation=rows,
        slope_image=None,
        steepest=None,
        flattest=None,
        zones=None,
        threshold=_THRESHOLD,
        at_zero=_maybe(lambda: from_number(point_value(f, x, Fraction(0)))),
        slope_at_zero=None,
        symmetry=None,
        relations=(None,),
        wave=wave,
    )


def _reviewed(made: Study, subject: Subject) -> Study:
    """The study with its numbers written as f writes them, and its checks."""
    from solver.analysis.review import review

    if _findings(subject).decimals:
        made = replace(made, **{name: in_decimals(getattr(made, name)) for name in _SHOWN})
    return review(made)


def slope_image(subject: Subject) -> tuple[Expr, Image | None, tuple[Fraction, ...]]:
    """f′, its image and the points where two formulas meet in one derivative, for whoever needs no more."""
    found = _findings(subject)
    shape = found.slope_shape
    joints = tuple(c.at for c in found.corners or () if c.smooth)
    return found.derivation.result, in_decimals(shape) if found.decimals else shape, joints


@lru_cache(maxsize=64)
def _findings(subject: Subject) -> _Findings:
    return _Findings(subject.expression, subject.variable)


class _Findings:
    """What is known of f, each part found when first asked for and None where it could not be proved."""

    def __init__(self, f: Expr, x: Symbol) -> None:
        self.f, self.x = f, x

    @cached_property
    def derivation(self) -> Derivation:
        from solver.derivation.engine import derive

        return derive(self.f, self.x)

    @cached_property
    def decimals(self) -> bool:
        return writes_decimals(self.f) or writes_decimals(self.derivation.result)

    @cached_property
    def parts(self) -> tuple[Piece, ...] | None:
        return _maybe(lambda: pieces(self.f, self.x))

    @cached_property
    def slopes(self) -> tuple[Piece, ...] | None:
        parts = self.parts
        return _maybe(lambda: _slopes(parts, self.derivation.result, self.x)) if parts else None

    @cached_property
    def bends(self) -> tuple[Piece, ...] | None:
        slopes = self.slopes
        return _maybe(lambda: _bends(slopes, self.x)) if slopes else None

    @cached_property
    def corners(self) -> tuple[Corner, ...] | None:
        parts, slopes = self.parts, self.slopes
        if not parts or not slopes:
            return None
        cuts = tuple(p.high for p in parts[:-1] if p.high is not None)
        return _maybe(lambda: _corners(self.f, parts, slopes, cuts, self.x))

    @property
    def points(self) -> tuple[tuple[Fraction, Value], ...]:
        return tuple((c.at, c.value) for c in self.corners or ())

    @cached_property
    def moves(self) -> tuple[Stretch, ...] | None:
        """The monotone stretches of f."""
        parts, slopes, bends = self.parts, self.slopes, self.bends
        if not (parts and slopes and bends) or self.corners is None:
            return None
        own_slopes, own_bends = tuple(p.expression for p in slopes), tuple(p.expression for p in bends)
        return _maybe(lambda: stretches(parts, own_slopes, own_bends, self.x))

    @cached_property
    def slope_moves(self) -> tuple[Stretch, ...] | None:
        """The monotone stretches of f′."""
        slopes, bends = self.slopes, self.bends
        if not (slopes and bends) or self.corners is None:
            return None
        return _maybe(lambda: _slope_stretches(slopes, bends, self.x))

    @cached_property
    def slope_shape(self) -> Image | None:
        """The image of f′."""
        moves = self.slope_moves
        if not moves:
            return None
        return _maybe(lambda: image(moves, self.joints))

    @property
    def joints(self) -> tuple[tuple[Fraction, Value], ...]:
        """The points where two formulas meet in one derivative, with f′ there."""
        return tuple((c.at, c.left) for c in self.corners or () if c.smooth)


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
        bend = ZERO if is_constant(piece.expression, x) else derive(piece.expression, x, check=False).result
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


def _flattest(moves: tuple[Stretch, ...], joints: tuple[tuple[Fraction, Value], ...]) -> Bound:
    """inf |f′|, from the stretches on which f′ is monotone."""
    zero = rational_value(0)
    sized: list[Stretch] = []
    for move in moves:
        signs = {move.left.value.compare(zero), move.right.value.compare(zero)}
        if signs == {-1, 1}:
            return Bound(zero, True, (), ())
        ends = [replace(end, value=end.value.magnitude()) for end in (move.left, move.right)]
        sized.append(
            Stretch(ends[0], ends[1], -move.direction if -1 in signs else move.direction, move.piece)
        )
    return image(tuple(sized), tuple((at, value.magnitude()) for at, value in joints)).low


def _definition(f: Expr) -> Expr | None:
    """The definition of the table where f is a bare activation; None for what is already written out."""
    from solver.expression.functions import FUNCTIONS
    from solver.expression.tree import Apply

    if isinstance(f, Apply) and f.function in FUNCTIONS:
        return FUNCTIONS[f.function].defined_at(f.arguments)
    return None
