"""With `:numbers: yes` the result ends with the numbers of the network; NumPy finds the same."""

from __future__ import annotations

import re

import numpy as np
import pytest

from solver.errors import Span
from solver.questions.base import Facts, Scope, read_request
from solver.sheet.model import NetworkGiven, OptionText
from solver.wording import Wording

SPAN = Span(1, 1)
W1, B1 = [[1, -1], [0.5, 1]], [0, -0.5]
W2, B2 = [[1, 0], [-0.5, 1], [0, -1]], [0.2, 0, 0.1]
NETWORK = {
    "layers": "2, 2, 3", "activations": "relu, softmax", "loss": "cross_entropy",
    "weights": f"[{W1}, {W2}]", "biases": f"[{B1}, {B2}]", "x": "2, 1", "y": "0, 1, 0",
}  # fmt: skip


def box(kind: str, lang: str, **options: str) -> str | None:
    """The result box of the numbers."""
    given = NetworkGiven("net", {k: OptionText(v, SPAN) for k, v in NETWORK.items()}, SPAN)
    scope = Scope({}, {"net": given}, {}, lang, "q")
    texts = {k: OptionText(v, SPAN) for k, v in {"network": "net", **options}.items()}
    request = read_request(kind, texts, scope, SPAN)
    facts = request.solve(scope)
    text = Wording(lang).markdown(f"kinds/{kind}.md.j2", facts=facts, request=request, label="q")
    found = re.findall(r"```\{result\} (?:Sur l'exemple|On the example)\n(.*?)```", text, re.S)
    assert len(found) <= 1
    return found[0] if found else None


def numbers(text: str, name: str) -> np.ndarray:
    """The matrix or number after `name = ` or `name ≈ `."""
    after = re.split(re.escape(name) + r" (?:=|\\approx) ", text)[1]
    if not after.startswith(r"\begin"):
        return np.array(float(re.match(r"-?[\d.]+", after)[0]))  # type: ignore[index]
    body = after.split(r"\end{pmatrix}")[0].removeprefix(r"\begin{pmatrix} ")
    return np.array([[float(v) for v in row.split("&")] for row in body.split(r"\\")])


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("form", ["components", "matrix", "components, matrix"])
def test_the_numbers_are_those_of_numpy(lang: str, form: str) -> None:
    x, y = np.array([[2.0], [1.0]]), np.array([[0.0], [1.0], [0.0]])
    z1 = W1 @ x + np.array([B1]).T
    a1 = np.maximum(z1, 0)
    z2 = W2 @ a1 + np.array([B2]).T
    p = np.exp(z2) / np.exp(z2).sum()
    d2 = p - y
    d1 = (np.array(W2).T @ d2) * (z1 > 0)
    forward = box("forward", lang, form=form, numbers="yes")
    last = box("backward", lang, form=form, at="output", wrt="z, b, W", numbers="yes")
    hidden = box("backward", lang, form=form, at="hidden", wrt="a, z, b, W", numbers="yes")
    assert forward is not None
    assert last is not None
    assert hidden is not None
    for text, name, expected in [
        (forward, r"\mathbf{z}^{(1)}", z1), (forward, r"\mathbf{a}^{(1)}", a1),
        (forward, r"\mathbf{z}^{(2)}", z2), (forward, r"\hat{\mathbf{y}}", p),
        (forward, "L", -np.log(p[1, 0])),
        (last, r"\frac{\partial L}{\partial \mathbf{z}^{(2)}}", d2),
        (last, r"\frac{\partial L}{\partial W^{(2)}}", d2 @ a1.T),
        (hidden, r"\frac{\partial L}{\partial \mathbf{b}^{(1)}}", d1),
        (hidden, r"\frac{\partial L}{\partial W^{(1)}}", d1 @ x.T),
    ]:  # fmt: skip
        assert np.allclose(numbers(text, name), expected, atol=1e-6), name


def test_without_the_option_they_stand_apart() -> None:
    assert box("forward", "en") is None
    assert box("backward", "en", at="hidden") is None


