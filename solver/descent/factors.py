"""f′ as a product over the rationals, then with its radicals written out."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from solver.derivation.equality import Equality, Means
from solver.descent.objective import Objective, number_expr, polynomial_expr, surd_expr
from solver.descent.polynomial import fraction
from solver.descent.roots import Root, monic_factors
from solver.expression.tree import Expr, Negative, Power, Product, Sum, number


def factorisations(
    objective: Objective, roots: tuple[Root, ...]
) -> tuple[Expr, Expr | None, tuple[Equality, ...]]:
    """f′ as a product over the rationals, then with its radicals; each compared with f′ at enough points."""
    slope, x, decimal = objective.slope, objective.variable, objective.decimal
    assert slope is not None
    lead, factors = monic_factors(slope)
    parts: list[Expr] = []
    for factor, power in factors:
        body = polynomial_expr(factor, x, decimal)
        parts.append(body if power == 1 else Power(body, number(power)))
    whole = _with_lead(lead, parts, decimal)
    checks = [_product_check(objective, lead, factors)]
    split: Expr | None = None
    if all(factor.degree() <= 2 for factor, _ in factors) and any(not r.is_rational for r in roots):
        split_parts: list[Expr] = []
        for factor, power in factors:
            mine = (
                [r for r in roots if fraction(factor(0)) == _constant_of(r)] if factor.degree() == 2 else []
            )
            mine = [r for r in mine if fmpq_equal(factor, r)]
            if factor.degree() == 2 and mine:
                for r in mine:
                    shown = r.surd()
                    assert shown is not None
                    body = Sum((x, Negative(surd_expr(shown))))
                    split_parts.append(body if power == 1 else Power(body, number(power)))
            else:
                body = polynomial_expr(factor, x, decimal)
                split_parts.append(body if power == 1 else Power(body, number(power)))
        split = _with_lead(lead, split_parts, decimal)
    return whole, split, tuple(checks)


def _constant_of(root: Root) -> Fraction:
    return Fraction(int(root.factor[0]), int(root.factor[root.factor.degree()]))


def fmpq_equal(factor: object, root: Root) -> bool:
    """Whether a monic factor is that of the root."""
    from flint import fmpq_poly

    return bool(fmpq_poly(root.factor) / root.factor[root.factor.degree()] == factor)


def _with_lead(lead: Fraction, parts: list[Expr], decimal: bool) -> Expr:
    if lead == -1 and parts:
        return Negative(parts[0] if len(parts) == 1 else Product(tuple(parts)))
    if lead != 1 or not parts:
        size = number_expr(abs(lead), decimal)
        body = Product((size, *parts)) if parts else size
        return Negative(body) if lead < 0 else body
    return parts[0] if len(parts) == 1 else Product(tuple(parts))


def _product_check(objective: Objective, lead: Fraction, factors: tuple[tuple[object, int], ...]) -> Equality:
    """Second road: degree + 1 values of f′ and of the product, in Python's own fractions."""
    slope = objective.slope
    assert slope is not None

    def horner(poly: Any, at: Fraction) -> Fraction:
        total = Fraction(0)
        for c in reversed(poly.coeffs()):
            total = total * at + fraction(c)
        return total

    holds = True
    for i in range(int(slope.degree()) + 2):
        at = Fraction(2 * i + 1, 3)
        product = lead
        for factor, power in factors:
            product *= horner(factor, at) ** power
        holds = holds and product == horner(slope, at)
    shown = " ".join(f"({factor})^{power}" for factor, power in factors)
    return Equality(f"{objective.name}'", f"{lead} {shown}", Means.EXACT, holds)
