"""A checker that cannot fail is worth nothing: true derivations pass, every planted error is caught.

The true ones are written by the engine and typed out as text; errors are planted in each line (sign, factor,
exponent, swapped variable, lost term, other function). Whether a mutant is an error is told by balls that
share nothing with the checker. A planted checker that says “equal” to everything fails the same tests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import solver.claims.judge as judging
from solver.claims.question import Question
from solver.claims.report import check_report
from solver.claims.verdict import Judgement, Verdict
from solver.derivation.engine import derive
from solver.errors import UnsupportedExpression
from solver.expression.evaluate import ball
from solver.expression.plain import plain
from solver.expression.reader import read_expression
from solver.expression.tree import (
    Apply,
    Derivative,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    number,
    rebuild,
    substitute,
    symbols,
    walk,
)

x, y = Symbol("x"), Symbol("y")

EXAMPLES = ["x^2 e^x", "x/(x^2+1)", "sin(x^2)", "sigmoid(3x+1)", "(a x + y)^2", "x ln(x)", "relu(2x-1)"]
MORE = [
    "x^3 + 2x", "(2x+1)^5", "ln(1+x^2)", "e^(-x^2/2)", "sqrt(x^2+1)", "tanh(x)^2", "x^x", "2^(3x)",
    "sin(x)cos(x)", "1/(1+e^(-x))", "y ln(x) + (1-y) ln(1-x)", "x sigmoid(x)", "e^x/(1+e^x)", "atan(x^2)",
    "|x^2-1|", "softplus(a x)", "cos(3x)/x",
]  # fmt: skip
SLOW = [pytest.param(text, marks=pytest.mark.slow) for text in MORE]  # hundreds of mutants, 20 s in all


def typed(expression: Expr) -> tuple[list[str], list[Expr]]:
    """The engine's derivation as a person would type it, and the right side of each line."""
    derivation = derive(expression, x, check=False)
    rights = [step.after for step in derivation.steps]
    first, *others = [plain(r) for r in rights]
    return [f"d/dx ({plain(expression)}) = {first}", *(f"= {other}" for other in others)], rights


def verdicts(lines: list[str]) -> list[str]:
    text, _ = check_report("\n".join(["wrt x", *lines]), to="json")
    return [line["verdict"] for line in json.loads(text)["lines"]]


def mutants(expr: Expr) -> Iterator[tuple[str, Expr]]:
    """Errors that people make, each in one place."""
    yield "sign", Negative(expr)
    yield "factor", Product((number(2), expr))
    nodes = [n for n in dict.fromkeys(walk(expr)) if not isinstance(n, Derivative)]
    for node in nodes:
        match node:
            case Power(base, exponent):
                yield "exponent", swap(expr, node, Power(base, Sum((exponent, number(1)))))
            case Number(value):
                yield "number", swap(expr, node, Number(value + 1))
            case Sum(terms) if len(terms) > 1:
                yield "lost term", swap(expr, node, Sum(terms[:-1]) if len(terms) > 2 else terms[0])
                yield "term's sign", swap(expr, node, Sum((*terms[:-1], Negative(terms[-1]))))
            case Product(factors) if len(factors) > 1:
                yield (
                    "lost factor",
                    swap(expr, node, Product(factors[1:]) if len(factors) > 2 else factors[1]),
                )
            case Quotient(top, bottom):
                yield "inverted", swap(expr, node, Quotient(bottom, top))
            case Negative(operand):
                yield "inner sign", swap(expr, node, operand)
            case Apply(name, arguments) if name in ("sin", "cos", "exp", "ln", "tanh", "sigmoid"):
                other = {"sin": "cos", "cos": "sin", "exp": "sin", "ln": "atan", "tanh": "atan"}
                yield "function", swap(expr, node, Apply(other.get(name, "tanh"), arguments))
            case Symbol():
                yield "swapped variable", swap(expr, node, y if node == x else x)


def swap(expr: Expr, old: Expr, new: Expr) -> Expr:
    if expr == old:
        return new
    return expr if isinstance(expr, Derivative) else rebuild(expr, lambda child: swap(child, old, new))


def opened(expr: Expr) -> Expr:
    """Derivatives worked out, for the balls below."""
    if isinstance(expr, Derivative):
        return derive(expr.operand, expr.variable, check=False).result
    return rebuild(expr, opened)


def is_error(right: Expr, mutant: Expr) -> bool:
    before, after = opened(right), opened(mutant)
    for k in (Fraction(5, 7), Fraction(13, 9), Fraction(-11, 8), Fraction(7, 3), Fraction(2, 9)):
        values = {s.name: k + Fraction(i, 3) for i, s in enumerate(symbols(Sum((before, after))))} | {"x": k}
        a, b = ball(before, values, bits=120), ball(after, values, bits=120)
        if a.is_finite() and b.is_finite() and not a.overlaps(b):
            return True
    return False


