"""Notes: short labels beside marked points, off the curves and off each other."""

from __future__ import annotations

import math
from collections.abc import Callable

from solver.document.figure import Panel
from solver.figures import style
from solver.figures.axes import Scale, drawable, placed
from solver.figures.canvas import VEIL, Canvas
from solver.figures.labels import extent
from solver.figures.marks import mark_ink
from solver.figures.place import XY, Rect, beside, dense


def draw_notes(canvas: Canvas, panel: Panel, say: Callable[[str | None], str], scale: Scale) -> None:
    """The notes of a panel's marks; one that had to move far is tied to its point by a thin line."""
    box = scale.box
    frame = Rect(box.left + 1, box.bottom + 1, box.right - 1, box.top + 4)
    points = [scale(p) for m in panel.marks for p in m.points if drawable(p, panel.log_y)]
    ink = [p for c in panel.curves for p in dense(placed(c, scale, panel.log_y)) if box.holds(p)]
    taken: list[Rect] = []
    for i, marks in enumerate(panel.marks):
        for point, note in zip(marks.points, marks.notes, strict=False):
            if not note or not drawable(point, panel.log_y):
                continue
            anchor = scale(point)
            if not box.holds(anchor, 1.0):
                continue
            text = say(note)
            shown = extent(text, style.SMALL)
            size = shown.width + 2, shown.height + 2
            place = beside(anchor, size, frame=frame, taken=taken, ink=ink, points=points)
            taken.append(place)
            canvas.panel(place, layer=6, fill=VEIL)
            canvas.centred(place.centre, text, layer=6, size=style.SMALL, ink=mark_ink(i))
            near = _nearest(place, anchor)
            if math.dist(near, anchor) > 9:
                canvas.polyline([near, anchor], layer=5, ink=mark_ink(i), width=0.4)


def _nearest(place: Rect, point: XY) -> XY:
    return max(place.left, min(place.right, point[0])), max(place.bottom, min(place.top, point[1]))
