"""Reverse mode over the equations of a layer: what each named matrix receives, by which rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from solver.errors import ExpressionError
from solver.layer.shapes import SCALAR
from solver.layer.tree import Entrywise, Equation, Matrix, Name, Number, Product, names_in, operands
from solver.layer.vjp import RULES, Rule, is_flat, passes, repetition, rule_for


@dataclass(frozen=True)
class Contribution:
    """What one use of `node` in the equation of `consumer` sends back, by the rules named from outside in.

    `consumer` is None for the gradient received from outside.
    """

    consumer: Name | None
    rules: tuple[str, ...]
    gradient: Matrix


@dataclass(frozen=True)
class Received:
    """All that a node receives; d`node` is their sum."""

    node: Name
    contributions: tuple[Contribution, ...]


def gradient_name(node: Name) -> Name:
    """The name of ∂L/∂node: dX for X."""
    return Name("d" + node.name, node.of)


def active_names(equations: Sequence[Equation], given: frozenset[str]) -> frozenset[str]:
    """Names through which a gradient may go: inputs that are not given, and what depends on them."""
    defined = {equation.target.name for equation in equations}
    active: set[str] = set()
    for equation in equations:
        used = names_in(equation.expression)
        active |= {name for name in used if name not in defined and name not in given}
        if any(name in active for name in _differentiable(equation.expression)):
            active.add(equation.target.name)
    return frozenset(active)


def _differentiable(node: Matrix) -> Iterator[str]:
    """The names that a gradient reaches in an expression."""
    if isinstance(node, Name):
        yield node.name
    elif not (isinstance(node, Entrywise) and is_flat(node)):
        for operand in operands(node):
            yield from _differentiable(operand)


def _is_subtracted(node: Matrix) -> bool:
    """−A, the term of a sum."""
    return isinstance(node, Product) and len(node.factors) == 2 and node.factors[0] == Number(Fraction(-1))


def pull_back(
    expression: Matrix, received: Matrix, active: frozenset[str], rules: Mapping[str, Rule] = RULES
) -> Iterator[tuple[Name, tuple[str, ...], Matrix]]:
    """What each use of an active name in `expression` receives, and by which rules."""

    def visit(
        node: Matrix, gradient: Matrix, used: tuple[str, ...]
    ) -> Iterator[tuple[Name, tuple[str, ...], Matrix]]:
        if isinstance(node, Name):
            yield node, used, gradient
            return
        for place, operand in enumerate(operands(node)):
            if not passes(node, place) or not any(name in active for name in _differentiable(operand)):
                continue
            rule = rule_for(node, place)
            sent = rules[rule](node, gradient, place)
            names = (*used, "sum" if _is_subtracted(node) else rule)
            repeated = repetition(operand, node)
            if repeated is not None:
                sent, names = rules[repeated](node, sent, place), (*names, repeated)
            yield from visit(operand, sent, names)

    yield from visit(expression, received, ())


def reverse(
    equations: Sequence[Equation],
    outputs: Sequence[Name],
    given: frozenset[str] = frozenset(),
    rules: Mapping[str, Rule] = RULES,
) -> tuple[Received, ...]:
    """Every active node with what it receives, from the last equation back to the inputs.

    A number as output is the loss itself and receives 1; a matrix receives d of its name. Raises
    ExpressionError where nothing can be differentiated.
    """
    active = active_names(equations, given)
    found: dict[str, list[Contribution]] = {}
    nodes: dict[str, Name] = {}
    for output in outputs:
        seed: Matrix = Number(Fraction(1)) if output.of == SCALAR else gradient_name(output)
        found[output.name], nodes[output.name] = [Contribution(None, (), seed)], output
    order: list[Received] = []
    for equation in reversed(equations):
        target = equation.target
        if target.name not in found or target.name not in active:
            continue
        order.append(Received(target, tuple(found.pop(target.name))))
        for node, names, gradient in pull_back(equation.expression, gradient_name(target), active, rules):
            if node.name in active:
                nodes.setdefault(node.name, node)
                found.setdefault(node.name, []).append(Contribution(target, names, gradient))
    inputs = [Received(nodes[name], tuple(parts)) for name, parts in found.items() if name in active]
    if not inputs:
        raise ExpressionError("the layer has no input that a gradient could reach")
    return (*order, *inputs)
