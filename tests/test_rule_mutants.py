"""Faults are planted in what every rule gives, on its own example rows, and each must be seen.

A rule without a row fails, a mutant that survives is listed with its rule, and one that changes nothing must
be proved to change nothing by another tool.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mutants_helpers import mutants, proved_equal

import solver.derivation.engine as engine
from solver.derivation.check import prover
from solver.derivation.engine import derive, rule_names
from solver.derivation.step import Derivation, Step
from solver.derivation.table import CALCULUS, Applied
from solver.derivation.wording import rule_wording
from solver.errors import UnsupportedExpression
from solver.expression.bridge import to_sympy
from solver.expression.functions import FUNCTIONS
from solver.expression.plain import plain
from solver.expression.reader import read_expression
from solver.expression.tree import Apply, Derivative, Expr, Sum, Symbol, symbols, walk

x = Symbol("x")

ROWS: dict[str, tuple[str, ...]] = {
    "constant": ("5", "pi a"),
    "variable": ("x", "x sin(x)"),
    "affine": ("3x + 2", "a x - b"),
    "polynomial": ("(x^2+3x+1)^3", "sin(x^3 - 2x)"),
    "additive_constant": ("sin(x) + 5", "ln(x) - a"),
    "sum": ("sin(x) + e^x", "ln(x) - atan(x)"),
    "repeated_factors": ("x x x sin(x)", "x x ln(x) x"),
    "monomial": ("4x^3", "a x^5"),
    "constant_multiple": ("3sin(x)", "e^x/7"),
    "power": ("x^5", "x^(3/2)"),
    "power_chain": ("(x^2+1)^3", "sin(x)^4"),
    "exponential": ("e^x", "x e^x"),
    "exponential_chain": ("e^(x^2)", "e^(-3x)"),
    "exponential_base": ("2^(3x)", "a^x"),
    "general_power": ("x^x", "(1 + x^2)^sin(x)"),
    "product": ("x sin(x)", "(x+1) e^x ln(x)"),
    "reciprocal_power": ("3/x^2", "a/x^5"),
    "reciprocal_power_chain": ("1/(x^2+1)^3", "2/sin(x)^2"),
    "reciprocal": ("2/(x^2+1)", "1/(1 + e^x)"),
    "quotient": ("x/(x^2+1)", "sin(x)/(1 + cos(x))"),
    "log_of_absolute_value": ("ln|x^2-2|", "ln|x|"),
    "maximum": ("max(x^2, x)", "max(0, 2x - 1)"),
    "minimum": ("min(x^2, x)", "min(1, x/3)"),
    "pieces": ("Piecewise((x, x < 1), (x^2, True))", "Piecewise((sin(x), x <= 0), (x^3, True))"),
    "root": ("root(x^2+1, 5)", "root(sin(x), 4)"),
    "polygamma": ("polygamma(2, x^2)", "polygamma(1, x)"),
    "function": ("tanh(x)", "x + gelu(x)"),
    "chain": ("sigmoid(3x+1)", "atan(x^2)"),
    "definition": ("softplus(x)", "tanh(2x)"),
    "undefined_function": ("f(x^2)",),
    "parts": ("x sin(x) + ln(x)", "(x^2+1)/(x e^x)"),
    "merge": ("x^2 e^(3x)", "3x^2 sin(2x)"),
    "expand": ("(x+1)(x+2)", "3x(x+2)"),
    "factor": ("x^2 e^x", "(x-1)^3 (x+2)^2"),
    "collect": ("e^x/(1+e^x)", "x^2 ln(x)"),
    "pythagoras": ("sin(x)/(1+cos(x))", "sin(x) cos(x)"),
    "one_bar": ("ln(x + sqrt(x^2 + 1))", "ln(x + sqrt(x^2 - 1))"),
    "tangent": ("ln(cosh(x))", "ln(cos(3x))"),
    "joint": ("x|x|", "relu(x)^2"),
}
"""For each rule, expressions in whose derivation it is used."""

UNREACHED = {"definition"}
"""Rules that no function of the table needs today, applied by themselves to their rows."""


def derivation_of(text: str) -> tuple[Expr, Derivation]:
    expr = read_expression(text)
    return expr, derive(expr, x, check=False)


def steps_of(rule: str) -> Iterator[tuple[Expr, Derivation, Step]]:
    for text in ROWS.get(rule, ()):
        expr, derivation = derivation_of(text)
        for _, step in derivation.walk():
            if step.rule == rule:
                yield expr, derivation, step
        if rule in UNREACHED:
            applied = CALCULUS[rule].function(expr, x)
            assert applied is not None
            yield expr, derivation, Step(rule, Derivative(expr, x), applied.after)


RULES = rule_names()


@pytest.mark.parametrize("rule", RULES)
def test_every_mutant_of_every_rule_is_caught(rule: str) -> None:
    caught = equal = 0
    survivors: list[str] = []
    undecided: list[str] = []
    for expr, derivation, step in list(steps_of(rule))[:4]:
        for kind, mutant in mutants(step.after):
            proof = prover((expr, derivation.result, mutant), symbols(derivation.start))
            try:
                holds, _ = proof.compare(step.before, mutant)
            except UnsupportedExpression:  # refused: what has no value is never verified
                holds = False
            fault = f"{rule}: {kind} gives {plain(mutant)} for {plain(step.before)}"
            if holds is False:
                caught += 1
            elif holds is None:
                undecided.append(fault)
            elif proved_equal(step.after, mutant):
                equal += 1
            else:
                survivors.append(fault)
    assert survivors == []
    assert caught >= 3, f"{rule} has no row in ROWS whose derivation uses it"
    assert len(undecided) <= caught // 4, undecided
    assert equal <= caught


@pytest.mark.parametrize("rule", [rule.name for rule in CALCULUS if rule.name not in UNREACHED])
def test_a_wrong_rule_makes_no_verified_derivation(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole road, from the table of rules to the checks of the answer."""
    right = engine.apply_rule
    spoilt = 0

    def wrong(node: Derivative, **options: bool) -> tuple[str, Applied]:
        nonlocal spoilt
        name, applied = right(node, **options)
        if name == rule and not spoilt:
            spoilt += 1
            return name, Applied(Sum((applied.after, x)), applied.why)
        return name, applied

    monkeypatch.setattr(engine, "apply_rule", wrong)
    for text in ROWS[rule]:
        spoilt = 0
        found = derive(read_expression(text), x)
        assert spoilt == 1, f"{text} does not use {rule}"
        assert not found.verified
        assert any(check.holds is False for check in found.checks)


