"""Critical points of a polynomial: exact values, nature, sign of the derivative between them, basins."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from solver.derivation.equality import Equality, Means
from solver.descent.factors import factorisations
from solver.descent.objective import Objective
from solver.descent.polynomial import rational, sign, sturm_count, value
from solver.descent.quantity import Quantity, quantity
from solver.descent.roots import Root, real_roots
from solver.errors import UnsupportedExpression
from solver.expression.tree import Expr, number


@dataclass(frozen=True)
class CriticalPoint:
    """A zero of f′.

    `index` counts from 1 in increasing order; `nature` is minimum, maximum or inflection; `order` is the
    first order ≥ 2 at which a derivative of f does not vanish there (2 is the ordinary case) and
    `order_sign` its sign; `bound` is 2/f″ where f″ > 0: the rate above which descent is driven away.
    """

    index: int
    root: Root
    point: Quantity
    value: Quantity
    curvature: Quantity
    curvature_sign: int
    order: int
    order_sign: int
    nature: str
    bound: Quantity | None


@dataclass(frozen=True)
class Interval:
    """What f does between two neighbouring critical points (None is infinity): the sign of f′ there."""

    left: CriticalPoint | None
    right: CriticalPoint | None
    slope_sign: int
    sample: Fraction


@dataclass(frozen=True)
class Basin:
    """The open interval from which descent with a small rate goes to `target`."""

    target: CriticalPoint
    left: CriticalPoint | None
    right: CriticalPoint | None


@dataclass(frozen=True, eq=False)
class Landscape:
    """All the critical points of f and what lies between them.

    `factorised` is f′ over the rationals, `split` its real roots written out where there are radicals
    (else None); `intervals` run from −∞ to +∞; `left_end` and `right_end` are the limits of f (−1 or 1).
    """

    objective: Objective
    points: tuple[CriticalPoint, ...]
    intervals: tuple[Interval, ...]
    factorised: Expr
    split: Expr | None
    left_end: int
    right_end: int
    checks: tuple[Equality, ...]

    @property
    def minima(self) -> tuple[CriticalPoint, ...]:
        return tuple(p for p in self.points if p.nature == "minimum")

    @property
    def maxima(self) -> tuple[CriticalPoint, ...]:
        return tuple(p for p in self.points if p.nature == "maximum")

    @property
    def inflections(self) -> tuple[CriticalPoint, ...]:
        return tuple(p for p in self.points if p.nature == "inflection")

    @property
    def lowest(self) -> tuple[CriticalPoint, ...]:
        """The minima at which f is smallest (several if equal), whether or not f is bounded below."""
        if not self.minima:
            return ()
        least = min(p.value.value for p in self.minima)
        return tuple(p for p in self.minima if abs(p.value.value - least) < Fraction(1, 10**40))

    @property
    def is_convex(self) -> bool:
        """Whether f″ ≥ 0 everywhere: no bump anywhere."""
        assert self.objective.curvature is not None
        curvature = self.objective.curvature
        if curvature == 0:
            return True
        if any(root.multiplicity % 2 for root in real_roots(curvature)):
            return False
        return sign(curvature.leading_coefficient()) > 0

    @property
    def bounded_below(self) -> bool:
        return self.left_end >= 0 and self.right_end >= 0

    def is_global(self, point: CriticalPoint) -> bool:
        """Whether f is nowhere lower than at this critical point."""
        return self.bounded_below and point in self.lowest

    def basins(self) -> tuple[Basin, ...]:
        """One basin a minimum: up to the neighbouring critical points."""
        found = []
        for p in self.minima:
            i = p.index - 1
            left = self.points[i - 1] if i > 0 else None
            right = self.points[i + 1] if i + 1 < len(self.points) else None
            found.append(Basin(p, left, right))
        return tuple(found)

    def at(self, point: Fraction) -> CriticalPoint | None:
        """The critical point that is exactly `point`, if it is one."""
        for p in self.points:
            if p.root.is_rational and p.root.low == point:
                return p
        return None

    def downhill(self, point: Fraction) -> tuple[int, CriticalPoint | None]:
        """The direction −sign f′(point) and the first critical point that way (None: none, it goes to
        infinity).
        """
        assert self.objective.slope is not None
        direction = -sign(self.objective.slope(rational(point)))
        ahead = [p for p in self.points if p.root.compare(point) == direction]
        if not ahead:
            return direction, None
        return direction, ahead[0] if direction > 0 else ahead[-1]


def landscape(objective: Objective) -> Landscape:
    """Critical points of a polynomial; UnsupportedExpression for another function or a constant."""
    f, slope, curvature = objective.polynomial, objective.slope, objective.curvature
    if f is None or slope is None or curvature is None:
        raise UnsupportedExpression("exact critical points are known for polynomials only")
    roots = real_roots(slope)
    points = tuple(_critical_point(i, root, objective) for i, root in enumerate(roots, start=1))
    intervals = []
    for left, right in zip((None, *points), (*points, None), strict=True):
        sample = _sample(left, right)
        intervals.append(Interval(left, right, sign(slope(rational(sample))), sample))
    lead, degree = sign(f.leading_coefficient()), int(f.degree())
    left_end, right_end = (0, 0) if degree < 1 else (lead * (-1) ** degree, lead)
    factorised, split, checks = factorisations(objective, roots)
    count = Equality(
        rf"\#\{{{objective.name}' = 0\}}",
        str(len(roots)),
        Means.STURM,
        sturm_count(slope) == len(roots) if slope != 0 else None,
    )
    natures = tuple(_nature_check(objective, p, points) for p in points)
    return Landscape(
        objective,
        points,
        tuple(intervals),
        factorised,
        split,
        left_end,
        right_end,
        (count, *natures, *checks),
    )


def _critical_point(index: int, root: Root, objective: Objective) -> CriticalPoint:
    f, curvature = objective.polynomial, objective.curvature
    assert f is not None
    assert curvature is not None
    decimal = objective.decimal
    bend = root.surd_of(curvature)
    order, derivative = 2, curvature
    order_sign = root.sign_of(derivative)
    curvature_sign = order_sign
    while order_sign == 0:
        order, derivative = order + 1, derivative.derivative()
        order_sign = root.sign_of(derivative)
    nature = "inflection" if order % 2 else ("minimum" if order_sign > 0 else "maximum")
    bound = None
    if curvature_sign > 0:
        inverse = bend.inverse().scaled(Fraction(2)) if bend is not None else None
        bound = quantity(inverse, 2 / root.value_of(curvature), False)
    curved = Quantity(Fraction(0), number(0), True)
    if curvature_sign:
        curved = quantity(bend, root.value_of(curvature), decimal)
    return CriticalPoint(
        index=index,
        root=root,
        point=quantity(root.surd(), root.approximation, decimal),
        value=quantity(root.surd_of(f), root.value_of(f), decimal),
        curvature=curved,
        curvature_sign=curvature_sign,
        order=order,
        order_sign=order_sign,
        nature=nature,
        bound=bound,
    )


def _sample(left: CriticalPoint | None, right: CriticalPoint | None) -> Fraction:
    """A short rational strictly between two neighbouring critical points."""
    if left is None and right is None:
        return Fraction(0)
    if left is None:
        assert right is not None
        return Fraction(right.root.low.__floor__() - 1)
    if right is None:
        return Fraction(left.root.high.__ceil__() + 1)
    low, high = left.root.high, right.root.low
    return _simplest_between(low, high)


def _simplest_between(low: Fraction, high: Fraction) -> Fraction:
    step = Fraction(1)
    while True:
        candidate = ((low + high) / 2 / step).__round__() * step
        if low < candidate < high:
            return Fraction(candidate)
        step /= 10


def _nature_check(objective: Objective, point: CriticalPoint, points: tuple[CriticalPoint, ...]) -> Equality:
    """Second road for the nature: f itself compared at three points, the neighbours inside the next critical
    points.
    """
    f = objective.polynomial
    assert f is not None
    i = point.index - 1
    left = _sample(points[i - 1] if i else None, point)
    right = _sample(point, points[i + 1] if i + 1 < len(points) else None)
    here = point.value.value
    lower_left, lower_right = sign(value(f, left) - here), sign(value(f, right) - here)
    seen = {(1, 1): "minimum", (-1, -1): "maximum"}.get((lower_left, lower_right), "inflection")
    return Equality(
        f"{objective.variable.name}_{point.index}", point.nature, Means.VALUES, seen == point.nature
    )
