"""What `corrige network` prints: every equality of its text is evaluated again from the JSON."""

from __future__ import annotations

import json
import math
import re

import pytest
from network_samples import draw

from solver.network.report import network_report

FUNCTIONS = {
    "e": math.e, "ln": math.log, "abs": abs, "exp": math.exp,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)), "tanh": math.tanh, "relu": lambda z: max(0.0, z),
    "leaky_relu": lambda z, s=0.01: z if z >= 0 else s * z, "softplus": lambda z: math.log(1 + math.exp(z)),
    "Piecewise": lambda *branches: next(value for value, holds in branches if holds), "sqrt": math.sqrt,
    "identity": lambda z: z,
}  # fmt: skip
CASES = [
    ([2, 3, 1], ["sigmoid", "sigmoid"], "half_squared"),
    ([2, 2, 2], ["relu", "softmax"], "cross_entropy"),
    ([2, 2, 2], ["tanh", "log_softmax"], "nll"),
    ([2, 2, 2], ["leaky_relu(0.2)", "identity"], "mse"),
    ([1, 1, 1], ["softplus", "sigmoid"], "bce"),
    ([2, 2, 2], ["tanh", "identity"], "cross_entropy_logits"),
]


def value_of(text: str, known: dict[str, float]) -> float:
    """A printed formula as a number (`2x` is 2*x, `^` a power)."""
    source = re.sub(r"(?<![\w.])(\d+(?:\.\d+)?(?:e-?\d+)?)(?=[A-Za-z(])", r"\1*", text).replace("^", "**")
    source = re.sub(r"e\*\*(\w+(?:\.\d+)?)", r"e**(\1)", source)
    source = source.replace("'(", "_slope(")
    slopes = {"relu_slope": lambda z: float(z > 0), "leaky_relu_slope": lambda z: 1.0 if z > 0 else 0.2}
    return float(eval(source, {"__builtins__": {}, "True": True}, {**FUNCTIONS, **slopes, **known}))


def flat(letter: str, layers: list, known: dict[str, float]) -> None:
    for layer, units in enumerate(layers, 1):
        for unit, value in enumerate(units, 1):
            if isinstance(value, list):
                known |= {f"{letter}{layer}_{unit}_{j}": _float(v) for j, v in enumerate(value, 1)}
            else:
                known[f"{letter}{layer}_{unit}"] = _float(value)


def _float(text: object) -> float:
    from fractions import Fraction

    return float(Fraction(str(text)))


def numbers_of(record: dict) -> dict[str, float]:
    answer = json.loads(network_report(json.dumps(record)))
    known: dict[str, float] = {"L": _float(answer["loss"])}
    known |= {f"x_{j}": _float(v) for j, v in enumerate(record["x"], 1)}
    known |= {f"y_{j}": _float(v) for j, v in enumerate(record["y"], 1)}
    known |= {f"dx_{j}": _float(v) for j, v in enumerate(answer["gradients"]["dx"], 1)}
    flat("W", record["weights"], known)
    flat("b", record["biases"], known)
    flat("z", answer["z"], known)
    flat("a", answer["a"], known)
    for key in ("dW", "db", "dz", "da"):
        flat(key, answer["gradients"][key], known)
    for layer, units in enumerate(answer["z"], 1):  # the intermediates of a softmax
        powers = [math.exp(_float(z)) for z in units]
        known |= {f"e{layer}_{i}": p for i, p in enumerate(powers, 1)} | {f"s{layer}": sum(powers)}
    last = answer["a"][-1]
    return known | {"lse": math.log(sum(math.exp(_float(a)) for a in last))}


