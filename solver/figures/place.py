"""Where labels go: rectangles in points, and the choice of a place that hides nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

XY = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rect:
    """An upright rectangle in points."""

    left: float
    bottom: float
    right: float
    top: float

    @classmethod
    def around(cls, centre: XY, width: float, height: float) -> Rect:
        """The rectangle of this size centred there."""
        x, y = centre
        return cls(x - width / 2, y - height / 2, x + width / 2, y + height / 2)

    @property
    def centre(self) -> XY:
        return (self.left + self.right) / 2, (self.bottom + self.top) / 2

    def overlap(self, other: Rect) -> float:
        """The area shared with another rectangle."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return width * height if width > 0 and height > 0 else 0.0

    def holds(self, point: XY, margin: float = 0.0) -> bool:
        """Whether a point is inside, or within `margin` of it."""
        x, y = point
        return (
            self.left - margin <= x <= self.right + margin and self.bottom - margin <= y <= self.top + margin
        )

    def outside(self, frame: Rect) -> float:
        """By how many points it sticks out of a frame."""
        return (
            max(0.0, frame.left - self.left)
            + max(0.0, self.right - frame.right)
            + max(0.0, frame.bottom - self.bottom)
            + max(0.0, self.top - frame.top)
        )


# Around a point: above first, then the sides, then below and the diagonals.
_DIRECTIONS = (90, 45, 135, 0, 180, 270, 315, 225)
_DISTANCES = (4.0, 10.0, 18.0, 28.0, 40.0)


def beside(
    anchor: XY,
    size: XY,
    *,
    frame: Rect,
    taken: Sequence[Rect],
    ink: Sequence[XY],
    points: Sequence[XY],
) -> Rect:
    """The place for a text of `size` next to `anchor`: inside `frame`, off the texts in `taken`, the marked
    `points` and, as far as it can be had, the `ink` of the curves; near rather than far."""
    width, height = size
    best: tuple[float, Rect] | None = None
    for distance in _DISTANCES:
        for turn, degrees in enumerate(_DIRECTIONS):
            angle = math.radians(degrees)
            x = anchor[0] + math.cos(angle) * (distance + width / 2)
            y = anchor[1] + math.sin(angle) * (distance + height / 2)
            place = Rect.around((x, y), width, height)
            cost = 60 * place.outside(frame)
            cost += sum(30 + place.overlap(other) for other in taken if place.overlap(other) > 0)
            cost += 25 * sum(place.holds(point, 2.5) for point in points)
            cost += 4 * min(6, sum(place.holds(point, 1.0) for point in ink))
            cost += 0.6 * distance + 0.5 * turn
            if best is None or cost < best[0]:
                best = cost, place
    assert best is not None
    return best[1]


def clip(start: XY, end: XY, frame: Rect) -> tuple[XY, XY] | None:
    """The part of a segment inside the frame (Liang and Barsky), or None."""
    (x0, y0), (x1, y1) = start, end
    dx, dy = x1 - x0, y1 - y0
    first, last = 0.0, 1.0
    for delta, room in (
        (-dx, x0 - frame.left),
        (dx, frame.right - x0),
        (-dy, y0 - frame.bottom),
        (dy, frame.top - y0),
    ):
        if delta == 0:
            if room < 0:
                return None
        elif delta < 0:
            first = max(first, room / delta)
        else:
            last = min(last, room / delta)
    if first > last:
        return None
    return (x0 + first * dx, y0 + first * dy), (x0 + last * dx, y0 + last * dy)


def dense(points: Iterable[XY | None], step: float = 3.0) -> list[XY]:
    """Points at most `step` apart along a polyline, so that a text cannot slip between two of them."""
    found: list[XY] = []
    previous: XY | None = None
    for point in points:
        if point is not None and previous is not None:
            length = math.dist(previous, point)
            for k in range(1, min(400, int(length / step)) + 1):
                t = k * step / length
                found.append(
                    (previous[0] + t * (point[0] - previous[0]), previous[1] + t * (point[1] - previous[1]))
                )
        if point is not None:
            found.append(point)
        previous = point
    return found
