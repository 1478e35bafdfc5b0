"""The computation graph of an expression: its drawing, its local derivatives, the chain rule along it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Annotated, ClassVar

from solver.document.figure import FigureSpec
from solver.errors import CorrigeError, SheetError, Span, nearest
from solver.expression.latex import latex
from solver.expression.tree import Expr, Symbol, substitute
from solver.graph.build import decompose, from_equations
from solver.graph.chain import Chain, Gradient, LocalDerivative
from solver.graph.drawing import draw
from solver.graph.model import Equation, Graph
from solver.graph.reverse import Adjoint
from solver.graph.verify import chain_rule, counterexample
from solver.questions.base import Facts, Question, Reading, Scope
from solver.questions.graph_numbers import Numbers, numbers_at
from solver.questions.options import (
    FactsOption,
    Function,
    each,
    read_exact,
    read_function,
    read_symbol,
    some_of,
    split_list,
)
from solver.sheet.model import Formula

PARTS = ("drawing", "derivatives")


# ---- options ------------------------------------------------------------------------------------


def read_output(text: str, scope: Scope) -> Function:
    """A function with the name of its value: `L = (w x)^2`, a given name, or an expression (then L)."""
    name, sign, right = text.partition("=")
    if sign and not right.startswith("=") and not name.rstrip().endswith(("<", ">", "!")):
        with _inside(text, len(name) + 1):
            found = read_function(right, scope)
        return Function(read_symbol(name.strip(), scope).name, found.variables, found.expression)
    given = scope.givens.get(text)
    found = read_function(text, scope)
    return Function(text if given is not None else "", found.variables, found.expression)


def read_equations(text: str, scope: Scope) -> tuple[Equation, ...]:
    """Named nodes `a = w1*x; b = w2*y; …`; values given in the sheet are put in."""
    from solver.expression.reader import read_expression

    pairs: list[tuple[Symbol, str]] = []
    for item in (part.strip() for part in text.split(";")):
        name, sign, right = item.partition("=")
        if not sign or not right.strip():
            raise SheetError(f"nodes are written “a = w*x; b = a + 1”, found “{item}”")
        pairs.append((read_symbol(name.strip(), scope), right))
    targets = {symbol.name for symbol, _ in pairs}
    known = {
        g.name: g.expression for g in scope.givens.values() if not g.parameters and g.name not in targets
    }
    found: list[Equation] = []
    for symbol, right in pairs:
        with _inside(text, text.index(right)):
            found.append(
                Equation(symbol, substitute(read_expression(right, decimal_comma=scope.decimal_comma), known))
            )
    return tuple(found)


@contextmanager
def _inside(text: str, offset: int) -> Iterator[None]:
    """Faults met while the part of `text` from `offset` on is read point into the whole text."""
    try:
        yield
    except CorrigeError as fault:
        raise fault.located(span=Span(1, offset + 1), source=text, path=None) from None


def read_point(text: str, scope: Scope) -> dict[str, Fraction]:
    """Values of variables: `w1 = 2, x = 3`."""
    point: dict[str, Fraction] = {}
    for item in split_list(text, scope.decimal_comma):
        name, sign, right = item.partition("=")
        if not sign:
            raise SheetError(f"values are written “w = 2, x = 1/3”, found “{item}”")
        symbol = read_symbol(name.strip(), scope)
        if symbol.name in point:
            raise SheetError(f"{symbol.name} is given two values")
        point[symbol.name] = read_exact(right.strip(), scope)
    return point


def read_symbols(text: str, scope: Scope) -> tuple[Symbol, ...]:
    """Names of variables separated by commas."""
    return each(text, lambda item: read_symbol(item, scope))


OutputOption = Annotated[Function, Reading(read_output, "an expression")]
EquationsOption = Annotated[tuple[Equation, ...], Reading(read_equations, "equations")]
PointOption = Annotated[dict[str, Fraction], Reading(read_point, "values")]
SymbolsOption = Annotated[tuple[Symbol, ...], Reading(read_symbols, "variables")]


# ---- the question -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """An operation and the local derivatives of the edges that arrive there."""

    target: Symbol
    expression: Expr
    locals: tuple[LocalDerivative, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the nodes that enter, each once, for a description in words."""
        return tuple(dict.fromkeys(local.edge.source.name for local in self.locals))


