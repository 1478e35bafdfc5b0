"""Closed forms by a + b√c against the same way through SymPy: the short road may give up, never differ."""

from __future__ import annotations

from fractions import Fraction
from math import log, sqrt

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from solver.analysis.closed_forms import _solve, _Surds, _Sympy
from solver.analysis.enclosure import point_value
from solver.analysis.surds import Logarithm, Surd, Unfit
from solver.derivation.engine import derive
from solver.expression.bridge import from_sympy
from solver.expression.evaluate import ball
from solver.expression.reader import read_expression
from solver.expression.tree import Symbol

X = Symbol("x")
FUNCTIONS = (
    "sigmoid(x)",
    "tanh(x)",
    "e^x",
    "exp(x)",
    "ln(1 + e^x)",
    "2 sigmoid(3x)",
    "exp(-x)/2",
    "sigmoid(x) - 1",
)
LEVELS = [Fraction(1, n) for n in (2, 3, 5, 8, 9, 10, 16, 50, 100, 1000)] + [Fraction(3, 16), Fraction(-1, 8)]


@pytest.mark.parametrize("level", LEVELS, ids=str)
@pytest.mark.parametrize("text", FUNCTIONS)
def test_both_roads_write_the_same(text: str, level: Fraction) -> None:
    f, short, long = read_expression(text), _Surds(), _Sympy()
    for expr in (f, derive(f, X).result):
        try:
            mine = list(_solve(expr, short.rational(level), X, short))
        except Unfit:
            continue
        theirs = list(_solve(expr, long.rational(level), X, long))
        assert len(mine) == len(theirs)
        for this, other in zip(mine, theirs, strict=True):
            try:
                found = short.written(this)
            except Unfit:
                continue
            assert found == long.written(other)
            assert short.size(this) == pytest.approx(long.size(other), rel=1e-12)


@pytest.mark.parametrize("text", ["sigmoid(x)", "tanh(x)", "softplus(x)"])
def test_the_usual_threshold_needs_no_sympy(text: str) -> None:
    slope, short = derive(read_expression(text), X).result, _Surds()
    found = [short.written(v) for v in _solve(slope, short.rational(Fraction(1, 100)), X, short)]
    assert found
    for root in found:
        gap = ball(slope, {"x": ball(root, bits=200)}, bits=100) - ball(read_expression("1/100"), bits=100)
        assert abs(gap) < 1e-20


SMALL = st.fractions(-30, 30, max_denominator=12)


@given(SMALL, SMALL, SMALL, SMALL, st.sampled_from([2, 3, 5, 6, 11]))
def test_arithmetic_of_surds(a: Fraction, b: Fraction, d: Fraction, e: Fraction, c: int) -> None:
    def made(p: Fraction, q: Fraction) -> Surd:
        return Surd(p, q, c) if q else Surd(p)

    def value(s: Surd) -> sympy.Expr:
        return sympy.Rational(s.a.numerator, s.a.denominator) + sympy.Rational(
            s.b.numerator, s.b.denominator
        ) * sympy.sqrt(s.c)

    left, right = made(a, b), made(d, e)
    pairs = [(left + right, value(left) + value(right)), (left - right, value(left) - value(right))]
    pairs.append((left * right, value(left) * value(right)))
    if right != Surd(Fraction(0)):
        pairs.append((left / right, value(left) / value(right)))
    for found, expected in pairs:
        assert sympy.radsimp(value(found) - expected).expand() == 0
        assert float(found) == pytest.approx(float(expected), rel=1e-9, abs=1e-9)


def test_roots_of_surds() -> None:
    assert Surd(Fraction(199), Fraction(60), 11).root() == Surd(Fraction(10), Fraction(3), 11)
    assert Surd(Fraction(3), Fraction(-2), 2).root() == Surd(Fraction(-1), Fraction(1), 2)
    assert Surd(Fraction(24, 25)).root() == Surd(Fraction(0), Fraction(2, 5), 6)
    for unfit in (Surd(Fraction(-1)), Surd(Fraction(1), Fraction(1), 2), Surd(Fraction(10**9 + 7))):
        with pytest.raises(Unfit):
            unfit.root()


def test_a_difference_that_nearly_cancels_keeps_its_size() -> None:
    tiny = Surd(Fraction(49), Fraction(-20), 6)
    assert float(tiny) == pytest.approx(1 / (49 + 20 * sqrt(6)), rel=1e-14)
    assert float(Logarithm(Fraction(1), tiny)) == pytest.approx(-log(49 + 20 * sqrt(6)), rel=1e-14)


def test_logarithms_of_whole_numbers_are_written_as_sympy_writes_them() -> None:
    for n in range(2, 130):
        found = point_value(read_expression(f"ln(x + {n})"), X, Fraction(0))
        assert found == from_sympy(sympy.log(n))
    assert float(ball(point_value(read_expression("softplus(x)"), X, Fraction(0)))) == pytest.approx(log(2))
    assert point_value(read_expression("ln(x)"), X, Fraction(1)) == 0
