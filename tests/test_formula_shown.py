"""What both PDFs show, formula by formula.

Converters damage formulas silently (a decimal comma splits a cell, a command is dropped), so compiling is not
enough: each formula stands alone on a page of a pdflatex PDF and of a Typst PDF, and the digits and
letters that
`pdftotext` finds there must be the same, and the same as those of the formula. Shapes are compared on the
source.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import unicodedata
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from formula_samples import SAMPLES

from solver.document.formula import read_formula
from solver.document.formula_tree import Grid, Node, children
from solver.writers.formula_latex import print_latex
from solver.writers.formula_shape import localised
from solver.writers.formula_split import display_form
from solver.writers.formula_typst import print_typst
from solver.writers.typst import compile_pdf

ROOT = Path(__file__).resolve().parents[1]
FRAME = (ROOT / "templates/latex/preamble.tex.j2").read_text(encoding="utf-8")
_UNICODE = (r"\makeatletter\newcommand{\glyphs}", r"\glyphs", r"\input{gly", r"\pdfgento")
GLYPHS = "\n".join(line for line in FRAME.splitlines() if line.startswith(_UNICODE))
PREAMBLE = (
    GLYPHS
    + r"""\documentclass{article}\usepackage[T1]{fontenc}\usepackage{lmodern,textcomp}
