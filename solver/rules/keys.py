"""A text that is the same for expressions that differ only in the order of terms and factors."""

from __future__ import annotations

from functools import lru_cache

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
)


@lru_cache(maxsize=20_000)
def key(expr: Expr) -> str:
    """The same text for expressions that differ only in the order of their terms and factors."""
    match expr:
        case Number(value):
            return str(value)
        case Symbol(name):
            return f"${name}"
        case Sum(terms):
            return f"+({','.join(sorted(map(key, _flat(terms, Sum))))})"
        case Product(factors):
            return f"*({','.join(sorted(map(key, _flat(factors, Product))))})"
        case Negative(operand):
            return f"-({key(operand)})"
        case Quotient(Number(top), Number(bottom)) if bottom:
            return str(top / bottom)
        case Quotient(top, bottom):
            return f"/({key(top)},{key(bottom)})"
        case Power(base, exponent):
            return f"^({key(base)},{key(exponent)})"
        case Apply(name, arguments):
            return f"{name}({','.join(map(key, arguments))})"
        case _:
            return repr(expr)


def _flat(parts: tuple[Expr, ...], kind: type[Sum] | type[Product]) -> list[Expr]:
    found: list[Expr] = []
    for part in parts:
        if isinstance(part, kind):
            found += _flat(part.terms if isinstance(part, Sum) else part.factors, kind)
        else:
            found.append(part)
    return found
