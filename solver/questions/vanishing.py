"""`vanishing`: the derivative of an activation where it is small, and the product of K local derivatives."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, ClassVar

from solver.analysis.expansion import Undecided
from solver.analysis.model import Study
from solver.analysis.relation import other_relation, written_relation
from solver.analysis.study import study
from solver.analysis.values import Value
from solver.analysis.variation import Place
from solver.expression.tree import Symbol
from solver.questions.activation_views import StudiedFunction
from solver.questions.activations import completed_square, told_study
from solver.questions.base import Question, Reading, Scope
from solver.questions.float32 import Underflow, underflow
from solver.questions.subjects import SubjectOption
from solver.questions.vanishing_checks import chain_checks, float_checks, small_checks
from solver.questions.vanishing_facts import PowerRow, SmallActivation, VanishingFacts
from solver.questions.vanishing_options import Depth, read_depth, read_near, read_size
from solver.questions.vanishing_sizes import sizes_of

DEPTHS = (1, 5, 10, 20)


class Vanishing(Question):
    """The derivative where the activation is small, the product of local derivatives, its bounds."""

    kind: ClassVar[str] = "vanishing"
    function: SubjectOption
    """The activation, as in `activations`."""
    depth: Annotated[Depth, Reading(read_depth, "a number or a letter")]
    """The number of layers: a whole number, or a letter such as K to be kept."""
    local: Annotated[Fraction, Reading(read_size, "a number")] | None = None
    """The size of one local derivative, to be raised to the depth."""
    near: Annotated[str, Reading(read_near, "an equation", ("a = 0", "z = 0"))] | None = None
    """Which small quantity is meant: `a = 0` (activation) or `z = 0` (pre-activation)."""

    def solve(self, scope: Scope) -> VanishingFacts:
        """Studies the function; the table goes up to the depth asked."""
        s = study(self.function)
        shown = StudiedFunction(s, None, None, completed_square(s))
        bound, exact = _bound(s)
        small = small_activation(s)
        local_under = underflow(self.local) if self.local else None
        bound_under = underflow(bound) if bound is not None and exact else None
        rows = tuple(
            PowerRow(k, None if self.local is None else self.local**k, None if bound is None else bound**k)
            for k in _depths(self.depth, [u for u in (local_under, bound_under) if u is not None])
        )
        checks = [*s.checks, *small_checks(s, small, _small_points(small))]
        for under in (local_under, bound_under):
            if under is not None:
                checks += float_checks(under)
        checks += chain_checks(s)
        return VanishingFacts(
            tuple(checks),
            shown,
            self.depth,
            self.local,
            self.near,
            small,
            bound,
            exact,
            rows,
            local_under,
            bound_under,
            told_study(scope, self.function),
            sizes_of(s),
        )


def _bound(s: Study) -> tuple[Fraction | None, bool]:
    if s.steepest is None or s.steepest.value.infinite:
        return None, False
    value = s.steepest.value
    exact = value.rational
    return (exact, True) if exact is not None else ((value.low + value.high) / 2, False)


def _depths(depth: Depth, under: list[Underflow]) -> tuple[int, ...]:
    """The depths of the table: usual ones, the depth asked, those where single precision gives up."""
    found = {u.exact_depth for u in under if u.exact_depth <= 10_000}
    if depth.number is None:
        return tuple(sorted({*DEPTHS, *found}))
    return tuple(sorted({k for k in (*DEPTHS, *found) if k < depth.number} | {depth.number}))


def small_activation(s: Study) -> SmallActivation:
    """Where a is near 0, and f′ there, from f′ = p(a)."""
    directions, places, known = _where_zero(s)
    relation = s.relation
    if relation is None:
        other = other_relation(s.subject.expression, s.subject.variable)
        return SmallActivation(None, None, None, None, None, directions, places, known, other)
    c0, c1, c2 = [*relation.coefficients, Fraction(0), Fraction(0)][:3]
    return SmallActivation(
        relation, written_relation(relation, Symbol("a")), c0, c1, c2, directions, places, known
    )


def _where_zero(s: Study) -> tuple[tuple[tuple[int, Value | None], ...], tuple[Place, ...], bool]:
    """The sides where f → 0 at infinity, the points or intervals where f = 0, and whether these are all."""
    from solver.analysis.enclosure import Root, signs
    from solver.analysis.pieces import is_constant
    from solver.analysis.values import rational_value, root_value
    from solver.expression.tree import number

    if s.image is not None and (s.image.low.value.low > 0 or s.image.high.value.high < 0):
        return (), (), True
    directions = tuple(
        (limit.direction, _slope_limit(s, limit.direction))
        for limit in (s.left, s.right)
        if limit is not None and limit.value.rational == 0 and limit.gap is not None
    )
    places: list[Place] = []
    x = s.subject.variable
    if s.parts is None or s.slopes is None:
        return directions, (), False
    for piece, slope in zip(s.parts, s.slopes, strict=True):
        if is_constant(piece.expression, x):
            if piece.expression == number(0):
                ends = [None if e is None else rational_value(e) for e in (piece.low, piece.high)]
                places.append(Place(ends[0], ends[1]))
            continue
        try:
            for segment in signs(piece, slope.expression, x):
                if isinstance(segment.high, Root):
                    value = root_value(segment.high)
                    places.append(Place(value, value))
        except Undecided:
            return directions, tuple(places), False
    for corner in s.corners or ():
        inside = any(corner.at in (p.low and p.low.rational, p.high and p.high.rational) for p in places)
        if corner.value.rational == 0 and not inside:
            value = rational_value(corner.at)
            places.append(Place(value, value))
    return directions, tuple(places), s.left is not None and s.right is not None


def _slope_limit(s: Study, direction: int) -> Value | None:
    from solver.analysis.variation import limit

    if not s.slopes:
        return None
    try:
        return limit(s.slopes[0 if direction < 0 else -1].expression, s.subject.variable, direction)
    except Undecided:
        return None


def _small_points(small: SmallActivation) -> tuple[Fraction, ...]:
    """Points where the activation is small."""
    far = [Fraction(10 * d) for d, _ in small.directions]
    near = [p.low.low + Fraction(1, 100) for p in small.places if p.low is not None]
    return (*far, *near)
