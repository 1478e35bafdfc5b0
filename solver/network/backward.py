"""The backward pass of a record in both forms, and the checks that tie them together and to dual numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache

from solver.errors import CorrigeError
from solver.expression.latex import latex
from solver.expression.tree import (
    Cases,
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
from solver.graph.local import product, total
from solver.graph.reverse import Adjoint, Reverse, reverse
from solver.network.activations import Activation
from solver.network.build import Component, MatrixForm, component_form, matrix_form, scalar_map
from solver.network.record import Record
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

WRITTEN = 5_000
"""Past this many parameters, the equations of a network are not written out."""

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
    def slopes(self) -> Mapping[str, tuple[Symbol, Expr]]:
        """φ′(z) as a name, and its expression, by the name of z, where that is too long for a product."""
        found: dict[str, tuple[Symbol, Expr]] = {}
        for layer, activation in enumerate(self.record.activations, 1):
            if activation.is_vector or activation.name == "identity":
                continue
            prime = self.maps[activation].prime()
            if not _is_heavy(prime.body):
                continue
            for z in self.names.pres(layer):
                name = Symbol(f"slope_{z.name}", f"{prime.text}({latex(z)})")
                found[z.name] = name, prime.at(z)
        return found

    @cached_property
    def named(self) -> Mapping[str, Expr]:
        """∂L/∂node by the node's name, written with the gradients it comes from, as it stands on paper."""
        found = {a.node.name: a.expression for a in self.backward.adjoints}
        for output in self.names.activations(self.record.depth):
            found[output.name] = common_factor(found[output.name])
        for layer, activation in enumerate(self.record.activations, 1):
            for i, (z, a) in enumerate(
                zip(self.names.pres(layer), self.names.activations(layer), strict=True)
            ):
                if activation.is_vector:
                    found[z.name] = entry(self.adjoints[f"z{layer}"].expression, i, 0)
                elif z.name in self.slopes:
                    found[z.name] = Product((self.adjoint(a).symbol, self.slopes[z.name][0]))
        if self.record.penalty is not None:
            penalised = {w.name for w in self.names.penalised()}
            for adjoint in self.backward.adjoints:
                if adjoint.node.name in penalised:
                    terms = [c.term(LOSS) for c in adjoint.contributions if c.consumer.name != LOSS.name]
                    found[adjoint.node.name] = total([*terms, self.record.penalty.slope(adjoint.node)])
        return found

    @cached_property
    def closed(self) -> Mapping[str, Expr]:
        """∂L/∂node by the node's name, written with x, y, z, a and W alone where that stays short."""
        found: dict[str, Expr] = {}
        by_symbol: dict[str, Expr] = {}
        for adjoint in self.backward.adjoints:
            named = self.named[adjoint.node.name]
            expression = self._fused_entry(adjoint.node)
            if expression is None:
                expression = flat(substitute(named, by_symbol))
                if sum(1 for _ in walk(expression)) > CLOSED:
                    expression = named
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


def common_factor(expr: Expr) -> Expr:
    """2ŷ − 2y as 2(ŷ − y): a number common to all terms in front, signs kept."""
    if not isinstance(expr, Sum):
        return expr
    factors, rest = set(), []
    for term in expr.terms:
        inner = term.operand if isinstance(term, Negative) else term
        if not (isinstance(inner, Product) and isinstance(inner.factors[0], Number)):
            return expr
        factors.add(inner.factors[0].value)
        others = inner.factors[1:]
        bare = others[0] if len(others) == 1 else Product(others)
        rest.append(Negative(bare) if isinstance(term, Negative) else bare)
    return Product((Number(factors.pop()), Sum(tuple(rest)))) if len(factors) == 1 else expr


def _is_heavy(slope: Expr) -> bool:
    """Whether a slope is better named than written: a definition by pieces, or more than a few operations."""
    nodes = list(walk(slope))
    return len(nodes) > 9 or any(isinstance(n, Cases) for n in nodes)


def flat(expr: Expr) -> Expr:
    """Products of products in one row, sums of sums too; the order of terms is kept."""
    match expr:
        case Product(factors):
            return product([flat(f) for f in factors])
        case Sum(terms):
            parts = [flat(t) for t in terms]
            return Sum(tuple(part for t in parts for part in (t.terms if isinstance(t, Sum) else (t,))))
        case Negative(operand):
            return product([Number(Fraction(-1)), flat(operand)])
        case _:
            return expr


@lru_cache(maxsize=64)
def analyse(record: Record) -> Analysis:
    """The analysis of a record; the numbers it may hold play no part.

    Raises CorrigeError for a network too large to be written out.
    """
    if record.parameters > WRITTEN:
        raise CorrigeError(
            f"a network of {record.parameters} parameters is too large to be written out (at most {WRITTEN})"
        )
    names = Names(record)
    component = component_form(record, names)
    wrt = [s for s in component.graph.inputs if not s.name.startswith("y_")]
    backward = reverse(component.graph, wrt)
    maps = {a: scalar_map(a) for a in dict.fromkeys(record.activations) if not a.is_vector}
    matrix = matrix_form(record, names, maps)
    outputs = names.activations(record.depth)
    seed = vectorise([common_factor(backward.adjoint(a).expression) for a in outputs], names)
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
    found = reverse_matrices(
        matrix.equations,
        output,
        gradient_symbol(output, backward),
        lambda m: gradient_symbol(m, backward),
        rules,
    )
    penalty = record.penalty
    if penalty is None:
        return found
    letters = ("W", "b") if penalty.biases else ("W",)
    return tuple(
        replace(a, expression=penalty.matrix(a.expression, a.node)) if a.node.name[0] in letters else a
        for a in found
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
