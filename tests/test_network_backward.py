"""The 2-3-1 network of the first sheet, both ways, equation by equation; and planted errors in either form.

Expected lines are written here by hand, from a lecture, never by the program.
"""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from conftest import effort

from solver.derivation.equality import Means
from solver.expression.latex import latex
from solver.expression.tree import Negative, Product, number
from solver.graph.reverse import Adjoint
from solver.network.backward import analyse
from solver.network.batch import batch_of
from solver.network.example import example_of
from solver.network.forms import check_forms, checks_of
from solver.network.numbers import shown
from solver.network.record import Record, make_record, read_record


def net(layers, activations, loss, **more) -> Record:
    return read_record(json.dumps({"layers": layers, "activations": activations, "loss": loss, **more}))


FIRST = net([2, 3, 1], ["sigmoid", "sigmoid"], "half_squared", notation={"W2": "W'", "b2": "b'"})

FORWARD = {
    "z1_2": r"W^{(1)}_{21} x_{1} + W^{(1)}_{22} x_{2} + b^{(1)}_{2}",
    "a1_3": r"\sigma(z^{(1)}_{3})",
    "z2_1": r"W'_{1} a^{(1)}_{1} + W'_{2} a^{(1)}_{2} + W'_{3} a^{(1)}_{3} + b'",
    "a2_1": r"\sigma(z^{(2)})",
    "L": r"\frac{1}{2}(\hat{y} - y)^{2}",
}

D = r"\frac{\partial L}{\partial %s}"
GRADIENTS = {
    "a2_1": r"\hat{y} - y",
    "z2_1": D % r"\hat{y}" + r" \, \hat{y}(1 - \hat{y})",
    "b2_1": D % "z^{(2)}",
    "W2_1_1": D % "z^{(2)}" + r" \, a^{(1)}_{1}",
    "W2_1_3": D % "z^{(2)}" + r" \, a^{(1)}_{3}",
    "a1_2": D % "z^{(2)}" + r" \, W'_{2}",
    "z1_2": D % "a^{(1)}_{2}" + r" \, a^{(1)}_{2}(1 - a^{(1)}_{2})",
    "b1_3": D % "z^{(1)}_{3}",
    "W1_1_1": D % "z^{(1)}_{1}" + r" \, x_{1}",
    "W1_3_2": D % "z^{(1)}_{3}" + r" \, x_{2}",
}

FULL = {
    "z2_1": r"(\hat{y} - y) \hat{y}(1 - \hat{y})",
    "W2_1_2": r"(\hat{y} - y) \hat{y}(1 - \hat{y}) a^{(1)}_{2}",
    "W1_3_2": r"(\hat{y} - y) \hat{y}(1 - \hat{y}) W'_{3} a^{(1)}_{3}(1 - a^{(1)}_{3}) x_{2}",
}

MATRIX = {
    "z2": D % r"\hat{y}" + r" \, \sigma'(z^{(2)})",
    "b2": D % "z^{(2)}",
    "W2": D % "z^{(2)}" + r" \, \mathbf{a}^{(1)\top}",
    "a1": r"W'^{\top} \, " + D % "z^{(2)}",
    "z1": D % r"\mathbf{a}^{(1)}" + r" \odot \sigma'(\mathbf{z}^{(1)})",
    "b1": D % r"\mathbf{z}^{(1)}",
    "W1": D % r"\mathbf{z}^{(1)}" + r" \, \mathbf{x}^{\top}",
}


def test_forward_equations_of_the_first_sheet():
    found = {e.target.name: latex(e.expression) for e in analyse(FIRST).component.graph.equations}
    assert {name: found[name] for name in FORWARD} == FORWARD
    assert len(found) == 9
    shown_matrix = [(e.target.latex(), e.expression.latex()) for e in analyse(FIRST).matrix.equations]
    assert shown_matrix == [
        (r"\mathbf{z}^{(1)}", r"W^{(1)} \, \mathbf{x} + \mathbf{b}^{(1)}"),
        (r"\mathbf{a}^{(1)}", r"\sigma(\mathbf{z}^{(1)})"),
        ("z^{(2)}", r"W' \, \mathbf{a}^{(1)} + b'"),
        (r"\hat{y}", r"\sigma(z^{(2)})"),
    ]


def test_gradients_of_the_first_sheet_in_components():
    analysis = analyse(FIRST)
    assert {n: latex(analysis.named[n]) for n in GRADIENTS} == GRADIENTS
    assert {n: latex(analysis.closed[n]) for n in FULL} == FULL


def test_gradients_of_the_first_sheet_in_matrices():
    analysis = analyse(FIRST)
    assert {n: analysis.adjoints[n].expression.latex() for n in MATRIX} == MATRIX
    assert all(a.expression.shape == a.node.shape for a in analysis.adjoints.values())
    assert analysis.adjoints["W1"].node.shape == (3, 2)


