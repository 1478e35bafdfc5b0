"""Drawings of runs: the path in the plane over level curves of f, or on the curve of f of one variable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite

from solver.descent.compiled import FLOATS
from solver.descent.outcome import Run
from solver.descent.updates import Iterate, to_fraction
from solver.document.figure import Curve, Marks, Panel
from solver.expression.latex import latex
from solver.questions.level_curves import Height, level_curves

SAMPLES = 160
FAR = 6.0
"""A run is drawn until it is this many times farther from its start than its start is from 0."""


def float_points(iterates: Sequence[Iterate]) -> list[tuple[float, ...]]:
    """The iterates for drawing, up to the first that no float holds."""
    found = []
    for it in iterates:
        try:
            point = tuple(float(to_fraction(x)) for x in it.point)
        except OverflowError:
            break
        found.append(point)
    return found


def run_panel(
    run: Run,
    paths: Sequence[tuple[str | None, Sequence[Iterate]]],
    limits: Sequence[tuple[float, ...]],
    name: str,
) -> Panel:
    """The paths, each under its label, with the limits that are known."""
    value = run.derivatives.compiled(run.problem.expression, FLOATS)

    def height(*point: float) -> float:
        try:
            found = float(value(point))
        except (ArithmeticError, ValueError):
            return float("nan")
        return found

    runs = [(label, float_points(iterates)) for label, iterates in paths]
    if run.size == 1:
        return _on_curve(run, runs, limits, name, height)
    return _in_plane(run, runs, limits, height)


def _box(values: Sequence[float], margin: float = 0.15) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = margin * (high - low) or 0.5 * max(1.0, abs(low))
    return low - room, high + room


def kept(points: Sequence[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """The points of a run up to where it goes far away from its start."""
    start = points[0]
    size = max((abs(a - b) for p in points[:4] for a, b in zip(p, start, strict=True)), default=0.0)
    scale = max(size, *(abs(x) for x in start), 1.0)
    near = []
    for p in points:
        if any(abs(a - b) > FAR * scale for a, b in zip(p, start, strict=True)):
            break
        near.append(p)
    return near


def _on_curve(
    run: Run,
    runs: Sequence[tuple[str | None, Sequence[tuple[float, ...]]]],
    limits: Sequence[tuple[float, ...]],
    name: str,
    height: Callable[..., float],
) -> Panel:
    shown = [(label, kept(points)) for label, points in runs]
    low, high = _box([p[0] for _, points in shown for p in points] + [p[0] for p in limits], 0.25)
    xs = [low + (high - low) * i / SAMPLES for i in range(SAMPLES + 1)]
    curve = tuple((x, y) if isfinite(y := height(x)) else None for x in xs)
    x_name = latex(run.problem.variables[0])
    marks = _marks(run, shown, limits, lambda p: (p[0], height(*p)))
    return Panel(
        curves=(Curve(curve, f"${name}$"),),
        marks=marks,
        x_label=f"${x_name}$",
        y_label=f"${name}({x_name})$",
        x_range=(low, high),
    )


_MARKERS = ("disk", "circle", "ring", "cross")
"""Signs that are told apart where one hides another, without colours too."""


def _marks(
    run: Run,
    shown: Sequence[tuple[str | None, Sequence[tuple[float, ...]]]],
    limits: Sequence[tuple[float, ...]],
    place: Callable[[tuple[float, ...]], tuple[float, float]],
) -> tuple[Marks, ...]:
    """The iterates of every run, joined in order, and the limits; `place` says where a point is drawn."""
    found = [
        Marks(
            tuple(map(place, points)),
            label or "iterates",
            _MARKERS[i % 4],
            True,
            _notes(run, points) if len(shown) == 1 else (),
        )
        for i, (label, points) in enumerate(shown)
    ]
    if limits:
        found.append(Marks(tuple(map(place, limits)), "limit", "triangle"))
    return tuple(found)


def _notes(run: Run, points: Sequence[object]) -> tuple[str, ...]:
    from solver.descent.wording import point_name

    name = point_name(run.problem.variables)
    return tuple(f"${name}^{{({k})}}$" if k < 3 else "" for k in range(len(points)))


def _in_plane(
    run: Run,
    runs: Sequence[tuple[str | None, Sequence[tuple[float, ...]]]],
    limits: Sequence[tuple[float, ...]],
    height: Height,
) -> Panel:
    shown = [(label, kept(points)) for label, points in runs]
    every = [p for _, points in shown for p in points] + list(limits)
    across, up = _box([p[0] for p in every]), _box([p[1] for p in every])
    marks = _marks(run, shown, limits, lambda p: (p[0], p[1]))
    x_name, y_name = (f"${latex(v)}$" for v in run.problem.variables)
    return Panel(
        marks=marks,
        contours=level_curves(height, across, up, [height(p[0], p[1]) for p in every]),
        x_label=x_name,
        y_label=y_name,
        x_range=across,
        y_range=up,
    )
