"""The sheet of thirty derivatives: every variant is sound, and every derivative is that of SymPy."""

from __future__ import annotations

import pytest
import sympy as sp
from conftest import ROOT

from solver.expression.sympy_text import sympy_text
from solver.expression.tree import Apply, Expr, walk
from solver.questions.derivative import DerivativeFacts
from solver.questions.gradient_facts import GradientFacts
from solver.solving import read_variant, require_sound, solve

SHEET = (ROOT / "sheets" / "calculus.md").read_text(encoding="utf-8")


def real(expr: Expr) -> sp.Expr:
    names = {n: sp.Symbol(n, real=True) for n in ("x", "y", "z", "w", "b_0", "n", "r", "s")}
    return sp.sympify(sympy_text(expr), names)


def near(left: sp.Expr, right: sp.Expr) -> bool:
    """Whether both are alike at a point of every domain of the sheet."""
    at = {s: sp.Rational(2 + 3 * k, 7) for k, s in enumerate(sorted((left - right).free_symbols, key=str))}
    return bool(abs(sp.N((left - right).subs(at), 30)) < 1e-20)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_derivative_is_that_of_sympy(seed: int) -> None:
    solved = solve(read_variant(SHEET, "calculus.md", seed=seed))
    require_sound(solved, strict=True)
    count = 0
    for facts in solved.facts.values():
        if isinstance(facts, GradientFacts):
            for function, row in zip(facts.functions, facts.rows, strict=True):
                for entry in row:
                    count += 1
                    expected = sp.diff(real(function.expression), sp.Symbol(entry.along[0].name, real=True))
                    assert near(real(entry.result), expected), entry.name
            continue
        if not isinstance(facts, DerivativeFacts):
            continue
        if any(isinstance(n, Apply) and n.function == "f" for n in walk(facts.function)):
            continue  # of a function without a definition: test_question_derivative
        for partial in facts.last:
            count += 1
            x = sp.Symbol(partial.variable.name, real=True)
            f = real(facts.function)
            expected = sp.diff(f, x, partial.order)
            if facts.dependent is not None:
                expected = -sp.diff(f, x) / sp.diff(f, sp.Symbol(facts.dependent.name, real=True))
            assert near(real(partial.result), expected), partial.name
    assert count >= 30
