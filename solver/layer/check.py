"""Each gradient against forward mode, entry by entry, for small sizes that include 1."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from typing import Any

from flint import ctx, fmpq

from solver.derivation.duals import Undefined
from solver.errors import CheckFailed
from solver.layer.forward_mode import Blurred, Sample, chained, is_huge, meet, moved_by, seeded, worked
from solver.layer.model import Adjoint, Backward, Check, Layer
from solver.layer.reverse import gradient_name
from solver.layer.shapes import SCALAR, letters
from solver.layer.tree import Matrix, Name, Spread, Sum
from solver.layer.values import Grid, Numbers, evaluate

BITS = (192, 768, 3072)
"""Binary digits of the balls; more where the first are too wide to tell."""
_RANGES = ((-2, 2), (0, 1), (1, 4))
_TRIES = 6
MANY_INPUTS = 7
"""From here on the sizes that are tried are smaller."""


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
    return replace(
        found, checks=(Check("values too wide to compare", found.layer.outputs[0], None, 0, None),)
    )


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
    if not is_huge(layer):
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
            if is_huge(layer):
                return chained(layer, [a.node for a in adjoints], Numbers(grids, sizes))
            return worked(layer, [a.node for a in adjoints], Numbers(grids, sizes))
        except (Undefined, ZeroDivisionError):
            continue
    return None


def _drawn(source: random.Random, low: int, high: int) -> Any:
    value = low + (high - low) * Fraction(source.randrange(1, 1000), 1001)
    return fmpq(value.numerator, value.denominator)


def _normalised(row: list[Any]) -> list[Any]:
    """The row with its last entry changed so that its sum is 1."""
    return [*row[:-1], 1 - sum(row[:-1], fmpq(0))]


# ---- comparison -------------------------------------------------------------------------------


def _check(what: str, node: Name, gradient: Matrix, samples: Sequence[Sample]) -> Check:
    """The formula against what forward mode found, at every sample."""
    entries = 0
    for sample in samples:
        entries += _compare(what, node, gradient, sample.received[node.name], sample)
    return Check(what, node, gradient, entries, True if entries else None)


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
                    moved_by(evaluate(expression, sample.at.moving(node.name, seeded(grid, i, j))), weights)
                    for j in range(len(row))
                ]
                for i, row in enumerate(grid)
            ]
        except (Undefined, ZeroDivisionError):
            continue
        entries += _compare(what, node, gradient, expected, sample)
    return Check(what, node, gradient, entries, True if entries else None)


def _check_fact(node: Name, left: Matrix, right: Matrix, samples: Sequence[Sample]) -> Check:
    """A sum that is said to be a number, worked out."""
    entries = 0
    for sample in samples:
        expected = evaluate(Spread(right, left.shape), sample.at)
        entries += _compare_grids(f"a sum behind d{node.name}", evaluate(left, sample.at), expected, sample)
    return Check(f"a sum behind d{node.name}", node, right, entries, True if entries else None)


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
