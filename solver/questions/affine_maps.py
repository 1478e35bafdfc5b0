"""Affine layers in a row as one affine map, on numbers and entry by entry."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction

from flint import fmpq_mat

from solver.network.numbers import rational
from solver.network.record import Matrix, Record, Vector
from solver.network.symbols import Names
from solver.rules.matrix import MatrixExpr, entries


def _fmpq(rows: Sequence[Sequence[Fraction]]) -> fmpq_mat:
    return fmpq_mat(len(rows), len(rows[0]), [rational(v) for row in rows for v in row])


def layers_in_turn(
    weights: Sequence[Matrix], biases: Sequence[Vector | None], source: Sequence[Fraction]
) -> tuple[Fraction, ...]:
    """The affine layers one after the other, number by number."""
    values = tuple(source)
    for rows, bias in zip(weights, biases, strict=True):
        values = tuple(
            sum((w * v for w, v in zip(row, values, strict=True)), Fraction(0)) + (bias[i] if bias else 0)
            for i, row in enumerate(rows)
        )
    return values


def effective(weights: Sequence[Matrix], biases: Sequence[Vector | None]) -> tuple[Matrix, Vector]:
    """W̃ = W⁽ᴸ⁾ … W⁽¹⁾ and b̃ = b⁽ᴸ⁾ + W⁽ᴸ⁾ b⁽ᴸ⁻¹⁾ + …"""
    product = _fmpq(weights[0])
    bias = _fmpq([[v] for v in (biases[0] or (Fraction(0),) * len(weights[0]))])
    for rows, own in zip(weights[1:], biases[1:], strict=True):
        upper = _fmpq(rows)
        product, bias = upper * product, upper * bias
        if own is not None:
            bias = bias + _fmpq([[v] for v in own])
    n, m = product.nrows(), product.ncols()

    def exact(value: object) -> Fraction:
        return Fraction(str(value))

    return (
        tuple(tuple(exact(product[i, j]) for j in range(m)) for i in range(n)),
        tuple(exact(bias[i, 0]) for i in range(n)),
    )


def formulas_hold(
    record: Record, first: int, last: int, composed: MatrixExpr, bias: MatrixExpr | None
) -> bool:
    """Whether the entries of W̃ and b̃ as written have the values that the layers give, at random weights."""
    from solver.expression.evaluate import exact_value

    chance = random.Random(7)
    names = Names(record)
    table: dict[str, Fraction] = {}
    weights: list[Matrix] = []
    biases: list[Vector | None] = []
    for layer in range(first, last + 1):
        rows = names.weights(layer)
        table |= {s.name: Fraction(chance.randint(-9, 9)) for row in rows for s in row}
        table |= {s.name: Fraction(chance.randint(-9, 9)) for s in names.biases(layer)}
        weights.append(tuple(tuple(table[s.name] for s in row) for row in rows))
        own = tuple(table[s.name] for s in names.biases(layer))
        biases.append(own if record.biased[layer - 1] else None)

    def values(expr: MatrixExpr) -> Matrix:
        found = [[exact_value(e, table) for e in row] for row in entries(expr)]
        return tuple(tuple(v for v in row if v is not None) for row in found)

    zero = (Fraction(0),) * record.layers[first - 1]
    shift = layers_in_turn(weights, biases, zero)
    columns = []
    for j in range(len(zero)):
        unit = tuple(Fraction(int(i == j)) for i in range(len(zero)))
        columns.append(layers_in_turn(weights, [None] * len(weights), unit))
    shown_bias = values(bias) if bias is not None else tuple((Fraction(0),) for _ in shift)
    return values(composed) == tuple(zip(*columns, strict=True)) and shown_bias == tuple((v,) for v in shift)
