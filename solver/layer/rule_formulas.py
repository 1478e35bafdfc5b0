"""The formula of a rule, found by applying the rule to letters: what is shown is what is done."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from fractions import Fraction

from solver.expression import tree as scalar
from solver.layer.printer import Style, show
from solver.layer.shapes import ONE, Dim
from solver.layer.tree import (
    ColumnSums,
    Correlation,
    Entrywise,
    Matrix,
    MatrixProduct,
    Name,
    Power,
    Product,
    Quotient,
    RowMaxima,
    RowSums,
    Spread,
    Sum,
    Transpose,
    operands,
)
from solver.layer.vjp import RULES
from solver.layer.writing import gathered_signs

_N, _D, _K = (Dim(((letter, 1),)) for letter in "NDK")
_A, _B = Name("A", (_N, _D)), Name("B", (_N, _D))
_ROW, _COLUMN, _NUMBER = Name("b", (ONE, _D)), Name("c", (_N, ONE)), Name("a", (ONE, ONE))


def _phi(operand: Matrix) -> Entrywise:
    """A function of which nothing is known but its name."""
    x = scalar.Symbol("x")
    below = (scalar.Negative(x), scalar.Condition(x, "<", scalar.ZERO))
    return Entrywise(
        scalar.Cases((below, (scalar.Power(x, scalar.number(2)), None))), ("x",), (operand,), r"\varphi"
    )


_SAMPLES: Mapping[str, tuple[Matrix, int]] = {
    "sum": (Sum((_A, _B)), 0),
    "entrywise_product": (Product((_A, _B)), 0),
    "numerator": (Quotient(_A, _B), 0),
    "denominator": (Quotient(_A, _B), 1),
    "power": (Power(_A, Fraction(3)), 0),
    "function": (_phi(_A), 0),
    "left_factor": (MatrixProduct(_A, Name("B", (_D, _K))), 0),
    "right_factor": (MatrixProduct(_A, Name("B", (_D, _K))), 1),
    "transpose": (Transpose(_A), 0),
    "column_sums": (ColumnSums(_A), 0),
    "row_sums": (RowSums(_A), 0),
    "row_maxima": (RowMaxima(_A), 0),
    "correlation_image": (Correlation(_A, _B), 0),
    "correlation_kernel": (Correlation(_A, _B), 1),
    "repeated_row": (Spread(_ROW, _A.of), 0),
    "repeated_column": (Spread(_COLUMN, _A.of), 0),
    "repeated_number": (Spread(_NUMBER, _A.of), 0),
}


_LETTERS: Mapping[str, str] = {"T": "RTUVZ", "A": "AFGP", "B": "BCHQ", "b": "brvu", "c": "cquk", "a": "akmt"}
"""The letters that may stand for each letter of the samples (T for the result of the operation)."""


def rule_letters(taken: Collection[str] = ()) -> Mapping[str, str]:
    """The letter shown for each letter of the samples: the first of its own that is not `taken`.

    A layer with targets T must not read of a rule whose T is something else.
    """
    return {
        letter: next((other for other in others if other not in taken), others[0])
        for letter, others in _LETTERS.items()
    }


def rule_formula(name: str, style: Style, taken: Collection[str] = ()) -> str:
    """`R = A B ⟹ dA = dR Bᵀ` in a style, in letters that are not `taken`."""
    letters = rule_letters(taken)

    def renamed(written: str) -> str:
        gradient = written.startswith("d")
        return style.name("d" * gradient + letters[written.removeprefix("d")])

    lettered = replace(style, name=renamed)
    node, place = _SAMPLES[name]
    operand = operands(node)[place]
    assert isinstance(operand, Name)
    received = Name("dT", node.shape)
    sent = gathered_signs(RULES[name](node, received, place))
    left = f"{renamed('T')} = {show(node, lettered)}"
    return f"{left} {style.implies} {renamed('d' + operand.name)} = {show(sent, lettered)}"
