"""The numeric pass: against another library, against dual numbers, at saturation, on kinks, on batches.

A corrigé and `corrige network` print these numbers, so each is compared with one that shares no code with it.
"""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from flint import fmpq
from network_samples import draw

from solver.errors import CorrigeError
from solver.expression.evaluate import exact_value
from solver.expression.functions import ACTIVATIONS, FUNCTIONS
from solver.expression.reader import read_expression
from solver.network.activation_rows import ROWS, VECTORS
from solver.network.activations import read_activation
from solver.network.losses import LOSSES
from solver.network.numbers import text
from solver.network.numeric import numeric_pass
from solver.network.record import make_record, read_record
from solver.network.report import network_json, network_lines
from solver.network.verify import verified

PROBABILITIES = {"bce": "sigmoid", "cross_entropy": "softmax", "nll": "log_softmax"}


def numbers(value: object) -> list[float]:
    if isinstance(value, list):
        return [x for item in value for x in numbers(item)]
    return [float(Fraction(str(value)))]


# ---- another library ---------------------------------------------------------------------------


def with_autograd(record: dict) -> tuple[float, list, list]:
    """Loss, dW, db by the `autograd` package in float64."""
    import autograd.numpy as np
    from autograd import grad

    def softmax(z):
        e = np.exp(z - np.max(z))
        return e / np.sum(e)

    table = {
        "identity": lambda z: z,
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "tanh": np.tanh,
        "relu": lambda z: np.where(z > 0, z, 0.0),
        "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
        "softplus": lambda z: np.log(1 + np.exp(z)),
        "silu": lambda z: z / (1 + np.exp(-z)),
        "softsign": lambda z: z / (1 + np.abs(z)),
        "elu": lambda z: np.where(z > 0, z, np.exp(z) - 1),
        "softmax": softmax,
        "log_softmax": lambda z: np.log(softmax(z)),
    }
    losses = {
        "half_squared": lambda o, t: 0.5 * np.sum((o - t) ** 2),
        "squared": lambda o, t: np.sum((o - t) ** 2),
        "mse": lambda o, t: np.mean((o - t) ** 2),
        "bce": lambda o, t: -np.mean(t * np.log(o) + (1 - t) * np.log(1 - o)),
        "cross_entropy": lambda o, t: -np.sum(t * np.log(o)),
        "cross_entropy_logits": lambda o, t: -np.sum(t * (o - np.log(np.sum(np.exp(o))))),
        "nll": lambda o, t: -np.sum(t * o),
        "hinge": lambda o, t: np.sum(np.where(1 - t * o > 0, 1 - t * o, 0.0)),
        "huber": lambda o, t: np.sum(np.where(np.abs(o - t) <= 1, 0.5 * (o - t) ** 2, np.abs(o - t) - 0.5)),
        "sum": lambda o, t: np.sum(o),
    }
    weights = [np.array(w, dtype=float) for w in record["weights"]]
    biases = [np.array(b, dtype=float) for b in record["biases"]]
    xs = record["x"] if isinstance(record["x"][0], list) else [record["x"]]
    ys = record["y"] if isinstance(record["y"][0], list) else [record["y"]]

    def loss(ws, bs):
        total = 0.0
        for x, y in zip(xs, ys, strict=True):
            a = np.array(x, dtype=float)
            for w, b, name in zip(ws, bs, record["activations"], strict=True):
                a = table[name](np.dot(w, a) + b)
            total = total + losses[record["loss"]](a, np.array(y, dtype=float))
        return total / len(xs)

    dw, db = grad(loss, 0)(weights, biases), grad(loss, 1)(weights, biases)
    return float(loss(weights, biases)), [w.tolist() for w in dw], [b.tolist() for b in db]


