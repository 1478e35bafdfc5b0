"""Values known by heart: each is compared with mpmath, and no other value is invented."""

from __future__ import annotations

import mpmath
import pytest

from solver.expression.evaluate import ball
from solver.expression.landmarks import known
from solver.expression.latex import latex
from solver.expression.reader import read_expression
from solver.expression.tree import Apply, walk

FUNCTIONS = {"sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan}


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("k", range(-30, 31))
def test_angles(function: str, k: int) -> None:
    expr = read_expression(f"{function}({k} pi/12)")
    found = known(expr)
    left = any(isinstance(node, Apply) and node.function == function for node in walk(found))
    undefined = function == "tan" and k % 12 == 6
    assert left == (undefined or k % 12 in (1, 5, 7, 11))
    if not left:
        expected = FUNCTIONS[function](k * mpmath.pi / 12)
        assert abs(float(ball(found, {}).mid()) - float(expected)) < 1e-12


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("atan(1)", r"\frac{\pi}{4}"),
        ("atan(-sqrt(3))", r"-\frac{\pi}{3}"),
        ("asin(1/2)", r"\frac{\pi}{6}"),
        ("asin(-0.5)", r"-\frac{\pi}{6}"),
        ("acos(-1/2)", r"\frac{2\pi}{3}"),
        ("acos(0)", r"\frac{\pi}{2}"),
        ("ln(e)", "1"),
        ("e^(ln(2))", "2"),
        ("ln(e^(1/3))", r"\frac{1}{3}"),
        ("sin(pi/5)", r"\sin\left(\frac{\pi}{5}\right)"),
        ("atan(2)", r"\arctan(2)"),
        ("sin(1)", r"\sin(1)"),
        ("sqrt(3/4)", r"\frac{\sqrt{3}}{2}"),
        ("1/sqrt(3)", r"\frac{\sqrt{3}}{3}"),
        ("1/sqrt(3/4)", r"\frac{2\sqrt{3}}{3}"),
        ("-sqrt(8) sqrt(3)", r"-2\sqrt{6}"),
        ("sqrt(2)/sqrt(8)", r"\frac{1}{2}"),
        ("sin(x pi)", r"\sin(x \pi)"),
    ],
)
def test_values(text: str, expected: str) -> None:
    expr = read_expression(text)
    found = known(expr)
    assert latex(found) == expected
    if expected != latex(expr):
        assert ball(found, {}).overlaps(ball(expr, {}))
