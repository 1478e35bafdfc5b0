"""The numeric pass: values forward, gradients back, exact where they are rational, else in balls of 20
digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from solver.errors import CorrigeError
from solver.network.numbers import (
    MAX_BITS,
    ZERO,
    Num,
    UndecidedSignError,
    dot,
    is_exact,
    is_sharp,
    precision,
    rational,
    total,
)
from solver.network.record import Record

Row = tuple[Num, ...]

START_BITS = 128


@dataclass(frozen=True)
class Pass:
    """Forward and backward values of a record with numbers.

    `z[l][e][i]` and `a[l][e][i]`: layer l (from 0), example e, unit i; `loss` is the mean over the
    examples. Gradients
    are of that mean: `dz`, `da` like z and a, `dx[e][j]`, `dw[l][i][j]`, `db[l][i]` (None for a layer
    without bias).
    `losses` holds one loss an example. `kinks` names the pre-activations (layer, example, unit) where φ′
    does not exist, `loss_kinks` the outputs (example, unit) by which the loss has no slope.
    """

    z: tuple[tuple[Row, ...], ...]
    a: tuple[tuple[Row, ...], ...]
    losses: Row
    loss: Num
    dz: tuple[tuple[Row, ...], ...]
    da: tuple[tuple[Row, ...], ...]
    dx: tuple[Row, ...]
    dw: tuple[tuple[Row, ...], ...]
    db: tuple[Row | None, ...]
    kinks: tuple[tuple[int, int, int], ...]
    loss_kinks: tuple[tuple[int, int], ...] = ()

    def numbers(self) -> list[Num]:
        """Every number of the pass."""
        found: list[Num] = [self.loss, *self.losses]
        for group in (self.z, self.a, self.dz, self.da, self.dw):
            found += [v for layer in group for row in layer for v in row]
        found += [v for row in self.dx for v in row]
        return found + [v for row in self.db if row is not None for v in row]

    @property
    def is_exact(self) -> bool:
        """Whether every number is an exact rational."""
        return all(is_exact(v) for v in self.numbers())


def numeric_pass(record: Record) -> Pass:
    """Values and gradients of a record with numbers. Raises CorrigeError where a loss has no value."""
    return sharpened(lambda: run_pass(record), Pass.numbers)


T = TypeVar("T")


def sharpened(compute: Callable[[], T], numbers: Callable[[T], list[Num]]) -> T:
    """The result of `compute` at the first of growing precisions where every number has 20 digits."""
    bits = START_BITS
    while True:
        last = bits >= MAX_BITS
        try:
            with precision(bits):
                found = compute()
                if all(map(is_sharp, numbers(found))):
                    return found
        except UndecidedSignError:
            pass
        except (ArithmeticError, ValueError) as error:
            raise CorrigeError(f"the network cannot be computed at these numbers: {error}") from None
        if last:
            raise CorrigeError("the network is too saturated at these numbers to be computed to 20 digits")
        bits = min(4 * bits, MAX_BITS)


Weights = Sequence[Sequence[Sequence[Num]]]
Biases = Sequence[Sequence[Num] | None]


def forward(record: Record, weights: Weights, biases: Biases, x: Row) -> Iterator[tuple[Row, Row]]:
    """z and a of each layer for one example."""
    below = x
    for rows, bias, activation in zip(weights, biases, record.activations, strict=True):
        z = tuple(dot(row, below) for row in rows)
        if bias is not None:
            z = tuple(value + b for value, b in zip(z, bias, strict=True))
        below = activation.values(z)
        yield z, below


def loss_of(record: Record, weights: Weights, biases: Biases) -> Num:
    """The mean loss of the record's examples at other parameters: a forward pass alone."""
    assert record.x is not None
    losses = []
    for e, x in enumerate(record.x):
        z, a = [*forward(record, weights, biases, tuple(rational(v) for v in x))][-1]
        target = tuple(rational(v) for v in record.y[e]) if record.y else ()
        losses.append(loss_value(record, z, a, target))
    return total(losses) / len(losses) + _penalty_at(record, weights, biases)


def _penalty_at(record: Record, weights: Weights, biases: Biases) -> Num:
    if record.penalty is None:
        return ZERO
    found = [w for rows in weights for row in rows for w in row]
    if record.penalty.biases:
        found += [b for bias in biases for b in bias or ()]
    return record.penalty.value(found)


@dataclass(frozen=True)
class _Head:
    """The loss of one example, ∂L/∂ŷ, and ∂L/∂z of the last layer where a rule of its own gives it."""

    loss: Num
    da: Row
    dz: Row = ()


