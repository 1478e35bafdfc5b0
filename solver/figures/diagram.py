"""Diagrams: nodes and arrows at computed places, labels moved along their arrows until they are clear."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from solver.document.figure import Diagram, DiagramEdge, DiagramNode
from solver.figures import style
from solver.figures.place import XY, Rect
from solver.figures.style import CM

_ALONG = (0.5, 0.4, 0.6, 0.32, 0.68, 0.25, 0.75, 0.2, 0.8)


@dataclass(frozen=True, slots=True)
class Shape:
    """A node on the page: centre and half-sizes in points."""

    node: DiagramNode
    text: str
    centre: XY
    half: XY

    @property
    def rect(self) -> Rect:
        return Rect.around(self.centre, 2 * self.half[0], 2 * self.half[1])

    def border(self, towards: XY) -> XY:
        """Where a line from the centre towards a point leaves the shape."""
        dx, dy = towards[0] - self.centre[0], towards[1] - self.centre[1]
        length = math.hypot(dx, dy) or 1.0
        if self.node.shape == "circle":
            reach = self.half[0] / length
        else:
            reach = min(
                self.half[0] / abs(dx) if dx else math.inf, self.half[1] / abs(dy) if dy else math.inf
            )
        return self.centre[0] + dx * reach, self.centre[1] + dy * reach


@dataclass(frozen=True, slots=True)
class Arrow:
    """A quadratic curve from border to border; `dashed` for what flows backwards."""

    start: XY
    control: XY
    end: XY
    dashed: bool = False

    def at(self, t: float) -> XY:
        s = 1 - t
        x, y = (
            s * s * a + 2 * s * t * b + t * t * c
            for a, b, c in zip(self.start, self.control, self.end, strict=True)
        )
        return x, y


def draw_diagram(spec: Diagram, terms: Mapping[str, str], lang: str) -> Any:
    """A matplotlib figure at most 16 cm wide, as high as its rows need."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Circle, FancyBboxPatch

    shapes, captions, page = _layout(spec, terms, lang)
    figure = Figure(figsize=(page[0] / 72, page[1] / 72))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, page[0])
    axes.set_ylim(0, page[1])
    axes.axis("off")

    arrows = _arrows(spec, shapes, terms, lang)
    for arrow, _ in arrows:
        _draw_arrow(axes, arrow)
    for shape in shapes.values():
        look: dict[str, Any] = {
            "facecolor": style.FILL if shape.node.filled else "white",
            "edgecolor": "black",
            "linewidth": 0.9,
            "zorder": 3,
        }
        if shape.node.shape == "circle":
            axes.add_patch(Circle(shape.centre, shape.half[0], **look))
        elif shape.node.shape == "box":
            rect = shape.rect
            axes.add_patch(
                FancyBboxPatch(
                    (rect.left + 2, rect.bottom + 2),
                    2 * shape.half[0] - 4,
                    2 * shape.half[1] - 4,
                    boxstyle="round,pad=2",
                    **look,
                )
            )
        axes.text(*shape.centre, shape.text, fontsize=style.NODE, ha="center", va="center", zorder=4)

    taken = [shape.rect for shape in shapes.values()]
    for (x, y), text in captions:
        axes.text(x, y, text, ha="center", va="center", fontsize=style.EDGE, color="#333333")
        taken.append(Rect.around((x, y), *style.extent(text, style.EDGE)))
    everything = [arrow for arrow, _ in arrows]
    for arrow, text in arrows:
        if text:
            place = _label_place(arrow, text, taken, everything)
            taken.append(place)
            axes.text(
                *place.centre,
                text,
                ha="center",
                va="center",
                fontsize=style.EDGE,
                color=style.INKS[2] if arrow.dashed else "black",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
                zorder=5,
            )
    return figure


