"""Drawings of descents: iterates on the curve, distances on a logarithmic scale, runs from several starts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import isfinite

from solver.descent.critical import Landscape
from solver.descent.polynomial import Polynomial, fraction
from solver.document.figure import Curve, Marks, Panel, Plot, Point

SAMPLES = 160


def as_float(x: Fraction) -> float:
    """The nearest float; infinite where there is none."""
    try:
        return float(x)
    except OverflowError:
        return float("inf") if x > 0 else float("-inf")


def float_values(poly: Polynomial, at: Sequence[float]) -> list[float]:
    """p at floats, for drawing."""
    coefficients = [float(fraction(c)) for c in reversed(poly.coeffs())]
    found = []
    for x in at:
        total = 0.0
        for c in coefficients:
            total = total * x + c
        found.append(total)
    return found


def window(scape: Landscape, shown: Iterable[float]) -> tuple[float, float]:
    """A range of abscissae that shows the critical points and the points of `shown` that are not far off."""
    anchors = [float(p.point) for p in scape.points]
    points = [x for x in shown if isfinite(x)]
    anchors += points[:1]
    low, high = min(anchors or [0.0]), max(anchors or [0.0])
    spread = max(high - low, 1.0)
    near = [x for x in points if low - spread / 2 <= x <= high + spread / 2]
    low, high = min([low, *near]), max([high, *near])
    margin = 0.15 * max(high - low, 1.0)
    return low - margin, high + margin


def curve_of(scape: Landscape, low: float, high: float) -> Curve:
    """The graph of f between two abscissae."""
    poly = scape.objective.polynomial
    assert poly is not None
    xs = [low + (high - low) * i / SAMPLES for i in range(SAMPLES + 1)]
    return Curve(tuple(zip(xs, float_values(poly, xs), strict=True)), f"${scape.objective.name}$")


def descent_panel(scape: Landscape, points: Sequence[float], title: str | None = None) -> Panel:
    """The curve with the iterates that fit in the window, joined in order; the first few are named."""
    poly = scape.objective.polynomial
    assert poly is not None
    low, high = window(scape, points)
    kept: list[float] = []
    for x in points:
        if not low <= x <= high:
            break
        kept.append(x)
    marks: list[Marks] = []
    if kept:
        placed: tuple[Point, ...] = tuple(zip(kept, float_values(poly, kept), strict=True))
        notes = tuple(f"$w^{{({k})}}$" if k < 3 else "" for k in range(len(placed)))
        marks.append(Marks(placed, "iterates", "disk", True, notes))
    marks += critical_marks(scape, low, high)
    x_name = scape.objective.variable.latex or scape.objective.variable.name
    return Panel(
        curves=(curve_of(scape, low, high),),
        marks=tuple(marks),
        title=title,
        x_label=f"${x_name}$",
        y_label=f"${scape.objective.name}({x_name})$",
        x_range=(low, high),
        y_range=heights(scape, kept),
    )


def heights(scape: Landscape, shown: Sequence[float]) -> tuple[float, float] | None:
    """A range of ordinates that shows the critical points and the points of `shown`; None where they
    are too few.
    """
    poly = scape.objective.polynomial
    assert poly is not None
    values = [float(p.value) for p in scape.points] + float_values(poly, shown)
    low, high = min(values, default=0.0), max(values, default=0.0)
    if not high > low:
        return None
    margin = 0.2 * (high - low)
    return low - margin, high + margin


def critical_marks(scape: Landscape, low: float, high: float) -> list[Marks]:
    """The critical points in the window, a marker for each nature."""
    shown = []
    markers = (("minimum", "triangle", scape.minima), ("maximum", "square", scape.maxima))
    for nature, marker, points in (*markers, ("inflection", "diamond", scape.inflections)):
        placed = tuple((float(p.point), float(p.value)) for p in points if low <= float(p.point) <= high)
        if placed:
            shown.append(Marks(placed, nature, marker))
    return shown


def distances(runs: Sequence[tuple[Fraction, Sequence[float]]], most: int = 60) -> Plot:
    """|w⁽ᵏ⁾ − w*| against k on a logarithmic scale, one curve a rate."""
    styles = ("solid", "dashed", "dotted", "dashdot")
    curves = []
    for i, (rate, gaps) in enumerate(runs):
        points: list[Point | None] = [
            (float(k), gap) for k, gap in enumerate(gaps[: most + 1]) if 1e-12 < gap < 1e3
        ]
        curves.append(Curve(tuple(points), rf"$\alpha = {float(rate):g}$", styles[i % len(styles)]))
    return Plot((Panel(curves=tuple(curves), x_label="$k$", y_label=r"$|w^{(k)} - w^*|$", log_y=True),))
