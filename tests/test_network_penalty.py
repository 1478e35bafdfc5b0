"""The penalty on the parameters: its definition, against autograd, in numbers, in names, in float64."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from network_samples import draw

from solver.errors import CorrigeError
from solver.network.record import make_record
from solver.network.report import network_json, network_report

PENALTIES = [
    {"l2": "0.1"},
    {"l1": "0.01"},
    {"l1": "0.02", "l2": "0.3"},
    {"l1": "0.5", "l2": "1/3", "biases": True},
]


def flat(value: object) -> list[float]:
    if isinstance(value, list):
        return [x for item in value for x in flat(item)]
    return [float(Fraction(str(value)))]


def expected(record: dict, plain: dict) -> tuple[float, list[float], list[float]]:
    """Loss, dW, db of the answer without penalty, with λ₁ Σ|w| + λ₂/2 Σw² added by hand."""
    penalty = record["penalty"]
    l1, l2 = (float(Fraction(penalty.get(k, "0"))) for k in ("l1", "l2"))
    w, b = np.array(flat(record["weights"])), np.array(flat(record["biases"]))
    over = np.concatenate([w, b]) if penalty.get("biases") else w
    loss = flat(plain["loss"])[0] + l1 * np.abs(over).sum() + l2 / 2 * (over**2).sum()
    dw = np.array(flat(plain["gradients"]["dW"])) + l1 * np.sign(w) + l2 * w
    db = np.array(flat(plain["gradients"]["db"]))
    if penalty.get("biases"):
        db = db + l1 * np.sign(b) + l2 * b
    return float(loss), dw.tolist(), db.tolist()


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("arithmetic", ["exact", "float64"])
def test_numbers(penalty, arithmetic):
    plain = draw(8, [2, 3, 2], ["tanh", "softmax"], "cross_entropy", 3)
    record = {**plain, "penalty": penalty, "arithmetic": arithmetic}
    answer = network_json(make_record(record))
    loss, dw, db = expected(record, network_json(make_record(plain)))
    assert flat(answer["loss"])[0] == pytest.approx(loss, rel=1e-13)
    assert flat(answer["gradients"]["dW"]) == pytest.approx(dw, rel=1e-12)
    assert flat(answer["gradients"]["db"]) == pytest.approx(db, rel=1e-12)
    assert answer["verified"] is True


@pytest.mark.parametrize("penalty", PENALTIES)
def test_names_agree_with_numbers(penalty):
    import sympy
    from sympy.parsing.sympy_parser import parse_expr

    record = {**draw(8, [2, 2, 1], ["tanh", "identity"], "mse"), "penalty": penalty}
    wanted = network_json(make_record(record))
    bare = {k: record[k] for k in ("layers", "activations", "loss", "penalty")}
    answer = network_json(make_record(bare))
    values = {f"x_{j}": v for j, v in enumerate(record["x"], 1)} | {"y_1": record["y"][0]}
    for layer, (rows, bias) in enumerate(zip(record["weights"], record["biases"], strict=True), 1):
        values |= {f"b{layer}_{i}": b for i, b in enumerate(bias, 1)}
        values |= {f"W{layer}_{i}_{j}": w for i, row in enumerate(rows, 1) for j, w in enumerate(row, 1)}
    known = {sympy.Symbol(k, real=True): sympy.Rational(str(v)) for k, v in values.items()}

    def value(text: str) -> float:
        names = {s.name: s for s in known}
        return parse_expr(text, local_dict=names).subs(known)

    for name, definition in answer["definitions"].items():
        known[sympy.Symbol(name, real=True)] = value(definition)

    def texts(tree: object) -> list[str]:
        return [t for item in tree for t in texts(item)] if isinstance(tree, list) else [str(tree)]

    assert float(value(answer["loss"])) == pytest.approx(flat(wanted["loss"])[0], rel=1e-12)
    for key in ("dW", "db", "dx"):
        ours = [float(sympy.N(value(t), 20)) for t in texts(answer["gradients"][key])]
        assert ours == pytest.approx(flat(wanted["gradients"][key]), rel=1e-11)
    assert answer["verified"] is True


def test_it_is_told_in_the_text_and_at_zero():
    record = {**draw(8, [2, 2, 1], ["tanh", "identity"], "mse"), "penalty": {"l1": "0.1", "l2": "0.2"}}
    bare = {k: record[k] for k in ("layers", "activations", "loss", "penalty")}
    text = network_report(json.dumps(bare), to="text")
    assert "0.1" in text
    assert "dW2 = dz2 a1^T + 1/5 W2 + 1/10 sign(W2)" in text
    assert "dW2_1_1 = dz2_1*a1_1 + 0.2W2_1_1 + 0.1sign(W2_1_1)" in text
    record["weights"][0][0][0] = "0"
    assert "W1_1_1" in network_json(make_record(record))["notes"][0]


@pytest.mark.parametrize(
    ("penalty", "told"),
    [({"l3": 1}, "l3"), ({"l2": "-1"}, "negative"), ("0.1", "expected"), ({"l1": "a"}, "number")],
)
def test_a_wrong_penalty_is_refused(penalty, told):
    record = {"layers": [1, 1], "activations": ["tanh"], "loss": "mse", "penalty": penalty}
    with pytest.raises(CorrigeError, match=told):
        make_record(record)
