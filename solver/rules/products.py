"""Rules of products and quotients."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from solver.derivation.table import CALCULUS, Applied
from solver.expression.tree import (
    ONE,
    Apply,
    Derivative,
    Expr,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    number,
)
from solver.rules.shape import depends, joined, numeric, signed, split_constants

rule = CALCULUS.rule


@rule("product")
def product_rule(expr: Expr, x: Symbol) -> Applied | None:
    r"""(u \, v)' = u' \, v + u \, v'"""
    if not isinstance(expr, Product):
        return None
    factors = expr.factors
    terms = []
    for i, factor in enumerate(factors):
        terms.append(Product((*factors[:i], Derivative(factor, x), *factors[i + 1 :])))
    return Applied(Sum(tuple(terms)), {"u": factors[0], "v": joined(factors[1:])})


@rule("reciprocal_power")
def reciprocal_power(expr: Expr, x: Symbol) -> Applied | None:
    r"""\left(\frac{c}{x^n}\right)' = -\frac{n \, c}{x^{n+1}}"""
    found = _over_power(expr, x)
    if found is None or found.base != x:
        return None
    return Applied(found.derived(None), {"n": number(found.exponent)})


@rule("reciprocal_power_chain")
def reciprocal_power_chain(expr: Expr, x: Symbol) -> Applied | None:
    r"""\left(\frac{c}{u^n}\right)' = -\frac{n \, c \, u'}{u^{n+1}}"""
    found = _over_power(expr, x)
    if found is None or (found.exponent == 1 and not found.constants):
        return None
    return Applied(found.derived(Derivative(found.base, x)), {"u": found.base, "n": number(found.exponent)})


@dataclass(frozen=True)
class _OverPower:
    """c / (k uⁿ), with c and k constant."""

    top: Expr
    constants: tuple[Expr, ...]
    base: Expr
    exponent: Fraction

    def derived(self, slope: Expr | None) -> Expr:
        """−n c u′ / (k uⁿ⁺¹); `slope` is u′, None where it is 1."""
        factors: list[Expr] = [] if self.exponent == 1 else [number(self.exponent)]
        factors += [] if self.top == ONE else [self.top]
        factors += [] if slope is None else [slope]
        below = joined([*self.constants, Power(self.base, number(self.exponent + 1))])
        return Negative(Quotient(joined(factors), below))


def _over_power(expr: Expr, x: Symbol) -> _OverPower | None:
    """The expression read as c/(k uⁿ) with a whole n ≥ 1; None where it is of another form."""
    if not isinstance(expr, Quotient) or depends(expr.numerator, x):
        return None
    bottom = expr.denominator
    factors = bottom.factors if isinstance(bottom, Product) else (bottom,)
    constants, moving = split_constants(factors, x)
    if len(moving) != 1:
        return None
    base, exponent = moving[0], Fraction(1)
    if isinstance(base, Power):
        value = numeric(base.exponent)
        if value is None or value.denominator != 1 or value < 1:
            return None
        base, exponent = base.base, value
    return _OverPower(expr.numerator, tuple(constants), base, exponent)


@rule("reciprocal")
def reciprocal(expr: Expr, x: Symbol) -> Applied | None:
    r"""\left(\frac{c}{v}\right)' = -\frac{c \, v'}{v^2}"""
    if not isinstance(expr, Quotient) or depends(expr.numerator, x):
        return None
    inner = Derivative(expr.denominator, x)
    top: Expr = inner if expr.numerator == ONE else Product((expr.numerator, inner))
    return Applied(Negative(Quotient(top, squared(expr.denominator))), {"v": expr.denominator})


@rule("quotient")
def quotient_rule(expr: Expr, x: Symbol) -> Applied | None:
    r"""\left(\frac{u}{v}\right)' = \frac{u' \, v - u \, v'}{v^2}"""
    if not isinstance(expr, Quotient):
        return None
    u, v = expr.numerator, expr.denominator
    top = Sum((Product((Derivative(u, x), v)), Negative(Product((u, Derivative(v, x))))))
    return Applied(Quotient(top, squared(v)), {"u": u, "v": v})


def squared(expr: Expr) -> Expr:
    """v², written with one exponent: (uⁿ)² is u²ⁿ, (√u)² is u."""
    if isinstance(expr, Power):
        value = numeric(expr.exponent)
        if value is not None:
            return Power(expr.base, signed(2 * value))
    if isinstance(expr, Apply) and expr.function == "sqrt":
        return expr.arguments[0]
    return Power(expr, number(2))
