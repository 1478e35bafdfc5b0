"""`corrige derive` beyond one derivative: matrices, implicit derivatives, points, domains, kinks.

SymPy is the oracle."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
import sympy as sp
from sympy.parsing.sympy_parser import parse_expr

from solver.differentiation.domain import domain
from solver.differentiation.report import derive_report
from solver.differentiation.report_json import as_json
from solver.differentiation.request import Options
from solver.errors import CorrigeError
from solver.expression.plain import plain_condition
from solver.expression.reader import read_expression


def answer(text: str, **options: Any) -> Any:
    return json.loads(derive_report(text, to="json", options=Options(**options)))


def real(text: str) -> sp.Expr:
    return parse_expr(text, local_dict={n: sp.Symbol(n, real=True) for n in "xyzabw"})


def test_jacobian() -> None:
    found = answer("(x^2 y, sin(x) + y, 3)", wrt="x,y")
    assert found["wrt"] == ["x", "y"]
    assert found["jacobian"] == [["2*x*y", "x**2"], ["cos(x)", "1"], ["0", "0"]]
    assert found["verified"] is True
    assert found["checks"] >= 6
    assert found["entries"][1][0]["steps"][-1]["after"] == "cos(x)"
    assert answer("[x y, x/y]")["jacobian"] == [["y", "x"], ["1/y", "-x/y**2"]]


@pytest.mark.parametrize("text", ["x^2 y + e^(x y)", "x^3 - 3x y^2", "ln(x^2 + y^2)", "sigmoid(x y)"])
def test_hessian_against_sympy(text: str) -> None:
    found = answer(text, hessian=True)
    x, y = (sp.Symbol(n, real=True) for n in "xy")
    expected = sp.hessian(real(found["expression"]), (x, y))
    at = {x: sp.Rational(7, 10), y: sp.Rational(13, 9)}
    for i, row in enumerate(found["hessian"]):
        for j, entry in enumerate(row):
            assert abs(sp.N((real(entry) - expected[i, j]).subs(at), 30)) < 1e-20
    assert found["verified"] is True


@pytest.mark.parametrize(
    ("equation", "expected"),
    [
        ("x^2 + y^2 = 1", "-x/y"),
        ("x y = 1", "-y/x"),
        ("x^3 + y^3 = 3x y", None),
        ("sin(x y) = x", None),
        ("y e^y = x", None),
    ],
)
def test_implicit_derivative_against_sympy(equation: str, expected: str | None) -> None:
    found = answer(equation, wrt="x", implicit="y")
    assert found["verified"] is True
    assert found["implicit"] == "y"
    if expected is not None:
        assert found["derivative"] == expected
    x, y = (sp.Symbol(n, real=True) for n in "xy")
    gap = real(found["expression"])
    gap = gap.lhs - gap.rhs
    oracle = sp.idiff(gap, y, x)
    at = {x: sp.Rational(7, 10), y: sp.Rational(13, 9)}
    assert abs(sp.N((real(found["derivative"]) - oracle).subs(at), 30)) < 1e-20
    top = [s for s in found["steps"] if s["depth"] == 0]
    assert top[0]["rule"] == "implicit"
    assert all(a["after"] == b["before"] for a, b in pairwise(top))


VALUES = [
    # expression, point, value, reason
    ("x^3", "2", "12", None),
    ("x^3", "x=1/3", "1/3", None),
    ("sin(x)", "x=0", "1", None),
    ("0.1x^2", "x=0.3", "3/50", None),
    ("relu(x)", "-2", "0", None),
    ("relu(x)", "0", None, "no_derivative"),
    ("|x^2-1|", "1", None, "no_derivative"),
    ("x|x|", "0", "0", None),
    ("ln(x)", "-1", None, "undefined"),
    ("1/x", "0", None, "undefined"),
    ("sqrt(x)", "0", None, "no_derivative"),
    ("max(0, x, 2x-1)", "1/2", "1", None),
    ("gamma(x)", "-2", None, "undefined"),
]


@pytest.mark.parametrize(("text", "at", "value", "reason"), VALUES)
def test_value_at_a_point(text: str, at: str, value: str | None, reason: str | None) -> None:
    found = answer(text, at=at)
    assert found["value"] == value
    assert found.get("reason") == reason


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("e^x", "1"),
        ("sin(x)", "x=pi/5"),
        ("x^x", "2"),
        ("gamma(x)", "1/3"),
        ("sigmoid(3x+1)", "0.7"),
        ("gelu(x)", "2"),
    ],
)
def test_irrational_values_have_fifteen_digits(text: str, at: str) -> None:
    found = answer(text, at=at)
    place = sp.Rational(at) if "pi" not in at else sp.pi / 5
    x = sp.Symbol("x", real=True)
    expected = sp.N(sp.diff(real(found["expression"]), x).subs(x, place), 20)
    assert abs(float(found["value"]) / float(expected) - 1) < 1e-15
    assert sum(c.isdigit() for c in found["value"]) >= 15
    assert abs(sp.N(real(found["exact"]), 20) - expected) < 1e-15


def test_a_value_may_hold_letters() -> None:
    assert answer("a x^2", wrt="x", at="x=3")["value"] == "6*a"


KINKS = [
    # expression, points, slopes on the left and on the right, taken by PyTorch
    ("relu(x)", [("0", "0", "1", "0")]),
    ("|x|", [("0", "-1", "1", "0")]),
    ("relu(2x-3)", [("3/2", "0", "2", "0")]),
    ("leaky_relu(x)", [("0", "1/100", "1", "1/100")]),
    ("hard_tanh(x)", [("-1", "0", "1", "0"), ("1", "1", "0", "0")]),
    ("relu6(x)", [("0", "0", "1", "0"), ("6", "1", "0", "0")]),
    ("max(x, 2x-1)", [("1", "1", "2", "3/2")]),
    ("elu(x)", []),
    ("celu(x)", []),
    ("x|x|", []),
    ("softsign(x)", []),
    ("relu(x)^2", []),
    ("relu(relu(x) - 1)", [("1", "0", "1", "0")]),
    ("Piecewise((x^2, x <= 1), (2x - 1, True))", []),
]


@pytest.mark.parametrize(("text", "expected"), KINKS)
def test_points_without_a_derivative(text: str, expected: list[tuple[str, str, str, str]]) -> None:
    found = answer(text)
    assert [(k["at"], k["left"], k["right"], k["taken"]) for k in found["kinks"]] == expected
    x = sp.Symbol("x", real=True)
    slope = sp.diff(real(found["expression"]), x)
    for at, left, right, _ in expected:
        near = sp.Rational(1, 10**9)
        assert abs(sp.N(slope.subs(x, sp.Rational(at) - near)) - sp.Rational(left)) < 1e-7
        assert abs(sp.N(slope.subs(x, sp.Rational(at) + near)) - sp.Rational(right)) < 1e-7


def test_points_without_a_second_derivative() -> None:
    assert [(k["at"], k["left"], k["right"], k["taken"]) for k in answer("x|x|", order=2)["kinks"]] == [
        ("0", "-2", "2", None)
    ]
    assert answer("x^3 sign(x)", order=2)["kinks"] == []
    assert answer("softplus(x)", order=2)["kinks"] == []


def test_jumps_and_creases_are_told() -> None:
    assert answer("sign(x)")["kinks"][0]["continuous"] is False
    assert answer("|sin x|")["kinks"] == [{"where": "Eq(sin(x), 0)"}]
    assert answer("max(x, y)", wrt="x")["kinks"] == [{"where": "Eq(x, y)"}]
    assert "sin(x) = 0" in derive_report("|sin x|")
    assert "PyTorch" in derive_report("relu(x)")
    assert "PyTorch" in derive_report("relu(x)", to="markdown", lang="fr")


DOMAINS = [
    ("x^2", ""),
    ("e^x/(1+e^x)", ""),
    ("1/(x^2+1)", ""),
    ("ln(x)", "x > 0"),
    ("ln(2x+1)", "x > -1/2"),
    ("sqrt(x)", "x >= 0"),
    ("1/sqrt(x)", "x > 0"),
    ("sqrt(4-x^2)", "abs(x) <= 2"),
    ("ln(x)/sqrt(4-x^2)", "x > 0, x < 2"),
    ("sqrt(x^2-4)", "abs(x) >= 2"),
    ("1/(x^2-1)", "x != -1, x != 1"),
    ("ln(x) + 1/(x-3) + sqrt(5-x)", "x > 0, x <= 5, x != 3"),
    ("asin(2x)", "abs(x) <= 1/2"),
    ("tan(x)", "cos(x) != 0"),
    ("logit(x)", "x > 0, x < 1"),
    ("x^x", "x > 0"),
    ("x^(1/3)", "x >= 0"),
    ("cbrt(x)", ""),
    ("acosh(x)", "x >= 1"),
    ("log(x, 2)", "x > 0"),
    ("ln(x^2)", "x != 0"),
    ("1/ln(x)", "x > 0, x != 1"),
    ("sqrt(ln(x))", "x >= 1"),
    ("ln|x|", "x != 0"),
    ("ln((1+x)/(1-x))", "abs(x) < 1"),
    ("asin(sqrt(x))", "x >= 0, x <= 1"),
    ("sqrt(x^2-4)/(x-3)", "abs(x) >= 2, x != 3"),
    ("asec(x)", "abs(x) >= 1"),
    ("acoth(x)", "abs(x) > 1"),
]


@pytest.mark.parametrize(("text", "expected"), DOMAINS)
def test_domains(text: str, expected: str) -> None:
    assert ", ".join(plain_condition(c) for c in domain(read_expression(text))) == expected  # type: ignore[arg-type]


def test_where_the_formula_holds() -> None:
    assert answer("sqrt(x)")["holds"] == ["x > 0"]
    assert answer("asin(x)")["holds"] == ["Abs(x) < 1"]
    assert answer("cbrt(x)")["holds"] == ["Ne(x, 0)"]
    assert answer("ln(x)")["holds"] == []
    assert answer("acosh(x)")["holds"] == ["x > 1"]
    assert answer("asec(x)")["holds"] == ["Abs(x) > 1"]
    assert answer("log(2, x)")["holds"] == []
    assert "none of 0, -1, -2" in derive_report("gamma(x)")


BAD = [
    ("x^2 + y^2", {"implicit": "y"}, "left = right"),
    ("x = 3", {}, "relation"),
    ("x^2 = 1", {"implicit": "y"}, "does not appear"),
    ("x^2 + y^2 = z", {"implicit": "y"}, "which variable"),
    ("x y = 1", {"wrt": "y", "implicit": "y"}, "both"),
    ("x^2", {"at": "y=3"}, "does not appear"),
    ("x^2", {"at": "x=a"}, "is a number"),
    ("x^2", {"at": "x=1,x=2"}, "twice"),
    ("(x, y)", {"order": 2}, "one function"),
    ("x y", {"wrt": "x,x"}, "twice"),
    ("(x^2, foo(y))", {"wrt": "x"}, "foo"),
]


@pytest.mark.parametrize(("text", "options", "piece"), BAD)
def test_bad_requests_are_refused(text: str, options: dict[str, Any], piece: str) -> None:
    with pytest.raises(CorrigeError) as caught:
        derive_report(text, options=Options(**options))
    assert piece in caught.value.report()


def test_columns_of_a_component_are_those_of_the_whole() -> None:
    with pytest.raises(CorrigeError) as caught:
        derive_report("(x^2, foo(y))", wrt="x")
    assert caught.value.span is not None
    assert caught.value.span.column == 7


def test_steps_name_u_and_repeat_nothing() -> None:
    shown = derive_report("x sin(3x)").splitlines()
    assert any("chain rule, u = 3x" in line for line in shown)
    lines = [line.split("   [")[0].strip() for line in shown]
    answers = [line for line in lines if line.startswith("= ")]
    assert len(answers) == len(set(answers))
    assert not any("1sin" in line or "1cos" in line for line in lines)


def test_selu_keeps_its_constants() -> None:
    shown = derive_report("x selu(x)")
    assert "1.0507009873554804934193349852946*1.6732632423543772848170429916717" in shown
    assert max(len(digits) for digits in "".join(c if c.isdigit() else " " for c in shown).split()) < 33


@pytest.mark.parametrize("to", ["text", "markdown", "latex"])
@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("(x y, x - y)", {}),
        ("x^2 y", {"hessian": True, "at": "x=1,y=2"}),
        ("x^2 + y^2 = 1", {"wrt": "x", "implicit": "y", "at": "x=3/5,y=4/5"}),
        ("relu(x)", {"at": "0"}),
        ("ln(x)", {"at": "-1"}),
        ("f(2x)", {}),
        ("gamma(x)", {"at": "1/2"}),
    ],
)
def test_every_shape_in_every_format(text: str, options: dict[str, Any], to: str, lang: str) -> None:
    written = derive_report(text, to=to, lang=lang, options=Options(**options))
    assert written.strip()
    assert "None" not in written


def test_a_planted_implicit_derivative_is_refused() -> None:
    from solver.derivation.check import along, prover
    from solver.expression.tree import ONE, Symbol

    gap = read_expression("x^2 + y^2 - 1")
    x, y = Symbol("x"), Symbol("y")
    for slope, holds in (("-x/y", True), ("x/y", False), ("-y/x", False), ("-x/y + 1/10^9", False)):
        wrong = read_expression(slope)
        assert along(prover((gap, wrong)), gap, {x: ONE, y: wrong}).holds is holds


def test_json_of_a_gradient_is_a_list() -> None:
    from solver.differentiation.answer import answer as solve
    from solver.differentiation.request import read_request

    found = as_json(solve(read_request("x y", Options(wrt="x,y"))), {})
    assert [entry["derivative"] for entry in found] == ["y", "x"]
