"""Plots: panels of curves and marked points, laid out by computation (no trial drawing)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from solver.document.figure import Marks, Panel, Plot
from solver.figures import style
from solver.figures.axes import Scale, columns_of, drawable, extremes, placed, spread, step_of
from solver.figures.place import XY, Rect, beside, clip, dense
from solver.figures.style import CM

_HEIGHTS = {1: 5.4, 2: 4.6}  # of the axes, in centimetres, by number of columns
_GAP = 10.0


def draw_plot(spec: Plot, terms: Mapping[str, str], lang: str) -> Any:
    """A matplotlib figure of the panels, 16 cm wide."""
    from matplotlib.figure import Figure

    columns = max(1, min(spec.columns, len(spec.panels)))
    height = _HEIGHTS.get(columns, 3.8) * CM
    width = style.WIDTH * CM
    lines = -(-len(spec.panels) // columns)

    def say(label: str | None) -> str:
        return style.inline(label or "", terms, lang)

    frames = [_Frame(panel, say, lang, columns) for panel in spec.panels]
    by_column = [frames[i::columns] for i in range(columns)]
    lefts = [max(f.left for f in group) for group in by_column]
    inner = (width - sum(lefts) - _GAP * columns) / columns
    entries = [f.entries for f in frames]
    shared = len(frames) > 1 and all(e == entries[0] for e in entries) and bool(entries[0])
    legend_rooms = [0.0 if shared else f.legend_height(width / columns) for f in frames]
    legend = frames[0].legend_height(width) if shared else 0.0

    row_tops, row_bottoms = [], []
    for r in range(lines):
        row = slice(r * columns, (r + 1) * columns)
        row_tops.append(max(f.top for f in frames[row]))
        row_bottoms.append(
            max(f.bottom + room for f, room in zip(frames[row], legend_rooms[row], strict=True))
        )
    total = sum(row_tops) + sum(row_bottoms) + lines * height + legend + 4
    figure = Figure(figsize=(width / 72, total / 72))

    y = total
    for r in range(lines):
        y -= row_tops[r] + height
        x = 0.0
        for c in range(columns):
            index = r * columns + c
            if index >= len(frames):
                break
            x += lefts[c]
            box = Rect(x, y, x + inner, y + height)
            frames[index].draw(figure, box, (width, total))
            if not shared:
                centre = box.left + inner / 2 if columns > 1 else width / 2
                top = y - frames[index].bottom
                frames[index].draw_legend(figure, centre, top, width / columns, (width, total))
            x += inner + _GAP
        y -= row_bottoms[r]
    if shared:
        frames[0].draw_legend(figure, width / 2, y, width, (width, total))
    return figure


class _Frame:
    """One panel with its ranges, ticks and the room that its labels need."""

    def __init__(self, panel: Panel, say: Any, lang: str, columns: int) -> None:
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
            self.y_texts = tuple(style.tick_text(v, step_of(self.y_ticks), lang) for v in self.y_ticks)
        self.x_texts = tuple(style.tick_text(v, step_of(self.x_ticks), lang) for v in self.x_ticks)
        self.entries = tuple(
            (say(c.label), "curve", i, c.style) for i, c in enumerate(panel.curves) if c.label
        ) + tuple((say(m.label), "marks", i, m.marker) for i, m in enumerate(panel.marks) if m.label)
        tick_room = max((style.extent(t, style.SMALL)[0] for t in self.y_texts), default=0.0)
        self.left = tick_room + 9 + (15 if panel.y_label else 0)
        self.bottom = 16.0 + (13 if panel.x_label else 0)
        self.top = 18.0 if panel.title else 7.0

    def legend_height(self, room: float) -> float:
        if not self.entries:
            return 0.0
        lines = -(-len(self.entries) // self._legend_columns(room))
        return lines * 14.0 + 6

    def _legend_columns(self, room: float) -> int:
        return style.fit_columns([style.extent(e[0])[0] + 46 for e in self.entries], room)

    def draw(self, figure: Any, box: Rect, page: XY) -> None:
        panel = self.panel
        w, h = page
        axes = figure.add_axes(
            (box.left / w, box.bottom / h, (box.right - box.left) / w, (box.top - box.bottom) / h)
        )
        if panel.log_y:
            axes.set_yscale("log")
            axes.minorticks_off()
        axes.set_xlim(*self.x_range)
        axes.set_ylim(*self.y_range)
        axes.set_xticks(self.x_ticks, self.x_texts)
        axes.set_yticks(self.y_ticks, self.y_texts)
        axes.tick_params(labelsize=style.SMALL, length=2.5, width=0.6, pad=2)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        for side in ("left", "bottom"):
            axes.spines[side].set_linewidth(0.6)
        axes.grid(True, color=style.FAINT, linewidth=0.35)
        axes.set_axisbelow(True)
        if not panel.log_y and self.y_range[0] < 0 < self.y_range[1]:
            axes.axhline(0, color=style.GREY, linewidth=0.6, zorder=1)
        if self.x_range[0] < 0 < self.x_range[1]:
            axes.axvline(0, color=style.GREY, linewidth=0.6, zorder=1)
        thin = {"color": style.GREY, "linewidth": 0.7, "linestyle": (0, (2, 2)), "zorder": 1.5}
        for y in panel.horizontals:
            axes.axhline(y, **thin)
        for x in panel.verticals:
            axes.axvline(x, **thin)
        if panel.title:
            axes.set_title(self.say(panel.title), fontsize=style.SIZE, pad=5)
        if panel.x_label:
            axes.set_xlabel(self.say(panel.x_label), fontsize=style.SIZE, labelpad=1)
        if panel.y_label:
            middle = (box.bottom + box.top) / 2
            figure.text(
                (box.left - self.left + 7) / w,
                middle / h,
                self.say(panel.y_label),
                rotation=90,
                ha="center",
                va="center",
            )
        scale = Scale(box, self.x_range, self.y_range, panel.log_y)
        for i, curve in enumerate(panel.curves):
            axes.plot(
                *columns_of(curve.points, panel.log_y),
                color=_ink(i),
                linestyle=_line(curve.style),
                linewidth=1.2,
            )
        for i, marks in enumerate(panel.marks):
            self._draw_marks(axes, marks, _mark_ink(i), scale)
        self._draw_notes(figure, scale, page)

    def _draw_marks(self, axes: Any, marks: Marks, ink: str, scale: Scale) -> None:
        seen = [p for p in marks.points if drawable(p, self.panel.log_y)]
        axes.plot(
            [x for x, _ in seen],
            [y for _, y in seen],
            linestyle="none",
            marker=_marker(marks.marker),
            markersize=4.2,
            markeredgewidth=0.9,
            color=ink,
            markerfacecolor="white" if marks.marker == "circle" else ink,
            zorder=4,
        )
        if not marks.joined:
            return
        box = scale.box
        for start, end in pairwise(seen):
            part = clip(scale(start), scale(end), box)
            if part is None or math.dist(*part) < 5:
                continue
            ends = [
                ((x - box.left) / (box.right - box.left), (y - box.bottom) / (box.top - box.bottom))
                for x, y in part
            ]
            axes.annotate(
                "",
                xy=ends[1],
                xytext=ends[0],
                xycoords="axes fraction",
                textcoords="axes fraction",
                annotation_clip=False,
                arrowprops={
                    "arrowstyle": "-|>,head_length=0.35,head_width=0.16",
                    "color": ink,
                    "linewidth": 0.55,
                    "shrinkA": 2,
                    "shrinkB": 2,
                    "zorder": 3,
                },
            )

    def _draw_notes(self, figure: Any, scale: Scale, page: XY) -> None:
        panel, box = self.panel, scale.box
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
                text = self.say(note)
                width, height = style.extent(text, style.SMALL)
                place = beside(
                    anchor, (width + 2, height + 2), frame=frame, taken=taken, ink=ink, points=points
                )
                taken.append(place)
                figure.text(
                    place.centre[0] / page[0],
                    (place.bottom + 1) / page[1],
                    text,
                    fontsize=style.SMALL,
                    color=_mark_ink(i),
                    ha="center",
                    va="baseline",
                    bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6},
                    zorder=6,
                )
                gap = math.dist(_nearest(place, anchor), anchor)
                if gap > 9:
                    _leader(figure, _nearest(place, anchor), anchor, page, _mark_ink(i))

    def draw_legend(self, figure: Any, centre: float, top: float, room: float, page: XY) -> None:
        """The entries in rows below the axes, so that they never hide a curve."""
        if not self.entries:
            return
        from matplotlib.lines import Line2D

        handles = []
        for _, sort, i, look in self.entries:
            if sort == "curve":
                handles.append(Line2D([], [], color=_ink(i), linestyle=_line(look), linewidth=1.2))
            else:
                ink = _mark_ink(i)
                handles.append(
                    Line2D(
                        [],
                        [],
                        color=ink,
                        linestyle="none",
                        marker=_marker(look),
                        markersize=4.2,
                        markeredgewidth=0.9,
                        markerfacecolor="white" if look == "circle" else ink,
                    )
                )
        figure.legend(
            handles,
            [entry[0] for entry in self.entries],
            loc="upper center",
            bbox_to_anchor=(centre / page[0], (top + 1) / page[1]),
            ncol=self._legend_columns(room),
            frameon=False,
            borderpad=0.2,
            borderaxespad=0,
            handlelength=2.6,
            handletextpad=0.6,
            columnspacing=1.2,
            labelspacing=0.35,
        )


def _leader(figure: Any, start: XY, end: XY, page: XY, ink: str) -> None:
    from matplotlib.lines import Line2D

    xs, ys = ([p[k] / page[k] for p in (start, end)] for k in (0, 1))
    figure.add_artist(Line2D(xs, ys, color=ink, linewidth=0.4, zorder=5))


def _nearest(place: Rect, point: XY) -> XY:
    return max(place.left, min(place.right, point[0])), max(place.bottom, min(place.top, point[1]))


def _ink(index: int) -> str:
    return style.INKS[index % len(style.INKS)]


def _mark_ink(index: int) -> str:
    # marks begin with the second ink: the first curve is black
    return style.INKS[(index + 1) % len(style.INKS)]


def _line(name: str) -> Any:
    return style.LINES.get(name, "-")


def _marker(name: str) -> str:
    return style.MARKERS.get(name, "o")
