"""Layers in batch matrix form: the tidy formulas, and the NumPy strings run as pasted, against autograd."""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import product

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad as autograd_grad
from conftest import ROOT

from solver.expression.decimals import decimal
from solver.expression.functions import ACTIVATIONS
from solver.expression.tree import Apply, number
from solver.layer.catalogue import LAYERS, LOSSES, find_layer, named_layer, names
from solver.layer.derive import backward
from solver.layer.model import Backward
from solver.layer.notation import read_layer
from solver.layer.printer import show
from solver.layer.report import layer_json, layer_report
from solver.layer.styles import TEXT

SIZES = [dict(zip("NDKMPHLRS", values, strict=False)) for values in ([4, 3, 2, 5, 2, 6, 5, 3, 2], [1] * 9)]
SIZES += [SIZES[0] | {"N": 1}, SIZES[0] | {"D": 1}, SIZES[0] | {"K": 1, "M": 1, "R": 1}]


@cache
def solved(name: str) -> Backward:
    return backward(named_layer(name))


def answer(name: str) -> dict:
    return layer_json(solved(name))


def draw(found: dict, sizes: dict[str, int], positive: bool = False) -> dict:
    source = np.random.default_rng(7)

    def size(dim: str) -> int:
        return sizes[dim] if dim in sizes else eval(dim, {}, sizes)  # H-R+1: our own text, in a test

    space: dict = {"np": np}
    wanted = [*found["inputs"], *(n for n in found["shapes"] if n[0] == "d" and n[1:] in found["outputs"])]
    for name in wanted:
        shape = tuple(size(dim) for dim in found["shapes"][name])
        space[name] = source.uniform(0.1, 0.9, shape) if positive else source.normal(size=shape)
    return space


def run(entries: list[dict], space: dict) -> dict:
    for entry in entries:
        value = eval(entry["numpy"], space)  # people paste these strings; so does this test
        assert value is space[entry["name"]]
    return space


def loss_of(found: dict, space: dict) -> float:
    run(found["forward"], space)
    output = found["outputs"][0]
    received = space.get("d" + output, 1.0)
    return float(np.sum(received * space[output]))


POSITIVE = ("loss:bce", "loss:cross_entropy", "dropout")


@pytest.mark.parametrize("name", names())
def test_strings_run_for_all_sizes_and_agree_with_central_differences(name: str) -> None:
    found = answer(name)
    assert found["verified"] is True
    assert found["checks"] >= 1
    for sizes in SIZES:
        space = draw(found, sizes, name in POSITIVE)
        run(found["forward"], space)
        for entry in found["backward"]:  # each string alone: only the names of the forward pass
            value = eval(entry["numpy"], dict(space))
            target = space[entry["name"][1:]]
            assert np.shape(value) == np.shape(target), entry
            numeric = np.zeros(np.shape(target))
            for index in product(*(range(n) for n in np.shape(target))):
                ends = []
                for step in (1e-5, -1e-5):
                    moved = np.array(target, dtype=float)
                    moved[index] += step
                    ends.append(loss_of(found, {**space, entry["name"][1:]: moved}))
                numeric[index] = (ends[0] - ends[1]) / 2e-5
            assert value == pytest.approx(numeric, rel=2e-5, abs=2e-8), (entry, sizes)


def test_statements_run_too() -> None:
    found = answer("layer_norm")
    space = draw(found, SIZES[0])
    for entry in (*found["forward"], *found["backward"]):
        exec(entry["numpy"], space)
    assert space["dX"].shape == space["X"].shape


# ---- forward passes written independently, and autograd ------------------------------------------


def softmax(x):
    e = anp.exp(x - anp.max(x, axis=1, keepdims=True))
    return e / anp.sum(e, axis=1, keepdims=True)


def normalised(x, axis):
    return (x - anp.mean(x, axis=axis, keepdims=True)) / anp.sqrt(anp.var(x, axis=axis, keepdims=True) + 1e-5)


def rnn(v):
    h = v["H_0"]
    for t in (1, 2, 3):
        h = anp.tanh(anp.dot(v[f"X_{t}"], v["W"].T) + anp.dot(h, v["U"].T) + v["b"])
    return h


def srelu(v):
    x = v["X"]
    right = anp.where(x >= v["t_r"], v["t_r"] + v["a_r"] * (x - v["t_r"]), x)
    return anp.where(x <= v["t_l"], v["t_l"] + v["a_l"] * (x - v["t_l"]), right)


def correlated(v):
    x, w = v["X"], v["W"]
    rows, columns = x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1
    parts = [w[i, j] * x[i : i + rows, j : j + columns] for i in range(w.shape[0]) for j in range(w.shape[1])]
    return sum(parts[1:], parts[0]) + v["b"]


