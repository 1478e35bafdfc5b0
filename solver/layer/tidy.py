"""The tidy form of a gradient: names of the forward pass folded back in, sums that are known replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from solver.layer.bodies import split
from solver.layer.normal import UNIT, Normaliser, Poly, raised, times
from solver.layer.shapes import SCALAR, Shape
from solver.layer.tree import (
    ColumnSums,
    Entrywise,
    Equation,
    Matrix,
    Name,
    Power,
    RowSums,
    Size,
    Spread,
    names_in,
    rebuild,
    substitute,
)
from solver.layer.writing import numbers_in_front, size, write

HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Tidied:
    """A tidy form, and the sums that were found to be numbers on the way (𝟏ᵀX̂ = 0)."""

    expression: Matrix
    facts: tuple[tuple[Matrix, Matrix], ...]


class Tidier:
    """Knows the equations of a layer: E for exp(Z), X̂σ for X − 𝟏μ where that is shorter, 𝟏ᵀX̂ = 0.

    `assumed` are sums taken to be known (T𝟏 = 1 for a target whose rows sum to 1).
    """

    def __init__(self, equations: Sequence[Equation], assumed: Mapping[Matrix, Poly] | None = None) -> None:
        self._known: dict[Matrix, Poly] = dict(assumed or {})
        self._bodies: dict[str, Matrix] = {}
        self._open: set[str] = set()
        self._facts: dict[Matrix, Matrix] = {}
        self._exchanges: list[tuple[str, Matrix]] = []
        self._normal = Normaliser(self._fold, write)
        for equation in equations:
            self._learn(equation)

    def tidy(self, node: Matrix, shape: Shape) -> Tidied:
        """The shortest form found, of the shape given; the written form only where it is clearly shorter."""
        self._facts, self._normal.found = {}, {}
        poly = self._normal.poly(node)
        best = write(poly, shape)
        for name, instead in reversed(self._exchanges):
            if name in names_in(best):
                other = write(self._normal.poly(substitute(best, {name: instead})), shape)
                if size(other) < size(best):
                    best = other
        written = self._named(node)
        if 5 * size(written) < 4 * size(best):
            best = written if written.shape == shape else Spread(written, shape)
        return Tidied(best, tuple(self._facts.items()))

    def _named(self, node: Matrix) -> Matrix:
        """The expression as the rules wrote it, with the names of functions that have one."""
        if isinstance(node, Entrywise):
            pieces = split(node)
            if pieces is not None:
                return self._named(pieces)
            known = self._normal.poly(node)
            if len(known) == 1:
                return write(known, node.shape)
        return numbers_in_front(rebuild(node, self._named))

    def _learn(self, equation: Equation) -> None:
        self._normal.found = {}
        poly = self._normal.poly(equation.expression)
        name = equation.target
        if len(poly) == 1:
            ((mono, coefficient),) = poly.items()
            for node, exponent in mono:
                rest = tuple((a, e) for a, e in mono if a is not node)
                if isinstance(node, Size) or any(not _divides(a, e) for a, e in rest):
                    continue
                if exponent == 1:
                    back = {times(((name, Fraction(1)),), raised(rest, Fraction(-1))): 1 / coefficient}
                    if not isinstance(node, Name):
                        self._known.setdefault(node, back)
                    else:
                        self._exchanges.append((node.name, write(back, node.shape)))
                elif abs(exponent) == HALF and coefficient == 1 and not rest:
                    self._known.setdefault(Power(node, HALF), {((name, 2 * exponent),): Fraction(1)})
        self._bodies[name.name] = equation.expression

    def _fold(self, node: Matrix) -> Poly | None:
        if node in self._known:
            return self._known[node]
        if isinstance(node, ColumnSums | RowSums) and isinstance(node.operand, Name):
            return self._unfolded(node, node.operand)
        return None

    def _unfolded(self, node: ColumnSums | RowSums, name: Name) -> Poly | None:
        """A sum that the definition makes a number: 𝟏ᵀX̂ = 0, S𝟏 = 1."""
        if name.name not in self._bodies or name.name in self._open:
            return None
        self._open.add(name.name)
        found = self._normal.poly(type(node)(self._bodies[name.name]))
        self._open.discard(name.name)
        if not all(isinstance(atom, Size) for mono in found for atom, _ in mono):
            return None
        self._facts[node] = write(found, SCALAR)
        return found


def _divides(node: Matrix, exponent: Fraction) -> bool:
    """Whether an atom may go to the other side of an equation: a size, or a name in the denominator."""
    return isinstance(node, Size) or (isinstance(node, Name) and exponent < 0)


def sums_to_one(names: Sequence[Name]) -> dict[Matrix, Poly]:
    """The assumption that every row of these matrices sums to 1."""
    return {RowSums(name): {UNIT: Fraction(1)} for name in names}
