"""Faults planted in what the rule table of matrices does not hold: rules that join a loss to its activation,
and the sum over the uses of a shared matrix. The rules of the table have theirs beside the matrix forms."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction

import pytest

from solver.expression.evaluate import exact_value
from solver.expression.tree import Symbol
from solver.network import backward
from solver.network.forms import check_forms
from solver.network.record import read_record
from solver.rules.matrix import (
    Difference,
    Hadamard,
    MatrixExpr,
    MatrixProduct,
    MatrixSum,
    MatrixSymbol,
    Scale,
    Transpose,
    entry,
)
from solver.rules.matrix_vjp import FUSED, MatrixAdjoint, MatrixEquation, reverse_matrices

Fused = Callable[[MatrixExpr, MatrixExpr], MatrixExpr]

FAULTS: dict[str, Callable[[Fused], Fused]] = {
    "sign": lambda rule: lambda output, target: Scale(Fraction(-1), rule(output, target)),
    "factor": lambda rule: lambda output, target: Scale(Fraction(2), rule(output, target)),
    "arguments exchanged": lambda rule: lambda output, target: rule(target, output),
    "target lost": lambda rule: lambda output, target: output,
    "output lost": lambda rule: lambda output, target: target,
    "slope kept": lambda rule: lambda output, target: Hadamard(rule(output, target), output),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("pair", FUSED, ids=lambda pair: "+".join(pair))
def test_every_mutant_of_a_joined_rule_is_caught(
    pair: tuple[str, str], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    activation, loss = pair
    record = read_record(json.dumps({"layers": [2, 2, 2], "activations": ["tanh", activation], "loss": loss}))
    assert all(check.holds for check in check_forms(backward.analyse(record)))
    backward.analyse.cache_clear()
    monkeypatch.setattr(backward, "FUSED", {**FUSED, pair: FAULTS[fault](FUSED[pair])})
    try:
        assert any(check.holds is False for check in check_forms(backward.analyse(record)))
    finally:
        backward.analyse.cache_clear()


# ---- the sum over the uses of a matrix ----------------------------------------------------------


def matrix(name: str) -> MatrixSymbol:
    rows = tuple(tuple(Symbol(f"{name}{i}{j}") for j in range(2)) for i in range(2))
    return MatrixSymbol(name, rows, name)


A, Z, Y, G = (matrix(name) for name in "AZYG")
SHARED = [
    [MatrixEquation(Y, Hadamard(A, A))],
    [MatrixEquation(Y, MatrixProduct(Transpose(A), A))],
    [MatrixEquation(Z, MatrixProduct(A, A)), MatrixEquation(Y, Difference(Hadamard(Z, Z), A))],
    [MatrixEquation(Z, MatrixSum(A, Transpose(A))), MatrixEquation(Y, MatrixProduct(Z, A))],
]
VALUES = {
    f"{name}{i}{j}": Fraction(3 * i - 2 * j + k, 2 + k)
    for k, name in enumerate("AG")
    for i in range(2)
    for j in range(2)
}


def adjoint_symbol(node: MatrixSymbol) -> MatrixSymbol:
    return matrix("d" + node.name)


def entries_of(adjoints: tuple[MatrixAdjoint, ...], equations: list[MatrixEquation]) -> dict[str, Fraction]:
    """The value of every entry of every adjoint."""
    known = dict(VALUES)
    for equation in equations:
        for i in range(2):
            for j in range(2):
                value = exact_value(entry(equation.expression, i, j), known)
                assert value is not None
                known[f"{equation.target.name}{i}{j}"] = value
    for adjoint in adjoints:
        for i in range(2):
            for j in range(2):
                value = exact_value(entry(adjoint.expression, i, j), known)
                assert value is not None
                known[f"d{adjoint.node.name}{i}{j}"] = value
    return known


def by_differences(equations: list[MatrixEquation]) -> dict[str, Fraction]:
    """∂(Σ G ⊙ Y)/∂A entry by entry: the central quotients of polynomials of degree 4, made exact."""

    def total(name: str, shift: int) -> Fraction:
        known = {**VALUES, name: VALUES[name] + shift}
        for equation in equations:
            for i in range(2):
                for j in range(2):
                    value = exact_value(entry(equation.expression, i, j), known)
                    assert value is not None
                    known[f"{equation.target.name}{i}{j}"] = value
        return sum((known[f"G{i}{j}"] * known[f"Y{i}{j}"] for i in range(2) for j in range(2)), Fraction(0))

    def slope(name: str) -> Fraction:
        one, two = (total(name, h) - total(name, -h) for h in (1, 2))
        return (8 * one - two) / 12

    return {f"dA{i}{j}": slope(f"A{i}{j}") for i in range(2) for j in range(2)}


@pytest.mark.parametrize("equations", SHARED, ids=range(len(SHARED)))
def test_a_missing_sum_over_the_uses_of_a_matrix_is_seen(equations: list[MatrixEquation]) -> None:
    adjoints = reverse_matrices(equations, Y, G, adjoint_symbol)
    truth = by_differences(equations)
    found = entries_of(adjoints, equations)
    assert {name: found[name] for name in truth} == truth
    shared = next(a for a in adjoints if a.node.name == "A")
    assert isinstance(shared.expression, MatrixSum)
    for kept in (shared.expression.left, shared.expression.right):
        spoilt = tuple(MatrixAdjoint(a.node, a.symbol, kept, a.rules) if a is shared else a for a in adjoints)
        wrong = entries_of(spoilt, equations)
        assert {name: wrong[name] for name in truth} != truth
