"""A derivative at a point: its exact value where there is one, confirmed there by dual numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from solver.derivation.check import same
from solver.derivation.duals import Undefined
from solver.derivation.equality import Equality, Means
from solver.differentiation.answer import Value as Told
from solver.expression.evaluate import exact_value
from solver.expression.latex import latex
from solver.expression.tree import Derivative, Expr, Symbol, substitute, symbols


@dataclass(frozen=True)
class Value:
    """A derivative at a point: `name` is f'(2), `exact` its rational value if any, `substitution` the value
    as an expression; None where there is no derivative, and `told` says why."""

    name: str
    substitution: Expr | None
    exact: Fraction | None
    told: Told


def value_there(
    name: str, function: Expr, along: Sequence[Symbol], result: Expr, told: Told, checks: list[Equality]
) -> Value:
    """The value found by `differentiation.answer` of the derivative `result` of `function`, checked anew."""
    if told.exact is None:
        return Value(name, None, None, told)
    exact = exact_value(told.exact)
    if exact is None:
        there = substitute(result, told.point)
        if not symbols(there):
            checks.append(same(there, told.exact))
        return Value(name, told.exact, None, told)
    point = {n: v for n, e in told.point.items() if (v := exact_value(e)) is not None}
    if len(point) < len(told.point):
        checks.append(same(substitute(result, told.point), told.exact))
    else:
        holds = confirmed(function, along, point, exact)
        checks.append(Equality(name, latex(exact), Means.DUAL, holds))
    return Value(name, told.exact, exact, told)


def confirmed(
    function: Expr, along: Sequence[Symbol], point: Mapping[str, Fraction], expected: Fraction
) -> bool | None:
    """Whether dual numbers give the same derivative at a rational point; None where they give none."""
    from flint import fmpq

    from solver.derivation.check import evaluate

    asked = function
    for variable in along:
        asked = Derivative(asked, variable)
    try:
        found = evaluate(asked, point, 256)
    except Undefined:
        return None
    exact = fmpq(expected.numerator, expected.denominator)
    if isinstance(found, fmpq):
        return bool(found == exact)
    return bool(found.overlaps(type(found)(exact)) and found.rad() < 2**-80)


def implicit_value(name: str, gap: Expr, x: Symbol, y: Symbol, told: Told, checks: list[Equality]) -> Value:
    """dy/dx at a point of F(x, y) = 0; ∂F/∂x + (dy/dx) ∂F/∂y must vanish there, by dual numbers."""
    from solver.derivation.check import evaluate

    if told.exact is None:
        return Value(name, None, None, told)
    exact = exact_value(told.exact)
    point = {n: v for n, e in told.point.items() if (v := exact_value(e)) is not None}
    if exact is not None and len(point) == len(told.point):
        by_x, by_y = (evaluate(Derivative(gap, v), point, 256) for v in (x, y))
        rest = by_x + by_y * exact.numerator / exact.denominator
        holds = bool(rest == 0 or (not hasattr(rest, "p") and rest.contains(0)))
        checks.append(Equality(name, latex(exact), Means.DUAL, holds))
    return Value(name, told.exact, exact, told)
