"""Forward mode over the equations of a layer: what moves at the outputs when one entry moves.

Every entry of a node is given a dual part in turn and the equations after it are run. No rule is used here.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flint import arb, fmpq

from solver.derivation.duals import Dual, add, multiply
from solver.layer.model import Layer
from solver.layer.reverse import gradient_name
from solver.layer.shapes import SCALAR
from solver.layer.tree import Name
from solver.layer.values import Grid, Numbers, evaluate, total

_NARROW = 2**-60
HUGE = 60
"""From this number of inputs and equations on, the layer is not run whole for every entry."""


class Blurred(ArithmeticError):
    """Two balls meet and are too wide to be called equal."""


@dataclass(frozen=True)
class Sample:
    """Numbers of the forward pass, and what every active node receives by forward mode."""

    at: Numbers
    received: dict[str, Grid]


def worked(layer: Layer, nodes: Iterable[Name], given: Numbers) -> Sample:
    """The forward pass from `given` (the inputs, and dY where an output Y is no number), and what each node
    receives. Raises Undefined or ZeroDivisionError outside the domain."""
    at = _run(layer, given, 0)
    received = {node.name: _received(layer, node, at) for node in nodes}
    gradients = {"d" + name: grid for name, grid in received.items()}
    return Sample(Numbers({**at.grids, **gradients}, given.sizes), received)


def is_huge(layer: Layer) -> bool:
    """Whether a layer is too long to run it whole for every entry."""
    return len(layer.inputs) + len(layer.equations) >= HUGE


def chained(layer: Layer, nodes: Sequence[Name], given: Numbers) -> Sample:
    """The same for a long layer: the slopes of each equation by forward mode, put together by the chain rule.

    `nodes` go from the outputs back. The whole is run with duals once for every input, in one direction.
    """
    at = _run(layer, given, 0)
    received: dict[str, Grid] = {}
    outputs = {output.name: output for output in layer.outputs}
    for node in nodes:
        grid = at.grids[node.name]
        uses = [
            e for e in layer.equations if e.target.name in received and node.name in e.expression.mentions
        ]
        line: Grid = []
        for i, row in enumerate(grid):
            line.append([])
            for j in range(len(row)):
                moved = at.moving(node.name, seeded(grid, i, j))
                parts = [moved_by(evaluate(e.expression, moved), received[e.target.name]) for e in uses]
                if node.name in outputs:
                    weights = at.grids.get(gradient_name(node).name)
                    parts.append(fmpq(1) if weights is None else weights[i][j])
                line[-1].append(total(parts))
        received[node.name] = line
    for name in layer.inputs:
        if name.name in received and not _one_direction(layer, name, at, received[name.name]):
            raise Blurred
    gradients = {"d" + name: grid for name, grid in received.items()}
    return Sample(Numbers({**at.grids, **gradients}, given.sizes), received)


def _one_direction(layer: Layer, node: Name, at: Numbers, received: Grid) -> bool:
    """Whether Σ direction · received is what moves at the outputs when the node moves along the direction."""
    source = random.Random(node.name)
    grid = at.grids[node.name]
    ways = [[fmpq(source.randrange(1, 9)) for _ in row] for row in grid]
    marked = [[Dual(1, x, w) for x, w in zip(r, s, strict=True)] for r, s in zip(grid, ways, strict=True)]
    found = _slope(layer, _run(layer, at.moving(node.name, marked), 0))
    expected = total(
        multiply(w, g) for r, s in zip(ways, received, strict=True) for w, g in zip(r, s, strict=True)
    )
    return meet(found, expected) is True


def _run(layer: Layer, at: Numbers, start: int) -> Numbers:
    for equation in layer.equations[start:]:
        if at.moved and at.moved.isdisjoint(equation.expression.mentions):
            continue
        rows, columns = (dim.value(at.sizes) for dim in equation.target.of)
        grid = evaluate(equation.expression, at)
        assert (len(grid), len(grid[0])) == (rows, columns)
        add_name = at.moving if at.moved else at.with_
        at = add_name(equation.target.name, grid)
    return at


def _received(layer: Layer, node: Name, at: Numbers) -> Grid:
    """∂L/∂(entry) for every entry of the node, where L = Σ dY ⊙ Y over the outputs (or the loss itself)."""
    targets = [equation.target.name for equation in layer.equations]
    start = targets.index(node.name) + 1 if node.name in targets else 0
    grid = at.grids[node.name]
    found: Grid = []
    for i, row in enumerate(grid):
        line: list[Any] = []
        for j in range(len(row)):
            moved = _run(layer, at.moving(node.name, seeded(grid, i, j)), start)
            line.append(_slope(layer, moved))
        found.append(line)
    return found


def seeded(grid: Grid, i: int, j: int) -> Grid:
    """The entries, that in row i and column j with slope 1."""
    return [
        [Dual(1, x, fmpq(1)) if (r, c) == (i, j) else x for c, x in enumerate(row)]
        for r, row in enumerate(grid)
    ]


def _slope(layer: Layer, moved: Numbers) -> Any:
    total: Any = fmpq(0)
    for output in layer.outputs:
        weights = None if output.of == SCALAR else moved.grids[gradient_name(output).name]
        total = add(total, moved_by(moved.grids[output.name], weights))
    return total


def moved_by(grid: Grid, weights: Grid | None) -> Any:
    """Σ weight · slope over the entries."""
    total: Any = fmpq(0)
    for i, row in enumerate(grid):
        for j, entry in enumerate(row):
            if isinstance(entry, Dual):
                total = add(total, multiply(fmpq(1) if weights is None else weights[i][j], entry.slope))
    return total


def agree(a: Any, b: Any) -> bool:
    """Equal exactly, or two narrow balls that meet."""
    return meet(a, b) is True


def meet(a: Any, b: Any) -> bool | None:
    """The same, None where the balls are too wide to tell."""
    if isinstance(a, fmpq) and isinstance(b, fmpq):
        return bool(a == b)
    gap = arb(a) - arb(b)
    if not gap.is_finite():
        return None
    if not gap.contains(0):
        return False
    return True if gap.rad() <= _NARROW * abs(arb(b)).max(arb(1)) else None
