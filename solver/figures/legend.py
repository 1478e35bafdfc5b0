"""The legend of a panel: entries in rows below the axes, so that they never hide a curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from solver.figures import style
from solver.figures.canvas import Canvas
from solver.figures.labels import extent
from solver.figures.marks import curve_ink, draw_mark, mark_ink

_HANDLE = 26.0  # points
_PAD = 6.0
_BETWEEN = 14.0
_ROW = 14.0


@dataclass(frozen=True, slots=True)
class Entry:
    """What a sign means: its content, whether it is a curve's line or a mark, its rank, its look."""

    text: str
    is_curve: bool
    rank: int
    look: str

    @property
    def width(self) -> float:
        return _HANDLE + _PAD + extent(self.text, style.SIZE).width


def legend_height(entries: Sequence[Entry], room: float) -> float:
    """The height of the entries in rows at most `room` points wide."""
    if not entries:
        return 0.0
    return -(-len(entries) // _columns(entries, room)) * _ROW + 6


def draw_legend(canvas: Canvas, entries: Sequence[Entry], centre: float, top: float, room: float) -> None:
    """The entries centred at an abscissa, their first row just below `top`."""
    if not entries:
        return
    columns = _columns(entries, room)
    widths = [max(e.width for e in entries[at::columns]) for at in range(columns)]
    left = centre - (sum(widths) + _BETWEEN * (columns - 1)) / 2
    for at, entry in enumerate(entries):
        row, column = divmod(at, columns)
        x = left + sum(widths[:column]) + _BETWEEN * column
        y = top - _ROW * (row + 0.5)
        if entry.is_curve:
            canvas.polyline(
                [(x, y), (x + _HANDLE, y)],
                layer=2,
                ink=curve_ink(entry.rank),
                width=1.2,
                dash=style.LINES.get(entry.look, ()),
            )
        else:
            draw_mark(canvas, entry.look, (x + _HANDLE / 2, y), mark_ink(entry.rank), 4)
        # half of a small letter above the middle: words and formulas of a row share their base line
        base = y - 0.22 * style.SIZE
        canvas.label((x + _HANDLE + _PAD, base), entry.text, layer=4, size=style.SIZE, ink="#000000")


def _columns(entries: Sequence[Entry], room: float) -> int:
    return style.fit_columns([entry.width + _BETWEEN for entry in entries], room)
