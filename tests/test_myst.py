"""MyST: exercises and solutions read as sphinx-exercise writes them, and a book takes what is written."""

from __future__ import annotations

import re
import subprocess
import venv
from pathlib import Path

import pytest
from conftest import ROOT

from solver.assembly import Options
from solver.document.nodes import Heading, Text
from solver.errors import SheetError
from solver.pipeline import build
from solver.sheet.myst import unfolded
from solver.sheet.reader import iter_directives, read_sheet

FRONT = "---\ntitle: Book\nlang: en\n---\n"
SHEET = """
````{exercise} Derivative
:label: ex-derivative

Differentiate $w^2 - 4w$.
````

````{solution} ex-derivative
:label: ex-derivative-solution
:class: dropdown

```{solve} derivative
:of: w^2 - 4w
```
````

```{exercise}
:label: ex-words
:nonumber:

Why?
```

```{solution} ex-words
Because of **this**.
```

```{exercise-start} Gated
:label: ex-gated
```

1. First.
2. Second.

```{exercise-end}
```

```{solution-start} ex-gated
:class: dropdown
```

Some text.

```{solution-end}
```

```{exercise} Not printed
:label: ex-hidden
:hidden:
Never.
```

```{solution} ex-hidden
:hidden:
Never either.
```

````python
```{exercise} inside code, left alone
```
````
"""


def test_exercises_are_questions_and_solutions_answers() -> None:
    sheet = read_sheet(FRONT + SHEET, "book.md")
    headings = [(b.label, *(i.text for i in b.content if isinstance(i, Text))) for b in sheet.blocks
                if isinstance(b, Heading)]  # fmt: skip
    assert headings == [
        ("ex-derivative", "Question 1 — Derivative"),
        ("ex-words", "Exercise"),
        ("ex-gated", "Question 2 — Gated"),
    ]
    found = [(d.name, d.argument, d.label, d.body.strip()) for d in iter_directives(sheet)]
    assert found == [
        ("solve", "derivative", "ex-derivative.derivative", ""),
        ("answer", "", "ex-words.answer", "Because of **this**."),
        ("answer", "", "ex-gated.answer", "Some text."),
    ]


def test_lines_are_kept() -> None:
    assert len(unfolded(SHEET).split("\n")) == len(SHEET.split("\n"))
    assert unfolded("no exercise\n") == "no exercise\n"


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("```{solution} ex\nX\n```", "stands under its exercise", 5),
        ("```{exercise} A\n:label: a\nX\n```\n\n```{solution} b\nY\n```", "here it is under “a”", 10),
        ("```{exercise} A\n:lable: a\nX\n```", "has no option “lable”", 5),
        ("```{exercise-end}\n```", "ends no “exercise-start”", 5),
        ("```{exercise-start} A\n:label: a\n```\n\nX", "is not closed", 5),
        (
            "````{exercise} A\n:label: a\nX\n````\n\n````{solution} a\nText.\n\n"
            "```{solve} derivative\n:of: x^2\n```\n````",
            "directives or a text, not both",
            11,
        ),
    ],
)  # fmt: skip
def test_faults_are_told_at_their_line(text: str, message: str, line: int) -> None:
    with pytest.raises(SheetError, match=message) as fault:
        read_sheet(FRONT + text, "book.md")
    assert fault.value.span is not None
    assert fault.value.span.line == line


def written(folder: Path, view: str) -> str:
    sheet = folder / "book.md"
    sheet.write_text(FRONT + SHEET, "utf-8")
    (made,) = build(sheet, folder / "out", Options(formats=("myst",), view=view)).paths
    return made.read_text("utf-8")


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    text = written(tmp_path, "solution")
    assert "{exercise} Derivative\n:label: ex-derivative\n" in text
    assert "{solution} ex-derivative\n:label: ex-derivative-solution\n:class: dropdown\n" in text
    asked = written(tmp_path, "statement")
    again = read_sheet(FRONT + asked.split("\n", 1)[1], "again.md")
    labels = [b.label for b in again.blocks if isinstance(b, Heading) and b.level == 2]
    assert labels == ["ex-derivative", "ex-words", "ex-gated"]


def test_a_statement_has_no_solution(tmp_path: Path) -> None:
    text = written(tmp_path, "statement")
    assert "{exercise}" in text
    assert "solution" not in text
    assert "Because" not in text
    assert "Some text" not in text
    assert "Never" not in text


@pytest.mark.slow  # installs a Jupyter Book of its own
def test_a_jupyter_book_takes_a_sheet(tmp_path: Path) -> None:
    """Warnings are errors: every label, formula and picture of the first sheet in English is understood."""
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "jupyter-book<2", "sphinx-exercise"]
    subprocess.run(install, check=True, timeout=900)
    build(ROOT / "sheets" / "backpropagation.md", tmp_path, Options(formats=("myst",)))
    book = tmp_path / "backpropagation"
    (book / "solution.myst.md").rename(book / "intro.md")
    (book / "_toc.yml").write_text("format: jb-book\nroot: intro\n")
    (book / "_config.yml").write_text(
        "title: Book\nexecute:\n  execute_notebooks: 'off'\n"
        "parse:\n  myst_enable_extensions: [dollarmath, amsmath]\n"
        "sphinx:\n  extra_extensions: [sphinx_exercise]\n"
    )
    command = [tmp_path / "venv" / "bin" / "jupyter-book", "build", ".", "-W", "--keep-going"]
    done = subprocess.run(command, cwd=book, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    page = (book / "_build" / "html" / "intro.html").read_text("utf-8")
    assert len(re.findall(r'class="exercise admonition', page)) == 12
    assert len(re.findall(r'class="solution dropdown admonition', page)) == 12
