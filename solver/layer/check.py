"""Each gradient against forward mode, entry by entry, for small sizes that include 1.

Every entry of a node is given a dual part in turn; the equations after it are run; what moves at the outputs
says what the entry receives. The formulas are then evaluated and compared.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq

from solver.derivation.duals import Dual, Undefined, add, multiply
from solver.errors import CheckFailed
from solver.layer.model import Adjoint, Backward, Check, Layer
from solver.layer.reverse import gradient_name
from solver.layer.shapes import SCALAR, letters
from solver.layer.tree import Matrix, Name, Spread, Sum
from solver.layer.values import Grid, Numbers, evaluate

BITS = (192, 768, 3072)
"""Binary digits of the balls; more where the first are too wide to tell."""
_NARROW = 2**-60
_RANGES = ((-2, 2), (0, 1), (1, 4))
_TRIES = 6
MANY_INPUTS = 7
"""From here on the sizes that are tried are smaller."""
HUGE = 60
"""From this number of inputs and equations on, two sizes are tried: every letter 1, and 2 or 3."""


class Blurred(ArithmeticError):
    """Two balls meet and are too wide to be called equal."""


@dataclass(frozen=True)
class Sample:
    """Numbers of the forward pass, and what every active node receives by forward mode."""

    at: Numbers
    received: dict[str, Grid]


def checked(found: Backward) -> Backward:
    """The same with its checks. Raises CheckFailed where a formula is wrong, with sizes and entry."""
    before = ctx.prec
    try:
        for bits in BITS:
            ctx.prec = bits
            with suppress(Blurred):
                return replace(found, checks=tuple(_checks(found)))
    finally:
        ctx.prec = before
    return replace(found, checks=(Check("values too wide to compare", found.layer.outputs[0], 0, None),))


def _checks(found: Backward) -> Iterator[Check]:
    layer = found.layer
    samples = [s for s in (_sample(layer, found.adjoints, sizes) for sizes in small_sizes(layer)) if s]
    for adjoint in found.adjoints:
        if adjoint.tidy == gradient_name(adjoint.node):
            continue  # what is received is given
        yield _check(f"d{adjoint.node.name}", adjoint.node, adjoint.tidy, samples)
        for consumer, gradient in _by_consumer(adjoint):
            if gradient != adjoint.tidy:
                yield _check_use(layer, adjoint.node, consumer, gradient, samples)
        for left, right in adjoint.facts:
            yield _check_fact(adjoint.node, left, right, samples)
        if adjoint.raw != adjoint.tidy and len(adjoint.contributions) > 1:
            yield _check(f"d{adjoint.node.name}, the sum of its uses", adjoint.node, adjoint.raw, samples)
    if found.assumed:
        restricted = [s for s in (_sample(layer, found.adjoints, z, True) for z in small_sizes(layer)) if s]
        for node, gradient in found.assumed:
            yield _check(f"d{node.name} under the assumption", node, gradient, restricted)


def _by_consumer(adjoint: Adjoint) -> list[tuple[Name, Matrix]]:
    parts: dict[Name, list[Matrix]] = {}
    for part in adjoint.contributions:
        if part.consumer is not None:
            parts.setdefault(part.consumer, []).append(part.gradient)
    return [(name, found[0] if len(found) == 1 else Sum(tuple(found))) for name, found in parts.items()]


# ---- sizes and numbers ------------------------------------------------------------------------


def small_sizes(layer: Layer) -> list[dict[str, int]]:
    """All letters 1; different sizes; one letter 1 at a time, as far as every shape stays possible."""
    names = letters(layer.shapes.values())
    first = (3, 2, 4, 2, 3) if len(layer.inputs) < MANY_INPUTS else (2, 3)
    base = {name: first[i] if i < len(first) else 2 for i, name in enumerate(names)}
    tried = [base, dict.fromkeys(names, 1)]
    if len(layer.inputs) + len(layer.equations) < HUGE:
        tried += [{**base, name: 1} for name in names]
        tried.append({name: 2 + i % 2 for i, name in enumerate(names)})
    possible: list[dict[str, int]] = []
    for sizes in tried:
        shapes = layer.shapes.values()
        if sizes not in possible and all(dim.value(sizes) >= 1 for shape in shapes for dim in shape):
            possible.append(sizes)
    return possible


def _sample(
    layer: Layer, adjoints: Sequence[Adjoint], sizes: dict[str, int], restricted: bool = False
) -> Sample | None:
    for attempt in range(_TRIES * len(_RANGES)):
        source = random.Random(f"{attempt} {sorted(sizes.items())}")
        low, high = _RANGES[attempt % len(_RANGES)]
        grids: dict[str, Grid] = {}
        for name in (*layer.inputs, *(gradient_name(o) for o in layer.outputs if o.of != SCALAR)):
            rows, columns = (dim.value(sizes) for dim in name.of)
            grids[name.name] = [[_drawn(source, low, high) for _ in range(columns)] for _ in range(rows)]
        if restricted:
            for name in layer.rows_sum_to_one:
                grids[name.name] = [_normalised(row) for row in grids[name.name]]
        try:
            return worked(layer, [a.node for a in adjoints], Numbers(grids, sizes))
        except (Undefined, ZeroDivisionError):
            continue
    return None


def worked(layer: Layer, nodes: Iterable[Name], given: Numbers) -> Sample:
    """The forward pass from `given` (the inputs, and dY where an output Y is no number), and what each node
    receives. Raises Undefined or ZeroDivisionError outside the domain."""
    at = _run(layer, given, 0)
    received = {node.name: _received(layer, node, at) for node in nodes}
    gradients = {"d" + name: grid for name, grid in received.items()}
    return Sample(Numbers({**at.grids, **gradients}, given.sizes), received)


def _drawn(source: random.Random, low: int, high: int) -> Any:
    value = low + (high - low) * Fraction(source.randrange(1, 1000), 1001)
    return fmpq(value.numerator, value.denominator)


def _normalised(row: list[Any]) -> list[Any]:
    """The row with its last entry changed so that its sum is 1."""
    return [*row[:-1], 1 - sum(row[:-1], fmpq(0))]


# ---- forward mode -----------------------------------------------------------------------------


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
            moved = _run(layer, at.moving(node.name, _seeded(grid, i, j)), start)
            line.append(_slope(layer, moved))
        found.append(line)
    return found


def _seeded(grid: Grid, i: int, j: int) -> Grid:
    return [
        [Dual(1, x, fmpq(1)) if (r, c) == (i, j) else x for c, x in enumerate(row)]
        for r, row in enumerate(grid)
    ]


def _slope(layer: Layer, moved: Numbers) -> Any:
    total: Any = fmpq(0)
    for output in layer.outputs:
        weights = None if output.of == SCALAR else moved.grids[gradient_name(output).name]
        total = add(total, _moved(moved.grids[output.name], weights))
    return total


def _moved(grid: Grid, weights: Grid | None) -> Any:
    """Σ weight · slope over the entries."""
    total: Any = fmpq(0)
    for i, row in enumerate(grid):
        for j, entry in enumerate(row):
            if isinstance(entry, Dual):
                total = add(total, multiply(fmpq(1) if weights is None else weights[i][j], entry.slope))
    return total


# ---- comparison -------------------------------------------------------------------------------


def _check(what: str, node: Name, gradient: Matrix, samples: Sequence[Sample]) -> Check:
    """The formula against what forward mode found, at every sample."""
    entries = 0
    for sample in samples:
        entries += _compare(what, node, gradient, sample.received[node.name], sample)
    return Check(what, node, entries, True if entries else None)


def _check_use(
    layer: Layer, node: Name, consumer: Name, gradient: Matrix, samples: Sequence[Sample]
) -> Check:
    """What one equation sends back, against the slopes of that equation alone."""
    expression = next(e.expression for e in layer.equations if e.target == consumer)
    what = f"d{node.name} through {consumer.name}"
    entries = 0
    for sample in samples:
        grid, weights = sample.at.grids[node.name], sample.at.grids[gradient_name(consumer).name]
        try:
            expected = [
                [
                    _moved(evaluate(expression, sample.at.moving(node.name, _seeded(grid, i, j))), weights)
                    for j in range(len(row))
                ]
                for i, row in enumerate(grid)
            ]
        except (Undefined, ZeroDivisionError):
            continue
        entries += _compare(what, node, gradient, expected, sample)
    return Check(what, node, entries, True if entries else None)


def _check_fact(node: Name, left: Matrix, right: Matrix, samples: Sequence[Sample]) -> Check:
    """A sum that is said to be a number, worked out."""
    entries = 0
    for sample in samples:
        expected = evaluate(Spread(right, left.shape), sample.at)
        entries += _compare_grids(f"a sum behind d{node.name}", evaluate(left, sample.at), expected, sample)
    return Check(f"a sum behind d{node.name}", node, entries, True if entries else None)


def _compare(what: str, node: Name, gradient: Matrix, expected: Grid, sample: Sample) -> int:
    """How many entries agree (all). Raises CheckFailed at the first that does not."""
    try:
        found = evaluate(gradient, sample.at)
    except (Undefined, ZeroDivisionError):
        return 0
    return _compare_grids(what, found, expected, sample)


def _compare_grids(what: str, found: Grid, expected: Grid, sample: Sample) -> int:
    rows, columns = len(expected), len(expected[0])
    sizes = ", ".join(f"{letter} = {size}" for letter, size in sample.at.sizes.items())
    if (len(found), len(found[0])) != (rows, columns):
        raise CheckFailed(
            f"{what} is {len(found)}×{len(found[0])} where {rows}×{columns} is expected ({sizes})"
        )
    for i, (line, others) in enumerate(zip(found, expected, strict=True)):
        for j, (a, b) in enumerate(zip(line, others, strict=True)):
            outcome = meet(a, b)
            if outcome is None:
                raise Blurred
            if not outcome:
                raise CheckFailed(f"{what} is wrong in row {i + 1}, column {j + 1} ({sizes}): {a} for {b}")
    return rows * columns


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
