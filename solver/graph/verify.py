"""The second road of a chain rule: dual numbers and direct evaluation at random rational points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random

from solver.derivation.equality import Equality, Means
from solver.derivation.points import candidates, switches
from solver.errors import UnsupportedExpression
from solver.expression.latex import latex
from solver.expression.tree import ONE, Expr, Product, Sum, Symbol, rebuild
from solver.graph.chain import Chain, LocalDerivative, Path, derive_along
from solver.graph.dual import Slopes, joint_tangent, precise, slope_of, tangent
from solver.graph.expansion import partial_derivative, polynomial
from solver.graph.forward import Value, plus, run, times, value_of, values
from solver.graph.model import Edge, Equation, Graph
from solver.graph.reverse import Reverse

POINTS = 4

MANY = 24
"""Past this many adjoints, they are checked together."""

Test = Callable[["Sample"], bool | None]


@dataclass(frozen=True, slots=True)
class Sample:
    """A point, the value of every node there, and that of every adjoint named by the reverse pass."""

    point: Mapping[str, Fraction]
    values: Mapping[str, Value]


def compare(left: Value, right: Value) -> bool | None:
    """Whether two values are equal: fractions that are, balls that are apart or that meet and are narrow for
    their size; None where the balls are too wide to tell."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left == right
    from flint import arb, fmpq

    def enclosed(value: Value) -> arb:
        return arb(fmpq(value.numerator, value.denominator)) if isinstance(value, Fraction) else value.ball

    with precise():
        a, b = enclosed(left), enclosed(right)
        if not a.overlaps(b):
            return False
        bound = abs(a).max(arb(1)) * arb(2) ** -60
        return True if a.rad() < bound and b.rad() < bound else None


def agree(left: Value, right: Value) -> bool:
    """Whether two values are told to be equal."""
    return compare(left, right) is True


def samples(
    graph: Graph, equations: Sequence[Equation] = (), whole: Sequence[Expr] = ()
) -> tuple[Sample, ...]:
    """Points where every node and every further equation has a value; always the same ones.

    `whole` are expressions in the inputs whose kinks must have points on both sides; without them, those
    of the graph's own equations are looked at.
    """
    family = list(whole) or [equation.expression for equation in graph.equations]
    names = [symbol.name for symbol in graph.inputs]
    count = POINTS * 3 if switches(family) else POINTS
    found: list[Sample] = []
    for point in candidates(family, names, seed="graph"):
        try:
            found.append(Sample(point, run(equations, values(graph, point))))
        except (UnsupportedExpression, ZeroDivisionError):
            continue
        if len(found) == count:
            break
    return tuple(found)


def everywhere(tests: Sequence[Sample], test: Test) -> bool | None:
    """Whether `test` holds at all samples at which it can be put; None where that cannot be told."""
    answers: list[bool | None] = []
    for sample in tests:
        try:
            answers.append(test(sample))
        except (UnsupportedExpression, ZeroDivisionError):
            continue
    return everything(answers)


def everything(answers: Sequence[bool | None]) -> bool | None:
    """False where one is; True where all are, and there is one; else None."""
    return False if False in answers else True if answers and None not in answers else None


def counterexample(expression: Expr, graph: Graph) -> Mapping[str, Fraction] | None:
    """A point where the graph's output is not `expression`; None where all samples agree."""
    for sample in samples(graph, whole=[expression]):
        try:
            if not agree(value_of(expression, sample.point), sample.values[graph.output.name]):
                return sample.point
        except UnsupportedExpression:
            return sample.point
    return None


def chain_rule(expression: Expr | None, graph: Graph) -> Chain:
    """The chain rule along a graph, worked out, then checked. Raises ExpressionError without a variable."""
    chain = derive_along(expression, graph)
    return replace(chain, checks=check_chain(chain))


def check_chain(chain: Chain) -> tuple[Equality, ...]:
    """Every equality that a chain rule shows, each checked by a road that uses no derivative rule."""
    graph, backward = chain.graph, chain.backward
    expression = chain.expression
    tests = samples(graph, backward.equations(), [] if expression is None else [expression])
    output = graph.output
    found: list[Equality] = []
    if expression is not None:
        same = everywhere(tests, lambda s: compare(value_of(expression, s.point), s.values[output.name]))
        found.append(Equality(latex(output), latex(expression), Means.VALUES, same))
    for local in chain.locals:
        equation = graph.equation(local.edge.target)
        assert equation is not None  # an edge ends at a target
        found.append(check_local(local, equation, tests if len(chain.locals) <= 8 * MANY else tests[:2]))
    slopes = [slopes_at(backward, sample.values) for sample in tests]

    def by_duals(left: Symbol, right: str, expr: Expr, node: Symbol) -> Equality:
        def test(sample: Sample) -> bool | None:
            slope = slopes[tests.index(sample)][node.name]
            if slope is None:
                raise UnsupportedExpression("no derivative here")
            return compare(value_of(expr, sample.values), slope)

        return Equality(latex(left), right, Means.DUAL, everywhere(tests, test))

    for adjoint in backward.adjoints:
        found.append(by_duals(adjoint.symbol, latex(adjoint.expression), adjoint.expression, adjoint.node))
    for gradient in chain.gradients:
        node = gradient.variable
        found.append(by_duals(gradient.symbol, latex(gradient.named), gradient.named, node))
        if gradient.result is not None:
            found.append(by_duals(gradient.symbol, latex(gradient.result), gradient.result, node))
        if gradient.paths:
            products = [path.product for path in gradient.paths]
            line = gradient.lines[0]
            for path in gradient.paths:
                found.append(_check_path(path, tests))
            found.append(by_duals(gradient.symbol, line, Sum(tuple(products)), node))
        if gradient.direct is not None:
            found.append(by_duals(gradient.symbol, latex(gradient.direct), gradient.direct, node))
    found += _check_developed(chain, tests)
    return tuple(found)


