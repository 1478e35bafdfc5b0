"""The house LaTeX: order kept, brackets where reading needs them, and the same formulas from SymPy values."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp

from solver.document.formula import read_formula
from solver.expression.bridge import from_sympy, to_sympy
from solver.expression.functions import FUNCTIONS
from solver.expression.latex import latex
from solver.expression.plain import plain
from solver.expression.reader import read_expression
from solver.expression.sympy_text import sympy_text
from solver.expression.tree import Apply, Derivative, Expr, Number, Product, Quotient, Sum, Symbol, number

x, y, w = Symbol("x"), Symbol("y"), Symbol("w")

PRINTED = [
    ("0.25w^4 - 1.5w^3 - 1.25w^2 + 6w", "0.25w^{4} - 1.5w^{3} - 1.25w^{2} + 6w"),
    ("y_hat - y", r"\hat{y} - y"),
    ("2*x*3", r"2x \cdot 3"),
    ("2*3", r"2 \cdot 3"),
    ("3*2^x", r"3 \cdot 2^{x}"),
    ("2(-3)", r"2 \cdot (-3)"),
    ("x*(-2)", r"x \cdot (-2)"),
    ("(-2)^2", "(-2)^{2}"),
    ("(1/2)^3", r"\left(\frac{1}{2}\right)^{3}"),
    ("-(x+1)", "-(x + 1)"),
    ("x-(y-z)", "x - (y - z)"),
    ("x-(-y)", "x - (-y)"),
    ("x(x+1)", "x(x + 1)"),
    ("f*(x+1)", r"f \cdot (x + 1)"),
    ("sigma*(x+1)", r"\sigma \cdot (x + 1)"),
    ("loss*x", r"\mathrm{loss} \cdot x"),
    ("alpha x", r"\alpha x"),
    ("w_1 x + w_2 y", "w_{1} x + w_{2} y"),
    ("w_1_2", "w_{1,2}"),
    ("x_max", r"x_{\mathrm{max}}"),
    ("x/2", r"\frac{x}{2}"),
    ("(x+1)/(x-1)", r"\frac{x + 1}{x - 1}"),
    ("x*(1/2)", r"x \cdot \frac{1}{2}"),
    ("(x/2)(y/3)", r"\frac{x}{2} \cdot \frac{y}{3}"),
    ("e^(-x)", "e^{-x}"),
    ("(e^x)^2", "(e^{x})^{2}"),
    ("sqrt(x+1)", r"\sqrt{x + 1}"),
    ("cbrt(x)", r"\sqrt[3]{x}"),
    ("root(x, 5)", r"\sqrt[5]{x}"),
    ("|x-1|", r"\left|x - 1\right|"),
    ("log(x, 2)", r"\log_{2}(x)"),
    ("sin(x/2)", r"\sin\left(\frac{x}{2}\right)"),
    ("sin^2(x)", r"\sin^{2}(x)"),
    ("asin(x)", r"\arcsin(x)"),
    ("1/sin(x)", r"\frac{1}{\sin(x)}"),
    ("sigmoid(z)^2", r"\sigma(z)^{2}"),
    ("relu(x)", r"\operatorname{ReLU}(x)"),
    ("max(0, x)", r"\max(0, x)"),
    ("Piecewise((0, x < 0), (x, True))", r"\begin{cases} 0 & x < 0 \\ x & x \geq 0 \end{cases}"),
    (
        "Piecewise((3, x > 2), (1, x >= 0), (0, True))",
        r"\begin{cases} 3 & x > 2 \\ 1 & 0 \leq x \leq 2 \\ 0 & x < 0 \end{cases}",
    ),
    (
        "Piecewise((1, x <= 0), (2, x <= 1), (3, x < 2), (4, True))",
        r"\begin{cases} 1 & x \leq 0 \\ 2 & 0 < x \leq 1 \\ 3 & 1 < x < 2 \\ 4 & x \geq 2 \end{cases}",
    ),
    (
        "Piecewise((0, x < 0), (0, x > 6), (1, True))",
        r"\begin{cases} 0 & x < 0 \\ 0 & x > 6 \\ 1 & x \geq 0,\; x \leq 6 \end{cases}",
    ),
    (
        "Piecewise((0, x < -3), (x, x < 3), (1, True))",
        r"\begin{cases} 0 & x < -3 \\ x & -3 \leq x < 3 \\ 1 & x \geq 3 \end{cases}",
    ),
    ("pi r^2", r"\pi r^{2}"),
    ("x(sin(x)+1)", r"x(\sin(x) + 1)"),
]


@pytest.mark.parametrize(("text", "expected"), PRINTED)
def test_printed(text: str, expected: str) -> None:
    assert latex(read_expression(text)) == expected


@pytest.mark.parametrize(("text", "_"), PRINTED)
def test_what_is_printed_is_on_the_allow_list(text: str, _: str) -> None:
    read_formula(latex(read_expression(text)))


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_prints_reads_back_and_has_a_sympy_text(name: str) -> None:
    least, _ = FUNCTIONS[name].arity
    arguments: tuple[Expr, ...] = (x, number(5))[:least] if least <= 2 else ()
    tree = Apply(name, arguments)
    read_formula(latex(tree))
    read_formula(latex(Apply(name, (Quotient(x, number(2)), *arguments[1:]))))
    assert read_expression(latex(tree)) in (tree, Apply("log", arguments))
    assert read_expression(plain(tree)) == tree
    assert sympy_text(tree)


DERIVATIVES = [
    (Derivative(read_expression("x^2"), x), r"\frac{d}{dx}(x^{2})"),
    (Derivative(read_expression("a x^2"), x), r"\frac{\partial}{\partial x}(a x^{2})"),
    (Derivative(x, x), r"\frac{d}{dx}(x)"),
    (Derivative(Symbol("L"), Symbol("y_hat")), r"\frac{\partial L}{\partial \hat{y}}"),
    (
        Product((Derivative(read_expression("x+1"), x), read_expression("x-1"))),
        r"\frac{d}{dx}(x + 1) \cdot (x - 1)",
    ),
    (Derivative(read_expression("alpha^2"), Symbol("alpha")), r"\frac{d}{d \alpha}(\alpha^{2})"),
]


@pytest.mark.parametrize(("tree", "expected"), DERIVATIVES)
def test_derivatives(tree: Expr, expected: str) -> None:
    assert latex(tree) == expected


def test_names_of_network_quantities_are_kept() -> None:
    a = Symbol("a1_2", r"a^{(1)}_{2}")
    gradient = Symbol("dL_dz2", r"\frac{\partial L}{\partial z^{(2)}}")
    assert latex(read_expression("x^2")) == "x^{2}"
    assert latex(Product((gradient, a))) == r"\frac{\partial L}{\partial z^{(2)}} \, a^{(1)}_{2}"
    from solver.expression.tree import Power

    assert latex(Power(a, number(2))) == r"(a^{(1)}_{2})^{2}"


def test_numbers() -> None:
    assert latex(3) == "3"
    assert latex(Fraction(-3, 4)) == r"-\frac{3}{4}"
    assert latex(Number(Fraction(1, 20), True)) == "0.05"
    assert latex(Number(Fraction(1, 3), True)) == r"\frac{1}{3}"
    with pytest.raises(TypeError):
        latex(True)


X = sp.Symbol("x", real=True)
SYMPY = [
    (sp.Symbol("y_hat", real=True) - sp.Symbol("y", real=True), r"\hat{y} - y"),
    (X**3 - 2 * X + 1, "x^{3} - 2x + 1"),
    (1 - X, "1 - x"),
    (X / 2, r"\frac{x}{2}"),
    (-X / (X + 1), r"-\frac{x}{x + 1}"),
    (sp.exp(-X) * X, "x e^{-x}"),
    (sp.sqrt(X**2 + 1), r"\sqrt{x^{2} + 1}"),
    (sp.Max(0, X), r"\max(0, x)"),
    (sp.sin(X) ** 2, r"\sin^{2}(x)"),
    (sp.log(X), r"\ln(x)"),
    (sp.Rational(-7, 3), r"-\frac{7}{3}"),
    (sp.Piecewise((0, X < 0), (X, True)), r"\begin{cases} 0 & x < 0 \\ x & x \geq 0 \end{cases}"),
    (sp.pi * X**2, r"\pi x^{2}"),
]


@pytest.mark.parametrize(("value", "expected"), SYMPY)
def test_from_sympy_as_a_teacher_writes(value: sp.Basic, expected: str) -> None:
    assert latex(value) == expected
    assert to_sympy(from_sympy(value)) == value


def test_json_text_keeps_what_sympy_would_merge() -> None:
    tree = Derivative(read_expression("x^2"), x)
    assert sympy_text(tree) == "Derivative(x**2, x)"
    assert sympy_text(read_expression("2(x+1)")) == "2*(x + 1)"
    assert sympy_text(Sum((x, x))) == "x + x"


@pytest.mark.parametrize(("text", "_"), PRINTED)
def test_json_text_has_the_value_of_the_tree(text: str, _: str) -> None:
    """Read by SymPy's own parser, with every name a real symbol, as a user of the JSON does."""
    from sympy.parsing.sympy_parser import parse_expr

    from solver.expression.evaluate import ball
    from solver.expression.tree import symbols

    tree = read_expression(text)
    values = {s.name: Fraction(7 + i, 11) for i, s in enumerate(symbols(tree))}
    names = {name: sp.Symbol(name, real=True) for name in values}
    theirs = parse_expr(sympy_text(tree), local_dict=dict(names))
    theirs = theirs.subs({names[n]: sp.Rational(v.numerator, v.denominator) for n, v in values.items()})
    ours = ball(tree, values, bits=80)
    assert abs(float(sp.N(theirs, 20)) - float(ours.mid())) < 1e-12 * (1 + abs(float(ours.mid())))
