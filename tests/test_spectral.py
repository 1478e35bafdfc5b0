"""Quadratics whose variables are joined: eigenvalues of the Hessian, against NumPy and the whole matrix."""

from __future__ import annotations

import random
import re
from fractions import Fraction

import numpy as np
import pytest
from test_inertia import run_of, told

from solver.descent.closed import quadratic
from solver.descent.deciders import outcome_of
from solver.descent.inertia import roots_told
from solver.descent.linear import read_quadratic
from solver.descent.spectral import condition, spectral


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x^2 + x y + y^2", ("1", "3")),
        ("x^2 + x y + 2 y^2", (r"3 - \sqrt{2} \approx 1.58579", r"3 + \sqrt{2} \approx 4.41421")),
        ("x^2 + y^2 + z^2 + x y", ("1", "2", "3")),
        ("x^2 + y^2 + z^2", ("2",)),
    ],
)  # fmt: skip
def test_eigenvalues_by_hand(text: str, found: tuple[str, ...]) -> None:
    read = read_quadratic(run_of(text, "1 1 1", "1").problem.expression, ("x", "y", "z")[: 2 + ("z" in text)])
    assert read is not None
    assert roots_told(read[0].charpoly()) == found


@pytest.mark.parametrize("name", ["gd", "momentum", "nesterov"])
@pytest.mark.parametrize("seed", range(12))
def test_against_the_whole_matrix(name: str, seed: int) -> None:
    """Where it speaks, all eigenvalues of the step are below 1 in size; where it does not, some are not."""
    draw = random.Random(f"{name} {seed}")
    size = draw.choice([2, 2, 3])
    names = ["x", "y", "z"][:size]
    factors = [[draw.randint(-2, 2) for _ in names] for _ in names]
    hessian = np.array(factors).T @ np.array(factors) + draw.choice([-1, 0, 1]) * np.eye(size)
    terms = [
        f"({Fraction(int(hessian[i, j]), 2)})*{names[i]}*{names[j]}" for i in range(size) for j in range(size)
    ]
    beta = draw.choice(["0", "1/4", "1/2", "9/10"])
    rate = draw.choice(["1/20", "1/10", "1/5", "1/3"])
    start = " ".join(str(draw.randint(1, 4)) for _ in names)
    run = run_of(" + ".join([*terms, *names]), start, rate, name, beta)
    found, general = spectral(run), quadratic(run)
    a, b = float(Fraction(rate)), float(Fraction(beta)) if name != "gd" else 0.0
    velocity = np.hstack([hessian, b * np.eye(size)])
    plain = np.hstack([hessian, np.zeros((size, size))])
    used = velocity if name != "nesterov" else plain + b * velocity
    point = np.hstack([np.eye(size), np.zeros((size, size))]) - a * used
    radius = max(abs(np.linalg.eigvals(np.vstack([point, velocity]))))
    assert (found is not None) == (radius < 1 - 1e-12)
    if found is not None:
        assert general is not None
        assert (found.behaviour, found.limit, found.nature) == (
            general.behaviour,
            general.limit,
            general.nature,
        )
        values = re.findall(r"(?:^|\\approx |, )(\d[\d./]*)(?=,|$)", found.arguments["eigenvalues"])
        exact = sorted({round(float(x), 6) for x in np.linalg.eigvalsh(hessian)})
        assert [float(Fraction(x)) for x in values] == pytest.approx(exact, rel=1e-5)


@pytest.mark.parametrize(("name", "c"), [("gd", 2), ("momentum", 3), ("nesterov", Fraction(3, 2))])
def test_the_condition_is_sharp(name: str, c: Fraction) -> None:
    """β = 1/2, eigenvalues 1 and 3: convergence up to α = c/3, not beyond."""
    assert condition(name, Fraction(1, 2)) == c
    for share, speaks in ((Fraction(99, 100), True), (Fraction(1), False), (Fraction(101, 100), False)):
        run = run_of("x^2 + x y + y^2", "1 2", str(share * c / 3), name)
        assert (spectral(run) is not None) == speaks
        assert (outcome_of(run).behaviour == "converges") == speaks


def test_both_languages() -> None:
    run = run_of("x^2 + x y + y^2", "1 2", "1/5", "nesterov")
    assert "0 < αλ < (2(1 + β))/(1 + 2β), that is 0 < λ < 7.5; the eigenvalues 1, 3" in told(
        outcome_of(run), run
    )
    assert "les valeurs propres 1, 3 sont toutes" in told(outcome_of(run), run, "fr")
