"""No byte of a statement holds a trace of an answer: sentinels are planted in answers and solved values."""

from __future__ import annotations

import io
import re
import zlib
from pathlib import Path

import pytest

from solver.assembly import Options
from solver.errors import CorrigeError
from solver.pipeline import build

ROOT = Path(__file__).resolve().parent.parent

SHEET = """---
title: Énoncé sans fuite
author: Une enseignante
lang: fr
---

```{given}
f(w) = w^3 - 3w
```

# Exercice 1 — Une cubique

```{figure} curve
:of: f
:range: -2, 2
```

## Question 1 — Descendre {#q1}

1. Dériver $f$.

   ```{solve} derivative
   :label: deriveeSENTINELLE
   :of: f
   ```

   ```{answer}
   SENTINELLEreponse avec $w = 48151623$.
   ```

   ```{remark}
   SENTINELLEremarque pour les correcteurs.
   ```

2. Calculer deux pas depuis $w^{(0)} = 2$ avec $\\alpha = 0.0371$.

   ```{solve} descent
   :label: run
   :of: f
   :start: 2
   :rate: 0.0371
   :steps: 2
   ```

   ```{check}
   f'(w) = 3 (w - 1) (w + 1)
   ```
"""
# 2 − 0.0371 · 9 = 1.6661, the first iterate.
SENTINELS = ("SENTINELLE", "1.6661", "1,6661", "1{,}6661", "16661/10000")
GROUPED = re.compile(rb"48\D{0,14}151\D{0,14}623")  # 48151623, whatever groups its digits


def decompressed(data: bytes) -> bytes:
    """A PDF's bytes with every stream decoded, its strings, metadata and attachments."""
    import pikepdf

    out = [data]
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Stream):
                try:
                    out.append(thing.read_bytes())
                except pikepdf.PdfError:
                    out.append(thing.read_raw_bytes())
            out.append(repr(thing).encode())
    return b"\n".join(out)


def shown_text(data: bytes, tmp_path: Path) -> bytes:
    """What pdftotext reads, since a PDF writes glyphs and not letters."""
    import shutil
    import subprocess

    if shutil.which("pdftotext") is None:
        return b""
    path = tmp_path / "shown.pdf"
    path.write_bytes(data)
    return subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True).stdout


def traces(data: bytes) -> list[str]:
    found = ["48151623"] if GROUPED.search(data) else []
    for sentinel in SENTINELS:
        for encoded in (sentinel.encode(), sentinel.encode("utf-16-be"), sentinel.encode().hex().encode()):
            if encoded in data or encoded.upper() in data.upper():
                found.append(sentinel)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("leaks")
    path = folder / "fuite.md"
    path.write_text(SHEET, encoding="utf-8")
    build(path, folder / "statement", Options(("pdf", "latex", "markdown"), view="statement"))
    build(path, folder / "solution", Options(("pdf", "latex", "markdown", "json")))
    return folder


def test_no_byte_of_the_statement_holds_an_answer(folder: Path, tmp_path: Path) -> None:
    files = [p for p in (folder / "statement").rglob("*") if p.is_file()]
    assert {p.suffix for p in files} >= {".pdf", ".tex", ".md", ".svg"}
    for path in files:
        data = path.read_bytes()
        if path.suffix == ".pdf":
            data = decompressed(data) + shown_text(data, tmp_path)
        assert traces(data) == [], path
        assert b"SENTINELLE" not in str(path).encode()


def test_the_search_would_find_them(folder: Path, tmp_path: Path) -> None:
    """The same search finds every planted sentinel in the solution, so it can fail."""
    texts = b"".join(p.read_bytes() for p in (folder / "solution").rglob("*.md"))
    texts += b"".join(p.read_bytes() for p in (folder / "solution").rglob("*.json"))
    assert {"SENTINELLE", "48151623", "1{,}6661", "16661/10000"} <= set(traces(texts))
    pdf = next((folder / "solution").rglob("corrige.pdf")).read_bytes()
    assert set(traces(decompressed(pdf) + shown_text(pdf, tmp_path))) & {
        "48151623",
        "48\u202f151\u202f623",
        "1,6661",
    }


def test_a_planted_stream_would_be_found() -> None:
    assert traces(b"x" + "SENTINELLE".encode("utf-16-be")) == ["SENTINELLE"]
    assert zlib.decompress(zlib.compress(b"48151623")) == b"48151623"


def test_a_statement_has_no_facts_to_write(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CorrigeError, match="no facts"):
        build(folder / "fuite.md", tmp_path / "o", Options(("json",), view="statement"))
    assert not (tmp_path / "o").exists()
