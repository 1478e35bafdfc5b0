"""The PDF that is set while its sheet is still being solved: the same bytes, whatever was laid out before."""

from __future__ import annotations

import inspect
import re
import struct
import zlib
from pathlib import Path

import pytest

from solver import press as press_module
from solver.assembly import Options, Solved, beginning, document
from solver.document.nodes import BOX_KINDS, Document, Heading, Metadata, Paragraph, Text
from solver.errors import CorrigeError
from solver.pipeline import build
from solver.press import Press
from solver.resources import template_text
from solver.sheet.model import Directive
from solver.sheet.reader import read_sheet
from solver.solving import solve
from solver.writers import typst as writer
from solver.writers import typst_compiler
from solver.writers.base import sections
from solver.writers.frames import OURS
from solver.writers.typst import CALLS, compile_pdf

QUESTION = """## Question

Dériver.

```{{solve}} derivative
:label: d{n}
:of: w^{n} - 4w
```

"""
OWN = """```{remark}
À la question 3 : {{ q3.d4.derivative }}.
```

"""
SHEET = "---\ntitle: Contrôle\nlang: fr\n---\n\n" + "".join(QUESTION.format(n=n) for n in range(2, 8))


@pytest.fixture
def laid_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The sources laid out ahead, with an empty cache."""
    monkeypatch.setenv("CORRIGE_CACHE", str(tmp_path / "cache"))
    seen: list[str] = []
    real = typst_compiler.lay_out

    def lay_out(source: str, files: dict[str, bytes]) -> None:
        seen.append(source)
        real(source, files)

    monkeypatch.setattr(typst_compiler, "lay_out", lay_out)
    return seen


def made(folder: Path, text: str, **options: object) -> bytes:
    sheet = folder / "td.md"
    sheet.write_text(text, encoding="utf-8")
    build(sheet, folder / "out", Options(("pdf",), **options))  # type: ignore[arg-type]
    return (folder / "out" / "td" / "corrige.pdf").read_bytes()


# ---- what is laid out ---------------------------------------------------------------------------


def beginnings(text: str, options: Options) -> tuple[list[Document | None], Document]:
    """The corrigé as far as it goes after each answer, and the whole."""
    found: list[Document | None] = []

    def answered(solved: Solved, directive: Directive) -> None:
        try:
            found.append(beginning(solved, options, {}))
        except CorrigeError:
            found.append(None)

    solved = solve(read_sheet(text, "td.md"), found=answered)
    return found, document(solved, options)


def test_a_beginning_is_what_the_document_begins_with() -> None:
    found, whole = beginnings(SHEET, Options())
    assert found.pop() is None, "after the last answer the whole document can be set"
    for count, begun in enumerate(found, 1):
        assert begun is not None
        assert begun.blocks == whole.blocks[: len(begun.blocks)]
        assert isinstance(whole.blocks[len(begun.blocks)], Heading)
        assert sum(isinstance(block, Heading) for block in begun.blocks) == count
        assert begun.metadata == whole.metadata


def test_a_key_is_not_begun() -> None:
    found, _ = beginnings(SHEET, Options(detail="result"))
    assert [begun.blocks for begun in found if begun] == [()] * 5


def test_sections_are_all_the_blocks() -> None:
    text, title = Paragraph((Text("x"),)), Heading(2, (Text("t"),))
    for blocks in ((), (text,), (title,), (text, title, text, title), (title, title, text)):
        cut = sections(blocks)
        assert tuple(block for section in cut for block in section) == blocks
        assert all(section and Heading not in map(type, section[1:]) for section in cut)


# ---- the same PDF -------------------------------------------------------------------------------


def test_the_pdf_is_the_same_whatever_was_laid_out(
    laid_out: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = made(tmp_path, SHEET)
    assert laid_out
    laid_out.clear()
    monkeypatch.setattr(Press, "wants", lambda self, share: False)
    monkeypatch.setenv("CORRIGE_CACHE", str(tmp_path / "other"))
    assert made(tmp_path, SHEET) == ahead
    assert not laid_out


def test_a_text_that_speaks_of_a_later_answer_is_no_fault(laid_out: list[str], tmp_path: Path) -> None:
    first, *others = SHEET.split("## ")
    assert made(tmp_path, "## ".join([first, others[0] + OWN, *others[1:]])).startswith(b"%PDF")
    assert laid_out, "what follows the answer is laid out all the same"


def test_a_fault_of_the_layout_is_told_once(laid_out: list[str], tmp_path: Path) -> None:
    (tmp_path / "mine" / "typst").mkdir(parents=True)
    (tmp_path / "mine" / "typst" / "document.typ.j2").write_text("#nothing()\n<< body >>", encoding="utf-8")
    with pytest.raises(CorrigeError, match="Typst could not set the document"):
        made(tmp_path, SHEET, templates=tmp_path / "mine")
    assert laid_out
    assert not (tmp_path / "out").exists()


def test_nothing_is_laid_out_for_a_pdf_that_is_kept(laid_out: list[str], tmp_path: Path) -> None:
    first = made(tmp_path, SHEET)
    laid_out.clear()
    assert made(tmp_path, SHEET) == first
    assert not laid_out
    assert made(tmp_path, SHEET.replace("4w", "5w")) != first
    assert laid_out


def test_other_views_are_not_begun(laid_out: list[str], tmp_path: Path) -> None:
    for view in ("statement", "marking"):
        sheet = tmp_path / "td.md"
        sheet.write_text(SHEET, encoding="utf-8")
        build(sheet, tmp_path / "out", Options(("pdf",), view=view))
    assert not laid_out


def test_a_missing_drawing_is_waited_for(laid_out: list[str]) -> None:
    begun = Document(Metadata(title="t"), (Heading(1, (Text("x"),)),), {"curve": object()})
    with Press("figures", OURS, {}) as press:
        press.lay_out(begun, 0.5, {})
        assert not press.wants(0.6)
        assert press.wants(0.51 + press_module._STEP)
    assert not laid_out


# ---- the source ---------------------------------------------------------------------------------


def test_a_frame_defines_all_that_the_body_calls() -> None:
    defined = set(re.findall(r"(?m)^#let ([a-z-]+)", template_text("typst/document.typ.j2")))
    assert set(CALLS) <= defined
    source = inspect.getsource(writer)
    called = {name for name in defined if re.search(rf"#{name}[\\[(;]|\"{name}\"", source)}
    called |= {f"{kind}-box" for kind in BOX_KINDS}
    assert called <= set(CALLS)


def test_text_cannot_leave_its_section() -> None:
    hostile = Paragraph((Text('"] #read("/etc/passwd") \x1e \\u{1e} \\" }'),))
    source = writer.write_typst(
        Document(Metadata(title="t"), (Heading(1, (Text("x"),)), hostile)),
        figure_path=str,
        terms={"page": "page", "solution": "corrigé"},
    )
    assert compile_pdf(source, {}).startswith(b"%PDF")


def test_pictures_that_are_no_text_are_shown() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0" + bytes(6) + b"\0" + bytes(6)))
    png = b"\x89PNG\r\n\x1a\n" + head + pixels + chunk(b"IEND", b"")
    source = '#set document(title: "t")\n#image("in/a.png", alt: "a")'
    assert b"/Image" in compile_pdf(source, {"in/a.png": png})
