"""The notation that lecturers type: each row says how a text is read, or why it is refused.

A misreading is the one fault that no check behind the reader can see, so both tables are long.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.derivation.check import same
from solver.errors import ExpressionError
from solver.expression.latex import latex
from solver.expression.plain import plain
from solver.expression.reader import read_definition, read_equation, read_expression
from solver.expression.sympy_text import sympy_text

READ = [
    # text, SymPy text of the tree
    ("2x", "2*x"),
    ("3(x+1)", "3*(x + 1)"),
    ("x(x+1)", "x*(x + 1)"),
    ("w x", "w*x"),
    ("w_1x", "w_1*x"),
    ("w1 x", "w1*x"),
    ("xy", "xy"),
    ("(x+1)(x-1)", "(x + 1)*(x - 1)"),
    ("(x+1)2", "(x + 1)*2"),
    ("2 x y", "2*x*y"),
    ("-x^2", "-x**2"),
    ("(-x)^2", "(-x)**2"),
    ("2^3^2", "2**(3**2)"),
    ("x**2", "x**2"),
    ("x^-2", "x**(-2)"),
    ("2^-x", "2**(-x)"),
    ("a/b*c", "a/b*c"),
    ("a/b/c", "a/b/c"),
    ("2x/3", "2*x/3"),
    ("1/2*x", "1/2*x"),
    ("7/2 w", "7/2*w"),
    ("x - -1", "x - (-1)"),
    ("--x", "-(-x)"),
    ("+x", "x"),
    ("2*-x", "2*(-x)"),
    ("0.25w^4", "1/4*w**4"),
    (".5x", "1/2*x"),
    ("2e-3", "1/500"),
    ("2e-3x", "1/500*x"),
    ("1.5e2", "150"),
    ("2e", "2*exp(1)"),
    ("2e^x", "2*exp(x)"),
    ("e^x", "exp(x)"),
    ("exp(x)", "exp(x)"),
    ("x e^x", "x*exp(x)"),
    ("2pi x", "2*pi*x"),
    ("π x", "pi*x"),
    ("ln(x)", "log(x)"),
    ("log(x)", "log(x)"),
    ("log(x, 2)", "log(x)/log(2)"),
    ("log2(x)", "log(x)/log(2)"),
    ("log10(x)", "log(x)/log(10)"),
    ("log_3(x)", "log(x)/log(3)"),
    (r"\log_{2}(x)", "log(x)/log(2)"),
    ("sin 2x", "sin(2*x)"),
    ("sin x cos x", "sin(x)*cos(x)"),
    ("sin x/x", "sin(x)/x"),
    ("sin x y", "sin(x*y)"),
    ("sin^2(x)", "sin(x)**2"),
    ("sin^2 x", "sin(x)**2"),
    ("sin²(x)", "sin(x)**2"),
    ("sin^-1(x)", "asin(x)"),
    ("sin^{-1} x", "asin(x)"),
    ("tanh^-1(x)", "atanh(x)"),
    ("sin(x)^2", "sin(x)**2"),
    ("sin(x)cos(x)", "sin(x)*cos(x)"),
    ("ln sin x", "log(sin(x))"),
    ("sin x^2", "sin(x**2)"),
    ("sin 2(x+1)", "sin(2*(x + 1))"),
    ("2 sin x + 1", "2*sin(x) + 1"),
    ("|x|", "Abs(x)"),
    ("2|x||y|", "2*Abs(x)*Abs(y)"),
    ("||x| - 1|", "Abs(Abs(x) - 1)"),
    ("|x-1|^2", "Abs(x - 1)**2"),
    (r"\left|x\right|", "Abs(x)"),
    ("abs(x)", "Abs(x)"),
    ("x²", "x**2"),
    ("x⁻¹", "x**(-1)"),
    ("x¹⁰", "x**10"),
    ("√x", "sqrt(x)"),
    ("√(x+1)", "sqrt(x + 1)"),
    ("x²·√(x)", "x**2*sqrt(x)"),
    ("∛x", "sign(x)*Abs(x)**(1/3)"),
    ("x − 1", "x - 1"),
    ("2×x", "2*x"),
    ("2·x", "2*x"),
    ("α x", "alpha*x"),
    ("αx", "alpha*x"),
    ("λ(x+1)", "lamda*(x + 1)"),
    ("alpha(x+1)", "alpha*(x + 1)"),
    ("lambda x", "lamda*x"),
    ("σ(x)", "1/(1 + exp(-x))"),
    ("sigma(x)", "1/(1 + exp(-x))"),
    ("sigma x", "sigma*x"),
    ("sigma^2", "sigma**2"),
    ("sigmoid(3w+1)", "1/(1 + exp(-(3*w + 1)))"),
    ("relu(2x)", "Max(0, 2*x)"),
    ("ReLU(x)", "Max(0, x)"),
    ("max(0, x)", "Max(0, x)"),
    ("Max(0, x)", "Max(0, x)"),
    ("min(x, 1, y)", "Min(x, 1, y)"),
    ("max(0,5)", "Max(0, 5)"),
    ("sign(x)", "sign(x)"),
    ("arctan(x)", "atan(x)"),
    ("pow(x, 3)", "x**3"),
    ("root(x, 3)", "sign(x)*Abs(x)**(1/3)"),
    ("root(x, 2)", "sqrt(x)"),
    ("cbrt(x)", "sign(x)*Abs(x)**(1/3)"),
    ("Piecewise((0, x < 0), (x, True))", "Piecewise((0, x < 0), (x, True))"),
    ("Piecewise((-x, x <= 0), (x^2, x > 1), (0, True))", "Piecewise((-x, x <= 0), (x**2, x > 1), (0, True))"),
    (r"\frac{x^3}{1+e^{-x}}", "x**3/(1 + exp(-x))"),
    (r"\frac12 x", "1/2*x"),
    (r"\frac{1}{2}x", "1/2*x"),
    (r"\dfrac{x}{2}", "x/2"),
    (r"\sqrt{x}", "sqrt(x)"),
    (r"\sqrt[3]{x}", "sign(x)*Abs(x)**(1/3)"),
    (r"\left(x+1\right)^{2}", "(x + 1)**2"),
    (r"\sin(2x)", "sin(2*x)"),
    (r"\sin 2x", "sin(2*x)"),
    (r"\sin^{2}(x)", "sin(x)**2"),
    (r"2 \cdot x \times y", "2*x*y"),
    (r"\sigma(z)(1-\sigma(z))", "1/(1 + exp(-z))*(1 - 1/(1 + exp(-z)))"),
    (r"\sigma\left(\frac{x}{2}\right)", "1/(1 + exp(-x/2))"),
    (r"\operatorname{ReLU}(x)", "Max(0, x)"),
    (r"\hat{y} - y", "y_hat - y"),
    ("ŷ - y", "y_hat - y"),
    (r"w_{12}", "w_12"),
    (r"w_{1,2}", "w_1_2"),
    (r"x_{\text{max}}", "x_max"),
    ("x₁ + x₂", "x_1 + x_2"),
    (r"\alpha_1", "alpha_1"),
    (r"0{,}25x", "1/4*x"),
    (
        r"\begin{cases} 0 & \text{si } x < 0 \\ x & \text{sinon} \end{cases}",
        "Piecewise((0, x < 0), (x, True))",
    ),
    (r"\begin{cases} 0 & x < 0 \\ x & x \geq 0 \end{cases}", "Piecewise((0, x < 0), (x, x >= 0))"),
    ("leaky_relu(x, 0.1)", "Piecewise((1/10*x, x < 0), (x, True))"),
    ("softplus(x)", "log(1 + exp(x))"),
    ("logit(x)", "log(x/(1 - x))"),
]

REFUSED = [
    # text, a piece of the message or hint
    ("", "found nothing"),
    ("   ", "found nothing"),
    ("__import__('os')", "“_”"),
    ("3 +", "ends after “+”"),
    ("* x", "expected"),
    ("sin", "needs an argument"),
    ("sin + 1", "needs an argument"),
    ("max", "needs"),
    ("foo(x)", "not a known function"),
    ("sgm(x)", "sgn"),
    ("sqr(x)", "sqrt"),
    ("sinx", "sin(x)"),
    ("ln2 x", "ln(2)"),
    ("sqrt2", "sqrt(2)"),
    ("xy(2)", "x*y"),
    ("1/2x", "(1/2)*x or 1/(2*x)"),
    ("x/2y", "(x/2)*y or x/(2*y)"),
    ("1/x y", "ambiguous"),
    ("1/2(x+1)", "ambiguous"),
    ("1/(2)(x+1)", "ambiguous"),
    ("2x/3x", "ambiguous"),
    ("2 3x", "two numbers side by side"),
    ("2.3.4", "not a number"),
    ("x 2", "follows"),
    ("9^9^9^9", "exponent"),
    ("x^99999", "exponent"),
    ("10^9999", "digits"),
    (")x(", "closes nothing"),
    ("(x", "never closed"),
    ("|x", "never closed"),
    ("(x]", "does not close"),
    ("x = 3", "not a relation"),
    ("x < 3", "not a relation"),
    ("0,25x", "decimals are written with a point"),
    ("max(0,5, x)", "ambiguous"),
    ("x, y", "operator"),
    ("sin x(x+1)", "ambiguous"),
    ("√2x", "ambiguous"),
    ("x^{(2)}", "index"),
    ("x'", "prime"),
    ("f'", "parentheses"),
    ("x!", "factorials"),
    ("5%", "not read"),
    ("x_", "“_”"),
    ("$x$", "without the dollars"),
    ("x; import os", "cannot be the name"),
    ("lambda: 0", "“:”"),
    ("x.y", "not a character"),
    ("'a'", "prime"),
    ("[x]", "expected"),
    ("{x", "never closed"),
    ("1/0", "division by zero"),
    (r"\frac{1}{0}", "division by zero"),
    (r"\frac{x}", "two arguments"),
    (r"\frac{df}{dx}", "--wrt"),
    (r"\input{secret}", "not read here"),
    (r"\sni(x)", "sin"),
    ("log(x, 2, 3)", "arguments"),
    ("sin(x, y)", "takes 1 argument"),
    ("root(x, y)", "index of a root"),
    ("exp -x", "exp(-x)"),
    ("import", "cannot be the name"),
    ("Piecewise((0, True), (x, x < 0))", "last case"),
    ("x\x00", "not a character"),
    ("é", "not a character"),
    ("x" + "\u0301" * 5, "not a character"),
    ("1" * 500, "digits"),
    ("x+" * 3000 + "x", "terms"),
    ("(" * 300 + "x" + ")" * 300, "levels"),
    ("x" * 20000, "characters"),
    ("-" * 500 + "x", "signs"),
    ("sin " * 100 + "x", "parentheses"),
]


@pytest.mark.parametrize(("text", "expected"), READ)
def test_notation(text: str, expected: str) -> None:
    assert sympy_text(read_expression(text)) == expected


@pytest.mark.parametrize(("text", "piece"), REFUSED, ids=[repr(t[:20]) for t, _ in REFUSED])
def test_refused_with_a_place_and_a_reason(text: str, piece: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        read_expression(text)
    report = caught.value.report()
    assert piece in report
    assert caught.value.span is not None
    assert "^" in report or not text.strip()


@pytest.mark.parametrize(
    ("text", "column"), [("x + foo(y)", 5), ("2x + 0,5", 7), ("3 + 1/2x", 5), ("x +\n 2 3", 2)]
)
def test_the_caret_stands_under_the_fault(text: str, column: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        read_expression(text)
    assert caught.value.span is not None
    assert caught.value.span.column == column


def test_decimals_stay_decimals_and_fractions_fractions() -> None:
    assert latex(read_expression("0.25w")) == "0.25w"
    assert latex(read_expression("1/4*w")) == r"\frac{1}{4} w"


def test_decimal_comma_on_demand() -> None:
    assert sympy_text(read_expression("0,25x", decimal_comma=True)) == "1/4*x"
    assert sympy_text(read_expression("max(0,5; x)", decimal_comma=True)) == "Max(1/2, x)"


def test_equations_and_definitions() -> None:
    left, right = read_equation("f'(w) = (w - 1) (w^2 - 7/2 w - 6)", functions=("f",))
    assert latex(left) == "f'(w)"
    assert latex(right) == r"(w - 1)\left(w^{2} - \frac{7}{2} w - 6\right)"
    name, parameters, body = read_definition("f(x, y) = x y")
    assert (name, [p.name for p in parameters], sympy_text(body)) == ("f", ["x", "y"], "x*y")
    assert read_definition(r"\alpha = 0.05")[0] == "alpha"
    assert read_definition("L = (w_1 x + w_2 y)^2")[1] == ()


@pytest.mark.parametrize(
    "text", ["x", "= 3", "a = ", "a = b = c", "sin(x) = x", "e = 3", "f(2) = x", "f(x, x) = x", "2 = x"]
)
def test_definitions_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        read_definition(text)


def test_declared_functions_are_called() -> None:
    assert (
        latex(read_expression("L(x) + loss(x, y)", functions=("L", "loss")))
        == r"L(x) + \operatorname{loss}(x, y)"
    )
    assert latex(read_expression("f(x)")) == "f(x)"


# ---- round trips ------------------------------------------------------------------------------

_LEAVES = st.sampled_from(["x", "y", "w_1", "alpha", "2", "3", "0.5", "pi"])
_EXPRESSIONS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: f"({p[0]}) + ({p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]}) - ({p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]})*({p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]})/(2 + ({p[1]})^2)"),
        inner.map(lambda e: f"-({e})"),
        st.tuples(inner, st.integers(2, 4)).map(lambda p: f"({p[0]})^{p[1]}"),
        st.tuples(
            st.sampled_from(["sin", "exp", "tanh", "sigmoid", "relu", "abs", "cbrt", "atan"]), inner
        ).map(lambda p: f"{p[0]}({p[1]})"),
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(_EXPRESSIONS)
def test_what_is_printed_is_read_back(text: str) -> None:
    tree = read_expression(text)
    for printed in (latex(tree), plain(tree)):
        again = read_expression(printed)
        assert latex(again) == latex(tree) or same(tree, again).holds is not False


# ---- cost -------------------------------------------------------------------------------------


def test_two_thousand_terms_are_read() -> None:
    tree = read_expression("+".join(["x"] * 1999))
    assert latex(tree).count("+") == 1998