def test_both_forms_were_compared_and_hold():
    checks = checks_of(FIRST)
    assert checks
    assert all(check.holds is True for check in checks)
    assert {check.means for check in checks} == {Means.DUAL, Means.ENTRYWISE}
    assert len([c for c in checks if c.means is Means.ENTRYWISE]) >= 11


# ---- planted errors ----------------------------------------------------------------------------


def wrong_adjoint(analysis, name: str, change):
    """The analysis with one component gradient changed."""
    adjoints = tuple(
        Adjoint(a.node, a.symbol, a.contributions, change(a.expression)) if a.node.name == name else a
        for a in analysis.backward.adjoints
    )
    return replace(analysis, backward=replace(analysis.backward, adjoints=adjoints))


CHANGES = {
    "sign": Negative,
    "factor": lambda e: Product((number(2), e)),
    "lost": lambda e: e.factors[0] if isinstance(e, Product) else Negative(e),
}


@pytest.mark.parametrize("name", list(GRADIENTS))
@pytest.mark.parametrize("change", list(CHANGES))
def test_a_wrong_component_is_caught(name, change):
    planted = wrong_adjoint(analyse(FIRST), name, CHANGES[change])
    assert any(check.holds is False for check in check_forms(planted))


@pytest.mark.parametrize("name", list(MATRIX))
def test_a_matrix_of_another_node_is_caught(name):
    analysis = analyse(net([2, 2, 2], ["sigmoid", "tanh"], "half_squared"))
    shape = analysis.adjoints[name].node.shape
    others = [
        a
        for n, a in analysis.adjoints.items()
        if a.node.shape == shape and not (n[1:] == name[1:] and {n[0], name[0]} <= {"b", "z"})
    ]  # ∂L/∂b and ∂L/∂z of one layer are equal
    mine = analysis.adjoints[name]
    taken = [replace(mine, expression=o.expression) for o in others if o.expression != mine.expression]
    for planted in taken:
        wrong = replace(analysis, adjoints={**analysis.adjoints, name: planted})
        assert any(check.holds is False for check in check_forms(wrong))


# ---- other networks ------------------------------------------------------------------------------

OTHERS = [
    ([3, 4, 3, 2], ["relu", "tanh", "softmax"], "cross_entropy"),
    ([2, 3, 2, 2], ["leaky_relu(0.1)", "softmax", "identity"], "mse"),
    ([2, 2, 2, 2, 1], ["tanh", "relu", "gelu", "sigmoid"], "bce"),
    ([1, 1], ["identity"], "huber"),
    ([2, 3], ["identity"], "cross_entropy_logits"),
    ([2, 2, 3], ["mish", "log_softmax"], "nll"),
    ([2, 2, 1], ["hard_swish", "identity"], "hinge"),
    ([12, 2, 1], ["elu(0.5)", "softplus"], "squared"),
]


@pytest.mark.parametrize(("layers", "activations", "loss"), OTHERS)
def test_other_networks_hold_in_both_forms_and_for_a_batch(layers, activations, loss):
    record = net(layers, activations, loss)
    assert all(check.holds is True for check in checks_of(record))
    batch = batch_of(record)
    assert batch.checks
    assert all(check.holds is True for check in batch.checks)


def test_softmax_with_cross_entropy_in_one_formula():
    analysis = analyse(net([2, 3, 3], ["tanh", "softmax"], "cross_entropy"))
    assert analysis.fused.latex() == r"\hat{\mathbf{y}} \, \mathbf{1}^{\top} \, \mathbf{y} - \mathbf{y}"
    assert analyse(net([2, 1], ["sigmoid"], "bce")).fused.latex() == r"\hat{y} - y"


def test_a_common_number_stands_in_front():
    analysis = analyse(net([1, 1], ["identity"], "squared"))
    assert latex(analysis.named["a1_1"]) == r"2(\hat{y} - y)"
    assert analyse(net([1, 2], ["identity"], "mse")).seed.latex() == r"\hat{\mathbf{y}} - \mathbf{y}"
    assert analyse(net([1, 2], ["identity"], "squared")).seed.latex().startswith("2 ")


def test_cost_follows_the_number_of_equations():
    def cost(depth: int) -> int:
        record = net([2, *[3] * depth, 1], ["sigmoid"] * (depth + 1), "half_squared")
        return effort(lambda: analyse(record))

    cost(2)
    assert cost(40) < 3 * cost(20)


# ---- the numeric example -------------------------------------------------------------------------

EXAMPLE = net(
    [2, 3, 1], ["sigmoid", "sigmoid"], "half_squared", notation={"W2": "W'", "b2": "b'"},
    weights=[[["0.5", "-0.2"], ["0.1", "0.4"], ["-0.3", "0.2"]], [["0.6", "-0.5", "0.4"]]],
    biases=[["0.1", "-0.1", "0.2"], ["0.3"]], x=["1", "2"], y=["1"],
)  # fmt: skip


