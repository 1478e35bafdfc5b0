"""A look of one's own: wordings and frames overridden, a logo, two columns, room to write answers in."""

from __future__ import annotations

import shutil
import struct
import subprocess
import zlib
from fractions import Fraction
from pathlib import Path

import pikepdf
import pytest
from click.testing import CliRunner
from conftest import needs

from solver.assembly import Options
from solver.cli import main
from solver.document.nodes import Blank, Part
from solver.errors import CorrigeError, SheetError
from solver.pipeline import build
from solver.sheet.reader import read_sheet, statement_blocks

SHEET = """---
title: Contrôle
institution: Université
lang: fr
OWN---

## Question 1 {#q1}

1. Dériver.

   ```{solve} derivative
   :of: w^2 - 4w
   ```

   ```{answer}
   Rien.
   ```

2. Expliquer.

   ```{answer}
   Rien.
   ```

## Question 2

Sans réponse.
"""


def picture(width: int = 60, height: int = 20) -> bytes:
    """A PNG of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes([30, 90, 160] * width) for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def made(folder: Path, own: str = "", **options: object) -> Path:
    """The folder of the built sheet whose front matter has the lines `own`."""
    sheet = folder / "td.md"
    sheet.write_text(SHEET.replace("OWN", own), "utf-8")
    build(sheet, folder / "out", Options(**options))  # type: ignore[arg-type]  # options of a test
    return folder / "out" / "td"


# ---- wordings and frames ----------------------------------------------------------------------


def test_a_wording_of_ones_own_comes_first(tmp_path: Path) -> None:
    mine = tmp_path / "mine" / "fr" / "kinds"
    mine.mkdir(parents=True)
    (mine / "derivative.md.j2").write_text(
        "```{result}\nÀ ma façon : ${{ facts.result | tex }}$.\n```\n", "utf-8"
    )
    with pytest.raises(CorrigeError, match="cannot be used"):
        made(tmp_path, templates=tmp_path / "mine", formats=("markdown",))
    shutil.copytree(tmp_path / "mine", tmp_path / "ours")
    (tmp_path / "ours" / "fr" / "kinds" / "derivative.md.j2").write_text(
        "```{result}\nÀ ma façon.\n```\n", "utf-8"
    )
    out = made(tmp_path, templates=tmp_path / "ours", formats=("markdown",))
    assert "À ma façon." in (out / "corrige.md").read_text("utf-8")


@pytest.mark.parametrize("attack", ["{{ facts.__class__.__mro__ }}", "{{ ''.__class__.__base__ }}"])
def test_wordings_run_in_a_sandbox(tmp_path: Path, attack: str) -> None:
    mine = tmp_path / "mine" / "fr" / "kinds"
    mine.mkdir(parents=True)
    (mine / "derivative.md.j2").write_text(attack, "utf-8")
    with pytest.raises(CorrigeError, match="cannot be used"):
        made(tmp_path, templates=tmp_path / "mine", formats=("markdown",))


def test_a_frame_of_ones_own_comes_first(tmp_path: Path) -> None:
    mine = tmp_path / "mine" / "markdown"
    mine.mkdir(parents=True)
    (mine / "document.md.j2").write_text("En-tête de << institution >>\n\n<< body >>", "utf-8")
    out = made(tmp_path, templates=tmp_path / "mine", formats=("markdown",))
    assert (out / "corrige.md").read_text("utf-8").startswith("En-tête de Université")
    (mine / "document.md.j2").write_text("<< nothing >>", "utf-8")
    with pytest.raises(CorrigeError, match="nothing"):
        made(tmp_path, templates=tmp_path / "mine", formats=("markdown",))


def test_templates_are_listed_and_copied(tmp_path: Path) -> None:
    run = CliRunner().invoke
    assert "fr/kinds/descent.md.j2" in run(main, ["templates"]).output.split()
    target = tmp_path / "mine"
    done = run(main, ["templates", "typst", "fr/macros.md.j2", "--copy", str(target)])
    assert done.exit_code == 0, done.output
    assert {p.relative_to(target).as_posix() for p in target.rglob("*.j2")} >= {
        "typst/document.typ.j2",
        "fr/macros.md.j2",
    }
    (target / "fr" / "macros.md.j2").write_text("mine", "utf-8")
    run(main, ["templates", "--copy", str(target)])
    assert (target / "fr" / "macros.md.j2").read_text("utf-8") == "mine"
    wrong = run(main, ["templates", "fr/kinds/descnt.md.j2"])
    assert wrong.exit_code == 2
    assert "Did you mean “fr/kinds/descent.md.j2”" in wrong.output


# ---- logo, columns, answer space --------------------------------------------------------------


def test_a_logo_is_in_every_format(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(picture())
    out = made(tmp_path, "logo: logo.png\n", formats=("pdf", "latex", "markdown"))
    assert (out / "corrige-figures" / "logo.png").read_bytes() == picture()
    assert "](corrige-figures/logo.png)" in (out / "corrige.md").read_text("utf-8")
    assert "\\showlogo{corrige-figures/logo.png}" in (out / "corrige.tex").read_text("utf-8")
    with pikepdf.open(out / "corrige.pdf") as pdf:
        shown = [pdf.pages[0].Resources.XObject[name] for name in pdf.pages[0].Resources.XObject]
        assert [(str(x.Subtype), int(x.Width)) for x in shown] == [("/Image", 60)]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("logo: none.png", "cannot read the logo"),
        ("logo: ../secret.png", "is a PNG or JPEG file"),
        ("logo: /etc/hosts.png", "is a PNG or JPEG file"),
        ("logo: text.png", "is no PNG or JPEG picture"),
        ("logo: out.png", "lies outside"),
        ("columns: 3", "is one of 1, 2"),
        ("answer-space: wide", "a height such as 3cm"),
        ("answer-space: 0cm", "a height such as 3cm"),
    ],
)
def test_wrong_lines(tmp_path: Path, line: str, message: str) -> None:
    inside = tmp_path / "sheets"
    inside.mkdir()
    (tmp_path / "secret.png").write_bytes(picture())
    (inside / "text.png").write_text("text", "utf-8")
    (inside / "out.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(SheetError, match=message):
        made(inside, line + "\n", formats=("markdown",))


def test_room_for_answers_stands_where_they_are_asked() -> None:
    sheet = read_sheet(SHEET.replace("OWN", "answer-space: 2,5cm\n"), "td.md")
    blocks = statement_blocks(sheet, Fraction(5, 2))
    parts = [b for b in blocks if isinstance(b, Part)]
    assert [[type(b).__name__ for b in p.blocks] for p in parts] == [["Paragraph", "Blank"]] * 2
    assert parts[0].blocks[1] == Blank(Fraction(5, 2))
    assert not any(isinstance(b, Blank) for b in blocks)
    assert not any(
        isinstance(b, Blank) for p in statement_blocks(sheet) if isinstance(p, Part) for b in p.blocks
    )


@pytest.mark.parametrize("name", ["enonce", "enonce.exam", "corrige"])
def test_every_look_compiles(tmp_path: Path, name: str) -> None:
    needs("pdflatex")
    (tmp_path / "logo.png").write_bytes(picture())
    own = "logo: logo.png\ncolumns: 2\nanswer-space: 3cm\n"
    view = "solution" if name == "corrige" else "statement"
    out = made(tmp_path, own, formats=("pdf", "latex", "exam"), view=view)
    done = subprocess.run(
        ["pdflatex", "-no-shell-escape", "-halt-on-error", "-interaction=nonstopmode", f"{name}.tex"],
        cwd=out, capture_output=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    assert ("multicols" in (out / f"{name}.tex").read_text("utf-8")) == (name == "enonce")
