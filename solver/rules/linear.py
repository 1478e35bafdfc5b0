"""Rules of sums, constant factors and polynomials."""

from __future__ import annotations

from fractions import Fraction

from solver.derivation.table import CALCULUS, Applied
from solver.expression.reader import quotient
from solver.expression.tree import (
    ONE,
    ZERO,
    Derivative,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    number,
)
from solver.rules.shape import added, depends, joined, numeric, power, split_constants

rule = CALCULUS.rule


@rule("constant")
def constant(expr: Expr, x: Symbol) -> Applied | None:
    r"""\frac{d}{dx} c = 0"""
    return None if depends(expr, x) else Applied(ZERO)


@rule("variable")
def variable(expr: Expr, x: Symbol) -> Applied | None:
    r"""\frac{d}{dx} x = 1"""
    return Applied(ONE) if isinstance(expr, Symbol) else None


@rule("affine")
def affine(expr: Expr, x: Symbol) -> Applied | None:
    r"""\frac{d}{dx}(a x + b) = a"""
    slope = _slope(expr, x)
    return None if slope is None else Applied(slope)


def _slope(expr: Expr, x: Symbol) -> Expr | None:
    """a, where `expr` is written a x + b; None where it is not."""
    if isinstance(expr, Symbol):
        return ONE
    if isinstance(expr, Negative):
        inner = _slope(expr.operand, x)
        return None if inner is None else Negative(inner)
    if isinstance(expr, Product):
        constants, rest = split_constants(expr.factors, x)
        return joined(constants) if constants and rest == [x] else None
    if isinstance(expr, Quotient) and not depends(expr.denominator, x):
        inner = _slope(expr.numerator, x)
        return None if inner is None else quotient(inner, expr.denominator)
    if isinstance(expr, Sum):
        moving = [t for t in expr.terms if depends(t, x)]
        return _slope(moving[0], x) if len(moving) == 1 else None
    return None


@rule("polynomial", inner=True)
def polynomial(expr: Expr, x: Symbol) -> Applied | None:
    r"""(a \, x^n + b \, x + c)' = n \, a \, x^{n-1} + b"""
    if not isinstance(expr, Sum):
        return None
    terms = []
    for term in expr.terms:
        if not depends(term, x):
            continue
        slope = _lowered(term, x)
        if slope is None:
            return None
        terms.append(slope)
    return Applied(added(terms))


def _lowered(term: Expr, x: Symbol) -> Expr | None:
    """The derivative of ± a xⁿ with a number a, multiplied out; None where the term is of another form."""
    if isinstance(term, Negative):
        inner = _lowered(term.operand, x)
        return None if inner is None else Negative(inner)
    if term == x:
        return ONE
    factors = term.factors if isinstance(term, Product) else (term,)
    numbers = [f for f in factors if isinstance(f, Number)]
    letters = [f for f in factors if not isinstance(f, Number) and not depends(f, x)]
    moving = [f for f in factors if depends(f, x)]
    if len(numbers) > 1 or len(moving) != 1:
        return None
    core = moving[0]
    exponent = numeric(core.exponent) if isinstance(core, Power) and core.base == x else None
    if core != x and (exponent is None or exponent.denominator != 1 or exponent < 2):
        return None
    value = (exponent or 1) * (numbers[0].value if numbers else 1)
    rest = [*letters] if core == x or exponent is None else [*letters, power(x, number(exponent))]
    decimal = bool(numbers) and numbers[0].decimal
    return joined([*([] if value == 1 and rest else [Number(Fraction(value), decimal)]), *rest])


@rule("additive_constant")
def additive_constant(expr: Expr, x: Symbol) -> Applied | None:
    r"""(u + c)' = u'"""
    if not isinstance(expr, Sum):
        return None
    moving = [t for t in expr.terms if depends(t, x)]
    if len(moving) != 1:
        return None
    only = moving[0]
    return Applied(
        Negative(Derivative(only.operand, x)) if isinstance(only, Negative) else Derivative(only, x),
        {"u": only},
    )


@rule("sum")
def sum_rule(expr: Expr, x: Symbol) -> Applied | None:
    r"""(u + v)' = u' + v'"""
    if not isinstance(expr, Sum):
        return None
    return Applied(
        Sum(
            tuple(
                Negative(Derivative(t.operand, x)) if isinstance(t, Negative) else Derivative(t, x)
                for t in expr.terms
            )
        )
    )


@rule("repeated_factors")
def repeated_factors(expr: Expr, x: Symbol) -> Applied | None:
    r"""u \, u \, v = u^2 \, v"""
    if not isinstance(expr, Product) or len(expr.factors) < 4:
        return None
    counts: dict[Expr, int] = {}
    for factor in expr.factors:
        counts[factor] = counts.get(factor, 0) + 1
    if len(counts) == len(expr.factors):
        return None
    powers = [f if n == 1 else Power(f, number(n)) for f, n in counts.items()]
    return Applied(Derivative(joined(powers), x))


@rule("monomial")
def monomial(expr: Expr, x: Symbol) -> Applied | None:
    r"""(a \, x^n)' = a \, n \, x^{n-1}"""
    if isinstance(expr, Power):
        return None
    found = _monomial(expr, x)
    return None if found is None else Applied(found)


def _monomial(expr: Expr, x: Symbol) -> Expr | None:
    """The derivative of a xⁿ, each number at its place; None where `expr` is not written so."""
    if isinstance(expr, Negative):
        inner = _monomial(expr.operand, x)
        return None if inner is None else Negative(inner)
    if isinstance(expr, Quotient) and not depends(expr.denominator, x):
        inner = _monomial(expr.numerator, x)
        return None if inner is None else Quotient(inner, expr.denominator)
    if isinstance(expr, Power) and expr.base == x and not depends(expr.exponent, x):
        return Product((expr.exponent, power(x, expr.exponent)))
    if not isinstance(expr, Product):
        return None
    moving = [f for f in expr.factors if depends(f, x)]
    if len(moving) != 1 or not isinstance(moving[0], Power):
        return None
    inner = _monomial(moving[0], x)
    if not isinstance(inner, Product):
        return None
    exponent, lowered = inner.factors
    numbers = [f for f in expr.factors if isinstance(f, Number)]
    rest = [lowered if f is moving[0] else f for f in expr.factors if not isinstance(f, Number)]
    return Product((*numbers, exponent, *rest))


@rule("constant_multiple")
def constant_multiple(expr: Expr, x: Symbol) -> Applied | None:
    r"""(c \, u)' = c \, u'"""
    if isinstance(expr, Negative):
        if isinstance(expr.operand, Product):
            constants, rest = split_constants(expr.operand.factors, x)
            if constants:  # -3 u is -3 times u at once
                after = Negative(Product((*constants, Derivative(joined(rest), x))))
                return Applied(after, {"c": Negative(joined(constants)), "u": joined(rest)})
        return Applied(Negative(Derivative(expr.operand, x)), {"c": Negative(ONE)})
    if isinstance(expr, Quotient) and not depends(expr.denominator, x):
        return Applied(
            Quotient(Derivative(expr.numerator, x), expr.denominator), {"c": Quotient(ONE, expr.denominator)}
        )
    if not isinstance(expr, Product):
        return None
    constants, rest = split_constants(expr.factors, x)
    if not constants:
        return None
    return Applied(
        Product((*constants, Derivative(joined(rest), x))), {"c": joined(constants), "u": joined(rest)}
    )
