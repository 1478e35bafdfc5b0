"""What `corrige graph --to json` prints: nodes, edges, gradients and steps as plain data."""

from __future__ import annotations

from solver.derivation.equality import tally
from solver.errors import UnsupportedExpression
from solver.expression.sympy_text import sympy_text
from solver.expression.tree import Symbol, symbols
from solver.graph.answer import Report
from solver.graph.chain import Gradient, LocalDerivative
from solver.graph.forward import value_of, value_text
from solver.graph.model import Graph
from solver.graph.report_words import taken_text, value_or_formula
from solver.graph.reverse import Adjoint


def graph_json(found: Report) -> dict[str, object]:
    """The answer as plain data; expressions in SymPy's functions and in the names of the nodes."""
    chain, graph = found.chain, found.chain.graph
    answer: dict[str, object] = {
        "expression": None if chain.expression is None else sympy_text(chain.expression),
        "output": sympy_text(graph.output),
        "variables": [sympy_text(symbol) for symbol in graph.inputs],
        "nodes": [_node(found, node) for node in graph.nodes],
        "edges": [_edge(local) for local in chain.locals],
        "gradients": {sympy_text(g.variable): _gradient(found, g) for g in chain.gradients},
        "tangents": {sympy_text(seed): _tangents(found, seed) for seed in found.seeds},
        "steps": [
            {
                "rule": "chain rule",
                "before": sympy_text(adjoint.symbol),
                "after": sympy_text(adjoint.expression),
                "why": _why(adjoint, graph),
                "depth": 0,
            }
            for adjoint in chain.backward.adjoints
        ],
        "verified": found.verified,
        "checks": found.count,
        "means": {str(means): count for means, count in tally(found.checks).by_means},
    }
    if found.point.values:
        given = found.point.expressions
        answer["at"] = {
            sympy_text(s): value_or_formula(given[s.name]) for s in graph.inputs if s.name in given
        }
        answer["locals"] = [_local_value(found, local) for local in chain.locals]
        answer["formulas"] = {sympy_text(g.variable): sympy_text(found.formula(g)) for g in chain.gradients}
    if found.kinks:
        answer["kinks"] = [
            {
                "from": sympy_text(kink.edge.source),
                "to": sympy_text(kink.edge.target),
                "sides": [value_text(side) for side in kink.sides],
                "taken": taken_text(kink),
            }
            for kink in found.kinks
        ]
    return answer


def _node(found: Report, node: Symbol) -> dict[str, object]:
    chain, known, partial = found.chain, found.numbers.values, found.partial
    equation = chain.graph.equation(node)
    entry: dict[str, object] = {
        "name": sympy_text(node),
        "equation": sympy_text(node if equation is None else equation.expression),
    }
    if node.name in known:
        entry["value"] = value_text(known[node.name])
    adjoint = chain.backward.adjoint_or_none(node)
    if adjoint is None:
        entry["adjoint"] = "0"
    elif adjoint.symbol.name in known:
        entry["adjoint"] = value_text(known[adjoint.symbol.name])
    elif partial is not None and node.name in partial.adjoints:
        entry["adjoint"] = value_or_formula(partial.adjoints[node.name])
    else:
        entry["adjoint"] = sympy_text(chain.named[node.name])
    return entry


def _edge(local: LocalDerivative) -> dict[str, str]:
    return {
        "from": sympy_text(local.edge.source),
        "to": sympy_text(local.edge.target),
        "local": sympy_text(local.expression),
    }


def _local_value(found: Report, local: LocalDerivative) -> str | None:
    """The value of a local derivative at the point, None where it is not known (or does not exist, where 0
    multiplies it)."""
    known = found.numbers.values
    taken = {kink.edge: taken_text(kink) for kink in found.kinks}
    if local.edge in taken:
        return taken[local.edge]
    if not all(symbol.name in known for symbol in symbols(local.expression)):
        return None
    try:
        return value_text(value_of(local.expression, known))
    except UnsupportedExpression:
        return None


def _gradient(found: Report, gradient: Gradient) -> str:
    """The number at the point where it follows from it, else the derivative with the given values put in."""
    known, partial = found.numbers.values, found.partial
    if gradient.symbol.name in known:
        return value_text(known[gradient.symbol.name])
    if partial is not None and gradient.variable.name in partial.adjoints:
        return value_or_formula(partial.adjoints[gradient.variable.name])
    return sympy_text(found.formula(gradient))


def _tangents(found: Report, seed: Symbol) -> dict[str, str]:
    """Forward mode by one input: ∂node/∂input for each node that depends on it."""
    numbers = found.tangent_numbers.get(seed.name)
    moving = [equation.target for equation in found.chain.graph.equations]
    if numbers is not None:
        return {sympy_text(node): value_text(numbers[node.name]) for node in moving if node.name in numbers}
    suffix = f"_d{seed.name}"
    return {
        sympy_text(Symbol(e.target.name.removeprefix("d").removesuffix(suffix))): sympy_text(e.expression)
        for e in found.tangents[seed.name]
    }


def _why(adjoint: Adjoint, graph: Graph) -> str:
    """The chain rule with its factors named: `dL/dc * dc/da`, added up over the uses of the node."""
    output, node = sympy_text(graph.output), sympy_text(adjoint.node)
    consumers = [sympy_text(contribution.consumer) for contribution in adjoint.contributions]
    return " + ".join(f"d{output}/d{consumer} * d{consumer}/d{node}" for consumer in consumers)
