"""The key: results alone, each under its question and beside its letter, on a few pages."""

from __future__ import annotations

from pathlib import Path

from conftest import ROOT

from solver.assembly import Options
from solver.document.nodes import Box, Heading, Paragraph, Part, Text
from solver.key import key_blocks
from solver.pipeline import build
from solver.sheet.model import Directive
from solver.sheet.reader import read_sheet

SHEET = """---
title: Essai
---
# Exercice 1 — Vide

Du texte.

# Exercice 2 — Un

Du texte.

```{figure} curve
:of: x^2
:range: 0, 1
```

## Question 1 — A

1. Calculer.

2. Dériver.

   ```{solve} derivative
   :of: x^2
   ```

   ```{remark}
   Une remarque.
   ```

## Question 2 — B

Rien à calculer.

## Question 3 — C

```{answer}
Oui.
```
"""


def _worded(directive: Directive) -> tuple[Box, ...]:
    kind = "result" if directive.name == "solve" else directive.name
    inner = (Paragraph((Text(directive.label),)),)
    return (Box(kind, (), inner), Box("justification", (), inner))


def test_titles_and_results_alone() -> None:
    blocks = key_blocks(read_sheet(SHEET, "sheet.md").blocks, _worded)
    shown = [
        ("title", block.content[0].text.split(" ")[1]) if isinstance(block, Heading) else block
        for block in blocks
    ]
    assert shown == [
        ("title", "2"),
        ("title", "1"),
        Box("result", (), (Part(2, (Paragraph((Text("q1.derivative"),)),)),)),
        ("title", "3"),
        Box("result", (), (Paragraph((Text("q3.answer"),)),)),
    ]


def test_the_key_of_the_first_sheet_holds_every_result_on_about_four_pages(tmp_path: Path) -> None:
    import pikepdf

    sheet = ROOT / "sheets" / "retropropagation.md"
    build(sheet, tmp_path, Options(detail="result", formats=("pdf", "markdown")))
    build(sheet, tmp_path / "full", Options(formats=("markdown",)))
    folder = tmp_path / "retropropagation"
    with pikepdf.open(folder / "corrige.pdf") as pdf:
        assert 4 <= len(pdf.pages) <= 5
    key = (folder / "corrige.md").read_text()
    full = (tmp_path / "full" / "retropropagation" / "corrige.md").read_text()
    for word in ("Justification", "Pour aller plus loin", "Conventions", "On cherche un minimum"):
        assert word in full
        assert word not in key
    results = [
        line
        for box in full.split("> **Résultat**\n")[1:]
        for line in box.split("\n\n", 1)[0].split("\n")
        if len(line) > 6 and not line.startswith("> *Figure")  # its number is another
    ]
    assert len(results) > 60
    assert [line for line in results if line.removeprefix("> ") not in key] == []