def log_softmax(x):
    return anp.log(softmax(x))


REFERENCES = {
    "linear": lambda v: anp.dot(v["X"], v["W"].T) + v["b"],
    "softmax": lambda v: softmax(v["X"]),
    "log_softmax": lambda v: log_softmax(v["X"]),
    "batch_norm": lambda v: v["gamma"] * normalised(v["X"], 0) + v["beta"],
    "layer_norm": lambda v: v["gamma"] * normalised(v["X"], 1) + v["beta"],
    "rms_norm": lambda v: v["gamma"] * v["X"] / anp.sqrt(anp.mean(v["X"] ** 2, axis=1, keepdims=True) + 1e-5),
    "dropout": lambda v: v["X"] * v["M"] / v["p"],
    "srelu": srelu,
    "prelu": lambda v: anp.where(v["X"] > 0, v["X"], v["a"] * v["X"]),
    "residual": lambda v: v["X"] + anp.dot(v["X"], v["W"].T) + v["b"],
    "mlp": lambda v: anp.dot(1 / (1 + anp.exp(-(anp.dot(v["X"], v["W1"].T) + v["b1"]))), v["W2"].T) + v["b2"],
    "attention": lambda v: anp.dot(softmax(anp.dot(v["Q"], v["K"].T) / anp.sqrt(v["Q"].shape[1])), v["V"]),
    "conv2d": correlated,
    "rnn": rnn,
    "loss:half_squared": lambda v: anp.mean(anp.sum((v["X"] - v["T"]) ** 2, axis=1)) / 2,
    "loss:squared": lambda v: anp.mean(anp.sum((v["X"] - v["T"]) ** 2, axis=1)),
    "loss:mse": lambda v: anp.mean((v["X"] - v["T"]) ** 2),
    "loss:mae": lambda v: anp.mean(anp.abs(v["X"] - v["T"])),
    "loss:bce": lambda v: -anp.mean(v["T"] * anp.log(v["X"]) + (1 - v["T"]) * anp.log(1 - v["X"])),
    "loss:bce_logits": lambda v: anp.mean(anp.log(1 + anp.exp(v["X"])) - v["T"] * v["X"]),
    "loss:cross_entropy": lambda v: -anp.mean(anp.sum(v["T"] * anp.log(v["X"]), axis=1)),
    "loss:cross_entropy_logits": lambda v: -anp.mean(anp.sum(v["T"] * log_softmax(v["X"]), axis=1)),
    "loss:nll": lambda v: -anp.mean(anp.sum(v["T"] * v["X"], axis=1)),
    "loss:hinge": lambda v: anp.mean(anp.sum(anp.maximum(0, 1 - v["T"] * v["X"]), axis=1)),
    "loss:huber": lambda v: anp.mean(
        anp.sum(
            anp.where(
                anp.abs(v["X"] - v["T"]) <= 1, (v["X"] - v["T"]) ** 2 / 2, anp.abs(v["X"] - v["T"]) - 0.5
            ),
            axis=1,
        )
    ),
    "loss:sum": lambda v: anp.mean(anp.sum(v["X"], axis=1)),
}


def test_every_layer_and_loss_has_a_reference() -> None:
    assert {*LAYERS, "rnn", *(f"loss:{name}" for name in LOSSES)} <= set(REFERENCES)


