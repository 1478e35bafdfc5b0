"""Random expressions and graphs: the engine against tools that share nothing with it.

Derivatives against `autograd` (an automatic differentiation of its own), graphs against central differences
in mpmath, the reader against the printers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import autograd.numpy as anp
import mpmath
import pytest
from autograd import grad
from autograd.extend import defvjp, primitive
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from strategies_helpers import KINKED, NAMES, PARTIAL, SMOOTH, expressions, graphs, point_of, points

from solver.derivation.engine import derive
from solver.derivation.points import switches
from solver.errors import CorrigeError, ExpressionError, UnsupportedExpression
from solver.expression.evaluate import ball
from solver.expression.functions import FUNCTIONS
from solver.expression.plain import plain
from solver.expression.reader import read_expression
from solver.expression.tree import (
    Apply,
    Cases,
    Constant,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    symbols,
)
from solver.graph.backward import backward_values
from solver.graph.build import decompose
from solver.graph.forward import as_fraction, values
from solver.graph.model import Graph
from solver.graph.report import graph_report
from solver.graph.reverse import reverse
from solver.graph.verify import chain_rule

QUICK = settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


# ---- expressions against autograd ---------------------------------------------------------------

erf = primitive(math.erf)
defvjp(erf, lambda _, x: lambda g: g * 2 / math.sqrt(math.pi) * math.exp(-x * x))

PRIMITIVES = {
    "exp": anp.exp, "ln": anp.log, "sin": anp.sin, "cos": anp.cos, "atan": anp.arctan, "erf": erf,
    "tanh": anp.tanh, "sinh": anp.sinh, "cosh": anp.cosh, "sqrt": anp.sqrt, "tan": anp.tan,
    "asin": anp.arcsin, "acosh": anp.arccosh, "atanh": anp.arctanh, "asinh": anp.arcsinh, "abs": anp.abs,
}  # fmt: skip


def traced(expr: Expr, known: Mapping[str, Any]) -> Any:
    """The value in double precision, in operations that autograd follows."""
    match expr:
        case Number(value):
            return float(value)
        case Constant(name):
            return anp.pi if name == "pi" else anp.e
        case Symbol(name):
            return known[name]
        case Sum(terms):
            return sum(traced(term, known) for term in terms)
        case Product(factors):
            found = 1.0
            for factor in factors:
                found = found * traced(factor, known)
            return found
        case Negative(operand):
            return -traced(operand, known)
        case Quotient(top, bottom):
            return traced(top, known) / traced(bottom, known)
        case Power(base, Number(exponent)):
            return traced(base, known) ** float(exponent)
        case Power(base, exponent):
            return traced(base, known) ** traced(exponent, known)
        case Apply("max" | "min" as name, arguments):
            one, two = (traced(argument, known) for argument in arguments)
            return one if (one >= two) == (name == "max") else two
        case Apply(name, arguments) if name in PRIMITIVES:
            return PRIMITIVES[name](traced(arguments[0], known))
        case Apply(name, arguments):
            row = FUNCTIONS[name]
            assert row.definition is not None
            inside = dict(zip(row.parameters, row.complete(arguments), strict=True))
            return traced(row.definition, {n: traced(a, known) for n, a in inside.items()})
        case Cases(branches):
            for branch, condition in branches:
                if condition is None or holds(condition, known):
                    return traced(branch, known)
    raise AssertionError(type(expr))


def holds(condition: Any, known: Mapping[str, Any]) -> bool:
    gap = traced(condition.left, known) - traced(condition.right, known)
    return bool({"<": gap < 0, "<=": gap <= 0, ">": gap > 0, ">=": gap >= 0}[condition.relation])


def slope_by_autograd(expr: Expr, point: Mapping[str, Fraction], name: str) -> float:
    at = {key: float(value) for key, value in point.items()}
    return float(grad(lambda moving: traced(expr, {**at, name: moving}) + 0 * moving)(at[name]))


@QUICK
@given(expressions(SMOOTH + KINKED + PARTIAL, size=7, pieces=True), points)
def test_derivatives_of_random_expressions_agree_with_autograd(
    expr: Expr, point: dict[str, Fraction]
) -> None:
    assume(symbols(expr))
    variable = symbols(expr)[0]
    with anp.errstate(all="ignore"):
        try:
            expected = slope_by_autograd(expr, point, variable.name)
        except (ArithmeticError, ValueError, TypeError):
            assume(False)
    found = derive(expr, variable)
    assert not [check for check in found.checks if check.holds is False]
    ours = ball(found.result, point, bits=80)
    assume(anp.isfinite(expected) and ours.is_finite() and abs(expected) < 1e9)
    near = [ball(switch, point, bits=40) for switch in switches([expr])]
    assume(not any(abs(gap) < 1e-6 for gap in near if gap.is_finite()))  # autograd has values at kinks
    assume(well_conditioned(expr, point))
    assert float(ours.mid()) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def well_conditioned(expr: Expr, point: Mapping[str, Fraction]) -> bool:
    """Whether double precision gives the value itself to ten digits: else it tells nothing of the slope."""
    exact = ball(expr, point, bits=80)
    if not exact.is_finite():
        return False
    rounded = traced(expr, {name: float(value) for name, value in point.items()})
    return abs(float(exact.mid()) - rounded) <= 1e-12 * (1 + abs(rounded))


@QUICK
@given(expressions(SMOOTH + KINKED, size=8, pieces=True))
def test_what_is_printed_is_read_back(expr: Expr) -> None:
    """The plain text of an expression reads as the same function."""
    text = plain(expr)
    try:
        again = read_expression(text)
    except ExpressionError as fault:
        assume("zero" not in fault.message and "large" not in fault.message)
        raise
    for k in (1, 2):
        point = {name: Fraction(7 * k + 3 * i, 9 + i) for i, name in enumerate(NAMES)}
        one, two = ball(expr, point, bits=60), ball(again, point, bits=60)
        assert one.is_finite() == two.is_finite()
        assert not one.is_finite() or one.overlaps(two)


# ---- graphs against mpmath ----------------------------------------------------------------------


@QUICK
@given(graphs(SMOOTH), points)
def test_adjoints_of_random_graphs_agree_with_differences(graph: Graph, given_: dict[str, Fraction]) -> None:
    """Shared nodes, repeated operands: ∂L/∂node of every node by moving that node alone."""
    point = point_of(graph, given_)
    try:
        known = values(graph, point)
        backward = reverse(graph)
        found = backward_values(backward, known).values
    except UnsupportedExpression:
        assume(False)
    sizes = [abs(as_fraction(v)) for v in found.values()]
    assume(max(sizes) < 10**9)
    step = mpmath.mpf(10) ** -30
    with mpmath.workdps(90):
        exact = {
            name: mpmath.mpf(as_fraction(v).numerator) / as_fraction(v).denominator
            for name, v in known.items()
        }
        for adjoint in backward.adjoints:
            place = graph.position(adjoint.node)
            before = {n.name: exact[n.name] for n in graph.nodes[: len(graph.inputs) + place + 1]}
            ends = []
            for sign in (1, -1):
                moved = {**before, adjoint.node.name: exact[adjoint.node.name] + sign * step}
                for equation in graph.equations[place + 1 :]:
                    moved[equation.target.name] = by_mpmath(equation.expression, moved)
                ends.append(moved[graph.output.name])
            slope = (ends[0] - ends[1]) / (2 * step)
            ours = as_mpf(as_fraction(found[adjoint.symbol.name]))
            assert abs(ours - slope) < mpmath.mpf(10) ** -12 * (1 + abs(slope))


def as_mpf(value: Fraction) -> Any:
    return mpmath.mpf(value.numerator) / value.denominator


def by_mpmath(expr: Expr, known: Mapping[str, Any]) -> Any:
    match expr:
        case Number(value):
            return mpmath.mpf(value.numerator) / value.denominator
        case Constant(name):
            return +mpmath.pi if name == "pi" else mpmath.e
        case Symbol(name):
            return known[name]
        case Sum(terms):
            return mpmath.fsum(by_mpmath(term, known) for term in terms)
        case Product(factors):
            return mpmath.fprod(by_mpmath(factor, known) for factor in factors)
        case Negative(operand):
            return -by_mpmath(operand, known)
        case Quotient(top, bottom):
            return by_mpmath(top, known) / by_mpmath(bottom, known)
        case Power(base, exponent):
            return by_mpmath(base, known) ** by_mpmath(exponent, known)
        case Apply("abs", (argument,)):
            return abs(by_mpmath(argument, known))
        case Apply(name, (argument,)) if name in ("exp", "sin", "cos", "tanh", "atan", "sinh", "cosh", "erf"):
            return getattr(mpmath, name)(by_mpmath(argument, known))
        case Apply("ln" | "sqrt" as name, (argument,)):
            return {"ln": mpmath.log, "sqrt": mpmath.sqrt}[name](by_mpmath(argument, known))
        case Apply(name, arguments):
            row = FUNCTIONS[name]
            assert row.definition is not None
            inside = dict(zip(row.parameters, row.complete(arguments), strict=True))
            return by_mpmath(row.definition, {n: by_mpmath(a, known) for n, a in inside.items()})
    raise AssertionError(type(expr))


@settings(QUICK, max_examples=15)
@given(graphs(("sin", "exp", "tanh", "relu", "abs"), most=6))
def test_every_equality_of_a_random_graph_holds(graph: Graph) -> None:
    assert [check for check in chain_rule(None, graph).checks if check.holds is False] == []


@settings(QUICK, max_examples=12)
@given(expressions(("sin", "exp", "tanh", "relu", "sigmoid"), size=6, pieces=True), st.data())
def test_the_answer_of_the_command_is_coherent(expr: Expr, data: st.DataObject) -> None:
    """Gradients at a point are the sums over edges; what is given in part leads to the same numbers."""
    assume(symbols(expr))
    whole = {s.name: data.draw(st.fractions(-2, 2, max_denominator=5)) for s in symbols(expr)}
    at = ",".join(f"{name}={value}" for name, value in whole.items())
    first = next(iter(whole))
    try:
        found = json.loads(graph_report(plain(expr), at=at, to="json"))
        part = json.loads(graph_report(plain(expr), at=f"{first}={whole[first]}", to="json"))
    except CorrigeError:
        assume(False)
    assume(not found.get("kinks"))
    sent = {node["name"]: Fraction(0) for node in found["nodes"]} | {found["output"]: Fraction(1)}
    for node in reversed(found["nodes"]):
        for edge, local in zip(found["edges"], found["locals"], strict=True):
            if edge["to"] == node["name"] and sent[node["name"]]:
                sent[edge["from"]] += sent[node["name"]] * Fraction(local)
    for node in found["nodes"]:
        assert near(float(sent[node["name"]]), node["adjoint"])
    for name, formula in part["gradients"].items():
        there = ball(read_expression(formula), whole, bits=80)
        assert near(float(there.mid()), found["gradients"][name])


def near(found: float, told: str) -> bool:
    return found == pytest.approx(float(Fraction(told)), rel=1e-12, abs=1e-12)


@QUICK
@given(graphs(SMOOTH))
def test_a_decomposition_computes_the_same(graph: Graph) -> None:
    """Expanding a graph and decomposing it again gives the same function, each node once."""
    from solver.graph.build import expand
    from solver.graph.cost import expanded

    assume(expanded(graph)[graph.output.name].total < 60)
    whole = expand(graph)
    assume(symbols(whole))
    again = decompose(whole)
    assert all(equation.is_elementary for equation in again.equations)
    assert len({equation.expression for equation in again.equations}) == len(again.equations)
    point = {s.name: Fraction(5 + i, 7) for i, s in enumerate(graph.inputs)}
    try:
        one = values(graph, point)[graph.output.name]
    except UnsupportedExpression:
        assume(False)
    two = values(again, point_of(again, point))[again.output.name]
    assert abs(as_fraction(one) - as_fraction(two)) <= Fraction(1, 10**30) * (1 + abs(as_fraction(one)))
