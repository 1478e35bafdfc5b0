"""Whether two expressions are equal, found without the rules: values and dual numbers at random rational
points.

Three outcomes: equal (everywhere that was tried), different (with the point), undefined (no point of a common
domain was found). Balls must be narrow relative to the values before they count as equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from flint import arb, ctx, fmpq

from solver.derivation.duals import Dual, Place, Undefined, is_rational, value
from solver.derivation.equality import Equality, Means
from solver.derivation.points import Point, candidates, scattered, side, switches
from solver.expression.latex import latex, parenthesised
from solver.expression.tree import Derivative, Expr, Symbol, symbols, walk

POINTS = 3
_PATIENCE = 24
_MAX_POINTS = 12
_PRECISIONS = (160, 640, 2560)
_NARROW = 2**-64
_TINY = 2**-400


@dataclass
class Prover:
    """Equalities between expressions of one family, tried at the same points, each value computed once.

    `family` are expressions whose domain the points must lie in and whose kinks must be straddled.
    """

    family: tuple[Expr, ...]
    variables: frozenset[str]
    wanted: int = POINTS
    _points: list[Point] | None = None
    _values: dict[tuple[int, int, int], Any] = field(default_factory=dict)
    _kept: list[Expr] = field(default_factory=list)
    _places: dict[tuple[int, int], Place] = field(default_factory=dict)

    def points(self) -> list[Point]:
        """Points at which the family is defined: three at least, and both sides of every kink that is
        reached."""
        if self._points is None:
            self._points = list(self._choose())
        return self._points

    def _choose(self) -> Iterator[Point]:
        """Points of the domain, one at least for each combination of sides of the kinks that is met."""
        kinks = self._switches()
        seen: set[tuple[int, ...]] = set()
        kept = 0
        for tried, point in enumerate(candidates(self.family, self.variables, "corrige")):
            if kept >= (_MAX_POINTS if kinks else self.wanted) or (tried > _PATIENCE and kept >= self.wanted):
                break
            sides = tuple(side(k, point) for k in kinks)
            new = sides not in seen
            if 0 in sides or not (new or kept < self.wanted) or not self._admits(point, kept):
                continue
            seen.add(sides)
            kept += 1
            yield point

    def _admits(self, point: Point, index: int) -> bool:
        """Whether the family is defined at what would be the point of this index."""
        for expr in self.family:
            precision = 0 if is_rational(expr) else _PRECISIONS[0]
            try:
                found = evaluate(expr, self._place(point, index, precision), precision)
            except Undefined:
                found = None
            if found is None or not (hasattr(found, "q") or found.is_finite()):
                self._places = {key: place for key, place in self._places.items() if key[0] != index}
                return False
            self._values[(id(expr), index, precision)] = found
        return True

    def _place(self, point: Point, index: int, precision: int) -> Place:
        key = (index, precision)
        if key not in self._places:
            self._places[key] = Place({name: fmpq(v.numerator, v.denominator) for name, v in point.items()})
        return self._places[key]

    def _switches(self) -> list[Expr]:
        """The switches of the family that change sign, or at least do not vanish everywhere."""
        found = switches(self.family)
        if not found:
            return []
        tried = list(islice(scattered(self.variables, "switches"), 4))
        return [s for s in found if any(side(s, point) for point in tried)]

    def compare(self, left: Expr, right: Expr) -> tuple[bool | None, Point | None]:
        """(True, None) equal, (False, point) different there, (None, None) nowhere defined."""
        exact = is_rational(left) and is_rational(right)
        tried = 0
        for index in range(len(self.points())):
            outcome = self._compare_at(left, right, index, exact)
            if outcome is False:
                return False, self.points()[index]
            tried += outcome is True
        return (True, None) if tried else (None, None)

    def _compare_at(self, left: Expr, right: Expr, index: int, exact: bool) -> bool | None:
        for precision in (0, *_PRECISIONS) if exact else _PRECISIONS:
            try:
                a, b = self._value(left, index, precision), self._value(right, index, precision)
            except Undefined:
                if precision in (0, _PRECISIONS[-1]):
                    return None
                continue
            if precision == 0 and not (hasattr(a, "q") and hasattr(b, "q")):
                continue
            outcome = _balls_agree(a, b, precision)
            if outcome is not None:
                return outcome
        return None

    def _value(self, expr: Expr, index: int, precision: int) -> Any:
        name = (id(expr), index, precision)
        if name not in self._values:
            self._kept.append(expr)
            try:
                place = self._place(self.points()[index], index, precision)
                self._values[name] = evaluate(expr, place, precision)
            except Undefined as undefined:
                self._values[name] = undefined
        found = self._values[name]
        if isinstance(found, Undefined):
            raise found
        return found


def evaluate(expr: Expr, point: Mapping[str, Any], precision: int) -> Any:
    """The value at a rational point: exact (`fmpq`) where precision is 0, else a ball of that many bits."""
    before = ctx.prec
    ctx.prec = precision or 64
    try:
        if isinstance(point, Place):
            return value(expr, point)
        return value(expr, {name: fmpq(v.numerator, v.denominator) for name, v in point.items()})
    except ZeroDivisionError:
        raise Undefined from None
    finally:
        ctx.prec = before


def _balls_agree(a: Any, b: Any, precision: int) -> bool | None:
    """True where narrow balls overlap, False where they are apart, None where they are too wide to tell."""
    if isinstance(a, fmpq) and isinstance(b, fmpq):
        return bool(a == b)
    before = ctx.prec
    ctx.prec = precision
    try:
        a, b = arb(a), arb(b)
        gap = a - b
        if not gap.is_finite():
            return None
        if not gap.contains(0):
            return False
        narrow = gap.rad() <= _NARROW * abs(a).max(abs(b))
        tiny = abs(a).max(abs(b)) < _TINY
    finally:
        ctx.prec = before
    return True if narrow or tiny else None


def along(proof: Prover, function: Expr, direction: Mapping[Symbol, Expr]) -> Equality:
    """The directional derivative of `function` is 0: dual numbers that move in `direction` at each point."""
    left = " + ".join(
        rf"{latex(Derivative(function, x))} \cdot {parenthesised(latex(slope))}"
        for x, slope in direction.items()
    )
    seen = [_standing(function, direction, point) for point in proof.points()]
    told = [s for s in seen if s is not None]
    return Equality(left, "0", Means.DUAL, all(told) if told else None)


def _standing(function: Expr, direction: Mapping[Symbol, Expr], point: Point) -> bool | None:
    before = ctx.prec
    ctx.prec = _PRECISIONS[0]
    try:
        numbers = {name: fmpq(v.numerator, v.denominator) for name, v in point.items()}
        slopes = {x.name: value(slope, numbers) for x, slope in direction.items()}
        moving = dict(numbers) | {name: Dual(1, numbers[name], slope) for name, slope in slopes.items()}
        found = value(function, moving, 1)
        slope = found.slope if isinstance(found, Dual) else fmpq(0)
        size = max(abs(arb(s)).mid() for s in slopes.values())
        near = arb(slope)
        return None if not near.is_finite() else bool(near.contains(0) and near.rad() <= _NARROW * (1 + size))
    except (Undefined, ZeroDivisionError):
        return None
    finally:
        ctx.prec = before


def prover(expressions: Iterable[Expr], variables: Iterable[Symbol] | None = None) -> Prover:
    """A prover for a family of expressions; `variables` adds names that appear in none of them."""
    family = tuple(expressions)
    names = {s.name for e in family for s in symbols(e)} | {v.name for v in variables or ()}
    return Prover(family, frozenset(names))


def same(left: Expr, right: Expr, variables: Iterable[Symbol] | None = None) -> Equality:
    """`left = right` compared at random points of the common domain; `holds` is None where there is none."""
    holds, _ = prover((left, right), variables).compare(left, right)
    return equality(left, right, holds)


def equality(left: Expr, right: Expr, holds: bool | None) -> Equality:
    """The record of a comparison: by dual numbers where a derivative stands on a side, else by values."""
    derivative = any(isinstance(node, Derivative) for e in (left, right) for node in walk(e))
    return Equality(latex(left), latex(right), Means.DUAL if derivative else Means.VALUES, holds)


def check_derivative(expr: Expr, variable: Symbol, result: Expr, order: int = 1) -> Equality:
    """d^order(expr)/d(variable)^order = result, by dual numbers."""
    left = expr
    for _ in range(order):
        left = Derivative(left, variable)
    holds, _ = prover((expr, result), (variable,)).compare(left, result)
    return equality(left, result, holds)


def counterexample(left: Expr, right: Expr) -> dict[str, Any] | None:
    """A point where the sides differ: {"at": {"x": "7/10"}, "left": "…", "right": "…"}; None if none was
    found."""
    holds, point = prover((left, right)).compare(left, right)
    if holds is not False or point is None:
        return None
    return {
        "at": {name: str(v) for name, v in point.items()},
        "left": _shown(left, point),
        "right": _shown(right, point),
    }


def _shown(expr: Expr, point: Point) -> str:
    from solver.expression.decimals import decimal_of_ball, significant
    from solver.expression.evaluate import exact_value

    exact = exact_value(expr, point)
    if exact is not None:
        return str(exact) if len(str(exact)) <= 24 else significant(exact, 12)
    found = evaluate(expr, point, 160)
    return decimal_of_ball(found, 12)
