"""Level curves: true to f between their points, whole in narrow valleys, not drawn where they would lie."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import pytest

from solver.document.figure import Curve
from solver.questions.level_curves import LEVELS, level_curves


def valley(c: float) -> Callable[[float, float], float]:
    return lambda x, y: (1 - x) ** 2 + c * (y - x * x) ** 2


def heights(top: float) -> list[float]:
    """The levels drawn from 0 to a little above `top`."""
    return [1.6 * top * (n / LEVELS) ** 2 for n in range(1, LEVELS + 1)]


def pieces(curve: Curve) -> list[list[tuple[float, float]]]:
    found: list[list[tuple[float, float]]] = [[]]
    for p in curve.points:
        if p is None:
            found.append([])
        else:
            found[-1].append(p)
    return [piece for piece in found if piece]


def crossings(curve: Curve, x: float) -> list[float]:
    """The ordinates at which the drawn curve crosses a vertical line."""
    return sorted(
        p[1] + (x - p[0]) / (q[0] - p[0]) * (q[1] - p[1])
        for piece in pieces(curve)
        for p, q in pairwise(piece)
        if (p[0] < x) != (q[0] < x)
    )


def test_circles_are_circles() -> None:
    curves = level_curves(lambda x, y: x * x + y * y, (-2.0, 2.0), (-2.0, 2.0), [0.0, 2.0])
    assert len(curves) == LEVELS
    for curve, level in zip(curves, heights(2.0), strict=True):
        (circle,) = pieces(curve)
        assert circle[0] == circle[-1]
        ends = [((p[0] + q[0]) / 2, (p[1] + q[1]) / 2) for p, q in pairwise(circle)]
        assert all(abs(math.hypot(*p) - math.sqrt(level)) < 0.003 for p in [*circle, *ends])


@pytest.mark.parametrize("c", [10, 100, 200])
def test_a_narrow_valley_is_whole(c: int) -> None:
    """f = L is y = x² ± √((L − (1−x)²)/c): two crossings of each vertical line near x = 1, none elsewhere."""
    curves = level_curves(valley(c), (-1.5, 1.5), (-0.5, 2.5), [0.0, 4.0])
    assert len(curves) == LEVELS
    for curve, level in zip(curves, heights(4.0), strict=True):
        for n in range(-145, 146):
            x = n / 100 + 0.0003
            room = (level - (1 - x) ** 2) / c
            if abs(level - (1 - x) ** 2) < 0.03 * level:
                continue  # at the tip, the last bit of a turn may be drawn flat
            wanted = [x * x - math.sqrt(room), x * x + math.sqrt(room)] if room > 0 else []
            wanted = [y for y in wanted if -0.5 < y < 2.5]
            found = crossings(curve, x)
            assert len(found) == len(wanted), (level, x)
            assert all(abs(a - b) < 0.006 for a, b in zip(found, wanted, strict=True)), (level, x)


def test_a_valley_too_narrow_to_be_seen_is_not_drawn_in_islets() -> None:
    for curve in level_curves(valley(10**6), (-1.5, 1.5), (-0.5, 2.5), [0.0, 4.0]):
        assert len(pieces(curve)) <= 4


def test_a_page_of_islets_is_left_blank() -> None:
    waves = level_curves(lambda x, y: math.sin(50 * x) * math.cos(40 * y), (-2.0, 2.0), (-2.0, 2.0), [0.0])
    assert waves == ()


def test_the_edge_of_the_domain() -> None:
    def inside(x: float, y: float) -> float:
        return x - math.log(x * y) if x * y > 0 else math.nan

    curves = level_curves(inside, (-1.0, 3.0), (-1.0, 3.0), [1.0, 3.0])
    low = min(inside(-1 + i / 8, -1 + j / 8) for i in range(33) for j in range(33) if (i - 8) * (j - 8) > 0)
    levels = [low + (3 - low) * 1.6 * (n / LEVELS) ** 2 for n in range(1, LEVELS + 1)]
    assert curves
    for curve in curves:
        seen = [p for p in curve.points if p is not None]
        middle = sorted(inside(*p) for p in seen)[len(seen) // 2]
        level = min(levels, key=lambda z: abs(z - middle))
        for x, y in seen:
            steepness = math.hypot(1 - 1 / x, 1 / y)
            assert abs(inside(x, y) - level) < 0.02 * max(steepness, 0.5)


@pytest.mark.parametrize("seen", [[], [math.nan], [1.0]])
def test_flat_or_undefined(seen: list[float]) -> None:
    assert level_curves(lambda x, y: 1.0, (0.0, 1.0), (0.0, 1.0), seen) == ()
    assert level_curves(lambda x, y: math.nan, (0.0, 1.0), (0.0, 1.0), seen) == ()
