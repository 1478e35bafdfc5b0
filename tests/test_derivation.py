"""Derivatives that a lecturer can check by hand: the exact result, the rules in order, and an oracle beside
both.

The oracle (SymPy's diff) stands only here, in the tests: the project's rules, graph and checks never call it.
"""

from __future__ import annotations

import ast
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy.parsing.sympy_parser import parse_expr

from solver.derivation.check import check_derivative
from solver.derivation.engine import derive, gradient, rule_names
from solver.derivation.step import BrokenDerivation, Derivation, Step
from solver.derivation.table import CALCULUS
from solver.derivation.wording import rule_wording
from solver.errors import ExpressionError, UnsupportedExpression
from solver.expression.functions import FUNCTIONS
from solver.expression.latex import latex
from solver.expression.plain import plain
from solver.expression.reader import read_expression
from solver.expression.sympy_text import sympy_text
from solver.expression.tree import Derivative, Symbol, symbols

x = Symbol("x")
ROOT = Path(__file__).resolve().parent.parent

TABLE = [
    # expression, derivative by x, rules of the main line in order
    ("5", "0", "constant"),
    ("x", "1", "variable"),
    ("y", "0", "constant"),
    ("3x + 2", "3", "affine"),
    ("-x", "-1", "affine"),
    ("x/2", "1/2", "affine"),
    ("x^2", "2x", "power"),
    ("x^7", "7x^6", "power"),
    ("4x^3", "12x^2", "monomial merge"),
    ("-x^2", "-2x", "monomial"),
    ("x^2/2", "x", "monomial merge"),
    ("x^3/3 - x/2", "x^2 - 1/2", "sum parts merge"),
    ("5x^4 - x", "20x^3 - 1", "sum parts merge"),
    ("0.25x^4 - 1.5x^3 - 1.25x^2 + 6x", "x^3 - 4.5x^2 - 2.5x + 6", "sum parts merge"),
    ("x^2 + 3x + 5", "2x + 3", "sum parts merge"),
    ("x^-1", "-1/x^2", "power merge"),
    ("1/x", "-1/x^2", "reciprocal_power"),
    ("3/x^2", "-6/x^3", "reciprocal_power merge"),
    ("1/(x^2+1)", "-2x/(x^2 + 1)^2", "reciprocal polynomial"),
    ("x^(1/2)", "1/(2sqrt(x))", "power merge"),
    ("x^(2/3)", "2/(3x^(1/3))", "power merge"),
    ("x^(-3/2)", "-3/(2x^(5/2))", "power merge"),
    ("x^n", "n*x^(n - 1)", "power"),
    ("a x^2 + b x + c", "2a*x + b", "sum parts merge"),
    ("3x(x+2)", "6x + 6", "constant_multiple product parts merge expand"),
    ("(x+1)(x-1)", "2x", "product parts merge"),
    ("x^2 (x+1)^3", "x*(x + 1)^2*(5x + 2)", "product parts factor"),
    ("(x-1)(x-2)(x-3)", "3x^2 - 12x + 11", "product parts merge expand"),
    ("(2x+1)^5", "10(2x + 1)^4", "power_chain affine merge"),
    ("(x^2+1)^3", "6x*(x^2 + 1)^2", "power_chain polynomial merge"),
    ("(3 - 2x)^4", "-8(3 - 2x)^3", "power_chain affine merge"),
    ("x/(x^2+1)", "(1 - x^2)/(x^2 + 1)^2", "quotient parts merge"),
    ("(x+1)/(x-1)", "-2/(x - 1)^2", "quotient parts merge"),
    ("(2x+3)/5", "2/5", "affine"),
    ("x^3/(1+x)", "(2x^3 + 3x^2)/(1 + x)^2", "quotient parts merge collect"),
    ("sqrt(x)", "1/(2sqrt(x))", "function"),
    ("sqrt(4x+9)", "2/sqrt(4x + 9)", "chain affine merge"),
    ("sqrt(x^2+1)", "x/sqrt(x^2 + 1)", "chain polynomial merge"),
    ("x sqrt(x)", "3/2*sqrt(x)", "product parts merge"),
    ("x^2 sqrt(x)", "5/2*x*sqrt(x)", "product parts merge"),
    ("1/sqrt(x)", "-1/(2x*sqrt(x))", "reciprocal function merge"),
    ("cbrt(x)", "1/(3cbrt(x)^2)", "function"),
    ("root(x, 5)", "1/(5root(x, 5)^4)", "root"),
    ("e^x", "e^x", "exponential"),
    ("e^(2x)", "2*e^(2x)", "exponential_chain affine merge"),
    ("e^(-x)", "-e^(-x)", "exponential_chain affine merge"),
    ("e^(-x^2/2)", "-x*e^(-x^2/2)", "exponential_chain monomial merge"),
    ("x e^x", "(x + 1)*e^x", "product parts merge factor"),
    ("x^2 e^x", "x*(x + 2)*e^x", "product parts factor"),
    ("x^2 e^(-x)", "x*(2 - x)*e^(-x)", "product parts merge factor"),
    ("e^x/(1+e^x)", "e^x/(1 + e^x)^2", "quotient parts merge collect"),
    ("1/(1+e^(-x))", "e^(-x)/(1 + e^(-x))^2", "reciprocal additive_constant exponential_chain affine merge"),
    ("2^x", "2^x*ln(2)", "exponential_base"),
    ("2^(3x)", "3*2^(3x)*ln(2)", "exponential_base affine merge"),
    ("a^x", "a^x*ln(a)", "exponential_base"),
    ("x^x", "x^x*(ln(x) + 1)", "general_power product parts merge"),
    ("x^sin(x)", "x^sin(x)*(cos(x)*ln(x) + sin(x)/x)", "general_power product parts merge"),
    ("ln(x)", "1/x", "function"),
    ("ln(2x)", "1/x", "chain affine merge"),
    ("ln(1+x^2)", "2x/(1 + x^2)", "chain polynomial"),
    ("x ln(x)", "ln(x) + 1", "product parts merge"),
    ("x ln(x) - x", "ln(x)", "sum parts merge"),
    ("ln(x)/x", "(1 - ln(x))/x^2", "quotient parts merge"),
    ("ln|x|", "1/x", "log_of_absolute_value"),
    ("ln(ln(x))", "1/(x*ln(x))", "chain function merge"),
    ("log(x, 2)", "1/(x*ln(2))", "function"),
    ("log10(x^2)", "2/(x*ln(10))", "chain power merge"),
    ("sin(x)", "cos(x)", "function"),
    ("cos(3x)", "-3sin(3x)", "chain affine merge"),
    ("sin^2(x)", "2sin(x)*cos(x)", "power_chain function"),
    ("sin(x)cos(x)", "cos(x)^2 - sin(x)^2", "product parts merge"),
    ("x sin(x)", "sin(x) + x*cos(x)", "product parts merge"),
    ("sin(x)/x", "(x*cos(x) - sin(x))/x^2", "quotient parts merge"),
    ("sin(cos(x))", "-cos(cos(x))*sin(x)", "chain function merge"),
    ("tan(x)", "1 + tan(x)^2", "function"),
    ("cot(2x)", "-2(1 + cot(2x)^2)", "chain affine merge"),
    ("sec(x)", "sec(x)*tan(x)", "function"),
    ("csc(x)", "-csc(x)*cot(x)", "function"),
    ("asin(x)", "1/sqrt(1 - x^2)", "function"),
    ("acos(x/2)", "-1/sqrt(4 - x^2)", "chain affine merge collect"),
    ("atan(x^2)", "2x/(1 + x^4)", "chain power merge"),
    ("sinh(x)", "cosh(x)", "function"),
    ("cosh(2x)", "2sinh(2x)", "chain affine merge"),
    ("tanh(2x-1)", "2(1 - tanh(2x - 1)^2)", "chain affine merge"),
    ("asinh(x)", "1/sqrt(x^2 + 1)", "function"),
    ("acosh(x)", "1/sqrt(x^2 - 1)", "function"),
    ("atanh(x)", "1/(1 - x^2)", "function"),
    ("|x|", "Piecewise((-1, x < 0), (1, x > 0))", "function"),
    ("|x^2-1|", "Piecewise((2x, abs(x) > 1), (-2x, abs(x) < 1))", "chain polynomial merge"),
    ("x|x|", "Piecewise((-2x, x <= 0), (2x, x > 0))", "product parts merge joint"),
    ("sign(x)", "Piecewise((0, x != 0))", "function"),
    ("max(x, 2x-1)", "Piecewise((1, x < 1), (2, x > 1))", "maximum parts merge"),
    ("min(x^2, x)", "Piecewise((1, x < 0), (2x, 0 < x < 1), (1, x > 1))", "minimum parts merge"),
    ("Piecewise((0, x < 0), (x^2, True))", "Piecewise((0, x <= 0), (2x, x > 0))", "pieces parts joint"),
    ("erf(x)", "2*e^(-x^2)/sqrt(pi)", "function merge"),
    ("sigmoid(x)", "sigmoid(x)*(1 - sigmoid(x))", "function"),
    ("sigmoid(3x+1)", "3sigmoid(3x + 1)*(1 - sigmoid(3x + 1))", "chain affine merge"),
    ("sigmoid(x)^2", "2sigmoid(x)^2*(1 - sigmoid(x))", "power_chain function merge"),
    ("relu(x)", "Piecewise((0, x < 0), (1, x > 0))", "function"),
    ("relu(2x-3)", "Piecewise((0, x < 3/2), (2, x > 3/2))", "chain affine merge"),
    ("relu(x)^2", "Piecewise((0, x <= 0), (2x, x > 0))", "power_chain function merge joint"),
    ("leaky_relu(x)", "Piecewise((0.01, x < 0), (1, x > 0))", "function"),
    ("elu(x)", "Piecewise((e^x, x <= 0), (1, x > 0))", "function merge joint"),
    ("x x x sin(x)", "3x^2*sin(x) + x^3*cos(x)", "repeated_factors product parts"),
    ("softplus(x)", "sigmoid(x)", "function"),
    ("softplus(-x)", "-sigmoid(-x)", "chain affine merge"),
    ("softsign(x)", "1/(1 + abs(x))^2", "function"),
    ("gelu(x)", "1/2*(1 + erf(x/sqrt(2))) + x*e^(-x^2/2)/sqrt(2pi)", "function"),
    ("silu(x)", "sigmoid(x)*(1 + x*(1 - sigmoid(x)))", "function"),
    ("mish(x)", "tanh(softplus(x)) + x*sigmoid(x)*(1 - tanh(softplus(x))^2)", "function"),
    ("hard_sigmoid(x)", "Piecewise((0, abs(x) > 3), (1/6, abs(x) < 3))", "function"),
    ("logit(x)", "1/(x*(1 - x))", "function"),
    ("log_sigmoid(x)", "1 - sigmoid(x)", "function"),
    ("(a - x)^2/2", "x - a", "constant_multiple power_chain affine merge"),
    ("y ln(x) + (1-y) ln(1-x)", "(y - x)/(x*(1 - x))", "sum parts collect"),
    ("e^x/(e^x + e^y)", "e^x*e^y/(e^x + e^y)^2", "quotient parts merge collect"),
    ("-ln(sigmoid(a x))", "-a*(1 - sigmoid(a*x))", "constant_multiple chain chain affine merge"),
    ("(x w + b - y)^2", "2w*(x*w + b - y)", "power_chain affine merge"),
    ("celu(x)", "Piecewise((e^x, x < 0), (1, x >= 0))", "function merge"),
    ("hard_tanh(2x)", "Piecewise((0, abs(x) > 1/2), (2, abs(x) < 1/2))", "chain affine merge"),
    ("hard_swish(x)", "Piecewise((0, x < -3), (1, x > 3), ((2x + 3)/6, abs(x) < 3))", "function"),
    ("relu6(x)", "Piecewise((0, x < 0), (0, x > 6), (1, 0 < x < 6))", "function"),
    ("tanhshrink(x)", "tanh(x)^2", "function"),
    ("coth(x)", "1 - coth(x)^2", "function"),
    ("sech(x)", "-sech(x)*tanh(x)", "function"),
    ("csch(x)", "-csch(x)*coth(x)", "function"),
    ("acot(x)", "-1/(1 + x^2)", "function"),
    ("5/(3x-1)^4", "-60/(3x - 1)^5", "reciprocal_power_chain affine merge"),
    ("1/(2sqrt(x))", "-1/(4x*sqrt(x))", "reciprocal_power_chain function merge"),
    ("ln(cosh(x))", "tanh(x)", "chain function tangent"),
    ("ln(cos(3x))", "-3tan(3x)", "chain chain affine merge tangent"),
    ("ln(sin(x))", "cos(x)/sin(x)", "chain function"),
    ("ln(x + sqrt(x^2 + 1))", "1/sqrt(x^2 + 1)", "chain sum parts one_bar collect"),
    ("sin(x)/(1+cos(x))", "1/(1 + cos(x))", "quotient parts merge pythagoras"),
    ("(x+1)^2/(x-1)^2", "-4(x + 1)/(x - 1)^3", "quotient parts collect"),
    ("atan(1/x)", "-1/(x^2 + 1)", "chain reciprocal_power merge collect"),
    ("max(0, x, 2x-1)", "Piecewise((0, x < 0), (1, 0 < x < 1), (2, x > 1))", "maximum parts"),
    (
        "min(max(x,-1),1)^2",
        "Piecewise((0, x < -1), (2x, abs(x) < 1), (0, x > 1))",
        "power_chain minimum parts merge",
    ),
    ("x sign(x)", "Piecewise((-1, x < 0), (1, x > 0))", "product parts merge"),
    (
        "Piecewise((1, x<0), (x, x<1), (3, True))",
        "Piecewise((0, x < 0), (1, 0 < x < 1), (0, x > 1))",
        "pieces parts",
    ),
    ("relu(relu(x))", "Piecewise((0, x < 0), (1, x > 0))", "chain function merge"),
    ("hard_tanh(hard_tanh(x))", "Piecewise((0, abs(x) > 1), (1, abs(x) < 1))", "chain function merge"),
    ("max(relu(x), 0, x - 1)", "Piecewise((0, x < 0), (1, x > 0))", "maximum parts"),
    ("relu(relu(x)-1)", "Piecewise((0, x < 1), (1, x > 1))", "chain additive_constant function merge joint"),
    (
        "min(x^2, 2x, 3)",
        "Piecewise((2x, x^2 < min(2x, 3)), (2, 2x < min(x^2, 3)), (0, min(x^2, 2x) > 3))",
        "minimum parts",
    ),
    ("|x|/x", "Piecewise((0, x != 0))", "quotient parts merge"),
    ("asec(x)", "1/(abs(x)*sqrt(x^2 - 1))", "function"),
    ("acsc(x)", "-1/(abs(x)*sqrt(x^2 - 1))", "function"),
    ("acoth(x)", "1/(1 - x^2)", "function"),
    ("asech(x)", "-1/(x*sqrt(1 - x^2))", "function"),
    ("acsch(x)", "-1/(abs(x)*sqrt(1 + x^2))", "function"),
    ("erfc(x)", "-2*e^(-x^2)/sqrt(pi)", "function merge"),
    ("gamma(x)", "gamma(x)*digamma(x)", "function"),
    ("ln(gamma(x))", "digamma(x)", "chain function merge"),
    ("digamma(x)", "polygamma(1, x)", "function"),
    ("polygamma(2, 3x)", "3polygamma(3, 3x)", "polygamma affine merge"),
    ("γ(x-1)", "gamma", "constant_multiple affine merge"),
]


