"""Matrix lines of `corrige check`: the errors that were published, what is right beside them, and mutants.

The oracle for the values is NumPy's finite differences, which share nothing with dual numbers.
"""

from __future__ import annotations

import ast
import json
from typing import Any

import numpy as np
import pytest

import solver.claims.matrix_judge as matrix_judge
from solver.claims.report import check_report
from solver.claims.verdict import Judgement, Verdict
from solver.errors import CorrigeError


def report(*lines: str) -> list[dict[str, Any]]:
    text, _ = check_report("\n".join(lines), to="json")
    return list(json.loads(text)["lines"])


LEAST_SQUARES = ["X: N x D", "w: D x 1", "y: N x 1"]
LINEAR = ["X: N x D", "W: K x D", "b: 1 x K", "T: N x K", "L = 1/2 ||X W^T + b - T||^2"]
LAYER = ["X: N x D", "W: K x D", "b: 1 x K", "Y = X W^T + 1 b"]
TWO = ["X: N×D", "W1: H×D", "W2: K×H", "T: N×K", "Z = X W1^T", "A = σ(Z)", "P = A W2^T", "L = 1/2 ‖P − T‖²"]
BATCH_NORM = [
    "X: N x D", "gamma: 1 x D", "beta: 1 x D", "eps: scalar", "assume eps > 0", "m = colmean(X)",
    "v = colmean((X - m)^2)", "H = (X - m) / sqrt(v + eps)", "Y = gamma * H + beta",
]  # fmt: skip

RIGHT = [
    (LEAST_SQUARES, "d/dw ||X w - y||^2 = 2 X^T (X w - y)"),
    (LEAST_SQUARES, r"\frac{\partial}{\partial w} \|X w - y\|_2^2 = 2 X^{\top} X w - 2 X^\top y"),
    (LEAST_SQUARES, "∇_w ‖X w − y‖² = 2 Xᵀ (X w − y)"),
    (LEAST_SQUARES, r"d/dw (1/N ||X w - y||^2) = \frac{2}{N} X^T (X w - y)"),
    (LEAST_SQUARES, "d/dw (1/2 ||w||^2) = w"),
    (LINEAR, "dL/dW = (X W^T + b - T)^T X"),
    (LINEAR, "∂L/∂b = 1^T (X W^T + b - T)"),
    (LINEAR, r"\frac{\partial L}{\partial X} = (X W^T + b - T) W"),
    (LAYER, "dX = dY W"),
    (["X: N x D", "Y = tanh(X)"], "dX = dY ⊙ (1 - Y²)"),
    (["X: N x D", "Y = relu(X)"], "dX = dY * [X > 0]"),
    (["A: N x N", "x: N x 1", "f = x^T A x"], "∂f/∂x = (A + A^T) x"),
    (LAYER, "dW = dY^T X"),
    (LAYER, "db = 1^T dY"),
    (LAYER, "X W^T + b = (W X^T)^T + 1 b"),
    (TWO, "∂L/∂P = P − T"),
    (TWO, "∂L/∂W2 = (∂L/∂P)^T A"),
    (TWO, "∂L/∂Z = ((P − T) W2) ⊙ A ⊙ (1 − A)"),
    (TWO, "dW1 = dZ^T X"),
    (BATCH_NORM, "dgamma = 1^T (dY * H)"),
    (BATCH_NORM, "dH = dY * gamma"),
    (BATCH_NORM, "dv = 1^T (dH * (X - m)) * (-1/2) * (v + eps)^(-3/2)"),
    (BATCH_NORM, "dX = dH / sqrt(v + eps) + dv * 2 (X - m) / N + dm / N"),
]

WRONG = [
    # a factor 2 lost in a textbook's gradient of least squares
    (LEAST_SQUARES, "d/dw ||X w - y||^2 = X^T (X w - y)"),
    (LEAST_SQUARES, "d/dw ||X w - y||^2 = 2 X^T (y - X w)"),
    # the batch normalisation that is copied: a power lost, matrices multiplied where entries should be
    (BATCH_NORM, "dv = 1^T (dH * (X - m)) * (-1/2) * (v + eps)^(-1/2)"),
    (BATCH_NORM, "dv = 1^T (dH (X - m)) * (-1/2) * (v + eps)^(-3/2)"),
    (BATCH_NORM, "dX = dH / sqrt(v + eps) + dv * 2 (X - m) / N"),
    (BATCH_NORM, "dgamma = 1^T dY"),
    # transposes, missing sums, exchanged weights, entries and products
    (LAYER, "dW = X^T dY"),
    (["A: N x N", "x: N x 1", "f = x^T A x"], "∂f/∂x = 2 A x"),
    (["X: N x D", "Y = relu(X)"], "dX = dY * Y"),
    (LAYER, "dW = dY X"),
    (LAYER, "db = dY"),
    (LAYER, "dX = dY W^T"),
    (LAYER, "X W^T = W X^T"),
    (TWO, "dW1 = dP^T A"),
    (TWO, "∂L/∂Z = (P − T) W2 A (1 − A)"),
    (TWO, "∂L/∂Z = ((P − T) W2) ⊙ A"),
    (TWO, "∂L/∂A = (P − T) W2 + 10^-30 A"),
    (LINEAR, "dL/dW = 2 (X W^T + b - T)^T X"),
]


@pytest.mark.parametrize(("known", "claim"), RIGHT, ids=[c for _, c in RIGHT])
def test_right_gradients_are_equal(known: list[str], claim: str) -> None:
    found = report(*known, claim)[-1]
    assert found["verdict"] == "equal", found
    assert found["points"] > 20


