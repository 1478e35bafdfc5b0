"""The allow-list of formulas: what is on it is read, bracket by bracket; what is not is refused with its
place.

Everything that reaches LaTeX or Typst passes here, so this is also where hostile formulas must stop.
"""

from __future__ import annotations

import pytest
from formula_samples import SAMPLES

from solver.document.formula import MAX_LENGTH, read_formula
from solver.document.formula_symbols import ACCENTS, ALIASES, FUNCTIONS, SYMBOLS
from solver.document.formula_tree import Fenced, Grid, Node, Number, Row, Script, Symbol, children
from solver.errors import CorrigeError
from solver.resources import languages
from solver.writers.formula_breaks import tied
from solver.writers.formula_latex import latex_of, print_latex
from solver.writers.formula_shape import UnprintableError, localised
from solver.writers.formula_speech import spoken, vocabulary
from solver.writers.formula_split import display_form, inline_pieces
from solver.writers.formula_typst import print_typst
from solver.writers.formula_width import width


@pytest.mark.parametrize(
    ("formula", "column", "found"),
    [
        (r"\def\a{b}", 1, r"\def"),
        (r"x + \input{secret}", 5, r"\input"),
        (r"\href{http://x}{y}", 1, r"\href"),
        (r"\catcode`\%=12", 1, r"\catcode"),
        (r"\csname a\endcsname", 1, r"\csname"),
        (r"\write18{ls}", 1, r"\write"),
        (r"\pdfobj{}", 1, r"\pdfobj"),
        (r"\directlua{x}", 1, r"\directlua"),
        (r"\includegraphics{a}", 1, r"\includegraphics"),
        (r"\let\x\y", 1, r"\let"),
        (r"\begin{verbatim}x\end{verbatim}", 8, "verbatim"),
        (r"\begin{pmatrix} 1", 1, "not closed"),
        (r"\begin{pmatrix} 1 \end{bmatrix}", 24, "bmatrix"),
        (r"\left( x", 9, r"\right"),
        (r"x \right)", 3, r"\right"),
        ("{x", 3, "}"),
        ("x}", 2, "}"),
        ("x^", 3, "missing"),
        ("x^12", 3, "braces"),
        ("x^-1", 3, "braces"),
        ("x^2^3", 4, "two exponents"),
        ("a & b", 3, "&"),
        ("^^41", 2, "missing"),
        ("é", 1, "é"),
        ("x # y", 3, "#"),
        ("$x$", 1, "$"),
        (r"\text{a$b$}", 8, "$"),
        (r"\text{\input{x}}", 13, "{"),
        (r"\text{\input x}", 7, "\\"),
        (r"\unknown", 1, r"\unknown"),
        (r"\begin{array}{p{3cm}} x \end{array}", 16, "{"),
        ("x\x00y", 2, "\x00"),
    ],
)
def test_formulas_off_the_list_are_refused_with_their_place(formula: str, column: int, found: str) -> None:
    with pytest.raises(CorrigeError) as caught:
        read_formula(formula)
    assert found in caught.value.message
    assert caught.value.span is not None
    assert (caught.value.span.line, caught.value.span.column) == (1, column)
    assert caught.value.source == formula


@pytest.mark.parametrize(
    "formula",
    [
        "{" * 5000,
        r"\sqrt" * 3000 + "x",
        r"\frac{" * 5000,
        r"\left(" * 3000,
        "x^{" * 3000,
        "_" * 3000,
        "(" * 3000 + ")" * 3000,
    ],
)
def test_deep_formulas_are_refused_or_read_never_a_crash(formula: str) -> None:
    try:
        tree = read_formula(formula)
        print_latex(localised(tree, "fr"), "fr")
    except CorrigeError:
        pass


def test_a_formula_too_long_is_refused() -> None:
    with pytest.raises(CorrigeError, match="characters"):
        read_formula("x" * (MAX_LENGTH + 1))


