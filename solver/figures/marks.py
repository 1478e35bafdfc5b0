"""The signs of marked points and of lines, in axes and in legends alike."""

from __future__ import annotations

import math

from solver.figures import style
from solver.figures.canvas import WHITE, Canvas
from solver.figures.place import XY, Rect

_RADIUS = 2.1  # points
_EDGE = 0.9
_SIDES = 24


def draw_mark(canvas: Canvas, kind: str, centre: XY, ink: str, layer: float) -> None:
    """A sign of about four points around `centre`: disk, circle, ring, square, triangle, cross or
    diamond. A ring is larger and lets what is under it be seen.
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
        case "ring":
            turns = [2 * math.pi * i / _SIDES for i in range(_SIDES + 1)]
            edge = [(x + 1.8 * r * math.cos(t), y + 1.8 * r * math.sin(t)) for t in turns]
            canvas.polyline(edge, layer=layer, ink=ink, width=_EDGE)
        case "cross":
            for sign in (1, -1):
                ends = [(x - r, y - sign * r), (x + r, y + sign * r)]
                canvas.polyline(ends, layer=layer, ink=ink, width=_EDGE)
        case _:
            fill = WHITE if kind == "circle" else ink
            canvas.disk(centre, r, layer=layer, fill=fill, ink=ink, width=_EDGE)


def curve_ink(index: int) -> str:
    """The ink of a panel's curve by its rank."""
    return style.INKS[index % len(style.INKS)]


def mark_ink(index: int) -> str:
    """The ink of a panel's marks by their rank; they begin with the second ink: the first curve is black."""
    return style.INKS[(index + 1) % len(style.INKS)]
