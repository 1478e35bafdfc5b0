"""Figure specifications: plain data that says what to draw, drawn elsewhere in another process.

All labels are either mathematics between dollars (`$w^{(0)}$`) or the key of a term of the language
(`minimum`, `iterates`), never a sentence: the drawing resolves keys with the terms of the language.
Coordinates are floats: a figure shows, it proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """A polyline. `style` is solid, dashed, dotted or dashdot, so that it reads in black and white.

    A None in `points` breaks the line (a pole, a jump).
    """

    points: tuple[Point | None, ...]
    label: str | None = None
    style: str = "solid"


@dataclass(frozen=True, slots=True)
class Marks:
    """Points of one sort. `marker` is disk, circle, ring, square, triangle, cross or diamond; `joined` draws
    arrows from each to the next; `notes` writes a label beside each point (empty text for none)."""

    points: tuple[Point, ...]
    label: str | None = None
    marker: str = "disk"
    joined: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """One set of axes. `horizontals` and `verticals` are thin reference lines (asymptotes, bounds),
    `contours` level curves, thin and without a name."""

    curves: tuple[Curve, ...] = ()
    marks: tuple[Marks, ...] = ()
    title: str | None = None
    x_label: str | None = None
    y_label: str | None = None
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    log_y: bool = False
    horizontals: tuple[float, ...] = ()
    verticals: tuple[float, ...] = ()
    contours: tuple[Curve, ...] = ()


@dataclass(frozen=True, slots=True)
class Plot:
    """Panels laid out in rows of `columns`."""

    panels: tuple[Panel, ...]
    columns: int = 1


@dataclass(frozen=True, slots=True)
class DiagramNode:
    """A node at (x, y) in node units (1: from a column to the next); `shape` is circle, box or plain.

    `filled` greys it (inputs, say)."""

    name: str
    label: str
    x: float
    y: float
    shape: str = "circle"
    filled: bool = False


@dataclass(frozen=True, slots=True)
class DiagramEdge:
    """An arrow `source` → `target`; `backward` adds a dashed arrow back with `back_label` (an adjoint)."""

    source: str
    target: str
    label: str = ""
    backward: bool = False
    back_label: str = ""


@dataclass(frozen=True, slots=True)
class Diagram:
    """A drawing of nodes and arrows at computed places. `captions` are (x, y, label) texts (layer names)."""

    nodes: tuple[DiagramNode, ...]
    edges: tuple[DiagramEdge, ...]
    captions: tuple[tuple[float, float, str], ...] = ()


FigureSpec = Plot | Diagram