def test_the_example_by_floats():
    """Everything again in plain floating point."""
    from math import exp

    def sigma(z: float) -> float:
        return 1 / (1 + exp(-z))

    def loss(w1, b1, w2, b2) -> float:
        a = [
            sigma(sum(w * x for w, x in zip(row, (1, 2), strict=True)) + b)
            for row, b in zip(w1, b1, strict=True)
        ]
        return 0.5 * (sigma(sum(w * v for w, v in zip(w2, a, strict=True)) + b2) - 1) ** 2

    start = ([[0.5, -0.2], [0.1, 0.4], [-0.3, 0.2]], [0.1, -0.1, 0.2], [0.6, -0.5, 0.4], 0.3)
    example = example_of(EXAMPLE)
    assert float(shown(example.values["L"], 9)) == pytest.approx(loss(*start), abs=1e-9)
    h = 1e-5
    for line in example.table:
        kind, *index = line.parameter.name.split("_")
        ends = []
        for step in (h, -h):
            w1, b1, w2, b2 = [row[:] for row in start[0]], start[1][:], start[2][:], start[3]
            if kind == "W1":
                w1[int(index[0]) - 1][int(index[1]) - 1] += step
            elif kind == "b1":
                b1[int(index[0]) - 1] += step
            elif kind == "W2":
                w2[int(index[1]) - 1] += step
            else:
                b2 += step
            ends.append(loss(w1, b1, w2, b2))
        assert float(shown(line.value, 10)) == pytest.approx((ends[0] - ends[1]) / (2 * h), abs=1e-9)
        assert float(line.gap) <= float(line.bound)
    assert len(example.table) == 13
    assert example.step.lowers
    assert float(example.step.after) < float(example.step.before)
    assert all(check.holds is True for check in example.checks)


@pytest.mark.parametrize("places", [EXAMPLE, net(
    [1, 2, 2], ["softplus", "softmax"], "cross_entropy",
    weights=[[["0.7"], ["-1.3"]], [["2", "1"], ["0.4", "-3"]]],
    biases=[["0.1", "1/3"], ["0", "1"]], x=["1.7"], y=["0", "1"],
)])  # fmt: skip
def test_a_line_gives_what_it_shows(places):
    """The numbers written on a line, and not only the true ones, round to what stands after the sign."""
    from solver.expression.decimals import decimal

    for line in example_of(places).lines:
        value = line.value
        after = decimal(value, line.digits) if isinstance(value, Fraction) else value.decimal(line.digits)
        assert decimal(line.substituted, line.digits) == after


def test_the_example_on_a_kink_says_so():
    record = net([1, 1], ["relu"], "squared", weights=[[["1"]]], biases=[["0"]], x=["0"], y=["1"])
    example = example_of(record)
    assert [c.pre.name for c in example.conventions] == ["z1_1"]
    assert example.table[0].bound is None or float(example.table[0].bound) >= 0
    assert example.step is None


def test_a_rate_too_large_is_not_kept():
    record = net([1, 1], ["identity"], "squared", weights=[[["3"]]], biases="none", x=["4"], y=["0"])
    step = example_of(record).step
    assert step.lowers
    assert step.tried
    assert step.rate < min(step.tried)


@pytest.mark.parametrize("loss", ["hinge", "mae", "huber", "half_squared"])
@pytest.mark.parametrize("activation", ["hard_tanh", "relu", "relu6", "hard_sigmoid", "hard_swish"])
def test_symbols_are_checked_off_the_kinks(activation, loss):
    """Clipped units give exact outputs, dead ones an exact 0 above: points that prove nothing."""
    fields = {"layers": [2, 2, 2, 2], "activations": [activation] * 3, "loss": loss}
    for biases in ({}, {"biases": "none"}):
        checks = checks_of(make_record({**fields, **biases}))
        assert {check.holds for check in checks} == {True}


@pytest.mark.parametrize("biases", [None, "none"])
def test_gradients_are_checked_as_the_json_writes_them(monkeypatch, biases):
    """A weight swapped with its neighbour while the JSON is written is caught by the JSON's own check."""
    from solver.network import symbolic

    fields = {"layers": [2, 3, 2], "activations": ["tanh", "softmax"], "loss": "bce"}
    record = make_record(fields | ({"biases": biases} if biases else {}))
    assert symbolic.symbolic_json(record)["verified"] is True
    real = symbolic._sent_back
    monkeypatch.setattr(symbolic, "_sent_back", lambda n, f, layer, unit: real(n, f, layer, 1 - unit % 2))
    assert symbolic.symbolic_json(record)["verified"] is False
