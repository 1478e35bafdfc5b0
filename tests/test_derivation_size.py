"""How long results are: at most 1.3 times the operations of SymPy's unsimplified derivative.

An activation counts as one operation, whatever its argument; of definitions by pieces the values are counted.
"""

from __future__ import annotations

import pytest
import sympy as sp
from conftest import ROOT

from solver.derivation.engine import derive
from solver.expression.bridge import to_sympy
from solver.expression.functions import ACTIVATIONS
from solver.expression.reader import read_expression
from solver.expression.tree import Apply, Cases, Expr, Symbol, rebuild, symbols, walk

LINES = (ROOT / "benchmarks" / "derivatives.txt").read_text(encoding="utf-8").splitlines()
MOST = 1.3


def named(expr: Expr) -> Expr:
    """Activations as functions of one operation that SymPy does not open."""
    expr = rebuild(expr, named)
    if isinstance(expr, Apply) and expr.function in ACTIVATIONS:
        return Apply("sinh", (expr.arguments[0],))
    return expr


def operations(value: sp.Expr) -> int:
    if isinstance(value, sp.Piecewise):
        return sum(operations(branch) for branch, _ in value.args)
    return int(sp.count_ops(value))


def test_enough_expressions() -> None:
    assert len(LINES) >= 150
    assert len(set(LINES)) == len(LINES)


@pytest.mark.parametrize("line", LINES)
def test_results_are_short(line: str) -> None:
    text, _, name = line.partition("\t")
    tree = read_expression(text)
    variable = Symbol(name or (symbols(tree) or (Symbol("x"),))[0].name)
    result = derive(tree, variable, check=False).result
    whole = isinstance(result, Cases) or not any(isinstance(node, Cases) for node in walk(result))
    assert whole, "cases stand at the top"
    raw = operations(sp.diff(to_sympy(tree), to_sympy(variable)))
    assert operations(to_sympy(named(result))) <= max(MOST * raw, 2)