SHAPES = [
    ([2, 3, 1], ["sigmoid", "sigmoid"], "half_squared", None),
    ([3, 4, 3, 2], ["relu", "tanh", "identity"], "mse", None),
    ([2, 3, 3], ["tanh", "softmax"], "cross_entropy", None),
    ([2, 3, 3], ["softmax", "log_softmax"], "nll", None),
    ([4, 3, 3, 3, 2], ["leaky_relu", "softplus", "silu", "sigmoid"], "bce", None),
    ([1, 2, 3], ["elu", "identity"], "cross_entropy_logits", None),
    ([2, 2, 2], ["softsign", "identity"], "hinge", None),
    ([2, 5, 2], ["relu", "identity"], "huber", None),
    ([2, 3, 2], ["sigmoid", "tanh"], "squared", 4),
    ([3, 2, 2], ["relu", "softmax"], "cross_entropy", 3),
    ([1, 1], ["sigmoid"], "sum", None),
]


@pytest.mark.parametrize(("layers", "activations", "loss", "count"), SHAPES)
def test_agrees_with_autograd(layers, activations, loss, count):
    for seed in (1, 2):
        record = draw(seed, layers, activations, loss, count)
        answer = network_json(make_record(record))
        value, dw, db = with_autograd(record)
        assert answer["verified"] is True
        assert numbers(answer["loss"])[0] == pytest.approx(value, rel=1e-12)
        for ours, theirs in ((answer["gradients"]["dW"], dw), (answer["gradients"]["db"], db)):
            assert numbers(ours) == pytest.approx(numbers(theirs), rel=1e-12, abs=1e-13)


# ---- every row, against dual numbers -------------------------------------------------------------


@pytest.mark.parametrize("name", [*ROWS, *VECTORS])
def test_every_activation_agrees_with_dual_numbers(name):
    for seed in range(3):
        record = make_record(draw(seed, [2, 2, 2], [name, "identity"], "mse"))
        assert verified(record, numeric_pass(record)) is True


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_agrees_with_dual_numbers(loss):
    for seed in range(3):
        record = make_record(draw(seed, [2, 2, 2], ["tanh", PROBABILITIES.get(loss, "identity")], loss))
        assert verified(record, numeric_pass(record)) is True


@pytest.mark.parametrize("factor", [Fraction(1001, 1000), Fraction(-1)])
def test_a_wrong_gradient_is_caught(factor):
    from dataclasses import replace

    record = make_record(draw(5, [2, 3, 1], ["sigmoid", "sigmoid"], "half_squared"))
    found = numeric_pass(record)
    planted = replace(
        found,
        db=(found.db[0], tuple(v * int(factor.numerator) / int(factor.denominator) for v in found.db[1])),
    )
    assert verified(record, found) is True
    assert verified(record, planted) is False


def test_many_parameters_are_checked_by_directions():
    from dataclasses import replace

    record = make_record(draw(5, [6, 8, 4], ["tanh", "softmax"], "cross_entropy"))
    assert record.parameters > 64
    found = numeric_pass(record)
    assert verified(record, found) is True
    first = found.dw[0]
    planted = replace(found, dw=(((first[0][0] + 1, *first[0][1:]), *first[1:]), found.dw[1]))
    assert verified(record, planted) is False


def test_large_networks_are_checked_by_a_difference():
    from dataclasses import replace

    record = make_record(draw(5, [30, 12, 4], ["tanh", "softmax"], "cross_entropy", 60))
    found = numeric_pass(record)
    assert verified(record, found) is True
    first = found.dw[0]
    planted = replace(
        found, dw=(((first[0][0] + first[0][0] / 2 + 1, *first[0][1:]), *first[1:]), found.dw[1])
    )
    assert verified(record, planted) is False


@pytest.mark.parametrize(
    ("text", "name"),
    [("MSELoss", "mse"), ("HuberLoss", "huber"), ("binary_cross_entropy", "bce"), ("l1", "mae")],
)
def test_other_names_of_losses(text, name):
    from solver.network.losses import read_loss

    assert read_loss(text).name == name


# ---- without numbers: expressions in names ----------------------------------------------------------