@pytest.mark.parametrize(("known", "claim"), WRONG, ids=[c for _, c in WRONG])
def test_wrong_gradients_are_different(known: list[str], claim: str) -> None:
    claim = claim.replace("10^-30", "1e-30")
    found = report(*known, claim)[-1]
    assert found["verdict"] == "different", found
    example = found["counterexample"]
    assert example["left"] != example["right"] or "difference" in example
    assert ("expected" in found) == claim.startswith(("d", "∂"))


def test_a_checker_that_says_equal_to_everything_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix_judge, "_decide", lambda *_: Verdict(Judgement.EQUAL, points=99))
    with pytest.raises(AssertionError):
        test_wrong_gradients_are_different(*WRONG[0])


def test_the_counterexample_of_least_squares_holds_for_numpy() -> None:
    found = report(*LEAST_SQUARES, "d/dw ||X w - y||^2 = X^T (X w - y)")[-1]["counterexample"]
    at = {name: np.atleast_2d(ast.literal_eval(found["at"][name])).astype(float) for name in "Xwy"}
    rows, columns = int(found["at"]["N"]), int(found["at"]["D"])
    x, w, y = at["X"].reshape(rows, columns), at["w"].reshape(columns, 1), at["y"].reshape(rows, 1)
    gradient = np.zeros_like(w)
    for i in range(columns):
        step = np.zeros_like(w)
        step[i] = 1e-5
        above, below = (float(np.sum((x @ v - y) ** 2)) for v in (w + step, w - step))
        gradient[i] = (above - below) / 2e-5
    told = np.atleast_2d(ast.literal_eval(found["left"])).astype(float).reshape(gradient.shape)
    claimed = np.atleast_2d(ast.literal_eval(found["right"])).astype(float).reshape(gradient.shape)
    assert np.allclose(told, gradient, rtol=1e-6)
    assert np.allclose(claimed, x.T @ (x @ w - y))
    assert not np.allclose(claimed, gradient)


def test_other_published_errors() -> None:
    """Course solutions that exchange two weights' gradients; a tool's verified derivative of ln(σ(x))."""
    lines = report("L = (w1 x+w2 y)^2", "∂L/∂w1 = 2 y (w1 x+w2 y)", "∂L/∂w2 = 2 x (w1 x+w2 y)")
    assert [n["verdict"] for n in lines] == ["different", "different"]
    lines = report("L = (w1 x+w2 y)^2", "∂L/∂w1 = 2 x (w1 x+w2 y)", "∂L/∂w2 = 2 y (w1 x+w2 y)")
    assert [n["verdict"] for n in lines] == ["equal", "equal"]
    (line,) = report("ln(sigmoid(x))' = 1/x")
    assert (line["verdict"], line["expected"]) == ("different", "1 - sigmoid(x)")


SOFTMAX = [
    "Z, T: N x K", "assume T 1 = 1", "E = exp(Z)", "P = E / rowsum(E)", "L = -1/N * sum(T * log(P))",
]  # fmt: skip


def test_under_an_assumption_on_rows() -> None:
    assert report(*SOFTMAX, "dZ = (P - T) / N")[-1]["verdict"] == "equal"
    assert report(*SOFTMAX, "dZ = P - T")[-1]["verdict"] == "different"
    without = [line for line in SOFTMAX if "assume" not in line]
    assert report(*without, "dZ = (P - T) / N")[-1]["verdict"] == "different"


def test_matrices_in_latex() -> None:
    lines = report(
        r"Let $X \in \mathbb{R}^{N \times D}$.", "w ∈ R^{D×1}", "y: N x 1", r"\begin{align*}",
        r"J(w) &= \|Xw - y\|^2 \\", r"\nabla_w J &= 2 X^\top (Xw - y)", r"\end{align*}",
    )  # fmt: skip
    assert [(n["line"], n["verdict"]) for n in lines] == [(6, "equal")]


def test_a_derivation_goes_on_in_matrices() -> None:
    lines = report(
        *LEAST_SQUARES, "L = 1/N ||X w - y||^2", "∇_w L = 2/N X^T (X w - y)",
        r"  = \frac{2}{N} (X^T X w - X^T y)", "  = 2/N X^T X w - X^T y",
    )  # fmt: skip
    assert [n["line"] for n in lines] == [5, 6, 7]
    assert [n["verdict"] for n in lines] == ["equal", "equal", "different"]


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ("dQ = X", 1, "unknown matrix"),
        ("X = 2", 1, "equal"),
        ("dW = dY^T X +", 13, "ends where"),
        ("W: D x D", 1, "already known"),
        ("dX/dW = X", 2, "no number"),
        ("wrt X", 5, "among matrices"),
        ("V: 100 x D", 1, "at most 12"),
    ],
)
def test_what_cannot_be_read_among_matrices(line: str, column: int, message: str) -> None:
    if message == "equal":  # X is known: a claim, and a false one
        assert report(*LAYER, line)[-1]["verdict"] == "different"
        return
    with pytest.raises(CorrigeError) as caught:
        report(*LAYER, line)
    assert message in caught.value.message
    assert caught.value.span is not None
    assert (caught.value.span.line, caught.value.span.column) == (len(LAYER) + 1, column)


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("to", ["text", "markdown", "latex"])
def test_matrices_in_every_format(to: str, lang: str) -> None:
    text, passed = check_report("\n".join([*LAYER, "dX = dY W", "dW = dY X"]), to=to, lang=lang)
    assert not passed
    assert {"en": "different", "fr": "faux"}[lang] in text.lower()