@pytest.mark.parametrize(("text", "expected", "rules"), TABLE, ids=[row[0] for row in TABLE])
def test_exact_derivative(text: str, expected: str, rules: str) -> None:
    derivation = derive(read_expression(text), x)
    assert plain(derivation.result) == expected
    assert " ".join(step.rule for step in derivation.steps) == rules
    assert derivation.verified


def _float(text: str, at: dict[str, Fraction]) -> float:
    names = {name: sp.Symbol(name, real=True) for name in at}
    values = {names[n]: sp.Rational(v.numerator, v.denominator) for n, v in at.items()}
    return float(sp.N(parse_expr(text, local_dict=dict(names)).subs(values), 20))


@pytest.mark.parametrize("text", [row[0] for row in TABLE])
def test_another_tool_agrees(text: str) -> None:
    """Central differences of SymPy's value of what was read: an oracle that knows neither rules nor duals."""
    tree = read_expression(text)
    result = sympy_text(derive(tree, x, check=False).result)
    read = sympy_text(tree)
    point = {s.name: Fraction(2 * i + 5, 11) for i, s in enumerate(symbols(tree))} | {"x": Fraction(8, 9)}
    if text in ("ln(ln(x))", "acosh(x)", "asec(x)", "acsc(x)", "acoth(x)"):
        point["x"] = Fraction(17, 9)
    step = Fraction(1, 10**5)
    names = {name: sp.Symbol(name, real=True) for name in point}
    whole = parse_expr(read, local_dict=dict(names))

    def value(at: Fraction) -> sp.Expr:
        values = {names[n]: sp.Rational(v.numerator, v.denominator) for n, v in (point | {"x": at}).items()}
        return sp.N(whole.subs(values), 40)

    slope = float((value(point["x"] + step) - value(point["x"] - step)) / (2 * sp.Rational(1, 10**5)))
    assert _float(result, point) == pytest.approx(slope, rel=1e-7, abs=1e-7)


