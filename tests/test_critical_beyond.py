"""Critical points beyond polynomials: every root on a range, proved; quadratic functions by fractions.

Roots are compared with mpmath, solutions with SymPy."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
import sympy as sp

from solver.errors import SheetError, Span
from solver.expression.reader import read_expression
from solver.expression.tree import Symbol
from solver.questions.base import Facts, Question, Scope, read_request
from solver.questions.critical_beyond import Found, QuadraticFacts, RangeFacts, looked_at
from solver.sheet.model import OptionText
from solver.wording import Wording

SPAN = Span(1, 1)


def asked(**options: str) -> tuple[Question, Facts]:
    texts = {n: OptionText(t, SPAN) for n, t in options.items()}
    request = read_request("critical-points", texts, Scope())
    facts = request.solve(Scope())
    assert [c for c in facts.checks if c.holds is not True] == []
    for lang in ("fr", "en"):
        text = Wording(lang).markdown("kinds/critical-points.md.j2", facts=facts, request=request, label="q")
        assert Wording(lang).blocks(text)
    return request, facts


RANGES = [
    ("sin(x) + x/2", "-4, 5", [(-2 * mpmath.pi / 3, "minimum"), (2 * mpmath.pi / 3, "maximum"),
                               (4 * mpmath.pi / 3, "minimum")]),
    ("x e^(-x^2)", "-3, 3", [(-mpmath.sqrt(0.5), "minimum"), (mpmath.sqrt(0.5), "maximum")]),
    ("x ln(x)", "1/100, 2", [(mpmath.exp(-1), "minimum")]),
    ("cosh(x) - 1", "-2, 3", [(0, "minimum")]),
    ("e^x + x", "-1, 1", []),
    ("sin(x) - x", "-1, 1", [(0, "inflection")]),
    ("x - arctan(2x)", "-3, 3", [(-0.5, "maximum"), (0.5, "minimum")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "ends", "expected"), RANGES)
def test_all_of_them_on_a_range(text: str, ends: str, expected: list[tuple[float, str]]) -> None:
    _, facts = asked(of=text, range=ends)
    assert isinstance(facts, RangeFacts)
    assert [p.nature for p in facts.points] == [nature for _, nature in expected]
    for point, (place, _) in zip(facts.points, expected, strict=True):
        assert abs(float(point.point) - float(place)) < 1e-9


QUADRATICS = [
    ("x^2 + 2y^2 + x y - x", "x**2 + 2*y**2 + x*y - x", "minimum"),
    ("-x^2 - y^2 + x y + 3y", "-x**2 - y**2 + x*y + 3*y", "maximum"),
    ("x y + x - 2y", "x*y + x - 2*y", "saddle"),
    ("x^2 + y^2 + z^2 - x z + y", "x**2 + y**2 + z**2 - x*z + y", "minimum"),
]


@pytest.mark.parametrize(("text", "oracle", "nature"), QUADRATICS)
def test_quadratic_functions_are_solved(text: str, oracle: str, nature: str) -> None:
    _, facts = asked(of=text)
    assert isinstance(facts, QuadraticFacts)
    assert facts.solution is not None
    f = sp.sympify(oracle)
    names = [sp.Symbol(v.name) for v in facts.variables]
    (found,) = sp.linsolve([sp.diff(f, s) for s in names], names)
    assert [sp.Rational(x.numerator, x.denominator) for x in facts.solution] == list(found)
    assert facts.bend.nature == nature


@pytest.mark.parametrize(("text", "solvable"), [("(x + y)^2 - x", False), ("(x + y)^2", True)])
def test_singular_systems_are_told(text: str, solvable: bool) -> None:
    _, facts = asked(of=text)
    assert isinstance(facts, QuadraticFacts)
    assert (facts.solution, facts.solvable) == (None, solvable)


@pytest.mark.parametrize(
    ("options", "piece"),
    [
        ({"of": "sin(x)"}, ":range: -3, 3"),
        ({"of": "x^3 y"}, "degree 2"),
        ({"of": "x y", "range": "0, 1"}, "one variable"),
        ({"of": "|x|", "range": "-1, 1"}, "another formula"),
        ({"of": "ln(x)", "range": "-1, 1"}, "could not be proved"),
        ({"of": "x ln(x)", "range": "-1, 1"}, "could not be proved"),
    ],
)
def test_refused(options: dict[str, str], piece: str) -> None:
    with pytest.raises(SheetError) as caught:
        asked(**options)
    assert piece in caught.value.report()


def test_the_second_road_sees_wrong_signs_and_missing_roots() -> None:
    x, slope = Symbol("x"), read_expression("x^2 - 1")
    ends = (Fraction(-2), Fraction(2))
    roots = [Found(k, Fraction(a), Fraction(a), Fraction(a), "", Fraction(0)) for k, a in ((1, -1), (2, 1))]
    assert all(c.holds for c in looked_at(slope, x, ends, roots, (1, -1, 1)))
    assert not all(c.holds for c in looked_at(slope, x, ends, roots, (1, 1, 1)))
    assert not all(c.holds for c in looked_at(slope, x, ends, roots[:1], (1, -1)))
