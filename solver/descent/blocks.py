"""f(x, y) = p(x) + q(y): variables that no term joins descend apart, each decided by itself."""

from __future__ import annotations

from collections.abc import Iterator

from flint import fmpq_poly

from solver.descent.linear import read_quadratic
from solver.descent.objective import polynomial_expr
from solver.descent.polynomial import rational
from solver.descent.problem import Problem
from solver.expression.tree import ZERO, Expr, Negative, Product, Quotient, Sum, Symbol, symbols


def apart_problems(problem: Problem) -> tuple[Problem, ...]:
    """The problems that f is made of, by its terms, or for a quadratic by its Hessian; else itself alone."""
    places = {v.name: i for i, v in enumerate(problem.variables)}
    groups = separated(problem.expression, problem.variables)
    if len(groups) > 1:
        return tuple(
            Problem(expression, own, tuple(problem.gradient[places[v.name]] for v in own))
            for own, expression in groups
        )
    read = read_quadratic(problem.expression, tuple(places)) if len(places) > 1 else None
    if read is None:
        return (problem,)
    hessian, offset = read
    size = range(len(places))
    if any(hessian[i, j] != 0 for i in size for j in size if i != j):
        return (problem,)
    found = []
    for i, v in enumerate(problem.variables):
        poly = fmpq_poly([0, rational(offset[i]), hessian[i, i] / 2])
        own_part, slope = (polynomial_expr(p, v, True) for p in (poly, poly.derivative()))
        found.append(Problem(own_part, (v,), (slope,)))
    return tuple(found)


def separated(expr: Expr, variables: tuple[Symbol, ...]) -> tuple[tuple[tuple[Symbol, ...], Expr], ...]:
    """The groups of variables that terms of the sum join, each with the sum of its terms; constants are left
    out.
    """
    terms = list(_terms(expr))
    parent = {v.name: v.name for v in variables}

    def root(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    for term in terms:
        names = [v.name for v in symbols(term)]
        for other in names[1:]:
            parent[root(other)] = root(names[0])
    found = []
    for leader in dict.fromkeys(root(v.name) for v in variables):
        own = tuple(v for v in variables if root(v.name) == leader)
        mine = tuple(t for t in terms if symbols(t) and root(symbols(t)[0].name) == leader)
        found.append((own, mine[0] if len(mine) == 1 else Sum(mine) if mine else ZERO))
    return tuple(found)


def _terms(expr: Expr) -> Iterator[Expr]:
    """The terms of a sum, also under a sign, a numerical factor or a numerical denominator."""
    match expr:
        case Sum(terms):
            for term in terms:
                yield from _terms(term)
        case Negative(operand):
            yield from (Negative(term) for term in _terms(operand))
        case Quotient(top, bottom) if not symbols(bottom):
            yield from (Quotient(term, bottom) for term in _terms(top))
        case Product(factors) if sum(bool(symbols(f)) for f in factors) == 1:
            scale = tuple(f for f in factors if not symbols(f))
            inner = next(f for f in factors if symbols(f))
            yield from (Product((*scale, term)) if scale else term for term in _terms(inner))
        case _:
            yield expr
