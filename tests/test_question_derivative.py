"""The kind `derivative`: its facts, its refusals, and a wording that names every rule and misses no value."""

from __future__ import annotations

from fractions import Fraction

import pytest

from solver.derivation.engine import derive
from solver.errors import SheetError, Span
from solver.expression.latex import latex
from solver.expression.reader import read_expression
from solver.expression.tree import Symbol
from solver.questions.base import Scope, read_request
from solver.questions.derivative import DerivativeFacts
from solver.sheet.model import OptionText
from solver.wording import Wording, environment

SPAN = Span(1, 1)


def answer(**options: str) -> DerivativeFacts:
    texts = {name: OptionText(text, SPAN) for name, text in options.items()}
    facts = read_request("derivative", texts, Scope()).solve(Scope())
    assert isinstance(facts, DerivativeFacts)
    return facts


def test_value_and_tangent_are_exact() -> None:
    facts = answer(of="w^2 - 4w", at="5", tangent="yes")
    assert latex(facts.last[0].result) == "2w - 4"
    assert facts.values[0].exact == Fraction(6)
    assert facts.tangent is not None
    assert latex(facts.tangent.line) == "6w - 25"
    assert all(check.holds for check in facts.checks)
    assert facts.public()["value"] == 6


def test_irrational_values_stay_exact_forms() -> None:
    facts = answer(of="e^x", tangent="1")
    assert facts.values[0].exact is None
    assert latex(facts.values[0].substitution) == "e"
    assert facts.tangent is not None
    assert latex(facts.tangent.line) == "e(x - 1) + e"


def test_successive_orders_and_names() -> None:
    facts = answer(of="x^5", order="4")
    assert [p.name for p in facts.partials] == ["f'(x)", "f''(x)", "f'''(x)", "f^{(4)}(x)"]
    assert latex(facts.last[0].result) == "120x"


def test_several_variables() -> None:
    facts = answer(of="(w_1 x + w_2 y)^2", wrt="w_1, w_2")
    assert [p.name for p in facts.last] == [
        r"\frac{\partial f}{\partial w_{1}}",
        r"\frac{\partial f}{\partial w_{2}}",
    ]


@pytest.mark.parametrize(
    ("options", "piece"),
    [
        ({"of": "a x^2"}, "several variables"),
        ({"of": "x^2", "wrt": "y"}, "does not depend"),
        ({"of": "x^2", "order": "0"}, "order"),
        ({"of": "x^2", "tangent": "yes"}, "abscissa"),
        ({"of": "x^2", "wrt": "2"}, "name of a variable"),
        ({}, "of"),
    ],
)
def test_refused(options: dict[str, str], piece: str) -> None:
    with pytest.raises(SheetError) as caught:
        answer(**options)
    assert piece in caught.value.report()


@pytest.mark.parametrize(
    "text",
    [
        "5", "x", "x^3 + sin(x)", "x^2 + 5", "x^5 sin(x)", "(x^2+1)^3", "e^(x^2)", "2^(3x)", "x^x",
        "2/(x^2+1)", "x/(x^2+1)", "ln|x^2-2|", "max(x^2, x)", "min(x, 1)",
        "Piecewise((x, x < 1), (x^2, True))", "sin(x)^2", "root(x^2+1, 5)", "tanh(2x-1)",
        "x x x sin(x)", "3x(x+2)", "relu(2x)",
    ],
)  # fmt: skip
def test_every_rule_has_its_line_in_the_wording(text: str) -> None:
    derivation = derive(read_expression(text), Symbol("x"))
    macros = environment("fr").get_template("macros.md.j2").make_module({"lang": "fr"})
    written = macros.steps(derivation)  # type: ignore[attr-defined]
    assert latex(derivation.result) in written
    for step in derivation.steps:
        assert latex(step.after) in written
    assert Wording("fr").blocks("```{justification}\n" + written + "\n```")
