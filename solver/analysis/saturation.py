"""Where |f′| is below a threshold: certified bounds, closed forms where the equation inverts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from solver.analysis.balls import enclose, exact_ball, precision
from solver.analysis.closed_forms import closed_forms
from solver.analysis.expansion import Undecided
from solver.analysis.values import Value, exact_value, rational_value
from solver.analysis.variation import End, Stretch
from solver.expression.tree import Symbol

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