def _layout(
    spec: Diagram, terms: Mapping[str, str], lang: str
) -> tuple[dict[str, Shape], list[tuple[XY, str]], XY]:
    """Shapes by name, captions, and the size of the page in points."""
    texts = {n.name: style.inline(n.label, terms, lang) for n in spec.nodes}
    sizes = {name: style.extent(text, style.NODE) for name, text in texts.items()}
    circles = [sizes[n.name] for n in spec.nodes if n.shape == "circle"]
    radius = max([13.0, *(math.hypot(w, h) / 2 + 3.5 for w, h in circles)])
    halves: dict[str, XY] = {}
    for node in spec.nodes:
        w, h = sizes[node.name]
        if node.shape == "circle":
            halves[node.name] = radius, radius
        elif node.shape == "box":
            halves[node.name] = max(13.0, w / 2 + 6), max(12.0, h / 2 + 6)
        else:
            halves[node.name] = w / 2 + 3, h / 2 + 3
    captions = [(x, y, style.inline(label, terms, lang)) for x, y, label in spec.captions]
    xs = [n.x for n in spec.nodes] + [x for x, _, _ in captions] or [0.0]
    ys = [n.y for n in spec.nodes] + [y for _, y, _ in captions] or [0.0]
    left = max([0.0, *(halves[n.name][0] for n in spec.nodes if n.x - min(xs) < 0.5)])
    right = max([0.0, *(halves[n.name][0] for n in spec.nodes if max(xs) - n.x < 0.5)])
    for x, _, text in captions:
        half = style.extent(text, style.EDGE)[0] / 2
        left, right = (
            max(left, half if x - min(xs) < 0.5 else 0),
            max(right, half if max(xs) - x < 0.5 else 0),
        )
    room = style.WIDTH * CM - left - right - 8
    unit_x = min(4.0 * CM, room / (max(xs) - min(xs))) if max(xs) > min(xs) else 4.0 * CM
    tall = max([2 * half[1] for half in halves.values()], default=20.0)
    labelled = any(edge.label or edge.back_label for edge in spec.edges)
    least = tall + (16 if labelled else 6)
    unit_y = max(least, min(1.9 * CM, 13 * CM / max(1e-9, max(ys) - min(ys))))
    edge = max([half[1] for half in halves.values()], default=10.0) + 5
    if any(e.backward for e in spec.edges):
        edge += 14
    width = left + right + 8 + unit_x * (max(xs) - min(xs))
    height = 2 * edge + unit_y * (max(ys) - min(ys))

    def place(x: float, y: float) -> XY:
        return left + 4 + (x - min(xs)) * unit_x, edge + (y - min(ys)) * unit_y

    shapes = {n.name: Shape(n, texts[n.name], place(n.x, n.y), halves[n.name]) for n in spec.nodes}
    return shapes, [(place(x, y), text) for x, y, text in captions], (width, height)


def _arrows(
    spec: Diagram, shapes: Mapping[str, Shape], terms: Mapping[str, str], lang: str
) -> list[tuple[Arrow, str]]:
    found = []
    pairs: dict[frozenset[str], int] = {}
    for edge in spec.edges:
        source, target = shapes[edge.source], shapes[edge.target]
        twin = pairs.get(frozenset((edge.source, edge.target)), 0)
        pairs[frozenset((edge.source, edge.target))] = twin + 1
        bend = _bend(edge, shapes) + (22.0 * ((twin + 1) // 2) * (1 if twin % 2 else -1))
        if edge.backward:
            bend += 9.0
        found.append((_arrow(source, target, bend, False), style.inline(edge.label, terms, lang)))
        if edge.backward:
            back = _arrow(target, source, 9.0 - _bend(edge, shapes), True)
            found.append((back, style.inline(edge.back_label, terms, lang)))
    return found


def _arrow(source: Shape, target: Shape, bend: float, dashed: bool) -> Arrow:
    """An arrow that passes `bend` points to the left of the straight line at its middle."""
    (x0, y0), (x1, y1) = source.centre, target.centre
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    normal = -(y1 - y0) / length, (x1 - x0) / length
    control = (x0 + x1) / 2 + 2 * bend * normal[0], (y0 + y1) / 2 + 2 * bend * normal[1]
    return Arrow(source.border(control), control, target.border(control), dashed)


def _bend(edge: DiagramEdge, shapes: Mapping[str, Shape]) -> float:
    """How far the arrow must swing out to pass beside the nodes that stand on its straight line."""
    (x0, y0), (x1, y1) = shapes[edge.source].centre, shapes[edge.target].centre
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    need = 0.0
    for name, shape in shapes.items():
        if name in (edge.source, edge.target):
            continue
        x, y = shape.centre
        along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length
        off = ((x - x0) * -(y1 - y0) + (y - y0) * (x1 - x0)) / length
        reach = max(shape.half) + 6
        if 0 < along < length and abs(off) < reach:
            need = max(need, reach + off + 4)
    return need


def _label_place(arrow: Arrow, text: str, taken: list[Rect], arrows: list[Arrow]) -> Rect:
    """The first place along the arrow where its label covers no node and no label, else the clearest."""
    width, height = style.extent(text, style.EDGE)
    others = [a.at(k / 24) for a in arrows if a is not arrow for k in range(25)]
    best: tuple[float, Rect] | None = None
    for rank, t in enumerate(_ALONG):
        place = Rect.around(arrow.at(t), width + 3, height + 3)
        cost = sum(200 + place.overlap(other) for other in taken if place.overlap(other) > 0)
        cost += 8 * min(5, sum(place.holds(point) for point in others)) + 2 * rank
        if best is None or cost < best[0]:
            best = cost, place
    assert best is not None
    return best[1]


def _draw_arrow(axes: Any, arrow: Arrow) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    path = Path([arrow.start, arrow.control, arrow.end], [Path.MOVETO, Path.CURVE3, Path.CURVE3])
    axes.add_patch(
        FancyArrowPatch(
            path=path,
            arrowstyle="-|>,head_length=4.2,head_width=1.9",
            mutation_scale=1,
            color=style.INKS[2] if arrow.dashed else "#333333",
            linewidth=0.8,
            linestyle=(0, (3.5, 2)) if arrow.dashed else "-",
            shrinkA=0,
            shrinkB=0.5,
            zorder=2,
        )
    )
