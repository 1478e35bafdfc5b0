"""The verbs for Python: the page that documents them is run, answers are plain and shown as formulas."""

from __future__ import annotations

import doctest
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
import sympy
from conftest import ROOT

from solver.api import Answer, derive, descend, network
from solver.errors import CorrigeError, ExpressionError


def test_the_page_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    done = doctest.testfile(
        str(ROOT / "docs" / "api.md"), module_relative=False, globs={"folder": tmp_path}, verbose=False
    )
    assert done.attempted > 12
    assert done.failed == 0


def test_the_verbs_are_named_whatever_was_imported_before() -> None:
    code = (
        "import solver.network.report, solver.descent.report\n"
        "from solver import build, derive, descend, network\n"
        "print(all(map(callable, (build, derive, descend, network))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.stdout.strip() == "True", done.stderr


def test_importing_the_package_is_light() -> None:
    code = "import solver, sys; print([m for m in ('sympy', 'flint', 'click', 'jinja2') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.stdout.strip() == "[]"


def test_what_is_none_of_them() -> None:
    import solver

    with pytest.raises(AttributeError, match="nothing"):
        _ = solver.nothing
    assert set(dir(solver)) >= {"build", "derive", "descend", "network"}


def test_a_derivative_is_sympys() -> None:
    x = sympy.Symbol("x", real=True)
    answer = derive("sigmoid(x)^2", "x")
    wanted = sympy.diff((1 / (1 + sympy.exp(-x))) ** 2, x)
    assert sympy.simplify(answer.derivative - wanted) == 0
    assert answer._repr_latex_().startswith("$\\displaystyle \\begin{aligned}")
    assert "$" in answer._repr_markdown_()
    assert str(answer).startswith("d/dx")


@pytest.mark.parametrize("rate", [0.05, "0.05", "1/20", Fraction(1, 20)])
def test_numbers_mean_what_they_say(rate: object) -> None:
    found = descend("w^2", start=1, rate=rate, steps=2)
    assert [i["point"] for i in found["iterates"]] == [["1"], ["9/10"], ["81/100"]]
    assert found._repr_latex_() is None
    assert "$" in found._repr_markdown_()


def test_arrays_are_lists() -> None:
    numpy = pytest.importorskip("numpy")
    record = {
        "layers": [2, 1], "activations": ["identity"], "loss": "squared",
        "weights": [numpy.array([[0.5, 0.25]])], "biases": [numpy.array([1.0])],
        "x": numpy.array([1, 2]), "y": [1],
    }  # fmt: skip
    assert network(record)["loss"] == "1"


def test_faults_are_raised_at_once() -> None:
    with pytest.raises(ExpressionError):
        derive("x +")
    with pytest.raises(CorrigeError):
        descend("w^2", start=1, rate="fast")
    with pytest.raises(CorrigeError, match="unknown"):
        network({"layers": [1, 1], "activations": ["sigmoyd"], "loss": "squared"})


def test_verified_means_all_of_it() -> None:
    assert Answer(lambda to: '[{"verified": true}, {"verified": false}]').verified is False
    assert Answer(lambda to: '{"verified": true}').verified is True
    assert Answer(lambda to: "{}").verified is False
