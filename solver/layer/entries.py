"""Matrix expressions entry by entry: (X Wᵀ)_{ij} = Σ_k X_{ik} W_{jk}.

With letters as indices a sum over one of them is printed with its Σ; with numbers, for given sizes, it is
written out, so that the same walk can be compared with the values of the matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from solver.errors import UnsupportedExpression
from solver.expression import tree as scalar
from solver.expression.latex import latex, parenthesised
from solver.expression.tree import Expr, Symbol
from solver.layer.lettering import name_latex
from solver.layer.printer import indicator
from solver.layer.shapes import ONE, Dim
from solver.layer.tree import (
    ColumnSums,
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

Index = str | int
ROW, COLUMN = "i", "j"
TENTH = 10
"""From this denominator on a number is printed as a decimal, where it ends."""
_BOUND = "klmpqrst"
_SIGMA = "Σ"


@dataclass
class Entries:
    """Writes entries; with `sizes`, for numbers as indices, every sum written out."""

    sizes: Mapping[str, int] | None = None
    _used: int = 0

    def entry(self, node: Matrix, row: Index = ROW, column: Index = COLUMN) -> Expr:
        """The entry in that row and column; a row, a column or a number is repeated.

        Raises UnsupportedExpression for a convolution.
        """
        self._used = 0
        return self._entry(node, row, column)

    def _entry(self, node: Matrix, i: Index, j: Index) -> Expr:
        match node:
            case Name():
                return named(node, i, j)
            case Number(value):
                shown = scalar.number(abs(value), decimal=value.denominator >= TENTH)
                return scalar.Negative(shown) if value < 0 else shown
            case Size(dim):
                return Symbol(str(dim)) if self.sizes is None else scalar.number(dim.value(self.sizes))
            case Sum(terms):
                return scalar.Sum(tuple(self._entry(term, i, j) for term in terms))
            case Product(factors):
                return self._product(_flat(factors), i, j)
            case Quotient(top, bottom):
                return scalar.Quotient(self._entry(top, i, j), self._entry(bottom, i, j))
            case Power(base, exponent):
                return _power(self._entry(base, i, j), exponent)
            case Entrywise():
                return self._function(node, i, j)
            case MatrixProduct(left, right):
                return self._summed(left.shape[1], lambda k: Product((_At(left, i, k), _At(right, k, j))))
            case Transpose(operand):
                return self._entry(operand, j, i)
            case ColumnSums(operand):
                return self._summed(operand.shape[0], lambda k: _At(operand, k, j))
            case RowSums(operand):
                return self._summed(operand.shape[1], lambda k: _At(operand, i, k))
            case RowMaxima(operand):
                return self._greatest(operand, i)
            case Spread(operand, _):
                return self._entry(operand, i, j)
        if isinstance(node, _At):
            return self._entry(node.node, node.row, node.column)
        raise UnsupportedExpression(f"{type(node).__name__.lower()}s are not written entry by entry")

    def _product(self, factors: Sequence[Matrix], i: Index, j: Index) -> Expr:
        """Numbers, entries, then the sums over an index, all but the last in parentheses."""
        match factors:
            case [Number(value), *rest] if value < 0:
                return scalar.Negative(self._product(rest if value == -1 else [Number(-value), *rest], i, j))
        found = [self._entry(factor, i, j) for factor in factors]
        sums = [f for f in found if _is_sum(f)]
        plain = [f for f in found if not _is_sum(f)]
        closed = [*plain, *map(_closed, sums[:-1]), *sums[-1:]]
        whole = closed[0] if len(closed) == 1 else scalar.Product(tuple(closed))
        if sums and len(closed) > 1:
            return _marked(latex(whole))
        return whole

    def _summed(self, dim: Dim, body: Callable[[Index], Matrix]) -> Expr:
        """Σ over an index of that range."""
        if dim == ONE:
            return self._entry(body(0), ROW, COLUMN)
        if self.sizes is not None:
            terms = tuple(self._entry(body(k), 0, 0) for k in range(dim.value(self.sizes)))
            return terms[0] if len(terms) == 1 else scalar.Sum(terms)
        letter = self._letter()
        inner = self._entry(body(letter), ROW, COLUMN)
        text = latex(inner)
        if isinstance(inner, scalar.Sum | scalar.Negative):
            text = parenthesised(text)
        return _marked(rf"\sum_{{{letter}=1}}^{{{dim}}} {text}")

    def _letter(self) -> str:
        if self._used == len(_BOUND):
            raise UnsupportedExpression("so many sums are not written entry by entry")
        self._used += 1
        return _BOUND[self._used - 1]

    def _greatest(self, operand: Matrix, i: Index) -> Expr:
        if self.sizes is not None:
            columns = operand.shape[1].value(self.sizes)
            found = tuple(self._entry(operand, i, k) for k in range(columns))
            return found[0] if columns == 1 else scalar.Apply("max", found)
        letter = self._letter()
        inner = self._entry(operand, i, letter)
        text = (
            latex(inner) if isinstance(inner, Symbol) and not _is_sum(inner) else parenthesised(latex(inner))
        )
        return Symbol("max", rf"\max_{{{letter}}} {text}")

    def _function(self, node: Entrywise, i: Index, j: Index) -> Expr:
        inner = {n: self._entry(o, i, j) for n, o in zip(node.names, node.operands, strict=True)}
        body = scalar.substitute(node.body, inner)
        if self.sizes is not None or not isinstance(body, scalar.Cases):
            return body
        held = indicator(body)
        if held is not None:
            relations = {"<=": r"\leq", ">=": r"\geq", "!=": r"\neq"}
            relation = relations.get(held.relation, held.relation)
            return Symbol("[]", rf"\left[{latex(held.left)} {relation} {latex(held.right)}\right]")
        if node.label is not None:
            return Symbol(node.label, rf"{node.label}({latex(inner[node.names[0]])})")
        return body


@dataclass(frozen=True, eq=False)
class _At(Matrix):
    """A matrix at indices of its own, inside a product of entries."""

    node: Matrix
    row: Index
    column: Index

    @property
    def shape(self) -> tuple[Dim, Dim]:
        return ONE, ONE


def named(name: Name, i: Index, j: Index) -> Symbol:
    """X_{ij}; b_j for a row, c_i for a column, λ for a number."""
    rows, columns = name.of
    indices = [index for index, dim in ((i, rows), (j, columns)) if dim != ONE]
    text = name_latex(name.name)
    if not indices:
        return Symbol(name.name, text)
    base = rf"({text})" if "_" in text else text
    return Symbol(f"{name.name}[{','.join(map(str, indices))}]", f"{base}_{{{''.join(map(str, indices))}}}")


def _flat(factors: Sequence[Matrix]) -> list[Matrix]:
    found: list[Matrix] = []
    for factor in factors:
        found += _flat(factor.factors) if isinstance(factor, Product) else [factor]
    return found


def _marked(text: str) -> Symbol:
    """Something that ends in a sum over an index: what follows it would be read as part of it."""
    return Symbol(_SIGMA + text, text)


def _is_sum(expr: Expr) -> bool:
    return isinstance(expr, Symbol) and expr.name.startswith(_SIGMA)


def _closed(expr: Expr) -> Expr:
    assert isinstance(expr, Symbol)
    text = parenthesised(expr.latex or expr.name)
    return Symbol(text, text)


def _power(base: Expr, exponent: Fraction) -> Expr:
    if _is_sum(base):
        base = _closed(base) if exponent != Fraction(1, 2) else base
    if exponent == Fraction(1, 2):
        return scalar.Apply("sqrt", (base,))
    if exponent < 0:
        below = base if exponent == -1 else scalar.Power(base, scalar.number(-exponent))
        return scalar.Quotient(scalar.ONE, below)
    return scalar.Power(base, scalar.number(exponent))