def _head(record: Record, z: Row, a: Row, y: Row) -> _Head:
    """Through the logits where last activation and loss allow it, so that no ŷ rounds to 0 or 1."""
    activation = record.activations[-1]
    logits = record.loss.on_logits(activation.name)
    if logits is None:
        return _Head(record.loss.value(a, y), record.loss.gradient(a, y))
    dz = logits.gradient(z, y)
    if activation.is_vector:
        return _Head(logits.value(z, y), record.loss.gradient(a, y), dz)
    slopes = [activation.slope_at(v) for v in z]
    return _Head(logits.value(z, y), tuple(g / s for g, s in zip(dz, slopes, strict=True)), dz)


def loss_value(record: Record, z: Row, a: Row, y: Row) -> Num:
    """The loss of one example, without its gradients."""
    logits = record.loss.on_logits(record.activations[-1].name)
    return record.loss.value(a, y) if logits is None else logits.value(z, y)


def run_pass(record: Record) -> Pass:
    assert record.weights is not None
    assert record.x is not None
    xs = [tuple(rational(v) for v in row) for row in record.x]
    ys = [tuple(rational(v) for v in row) for row in record.y] if record.y else [()] * len(xs)
    depth, count = record.depth, len(xs)
    weights = [[[rational(w) for w in row] for row in matrix] for matrix in record.weights]
    assert record.biases is not None
    biases = [None if b is None else [rational(v) for v in b] for b in record.biases]
    z: list[list[Row]] = [[] for _ in range(depth)]
    a: list[list[Row]] = [[] for _ in range(depth)]
    for x in xs:
        for layer, (pre, post) in enumerate(forward(record, weights, biases, x)):
            z[layer].append(pre)
            a[layer].append(post)
    heads = [_head(record, *row) for row in zip(z[-1], a[-1], ys, strict=True)]
    losses = tuple(head.loss for head in heads)
    dz: list[list[Row]] = [[] for _ in range(depth)]
    da: list[list[Row]] = [[] for _ in range(depth)]
    dx: list[Row] = []
    for e in range(count):
        gradient: Row = tuple(g / count for g in heads[e].da)
        for layer in reversed(range(depth)):
            da[layer].append(gradient)
            if layer == depth - 1 and heads[e].dz:
                delta: Row = tuple(g / count for g in heads[e].dz)
            else:
                delta = record.activations[layer].pull_back(z[layer][e], a[layer][e], gradient)
            dz[layer].append(delta)
            gradient = tuple(
                dot([line[j] for line in weights[layer]], delta) for j in range(record.layers[layer])
            )
        dx.append(gradient)
    dw, db = [], []
    for layer in range(depth):
        below_rows = xs if layer == 0 else a[layer - 1]
        dw.append(
            tuple(
                tuple(
                    total([dz[layer][e][i] * below_rows[e][j] for e in range(count)])
                    for j in range(record.layers[layer])
                )
                for i in range(record.layers[layer + 1])
            )
        )
        db.append(
            tuple(total([dz[layer][e][i] for e in range(count)]) for i in range(record.layers[layer + 1]))
            if record.biased[layer]
            else None
        )
    if record.penalty is not None:
        slope = record.penalty.slope_at
        dw = [
            tuple(tuple(g + slope(w) for g, w in zip(*rows, strict=True)) for rows in zip(*pair, strict=True))
            for pair in zip(dw, weights, strict=True)
        ]
        if record.penalty.biases:
            db = [
                None if g is None or b is None else tuple(v + slope(w) for v, w in zip(g, b, strict=True))
                for g, b in zip(db, biases, strict=True)
            ]
    whole = total(losses) / count + _penalty_at(record, weights, biases)
    kinks = tuple(
        (layer, e, i)
        for layer in range(depth)
        for e in range(count)
        for i, value in enumerate(z[layer][e])
        if record.activations[layer].at_kink(value)
    )
    loss_kinks = tuple(
        (e, i)
        for e in range(count)
        for i, (o, y) in enumerate(zip(a[-1][e], ys[e], strict=False))
        if record.loss.at_kink(o, y)
    )
    return Pass(
        tuple(map(tuple, z)), tuple(map(tuple, a)), losses, whole,
        tuple(map(tuple, dz)), tuple(map(tuple, da)), tuple(dx), tuple(dw), tuple(db), kinks,
        loss_kinks,
    )  # fmt: skip
