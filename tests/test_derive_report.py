"""`corrige derive` by its contract: JSON keys, steps that chain, lines by the hundred, errors that help."""

from __future__ import annotations

import itertools
import json

import pytest
from conftest import effort

from solver.differentiation.report import derive_lines, derive_report
from solver.errors import CorrigeError


def test_json_holds_what_the_contract_says() -> None:
    answer = json.loads(derive_report("0.25w^4 - 1.5w^3", to="json"))
    assert set(answer) >= {"expression", "wrt", "derivative", "steps", "verified", "checks"}
    assert answer["wrt"] == "w"
    assert answer["verified"] is True
    assert answer["checks"] > 0
    assert answer["derivative"] == "w**3 - 9/2*w**2"
    assert answer["steps"][-1]["after"] == answer["derivative"]
    top = [s for s in answer["steps"] if s["depth"] == 0]
    assert all(a["after"] == b["before"] for a, b in itertools.pairwise(top))
    assert all(set(s) == {"rule", "before", "after", "why", "depth"} for s in answer["steps"])


def test_several_variables_are_named_or_chosen() -> None:
    with pytest.raises(CorrigeError, match="a, x") as caught:
        derive_report("a x^2")
    assert "--wrt" in (caught.value.hint or "")
    assert json.loads(derive_report("a x^2", wrt="a", to="json"))["derivative"] == "x**2"


def test_gradient_is_a_list() -> None:
    answers = json.loads(derive_report("x^2 y", wrt="x,y", to="json"))
    assert [(a["wrt"], a["derivative"]) for a in answers] == [("x", "2*x*y"), ("y", "x**2")]


def test_higher_order() -> None:
    answer = json.loads(derive_report("x^4", order=2, to="json"))
    assert answer["derivative"] == "12*x**2"
    assert answer["steps"][0]["before"] == "Derivative(Derivative(x**4, x), x)"


@pytest.mark.parametrize(
    ("text", "wrt", "piece"),
    [
        ("xy", "x", "x*y"),
        ("f(x, y)", "x", "no definition"),
        ("x^2", "2", "name of a variable"),
        ("x^2", "x+1", "name"),
    ],
)
def test_errors_that_help(text: str, wrt: str | None, piece: str) -> None:
    with pytest.raises(CorrigeError) as caught:
        derive_report(text, wrt=wrt)
    assert piece in caught.value.report()


def test_a_variable_that_does_not_appear_gives_zero() -> None:
    assert json.loads(derive_report("a + 1", wrt="x", to="json"))["derivative"] == "0"


def test_lines_keep_their_order_and_their_errors() -> None:
    lines = ["x^2", "1/2x", "a x\tx", "", "a x", "sin 3x\tx", "lambda x\tx"]
    answers = [json.loads(line) for line in derive_lines(lines)]
    assert answers[0]["derivative"] == "2*x"
    assert answers[1]["error"]["line"] == 2
    assert answers[1]["error"]["column"] == 1
    assert "ambiguous" in answers[1]["error"]["message"]
    assert answers[2]["derivative"] == "a"
    assert "error" in answers[3]
    assert "several variables" in answers[4]["error"]["message"]
    assert answers[5]["derivative"] == "3*cos(3*x)"
    assert answers[6]["derivative"] == "lamda"


@pytest.mark.parametrize("to", ["text", "markdown", "latex"])
@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("text", ["0.25w^4 - 1.5w^3", "x^2 e^x", "relu(2x)", "5", "(x^2+1)^3 x"])
def test_every_format_in_every_language(text: str, to: str, lang: str) -> None:
    written = derive_report(text, to=to, lang=lang)
    assert written.strip()
    if to == "latex":
        assert written.startswith(r"\begin{aligned}")


def test_hundreds_of_lines_are_quick() -> None:
    lines = [f"x^{n} sin({n}x) + e^({n}x)" for n in range(2, 102)]
    next(derive_lines(lines[:1]))
    answers: list[dict[str, object]] = []
    assert effort(lambda: answers.extend(map(json.loads, derive_lines(lines)))) < 100 * 40_000
    assert all(a["verified"] for a in answers)


@pytest.mark.parametrize(
    "text",
    [
        "(x^2+1)^10000",
        "e^" * 30 + "x",
        "(x)" * 400,
        "(a+b+c+d)^60*(x+a)^60",
        "(1+" * 60 + "x" + ")" * 60,
        "sin(" * 30 + "x" + ")" * 30,
    ],
)
def test_hostile_but_legal(text: str) -> None:
    assert effort(lambda: derive_report(text, wrt="x", to="json")) < 10_000_000
