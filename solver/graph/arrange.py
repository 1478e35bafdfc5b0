"""The same operations in the order in which one writes them; nothing is expanded or factored."""

from __future__ import annotations

from collections.abc import Sequence

from solver.expression.tree import (
    ONE,
    Apply,
    Cases,
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
from solver.graph.local import product, total


def arranged(expr: Expr) -> Expr:
    """Terms and factors in the usual order (2x(a + b), not 2(a + b)x), x · x as x², p(1 − p)/p as 1 − p;
    nothing is expanded."""
    if isinstance(expr, Sum):
        return total([arranged(term) for term in expr.terms])
    if isinstance(expr, Negative):
        return product([number(-1), arranged(expr.operand)])
    if not isinstance(expr, Product):
        return expr
    flat = product(expr.factors)
    if isinstance(flat, Negative):
        return product([number(-1), arranged(flat.operand)])
    if not isinstance(flat, Product):
        return flat
    powers: dict[Expr, int] = {}
    others: list[Expr] = []
    for item in flat.factors:
        base, exponent = _base(item)
        if exponent is None:
            others.append(item)
        else:
            powers[base] = powers.get(base, 0) + exponent
    raised = [_power(base, n) for base, n in powers.items() if n]
    below = [q.denominator for q in others if isinstance(q, Quotient)]
    above = [q.numerator if isinstance(q, Quotient) else q for q in [*others, *raised]]
    above, below = _cancelled(above, below)
    top = product(sorted(above, key=_rank))
    if not below:
        return top
    sign, top = (True, top.operand) if isinstance(top, Negative) else (False, top)
    quotient = Quotient(top, arranged(product(below)))
    return Negative(quotient) if sign else quotient


def _cancelled(above: Sequence[Expr], below: Sequence[Expr]) -> tuple[list[Expr], list[Expr]]:
    """The factors over and under a fraction bar, without what stands on both sides."""
    over, under = _factors(above), _factors(below)
    for factor_ in [item for item in under if not isinstance(item, Number)]:
        (base, down), index = _base(factor_), under.index(factor_)
        for place, item in enumerate(over):
            same, up = _base(item)
            if same == base and up is not None and down is not None:
                shared = min(up, down)
                over[place], under[index] = _power(base, up - shared), _power(base, down - shared)
                break
    if over == _factors(above):
        return list(above), list(below)
    return over, [item for item in under if item != ONE]


def _factors(items: Sequence[Expr]) -> list[Expr]:
    return [f for item in items for f in (item.factors if isinstance(item, Product) else (item,))]


def _power(base: Expr, exponent: int) -> Expr:
    return ONE if not exponent else base if exponent == 1 else Power(base, number(exponent))


def _base(item: Expr) -> tuple[Expr, int | None]:
    match item:
        case Power(base, Number(exponent)) if exponent.denominator == 1 and exponent > 0:
            return base, int(exponent)
        case Number() | Quotient() | Cases():
            return item, None
        case _:
            return item, 1


def _rank(item: Expr) -> int:
    match item:
        case Number():
            return 0
        case Symbol() | Power(Symbol(), _):
            return 1
        case Apply("exp", _) | Power(Apply("exp", _), _):
            return 4
        case Apply() | Power(Apply(), _):
            return 2
        case _:
            return 3
