"""What is recognised in a derivative is true, told in the result, and only where it helps."""

from __future__ import annotations

import pytest
import sympy as sp

from solver.derivation.engine import derive_along
from solver.differentiation.answer import Answer
from solver.expression.plain import plain
from solver.expression.reader import read_expression
from solver.expression.sympy_text import sympy_text
from solver.expression.tree import Expr, Symbol
from solver.questions.recognised import Recognised, in_sigmoids, recognised

X = Symbol("x")


def seen(text: str, order: int = 1) -> tuple[Answer, Recognised]:
    function = read_expression(text)
    answer = Answer(function, (X,) * order, derive_along(function, (X,) * order))
    checks: list = []
    found = recognised(answer, checks)
    assert all(check.holds for check in checks)
    return answer, found


def real(expr: Expr) -> sp.Expr:
    return sp.sympify(sympy_text(expr), {"x": sp.Symbol("x", real=True)})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1/(1 + e^(-x))", "sigmoid(x)*(1 - sigmoid(x))"),
        ("ln(1 + e^x)", "sigmoid(x)"),
        ("ln(1 + e^(-x))", "-sigmoid(-x)"),
        ("x^2 - ln(1 + e^(2x))", "2x - 2sigmoid(2x)"),
        ("1/(1 + e^x)", "-sigmoid(x)*(1 - sigmoid(x))"),
        ("3/(1 + e^(-x))^2", "6sigmoid(x)^2*(1 - sigmoid(x))"),
        ("x/(1 + e^(-x))", None),
        ("ln(2 + e^x)", None),
        ("ln(1 + 2e^x)", None),
        ("1/(1 + x)", None),
        ("e^(2x)/(1 + e^x)^2", "2sigmoid(x)^2*(1 - sigmoid(x))"),
        ("sigmoid(x)", None),
    ],
)
def test_sigmoids(text: str, expected: str | None) -> None:
    answer, found = seen(text)
    assert (None if found.sigmoids is None else plain(found.sigmoids)) == expected
    if found.sigmoids is not None:
        at = {sp.Symbol("x", real=True): sp.Rational(7, 5)}
        assert abs(sp.N((real(found.sigmoids) - sp.diff(real(answer.expression))).subs(at), 30)) < 1e-20


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("ln(1 + e^x)", [(["e^x/(1 + e^x)", "1/(1 + e^(-x))", "sigmoid(x)"], "e^(-x)")]),
        (
            "1/(1 + e^(-x))",
            [(["1 - sigmoid(x)", "((1 + e^(-x)) - 1)/(1 + e^(-x))", "e^(-x)/(1 + e^(-x))"], None)],
        ),
        (
            "1/(1 + e^x)",
            [
                (["e^x/(1 + e^x)", "1/(1 + e^(-x))", "sigmoid(x)"], "e^(-x)"),
                (["1 - sigmoid(x)", "((1 + e^x) - e^x)/(1 + e^x)", "1/(1 + e^x)"], None),
            ],
        ),
        (
            "x - ln(1 + e^(-2x))/2 - x",
            [(["e^(-2x)/(1 + e^(-2x))", "1/(1 + e^(2x))", "sigmoid(-2x)"], "e^(2x)")],
        ),
        ("x^2", []),
    ],
)
def test_the_way_to_the_sigmoid_is_written(text: str, lines: list[tuple[list[str], str | None]]) -> None:
    found = seen(text)[1].lines
    assert [([plain(e) for e in line.sides], line.by and plain(line.by)) for line in found] == lines
    at = {sp.Symbol("x", real=True): sp.Rational(7, 5)}
    for line in found:
        first, *others = (sp.N(real(side).subs(at), 30) for side in line.sides)
        assert all(abs(first - other) < 1e-25 for other in others)


def test_a_line_to_the_sigmoid_that_is_false_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    from solver.questions import recognised as module

    wrong = module.SigmoidLine((X, read_expression("1 + e^x")))
    monkeypatch.setattr(module, "sigmoid_lines", lambda result, sigmoids: (wrong,))
    function, checks = read_expression("ln(1 + e^x)"), []
    recognised(Answer(function, (X,), derive_along(function, (X,))), checks)
    assert [check.holds for check in checks].count(False) == 1


@pytest.mark.parametrize(
    ("text", "order", "multiple"),
    [
        ("e^x cos(x)", 4, -4),
        ("sin(x)", 2, -1),
        ("sin(3x) + cos(3x)", 2, -9),
        ("cosh(x)", 2, 1),
        ("e^(-2x)", 3, -8),
        ("e^x cos(x)", 2, None),
        ("sin(x) + sin(2x)", 2, None),
        ("x^3", 2, None),
        ("x e^x", 2, None),
        ("sin(x) + 1", 2, None),
        ("x", 2, None),
    ],
)
def test_a_multiple_of_the_function(text: str, order: int, multiple: int | None) -> None:
    assert seen(text, order)[1].multiple == multiple


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ln(x + sqrt(x^2 + 1))", "asinh(x) + 0"),
        ("5 + ln(x + sqrt(x^2 + 1))", "asinh(x) + 5"),
        ("ln((1 + x)/(1 - x))/2", "atanh(x) + 0"),
        ("arcsinh(x)", None),
        ("ln(x + sqrt(x^2 - 1))", None),  # its domain is not solved
        ("ln(x^2 + 1)", None),
        ("-arctan(1/x)", None),  # not on one interval
        ("ln(a + x)", None),
    ],
)
def test_a_known_primitive(text: str, expected: str | None) -> None:
    found = seen(text)[1].primitive
    assert (None if found is None else f"{plain(found.function)} + {found.constant}") == expected


def test_nothing_is_made_of_a_sum_that_is_not_one_plus_an_exponential() -> None:
    for text in ("e^(x/2)/(1 + e^x)", "e^(3x)/(1 + e^x)", "1/(1 + e^x + e^(2x))", "x"):
        assert in_sigmoids(read_expression(text)) is None, text
