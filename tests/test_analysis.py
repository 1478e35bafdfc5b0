"""The study of activations claims images, limits, maxima and thresholds that a lecturer will print: each is
compared with known values, contradicted by planted errors, and attacked at random points in plain floats."""

from __future__ import annotations

import ast
import math
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.analysis.expand import expand
from solver.analysis.expansion import Undecided, rational_of
from solver.analysis.model import Study, Subject
from solver.analysis.relation import relation, written_relation
from solver.analysis.review import checks, image_latex, value_at, zones_latex
from solver.analysis.study import study
from solver.analysis.symmetry import symmetry, symmetry_holds
from solver.analysis.values import PLUS, Value, rational_value, truncated
from solver.expression.latex import latex
from solver.expression.reader import read_expression
from solver.expression.tree import Apply, Symbol

X = Symbol("x")


def studied(text: str) -> Study:
    """`sigmoid`, or an expression in x."""
    expr = Apply(text, (X,)) if text.isidentifier() and text != "x" else read_expression(text)
    return study(Subject(text, text, X, expr))


FLOATS = {
    "mish": lambda x: x * math.tanh(math.log1p(math.exp(x))),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "tanh": math.tanh,
    "relu": lambda x: max(0.0, x),
    "silu": lambda x: x / (1 + math.exp(-x)),
    "softplus": lambda x: math.log1p(math.exp(x)),
    "elu": lambda x: x if x > 0 else math.expm1(x),
    "softsign": lambda x: x / (1 + abs(x)),
    "gelu": lambda x: 0.5 * x * (1 + math.erf(x / math.sqrt(2))),
    "hard_sigmoid": lambda x: min(1.0, max(0.0, x / 6 + 0.5)),
}

