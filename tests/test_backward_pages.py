"""Pages of the backward pass: the Jacobian of a softmax, kinks, the numbers on paper and what they claim."""

from __future__ import annotations

import math
import re
from fractions import Fraction

import pytest
from test_network_questions import FIRST, SPAN, rendered, solve

from solver.questions import backward_softmax
from solver.questions.base import Scope, read_request
from solver.sheet.model import NetworkGiven, OptionText


def _softmax(z):
    top = [math.exp(v) for v in z]
    return [v / sum(top) for v in top]


@pytest.mark.parametrize(
    ("end", "loss", "size"),
    [
        ("softmax", "cross_entropy", 3),
        ("softmax", "mse", 2),
        ("log_softmax", "nll", 3),
        ("softmax", "mse", 1),
    ],
)
def test_the_jacobian_of_a_softmax_is_shown_and_checked_entry_by_entry(end, loss, size):
    network = {"layers": f"2, 2, {size}", "activations": f"tanh, {end}", "loss": loss}
    facts, text = rendered("backward", network, at="output", wrt="z")
    step = facts.vectors[2]
    assert len(step.checks) >= size * size
    assert all(check.holds is True for check in step.checks)
    formula = r"\delta_{ij} - e^{\hat{y}_j}" if step.is_log else r"\hat{y}_i (\delta_{ij} - \hat{y}_j)"
    assert formula in text
    assert (r"\sum_i y_i" in text) == step.cancels
    # the oracle: quotients of a softmax in floats
    z, h = [0.3, -0.7, 1.1][:size], 1e-6
    values = _softmax(z)
    for j in range(size):
        moved = [_softmax([v + s * h * (k == j) for k, v in enumerate(z)]) for s in (1, -1)]
        for i in range(size):
            if step.is_log:
                told, slope = (i == j) - values[j], math.log(moved[0][i] / moved[1][i]) / (2 * h)
            else:
                told, slope = values[i] * ((i == j) - values[j]), (moved[0][i] - moved[1][i]) / (2 * h)
            assert abs(told - slope) < 1e-8


def test_a_wrong_jacobian_is_seen(monkeypatch):
    right = backward_softmax._entry
    monkeypatch.setattr(
        backward_softmax, "_entry", lambda a, i, j, is_log: right(a, i, i if i != j else j, is_log=is_log)
    )
    network = {"layers": "2, 3", "activations": "softmax", "loss": "cross_entropy"}
    _, facts = solve("backward", network, at="output", wrt="z")
    assert any(check.holds is False for check in facts.vectors[1].checks)


AT_A_KINK = {
    "layers": "2, 2, 2", "activations": "relu, identity", "loss": "half_squared", "x": "1, 1", "y": "1, 0",
    "weights": "[[[1, -1], [-1, 1]], [[1, 2], [1, 1]]]", "biases": "[[0, 0], [0, 1]]",
}  # fmt: skip


def test_a_gradient_at_a_kink_is_called_a_convention():
    """∂L/∂a = (0, −1) there: only the second unit is without derivative."""
    facts, text = rendered("backward", AT_A_KINK, at="hidden")
    assert [(c.pre.name, c.matters) for c in facts.example.conventions] == [("z1_1", False), ("z1_2", True)]
    assert text.count("on y prend par convention la pente $0$") == 1
    assert r"celui de la convention, non une dérivée" in text
    assert "point anguleux" in text
    rows = [line for line in text.splitlines() if line.startswith("| $W^{(1)}_{2")]
    assert rows
    assert all(line.endswith("| — | — |") for line in rows)
    assert "environ $-1" not in text
    assert "de $1$ à $0$ : elle diminue" in text


def test_values_are_given_once_before_they_are_used():
    facts, text = rendered("backward", AT_A_KINK, at="output")
    assert "Prenons par exemple les valeurs suivantes" in text
    assert facts.given_rows
    forward, page = rendered("forward", AT_A_KINK)
    assert "Prenons par exemple les valeurs suivantes" in page
    assert "données au réseau" not in text + page
    given = NetworkGiven("net", {k: OptionText(v, SPAN) for k, v in AT_A_KINK.items()}, SPAN)
    scope = Scope({}, {"net": given}, {"q1.forward": forward}, "fr", "q")
    texts = {"network": OptionText("net", SPAN), "at": OptionText("output", SPAN)}
    assert read_request("backward", texts, scope, SPAN).solve(scope).given_rows == ()


