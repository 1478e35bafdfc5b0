"""The signs of marked points and of lines, in axes and in legends alike."""

from __future__ import annotations

import math

from solver.figures import style
from solver.figures.canvas import Canvas
from solver.figures.place import XY, Rect

_RADIUS = 2.1  # points
_EDGE = 0.9
_SIDES = 24
_BELOW = 0.5  # layers


def draw_mark(canvas: Canvas, kind: str, centre: XY, ink: str, layer: float) -> None:
    """A sign of about four points around `centre`: disk, circle, ring, square, triangle, cross or
    diamond. A circle and a ring are larger, hollow, and
    stand below full signs: none hides another.
    """
    x, y = centre
    r = _RADIUS
    match kind:
        case "square":
            canvas.panel(Rect(x - r, y - r, x + r, y + r), layer=layer, fill=ink, ink=ink, width=_EDGE)
        case "triangle":
            corners = [(x, y + r), (x - r, y - r), (x + r, y - r)]
            canvas.outline(corners, layer=layer, fill=ink, ink=ink, width=_EDGE)
        case "diamond":
            d = 1.3 * r
            corners = [(x, y + d), (x + d, y), (x, y - d), (x - d, y)]
            canvas.outline(corners, layer=layer, fill=ink, ink=ink, width=_EDGE)
        case "circle" | "ring":
            size = (1.4 if kind == "circle" else 1.8) * r
            turns = [2 * math.pi * i / _SIDES for i in range(_SIDES + 1)]
            edge = [(x + size * math.cos(t), y + size * math.sin(t)) for t in turns]
            canvas.polyline(edge, layer=layer - _BELOW, ink=ink, width=_EDGE)
        case "cross":
            for sign in (1, -1):
                ends = [(x - r, y - sign * r), (x + r, y + sign * r)]
                canvas.polyline(ends, layer=layer, ink=ink, width=_EDGE)
        case _:
            canvas.disk(centre, r, layer=layer, fill=ink, ink=ink, width=_EDGE)


def curve_ink(index: int) -> str:
    """The ink of a panel's curve by its rank."""
    return style.INKS[index % len(style.INKS)]


def mark_ink(index: int) -> str:
    """The ink of a panel's marks by their rank; they begin with the second ink: the first curve is black."""
    return style.INKS[(index + 1) % len(style.INKS)]
