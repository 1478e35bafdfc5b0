"""A record as a graph of named equations, neuron by neuron, and as equations between matrices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

from solver.expression.tree import Apply, Expr, Product, Quotient, Sum, Symbol
from solver.graph.model import Equation, Graph
from solver.network.activations import Activation
from solver.network.record import Record
from solver.network.symbols import LOSS, Names
from solver.rules.matrix import (
    Difference,
    Elementwise,
    LogSoftmax,
    MatrixExpr,
    MatrixProduct,
    MatrixSum,
    MatrixSymbol,
    Ones,
    ScalarMap,
    Scale,
    Size,
    Softmax,
    Transpose,
)
from solver.rules.matrix_vjp import MatrixEquation


@dataclass(frozen=True)
class Component:
    """The component form: the graph, and its equations by layer (`pre[l]`, `post[l]`, 0-based) and `loss`."""

    graph: Graph
    pre: tuple[tuple[Equation, ...], ...]
    post: tuple[tuple[Equation, ...], ...]
    loss: tuple[Equation, ...]


def component_form(record: Record, names: Names) -> Component:
    """z = Σ W a + b, a = φ(z) for each unit, then L."""
    pre, post = [], []
    for layer in range(1, record.depth + 1):
        pre.append(tuple(_pre_equation(record, names, layer, i) for i in range(1, record.layers[layer] + 1)))
        post.append(_post_equations(record, names, layer))
    outputs = names.activations(record.depth)
    loss = record.loss.equations(outputs, names.targets, LOSS, names.inner)
    if record.penalty is not None:
        terms = record.penalty.terms(names.penalised())
        loss = (*loss[:-1], Equation(LOSS, flat_sum(loss[-1].expression, terms)))
    parameters: list[Symbol] = []
    for layer in range(1, record.depth + 1):
        parameters += [w for row in names.weights(layer) for w in row]
        parameters += names.biases(layer) if record.biased[layer - 1] else ()
    inputs = [*names.inputs, *(names.targets if record.loss.needs_target else ()), *parameters]
    flat = [e for z, a in zip(pre, post, strict=True) for e in (*z, *a)]
    return Component(Graph(tuple(inputs), (*flat, *loss), LOSS), tuple(pre), tuple(post), loss)


def flat_sum(first: Expr, rest: Sequence[Expr]) -> Expr:
    """first + rest as one sum."""
    return Sum((*(first.terms if isinstance(first, Sum) else (first,)), *rest))


def _pre_equation(record: Record, names: Names, layer: int, unit: int) -> Equation:
    below = names.activations(layer - 1)
    terms: list[Expr] = [Product((w, a)) for w, a in zip(names.weights(layer)[unit - 1], below, strict=True)]
    if record.biased[layer - 1]:
        terms.append(names.bias(layer, unit))
    return Equation(names.pre(layer, unit), terms[0] if len(terms) == 1 else Sum(tuple(terms)))


def _post_equations(record: Record, names: Names, layer: int) -> tuple[Equation, ...]:
    activation = record.activations[layer - 1]
    pres, posts = names.pres(layer), names.activations(layer)
    if not activation.is_vector:
        return tuple(Equation(a, activation.define(z)) for z, a in zip(pres, posts, strict=True))
    powers = [names.exponential(layer, i) for i in range(1, len(pres) + 1)]
    whole = names.total(layer)
    first = tuple(Equation(e, Apply("exp", (z,))) for e, z in zip(powers, pres, strict=True))
    total = Equation(whole, powers[0] if len(powers) == 1 else Sum(tuple(powers)))
    if activation.name == "softmax":
        last = tuple(Equation(a, Quotient(e, whole)) for e, a in zip(powers, posts, strict=True))
    else:
        from solver.expression.tree import Negative

        last = tuple(
            Equation(a, Sum((z, Negative(Apply("ln", (whole,)))))) for z, a in zip(pres, posts, strict=True)
        )
    return (*first, total, *last)


# ---- matrices ---------------------------------------------------------------------------------

_Z = Symbol("z")


@lru_cache(maxsize=64)
def scalar_map(activation: Activation) -> ScalarMap:
    """φ with its derivative worked out by the engine."""
    from solver.derivation.engine import derive

    body = activation.define(_Z)
    return ScalarMap(activation.text, _Z, body, derive(body, _Z).result)


@dataclass(frozen=True)
class MatrixForm:
    """The matrix form: `pre[l]` and `post[l]` (0-based) are z = W a + b and a = φ(z)."""

    pre: tuple[MatrixEquation, ...]
    post: tuple[MatrixEquation, ...]

    @cached_property
    def equations(self) -> tuple[MatrixEquation, ...]:
        return tuple(e for pair in zip(self.pre, self.post, strict=True) for e in pair)


def matrix_form(record: Record, names: Names, maps: Mapping[Activation, ScalarMap]) -> MatrixForm:
    """z⁽ˡ⁾ = W⁽ˡ⁾ a⁽ˡ⁻¹⁾ + b⁽ˡ⁾, a⁽ˡ⁾ = φ(z⁽ˡ⁾), for one example."""
    pre, post = [], []
    for layer in range(1, record.depth + 1):
        z, a = names.vector("z", layer), names.vector("a", layer)
        product: MatrixExpr = MatrixProduct(names.weight_matrix(layer), names.vector("a", layer - 1))
        if record.biased[layer - 1]:
            product = MatrixSum(product, names.vector("b", layer))
        pre.append(MatrixEquation(z, product))
        post.append(MatrixEquation(a, _activated(record.activations[layer - 1], z, a, maps)))
    return MatrixForm(tuple(pre), tuple(post))


def batch_form(
    record: Record, names: Names, maps: Mapping[Activation, ScalarMap], count: int = 2
) -> MatrixForm:
    """The same for N examples, one a column: Z⁽ˡ⁾ = W⁽ˡ⁾ A⁽ˡ⁻¹⁾ + b⁽ˡ⁾ 1ᵀ (worked out for `count`, shown
    N).
    """
    pre, post = [], []
    for layer in range(1, record.depth + 1):
        z, a = names.batch("z", layer, count), names.batch("a", layer, count)
        product: MatrixExpr = MatrixProduct(names.weight_matrix(layer), names.batch("a", layer - 1, count))
        if record.biased[layer - 1]:
            copies = Transpose(Ones(Size(count, "N")))
            product = MatrixSum(product, MatrixProduct(names.vector("b", layer), copies))
        pre.append(MatrixEquation(z, product))
        post.append(MatrixEquation(a, _activated(record.activations[layer - 1], z, a, maps)))
    return MatrixForm(tuple(pre), tuple(post))


def loss_form(record: Record, names: Names) -> MatrixExpr | None:
    """L from ŷ and y as vectors: c (ŷ − y)ᵀ(ŷ − y), −yᵀ ln ŷ, −yᵀ ŷ, 1ᵀ ŷ; None for the losses without such
    a form.
    """
    output, target = names.vector("a", record.depth), names.target_vector
    size = record.layers[-1]
    if record.loss.name in _SQUARES:
        gap = Difference(output, target)
        factor = _SQUARES[record.loss.name](size)
        if size == 1:
            return None
        square = MatrixProduct(Transpose(gap), gap)
        return square if factor == 1 else Scale(factor, square)
    if record.loss.name == "cross_entropy":
        return Scale(Fraction(-1), MatrixProduct(Transpose(target), Elementwise(_LN, output)))
    if record.loss.name == "nll":
        return Scale(Fraction(-1), MatrixProduct(Transpose(target), output))
    if record.loss.name == "sum" and size > 1:
        return MatrixProduct(Transpose(Ones(size)), output)
    return None


_SQUARES: Mapping[str, Callable[[int], Fraction]] = {
    "half_squared": lambda n: Fraction(1, 2),
    "squared": lambda n: Fraction(1),
    "mse": lambda n: Fraction(1, n),
}
_LN = ScalarMap(r"\ln", _Z, Apply("ln", (_Z,)))


def _activated(
    activation: Activation, z: MatrixSymbol, a: MatrixSymbol, maps: Mapping[Activation, ScalarMap]
) -> MatrixExpr:
    if activation.is_vector:
        return Softmax(z, a) if activation.name == "softmax" else LogSoftmax(z, a)
    if activation.name == "identity":
        return z
    return Elementwise(maps[activation], z)