def slopes_at(
    backward: Reverse, known: Mapping[str, Value], taken: Slopes | None = None
) -> dict[str, Value | None]:
    """∂output/∂node by dual numbers for every adjoint, at the values `known` of nodes and adjoints.

    On a small graph, one pass a node. On a large one, a single pass pushes every node by a random weight: if
    it gives the weighted sum of the adjoints, they are all right, and stand for their own slopes.
    """
    if len(backward.adjoints) > MANY and _jointly_right(backward, known, taken):
        return {a.node.name: known[a.symbol.name] for a in backward.adjoints}
    return {a.node.name: slope_at(backward.graph, known, a.node, taken) for a in backward.adjoints}


def _jointly_right(backward: Reverse, known: Mapping[str, Value], taken: Slopes | None) -> bool:
    random = Random(len(backward.adjoints))
    graph = backward.graph
    weights = {node.name: Fraction(0) for node in graph.nodes}
    total: Value = Fraction(0)
    for adjoint in backward.adjoints:
        weight = Fraction(random.randint(1, 997), 7)
        weights[adjoint.node.name] = weight
        total = plus(total, times(weight, known[adjoint.symbol.name]))
    inputs = {symbol.name: known[symbol.name] for symbol in graph.inputs}
    try:
        return agree(total, joint_tangent(graph, inputs, weights, taken))
    except UnsupportedExpression:
        return False


def slope_at(
    graph: Graph, known: Mapping[str, Value], node: Symbol, taken: Slopes | None = None
) -> Value | None:
    """∂output/∂node by dual numbers, None where there is none; `taken` are the slopes taken at kinks."""
    place = len(graph.inputs) + graph.position(node) + 1
    before = {symbol.name for symbol in graph.nodes[:place]}
    try:
        return tangent(graph, {name: known[name] for name in before}, node, taken)
    except (UnsupportedExpression, ZeroDivisionError):
        return None


def check_local(local: LocalDerivative, equation: Equation, tests: Sequence[Sample]) -> Equality:
    """∂target/∂source = local, by dual numbers on that equation alone; one occurrence where it is ranked."""
    moving = Symbol("·")
    expression = _marked(equation.expression, local.edge, moving)

    def test(sample: Sample) -> bool | None:
        known = {operand.name: sample.values[operand.name] for operand in equation.operands}
        known[moving.name] = sample.values[local.edge.source.name]
        return compare(slope_of(expression, known, moving), value_of(local.expression, sample.values))

    rank = "" if local.rank is None else f" ({local.rank})"
    return Equality(local.latex + rank, latex(local.expression), Means.DUAL, everywhere(tests, test))


def _marked(expr: Expr, edge: Edge, moving: Symbol) -> Expr:
    """`expr` with the source of the edge (the one occurrence, where the edge says which) renamed."""
    seen = -1

    def change(node: Expr) -> Expr:
        nonlocal seen
        if not isinstance(node, Symbol):
            return rebuild(node, change)
        seen += 1
        here = seen == edge.position if edge.position is not None else node.name == edge.source.name
        return moving if here else node

    return change(expr)


def _check_path(path: Path, tests: Sequence[Sample]) -> Equality:
    """The product of the local derivatives of a path, before and after it is tidied."""
    raw = [local.expression for local in path.locals]

    def test(sample: Sample) -> bool | None:
        value = value_of(Product((ONE, *raw)), sample.values)
        return compare(value, value_of(path.product, sample.values))

    return Equality(path.factors, latex(path.product), Means.VALUES, everywhere(tests, test))


def _check_developed(chain: Chain, tests: Sequence[Sample]) -> list[Equality]:
    """The developed polynomial, and its partial derivatives against the chain rule, by coefficients."""
    found: list[Equality] = []
    expression = chain.expression
    poly = None if expression is None else polynomial(expression, chain.graph.inputs)
    if expression is None or poly is None:
        return found
    developed = chain.developed
    if developed is not None:
        same = everywhere(
            tests, lambda s: compare(value_of(developed, s.point), s.values[chain.graph.output.name])
        )
        found.append(Equality(latex(expression), latex(developed), Means.VALUES, same))
    for index, variable in enumerate(chain.graph.inputs):
        gradient = next((g for g in chain.gradients if g.variable.name == variable.name), None)
        if gradient is None or gradient.developed is None or gradient.result is None:
            continue
        ours = polynomial(gradient.result, chain.graph.inputs)
        equal = None if ours is None else dict(ours) == dict(partial_derivative(poly, index))
        found.append(Equality(latex(gradient.result), latex(gradient.developed), Means.EXACT, equal))
    return found