@pytest.mark.parametrize("name", REFERENCES)
def test_agrees_with_autograd_on_a_forward_pass_written_apart(name: str) -> None:
    found, reference = answer(name), REFERENCES[name]
    for sizes in SIZES:
        space = draw(found, sizes, name in POSITIVE)
        if name == "srelu":
            space["t_l"], space["t_r"] = -np.abs(space["t_l"]), np.abs(space["t_r"])
        run(found["forward"], space)
        output = found["outputs"][0]
        assert space[output] == pytest.approx(reference(space), rel=1e-12, abs=1e-13)
        received = space.get("d" + output, 1.0)

        def scalar(value, key, space=space, received=received):
            return anp.sum(received * reference({**space, key: value}))

        run(found["backward"], space)
        for entry in found["backward"]:
            key = entry["name"][1:]
            expected = autograd_grad(scalar)(np.asarray(space[key], dtype=float), key)
            assert space[entry["name"]] == pytest.approx(expected, rel=1e-9, abs=1e-11), entry


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_strings_give_the_values_of_the_definition(name: str) -> None:
    found = answer(f"activation:{name}")
    points = ["-37/5", "-3/2", "-1/4", "0", "1/3", "2", "29/3"]
    space = run(found["forward"], {"np": np, "X": np.array([[float(number(p).value) for p in points]])})
    for point, value in zip(points, space["Y"][0], strict=True):
        expected = float(decimal(Apply(name, (number(point),)), 20))
        assert value == pytest.approx(expected, rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("name", [n for n in names() if n not in ("conv2d", *POSITIVE)])
def test_nothing_overflows_where_the_layer_saturates(name: str) -> None:
    found = answer(name)
    space = draw(found, SIZES[0])
    for key in found["inputs"]:
        if key not in ("T", "M", "p", "t_l", "t_r"):
            space[key] = np.sign(space[key]) * 1000.0
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        run(found["backward"], run(found["forward"], space))
    assert all(np.all(np.isfinite(space[entry["name"]])) for entry in found["backward"])


def test_slopes_at_kinks_are_those_of_frameworks() -> None:
    taken = {
        "relu": (0, 0), "leaky_relu": (0, 0.01), "elu": (0, 1), "selu": (0, 1.7580993408473766),
        "relu6": (6, 0), "hard_tanh": (1, 0), "hard_sigmoid": (-3, 0), "hard_swish": (3, 1),
    }  # fmt: skip
    for name, (place, slope) in taken.items():
        found = answer(f"activation:{name}")
        space = {"np": np, "X": np.array([[float(place)]]), "dY": np.ones((1, 1))}
        run(found["backward"], run(found["forward"], space))
        assert space["dX"][0, 0] == pytest.approx(slope), name


# ---- the tidy forms are those of textbooks --------------------------------------------------------

FORMS = [
    ("linear", "dX", "dY W"),
    ("linear", "dW", "dYᵀ X"),
    ("linear", "db", "𝟏ᵀ dY"),
    ("activation:tanh", "dX", "dY ⊙ (1 - Y²)"),
    ("activation:sigmoid", "dX", "dY ⊙ Y ⊙ (1 - Y)"),
    ("activation:relu", "dX", "dY ⊙ [X > 0]"),
    ("activation:softplus", "dX", "dY ⊙ σ(X)"),
    ("activation:silu", "dX", "dY ⊙ σ(X) ⊙ (1 + X - X ⊙ σ(X))"),
    ("softmax", "dX", "Y ⊙ (dY - (dY ⊙ Y) 𝟏 𝟏ᵀ)"),
    ("log_softmax", "dX", "dY - S ⊙ (dY 𝟏)"),
    ("batch_norm", "dX", "γ/(N σ) ⊙ (N dY - 𝟏 𝟏ᵀ dY - X̂ ⊙ (𝟏ᵀ (dY ⊙ X̂)))"),
    ("batch_norm", "dgamma", "𝟏ᵀ (dY ⊙ X̂)"),
    ("batch_norm", "dbeta", "𝟏ᵀ dY"),
    ("layer_norm", "dX", "1/(D σ) ⊙ (D γ ⊙ dY - (γ ⊙ dY) 𝟏 𝟏ᵀ - X̂ ⊙ ((γ ⊙ dY ⊙ X̂) 𝟏))"),
    ("rms_norm", "dX", "1/(D r) ⊙ (D γ ⊙ dY - X̂ ⊙ ((γ ⊙ dY ⊙ X̂) 𝟏))"),
    ("dropout", "dX", "(1/p) dY ⊙ M"),
    ("prelu", "dX", "dY ⊙ ([X > 0] + a ⊙ [X ≤ 0])"),
    ("prelu", "da", "𝟏ᵀ (dY ⊙ X ⊙ [X ≤ 0])"),
    ("srelu", "dX", "dY ⊙ (1 - L - R + a_l ⊙ L + a_r ⊙ R)"),
    ("srelu", "da_r", "𝟏ᵀ (dY ⊙ R ⊙ (X - 𝟏 t_r))"),
    ("srelu", "dt_l", "(𝟏ᵀ (dY ⊙ L)) ⊙ (1 - a_l)"),
    ("residual", "dX", "dY + dY W"),
    ("attention", "dQ", "(1/√D) dZ K"),
    ("attention", "dV", "Aᵀ dY"),
    ("conv2d", "dX", "dY ∗ W"),
    ("conv2d", "dW", "X ⋆ dY"),
    ("rnn", "dU", "dZ_3ᵀ H_2 + dZ_2ᵀ H_1 + dZ_1ᵀ H_0"),
    ("loss:half_squared", "dX", "U/N"),
    ("loss:mse", "dX", "(2/(N D)) U"),
    ("loss:mae", "dX", "(1/(N D)) sgn(U)"),
    ("loss:bce", "dX", "(1/(N D)) ((X - T)/(X ⊙ (1 - X)))"),
    ("loss:bce_logits", "dX", "(1/(N D)) (σ(X) - T)"),
    ("loss:cross_entropy", "dX", "-(1/N) (T/X)"),
    ("loss:cross_entropy_logits", "dX", "(1/N) (S ⊙ (T 𝟏) - T)"),
    ("loss:hinge", "dX", "-(1/N) T ⊙ [U > 0]"),
    ("loss:huber", "dX", "(1/N) (U ⊙ [|U| ≤ 1] + sgn(U) ⊙ [|U| > 1])"),
    ("loss:sum", "dX", "(1/N) 𝟏 𝟏ᵀ"),
]


@pytest.mark.parametrize(("name", "gradient", "form"), FORMS)
def test_tidy_forms(name: str, gradient: str, form: str) -> None:
    found = solved(name)
    shown = {f"d{a.node.name}": show(a.tidy, TEXT) for a in found.results}
    assert shown[gradient] == form


def test_the_softmax_with_cross_entropy_states_its_assumption() -> None:
    found = solved("loss:cross_entropy_logits")
    ((node, gradient),) = found.assumed
    assert (node.name, show(gradient, TEXT)) == ("X", "(1/N) (S - T)")
    assert "If every row of T sums to 1, that is T 𝟏 = 𝟏, then" in layer_report(found.layer)


def test_constants_and_the_subtracted_maximum_receive_nothing() -> None:
    assert [e["name"] for e in answer("dropout")["backward"]] == ["dX"]
    found = solved("softmax")
    assert next(show(a.tidy, TEXT) for a in found.adjoints if a.node.name == "c") == "0"


# ---- the contract and the three other formats -----------------------------------------------------


def test_json_is_that_of_the_contract() -> None:
    found = json.loads(layer_report(find_layer("linear"), to="json"))
    assert found["shapes"] == {
        "X": ["N", "D"], "W": ["K", "D"], "b": ["1", "K"], "Y": ["N", "K"], "dY": ["N", "K"],
    }  # fmt: skip
    assert found["forward"] == [
        {
            "name": "Y", "latex": r"Y = X \, W^{\top} + \mathbf{1} \, b", "numpy": "(Y := X @ W.T + b)",
        }
    ]  # fmt: skip
    assert [e["name"] for e in found["backward"]] == ["dX", "dW", "db"]
    assert [s["rule"] for s in found["steps"]] == [
        "left_factor", "tidy", "right_factor", "tidy", "repeated_row",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "activation:relu",
            "ReLU has no derivative at 0; by convention, the slope of the flatter side",
        ),
        ("activation:elu(1/2)", "ELU has no derivative at 0"),
        ("activation:hard_swish", "HardSwish has no derivative at -3, 3"),
        ("loss:mae", "abs has no derivative at 0; by convention, 0 is taken there"),
        ("activation:elu", None),
        ("activation:leaky_relu(1)", None),
        ("activation:tanh", None),
        ("loss:huber", None),
    ],
)
def test_kinks_are_told_where_there_are_any(name: str, said: str | None) -> None:
    text = layer_report(named_layer(name))
    assert ("derivative at" in text) == (said is not None)
    assert said is None or said in text


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("to", ["text", "markdown", "latex"])
@pytest.mark.parametrize("name", ["batch_norm", "activation:hard_swish", "loss:cross_entropy_logits", "rnn"])
def test_all_formats(name: str, to: str, lang: str) -> None:
    text = layer_report(named_layer(name), to=to, lang=lang)
    assert "None" not in text
    assert "{" not in text or to != "text" or "hard" in name
    assert text.count("$") % 2 == 0
    if to != "latex":
        assert {"fr": "Vérifié", "en": "Verified"}[lang] in text


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_markdown_is_read_by_our_own_reader(lang: str) -> None:
    from solver.document.markdown import read_blocks

    for name in ("layer_norm", "srelu", "conv2d", "loss:huber", "loss:cross_entropy_logits"):
        text = layer_report(named_layer(name), to="markdown", lang=lang)
        assert read_blocks(text, lang=lang)
        assert not re.search(r"(?<!\$)\$ =", text)


def test_the_examples_of_the_guide_are_derived() -> None:
    guide = (ROOT / "docs" / "layers.md").read_text(encoding="utf-8")
    example = re.search(r"```\n(% RMS.*?)```", guide, re.S)
    assert example is not None
    assert backward(read_layer(example[1], "guide")).verified
    for command in re.findall(r"^corrige layer '?([\w:().]+)'?", guide, re.M):
        assert command == "my_layer.txt" or find_layer(command).outputs


@pytest.mark.parametrize("name", names())
def test_the_latex_is_canonical(name: str) -> None:
    """Every formula is in the subset of LaTeX that sheets may hold."""
    from solver.document.formula import read_formula

    found = answer(name)
    for entry in (*found["forward"], *found["backward"]):
        read_formula(entry["latex"])
