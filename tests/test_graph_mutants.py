"""Faults planted in the reverse pass of graphs: a use forgotten in a sum, a sign, a factor, a wrong partial.

Each is generated from every adjoint of every example; what is left alone must be proved to be no fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import pytest
from mutants_helpers import proved_equal

from solver.expression.reader import read_expression as read
from solver.expression.tree import Expr, Negative, Product, number, substitute
from solver.graph.build import decompose, definitions, from_equations
from solver.graph.chain import Chain
from solver.graph.local import total
from solver.graph.model import Graph
from solver.graph.reading import read_graph
from solver.graph.reverse import Adjoint, Contribution, Reverse
from solver.graph.verify import chain_rule, check_chain

EXAMPLES = [
    "(w1 x + w2 y)^2",
    "x*x*x",
    "x y + sin(x y) + y",
    "u = x*y; v = u^2; w = sin(u); L = v*w + u*x",
    "exp(x)/(1 + exp(x))",
    "relu(x) x - y/x",
    "u = x + 1; L = u^2*y + ln(u^2 + 1)",
]


def chain_of(text: str) -> Chain:
    given = read_graph(text)
    return chain_rule(given.expression, given.graph)


def mutants(adjoint: Adjoint, backward: Reverse) -> Iterator[tuple[str, Adjoint]]:
    """Every way in which the sum over the uses of a node may be wrong."""
    uses = adjoint.contributions
    for index, use in enumerate(uses):
        others = (*uses[:index], *uses[index + 1 :])
        yield "use lost", rebuilt(adjoint, others, backward)
        yield "use counted twice", rebuilt(adjoint, (*uses, use), backward)
        yield "sign of a use", rebuilt(adjoint, (*others, replace(use, local=Negative(use.local))), backward)
        yield (
            "factor",
            rebuilt(
                adjoint, (*others, replace(use, local=Product((number(Fraction(1, 2)), use.local)))), backward
            ),
        )
        yield "partial lost", rebuilt(adjoint, (*others, replace(use, local=number(1))), backward)
        for wrong in backward.adjoints[: backward.adjoints.index(adjoint)]:
            if wrong.node.name != use.consumer.name:
                swapped = replace(use, consumer=wrong.node, adjoint=wrong.symbol)
                yield f"adjoint of {wrong.node.name}", rebuilt(adjoint, (*others, swapped), backward)
                break
        for edge in wrong_partials(use, backward):
            yield "partial of another edge", rebuilt(adjoint, (*others, edge), backward)


def wrong_partials(use: Contribution, backward: Reverse) -> Iterator[Contribution]:
    """The partial by another operand of the same operation: ∂a/∂y in place of ∂a/∂x."""
    for adjoint in backward.adjoints:
        for other in adjoint.contributions:
            if other.consumer == use.consumer and other.edge.source != use.edge.source:
                yield replace(use, local=other.local)


def rebuilt(adjoint: Adjoint, uses: tuple[Contribution, ...], backward: Reverse) -> Adjoint:
    terms = [use.term(backward.graph.output) for use in uses]
    return replace(adjoint, contributions=uses, expression=total(terms) if terms else number(0))


def in_the_inputs(expression: Expr, backward: Reverse) -> Expr:
    """With every node and every right adjoint replaced by its definition."""
    return substitute(expression, definitions(backward.as_graph()))


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_mutant_of_the_reverse_pass_is_caught(text: str) -> None:
    found = chain_of(text)
    assert all(check.holds is True for check in found.checks)
    backward = found.backward
    caught = 0
    survivors: list[str] = []
    for index, adjoint in enumerate(backward.adjoints):
        for kind, wrong in mutants(adjoint, backward):
            adjoints = (*backward.adjoints[:index], wrong, *backward.adjoints[index + 1 :])
            spoilt = replace(found, backward=replace(backward, adjoints=adjoints))
            if any(check.holds is False for check in check_chain(spoilt)):
                caught += 1
            elif not proved_equal(
                in_the_inputs(wrong.expression, backward),
                in_the_inputs(adjoint.expression, backward),
            ):
                survivors.append(f"{kind} in the adjoint of {adjoint.node.name}")
    assert survivors == []
    assert caught >= 10


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_mutant_of_a_local_derivative_is_caught(text: str) -> None:
    found = chain_of(text)
    for index, local in enumerate(found.locals):
        for wrong in (Negative(local.expression), Product((number(3), local.expression))):
            spoilt = (*found.locals[:index], replace(local, expression=wrong), *found.locals[index + 1 :])
            assert any(check.holds is False for check in check_chain(replace(found, locals=spoilt)))


def test_a_graph_that_computes_something_else_is_caught() -> None:
    """Equations in place of the expression: an operand exchanged, a node used in place of another."""
    expression = read("(w x - y)^2/2")
    right = decompose(expression)
    for index, equation in enumerate(right.equations):
        operands = list(dict.fromkeys(equation.operands))
        for other in right.inputs:
            for operand in operands:
                if other == operand:
                    continue
                wrong = replace(equation, expression=substitute(equation.expression, {operand.name: other}))
                equations = [*right.equations[:index], wrong, *right.equations[index + 1 :]]
                spoilt: Graph = from_equations(equations, right.inputs)
                checks = chain_rule(expression, spoilt).checks
                assert any(check.holds is False for check in checks)
