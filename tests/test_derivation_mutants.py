"""A check that cannot fail is a defect: errors are planted in the rows of the table of functions, and on
one side of a kink, and each must be seen. Those planted in the rules are in `test_rule_mutants`.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

import solver.rules.outer as outer
from solver.derivation.check import counterexample, same
from solver.derivation.engine import derive
from solver.derivation.equality import Means
from solver.expression.functions import FUNCTIONS
from solver.expression.reader import read_expression
from solver.expression.tree import (
    Apply,
    Derivative,
    Symbol,
    number,
)

x = Symbol("x")


@pytest.mark.parametrize("name", sorted(n for n, f in FUNCTIONS.items() if f.derivative_text and n != "exp"))
@pytest.mark.parametrize("error", ["-({})", "2*({})", "({}) + 1/1000000"])
def test_a_wrong_row_of_the_table_is_caught(name: str, error: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row = FUNCTIONS[name]
    wrong = replace(row, derivative_text=error.format(row.derivative_text))
    monkeypatch.setattr(outer, "FUNCTIONS", dict(FUNCTIONS) | {name: wrong})
    arguments = (x, *(number(i + 2) for i in range(row.arity[0] - 1)))
    derivation = derive(Apply(name, arguments), x)
    if name == "sign" and "+" not in error:  # 0 times anything is 0: the mutant changes nothing
        assert derivation.verified
        return
    assert not derivation.verified
    assert any(check.holds is False for check in derivation.checks)


ONE_SIDED = [
    ("relu(x)", "Piecewise((0, x < 0), (2, x > 0))"),
    ("relu(x)", "Piecewise((1/10, x < 0), (1, x > 0))"),
    ("relu(x)", "Piecewise((0, x < 1/100), (1, x > 1/100))"),
    ("relu(x - 1000)", "0"),
    ("|x - 500|", "-1"),
    ("|x|", "1"),
    ("|x|", "-1"),
    ("leaky_relu(3x+1)", "Piecewise((0, x < -1/3), (3, x > -1/3))"),
    ("hard_sigmoid(x)", "1/6"),
    ("max(x, 2x - 90)", "1"),
    ("relu(x) + relu(x - 7)", "Piecewise((0, x < 0), (1, x > 0))"),
    ("Piecewise((x, x < 12), (x^2, True))", "1"),
]


@pytest.mark.parametrize(("text", "wrong"), ONE_SIDED)
def test_an_error_on_one_side_of_a_kink_is_caught(text: str, wrong: str) -> None:
    left = Derivative(read_expression(text), x)
    assert same(left, read_expression(wrong)).holds is False


def test_three_outcomes() -> None:
    assert same(read_expression("(x+1)^2"), read_expression("x^2 + 2x + 1")).holds is True
    assert same(read_expression("(x+1)^2"), read_expression("x^2 + 1")).holds is False
    assert same(read_expression("ln(-1 - x^2)"), read_expression("x")).holds is None


def test_near_misses_are_told_apart() -> None:
    """Balls must be narrow: a difference far below double precision is a difference."""
    left = read_expression("sin(x)")
    assert same(left, read_expression("sin(x) + 10^(-40)")).holds is False
    assert same(read_expression("tanh(40x)^2"), read_expression("1 - 1/cosh(40x)^2")).holds is True


def test_counterexamples_name_the_point_and_both_values() -> None:
    found = counterexample(read_expression("x^2"), read_expression("2x"))
    assert found is not None
    at = Fraction(found["at"]["x"])
    assert Fraction(found["left"]) == at**2
    assert Fraction(found["right"]) == 2 * at
    assert counterexample(read_expression("2x"), read_expression("x + x")) is None


def test_the_means_is_recorded() -> None:
    assert same(Derivative(read_expression("x^2"), x), read_expression("2x")).means is Means.DUAL
    assert same(read_expression("x + x"), read_expression("2x")).means is Means.VALUES
