"""Large networks in float64: every activation and loss against the exact pass, the check, the label."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from network_samples import draw

from solver.errors import CorrigeError
from solver.network.activation_rows import ROWS, VECTORS
from solver.network.floats import float_pass, float_verified, numbers_of
from solver.network.losses import LOSSES
from solver.network.numbers import value_of
from solver.network.numeric import numeric_pass
from solver.network.record import make_record
from solver.network.report import network_json, network_report

LAST = {"bce": "sigmoid", "cross_entropy": "softmax", "nll": "log_softmax"}


def floats(rows: object) -> np.ndarray:
    return np.array([[float(value_of(v)) for v in row] for row in rows])


@pytest.mark.parametrize("activation", [*ROWS, *VECTORS])
def test_every_activation_and_loss_agrees_with_the_exact_pass(activation):
    for loss in LOSSES:
        record = make_record(draw(3, [3, 4, 3], [activation, LAST.get(loss, "identity")], loss, 3))
        numbers = numbers_of(record)
        found, exact = float_pass(record, numbers), numeric_pass(record)
        assert found.loss == pytest.approx(float(value_of(exact.loss)), rel=1e-12)
        for letter in ("z", "a", "dz", "da", "dw"):
            for ours, theirs in zip(getattr(found, letter), getattr(exact, letter), strict=True):
                np.testing.assert_allclose(ours, floats(theirs), rtol=1e-9, atol=1e-13, err_msg=loss)
        np.testing.assert_allclose(found.dx, floats(exact.dx), rtol=1e-9, atol=1e-13)
        for bias, theirs in zip(found.db, exact.db, strict=True):
            np.testing.assert_allclose(bias, floats([theirs])[0], rtol=1e-9, atol=1e-13)
        assert float_verified(record, numbers, found)


def test_a_wrong_gradient_is_caught():
    record = make_record(draw(5, [20, 15, 4], ["sigmoid", "softmax"], "cross_entropy", 6))
    numbers = numbers_of(record)
    found = float_pass(record, numbers)
    assert float_verified(record, numbers, found)
    assert not float_verified(record, numbers, replace(found, dw=(found.dw[0] * 1.001, found.dw[1])))
    assert not float_verified(record, numbers, replace(found, dw=(found.dw[0], found.dw[1].copy()[::-1])))
    assert not float_verified(record, numbers, replace(found, db=(found.db[0], -found.db[1])))


def test_saturation_does_not_overflow():
    for activation, loss, y in (("sigmoid", "bce", ["0", "1"]), ("softmax", "cross_entropy", ["0", "1"])):
        record = make_record(
            {
                "layers": [1, 2], "activations": [activation], "loss": loss, "arithmetic": "float64",
                "weights": [[["1000"], ["-1000"]]], "biases": [[0, 0]], "x": ["1"], "y": y,
            }
        )  # fmt: skip
        answer = network_json(record)
        assert float(answer["loss"]) == (1000.0 if loss == "bce" else 2000.0)
        assert [float(v) for v in answer["gradients"]["dz"][0]] == ([0.5, -0.5] if loss == "bce" else [1, -1])
        assert answer["verified"] is True


def test_float64_is_said_and_can_be_asked_for_or_refused():
    record = draw(4, [2, 3, 2], ["tanh", "softmax"], "cross_entropy")
    small = network_json(make_record(record))
    asked = network_json(make_record({**record, "arithmetic": "float64"}))
    assert "arithmetic" not in small or small["arithmetic"] != "float64"
    assert asked["arithmetic"] == "float64"
    assert asked["exact"] is False
    assert float(asked["loss"]) == pytest.approx(float(Fraction(small["loss"])), rel=1e-13)
    wide = draw(4, [200, 60, 2], ["relu", "softmax"], "cross_entropy", 2)
    assert network_json(make_record(wide))["arithmetic"] == "float64"
    text = network_report(json.dumps(wide), to="text")
    assert "float64" in text
    assert "200-60-2" in text
    with pytest.raises(CorrigeError, match="arithmetic"):
        make_record({**record, "arithmetic": "float32"})


def test_a_loss_that_overflows_is_an_error():
    record = make_record(
        {
            "layers": [1, 1], "activations": ["identity"], "loss": "bce", "arithmetic": "float64",
            "weights": [[["2"]]], "biases": [[0]], "x": ["1"], "y": ["1"],
        }
    )  # fmt: skip
    with pytest.raises(CorrigeError, match="finite"):
        network_json(record)
