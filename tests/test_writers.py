"""The writers: every node in every format, text that tries to become markup, and what the PDFs are made of.

A writer that skips a node, or lets a `#` or a backslash of a sheet act, damages a corrigé without a word;
so each
node is written by each writer, strangers are refused, and hostile text is compiled and read back from both
PDFs.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pytest

from solver.document import nodes
from solver.document.nodes import (
    BOX_KINDS,
    Blank,
    Block,
    Box,
    BulletList,
    Code,
    CodeBlock,
    DisplayMath,
    Document,
    Emphasis,
    Figure,
    FigureNumber,
    Heading,
    Inline,
    InlineMath,
    LineBreak,
    Link,
    Metadata,
    OrderedList,
    Paragraph,
    Part,
    Quote,
    Strong,
    Table,
    Text,
)
from solver.errors import CorrigeError
from solver.resources import languages, terms
from solver.writers.html import write_html
from solver.writers.latex import write_latex
from solver.writers.markdown import write_markdown
from solver.writers.typst import compile_pdf, write_typst

Writer = Callable[..., str]
WRITERS: Mapping[str, tuple[Writer, str]] = {
    "markdown": (write_markdown, "svg"),
    "html": (write_html, "svg"),
    "latex": (write_latex, "pdf"),
    "typst": (write_typst, "svg"),
}
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="90pt" height="40pt">'
    b'<path d="M0 0 L90 40" stroke="black"/></svg>'
)


def p(*content: Inline | str) -> Paragraph:
    return Paragraph(tuple(Text(piece) if isinstance(piece, str) else piece for piece in content))


def document(*blocks: Block, **metadata: str) -> Document:
    return Document(Metadata(**{"title": "Titre", **metadata}), blocks)  # type: ignore[arg-type]


def write(name: str, made: Document) -> str:
    writer, ending = WRITERS[name]
    return writer(
        made, figure_path=lambda figure: f"figures/{figure}.{ending}", terms=terms(made.metadata.lang)
    )


INLINES: tuple[Inline, ...] = (
    Text("motclef"),
    Emphasis((Text("motclef"),)),
    Strong((Text("motclef"),)),
    Code("motclef"),
    InlineMath(r"\text{motclef} + 0.5"),
    Link("https://example.org/a_b?c=1&d=%20#e", (Text("motclef"),)),
    LineBreak(),
    FigureNumber("curve"),
)
CELL = ((Text("motclef"),), (InlineMath("|x|"),))
BLOCKS: tuple[Block, ...] = (
    Heading(1, (Text("motclef"),), label="ex1"),
    Heading(2, (Text("motclef "), InlineMath("f'")), label="q1", points="1/2"),
    Heading(3, (Text("motclef"),)),
    p("motclef"),
    DisplayMath(r"\text{motclef} = \frac{1}{2}"),
    BulletList(((p("motclef"),), (p("a"), DisplayMath("x = 1")))),
    OrderedList(3, ((p("motclef"),), (p("b"), BulletList(((p("c"),),))))),
    Table(CELL, (CELL, CELL), ("left", "right")),
    Figure("curve", (Text("motclef"),), "Une courbe # $ _ & % , motclef"),
    Quote((p("motclef"),)),
    CodeBlock("motclef = {'a': 1} # \\n\n\n  fin", "python"),
    Part(2, (p("motclef"), Box("result", (), (p("r"),)))),
    Part(1, (Box("result", (), (p("motclef"),)),), points="0.5"),
    Part(3, (p("motclef"), Blank(Fraction(5, 2)))),
    Blank(Fraction(3)),
    *(Box(kind, (Text("motclef"),), (p("x"), DisplayMath("1 = 1"))) for kind in BOX_KINDS),
)


def _concrete(base: type) -> set[type]:
    found = {value for value in vars(nodes).values() if isinstance(value, type) and issubclass(value, base)}
    return found - {base}


def test_the_samples_cover_every_node() -> None:
    assert {type(node) for node in INLINES} == _concrete(Inline)
    assert {type(node) for node in BLOCKS} == _concrete(Block)


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("node", [*INLINES, *BLOCKS], ids=lambda node: type(node).__name__)
def test_every_node_is_written_by_every_writer(name: str, node: Inline | Block) -> None:
    block = p("a ", node) if isinstance(node, Inline) else node
    for view in ("solution", "statement"):
        made = write(name, document(block, Figure("curve", (), "a curve"), view=view))
        assert "motclef" in made or isinstance(node, (LineBreak, Blank, FigureNumber))


@pytest.mark.parametrize("name", WRITERS)
def test_the_text_speaks_of_a_figure_by_its_number(name: str) -> None:
    figures = [Figure(label, (Text(f"Légende {label}"),), "a curve") for label in ("a", "b", "c")]
    made = write(name, document(p("voir la figure ", FigureNumber("c")), *figures))
    assert re.search(r"voir la figure(?:~| |\u00a0|\\?\")*[^0-9]*3", made), made
    assert len(re.findall(r"Figure(?:~| |&nbsp;|\u00a0)3", made)) == 1
    with pytest.raises(CorrigeError, match="curve"):
        write(name, document(p(FigureNumber("curve"))))


@dataclass(frozen=True, slots=True)
class Stranger(Block):
    pass


@dataclass(frozen=True, slots=True)
class StrangeInline(Inline):
    pass


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("block", [Stranger(), p("x", StrangeInline()), Box("result", (), (Stranger(),))])
def test_a_stranger_is_refused_by_name(name: str, block: Block) -> None:
    with pytest.raises(CorrigeError, match="Strange"):
        write(name, document(block))


@pytest.mark.parametrize("name", WRITERS)
def test_a_missing_word_is_an_error(name: str) -> None:
    writer, _ = WRITERS[name]
    with pytest.raises(CorrigeError, match="result"):
        writer(document(Box("result", (), (p("x"),))), figure_path=str, terms={"solution": "S", "page": "p"})


@pytest.mark.parametrize("name", WRITERS)
def test_views_differ_by_the_title_only(name: str) -> None:
    made = document(Heading(1, (Text("Exercice"),)), p("texte"))
    solution = write(name, made)
    statement = write(name, replace(made, metadata=replace(made.metadata, view="statement")))
    assert terms("fr")["solution"] in solution
    assert terms("fr")["solution"] not in statement
    assert terms("fr")["statement"] in statement


# ---- numbers and languages ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "lang", "shown"),
    [
        ("markdown", "fr", "2{,}45"),
        ("markdown", "en", "$2.45$"),
        ("latex", "fr", "2{,}45"),
        ("latex", "en", "$2.45$"),
        ("typst", "fr", r"\"2,45\""),
        ("typst", "en", r"\"2.45\""),
    ],
)
def test_numbers_are_localised_last(name: str, lang: str, shown: str) -> None:
    assert shown in write(name, document(p(InlineMath("2.45")), lang=lang))


@pytest.mark.parametrize(
    ("points", "shown"), [("3", "3 points"), ("1", "1 point"), ("0.5", "0,5 point"), ("1/2", "1/2 point")]
)
def test_points_are_counted_as_french_counts(points: str, shown: str) -> None:
    made = write("markdown", document(Heading(2, (Text("Q"),), points=points)))
    assert f"({shown.replace(' ', chr(0xA0))})" in made


# ---- hostile text -------------------------------------------------------------------------------

HOSTILE = (
    r"\input{/etc/passwd} \write18{ls} \def\x{y}",
    '# titre #let x = 1 #import "@preview/a" #read("b")',
    "@alice et jo@example.org, @article{x}",
    "1. Soit x",
    "- tiret + plus = égal / barre",
    "$x$ $$y$$ a & b % c ~ d ^ e _ f {g} [h] \\",
    "^^41 ^^M \\catcode \\csname",
    "*gras* _pente_ `code` ``` ~~~ <script>alert(1)</script> &amp; | a | b |",
    "-- --- ... << >> ,, `` '' ?` !` \"droit\" l'eau",
    "« guillemets » à 5 % ; n° 3 — œuvre Ÿ ĳ ß €",
    "\u0000\u0007\u001b[31m cloche \u200b\u202e\u2028 fin",
    "émoticône 😀 漢字 \ue000 α ≤ β → ŷ ½ ℝ x²",
    "[lien](javascript:x) ![image](http://x/y.png) <http://z>",
    "// commentaire /* bloc */ <etiquette> \\ fin",
    "<< title >> {{ 7*7 }} {% x %} <% x %> <# c #>",
)


def _letters(text: str) -> str:
    """What must survive: ASCII letters and digits, in order."""
    return re.sub(r"[^A-Za-z0-9]", "", unicodedata.normalize("NFKD", text))


def _pdf_text(pdf: bytes, folder: Path) -> str:
    (folder / "read.pdf").write_bytes(pdf)
    run = subprocess.run(
        ["pdftotext", "-raw", str(folder / "read.pdf"), "-"], capture_output=True, check=True
    )
    return run.stdout.decode()


@pytest.fixture(scope="module")
def tools() -> None:
    missing = [tool for tool in ("pdflatex", "pdftotext") if shutil.which(tool) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"missing: {missing}")
    if missing:
        pytest.skip(f"missing: {missing}")


def _everywhere(text: str) -> tuple[Block, ...]:
    """The text in every place that takes text."""
    inline = Text(text)
    return (
        Heading(2, (inline,), points="2"),
        p(inline),
        p(Strong((inline,)), Emphasis((inline,)), " ", Code(text)),
        BulletList(((p(inline),),)),
        Table(((inline,), (inline,)), (((inline,), (Code(text),)),), ("left", "center")),
        CodeBlock(text),
        Box("result", (inline,), (p(inline),)),
        Part(1, (p(inline),)),
        Figure("curve", (inline,), text),
    )


def _hostile_document() -> Document:
    blocks = [block for text in HOSTILE for block in _everywhere(text)]
    data = Metadata(
        HOSTILE[1],
        course=HOSTILE[0],
        author=HOSTILE[5],
        institution=HOSTILE[7],
        date=HOSTILE[2],
        subtitle=HOSTILE[14],
    )
    return Document(data, tuple(blocks))


def _latex_pdf(source: str, folder: Path, passes: int = 1) -> tuple[bytes, str]:
    figure = folder / "figures" / "curve.pdf"
    figure.parent.mkdir(exist_ok=True)
    figure.write_bytes(compile_pdf('#set document(title: "t")\n#set page(width: 5cm, height: 2cm)\nx', {}))
    (folder / "made.tex").write_text(source, encoding="utf-8")
    for _ in range(passes):
        run = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "made.tex"],
            cwd=folder,
            capture_output=True,
            check=False,
            env={**os.environ, "openin_any": "p", "openout_any": "p"},
        )
        assert run.returncode == 0, run.stdout.decode("latin1")[-2000:]
    return (folder / "made.pdf").read_bytes(), (folder / "made.log").read_text("latin1")


def test_hostile_text_is_only_shown_in_the_typst_pdf(tools: None, tmp_path: Path) -> None:
    source = write("typst", _hostile_document())
    text = _letters(_pdf_text(compile_pdf(source, {"figures/curve.svg": SVG}), tmp_path))
    for hostile in HOSTILE[:10]:
        assert _letters(hostile) in text, hostile
    assert "U1F600" in text


def test_hostile_text_is_only_shown_in_the_latex_pdf(tools: None, tmp_path: Path) -> None:
    pdf, _ = _latex_pdf(write("latex", _hostile_document()), tmp_path)
    text = _letters(_pdf_text(pdf, tmp_path))
    for hostile in HOSTILE[:9]:
        assert _letters(hostile) in text, hostile
    assert "U1F600" in text
    assert "root0" not in text


def test_hostile_text_is_only_shown_in_markdown() -> None:
    markdown_it = pytest.importorskip("markdown_it")
    reader = markdown_it.MarkdownIt("commonmark").enable("table")
    for text in HOSTILE:
        made = write("markdown", document(p(Text(text))))
        tokens = reader.parse(made)[-3:]
        assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"], text
        children = tokens[1].children or []
        assert {child.type for child in children} <= {"text", "text_special"}, text
        assert _letters("".join(child.content for child in children)) == _letters(text)
        assert not re.search(r"(?<!\\)\$", made.split("\n")[-2])


@pytest.mark.parametrize("formula", [r"\input{x}", r"\def\a{b}", "{" * 900, r"\href{a}{b}"])
@pytest.mark.parametrize("name", WRITERS)
def test_a_formula_off_the_list_reaches_no_format(name: str, formula: str) -> None:
    for block in (
        p(InlineMath(formula)),
        DisplayMath(formula),
        Table(((InlineMath(formula),),), (), ("left",)),
    ):
        with pytest.raises(CorrigeError):
            write(name, document(block))


def test_files_of_a_pdf_stay_in_its_folder() -> None:
    with pytest.raises(CorrigeError, match="outside"):
        compile_pdf("x", {"../x.svg": SVG})


@pytest.mark.parametrize(
    ("first", "then", "led"),
    [
        (p("On calcule :"), DisplayMath("x = 1"), True),
        (p("On calcule :"), BulletList(((p("a"),),)), True),
        (p("On calcule :"), p("Suite."), False),
        (p("On calcule longuement. " * 20), DisplayMath("x = 1"), False),
        (p(Strong((Text("Étude."),)), " Par définition."), p("Suite."), True),
        (p("On calcule :"), None, False),
    ],
)
def test_a_lead_in_stays_with_what_it_announces(first: Block, then: Block | None, led: bool) -> None:
    blocks = (first,) if then is None else (first, then)
    assert ("#lead[" in write("typst", document(Box("beyond", (), blocks)))) == led


@pytest.mark.parametrize(("rows", "whole"), [(3, True), (8, True), (40, False)])
def test_a_calculation_is_broken_only_where_it_is_tall(rows: int, whole: bool) -> None:
    lines = r" \\ ".join(["a &= b + c"] * rows)
    made = document(DisplayMath(rf"\begin{{aligned}} {lines} \end{{aligned}}"))
    assert ("#d(" in write("typst", made), "#long(" in write("typst", made)) == (whole, not whole)
    assert ("align*" in write("latex", made)) == (not whole)


def test_a_tall_and_wide_calculation_leaves_no_page_empty(tmp_path: Path, tools: None) -> None:
    lines = r" \\ ".join(["a &= " + " + ".join(["b_1"] * 17)] * 70)
    made = document(p("On calcule :"), DisplayMath(rf"\begin{{aligned}} {lines} \end{{aligned}}"), p("fin"))
    source = write("typst", made)
    assert "whole: false" in source
    pages = _pdf_text(compile_pdf(source, {}), tmp_path).split("\f")
    assert "On calcule" in pages[0]
    assert pages[0].count("𝑏1") > 300


def test_typst_cannot_read_other_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("motclef")
    for reading in (f'#read("{secret}")', '#read("/etc/passwd")', '#import "@preview/cetz:0.3.0"'):
        with pytest.raises(CorrigeError):
            compile_pdf(f'#set document(title: "t")\n{reading}', {})


# ---- the PDFs -----------------------------------------------------------------------------------

LONG = " = ".join(["0.25w^4 - 1.5w^3 - 1.25w^2 + 6w + \\frac{1}{2}\\left(w - \\frac{3}{4}\\right)^2"] * 4)
WIDE_MATRIX = (
    r"\begin{pmatrix}"
    + r"\\".join([" & ".join([r"\frac{\partial L}{\partial W'_{1}}"] * 5)] * 3)
    + r"\end{pmatrix}"
)


def realistic() -> Document:
    """A document with everything that a corrigé holds, wide formulas and long tables included."""
    long_cell = (
        Text("Une quantité apprise par descente de gradient, à partir d’une initialisation aléatoire. " * 2),
    )
    rows = tuple(((InlineMath(str(k)),), (InlineMath(f"{k}.25"),), (Text("oui"),)) for k in range(60))
    answers = (
        Box("result", (), (DisplayMath("f'(w) = w^3 - 4.5w^2"), DisplayMath(LONG))),
        Box(
            "justification",
            (),
            (
                p("On dérive ", InlineMath("0.25w^4"), " terme à terme :"),
                DisplayMath(LONG),
                DisplayMath(WIDE_MATRIX),
            ),
        ),
        Box(
            "beyond",
            (Text("Pourquoi "), InlineMath("w^{(k)}"), Text(" converge")),
            (
                p("Sur ", InlineMath("]0.5, 4[")),
                DisplayMath(
                    r"\sigma(z) = \begin{cases} 1 & \text{si } z > 0 \\ \frac{1}{2} & \text{sinon}\end{cases}"
                ),
                DisplayMath(LONG),
                Table(((Text("k"),), (Text("w"),), (Text("?"),)), rows[:30], ("right", "right", "left")),
            ),
        ),
    )
    return Document(
        Metadata("Réseaux de neurones", course="Apprentissage", author="A. Martin", date="2025"),
        (
            Box("conventions", (), (p("Les vecteurs sont des colonnes."),)),
            Heading(1, (Text("Exercice 1 — Descente"),)),
            p("On minimise ", InlineMath("f")),
            Figure("curve", (Text("Courbe de "), InlineMath("f")), "Une courbe décroissante"),
            Heading(2, (Text("Question 1 — Itérations de "), InlineMath("f")), points="3"),
            p("On part de ", InlineMath("w^{(0)} = 2")),
            Part(1, (p("Calculer."), *answers)),
            Part(
                2,
                (
                    p("Conclure."),
                    Box(
                        "justification",
                        (),
                        (Table(((Text("k"),), (Text("w"),), (Text("?"),)), rows, ("right",) * 3),),
                    ),
                ),
            ),
            Heading(2, (Text("Question 2"),)),
            Table(
                ((Text("Nom"),), (Text("Rôle"),), (Text("Nature"),)),
                (((InlineMath("W"),), long_cell, long_cell),),
                ("left",) * 3,
            ),
            Box("hint", (), (p("Penser à ", InlineMath(r"\left]-\infty, \frac{1}{2}\right[")),)),
        ),
    )


def test_the_typst_pdf_is_accessible_and_reproducible(tools: None, tmp_path: Path) -> None:
    pikepdf = pytest.importorskip("pikepdf")
    source = write("typst", realistic())
    files = {"figures/curve.svg": SVG}
    pdf = compile_pdf(source, files)
    assert pdf == compile_pdf(source, files)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        metadata = opened.open_metadata()
        assert metadata["pdfuaid:part"] == "1"
        assert "Réseaux de neurones" in metadata["dc:title"]
        assert metadata["dc:creator"] == ["A. Martin"]
        assert str(opened.Root.Lang).startswith("fr")
        assert opened.Root.MarkInfo.Marked
        titles = _outline(opened.Root.Outlines.First)
        assert titles[0] == "Exercice 1 — Descente"
        spoken = _alternatives(opened.Root.StructTreeRoot, set())
    assert "Une courbe décroissante" in spoken
    assert "f prime de w égale w au cube moins 4,5 w au carré" in spoken
    assert not any(set(text) & set("\\{}_^") for text in spoken)


def _outline(item: object) -> list[str]:
    titles = []
    while item is not None:
        titles.append(str(item.Title))  # type: ignore[attr-defined]
        item = item.get("/Next")  # type: ignore[attr-defined]
    return titles


def _alternatives(node: object, seen: set[tuple[int, int]]) -> set[str]:
    """Every /Alt below a structure element."""
    import pikepdf

    if isinstance(node, pikepdf.Array):
        return {text for child in node for text in _alternatives(child, seen)}
    if not isinstance(node, pikepdf.Dictionary) or (node.is_indirect and node.objgen in seen):
        return set()
    seen.add(node.objgen)
    own = {str(node.Alt)} if "/Alt" in node else set()
    return own | (_alternatives(node.K, seen) if "/K" in node else set())


def test_every_formula_of_the_pdf_has_its_words(tools: None) -> None:
    source = write("typst", realistic()).replace(r"\"", '"').replace(r"\\", "\\")
    body = source.split("#for section in")[1]
    assert body.count("$") == 2 * len(re.findall(r'#(?:m|kept|d|long|fitted)\("(?:[^"\\]|\\.)+",\$', body))


def test_pdflatex_takes_the_document_without_a_warning_of_substance(tools: None, tmp_path: Path) -> None:
    pdf, log = _latex_pdf(write("latex", realistic()), tmp_path, passes=3)
    flat = log.replace("\n", "")
    assert not re.findall(r"Warning: (?!Unused|.{0,40}longtable).{0,80}", flat)
    assert "Missing character" not in log
    wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide", log)]
    assert not [points for points in wide if points > 2]
    assert "Réseaux de neurones" in _pdf_text(pdf, tmp_path)


def test_pdflatex_gives_equal_bytes_for_equal_input(tools: None, tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        made.append(_latex_pdf(write("latex", document(p("texte"))), tmp_path / name)[0])
    assert made[0] == made[1]


@pytest.mark.parametrize("lang", languages())
def test_every_language_makes_every_format(lang: str, tools: None, tmp_path: Path) -> None:
    made = replace(realistic(), metadata=replace(realistic().metadata, lang=lang))
    assert write("markdown", made)
    compile_pdf(write("typst", made), {"figures/curve.svg": SVG})
    _latex_pdf(write("latex", made), tmp_path)


def _ink_beyond_margins(pdf: bytes, folder: Path, margin_mm: float) -> list[int]:
    """Pages with something dark outside the side margins."""
    image = pytest.importorskip("PIL.Image")
    (folder / "ink.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "50", "-gray", "ink.pdf", "ink"], cwd=folder, check=True)
    bad = []
    for number, path in enumerate(sorted(folder.glob("ink*.pgm"))):
        with image.open(path) as page:
            edge = int(margin_mm / 25.4 * 50)
            for box in ((0, 0, edge, page.height), (page.width - edge, 0, page.width, page.height)):
                if page.crop(box).getextrema()[0] < 120:
                    bad.append(number)
    return bad


def test_nothing_leaves_the_margins(tools: None, tmp_path: Path) -> None:
    made = realistic()
    typst = compile_pdf(write("typst", made), {"figures/curve.svg": SVG})
    (tmp_path / "t").mkdir()
    (tmp_path / "l").mkdir()
    assert not _ink_beyond_margins(typst, tmp_path / "t", 24)
    latex, _ = _latex_pdf(write("latex", made), tmp_path / "l", passes=2)
    assert not _ink_beyond_margins(latex, tmp_path / "l", 24)
    too_wide = compile_pdf(
        '#set document(title: "t")\n#set page(margin: 2.5cm)\n#box(width: 17cm, height: 1cm, fill: black)', {}
    )
    assert _ink_beyond_margins(too_wide, tmp_path, 24) == [0]


def test_long_lists_deep_lists_and_long_code_stay_on_the_page(tools: None, tmp_path: Path) -> None:
    deep: Block = p("fond")
    for _ in range(7):
        deep = BulletList(((p("niveau"), deep),))
    listed = ", ".join(rf"w^{{({k})}} \approx {k}.25" for k in range(14))
    made = document(
        deep,
        p("On trouve ", InlineMath(listed), " et ", Code("solver." * 25)),
        CodeBlock("    motif = " + "valeur + " * 30),
        OrderedList(1, ((p("a"), OrderedList(4, ((p("b"),),))),)),
        Figure("curve", (), "haute"),
    )
    tall_figure = SVG.replace(b"40pt", b"4000pt")
    (tmp_path / "t").mkdir()
    (tmp_path / "l").mkdir()
    typst = compile_pdf(write("typst", made), {"figures/curve.svg": tall_figure})
    assert not _ink_beyond_margins(typst, tmp_path / "t", 24)
    latex, _ = _latex_pdf(write("latex", made), tmp_path / "l")
    assert not _ink_beyond_margins(latex, tmp_path / "l", 24)
