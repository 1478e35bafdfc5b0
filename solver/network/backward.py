"""The backward pass of a record in both forms, and the checks that tie them together and to dual numbers."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

from flint import arb

from solver.derivation.equality import Equality, Means
from solver.errors import CorrigeError, UnsupportedExpression
from solver.expression.latex import latex
from solver.expression.tree import (
    Expr,
    Negative,
    Number,
    Product,
    Quotient,
    Sum,
    Symbol,
    substitute,
    walk,
)
from solver.graph.local import product
from solver.graph.reverse import Adjoint, Reverse, reverse
from solver.network.activations import Activation
from solver.network.build import Component, MatrixForm, component_form, matrix_form, scalar_map
from solver.network.numbers import precision
from solver.network.record import Record
from solver.network.second import Road, inner_partials
from solver.network.symbols import LOSS, Names
from solver.rules.matrix import (
    Difference,
    Hadamard,
    MatrixExpr,
    MatrixSum,
    MatrixSymbol,
    Ones,
    ScalarMap,
    Scale,
    entry,
)
from solver.rules.matrix_vjp import FUSED, MatrixAdjoint, Rule, reverse_matrices

CLOSED = 60
"""Past this many nodes, a gradient is written with the gradients it comes from."""

CHECKED = 150
"""At most this many nodes have their gradient checked one by one."""

POINTS = 2
_BITS = 160


@dataclass(frozen=True)
class Analysis:
    """Everything symbolic about a record: both forms of both passes.

    `seed` is ∂L/∂ŷ as a matrix expression where the loss allows one, else None; `fused` is ∂L/∂z of the
    last layer in
    one formula, for pairs such as softmax with cross-entropy.
    """

    record: Record
    names: Names
    component: Component
    backward: Reverse
    maps: Mapping[Activation, ScalarMap]
    matrix: MatrixForm
    adjoints: Mapping[str, MatrixAdjoint]
    seed: MatrixExpr | None
    fused: MatrixExpr | None

    def adjoint(self, node: Symbol) -> Adjoint:
        """∂L/∂node in components."""
        return self.backward.adjoint(node)

    @cached_property
    def closed(self) -> Mapping[str, Expr]:
        """∂L/∂node by the node's name, written with x, y, z, a and W alone where that stays short."""
        found: dict[str, Expr] = {}
        by_symbol: dict[str, Expr] = {}
        for adjoint in self.backward.adjoints:
            expression = self._fused_entry(adjoint.node)
            if expression is None:
                expression = _flat(substitute(adjoint.expression, by_symbol))
                if sum(1 for _ in walk(expression)) > CLOSED:
                    expression = adjoint.expression
            found[adjoint.node.name] = expression
            by_symbol[adjoint.symbol.name] = expression
        return found

    def _fused_entry(self, node: Symbol) -> Expr | None:
        if self.fused is None:
            return None
        pres = self.names.pres(self.record.depth)
        for i, pre in enumerate(pres):
            if pre.name == node.name:
                return entry(self.fused, i, 0)
        return None

    @cached_property
    def checks(self) -> tuple[Equality, ...]:
        """Every gradient against dual numbers, and the matrix form against the component form."""
        return check_forms(self)


def _flat(expr: Expr) -> Expr:
    """Products of products in one row, sums of sums too; the order of terms is kept."""
    match expr:
        case Product(factors):
            return product([_flat(f) for f in factors])
        case Sum(terms):
            flat = [_flat(t) for t in terms]
            return Sum(tuple(part for t in flat for part in (t.terms if isinstance(t, Sum) else (t,))))
        case Negative(operand):
            return product([Number(Fraction(-1)), _flat(operand)])
        case _:
            return expr


@lru_cache(maxsize=64)
def analyse(record: Record) -> Analysis:
    """The analysis of a record; the numbers it may hold play no part."""
    names = Names(record)
    component = component_form(record, names)
    wrt = [s for s in component.graph.inputs if not s.name.startswith("y_")]
    backward = reverse(component.graph, wrt)
    maps = {a: scalar_map(a) for a in dict.fromkeys(record.activations) if not a.is_vector}
    matrix = matrix_form(record, names, maps)
    outputs = names.activations(record.depth)
    seed = vectorise([backward.adjoint(a).expression for a in outputs], names)
    adjoints = matrix_adjoints(record, names, matrix, backward)
    make = FUSED.get((record.activations[-1].name, record.loss.name))
    fused = make(names.vector("a", record.depth), names.target_vector) if make else None
    return Analysis(
        record, names, component, backward, maps, matrix, {a.node.name: a for a in adjoints}, seed, fused
    )


