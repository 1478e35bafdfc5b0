"""Quadratics under momentum and Nesterov's method, coordinate by coordinate: by the roots of a quadratic."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.descent.closed import quadratic
from solver.descent.deciders import outcome_of
from solver.descent.inertia import inertia, recurrence
from solver.descent.outcome import Outcome, Run
from solver.descent.problem import read_problem
from solver.descent.updates import method
from solver.descent.wording import LISTED, as_text, displayed, proof_of


def run_of(text: str, start: str, rate: str, name: str = "momentum", beta: str = "1/2") -> Run:
    given = {"beta": Fraction(beta)} if name in ("momentum", "nesterov") else {}
    point = tuple(map(Fraction, start.split()))
    return Run(read_problem(text, None), method(name), point, Fraction(rate), given)


def told(outcome: Outcome, run: Run, lang: str = "en") -> str:
    return as_text(proof_of(outcome, run.problem.variables, lang))


@pytest.mark.parametrize(
    ("name", "rate", "beta", "row", "said"),
    [
        # t² − (1 + β − α)t + β for f = w²/2, by hand
        ("momentum", "1/5", "1/2", "roots_conjugate", "t^2 - 1.3 t + 0.5"),
        ("momentum", "1/25", "1/2", "roots_real", "t^2 - 1.46 t + 0.5"),
        ("momentum", "1/15", "1/2", "roots_real", "t^2 - 43/30 t + 0.5"),
        ("momentum", "1/4", "1/4", "roots_double", "t^2 - t + 0.25"),
        ("momentum", "3", "1/2", "roots_turn", "t^2 + 1.5 t + 0.5"),
        ("momentum", "4", "1/2", "roots_real_grow", "t^2 + 2.5 t + 0.5"),
        # t² − (1 + β)(1 − α)t + β(1 − α)
        ("nesterov", "1/5", "1/2", "roots_conjugate", "t^2 - 1.2 t + 0.4"),
        ("nesterov", "1", "1/2", "roots_zero", "t^2"),
        ("nesterov", "1/9", "1/2", "roots_double", "t^2 - 4/3 t + 4/9"),
        ("nesterov", "4/3", "1/2", "roots_real", "t^2 + 0.5 t - 1/6"),
        ("nesterov", "3/2", "1/2", "roots_turn", "t^2 + 0.75 t - 0.25"),
        ("nesterov", "2", "1/2", "roots_real_grow", "t^2 + 1.5 t - 0.5"),
    ],
)
def test_by_hand(name: str, rate: str, beta: str, row: str, said: str) -> None:
    run = run_of("w^2/2", "3", rate, name, beta)
    found = outcome_of(run)
    assert (found.key, found.then) == ("inertia", (row,))
    assert f"this is {said}, " in told(found, run)
    assert all(check.holds for check in found.checks)


curvatures = st.fractions(-3, 6, max_denominator=6).filter(bool)
rates = st.fractions("1/20", 3, max_denominator=20)
inertias = st.fractions("1/20", "19/20", max_denominator=20)


@settings(max_examples=40, deadline=None)
@given(curvatures, rates, inertias, st.sampled_from(["momentum", "nesterov"]))
def test_roots_against_the_matrix(curvature: Fraction, rate: Fraction, beta: Fraction, name: str) -> None:
    """The roots are the eigenvalues of the step on (e, v), and the verdict is that of the linear argument."""
    made = recurrence(name, rate, beta, curvature, Fraction(0))
    c, a, b = float(curvature), float(rate), float(beta)
    velocity = np.array([c, b])
    used = velocity if name == "momentum" else np.array([c, 0]) + b * velocity
    step = np.array([np.array([1, 0]) - a * used, velocity])
    assert np.trace(step) == pytest.approx(float(made.p), abs=1e-9)
    assert np.linalg.det(step) == pytest.approx(float(made.q), abs=1e-9)
    run = run_of(f"({curvature})*w^2/2 - w", "2", str(rate), name, str(beta))
    found, general = inertia(run), quadratic(run)
    assert general is not None
    if found is None:
        assert curvature * 2 == 1 or abs(max(abs(np.linalg.eigvals(step))) - 1) < 1e-9
        return
    assert (found.behaviour, found.limit, found.period) == (general.behaviour, general.limit, general.period)
    assert found.nature == general.nature
    size = max(abs(np.linalg.eigvals(step)))
    assert (size < 1) == (found.behaviour == "converges") or abs(size - 1) < 1e-9
    if "modulus" in found.arguments and "≈" not in found.arguments["modulus"]:
        (decimal,) = re.findall(r"(?:approx|=) ([\d./]+) [<>]", found.arguments["modulus"])
        assert float(Fraction(decimal)) == pytest.approx(size, rel=1e-5)
    assert all(check.holds for check in found.checks)


@pytest.mark.parametrize(
    "text", ["(x^2 + 5 y^2)/2", "1/2 (x^2 + 5 y^2)", "(x + 2 y)^2/2 + (x - 2 y)^2/2 - x^2/2 - 3 y^2/2"]
)
@pytest.mark.parametrize("name", ["gd", "momentum", "nesterov"])
def test_coordinate_by_coordinate(text: str, name: str) -> None:
    """A diagonal Hessian is enough, whatever the terms; the general argument agrees."""
    run = run_of(text, "10 1", "1/5", name)
    found, general = outcome_of(run), quadratic(run)
    assert general is not None
    assert found.key == "apart"
    assert [v.name for own, _ in found.parts for v in own] == ["x", "y"]
    assert (found.behaviour, found.limit, found.nature) == (general.behaviour, general.limit, general.nature)


def test_roots_are_written_out() -> None:
    """t² − 1.46t + 0.5 = 0 at 0.73 ± √0.0329 = (73 ± √329)/100."""
    run = run_of("w^2/2", "3", "1/25")
    assert "are (73 + √(329))/100 ≈ 0.911384 and (73 - √(329))/100 ≈ 0.548616." in told(outcome_of(run), run)


def test_the_head_is_said_once() -> None:
    run = run_of("(x^2 + 5 y^2)/2", "10 1", "1/5")
    for lang, head in (("en", "Eliminating v"), ("fr", "En éliminant v")):
        text = told(outcome_of(run), run, lang)
        assert text.count(head) == 1
        assert text.count("0.707107 < 1") == 2
        assert "t^2 - 1.3 t + 0.5" in text
        assert "t^2 - 0.5 t + 0.5" in text


def test_the_general_argument_where_the_variables_are_joined() -> None:
    assert outcome_of(run_of("x^2 + x y + y^2", "1 2", "1/5")).key == "spectral_inertia"
    assert outcome_of(run_of("x^2 + x y + y^2", "1 2", "2")).key == "linear_diverges"
    assert outcome_of(run_of("x y", "1 2", "1/5", "gd")).key == "linear_diverges"


def test_a_constant_slope() -> None:
    run = run_of("2 w + 1", "0", "1/10", "nesterov")
    found = outcome_of(run)
    assert (found.behaviour, found.key) == ("diverges", "drift_with_velocity")
    # v(1) = 2, so the first step is 0.1 (2 + 1): the least
    assert "at least 0.3" in told(found, run)


def test_states_are_named_after_their_variables() -> None:
    """v_x, not v of the point: the name of the point stands elsewhere in the same sentence."""
    run = run_of("(1 - x)^2 + 5 (y - x^2)^2", "1/2 1/2", "1/100", "momentum", "1/2")
    found = outcome_of(run)
    assert "(x, y, v_x, v_y)" in told(found, run).replace("{", "").replace("}", "")


def test_variables_of_which_the_same_is_said() -> None:
    run = run_of("x^2 + y^2 + 2 z^2", "1 2 1", "1/5")
    assert "For x, y: converges. With λ = 2" in told(outcome_of(run), run)
    assert "For z: converges. With λ = 4" in told(outcome_of(run), run)


def test_a_list_in_a_sheet() -> None:
    """What is said of each coordinate is an item; the general case has no list."""
    run = run_of("(x^2 + 5 y^2)/2", "10 1", "1/5")
    text = proof_of(outcome_of(run), run.problem.variables, "en", between=LISTED)
    assert text.count("\n\n- For $") == 2
    joined = run_of("x^2 + x y + y^2", "1 2", "2")
    assert LISTED not in proof_of(outcome_of(joined), joined.problem.variables, "en", between=LISTED)


def test_large_matrices_are_displayed() -> None:
    small = r"with $M = \begin{pmatrix} 1 & 2 \\ 0 & 1 \end{pmatrix}$, one step"
    large = r"with $M = \begin{pmatrix} 1 & 2 & 0 \\ 0 & 1 & 0 \\ 0 & 0 & 1 \end{pmatrix}$, one step"
    assert displayed(small) == small
    assert displayed(large).startswith("with\n\n$$M = ")
    assert displayed(large).endswith("$$\n\none step")


@pytest.mark.parametrize("name", ["gd", "momentum"])
def test_a_variable_on_which_f_does_not_depend(name: str) -> None:
    """A valley of minima: every point of it is one."""
    assert outcome_of(run_of("x^2 + 0*y", "1 2", "1/5", name)).nature == "minimum"
    assert outcome_of(run_of("x^2 - y^2 + 0*z", "1 0 2", "1/5", name)).nature == "saddle"


def test_no_inertia_is_plain_descent() -> None:
    found = outcome_of(run_of("w^2", "1", "1/4", "momentum", "0"))
    assert (found.key, found.arguments["factor"]) == ("affine", "0.5")


@pytest.mark.parametrize(
    ("rate", "behaviour", "key"),
    [("1/2", "converges", "newton_quadratic"), ("3", "diverges", "newton_quadratic")],
)
def test_newton_on_a_quadratic(rate: str, behaviour: str, key: str) -> None:
    """∇f = (2x + y − 3, x + 2y) vanishes at (2, −1); each step multiplies the way left by 1 − α."""
    run = run_of("x^2 + x y + y^2 - 3 x", "1 2", rate, "newton")
    found = outcome_of(run)
    assert (found.behaviour, found.key) == (behaviour, key)
    assert found.arguments["centre"] == "(2, -1)"
    first, second = run.direction(run.start), (Fraction(1) - 2, Fraction(2) + 1)
    assert first == second
    if behaviour == "converges":
        assert (found.limit, found.nature) == ((2, -1), "minimum")
    # f = xy: a saddle draws Newton's method
    assert outcome_of(run_of("x y", "1 2", "1/2", "newton")).nature == "saddle"
