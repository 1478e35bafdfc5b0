"""The reasons given on paper for an activation's study: a sign that shows in a form, a limit by a quotient or
a bounded remainder, a threshold solved. Each is contradicted by values where it is planted false."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_activations import asked

from solver.analysis.positivity import visible_sign, visibly_not_negative
from solver.analysis.study import study
from solver.analysis.tails import Tail, tail_checks, tail_of
from solver.expression.evaluate import ball
from solver.expression.latex import latex
from solver.expression.reader import read_expression
from solver.expression.tree import Negative, Symbol
from solver.questions.base import Facts, Scope
from solver.questions.kinks import KinksFacts
from solver.questions.saturation_edge import edge_of
from solver.questions.subjects import read_subject

X = Symbol("x")
NAMES = (
    "sigmoid", "tanh", "elu", "elu(2)", "softplus", "silu", "gelu", "softsign", "atan", "mish", "3*tanh(2x)",
    "sigmoid(2x+1)", "1/(1 + x^2)", "exp", "exp(-x^2)", "x/(1 + x^2)",
)  # fmt: skip


# ---- signs that show ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "low", "high", "sign"),
    [
        ("e^(-x)/(1 + e^(-x))^2", None, None, 1),
        ("4/(e^x + e^(-x))^2", None, None, 1),
        ("-2x e^(-x^2)", 0, None, -1),
        ("-2x e^(-x^2)", None, 0, 1),
        ("-2x e^(-x^2)", None, None, None),
        ("x^2", None, None, None),  # it vanishes at 0
        ("x^2 + 1", None, None, 1),
        ("x - 1", 0, None, None),
        ("6 (1 - tanh(2x)^2)", None, None, 1),
        ("2 - sigmoid(x)", None, None, 1),
        ("1/2 - sigmoid(x)", None, None, None),
        ("0", None, None, 0),
    ],
)
def test_signs_read_off_a_form(text: str, low: int | None, high: int | None, sign: int | None) -> None:
    ends = [None if e is None else Fraction(e) for e in (low, high)]
    assert visible_sign(read_expression(text), X, *ends) == sign


FORMS = st.recursive(
    st.sampled_from(["x", "1", "2", "e^x", "sigmoid(x)", "tanh(x)", "cosh(x)"]),
    lambda inner: st.one_of(
        st.builds("({}) + ({})".format, inner, inner),
        st.builds("({}) - ({})".format, inner, inner),
        st.builds("({}) * ({})".format, inner, inner),
        st.builds("({})^2".format, inner),
        st.builds("({})^3".format, inner),
        st.builds("-({})".format, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=120, deadline=None)
@given(FORMS, st.fractions(-3, 3, max_denominator=20), st.sampled_from([(None, None), (0, None), (None, 0)]))
def test_a_sign_that_shows_is_the_sign(text: str, at: Fraction, where: tuple[int | None, int | None]) -> None:
    low, high = (None if e is None else Fraction(e) for e in where)
    if (low is not None and at <= low) or (high is not None and at >= high):
        return
    expr = read_expression(text)
    value = ball(expr, {"x": at})
    sign = visible_sign(expr, X, low, high)
    if sign is not None:
        assert (value > 0) if sign > 0 else (value < 0) if sign < 0 else value.contains(0)
    if visibly_not_negative(expr, X, low, high):
        assert not value < 0


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("sigmoid", r"\frac{e^{-x}}{(1 + e^{-x})^{2}} > 0$"),
        ("tanh", r"\frac{4}{(e^{x} + e^{-x})^{2}} > 0$"),
        ("exp(-x^2)", "se lit sur son expression"),
        ("relu", "se lit sur son expression"),
        ("gelu", "arithmétique d'intervalles"),
        ("silu", "arithmétique d'intervalles"),
    ],
)
def test_the_reason_of_the_variations(name: str, phrase: str) -> None:
    _, text = asked("activations", functions=name)
    assert phrase in text
    assert ("arithmétique d'intervalles" in text) == (name in ("gelu", "silu"))


def test_an_unattained_bound_rests_on_monotony() -> None:
    _, text = asked("activations", functions="sigmoid, relu, elu, exp(-x^2)")
    assert "ni $0$ ni $1$ n'est atteint" in text
    assert "c'est une limite" not in text
    assert r"est atteinte, sur tout $\left]-\infty, 0\right]$" in text  # the constant piece holds its end
    assert r"strictement supérieure à sa limite $-1$ en $-\infty$" in text
    assert "de façon strictement monotone" in text


# ---- limits -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_each_tail_is_proved_and_a_wrong_one_is_caught(name: str) -> None:
    s = study(read_subject(name, Scope()))
    found = 0
    for limit in (s.left, s.right):
        tail = None if limit is None else tail_of(s, limit)
        if limit is None or tail is None:
            continue
        found += 1
        assert all(c.holds for c in tail_checks(s, limit, tail))
        if tail.quotient is not None:
            wrong = replace(tail, quotient=Negative(tail.quotient))
        else:
            assert tail.bound is not None
            wrong = replace(tail, bound=tail.bound / 1000)
        assert not all(c.holds for c in tail_checks(s, limit, wrong))
    assert found


def test_quotients_of_exponentials() -> None:
    s = study(read_subject("tanh", Scope()))
    assert s.left is not None
    assert s.right is not None
    left, right = tail_of(s, s.left), tail_of(s, s.right)
    assert isinstance(left, Tail)
    assert isinstance(right, Tail)
    assert left.quotient is not None
    assert right.quotient is not None
    assert latex(left.quotient) == r"\frac{2e^{2x}}{1 + e^{2x}}"
    assert latex(right.quotient) == r"\frac{2e^{-2x}}{1 + e^{-2x}}"


# ---- thresholds ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "left", "roots", "ends"),
    [
        ("sigmoid", "a(1 - a)", r"\frac{1}{2} \pm \frac{\sqrt{6}}{5}", r"\pm \ln(49 + 20\sqrt{6})"),
        ("tanh", "1 - a^{2}", r"\pm \frac{3\sqrt{11}}{10}", r"\pm \ln(10 + 3\sqrt{11})"),
        ("elu", "e^{x}", None, r"-\ln(100)"),
        ("softplus", r"\sigma(x)", None, r"-\ln(99)"),
        ("atan", r"\frac{1}{1 + x^{2}}", None, r"\pm 3\sqrt{11}"),
    ],
)
def test_thresholds_are_solved(name: str, left: str, roots: str | None, ends: str) -> None:
    edge = edge_of(study(read_subject(name, Scope())))
    assert edge is not None
    assert (edge.left, edge.roots, edge.ends) == (left, roots, ends)
    assert all(c.holds for c in edge.checks)
    number = float(edge.decimals.removeprefix(r"\pm "))
    slopes: dict[str, Callable[[float], float]] = {
        "sigmoid": lambda x: 1 / (2 + 2 * math.cosh(x)),
        "tanh": lambda x: 1 / math.cosh(x) ** 2,
        "elu": math.exp,
        "softplus": lambda x: 1 / (1 + math.exp(-x)),
        "atan": lambda x: 1 / (1 + x * x),
    }
    assert slopes[name](number) == pytest.approx(0.01, rel=1e-3)


@pytest.mark.parametrize("name", ["relu", "identity", "gelu", "softsign", "sin", "exp(-x^2)"])
def test_no_equation_where_none_is_solved(name: str) -> None:
    assert edge_of(study(read_subject(name, Scope()))) is None


# ---- what an earlier answer told ----------------------------------------------------------------


def told(kind: str, **options: str) -> tuple[Facts, str]:
    earlier, _ = asked("activations", functions="sigmoid, relu", ask="image, derivative, limits")
    return asked(kind, Scope(facts={"q9.etude": earlier}), **options)


def test_a_studied_function_is_not_studied_again() -> None:
    _, again = told("activations", functions="sigmoid, relu", ask="saturation")
    assert "est maximale" not in again
    assert r"\ln(49" not in again
    assert "l'étude déjà faite" in again
    facts, text = told("kinks", function="relu")
    assert facts.figures() == {}
    assert "figure:" not in text
    _, text = told("vanishing", function="sigmoid", depth="K", local="10^-3")
    assert "est maximale" not in text
    assert r"Puisque $|\sigma'| \leq \frac{1}{4}$" in text


def test_a_function_not_yet_studied_is() -> None:
    _, text = told("activations", functions="tanh", ask="saturation")
    assert "est maximale" in text
    facts, text = told("kinks", function="leaky_relu")
    assert "curves" in facts.figures()
    assert "figure:curves" in text


# ---- sentences ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "softplus", "elu", "gelu", "3*tanh(2x)"])
def test_the_product_is_along_a_path_and_without_weights(name: str) -> None:
    _, text = asked("activations", functions=name, ask="saturation")
    assert "Le long d'un chemin de neurones" in text
    assert "poids mis à part" in text
    assert "f'(z^{(1)})" not in text
    _, text = asked("vanishing", function=name, depth="K", local="10^-3")
    unreachable = name == "relu"  # its derivative is 0 or 1
    assert ("Le long d'un chemin de neurones, poids mis à part" in text) != unreachable


def test_powers_of_a_table_are_written_alike() -> None:
    _, text = asked("vanishing", function="sigmoid", depth="K", local="10^-3")
    rows = re.findall(r"^\| \$(\d+)\$ \| \$([^$]*)\$ \| \$([^$]*)\$ \|", text, flags=re.M)
    assert len(rows) > 5
    for depth, local, best in rows:
        assert local == f"10^{{-{3 * int(depth)}}}"
        digits, power = re.fullmatch(r"(\d\.\d\d) \\times 10\^\{(-\d+)\}", best).groups()  # type: ignore[union-attr]
        assert float(digits) * 10 ** int(power) == pytest.approx(4.0 ** -int(depth), rel=0.006)


def test_remedies_tell_where_they_saturate_and_hold_their_joints() -> None:
    facts, text = asked("kinks", function="relu")
    assert isinstance(facts, KinksFacts)
    assert {r.key: r.fading for r in facts.remedies} == {"leaky_relu": (), "elu": (-1,), "softplus": (-1,)}
    assert r"e^{x} & x \leq 0" in text
    assert "saturent d'un côté" in text
    _, text = asked("kinks", function="elu")
    assert r"x \leq 0" in text
    _, text = asked("kinks", function="elu(2)")  # a kink: no value at 0
    assert r"x \leq 0" not in text


@pytest.mark.parametrize(
    ("name", "convex"),
    [("relu", True), ("leaky_relu(0.1)", True), ("abs", True), ("relu6", False), ("|x| - x^2", False)],
)
def test_the_subdifferential_asks_for_a_convex_function(name: str, convex: bool) -> None:
    facts, text = asked("kinks", function=name)
    assert isinstance(facts, KinksFacts)
    assert facts.convex is convex
    assert ("sous-différentiel" in text) == convex
    assert ("Clarke" in text) != convex


@pytest.mark.parametrize(
    ("name", "phrase", "absent"),
    [
        ("sigmoid", r"$|w| \geq 4$", "un peu"),
        ("softplus", "$|w| > 1$", "un peu"),  # sup 1 is not attained: |w| = 1 is not enough
        ("3*tanh(2x)", "6^{K}", r"\left(6\right)"),
    ],
)
def test_weights_that_compensate(name: str, phrase: str, absent: str) -> None:
    _, text = asked("vanishing", function=name, depth="K", local="1/50")
    assert phrase in text
    assert absent not in text


@pytest.mark.parametrize(
    ("claimed", "phrase"),
    [
        ("[0, 1]", r"ni $0$ ni $1$ n'est atteint : l'image exacte est $\left]0, 1\right[$"),
        ("[0, 1[", "la borne inférieure $0$ n'est pas atteinte"),
        ("]0, 1[", "c'est exactement l'image"),
    ],
)
def test_a_claimed_range(claimed: str, phrase: str) -> None:
    _, text = asked("activations", functions="sigmoid", claimed=claimed)
    assert phrase in text


def test_one_finite_limit_is_not_called_two() -> None:
    """log σ goes from −∞ to 0: “neither 0 nor 0” would name one limit twice."""
    _, text = asked("activations", functions="log_sigmoid")
    assert "reste strictement inférieure à sa limite $0$ en $+\\infty$" in text
    assert "entre ses deux limites" not in text
