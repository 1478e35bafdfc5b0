"""Matrix expressions as one line of plain text: `W2^T dz2`, `da1 ⊙ sigmoid'(z1)`."""

from __future__ import annotations

from solver.expression.functions import FUNCTIONS
from solver.rules.matrix import (
    Difference,
    Elementwise,
    Hadamard,
    LogSoftmax,
    MatrixExpr,
    MatrixProduct,
    MatrixSum,
    MatrixSymbol,
    Ones,
    ScalarMap,
    Scale,
    Softmax,
    Transpose,
)

_SUM, _HADAMARD, _PRODUCT, _ATOM = 1, 2, 3, 4
_NAMES = {fact.macro: fact.name for fact in FUNCTIONS.values()}


def matrix_plain(expr: MatrixExpr) -> str:
    """The expression in the names of the JSON."""
    return _at(expr, 0)


def _at(expr: MatrixExpr, level: int) -> str:
    text, own = _text(expr)
    return text if own >= level else f"({text})"


def _text(expr: MatrixExpr) -> tuple[str, int]:
    match expr:
        case MatrixSymbol(name):
            return name, _ATOM
        case Ones():
            return "1", _ATOM
        case MatrixSum(left, right):
            return f"{_at(left, _SUM)} + {_at(right, _SUM)}", _SUM
        case Difference(left, right):
            return f"{_at(left, _SUM)} - {_at(right, _HADAMARD)}", _SUM
        case Hadamard(left, right) if expr.shape == (1, 1):
            return f"{_at(left, _PRODUCT)} {_at(right, _PRODUCT)}", _PRODUCT
        case Hadamard(left, right):
            return f"{_at(left, _HADAMARD)} ⊙ {_at(right, _HADAMARD)}", _HADAMARD
        case MatrixProduct(left, right):
            return f"{_at(left, _PRODUCT)} {_at(right, _PRODUCT)}", _PRODUCT
        case Scale(factor, operand) if abs(factor) == 1:
            return ("-" if factor < 0 else "") + _at(operand, _PRODUCT), _SUM if factor < 0 else _PRODUCT
        case Scale(factor, operand):
            return f"{factor} {_at(operand, _PRODUCT)}", _SUM if factor < 0 else _PRODUCT
        case Transpose(operand):
            return f"{_at(operand, _ATOM)}^T", _ATOM
        case Elementwise(function, operand):
            return f"{_name(function)}({_at(operand, 0)})", _ATOM
        case LogSoftmax(operand, _):
            return f"log_softmax({_at(operand, 0)})", _ATOM
        case Softmax(operand, _):
            return f"softmax({_at(operand, 0)})", _ATOM
    raise TypeError(f"no plain text for {type(expr).__name__}")


def _name(function: ScalarMap) -> str:
    bare = function.text.rstrip("'")
    return _NAMES.get(bare, bare.lstrip("\\")) + "'" * (len(function.text) - len(bare))