def test_the_place_counts_lines() -> None:
    with pytest.raises(CorrigeError) as caught:
        read_formula("x\n+ \\foo")
    assert caught.value.span is not None
    assert (caught.value.span.line, caught.value.span.column) == (2, 3)


def _fences(node: Node) -> list[str]:
    own = [node.left + node.right] if isinstance(node, Fenced) else []
    return own + [pair for child in children(node) for pair in _fences(child)]


@pytest.mark.parametrize(
    ("formula", "pairs"),
    [
        ("]0, 1[", ["]["]),
        (r"[0, +\infty[", ["[["]),
        (r"]-\infty, 0] \cup [1, 2]", ["]]", "[]"]),
        (r"x \in ]0, 1[ \setminus \{2\}", ["][", r"\{\}"]),
        ("(0, 1]", ["(]"]),
        ("f(g(x))", ["()", "()"]),
        ("|x| + |y|", ["||", "||"]),
        ("|x - |y||", ["||", "||"]),
        ("|x|y", ["||"]),
        (r"2|x - y| \to 0", ["||"]),
        (r"0.5^{k}\,|w - v|", ["||"]),
        (r"[|x|, 2[", ["[[", "||"]),
        (r"f(x)|_{x=1}", ["()"]),
        (r"\{x | x > 0\}", [r"\{\}"]),
        (r"\|g\|", [r"\|\|"]),
        ("W[i]", ["[]"]),
        ("P(A|B)", ["()"]),
        ("a)", []),
        ("(1 + 2)^2", ["()"]),
        ("[[1, 2], [3, 4]]", ["[]", "[]", "[]"]),
        ("]a, b[^2", ["]["]),
    ],
)
def test_bare_brackets_are_paired_as_meant(formula: str, pairs: list[str]) -> None:
    assert sorted(_fences(read_formula(formula))) == sorted(pairs)


@pytest.mark.parametrize(
    ("formula", "french", "english"),
    [
        ("2.45", "2{,}45", "2.45"),
        ("2{,}45", "2{,}45", "2.45"),
        ("12345.5", r"12\,345{,}5", r"12\,345.5"),
        ("1000", "1000", "1000"),
        ("]0, 1[", r"\mathopen{]}0 \mathbin{;} 1\mathclose{[}", "(0, 1)"),
        ("f(a, b)", "f(a, b)", "f(a, b)"),
        ("f(0.5, 1)", r"f(0{,}5 \mathbin{;} 1)", "f(0.5, 1)"),
        ("[x_1, x_2]", "[x_1, x_2]", "[x_1, x_2]"),
        (r"x \in [a, b]", r"x \in [a \mathbin{;} b]", r"x \in [a, b]"),
        (r"\alpha = 0.5, \beta = 2", r"\alpha = 0{,}5 \mathbin{;} \beta = 2", r"\alpha = 0.5, \beta = 2"),
        ("x^{0.5}", "x^{0{,}5}", "x^{0.5}"),
        (r"0.5,\;1", r"0{,}5 \mathbin{;} 1", r"0.5, \;1"),
    ],
)
def test_numbers_and_lists_follow_the_language(formula: str, french: str, english: str) -> None:
    assert latex_of(formula, "fr") == french
    assert latex_of(formula, "en") == english