# name: image, limits left and right, sup |f′| and whether it is taken, symmetry
KNOWN = {
    "sigmoid": (r"\left]0, 1\right[", "0", "1", "1/4", True, "central"),
    "tanh": (r"\left]-1, 1\right[", "-1", "1", "1", True, "odd"),
    "relu": (r"\left[0, +\infty\right[", "0", r"+\infty", "1", True, "none"),
    "leaky_relu": (r"\mathbb{R}", r"-\infty", r"+\infty", "1", True, "none"),
    "elu": (r"\left]-1, +\infty\right[", "-1", r"+\infty", "1", True, "none"),
    "softplus": (r"\left]0, +\infty\right[", "0", r"+\infty", "1", False, "none"),
    "softsign": (r"\left]-1, 1\right[", "-1", "1", "1", True, "odd"),
    "hard_sigmoid": (r"\left[0, 1\right]", "0", "1", "1/6", True, "central"),
    "hard_tanh": (r"\left[-1, 1\right]", "-1", "1", "1", True, "odd"),
    "relu6": (r"\left[0, 6\right]", "0", "6", "1", True, "none"),
    "hard_swish": (r"\left[-\frac{3}{8}, +\infty\right[", "0", r"+\infty", "3/2", False, "none"),
    "log_sigmoid": (r"\left]-\infty, 0\right[", r"-\infty", "0", "1", False, "none"),
    "tanhshrink": (r"\mathbb{R}", r"-\infty", r"+\infty", "1", False, "odd"),
    "identity": (r"\mathbb{R}", r"-\infty", r"+\infty", "1", True, "odd"),
    "abs": (r"\left[0, +\infty\right[", r"+\infty", r"+\infty", "1", True, "even"),
    "exp": (r"\left]0, +\infty\right[", "0", r"+\infty", None, False, "none"),
    "x^2/(1+x^2)": (r"\left[0, 1\right[", "1", "1", "0.6495190528", True, "even"),
    "2*sigmoid(3x) - 1": (r"\left]-1, 1\right[", "-1", "1", "3/2", True, "odd"),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_facts(name: str) -> None:
    image, left, right, steepest, attained, parity = KNOWN[name]
    s = studied(name)
    assert s.image is not None
    assert s.left is not None
    assert s.right is not None
    assert image_latex(s) == image
    assert (s.left.value.latex, s.right.value.latex) == (left, right)
    assert s.steepest is not None
    if steepest is None:
        assert s.steepest.value.infinite == 1
    elif "." in steepest:
        assert abs(float(s.steepest.value) - float(steepest)) < 1e-9
    else:
        assert s.steepest.value.rational == Fraction(steepest)
    assert s.steepest.attained is attained
    assert s.symmetry == parity
    assert all(c.holds is True for c in s.checks), [c for c in s.checks if c.holds is not True]


@pytest.mark.parametrize("name", ["silu", "gelu", "mish"])
def test_minimum_of_smooth_activations(name: str) -> None:
    """Against a fine grid of plain floats."""
    s, f = studied(name), FLOATS[name]
    assert s.image is not None
    assert s.steepest is not None
    assert s.image.low.attained
    grid = [k / 2000 for k in range(-8000, 8000)]
    assert abs(float(s.image.low.value) - min(map(f, grid))) < 1e-6
    steepest = max(abs(f(b) - f(a)) / (b - a) for a, b in pairwise(grid))
    assert abs(float(s.steepest.value) - steepest) < 1e-6


@pytest.mark.parametrize(
    ("name", "side", "gap", "line"),
    [
        ("sigmoid", "left", "e^{x}", None),
        ("sigmoid", "right", "-e^{-x}", None),
        ("tanh", "left", "2e^{2x}", None),
        ("tanh", "right", "-2e^{-2x}", None),
        ("softplus", "right", "e^{-x}", "x"),
        ("silu", "left", "x e^{x}", None),
        ("atan", "right", r"-\frac{1}{x}", None),
        ("softsign", "left", r"-\frac{1}{x}", None),
        ("relu", "left", None, None),
        ("relu", "right", None, "x"),
        ("tanhshrink", "left", "-2e^{2x}", "x + 1"),
    ],
)
def test_asymptotic_behaviour(name: str, side: str, gap: str | None, line: str | None) -> None:
    limit = getattr(studied(name), side)
    assert (limit.gap and latex(limit.gap)) == gap
    assert (limit.line and latex(limit.line)) == line


@pytest.mark.parametrize(
    ("name", "edge", "number"),
    [
        ("sigmoid", r"\ln(49 + 20\sqrt{6})", math.log(49 + 20 * math.sqrt(6))),
        ("tanh", r"\ln(10 + 3\sqrt{11})", math.atanh(math.sqrt(0.99))),
        ("softsign", "9", 9.0),
        ("atan", r"3\sqrt{11}", math.sqrt(99)),
    ],
)
def test_exact_thresholds(name: str, edge: str, number: float) -> None:
    s = studied(name)
    assert s.zones is not None
    assert zones_latex(s) == rf"\left]-\infty, -{edge}\right[ \cup \left]{edge}, +\infty\right["
    assert s.zones[1].low is not None
    assert abs(float(s.zones[1].low) - number) < 1e-12


def test_threshold_of_relu_is_its_kink_and_its_left_side_is_flat() -> None:
    s = studied("relu")
    assert s.zones is not None
    assert [(z.low, z.high and z.high.rational, z.flat) for z in s.zones] == [(None, 0, True)]
    assert s.saturates == (True, False)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sigmoid", "a(1 - a)"),
        ("tanh", "1 - a^{2}"),
        ("exp", "a"),
        ("identity", "1"),
        ("3*sigmoid(2x)", None),
    ],
)
def test_derivative_in_terms_of_the_activation(name: str, text: str | None) -> None:
    found = studied(name).relation
    if text is not None:
        assert found is not None
        assert latex(written_relation(found, Symbol("a"))) == text
    elif found is not None:
        assert found.at(Fraction(3, 2)) == Fraction(3, 2)  # 6σ(1 − σ) at σ = ½


def test_relation_is_read_not_guessed() -> None:
    assert relation(read_expression("sin(x)"), read_expression("cos(x)"), X) is None
    found = relation(read_expression("2*(exp(x) - 1)"), read_expression("2*exp(x)"), X)
    assert found is not None
    assert found.coefficients == (2, 1)


@pytest.mark.parametrize("text", ["sin(x^2)", "x*sin(x)", "cos(x)/(1+x^2)"])
def test_what_cannot_be_proved_is_said_to_be_unknown(text: str) -> None:
    s = studied(text)
    assert s.left is None
    assert s.image is None
    assert s.zones is None


@pytest.mark.parametrize("text", ["ln(x)", "1/x", "sqrt(x)", "sign(x)"])
def test_a_function_with_holes_gets_no_false_image(text: str) -> None:
    assert studied(text).image is None


# ---- planted errors ---------------------------------------------------------------------------


