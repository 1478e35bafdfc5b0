"""The derivative in terms of the activation: f′ = p(f), as in σ′ = σ(1 − σ), with p a polynomial."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from solver.analysis.pieces import affine
from solver.expression.tree import (
    Apply,
    Constant,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    number,
    rebuild,
    symbols,
)

_T = Symbol("t")


@dataclass(frozen=True)
class Relation:
    """f′ = c₀ + c₁ f + c₂ f², the coefficients in increasing order."""

    coefficients: tuple[Fraction, ...]

    def at(self, a: Fraction) -> Fraction:
        """p(a)."""
        return sum((c * a**k for k, c in enumerate(self.coefficients)), Fraction(0))


def relation(value: Expr, slope: Expr, x: Symbol) -> Relation | None:
    """p with slope = p(value), found by reading the two expressions; None where there is none to be read.

    Either f itself stands in its derivative (σ, tanh), or both are affine in e^x, or f′ is constant.
    """
    constant = affine(slope, x)
    if constant is not None and constant[0] == 0:
        return Relation((constant[1],))
    inside = _replace(slope, value, _T)
    if x.name not in {s.name for s in symbols(inside)}:
        return _polynomial(inside)
    f, g = (
        _replace(_replace(e, Apply("exp", (x,)), _T), Power(Constant("e"), x), _T) for e in (value, slope)
    )
    if any(x.name in {s.name for s in symbols(e)} for e in (f, g)):
        return None
    line, other = affine(f, _T), affine(g, _T)
    if line is None or other is None or line[0] == 0:
        return None
    # f = m t + c and f′ = n t + d give f′ = (n/m)(f − c) + d
    rate = other[0] / line[0]
    return Relation((other[1] - rate * line[1], rate))


_OTHER = {
    ("softplus", 1): "1 - e^(-a)",
    ("log_sigmoid", 1): "1 - e^a",
    ("softsign", 1): "(1 - |a|)^2",
}
"""f′ = φ(f) where φ is no polynomial, by function and number of arguments."""


def other_relation(value: Expr, x: Symbol) -> Expr | None:
    """φ(a) with f′ = φ(f), for the functions of `_OTHER`; to be checked by whoever shows it."""
    from solver.expression.reader import read_expression

    if not isinstance(value, Apply) or value.arguments[0] != x:
        return None
    text = _OTHER.get((value.function, len(value.arguments)))
    return None if text is None else read_expression(text)


def _polynomial(expr: Expr) -> Relation | None:
    """The polynomial of degree at most 2 in t, by three values, confirmed at three more."""
    values = [_value(expr, Fraction(k)) for k in range(-2, 4)]
    known = [v for v in values if v is not None]
    if len(known) != len(values):
        return None
    y0, y1, y2 = known[2:5]
    second = (y2 - 2 * y1 + y0) / 2
    found = Relation((y0, y1 - y0 - second, second))
    if any(found.at(Fraction(k)) != v for k, v in zip(range(-2, 4), known, strict=True)):
        return None
    return found


def _value(expr: Expr, t: Fraction) -> Fraction | None:
    match expr:
        case Number(value):
            return value
        case Symbol():
            return t
        case Negative(operand):
            inner = _value(operand, t)
            return None if inner is None else -inner
        case Sum(terms):
            parts = [_value(e, t) for e in terms]
            return None if None in parts else sum((p for p in parts if p is not None), Fraction(0))
        case Product(factors):
            found = Fraction(1)
            for factor in factors:
                part = _value(factor, t)
                if part is None:
                    return None
                found *= part
            return found
        case Power(base, Number(exponent)) if exponent.denominator == 1 and 0 <= exponent <= 8:
            inner = _value(base, t)
            return None if inner is None else inner ** int(exponent)
        case Quotient(top, Number(bottom)) if bottom:
            inner = _value(top, t)
            return None if inner is None else inner / bottom
    return None


def _replace(expr: Expr, old: Expr, new: Expr) -> Expr:
    return new if expr == old else rebuild(expr, lambda child: _replace(child, old, new))


def written_relation(found: Relation, a: Expr) -> Expr:
    """p(a) as a lecturer writes it: a(1 − a), 1 − a², a + α."""
    padded = [*found.coefficients, Fraction(0), Fraction(0), Fraction(0)][:3]
    c0, c1, c2 = padded
    if c0 == 0 and c1 and c2:
        inner = Sum((ONE_ if c1 == 1 else number(c1), Negative(_times(-c2, a)) if c2 < 0 else _times(c2, a)))
        return Product((a, inner))
    terms: list[Expr] = []
    for coefficient, power in ((c0, None), (c1, a), (c2, Power(a, number(2)))):
        if coefficient:
            size = number(abs(coefficient)) if power is None else _times(abs(coefficient), power)
            terms.append(Negative(size) if coefficient < 0 else size)
    return number(0) if not terms else terms[0] if len(terms) == 1 else Sum(tuple(terms))


ONE_ = number(1)


def _times(coefficient: Fraction, factor: Expr) -> Expr:
    return factor if coefficient == 1 else Product((number(coefficient), factor))
