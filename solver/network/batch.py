"""The passes over a batch, one example a column, and their check against single examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from flint import arb

from solver.derivation.equality import Equality, Means
from solver.errors import CorrigeError
from solver.expression.tree import Symbol
from solver.network.backward import Analysis, analyse
from solver.network.build import MatrixForm, batch_form
from solver.network.forms import close, sample_values
from solver.network.numbers import precision
from solver.network.record import Record
from solver.network.second import Road, inner_partials
from solver.network.symbols import LOSS
from solver.rules.matrix import (
    Difference,
    Hadamard,
    MatrixExpr,
    MatrixSum,
    MatrixSymbol,
    Scale,
    entry,
)
from solver.rules.matrix_vjp import MatrixAdjoint, reverse_matrices

COUNT = 2
"""Examples in the batch on which the formulas, written for N, are checked."""


@dataclass(frozen=True)
class Batch:
    """Forward equations and adjoints for N examples; adjoints are those of the mean loss.

    `first` is the line in which 1/N enters, ∂L/∂Ŷ (or ∂L/∂Z of the last layer, and then `skips` is true) in Ŷ
    and Y;
    None where the loss allows no such formula.
    """

    form: MatrixForm
    adjoints: Mapping[str, MatrixAdjoint]
    checks: tuple[Equality, ...]
    first: str | None
    skips: bool


@lru_cache(maxsize=16)
def batch_of(record: Record) -> Batch:
    """The batch form of a record without numbers."""
    analysis = analyse(record)
    form = batch_form(record, analysis.names, analysis.maps, COUNT)
    output = form.post[-1].target
    found = reverse_matrices(form.equations, output, _gradient(output), _gradient)
    adjoints = {a.node.name: a for a in found}
    start = _start(analysis, form)
    checks = _checks(analysis, form, adjoints, start)
    line = None
    if start is not None:
        target, _, text = start
        line = f"{target.latex()} &= {text}"
    return Batch(form, adjoints, checks, line, start is not None and analysis.fused is not None)


Start = tuple[MatrixSymbol, MatrixExpr, str]


def _start(analysis: Analysis, form: MatrixForm) -> Start | None:
    """The gradient of the mean loss by Ŷ, or by Z where loss and activation have one rule: the expression on
    COUNT examples, and its text for N.
    """
    one = analysis.seed if analysis.fused is None else analysis.fused
    if one is None:
        return None
    depth = analysis.record.depth
    targets = analysis.names.batch("y", depth, COUNT)
    many = _widened(one, {f"a{depth}": form.post[-1].target, "y": targets})
    if many is None:
        return None
    node = (form.post if analysis.fused is None else form.pre)[-1].target
    factor, inner = (many.factor, many.operand) if isinstance(many, Scale) else (Fraction(1), many)
    below = "N" if factor.denominator == 1 else f"{factor.denominator} N"
    sign = "-" if factor < 0 else ""
    text = rf"{sign}\frac{{{abs(factor.numerator)}}}{{{below}}} \left({inner.latex()}\right)"
    return _gradient(node), Scale(Fraction(1, COUNT), many), text


def _widened(expr: MatrixExpr, columns: Mapping[str, MatrixSymbol]) -> MatrixExpr | None:
    """The expression with matrices for columns, where it is made of sums, ⊙ and numbers in front."""
    match expr:
        case MatrixSymbol(name):
            return columns.get(name)
        case Scale(factor, operand):
            inner = _widened(operand, columns)
            return None if inner is None else Scale(factor, inner)
        case Difference(left, right) | MatrixSum(left, right) | Hadamard(left, right):
            first, second = _widened(left, columns), _widened(right, columns)
            return None if first is None or second is None else type(expr)(first, second)
        case _:
            return None


def _gradient(node: MatrixSymbol) -> MatrixSymbol:
    rows = tuple(tuple(Symbol(f"d{s.name}") for s in row if isinstance(s, Symbol)) for row in node.entries)
    return MatrixSymbol(f"d{node.name}", rows, rf"\frac{{\partial L}}{{\partial {node.text}}}", node.sizes)


def _checks(
    analysis: Analysis, form: MatrixForm, adjoints: Mapping[str, MatrixAdjoint], start: Start | None
) -> tuple[Equality, ...]:
    """Column e of every matrix is what example e gives alone; parameters receive the mean of the examples."""
    record, equations = analysis.record, analysis.component.graph.equations
    shared = {
        s.name for layer in range(1, record.depth + 1) for row in analysis.names.weights(layer) for s in row
    }
    shared |= {s.name for layer in range(1, record.depth + 1) for s in analysis.names.biases(layer)}
    table: dict[str, arb] = {}
    with precision(160):
        try:
            base = sample_values(analysis, 11)
        except CorrigeError:
            return ()
        road = Road(1)
        for e in range(1, COUNT + 1):
            values = dict(base)
            if e > 1:
                other = sample_values(analysis, 11 + e)
                data = {
                    s.name: other[s.name] for s in analysis.component.graph.inputs if s.name not in shared
                }
                values |= data
                known = {s.name: road.constant(values[s.name]) for s in analysis.component.graph.inputs}
                values = {k: arb(v[0]) for k, v in road.run(equations, known).items()}
                if not all(v.is_finite() for v in values.values()):
                    return ()
            true = inner_partials(
                equations, values, [a.node.name for a in analysis.backward.adjoints], LOSS.name
            )
            for name, value in values.items():
                table[name if name in shared else f"{name}_{e}"] = value
            for name, value in true.items():
                if name in shared:
                    table[f"d{name}"] = table.get(f"d{name}", arb(0)) + value / COUNT
                else:
                    table[f"d{name}_{e}"] = value / COUNT
        known = {k: road.constant(v) for k, v in table.items()}

        def agree(target: MatrixSymbol, expr: MatrixExpr) -> bool:
            return expr.shape == target.shape and all(
                isinstance(symbol, Symbol)
                and close(arb(road.value(entry(expr, i, j), known)[0]), table[symbol.name])
                for i, row in enumerate(target.entries)
                for j, symbol in enumerate(row)
            )

        return tuple(
            Equality(target.latex(), expr.latex(), Means.ENTRYWISE, agree(target, expr))
            for target, expr in [
                *((e.target, e.expression) for e in form.equations),
                *(
                    (a.symbol, a.expression)
                    for a in adjoints.values()
                    if a.node.name != form.post[-1].target.name
                ),
                *([start[:2]] if start is not None else []),
            ]
        )
