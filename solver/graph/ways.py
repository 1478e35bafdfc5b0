"""The ways of computing a gradient side by side: what each takes, by one rule, and how that is counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from solver.expression.tree import Expr, Symbol
from solver.graph.cost import (
    Operations,
    expanded,
    folded,
    of_equations,
    operations,
    tangent_equations,
    tangent_operations,
)
from solver.graph.model import Equation, Graph
from solver.graph.reverse import Reverse, reverse

QUOTIENTS = (Operations(additions=2, multiplications=1), Operations(additions=3, multiplications=1))
"""What a one-sided and a central quotient take beside the values of the output: w + h (and w − h), one
subtraction, one division; 2h is a constant."""


@dataclass(frozen=True, slots=True)
class Line:
    """Equations of one kind and one cost: that of the least index, how many, what each takes."""

    target: Symbol
    expression: Expr
    count: int
    each: Operations

    @property
    def total(self) -> int:
        """What they take together."""
        return self.count * self.each.total


@dataclass(frozen=True, slots=True)
class Costs:
    """The operations that the output and its gradient by `parameters` take, way by way.

    `values`: the output alone. `reverse`: values and one backward pass, for all parameters. `tangents`:
    values and one tangent pass a parameter. `one_sided`, `central`: finite differences, with p + 1 and 2p + 1
    evaluations and their subtractions and divisions. `formulas`: the output and each partial derivative
    written with the inputs alone and evaluated. `backward_pass` is the part of `reverse` that comes after the
    values, `tangent_passes` are those of forward mode, `formula_sizes` those of the derivatives, one a
    parameter. `forward_lines` and `backward_lines` are the detail of `values` and `backward_pass`,
    `pass_lines` that of the longest pass of forward mode, which is that of `seed`.
    """

    parameters: int
    values: Operations
    backward_pass: Operations
    reverse: Operations
    tangents: Operations
    one_sided: Operations
    central: Operations
    formulas: Operations
    one_sided_evaluations: int
    central_evaluations: int
    tangent_passes: tuple[Operations, ...]
    output_formula: Operations
    formula_sizes: tuple[Operations, ...]
    forward_lines: tuple[Line, ...]
    backward_lines: tuple[Line, ...]
    seed: Symbol | None
    pass_lines: tuple[Line, ...]

    @property
    def passes(self) -> tuple[tuple[int, int], ...]:
        """How many passes of forward mode take how many operations, the longest first."""
        return _by_size(self.tangent_passes)

    @property
    def longest_pass(self) -> Operations:
        """What the longest pass of forward mode takes."""
        return max(self.tangent_passes, key=lambda one: one.total, default=Operations())

    @property
    def formulas_by_size(self) -> tuple[tuple[int, int], ...]:
        """How many formulas of derivatives take how many operations, the longest first."""
        return _by_size(self.formula_sizes)

    @property
    def quotients(self) -> tuple[int, int]:
        """The operations of a one-sided and of a central quotient, values not counted."""
        return QUOTIENTS[0].total, QUOTIENTS[1].total

    @property
    def ratio(self) -> Fraction:
        """Operations of values and gradient together, for one operation of the values."""
        return Fraction(self.reverse.total, max(1, self.values.total))


def costs(graph: Graph, wrt: Iterable[Symbol], backward: Reverse | None = None) -> Costs:
    """Counts every way of computing the graph's output and its gradient by `wrt`."""
    parameters = tuple(wrt)
    count = len(parameters)
    back = backward or reverse(graph, parameters)
    whole = folded((*graph.equations, *back.equations()))
    there, back_again = whole[: len(graph.equations)], whole[len(graph.equations) :]
    values, adjoints = of_equations(there), of_equations(back_again)
    tangents = tangent_operations(graph, parameters)
    written_out = expanded(Graph(graph.inputs, whole, graph.output))
    sizes = tuple(written_out[back.adjoint(parameter).symbol.name] for parameter in parameters)
    output = written_out.get(graph.output.name, Operations())
    one_sided, central = QUOTIENTS
    longest = max(zip(tangents, parameters, strict=True), key=lambda one: one[0].total, default=None)
    one_pass = () if longest is None else folded(tangent_equations(graph, longest[1]))
    return Costs(
        parameters=count,
        values=values,
        backward_pass=adjoints,
        reverse=values + adjoints,
        tangents=values + sum(tangents, Operations()),
        one_sided=values * (count + 1) + one_sided * count,
        central=values * (2 * count + 1) + central * count,
        formulas=output + sum(sizes, Operations()),
        one_sided_evaluations=count + 1,
        central_evaluations=2 * count + 1,
        tangent_passes=tangents,
        output_formula=output,
        formula_sizes=sizes,
        forward_lines=_lines(there, [equation.target for equation in there]),
        backward_lines=_lines(back_again[1:], [adjoint.node for adjoint in back.adjoints[1:]]),
        seed=None if longest is None else longest[1],
        pass_lines=_lines(one_pass, [Symbol(e.target.name[1:]) for e in one_pass]),
    )


def _by_size(found: Sequence[Operations]) -> tuple[tuple[int, int], ...]:
    totals = [one.total for one in found]
    return tuple((totals.count(size), size) for size in sorted(set(totals), reverse=True))


def _lines(equations: Sequence[Equation], nodes: Sequence[Symbol]) -> tuple[Line, ...]:
    """The equations in order, those that follow each other with one letter and one count together."""
    counted = [
        (node.name.split("_")[0], operations(equation.expression), node.name, equation)
        for node, equation in zip(nodes, equations, strict=True)
    ]
    found: list[Line] = []
    for (_, each), group in groupby(counted, key=lambda one: one[:2]):
        same = [one[2:] for one in group]
        _, first = min(same, key=lambda one: (len(one[0]), one[0]))
        found.append(Line(first.target, first.expression, len(same), each))
    return tuple(found)