def test_the_polynomial_of_the_sheet_step_by_step() -> None:
    derivation = derive(read_expression("0.25w^4 - 1.5w^3 - 1.25w^2 + 6w"), Symbol("w"))
    sums, parts, merged = derivation.steps
    assert (sums.rule, parts.rule, merged.rule) == ("sum", "parts", "merge")
    assert [latex(c.result) for c in parts.children] == [
        r"0.25 \cdot 4w^{3}",
        r"1.5 \cdot 3w^{2}",
        r"1.25 \cdot 2w",
        "6",
    ]
    assert latex(parts.after) == r"0.25 \cdot 4w^{3} - 1.5 \cdot 3w^{2} - 1.25 \cdot 2w + 6"
    assert latex(derivation.result) == "w^{3} - 4.5w^{2} - 2.5w + 6"


def test_higher_orders_chain_to_the_last_derivative() -> None:
    derivation = derive(read_expression("x^4 - 3x^2"), x, order=3)
    assert latex(derivation.start).count(r"\frac{d}{dx}") == 3
    assert plain(derivation.result) == "24x"
    assert derivation.verified
    assert plain(derive(read_expression("sin(x)"), x, order=4).result) == "sin(x)"


def test_gradient() -> None:
    parts = gradient(read_expression("(w_1 x + w_2 y)^2"), (Symbol("w_1"), Symbol("w_2")))
    assert [latex(p.result) for p in parts] == [
        "2x(w_{1} x + w_{2} y)",
        "2y(w_{1} x + w_{2} y)",
    ]
    assert all(p.verified for p in parts)


