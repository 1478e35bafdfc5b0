"""The last line of a derivation as a teacher writes it; the second road has checked each of them."""

from __future__ import annotations

import pytest

from solver.derivation.engine import derive
from solver.expression.latex import latex
from solver.expression.plain import plain
from solver.expression.reader import read_expression
from solver.expression.tree import Apply, Negative, Number, Product, Symbol, number

FORMS = [
    ("1/x^3 + sqrt(x)", 1, "-3/x^4 + 1/(2sqrt(x))"),
    ("x e^(-x)", 2, "(x - 2)*e^(-x)"),
    ("(x + 1) e^(-x)", 1, "-x*e^(-x)"),
    ("e^x cos(x)", 4, "-4*e^x*cos(x)"),
    ("ln(2x^2 + 4)", 1, "2x/(x^2 + 2)"),
    ("ln(x^2 + 4)", 1, "2x/(x^2 + 4)"),
    ("x/(2x + 4)", 1, "1/(x + 2)^2"),
    ("e^(-2x)/(3x - 6)", 1, "(3 - 2x)*e^(-2x)/(3(x - 2)^2)"),
    ("x^(3/2) + x^(5/2)", 1, "sqrt(x)*(5x + 3)/2"),
]


@pytest.mark.parametrize(("text", "order", "expected"), FORMS)
def test_last_line(text: str, order: int, expected: str) -> None:
    made = derive(read_expression(text), Symbol("x"), order)
    assert made.verified
    assert plain(made.result) == expected


def test_a_negative_factor_leaves_at_once() -> None:
    made = derive(read_expression("-2 e^x sin(x)"), Symbol("x"))
    assert [s.rule for s in made.steps].count("constant_multiple") == 1


def test_minus_one_times_and_indexed_functions() -> None:
    assert latex(Product((Negative(Number(number(1).value)), Symbol("x")))) == r"-1 \cdot x"
    assert latex(Apply("u_2'", (Symbol("z"),))) == "u_{2}'(z)"
    assert latex(Apply("foo", (Symbol("z"),))) == r"\operatorname{foo}(z)"
