"""The kind `gradient`: partial derivatives, matrices, the nature of a point, the expansion.

Second derivatives are compared with SymPy, shapes with eigenvalues computed by NumPy, natures with values."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from solver.errors import SheetError, Span
from solver.expression.latex import latex
from solver.expression.reader import read_expression
from solver.expression.settle import written
from solver.expression.sympy_text import sympy_text
from solver.expression.tree import number
from solver.questions.base import Question, Scope, read_request
from solver.questions.bends import bend_of, expansion_holds, nature_holds
from solver.questions.gradient_facts import GradientFacts
from solver.sheet.model import OptionText
from solver.wording import Wording

SPAN = Span(1, 1)


def asked(**options: str) -> tuple[Question, GradientFacts]:
    request = read_request("gradient", {n: OptionText(t, SPAN) for n, t in options.items()}, Scope())
    facts = request.solve(Scope())
    assert isinstance(facts, GradientFacts)
    assert [c for c in facts.checks if c.holds is not True] == []
    return request, facts


def told(request: Question, facts: GradientFacts, lang: str) -> str:
    text = Wording(lang, "full").markdown("kinds/gradient.md.j2", facts=facts, request=request, label="q1.g")
    assert Wording(lang, "full").blocks(text)
    return text


NATURES = [
    ("x^3 + y^3 - 3x y", "1, 1", "minimum", "positive"),
    ("x^3 + y^3 - 3x y", "0, 0", "saddle", "indefinite"),
    ("x^2 - y^2", "0, 0", "saddle", "indefinite"),
    ("-x^2 - 2y^2 + x y", "0, 0", "maximum", "negative"),
    ("x^4 + y^2", "0, 0", "", "semipositive"),
    ("-x^2 - y^4", "0, 0", "", "seminegative"),
    ("x^3 + y^3", "0, 0", "", "zero"),
    ("x^2 - y^2 + z^4", "0, 0, 0", "saddle", "indefinite"),
    ("cos(x) cosh(y)", "x = pi, y = 0", "saddle", "indefinite"),
    ("x^2 + y^2 + z^2 + x y - z", "0, 0, 1/2", "minimum", "positive"),
    ("ln(1 + x^2) + (y - 2)^2", "0, 2", "minimum", "positive"),
    ("e (x^2 + y^2) + x y", "0, 0", "minimum", "positive"),
    ("sqrt(2) (x^2 - y^2)", "0, 0", "saddle", "indefinite"),
    ("x e^(-x)", "1", "maximum", "negative"),
]


@pytest.mark.parametrize(("text", "at", "nature", "shape"), NATURES)
def test_natures(text: str, at: str, nature: str, shape: str) -> None:
    request, facts = asked(of=text, at=at)
    assert facts.there is not None
    assert facts.there.bend is not None
    assert (facts.public()["nature"], facts.there.bend.shape) == (nature, shape)
    words = {
        "minimum": ("minimum local strict", "strict local minimum"),
        "maximum": ("maximum local strict", "strict local maximum"),
        "saddle": ("point selle", "saddle point"),
        "": ("ne permettent pas de conclure", "do not decide"),
    }
    french, english = told(request, facts, "fr"), told(request, facts, "en")
    for key, (fr, en) in words.items():
        assert (f"**{fr}**" in french, f"**{en}**" in english) == (key == nature, key == nature)


ORACLES = [
    ("x^2 y + e^(x y)", "x**2*y + exp(x*y)"),
    ("sin(x y) + y^3 z", "sin(x*y) + y**3*z"),
    ("ln(x^2 + y^2 + 1)", "log(x**2 + y**2 + 1)"),
    ("x/(1 + y^2)", "x/(1 + y**2)"),
    ("(w x - y)^2", "(w*x - y)**2"),
]


@pytest.mark.parametrize(("text", "oracle"), ORACLES)
def test_matrices_agree_with_sympy(text: str, oracle: str) -> None:
    _, facts = asked(of=text)
    found = facts.public()
    names = {n: sp.Symbol(n, real=True) for n in found["variables"]}  # type: ignore[attr-defined]
    f = sp.sympify(oracle, names)
    order = list(names.values())
    gradient = [sp.sympify(sympy_text(e), names) for e in found["gradient"]]  # type: ignore[attr-defined]
    hessian = [[sp.sympify(sympy_text(e), names) for e in row] for row in found["hessian"]]  # type: ignore[attr-defined]
    at = {s: sp.Rational(k + 2, 7) for k, s in enumerate(order)}
    for i, s in enumerate(order):
        assert abs(sp.N((gradient[i] - sp.diff(f, s)).subs(at), 30)) < 1e-20
        for j, t in enumerate(order):
            assert abs(sp.N((hessian[i][j] - sp.diff(f, s, t)).subs(at), 30)) < 1e-20


@pytest.mark.parametrize("seed", range(40))
def test_shapes_agree_with_eigenvalues(seed: int) -> None:
    dice = random.Random(seed)
    size = dice.choice([1, 2, 3, 4])
    half = [[dice.randint(-3, 3) for _ in range(size)] for _ in range(size)]
    rows = [[Fraction(half[i][j] + half[j][i], 2) for j in range(size)] for i in range(size)]
    bend = bend_of([[written(x) for x in row] for row in rows])
    values = np.linalg.eigvalsh(np.array(rows, dtype=float))
    up, down = int((values > 1e-9).sum()), int((values < -1e-9).sum())
    assert (bend.positive, bend.negative) == (up, down)
    expected = {(True, True): "indefinite", (False, False): "zero"}.get((up > 0, down > 0))
    if expected is None:
        kind = "positive" if up else "negative"
        expected = kind if up + down == size else f"semi{kind}"
    assert bend.shape == expected


def test_a_singular_matrix_of_irrational_numbers_decides_nothing() -> None:
    root = read_expression("sqrt(2)")
    assert bend_of([[root, root], [root, root]]).shape == "unknown"
    request, facts = asked(of="sqrt(2) (x + y)^2 + x^4", at="0, 0")
    assert facts.public()["nature"] == ""
    assert "nothing is decided here" in told(request, facts, "en")


def test_second_roads_see_planted_faults() -> None:
    f = read_expression("x^2 + 3x y + y^3")
    origin = {"x": number(0), "y": number(0)}
    bowl = read_expression("x^2 + y^2")
    assert nature_holds(bowl, origin, "minimum") is True
    assert nature_holds(bowl, origin, "maximum") is False
    assert nature_holds(f, origin, "minimum") is False
    assert nature_holds(bowl, origin, "saddle") is None
    right, wrong = read_expression("h^2 + 3h k"), read_expression("h^2 + 2h k")
    assert expansion_holds(f, origin, right, ["h", "k"]) is True
    assert expansion_holds(f, origin, wrong, ["h", "k"]) is False
    assert expansion_holds(f, origin, read_expression("h^2 + 3h k + k"), ["h", "k"]) is False


def test_expansion_and_values() -> None:
    request, facts = asked(of="x^2 y + e^(x y)", at="x = 1, y = 0")
    assert facts.there is not None
    assert latex(facts.there.polynomial) == r"1 + 2k + 3h k + \frac{1}{2} k^{2}"
    assert facts.public()["slopes"] == [0, 2]
    assert facts.public()["bends"] == [[0, 3], [3, 1]]
    assert "not a critical point" in told(request, facts, "en")


def test_jacobian() -> None:
    request, facts = asked(of="(x^2 y, x + sin(y))", at="1, pi/3")
    assert [[latex(e) for e in row] for row in facts.jacobian] == [["2x y", "x^{2}"], ["1", r"\cos(y)"]]
    for lang in ("fr", "en"):
        assert r"\begin{pmatrix}" in told(request, facts, lang)
    assert [e.name for e in facts.rows[1]] == [
        r"\frac{\partial f_{2}}{\partial x}",
        r"\frac{\partial f_{2}}{\partial y}",
    ]


def test_a_point_without_a_derivative_is_told() -> None:
    request, facts = asked(of="|x| + y^2", at="0, 1")
    assert facts.there is not None
    assert facts.there.missing
    assert "slope $-1$ on the left, $1$ on the right" in told(request, facts, "en")


@pytest.mark.parametrize(("text", "at"), [("sqrt(x^2 + y^2)", "0, 0"), ("x ln(x^2 + y^2)", "0, 0")])
def test_zero_over_zero_is_no_value(text: str, at: str) -> None:
    """x/√(x² + y²) at the origin is 0/0: the norm has no derivative there."""
    facts = read_request(
        "gradient", {"of": OptionText(text, SPAN), "at": OptionText(at, SPAN)}, Scope()
    ).solve(Scope())
    assert isinstance(facts, GradientFacts)
    assert facts.there is not None
    assert facts.there.missing
    assert not facts.there.critical


def test_without_the_hessian() -> None:
    request, facts = asked(of="x y", hessian="no", at="1, 2")
    assert facts.second == ()
    assert "H_" not in told(request, facts, "en")
    assert "hessian" not in facts.public()


@pytest.mark.parametrize(
    ("options", "piece"),
    [
        ({"of": "3"}, "constant"),
        ({"of": "x y", "wrt": "z"}, "does not appear"),
        ({"of": "x y", "at": "1"}, "1 value(s)"),
        ({"of": "x y", "at": "x = 1, z = 2"}, "names “z”"),
        ({"of": "x y", "hessian": "maybe"}, "yes"),
    ],
)
def test_refused(options: dict[str, str], piece: str) -> None:
    with pytest.raises(SheetError) as caught:
        asked(**options)
    assert piece in caught.value.report()
