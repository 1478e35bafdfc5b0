"""The normal form of an entrywise expression: Σ number · Π atomᵖ, the atoms commuting.

Atoms are names, sizes, sums of rows or columns, matrix products, functions. What does not depend on the
row is taken out of a sum over rows. Definitions are folded back into their names on the way, so that exp(Z)
of the forward pass is E again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import TypeAlias

from solver.layer.shapes import ONE, SCALAR, Dim, Shape, together
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
    operands,
    walk,
)

Monomial: TypeAlias = tuple[tuple[Matrix, Fraction], ...]
"""Atoms with their exponents, in the order in which they are printed."""
Poly: TypeAlias = dict[Monomial, Fraction]
"""Monomials with their coefficients, in order of appearance."""

UNIT: Monomial = ()
EXAMPLES = Dim((("N", 1),))
"""The number of examples, which is written first."""
MAX_TERMS = 24
"""A product that would have more terms is not multiplied out."""


def rank(atom: Matrix) -> tuple[int, str]:
    """Where an atom stands in a product: sizes, numbers, rows and columns, gradients, names, the rest."""
    shape = atom.shape
    match atom:
        case Size():
            return 1, f"{atom.dim != EXAMPLES}{atom.dim}"
        case _ if shape == (ONE, ONE):
            return 2, atom.key
        case Name(name) if ONE in shape:
            return 4, name
        case Name(name):
            return (5 if name.startswith("d") else 6), name
        case Entrywise():
            return 7, atom.key
        case ColumnSums() | RowSums():
            return 9, atom.key
        case Sum():
            return 10, atom.key
        case _:
            return 8, atom.key


def monomial(powers: dict[Matrix, Fraction]) -> Monomial:
    """The atoms with exponents other than 0, in their order."""
    return tuple(sorted(((a, e) for a, e in powers.items() if e), key=lambda item: rank(item[0])))


def times(left: Monomial, right: Monomial) -> Monomial:
    powers = dict(left)
    for atom, exponent in right:
        powers[atom] = powers.get(atom, Fraction(0)) + exponent
    return monomial(powers)


def raised(mono: Monomial, exponent: Fraction) -> Monomial:
    return tuple((atom, e * exponent) for atom, e in mono)


def add(parts: Iterable[Poly]) -> Poly:
    """Like terms are merged, and those that cancel leave."""
    total: Poly = {}
    for part in parts:
        for mono, coefficient in part.items():
            value = total.get(mono, Fraction(0)) + coefficient
            if value:
                total[mono] = value
            else:
                total.pop(mono, None)
    return total


def multiply(left: Poly, right: Poly) -> Poly:
    return add({times(a, b): c * d} for a, c in left.items() for b, d in right.items())


def scaled(poly: Poly, factor: Fraction) -> Poly:
    return {mono: coefficient * factor for mono, coefficient in poly.items()} if factor else {}


def atom(node: Matrix, exponent: Fraction = Fraction(1)) -> Poly:
    return {((node, exponent),): Fraction(1)}


class Normaliser:
    """Brings expressions to normal form. `fold(atom)` is what an atom is known to be, or None."""

    def __init__(self, fold: Callable[[Matrix], Poly | None], write: Callable[[Poly, Shape], Matrix]) -> None:
        self._fold = fold
        self._write = write
        self.found: dict[Matrix, Poly] = {}

    def poly(self, node: Matrix) -> Poly:
        """The normal form of the entries of `node`; `found` keeps those that were asked for."""
        if node not in self.found:
            self.found[node] = self._poly(node)
        return self.found[node]

    def _poly(self, node: Matrix) -> Poly:
        match node:
            case Number(value):
                return {UNIT: value} if value else {}
            case Size(dim):
                return atom(node) if dim.terms else {UNIT: Fraction(dim.constant)}
            case Name():
                return self.known(node)
            case Sum(terms):
                return add(self.poly(term) for term in terms)
            case Product(factors):
                return self._product(factors)
            case Quotient(top, bottom):
                base, exponent = (
                    (bottom.base, bottom.exponent) if isinstance(bottom, Power) else (bottom, Fraction(1))
                )
                return self._times(self.poly(top), self._power(base, -exponent))
            case Power(base, exponent):
                return self._power(base, exponent)
            case Spread(operand, _):
                return self.poly(operand)
            case ColumnSums(operand):
                return add(
                    self.reduced(mono, coefficient, operand.shape, 0)
                    for mono, coefficient in self.poly(operand).items()
                )
            case RowSums(operand):
                return add(
                    self.reduced(mono, coefficient, operand.shape, 1)
                    for mono, coefficient in self.poly(operand).items()
                )
            case Entrywise():
                return self._function(node)
            case MatrixProduct(left, right):
                return self._matrix_product(left, right)
            case Transpose(operand):
                return self._transposed(operand)
            case RowMaxima() | Correlation() | Convolution():
                inner = tuple(self.written(o) for o in operands(node))
                return self.known(type(node)(*inner))
        raise TypeError(f"no normal form of {type(node).__name__}")

    def known(self, node: Matrix) -> Poly:
        found = self._fold(node)
        return atom(node) if found is None else found

    def written(self, node: Matrix) -> Matrix:
        """An operand in its tidy form, of its own shape."""
        return self._write(self.poly(node), node.shape)

    # ---- products and powers ----

    def _product(self, factors: tuple[Matrix, ...]) -> Poly:
        total: Poly = {UNIT: Fraction(1)}
        for factor in factors:
            total = self._times(total, self.poly(factor))
        return total

    def _times(self, left: Poly, right: Poly) -> Poly:
        if len(left) * len(right) <= MAX_TERMS:
            return multiply(left, right)
        return multiply(self._closed(left), self._closed(right))

    def _closed(self, poly: Poly) -> Poly:
        return poly if len(poly) == 1 else atom(self._write(poly, shape_of(poly)))

    def _power(self, base: Matrix, exponent: Fraction) -> Poly:
        inner = self.poly(base)
        if len(inner) == 1:
            ((mono, coefficient),) = inner.items()
            plain = all(e == 1 for _, e in mono) and len(mono) == 1
            if exponent.denominator == 1 or (plain and coefficient == 1):
                return {
                    raised(mono, exponent): coefficient ** int(exponent) if coefficient != 1 else coefficient
                }
        if exponent.denominator == 1 and 0 < exponent <= 3 and inner:
            total: Poly = {UNIT: Fraction(1)}
            for _ in range(int(exponent)):
                total = self._times(total, inner)
            return total
        body = self._write(inner, base.shape)
        return self.powered(body, exponent)

    def powered(self, body: Matrix, exponent: Fraction) -> Poly:
        """An atom to a power, where the atom itself or its square root may have a name."""
        root = self._fold(Power(body, Fraction(1, 2)))
        if root is not None and len(root) == 1:
            ((mono, coefficient),) = root.items()
            if coefficient == 1 and (2 * exponent).denominator == 1:
                return {raised(mono, 2 * exponent): Fraction(1)}
        return atom(body, exponent)

    # ---- sums over rows or columns ----

    def reduced(self, mono: Monomial, coefficient: Fraction, shape: Shape, axis: int) -> Poly:
        """The sum over the rows (axis 0) or columns (axis 1) of one term, constants taken out."""
        outside = {a: e for a, e in mono if a.shape[axis] == ONE}
        inside = {a: e for a, e in mono if a.shape[axis] != ONE}
        if not inside:
            return self._times({monomial(outside): coefficient}, self.poly(Size(shape[axis])))
        body = self._write({monomial(inside): Fraction(1)}, shape_of({monomial(inside): Fraction(1)}))
        total = self.known(ColumnSums(body) if axis == 0 else RowSums(body))
        return self._times({monomial(outside): coefficient}, total)

    # ---- functions ----

    def _function(self, node: Entrywise) -> Poly:
        from solver.layer.bodies import split

        pieces = split(node)
        if pieces is not None:
            return self.poly(pieces)
        inner = tuple(self.written(operand) for operand in node.operands)
        return self.known(Entrywise(node.body, node.names, inner, node.label))

    # ---- matrix products and transposes ----

    def _matrix_product(self, left: Matrix, right: Matrix) -> Poly:
        """(a A)(b B) = a b A B; a column on the left and a row on the right come out too."""
        first, out_left = self._freed(left, 1)
        second, out_right = self._freed(right, 0)
        outside = multiply(out_left, out_right)
        for factor, alone in ((second, first), (first, second)):
            if factor == Number(Fraction(1)):
                return multiply(outside, self.poly(alone))
        return multiply(outside, self.known(MatrixProduct(first, second)))

    def _freed(self, node: Matrix, axis: int) -> tuple[Matrix, Poly]:
        """The factor without what does not depend on the summed index, and that."""
        poly = self.poly(node)
        if len(poly) != 1:
            rest, numbers = _numbers_apart(poly)
            return self._less_turned(self._write(rest, node.shape)), numbers
        ((mono, coefficient),) = poly.items()
        outside = {a: e for a, e in mono if a.shape[axis] == ONE}
        inside = {a: e for a, e in mono if a.shape[axis] != ONE}
        if not inside or shape_of({monomial(inside): Fraction(1)}) != node.shape:
            outside = {a: e for a, e in outside.items() if a.shape == SCALAR}
            inside = {a: e for a, e in mono if a not in outside}
        return self._write({monomial(inside): Fraction(1)}, node.shape), {monomial(outside): coefficient}

    def _less_turned(self, node: Matrix) -> Matrix:
        """(X Wᵀ − Y)ᵀ for W Xᵀ − Yᵀ: a sum whose transpose has fewer transposes in it."""
        turned = self._write(self._transposed(node), node.shape[::-1])
        return Transpose(turned) if _turns(turned) < _turns(node) else node

    def _transposed(self, node: Matrix) -> Poly:
        """(A + B)ᵀ = Aᵀ + Bᵀ, (A ⊙ B)ᵀ = Aᵀ ⊙ Bᵀ, (A B)ᵀ = Bᵀ Aᵀ, (A 𝟏)ᵀ = 𝟏ᵀ Aᵀ"""
        total: list[Poly] = []
        for mono, coefficient in self.poly(node).items():
            term: Poly = {UNIT: coefficient}
            for inner, exponent in mono:
                turned = self._turned(inner)
                if len(turned) == 1:
                    ((powers, factor),) = turned.items()
                    turned = {raised(powers, exponent): factor ** int(exponent) if factor != 1 else factor}
                else:
                    turned = atom(self._write(turned, shape_of(turned)), exponent)
                term = multiply(term, turned)
            total.append(term)
        return add(total)

    def _turned(self, node: Matrix) -> Poly:
        match node:
            case _ if node.shape == (ONE, ONE):
                return atom(node)
            case Transpose(operand):
                return self.poly(operand)
            case MatrixProduct(left, right):
                return self.poly(MatrixProduct(Transpose(right), Transpose(left)))
            case ColumnSums(operand):
                return self.poly(RowSums(Transpose(operand)))
            case RowSums(operand):
                return self.poly(ColumnSums(Transpose(operand)))
            case Entrywise(body, names, inner, label):
                return self.poly(Entrywise(body, names, tuple(Transpose(o) for o in inner), label))
            case Sum() | Product() | Quotient() | Power():
                return self._transposed_parts(node)
        return atom(Transpose(node))

    def _transposed_parts(self, node: Matrix) -> Poly:
        from solver.layer.tree import rebuild

        return self.poly(rebuild(node, Transpose))


def _turns(node: Matrix) -> int:
    """How many transposes stand in an expression."""
    return sum(isinstance(inner, Transpose) for inner in walk(node))


def _numbers_apart(poly: Poly) -> tuple[Poly, Poly]:
    """A sum without the numbers that all its terms share, and these: 1/(2 N) of A/(2 N) − B/(2 N)."""
    if not poly:
        return poly, {UNIT: Fraction(1)}
    powers = [dict(mono) for mono in poly]
    shared = {a: e for a, e in powers[0].items() if a.shape == SCALAR and all(p.get(a) == e for p in powers)}
    sizes = {abs(coefficient) for coefficient in poly.values()}
    content = sizes.pop() if len(sizes) == 1 else Fraction(1)
    outside = monomial(shared)
    rest = {times(mono, raised(outside, Fraction(-1))): c / content for mono, c in poly.items()}
    return rest, {outside: content}


def shape_of(poly: Poly) -> Shape:
    """The shape of the atoms together (smaller than that of the matrix where all are repeated)."""
    return together((a.shape for mono in poly for a, _ in mono), "sum")
