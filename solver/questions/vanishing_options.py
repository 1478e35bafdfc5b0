"""Options of the kind `vanishing`: the number of layers, and which small quantity is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from solver.errors import SheetError, Span
from solver.questions.base import Scope
from solver.questions.options import read_exact


@dataclass(frozen=True)
class Depth:
    """The number of layers: a number, or a name to be kept."""

    name: str
    number: int | None


def read_depth(text: str, scope: Scope) -> Depth:
    """`K`, or a whole number from 1 to 10,000."""
    if re.fullmatch(r"[A-Za-z]", text) and text not in scope.givens:
        return Depth(text, None)
    value = read_exact(text, scope)
    if value.denominator != 1 or not 1 <= value <= 10_000:
        raise SheetError(f"a depth is a name such as K or a whole number from 1 to 10000, found “{text}”")
    return Depth(str(int(value)), int(value))


def read_near(text: str, scope: Scope) -> str:
    """`a = 0` (a small activation) or `z = 0` (a small pre-activation)."""
    match = re.fullmatch(r"([az])\s*=\s*0", text)
    if match is None:
        raise SheetError(f"“a = 0” or “z = 0” is expected, found “{text}”", span=Span(1, 1, len(text)))
    return match[1]


def read_size(text: str, scope: Scope) -> Fraction:
    """The size of a local derivative: an exact number, at least 0."""
    value = read_exact(text, scope)
    if value < 0:
        raise SheetError(
            "a local derivative is given here by its size, at least 0", span=Span(1, 1, len(text))
        )
    return value
