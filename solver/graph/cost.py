"""How many operations each way of differentiating takes, counted on the equations as they are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from solver.expression.tree import (
    ONE,
    ZERO,
    Apply,
    Cases,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    children,
    rebuild,
    substitute,
    symbols,
)
from solver.graph.local import local_derivatives, product, total
from solver.graph.model import Equation, Graph


@dataclass(frozen=True, slots=True)
class Operations:
    """Additions and subtractions; multiplications and divisions; calls of functions (exp, σ, a comparison…).

    A change of sign is not counted, nor is an operation on constants alone: it is done once and for all.
    """

    additions: int = 0
    multiplications: int = 0
    calls: int = 0

    def __add__(self, other: Operations) -> Operations:
        return Operations(
            self.additions + other.additions,
            self.multiplications + other.multiplications,
            self.calls + other.calls,
        )

    def __mul__(self, times: int) -> Operations:
        return Operations(self.additions * times, self.multiplications * times, self.calls * times)

    @property
    def total(self) -> int:
        return self.additions + self.multiplications + self.calls


def operations(expr: Expr) -> Operations:
    """The operations that evaluating `expr` as written takes, each occurrence counted."""
    return _counted(expr)[0]


@lru_cache(maxsize=4096)
def _counted(expr: Expr) -> tuple[Operations, bool]:
    """The operations, and whether a variable stands in the expression; without one nothing is counted."""
    if isinstance(expr, (Symbol, Number)):
        return _NONE, isinstance(expr, Symbol)
    inner = [_counted(child) for child in children(expr)]
    if not any(varies for _, varies in inner):
        return _NONE, False
    found = _own(expr, sum(varies for _, varies in inner))
    for count, _ in inner:
        found += count
    return found, True


def _own(node: Expr, varying: int) -> Operations:
    """The operations of a node itself, of whose operands `varying` hold a variable."""
    match node:
        case Sum(terms):
            return Operations(additions=len(terms) - 1)
        case Product(factors):
            return Operations(multiplications=varying - 1 + (varying < len(factors)))
        case Quotient():
            return Operations(multiplications=1)
        case Power(_, exponent) if (power := whole(exponent)) is not None:
            return Operations(multiplications=_squarings(power))
        case Power() | Apply():
            return Operations(calls=1)
        case Cases(branches):
            return Operations(calls=sum(condition is not None for _, condition in branches))
        case _:
            return _NONE


_NONE = Operations()


def whole(exponent: Expr) -> int | None:
    """The value of an exponent that is a whole number."""
    match exponent:
        case Number(value) if value.denominator == 1:
            return int(value)
        case Negative(Number(value)) if value.denominator == 1:
            return -int(value)
        case _:
            return None


def _squarings(exponent: int) -> int:
    """Multiplications of an integer power by repeated squaring; one division more for a negative exponent."""
    size = abs(exponent)
    return max(0, size.bit_length() - 1 + size.bit_count() - 1) + (exponent < 0)


def of_equations(equations: Iterable[Equation]) -> Operations:
    """The operations of a list of equations run once."""
    found = Operations()
    for equation in equations:
        found += operations(equation.expression)
    return found


# ---- tangents: forward mode, one input a pass ---------------------------------------------------


def tangent_equations(graph: Graph, seed: Symbol) -> tuple[Equation, ...]:
    """Forward mode for one input: v̇ = Σ ∂v/∂u · u̇ for each node that depends on `seed`, whose u̇ is 1.

    Tangents that are zero are not written, so the count that follows from here favours forward mode.
    """
    from solver.expression.latex import latex

    def tangent(node: Symbol) -> Symbol:
        return Symbol(
            f"d{node.name}_d{seed.name}", rf"\frac{{\partial {latex(node)}}}{{\partial {latex(seed)}}}"
        )

    reached = {seed.name}
    found: list[Equation] = []
    entering: dict[str, list[int]] = {}
    edges = graph.edges()
    for index, edge in enumerate(edges):
        entering.setdefault(edge.target.name, []).append(index)
    for equation in graph.equations:
        used = [edges[i] for i in entering.get(equation.target.name, []) if edges[i].source.name in reached]
        if not used:
            continue
        locals_ = local_derivatives(equation, used)
        terms = [
            local if edge.source.name == seed.name else product([local, tangent(edge.source)])
            for edge, local in zip(used, locals_, strict=True)
        ]
        found.append(Equation(tangent(equation.target), total(terms)))
        reached.add(equation.target.name)
    return tuple(found)


def tangent_operations(graph: Graph, seeds: Iterable[Symbol]) -> tuple[Operations, ...]:
    """The operations of `folded(tangent_equations(…))`, seed by seed, counted from the edges."""
    speed = Symbol("v")
    entering: list[tuple[str, dict[str, list[Expr]], dict[str, Operations]]] = []
    for equation in graph.equations:
        edges = equation.edges()
        by_source: dict[str, list[Expr]] = {}
        for edge, local in zip(edges, local_derivatives(equation, edges), strict=True):
            by_source.setdefault(edge.source.name, []).append(local)
        counts = {
            source: operations(total([product([local, speed]) for local in found]))
            for source, found in by_source.items()
        }
        entering.append((equation.target.name, by_source, counts))
    return tuple(_pass(entering, seed) for seed in seeds)


def _pass(
    entering: Iterable[tuple[str, Mapping[str, Sequence[Expr]], Mapping[str, Operations]]], seed: Symbol
) -> Operations:
    """One pass. `speeds` holds what is reached: a tangent known in advance, or None."""
    taken = Operations()
    speeds: dict[str, Expr | None] = {seed.name: ONE}
    for target, locals_, counts in entering:
        used = [source for source in locals_ if source in speeds]
        if not used:
            continue
        constants: list[Expr] = []
        varying = 0
        for source in used:
            known = speeds[source]
            term = None if known is None else total([product([e, known]) for e in locals_[source]])
            if term is None or symbols(term):
                varying += 1
                taken += counts[source] if term is None else operations(term)
            else:
                constants.append(term)
        constant = total(constants) if constants else ZERO
        speeds[target] = None if varying else constant
        taken += Operations(additions=max(0, varying - 1 + (varying > 0 and constant != ZERO)))
    return taken


# ---- constants known in advance -----------------------------------------------------------------


def folded(equations: Iterable[Equation]) -> tuple[Equation, ...]:
    """The equations with each name whose value is known in advance replaced by it: a product by an adjoint
    that is 1 is no multiplication."""
    constants: dict[str, Expr] = {}
    found: list[Equation] = []
    for equation in equations:
        expression = equation.expression
        if any(operand.name in constants for operand in equation.operands):
            expression = _tidied(substitute(expression, constants))
        if not symbols(expression):
            constants[equation.target.name] = expression
        found.append(Equation(equation.target, expression))
    return tuple(found)


def _tidied(expr: Expr) -> Expr:
    """Products by 1 and 0 and sums with 0 worked out."""
    if isinstance(expr, Product):
        return product([_tidied(item) for item in expr.factors])
    if isinstance(expr, Sum):
        return total([_tidied(item) for item in expr.terms])
    return rebuild(expr, _tidied)


# ---- expression growth --------------------------------------------------------------------------


def expanded(graph: Graph) -> Mapping[str, Operations]:
    """For each equation, its operations once all names in it are replaced by their definitions.

    Counted without writing the formulas out: they can be exponentially larger than the graph.
    """
    known: dict[str, Operations] = {}
    for equation in graph.equations:
        found = operations(equation.expression)
        for operand in equation.operands:
            if operand.name in known:
                found += known[operand.name]
        known[equation.target.name] = found
    return known


def nesting(graph: Graph) -> Mapping[str, int]:
    """For each node, how many equations stand inside one another once it is written in the inputs alone."""
    found = {symbol.name: 0 for symbol in graph.inputs}
    for equation in graph.equations:
        found[equation.target.name] = 1 + max((found[o.name] for o in equation.operands), default=0)
    return found