\usepackage{amsmath,amssymb,graphicx}\usepackage[paperwidth=60cm,paperheight=30cm,margin=1cm]{geometry}\pagestyle{empty}\begin{document}
"""
)


def _missing_tools() -> list[str]:
    return [tool for tool in ("pdflatex", "pdftotext") if shutil.which(tool) is None]


@pytest.fixture(scope="module")
def tools() -> None:
    missing = _missing_tools()
    if missing and os.environ.get("CI"):
        pytest.fail(f"missing: {missing}")
    if missing:
        pytest.skip(f"missing: {missing}")


def _corpus() -> list[str]:
    """The samples, and the formulas of the corrigés that we ship."""
    found = list(SAMPLES)
    for path in sorted((ROOT / "output").glob("*/corrige.md")):
        text = re.sub(r"(?m)^(?:> ?| )+", "", path.read_text(encoding="utf-8"))
        found += re.findall(r"\$\$(.*?)\$\$", text, re.DOTALL)
        found += re.findall(r"(?<!\\)\$([^$]+)\$", re.sub(r"\$\$.*?\$\$", "", text, flags=re.DOTALL))
    return list(dict.fromkeys(formula.strip() for formula in found))


def _pages(pdf: Path) -> list[str]:
    text = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], capture_output=True, check=True
    ).stdout.decode()
    return text.split("\f")[:-1]


def _shown(page: str) -> Counter[str]:
    """Letters and digits of a page, without styles and accents: where an accent lands depends on the font."""
    plain = unicodedata.normalize("NFKD", page)
    same = str.maketrans({"ϵ": "ε", "ϕ": "φ", "∆": "Δ", "µ": "μ", "Ω": "Ω", "ı": "i", "ȷ": "j", "ϑ": "θ"})
    return Counter(char for char in plain.translate(same) if char.isalnum())


def _latex_pages(formulas: list[str], folder: Path) -> list[str]:
    body = "\n\\clearpage\n".join(f"$\\displaystyle {formula}$" for formula in formulas)
    (folder / "shown.tex").write_text(PREAMBLE + body + "\n\\end{document}\n", encoding="utf-8")
    run = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "shown.tex"],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout.decode("latin1")[-1500:]
    return _pages(folder / "shown.pdf")


def _typst_pages(formulas: list[str], folder: Path) -> list[str]:
    head = (
        '#set document(title: "t")\n#set text(font: "New Computer Modern")\n'
        "#set page(width: 60cm, height: 30cm, margin: 1cm)\n"
    )
    body = "\n#pagebreak()\n".join(
        f'#math.equation(alt: "x", block: true, $ {formula} $.body)' for formula in formulas
    )
    (folder / "typst.pdf").write_bytes(compile_pdf(head + body, {}))
    return _pages(folder / "typst.pdf")


def _differences(latex: list[str], typst: list[str], folder: Path) -> list[int]:
    left, right = _latex_pages(latex, folder), _typst_pages(typst, folder)
    assert len(left) == len(right) == len(latex)
    return [at for at, (a, b) in enumerate(zip(left, right, strict=True)) if _shown(a) != _shown(b)]


def test_both_pdfs_show_the_same_digits_and_letters(tools: None, tmp_path: Path) -> None:
    formulas = _corpus()
    trees = [localised(read_formula(formula), "fr") for formula in formulas]
    latex = [print_latex(tree, "fr") for tree in trees]
    typst = [print_typst(tree, "fr") for tree in trees]
    bad = _differences(latex, typst, tmp_path)
    assert not bad, "\n".join(f"{formulas[at]}\n  LaTeX {latex[at]}\n  Typst {typst[at]}" for at in bad[:5])


def test_the_comparison_sees_planted_faults(tools: None, tmp_path: Path) -> None:
    faults = [
        ("2{,}45", '"2,44"'),
        (r"\hat{y} - y", "hat(y)"),
        (r"\frac{1}{2}", "frac(1, 3)"),
        (r"\text{si } x", "x"),
    ]
    assert _differences([a for a, _ in faults], [b for _, b in faults], tmp_path) == [0, 1, 2, 3]


def _shapes(node: Node) -> list[tuple[int, int]]:
    own = (
        [(len(node.rows), len(node.rows[0]))]
        if isinstance(node, Grid) and node.environment.endswith("matrix")
        else []
    )
    return own + [shape for child in children(node) for shape in _shapes(child)]


def _typst_shapes(source: str) -> list[tuple[int, int]]:
    """Shapes of `mat(…)` in Typst source, reading quotes, escapes and nesting."""
    found = []
    for match in re.finditer(r"\bmat\(", source):
        depth, at, rows, columns, quoted = 1, match.end(), 1, [0], False
        while depth:
            char = source[at]
            if char == "\\":
                at += 2
                continue
            if char == '"':
                quoted = not quoted
            elif not quoted:
                depth += (char == "(") - (char == ")")
                if depth == 1 and char == ";":
                    rows, columns = rows + 1, [*columns, 0]
                elif depth == 1 and char == ",":
                    columns[-1] += 1
            at += 1
        options = len(
            re.findall(
                r"(?:delim|row-gap|column-gap|augment):",
                source[match.end() : at].split(",", 2)[0] + source[match.end() : at],
            )
        )
        del options
        found.append((rows, columns[-1] + (1 if rows > 1 else 0), columns[0]))
    return [(rows, width if rows > 1 else -first) for rows, width, first in found]


@pytest.mark.parametrize("formula", [s for s in SAMPLES if "matrix}" in s])
def test_matrices_keep_their_shape(formula: str) -> None:
    tree = localised(read_formula(formula), "fr")
    latex, typst = print_latex(tree, "fr"), print_typst(tree, "fr")
    expected = _shapes(tree)
    assert _shapes(read_formula(latex)) == expected
    seen = _typst_shapes(typst)
    assert len(seen) == len(expected)
    for (rows, columns), (typst_rows, typst_columns) in zip(expected, seen, strict=True):
        assert typst_rows == rows
        if rows > 1:
            assert typst_columns == columns


@pytest.mark.parametrize("formula", SAMPLES)
def test_printed_latex_reads_back_as_the_same_formula(formula: str) -> None:
    for lang in ("fr", "en"):
        once = print_latex(localised(read_formula(formula), lang), lang)
        again = print_latex(localised(read_formula(once), lang), lang)
        assert once == again


@pytest.mark.parametrize("room", [6.0, 12.0, 25.0])
def test_breaking_a_display_loses_nothing(tools: None, tmp_path: Path, room: float) -> None:
    trees = [localised(read_formula(formula), "fr") for formula in SAMPLES]
    broken = [display_form(tree, room) for tree in trees]
    latex = [print_latex(tree, "fr") for tree in trees]
    assert not _differences(latex, [print_typst(tree, "fr") for tree in broken], tmp_path)
    if room == 12.0:
        assert not _differences(
            [print_latex(tree, "fr") for tree in broken],
            [print_typst(tree, "fr") for tree in trees],
            tmp_path,
        )


_LEAVES = [
    "x", "W'", "2", "0.5", "12345.25", r"\alpha", r"\infty", r"\text{si } ", r"\mathbf{x}", r"\hat{y}",
    r"\ell", r"\mathrm{ReLU}", r"\partial L", "n!", r"\ldots", "f''", r"\mathbb{R}",
    r"\operatorname{diag}", "w^*",
]  # fmt: skip
_FORMS = [
    "A + B", "A - B = C", "A B", "(A)(B)", r"\frac{A}{B}", r"\sqrt{A} B", "{A}^{B}_{C}",
    r"\left(A\right)^2 B",
    r"A \odot B", r"A \leq B, C", "-A / B", r"\begin{pmatrix} A & B \\ C & A \end{pmatrix}", r"\ln(A) \sin B",
    "]A, B[", "|A| B", r"\sum_{A}^{B} C", r"\underbrace{A}_{B} C", r"\max(A, B)", r"\lim_{x \to A} B",
    r"\begin{cases} A & B \\ C & B \end{cases}", r"\overline{A} \quad B", r"\{A ; B\}",
]  # fmt: skip


def _random_formula(rng: Random, depth: int) -> str:
    """A formula drawn from the whole notation, so that neighbours nobody thought of meet."""
    if depth <= 0 or rng.random() < 0.15:
        return rng.choice(_LEAVES)
    inner = {name: _random_formula(rng, depth - 1) for name in "ABC"}
    return re.sub(r"\b[ABC]\b", lambda found: inner[found.group()], rng.choice(_FORMS))


def test_formulas_drawn_at_random_are_shown_alike(tools: None, tmp_path: Path) -> None:
    rng = Random(20)
    formulas = [_random_formula(rng, 3) for _ in range(250)]
    trees = [localised(read_formula(formula), "fr") for formula in formulas]
    bad = _differences([print_latex(t, "fr") for t in trees], [print_typst(t, "fr") for t in trees], tmp_path)
    assert not bad, "\n".join(f"{formulas[at]}\n  {print_typst(trees[at], 'fr')}" for at in bad[:5])
