"""Functions by pieces as they are printed: of the conditions shown, exactly one holds at each point."""

from __future__ import annotations

import operator
import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_activations import asked

from solver.derivation.engine import derive
from solver.expression.evaluate import exact_value
from solver.expression.latex import latex
from solver.expression.reader import read_expression
from solver.expression.tree import ONE, Cases, Condition, Expr, Number, Symbol, number
from solver.questions.activations import ActivationsFacts

X = Symbol("x")
_HOLDS = {"<": operator.lt, r"\leq": operator.le, ">": operator.gt, r"\geq": operator.ge}


def shown_value(text: str, x: Fraction) -> list[int]:
    """The values of the printed rows whose condition, read as a chain of relations, holds at x."""
    found = []
    body = text.removeprefix(r"\begin{cases} ").removesuffix(r" \end{cases}")
    for row in body.split(r" \\ "):
        value, where = row.split(" & ")
        holds = True
        for chain in where.split(r",\; "):
            words = chain.split(" ")
            numbers = [x if word == "x" else Fraction(int(word)) for word in words[::2]]
            for left, relation, right in zip(numbers, words[1::2], numbers[1:], strict=False):
                holds = holds and _HOLDS[relation](left, right)
        if holds:
            found.append(int(value))
    return found


@given(
    st.lists(st.integers(-5, 5), min_size=1, max_size=4, unique=True),
    st.booleans(),
    st.lists(st.booleans(), min_size=4, max_size=4),
    st.fractions(-7, 7, max_denominator=2),
)
def test_one_printed_condition_holds_and_it_is_the_branch_taken(
    bounds: list[int], rising: bool, wide: list[bool], at: Fraction
) -> None:
    bounds = sorted(bounds, reverse=not rising)
    relations = [("<" if rising else ">") + ("=" if w else "") for w in wide]
    conditions = [Condition(X, r, number(b)) for r, b in zip(relations, bounds, strict=False)]
    branches: list[tuple[Expr, Condition | None]] = [(number(i + 1), c) for i, c in enumerate(conditions)]
    cases = Cases((*branches, (Number(Fraction(9)), None)))
    assert shown_value(latex(cases), at) == [exact_value(cases, {"x": at})]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("leaky_relu(x, 1)", "1"),
        ("Piecewise((x, x < 0), (x, True))", "1"),
        ("Piecewise((2x, x < 3), (2x, x < 5), (2x, True))", "2"),
        ("abs(x)^2", "2x"),
        ("leaky_relu(x, 2)", "Piecewise((2, x < 0), (1, x > 0))"),
    ],
)
def test_one_formula_on_the_whole_line_stands_alone(text: str, expected: str) -> None:
    found = derive(read_expression(text), X)
    assert found.result == read_expression(expected)
    assert all(check.holds for check in found.checks)
    assert not any(re.search(r"& *(\\\\|\\end)", latex(step.after)) for step in found.steps)


def test_the_joint_of_two_formulas_is_told() -> None:
    facts, text = asked(
        "activations", functions="leaky_relu(1), elu, hard_tanh, leaky_relu(2)", ask="derivative"
    )
    assert isinstance(facts, ActivationsFacts)
    joined, smooth, none, kinked = facts.functions
    assert joined.derivative == latex(ONE)
    assert joined.joints == smooth.joints == ((Fraction(0), "1"),)
    assert none.joints == kinked.joints == ()
    assert text.count("les dérivées à gauche et à droite valent toutes deux $1$") == 2
    assert r"x & -1 \leq x < 1" in text
