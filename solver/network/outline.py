"""What the verb shows of a network, in no markup: sections of lines, grids of numbers and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from solver.expression.tree import Expr
from solver.network.numbers import Real, Value
from solver.rules.matrix import MatrixExpr


@dataclass(frozen=True)
class Space:
    """The matrices of a shape; columns where `columns` is 1."""

    rows: int
    columns: int


Shown = Expr | MatrixExpr | Value | Space | str | tuple["Shown", ...]
"""A formula, a matrix formula, a number, a set of matrices, text as it stands, or several of these."""

DIGITS = 6
"""Significant digits of a number in the text; the JSON has all of them."""


@dataclass(frozen=True)
class Line:
    """left = part = part …: each part with its relation (`=` or `≈`), and the rule that gives it."""

    left: Shown
    parts: tuple[tuple[str, Shown], ...]
    why: str = ""


@dataclass(frozen=True)
class Grid:
    """left = matrix of numbers; `relation` is `≈` where one of them is rounded."""

    left: Shown
    rows: tuple[tuple[Value, ...], ...]

    @property
    def relation(self) -> str:
        return "=" if all(is_short(value) for row in self.rows for value in row) else "≈"


@dataclass(frozen=True)
class Table:
    """Rows of numbers under names; the first column counts the rows."""

    corner: str
    heads: tuple[Shown, ...]
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True)
class Section:
    """A title and what stands under it; a string is a paragraph."""

    title: str
    blocks: tuple[Line | Grid | Table | str, ...]


@dataclass(frozen=True)
class Outline:
    """The answer for one record; `legend` says how a terminal writes a gradient."""

    title: str
    legend: str
    sections: tuple[Section, ...]
    closing: tuple[str, ...]


def is_rounded(section: Section) -> bool:
    """Whether some number of the section is rounded."""
    for block in section.blocks:
        if isinstance(block, Line) and any(sign == "≈" for sign, _ in block.parts):
            return True
        if isinstance(block, (Grid, Table)) and not all(is_short(v) for row in block.rows for v in row):
            return True
    return False


def is_short(value: Value) -> bool:
    """Whether a number is written exactly: a short decimal or a short fraction."""
    return isinstance(value, Fraction) and len(str(value)) <= 12


def relation(value: Value) -> str:
    return "=" if is_short(value) else "≈"


def exact_fraction(value: Value) -> Fraction:
    """The number itself, or the middle of its ball."""
    return value.fraction() if isinstance(value, Real) else value


def is_plain_size(values: Sequence[Value]) -> bool:
    """Whether these numbers read well inside a formula: neither tiny nor huge."""
    sizes = [abs(exact_fraction(v)) for v in values]
    return all(s == 0 or Fraction(1, 10**4) <= s < 10**6 for s in sizes)