def _fails(planted: Study) -> bool:
    return any(c.holds is False for c in checks(planted))


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "silu", "hard_sigmoid", "softplus", "elu"])
def test_planted_images_limits_and_maxima_are_caught(name: str) -> None:
    s = studied(name)
    assert s.image is not None
    assert s.steepest is not None
    assert s.right is not None
    assert s.left is not None
    assert not _fails(s)
    low, high = s.image.low, s.image.high
    wrong: list[Study] = []
    if not low.value.infinite:
        below = Value(low.value.low - Fraction(1, 10), low.value.high - Fraction(1, 10))
        above = Value(low.value.low + Fraction(1, 10), low.value.high + Fraction(1, 10))
        for value in (below, above):
            wrong.append(replace(s, image=replace(s.image, low=replace(low, value=value))))
    if high.value.infinite:
        wrong.append(replace(s, image=replace(s.image, high=replace(high, value=rational_value(2)))))
    else:
        wrong.append(replace(s, image=replace(s.image, high=replace(high, value=PLUS))))
    top = s.steepest.value
    for factor in (Fraction(9, 10), Fraction(11, 10)):
        value = Value(top.low * factor, top.high * factor)
        wrong.append(replace(s, steepest=replace(s.steepest, value=value)))
    for limit in (s.left, s.right):
        field = "left" if limit.direction < 0 else "right"
        if not limit.value.infinite:
            moved = Value(limit.value.low + Fraction(1, 50), limit.value.high + Fraction(1, 50))
            wrong.append(replace(s, **{field: replace(limit, value=moved)}))
        if limit.gap is not None:
            doubled = replace(limit, gap=read_expression(f"3 * ({_text(limit.gap)})"))
            wrong.append(replace(s, **{field: doubled}))
    for planted in wrong:
        assert _fails(planted)


def _text(expr: object) -> str:
    from solver.expression.sympy_text import sympy_text

    return sympy_text(expr)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softsign", "silu"])
def test_planted_zones_are_caught(name: str) -> None:
    s = studied(name)
    assert s.zones
    moved = rational_value(Fraction(7, 2))
    assert _fails(replace(s, zones=(*s.zones[:-1], replace(s.zones[-1], high=moved))))
    assert _fails(replace(s, zones=s.zones[1:]))


def test_planted_relations_and_variations_are_caught() -> None:
    from solver.analysis.relation import Relation

    s = studied("sigmoid")
    assert _fails(replace(s, relations=(Relation((Fraction(0), Fraction(1), Fraction(-2))),)))
    assert _fails(replace(s, variation=((None, None, -1),)))


# ---- attempts to contradict -------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(FLOATS)), st.floats(-25, 25), st.floats(-25, 25))
def test_no_float_contradicts_image_monotonicity_or_slope(name: str, a: float, b: float) -> None:
    s, f = studied(name), FLOATS[name]
    assert s.image is not None
    assert s.steepest is not None
    assert s.variation is not None
    low, high = float(s.image.low.value), float(s.image.high.value)
    assert low - 1e-12 <= f(a) <= high + 1e-12
    if a != b:
        assert abs(f(a) - f(b)) <= float(s.steepest.value) * abs(a - b) + 1e-12
    for start, end, direction in s.variation:
        first = -math.inf if start is None else float(start)
        last = math.inf if end is None else float(end)
        if first <= a < b <= last:
            assert (f(b) - f(a)) * direction >= -1e-12
            if direction == 0:
                assert f(a) == f(b)


@settings(max_examples=15, deadline=None)
@given(
    st.fractions(Fraction(1, 4), 4, max_denominator=8),
    st.fractions(-3, 3, max_denominator=4),
    st.fractions(-2, 2, max_denominator=4).filter(bool),
)
def test_shifted_and_scaled_sigmoids(slope: Fraction, shift: Fraction, scale: Fraction) -> None:
    """c σ(a x + b): image between 0 and c, sup |f′| = |c| a / 4 at −b/a, worked out by hand."""
    s = studied(f"({scale}) * sigmoid(({slope}) x + ({shift}))")
    assert s.image is not None
    assert s.steepest is not None
    ends = sorted([Fraction(0), scale])
    assert (s.image.low.value.rational, s.image.high.value.rational) == tuple(ends)
    assert not s.image.low.attained
    assert (
        s.steepest.value.compare(rational_value(abs(scale) * slope / 4)) == 0
        or abs(float(s.steepest.value) - float(abs(scale) * slope / 4)) < 1e-12
    )
    assert abs(float(s.steepest.places[0].low) + float(shift / slope)) < 1e-12  # type: ignore[arg-type]


