"""The numeric pass checked by a second road: dual numbers on the definitions, then finite differences."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from solver.errors import UnsupportedExpression
from solver.graph.model import Equation
from solver.network.build import component_form
from solver.network.numbers import Num, ball, precision, rational
from solver.network.numeric import Pass, loss_of
from solver.network.record import Record
from solver.network.second import directional, partials
from solver.network.symbols import LOSS, Names

ONE_BY_ONE = 64
"""Up to this many gradients are checked one by one; past it, two random directions check all of them at
once.
"""

TOO_MANY = 20_000
"""Past this many products no graph of single neurons is built: one direction is checked by a difference."""

FAR_TOO_MANY = 500_000
"""Past this many products, nothing is checked and nothing is claimed."""

_BITS = (256, 1024, 4096, 16384)


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
    """Whether dual numbers give the same gradients; None where they cannot decide.

    On a kink the two sides of the graph are tried, and the value taken must lie between theirs.
    """
    size = sum(a * b for a, b in zip(record.layers, record.layers[1:], strict=False))
    if size * len(record.x or ()) > TOO_MANY:
        return _by_difference(record, found) if size * len(record.x or ()) <= FAR_TOO_MANY else None
    where = points_of(record)
    ours = gradient_by_name(found)
    for bits in _BITS:
        try:
            if len(where.names) <= ONE_BY_ONE:
                result = _one_by_one(where, ours, bits)
            else:
                result = _by_directions(where, ours, bits)
        except (UnsupportedExpression, ZeroDivisionError, ValueError):
            result = None
        if result is not None:
            return result
    return None


def _one_by_one(where: Points, ours: dict[str, Num], bits: int) -> bool | None:
    count = len(where.points)
    sides = []
    for side in (1, -1):
        sums: dict[str, arb] = dict.fromkeys(where.names, arb(0))
        for point in where.points:
            found = partials(where.equations, point, where.names, LOSS.name, bits=bits, side=side)
            with precision(bits):
                sums = {name: sums[name] + found[name] / count for name in where.names}
        sides.append(sums)
    with precision(bits):
        verdicts = [_between(ball(ours[n]), sides[0][n], sides[1][n]) for n in where.names]
    if any(v is False for v in verdicts):
        return False
    return None if any(v is None for v in verdicts) else True


def _by_directions(where: Points, ours: dict[str, Num], bits: int) -> bool | None:
    import random

    chance = random.Random(1)
    verdicts: list[bool | None] = []
    for _ in range(2):
        direction = {name: Fraction(chance.randint(-99, 99), 50) for name in where.names}
        sides = []
        for side in (1, -1):
            total = arb(0)
            for point in where.points:
                part = directional(where.equations, point, direction, LOSS.name, bits=bits, side=side)
                with precision(bits):
                    total = total + part / len(where.points)
            sides.append(total)
        with precision(bits):
            mine = arb(0)
            for name, d in direction.items():
                mine = mine + ball(ours[name]) * ball(rational(d))
            verdicts.append(_between(mine, sides[0], sides[1]))
    if any(v is False for v in verdicts):
        return False
    return None if any(v is None for v in verdicts) else True


def _by_difference(record: Record, found: Pass) -> bool | None:
    """(L(θ + h d) − L(θ − h d)) / 2h in a random direction d, h = 2⁻⁴⁰, against Σ gradient · d."""
    import random

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


def _between(mine: arb, left: arb, right: arb) -> bool | None:
    """Whether `mine` is the common value of the sides, or lies between them; None where the balls are too
    wide.
    """
    if not (mine.is_finite() and left.is_finite() and right.is_finite()):
        return None
    size = abs(mine).lower() if not mine.contains(0) else arb(1)
    allowed = size * arb(2) ** -50
    if max(left.rad(), right.rad()) > allowed:
        return None
    low, high = (left, right) if left < right else (right, left)
    return bool((mine - low).upper() > -allowed and (high - mine).upper() > -allowed)