@pytest.mark.parametrize(
    ("formula", "french"),
    [
        (r"f'(w) = w^3 - \frac{9}{2}w^2", "f prime de w égale w au cube moins 9 sur 2 w au carré"),
        (r"w^{(1)} = 2.45", "w exposant 1 égale 2,45"),
        (r"\frac{\partial L}{\partial \hat{y}}", "dérivée partielle de grand L par rapport à y chapeau"),
        (r"x \in ]0, 1]", "x appartient à intervalle de 0 exclu à 1 inclus"),
        (r"{W'}^\top", "grand W prime transposée"),
        (r"w^*", "w étoile"),
        (r"\begin{pmatrix} 1 \\ 2.5 \end{pmatrix}", "vecteur colonne : 1; 2,5"),
        (r"\mathbb{R}", "l’ensemble des réels"),
        (r"a \odot b", "a produit terme à terme b"),
        (r"\sqrt{2}", "racine carrée de 2"),
        (
            r"\frac{d}{dx}(x^2)",
            "dérivée par rapport à x de parenthèse ouvrante x au carré parenthèse fermante",
        ),
        (r"w \to a \to L", "w vers a vers grand L"),
        (r"f(x) \to 0", "f de x tend vers 0"),
        ("(0, 1)", "parenthèse ouvrante 0; 1 parenthèse fermante"),
    ],
)
def test_formulas_are_spoken_in_french(formula: str, french: str) -> None:
    assert spoken(formula, "fr") == french


@pytest.mark.parametrize("lang", languages())
def test_every_symbol_has_a_word_in_every_language(lang: str) -> None:
    words = vocabulary(lang)
    missing = [name for name in SYMBOLS if name not in words["symbols"]]
    missing += [name for name in FUNCTIONS if name not in words["functions"]]
    assert not missing
    assert set(words["forms"]) == set(vocabulary("fr")["forms"])
    assert all(word for word in words["symbols"].values())


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("formula", SAMPLES)
def test_everything_is_spoken_and_nothing_of_the_markup(formula: str, lang: str) -> None:
    said = spoken(formula, lang)
    assert said
    assert not set(said) & set("\\{}_^$&")


def test_accents_and_aliases_are_complete() -> None:
    for lang in languages():
        forms = vocabulary(lang)["forms"]
        assert all(
            {"widehat": "hat", "widetilde": "tilde", "overline": "bar"}.get(a, a) in forms for a in ACCENTS
        )
    for name in ALIASES.values():
        read_formula(name if name not in (r"\{", "[", r"\}", "]") else rf"\left{name} x \right.")


def test_printers_refuse_an_unknown_node() -> None:
    class Stranger(Node):
        pass

    row = Row((Symbol("x", "ordinary"), Stranger()))
    for printer in (lambda: print_latex(row, "fr"), lambda: print_typst(row, "fr")):
        with pytest.raises(UnprintableError, match="Stranger"):
            printer()
    from solver.writers.formula_speech import speak

    with pytest.raises(UnprintableError, match="Stranger"):
        speak(row, "fr")


def test_wide_displays_are_broken_to_fit() -> None:
    terms = " + ".join(rf"\frac{{\partial L}}{{\partial W_{{{i}}}}} x_{{{i}}}" for i in range(1, 30))
    for formula in (
        f"S = {terms}",
        terms,
        rf"a = b\left({terms}\right)",
        rf"\begin{{aligned}} S &= {terms} \\ T &= 1 \end{{aligned}}",
        r"\begin{aligned} a &= w_1 x + w_2 y + b, & \quad c &= w_1 x + w_2 y + d, & "
        r"e &= w_1 x + w_2 y + f, & g &= h + i + j + k \end{aligned}",
        r"f(w) = " + " = ".join(["w^4 - 3 w^3 + 2 w^2 - 7 w + 1"] * 6),
        " \\qquad ".join([r"z_1 = w_{11} x_1 + w_{12} x_2 + b_1"] * 5),
        r"\boxed{" + " = ".join(["w^4 - 3 w^3 + 2 w^2 - 7 w + 1"] * 6) + "}",
    ):
        tree = read_formula(formula)
        assert width(tree) > 40
        broken = display_form(tree, 38.0)
        assert width(broken) <= 38.0, formula


def test_a_display_that_fits_is_left_alone() -> None:
    tree = read_formula("a = b + c")
    assert display_form(tree, 38.0) == tree


