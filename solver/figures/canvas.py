"""What is drawn, in points from the lower left corner, written as Typst source in the order of its layers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from solver.figures.labels import extent
from solver.figures.place import XY, Rect
from solver.resources import template_text

WHITE = "#ffffff"
VEIL = "#ffffffbf"  # white that lets a curve shine through


class Canvas:
    """A page; each method adds one thing on a layer, and higher layers cover lower ones."""

    def __init__(self, width: float, height: float) -> None:
        self.width = width
        self.height = height
        self._items: list[tuple[float, str]] = []

    def source(self) -> str:
        """The Typst source of the page."""
        lines = [
            template_text("typst/figure.typ"),
            f"#set page(width: {self.width:.2f}pt, height: {self.height:.2f}pt)",
            *(item for _, item in sorted(self._items, key=lambda item: item[0])),
        ]
        return "\n".join(lines)

    def polyline(
        self, points: Sequence[XY], *, layer: float, ink: str, width: float, dash: Sequence[float] = ()
    ) -> None:
        """An open line through at least two points."""
        self._add(layer, f"#polyline({self._points(points)}, {_stroke(ink, width, dash)})")

    def bow(
        self, start: XY, control: XY, end: XY, *, layer: float, ink: str, width: float,
        dash: Sequence[float] = (),
    ) -> None:  # fmt: skip
        """A quadratic curve."""
        points = ", ".join(self._point(p) for p in (start, control, end))
        self._add(layer, f"#bow({points}, {_stroke(ink, width, dash)})")

    def outline(
        self, points: Sequence[XY], *, layer: float, fill: str, ink: str | None = None, width: float = 0.0
    ) -> None:
        """A closed polygon."""
        edge = f", stroke: {_stroke(ink, width)}" if ink else ""
        self._add(layer, f"#outline({self._points(points)}, fill: {_colour(fill)}{edge})")

    def disk(self, centre: XY, radius: float, *, layer: float, fill: str, ink: str, width: float) -> None:
        """A circle with its edge."""
        x, y = self._down(centre)
        self._add(layer, f"#disk({x:.2f}, {y:.2f}, {radius:.2f}, {_colour(fill)}, {_stroke(ink, width)})")

    def panel(
        self, place: Rect, *, layer: float, fill: str, ink: str | None = None, width: float = 0.0,
        radius: float = 0.0,
    ) -> None:  # fmt: skip
        """An upright rectangle, its corners rounded by `radius`."""
        x, y = self._down((place.left, place.top))
        edge = f", stroke: {_stroke(ink, width)}" if ink else ""
        size = f"{place.right - place.left:.2f}, {place.top - place.bottom:.2f}"
        corner = f", radius: {radius:g}pt" if radius else ""
        self._add(layer, f"#panel({x:.2f}, {y:.2f}, {size}, fill: {_colour(fill)}{edge}{corner})")

    def label(
        self, left: XY, text: str, *, layer: float, size: float, ink: str, turned: bool = False
    ) -> None:
        """A content of `labels` whose base line begins at `left`; `turned` writes it upwards."""
        if text:
            x, y = self._down(left)
            call = "turned-at" if turned else "label-at"
            self._add(layer, f"#{call}({x:.2f}, {y:.2f}, {size:g}, {_colour(ink)})[{text}]")

    def centred(
        self, centre: XY, text: str, *, layer: float, size: float, ink: str, turned: bool = False
    ) -> None:
        """A content whose ink is centred at a point."""
        shown = extent(text, size)
        along, across = shown.width / 2, (shown.ascent - shown.descent) / 2
        x, y = centre
        left = (x + across, y - along) if turned else (x - along, y - across)
        self.label(left, text, layer=layer, size=size, ink=ink, turned=turned)

    def head(self, tail: XY, tip: XY, length: float, half_width: float, *, layer: float, ink: str) -> None:
        """The head of an arrow that comes from `tail` and ends at `tip`."""
        (x0, y0), (x1, y1) = tail, tip
        far = math.hypot(x1 - x0, y1 - y0) or 1.0
        u, v = (x1 - x0) / far, (y1 - y0) / far
        base = x1 - length * u, y1 - length * v
        sides = [(base[0] + s * half_width * v, base[1] - s * half_width * u) for s in (1, -1)]
        self.outline([tip, *sides], layer=layer, fill=ink)

    def _add(self, layer: float, item: str) -> None:
        self._items.append((layer, item))

    def _down(self, point: XY) -> XY:
        return point[0], self.height - point[1]

    def _point(self, point: XY) -> str:
        x, y = self._down(point)
        return f"({x:.2f}, {y:.2f})"

    def _points(self, points: Iterable[XY]) -> str:
        return "(" + ", ".join(map(self._point, points)) + ",)"


def _colour(ink: str) -> str:
    return f'rgb("{ink}")'


def _stroke(ink: str, width: float, dash: Sequence[float] = ()) -> str:
    pattern = f", dash: ({', '.join(f'{part * width:.2f}pt' for part in dash)})" if dash else ""
    return f"(paint: {_colour(ink)}, thickness: {width:g}pt{pattern})"
