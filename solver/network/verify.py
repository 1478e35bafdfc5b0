"""The numeric pass checked by a second road: dual numbers on the definitions, then finite differences."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from solver.errors import UnsupportedExpression
from solver.graph.model import Equation
from solver.network.build import component_form
from solver.network.numbers import Num, ball, precision, rational
from solver.network.numeric import Pass, loss_of
from solver.network.record import Record
from solver.network.second import perturbed
from solver.network.symbols import LOSS, Names

Layers = Sequence[Sequence[Sequence[Num]]]

DIRECTIONS = 2
"""Random directions along which all gradients are checked at once."""

TOO_MANY = 20_000
"""Past this many products no graph of single neurons is built: one direction is checked by a difference."""

FAR_TOO_MANY = 500_000
"""Past this many products, nothing is checked and nothing is claimed."""

_BITS = (256, 1024, 4096, 16384, 65536)


@dataclass(frozen=True)
class Points:
    """The equations of a record in components and the numbers of each example by name."""

    equations: tuple[Equation, ...]
    points: tuple[dict[str, Fraction], ...]
    names: tuple[str, ...]


def points_of(record: Record) -> Points:
    """Equations and numbers of a record; `names` are its parameters, in order."""
    assert record.weights is not None
    assert record.biases is not None
    assert record.x is not None
    graph = component_form(record, Names(record)).graph
    fixed: dict[str, Fraction] = {}
    for layer, (rows, bias) in enumerate(zip(record.weights, record.biases, strict=True), 1):
        for i, row in enumerate(rows, 1):
            fixed |= {f"W{layer}_{i}_{j}": w for j, w in enumerate(row, 1)}
        fixed |= {f"b{layer}_{i}": b for i, b in enumerate(bias or (), 1)}
    points = []
    for e, x in enumerate(record.x):
        point = fixed | {f"x_{j}": v for j, v in enumerate(x, 1)}
        if record.y is not None and record.loss.needs_target:
            point |= {f"y_{i}": v for i, v in enumerate(record.y[e], 1)}
        points.append(point)
    return Points(graph.equations, tuple(points), tuple(fixed))


def gradient_by_name(found: Pass) -> dict[str, Num]:
    """The gradients of the parameters by name (`W1_2_1`, `b1_2`)."""
    named: dict[str, Num] = {}
    for layer, (rows, bias) in enumerate(zip(found.dw, found.db, strict=True), 1):
        for i, row in enumerate(rows, 1):
            named |= {f"W{layer}_{i}_{j}": g for j, g in enumerate(row, 1)}
        named |= {f"b{layer}_{i}": g for i, g in enumerate(bias or (), 1)}
    return named


def verified(record: Record, found: Pass) -> bool | None:
    """Whether dual numbers give the same values and gradients; None where they cannot decide."""
    size = sum(a * b for a, b in zip(record.layers, record.layers[1:], strict=False))
    if size * len(record.x or ()) > TOO_MANY:
        return _by_difference(record, found) if size * len(record.x or ()) <= FAR_TOO_MANY else None
    where = points_of(record)
    for bits in _BITS:
        try:
            with precision(bits):
                result = _by_directions(where, found)
        except (UnsupportedExpression, ZeroDivisionError, ValueError):
            result = None
        if result is not None:
            return result
    return None


def _by_directions(where: Points, found: Pass) -> bool | None:
    """Everything moves at once, each by a random number over its gradient, so that all weigh the same.

    Parameters move alike in all examples, z, a and x of each example on their own; the mean of the slopes
    must be the sum of gradient · direction over all of them.
    """
    chance = random.Random(1)
    shared = gradient_by_name(found)
    count = len(where.points)
    verdicts: list[bool | None] = []
    for _ in range(DIRECTIONS):
        way = {name: _weighed(g, chance) for name, g in shared.items()}
        expected, slope, loss = _along(shared, way), arb(0), arb(0)
        for e, point in enumerate(where.points):
            values, own = _of_example(found.z, found.a, e), _of_example(found.dz, found.da, e)
            own |= {f"x_{j}": g for j, g in enumerate(found.dx[e], 1)}
            own_way = {name: _weighed(g, chance) for name, g in own.items()}
            expected = expected + _along(own, own_way)
            inputs = {k: ball(rational(v)) for k, v in point.items()}
            moved = perturbed(where.equations, inputs, way | own_way)
            slope = slope + arb(moved[LOSS.name][1]) / count
            loss = loss + arb(moved[LOSS.name][0]) / count
            verdicts += [_same(ball(value), arb(moved[name][0])) for name, value in values.items()]
        verdicts += [_same(expected, slope), _same(ball(found.loss), loss)]
    if any(v is False for v in verdicts):
        return False
    return None if any(v is None for v in verdicts) else True


def _of_example(z: Layers, a: Layers, e: int) -> dict[str, Num]:
    """What z and a (or dz and da) hold for an example, by the names of the graph."""
    return {
        f"{letter}{layer}_{unit}": value
        for letter, layers in (("z", z), ("a", a))
        for layer, rows in enumerate(layers, 1)
        for unit, value in enumerate(rows[e], 1)
    }


def _weighed(gradient: Num, chance: random.Random) -> arb:
    """A random number over the gradient, a large one where that is said to be 0; exact, so no ball widens."""
    weight = arb(chance.getrandbits(40) + 1) / 2**40
    size = ball(gradient)
    return weight * arb(2) ** 100 if size.contains(0) else arb((weight / size).mid())


def _along(gradients: Mapping[str, Num], way: Mapping[str, arb]) -> arb:
    total = arb(0)
    for name, gradient in gradients.items():
        total = total + ball(gradient) * way[name]
    return total


def _same(mine: arb, other: arb) -> bool | None:
    """Whether two balls hold one number; None where they are too wide to tell."""
    gap = mine - other
    if not gap.is_finite():
        return None
    if not gap.contains(0):
        return False
    size = abs(other).lower() if not other.contains(0) else arb(1)
    return True if bool(gap.rad() < size * arb(2) ** -48) else None


def _by_difference(record: Record, found: Pass) -> bool | None:
    """(L(θ + h d) − L(θ − h d)) / 2h in a random direction d, h = 2⁻⁴⁰, against Σ gradient · d."""
    assert record.weights is not None
    assert record.biases is not None
    chance = random.Random(1)
    with precision(_BITS[0]):
        h = arb(2) ** -40
        slope = arb(0)
        ends: list[Num] = []
        way = [[[chance.randint(-9, 9) for _ in row] for row in rows] for rows in record.weights]
        shift = [[chance.randint(-9, 9) for _ in bias or ()] for bias in record.biases]
        for rows, gradient in zip(way, found.dw, strict=True):
            for row, slopes in zip(rows, gradient, strict=True):
                slope = slope + sum((ball(g) * d for g, d in zip(slopes, row, strict=True)), arb(0))
        for moves, slopes_or_none in zip(shift, found.db, strict=True):
            slope = slope + sum(
                (ball(g) * d for g, d in zip(slopes_or_none or (), moves, strict=True)), arb(0)
            )
        for sign in (1, -1):
            weights = [
                [
                    [rational(w) + sign * d * h for w, d in zip(row, line, strict=True)]
                    for row, line in zip(rows, lines, strict=True)
                ]
                for rows, lines in zip(record.weights, way, strict=True)
            ]
            biases = [
                None
                if bias is None
                else [rational(b) + sign * d * h for b, d in zip(bias, moves, strict=True)]
                for bias, moves in zip(record.biases, shift, strict=True)
            ]
            try:
                ends.append(loss_of(record, weights, biases))
            except ArithmeticError:
                return None
        gap = abs((ends[0] - ends[1]) / (2 * h) - slope)
        allowed = (abs(slope) + 1) * arb(2) ** -40
        if not gap.is_finite() or gap.rad() > allowed:
            return None
        return bool(gap < allowed)
