"""Where a derivative exists: conditions solved, signs proved, ends treated; SymPy's limits are the oracle."""

from __future__ import annotations

import random
from fractions import Fraction
from functools import cache

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.analysis.positivity import visible_sign, visibly_not_negative
from solver.derivation.engine import derive_along
from solver.differentiation.answer import Answer
from solver.differentiation.edges import Edge, Slope, reviewed
from solver.differentiation.report import derive_report
from solver.differentiation.report_markup import MARKS
from solver.differentiation.report_words import remarks, sentences
from solver.differentiation.request import Options
from solver.errors import CorrigeError
from solver.expression.evaluate import ball
from solver.expression.plain import plain, plain_condition
from solver.expression.reader import read_expression
from solver.expression.sympy_text import sympy_text
from solver.expression.tree import Condition, Symbol, number

X = Symbol("x")


@cache
def answer(text: str, order: int = 1) -> Answer:
    function = read_expression(text)
    return Answer(function, (X,) * order, derive_along(function, (X,) * order))


def shown(conditions: tuple[object, ...]) -> str:
    return ", ".join(plain_condition(c) for c in conditions if isinstance(c, Condition))


# function: its domain, where its derivative is known to exist
DOMAINS = [
    ("x^3 - 2x", "", ""),
    ("ln(x + sqrt(x^2 + 1))", "", ""),
    ("ln(sqrt(x^2 + 4) - x)", "", ""),
    ("1/(2 + sin(x))", "", ""),
    ("sqrt(3 - 2cos(x))", "", ""),
    ("ln(e^x + sqrt(e^(2x) + 1))", "", ""),
    ("ln(x + sqrt(x^2 - 1))", "x + sqrt(x^2 - 1) > 0, abs(x) >= 1", "x + sqrt(x^2 - 1) > 0, abs(x) > 1"),
    ("arcsin(x)", "abs(x) <= 1", "abs(x) < 1"),
    ("x arcsin(x) + sqrt(1 - x^2)", "abs(x) <= 1", "abs(x) < 1"),
    ("arcsin(x^2)", "abs(x) <= 1", "abs(x) < 1"),
    ("arccos(1/x)", "abs(x) >= 1", "abs(x) > 1"),
    ("sqrt(x^2 - x^3)", "x <= 1", "x < 1, x != 0"),
    ("sqrt(2 - sqrt(x))", "x >= 0, x <= 4", "x > 0, x < 4"),
    ("sqrt(x^2 - 2)", "x^2 - 2 >= 0", "x^2 - 2 > 0"),
    ("sqrt(1 - 1/x^2)", "abs(x) >= 1", "abs(x) > 1"),
    ("sqrt((x - 1)^2 (x - 2))", "(x - 1)^2*(x - 2) >= 0", "(x - 1)^2*(x - 2) >= 0, x != 1, x != 2"),
    ("x cbrt(x)", "", ""),
    ("x^2/x", "x != 0", "x != 0"),
    ("sqrt(x)^3", "x >= 0", "x > 0"),
]


@pytest.mark.parametrize(("text", "domain", "holds"), DOMAINS)
def test_the_set_is_told(text: str, domain: str, holds: str) -> None:
    found = answer(text)
    assert shown(found.domain) == domain
    assert shown(found.holds_for) == holds
    assert found.everywhere == (holds == domain)


# function: the points that the rules leave out, and what becomes of the derivative there
EDGES = [
    ("sqrt(x)", "0 vertical"),
    ("cbrt(x)", "0 vertical"),
    ("cbrt(x^2)", "0 cusp"),
    ("arccos(x)", "-1 vertical, 1 vertical"),
    ("x arcsin(x) + sqrt(1 - x^2)", "-1 smooth, 1 smooth"),
    ("sqrt(x^2 - x^3)", "0 corner, 1 vertical"),
    ("x sqrt(x)", "0 smooth"),
    ("x cbrt(x)", "0 smooth"),
    ("sqrt(x) sin(x)", "0 smooth"),
    ("sqrt(x^3)", "0 smooth"),
    ("sqrt(x) + sqrt(4 - x)", "0 vertical, 4 vertical"),
    ("x sqrt(1 - x^2)", "-1 vertical, 1 vertical"),
    ("arcosh(x)", "1 vertical"),
    ("e^(-sqrt(x))", "0 vertical"),
    ("x^(1/10)", "0 vertical"),
    ("sqrt(x^2) + e^x", "0 corner"),
    ("x arccos(x - 1)^2", "0 smooth, 2 smooth"),
    ("sqrt(|x|)", "0 cusp"),
    ("-|x - 1|^(2/3)", "1 cusp"),
    ("sign(x) sqrt(|x|)", "0 vertical"),
    ("|x|", ""),
    ("x^(3/2)", ""),
    ("ln(x)", ""),
    ("sin(x)", ""),
]


@pytest.mark.parametrize(("text", "expected"), EDGES)
def test_the_ends_of_the_domain_are_treated(text: str, expected: str) -> None:
    found = answer(text)
    assert ", ".join(f"{e.at} {e.kind}" for e in found.edges) == expected
    assert all(check.holds for check in found.checks)
    x, h = sp.symbols("x h", real=True)
    function = sp.sympify(sympy_text(found.expression), {"x": x})
    for edge in found.edges:
        at = sp.Rational(str(edge.at))
        for side, slope in (("-", edge.left), ("+", edge.right)):
            if slope is None:
                continue
            quotient = (function.subs(x, at + h) - function.subs(x, at)) / h
            if function.has(sp.Pow) and side == "-":
                quotient = quotient.subs(h, -sp.Symbol("h", positive=True))
                expected_slope = sp.limit(quotient, sp.Symbol("h", positive=True), 0, "+")
            else:
                expected_slope = sp.limit(quotient, h, 0, side)
            if slope.value is None:
                assert expected_slope == slope.infinite * sp.oo
            else:
                assert sp.simplify(expected_slope - sp.sympify(sympy_text(slope.value))) == 0


