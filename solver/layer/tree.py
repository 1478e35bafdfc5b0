"""Matrix expressions with symbolic shapes. Nodes are immutable and compare by structure.

Sums, ⊙-products, quotients, powers and functions act entry by entry; a row 1×D, a column N×1 or a number is
repeated as needed, so that 𝟏 b needs no node of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import cached_property

from solver.errors import ExpressionError
from solver.expression.tree import Expr
from solver.layer.shapes import ONE, SCALAR, Dim, Shape, shape_text, together


@dataclass(frozen=True, eq=False)
class Matrix:
    """Any node. `shape` raises ExpressionError where the operands do not fit.

    Shape and hash are worked out once: long layers compare and look up the same nodes again and again.
    """

    @cached_property
    def shape(self) -> Shape:
        raise NotImplementedError

    @cached_property
    def _parts(self) -> tuple[object, ...]:
        return tuple(getattr(self, f.name) for f in fields(self) if f.compare)

    @cached_property
    def _hash(self) -> int:
        return hash((type(self).__name__, self._parts))

    @cached_property
    def mentions(self) -> frozenset[str]:
        """The names that appear."""
        return frozenset[str]().union(*(operand.mentions for operand in operands(self)))

    @cached_property
    def key(self) -> str:
        """A text that orders nodes, the same in every run."""
        inner = (operand.key for operand in operands(self))
        own = (str(part) for part in self._parts if not isinstance(part, Matrix | tuple))
        return f"{type(self).__name__}({','.join((*own, *inner))})"

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return type(other) is type(self) and isinstance(other, Matrix) and self._same(other)

    def _same(self, other: Matrix) -> bool:
        return self._hash == other._hash and self._parts == other._parts


@dataclass(frozen=True, eq=False)
class Name(Matrix):
    """A named matrix."""

    name: str
    of: Shape

    @cached_property
    def mentions(self) -> frozenset[str]:
        return frozenset((self.name,))

    @cached_property
    def shape(self) -> Shape:
        return self.of


@dataclass(frozen=True, eq=False)
class Number(Matrix):
    """An exact number."""

    value: Fraction

    @cached_property
    def shape(self) -> Shape:
        return SCALAR


@dataclass(frozen=True, eq=False)
class Size(Matrix):
    """A number of rows or columns, as a number: the N of 1/N."""

    dim: Dim

    @cached_property
    def shape(self) -> Shape:
        return SCALAR


@dataclass(frozen=True, eq=False)
class Sum(Matrix):
    """A + B + …"""

    terms: tuple[Matrix, ...]

    @cached_property
    def shape(self) -> Shape:
        return together((term.shape for term in self.terms), "sum")


@dataclass(frozen=True, eq=False)
class Product(Matrix):
    """A ⊙ B ⊙ …; plain scaling where all but one are numbers."""

    factors: tuple[Matrix, ...]

    @cached_property
    def shape(self) -> Shape:
        return together((factor.shape for factor in self.factors), "entrywise product")


@dataclass(frozen=True, eq=False)
class Quotient(Matrix):
    """A / B, entry by entry."""

    top: Matrix
    bottom: Matrix

    @cached_property
    def shape(self) -> Shape:
        return together((self.top.shape, self.bottom.shape), "entrywise quotient")


@dataclass(frozen=True, eq=False)
class Power(Matrix):
    """A to a rational power, entry by entry."""

    base: Matrix
    exponent: Fraction

    @cached_property
    def shape(self) -> Shape:
        return self.base.shape


@dataclass(frozen=True, eq=False)
class Entrywise(Matrix):
    """A function of one or more numbers, applied to entries: `body` in `names`, which stand for `operands`.

    `label` is how a derivative prints before its argument (ReLU′), where it has a name.
    """

    body: Expr
    names: tuple[str, ...]
    operands: tuple[Matrix, ...]
    label: str | None = field(default=None, compare=False)

    @cached_property
    def shape(self) -> Shape:
        return together((operand.shape for operand in self.operands), "function")


@dataclass(frozen=True, eq=False)
class MatrixProduct(Matrix):
    """A B, the columns of A as many as the rows of B."""

    left: Matrix
    right: Matrix

    @cached_property
    def shape(self) -> Shape:
        left, right = self.left.shape, self.right.shape
        if left[1] != right[0]:
            raise ExpressionError(
                f"shapes do not fit in the matrix product: {shape_text(left)} by {shape_text(right)}; "
                f"the columns of the left ({left[1]}) must be the rows of the right ({right[0]})"
            )
        return left[0], right[1]


@dataclass(frozen=True, eq=False)
class Transpose(Matrix):
    """Aᵀ"""

    operand: Matrix

    @cached_property
    def shape(self) -> Shape:
        rows, columns = self.operand.shape
        return columns, rows


@dataclass(frozen=True, eq=False)
class ColumnSums(Matrix):
    """𝟏ᵀ A, the row of the sums of the columns."""

    operand: Matrix

    @cached_property
    def shape(self) -> Shape:
        return ONE, self.operand.shape[1]


@dataclass(frozen=True, eq=False)
class RowSums(Matrix):
    """A 𝟏, the column of the sums of the rows."""

    operand: Matrix

    @cached_property
    def shape(self) -> Shape:
        return self.operand.shape[0], ONE


@dataclass(frozen=True, eq=False)
class RowMaxima(Matrix):
    """The column of the greatest entry of each row."""

    operand: Matrix

    @cached_property
    def shape(self) -> Shape:
        return self.operand.shape[0], ONE


@dataclass(frozen=True, eq=False)
class Spread(Matrix):
    """A row, a column or a number, repeated to a shape: 𝟏 b, c 𝟏ᵀ."""

    operand: Matrix
    to: Shape

    @cached_property
    def shape(self) -> Shape:
        return together((self.operand.shape, self.to), "repetition")


@dataclass(frozen=True, eq=False)
class Correlation(Matrix):
    """X ⋆ W, valid: Yᵢⱼ = Σ X_(i+r)(j+s) W_rs."""

    image: Matrix
    kernel: Matrix

    @cached_property
    def shape(self) -> Shape:
        image, kernel = self.image.shape, self.kernel.shape
        rows, columns = (i.plus(k, -1).plus(ONE) for i, k in zip(image, kernel, strict=True))
        return rows, columns


@dataclass(frozen=True, eq=False)
class Convolution(Matrix):
    """G ∗ W, full: Xᵢⱼ = Σ G_(i−r)(j−s) W_rs, entries outside G being 0."""

    image: Matrix
    kernel: Matrix

    @cached_property
    def shape(self) -> Shape:
        image, kernel = self.image.shape, self.kernel.shape
        rows, columns = (i.plus(k).plus(ONE, -1) for i, k in zip(image, kernel, strict=True))
        return rows, columns


@dataclass(frozen=True)
class Equation:
    """target = expression."""

    target: Name
    expression: Matrix


def number(value: int | str | Fraction) -> Number:
    return Number(Fraction(value))


def operands(node: Matrix) -> tuple[Matrix, ...]:
    """The direct operands, in written order."""
    match node:
        case Sum(terms):
            return terms
        case Product(factors):
            return factors
        case Quotient(top, bottom):
            return top, bottom
        case Power(base, _):
            return (base,)
        case Entrywise(_, _, inner):
            return inner
        case MatrixProduct(left, right) | Correlation(left, right) | Convolution(left, right):
            return left, right
        case Transpose(operand) | ColumnSums(operand) | RowSums(operand) | RowMaxima(operand):
            return (operand,)
        case Spread(operand, _):
            return (operand,)
        case _:
            return ()


def rebuild(node: Matrix, change: Callable[[Matrix], Matrix]) -> Matrix:
    """The same node with `change` applied to its direct operands."""
    match node:
        case Sum(terms):
            return Sum(tuple(change(t) for t in terms))
        case Product(factors):
            return Product(tuple(change(f) for f in factors))
        case Quotient(top, bottom):
            return Quotient(change(top), change(bottom))
        case Power(base, exponent):
            return Power(change(base), exponent)
        case Entrywise(body, names, inner, label):
            return Entrywise(body, names, tuple(change(o) for o in inner), label)
        case MatrixProduct(left, right) | Correlation(left, right) | Convolution(left, right):
            return type(node)(change(left), change(right))
        case Transpose(operand) | ColumnSums(operand) | RowSums(operand) | RowMaxima(operand):
            return type(node)(change(operand))
        case Spread(operand, to):
            return Spread(change(operand), to)
        case _:
            return node


def substitute(node: Matrix, values: Mapping[str, Matrix]) -> Matrix:
    """The node with names replaced."""
    if isinstance(node, Name):
        return values.get(node.name, node)
    return rebuild(node, lambda inner: substitute(inner, values))


def walk(node: Matrix) -> Iterator[Matrix]:
    """Every node, parents first."""
    yield node
    for operand in operands(node):
        yield from walk(operand)


def names_in(node: Matrix) -> frozenset[str]:
    """The names that appear."""
    return node.mentions
