"""The `exam` class: questions, parts and answers as it marks them, and a paper that compiles."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from conftest import needs

from solver.assembly import Options
from solver.errors import SheetError
from solver.pipeline import build

SHEET = """---
title: Contrôle
course: Optimisation
lang: fr
---

```{given}
f(w) = w^2 - 4w
```

# Exercice 1 — Descente

On étudie $f(w) = {{ f }}$.

## Question 1 — Trois pas {#q1 points=3}

On part de 5.

1. Dériver. {points=1/2}

   ```{solve} derivative
   :of: f
   ```

2. Itérer. {points=2.5}

   ```{solve} descent
   :of: f
   :start: 5
   :rate: 1/4
   ```

## Question 2 — Encore {#q2 points=2}

```{hint}
Dériver d'abord.
```

Donner les points critiques.

```{solve} critical-points
:of: f
```
"""


def paper(folder: Path, view: str, text: str = SHEET) -> str:
    sheet = folder / "td.md"
    sheet.write_text(text, "utf-8")
    build(sheet, folder / "out", Options(formats=("exam",), view=view))
    return (folder / "out" / "td" / f"{'corrige' if view == 'solution' else 'enonce'}.exam.tex").read_text(
        "utf-8"
    )


def body(text: str) -> str:
    return text.split("\\begin{questions}")[1].split("\\end{questions}")[0]


def test_questions_parts_and_answers_are_marked(tmp_path: Path) -> None:
    text = paper(tmp_path, "solution")
    assert "\\documentclass[11pt,a4paper,addpoints]{exam}" in text
    assert "\\printanswers" in text
    assert "\\gradetable" in text
    marks = re.findall(
        r"\\(?:question|part)(?:\[[^]]*\])?(?= |\n)|\\(?:begin|end)\{(?:parts|solution)\}", body(text)
    )
    solution = ["\\begin{solution}", "\\end{solution}"]
    assert marks == [
        "\\question", "\\begin{parts}", "\\part[\\half]", *solution, "\\part[2\\half]", *solution,
        "\\end{parts}", "\\question[2]", *solution,
    ]  # fmt: skip


def test_the_statement_holds_no_answer(tmp_path: Path) -> None:
    text = paper(tmp_path, "statement")
    assert "\n\\printanswers" not in text
    assert "solution" not in body(text)
    assert "Dériver d’abord" in body(text)
    assert "19" not in body(text)


def test_points_that_the_class_cannot_count(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="whole and half points"):
        paper(tmp_path, "solution", SHEET.replace("points=2}", "points=1/3}"))


def test_without_points(tmp_path: Path) -> None:
    text = paper(tmp_path, "solution", re.sub(r" ?\{points=[\d./]+\}| points=\d", "", SHEET))
    assert "\\gradetable" not in text
    assert "addpoints" not in text


@pytest.mark.parametrize("view", ["solution", "statement"])
def test_it_compiles(tmp_path: Path, view: str) -> None:
    needs("pdflatex")
    needs("pdftotext")
    text = paper(tmp_path, view)
    (tmp_path / "out" / "td" / "made.tex").write_text(text, "utf-8")
    for _ in range(3):
        done = subprocess.run(
            ["pdflatex", "-no-shell-escape", "-halt-on-error", "-interaction=nonstopmode", "made.tex"],
            cwd=tmp_path / "out" / "td", capture_output=True, text=True, errors="replace",
            timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:]
    log = (tmp_path / "out" / "td" / "made.log").read_text("utf-8", "replace")
    assert not re.findall(r"Warning|Overfull", log)
    shown = subprocess.run(
        ["pdftotext", tmp_path / "out" / "td" / "made.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "Total" in shown
    assert ("Résultat" in shown) == (view == "solution")