@pytest.mark.parametrize(
    ("layers", "activations", "loss"),
    [
        ([2, 3, 1], ["sigmoid", "sigmoid"], "half_squared"),
        ([2, 2, 2], ["relu", "softmax"], "cross_entropy"),
        ([1, 2, 2], ["softmax", "log_softmax"], "nll"),
        ([2, 2, 2], ["leaky_relu", "identity"], "cross_entropy_logits"),
        ([2, 2, 2], ["softplus", "tanh"], "huber"),
        ([2, 2, 1], ["gelu", "sigmoid"], "bce"),
    ],
)
def test_symbolic_answers_have_the_values_of_numeric_ones(layers, activations, loss):
    """The definitions and gradients, read back with every name a real symbol, at the numbers of a record."""
    import sympy
    from sympy.parsing.sympy_parser import parse_expr

    filled = draw(4, layers, activations, loss)
    answer = network_json(make_record({k: filled[k] for k in ("layers", "activations", "loss")}))
    wanted = network_json(make_record(filled))
    values: dict[str, object] = {f"x_{j}": v for j, v in enumerate(filled["x"], 1)}
    values |= {f"y_{i}": v for i, v in enumerate(filled["y"], 1)}
    for number, (rows, bias) in enumerate(zip(filled["weights"], filled["biases"], strict=True), 1):
        values |= {f"b{number}_{i}": b for i, b in enumerate(bias, 1)}
        for i, row in enumerate(rows, 1):
            values |= {f"W{number}_{i}_{j}": w for j, w in enumerate(row, 1)}
    known = {name: sympy.Rational(str(v)) for name, v in values.items()}

    def value(text: str) -> sympy.Expr:
        names = {n: sympy.Symbol(n, real=True) for n in known}
        found = parse_expr(text, local_dict=names).subs({names[n]: v for n, v in known.items()})
        return sympy.N(found, 30)

    for name, line in answer["definitions"].items():
        known[name] = value(line)
    assert answer["verified"] is True
    assert float(value(answer["loss"])) == pytest.approx(numbers(wanted["loss"])[0], rel=1e-12)

    def flat(tree: object) -> list[str]:
        return [t for item in tree for t in flat(item)] if isinstance(tree, list) else [str(tree)]

    for key in ("dW", "db", "dz", "da", "dx"):
        ours = [float(value(text)) for text in flat(answer["gradients"][key])]
        assert ours == pytest.approx(numbers(wanted["gradients"][key]), rel=1e-11, abs=1e-13), key
    assert ("notes" in answer) == ("relu" in activations[0])


# ---- saturation, exactness, kinks ----------------------------------------------------------------


def one(activation: str, loss: str, weight: str, y: str, layers=(1, 1)) -> dict:
    return {
        "layers": list(layers), "activations": [activation], "loss": loss,
        "weights": [[[weight]] * layers[1]], "biases": "none", "x": ["1"], "y": [y] * layers[1],
    }  # fmt: skip


def test_saturated_values_keep_their_digits():
    found = numeric_pass(make_record(one("sigmoid", "bce", "1000", "1")))
    assert text(found.dz[0][0][0]).startswith("-5.07595889754945676")
    assert text(found.dz[0][0][0]).endswith("e-435")
    wrong = numeric_pass(make_record(one("sigmoid", "bce", "-1000", "1")))
    assert float(text(wrong.loss)) == 1000
    assert float(text(wrong.dz[0][0][0])) == -1


def test_softmax_of_far_logits():
    record = {
        "layers": [1, 3], "activations": ["softmax"], "loss": "cross_entropy",
        "weights": [[["1000"], ["0"], ["-1000"]]], "biases": "none", "x": ["1"], "y": ["0", "1", "0"],
    }  # fmt: skip
    found = numeric_pass(make_record(record))
    assert float(text(found.loss)) == 1000
    assert [float(text(v)) for v in found.dz[0][0]] == [1.0, -1.0, 0.0]
    assert text(found.a[0][0][2]).endswith("e-869")


