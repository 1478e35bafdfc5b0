"""Matrix expressions as NumPy, to be pasted: `np` and the names of the layer are all that they need.

Exponentials do not overflow where the layer does not: σ and softplus are written with `np.logaddexp`. An
assignment names its value with `:=`, so that it runs as an expression and as a statement; a gradient on the
way is named where it is first used.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from solver.errors import UnsupportedExpression
from solver.layer.model import Layer
from solver.layer.numpy_functions import ATOM, MATRIX, POWER, PRODUCT, SUM, body_text, number_text
from solver.layer.shapes import ONE, SCALAR, Dim, Shape
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

_WINDOWS = "np.lib.stride_tricks.sliding_window_view"


class NumpyWriter:
    """Writes the expressions of one layer; sizes are read off its inputs."""

    def __init__(self, layer: Layer, definitions: Mapping[str, Matrix] | None = None) -> None:
        self._definitions = definitions or {}
        self._pending: dict[str, Matrix] = {}
        self._shapes: dict[Shape, str] = {}
        self._dims: dict[Dim, str] = {}
        for name in layer.inputs:
            if name.of != SCALAR:
                self._shapes.setdefault(name.of, f"{name.name}.shape")
            for axis, dim in enumerate(name.of):
                self._dims.setdefault(dim, f"{name.name}.shape[{axis}]")

    def expression(self, node: Matrix) -> str:
        """The value alone."""
        return self._text(node)[0]

    def assignment(self, name: str, node: Matrix) -> str:
        """`(Y := X @ W.T + b)`; names that have definitions are defined on the way."""
        self._pending = {key: value for key, value in self._definitions.items() if key != name}
        text = f"({name} := {self.expression(node)})"
        self._pending = {}
        return text

    def _at(self, node: Matrix, level: int) -> str:
        text, own = self._text(node)
        return text if own >= level else f"({text})"

    def _text(self, node: Matrix) -> tuple[str, int]:
        match node:
            case Name(name):
                if name in self._pending:
                    return f"({name} := {self.expression(self._pending.pop(name))})", ATOM
                return name, ATOM
            case Number(value):
                text = number_text(value)
                return text, SUM if value < 0 else PRODUCT if "/" in text else ATOM
            case Size(dim):
                return self._size(dim), ATOM if dim in self._dims or not dim.terms else SUM
            case Sum(terms):
                return self._sum(terms), SUM
            case Product(factors):
                return self._product(factors)
            case Quotient(top, bottom):
                return f"{self._at(top, PRODUCT)} / {self._at(bottom, POWER)}", PRODUCT
            case Power(base, exponent):
                return self._power(base, exponent)
            case MatrixProduct(left, right):
                first, level = self._text(left)
                if level not in (MATRIX, POWER, ATOM):
                    first = f"({first})"
                return f"{first} @ {self._at(right, POWER)}", MATRIX
            case Transpose(operand):
                return f"{self._at(operand, ATOM)}.T", ATOM
            case ColumnSums(operand) | RowSums(operand):
                return self._total(node, operand), ATOM
            case RowMaxima(operand):
                return f"np.max({self.expression(operand)}, axis=1, keepdims=True)", ATOM
            case Spread(operand, to):
                return self._spread(operand, to)
            case Correlation(image, kernel):
                windows = f"{_WINDOWS}({self.expression(image)}, {self._at(kernel, ATOM)}.shape)"
                return f'np.einsum("ijrs,rs->ij", {windows}, {self.expression(kernel)})', ATOM
            case Convolution(image, kernel):
                return self._convolution(image, kernel), ATOM
            case Entrywise(body, names, operands):
                texts = {name: self._at(o, ATOM) for name, o in zip(names, operands, strict=True)}
                return body_text(body, texts)
        raise UnsupportedExpression(f"no NumPy for {type(node).__name__}")

    def _size(self, dim: Dim) -> str:
        if dim in self._dims:
            return self._dims[dim]
        if not dim.terms:
            return str(dim.constant)
        parts: list[str] = []
        for letter, count in sorted(dim.terms, key=lambda term: term[1] < 0):
            single = Dim(((letter, 1),))
            if single not in self._dims:
                raise UnsupportedExpression(f"the size {letter} is not that of an input")
            sign = "-" if count < 0 else "+"
            times = f"{abs(count)} * " if abs(count) != 1 else ""
            parts.append(f"{sign} {times}{self._dims[single]}")
        constant = f" {'-' if dim.constant < 0 else '+'} {abs(dim.constant)}" if dim.constant else ""
        return " ".join(parts).removeprefix("+ ") + constant

    def _sum(self, terms: tuple[Matrix, ...]) -> str:
        written = ""
        for term in terms:
            text, level = self._text(term)
            if isinstance(term, Sum):
                text = f"({text})"
            if not written:
                written = text
            elif text.startswith("-") and level == SUM:
                written += f" - {text[1:]}"
            else:
                written += f" + {text}"
        return written

    def _product(self, factors: tuple[Matrix, ...]) -> tuple[str, int]:
        first, *rest = factors
        if isinstance(first, Number) and first.value < 0 and rest:
            text, level = self._product(tuple(rest) if first.value == -1 else (Number(-first.value), *rest))
            return f"-{text if level >= PRODUCT else f'({text})'}", SUM
        if not rest:
            return self._text(first)
        texts = [self._at(first, PRODUCT)]
        for factor in rest:
            quotient = isinstance(factor, Quotient | Number)
            texts.append(self._at(factor, POWER if quotient else PRODUCT))
        return " * ".join(texts), PRODUCT

    def _power(self, base: Matrix, exponent: Fraction) -> tuple[str, int]:
        if exponent < 0:
            return f"1 / {self._at(Power(base, -exponent), POWER)}", PRODUCT
        if exponent == 1:
            return self._text(base)
        if exponent == Fraction(1, 2):
            return f"np.sqrt({self.expression(base)})", ATOM
        shown = str(exponent) if exponent.denominator == 1 else f"({exponent})"
        return f"{self._at(base, ATOM)}**{shown}", POWER

    def _total(self, node: Matrix, operand: Matrix) -> str:
        if node.shape == SCALAR:
            inner = operand.operand if isinstance(operand, ColumnSums | RowSums) else operand
            return f"np.sum({self.expression(inner)})"
        axis = 0 if isinstance(node, ColumnSums) else 1
        return f"np.sum({self.expression(operand)}, axis={axis}, keepdims=True)"

    def _spread(self, operand: Matrix, to: Shape) -> tuple[str, int]:
        shape = self._shapes.get(to) or f"({', '.join('1' if d == ONE else self._size(d) for d in to)})"
        if operand == Number(Fraction(0)):
            return f"np.zeros({shape})", ATOM
        ones = f"np.ones({shape})"
        if operand == Number(Fraction(1)):
            return ones, ATOM
        if operand == Number(Fraction(-1)):
            return f"-{ones}", SUM
        text, level = self._text(operand)
        return f"{text if level >= PRODUCT else f'({text})'} * {ones}", PRODUCT

    def _convolution(self, image: Matrix, kernel: Matrix) -> str:
        padded, inner = self.expression(image), self._at(kernel, ATOM)
        margins = ", ".join(f"({inner}.shape[{axis}] - 1,) * 2" for axis in (0, 1))
        padded = f"np.pad({padded}, ({margins}))"
        return f'np.einsum("ijrs,rs->ij", {_WINDOWS}({padded}, {inner}.shape), {inner}[::-1, ::-1])'
