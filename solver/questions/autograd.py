"""Automatic differentiation told on a graph: both passes in numbers, and what each way costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Annotated, ClassVar

from solver.derivation.equality import Equality, Means
from solver.errors import SheetError
from solver.expression.latex import latex
from solver.expression.tree import Symbol, symbols
from solver.graph.backward import Backward, backward_values
from solver.graph.chain import all_locals, partial
from solver.graph.differences import Differences, differences
from solver.graph.dual import run_duals, tangent
from solver.graph.forward import Value
from solver.graph.kinks import Kink
from solver.graph.model import Graph
from solver.graph.reverse import Adjoint, Reverse, reverse
from solver.graph.sample import sample_point
from solver.graph.sided import sides
from solver.graph.tangents import tangent_values
from solver.graph.verify import agree
from solver.graph.ways import Costs, costs
from solver.questions.autograd_counts import NetworkCosts, network_costs
from solver.questions.autograd_rows import (
    AdjointRow,
    AtKink,
    TangentRow,
    ValueRow,
    adjoint_row,
    put,
    shown,
)
from solver.questions.base import Facts, Question, Scope
from solver.questions.graph import (
    EquationsOption,
    GraphFacts,
    OutputOption,
    PointOption,
    SymbolsOption,
    graph_of,
    known_input,
)
from solver.questions.graph_numbers import values_at
from solver.questions.options import FactsOption, Function, NetworkOption, some_of

PARTS = ("mechanism", "importance")


@dataclass(frozen=True)
class AutogradFacts(Facts):
    """Both passes at a point, forward mode beside them, finite differences, and counts of operations.

    `chosen` says that the numbers are ours (the sheet gave none). `tangents` has a column a variable of
    `wrt`. `network` is None where no network is named. `at_kinks` has an entry a variable of `wrt` where
    there are kinks; `harmless` are kinks that an adjoint 0 multiplies; `differences` is None where the first
    variable has no derivative to compare with.
    """

    function: Function
    graph: Graph
    wrt: tuple[Symbol, ...]
    backward: Reverse
    ask: tuple[str, ...]
    point: Mapping[str, Fraction]
    chosen: bool
    forward_rows: tuple[ValueRow, ...]
    reverse_rows: tuple[AdjointRow, ...]
    tangent_rows: tuple[TangentRow, ...]
    costs: Costs
    differences: Differences | None
    network: NetworkCosts | None
    kinks: tuple[Kink, ...] = ()
    harmless: tuple[Kink, ...] = ()
    at_kinks: tuple[AtKink, ...] = ()

    @property
    def output_value(self) -> Value:
        return next(row.value for row in self.forward_rows if row.node.name == self.graph.output.name)

    @staticmethod
    def shown(value: Value) -> str:
        """A value as the tables show it."""
        return shown(value)

    @staticmethod
    def copies(row: AdjointRow) -> bool:
        """Whether the adjoint is that of its only consumer, unchanged."""
        return isinstance(row.adjoint.expression, Symbol)

    @staticmethod
    def constant(row: AdjointRow) -> bool:
        """Whether the adjoint is a number that no value enters."""
        return not symbols(row.adjoint.expression)

    @property
    def summed(self) -> tuple[Adjoint, ...]:
        """The adjoints that add up several contributions."""
        return tuple(row.adjoint for row in self.reverse_rows if row.adjoint.is_shared)

    @property
    def reverse_is_least(self) -> bool:
        """Whether reverse mode takes no more operations than any other way counted."""
        c = self.costs
        others = (c.tangents, c.one_sided, c.central, c.formulas)
        return all(c.reverse.total <= other.total for other in others)

    @property
    def gradient_rows(self) -> tuple[AdjointRow, ...]:
        """The lines of the backward pass that are the gradient asked for, where they are derivatives."""
        by_name = {row.adjoint.node.name: row for row in self.reverse_rows}
        wrong = {found.adjoint.node.name for found in self.astray}
        return tuple(by_name[symbol.name] for symbol in self.wrt if symbol.name not in wrong)

    @property
    def conventions(self) -> tuple[str, ...]:
        """What is taken at the kinks, as equalities in LaTeX."""
        pairs = [(kink, partial(kink.edge.target, kink.edge.source)) for kink in self.kinks]
        return tuple(f"{left} {self.sign(kink.taken)}" for kink, left in pairs)

    @staticmethod
    def sign(value: Value) -> str:
        """A value after the sign that it deserves."""
        text = shown(value)
        return text if text.startswith(r"\approx") else f"= {text}"

    @property
    def astray(self) -> tuple[AtKink, ...]:
        """The variables for which what the program gives is not (known to be) a derivative."""
        return tuple(found for found in self.at_kinks if not found.right)

    def public(self) -> Mapping[str, object]:
        """The numbers of both passes and the counts."""

        def plain(value: Value) -> object:
            return value if isinstance(value, Fraction) else value.significant(20)

        return {
            "point": dict(self.point),
            "values": {row.node.name: plain(row.value) for row in self.forward_rows},
            "adjoints": {row.adjoint.node.name: plain(row.value) for row in self.reverse_rows},
            "operations": _counts(self.costs),
            "network": None if self.network is None else _counts(self.network.costs),
        }


def _counts(found: Costs) -> dict[str, int]:
    return {
        "parameters": found.parameters,
        "values": found.values.total,
        "reverse": found.reverse.total,
        "forward": found.tangents.total,
        "central": found.central.total,
        "formulas": found.formulas.total,
    }


class Autograd(Question):
    """How derivatives are computed automatically, on the graph of an expression, and why it matters."""

    kind: ClassVar[str] = "autograd"
    of: OutputOption | None = None
    """The expression, `L = (w x)^2` or a given name; required unless `from` is there."""
    nodes: EquationsOption = ()
    """The nodes, in your own names: `a = w*x; L = a^2`; by default one for each operation."""
    wrt: SymbolsOption = ()
    """The variables to derive by; by default all."""
    at: PointOption = field(default_factory=dict)
    """Values of the variables, `w = 2, x = 1/2`; by default we choose some and say so."""
    network: NetworkOption | None = None
    """A network whose costs of both modes are counted too."""
    ask: Annotated[tuple[str, ...], some_of(PARTS)] = ()
    """The parts of the answer to print; all by default."""
    from_: FactsOption | None = None
    """The label of an earlier `graph` or `autograd` to go on with."""

    def solve(self, scope: Scope) -> AutogradFacts:
        """Runs both passes in numbers, or takes those of an earlier answer (`from`)."""
        ask = self.ask or PARTS
        earlier = self.from_
        network = None if self.network is None else network_costs(self.network)
        if isinstance(earlier, AutogradFacts) and not (self.of or self.nodes or self.wrt or self.at):
            return replace(earlier, checks=(), ask=ask, network=network or earlier.network)
        if self.of is not None:
            function, graph = self.of, graph_of(self.of, self.nodes)
            wrt = graph.inputs
        elif isinstance(earlier, (GraphFacts, AutogradFacts)):
            function, graph = earlier.function, earlier.graph
            wrt = earlier.wrt if isinstance(earlier, AutogradFacts) else earlier.asked
        else:
            raise SheetError("“autograd” needs the option “:of:” (an expression) or “:from:” (a graph)")
        if not graph.inputs:
            raise SheetError("the expression has no variable: there is nothing to derive by")
        wrt = tuple(known_input(graph, symbol) for symbol in self.wrt) or wrt
        given = self.at or (earlier.point if isinstance(earlier, GraphFacts) else {})
        return autograd_facts(function, graph, wrt, given, ask, network)


def autograd_facts(
    function: Function,
    graph: Graph,
    wrt: tuple[Symbol, ...],
    given: Mapping[str, Fraction],
    ask: tuple[str, ...],
    network: NetworkCosts | None,
) -> AutogradFacts:
    """Every table at the given point, or at small whole numbers where none is given."""
    backward = reverse(graph, wrt)
    point = dict(given) or _example(graph)
    run_back = backward_values(backward, values_at(graph, point))
    found = run_back.values
    locals_ = all_locals(graph)
    tangents = [tangent_values(graph, locals_, run_back, symbol) for symbol in wrt]
    forward_rows = tuple(
        ValueRow(e.target, e.expression, put(e.expression, found), found[e.target.name])
        for e in graph.equations
    )
    tangent_rows = tuple(
        TangentRow(e.target, tuple(column[e.target.name] for column in tangents))
        for e in graph.equations
        if e.target.name in tangents[0]
    )
    at_kinks = tuple(
        AtKink(a, found[a.symbol.name], sides(graph, found, a.node))
        for a in map(backward.adjoint, wrt if run_back.kinks else ())
    )
    first = backward.adjoint(wrt[0])
    slope = at_kinks[0].derivative if at_kinks else found[first.symbol.name]
    return AutogradFacts(
        (
            *_pass_checks(graph, backward, run_back, point),
            *_tangent_checks(graph, wrt, run_back, point, tangent_rows),
        ),
        function,
        graph,
        wrt,
        backward,
        ask,
        point,
        not given,
        forward_rows,
        tuple(adjoint_row(adjoint, run_back) for adjoint in backward.adjoints),
        tangent_rows,
        costs(graph, wrt, backward),
        None if slope is None else differences(graph, point, wrt[0], slope),
        network,
        run_back.kinks,
        tuple(kink for kink in run_back.harmless if not kink.smooth),
        at_kinks,
    )


def _example(graph: Graph) -> dict[str, Fraction]:
    point = sample_point(graph)
    if point is None:
        raise SheetError("no small whole numbers give every operation a value; give some with “:at:”")
    return point


# ---- checks -------------------------------------------------------------------------------------


def _pass_checks(
    graph: Graph, backward: Reverse, run_back: Backward, point: Mapping[str, Fraction]
) -> list[Equality]:
    """Values against a run of dual numbers, adjoints against the tangents of the output."""
    checks: list[Equality] = []
    found, taken = run_back.values, run_back.taken
    where = ", ".join(f"{latex(s)} = {latex(point[s.name])}" for s in graph.inputs)
    run_again = run_duals(graph, point, backward.wrt[0], taken)
    for equation in graph.equations:
        name = equation.target.name
        same = agree(found[name], run_again[name].value)
        checks.append(Equality(f"{latex(equation.target)} ({where})", shown(found[name]), Means.VALUES, same))
    for adjoint in backward.adjoints:
        before = {s.name for s in graph.inputs} | {adjoint.node.name}
        slope = tangent(graph, {name: found[name] for name in before}, adjoint.node, taken)
        value = found[adjoint.symbol.name]
        left = f"{latex(adjoint.symbol)} ({where})"
        checks.append(Equality(left, shown(value), Means.DUAL, agree(value, slope)))
    return checks


def _tangent_checks(
    graph: Graph,
    wrt: tuple[Symbol, ...],
    run_back: Backward,
    point: Mapping[str, Fraction],
    rows: tuple[TangentRow, ...],
) -> list[Equality]:
    """The columns of forward mode, found by the rules' local derivatives, against dual numbers."""
    checks: list[Equality] = []
    for index, symbol in enumerate(wrt):
        duals = run_duals(graph, point, symbol, run_back.taken)
        for row in rows:
            value = row.values[index]
            same = agree(value, duals[row.node.name].slope)
            checks.append(Equality(f"{partial(row.node, symbol)} (+)", shown(value), Means.DUAL, same))
    return checks
