"""Functions that nobody defined: u and v in (u v)′ = u′v + u v′, or L in ∂L/∂w = ∂L/∂z · x.

Such a function is a polynomial with a name for each coefficient. At a point where the coefficients are
drawn at random, its value and its derivatives are independent numbers, as those of any differentiable
function may be: a claim that holds for all of them holds for every smooth function.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations_with_replacement

from solver.derivation.duals import Local
from solver.derivation.points import Point
from solver.expression.tree import Expr, Negative, Number, Power, Product, Sum, Symbol, number, substitute

MARK = "°"
_MAX_TERMS = 40


def generic(name: str, arguments: int, degree: int) -> Local:
    """A polynomial of that degree in that many arguments, its coefficients symbols of their own."""
    parameters = tuple(Symbol(f"{name}{MARK}{MARK}{i}") for i in range(arguments))
    terms: list[Expr] = []
    for total in range(degree + 1):
        for chosen in combinations_with_replacement(range(arguments), total):
            counts = [chosen.count(i) for i in range(arguments)]
            factors: list[Expr] = [Symbol(name + MARK + "".join(map(str, counts)))]
            for parameter, count in zip(parameters, counts, strict=True):
                if count:
                    factors.append(Power(parameter, number(count)))
            terms.append(Product(tuple(factors)))
    return Local(parameters, Sum(tuple(terms[:_MAX_TERMS])))


def named_values(point: Point, functions: Mapping[str, Local]) -> dict[str, str]:
    """The values of a point as they are told: variables by name, undefined functions as the polynomials that
    they were taken to be."""
    from solver.expression.plain import plain

    told = {name: str(value) for name, value in point.items() if MARK not in name}
    for name, function in functions.items():
        if not any(MARK in p.name for p in function.parameters):
            continue
        letters = "t" if len(function.parameters) == 1 else "rst"
        shown = [Symbol(letters[i % 3]) for i in range(len(function.parameters))]
        assert isinstance(function.body, Sum)
        terms = [_term(term, point) for term in function.body.terms]
        names = {p.name: s for p, s in zip(function.parameters, shown, strict=True)}
        written = substitute(Sum(tuple(t for t in terms if t is not None)), names)
        told[f"{name.rstrip(MARK)}({', '.join(s.name for s in shown)})"] = plain(written)
    return told


def _term(term: Expr, point: Point) -> Expr | None:
    """One term with its coefficient's value; None where that is 0."""
    assert isinstance(term, Product)
    first, *powers = term.factors
    assert isinstance(first, Symbol)
    value = point.get(first.name, Fraction(0))
    if value == 0:
        return None
    factors: list[Expr] = [p.base if isinstance(p, Power) and p.exponent == number(1) else p for p in powers]
    size: Expr = Number(abs(value))
    made = (
        Product((size, *factors))
        if factors and abs(value) != 1
        else Product(tuple(factors))
        if factors
        else size
    )
    if isinstance(made, Product) and len(made.factors) == 1:
        made = made.factors[0]
    return Negative(made) if value < 0 else made
