"""Plots: panels of curves and marked points, laid out by computation (no trial drawing)."""

from __future__ import annotations

from collections.abc import Mapping

from solver.document.figure import Plot
from solver.figures import style
from solver.figures.canvas import Canvas
from solver.figures.frame import Frame
from solver.figures.labels import content, measure
from solver.figures.legend import draw_legend, legend_height
from solver.figures.place import Rect
from solver.figures.style import CM

_HEIGHTS = {1: 5.4, 2: 4.6}  # of the axes, in centimetres, by number of columns
_GAP = 10.0


def draw_plot(spec: Plot, terms: Mapping[str, str], lang: str) -> Canvas:
    """The panels on a page 16 cm wide."""
    columns = max(1, min(spec.columns, len(spec.panels)))
    height = _HEIGHTS.get(columns, 3.1) * CM
    width = style.WIDTH * CM
    lines = -(-len(spec.panels) // columns)

    def say(label: str | None) -> str:
        return content(label or "", terms, lang)

    frames = [Frame(panel, say, lang, columns) for panel in spec.panels]
    measure(text for frame in frames for text in frame.texts())
    by_column = [frames[i::columns] for i in range(columns)]
    lefts = [max((f.left for f in group), default=0.0) for group in by_column]
    inner = (width - sum(lefts) - _GAP * columns) / columns
    entries = [f.entries for f in frames]
    shared = len(frames) > 1 and all(e == entries[0] for e in entries) and bool(entries[0])
    rooms = [0.0 if shared else legend_height(f.entries, width / columns) for f in frames]
    legend = legend_height(entries[0], width) if shared else 0.0

    tops, bottoms = [], []
    for r in range(lines):
        row = slice(r * columns, (r + 1) * columns)
        tops.append(max(f.top for f in frames[row]))
        bottoms.append(max(f.bottom + room for f, room in zip(frames[row], rooms[row], strict=True)))
    canvas = Canvas(width, sum(tops) + sum(bottoms) + lines * height + legend + 4)

    y = canvas.height
    for r in range(lines):
        y -= tops[r] + height
        x = 0.0
        for c, frame in enumerate(frames[r * columns : (r + 1) * columns]):
            x += lefts[c]
            box = Rect(x, y, x + inner, y + height)
            frame.draw(canvas, box)
            if not shared:
                centre = box.left + inner / 2 if columns > 1 else width / 2
                draw_legend(canvas, frame.entries, centre, y - frame.bottom, width / columns)
            x += inner + _GAP
        y -= bottoms[r]
    if shared:
        draw_legend(canvas, entries[0], width / 2, y, width)
    return canvas