def page(kind: str, lang: str, network: dict[str, str], before: dict[str, Facts], **options: str) -> str:
    """The whole answer after those before it; its facts join them."""
    given = NetworkGiven("net", {k: OptionText(v, SPAN) for k, v in network.items()}, SPAN)
    scope = Scope({}, {"net": given}, before, lang, "q")
    texts = {k: OptionText(v, SPAN) for k, v in {"network": "net", **options}.items()}
    request = read_request(kind, texts, scope, SPAN)
    before[f"q{len(before)}"] = facts = request.solve(scope)
    return Wording(lang).markdown(f"kinds/{kind}.md.j2", facts=facts, request=request, label="q")


@pytest.mark.parametrize(
    ("lang", "forward", "compared"),
    [
        ("fr", "Sur l'exemple de l'énoncé :", "Avec les valeurs de l'exemple de l'énoncé, on compare chacun"),
        (
            "en",
            "On the example of the statement:",
            "With the values of the example of the statement, each",
        ),
    ],
)
def test_what_the_statement_gives_is_not_printed_again(lang: str, forward: str, compared: str) -> None:
    before: dict[str, Facts] = {}
    one = page("forward", lang, NETWORK, before, numbers="yes")
    two = page("backward", lang, NETWORK, before, at="hidden", numbers="yes")
    assert forward in one
    assert compared in two
    assert r"W^{(1)} = \begin{pmatrix}" not in one + two
    three = page("backward", lang, NETWORK, before, at="hidden")
    assert r"W^{(1)} = \begin{pmatrix}" not in three
    assert ("déjà donné :" if lang == "fr" else "given before:") in three


@pytest.mark.parametrize(
    ("target", "reduced", "line"),
    [
        ("0, 1, 0", r"-\ln(\hat{y}_{2})", r"-\ln(0.43250337)"),
        (
            "0, 0.25, 0.75",
            r"-y_{2} \ln(\hat{y}_{2}) - y_{3} \ln(\hat{y}_{3})",
            r"-0.25\ln(0.43250337) - 0.75",
        ),
        ("0.5, 0.25, 0.25", None, r"-0.5\ln(0.52826081)"),
    ],
)
def test_the_loss_is_written_without_the_terms_that_are_0(
    target: str, reduced: str | None, line: str
) -> None:
    text = page("forward", "en", NETWORK | {"y": target}, {}).replace(r"\left", "").replace(r"\right", "")
    found = next(row for row in text.splitlines() if row.startswith("L &") and "0.4325" in row)
    assert (f"L &= {reduced} \\approx" in found) == (reduced is not None)
    assert line in found
    y = np.array([float(v) for v in target.split(",")])
    p = np.array([0.52826081, 0.43250337, 0.03923582])
    assert abs(float(found.rpartition(r"\approx ")[2]) + float(y @ np.log(p))) < 1e-6


def test_of_a_loss_on_logits_the_terms_of_the_other_classes_fall_away() -> None:
    network = NETWORK | {"activations": "relu, identity", "loss": "cross_entropy_logits"}
    text = page("forward", "en", network, {}).replace(r"\left", "").replace(r"\right", "")
    found = next(row for row in text.splitlines() if row.startswith("L &=") and r"\approx" in row)
    assert found.startswith(r"L &= \ln(e^{\hat{y}_{1}} + e^{\hat{y}_{2}} + e^{\hat{y}_{3}}) - \hat{y}_{2} =")
    assert abs(float(found.rpartition(r"\approx ")[2]) - np.log(np.exp([1.2, 1, -1.4]).sum()) + 1) < 1e-6


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("at", ["output", "hidden"])
@pytest.mark.parametrize("wrt", ["z, W", "a", "b, W"])
def test_the_numbers_that_no_answer_has_shown_come_before_the_gradients(lang: str, at: str, wrt: str) -> None:
    before: dict[str, Facts] = {}
    text = page("backward", lang, NETWORK, before, at=at, wrt=wrt, numbers="yes")
    head = text.partition("{justification}")[0]
    assert r"W^{(2)} = \begin{pmatrix} 1 & 0" in head
    assert r"\mathbf{x} = \begin{pmatrix} 2" in head
    assert text.count(r"W^{(2)} = \begin{pmatrix} 1 & 0") == 1
    assert not re.search(r"(On obtient :|They give:)\s*(```|\Z)", text)
    again = page("backward", lang, NETWORK, before, at=at, wrt=wrt, numbers="yes")
    assert r"W^{(2)} = \begin{pmatrix} 1 & 0" not in again


