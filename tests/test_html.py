"""The HTML page: well-formed MathML that shows what the LaTeX shows, and a page that a browser opens."""

from __future__ import annotations

import re
import subprocess
import unicodedata
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import ROOT, needs
from formula_samples import SAMPLES

from solver.assembly import Options
from solver.document.nodes import Document, InlineMath, Link, Metadata, Paragraph, Text
from solver.pipeline import build
from solver.resources import terms
from solver.writers.formula_mathml import mathml
from solver.writers.html import write_html

CORE = {
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup",
    "munder", "mover", "munderover", "mtable", "mtr", "mtd", "mstyle",
}  # fmt: skip
CHILDREN = {
    "mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3,
}  # fmt: skip


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("formula", SAMPLES)
def test_every_construct_is_well_formed(formula: str, lang: str) -> None:
    root = ElementTree.fromstring(mathml(formula, lang, display=True))
    for node in root.iter():
        assert node.tag in CORE
        assert len(node) == CHILDREN.get(node.tag, len(node)), ElementTree.tostring(node)
    assert root.attrib["alttext"]


def shown(formula: str) -> str:
    root = ElementTree.fromstring(mathml(formula, "fr"))
    text = "".join(root.itertext())
    return unicodedata.normalize("NFKD", text).replace("\u2061", "")


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (r"f'(w) = w^3 - 4.5w^2 + 6", "f′(w)=w3−4,5w2+6"),
        (r"\frac{49}{20} = 2.45", "4920=2,45"),
        (r"x \in ]0, 1[", "x∈]0;1["),
        (r"\mathbf{x} \in \mathbb{R}^{3}", "x∈R3"),
        (r"\operatorname{ReLU}(x) = \max(0, x)", "ReLU(x)=max(0,x)"),
        (r"12345.25", "12 345,25"),
    ],
)
def test_what_is_shown(formula: str, text: str) -> None:
    assert shown(formula).replace(" ", "") == text.replace(" ", "")


def test_signs_are_told_from_operations() -> None:
    assert 'form="prefix">−' in mathml("a = -b", "en")
    assert 'form="prefix">−' in mathml("-b", "en")
    assert "prefix" not in mathml("a - b", "en")


def test_a_style_is_a_range_of_letters() -> None:
    assert "𝐱" in mathml(r"\mathbf{x}", "en")
    assert "ℝ" in mathml(r"\mathbb{R}", "en")
    assert "ℒ" in mathml(r"\mathcal{L}", "en")
    assert "𝜹" in mathml(r"\boldsymbol{\delta}", "en")


class Tags(HTMLParser):
    """The tags of a page, and whether each is closed where it must be."""

    EMPTY = ("meta", "img", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: Counter[str] = Counter()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen[tag] += 1
        self.targets += [v or "" for k, v in attributes if k in ("href", "src") or k.startswith("on")]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page(*content: Text | InlineMath | Link) -> str:
    made = Document(Metadata('<b>Titre</b> & "fin"'), (Paragraph(content),))
    return write_html(made, figure_path=lambda name: f"figures/{name}.svg", terms=terms("fr"))


def test_text_never_becomes_markup() -> None:
    hostile = "<script>alert(1)</script> & \"x\" 'y' </math> <!-- \x00 -->"
    text = page(
        Text(hostile),
        InlineMath(r"\text{<img src=x onerror=y>} < 1"),
        Link("https://a.b/?x=\"'<>", (Text("<i>"),)),
    )
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    assert not {"script", "img", "i", "b"} & set(tags.seen)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("html")
    (made,) = build(ROOT / "sheets" / "retropropagation.md", folder, Options(formats=("html",))).paths
    return made


def test_the_page_is_whole_and_fetches_nothing(built: Path) -> None:
    tags = Tags()
    tags.feed(built.read_text("utf-8"))
    assert tags.open == []
    assert tags.seen["math"] > 300
    assert "script" not in tags.seen
    assert all(re.fullmatch(r"corrige-figures/[\w-]+\.svg", target) for target in tags.targets)
    assert all((built.parent / target).exists() for target in tags.targets)


def test_a_browser_opens_it(built: Path, tmp_path: Path) -> None:
    needs("chromium")
    needs("pdftotext")
    printed = tmp_path / "page.pdf"
    done = subprocess.run(
        [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={tmp_path / 'profile'}", f"--print-to-pdf={printed}", built.as_uri(),
        ],
        capture_output=True,
        timeout=120,
    )  # fmt: skip
    assert printed.exists(), done.stderr[-2000:]
    text = subprocess.run(["pdftotext", printed, "-"], capture_output=True, check=True).stdout.decode()
    assert "Résultat" in text
    assert text.count("Justification") > 20
    assert "3,07150625" in text.replace(" ", "")