def test_the_modulus_of_a_root_has_no_slope_where_it_vanishes() -> None:
    """∛ is not constant on any interval: |∛u| keeps its strict conditions."""
    for text in ("|cbrt(4 - x)|", "|arcsin(x)|"):
        assert answer(text).kinks
        assert not answer(text).everywhere


def test_a_wrong_slope_is_seen() -> None:
    function = read_expression("x arcsin(x) + sqrt(1 - x^2)")
    wrong = [Slope(read_expression("pi/3")), Slope(read_expression("-pi/2")), Slope(infinite=1)]
    for slope in wrong:
        (check,) = reviewed(function, X, Edge(Fraction(1), slope, None))
        assert check.holds is False
    (check,) = reviewed(read_expression("sqrt(x)"), X, Edge(Fraction(0), None, Slope(infinite=-1)))
    assert check.holds is False
    (check,) = reviewed(read_expression("sqrt(x)"), X, Edge(Fraction(0), None, Slope(number(1000))))
    assert check.holds is False


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_sentences(lang: str) -> None:
    def told(text: str) -> str:
        return "\n".join(remarks(answer(text), sentences(lang), MARKS))

    french = lang == "fr"
    everywhere = "définie et dérivable sur" if french else "defined and differentiable on"
    opening = "La fonction est" if french else "The function is"
    assert told("x^2") == rf"{opening} {everywhere} $\mathbb{{R}}$."
    power = told("x^n")
    assert "$x > 0$" in power
    assert ("si $n$ est un entier" if french else "if $n$ is an integer") in power
    ends = told("x arcsin(x) + sqrt(1 - x^2)")
    assert everywhere not in ends
    assert r"de dérivée $\frac{\pi}{2}$" in ends if french else r"from the left, $\frac{\pi}{2}$" in ends
    assert "$f$" in told("x f(x^2)")
    assert everywhere not in told("x f(x^2)")
    assert everywhere not in told("relu(x)")
    for kind in ("smooth", "vertical", "unknown"):
        assert sentences(lang)[f"end_{kind}"]
    for kind in ("smooth", "vertical", "unknown", "corner", "cusp", "none"):
        assert sentences(lang)[f"hole_{kind}"]


def test_lines_of_an_implicit_derivative_set_no_condition() -> None:
    asked = Options(wrt="x", implicit="y")
    assert "for y != 0" in derive_report("x^2 + y^2 = 25", to="text", options=asked)


@pytest.mark.parametrize(
    ("equation", "curve"),
    [
        ("x^2 + y^2 = 0", "flat"), ("x^2 + y^2 + 1 = 0", "empty"), ("x^4 = -y^4", "flat"),
        ("e^x + y^2 = 0", "empty"), ("-x^2 - y^2 = 1", "empty"), ("(y - x)^2 = 0", "flat"),
        ("x^2 + y^2 = 1", None), ("x y = 0", None), ("x^3 + y^3 = 0", None),
    ],
)  # fmt: skip
def test_a_curve_without_a_point_for_the_formula(equation: str, curve: str | None) -> None:
    """F = 0 with F of one sign: ∂F/∂y vanishes at each of its points (SymPy), if it has any."""
    told = derive_report(equation, to="text", options=Options(wrt="x", implicit="y"))
    assert ("The equation has no solution" in told) == (curve == "empty")
    assert ("at no point of the curve" in told) == (curve == "flat")
    assert curve is None or "The derivative exists" not in told
    left, _, right = equation.replace("^", "**").replace("x y", "x*y").partition("=")
    x, y = sp.symbols("x y", real=True)
    gap = sp.sympify(left, {"x": x, "y": y, "e": sp.E}) - sp.sympify(right, {"x": x, "y": y})
    points = [
        gap.subs({x: sp.Rational(a, 2), y: sp.Rational(b, 2)}) for a in range(-4, 5) for b in range(-4, 5)
    ]
    if curve == "empty":
        assert 0 not in points
    if curve is not None:
        assert len({sp.sign(p) for p in points} - {0}) == 1


PARTS = st.sampled_from(
    [
        "x",
        "2x",
        "x^2",
        "sin(x)",
        "cos(x)",
        "tanh(x)",
        "e^x",
        "1",
        "3",
        "sqrt(x^2 + 1)",
        "sqrt(x^2 + x + 1)",
        "|x|",
    ]
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from("+-"), PARTS), min_size=2, max_size=4))
def test_a_sign_that_is_read_off_is_the_sign(parts: list[tuple[str, str]]) -> None:
    expr = read_expression(" ".join(f"{sign} {part}" for sign, part in parts).lstrip("+ "))
    sign, low = visible_sign(expr, X), visibly_not_negative(expr, X)
    source = random.Random(plain(expr))
    points = [Fraction(source.randint(-3000, 3000), 100) for _ in range(30)]
    for at in points:
        try:
            value = ball(expr, {"x": at})
        except CorrigeError:
            continue
        assert sign is None or not (value * sign < 0)
        assert sign in (None, 0) or value != 0
        assert not (low and value < 0)