def matrix_adjoints(
    record: Record,
    names: Names,
    matrix: MatrixForm,
    backward: Reverse,
    rules: Mapping[str, Rule] | None = None,
) -> tuple[MatrixAdjoint, ...]:
    """The backward pass in matrix form, from ∂L/∂ŷ (a name) back to x, written with names."""
    output = names.vector("a", record.depth)
    return reverse_matrices(
        matrix.equations,
        output,
        gradient_symbol(output, backward),
        lambda m: gradient_symbol(m, backward),
        rules,
    )


def gradient_symbol(node: MatrixSymbol, backward: Reverse) -> MatrixSymbol:
    """∂L/∂node as a named matrix whose entries are the adjoints of the component form."""
    rows = tuple(
        tuple(backward.adjoint(s).symbol for s in row if isinstance(s, Symbol)) for row in node.entries
    )
    return MatrixSymbol(f"d{node.name}", rows, rf"\frac{{\partial {latex(LOSS)}}}{{\partial {node.text}}}")


def vectorise(expressions: list[Expr], names: Names) -> MatrixExpr | None:
    """One matrix expression whose entries are these, in ŷᵢ and yᵢ; None where there is none of the simple
    kind.
    """
    depth = names.record.depth
    columns = {s.name: names.vector("a", depth) for s in names.activations(depth)}
    columns |= {s.name: names.target_vector for s in names.targets}
    size = len(expressions)

    def lift(expr: Expr) -> MatrixExpr | None:
        match expr:
            case Symbol(name):
                return columns.get(name)
            case Number(value):
                return Ones(size) if value == 1 else Scale(value, Ones(size))
            case Negative(operand):
                inner = lift(operand)
                return None if inner is None else Scale(Fraction(-1), inner)
            case Sum(terms):
                found: MatrixExpr | None = None
                for term in terms:
                    negative = isinstance(term, Negative)
                    part = lift(term.operand if isinstance(term, Negative) and found is not None else term)
                    if part is None:
                        return None
                    if found is None:
                        found = part
                    else:
                        found = Difference(found, part) if negative else MatrixSum(found, part)
                return found
            case Product((Number(value), *rest)):
                inner = lift(rest[0] if len(rest) == 1 else Product(tuple(rest)))
                return None if inner is None else Scale(value, inner)
            case Product((Quotient(Number(a), Number(b)), *rest)):
                inner = lift(rest[0] if len(rest) == 1 else Product(tuple(rest)))
                return None if inner is None else Scale(a / b, inner)
            case Product((left, right)):
                first, second = lift(left), lift(right)
                return None if first is None or second is None else Hadamard(first, second)
            case _:
                return None

    lifted = [lift(e) for e in expressions]
    first = lifted[0]
    return first if first is not None and all(other == first for other in lifted) else None


# ---- checks -----------------------------------------------------------------------------------


def sample_values(analysis: Analysis, seed: int) -> dict[str, arb]:
    """Forward values of every node at random rational parameters and data where the loss has a value."""
    record, graph = analysis.record, analysis.component.graph
    chance = random.Random(f"{seed} {record.layers}")
    road = Road(1)
    for _ in range(200):
        point: dict[str, Fraction] = {}
        for s in graph.inputs:
            if s.name.startswith("y_"):
                point[s.name] = (
                    Fraction(chance.choice((-1, 1)))
                    if record.loss.name == "hinge"
                    else Fraction(chance.randint(1, 15), 16)
                )
            else:
                point[s.name] = Fraction(chance.randint(-64, 64) or 7, 37)
        try:
            known = {k: road.constant(arb(v.numerator) / v.denominator) for k, v in point.items()}
            values = {k: arb(v[0]) for k, v in road.run(graph.equations, known).items()}
        except (UnsupportedExpression, ValueError, ZeroDivisionError):
            continue
        if all(v.is_finite() for v in values.values()):
            return values
    raise CorrigeError("no point was found where this network and this loss have a value")


