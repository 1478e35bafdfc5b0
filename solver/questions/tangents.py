"""The tangent of a curve at a point: y = f'(a)(x − a) + f(a), reduced where the numbers are rational."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from solver.derivation.check import same
from solver.derivation.equality import Equality, Means
from solver.differentiation.values import worked_out
from solver.expression.evaluate import exact_value
from solver.expression.latex import latex
from solver.expression.settle import written
from solver.expression.tree import Expr, Negative, Number, Product, Sum, Symbol, substitute
from solver.rules.algebra import merge


@dataclass(frozen=True)
class Tangent:
    """The tangent at (point, height): its slope and its right side `line`, rational where they can be."""

    point: Expr
    height: Expr
    slope: Expr
    line: Expr


def tangent_of(function: Expr, variable: Symbol, slope: Expr, point: Expr, checks: list[Equality]) -> Tangent:
    """The tangent of y = f(x) at x = `point`, where f' is worth `slope`."""
    there = substitute(function, {variable.name: point})
    found = worked_out(function, {variable.name: point})
    exact = exact_value(found)
    height = merge(found) if exact is None else written(exact)
    if exact is None:
        checks.append(same(there, height))
    return tangent_at(variable, point, height, slope, checks)


def tangent_at(variable: Symbol, point: Expr, height: Expr, slope: Expr, checks: list[Equality]) -> Tangent:
    """The line through (point, height) with this slope."""
    a, b, m = (exact_value(e) for e in (point, height, slope))
    if a is not None and b is not None and m is not None:
        line = _affine(m, b - m * a, variable)
        through = exact_value(line, {variable.name: a})
        checks.append(Equality(f"T({latex(point)})", latex(height), Means.EXACT, through == b))
        return Tangent(point, height, slope, line)
    if m == 0:
        return Tangent(point, height, slope, height)
    terms: list[Expr] = [variable]
    if a != 0:
        terms.append(point.operand if isinstance(point, Negative) else Negative(point))
    shift = terms[0] if len(terms) == 1 else Sum(tuple(terms))
    first: list[Expr] = terms if m == 1 else [Product((slope, shift))]
    if isinstance(slope, Negative) and m != 1:
        first = [Negative(shift if m == -1 else Product((slope.operand, shift)))]
    if b != 0:
        first.append(height)
    return Tangent(point, height, slope, first[0] if len(first) == 1 else Sum(tuple(first)))


def _affine(slope: Fraction, intercept: Fraction, variable: Symbol) -> Expr:
    terms: list[Expr] = []
    if slope:
        size: Expr = variable if abs(slope) == 1 else Product((Number(abs(slope)), variable))
        terms.append(size if slope > 0 else Negative(size))
    if intercept or not terms:
        terms.append(written(intercept))
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))
