"""Functions that are equations of their own: a softmax is named piece by piece, and its gradient with it."""

from __future__ import annotations

from solver.layer.build import call, negated
from solver.layer.tree import Equation, Matrix, Name, Quotient, RowMaxima, RowSums, Sum

HOISTED = ("softmax", "log_softmax")
"""Functions of the rows of a matrix, read in files."""


def hoisted(function: str, operand: Matrix, suffix: str) -> tuple[Equation, ...]:
    """The equations of the function of `operand`; the last defines its value.

    The greatest entry c of each row is subtracted, so that no exponential overflows.
    """
    found: list[Equation] = []

    def name(letter: str, expression: Matrix) -> Name:
        found.append(Equation(Name(f"{letter}_{suffix}", expression.shape), expression))
        return found[-1].target

    scores = operand if isinstance(operand, Name) else name("Z", operand)
    shifted: Matrix = Sum((scores, negated(name("c", RowMaxima(scores)))))
    if function == "log_softmax":
        shifted = name("D", shifted)
    powers = name("E", call("exp", (shifted,)))
    sums = name("s", RowSums(powers))
    value = name("S", Quotient(powers, sums))
    if function == "log_softmax":
        name("P", Sum((shifted, negated(call("ln", (sums,))))))
    assert value.of == operand.shape
    return tuple(found)
