"""Matrix expressions from the pieces that are read: products, sums, functions, definitions by pieces."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeGuard

from solver.expression import tree as scalar
from solver.layer.shapes import ONE, SCALAR
from solver.layer.tree import (
    ColumnSums,
    Entrywise,
    Matrix,
    MatrixProduct,
    Number,
    Power,
    Product,
    Quotient,
    RowMaxima,
    RowSums,
    Size,
)

SUMS = ("sum", "rowsum", "colsum", "mean", "rowmean", "colmean", "rowmax")
"""Functions that take a whole row, column or matrix."""


def shape_hint(node: Matrix) -> str | None:
    """What may be missing where shapes do not fit."""
    if isinstance(node, MatrixProduct):
        left, right = node.left.shape, node.right.shape
        if left[1] == right[1]:
            return "A transpose may be missing: A B^T."
        if left[0] == right[0]:
            return "A transpose may be missing: A^T B."
    return None


def read_number(text: str) -> Fraction | None:
    """The number as typed, or None where it is too long."""
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > 40 or len(exponent.strip("+-")) > 2:
        return None
    return Fraction(text)


def negated(node: Matrix) -> Matrix:
    """−A"""
    return Product((Number(Fraction(-1)), *(node.factors if isinstance(node, Product) else (node,))))


def matrix_product(left: Matrix, right: Matrix) -> Matrix:
    """A B; scaling where one of them is a number."""
    if SCALAR in (left.shape, right.shape):
        return Product((left, right))
    return MatrixProduct(left, right)


def constant(node: Matrix) -> Fraction | None:
    """The number that products and quotients of numbers are; None for anything else."""
    match node:
        case Number(value):
            return value
        case Product(factors):
            found = Fraction(1)
            for factor in factors:
                one = constant(factor)
                if one is None:
                    return None
                found *= one
            return found
        case Quotient(top, bottom):
            above, below = constant(top), constant(bottom)
            return None if above is None or not below else above / below
    return None


def summed(name: str, operand: Matrix) -> Matrix:
    """The sum, mean or maximum of that name."""
    rows, columns = (Size(dim) if dim.terms else Number(Fraction(dim.constant)) for dim in operand.shape)
    match name:
        case "rowmax":
            return RowMaxima(operand)
        case "rowsum":
            return RowSums(operand)
        case "colsum":
            return ColumnSums(operand)
        case "rowmean":
            return Quotient(RowSums(operand), columns)
        case "colmean":
            return Quotient(ColumnSums(operand), rows)
        case "mean":
            return Quotient(ColumnSums(RowSums(operand)), Product((rows, columns)))
    if operand.shape[1] == ONE:
        return ColumnSums(operand)
    return RowSums(operand) if operand.shape[0] == ONE else ColumnSums(RowSums(operand))


def call(function: str, arguments: tuple[Matrix, ...]) -> Matrix:
    """A function of the table, entry by entry; numbers among the arguments stay parameters."""
    names: list[str] = []
    inner: list[Matrix] = []
    written: list[scalar.Expr] = []
    for argument in arguments:
        value = constant(argument) if inner or function in ("max", "min") else None
        if value is not None:
            written.append(
                scalar.Number(value, True) if value >= 0 else scalar.Negative(scalar.Number(-value))
            )
            continue
        names.append(f"x{len(names)}" if len(names) > 3 else "xyuv"[len(names)])
        inner.append(argument)
        written.append(scalar.Symbol(names[-1]))
    if function == "sqrt":
        return Power(inner[0], Fraction(1, 2))
    return Entrywise(scalar.Apply(function, tuple(written)), tuple(names), tuple(inner))


def cases(condition: tuple[Matrix, str, Matrix], first: Matrix, second: Matrix) -> Matrix:
    """`first` where the condition holds, else `second`. What stands in the condition and in a piece has two
    variables, since a gradient goes through the pieces alone."""
    left, relation, right = condition
    given = dict(zip("xyuv", (left, right, first, second), strict=True))
    parts = {n: scalar.Number(o.value) if _is_size(o) else scalar.Symbol(n) for n, o in given.items()}
    asked = scalar.Condition(parts["x"], relation, parts["y"])
    body = scalar.Cases(((parts["u"], asked), (parts["v"], None)))
    names = tuple(n for n, part in parts.items() if isinstance(part, scalar.Symbol))
    return Entrywise(body, names, tuple(given[n] for n in names))


def _is_size(node: Matrix) -> TypeGuard[Number]:
    return isinstance(node, Number) and node.value >= 0