def test_reading_gives_the_plain_tree() -> None:
    assert read_formula("w^2") == Script(Symbol("w", "ordinary"), 0, None, Number("2"))
    grid = read_formula(r"\begin{pmatrix} 1 & 2 \\ 3 \end{pmatrix}")
    assert isinstance(grid, Grid)
    assert [len(row) for row in grid.rows] == [2, 2]


@pytest.mark.parametrize(
    ("formula", "english"),
    [
        (r"x \in ]0, 1[", r"x \in (0, 1)"),
        (r"[0, +\infty[", r"[0, +\infty)"),
        (r"\left]-\infty, \frac{1}{2}\right]", r"\left(-\infty, \frac{1}{2}\right]"),
        (r"[0, 1]", r"[0, 1]"),
        (r"\frac{]0, 1[}{2}", r"\frac{(0, 1)}{2}"),
    ],
)
def test_intervals_follow_the_language(formula: str, english: str) -> None:
    assert latex_of(formula, "en") == latex_of(english, "en")
    assert "(" not in latex_of(formula, "fr")


@pytest.mark.parametrize(
    ("formula", "semicolon"),
    [
        (r"[\theta - h, \theta + h]", True),
        (r"]a, b[^2", True),
        (r"[0, 1]^n", True),
        (r"[x_1, x_2]^\top", False),
        (r"f(x, y)", False),
        (r"\left(1, \frac{\pi}{3}\right)", True),
        (r"(-\sqrt{2}, e^{-1})", True),
        (r"(2\pi, \ln(2))", True),
        (r"(a, \pi)", False),
        (r"(1, x^{2})", False),
    ],
)
def test_a_french_interval_has_a_semicolon(formula: str, semicolon: bool) -> None:
    assert (";" in latex_of(formula, "fr")) == semicolon
    assert ";" not in latex_of(formula, "en")


def test_a_semicolon_at_the_end_of_a_formula_keeps_its_space() -> None:
    pieces = inline_pieces(", ".join(f"f(w^{{({k})}}) = {k}.5" for k in range(5)), "fr")
    assert len(pieces) == 5
    assert all(print_latex(piece, "fr").endswith(r"\:\mathord{;}") for piece in pieces[:-1])


def held(node: Node) -> list[str]:
    """The signs after which no line begins, in order."""
    if isinstance(node, Symbol):
        return [node.name] if node.kind.startswith("held") else []
    inner = getattr(node, "items", None) or [getattr(node, "content", None)]
    return [name for child in inner if child is not None for name in held(child)]


@pytest.mark.parametrize(
    ("formula", "signs"),
    [
        (r"w^* = \frac{7 + \sqrt{145}}{4} \approx 4.5", [r"\approx"]),
        (r"w \approx 4.5", []),
        (r"q = 1 - \alpha f''(w)", ["-"]),
        (r"g(w) = -w + 1", ["+"]),
        (r"I = [c - r, c + r]", ["-", "+"]),
        (r"1 - \tanh(x) \sim 2 e^{-2x}", ["-", r"\sim"][:1]),
        ("a = b_1" + " + b_1" * 12, []),
        (r"x + 1", []),
    ],
)
def test_a_formula_in_a_line_is_broken_at_few_places(formula: str, signs: list[str]) -> None:
    tree = tied(localised(read_formula(formula), "fr"))
    assert held(tree) == signs
    assert print_typst(tree, "fr").count('class("normal", ') >= len(signs)


def test_a_broken_row_says_its_left_side_once() -> None:
    term = " + ".join(f"x_{{{i}}}" for i in range(1, 25))
    chain = " = ".join([term] * 4)
    tree = read_formula(rf"\begin{{aligned}} w &= {chain} \\ v &= 1 \end{{aligned}}")
    broken = display_form(tree, 38.0)
    assert isinstance(broken, Grid)
    said = [print_latex(row[0], "en") for row in broken.rows]
    assert len(said) >= 5
    assert [name for name in said if name] == ["w", "v"]
