"""Level curves of a function in a window, on a grid that is refined where a curve may pass.

A cell is cut in four as long as a level lies between its values at nine points, widened by what the function
may bend between them (its second differences there): a valley far narrower than a cell is not lost. The cells
that are left have one size, so that neighbours share their corners and the curves have no gaps; they are cut
until f is nearly affine in almost all of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from math import hypot, isfinite

from solver.document.figure import Curve, Point

COARSE = 16
"""Cells along each side at first."""
CUTS = 7
"""How often a cell is cut at most: a side ends with COARSE · 2^CUTS cells."""
FEWEST_CUTS = 3
MOST_CELLS = 40_000
MOST_POINTS = 20_000
"""Beyond, the page would be black: no curve is drawn."""
BENT, FEW = 1 / 4, 1 / 50
"""A cell is bent where f bends in it by more than this share of its range; so many cells may stay so."""
TANGLED, RARE = 1 / 2, 1 / 20
"""The same for a curve: where more of the cells that it crosses are so bent its shape is not known, and it is
not drawn.
"""
TOLERANCE = 1 / 4000
"""How far a drawn curve may be from the one found, in sides of the window."""
LEVELS = 9

Height = Callable[[float, float], float]
Node = tuple[int, int]
Cell = tuple[int, int]
_NINE = tuple((i, j) for i in range(3) for j in range(3))
_TRIANGLES = tuple(t for c in (0, 1, 3, 4) for t in ((c, c + 3, c + 4), (c, c + 1, c + 4)))
"""The two triangles of each of the four squares between nine points."""


class Grid:
    """The values of a function at the nodes of the finest grid of a window, computed where asked for."""

    def __init__(self, height: Height, across: Point, up: Point) -> None:
        self.height, self.across, self.up = height, across, up
        self.side = COARSE * 2**CUTS
        self.known: dict[Node, float] = {}

    def place(self, i: float, j: float) -> Point:
        """The point of a node."""
        (left, right), (bottom, top) = self.across, self.up
        return left + (right - left) * i / self.side, bottom + (top - bottom) * j / self.side

    def value(self, node: Node) -> float:
        found = self.known.get(node)
        if found is None:
            found = self.known[node] = self.height(*self.place(*node))
        return found

    def nine(self, cell: Cell, size: int) -> list[float]:
        """The values at the corners, the middles of the sides and the centre of a cell."""
        half = size // 2
        return [self.value((cell[0] + i * half, cell[1] + j * half)) for i, j in _NINE]


def level_curves(height: Height, across: Point, up: Point, seen: Sequence[float]) -> tuple[Curve, ...]:
    """Level curves of f in a window, closer together where f is low.

    `seen` are values of f on the path; the levels go from the lowest value known to a little above the
    highest of them. None where they would be too many to be told apart.
    """
    grid = Grid(height, across, up)
    size = 2**CUTS
    cells = [(i * size, j * size) for i in range(COARSE) for j in range(COARSE)]
    finite = [z for cell in cells for z in grid.nine(cell, size) if isfinite(z)]
    if not finite:
        return ()
    path = [z for z in seen if isfinite(z)]
    low = min([*finite, *path])
    high = max(path or finite)
    if not high > low:
        high = max(finite)
    levels = [low + (high - low) * 1.6 * (n / LEVELS) ** 2 for n in range(1, LEVELS + 1)]
    curves = []
    for cuts in _cuts(grid, *_refined(grid, cells, size, levels), levels):
        points: list[Point | None] = []
        for line in _joined(cuts):
            points += [*(grid.place(*p) for p in _thinned(line, TOLERANCE * grid.side)), None]
        if points:
            curves.append(Curve(tuple(points)))
    return tuple(curves) if sum(len(c.points) for c in curves) <= MOST_POINTS else ()


def _refined(
    grid: Grid, cells: Sequence[Cell], size: int, levels: Sequence[float]
) -> tuple[Sequence[Cell], int]:
    """The small cells that may hold a level, with their size; none where f is too wild for such a grid."""
    while size > 2:
        nines = [(cell, grid.nine(cell, size)) for cell in cells]
        held = [(cell, nine) for cell, nine in nines if _may_hold(nine, levels)]
        bent = sum(_is_bent(nine, BENT) for _, nine in held)
        done = size <= 2 ** (CUTS - FEWEST_CUTS) and bent <= FEW * len(held)
        if done or 4 * len(held) > MOST_CELLS:
            return [cell for cell, _ in held] if 2 * bent < len(held) else [], size
        size //= 2
        cells = [(i + a, j + b) for (i, j), _ in held for a in (0, size) for b in (0, size)]
    return cells, size


def _bend(nine: Sequence[float]) -> float:
    """How far a function with these values at nine points of a cell may leave their range inside it: half the
    largest second difference of a row, a column or a diagonal.
    """
    a, b, c, d, e, f, g, h, i = nine
    return max(
        abs(a - 2 * b + c), abs(d - 2 * e + f), abs(g - 2 * h + i), abs(a - 2 * d + g), abs(b - 2 * e + h),
        abs(c - 2 * f + i), abs(a - 2 * e + i), abs(c - 2 * e + g),
    ) / 2  # fmt: skip


def _is_bent(nine: Sequence[float], share: float) -> bool:
    """Whether f is far from affine in a cell; not said of a cell on the edge of its domain."""
    return _bend(nine) > share * (max(nine) - min(nine))


def _may_hold(nine: Sequence[float], levels: Sequence[float]) -> bool:
    """Whether a level may be reached in a cell; a cell on the edge of the domain of f always may."""
    if not isfinite(sum(nine)):
        return any(map(isfinite, nine))
    bend = _bend(nine)
    at = bisect_left(levels, min(nine) - bend)
    return at < len(levels) and levels[at] <= max(nine) + bend


def _cuts(
    grid: Grid, cells: Sequence[Cell], size: int, levels: Sequence[float]
) -> list[list[tuple[Point, Point]]]:
    """For each level, where it crosses the triangles between the nine points of each cell, as segments in
    units of the grid.
    """
    found: list[list[tuple[Point, Point]]] = [[] for _ in levels]
    crossed, bent = [0] * len(levels), [0] * len(levels)
    half = size // 2
    for i, j in cells:
        nine = grid.nine((i, j), size)
        points = [((i + a * half, j + b * half), z) for (a, b), z in zip(_NINE, nine, strict=True)]
        finite = [z for z in nine if isfinite(z)]
        is_bent = _is_bent(nine, TANGLED)
        for n in range(bisect_left(levels, min(finite)), bisect_left(levels, max(finite))) if finite else ():
            crossed[n] += 1
            bent[n] += is_bent
            for triangle in _TRIANGLES:
                found[n] += _cut([points[c] for c in triangle], levels[n])
    return [cuts if b <= RARE * c else [] for cuts, b, c in zip(found, bent, crossed, strict=True)]


def _cut(triangle: Sequence[tuple[Node, float]], level: float) -> list[tuple[Point, Point]]:
    """Where a level crosses a triangle: a segment, or nothing."""
    first, second, third = triangle
    if not isfinite(first[1] + second[1] + third[1]):
        return []
    ends = [
        _between(p, q, level)
        for p, q in ((first, second), (second, third), (first, third))
        if (p[1] < level) != (q[1] < level)
    ]
    return [(ends[0], ends[1])] if len(ends) == 2 else []


def _between(p: tuple[Node, float], q: tuple[Node, float], level: float) -> Point:
    if q < p:  # the same point, to the last bit, from both triangles of an edge
        p, q = q, p
    share = (level - p[1]) / (q[1] - p[1])
    return p[0][0] + share * (q[0][0] - p[0][0]), p[0][1] + share * (q[0][1] - p[0][1])


def _joined(cuts: Sequence[tuple[Point, Point]]) -> Iterator[list[Point]]:
    """The segments end to end."""
    ends: dict[Point, list[int]] = {}
    for n, cut in enumerate(cuts):
        for end in cut:
            ends.setdefault(end, []).append(n)
    left = set(range(len(cuts)))

    def follow(here: Point) -> Iterator[Point]:
        while (n := next((n for n in ends[here] if n in left), None)) is not None:
            left.discard(n)
            first, second = cuts[n]
            here = second if first == here else first
            yield here

    open_ends = [end for end, touching in ends.items() if len(touching) == 1]
    for start in (*open_ends, *(cut[0] for cut in cuts)):
        line = list(follow(start))
        if line:
            yield [start, *line]


def _thinned(line: Sequence[Point], tolerance: float) -> list[Point]:
    """The line with as few of its points as keep it within a tolerance (Ramer, Douglas, Peucker)."""
    kept = {0, len(line) - 1}
    spans = [(0, len(line) - 1)]
    while spans:
        first, last = spans.pop()
        (x, y), (u, v) = line[first], line[last]
        length = hypot(u - x, v - y)

        def away(
            p: Point, x: float = x, y: float = y, u: float = u, v: float = v, length: float = length
        ) -> float:
            if length == 0:  # a closed curve
                return hypot(p[0] - x, p[1] - y)
            return abs((u - x) * (p[1] - y) - (v - y) * (p[0] - x)) / length

        farthest = max(range(first + 1, last), key=lambda n: away(line[n]), default=first)
        if farthest > first and away(line[farthest]) > tolerance:
            kept.add(farthest)
            spans += [(first, farthest), (farthest, last)]
    return [line[n] for n in sorted(kept)]
