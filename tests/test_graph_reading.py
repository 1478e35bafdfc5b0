"""`corrige graph` on several equations, on deep and wide graphs, at points given in part, at kinks."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from conftest import effort

from solver.errors import CorrigeError
from solver.graph.answer import analyse
from solver.graph.report import graph_report


def report(text: str, **options: str | None) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(
        graph_report(text, wrt=options.get("wrt"), at=options.get("at"), to="json")
    )
    return answer


def names(answer: dict[str, Any]) -> dict[str, str]:
    return {node["name"]: node["equation"] for node in answer["nodes"]}


# ---- equations ----------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", ["; ", "\n", ";\n", "\n\n  "])
def test_equations_are_nodes_as_they_are_written(separator: str) -> None:
    found = report(separator.join(["a = w1*x", "b = w2*y", "c = a + b", "L = c^2"]), at="w1=2,x=3,w2=-1,y=1")
    assert list(names(found)) == ["w1", "x", "w2", "y", "a", "b", "c", "L"]
    assert found["gradients"] == {"w1": "30", "x": "20", "w2": "10", "y": "-10"}
    assert found["tangents"]["w1"] == {"a": "3", "b": "0", "c": "3", "L": "30"}
    assert found["verified"] is True


def test_the_last_one_may_be_unnamed_and_the_order_free() -> None:
    assert names(report("u = x*y; u^2 + sin(u)"))["L"] == "u**2 + sin(u)"
    found = names(report("b = a + L; a = x^2; b*a"))
    assert list(found) == ["L", "x", "a", "b", "F"]


def test_separators_inside_brackets_do_not_separate() -> None:
    found = report("z = \\frac{a\\;b}{2}; L = \\begin{cases} z, & z < 0 \\\\ z^2, & z \\geq 0 \\end{cases}")
    assert list(names(found)) == ["a", "b", "z", "L"]
    assert list(names(report("max(x,\n y)"))) == ["x", "y", "L"]


def test_a_shared_node_sums_what_its_uses_send() -> None:
    found = report("u = x*y; v = u^2; w = sin(u); L = v*w + u", at="x=1,y=0")
    assert found["gradients"] == {"x": "0", "y": "1"}
    assert next(step for step in found["steps"] if step["before"] == "dL_du")["why"].count(" + ") == 2


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("a = x; a = y; L = a", "twice", 1, 8),
        ("x*y; L = x", "a name is expected", 1, 1),
        ("a = w*x\nL = a +", "ends", 2, 7),
        ("a = w*x; sin = a", "argument|names a function|expected", 1, 10),
        ("a = f(x); L = a", "no definition", 1, 5),
        ("a = b; b = a", "need one another", None, None),
        ("", "nothing|expected", 1, 1),
        ("; ;", "expected", 1, 1),
    ],
)
def test_a_wrong_equation_is_pointed_at(
    text: str, message: str, line: int | None, column: int | None
) -> None:
    with pytest.raises(CorrigeError, match=message) as caught:
        report(text)
    span = caught.value.span
    assert (span and span.line, span and span.column) == (line, column)


@pytest.mark.parametrize(
    ("options", "message", "column"),
    [
        ({"wrt": "w, z"}, "not a variable", 4),
        ({"wrt": "a"}, "a node that the graph computes", 1),
        ({"at": "w=1, x=y"}, "a number is expected", 8),
        ({"at": "w=1, x=2, w=3"}, "two values", 11),
        ({"at": "w=1, x"}, "written", 6),
        ({"at": "w=1+*2"}, "expected", 5),
    ],
)
def test_a_wrong_option_is_pointed_at(options: dict[str, str], message: str, column: int) -> None:
    with pytest.raises(CorrigeError, match=message) as caught:
        report("a = w*x; L = a^2", **options)
    assert caught.value.span is not None
    assert caught.value.span.column == column


# ---- values -------------------------------------------------------------------------------------


def test_values_that_are_no_fractions() -> None:
    found = report("x*sin(x)", at="x=pi/2")
    assert found["at"] == {"x": "pi/2"}
    assert found["nodes"][0]["value"].startswith("1.570796326794896619")
    assert Fraction(found["gradients"]["x"]) == 1
    assert report("sin(x)", at="x=pi")["nodes"][1]["value"] == "0.00000000000000000000"


PARTIAL = [
    ("w x + v", "w=2", {"w": "x", "x": "2", "v": "1"}),
    ("w^2 v", "w=3", {"w": "6*v", "v": "9"}),
    ("exp(x) y", "x=2", {"x": "y*exp(2)", "y": "7.3890560989306502272"}),
    ("|x| y", "x=0", {"x": "0", "y": "0"}),
    ("max(x, y)", "x=1", None),
    ("a = w*x; b = relu(a); L = b*y", "w=1,x=2", {"w": "2*y", "x": "y", "y": "2"}),
    ("u = relu(x) - y; L = u*y", "x=0", {"x": "0", "y": "-2*y"}),
    ("b*Piecewise((y, x < 1), (y^2, True))", "x=1", None),
    ("a = leaky_relu(x + y) + w; L = a^2", "x=0,y=0", {"x": "1/50*w", "y": "1/50*w", "w": "2*w"}),
    ("Piecewise((x y, x < 1), (y^2, True))", "x=3", {"x": "0", "y": "2*y"}),
]


@pytest.mark.parametrize(("text", "at", "gradients"), PARTIAL)
def test_what_follows_from_some_values_is_put_in(
    text: str, at: str, gradients: dict[str, str] | None
) -> None:
    found = report(text, at=at)
    assert found["verified"] is True
    if gradients is not None:
        assert found["gradients"] == gradients
    whole = report(text)
    assert found["formulas"] == whole["gradients"]


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("ln(x)*y", "x=-1,y=2", "a = ln.x. has no value at x = -1"),
        ("a = x - 1; L = y/a", "x=1,y=2", "L = y/a has no value at y = 2, a = 0"),
        ("sqrt(x)", "x=0", "L has no finite derivative by x at x = 0"),
        ("sqrt(x^2+y^2)", "x=0,y=0", r"L has no finite derivative by x\^2 \+ y\^2 at x = 0, y = 0"),
        ("y*sqrt(1-x)", "x=1,y=2", r"sqrt\(1 - x\) has no finite derivative by 1 - x at x = 1"),
        ("a = x^2; L = y*sqrt(a)", "x=0", "L has no finite derivative by a at a = 0"),
        ("x^(1/3)", "x=0", "no finite derivative"),
        ("x^y", "x=-2,y=1/2", "no value"),
        ("asin(x)", "x=1", "no finite derivative"),
    ],
)
def test_outside_the_domain_the_operation_is_named(text: str, at: str, message: str) -> None:
    with pytest.raises(CorrigeError, match=message):
        report(text, at=at)


# ---- kinks: what PyTorch gives there ------------------------------------------------------------

KINKS = [
    ("relu(x)", "x=0", {"x": "0"}),
    ("max(0, x)", "x=0", {"x": "0"}),
    ("min(x, 0)", "x=0", {"x": "0"}),
    ("|x|", "x=0", {"x": "0"}),
    ("sign(x)", "x=0", {"x": "0"}),
    ("leaky_relu(x)", "x=0", {"x": "1/100"}),
    ("leaky_relu(x, 3)", "x=0", {"x": "3"}),
    ("elu(x, 2)", "x=0", {"x": "2"}),
    ("hard_tanh(x)", "x=1", {"x": "0"}),
    ("hard_sigmoid(x)", "x=-3", {"x": "0"}),
    ("hard_swish(x)", "x=-3", {"x": "0"}),
    ("hard_swish(x)", "x=3", {"x": "1"}),
    ("relu6(x)", "x=6", {"x": "0"}),
    ("max(x, y)", "x=1,y=1", {"x": "1/2", "y": "1/2"}),
    ("min(x, y)", "x=1,y=1", {"x": "1/2", "y": "1/2"}),
    ("max(x, y, z)", "x=1,y=1,z=0", {"x": "1/2", "y": "1/2", "z": "0"}),
    ("max(x, -y)", "x=1,y=-1", {"x": "1/2", "y": "-1/2"}),
    ("max(x, x, y)", "x=1,y=1", {"x": "1/2", "y": "1/2"}),
    ("Piecewise((x, x < 1), (x^2, True))", "x=1", {"x": "2"}),
    ("3*relu(x)*y", "x=0,y=2", {"x": "0", "y": "0"}),
    ("a = 2*leaky_relu(x) + |y|*x; L = a^2 + a", "x=0,y=0", {"x": "1/50", "y": "0"}),
]


@pytest.mark.parametrize(("text", "at", "gradients"), KINKS)
def test_at_a_kink_the_slope_of_pytorch_is_taken_and_said(
    text: str, at: str, gradients: dict[str, str]
) -> None:
    found = report(text, at=at)
    assert found["gradients"] == gradients
    assert found["kinks"]
    assert found["verified"] is True
    assert "no derivative" in graph_report(text, at=at)


def test_a_kink_that_zero_multiplies_is_none() -> None:
    """max(0, x)² has the derivative 0 at 0."""
    assert "kinks" not in report("max(0, x)^2", at="x=0")
    assert report("max(0, x)^2", at="x=0")["gradients"] == {"x": "0"}


@pytest.mark.parametrize(
    ("text", "at", "gradients"),
    [
        ("elu(x)", "x=0", {"x": "1"}),
        ("Piecewise((y, x < 1), (y^2, True))", "x=1,y=3", {"y": "6"}),
        ("Piecewise((y, x < 1), (y^2, True))", "x=1", {"y": "2*y"}),
    ],
)
def test_a_derivative_that_exists_where_pieces_meet_is_no_kink(
    text: str, at: str, gradients: dict[str, str]
) -> None:
    found = report(text, at=at)
    assert {name: found["gradients"][name] for name in gradients} == gradients
    assert [kink for kink in found.get("kinks", ()) if kink["from"] in gradients] == []
    assert found["verified"] is True


# ---- size ---------------------------------------------------------------------------------------


def chain_text(length: int) -> str:
    steps = ["sin({0})", "{0}*w", "{0} + x", "tanh({0})", "{0}/2 + {0}^2"]
    lines = ["v0 = x*w"]
    lines += [f"v{i} = {steps[i % 5].format(f'v{i - 1}')}" for i in range(1, length)]
    return "\n".join(lines)


def test_two_hundred_nodes_are_verified() -> None:
    found = report(chain_text(200), at="x=1/2,w=1/3")
    assert len(found["nodes"]) == 202
    assert found["verified"] is True


def test_the_work_follows_the_number_of_nodes() -> None:
    short, long = chain_text(60), chain_text(120)
    work = effort(lambda: analyse(short, wrt=None, at=None))
    assert effort(lambda: analyse(long, wrt=None, at=None)) < 2.3 * work


@pytest.mark.slow  # four seconds; two hundred nodes and the count of calls are tested above
def test_a_thousand_nodes_in_a_row_need_no_recursion() -> None:
    found = analyse(chain_text(1000), wrt=None, at=None)
    assert len(found.chain.graph.equations) == 1000
    assert found.verified


def test_automatic_names_avoid_those_of_the_variables() -> None:
    """Variables named like the letters that are given to nodes (a, b, p, q, L), and a variable g."""
    found = report("(a*b + p*q)^2 + g*L", at="a=1,b=2,p=3,q=4,g=5,L=6")
    assert len(names(found)) == len(found["nodes"])
    assert found["gradients"] == {"a": "56", "b": "28", "p": "112", "q": "84", "g": "6", "L": "5"}
    assert found["output"] not in ("a", "b", "p", "q", "g", "L")


def test_what_the_output_does_not_need_does_no_harm() -> None:
    found = report("a = sqrt(x); k = 3; L = k*x", at="x=0")
    assert {node["name"]: node["adjoint"] for node in found["nodes"]} == {
        "x": "3",
        "a": "0",
        "k": "0",
        "L": "1",
    }
    assert found["verified"] is True
    assert next(n["adjoint"] for n in report("k = 3; L = k*x")["nodes"] if n["name"] == "k") == "x"


def test_an_exponent_with_a_large_denominator() -> None:
    """SELU of a number is a decimal of many digits."""
    assert report("ln(x)^selu(6) y", at="x=3,y=2")["verified"] is True


def test_a_maximum_of_equal_operands_is_one_of_them() -> None:
    assert report("max(x, x)", at="x=2")["gradients"] == {"x": "1"}
    assert report("(min(w, w) + 1)^2")["verified"] is True


@pytest.mark.parametrize(
    ("text", "at", "start"),
    [
        ("x^10000", "x=3", "1.6313501853426258743e+4771"),
        ("exp(x)", "x=20000", "7.7560047259868610458e+8685"),
        ("exp(-x)", "x=20000", "1.2893236083900937484e-8686"),
    ],
)
def test_values_past_all_measure_are_written_in_powers_of_ten(text: str, at: str, start: str) -> None:
    value = report(text, at=at)["nodes"][-1]["value"]
    assert value.startswith(start)
    assert len(value) < 40


@pytest.mark.parametrize("step", ["v{0}*v{0}", "v{0}*v{0} + x", "v{0}^2*v{0}"])
def test_repeated_squares_do_not_fill_the_memory(step: str) -> None:
    lines = ["v0 = x*x", *(f"v{i} = {step.format(i - 1)}" for i in range(1, 40))]
    assert report("\n".join(lines), at="x=3")["verified"] is True


def test_too_many_equations_are_refused() -> None:
    with pytest.raises(CorrigeError, match="at most 2000 equations"):
        report("\n".join(f"v{i} = x" for i in range(2001)))
