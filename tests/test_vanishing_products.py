"""What K factors f′ make of a gradient: a false sentence is contradicted by the product itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_activations import asked

from solver.analysis.review import checks
from solver.analysis.study import study
from solver.analysis.values import rational_value
from solver.expression.evaluate import ball
from solver.expression.reader import read_expression
from solver.questions.activations import ActivationsFacts
from solver.questions.base import Scope
from solver.questions.subjects import read_subject
from solver.questions.vanishing import VanishingFacts
from solver.questions.vanishing_checks import small_checks
from solver.questions.vanishing_options import Depth
from solver.questions.vanishing_sizes import percent, power_of_ten


@pytest.mark.parametrize(
    ("function", "depth", "local", "phrases", "absent"),
    [
        ("sigmoid", "1", "1/4", ["il reste $25$ %", "dès $K = 4$"], "n'apprennent pas"),
        ("sigmoid", "2", "0.2", ["il reste $4$ %", "comme $5^{-K}$", "dès $K = 3$"], "n'apprennent pas"),
        ("tanh", "K", "0.9", ["moins de $1$ % dès $K = 44$", "n'apprennent pas"], "ne s'évanouit pas encore"),
        ("tanh", "20", "0.9", ["environ $12$ %"], "n'apprennent pas"),
        ("sigmoid", "1", "10^-3", ["à elle seule"], "ne s'évanouit pas encore"),
        ("sigmoid", "12", "10^-3", ["n'apprennent pas"], "ne s'évanouit pas encore"),
        ("leaky_relu(2)", "5", "2", ["multiplié par $32$", "dès $K = 7$", "| $5$ | $32$ |"], "(arrondi)"),
        ("leaky_relu(2)", "10", "2", ["= 1024", "explosion"], "grands poids ne suffisent pas"),
    ],
)
def test_the_conclusion_is_that_of_the_product(
    function: str, depth: str, local: str, phrases: list[str], absent: str
) -> None:
    _, text = asked("vanishing", function=function, depth=depth, local=local)
    for phrase in phrases:
        assert phrase in text
    assert absent not in text


@given(st.fractions(Fraction(1, 100), Fraction(99, 100), max_denominator=200), st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_what_is_left_is_told_by_the_product(local: Fraction, depth: int) -> None:
    facts, _ = asked("vanishing", function="tanh", depth="K", local="1/2")
    assert isinstance(facts, VanishingFacts)
    facts = replace(facts, local=local, depth=Depth(str(depth), depth))
    assert facts.early == (local**depth >= Fraction(1, 100))
    assert facts.faint_depth is not None
    assert float(local) ** facts.faint_depth <= 0.01 + 1e-12
    assert float(local) ** (facts.faint_depth - 1) >= 0.01 - 1e-12


@given(st.fractions(Fraction(1, 100), Fraction(9999, 10000), max_denominator=20_000).filter(lambda v: v < 1))
def test_hundredths_are_rounded_below_a_hundred(value: Fraction) -> None:
    shown, exact = percent(value)
    assert (Fraction(shown) == 100 * value) or not exact
    assert float(shown) < 100
    assert float(shown) == pytest.approx(100 * float(value), rel=0.05)


def test_an_approximation_is_judged_only_where_one_was_made() -> None:
    _, text = asked("vanishing", function="sigmoid", depth="K", near="z = 0")
    assert "L'approximation" not in text
    assert "$K$ couches ne laissent, poids mis à part, que $4^{-K}$" in text
    _, text = asked("vanishing", function="tanh", depth="K", near="z = 0")
    assert "L'approximation" not in text
    assert "presque intact" in text
    _, text = asked("vanishing", function="sigmoid", depth="K", near="a = 0")
    assert "L'approximation" in text


@pytest.mark.parametrize(
    ("function", "least", "phrase"),
    [
        ("leaky_relu(2)", 1, "comprise entre $1$ et $2$ : le produit ne s'évanouit jamais et peut exploser"),
        ("max(-x, 2x)", 1, "comprise entre $1$ et $2$"),
        ("x^3 + 2x", 2, "n'est pas bornée : le produit ne s'évanouit jamais"),
        ("-sinh(x)", 1, "n'est pas bornée : le produit ne s'évanouit jamais"),
        ("3 abs(x)", 3, "vaut $3^{K}$, il explose"),
        ("max(x/2, 2x)", Fraction(1, 2), "tantôt inférieure, tantôt supérieure à $1$"),
        ("2 tanh(x)", 0, "s'évanouit dans les zones de saturation"),
        ("x + tanh(x)", 1, "comprise entre $1$ et $2$"),
        ("x^2", 0, "peut s'évanouir comme exploser"),
    ],
)
def test_what_a_product_of_steep_derivatives_does(function: str, least: int, phrase: str) -> None:
    facts, text = asked("activations", functions=function, ask="saturation")
    assert isinstance(facts, ActivationsFacts)
    assert phrase in text
    s = facts.functions[0].study
    assert s.flattest is not None
    assert s.flattest.value.rational == least
    x = s.subject.variable.name
    slopes = [abs(float(ball(s.derivative, {x: Fraction(2 * k + 1, 7)}).mid())) for k in range(-60, 60)]
    assert min(slopes) >= least - 1e-12


def test_a_wrong_least_slope_is_caught() -> None:
    found = study(read_subject("leaky_relu(2)", Scope()))
    assert found.flattest is not None
    for wrong in (Fraction(1, 2), Fraction(3, 2)):
        planted = replace(found, flattest=replace(found.flattest, value=rational_value(wrong)))
        assert any(c.left.startswith(r"\inf") and not c.holds for c in checks(planted))


def test_a_product_of_zeros_or_ones_needs_no_table_and_no_power() -> None:
    _, text = asked("vanishing", function="relu", depth="4", local="0")
    assert "il est nul quel que soit $w$" in text
    assert "pour que ce facteur puisse atteindre" not in text
    assert "| $K$ |" not in text
    _, text = asked("vanishing", function="relu", depth="K", local="1")
    assert "1^{K}" not in text
    assert "| $K$ |" not in text


@pytest.mark.parametrize(
    ("function", "left"), [("softplus", "2^{-K}"), ("gelu", "2^{-K}"), ("sigmoid", "4^{-K}")]
)
def test_what_zero_pre_activations_leave(function: str, left: str) -> None:
    _, text = asked("vanishing", function=function, depth="K", near="z = 0")
    assert f"que ${left}$ du gradient" in text


@pytest.mark.parametrize(
    ("function", "weakens"), [("leaky_relu(2)", False), ("leaky_relu(1)", False), ("leaky_relu(0.1)", True)]
)
def test_a_gradient_weakens_only_where_a_factor_is_below_one(function: str, weakens: bool) -> None:
    _, text = asked("kinks", function=function)
    assert ("le gradient peut s'affaiblir" in text) == weakens


@pytest.mark.parametrize(
    ("function", "local"), [("silu", "1/2"), ("mish", "1/2"), ("exp(-x^2)", "1/2"), ("tanh(x)^2", "0.3")]
)
def test_powers_of_a_bound_without_a_closed_form_are_written(function: str, local: str) -> None:
    """The enclosed bound has hundreds of digits; its 150th power was more than Python prints."""
    facts, text = asked("vanishing", function=function, depth="K", local=local)
    assert isinstance(facts, VanishingFacts)
    assert not facts.bound_exact
    assert facts.bound is not None
    last = facts.rows[-1]
    assert f"| ${last.depth}$ |" in text
    assert facts.cell(last.bound) in text


@pytest.mark.parametrize("zeros", [1, 2, 9, 5000])
def test_powers_of_ten_are_told_from_their_neighbours(zeros: int) -> None:
    assert power_of_ten(Fraction(1, 10**zeros)) == rf"10^{{-{zeros}}}"
    assert power_of_ten(Fraction(1, 10**zeros + 1)) is None
    assert power_of_ten(Fraction(1, 10**zeros - 1 + (zeros == 1) * 2)) is None
    assert power_of_ten(Fraction(3, 10**zeros)) is None


@pytest.mark.parametrize(
    ("function", "written", "value"),
    [
        ("softplus", "1 - e^{-a}", lambda a: 1 - exp(-a)),
        ("log_sigmoid", "1 - e^{a}", lambda a: 1 - exp(a)),
        ("softsign", r"\left(1 - \left|a\right|\right)^{2}", lambda a: (1 - abs(a)) ** 2),
    ],
)
def test_a_slope_told_by_the_activation_without_a_polynomial(
    function: str, written: str, value: Callable[[float], float]
) -> None:
    facts, text = asked("vanishing", function=function, depth="K", near="a = 0")
    assert isinstance(facts, VanishingFacts)
    assert f"'(z) = {written}$" in text
    assert any(c.right == written for c in facts.checks)
    f = facts.study.subject.expression
    for at in (Fraction(-3), Fraction(1, 7), Fraction(2)):
        low, high = (float(ball(f, {"x": at + d}).mid()) for d in (Fraction(-1, 10**4), Fraction(1, 10**4)))
        slope = (high - low) * 5000
        assert abs(slope - value(float(ball(f, {"x": at}).mid()))) < 1e-6


def test_a_wrong_form_of_the_slope_fails() -> None:
    facts, _ = asked("vanishing", function="softplus", depth="K", near="a = 0")
    assert isinstance(facts, VanishingFacts)
    wrong = replace(facts.small, other=read_expression("1 - e^(-2a)"))
    assert [c.holds for c in small_checks(facts.study, wrong, (Fraction(-3),))] == [False]


def test_a_number_of_layers_is_used_and_only_the_kink_at_zero_is_told() -> None:
    _, text = asked("vanishing", function="sigmoid", depth="20", near="a = 0")
    assert "qui traverse $20$ couches" in text
    assert "ne dépasse jamais $4^{-20}$" in text
    _, text = asked("vanishing", function="silu", depth="K", near="a = 0")
    assert "un polynôme" not in text
    _, text = asked("vanishing", function="relu6", depth="K", near="z = 0")
    assert "En $0$, la dérivée à gauche" in text
    assert "En $6$" not in text
