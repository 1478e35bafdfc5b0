"""`corrige graph`: the JSON contract read back by value, its other formats, and its refusals."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

from solver.errors import CorrigeError
from solver.expression.reader import read_expression as read
from solver.expression.tree import Symbol, substitute, symbols
from solver.graph.dual import slope_of
from solver.graph.forward import as_fraction, value_of
from solver.graph.report import graph_report


def report(text: str, **options: str | None) -> dict[str, Any]:
    found = graph_report(text, wrt=options.get("wrt"), at=options.get("at"), to="json")
    answer: dict[str, Any] = json.loads(found)
    return answer


def test_the_graph_of_the_sheet() -> None:
    found = report("L = (w1*x + w2*y)^2", wrt="w1,w2", at="w1=2,x=3,w2=-1,y=1")
    by_name = {node["name"]: node for node in found["nodes"]}
    assert by_name["c"] == {"name": "c", "equation": "a + b", "value": "5", "adjoint": "10"}
    assert by_name["x"]["adjoint"] == "20"
    assert {"from": "c", "to": "L", "local": "2*c"} in found["edges"]
    assert found["gradients"] == {"w1": "30", "w2": "10"}
    assert found["verified"] is True
    assert found["steps"][-1]["before"] == "dL_dy"


EXPRESSIONS = [
    "(w1*x + w2*y)^2", "exp(w1 x)(w2 + b)^2", "x*x", "x*x*x + y/x", "sigmoid(w x + b)", "x^y", "ln(x)/y",
    "-x^2", "lambda x + 1/lambda", "1/2 * (w x - y)^2", "x - y - x", "max(x, y) x", "5", "sqrt(x y)",
]  # fmt: skip


@pytest.mark.parametrize("text", [e for e in EXPRESSIONS if symbols(read(e))])
def test_paths_of_locals_add_up_to_the_gradient(text: str) -> None:
    """What a reader does with the answer: values along nodes, products along edges, sums at nodes."""
    expression = read(text)
    point = {s.name: Fraction(5 + 2 * i, 3 + i) for i, s in enumerate(symbols(expression))}
    safe = {"lambda": "lamda"}
    given = {safe.get(name, name): value for name, value in point.items()} | point
    found = report(text)
    known: dict[str, Any] = dict(given)
    for node in found["nodes"]:
        if node["name"] not in known:
            known[node["name"]] = value_of(read(node["equation"]), known)
    assert as_fraction(known[found["output"]]) == pytest.approx(as_fraction(value_of(expression, point)))
    order = [node["name"] for node in found["nodes"]]
    sent = dict.fromkeys(order, 0.0) | {found["output"]: 1.0}
    for name in reversed(order):
        for edge in found["edges"]:
            if edge["to"] == name:
                sent[edge["from"]] += sent[name] * float(as_fraction(value_of(read(edge["local"]), known)))
    for name in point:
        truth = float(as_fraction(slope_of(expression, point, Symbol(name))))
        key = safe.get(name, name)
        assert sent[key] == pytest.approx(truth, rel=1e-12, abs=1e-12)
        formula = substitute(read(found["gradients"][key]), {})
        assert float(as_fraction(value_of(formula, given))) == pytest.approx(truth, rel=1e-12, abs=1e-12)
        numbers = report(text, at=",".join(f"{n}={v}" for n, v in point.items()))
        assert float(Fraction(numbers["gradients"][key])) == pytest.approx(truth, rel=1e-12, abs=1e-12)
        for node in numbers["nodes"]:
            if node["name"] in known:
                assert float(Fraction(node["value"])) == pytest.approx(
                    float(as_fraction(known[node["name"]]))
                )
    assert found["verified"] is True


def test_repeated_operands_have_an_edge_each_and_shared_nodes_are_one() -> None:
    found = report("x*x")
    assert [edge["local"] for edge in found["edges"]] == ["x", "x"]
    shared = report("(x + 1)^2 + sin(x + 1)")
    assert [node["equation"] for node in shared["nodes"]].count("x + 1") == 1


def test_some_values_only() -> None:
    found = report("w x + v", at="w=2,x=3")
    by_name = {node["name"]: node for node in found["nodes"]}
    assert by_name["a"]["value"] == "6"
    assert "value" not in by_name["L"]
    assert found["gradients"] == {"w": "3", "x": "2", "v": "1"}
    assert report("w^2 v", at="w=2")["gradients"]["w"] == "4*v"


def test_a_kink_is_said_and_zero_is_taken() -> None:
    found = report("relu(x)", at="x=0")
    assert found["gradients"] == {"x": "0"}
    assert found["kinks"] == [{"from": "x", "to": "L", "sides": ["0", "1"], "taken": "0"}]
    assert "no derivative by x here (slopes 0 and 1" in graph_report("relu(x)", at="x=0")
    assert "n'est pas dérivable" in graph_report("relu(x)", at="x=0", lang="fr")


def test_decimals_have_many_digits() -> None:
    value = report("exp(x)", at="x=1")["gradients"]["x"]
    assert value.startswith("2.718281828459045")


@pytest.mark.parametrize("to", ["text", "markdown", "latex"])
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_other_formats_tell_the_same(to: str, lang: str) -> None:
    text = graph_report("L = (w1*x + w2*y)^2", to=to, lang=lang)
    assert "w1" in text or "w_{1}" in text
    assert ("2x*(w1*x + w2*y)" if to == "text" else r"2x(w_{1} x + w_{2} y)") in text


@pytest.mark.parametrize(
    ("text", "options", "message", "column"),
    [
        ("7", {}, "no variable", None),
        ("L = x +", {}, "ends", 7),
        ("x^2", {"wrt": "z"}, "not a variable", None),
        ("x^2", {"wrt": ""}, "not a variable", None),
        ("x^2", {"at": "x"}, "written", None),
        ("x^2", {"at": "z=1"}, "not a variable", None),
        ("x^2", {"at": "x=1,x=2"}, "two values", None),
        ("x^2", {"at": "x=sqrt(-2)"}, "a number is expected", None),
        ("1/x", {"at": "x=0"}, "no value", None),
        ("x = x^2", {}, "cannot be named", None),
    ],
)
def test_bad_input_is_one_clear_error(
    text: str, options: dict[str, str], message: str, column: int | None
) -> None:
    with pytest.raises(CorrigeError, match=message) as caught:
        report(text, **options)
    if column is not None:
        assert caught.value.span is not None
        assert caught.value.span.column == column
