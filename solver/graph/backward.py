"""The backward pass in numbers: adjoints from the output back, at the values that the forward pass kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from solver.errors import UnsupportedExpression
from solver.expression.plain import plain
from solver.expression.tree import Cases, Expr, substitute, symbols, walk
from solver.graph.build import decompose
from solver.graph.dual import Slopes
from solver.graph.forward import Value, plus, precision, run, times, value_of, value_text
from solver.graph.kinks import Kink, kink_at
from solver.graph.model import Edge, Equation
from solver.graph.reverse import Contribution, Reverse, reverse

LONG = 40
"""Parts of an expression past which a message names the node instead."""


@dataclass(frozen=True, slots=True)
class Backward:
    """The values of all nodes and, by their own names, of the adjoints that could be worked out.

    `kinks` are the edges without a derivative at this point, with the slope that was taken; `harmless` those
    where the derivative exists although its formula has no value, or that an adjoint 0 multiplies, so that
    the output has the derivative 0 through them all the same. `taken` gives the slopes by all operands of the
    operations where kinks stand.
    """

    values: Mapping[str, Value]
    kinks: tuple[Kink, ...]
    harmless: tuple[Kink, ...] = ()
    taken: Slopes = field(default_factory=dict)


def backward_values(backward: Reverse, known: Mapping[str, Value]) -> Backward:
    """Runs the adjoints in order; `known` holds the values of the nodes.

    An adjoint that needs a value that `known` has not is left out. Raises UnsupportedExpression where a local
    derivative does not exist, except at a kink.
    """
    found, bits = dict(known), precision(backward.graph.equations)
    kinks: list[Kink] = []
    harmless: list[Kink] = []
    for adjoint in backward.adjoints:
        try:
            found[adjoint.symbol.name] = value_of(adjoint.expression, found, bits)
            continue
        except KeyError:
            continue
        except UnsupportedExpression:
            pass
        try:
            locals_ = [_local(contribution, backward, found) for contribution in adjoint.contributions]
        except KeyError:  # a kink of an operation that has other operands, unknown ones
            continue
        total: Value = Fraction(0)
        for contribution, local in zip(adjoint.contributions, locals_, strict=True):
            received = found[contribution.adjoint.name]
            if isinstance(local, Kink):
                (harmless if received == 0 or local.smooth else kinks).append(local)
            slope = local.taken if isinstance(local, Kink) else local
            total = plus(total, times(received, slope))
        found[adjoint.symbol.name] = total
    return Backward(found, tuple(kinks), tuple(harmless), _taken(backward, [*kinks, *harmless], found))


def _taken(backward: Reverse, kinks: Sequence[Kink], known: Mapping[str, Value]) -> Slopes:
    """The slopes by all operands of the operations at a kink; those of a repeated operand added up."""
    places = {kink.edge.target.name for kink in kinks}
    found: dict[str, dict[str, Value]] = {name: {} for name in places}
    for adjoint in backward.adjoints if places else ():
        for contribution in adjoint.contributions:
            known_here = {s.name for s in symbols(contribution.local)} <= known.keys()
            if contribution.consumer.name in places and known_here:
                local = _local(contribution, backward, known)
                slope = local.taken if isinstance(local, Kink) else local
                slopes = found[contribution.consumer.name]
                slopes[adjoint.node.name] = plus(slopes.get(adjoint.node.name, Fraction(0)), slope)
    return found


def _local(contribution: Contribution, backward: Reverse, known: Mapping[str, Value]) -> Value | Kink:
    """The value of a local derivative, or the kink that stands there."""
    try:
        return value_of(contribution.local, known)
    except UnsupportedExpression:
        equation = backward.graph.equation(contribution.consumer)
        assert equation is not None  # a consumer is the target of an edge
        kink = kink_of(equation, contribution.edge, contribution.local, known)
        if kink is not None:
            return kink
        raise UnsupportedExpression(no_slope(contribution, backward, known)) from None


def kink_of(equation: Equation, edge: Edge, local: Expr, known: Mapping[str, Value]) -> Kink | None:
    """What is taken for ∂target/∂source where `local`, its formula, has no value; None where the slope is
    infinite. An equation of several operations is decomposed into elementary ones."""
    if equation.is_elementary or isinstance(equation.expression, Cases):
        return kink_at(equation, edge, local, known)
    graph = decompose(equation.expression)
    backward = reverse(graph, [edge.source])
    inputs = {symbol.name: known[symbol.name] for symbol in graph.inputs}
    try:
        found = backward_values(backward, run(graph.equations, inputs))
    except UnsupportedExpression:
        return None
    taken = found.values[backward.adjoints[-1].symbol.name]
    return Kink(edge, (), taken, convention="operations")


def no_slope(contribution: Contribution, backward: Reverse, known: Mapping[str, Value]) -> str:
    """Which derivative does not exist, and where: the source and the values in the inputs, whose names are
    those of whoever asks; in the names of the nodes where that would be long or where values are missing."""
    graph, edge = backward.graph, contribution.edge
    target, source = edge.target.name, edge.source.name
    equation = graph.equation(contribution.consumer)
    used = [source] if equation is None else list(dict.fromkeys(s.name for s in equation.operands))
    whole: dict[str, Expr] = {}
    for step in graph.equations:
        whole[step.target.name] = substitute(step.expression, whole)
        if step.target == edge.target or len(list(walk(whole[step.target.name]))) > LONG:
            break
    inputs = [s.name for s in symbols(whole.get(target, edge.target)) if s.name != target]
    if inputs and all(name in known for name in inputs):
        source = plain(whole.get(source, edge.source))
        target = target if edge.target == graph.output else plain(whole[target])
        used = inputs
    place = ", ".join(f"{name} = {value_text(known[name])}" for name in used if name in known)
    return f"{target} has no finite derivative by {source} at {place}"
