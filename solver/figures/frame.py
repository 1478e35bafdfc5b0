"""One panel: its ranges, its ticks, the room that its labels need, then the axes and what they show."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise

from solver.document.figure import Marks, Panel
from solver.figures import style
from solver.figures.axes import Scale, drawable, extremes, placed, spread, step_of
from solver.figures.canvas import Canvas
from solver.figures.labels import extent
from solver.figures.legend import Entry
from solver.figures.marks import curve_ink, draw_mark, mark_ink
from solver.figures.notes import draw_notes
from solver.figures.place import XY, Rect, clip

_TICK = 2.5
_BLACK = "#000000"


class Frame:
    """A panel with what its layout needs; `say` makes the content of a label."""

    def __init__(self, panel: Panel, say: Callable[[str | None], str], lang: str, columns: int) -> None:
        self.panel = panel
        self.say = say
        self.x_range = spread(panel.x_range or extremes(panel, 0, False), 0.0)
        self.y_range = spread(panel.y_range, 0.0) if panel.y_range else extremes(panel, 1, panel.log_y)
        self.x_ticks = style.ticks(*self.x_range, 8 if columns == 1 else 6)
        if panel.log_y:
            low, high = (math.log10(v) for v in self.y_range)
            exponents = style.ticks(low, high, 6)
            step = max(1, round(exponents[1] - exponents[0])) if len(exponents) > 1 else 1
            whole = range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)
            self.y_ticks = tuple(10.0**k for k in whole if k % step == 0)
            self.y_texts = tuple(say(f"$10^{{{round(math.log10(v))}}}$") for v in self.y_ticks)
        else:
            self.y_ticks = style.ticks(*self.y_range, 7)
            self.y_texts = tuple(say(style.tick_text(v, step_of(self.y_ticks), lang)) for v in self.y_ticks)
        self.x_texts = tuple(say(style.tick_text(v, step_of(self.x_ticks), lang)) for v in self.x_ticks)
        curves = (Entry(say(c.label), True, i, c.style) for i, c in enumerate(panel.curves) if c.label)
        marks = (Entry(say(m.label), False, i, m.marker) for i, m in enumerate(panel.marks) if m.label)
        self.entries = (*curves, *marks)
        self.bottom = 16.0 + (13 if panel.x_label else 0)
        self.top = 18.0 if panel.title else 7.0

    def texts(self) -> Iterator[str]:
        """The contents that must be measured before `left`, legends and `draw` are asked for."""
        panel = self.panel
        yield from map(self.say, (panel.title, panel.x_label, panel.y_label))
        yield from (entry.text for entry in self.entries)
        yield from (self.say(note) for marks in panel.marks for note in marks.notes)
        yield from self.x_texts
        yield from self.y_texts

    @property
    def left(self) -> float:
        """The room of the ordinate's numbers and label."""
        room = max((extent(t, style.SMALL).width for t in self.y_texts), default=0.0)
        return room + 9 + (15 if self.panel.y_label else 0)

    def draw(self, canvas: Canvas, box: Rect) -> None:
        """The panel with its axes in `box`."""
        scale = Scale(box, self.x_range, self.y_range, self.panel.log_y)
        self._axes(canvas, box, scale)
        self._lines(canvas, box, scale)
        self._titles(canvas, box)
        for curve in self.panel.contours:
            for run in _inside(placed(curve, scale, self.panel.log_y), box):
                canvas.polyline(run, layer=1.2, ink=style.GREY, width=0.45)
        for i, curve in enumerate(self.panel.curves):
            for run in _inside(placed(curve, scale, self.panel.log_y), box):
                canvas.polyline(
                    run, layer=2, ink=curve_ink(i), width=1.2, dash=style.LINES.get(curve.style, ())
                )
        for i, marks in enumerate(self.panel.marks):
            self._marks(canvas, marks, mark_ink(i), scale)
        draw_notes(canvas, self.panel, self.say, scale)

    def _axes(self, canvas: Canvas, box: Rect, scale: Scale) -> None:
        base = box.left, box.bottom
        for end in ((box.right, box.bottom), (box.left, box.top)):
            canvas.polyline([base, end], layer=2.5, ink=_BLACK, width=0.6)
        for value, text in zip(self.x_ticks, self.x_texts, strict=True):
            x = scale((value, self.y_range[0]))[0]
            canvas.polyline([(x, box.bottom), (x, box.top)], layer=0.5, ink=style.FAINT, width=0.35)
            canvas.polyline([(x, box.bottom), (x, box.bottom - _TICK)], layer=2.5, ink=_BLACK, width=0.6)
            left = x - extent(text, style.SMALL).width / 2
            canvas.label((left, box.bottom - 11.5), text, layer=4, size=style.SMALL, ink=_BLACK)
        for value, text in zip(self.y_ticks, self.y_texts, strict=True):
            y = scale((self.x_range[0], value))[1]
            canvas.polyline([(box.left, y), (box.right, y)], layer=0.5, ink=style.FAINT, width=0.35)
            canvas.polyline([(box.left, y), (box.left - _TICK, y)], layer=2.5, ink=_BLACK, width=0.6)
            width = extent(text, style.SMALL).width
            canvas.label(
                (box.left - 5 - width, y - 0.33 * style.SMALL), text, layer=4, size=style.SMALL, ink=_BLACK
            )

    def _lines(self, canvas: Canvas, box: Rect, scale: Scale) -> None:
        """The axes through zero and the reference lines."""
        panel = self.panel
        (x0, x1), (y0, y1) = self.x_range, self.y_range
        across = [(y, True) for y in panel.horizontals]
        along = [(x, True) for x in panel.verticals]
        if not panel.log_y:
            across.append((0.0, False))
        along.append((0.0, False))
        for value, thin in across:
            if drawable((x0, value), panel.log_y) and y0 < value < y1:
                y = scale((x0, value))[1]
                self._reference(canvas, [(box.left, y), (box.right, y)], thin)
        for value, thin in along:
            if math.isfinite(value) and x0 < value < x1:
                x = scale((value, y0))[0]
                self._reference(canvas, [(x, box.bottom), (x, box.top)], thin)

    def _reference(self, canvas: Canvas, ends: list[XY], dashed: bool) -> None:
        dash = (2.0, 2.0) if dashed else ()
        width = 0.7 if dashed else 0.6
        canvas.polyline(ends, layer=1.5 if dashed else 1, ink=style.GREY, width=width, dash=dash)

    def _titles(self, canvas: Canvas, box: Rect) -> None:
        panel = self.panel
        middle, size = (box.left + box.right) / 2, style.SIZE
        for label, base in ((panel.title, box.top + 6), (panel.x_label, box.bottom - 24.5)):
            if label:
                text = self.say(label)
                left = middle - extent(text, size).width / 2
                canvas.label((left, base), text, layer=4, size=size, ink=_BLACK)
        if panel.y_label:
            centre = box.left - self.left + 7, (box.bottom + box.top) / 2
            canvas.centred(centre, self.say(panel.y_label), layer=4, size=size, ink=_BLACK, turned=True)

    def _marks(self, canvas: Canvas, marks: Marks, ink: str, scale: Scale) -> None:
        box = scale.box
        seen = [scale(p) for p in marks.points if drawable(p, self.panel.log_y)]
        for point in seen:
            if box.holds(point, 0.5):
                draw_mark(canvas, marks.marker, point, ink, 4)
        for start, end in pairwise(seen) if marks.joined else ():
            part = clip(start, end, box)
            if part is None or math.dist(*part) < 5:
                continue
            (x0, y0), (x1, y1) = part
            far = math.dist(*part)
            u, v = 2 * (x1 - x0) / far, 2 * (y1 - y0) / far  # two points clear of each mark
            first, last = (x0 + u, y0 + v), (x1 - u, y1 - v)
            canvas.polyline([first, (last[0] - u, last[1] - v)], layer=3, ink=ink, width=0.55)
            canvas.head(first, last, 3.8, 1.7, layer=3, ink=ink)


def _inside(points: list[XY | None], box: Rect) -> Iterator[list[XY]]:
    """The runs of a polyline inside the box."""
    run: list[XY] = []
    for start, end in pairwise(points):
        part = None if start is None or end is None else clip(start, end, box)
        if part is None:
            continue
        if run and run[-1] != part[0]:
            yield run
            run = []
        run = [*run, part[1]] if run else [*part]
    if run:
        yield run