def equalities(text: str) -> list[tuple[list[str], list[str]]]:
    """(parts, signs between them) of every line of scalars."""
    found = []
    for line in text.splitlines():
        bare = re.sub(r"\s+\[.*\]$", "", line).strip()
        if bare.startswith("L = ") and ("^T" in bare or re.search(r"[ay]\d? ", bare)):
            continue  # the loss in matrices
        if re.match(r"(d?[Wbzax]\d?(_\d+)+|L) = ", bare):
            pieces = re.split(r" ([=≈]) ", bare)
            found.append((pieces[::2], pieces[1::2]))
    return found


@pytest.mark.parametrize(("layers", "activations", "loss"), CASES)
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_line_of_numbers_holds(layers, activations, loss, lang):
    record = draw(7, layers, activations, loss)
    known = numbers_of(record)
    lines = equalities(network_report(json.dumps(record), to="text", lang=lang))
    assert len(lines) >= 2 * sum(layers[1:]) + 1 + len(layers)
    for parts, signs in lines:
        left = known[parts[0]]
        for sign, part in zip(signs, parts[1:], strict=True):
            exact = value_of(part, known)
            close = 1e-12 if sign == "=" and "≈" not in signs[: signs.index(sign)] else 2e-5
            assert exact == pytest.approx(left, rel=close, abs=close), (parts, sign)


@pytest.mark.parametrize(("layers", "activations", "loss"), CASES)
def test_every_line_in_names_holds(layers, activations, loss):
    record = draw(9, layers, activations, loss)
    known = numbers_of(record)
    bare = {k: record[k] for k in ("layers", "activations", "loss")}
    text = network_report(json.dumps(bare), to="text")
    lines = equalities(text)
    assert {p[0] for p, _ in lines} >= {n for n in known if n.startswith("d")}, "every gradient has its line"
    for parts, signs in lines:
        assert set(signs) == {"="}
        for part in parts[1:]:
            assert value_of(part, known) == pytest.approx(known[parts[0]], rel=1e-11, abs=1e-14), parts
    assert "Checked:" in text


def test_each_language_and_format_has_every_part():
    bare = json.dumps({"layers": [2, 3, 2], "activations": ["gelu", "softmax"], "loss": "cross_entropy"})
    parts = {
        "en": ("Shapes", "Backward pass", "hain rule"),
        "fr": ("Dimensions", "Passe arrière", "ègle de la chaîne"),
    }
    for to, heading in (("markdown", "## "), ("latex", r"\paragraph{"), ("text", "\n")):
        for lang, words in parts.items():
            found = network_report(bare, to=to, lang=lang)
            assert all(word in found for word in words), (to, lang)
            assert found.count(heading) >= 4


def test_both_languages_have_the_same_sentences():
    from solver.network.remarks import sentences

    english, french = sentences("en"), sentences("fr")
    assert list(english) == list(french)
    for key in english:
        assert sorted(re.findall(r"\{\w+\}", english[key])) == sorted(re.findall(r"\{\w+\}", french[key])), (
            key
        )


def test_tiny_and_large_numbers_are_written_with_a_power():
    record = {
        "layers": [1, 1], "activations": ["sigmoid"], "loss": "bce", "weights": [[["-1000"]]],
        "biases": [[0]], "x": [1], "y": [0],
    }  # fmt: skip
    assert "a1_1 = sigmoid(z1_1) = sigmoid(-1000) ≈ 5.07596e-435" in network_report(
        json.dumps(record), to="text"
    )
    assert r"5.07596 \times 10^{-435}" in network_report(json.dumps(record), to="latex")


def test_a_batch_shows_tables_and_says_that_it_takes_the_mean():
    text = network_report(json.dumps(draw(3, [2, 3, 1], ["tanh", "sigmoid"], "bce", 3)), to="text")
    assert "mean of 3 examples" in text
    assert text.count("example ") >= 7
    assert re.search(r"dW1 ≈ \[", text)


def test_what_is_cut_is_said():
    text = network_report(json.dumps(draw(3, [12, 11, 1], ["tanh", "sigmoid"], "bce", 2)), to="text")
    assert "all of them are in the JSON" in text
