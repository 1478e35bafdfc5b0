"""A function of one variable made ready for study: its derivatives as written, and as exact polynomials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from solver.derivation.equality import Equality, Means
from solver.descent.polynomial import Polynomial, fraction, read_polynomial
from solver.descent.roots import Surd
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
    number,
    walk,
)


@dataclass(frozen=True, eq=False)
class Objective:
    """f, f′ and f″ as expressions; where f is a polynomial, also as exact polynomials (else None).

    `decimal` says whether f is written with decimals, so that coefficients are printed the same way.
    """

    name: str
    variable: Symbol
    expression: Expr
    first: Expr
    second: Expr
    polynomial: Polynomial | None
    slope: Polynomial | None
    curvature: Polynomial | None
    decimal: bool
    checks: tuple[Equality, ...] = ()

    @property
    def degree(self) -> int | None:
        return None if self.polynomial is None else max(0, int(self.polynomial.degree()))


def objective(name: str, variable: Symbol, expression: Expr) -> Objective:
    """f with its derivatives by the engine; for a polynomial they are compared with those of its
    coefficients.
    """
    from solver.derivation.engine import derive

    first = derive(expression, variable).result
    second = derive(first, variable).result
    poly = read_polynomial(expression, variable)
    decimal = any(isinstance(node, Number) and node.decimal for node in walk(expression))
    checks: list[Equality] = []
    if poly is not None:
        for order, (mark, derived) in enumerate((("'", first), ("''", second)), start=1):
            expected = poly
            for _ in range(order):
                expected = expected.derivative()
            read = read_polynomial(derived, variable)
            checks.append(
                Equality(
                    f"{name}{mark}({variable.latex or variable.name})",
                    str(expected),
                    Means.EXACT,
                    None if read is None else read == expected,
                )
            )
    return Objective(
        name=name,
        variable=variable,
        expression=expression,
        first=first,
        second=second,
        polynomial=poly,
        slope=None if poly is None else poly.derivative(),
        curvature=None if poly is None else poly.derivative().derivative(),
        decimal=decimal,
        checks=tuple(checks),
    )


def number_expr(value: Fraction, decimal: bool, places: int = 5) -> Expr:
    """A rational as written: a decimal of at most `places` places where decimals are wanted, else a
    fraction.
    """
    shown = decimal and (value * 10**places).denominator == 1
    if value < 0:
        return Negative(Number(-value, shown))
    return Number(value, shown)


def polynomial_expr(poly: Polynomial, variable: Symbol, decimal: bool = False) -> Expr:
    """A polynomial by decreasing powers."""
    terms: list[Expr] = []
    for power in range(int(poly.degree()), -1, -1):
        coefficient = fraction(poly[power])
        if coefficient == 0:
            continue
        body: Expr | None = None
        if power == 1:
            body = variable
        elif power > 1:
            body = Power(variable, number(power))
        size = abs(coefficient)
        term: Expr
        if body is None:
            term = number_expr(size, decimal)
        elif size == 1:
            term = body
        else:
            term = Product((number_expr(size, decimal), body))
        terms.append(Negative(term) if coefficient < 0 else term)
    if not terms:
        return number(0)
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))


def surd_expr(surd: Surd, decimal: bool = False) -> Expr:
    """p + q√d on one denominator: (7 + √145)/4."""
    if surd.q == 0:
        return number_expr(surd.p, decimal)
    bottom = lcm(surd.p.denominator, surd.q.denominator)
    p, q = int(surd.p * bottom), int(surd.q * bottom)
    root: Expr = Apply("sqrt", (number(surd.d),))
    part = root if abs(q) == 1 else Product((number(abs(q)), root))
    signed: Expr = Negative(part) if q < 0 else part
    top: Expr = signed if p == 0 else Sum((number_expr(Fraction(p), False), signed))
    return top if bottom == 1 else Quotient(top, number(bottom))


def substituted(expr: Expr, values: Mapping[str, Fraction]) -> Expr:
    """`expr` with numbers in place of variables, as a line to show."""
    from solver.expression.tree import substitute

    return substitute(expr, {name: number_expr(value, True, 12) for name, value in values.items()})
