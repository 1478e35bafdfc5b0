"""With `:numbers: yes` the result ends with the numbers of the network; NumPy finds the same."""

from __future__ import annotations

import re

import numpy as np
import pytest

from solver.errors import Span
from solver.questions.base import Scope, read_request
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