@pytest.mark.parametrize(
    ("lang", "title"),
    [
        ("fr", "{result} Sur le premier des deux exemples"),
        ("en", "{result} On the first of the two examples"),
    ],
)
@pytest.mark.parametrize("kind", ["forward", "backward"])
def test_of_a_batch_the_first_example_is_named(lang: str, title: str, kind: str) -> None:
    network = NETWORK | {"x": "[[2, 1], [1, 1]]", "y": "[[0, 1, 0], [1, 0, 0]]"}
    assert title in page(kind, lang, network, {}, numbers="yes")


@pytest.mark.parametrize("layers", ["2, 3, 2", "2, 3, 4", "1, 1"])
@pytest.mark.parametrize("form", ["components", "matrix", "components, matrix"])
def test_what_is_asked_stands_once_in_the_result(layers: str, form: str) -> None:
    depth = layers.count(",")
    network = {"layers": layers, "activations": ", ".join(["sigmoid"] * depth), "loss": "mse"}
    text = page("backward", "en", network, {}, at="output", wrt="b, W", form=form)
    head = text.partition("{justification}")[0]
    lefts = re.findall(r"(\\frac\{\\partial L\}\{\\partial (?:\\mathbf\{)?[bW][^=]*?) &?= ", head)
    assert len(lefts) == len(set(lefts))
    assert any(r"\partial b" in left or r"\mathbf{b}" in left for left in lefts)
    assert any(r"\partial W" in left for left in lefts)


KINK = {
    "layers": "2, 2, 1", "activations": "relu, identity", "loss": "half_squared",
    "weights": "[[[2, -1], [2, 0]], [[1, 0.5]]]", "biases": "[[0, 1], [-1]]", "x": "1, 2", "y": "1",
}  # fmt: skip
"""The first pre-activation is 2·1 − 1·2 = 0, where ReLU has no derivative."""

TIES = {
    "mae": {"activations": "identity", "weights": "[[[2, -1]]]", "biases": "[[1]]", "y": "1"},
    "hinge": {"activations": "identity", "weights": "[[[2, -1]]]", "biases": "[[-1]]", "y": "-1"},
}
"""Outputs at the kink of their loss: ŷ = 2·1 − 1·2 + b = y."""


@pytest.mark.parametrize(
    ("lang", "said"), [("fr", "par convention la pente"), ("en", "the slope $0$ is taken")]
)
@pytest.mark.parametrize(
    ("asked", "enters"),
    [
        ({"at": "output"}, False),
        ({"at": "output", "numbers": "yes"}, False),
        ({"at": "hidden", "wrt": "a", "numbers": "yes"}, False),
        ({"at": "hidden", "wrt": "z", "numbers": "yes"}, True),
        ({"at": "hidden"}, True),
    ],
)
def test_a_convention_is_told_where_it_enters(
    lang: str, said: str, asked: dict[str, str], enters: bool
) -> None:
    assert page("backward", lang, KINK, {}, **asked).count(said) == int(enters)


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("fr", "la perte n'est pas dérivable par rapport à"),
        ("en", "the loss has no derivative with respect to"),
    ],
)
@pytest.mark.parametrize("loss", list(TIES))
@pytest.mark.parametrize("asked", [{"at": "output"}, {"at": "output", "wrt": "a, z", "numbers": "yes"}])
def test_the_convention_at_the_kink_of_a_loss_is_told(
    lang: str, said: str, loss: str, asked: dict[str, str]
) -> None:
    network = {"layers": "2, 1", "loss": loss, "x": "1, 2", **TIES[loss]}
    text = page("backward", lang, network, {}, **asked)
    assert text.count(said) == 1
    assert r"$\frac{\partial L}{\partial \hat{y}} = 0$" in text
    away = {**network, "biases": "[[5]]"}
    assert said not in page("backward", lang, away, {}, **asked)