def test_a_broken_chain_is_refused() -> None:
    one, two = read_expression("x"), read_expression("2x")
    with pytest.raises(BrokenDerivation):
        Derivation(one, (Step("merge", two, one),))
    with pytest.raises(BrokenDerivation):
        Derivation(one, (Step("merge", one, read_expression("x + y")),))


@pytest.mark.parametrize(
    ("text", "expected", "sympy"),
    [
        ("f(x)", "f'(x)", "Derivative(f(x), x)"),
        ("f(x^2)", "2x*f'(x^2)", "2*x*Subs(Derivative(f(xi), xi), xi, x**2)"),
        ("f'(x)", "f''(x)", "Derivative(f(x), (x, 2))"),
        ("f(g(x))", "f'(g(x))*g'(x)", "Subs(Derivative(f(xi), xi), xi, g(x))*Derivative(g(x), x)"),
        ("x f(x)", "f(x) + x*f'(x)", "f(x) + x*Derivative(f(x), x)"),
    ],
)
def test_a_function_without_a_definition(text: str, expected: str, sympy: str) -> None:
    derivation = derive(read_expression(text), x)
    assert plain(derivation.result) == expected
    assert sympy_text(derivation.result) == sympy
    assert derivation.verified
    assert parse_expr(sympy).doit() == sp.diff(parse_expr(sympy_text(read_expression(text))), sp.Symbol("x"))