def test_rational_networks_stay_exact():
    record = make_record(
        {
            "layers": [2, 2, 1], "activations": ["relu", "identity"], "loss": "half_squared",
            "weights": [[["1/3", 2], ["0.1", "-1"]], [["3", "0.5"]]], "biases": [["1/7", 0], ["-1"]],
            "x": ["0.1", "2e-1"], "y": ["1/3"],
        }
    )  # fmt: skip
    answer = network_json(record)
    assert answer["exact"] is True
    assert answer["z"][0][0] == str(Fraction(1, 3) * Fraction(1, 10) + Fraction(2, 5) + Fraction(1, 7))
    assert all(Fraction(v) is not None for v in answer["gradients"]["dW"][0][0])


def test_a_difference_that_is_zero_is_zero():
    record = make_record(
        {
            "layers": [1, 2, 1], "activations": ["sigmoid", "sigmoid"], "loss": "half_squared",
            "weights": [[[1], [1]], [[1, -1]]], "biases": "none", "x": [1], "y": [1],
        }
    )  # fmt: skip
    answer = network_json(record)
    assert answer["z"][1] == ["0"]
    assert float(Fraction(answer["a"][1][0]).limit_denominator(10)) == 0.5


@pytest.mark.parametrize(
    ("activation", "at", "slope"),
    [("relu", 0, 0), ("leaky_relu", 0, Fraction(1, 100)), ("hard_tanh", 1, 0), ("hard_tanh", -1, 0),
     ("relu6", 6, 0), ("hard_sigmoid", 3, 0), ("leaky_relu(0.2)", 0, Fraction(1, 5))],
)  # fmt: skip
def test_kinks_are_said(activation, at, slope):
    answer = network_json(make_record(one(activation, "sum", str(at), "0")))
    assert Fraction(answer["gradients"]["dz"][0][0]) == slope
    assert len(answer["notes"]) == 1
    assert answer["verified"] is True


def test_no_kink_no_note():
    assert "notes" not in network_json(make_record(one("elu", "sum", "0", "0")))
    assert "notes" not in network_json(make_record(one("relu", "sum", "1", "0")))


def test_a_loss_without_value_is_an_error():
    record = make_record(one("identity", "bce", "-2", "0.5"))
    with pytest.raises(CorrigeError, match="logarithm"):
        numeric_pass(record)


def test_zero_times_log_of_zero_is_zero():
    answer = network_json(make_record(one("relu", "cross_entropy", "-2", "0")))
    assert answer["loss"] == "0"


# ---- shapes of the answer ------------------------------------------------------------------------


def test_batch_is_the_mean_of_its_examples():
    record = draw(3, [2, 3, 2], ["tanh", "softmax"], "cross_entropy", 3)
    whole = network_json(make_record(record))
    singles = [
        network_json(make_record({**record, "x": x, "y": y}))
        for x, y in zip(record["x"], record["y"], strict=True)
    ]
    assert len(whole["z"][0]) == 3
    assert len(whole["z"][0][0]) == 3
    assert len(whole["gradients"]["dx"]) == 3
    assert numbers(whole["loss"])[0] == pytest.approx(sum(numbers(s["loss"])[0] for s in singles) / 3)
    for key in ("dW", "db"):
        mean = [sum(v) / 3 for v in zip(*(numbers(s["gradients"][key]) for s in singles), strict=True)]
        assert numbers(whole["gradients"][key]) == pytest.approx(mean)
    assert numbers(whole["gradients"]["dz"][1][2]) == pytest.approx(
        [v / 3 for v in numbers(singles[2]["gradients"]["dz"][1])]
    )


def test_lines_answer_in_order_and_errors_are_objects():
    good = json.dumps(draw(1, [1, 1], ["sigmoid"], "mse"))
    answers = [json.loads(line) for line in network_lines([good, "{oops", good])]
    assert [sorted(a)[0] for a in answers] == ["a", "error", "a"]
    assert answers[1]["error"]["line"] == 2
    assert answers[1]["error"]["column"] == 2


