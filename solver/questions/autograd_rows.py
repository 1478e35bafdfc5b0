"""The lines of both passes of automatic differentiation, with the numbers put in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from solver.expression.latex import latex
from solver.expression.tree import Expr, Number, Product, Sum, Symbol, substitute, symbols
from solver.graph.backward import Backward
from solver.graph.chain import factor
from solver.graph.forward import Value
from solver.graph.reverse import Adjoint
from solver.graph.sided import Sides
from solver.graph.verify import agree

PLACES = 6
"""Decimals of a value that is not exact."""


@dataclass(frozen=True)
class ValueRow:
    """A line of the forward pass: node = expression (= its numbers put in) = value."""

    node: Symbol
    expression: Expr
    numbers: str | None
    value: Value


@dataclass(frozen=True)
class AdjointRow:
    """A line of the backward pass; `conventional`: a slope that no derivative gives was put in."""

    adjoint: Adjoint
    numbers: str | None
    value: Value
    conventional: bool = False


@dataclass(frozen=True)
class TangentRow:
    """The derivatives of a node by each variable, from one forward pass a variable."""

    node: Symbol
    values: tuple[Value, ...]


@dataclass(frozen=True)
class AtKink:
    """What the program gives for ∂L/∂variable at a point where an operation has no derivative, and what L has
    there: its slopes on the two sides, None where they were not worked out."""

    adjoint: Adjoint
    given: Value
    sides: Sides | None

    @property
    def derivative(self) -> Value | None:
        """∂L/∂variable, where it exists all the same."""
        return None if self.sides is None else self.sides.derivative

    @property
    def right(self) -> bool:
        """Whether the derivative exists, and the program gives it."""
        return self.derivative is not None and agree(self.derivative, self.given)


def adjoint_row(adjoint: Adjoint, found: Backward) -> AdjointRow:
    """The adjoint with its numbers; where a local derivative has no value, the slope that is taken."""
    taken = {kink.edge: kink.taken for kink in (*found.kinks, *found.harmless)}
    value = found.values[adjoint.symbol.name]
    said = {kink.edge for kink in (*found.kinks, *found.harmless) if not kink.smooth}
    if not any(contribution.edge in taken for contribution in adjoint.contributions):
        return AdjointRow(adjoint, put(adjoint.expression, found.values), value)
    known, terms = dict(found.values), []
    for index, contribution in enumerate(adjoint.contributions):
        local = contribution.local
        if contribution.edge in taken:
            local = Symbol(f"slope {index}")
            known[local.name] = taken[contribution.edge]
        terms.append(Product((contribution.adjoint, local)))
    conventional = any(contribution.edge in said for contribution in adjoint.contributions)
    written = terms[0] if len(terms) == 1 else Sum(tuple(terms))
    return AdjointRow(adjoint, put(written, known), value, conventional)


def put(expression: Expr, known: Mapping[str, Value]) -> str | None:
    """The expression with the values of its names, as it is written before it is worked out.

    None where a value is not exact, or where there is nothing to put in or to work out.
    """
    names = {node.name for node in symbols(expression)}
    if not names or isinstance(expression, Symbol):
        return None
    exact: dict[str, Expr] = {}
    for name in names:
        value = known[name]
        if not isinstance(value, Fraction):
            return None
        exact[name] = Number(value, decimal=_terminates(value))
    if isinstance(expression, Product):
        factors = [substitute(item, exact) for item in expression.factors]
        return r" \times ".join(factor(item, first=False) for item in factors)
    return latex(substitute(expression, exact)).replace(r" \cdot ", r" \times ")


def _terminates(value: Fraction) -> bool:
    scaled: Fraction = value * 10**PLACES
    return scaled.denominator == 1


def shown(value: Value) -> str:
    """A value as the tables show it."""
    if isinstance(value, Fraction):
        return latex(Number(value, decimal=_terminates(value)))
    return rf"\approx {value.decimal(PLACES)}"
