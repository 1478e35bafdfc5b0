"""A check that cannot fail is a defect: errors are planted in every rule and row, and each must be seen.

Mutants are made from the steps of each rule (sign, factor, added term, argument, every number,
every function),
on one side of a kink too. A mutant that another tool shows to be no error is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import pytest

import solver.rules.outer as outer
from solver.derivation.check import counterexample, same
from solver.derivation.engine import derive, rule_names
from solver.derivation.equality import Means
from solver.derivation.step import Step
from solver.expression.evaluate import ball
from solver.expression.functions import FUNCTIONS
from solver.expression.reader import read_expression
from solver.expression.tree import (
    ONE,
    Apply,
    Derivative,
    Expr,
    Negative,
    Number,
    Product,
    Sum,
    Symbol,
    number,
    rebuild,
    symbols,
    walk,
)

x = Symbol("x")

EXAMPLES = [
    "5", "x", "x x x sin(x)", "3x + 2", "x^3 + sin(x)", "x^2 + 5", "4x^3", "x^5", "3sin(x)", "(x^2+1)^3",
    "e^x", "e^(x^2)",
    "2^(3x)",
    "x^x", "x sin(x)", "2/(x^2+1)", "x/(x^2+1)", "ln|x^2-2|", "max(x^2, x)", "min(x^2, x)",
    "Piecewise((x, x < 1), (x^2, True))", "root(x^2+1, 5)", "tanh(x)", "sigmoid(3x+1)", "(x+1)(x+2)",
    "x^2 e^x",
    "e^x/(1+e^x)", "relu(2x-1)", "3x(x+2)", "gelu(x^2)", "ln(2x)", "atan(x^2)", "|x^2-1|",
    "y ln(x) + (1-y) ln(1-x)", "polygamma(2, x^2)", "3/x^2", "1/(x^2+1)^3", "sin(x)/(1+cos(x))", "x|x|",
    "relu(x)^2", "f(x^2)",
]  # fmt: skip


def _steps() -> list[Step]:
    found: dict[tuple[str, Expr], Step] = {}
    for text in EXAMPLES:
        for _, step in derive(read_expression(text), x, check=False).walk():
            found.setdefault((step.rule, step.before), step)
    return list(found.values())


STEPS = _steps()


def _mutants(expr: Expr) -> Iterator[tuple[str, Expr]]:
    yield "sign", Negative(expr)
    yield "factor", Product((number(2), expr))
    yield "term", Sum((expr, ONE))
    inner = [n for n in walk(expr) if not isinstance(n, Derivative)]
    for node in dict.fromkeys(inner):
        if isinstance(node, Number):
            yield "number", _swap(expr, node, Number(node.value + 1))
        elif node == x:
            yield "argument", _swap(expr, node, Sum((x, number(Fraction(1, 3)))))
        elif isinstance(node, Apply) and node.function in ("sin", "cos", "exp", "ln", "tanh", "sigmoid"):
            other = {
                "sin": "cos",
                "cos": "sin",
                "exp": "tanh",
                "ln": "atan",
                "tanh": "atan",
                "sigmoid": "tanh",
            }
            yield "function", _swap(expr, node, Apply(other[node.function], node.arguments))
        elif isinstance(node, Sum):
            yield "dropped term", _swap(expr, node, Sum(node.terms[:-1]))
        elif isinstance(node, Negative):
            yield "inner sign", _swap(expr, node, node.operand)


def _swap(expr: Expr, old: Expr, new: Expr) -> Expr:
    if expr == old:
        return new
    if isinstance(expr, Derivative):
        return expr
    return rebuild(expr, lambda child: _swap(child, old, new))


def _is_error(step: Step, mutant: Expr) -> bool:
    """Whether the mutant has another value than the step's result, by balls at points of its own."""
    if any(isinstance(n, Derivative) for n in walk(step.after)):
        return mutant != step.after
    for k in (Fraction(5, 7), Fraction(13, 9), Fraction(-11, 8), Fraction(7, 3)):
        values = {s.name: k + i for i, s in enumerate(symbols(Sum((step.before, mutant))))} | {"x": k}
        a, b = ball(step.after, values, bits=120), ball(mutant, values, bits=120)
        if a.is_finite() and b.is_finite() and not a.overlaps(b):
            return True
    return False


@pytest.mark.parametrize("rule", sorted({s.rule for s in STEPS}))
def test_mutants_of_every_rule_are_caught(rule: str) -> None:
    caught = 0
    for step in [s for s in STEPS if s.rule == rule][:4]:
        assert same(step.before, step.after).holds is True
        for kind, mutant in _mutants(step.after):
            if not _is_error(step, mutant):
                continue
            outcome = same(step.before, mutant)
            assert outcome.holds is not True, (
                f"{rule}: {kind} in {outcome.left} = {outcome.right} goes unseen"
            )
            caught += outcome.holds is False
    assert caught >= 2


def test_every_rule_has_mutants() -> None:
    assert set(rule_names()) - {s.rule for s in STEPS} <= {"definition", "variable"}


@pytest.mark.parametrize("name", sorted(n for n, f in FUNCTIONS.items() if f.derivative_text and n != "exp"))
@pytest.mark.parametrize("error", ["-({})", "2*({})", "({}) + 1/1000000"])
def test_a_wrong_row_of_the_table_is_caught(name: str, error: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row = FUNCTIONS[name]
    if name == "sign" and "+" not in error:
        pytest.skip("0 times anything is 0")
    wrong = replace(row, derivative_text=error.format(row.derivative_text))
    monkeypatch.setattr(outer, "FUNCTIONS", dict(FUNCTIONS) | {name: wrong})
    arguments = (x, *(number(i + 2) for i in range(row.arity[0] - 1)))
    derivation = derive(Apply(name, arguments), x)
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
