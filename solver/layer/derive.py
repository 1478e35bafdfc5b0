"""The backward pass of a layer: reverse mode by the rules, then each gradient in its tidy form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from solver.layer.model import Adjoint, Backward, Layer
from solver.layer.reverse import Contribution, gradient_name, reverse
from solver.layer.tidy import Tidier, sums_to_one
from solver.layer.tree import (
    Convolution,
    Correlation,
    Matrix,
    MatrixProduct,
    Name,
    Number,
    Spread,
    Sum,
    substitute,
    walk,
)
from solver.layer.vjp import RULES, Rule
from solver.layer.writing import gathered_signs, is_bare, size

LONG = 60
"""Past this size a gradient on the way keeps its name."""


def backward(layer: Layer, rules: Mapping[str, Rule] = RULES) -> Backward:
    """Derives and checks every gradient. Raises ExpressionError where the shapes or the rules refuse."""
    from solver.layer.check import checked

    adjoints = derived(layer, Tidier(layer.equations), rules)
    assumed: list[tuple[Name, Matrix]] = []
    if layer.rows_sum_to_one:
        known = sums_to_one(layer.rows_sum_to_one)
        plain = {adjoint.node.name: adjoint.tidy for adjoint in adjoints}
        for other in derived(layer, Tidier(layer.equations, known), rules):
            if (other.kept or other.node in layer.inputs) and other.tidy != plain[other.node.name]:
                assumed.append((other.node, other.tidy))
    return checked(Backward(layer, adjoints, tuple(assumed), ()))


def derived(layer: Layer, tidier: Tidier, rules: Mapping[str, Rule] = RULES) -> tuple[Adjoint, ...]:
    """Every gradient, from the output back to the inputs."""
    expressions = {equation.target.name: equation.expression for equation in layer.equations}
    inlined: dict[str, Matrix] = {}
    known: dict[str, Matrix] = {}
    found: list[Adjoint] = []
    for received in reverse(layer.equations, layer.outputs, layer.given, rules):
        node = received.node
        uses = tuple(part for part in received.contributions if not _is_nothing(part.consumer, inlined))
        uses = tuple(_cleaned(part, known) for part in uses or received.contributions)
        parts = tuple(part.gradient for part in uses)
        raw = parts[0] if len(parts) == 1 else Sum(parts)
        found_form = tidier.tidy(substitute(raw, inlined), node.of)
        tidy = found_form.expression
        kept = node.name in expressions and _worth_a_name(tidy, expressions[node.name])
        if isinstance(tidy, Number):
            known[gradient_name(node).name] = tidy
        if not kept and tidy != gradient_name(node):
            inlined[gradient_name(node).name] = tidy
        found.append(Adjoint(node, uses, raw, tidy, kept, found_form.facts))
    return tuple(found)


def _cleaned(part: Contribution, known: Mapping[str, Matrix]) -> Contribution:
    """The contribution with numbers put in (dL = 1) and its numbers in front."""
    return replace(part, gradient=gathered_signs(substitute(part.gradient, known)))


def _is_nothing(consumer: Name | None, inlined: Mapping[str, Matrix]) -> bool:
    """Whether a consumer receives 0, so that nothing comes back through it."""
    found = inlined.get("d" + consumer.name) if consumer is not None else None
    while isinstance(found, Spread):
        found = found.operand
    return isinstance(found, Number) and found.value == 0


def _worth_a_name(gradient: Matrix, expression: Matrix) -> bool:
    """A matrix product in the gradient or where it goes, or a long formula: not to be read twice."""
    heavy = MatrixProduct | Correlation | Convolution
    return size(gradient) > LONG or (
        not is_bare(gradient) and any(isinstance(n, heavy) for e in (gradient, expression) for n in walk(e))
    )
