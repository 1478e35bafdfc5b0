"""Shapes with letters: a layer is derived once, for all sizes N, D, K.

A dimension is a whole number, a letter, or a sum such as H - R + 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from solver.errors import ExpressionError


@dataclass(frozen=True, slots=True)
class Dim:
    """Σ count · letter + constant; the letters are in alphabetical order."""

    terms: tuple[tuple[str, int], ...] = ()
    constant: int = 0

    def __str__(self) -> str:
        written = ""
        for letter, count in sorted(self.terms, key=lambda term: term[1] < 0):
            sign = "-" if count < 0 else "+" if written else ""
            written += f"{sign}{abs(count) if abs(count) != 1 else ''}{letter}"
        if self.constant or not written:
            written += f"{self.constant:+d}" if written else str(self.constant)
        return written

    def plus(self, other: Dim, factor: int = 1) -> Dim:
        """self + factor · other"""
        counts = dict(self.terms)
        for letter, count in other.terms:
            counts[letter] = counts.get(letter, 0) + factor * count
        kept = tuple(sorted((letter, count) for letter, count in counts.items() if count))
        return Dim(kept, self.constant + factor * other.constant)

    def value(self, sizes: Mapping[str, int]) -> int:
        """The number for given sizes of the letters."""
        return self.constant + sum(count * sizes[letter] for letter, count in self.terms)


ONE = Dim((), 1)
Shape = tuple[Dim, Dim]
SCALAR: Shape = (ONE, ONE)


def read_dim(text: str) -> Dim | None:
    """`N`, `3`, `H - R + 1`; None where the text is none of these."""
    bare = text.replace(" ", "")
    if not re.fullmatch(r"[+-]?(\d+|[A-Za-z]\w*)([+-](\d+|[A-Za-z]\w*))*", bare):
        return None
    found = Dim()
    for sign, item in re.findall(r"([+-]?)(\w+)", bare):
        dim = Dim((), int(item)) if item.isdigit() else Dim(((item, 1),))
        found = found.plus(dim, -1 if sign == "-" else 1)
    return found


def shape_text(shape: Shape) -> str:
    """`N×D`, `scalar` for one number."""
    return "scalar" if shape == SCALAR else f"{shape[0]}×{shape[1]}"


def letters(shapes: Iterable[Shape]) -> tuple[str, ...]:
    """The letters of the shapes, each once, in order of appearance."""
    return tuple(dict.fromkeys(letter for shape in shapes for dim in shape for letter, _ in dim.terms))


def together(shapes: Iterable[Shape], what: str) -> Shape:
    """The shape of entries taken together, a row, a column or a number being repeated.

    Raises ExpressionError where two shapes do not fit.
    """
    rows, columns = ONE, ONE
    for shape in shapes:
        found = tuple(
            old if new in (old, ONE) else new if old == ONE else None
            for old, new in zip((rows, columns), shape, strict=True)
        )
        if found[0] is None or found[1] is None:
            raise ExpressionError(
                f"shapes do not fit in the {what}: {shape_text((rows, columns))} and {shape_text(shape)}"
            )
        rows, columns = found[0], found[1]
    return rows, columns
