"""Large networks in float64: both passes on NumPy arrays (rows are examples), checked along directions."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np

from solver.errors import CorrigeError
from solver.expression.tree import Cases, Condition, Expr, Sum, Symbol, number
from solver.network.activations import Activation
from solver.network.arrays import Array, evaluate, log_softmax
from solver.network.build import scalar_map
from solver.network.losses import Loss
from solver.network.numbers import rational, value_of
from solver.network.record import Record
from solver.network.symbolic import complete_cases

STEP = 2.0**-20
"""Half the length of the central difference, along a direction of normal entries."""

CLOSE = 1e-6
"""Agreement asked of a central difference, relative to the slope and to the size of the gradient."""


@dataclass(frozen=True)
class Numbers:
    """The numbers of a record: `weights[l]` K×D, `biases[l]` K or None, `x` N×D, `y` N×K or None."""

    weights: tuple[Array, ...]
    biases: tuple[Array | None, ...]
    x: Array
    y: Array | None


@dataclass(frozen=True)
class FloatPass:
    """Values and gradients of the mean loss: `z[l]`, `a[l]`, `dz[l]`, `da[l]` N×K; `dw[l]` K×D; `dx` N×D."""

    z: tuple[Array, ...]
    a: tuple[Array, ...]
    loss: float
    dz: tuple[Array, ...]
    da: tuple[Array, ...]
    dx: Array
    dw: tuple[Array, ...]
    db: tuple[Array | None, ...]


def numbers_of(record: Record) -> Numbers:
    """The exact numbers of a record rounded to float64."""
    assert record.weights is not None
    assert record.biases is not None
    assert record.x is not None
    return Numbers(
        tuple(np.array(w, dtype=np.float64) for w in record.weights),
        tuple(None if b is None else np.array(b, dtype=np.float64) for b in record.biases),
        np.array(record.x, dtype=np.float64),
        np.array(record.y, dtype=np.float64) if record.y is not None and record.loss.needs_target else None,
    )


def float_pass(record: Record, numbers: Numbers) -> FloatPass:
    """Forward and backward. Raises CorrigeError where the loss is not finite in float64."""
    with np.errstate(all="ignore"):
        zs, outputs = _forward(record, numbers)
        loss = _loss(record, zs[-1], outputs[-1], numbers.y) + _penalty(record, numbers)
        if not np.isfinite(loss):
            raise CorrigeError(
                "the loss is not finite in float64 at these numbers", hint='ask for "arithmetic": "exact"'
            )
        da, dz = _heads(record, zs[-1], outputs[-1], numbers.y)
        das, dzs, dws = [da], [dz], []
        dbs: list[Array | None] = []
        for layer in reversed(range(record.depth)):
            below = outputs[layer - 1] if layer else numbers.x
            bias = numbers.biases[layer]
            dws.append(_penalised(record, dz.T @ below, numbers.weights[layer], True))
            dbs.append(None if bias is None else _penalised(record, dz.sum(axis=0), bias, False))
            da = dz @ numbers.weights[layer]
            if layer:
                dz = _pull_back(record.activations[layer - 1], zs[layer - 1], outputs[layer - 1], da)
                das.append(da)
                dzs.append(dz)
    return FloatPass(
        tuple(zs), tuple(outputs), loss, tuple(dzs[::-1]), tuple(das[::-1]), da, tuple(dws[::-1]),
        tuple(dbs[::-1]),
    )  # fmt: skip


@dataclass(frozen=True)
class Direction:
    """A way to move the parameters: u vᵀ for each weight matrix, s for each bias."""

    u: tuple[Array, ...]
    v: tuple[Array, ...]
    s: tuple[Array, ...]

    def slope(self, found: FloatPass) -> float:
        """Σ gradient · direction"""
        total = sum(float(u @ g @ v) for u, g, v in zip(self.u, found.dw, self.v, strict=True))
        return total + sum(float(s @ g) for s, g in zip(self.s, found.db, strict=True) if g is not None)


def float_verified(record: Record, numbers: Numbers, found: FloatPass) -> bool:
    """Whether a central difference of the loss along a random direction agrees with all the gradients."""
    chance = np.random.default_rng(1)
    draw = [
        tuple(chance.standard_normal(n) for n in sizes) for sizes in (record.layers[1:], record.layers[:-1])
    ]
    way = Direction(draw[0], draw[1], tuple(chance.standard_normal(n) for n in record.layers[1:]))
    slope = way.slope(found)
    size = float(np.sqrt(sum(np.vdot(g, g) for g in (*found.dw, *found.db) if g is not None)))
    with np.errstate(all="ignore"):
        ends = []
        for step in (STEP, -STEP):
            zs, outputs = _forward(record, numbers, way, step)
            ends.append(_loss(record, zs[-1], outputs[-1], numbers.y))
            ends[-1] += _penalty(record, numbers, way, step)
    allowed = CLOSE * (abs(slope) + size + abs(found.loss))
    return bool(abs((ends[0] - ends[1]) / (2 * STEP) - slope) <= allowed)


# ---- layers -------------------------------------------------------------------------------------

_Z, _A, _Y = Symbol("z"), Symbol("a"), Symbol("y")


def _forward(
    record: Record, numbers: Numbers, way: Direction | None = None, step: float = 0.0
) -> tuple[list[Array], list[Array]]:
    """z and a of every layer, the parameters moved by `step` along `way`."""
    zs, outputs = [], []
    below = numbers.x
    for layer, (activation, w, b) in enumerate(
        zip(record.activations, numbers.weights, numbers.biases, strict=True)
    ):
        z = below @ w.T
        if b is not None:
            z += b
        if way is not None:
            moved = np.outer(below @ way.v[layer], way.u[layer])
            z += step * (moved if b is None else moved + way.s[layer])
        below = _activated(activation, z)
        zs.append(z)
        outputs.append(below)
    return zs, outputs


def _activated(activation: Activation, z: Array) -> Array:
    if activation.is_vector:
        logs = log_softmax(z)
        return logs if activation.name == "log_softmax" else np.exp(logs)
    return evaluate(activation.define(_Z), {"z": z})


def _pull_back(activation: Activation, z: Array, a: Array, da: Array) -> Array:
    if activation.name == "softmax":
        mean: Array = (a * da).sum(axis=1, keepdims=True)
        return a * (da - mean)
    if activation.name == "log_softmax":
        whole: Array = da.sum(axis=1, keepdims=True)
        return da - np.exp(a) * whole
    return da * evaluate(_slope(activation), {"z": z})


@lru_cache(maxsize=64)
def _slope(activation: Activation) -> Expr:
    """φ′(z) by the engine; at a kink the slope that frameworks take."""
    body = complete_cases(scalar_map(activation).prime().body)
    at_kinks = []
    for kink in activation.kinks:
        taken = value_of(activation.slope_at(rational(kink)))
        assert isinstance(taken, Fraction)  # slopes at kinks are rational
        at_kinks.append((number(taken), Condition(_Z, "=", number(kink))))
    return Cases((*at_kinks, (body, None))) if at_kinks else body


# ---- penalty ------------------------------------------------------------------------------------


def _penalised(record: Record, gradient: Array, parameter: Array, is_weight: bool) -> Array:
    penalty = record.penalty
    if penalty is None or not (is_weight or penalty.biases):
        return gradient
    return gradient + float(penalty.l2) * parameter + float(penalty.l1) * np.sign(parameter)


def _penalty(record: Record, numbers: Numbers, way: Direction | None = None, step: float = 0.0) -> float:
    penalty = record.penalty
    if penalty is None:
        return 0.0
    weights = numbers.weights
    biases = numbers.biases if penalty.biases else ()
    if way is not None:
        pairs = zip(weights, way.u, way.v, strict=True)
        weights = tuple(w + step * np.outer(u, v) for w, u, v in pairs)
        biases = tuple(None if b is None else b + step * s for b, s in zip(biases, way.s, strict=False))
    return sum(
        float(penalty.l1) * float(np.abs(p).sum()) + float(penalty.l2) / 2 * float((p * p).sum())
        for p in (*weights, *biases)
        if p is not None
    )


# ---- losses -------------------------------------------------------------------------------------


def _loss(record: Record, z: Array, a: Array, y: Array | None) -> float:
    """The mean over the examples."""
    logits = record.loss.on_logits(record.activations[-1].name)
    loss, outputs = (record.loss, a) if logits is None else (logits, z)
    row = loss.row
    if row is None:
        assert y is not None
        return float(-(y * log_softmax(outputs)).sum() / len(outputs))
    known = {"a": outputs} if y is None else {"a": outputs, "y": y}
    values = np.broadcast_to(evaluate(_terms(loss), known), outputs.shape)
    return float(values.sum() / len(outputs) / (outputs.shape[1] if row.mean else 1))


def _heads(record: Record, z: Array, a: Array, y: Array | None) -> tuple[Array, Array]:
    """∂L/∂ŷ and ∂L/∂z of the last layer, through the logits where that is safer."""
    activation = record.activations[-1]
    da = _gradient(record.loss, a, y)
    logits = record.loss.on_logits(activation.name)
    return da, _pull_back(activation, z, a, da) if logits is None else _gradient(logits, z, y)


def _gradient(loss: Loss, outputs: Array, y: Array | None) -> Array:
    row = loss.row
    if row is None:
        assert y is not None
        whole: Array = y.sum(axis=1, keepdims=True)
        return (np.exp(log_softmax(outputs)) * whole - y) / len(outputs)
    known = {"a": outputs} if y is None else {"a": outputs, "y": y}
    slopes = np.broadcast_to(evaluate(_loss_slope(loss), known), outputs.shape)
    return slopes / (len(outputs) * (outputs.shape[1] if row.mean else 1))


@lru_cache(maxsize=32)
def _terms(loss: Loss) -> Expr:
    assert loss.row is not None
    terms = loss.row.terms(_A, _Y)
    return terms[0] if len(terms) == 1 else Sum(terms)


@lru_cache(maxsize=32)
def _loss_slope(loss: Loss) -> Expr:
    from solver.derivation.engine import derive

    return complete_cases(derive(_terms(loss), _A).result)