def test_decimals_are_not_floats():
    found = read_record(
        '{"layers": [1, 1], "activations": ["identity"], "loss": "sum", '
        '"weights": [[[0.1]]], "biases": [[2e-1]], "x": [3]}'
    )
    assert found.weights == (((Fraction(1, 10),),),)
    assert text(numeric_pass(found).z[0][0][0]) == "1/2"


@pytest.mark.parametrize("name", ["loss", "z", "a", "dz", "da", "dx", "dw", "db"])
def test_whatever_number_is_wrong_is_caught(name):
    """Each kind of number in turn is changed by one part in ten million, in a batch."""
    from dataclasses import replace

    record = make_record(draw(6, [2, 3, 2], ["tanh", "softmax"], "cross_entropy", 2))
    found = numeric_pass(record)
    assert verified(record, found) is True

    def changed(value):
        if not isinstance(value, tuple):
            return value * (1 + fmpq(1, 10**7))
        return (changed(value[0]), *value[1:])

    planted = replace(found, **{name: changed(getattr(found, name))})
    assert verified(record, planted) is False


@pytest.mark.parametrize("name", [n for n in ROWS if FUNCTIONS[n].kinks])
def test_slopes_at_kinks_are_those_of_the_table(name):
    fact, parameters = FUNCTIONS[name], dict(FUNCTIONS[name].defaults)
    for kink, taken in zip(fact.kinks, fact.taken, strict=True):
        filled = {p: exact_value(read_expression(v)) for p, v in parameters.items()}
        slope = read_activation(name).slope_at(fmpq(int(kink)))
        assert Fraction(int(slope.p), int(slope.q)) == exact_value(read_expression(taken), filled)
        if read_activation(name).kinks:
            record = make_record(one(name, "sum", kink, "0"))
            assert verified(record, numeric_pass(record)) is True


def test_every_activation_of_the_table_is_computed():
    assert set(ACTIVATIONS) == set(ROWS)


def test_a_zero_without_proof_is_said():
    sums_to_one = {
        "layers": [1, 2, 1], "activations": ["sigmoid", "identity"], "loss": "sum",
        "weights": [[[1], [-1]], [[1, 1]]], "biases": [[0, 0], [-1]], "x": [1],
    }  # fmt: skip
    answer = network_json(make_record(sums_to_one))
    assert answer["loss"] == "0"
    assert "z2_1" in answer["notes"][0]
    far = one("sigmoid", "half_squared", "1000000", "1")
    assert "dz1_1" in network_json(make_record(far))["notes"][0]


@pytest.mark.parametrize("weight", ["1000", "-1000", "100000"])
def test_infinite_slopes_do_not_appear(weight):
    """Far beyond what a float holds, loss and gradients of the usual pairs keep their digits."""
    for activation, loss in (("sigmoid", "bce"), ("softmax", "cross_entropy"), ("log_softmax", "nll")):
        record = {
            "layers": [1, 2], "activations": [activation], "loss": loss,
            "weights": [[[weight], ["0"]]], "biases": "none", "x": ["1"], "y": ["0", "1"],
        }  # fmt: skip
        answer = network_json(make_record(record))
        positive = Fraction(weight) > 0
        share = 2 if loss == "bce" else 1
        if positive and loss != "bce":
            assert answer["loss"].startswith(weight)
            assert [float(v) for v in answer["gradients"]["dz"][0]] == [1.0, -1.0]
        if loss == "bce":
            first = float(Fraction(answer["gradients"]["dz"][0][0]))
            assert first == (1.0 / share if positive else 0.0)
            assert positive or answer["gradients"]["dz"][0][0].startswith("2.53797944877472838")


def test_a_dead_unit_needs_no_excuse():
    """0 times a ball is 0: nothing to be said of it."""
    record = {
        "layers": [1, 2, 1], "activations": ["relu", "sigmoid"], "loss": "bce",
        "weights": [[[1], [-1]], [[1, 1]]], "biases": "none", "x": [1], "y": [1],
    }  # fmt: skip
    assert "notes" not in network_json(make_record(record))
