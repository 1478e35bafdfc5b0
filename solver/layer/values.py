"""The second road: matrices of numbers, exact or balls, with duals for forward mode. No rule is used here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from flint import fmpq

from solver.derivation.duals import Undefined, add, base_of, multiply, reciprocal, value, whole_power
from solver.expression import tree as scalar
from solver.layer.tree import (
    ColumnSums,
    Convolution,
    Correlation,
    Entrywise,
    Matrix,
    MatrixProduct,
    Name,
    Number,
    Power,
    Product,
    Quotient,
    RowMaxima,
    RowSums,
    Size,
    Spread,
    Sum,
    Transpose,
)

Grid = list[list[Any]]
"""Entries, row by row: `fmpq`, `arb` or duals."""


@dataclass(frozen=True)
class Numbers:
    """Values of names, and the sizes of the letters.

    `moved` are names that carry duals; `kept` holds what was worked out without them.
    """

    grids: Mapping[str, Grid]
    sizes: Mapping[str, int]
    moved: frozenset[str] = frozenset()
    kept: dict[Matrix, Grid] = field(default_factory=dict, compare=False, repr=False)

    def with_(self, name: str, grid: Grid) -> Numbers:
        """With one more name, or another value of one."""
        kept = {} if name in self.grids else self.kept
        return Numbers({**self.grids, name: grid}, self.sizes, self.moved, kept)

    def moving(self, name: str, grid: Grid) -> Numbers:
        """With duals for the entries of a name."""
        return Numbers({**self.grids, name: grid}, self.sizes, self.moved | {name}, self.kept)


def evaluate(node: Matrix, at: Numbers) -> Grid:
    """The entries of an expression. Raises Undefined outside the domain, ZeroDivisionError on a zero."""
    if not node.mentions.isdisjoint(at.moved):
        return _evaluate(node, at)
    if node not in at.kept:
        at.kept[node] = _evaluate(node, at)
    return at.kept[node]


def _evaluate(node: Matrix, at: Numbers) -> Grid:
    rows, columns = (dim.value(at.sizes) for dim in node.shape)
    match node:
        case Name(name):
            return at.grids[name]
        case Number(number):
            return [[_rational(number)]]
        case Size(dim):
            return [[fmpq(dim.value(at.sizes))]]
        case MatrixProduct(left, right):
            a, b = evaluate(left, at), evaluate(right, at)
            return [
                [total(multiply(x, b[k][j]) for k, x in enumerate(row)) for j in range(columns)] for row in a
            ]
        case Transpose(operand):
            return [list(column) for column in zip(*evaluate(operand, at), strict=True)]
        case ColumnSums(operand):
            return [[total(column) for column in zip(*_full(operand, at), strict=True)]]
        case RowSums(operand):
            return [[total(row)] for row in _full(operand, at)]
        case RowMaxima(operand):
            return [[_greatest(row)] for row in evaluate(operand, at)]
        case Spread(operand, _):
            return _repeated(evaluate(operand, at), rows, columns)
        case Correlation(image, kernel):
            return _correlated(evaluate(image, at), evaluate(kernel, at), rows, columns)
        case Convolution(image, kernel):
            return _convolved(evaluate(image, at), evaluate(kernel, at), rows, columns)
        case Sum(parts) | Product(parts):
            join = add if isinstance(node, Sum) else multiply
            grids = [_repeated(evaluate(part, at), rows, columns) for part in parts]
            found = grids[0]
            for grid in grids[1:]:
                found = [
                    [join(x, y) for x, y in zip(r, s, strict=True)] for r, s in zip(found, grid, strict=True)
                ]
            return found
        case Quotient(top, bottom):
            upper, lower = (_repeated(evaluate(part, at), rows, columns) for part in (top, bottom))
            return [
                [multiply(x, reciprocal(y)) for x, y in zip(r, s, strict=True)]
                for r, s in zip(upper, lower, strict=True)
            ]
        case Power(base, exponent):
            return [[_power(x, exponent) for x in row] for row in evaluate(base, at)]
        case Entrywise(body, names, operands):
            grids = [_repeated(evaluate(part, at), rows, columns) for part in operands]
            return [
                [value(body, {n: g[i][j] for n, g in zip(names, grids, strict=True)}) for j in range(columns)]
                for i in range(rows)
            ]
    raise TypeError(f"no values of {type(node).__name__}")


def _full(node: Matrix, at: Numbers) -> Grid:
    rows, columns = (dim.value(at.sizes) for dim in node.shape)
    return _repeated(evaluate(node, at), rows, columns)


def _repeated(grid: Grid, rows: int, columns: int) -> Grid:
    """A row, a column or a number repeated to the shape."""
    if len(grid[0]) != columns:
        grid = [row * columns for row in grid]
    return grid if len(grid) == rows else grid * rows


def _rational(number: Fraction) -> Any:
    return fmpq(number.numerator, number.denominator)


def total(terms: Iterable[Any]) -> Any:
    """The sum of numbers or duals."""
    found: Any = fmpq(0)
    for term in terms:
        found = add(found, term)
    return found


def _greatest(row: list[Any]) -> Any:
    best = row[0]
    for entry in row[1:]:
        gap = base_of(entry) - base_of(best)
        if gap > 0:
            best = entry
        elif not gap <= 0:
            raise Undefined
    return best


def _power(x: Any, exponent: Fraction) -> Any:
    if exponent.denominator == 1:
        return whole_power(x, exponent.numerator)
    letter = scalar.Symbol("x")
    return value(scalar.Power(letter, scalar.Number(exponent)), {"x": x})


def _correlated(image: Grid, kernel: Grid, rows: int, columns: int) -> Grid:
    return [
        [
            total(
                multiply(image[i + r][j + s], w) for r, line in enumerate(kernel) for s, w in enumerate(line)
            )
            for j in range(columns)
        ]
        for i in range(rows)
    ]


def _convolved(image: Grid, kernel: Grid, rows: int, columns: int) -> Grid:
    inside = range(len(image)), range(len(image[0]))
    return [
        [
            total(
                multiply(image[i - r][j - s], w)
                for r, line in enumerate(kernel)
                for s, w in enumerate(line)
                if i - r in inside[0] and j - s in inside[1]
            )
            for j in range(columns)
        ]
        for i in range(rows)
    ]
