"""The command line as a user meets it: exit codes, where things are printed, what is written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from solver.cli import main

SMALL = """---
title: Petit TD
lang: fr
---

```{given}
f(w) = w^2 - 4w
```

# Exercice 1 — Une parabole

## Question 1 — Dériver {#q1}

1. Dériver $f(w) = {{ f }}$.

   ```{solve} derivative
   :label: d
   :of: f
   ```
"""


def run(*arguments: str, text: str | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(arguments), input=text, catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "td.md"
    path.write_text(SMALL, encoding="utf-8")
    return path


def test_build_writes_the_formats_asked_for_and_names_them(sheet: Path, tmp_path: Path) -> None:
    code, out, err = run("build", str(sheet), "-o", str(tmp_path / "o"), "--to", "markdown,json")
    assert code == 0
    assert out.split() == [str(tmp_path / "o/td/corrige.json"), str(tmp_path / "o/td/corrige.md")]
    assert "equalities checked, 0 failed" in err
    assert json.loads((tmp_path / "o/td/corrige.json").read_text())["facts"]["q1.d"]


def test_the_statement_is_built_from_the_same_file(sheet: Path, tmp_path: Path) -> None:
    code, out, _ = run("build", str(sheet), "-o", str(tmp_path), "--view", "statement", "--to", "markdown")
    assert code == 0
    assert out.strip().endswith("enonce.md")


def test_two_sheets_of_one_stem_are_refused_before_any_work(sheet: Path, tmp_path: Path) -> None:
    other = tmp_path / "b" / "td.md"
    other.parent.mkdir()
    other.write_text(SMALL, encoding="utf-8")
    code, out, err = run("build", str(sheet), str(other), "-o", str(tmp_path / "o"))
    assert (code, out) == (2, "")
    assert "td.md" in err
    assert not (tmp_path / "o").exists()


FAULTS = [
    ("unknown kind", ("{solve} derivative", "{solve} derivitave"), "Did you mean “derivative”?"),
    ("unknown option", (":of: f", ":off: f"), "“of”"),
    ("missing option", (":of: f\n", "\n"), "“:of:”"),
    ("bad expression", ("w^2 - 4w", "w^2 - (4w"), "td.md:7"),
    ("unknown name", (":of: f", ":of: sni(w)"), "td.md:"),
    ("name alone", (":of: f", ":of: ff"), "Did you mean “f”?"),
    ("computed fact", ("{{ f }}", "{{ q1.d }}"), "td.md:"),
    ("broken front matter", ("title: Petit TD", "title: [Petit TD"), "td.md:"),
    ("unclosed fence", ("   :of: f\n   ```\n", "   :of: f\n"), "td.md:"),
]


@pytest.mark.parametrize(("name", "change", "expected"), FAULTS, ids=[f[0] for f in FAULTS])
def test_a_wrong_sheet_gives_one_clear_error_and_writes_nothing(
    name: str, change: tuple[str, str], expected: str, tmp_path: Path
) -> None:
    path = tmp_path / "td.md"
    assert change[0] in SMALL
    path.write_text(SMALL.replace(*change), encoding="utf-8")
    code, out, err = run("build", str(path), "-o", str(tmp_path / "o"))
    assert (code, out) == (2, ""), err
    assert expected in err
    assert "Traceback" not in err
    assert f"{path}:" in err
    assert not (tmp_path / "o").exists()


def test_a_missing_file_and_binary_data_are_bad_input(tmp_path: Path) -> None:
    assert run("build", str(tmp_path / "none.md"))[0] == 2
    (tmp_path / "x.md").write_bytes(b"\xff\xfe\x00")
    code, _, err = run("build", str(tmp_path / "x.md"), "-o", str(tmp_path / "o"))
    assert code == 2
    assert "UTF-8" in err


def test_a_false_claim_fails_with_exit_code_1(sheet: Path, tmp_path: Path) -> None:
    sheet.write_text(SMALL + "\n```{check}\nf'(w) = 2w - 5\n```\n", encoding="utf-8")
    code, out, err = run("build", str(sheet), "-o", str(tmp_path / "o"))
    assert (code, out) == (1, "")
    assert "td.md:" in err
    assert not (tmp_path / "o").exists()
    code, _, _ = run("verify", str(sheet))
    assert code == 1


def test_verify_reports_what_was_checked(sheet: Path) -> None:
    code, out, _ = run("verify", str(sheet))
    assert code == 0
    assert "0 failed" in out


@pytest.mark.parametrize("arguments", [["-x^2"], ["--", "-x^2"], ["-x^2", "--to", "json"]])
def test_an_expression_may_begin_with_a_minus(arguments: list[str]) -> None:
    code, out, _ = run("derive", *arguments)
    assert code == 0
    assert "2" in out


def test_lines_by_the_hundred_keep_their_order_and_their_errors() -> None:
    code, out, _ = run("derive", "-", "--to", "json", text="x^2\na x\ta\n3 +\n")
    assert code == 0
    answers = [json.loads(line) for line in out.splitlines()]
    assert [a.get("derivative") for a in answers[:2]] == ["2*x", "x"]
    assert set(answers[2]["error"]) == {"message", "line", "column"}


def test_a_misspelt_verb_is_suggested() -> None:
    code, _, err = run("biuld")
    assert code == 2
    assert "build" in err


def test_starting_is_quick_because_nothing_heavy_is_imported() -> None:
    program = (
        "import sys; from click.testing import CliRunner; from solver.cli import main\n"
        "CliRunner().invoke(main, ['--help'])\n"
        "print([m for m in ('sympy', 'lark', 'typst', 'jinja2', 'flint') "
        "if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("verb", ["build", "derive", "descend", "network", "graph", "verify"])
def test_every_verb_has_help(verb: str) -> None:
    code, out, _ = run(verb, "--help")
    assert code == 0
    assert "Usage:" in out