def test_an_unknown_function_is_named() -> None:
    with pytest.raises(UnsupportedExpression, match="f"):
        derive(read_expression("f(x, y)"), x)


@pytest.mark.parametrize("text", ["x^3/(1+e^(-x))", "(x^2+1)^3 x", "x|x|", "sin(cos(tan(x)))"])
def test_json_lines_chain_character_for_character(text: str) -> None:
    derivation = derive(read_expression(text), x)
    listed = list(derivation.walk())
    top = [step for depth, step in listed if depth == 0]
    for before, after in pairwise(top):
        assert sympy_text(before.after) == sympy_text(after.before)
    assert listed[-1][1] is top[-1]
    assert sympy_text(top[-1].after) == sympy_text(derivation.result)


# ---- the tables -------------------------------------------------------------------------------


def test_every_rule_states_its_formula_and_has_its_wordings() -> None:
    names = [rule.name for rule in CALCULUS]
    assert len(names) == len(set(names))
    for rule in CALCULUS:
        assert "=" in rule.formula or "replaced" in rule.formula or "where" in rule.formula
    for lang in ("fr", "en"):
        for name in rule_names():
            wording = rule_wording(name, lang)
            assert wording.name
            assert wording.sentence


@pytest.mark.parametrize("name", sorted(n for n, f in FUNCTIONS.items() if f.derivative_text))
def test_every_derivative_of_the_table_against_its_definition(name: str) -> None:
    fact = FUNCTIONS[name]
    arguments = (x, *(read_expression(str(i + 2)) for i in range(fact.arity[0] - 1)))
    derivation = derive(read_expression("x"), x) if name == "identity" else None
    from solver.expression.tree import Apply

    tree = Apply(name, arguments)
    derivation = derive(tree, x)
    assert derivation.verified, [c for c in derivation.checks if c.holds is not True]


