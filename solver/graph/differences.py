"""Finite differences against the exact gradient, and what double precision makes of them, simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from solver.expression.tree import (
    Apply,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    substitute,
    symbols,
)
from solver.graph.build import expand
from solver.graph.cost import Operations, expanded, whole
from solver.graph.expansion import polynomial
from solver.graph.forward import Value, as_fraction, value_of, values
from solver.graph.model import Graph

POWERS = (4, 6, 8, 10, 12)
"""The steps tried are 10^-k for these k."""

_SHORT = 400


@dataclass(frozen=True, slots=True)
class Difference:
    """Errors at one step h = 10^-power.

    `truncation` is what the formula itself is wrong by, computed without rounding; `double` the error of the
    same formula in double precision. `one_sided` is (L(w + h) − L(w))/h, `central` is
    (L(w + h) − L(w − h))/(2h).
    """

    power: int
    one_sided_truncation: Fraction
    one_sided_double: Fraction
    central_truncation: Fraction
    central_double: Fraction


@dataclass(frozen=True, slots=True)
class Differences:
    """The table for one variable, and what can be read in it.

    `degree` is that of the output in this variable where the output is a short polynomial, else None: up to 1
    both formulas are exact, at 2 the central one is.
    """

    variable: Symbol
    rows: tuple[Difference, ...]
    degree: int | None

    @property
    def best(self) -> Difference:
        """The row where the one-sided formula in double precision does best."""
        return min(self.rows, key=lambda row: row.one_sided_double)

    @property
    def lucky(self) -> bool:
        """Whether the best error is below half of the formula's own: roundings happen to make up for it."""
        return 2 * self.best.one_sided_double < self.best.one_sided_truncation

    @property
    def central_rounds(self) -> bool:
        """Whether double precision makes the central formula wrong at some step."""
        return any(row.central_double for row in self.rows)

    @property
    def one_sided_rounds(self) -> bool:
        """The same for the one-sided formula, beyond its own error."""
        return any(row.one_sided_double != row.one_sided_truncation for row in self.rows)

    @property
    def rounding_shows(self) -> bool:
        """Whether a smaller step than the best one is worse: the last row against the best."""
        return self.rows[-1].one_sided_double > self.best.one_sided_double


def differences(
    graph: Graph,
    point: Mapping[str, Fraction],
    variable: Symbol,
    exact: Value,
    powers: Sequence[int] = POWERS,
) -> Differences:
    """Both formulas at each step, against the `exact` derivative."""
    slope = as_fraction(exact)
    rows = []

    def output(shift: Fraction) -> Fraction:
        moved = {**point, variable.name: point[variable.name] + shift}
        return as_fraction(values(graph, moved)[graph.output.name])

    def rounded(shift: float) -> float:
        moved = {name: float(value) for name, value in point.items()}
        moved[variable.name] += shift
        return double_values(graph, moved)[graph.output.name]

    here, here_rounded = output(Fraction(0)), rounded(0.0)
    for power in powers:
        h, step = Fraction(1, 10**power), 10.0**-power
        right, left = output(h), output(-h)
        right_rounded, left_rounded = rounded(step), rounded(-step)
        rows.append(
            Difference(
                power,
                abs((right - here) / h - slope),
                abs(Fraction((right_rounded - here_rounded) / step) - slope),
                abs((right - left) / (2 * h) - slope),
                abs(Fraction((right_rounded - left_rounded) / (2 * step)) - slope),
            )
        )
    return Differences(variable, tuple(rows), _degree(graph, variable))


def _degree(graph: Graph, variable: Symbol) -> int | None:
    if expanded(graph).get(graph.output.name, Operations()).total > _SHORT:
        return None
    found = polynomial(expand(graph), graph.inputs)
    index = next(i for i, symbol in enumerate(graph.inputs) if symbol.name == variable.name)
    return None if found is None else max((exponents[index] for exponents in found), default=0)


def double_values(graph: Graph, point: Mapping[str, float]) -> dict[str, float]:
    """Every node in double precision, each operation rounded to the nearest double.

    Functions and powers are rounded correctly rather than by the machine's library, so that the result is the
    same everywhere.
    """
    known = dict(point)
    for equation in graph.equations:
        known[equation.target.name] = _double(equation.expression, known)
    return known


def _double(expr: Expr, known: Mapping[str, float]) -> float:
    match expr:
        case Symbol(name):
            return known[name]
        case Number(value):
            return float(value)
        case Negative(operand):
            return -_double(operand, known)
        case Sum(terms):
            total = _double(terms[0], known)
            for term in terms[1:]:
                total += _double(term, known)
            return total
        case Product(factors):
            product = _double(factors[0], known)
            for factor in factors[1:]:
                product *= _double(factor, known)
            return product
        case Quotient(numerator, denominator):
            return _double(numerator, known) / _double(denominator, known)
        case Power(base, exponent) if (power := whole(exponent)) is not None:
            return float(Fraction(_double(base, known)) ** power)
        case Power(base, exponent):
            return _rounded(Power(_exact(base, known), _exact(exponent, known)))
        case Apply(name, arguments):
            return _rounded(Apply(name, tuple(_exact(argument, known) for argument in arguments)))
        case _:
            return _rounded(_put(expr, known))


def _exact(expr: Expr, known: Mapping[str, float]) -> Expr:
    return Number(Fraction(_double(expr, known))) if symbols(expr) else expr


def _put(expr: Expr, known: Mapping[str, float]) -> Expr:
    return substitute(expr, {name: Number(Fraction(value)) for name, value in known.items()})


def _rounded(expr: Expr) -> float:
    """The double nearest to a constant expression."""
    return float(as_fraction(value_of(expr, {})))
