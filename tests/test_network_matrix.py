"""Matrix rules: each is right on every expression it may meet, and each way of getting it wrong is caught.

The matrix form of a backward pass is only worth printing if a dropped transpose or a forgotten ⊙ cannot slip
through.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from solver.errors import ExpressionError
from solver.expression.tree import Symbol
from solver.network.backward import analyse, matrix_adjoints
from solver.network.forms import check_forms
from solver.network.record import Record, read_record
from solver.rules import matrix as m
from solver.rules.matrix_vjp import FUSED, RULES, Rule, pull_back, transpose


def net(layers: list[int], activations: list[str], loss: str, **more: object) -> Record:
    return read_record(json.dumps({"layers": layers, "activations": activations, "loss": loss, **more}))


def symbol(name: str, rows: int, columns: int) -> m.MatrixSymbol:
    entries = tuple(tuple(Symbol(f"{name}{i}{j}") for j in range(columns)) for i in range(rows))
    return m.MatrixSymbol(name, entries, name)


# ---- shapes, LaTeX, entries ------------------------------------------------------------------------


def test_shapes_are_checked():
    a, b = symbol("A", 2, 3), symbol("B", 2, 3)
    assert m.MatrixProduct(a, transpose(b)).shape == (2, 2)
    for wrong in (
        lambda: m.MatrixProduct(a, b),
        lambda: m.Hadamard(a, transpose(b)),
        lambda: m.MatrixSum(a, transpose(b)),
    ):
        with pytest.raises(ExpressionError, match=r"2 \\times 3"):
            wrong()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("W", r"W^{\top}"), ("W'", r"W'^{\top}"), (r"W^{(2)}", r"W^{(2)\top}"),
    (r"\mathbf{a}^{(1)}", r"\mathbf{a}^{(1)\top}"),
     (r"\frac{\partial L}{\partial z}", r"\left(\frac{\partial L}{\partial z}\right)^{\top}")],
)  # fmt: skip
def test_transposes_are_printed(text, expected):
    assert m.Transpose(replace(symbol("A", 1, 2), text=text)).latex() == expected


def test_parentheses():
    a, b, c = (symbol(n, 2, 2) for n in "ABC")
    assert m.MatrixProduct(a, m.MatrixSum(b, c)).latex() == r"A \, \left(B + C\right)"
    assert m.Difference(a, m.Difference(b, c)).latex() == r"A - \left(B - C\right)"
    assert m.Hadamard(m.MatrixProduct(a, b), c).latex() == r"\left(A \, B\right) \odot C"
    assert m.Hadamard(a, m.Difference(b, c)).latex() == r"A \odot \left(B - C\right)"
    assert m.Transpose(m.MatrixProduct(a, b)).latex() == r"\left(A \, B\right)^{\top}"


def test_double_transpose_goes():
    a = symbol("A", 2, 3)
    assert transpose(transpose(a)) == a


# ---- rules by finite sums: every entry of every rule, on expressions of its own ----------------------


def contributions(expression: m.MatrixExpr, node: m.MatrixSymbol, rules=None) -> list[list[Fraction]]:
    """What `node` receives from the rules, on numbers; `expression` must use one name a place."""
    gradient = symbol("G", *expression.shape)
    parts = [p for s, p, _ in pull_back(expression, gradient, rules) if s.name == node.name]
    values = VALUES
    total = [[Fraction(0)] * node.shape[1] for _ in range(node.shape[0])]
    for part in parts:
        for i in range(node.shape[0]):
            for j in range(node.shape[1]):
                total[i][j] += evaluate(m.entry(part, i, j), values)
    return total


def by_definition(expression: m.MatrixExpr, node: m.MatrixSymbol) -> list[list[Fraction]]:
    """Σ G_kl ∂expression_kl/∂node_ij, by an exact central difference (the expressions are quadratic)."""
    found = []
    for row in node.entries:
        line = []
        for s in row:
            ends = []
            for step in (1, -1):
                values = {**VALUES, s.name: VALUES[s.name] + step}
                ends.append(
                    sum(
                        VALUES[f"G{k}{c}"] * evaluate(m.entry(expression, k, c), values)
                        for k in range(expression.shape[0])
                        for c in range(expression.shape[1])
                    )
                )
            line.append((ends[0] - ends[1]) / 2)
        found.append(line)
    return found


def evaluate(expr, values) -> Fraction:
    from solver.expression.evaluate import exact_value

    value = exact_value(expr, values)
    assert value is not None
    return value


VALUES = {
    f"{name}{i}{j}": Fraction((7 * k + 3 * i + 5 * j) % 11 - 5, 1 + (i + j + k) % 3)
    for k, name in enumerate("ABCG")
    for i in range(4)
    for j in range(4)
}
Z = Symbol("z")


def square() -> m.ScalarMap:
    """z ↦ z² with its derivative 2z."""
    from solver.expression.tree import Power, Product, number

    return m.ScalarMap("q", Z, Power(Z, number(2)), Product((number(2), Z)))


A, B, C = symbol("A", 2, 3), symbol("B", 3, 2), symbol("C", 2, 3)
S, T = symbol("A", 2, 2), symbol("B", 2, 2)
CASES: list[m.MatrixExpr] = [
    m.MatrixProduct(A, B),
    m.MatrixProduct(m.Transpose(A), C),
    m.MatrixSum(m.MatrixProduct(A, B), symbol("C", 2, 2)),
    m.Difference(A, C),
    m.Hadamard(A, C),
    m.Scale(Fraction(-3, 2), A),
    m.Elementwise(square(), A),
    m.Hadamard(m.Scale(Fraction(2), A), m.Transpose(B)),
    m.MatrixProduct(S, T),
    m.Difference(S, m.MatrixProduct(m.Transpose(T), symbol("C", 2, 2))),
    m.MatrixProduct(m.Elementwise(square(), S), symbol("C", 2, 1)),
]


@pytest.mark.parametrize("expression", CASES, ids=lambda e: e.latex())
def test_rules_agree_with_the_definition(expression):
    for node, _, _ in pull_back(expression, symbol("G", *expression.shape)):
        assert contributions(expression, node) == by_definition(expression, node)


# ---- mutants ---------------------------------------------------------------------------------------


def _drop_transpose(rule: Rule) -> Rule:
    def strip(expr: m.MatrixExpr) -> m.MatrixExpr:
        match expr:
            case m.Transpose(operand):
                return operand
            case m.MatrixProduct(left, right):
                return m.MatrixProduct(strip(left), strip(right))
            case m.Hadamard(left, right):
                return m.Hadamard(strip(left), strip(right))
            case m.Difference(left, right):
                return m.Difference(strip(left), strip(right))
        return expr

    return lambda node, received: strip(rule(node, received))


def _negated(rule: Rule) -> Rule:
    return lambda node, received: m.Scale(Fraction(-1), rule(node, received))


def _doubled(rule: Rule) -> Rule:
    return lambda node, received: m.Scale(Fraction(2), rule(node, received))


def _swapped(rule: Rule) -> Rule:
    def swap(expr: m.MatrixExpr) -> m.MatrixExpr:
        match expr:
            case m.MatrixProduct(left, right):
                return m.MatrixProduct(right, left)
            case m.Difference(left, right):
                return m.Difference(right, left)
            case m.Hadamard(left, m.Difference() as right):
                return m.Hadamard(left, swap(right))
        return expr

    return lambda node, received: swap(rule(node, received))


def _without_hadamard(rule: Rule) -> Rule:
    def keep_left(expr: m.MatrixExpr) -> m.MatrixExpr:
        return expr.left if isinstance(expr, m.Hadamard) else expr

    return lambda node, received: keep_left(rule(node, received))


def _product_for_hadamard(rule: Rule) -> Rule:
    def change(expr: m.MatrixExpr) -> m.MatrixExpr:
        return m.MatrixProduct(expr.left, expr.right) if isinstance(expr, m.Hadamard) else expr

    return lambda node, received: change(rule(node, received))


def _passed_on(rule: Rule) -> Rule:
    return lambda node, received: received


MUTATIONS: list[Callable[[Rule], Rule]] = [
    _drop_transpose, _negated, _doubled, _swapped, _without_hadamard, _product_for_hadamard, _passed_on,
]  # fmt: skip


def caught(name: str, mutated: Rule) -> bool:
    """Whether a case of its own, or a network, contradicts the mutated rule."""
    rules = {**RULES, name: mutated}
    for expression in CASES:
        for node, _, used in pull_back(expression, symbol("G", *expression.shape)):
            if name not in used and name != "sum":
                continue
            try:
                if contributions(expression, node, rules) != by_definition(expression, node):
                    return True
            except ExpressionError:
                return True
    for record in NETWORKS:
        analysis = analyse(record)
        try:
            adjoints = matrix_adjoints(record, analysis.names, analysis.matrix, analysis.backward, rules)
        except ExpressionError:
            return True
        wrong = replace(analysis, adjoints={a.node.name: a for a in adjoints})
        if any(check.holds is False for check in check_forms(wrong)):
            return True
    return False


NETWORKS = [
    net([2, 2, 2], ["sigmoid", "tanh"], "half_squared"),
    net([2, 2, 2], ["softmax", "softmax"], "cross_entropy"),
    net([2, 2, 2], ["tanh", "log_softmax"], "nll"),
]


@pytest.mark.parametrize("name", list(RULES))
def test_every_mutant_of_every_rule_is_caught(name):
    rule = RULES[name]
    tried = 0
    for mutation in MUTATIONS:
        mutated = mutation(rule)
        if _same_everywhere(name, rule, mutated):
            continue
        tried += 1
        assert caught(name, mutated), f"{mutation.__name__} of {name} passes"
    assert tried >= 2


def _same_everywhere(name: str, rule: Rule, mutated: Rule) -> bool:
    """Whether the mutation changes nothing in the formula (no transpose to drop, say)."""
    probes = {
        "product_left": m.MatrixProduct(S, T), "product_right": m.MatrixProduct(S, T),
        "sum": m.MatrixSum(S, T),
        "difference_right": m.Difference(S, T), "scale": m.Scale(Fraction(3), S), "transpose": m.Transpose(S),
        "hadamard_left": m.Hadamard(S, T), "hadamard_right": m.Hadamard(S, T),
        "elementwise": m.Elementwise(square(), S),
        "softmax": m.Softmax(symbol("A", 2, 1), symbol("B", 2, 1)),
        "log_softmax": m.LogSoftmax(symbol("A", 2, 1), symbol("B", 2, 1)),
    }  # fmt: skip
    node = probes[name]
    gradient = symbol("G", *node.shape)
    try:
        return rule(node, gradient) == mutated(node, gradient)
    except ExpressionError:
        return False


def test_every_rule_begins_with_its_formula():
    for name, rule in RULES.items():
        assert "⟹" in (rule.__doc__ or "").splitlines()[0], name
    for rule in FUSED.values():
        assert "⟹" in (rule.__doc__ or "").splitlines()[0]