def check_forms(analysis: Analysis) -> tuple[Equality, ...]:
    """∂L/∂node in components against dual numbers; in matrices against the components, entry by entry."""
    backward, equations = analysis.backward, analysis.component.graph.equations
    nodes = [a for a in backward.adjoints if a.node.name != LOSS.name][:CHECKED]
    component: dict[str, bool | None] = {a.node.name: True for a in nodes}
    closed: dict[str, bool | None] = dict(component)
    matrix: dict[str, bool | None] = dict.fromkeys(analysis.adjoints, True)
    extra: dict[str, bool | None] = {"seed": True, "fused": True}
    forward: dict[str, bool | None] = {e.target.name: True for e in analysis.matrix.equations}
    with precision(_BITS):
        for seed in range(POINTS):
            try:
                values = sample_values(analysis, seed)
            except CorrigeError:
                component = dict.fromkeys(component)
                closed, matrix = dict.fromkeys(closed), dict.fromkeys(matrix)
                extra, forward = dict.fromkeys(extra), dict.fromkeys(forward)
                break
            true = inner_partials(equations, values, [a.node.name for a in backward.adjoints], LOSS.name)
            table = {**values, **{a.symbol.name: true[a.node.name] for a in backward.adjoints}}
            road = Road(1)
            known = {k: road.constant(v) for k, v in table.items()}

            def agree(expr: Expr, expected: arb, road: Road = road, known: Any = known) -> bool:
                return close(arb(road.value(expr, known)[0]), expected)

            for adjoint in nodes:
                name, expected = adjoint.node.name, true[adjoint.node.name]
                component[name] = component[name] and agree(adjoint.expression, expected)
                closed[name] = closed[name] and agree(analysis.closed[name], expected)
            for key, found in analysis.adjoints.items():
                matrix[key] = matrix[key] and _entries_agree(found.expression, found.symbol, agree, table)
            for equation in analysis.matrix.equations:
                name = equation.target.name
                forward[name] = forward[name] and _entries_agree(
                    equation.expression, equation.target, agree, table
                )
            depth = analysis.record.depth
            for key, expr, node in (("seed", analysis.seed, "a"), ("fused", analysis.fused, "z")):
                if expr is not None:
                    target = gradient_symbol(analysis.names.vector(node, depth), backward)
                    extra[key] = extra[key] and _entries_agree(expr, target, agree, table)
    out = [Equality(latex(a.symbol), latex(a.expression), Means.DUAL, component[a.node.name]) for a in nodes]
    out += [
        Equality(latex(a.symbol), latex(analysis.closed[a.node.name]), Means.DUAL, closed[a.node.name])
        for a in nodes
    ]
    out += [
        Equality(found.symbol.latex(), found.expression.latex(), Means.ENTRYWISE, matrix[key])
        for key, found in analysis.adjoints.items()
    ]
    out += [
        Equality(e.target.latex(), e.expression.latex(), Means.ENTRYWISE, forward[e.target.name])
        for e in analysis.matrix.equations
    ]
    depth = analysis.record.depth
    for key, expr, node in (("seed", analysis.seed, "a"), ("fused", analysis.fused, "z")):
        if expr is not None:
            target = gradient_symbol(analysis.names.vector(node, depth), backward)
            out.append(Equality(target.latex(), expr.latex(), Means.ENTRYWISE, extra[key]))
    return tuple(out)


def _entries_agree(expr: MatrixExpr, target: MatrixSymbol, agree: Any, table: Mapping[str, arb]) -> bool:
    if expr.shape != target.shape:
        return False
    for i, row in enumerate(target.entries):
        for j, symbol in enumerate(row):
            assert isinstance(symbol, Symbol)
            if not agree(entry(expr, i, j), table[symbol.name]):
                return False
    return True


def close(left: arb, right: arb) -> bool:
    """Whether two balls hold the same number as far as 60 bits tell; wide balls never agree."""
    gap = left - right
    size = abs(right).upper() + 1
    return bool(gap.contains(0)) and bool(gap.rad() < size * arb(2) ** -60)
