"""Random networks: any depth to 4, any widths to 4, every activation and loss, against `autograd` in float64.

`autograd` differentiates plain NumPy definitions written here; nothing is shared with the engine.
"""

from __future__ import annotations

import math
from fractions import Fraction

import autograd.numpy as np
import numpy as plain_numpy
import pytest
from autograd import grad
from autograd.extend import defvjp, primitive
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from network_samples import draw

from solver.network.activation_rows import ROWS, VECTORS
from solver.network.losses import LOSSES
from solver.network.record import make_record
from solver.network.report import network_json

erf = primitive(plain_numpy.vectorize(math.erf, otypes=[float]))
defvjp(erf, lambda ans, x: lambda g: g * 2 / math.sqrt(math.pi) * np.exp(-(x**2)))


def softmax(z):
    e = np.exp(z - np.max(z))
    return e / np.sum(e)


ACTIVATIONS = {
    "identity": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.where(z > 0, z, 0.0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.exp(z) - 1),
    "celu": lambda z: np.where(z > 0, z, np.exp(z) - 1),
    "selu": lambda z: 1.0507009873554804934 * np.where(z > 0, z, 1.6732632423543772848 * (np.exp(z) - 1)),
    "gelu": lambda z: z * 0.5 * (1 + erf(z / math.sqrt(2))),
    "gelu_tanh": lambda z: 0.5 * z * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "softsign": lambda z: z / (1 + np.abs(z)),
    "hard_sigmoid": lambda z: np.clip(z / 6 + 0.5, 0, 1),
    "hard_tanh": lambda z: np.clip(z, -1, 1),
    "hard_swish": lambda z: z * np.clip(z / 6 + 0.5, 0, 1),
    "relu6": lambda z: np.clip(z, 0, 6),
    "mish": lambda z: z * np.tanh(np.log(1 + np.exp(z))),
    "log_sigmoid": lambda z: -np.log(1 + np.exp(-z)),
    "tanhshrink": lambda z: z - np.tanh(z),
    "softmax": softmax,
    "log_softmax": lambda z: np.log(softmax(z)),
}
LOSS = {
    "half_squared": lambda o, t: 0.5 * np.sum((o - t) ** 2),
    "squared": lambda o, t: np.sum((o - t) ** 2),
    "mse": lambda o, t: np.mean((o - t) ** 2),
    "mae": lambda o, t: np.mean(np.abs(o - t)),
    "bce": lambda o, t: -np.mean(t * np.log(o) + (1 - t) * np.log(1 - o)),
    "bce_logits": lambda o, t: np.mean(np.log(1 + np.exp(o)) - t * o),
    "cross_entropy": lambda o, t: -np.sum(t * np.log(o)),
    "cross_entropy_logits": lambda o, t: -np.sum(t * (o - np.log(np.sum(np.exp(o))))),
    "nll": lambda o, t: -np.sum(t * o),
    "hinge": lambda o, t: np.sum(np.where(1 - t * o > 0, 1 - t * o, 0.0)),
    "huber": lambda o, t: np.sum(np.where(np.abs(o - t) <= 1, 0.5 * (o - t) ** 2, np.abs(o - t) - 0.5)),
    "sum": lambda o, t: np.sum(o),
}
LAST = {"bce": ("sigmoid",), "cross_entropy": ("softmax", "sigmoid"), "nll": ("log_softmax",)}


def flat(value: object) -> list[float]:
    if isinstance(value, list):
        return [x for item in value for x in flat(item)]
    return [float(Fraction(str(value)))]


def with_autograd(record: dict) -> dict[str, list[float]]:
    """Loss and gradients by the `autograd` package."""
    weights = [np.array(w, dtype=float) for w in record["weights"]]
    biases = [np.array(b, dtype=float) for b in record["biases"]]
    xs = np.array(record["x"], dtype=float).reshape(-1, record["layers"][0])
    ys = np.array(record["y"], dtype=float).reshape(-1, record["layers"][-1])

    def loss(ws, bs, examples):
        total = 0.0
        for x, y in zip(examples, ys, strict=True):
            for w, b, name in zip(ws, bs, record["activations"], strict=True):
                x = ACTIVATIONS[name](np.dot(w, x) + b)
            total = total + LOSS[record["loss"]](x, y)
        return total / len(ys)

    gradients = [grad(loss, place)(weights, biases, xs) for place in range(3)]
    return {
        "loss": [float(loss(weights, biases, xs))],
        "dW": [float(v) for g in gradients[0] for v in g.ravel()],
        "db": [float(v) for g in gradients[1] for v in g.ravel()],
        "dx": [float(v) for v in gradients[2].ravel()],
    }


@st.composite
def records(drawn) -> dict:
    layers = drawn(st.lists(st.integers(1, 4), min_size=2, max_size=5))
    loss = drawn(st.sampled_from(sorted(LOSS)))
    hidden = [drawn(st.sampled_from(sorted(ACTIVATIONS))) for _ in layers[2:]]
    last = drawn(st.sampled_from(LAST.get(loss, tuple(sorted(ACTIVATIONS)))))
    count = drawn(st.sampled_from([None, 1, 3]))
    return draw(drawn(st.integers(0, 10**6)), layers, [*hidden, last], loss, count)


def agree(record: dict) -> None:
    answer = network_json(make_record(record))
    theirs = with_autograd(record)
    ours = {"loss": flat(answer["loss"])} | {k: flat(answer["gradients"][k]) for k in ("dW", "db", "dx")}
    for key, values in theirs.items():
        scale = 1 + max(map(abs, values))
        assert ours[key] == pytest.approx(values, rel=1e-12, abs=1e-12 * scale), (key, record)
    assert answer["verified"] is True


def test_the_tables_here_are_whole():
    assert set(ACTIVATIONS) == {*ROWS, *VECTORS}
    assert set(LOSS) == set(LOSSES)


@pytest.mark.parametrize("loss", sorted(LOSS))
def test_every_activation_with_every_loss(loss):
    for number, activation in enumerate(sorted(ACTIVATIONS)):
        last = LAST.get(loss, (activation,))[0]
        agree(draw(100 + number, [2, 3, 2], [activation, last], loss))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(records())
def test_random_networks(record):
    agree(record)