def test_unreached_rules_are_reached_by_no_row() -> None:
    texts = [text for rule in RULES for text in ROWS[rule]]
    used = {step.rule for text in texts for _, step in derivation_of(text)[1].walk()}
    assert not used & UNREACHED


def test_rows_name_rules() -> None:
    assert [rule for rule in rule_names() if rule not in ROWS] == []


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("rule", rule_names())
def test_every_rule_has_a_wording(rule: str, lang: str) -> None:
    wording = rule_wording(rule, lang)
    assert wording.name
    assert wording.sentence
    other = rule_wording(rule, "en" if lang == "fr" else "fr")
    assert wording.sentence != other.sentence


@pytest.mark.parametrize("rule", [rule.name for rule in CALCULUS])
def test_a_rule_begins_with_its_formula(rule: str) -> None:
    assert "=" in CALCULUS[rule].formula or rule in UNREACHED


@pytest.mark.parametrize("rule", RULES)
def test_an_oracle_finds_what_the_rule_finds(rule: str) -> None:
    """SymPy's own derivative, at points where both are defined."""
    import sympy

    for expr, derivation, _ in list(steps_of(rule))[:2]:
        if any(isinstance(n, Apply) and n.function not in FUNCTIONS for n in walk(expr)):
            continue  # a function without a definition has no numbers; its derivative is a name
        gap = to_sympy(derivation.result) - sympy.diff(to_sympy(expr), to_sympy(x))
        tried = 0
        for value in ("7/5", "-4/7", "11/4"):
            point = {s: sympy.Rational(value) + i for i, s in enumerate(sorted(gap.free_symbols, key=str))}
            found = sympy.N(gap.subs(point).doit(), 25)
            if found.is_number and found.is_finite and found.is_real:
                tried += 1
                assert abs(found) < 1e-15, (rule, str(expr), value)
        assert tried
