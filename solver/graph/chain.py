"""The chain rule along a graph: local derivatives, paths, gradients in names and in the inputs alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from solver.derivation.equality import Equality
from solver.errors import ExpressionError
from solver.expression.latex import latex, parenthesised
from solver.expression.tree import (
    Cases,
    Expr,
    Negative,
    Number,
    Sum,
    Symbol,
    substitute,
)
from solver.graph.arrange import arranged
from solver.graph.build import definitions
from solver.graph.cost import expanded, nesting, operations
from solver.graph.expansion import partial_derivative, polynomial, written
from solver.graph.local import local_derivatives, product
from solver.graph.model import Edge, Graph
from solver.graph.reverse import Adjoint, Reverse, reverse

PATHS = 6
"""Past this many paths from a variable to the output, the chain rule is told node by node only."""

NAMED = 40
"""Past this many operations, an adjoint is written with the adjoints of its consumers."""

DIRECT = 4_000
"""Past this many operations times variables, the whole expression is not derived a second time."""

DEPTH = 60
"""Past this many operations inside one another, the same."""

SIZE = 400
"""Past this many operations, a derivative is not written in the inputs alone."""


@dataclass(frozen=True, slots=True)
class LocalDerivative:
    """∂target/∂source along one edge; `rank` tells the occurrences of a repeated operand apart (1, 2, …)."""

    edge: Edge
    expression: Expr
    rank: int | None

    @property
    def latex(self) -> str:
        """∂target/∂source."""
        return partial(self.edge.target, self.edge.source)


@dataclass(frozen=True, slots=True)
class Path:
    """One way from a variable to the output; `locals` from the output back, `product` what they give."""

    nodes: tuple[Symbol, ...]
    locals: tuple[LocalDerivative, ...]
    product: Expr

    @property
    def partials(self) -> str:
        """∂L/∂c · ∂c/∂a · ∂a/∂w."""
        return r" \cdot ".join(local.latex for local in self.locals)

    @property
    def factors(self) -> str:
        """The local derivatives in the same order, as a product that is not worked out."""
        if not self.locals:
            return latex(self.product)
        return r" \cdot ".join(factor(local.expression, first=not i) for i, local in enumerate(self.locals))


@dataclass(frozen=True, slots=True)
class Gradient:
    """∂output/∂variable.

    `paths` is None where there are too many. `named` is written with the nodes; `result` with the inputs
    alone and `direct` is the engine's derivative of the whole expression, both None where they would be long.
    `developed` is the derivative of the developed polynomial, term by term, where the expression is one.
    """

    variable: Symbol
    adjoint: Adjoint
    paths: tuple[Path, ...] | None
    named: Expr
    result: Expr | None
    direct: Expr | None
    developed: Expr | None

    @property
    def symbol(self) -> Symbol:
        """∂L/∂w as a name."""
        return self.adjoint.symbol

    @property
    def best(self) -> Expr:
        """The derivative in the inputs alone where it is short, else in names."""
        return self.named if self.result is None else self.result

    @property
    def short(self) -> tuple[str, ...]:
        """The answer in names, then in the inputs alone where that reads differently."""
        found = [latex(self.named), *([] if self.result is None else [latex(self.result)])]
        return tuple(dict.fromkeys(found))

    @property
    def developed_line(self) -> tuple[str, ...]:
        """The derivative of the developed polynomial, then the result of the chain rule."""
        found = [latex(expr) for expr in (self.developed, self.result) if expr is not None]
        return tuple(dict.fromkeys(found))

    @property
    def lines(self) -> tuple[str, ...]:
        """The right-hand sides of the calculation, in order, none twice: product, in names, in the inputs."""
        found: list[str] = []
        if self.paths is not None and len(self.paths) == 1:
            found.append(self.paths[0].factors)
        elif self.paths:
            terms = [latex(path.product) for path in self.paths]
            found.append(
                "".join(
                    text if not i else f" + {_grouped(path.product, text)}"
                    for i, (path, text) in enumerate(zip(self.paths, terms, strict=True))
                )
            )
        found.append(latex(self.named))
        if self.result is not None:
            found.append(latex(self.result))
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Chain:
    """All that the chain rule gives on a graph.

    `expression` is the output in the inputs alone (None where that would be long), `developed` the same as a
    developed polynomial where it is a short one and differs. `named` gives every adjoint, by its node, in the
    names of nodes (where that would be long, of later adjoints too).
    """

    expression: Expr | None
    graph: Graph
    backward: Reverse
    locals: tuple[LocalDerivative, ...]
    gradients: tuple[Gradient, ...]
    developed: Expr | None
    named: Mapping[str, Expr]
    checks: tuple[Equality, ...] = ()

    def gradient(self, variable: Symbol) -> Gradient:
        """The gradient by an input; KeyError where it is none of those worked out."""
        for gradient in self.gradients:
            if gradient.variable.name == variable.name:
                return gradient
        raise KeyError(variable.name)

    def only(self, variables: Iterable[Symbol]) -> Chain:
        """The same with the gradients by these inputs alone."""
        return replace(self, gradients=tuple(self.gradient(variable) for variable in variables))


def partial(output: Symbol, node: Symbol) -> str:
    """∂output/∂node as LaTeX."""
    return rf"\frac{{\partial {latex(output)}}}{{\partial {latex(node)}}}"


def factor(expr: Expr, *, first: bool) -> str:
    """`expr` as a factor of a written product: in parentheses where it is a sum or begins with a sign."""
    if isinstance(expr, (Sum, Cases)) or (not first and _signed(expr)):
        return parenthesised(latex(expr))
    return latex(expr)


def _signed(expr: Expr) -> bool:
    return isinstance(expr, Negative) or (isinstance(expr, Number) and expr.value < 0)


def _grouped(expr: Expr, text: str) -> str:
    return parenthesised(text) if _signed(expr) else text


def derive_along(expression: Expr | None, graph: Graph) -> Chain:
    """Every local derivative, and the gradient of the output by every input.

    `verify.chain_rule` does the same and checks it. Raises ExpressionError where there is no variable.
    """
    if not graph.inputs:
        raise ExpressionError("the expression has no variable: there is nothing to derive by")
    constants = [equation.target for equation in graph.equations if not equation.operands]
    backward = reverse(graph, [*graph.inputs, *constants])
    locals_ = all_locals(graph)
    by_edge = {local.edge: local for local in locals_}
    whole = backward.as_graph()
    counts, heights = expanded(whole), nesting(whole)
    inside = definitions(whole)
    named = _named_adjoints(backward)
    order = writing_order(graph.inputs)
    deep = heights[graph.output.name] > DEPTH
    poly = None if expression is None or deep else polynomial(expression, order)
    routes = graph.paths(graph.inputs, PATHS)
    plainly = None if expression is None or deep else expression
    directly = plainly is not None and operations(plainly).total * len(graph.inputs) <= DIRECT
    gradients = []
    for variable in graph.inputs:
        adjoint = backward.adjoint(variable)
        name = adjoint.symbol.name
        short = counts[name].total <= SIZE and heights[name] <= 2 * DEPTH
        ways = routes[variable.name]
        gradients.append(
            Gradient(
                variable,
                adjoint,
                None if ways is None else tuple(_path(way, by_edge) for way in ways),
                named[variable.name],
                arranged(substitute(named[variable.name], inside)) if short else None,
                _direct(plainly, variable) if short and directly and plainly is not None else None,
                None if poly is None else written(partial_derivative(poly, order.index(variable)), order),
            )
        )
    developed = None if poly is None else written(poly, order)
    return Chain(
        expression,
        graph,
        backward,
        locals_,
        tuple(gradients),
        None if developed == expression else developed,
        named,
    )


def writing_order(variables: Iterable[Symbol]) -> tuple[Symbol, ...]:
    """The order of the factors of a monomial: letter by letter as they come, then by index (w₁ w₂ x y)."""

    def letter(symbol: Symbol) -> str:
        return symbol.name.split("_")[0].rstrip("0123456789")

    found = tuple(variables)
    letters = list(dict.fromkeys(letter(symbol) for symbol in found))
    return tuple(sorted(found, key=lambda symbol: letters.index(letter(symbol))))


def _direct(expression: Expr, variable: Symbol) -> Expr:
    from solver.derivation.engine import derive

    return derive(expression, variable, check=False).result


def all_locals(graph: Graph) -> tuple[LocalDerivative, ...]:
    """The local derivative of every edge, in the order of `graph.edges()`."""
    found: list[LocalDerivative] = []
    for equation in graph.equations:
        edges = equation.edges()
        sources = [edge.source.name for edge in edges]
        for index, (edge, local) in enumerate(zip(edges, local_derivatives(equation, edges), strict=True)):
            repeated = sources.count(edge.source.name) > 1
            rank = sources[: index + 1].count(edge.source.name) if repeated else None
            found.append(LocalDerivative(edge, local, rank))
    return tuple(found)


def _path(way: tuple[Edge, ...], locals_: Mapping[Edge, LocalDerivative]) -> Path:
    back = tuple(locals_[edge] for edge in reversed(way))
    nodes = (*(edge.source for edge in way), *(edge.target for edge in way[-1:]))
    return Path(nodes, back, arranged(product([local.expression for local in back])))


def _named_adjoints(backward: Reverse) -> dict[str, Expr]:
    """Every adjoint in the names of nodes alone, while that stays short; else with the adjoints after it."""
    named: dict[str, Expr] = {}
    values: dict[str, Expr] = {}
    for adjoint in backward.adjoints:
        put = substitute(adjoint.expression, values)
        found = arranged(put)
        if operations(found).total > NAMED:
            found = adjoint.expression
        named[adjoint.node.name] = found
        values[adjoint.symbol.name] = found
    return named