@dataclass(frozen=True)
class GraphFacts(Facts):
    """The graph, its chain rule, and which parts of the answer are worded here (`ask`).

    `others` are the gradients by the inputs that were not asked for. `numbers` are those asked for at
    `point`, where one is given.
    """

    function: Function
    chain: Chain
    others: tuple[Gradient, ...]
    ask: tuple[str, ...]
    point: Mapping[str, Fraction] = field(default_factory=dict)
    numbers: Numbers = field(default_factory=Numbers)

    @property
    def graph(self) -> Graph:
        return self.chain.graph

    @property
    def asked(self) -> tuple[Symbol, ...]:
        """The variables asked for."""
        return tuple(gradient.variable for gradient in self.chain.gradients)

    @property
    def rows(self) -> tuple[Row, ...]:
        """Operation by operation, in order."""
        return tuple(
            Row(
                equation.target,
                equation.expression,
                tuple(local for local in self.chain.locals if local.edge.target == equation.target),
            )
            for equation in self.graph.equations
        )

    @property
    def repeated(self) -> tuple[Symbol, ...]:
        """Nodes that stand several times in one operation (x in x · x)."""
        edges = [local.edge for local in self.chain.locals if local.rank is not None]
        return tuple({edge.source.name: edge.source for edge in edges}.values())

    @property
    def shared(self) -> tuple[Symbol, ...]:
        """Nodes that enter several operations."""
        uses: dict[str, set[str]] = {}
        for local in self.chain.locals:
            uses.setdefault(local.edge.source.name, set()).add(local.edge.target.name)
        return tuple(node for node in self.graph.nodes if len(uses.get(node.name, ())) > 1)

    @property
    def common(self) -> tuple[Adjoint, ...]:
        """Adjoints of inner nodes (not the output) that several of the derivatives asked for use."""
        asked = [gradient.variable for gradient in self.chain.gradients]
        passing = [self.graph.between([variable]) for variable in asked]
        inner = [e.target for e in self.graph.equations if e.target.name != self.graph.output.name]
        nodes = [node for node in inner if sum(node.name in names for names in passing) > 1]
        return tuple(self.chain.backward.adjoint(node) for node in nodes)

    @property
    def both(self) -> bool:
        """Whether there are two derivatives, so that what several of them share is common to both."""
        return len(self.chain.gradients) == 2

    @property
    def unfinished(self) -> tuple[Gradient, ...]:
        """Gradients of one path whose first local derivative is not yet the answer."""
        return tuple(
            gradient
            for gradient in self.chain.gradients
            if gradient.paths is not None
            and len(gradient.paths) == 1
            and len(gradient.paths[0].locals) > 1
            and gradient.paths[0].locals[0].expression != gradient.paths[0].product
        )

    @property
    def single(self) -> bool:
        """Whether every derivative asked for has exactly one path."""
        return all(g.paths is not None and len(g.paths) == 1 for g in self.chain.gradients)

    @property
    def directly(self) -> tuple[Gradient, ...]:
        """The gradients whose direct derivative is short enough to be shown."""
        return tuple(gradient for gradient in self.chain.gradients if gradient.direct is not None)

    def figures(self) -> Mapping[str, FigureSpec]:
        """The drawing, with the local derivative on each edge."""
        found = {index: local.expression for index, local in enumerate(self.chain.locals)}
        return {"graph": draw(self.graph, found)}

    def public(self) -> Mapping[str, object]:
        """Equations and local derivatives as LaTeX, gradients as expressions."""
        return {
            "output": self.graph.output,
            "equations": [Formula(f"{latex(row.target)} = {latex(row.expression)}") for row in self.rows],
            "locals": [Formula(f"{local.latex} = {latex(local.expression)}") for local in self.chain.locals],
            "gradients": {
                gradient.variable.name: gradient.best for gradient in (*self.chain.gradients, *self.others)
            },
        }


class GraphQuestion(Question):
    """The computation graph of an expression, and the derivatives of its value by the chain rule along it."""

    kind: ClassVar[str] = "graph"
    of: OutputOption | None = None
    """The expression, `L = (w x)^2` or a given name; required unless `from` is there."""
    nodes: EquationsOption = ()
    """The nodes, in your own names: `a = w*x; L = a^2`; by default one for each operation."""
    wrt: SymbolsOption = ()
    """The variables to derive by; by default all."""
    at: PointOption = field(default_factory=dict)
    """Values of the variables, for numbers along the graph: `w = 2, x = 1/2`."""
    ask: Annotated[tuple[str, ...], some_of(PARTS)] = ()
    """The parts of the answer to print; all by default."""
    from_: FactsOption | None = None
    """The label of an earlier graph to go on with."""

    def solve(self, scope: Scope) -> GraphFacts:
        """Builds and derives the graph, or takes that of an earlier answer (`from`)."""
        ask = self.ask or PARTS
        if self.from_ is not None and self.of is None:
            earlier = self.from_
            if not isinstance(earlier, GraphFacts):
                raise SheetError("“from” must name an earlier answer of kind “graph”")
            if not (self.nodes or self.wrt or self.at):
                return replace(earlier, checks=(), ask=ask)
            function, graph = earlier.function, earlier.graph
        elif self.of is not None:
            function = self.of
            graph = graph_of(function, self.nodes)
        else:
            raise SheetError(
                "“graph” needs the option “:of:” (an expression) or “:from:” (an earlier answer)"
            )
        asked = tuple(known_input(graph, symbol) for symbol in self.wrt) or graph.inputs
        chain = chain_rule(function.expression, graph)
        names = [symbol.name for symbol in asked]
        others = tuple(g for g in chain.gradients if g.variable.name not in names)
        for name in self.at:
            known_input(graph, Symbol(name))
        numbers = numbers_at(chain, asked, self.at)
        checks = (*chain.checks, *numbers.checks)
        return GraphFacts(checks, function, chain.only(asked), others, ask, self.at, numbers)


def graph_of(function: Function, nodes: tuple[Equation, ...]) -> Graph:
    """The graph with the nodes that the sheet names, else decomposed into elementary operations.

    SheetError where the named nodes do not compute the function, with a point where they differ.
    """
    if not nodes:
        return decompose(function.expression, function.name or None, function.variables)
    graph = from_equations(nodes, function.variables)
    require_same(function.expression, graph)
    return graph


def require_same(expression: Expr, graph: Graph) -> None:
    """SheetError where the graph's output is not the expression, with a point where they differ."""
    point = counterexample(expression, graph)
    if point is not None:
        where = ", ".join(f"{name} = {value}" for name, value in point.items())
        raise SheetError(f"these nodes do not compute the expression: they differ at {where}")


def known_input(graph: Graph, symbol: Symbol) -> Symbol:
    """The input of that name; SheetError where there is none."""
    for known in graph.inputs:
        if known.name == symbol.name:
            return known
    names = [known.name for known in graph.inputs]
    raise SheetError(
        f"{symbol.name} is not a variable of the expression; its variables: {', '.join(names)}",
        hint=nearest(symbol.name, names),
    )