def survivors(text: str) -> tuple[int, list[str]]:
    """How many planted errors are caught in a derivation, and those that are not."""
    _, rights = typed(read_expression(text))
    caught, left = 0, []
    for i, right in enumerate(rights):
        for kind, mutant in mutants(right):
            if not is_error(right, mutant):
                continue
            left_side = f"d/dx ({text})" if i == 0 else plain(rights[i - 1])
            wrong = f"{left_side} = {plain(mutant)}"
            (found,) = verdicts([wrong])
            if found == "equal":
                left.append(f"{kind} in line {i + 1}: {wrong}")
            caught += found != "equal"
    return caught, left


@pytest.mark.parametrize("text", EXAMPLES + MORE)
def test_a_true_derivation_passes(text: str) -> None:
    lines, _ = typed(read_expression(text))
    assert verdicts(lines) == ["equal"] * len(lines), lines


@pytest.mark.parametrize("text", [*EXAMPLES, *SLOW])
def test_every_planted_error_is_caught(text: str) -> None:
    caught, left = survivors(text)
    assert left == []
    assert caught >= 3


def test_a_checker_that_says_equal_to_everything_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "decide", lambda question: Verdict(Judgement.EQUAL, points=9))
    with pytest.raises(AssertionError):
        test_every_planted_error_is_caught("x^2 e^x")


def test_a_checker_that_tries_one_point_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """At x = 1 a lost power and a swapped exponent go unseen."""
    monkeypatch.setattr(
        Question, "points", lambda self, seed="": iter([dict.fromkeys(self.names, Fraction(1))] * 3)
    )
    with pytest.raises(AssertionError):
        test_every_planted_error_is_caught("x^2 e^x")


def test_a_checker_that_blames_everything_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "decide", lambda question: Verdict(Judgement.DIFFERENT))
    with pytest.raises(AssertionError):
        test_a_true_derivation_passes("x^2 e^x")


def leaves() -> st.SearchStrategy[Expr]:
    return st.sampled_from([x, x, x, Symbol("a"), number(2), number(3), number(Fraction(1, 2))])


def grown(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        pair.map(Sum),
        pair.map(Product),
        pair.map(lambda p: Quotient(p[0], Sum((Power(p[1], number(2)), number(1))))),
        st.tuples(inner, st.integers(2, 4)).map(lambda p: Power(p[0], number(p[1]))),
        st.tuples(st.sampled_from(["sin", "cos", "exp", "tanh", "sigmoid", "atan"]), inner).map(
            lambda p: Apply(p[0], (p[1],))
        ),
    )


EXPRESSIONS = st.recursive(leaves(), grown, max_leaves=4)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(EXPRESSIONS, st.integers(0, 10**6))
def test_random_derivations_pass_and_their_mutants_do_not(expression: Expr, chosen: int) -> None:
    expression = read_expression(plain(expression))
    try:
        lines, rights = typed(expression)
    except UnsupportedExpression:
        return
    assert "different" not in verdicts(lines), lines
    changed = [(k, m) for k, m in mutants(rights[-1]) if is_error(rights[-1], m)]
    if changed:
        kind, mutant = changed[chosen % len(changed)]
        wrong = f"d/dx ({plain(expression)}) = {plain(mutant)}"
        assert verdicts([wrong])[0] != "equal", (kind, wrong)


def test_swapping_two_gradients_is_caught() -> None:
    """∂L/∂w₁ and ∂L/∂w₂ exchanged, for many graphs of two weights."""
    for body in ("(w1 x + w2 y)^2", "sigmoid(w1 x + w2 y)", "w1 x e^(w2 y)", "ln(1 + (w1 x)^2 + (w2 y)^4)"):
        tree = read_expression(body)
        first, second = (derive(tree, Symbol(w), check=False).result for w in ("w1", "w2"))
        lines = [f"let L = {body}", f"∂L/∂w1 = {plain(first)}", f"∂L/∂w2 = {plain(second)}"]
        assert verdicts(lines) == ["equal", "equal"]
        exchanged = [lines[0], f"∂L/∂w1 = {plain(second)}", f"∂L/∂w2 = {plain(first)}"]
        assert verdicts(exchanged) == ["different", "different"]
        renamed = substitute(first, {"w1": Symbol("w2"), "w2": Symbol("w1")})
        assert verdicts([lines[0], f"∂L/∂w1 = {plain(renamed)}"]) == ["different"]
