"""What proves and closes a backward pass: slopes, the derivative of the loss, recursion, shapes, mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from solver.derivation.equality import Equality, Means
from solver.expression.latex import latex
from solver.expression.tree import Apply, Expr, Negative, Product, Sum, Symbol
from solver.network.activations import Activation
from solver.network.backward import Analysis
from solver.network.example import Example
from solver.network.numbers import Value
from solver.questions.forward import Coefficient
from solver.rules.matrix import (
    Elementwise,
    MatrixProduct,
    MatrixSymbol,
    ScalarMap,
    Size,
    entry,
    shape_latex,
)
from solver.rules.matrix_vjp import RULES

if TYPE_CHECKING:
    from solver.derivation.step import Derivation


@dataclass(frozen=True)
class SlopeProof:
    """φ′ derived from the definition of φ, and the form in φ itself that the sheet uses, checked equal."""

    activation: Activation
    name: str
    definition: str
    derivation: Derivation
    lines: tuple[str, ...]
    in_terms: str
    differs: bool
    undefined: tuple[tuple[Fraction, Value], ...]


@dataclass(frozen=True)
class Recursion:
    """The passage from layer ℓ + 1 to layer ℓ, written by the rules on matrices of any size."""

    first: str
    delta: str
    weights: str
    biases: str
    shapes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Mistakes:
    """What goes wrong when a rule is forgotten, on the numbers of the example where there are some.

    `without_slope`, `with_slope`: ∂L/∂z of the last layer without and with φ′ (first unit). `slope_at_a`,
    `slope_at_z`:
    φ′ taken at a instead of z for the first unit of layer 1. `fits`: whether W δ is defined at all.
    """

    without_slope: Value | None
    with_slope: Value | None
    slope_at_a: Value | None
    slope_at_z: Value | None
    unit: str
    product: tuple[str, str, str, str]
    fits: bool
    single: bool
    has_slope: bool
    has_first_slope: bool


_Z = Symbol("z")


@lru_cache(maxsize=32)
def slope_proof(activation: Activation) -> SlopeProof:
    """φ′ from the definition of φ, line by line."""
    from solver.derivation.engine import derive
    from solver.expression.functions import FUNCTIONS

    call = activation.define(_Z)
    assert isinstance(call, Apply)
    fact = FUNCTIONS[activation.name]
    definition = fact.defined_at(call.arguments)
    assert definition is not None
    derivation = derive(definition, _Z)
    lines = [latex(derivation.start)]
    for step in derivation.steps:
        text = latex(step.after)
        if text != lines[-1]:
            lines.append(text)
    in_terms = latex(fact.derivative_at(call.arguments) or derivation.result)
    return SlopeProof(
        activation, activation.text, latex(definition), derivation, tuple(lines), in_terms,
        in_terms != lines[-1],
        tuple((k, _slope(activation, k)) for k in activation.kinks),
    )  # fmt: skip


@lru_cache(maxsize=32)
def proof_checks(activation: Activation) -> tuple[Equality, ...]:
    """The steps of the derivation, and its result against the form in φ."""
    from solver.derivation.check import same
    from solver.expression.functions import FUNCTIONS

    proof = slope_proof(activation)
    checks = list(proof.derivation.checks)
    call = activation.define(_Z)
    assert isinstance(call, Apply)
    other = FUNCTIONS[activation.name].derivative_at(call.arguments)
    if other is not None:
        checks.append(same(proof.derivation.result, other))
    return tuple(checks)


def loss_steps(analysis: Analysis) -> tuple[str, ...]:
    """∂L/∂ŷ of the first output, line by line, by the engine."""
    from solver.derivation.engine import derive

    if len(analysis.component.loss) > 1:
        return ()
    output = analysis.names.activation(analysis.record.depth, 1)
    expression = analysis.component.loss[0].expression
    terms = [
        t for t in (expression.terms if isinstance(expression, Sum) else (expression,)) if _uses(t, output)
    ]
    part: Expr = terms[0] if len(terms) == 1 else Sum(tuple(terms))
    derivation = derive(part, output, check=False)
    told = analysis.named[output.name]
    lines = [latex(derivation.start)]
    for step in derivation.steps:
        text = latex(step.after)
        if sorted(_signed(step.after)) == sorted(_signed(told)):  # it is there, but for signs and order
            lines += [text] if _signed(step.after) == _signed(told) else []
            break
        lines.append(text)
    return tuple(dict.fromkeys([*lines, latex(told)]))


def _signed(expr: Expr) -> list[tuple[str, int]]:
    """The terms of a sum in written order, each with its sign, sums and signs inside it opened."""
    if isinstance(expr, Negative):
        return [(text, -sign) for text, sign in _signed(expr.operand)]
    if isinstance(expr, Sum):
        return [term for part in expr.terms for term in _signed(part)]
    return [(latex(expr), 1)]


def _uses(expr: Expr, symbol: Symbol) -> bool:
    from solver.expression.tree import symbols

    return any(s.name == symbol.name for s in symbols(expr))


def recursion(analysis: Analysis) -> Recursion | None:
    """δ⁽ˡ⁾ from δ⁽ˡ⁺¹⁾ by the rules, on sizes that have letters; None where a hidden activation mixes its
    units.
    """
    record = analysis.record
    if any(a.is_vector for a in record.activations[:-1]):
        return None
    n, m, k = Size(2, r"n_{\ell}"), Size(3, r"n_{\ell+1}"), Size(4, r"n_{\ell-1}")

    def symbol(text: str, rows: Size, columns: int) -> MatrixSymbol:
        rows_of = tuple(tuple(Symbol(f"{text}{i}{j}") for j in range(int(columns))) for i in range(int(rows)))
        return MatrixSymbol(text, rows_of, text, (rows, columns))

    upper = symbol(r"\boldsymbol{\delta}^{(\ell+1)}", m, 1)
    delta = symbol(r"\boldsymbol{\delta}^{(\ell)}", n, 1)
    weights, own = symbol(r"W^{(\ell+1)}", m, n), symbol(r"W^{(\ell)}", n, k)
    a, below, z = (
        symbol(r"\mathbf{a}^{(\ell)}", n, 1),
        symbol(r"\mathbf{a}^{(\ell-1)}", k, 1),
        symbol(r"\mathbf{z}^{(\ell)}", n, 1),
    )
    phi = ScalarMap(r"\varphi_{\ell}", _Z, Apply("tanh", (_Z,)), Product((_Z, _Z)))
    back = RULES["product_right"](MatrixProduct(weights, a), upper)
    received = RULES["elementwise"](Elementwise(phi, z), back)
    outer = RULES["product_left"](MatrixProduct(own, below), delta)
    bias = RULES["sum"](MatrixProduct(own, below), delta)
    shapes = tuple((s.latex(), shape_latex(s.shape)) for s in (delta, weights, upper, own, below))
    return Recursion(_first_delta(analysis), received.latex(), outer.latex(), bias.latex(), shapes)


def _first_delta(analysis: Analysis) -> str:
    z = analysis.names.vector("z", analysis.record.depth)
    return analysis.adjoints[z.name].expression.latex()


@dataclass(frozen=True)
class Compared:
    """How many entries of gradients were compared between the two forms: those of the parameters, and
    (gradient, entries) of what is no parameter, from the output back; `source` = `by_source` is that of the
    input.
    """

    total: int
    parameters: int
    others: tuple[tuple[str, int], ...]
    source: str
    by_source: str


def compared(analysis: Analysis) -> Compared:
    """The entries compared, by the gradients they belong to."""
    found = [a for a in analysis.adjoints.values() if a.expression != a.symbol]
    sizes = {a.node.name: a.node.shape[0] * a.node.shape[1] for a in found}
    last = analysis.adjoints[f"a{analysis.record.depth}"]
    if analysis.seed is not None:
        sizes = {last.node.name: analysis.record.layers[-1], **sizes}
    parameters = sum(size for name, size in sizes.items() if name[0] in "Wb")
    others = tuple(
        (analysis.adjoints[name].symbol.latex(), size) for name, size in sizes.items() if name[0] not in "Wb"
    )
    source = analysis.adjoints[analysis.names.input_vector.name]
    return Compared(sum(sizes.values()), parameters, others, source.symbol.latex(), source.expression.latex())


def parameter_shapes(analysis: Analysis) -> tuple[tuple[str, str], ...]:
    """(gradient, shape) of the weights and biases, last layer first."""
    found = []
    for layer in range(analysis.record.depth, 0, -1):
        for name in (f"W{layer}", f"b{layer}"):
            if name in analysis.adjoints:
                adjoint = analysis.adjoints[name]
                found.append((adjoint.symbol.latex(), shape_latex(adjoint.expression.shape)))
    return tuple(found)


def weight_coefficient(analysis: Analysis) -> tuple[Coefficient | None, tuple[Equality, ...]]:
    """An entry of ∂L/∂W in matrix form worked out, and the check that it is the gradient of that weight.

    Of the first layer with several weights; None where all layers are single numbers.
    """
    for layer in range(1, analysis.record.depth + 1):
        columns, rows = analysis.record.layers[layer - 1 : layer + 1]
        if rows * columns == 1:
            continue
        i, j = min(2, rows), 1 if rows > 1 else min(2, columns)
        adjoint = analysis.adjoints[f"W{layer}"]
        worked = entry(adjoint.expression, i - 1, j - 1)
        weight = analysis.names.weight(layer, i, j)
        left = rf"\left({adjoint.expression.latex()}\right)_{{{f'{i}{j}' if rows > 1 else j}}}"
        own = analysis.adjoint(weight)
        found = Coefficient(
            left, latex(worked), latex(own.symbol), None, f"({i}, {j})", adjoint.symbol.latex()
        )
        return found, (Equality(left, found.right, Means.ENTRYWISE, worked == analysis.named[weight.name]),)
    return None, ()


def usual_mistakes(analysis: Analysis, example: Example | None) -> Mistakes:
    record, names = analysis.record, analysis.names
    depth = record.depth
    without = with_ = at_a = at_z = None
    last = record.activations[-1]
    if example is not None:
        if not last.is_vector and last.name != "identity":
            without = example.gradients[names.activation(depth, 1).name]
            with_ = example.gradients[names.pre(depth, 1).name]
        first = record.activations[0]
        if not first.is_vector and first.name != "identity":
            at_a = _slope(first, example.values[names.activation(1, 1).name])
            at_z = _slope(first, example.values[names.pre(1, 1).name])
    top = names.weight_matrix(depth)
    delta = analysis.adjoints[f"z{depth}"].symbol
    fits = top.shape[1] == delta.shape[0]
    product = (top.latex(), shape_latex(top.shape), delta.latex(), shape_latex(delta.shape))
    first = record.activations[0]
    return Mistakes(
        without, with_, at_a, at_z, latex(names.pre(1, 1)), product, fits, top.shape == (1, 1),
        not last.is_vector and last.name != "identity", not first.is_vector and first.name != "identity",
    )  # fmt: skip


def _slope(activation: Activation, value: Value) -> Value:
    from solver.network.numbers import Real, precision, rational, value_of

    with precision(128):
        number = value.ball if isinstance(value, Real) else rational(value)
        return value_of(activation.slope_at(number))
