"""Diagrams: nodes and arrows at computed places, labels moved along their arrows until they are clear."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from solver.document.figure import Diagram, DiagramEdge, DiagramNode
from solver.figures import style
from solver.figures.canvas import WHITE, Canvas
from solver.figures.codec import labels
from solver.figures.labels import content, extent, measure
from solver.figures.place import XY, Rect
from solver.figures.style import CM

_BLACK, _DARK = "#000000", "#333333"
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


def draw_diagram(spec: Diagram, terms: Mapping[str, str], lang: str) -> Canvas:
    """The diagram on a page at most 16 cm wide, as high as its rows need."""

    def say(label: str) -> str:
        return content(label, terms, lang)

    measure(map(say, labels(spec)))
    shapes, captions, page = _layout(spec, say)
    canvas = Canvas(*page)
    arrows = _arrows(spec, shapes, say)
    for arrow, _ in arrows:
        _draw_arrow(canvas, arrow)
    for shape in shapes.values():
        fill = style.FILL if shape.node.filled else WHITE
        if shape.node.shape == "circle":
            canvas.disk(shape.centre, shape.half[0], layer=3, fill=fill, ink=_BLACK, width=0.9)
        elif shape.node.shape == "box":
            canvas.panel(shape.rect, layer=3, fill=fill, ink=_BLACK, width=0.9, radius=2)
        canvas.centred(shape.centre, shape.text, layer=4, size=style.NODE, ink=_BLACK)

    taken = [shape.rect for shape in shapes.values()]
    for centre, text in captions:
        canvas.centred(centre, text, layer=4, size=style.EDGE, ink=_DARK)
        shown = extent(text, style.EDGE)
        taken.append(Rect.around(centre, shown.width, shown.height))
    everything = [arrow for arrow, _ in arrows]
    for arrow, text in arrows:
        if text:
            place = _label_place(arrow, text, taken, everything)
            taken.append(place)
            canvas.panel(place, layer=5, fill=WHITE)
            ink = style.INKS[2] if arrow.dashed else _BLACK
            canvas.centred(place.centre, text, layer=5, size=style.EDGE, ink=ink)
    return canvas


def _layout(spec: Diagram, say: Callable[[str], str]) -> tuple[dict[str, Shape], list[tuple[XY, str]], XY]:
    """Shapes by name, captions, and the size of the page in points."""
    texts = {n.name: say(n.label) for n in spec.nodes}
    sizes = {name: _size(text, style.NODE) for name, text in texts.items()}
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
    captions = [(x, y, say(label)) for x, y, label in spec.captions]
    xs = [n.x for n in spec.nodes] + [x for x, _, _ in captions] or [0.0]
    ys = [n.y for n in spec.nodes] + [y for _, y, _ in captions] or [0.0]
    left = max([0.0, *(halves[n.name][0] for n in spec.nodes if n.x - min(xs) < 0.5)])
    right = max([0.0, *(halves[n.name][0] for n in spec.nodes if max(xs) - n.x < 0.5)])
    for x, _, text in captions:
        half = extent(text, style.EDGE).width / 2
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


def _arrows(spec: Diagram, shapes: Mapping[str, Shape], say: Callable[[str], str]) -> list[tuple[Arrow, str]]:
    found = []
    pairs: dict[frozenset[str], int] = {}
    for edge in spec.edges:
        source, target = shapes[edge.source], shapes[edge.target]
        twin = pairs.get(frozenset((edge.source, edge.target)), 0)
        pairs[frozenset((edge.source, edge.target))] = twin + 1
        bend = _bend(edge, shapes) + (22.0 * ((twin + 1) // 2) * (1 if twin % 2 else -1))
        if edge.backward:
            bend += 9.0
        found.append((_arrow(source, target, bend, False), say(edge.label)))
        if edge.backward:
            back = _arrow(target, source, 9.0 - _bend(edge, shapes), True)
            found.append((back, say(edge.back_label)))
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


def _size(text: str, size: float) -> XY:
    """Width and height of a label, never lower than a capital."""
    shown = extent(text, size)
    return shown.width, max(shown.height, 0.7 * size)


def _label_place(arrow: Arrow, text: str, taken: list[Rect], arrows: list[Arrow]) -> Rect:
    """The first place along the arrow where its label covers no node and no label, else the clearest."""
    width, height = _size(text, style.EDGE)
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


def _draw_arrow(canvas: Canvas, arrow: Arrow) -> None:
    ink = style.INKS[2] if arrow.dashed else _DARK
    dash = (4.4, 2.5) if arrow.dashed else ()
    (x0, y0), (x1, y1) = arrow.control, arrow.end
    far = math.hypot(x1 - x0, y1 - y0) or 1.0
    tip = x1 - 0.5 * (x1 - x0) / far, y1 - 0.5 * (y1 - y0) / far
    neck = x1 - 3.5 * (x1 - x0) / far, y1 - 3.5 * (y1 - y0) / far  # the line ends inside the head
    canvas.bow(arrow.start, arrow.control, neck, layer=2, ink=ink, width=0.8, dash=dash)
    canvas.head(arrow.control, tip, 4.6, 1.9, layer=2, ink=ink)