def test_a_unit_that_the_step_turns_off_is_told():
    """One ReLU: z = 1, and the step of rate 1 lowers the loss but takes z below 0."""
    network = {
        "layers": "1, 1, 1", "activations": "relu, identity", "loss": "half_squared", "x": "1", "y": "0",
        "weights": "[[[1]], [[2]]]", "biases": "[[0], [0]]",
    }  # fmt: skip
    facts, text = rendered("backward", network, at="hidden")
    step = facts.example.step
    # ∂L/∂W = ŷ W' = 4 and ∂L/∂b = 4: z = 1 − 4α − 4α; ∂L/∂W' = 2, ∂L/∂b' = 2
    rate = step.rate
    z = 1 - 8 * rate
    assert step.stopped == (((1, 1),) if z < 0 else ())
    assert z < 0
    assert "ce neurone n'apprend plus rien de cet exemple" in text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        ("1/1000000000", 2, r"1.00 \times 10^{-9}"),
        ("123456/10000000000", 2, r"1.24 \times 10^{-5}"),
        ("9999/1000", 2, "10.0"),
        ("1/3", 1, r"3.4 \times 10^{-1}"),
        ("2", 2, "2.00"),
        ("0", 2, "0"),
    ],
)
def test_bounds_are_rounded_up_with_all_their_digits(value, digits, text):
    from solver.expression.scientific import scientific_bound

    exact = Fraction(value)
    found = scientific_bound(exact, digits)
    if value != "9999/1000":
        assert found == text
    mantissa, _, power = found.partition(r" \times 10^{")
    shown = Fraction(mantissa) * Fraction(10) ** int(power.rstrip("}") or 0)
    assert exact <= shown <= exact * (1 + Fraction(1, 10**digits))


def test_the_coefficients_compared_are_told_one_by_one():
    facts, text = rendered("backward", FIRST, at="hidden")
    told = facts.compared
    assert (told.total, told.parameters) == (23, 13)
    assert [size for _, size in told.others] == [1, 1, 3, 3, 2]
    by_source = r"W^{(1)\top} \, \frac{\partial L}{\partial \mathbf{z}^{(1)}}"
    assert rf"\frac{{\partial L}}{{\partial \mathbf{{x}}}} = {by_source}" in text
    box = text.partition("{justification}")[0]
    w = r"\frac{\partial L}{\partial W_{21}^{(1)}} &= (\hat{y} - y)"
    assert w in box.replace(r"W^{(1)}_{21}", r"W_{21}^{(1)}")


def test_a_collapse_says_which_numbers_are_rounded():
    """With a sigmoid both outputs are rounded; an identity gives fractions, written after an equals sign."""
    _, text = rendered("linear-collapse", FIRST)
    assert r"La sortie est alors $\hat{y} \approx 0.534943$, contre $\hat{y} \approx" in text
    assert "Prenons par exemple les valeurs suivantes" in text
    _, text = rendered("linear-collapse", AT_A_KINK | {"x": "1, 2"})
    assert r"$\hat{\mathbf{y}} = \begin{pmatrix} 1 \\ 1 \end{pmatrix}$, contre" in text
    assert "approx" not in text.partition("La sortie est alors")[2].partition("avec")[0]


def test_letters_of_one_network_do_not_enter_another():
    """Names are compared without how they are printed, so what is kept of one network must not be printed."""
    two = {"layers": "2, 2", "activations": "sigmoid", "loss": "half_squared"}
    _, several = rendered("backward", two, at="output", wrt="yhat")
    _, single = rendered("backward", two | {"layers": "2, 1"}, at="output", wrt="yhat")
    assert re.search(r"\\hat\{y\}_\{?1", several)
    assert not re.search(r"\\hat\{y\}_\{?1", single)
