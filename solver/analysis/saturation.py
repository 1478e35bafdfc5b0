"""Where |f′| is below a threshold: certified bounds, closed forms where the equation inverts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from solver.analysis.enclosure import enclose, exact_ball, precision
from solver.analysis.expansion import Undecided
from solver.analysis.pieces import is_constant
from solver.analysis.relation import _polynomial, _replace
from solver.analysis.values import Value, exact_value, rational_value
from solver.analysis.variation import End, Stretch
from solver.expression.tree import (
    Apply,
    Constant,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    children,
    symbols,
    walk,
)

_WIDTH = Fraction(1, 10**30)
_FAR = 10**6


@dataclass(frozen=True)
class Zone:
    """An interval (None: infinite) on which |f′| < threshold; `flat` where f′ is exactly 0 throughout."""

    low: Value | None
    high: Value | None
    flat: bool


def zones(found: tuple[Stretch, ...], threshold: Fraction, x: Symbol) -> tuple[Zone, ...]:
    """The zones from left to right; `found` are the monotone stretches of f′."""
    cells: list[Zone] = []
    for stretch in found:
        cells += _cells(stretch, threshold, x)
    merged: list[Zone] = []
    for cell in cells:
        last = merged[-1] if merged else None
        if last is not None and last.flat == cell.flat and last.high is not None and last.high == cell.low:
            merged[-1] = Zone(last.low, cell.high, cell.flat)
        else:
            merged.append(cell)
    return tuple(merged)


def _cells(stretch: Stretch, threshold: Fraction, x: Symbol) -> Iterator[Zone]:
    """The parts of a monotone stretch of g = f′ where −τ < g < τ."""
    left, right = stretch.left, stretch.right
    level = rational_value(threshold)
    if stretch.direction == 0:
        if left.value.magnitude().compare(level) < 0:
            yield Zone(left.place, right.place, left.value.rational == 0)
        return
    # on a rising stretch the zone begins where g passes −τ and ends where it passes τ
    enter, leave = (level.opposite(), level) if stretch.direction > 0 else (level, level.opposite())
    towards = stretch.direction
    if left.value.compare(leave) * towards >= 0 or right.value.compare(enter) * towards <= 0:
        return
    low = left.place if left.value.compare(enter) * towards >= 0 else _crossing(stretch, enter, x)
    high = right.place if right.value.compare(leave) * towards <= 0 else _crossing(stretch, leave, x)
    yield Zone(low, high, False)


def _crossing(stretch: Stretch, target: Value, x: Symbol) -> Value:
    """The point of the stretch where g = target, by bisection with proved signs, or exactly."""
    g, name = stretch.piece.expression, x.name
    goal = target.low

    def side(at: Fraction) -> int:
        gap = enclose(g, name, exact_ball(at)) - exact_ball(goal)
        return 1 if gap > 0 else -1 if gap < 0 else 0

    with precision(200):
        low, high = _bracket(stretch.left, stretch.right, side, stretch.direction)
        while high - low > _WIDTH:
            middle = (low + high) / 2
            found = side(middle)
            if found == 0:
                break
            if found == stretch.direction:
                high = middle
            else:
                low = middle
        for candidate in closed_forms(g, goal, x, (low, high)):
            value = exact_value(candidate)
            if value.low <= high and value.high >= low:
                return value
    return Value(low, high)


def _bracket(left: End, right: End, side: Any, direction: int) -> tuple[Fraction, Fraction]:
    """Two finite points around the crossing."""
    low = None if left.place is None else left.place.high
    high = None if right.place is None else right.place.low
    step = Fraction(1)
    while low is None or high is None:
        if step > _FAR:
            raise Undecided
        if low is None:
            trial = (high if high is not None else Fraction(0)) - step
            if side(trial) == -direction:
                low = trial
        if high is None:
            trial = (low if low is not None else Fraction(0)) + step
            if side(trial) == direction:
                high = trial
        step *= 2
    return low, high


# ---- closed forms -----------------------------------------------------------------------------


def closed_forms(
    expr: Expr, target: Fraction, x: Symbol, near: tuple[Fraction, Fraction]
) -> tuple[Expr, ...]:
    """Candidates for the solution of expr = target in `near`, by undoing one operation after another.

    They are candidates only: the caller keeps those that fall into a proved enclosure.
    """
    import sympy

    from solver.expression.bridge import from_sympy

    found = []
    place = float((near[0] + near[1]) / 2)
    for value in _solve(expr, sympy.Rational(target.numerator, target.denominator), x):
        if abs(_float(value) - place) < 1e-9 * (1 + abs(place)):
            found.append(from_sympy(_readable(value)))
    return tuple(found)


def _float(value: Any) -> float:
    """The size of an exact number, to choose a branch; nan where it is not real."""
    try:
        return float(value.evalf(20))
    except TypeError:
        return float("nan")


def _readable(value: Any) -> Any:
    """ln(49 − 20√6) written −ln(49 + 20√6), ½ ln(a + b√c) with the root taken where it comes out."""
    import sympy

    factor, logarithm = value.as_independent(sympy.log)
    if not isinstance(logarithm, sympy.log):
        return sympy.radsimp(value)
    inside = sympy.expand(sympy.radsimp(logarithm.args[0]))
    if 0 < _float(inside) < 1:
        inside, factor = sympy.expand(sympy.radsimp(1 / inside)), -factor
    if abs(factor) == sympy.Rational(1, 2):
        root = sympy.sqrtdenest(sympy.sqrt(inside))
        if not any(isinstance(p.base, sympy.Pow | sympy.Add) for p in root.atoms(sympy.Pow)):
            return 2 * factor * sympy.log(root)
    return factor * sympy.log(inside)


def _solve(expr: Expr, target: Any, x: Symbol) -> Iterator[Any]:
    import sympy

    if expr == x:
        yield target
        return
    holders = [child for child in children(expr) if not is_constant(child, x)]
    if len(holders) != 1:
        yield from _solve_inside(expr, target, x)
        return
    inner = holders[0]
    others = [_exact(child) for child in children(expr) if child is not inner]
    match expr:
        case Negative():
            yield from _solve(inner, -target, x)
        case Sum():
            yield from _solve(inner, target - sum(others), x)
        case Product():
            scale = sympy.Mul(*others)
            if scale != 0:
                yield from _solve(inner, target / scale, x)
        case Quotient(top, _):
            if top is inner:
                yield from _solve(inner, target * others[0], x)
            elif target != 0:
                yield from _solve(inner, others[0] / target, x)
        case Power(Constant("e"), _) if _float(target) > 0:
            yield from _solve(inner, sympy.log(target), x)
        case Power(base, Number(n)) if base is inner and n != 0 and (_float(target) > 0 or n % 2 == 1):
            sign = -1 if _float(target) < 0 else 1
            root = sign * (sign * target) ** sympy.Rational(n.denominator, n.numerator)
            yield from _solve(inner, root, x)
            if n % 2 == 0:
                yield from _solve(inner, -root, x)
        case Apply("exp", _) if _float(target) > 0:
            yield from _solve(inner, sympy.log(target), x)
        case Apply("ln", _):
            yield from _solve(inner, sympy.exp(target), x)
        case Apply("sqrt", _) if _float(target) >= 0:
            yield from _solve(inner, target**2, x)
        case Apply("sigmoid", _) if 0 < _float(target) < 1:
            yield from _solve(inner, sympy.log(target / (1 - target), evaluate=False), x)
        case Apply("tanh", _) if -1 < _float(target) < 1:
            yield from _solve(inner, sympy.log((1 + target) / (1 - target), evaluate=False) / 2, x)


def _solve_inside(expr: Expr, target: Any, x: Symbol) -> Iterator[Any]:
    """The variable stands in several places, but always inside one function: a quadratic in that function."""
    import sympy

    t = Symbol("t")
    for node in dict.fromkeys(walk(expr)):
        if not isinstance(node, Apply | Power) or is_constant(node, x) or node == expr:
            continue
        inside = _replace(expr, node, t)
        if x.name in {s.name for s in symbols(inside)}:
            continue
        found = _polynomial(inside)
        if found is None:
            continue
        c0, c1, c2 = (
            sympy.Rational(c.numerator, c.denominator)
            for c in [*found.coefficients, Fraction(0), Fraction(0)][:3]
        )
        if c2 == 0:
            continue
        disc = c1**2 - 4 * c2 * (c0 - target)
        if disc >= 0:
            for sign in (1, -1):
                yield from _solve(node, (-c1 + sign * sympy.sqrt(disc)) / (2 * c2), x)
        return


def _exact(expr: Expr) -> Any:
    from solver.expression.bridge import to_sympy

    return to_sympy(expr)
