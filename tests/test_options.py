"""Options that name what is given: functions may call each other, values may be given by other values."""

from __future__ import annotations

from fractions import Fraction

import pytest

from solver.errors import CorrigeError
from solver.expression.latex import latex
from solver.expression.reader import read_expression
from solver.questions.base import Scope
from solver.questions.options import read_exact, read_function
from solver.sheet.reader import read_sheet

SHEET = read_sheet(
    "---\ntitle: Essai\n---\n```{given}\nf(w) = w^2 + beta\ng(x) = f(2x) + w\nalpha = 0.05\nbeta = 2alpha\n"
    "h(beta) = beta + alpha\nu = v\nv = u\n```\n",
    "sheet.md",
)
SCOPE = Scope(SHEET.givens, SHEET.networks)


@pytest.mark.parametrize(
    ("text", "name", "variables", "expression"),
    [
        ("f", "f", "w", "w^2 + 2*0.05"),
        ("g", "g", "x", "(2x)^2 + 2*0.05 + w"),
        ("h", "h", "beta", "beta + 0.05"),
        ("f(t)^2", "f", "t", "(t^2 + 2*0.05)^2"),
        ("w - alpha", "f", "w", "w - 0.05"),
    ],
)
def test_functions(text: str, name: str, variables: str, expression: str) -> None:
    found = read_function(text, SCOPE)
    assert found.name == name
    assert ", ".join(v.name for v in found.variables) == variables
    assert latex(found.expression) == latex(read_expression(expression))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.05", "1/20"),
        ("1e-3", "1/1000"),
        ("alpha", "1/20"),
        ("beta", "1/10"),
        ("alpha/2", "1/40"),
        ("-3", "-3"),
    ],
)
def test_exact_numbers(text: str, value: str) -> None:
    assert read_exact(text, SCOPE) == Fraction(value)


@pytest.mark.parametrize("text", ["gamma", "f", "u", "sqrt(2)", "", "2 3"])
def test_not_a_number(text: str) -> None:
    with pytest.raises(CorrigeError):
        read_exact(text, SCOPE)


def test_an_unknown_function_is_not_called() -> None:
    with pytest.raises(CorrigeError, match="takes 1 argument"):
        read_function("f(1, 2)", SCOPE)
