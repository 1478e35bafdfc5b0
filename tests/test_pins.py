"""Sheets as tests: answers are pinned, a changed one is told, pytest collects a question as a test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from solver.cli import main
from solver.errors import ExpressionError, SheetError
from solver.pins import Difference, Pins, differences, read_pins
from solver.testing import assert_derivative

pytest_plugins = ["pytester"]

SHEET = """---
title: Essai
---

```{given}
f(w) = w^2 - 4w
```

## Question 1 {#q1}

1. Itérer.

   ```{solve} descent
   :label: run
   :of: f
   :start: 5
   :rate: 1/4
   ```

## Question 2 {#q2}

1. Dériver.

   ```{solve} derivative
   :of: f
   ```

   ```{check}
   f'(w) = 2(w - 2)
   ```
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)))


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "td.md"
    path.write_text(SHEET, "utf-8")
    return path


def test_pinned_answers_are_exact(sheet: Path) -> None:
    assert run("pin", sheet).exit_code == 0
    data = json.loads(sheet.with_suffix(".facts.json").read_text("utf-8"))
    assert [data["answers"][f"q1.run.points[{k}]"] for k in range(4)] == ["5", "7/2", "11/4", "19/8"]
    assert data["seed"] == data["format"] == 1


def test_verify_tells_what_changed(sheet: Path) -> None:
    run("pin", sheet)
    same = run("verify", sheet)
    assert same.exit_code == 0
    assert "0 changed" in same.output
    sheet.write_text(SHEET.replace(":start: 5", ":start: 6"), "utf-8")
    changed = run("verify", sheet)
    assert changed.exit_code == 1
    assert "q1.run.points[1]: pinned 7/2, found 4" in changed.output
    assert "q2." not in changed.output


def test_an_answer_more_or_less_is_a_difference() -> None:
    pins = Pins(1, {"q1.a": "1", "q1.b": "2*x + 2"})
    found = {"q1.b": "2*(x + 1)", "q1.c": "3"}
    assert differences(pins, found) == (Difference("q1.a", "1", None), Difference("q1.c", None, "3"))
    assert differences(pins, {"q1.a": "1", "q1.b": "2*x + 3"}) == (Difference("q1.b", "2*x + 2", "2*x + 3"),)
    assert differences(pins, found, "q2") == ()


@pytest.mark.parametrize(
    "text", ["", "[1]", '{"answers": {"a": 1}}', '{"answers": {}, "format": 9, "seed": 1}']
)
def test_a_file_that_is_not_ours(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.facts.json"
    path.write_text(text, "utf-8")
    with pytest.raises(SheetError):
        read_pins(path)
    assert read_pins(tmp_path / "none") is None


def test_nothing_is_pinned_where_a_check_fails(sheet: Path) -> None:
    sheet.write_text(SHEET.replace("2(w - 2)", "2(w - 3)"), "utf-8")
    assert run("pin", sheet).exit_code == 1
    assert not sheet.with_suffix(".facts.json").exists()


# ---- in somebody else's tests -----------------------------------------------------------------


def test_one_test_a_question(pytester: pytest.Pytester, sheet: Path) -> None:
    run("pin", sheet)
    folder = pytester.mkdir("sheets")
    for path in (sheet, sheet.with_suffix(".facts.json")):
        (folder / path.name).write_text(path.read_text("utf-8"), "utf-8")
    (folder / "README.md").write_text("# Not a sheet\n", "utf-8")
    good = pytester.runpytest("--corrige", "sheets", "-v")
    good.assert_outcomes(passed=2)
    good.stdout.fnmatch_lines(["*td.md::q1 PASSED*", "*td.md::q2 PASSED*"])
    (folder / "td.md").write_text(SHEET.replace(":start: 5", ":start: 6"), "utf-8")
    changed = pytester.runpytest("--corrige", "sheets")
    changed.assert_outcomes(passed=1, failed=1)
    changed.stdout.fnmatch_lines(["*q1.run.points?1?: pinned 7/2, found 4*"])


def test_faults_belong_to_their_question(pytester: pytest.Pytester) -> None:
    path = pytester.path / "td.md"
    path.write_text(SHEET.replace("2(w - 2)", "2(w - 3)"), "utf-8")
    done = pytester.runpytest("--corrige", "td.md")
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["*does not hold*"])
    path.write_text(SHEET.replace(":rate: 1/4", ":rate: nothing"), "utf-8")
    pytester.runpytest("--corrige", "td.md").assert_outcomes(failed=2)
    path.write_text("---\ntitle: Essai\n---\n\n```{solve}\n", "utf-8")
    broken = pytester.runpytest("--corrige", "td.md")
    broken.assert_outcomes(errors=1)
    broken.stdout.fnmatch_lines(["*td.md:5:1*"])


def test_own_tests_run_beside(pytester: pytest.Pytester, sheet: Path) -> None:
    pytester.makepyfile(
        "from solver.testing import assert_derivative\n"
        "def test_right(): assert_derivative('w^4/4', 'w', 'w^3')\n"
        "def test_wrong(): assert_derivative('w^4/4', 'w', 'w^2')\n"
    )
    done = pytester.runpytest("--corrige", str(sheet), ".")
    done.assert_outcomes(passed=3, failed=1)
    done.stdout.fnmatch_lines(["*is w^3, not w^2*"])


@pytest.mark.parametrize(
    ("expression", "variable", "expected", "order"),
    [
        ("w^4/4", "w", "w^3", 1),
        ("sigmoid(x)", "x", "sigmoid(x)(1 - sigmoid(x))", 1),
        ("ln(sigmoid(x))", "x", "1/(1 + e^x)", 1),
        ("x^3", "x", "6x", 2),
        ("a x^2", "a", "x^2", 1),
    ],
)
def test_right_derivatives(expression: str, variable: str, expected: str, order: int) -> None:
    assert_derivative(expression, variable, expected, order=order)


@pytest.mark.parametrize(
    ("expression", "variable", "expected"),
    [
        ("ln(sigmoid(x))", "x", "1/x"),
        ("x^2", "x", "2x + 1e-30"),
        ("x^2", "y", "2x"),
        ("x/(x+1)", "x", "1/(x+1)"),
    ],
)
def test_wrong_derivatives(expression: str, variable: str, expected: str) -> None:
    with pytest.raises(AssertionError, match="not "):
        assert_derivative(expression, variable, expected)


def test_what_cannot_be_read() -> None:
    with pytest.raises(ExpressionError):
        assert_derivative("x +", "x", "1")
    with pytest.raises(ValueError, match="name of a variable"):
        assert_derivative("x", "2x", "1")
