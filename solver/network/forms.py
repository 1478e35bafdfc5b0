"""The two forms of both passes checked: components against dual numbers, matrices against components."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from flint import arb

from solver.derivation.equality import Equality, Means
from solver.errors import CorrigeError, UnsupportedExpression
from solver.expression.latex import latex
from solver.expression.tree import Expr, Symbol, walk
from solver.network.backward import Analysis, analyse, gradient_symbol
from solver.network.numbers import precision
from solver.network.record import Record
from solver.network.second import Road, inner_partials, perturbed
from solver.network.symbols import LOSS
from solver.rules.matrix import MatrixExpr, MatrixSymbol, entry

CHECKED = 150
"""At most this many nodes have their gradient checked one by one."""

EVALUATED = 20_000
"""Nodes of written-out gradients that are evaluated."""

POINTS = 2
_BITS = 160
_BITS_A_LAYER = 4  # balls widen from layer to layer


@dataclass(frozen=True)
class Claim:
    """left = right as written, true if every expression has the value of the name beside it."""

    left: str
    right: str
    means: Means
    parts: tuple[tuple[Expr, str], ...]


def claims(analysis: Analysis) -> Iterable[Claim]:
    """Every equation of the backward pass in its forms, and of the forward pass in matrices."""
    backward = analysis.backward
    for adjoint in [a for a in backward.adjoints if a.node.name != LOSS.name][:CHECKED]:
        name, left = adjoint.symbol.name, latex(adjoint.symbol)
        forms = (adjoint.expression, analysis.named[adjoint.node.name], analysis.closed[adjoint.node.name])
        for expression in dict.fromkeys(forms):
            yield Claim(left, latex(expression), Means.DUAL, ((expression, name),))
    for found in analysis.adjoints.values():
        yield _matrix_claim(found.symbol, found.expression)
    for equation in analysis.matrix.equations:
        yield _matrix_claim(equation.target, equation.expression)
    depth = analysis.record.depth
    for expr, letter in ((analysis.seed, "a"), (analysis.fused, "z")):
        if expr is not None:
            yield _matrix_claim(gradient_symbol(analysis.names.vector(letter, depth), backward), expr)


def _matrix_claim(target: MatrixSymbol, expr: MatrixExpr) -> Claim:
    parts: list[tuple[Expr, str]] = []
    if expr.shape != target.shape:
        raise CorrigeError(f"{target.latex()} has not the shape of {expr.latex()}")
    for i, row in enumerate(target.entries):
        for j, symbol in enumerate(row):
            assert isinstance(symbol, Symbol)
            parts.append((entry(expr, i, j), symbol.name))
    return Claim(target.latex(), expr.latex(), Means.ENTRYWISE, tuple(parts))


@lru_cache(maxsize=64)
def checks_of(record: Record) -> tuple[Equality, ...]:
    """The checks of a record without numbers, made once."""
    return check_forms(analyse(record))


def check_forms(analysis: Analysis) -> tuple[Equality, ...]:
    """Each claim at random points, the values of gradients being those of dual numbers."""
    found = tuple(claims(analysis))
    verdicts: list[bool | None] = [True] * len(found)
    with precision(_BITS + _BITS_A_LAYER * analysis.record.depth):
        for seed in range(POINTS):
            try:
                table = sample_table(analysis, seed)
            except CorrigeError:
                verdicts = [None] * len(found)
                break
            road = Road(1)
            known = {k: road.constant(v) for k, v in table.items()}
            for index, claim in enumerate(found):
                verdicts[index] = verdicts[index] and all(
                    close(arb(road.value(expr, known)[0]), table[name]) for expr, name in claim.parts
                )
    return tuple(
        Equality(c.left, c.right, c.means, verdict) for c, verdict in zip(found, verdicts, strict=True)
    )


def holds_as_written(analysis: Analysis, gradients: Mapping[str, Expr]) -> bool | None:
    """Whether these expressions of ∂L/∂node have the values of dual numbers; `d` + node names a gradient.

    The smallest come first, up to EVALUATED nodes in all: the rest are products of those. None where no
    point was found.
    """
    sizes = {name: sum(1 for _ in walk(expr)) for name, expr in gradients.items()}
    with precision(_BITS + _BITS_A_LAYER * analysis.record.depth):
        try:
            table = sample_table(analysis, POINTS)
        except CorrigeError:
            return None
        road = Road(1)
        true = {a.node.name: table[a.symbol.name] for a in analysis.backward.adjoints}
        known = {k: road.constant(v) for k, v in table.items()}
        known |= {f"d{name}": road.constant(v) for name, v in true.items()}
        left = EVALUATED
        for name in sorted(gradients, key=sizes.__getitem__):
            left -= sizes[name]
            if left < 0:
                break
            if not close(arb(road.value(gradients[name], known)[0]), true[name]):
                return False
    return True


def sample_table(analysis: Analysis, seed: int) -> dict[str, arb]:
    """Values of every node, gradient (by dual numbers) and named slope at a random point."""
    backward, equations = analysis.backward, analysis.component.graph.equations
    values = sample_values(analysis, seed)
    true = _confirmed(analysis, values, seed)
    if true is None:
        true = inner_partials(equations, values, [a.node.name for a in backward.adjoints], LOSS.name)
    table = {**values, **{a.symbol.name: true[a.node.name] for a in backward.adjoints}}
    road = Road(1)
    known = {k: road.constant(v) for k, v in values.items()}
    slopes = {s.name: arb(road.value(expr, known)[0]) for s, expr in analysis.slopes.values()}
    return {**table, **slopes}


def _confirmed(analysis: Analysis, values: Mapping[str, arb], seed: int) -> dict[str, arb] | None:
    """The gradients that the backward pass gives, if dual numbers confirm them along random directions.

    One forward pass moves every node at once, each by a random number over its gradient, so that all weigh
    the same in the sum; a wrong one is caught unless the random numbers conspire. None where they disagree.
    """
    adjoints = analysis.backward.adjoints
    road, chance = Road(1), random.Random(seed)
    known = {k: road.constant(v) for k, v in values.items()}
    run = road.run(analysis.backward.equations(), known)
    claimed = {a.node.name: arb(run[a.symbol.name][0]) for a in adjoints}
    inputs = {s.name: values[s.name] for s in analysis.component.graph.inputs}
    for _ in range(2):
        direction: dict[str, arb] = {}
        expected = arb(0)
        for name, gradient in claimed.items():
            if name == LOSS.name:
                continue
            weight = arb(chance.getrandbits(40) + 1) / 2**40
            direction[name] = weight if gradient.contains(0) else arb((weight / gradient).mid())
            expected = expected + direction[name] * gradient
        moved = perturbed(analysis.component.graph.equations, inputs, direction)
        if not close(arb(moved[LOSS.name][1]), expected):
            return None
    return claimed


def sample_values(analysis: Analysis, seed: int) -> dict[str, arb]:
    """Forward values of every node at random rational parameters and data where the loss has a value."""
    record, graph = analysis.record, analysis.component.graph
    chance = random.Random(f"{seed} {record.layers}")
    road = Road(1)

    def draw(symbol: Symbol) -> Fraction:
        if not symbol.name.startswith("y_"):
            return Fraction(chance.randint(-64, 64) or 7, 37)
        if record.loss.name == "hinge":
            return Fraction(chance.choice((-1, 1)) * chance.randrange(9, 25, 2), 16)  # not ±1: outputs may be
        return Fraction(chance.randint(1, 15), 16)

    for _ in range(200):
        point = {s.name: draw(s) for s in graph.inputs}
        try:
            known = {k: road.constant(arb(v.numerator) / v.denominator) for k, v in point.items()}
            values = {k: arb(v[0]) for k, v in road.run(graph.equations, known).items()}
        except (UnsupportedExpression, ValueError, ZeroDivisionError):
            continue
        if all(v.is_finite() for v in values.values()) and not _on_kink(analysis, values):
            return values
    raise CorrigeError("no point was found where this network and this loss have a derivative")


def _on_kink(analysis: Analysis, values: Mapping[str, arb]) -> bool:
    """Whether a pre-activation stands where φ′ does not exist (0, when all units below are 0)."""
    return any(
        values[z.name].contains(arb(kink.numerator) / kink.denominator)
        for layer, activation in enumerate(analysis.record.activations, 1)
        for kink in activation.kinks
        for z in analysis.names.pres(layer)
    )


def close(left: arb, right: arb) -> bool:
    """Whether two balls hold the same number as far as 60 bits tell; wide balls never agree."""
    gap = left - right
    size = abs(right).upper() + 1
    return bool(gap.contains(0)) and bool(gap.rad() < size * arb(2) ** -60)
