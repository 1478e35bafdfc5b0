"""The marking scheme: exact totals, what earns each point, nothing of it elsewhere."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from solver.assembly import Options
from solver.errors import SheetError
from solver.marking import shown
from solver.pipeline import build
from solver.sheet.points import scheme, total
from solver.sheet.reader import read_sheet

SHEET = """---
title: Contrôle
lang: fr
---

```{given}
f(w) = w^2 - 4w
```

## Question 1 {#q1 points=3}

1. Dériver. {points=1/2}

   ```{solve} derivative
   :of: f
   ```

   ```{marks}
   1/4: la règle est nommée
   0,25: $f'(w) = 2w - 4$
   ```

2. Itérer. {points=2.5}

   ```{solve} descent
   :label: run
   :of: f
   :start: 5
   :rate: 1/4
   ```

   ```{marks}
   1: le premier itéré, ${{ q1.run.point(1) }}$
   1.5: les deux suivants
   ```

## Question 2 {#q2 points=1/3}

```{solve} critical-points
:of: f
```

## Question 3 {#q3}

1. Un. {points=1/3}
2. Deux. {points=1/3}

```{answer}
Rien.
```
"""


def written(folder: Path, view: str, text: str = SHEET) -> str:
    sheet = folder / "td.md"
    sheet.write_text(text, "utf-8")
    (made,) = build(sheet, folder / "out", Options(formats=("markdown",), view=view)).paths
    return made.read_text("utf-8")


def test_totals_are_exact() -> None:
    questions = scheme(read_sheet(SHEET, "td.md").blocks)
    assert [q.points for q in questions] == [3, Fraction(1, 3), Fraction(2, 3)]
    assert total(questions) == 4
    assert total(()) is None


def test_the_scheme_says_what_earns_each_point(tmp_path: Path) -> None:
    text = written(tmp_path, "marking")
    assert "| **Total** | **4** |" in text
    assert "**0,25** — la règle est nommée" in text
    assert "**1** — le premier itéré, $\\frac{7}{2}$" in text
    assert "### Question 3 *(2/3\u00a0point)*" in text
    assert "minimum global" in text  # the asked result of a part without marks
    assert "Justification" not in text
    assert (tmp_path / "out" / "td" / "bareme.md").exists()


@pytest.mark.parametrize("view", ["statement", "solution"])
def test_marks_are_in_no_other_view(tmp_path: Path, view: str) -> None:
    assert "la règle est nommée" not in written(tmp_path, view)


@pytest.mark.parametrize(
    ("old", "new", "message", "line"),
    [
        ("0,25: $f", "0,5: $f", "the marks add up to 3/4, the part says 1/2", 19),
        ("1.5: les", "les", "a line such as", 34),
        ("points=2.5}", "points=2}", "the points of the parts add up to 5/2|the marks add up", None),
        ("{{ q1.run.point(1) }}", "{{ q1.runs }}", "has no “runs”", 33),
    ],
)
def test_faults_are_told_at_their_place(
    tmp_path: Path, old: str, new: str, message: str, line: int | None
) -> None:
    with pytest.raises(SheetError, match=message) as fault:
        written(tmp_path, "marking", SHEET.replace(old, new))
    assert fault.value.span is not None
    assert line in (None, fault.value.span.line)


@pytest.mark.parametrize(
    ("points", "text"),
    [("3", "3"), ("1/2", "0.5"), ("5/4", "1.25"), ("7/6", "7/6"), ("1/8", "0.125"), ("0", "0")],
)
def test_points_as_text(points: str, text: str) -> None:
    assert shown(Fraction(points)) == text
