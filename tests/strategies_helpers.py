"""Random expressions, graphs and points for property tests, in one place."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from solver.expression.tree import (
    Apply,
    Cases,
    Condition,
    Expr,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    number,
)
from solver.graph.model import Equation, Graph

NAMES = ("x", "y", "w")
SMOOTH = (
    "sin", "cos", "exp", "tanh", "sigmoid", "atan", "softplus", "erf", "sinh", "cosh", "silu", "gelu",
    "asinh", "softsign", "log_sigmoid", "mish", "sech",
)  # fmt: skip
KINKED = ("abs", "relu", "leaky_relu", "elu", "hard_sigmoid", "hard_tanh", "relu6", "sign", "selu")
PARTIAL = ("ln", "sqrt", "tan", "atanh", "asin", "acosh", "logit", "cot", "csc", "acot")
"""Functions that have no value everywhere."""

numbers = st.sampled_from([number(v) for v in (2, 3, -1, 5, "1/2", "-3/4", "7/3")])
points = st.fixed_dictionaries(
    {name: st.fractions(-3, 3, max_denominator=7).filter(lambda v: v != 0) for name in NAMES}
)


def leaves(names: tuple[str, ...] = NAMES) -> st.SearchStrategy[Expr]:
    """A variable, more often than a number."""
    variables = st.sampled_from([Symbol(name) for name in names])
    return st.one_of(variables, variables, variables, numbers)


def operations(
    inner: st.SearchStrategy[Expr], functions: tuple[str, ...] = SMOOTH
) -> st.SearchStrategy[Expr]:
    """One operation on what `inner` draws. Repeated and shared operands are frequent."""
    pair = st.one_of(st.tuples(inner, inner), inner.map(lambda e: (e, e)))
    whole = st.integers(-2, 4).filter(lambda n: n not in (0, 1)).map(number)
    return st.one_of(
        pair.map(Sum),
        pair.map(lambda p: Sum((p[0], Negative(p[1])))),
        pair.map(Product),
        pair.map(lambda p: Quotient(*p)),
        inner.map(Negative),
        st.tuples(inner, whole).map(lambda p: Power(*p)),
        st.tuples(st.sampled_from(functions), inner).map(lambda p: Apply(p[0], (p[1],))),
        st.tuples(st.sampled_from(functions), inner).map(lambda p: Apply(p[0], (p[1],))),
    )


def comparisons(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    """A maximum, a minimum, or a definition by pieces."""
    pair = st.tuples(inner, inner).filter(lambda p: p[0] != p[1])
    return st.one_of(
        pair.map(lambda p: Apply("max", p)),
        pair.map(lambda p: Apply("min", p)),
        pair.map(lambda p: Cases(((p[0], Condition(Symbol("x"), "<", number("1/3"))), (p[1], None)))),
    )


def expressions(
    functions: tuple[str, ...] = SMOOTH, *, size: int = 8, pieces: bool = False
) -> st.SearchStrategy[Expr]:
    """Expressions of the grammar, of at most about `size` leaves."""

    def grown(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
        plain = operations(inner, functions)
        return st.one_of(plain, plain, plain, comparisons(inner)) if pieces else plain

    return st.recursive(leaves(), grown, max_leaves=size)


@st.composite
def graphs(draw: st.DrawFn, functions: tuple[str, ...] = SMOOTH, *, most: int = 8) -> Graph:
    """A graph of elementary operations whose nodes are used several times and repeat their operands."""
    inputs = tuple(Symbol(name) for name in NAMES[: draw(st.integers(1, len(NAMES)))])
    nodes: list[Symbol] = list(inputs)
    equations: list[Equation] = []
    for index in range(draw(st.integers(1, most))):
        recent = st.sampled_from(nodes[-4:])
        operand: st.SearchStrategy[Expr] = st.one_of(recent, recent, st.sampled_from(nodes), numbers)
        made = draw(operations(operand, functions))
        target = Symbol(f"v{index + 1}")
        equations.append(Equation(target, made))
        nodes.append(target)
    return Graph(inputs, tuple(equations), equations[-1].target)


def point_of(graph: Graph, point: dict[str, Fraction]) -> dict[str, Fraction]:
    """The values of the graph's own inputs."""
    return {symbol.name: point[symbol.name] for symbol in graph.inputs}
