"""Functions of entries taken apart: 1 − tanh(x)² becomes 1 − tanh(X)², an expression of matrices again."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from solver.expression import tree as scalar
from solver.expression.evaluate import exact_value
from solver.layer.tree import Entrywise, Matrix, Number, Power, Product, Quotient, Sum


def split(node: Entrywise) -> Matrix | None:
    """The node as sums, products and powers of simpler functions; None where it is simple already."""
    if isinstance(node.body, scalar.Cases):
        return _sign(node)
    if isinstance(node.body, scalar.Constant) or (isinstance(node.body, scalar.Apply) and _is_bare(node)):
        return None
    values = dict(zip(node.names, node.operands, strict=True))
    return matrix_of(node.body, values)


def _sign(node: Entrywise) -> Matrix | None:
    """−1 for x < 0 and 1 for x > 0 is the sign of x."""
    assert isinstance(node.body, scalar.Cases)
    x = scalar.Symbol(node.names[0])
    below, above = (scalar.Condition(x, relation, scalar.ZERO) for relation in "<>")
    minus = (scalar.Number(Fraction(-1)), scalar.Negative(scalar.ONE))
    if node.body.branches in [((m, below), (scalar.ONE, above)) for m in minus]:
        return Entrywise(scalar.Apply("sign", (x,)), node.names, node.operands)
    return None


def _is_bare(node: Entrywise) -> bool:
    assert isinstance(node.body, scalar.Apply)
    if node.body.function in ("sqrt", "exp") and not node.names:
        return True
    if node.body.function == "sqrt":
        return False
    first = [a for a in node.body.arguments if scalar.symbols(a)]
    return all(isinstance(a, scalar.Symbol) for a in first)


def matrix_of(body: scalar.Expr, values: Mapping[str, Matrix]) -> Matrix:
    """The body with matrices for its symbols, as an expression of matrices."""
    match body:
        case scalar.Number(value):
            return Number(value)
        case scalar.Symbol(name):
            return values[name]
        case scalar.Sum(terms):
            return Sum(tuple(matrix_of(t, values) for t in terms))
        case scalar.Product(factors):
            return Product(tuple(matrix_of(f, values) for f in factors))
        case scalar.Negative(operand):
            return Product((Number(Fraction(-1)), matrix_of(operand, values)))
        case scalar.Quotient(top, bottom):
            return Quotient(matrix_of(top, values), matrix_of(bottom, values))
        case scalar.Power(scalar.Constant("e"), exponent):
            return _called("exp", (exponent,), values)
        case scalar.Power(base, exponent):
            rational = None if scalar.symbols(exponent) else exact_value(exponent)
            if rational is None:  # a^u = exp(u ln a)
                return _called("exp", (scalar.Product((exponent, scalar.Apply("ln", (base,)))),), values)
            return Power(matrix_of(base, values), rational)
        case scalar.Apply("sqrt", (inner,)):
            return Power(matrix_of(inner, values), Fraction(1, 2))
        case scalar.Apply(function, arguments):
            return _called(function, arguments, values)
        case _:
            return _closed(body, values)


def _called(function: str, arguments: tuple[scalar.Expr, ...], values: Mapping[str, Matrix]) -> Matrix:
    """The function of what its arguments are as matrices; constant parameters stay in the body."""
    names: list[str] = []
    inner: list[Matrix] = []
    written: list[scalar.Expr] = []
    for argument in arguments:
        if scalar.symbols(argument):
            names.append("xyuv"[len(names)] if len(names) < 4 else f"x{len(names)}")
            inner.append(matrix_of(argument, values))
            written.append(scalar.Symbol(names[-1]))
        else:
            written.append(argument)
    return Entrywise(scalar.Apply(function, tuple(written)), tuple(names), tuple(inner))


def _closed(body: scalar.Expr, values: Mapping[str, Matrix]) -> Matrix:
    names = tuple(s.name for s in scalar.symbols(body))
    return Entrywise(body, names, tuple(values[name] for name in names))
