"""Ranges and scales of a panel: from data to points on the page, whatever the data holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from solver.document.figure import Curve, Panel, Point
from solver.figures.place import XY, Rect


@dataclass(frozen=True, slots=True)
class Scale:
    """From data to points inside the axes: linear, or with the ordinate's logarithm."""

    box: Rect
    x_range: Point
    y_range: Point
    log_y: bool

    def __call__(self, point: Point) -> XY:
        (x0, x1), (y0, y1) = self.x_range, self.y_range
        x, y = point
        if self.log_y:
            y, y0, y1 = (math.log10(v) if v > 0 else -400.0 for v in (y, y0, y1))
        u, v = (x - x0) / (x1 - x0), (y - y0) / (y1 - y0)
        box = self.box
        # far outside is far enough: huge iterates must not overflow the page's coordinates
        u, v = (max(-50.0, min(50.0, t)) for t in (u, v))
        return box.left + u * (box.right - box.left), box.bottom + v * (box.top - box.bottom)


def step_of(values: Sequence[float]) -> float:
    """The distance between two ticks."""
    return values[1] - values[0] if len(values) > 1 else 1.0


def drawable(point: Point | None, log_y: bool) -> bool:
    """Whether a point has a place on the page."""
    return point is not None and all(math.isfinite(v) for v in point) and (point[1] > 0 or not log_y)


def placed(curve: Curve, scale: Scale, log_y: bool) -> list[XY | None]:
    """The points of a curve on the page, None where it breaks."""
    return [scale(p) if p is not None and drawable(p, log_y) else None for p in curve.points]


def extremes(panel: Panel, axis: int, log_y: bool) -> Point:
    """The range of the data, with a margin (in the logarithm if `log_y`)."""
    values = [p[axis] for c in panel.curves for p in c.points if p is not None and drawable(p, log_y)]
    values += [p[axis] for m in panel.marks for p in m.points if drawable(p, log_y)]
    values += panel.verticals if axis == 0 else panel.horizontals
    if axis == 1 and log_y:
        logs = [math.log10(v) for v in values if v > 0] or [0.0]
        low, high = spread((min(logs), max(logs)), 0.05)
        return 10.0 ** max(low, -307.0), 10.0 ** min(high, 307.0)
    if not values:
        return 0.0, 1.0
    return spread((min(values), max(values)), 0.05 if axis else 0.02)


def spread(bounds: Point, margin: float) -> Point:
    """The bounds with a margin on both sides, and some width where they are equal."""
    low, high = bounds
    if high - low <= 1e-12 * max(1.0, abs(low), abs(high)):
        room = max(1.0, abs(low)) * 0.5
        return low - room, high + room
    room = (high - low) * margin
    return low - room, high + room
