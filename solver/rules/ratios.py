"""Quotients brought to a form that is recognised: a sum over one bar, sin over cos."""

from __future__ import annotations

from fractions import Fraction

from solver.expression.tree import Apply, Expr, Negative, Quotient, Sum, rebuild
from solver.rules.forms import denominator, unnested
from solver.rules.keys import key
from solver.rules.monomials import Monomial, collected, kernel, monomial, sum_of, written

_TANGENTS = {"sin": ("cos", "tan"), "sinh": ("cosh", "tanh")}


def one_bar(expr: Expr) -> Expr | None:
    """(1 + x/s)/(x + s) = ((x + s)/s)/(x + s): the sum above brought over one bar, where it then cancels."""
    match expr:
        case Negative(operand):
            found = one_bar(operand)
            return None if found is None else Negative(found)
        case Quotient(Sum() as top, bottom):
            terms = [unnested(t) for t in collected(top)]
            outside = denominator(terms)
            if outside is None:
                return None
            below = outside.raised(Fraction(-1))
            left = sum_of([t.times(below) for t in terms])
            shared = monomial(bottom).factors.get(key(left))
            return None if shared is None else Quotient(Quotient(shared[0], written(below)), bottom)
    return None


def as_tangents(expr: Expr) -> Expr:
    r"""\\frac{\\sin u}{\\cos u} = \\tan u, \\quad \\frac{\\sinh u}{\\cosh u} = \\tanh u"""
    if isinstance(expr, Sum | Negative):
        return rebuild(expr, as_tangents)
    whole = monomial(expr)
    found = _tangents(whole)
    return expr if found is whole else written(found)


def _tangents(whole: Monomial) -> Monomial:
    for base, exponent in whole.factors.values():
        if not isinstance(base, Apply) or base.function not in _TANGENTS or exponent <= 0:
            continue
        below, name = _TANGENTS[base.function]
        other = Apply(below, base.arguments)
        if whole.factors.get(key(other), (other, Fraction(0)))[1] == -exponent:
            rest = whole.times(kernel(base, -exponent)).times(kernel(other, exponent))
            return _tangents(rest.times(kernel(Apply(name, base.arguments), exponent)))
    return whole