def test_every_rule_is_used_by_a_row_of_the_table() -> None:
    used: set[str] = set()
    for text, _, _ in TABLE:
        used |= {step.rule for _, step in derive(read_expression(text), x, check=False).walk()}
    assert set(rule_names()) - used <= {"definition", "undefined_function"}


def test_rules_graph_and_checks_never_differentiate_with_sympy() -> None:
    """A tool that decorates SymPy's answers proves nothing: no call of diff, doit, simplify and the like."""
    forbidden = {"diff", "doit", "simplify", "sympify", "parse_expr", "lambdify", "eval", "exec"}
    for folder in ("expression", "derivation", "rules", "graph", "network", "descent"):
        for path in (ROOT / "solver" / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    name = (
                        node.func.attr
                        if isinstance(node.func, ast.Attribute)
                        else getattr(node.func, "id", "")
                    )
                    assert name not in forbidden, f"{path.name}:{node.lineno} calls {name}"


# ---- random expressions -----------------------------------------------------------------------

_LEAVES = st.sampled_from(["x", "x", "2", "3", "0.5", "a", "pi"])
_RANDOM = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: f"({p[0]} + {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]} - {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"{p[0]}*{p[1]}"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]})/(1 + ({p[1]})^2)"),
        st.tuples(inner, st.integers(2, 4)).map(lambda p: f"({p[0]})^{p[1]}"),
        st.tuples(
            st.sampled_from(["sin", "cos", "exp", "tanh", "sigmoid", "relu", "abs", "atan"]), inner
        ).map(lambda p: f"{p[0]}({p[1]})"),
    ),
    max_leaves=7,
)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(_RANDOM)
def test_random_derivatives_agree_with_dual_numbers(text: str) -> None:
    tree = read_expression(text)
    derivation = derive(tree, x)
    assert not [c for c in derivation.checks if c.holds is False]
    assert check_derivative(tree, x, derivation.result).holds is not False
    assert not any(isinstance(node, Derivative) for node in _nodes(derivation.result))


def _nodes(tree):  # type: ignore[no-untyped-def]
    from solver.expression.tree import walk

    return walk(tree)


@pytest.mark.parametrize(
    "text", ["Piecewise((x^2, 0 < x < 1), (x, True))", "Piecewise((1, -1 <= x <= 1), (0, True))"]
)
def test_double_conditions_read_back(text: str) -> None:
    tree = read_expression(text)
    assert plain(tree) == text.replace("-1 <= x <= 1", "abs(x) <= 1")
    assert read_expression(plain(tree)) == tree
    derivation = derive(tree, x)
    assert derivation.verified
    assert read_expression(plain(derivation.result)) == derivation.result


@pytest.mark.parametrize("condition", ["1 < x < 0", "0 <= x < 1", "0 < x > 1", "a < x < 1"])
def test_double_conditions_that_are_refused(condition: str) -> None:
    with pytest.raises(ExpressionError):
        read_expression(f"Piecewise((1, {condition}), (0, True))")
