"""Random layers: whatever is composed of the notation is derived, checked, and its NumPy is right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.layer.derive import backward
from solver.layer.notation import read_layer
from solver.layer.report import layer_json

DECLARED = "X: N x D\nV: N x D\nW: K x D\ng: 1 x D\nq: N x 1\na: scalar\n"
USED = "U = X + 0 V + 0 (q * g) + 0 a + 0 (X W^T) 1\n"
SIZES = {"N": 3, "D": 2, "K": 4}


def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    functions = st.sampled_from(["tanh", "sigmoid", "softplus", "relu", "sin", "silu", "exp"])
    return st.one_of(
        st.tuples(inner, inner).map(lambda t: f"({t[0]} + {t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"({t[0]} * {t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"({t[0]} / (2 + {t[1]}^2))"),
        st.tuples(functions, inner).map(lambda t: f"{t[0]}({t[1]} / 4)"),
        inner.map(lambda t: f"({t} - 1 g)"),
        inner.map(lambda t: f"(q * {t})"),
        inner.map(lambda t: f"({t} - 1 (1^T {t}) / N)"),
        inner.map(lambda t: f"({t} * (({t} 1) / D))"),
        inner.map(lambda t: f"({t} W^T W)"),
        inner.map(lambda t: f"(a {t})"),
        inner.map(lambda t: f"([X > V] * {t})"),
    )


MATRICES = st.recursive(st.sampled_from(["X", "V", "U", "Z"]), combined, max_leaves=5)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.recursive(st.sampled_from(["X", "V", "U"]), combined, max_leaves=3), MATRICES)
def test_random_layers(first: str, second: str) -> None:
    layer = read_layer(f"{DECLARED}{USED}Z = {first}\nY = {second}", "random")
    found = layer_json(backward(layer))
    assert found["verified"]
    source = np.random.default_rng(3)
    space: dict = {"np": np}
    for name in layer.inputs:
        space[name.name] = source.normal(size=[SIZES.get(d, 1) for d in found["shapes"][name.name]])
    space["dY"] = source.normal(size=(3, 2))

    def loss(values: dict) -> float:
        values = dict(values)
        for entry in found["forward"]:
            eval(entry["numpy"], values)  # the strings that people paste
        return float(np.sum(values["dY"] * values["Y"]))

    forward = dict(space)
    for entry in found["forward"]:
        eval(entry["numpy"], forward)
    for entry in found["backward"]:
        name = entry["name"][1:]
        gradient = eval(entry["numpy"], dict(forward))
        value = np.asarray(space[name], dtype=float)
        direction = source.normal(size=value.shape)
        ends = [loss({**space, name: value + step * direction}) for step in (1e-6, -1e-6)]
        slope = (ends[0] - ends[1]) / 2e-6
        assert float(np.sum(gradient * direction)) == pytest.approx(slope, rel=1e-4, abs=1e-5)