@settings(max_examples=20, deadline=None)
@given(st.fractions(-3, 3, max_denominator=6), st.fractions(-3, 3, max_denominator=6))
def test_two_slopes_and_a_kink(left: Fraction, right: Fraction) -> None:
    """Piecewise linear functions: every fact can be worked out by hand."""
    s = studied(f"Piecewise((({left}) x, x < 1), (({right}) x + ({left - right}), True))")
    assert s.image is not None
    if left > 0 > right:
        assert (s.image.high.value.rational, s.image.high.attained) == (left, True)
    if left < 0 < right:
        assert (s.image.low.value.rational, s.image.low.attained) == (left, True)
    assert len(s.kinks) == (left != right)
    assert s.steepest is not None
    assert s.steepest.value.rational == max(abs(left), abs(right))


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "silu", "softplus", "mish", "atan", "softsign"])
@pytest.mark.parametrize("direction", [-1, 1])
def test_remainders_of_expansions_hold(name: str, direction: int) -> None:
    """|f − Σ terms| ≤ B m(x) at many x ≥ X, in 50-digit arithmetic."""
    from flint import arb, ctx

    from solver.analysis.pieces import pieces
    from solver.expression.evaluate import ball

    parts = pieces(Apply(name, (X,)), X)
    expr = parts[0 if direction < 0 else -1].expression
    found = expand(expr, X, direction, 8)
    if found.remainder is None:
        return
    before, ctx.prec = ctx.prec, 600
    try:
        for distance in (Fraction(8), Fraction(19, 2), Fraction(14), Fraction(30)):
            x = arb(distance.numerator) / distance.denominator

            def monomial(m: tuple[Fraction, Fraction, Fraction], x: arb = x) -> arb:
                a, b, p = (arb(v.numerator) / v.denominator for v in m)
                return (a * x * x + b * x).exp() * x**p

            rest = ball(expr, {"x": direction * distance}, bits=500)
            for coefficient, m in found.terms:
                exact = rational_of(coefficient)
                c = (
                    arb(exact.numerator) / exact.denominator
                    if exact is not None
                    else arb.pi() * float(coefficient / math.pi)
                )
                rest -= c * monomial(m)
            if all(rational_of(c) is not None for c, _ in found.terms):
                assert abs(rest) <= found.remainder[1] * monomial(found.remainder[0]) * arb("1.0000001")
    finally:
        ctx.prec = before


def test_expansions_refuse_what_oscillates() -> None:
    for text in ("sin(x)", "exp(sin(x))", "ln(x)", "x^x"):
        with pytest.raises(Undecided):
            expand(read_expression(text), X, 1, 8)


def test_numbers_are_cut_not_rounded() -> None:
    assert truncated(
        Fraction(19999, 10000) + Fraction(9, 100000), Fraction(19999, 10000) + Fraction(9, 100000)
    ) == (r"1.9999\ldots")
    assert truncated(Fraction(-1, 3), Fraction(-1, 3)) == r"-0.3333\ldots"


def test_symmetry_is_refuted_by_one_point() -> None:
    assert symmetry(studied("sigmoid"), value_at) == "central"
    assert symmetry(studied("sigmoid(x) + exp(-x^2)/1000000"), value_at) == "none"
    assert not symmetry_holds(studied("sigmoid(x) + exp(-x^2)/1000000"), "central", value_at)


def test_variation_rows_cover_the_line() -> None:
    for name in KNOWN:
        rows = studied(name).variation
        assert rows is not None
        assert rows[0][0] is None
        assert rows[-1][1] is None
        assert all(a[1] is not None and a[1] == b[0] for a, b in pairwise(rows))


def test_no_shortcut_through_sympy() -> None:
    """Nothing here derives, simplifies or takes limits with SymPy."""
    folder = Path(__file__).parent.parent / "solver" / "analysis"
    for source in folder.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                assert node.attr not in {"diff", "doit", "simplify", "limit_seq", "solve", "sympify"}


@pytest.mark.parametrize(
    ("text", "image"),
    [
        ("max(0, min(x, 1))", r"\left[0, 1\right]"),
        ("min(max(x, -1), 1)^3", r"\left[-1, 1\right]"),
        ("max(-1, min(x, 1, 2x))", r"\left[-1, 1\right]"),
        ("relu(relu(x) - 1)", r"\left[0, +\infty\right["),
        ("| |x| - 1 |", r"\left[0, +\infty\right["),
        ("1/(1 + x^4)", r"\left]0, 1\right]"),
        ("exp(-|x|)", r"\left]0, 1\right]"),
    ],
)
def test_kinks_inside_kinks_and_flat_tops(text: str, image: str) -> None:
    s = studied(text)
    assert s.image is not None
    assert image_latex(s) == image
    assert all(c.holds is True for c in s.checks)
