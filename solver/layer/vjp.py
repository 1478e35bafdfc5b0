"""The rules that send a gradient back through a matrix expression.

dA stands for ∂L/∂A and has the shape of A. A rule takes a node T = f(A, …), the gradient dT that it receives
and the place of an operand; it returns what the operand receives. Its docstring begins with its formula.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

from solver.errors import UnsupportedExpression
from solver.expression import tree as scalar
from solver.expression.functions import FUNCTIONS
from solver.layer.tree import (
    ColumnSums,
    Convolution,
    Correlation,
    Entrywise,
    Matrix,
    MatrixProduct,
    Number,
    Power,
    Product,
    Quotient,
    RowMaxima,
    RowSums,
    Spread,
    Sum,
    Transpose,
)

Rule = Callable[[Matrix, Matrix, int], Matrix]
"""(node, gradient received, place of the operand) → gradient of that operand."""


def sum_(node: Matrix, received: Matrix, place: int) -> Matrix:
    """T = A + B  ⟹  dA = dT, dB = dT"""
    return received


def entrywise_product(node: Matrix, received: Matrix, place: int) -> Matrix:
    """T = A ⊙ B  ⟹  dA = dT ⊙ B, dB = dT ⊙ A"""
    assert isinstance(node, Product)
    inner = received.factors if isinstance(received, Product) else (received,)
    return Product((*node.factors[:place], *inner, *node.factors[place + 1 :]))


def numerator(node: Matrix, received: Matrix, place: int) -> Matrix:
    """T = A / B  ⟹  dA = dT / B"""
    assert isinstance(node, Quotient)
    return Quotient(received, node.bottom)


def denominator(node: Matrix, received: Matrix, place: int) -> Matrix:
    """T = A / B  ⟹  dB = −dT ⊙ A / B²"""
    assert isinstance(node, Quotient)
    square = Power(node.bottom, Fraction(2))
    return Product((Number(Fraction(-1)), Quotient(Product((received, node.top)), square)))


def power(node: Matrix, received: Matrix, place: int) -> Matrix:
    """T = A^p  ⟹  dA = p dT ⊙ A^(p−1)"""
    assert isinstance(node, Power)
    return Product((Number(node.exponent), received, Power(node.base, node.exponent - 1)))


def function(node: Matrix, received: Matrix, place: int) -> Matrix:
    """T = φ(A)  ⟹  dA = dT ⊙ φ′(A)"""
    assert isinstance(node, Entrywise)
    return Product((received, slope(node, place)))


def left_factor(node: Matrix, received: Matrix, place: int) -> Matrix:
    """T = A B  ⟹  dA = dT Bᵀ"""
    assert isinstance(node, MatrixProduct)
    return MatrixProduct(received, Transpose(node.right))


def right_factor(node: Matrix, received: Matrix, place: int) -> Matrix:
    """T = A B  ⟹  dB = Aᵀ dT"""
    assert isinstance(node, MatrixProduct)
    return MatrixProduct(Transpose(node.left), received)


def transpose(node: Matrix, received: Matrix, place: int) -> Matrix:
    """T = Aᵀ  ⟹  dA = (dT)ᵀ"""
    return Transpose(received)


def column_sums(node: Matrix, received: Matrix, place: int) -> Matrix:
    """T = 𝟏ᵀ A  ⟹  dA = 𝟏 dT"""
    assert isinstance(node, ColumnSums)
    return Spread(received, node.operand.shape)


def row_sums(node: Matrix, received: Matrix, place: int) -> Matrix:
    """T = A 𝟏  ⟹  dA = dT 𝟏ᵀ"""
    assert isinstance(node, RowSums)
    return Spread(received, node.operand.shape)


def row_maxima(node: Matrix, received: Matrix, place: int) -> Matrix:
    """tᵢ = max Aᵢⱼ over j  ⟹  dAᵢⱼ = dtᵢ where Aᵢⱼ = tᵢ, else 0"""
    assert isinstance(node, RowMaxima)
    x, y = scalar.Symbol("x"), scalar.Symbol("y")
    found = scalar.Cases(((scalar.ONE, scalar.Condition(x, "=", y)), (scalar.ZERO, None)))
    return Product((received, Entrywise(found, ("x", "y"), (node.operand, node))))


def correlation_image(node: Matrix, received: Matrix, place: int) -> Matrix:
    """T = A ⋆ B  ⟹  dA = dT ∗ B (full)"""
    assert isinstance(node, Correlation)
    return Convolution(received, node.kernel)


def correlation_kernel(node: Matrix, received: Matrix, place: int) -> Matrix:
    """T = A ⋆ B  ⟹  dB = A ⋆ dT"""
    assert isinstance(node, Correlation)
    return Correlation(node.image, received)


def repeated_row(node: Matrix, received: Matrix, place: int) -> Matrix:
    """T = 𝟏 b  ⟹  db = 𝟏ᵀ dT"""
    return ColumnSums(received)


def repeated_column(node: Matrix, received: Matrix, place: int) -> Matrix:
    """T = c 𝟏ᵀ  ⟹  dc = dT 𝟏"""
    return RowSums(received)


def repeated_number(node: Matrix, received: Matrix, place: int) -> Matrix:
    """T = λ 𝟏 𝟏ᵀ  ⟹  dλ = 𝟏ᵀ dT 𝟏"""
    return ColumnSums(RowSums(received))


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "sum": sum_,
        "entrywise_product": entrywise_product,
        "numerator": numerator,
        "denominator": denominator,
        "power": power,
        "function": function,
        "left_factor": left_factor,
        "right_factor": right_factor,
        "transpose": transpose,
        "column_sums": column_sums,
        "row_sums": row_sums,
        "row_maxima": row_maxima,
        "correlation_image": correlation_image,
        "correlation_kernel": correlation_kernel,
        "repeated_row": repeated_row,
        "repeated_column": repeated_column,
        "repeated_number": repeated_number,
    }
)
"""Every rule by its name."""

_OF_OPERANDS: Mapping[type[Matrix], tuple[str, ...]] = {
    Quotient: ("numerator", "denominator"),
    Power: ("power",),
    MatrixProduct: ("left_factor", "right_factor"),
    Transpose: ("transpose",),
    ColumnSums: ("column_sums",),
    RowSums: ("row_sums",),
    RowMaxima: ("row_maxima",),
    Correlation: ("correlation_image", "correlation_kernel"),
}


def rule_for(node: Matrix, place: int) -> str:
    """The name of the rule for an operand. Raises UnsupportedExpression where there is none."""
    match node:
        case Sum():
            return "sum"
        case Product():
            return "entrywise_product"
        case Entrywise():
            return "function"
    if type(node) not in _OF_OPERANDS:
        raise UnsupportedExpression(f"no rule goes back through a {type(node).__name__.lower()}")
    return _OF_OPERANDS[type(node)][place]


def repetition(operand: Matrix, node: Matrix) -> str | None:
    """The rule for an operand that is repeated to the shape of the node, or None where it is not."""
    if not isinstance(node, Sum | Product | Quotient | Entrywise):
        return None
    rows, columns = (a != b for a, b in zip(operand.shape, node.shape, strict=True))
    if rows and columns:
        return "repeated_number"
    if rows:
        return "repeated_row"
    return "repeated_column" if columns else None


def slope(node: Entrywise, place: int) -> Matrix:
    """φ′ at the operands, by the operand in that place; the rules of calculus derive it."""
    variable = node.names[place]
    body = _derivative(node.body, variable)
    if isinstance(body, scalar.Cases) and len({value for value, _ in body.branches}) == 1:
        body = body.branches[0][0]
    label = node.label
    if isinstance(node.body, scalar.Apply) and node.body.function in FUNCTIONS:
        label = FUNCTIONS[node.body.function].macro
    held = {symbol.name for symbol in scalar.symbols(body)}
    pairs = [(n, o) for n, o in zip(node.names, node.operands, strict=True) if n in held]
    names, inner = tuple(n for n, _ in pairs), tuple(o for _, o in pairs)
    named = label is not None and isinstance(body, scalar.Cases) and len(node.names) == 1
    return Entrywise(body, names, inner, f"{label}'" if named else None)


@lru_cache(maxsize=512)
def _derivative(body: scalar.Expr, variable: str) -> scalar.Expr:
    from solver.derivation.engine import derive

    if isinstance(body, scalar.Cases) and variable not in _asked(body):  # the pieces stay where they are
        return scalar.Cases(tuple((_derivative(value, variable), held) for value, held in body.branches))
    return derive(body, scalar.Symbol(variable)).result


def _asked(body: scalar.Cases) -> set[str]:
    """The variables of the conditions."""
    sides = (side for _, held in body.branches if held for side in (held.left, held.right))
    return {symbol.name for side in sides for symbol in scalar.symbols(side)}


def passes(node: Matrix, place: int) -> bool:
    """Whether a gradient may go to the operand: none does to the condition of a definition by pieces."""
    return not isinstance(node, Entrywise) or not _is_zero(_derivative(node.body, node.names[place]))


def is_flat(node: Entrywise) -> bool:
    """Whether the function is constant by pieces, as [A > B] is: no gradient goes through it."""
    return all(_is_zero(_derivative(node.body, name)) for name in node.names)


def _is_zero(body: scalar.Expr) -> bool:
    if isinstance(body, scalar.Cases):
        return all(_is_zero(value) for value, _ in body.branches)
    return body == scalar.ZERO
