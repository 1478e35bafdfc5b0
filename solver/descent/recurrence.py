"""Runs decided by exact arithmetic alone: a state that is exactly an earlier one, or that nothing moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from solver.descent.updates import Gradient, Inexact, Method, Numbers, State, Vector, bits

STEPS = 300
LONGEST = 1500
"""Bits of the longest fraction followed: a run that repeats does not lengthen its fractions for ever."""


@dataclass(frozen=True)
class Repetition:
    """State `index` + n is exactly state `index`: `points` repeat for ever (one of them: the run is at
    rest).
    """

    index: int
    points: tuple[Vector, ...]


def repetition(
    method: Method, direction: Gradient, start: Sequence[Fraction], values: Mapping[str, Fraction]
) -> Repetition | None:
    """The exact repetition that the run from `start` reaches, if it reaches one soon.

    `direction` is the gradient, or what Newton's rule takes in its place.
    """
    numbers = Numbers(values)
    state = State(tuple(start))
    seen: dict[tuple[object, ...], int] = {}
    points: list[Vector] = []
    for k in range(STEPS):
        try:
            slope = direction(state.point)
            if _rests(method, state, slope, values):
                return Repetition(k, (state.point,))
            key = (state.point, *(state.old(name) for name in method.memories))
            if key in seen:
                return Repetition(seen[key], _shortest(points[seen[key] :]))
            seen[key] = k
            points.append(state.point)
            point, memory = method.rule(state, slope, numbers)
        except (Inexact, ZeroDivisionError):
            return None
        state = State(point, memory, k + 1)
        if any(
            not isinstance(x, Fraction) or bits(x) > LONGEST for v in (point, *memory.values()) for x in v
        ):
            return None
    return None


def _rests(method: Method, state: State, slope: Vector, values: Mapping[str, Fraction]) -> bool:
    """Whether no later step moves: no slope, no velocity, and nothing that shrinks the point."""
    if any(slope) or (values.get("weight_decay") and any(state.point)):
        return False
    velocity = {"momentum": "v", "nesterov": "v", "adam": "m", "adamw": "m"}.get(method.name)
    return velocity is None or not any(state.old(velocity))


def _shortest(points: Sequence[Vector]) -> tuple[Vector, ...]:
    """The least period of the points themselves, where memories took longer to repeat."""
    size = len(points)
    for period in range(1, size):
        if size % period == 0 and all(points[i] == points[i - period] for i in range(period, size)):
            return tuple(points[:period])
    return tuple(points)


def exact_states(
    method: Method, direction: Gradient, start: Sequence[Fraction], values: Mapping[str, Fraction], steps: int
) -> list[Vector]:
    """The states (point, then memories) of the exact run, as far as they stay short rationals, at most steps
    + 1 of them.
    """
    numbers, state = Numbers(values), State(tuple(start))
    states: list[Vector] = [(*state.point, *(x for name in method.memories for x in state.old(name)))]
    while len(states) <= min(steps, STEPS):
        try:
            point, memory = method.rule(state, direction(state.point), numbers)
        except (Inexact, ZeroDivisionError):
            break
        state = State(point, memory, state.step + 1)
        if any(
            not isinstance(x, Fraction) or bits(x) > LONGEST for v in (point, *memory.values()) for x in v
        ):
            break
        states.append((*point, *(x for name in method.memories for x in memory[name])))
    return states
