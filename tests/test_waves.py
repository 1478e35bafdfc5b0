"""Sine waves: |sin| ≤ 1 gives image and bounds, a period excludes limits. The oracle is mpmath."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_activations import asked

from solver.analysis.model import Study, Subject
from solver.analysis.review import checks
from solver.analysis.study import study
from solver.analysis.values import rational_value
from solver.analysis.waves import wave_of
from solver.errors import Span
from solver.expression.reader import read_expression
from solver.expression.tree import Constant, Symbol
from solver.questions.activations import ActivationsFacts
from solver.questions.base import Scope
from solver.questions.subjects import read_subject, read_subjects
from solver.sheet.model import Given

X = Symbol("x")
SMALL = st.fractions(-4, 4, max_denominator=4)


def studied(text: str) -> Study:
    return study(Subject("f", "f", X, read_expression(text)))


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["sin", "cos"]), SMALL, SMALL.filter(bool), SMALL.filter(bool), SMALL)
def test_bounds_are_those_of_a_dense_grid(
    name: str, middle: Fraction, size: Fraction, pace: Fraction, phase: Fraction
) -> None:
    s = studied(f"({middle}) + ({size}) * {name}(({pace}) x + ({phase}))")
    function = getattr(mpmath, name)
    grid = [mpmath.mpf(k) / 400 * 2 * mpmath.pi / abs(float(pace)) for k in range(401)]
    values = [float(middle) + float(size) * function(float(pace) * x + float(phase)) for x in grid]
    slopes = [
        abs(mpmath.diff(lambda x: float(size) * function(float(pace) * x + float(phase)), x))
        for x in grid[::8]
    ]
    assert s.image is not None
    assert s.steepest is not None
    assert float(min(values)) >= float(s.image.low.value) - 1e-9
    assert float(max(values)) <= float(s.image.high.value) + 1e-9
    assert float(min(values)) == pytest.approx(float(s.image.low.value), abs=1e-3)
    assert float(max(values)) == pytest.approx(float(s.image.high.value), abs=1e-3)
    assert float(max(slopes)) <= float(s.steepest.value) + 1e-6
    assert s.left is s.right is None
    assert [c for c in s.checks if not c.holds] == []


@pytest.mark.parametrize(
    "text", ["x sin(x)", "sin(x)^2", "sin(x) + cos(x)", "sin(x^2)", "x + sin(x)", "sin(2)", "0 sin(x)"]
)
def test_what_is_no_wave(text: str) -> None:
    assert wave_of(read_expression(text), X) is None


def test_planted_faults_are_caught() -> None:
    s = studied("2 - 3cos(2x)/4")
    assert s.wave is not None
    assert s.image is not None
    assert s.steepest is not None
    wrong = [
        replace(s, image=replace(s.image, high=replace(s.image.high, value=rational_value(3)))),
        replace(s, steepest=replace(s.steepest, value=rational_value(1))),
        replace(s, wave=replace(s.wave, pace=Fraction(3))),
    ]
    assert [c for c in checks(s) if not c.holds] == []
    for planted in wrong:
        assert any(c.holds is False for c in checks(planted))
    assert s.wave.period == Constant("pi")


def test_a_sine_and_two_formulas_without_a_name() -> None:
    facts, text = asked("activations", functions="x^2, sin(x), x^3")
    assert isinstance(facts, ActivationsFacts)
    assert [f.latex for f in facts.functions] == ["f_1", r"\sin", "f_2"]
    assert [f.key for f in facts.functions] == ["f1", "sin", "f2"]
    assert "| $f_1(x) = x^2$ |" in text.replace("^{2}", "^2")
    assert r"| $\sin(x)$ | $\left[-1, 1\right]$ | $\cos(x)$ | aucune limite | aucune limite |" in text
    assert "de période $2\\pi$" in text
    assert "non établie" not in text
    assert "par notre méthode" not in text


def test_names_of_expressions_keep_clear_of_given_ones() -> None:
    given = Given("f", (X,), read_expression("x^2"), "x^2", Span(1, 1))
    scope = Scope(givens={"f": given})
    assert [s.key for s in read_subjects("f, x^3, sigmoid", scope)] == ["f", "g", "sigmoid"]
    assert not read_subject("f", scope).written
    assert [s.key for s in read_subjects("x^3, x^3", Scope())] == ["f", "f"]


def test_where_a_wave_is_small() -> None:
    _, text = asked("vanishing", function="sin", depth="K", near="a = 0")
    assert "ne s'approche jamais" not in text
    assert "*pas* le signe d'une saturation" in text
    _, text = asked("vanishing", function="3 + sin(x)", depth="K", near="a = 0")
    assert "ne s'approche jamais de $0$" in text
    _, text = asked("vanishing", function="1/2 + sin(x)", depth="K", near="a = 0")
    assert "On n'a pas établi où l'activation est proche de $0$" in text
