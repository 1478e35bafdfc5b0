"""Matrix expressions with shapes: symbols, products, transposes, ⊙, functions; their LaTeX and their
entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from solver.errors import ExpressionError
from solver.expression.tree import (
    ONE,
    Apply,
    Expr,
    Negative,
    Number,
    Product,
    Quotient,
    Sum,
    Symbol,
    substitute,
)


class Size(int):
    """A number of rows or columns that prints as a letter: `Size(3, "N")` is 3 examples, shown N."""

    latex: str

    def __new__(cls, value: int, latex: str) -> Size:
        made = super().__new__(cls, value)
        made.latex = latex
        return made


Shape = tuple[int, int]


def shape_latex(shape: Shape) -> str:
    r"""`3 \times 2`, or `3 \times N` where the size has a letter."""
    return r" \times ".join(size.latex if isinstance(size, Size) else str(size) for size in shape)


@dataclass(frozen=True)
class MatrixExpr:
    """A matrix, a column (n × 1) or a number (1 × 1)."""

    @property
    def shape(self) -> Shape:
        raise NotImplementedError

    def latex(self) -> str:
        """Its canonical LaTeX."""
        return _latex(self, 0)


@dataclass(frozen=True)
class MatrixSymbol(MatrixExpr):
    """A named matrix: `entries[i][j]` is the expression of its entry (a symbol, most often)."""

    name: str
    entries: tuple[tuple[Expr, ...], ...]
    text: str
    sizes: Shape | None = None

    @property
    def shape(self) -> Shape:
        return self.sizes or (len(self.entries), len(self.entries[0]))


@dataclass(frozen=True)
class Ones(MatrixExpr):
    """The column of `rows` ones."""

    rows: int

    @property
    def shape(self) -> Shape:
        return self.rows, 1


@dataclass(frozen=True)
class MatrixProduct(MatrixExpr):
    """A B, the columns of A as many as the rows of B."""

    left: MatrixExpr
    right: MatrixExpr

    def __post_init__(self) -> None:
        if self.left.shape[1] != self.right.shape[0]:
            raise misfit("product", self.left, self.right)

    @property
    def shape(self) -> Shape:
        return self.left.shape[0], self.right.shape[1]


@dataclass(frozen=True)
class _Pair(MatrixExpr):
    """Two matrices of one shape, entry by entry."""

    left: MatrixExpr
    right: MatrixExpr

    def __post_init__(self) -> None:
        if self.left.shape != self.right.shape:
            raise misfit(type(self).__name__, self.left, self.right)

    @property
    def shape(self) -> Shape:
        return self.left.shape


@dataclass(frozen=True)
class Hadamard(_Pair):
    """A ⊙ B, entry by entry."""


@dataclass(frozen=True)
class MatrixSum(_Pair):
    """A + B."""


@dataclass(frozen=True)
class Difference(_Pair):
    """A − B."""


@dataclass(frozen=True)
class Transpose(MatrixExpr):
    """Aᵀ."""

    operand: MatrixExpr

    @property
    def shape(self) -> Shape:
        rows, columns = self.operand.shape
        return columns, rows


@dataclass(frozen=True)
class Scale(MatrixExpr):
    """c A, c an exact number."""

    factor: Fraction
    operand: MatrixExpr

    @property
    def shape(self) -> Shape:
        return self.operand.shape


@dataclass(frozen=True)
class ScalarMap:
    r"""A function of one number: how it prints (`\sigma`), its body in `variable`, and its derivative's body.

    `derivative` is None where the map is itself a derivative.
    """

    text: str
    variable: Symbol
    body: Expr
    derivative: Expr | None = None

    def at(self, value: Expr) -> Expr:
        """The body with `value` for its variable."""
        return substitute(self.body, {self.variable.name: value})

    def prime(self) -> ScalarMap:
        """The derivative as a map, printed with a prime."""
        if self.derivative is None:
            raise ExpressionError(f"the derivative of {self.text} is not known")
        return ScalarMap(self.text + "'", self.variable, self.derivative)


@dataclass(frozen=True)
class Elementwise(MatrixExpr):
    """φ(A): φ on each entry."""

    function: ScalarMap
    operand: MatrixExpr

    @property
    def shape(self) -> Shape:
        return self.operand.shape


@dataclass(frozen=True)
class Softmax(MatrixExpr):
    """softmax(A) of a column: each exponential over the sum of all; `value` names the result."""

    operand: MatrixExpr
    value: MatrixSymbol

    @property
    def shape(self) -> Shape:
        return self.operand.shape


@dataclass(frozen=True)
class LogSoftmax(Softmax):
    """ln softmax(A) of a column."""


def misfit(what: str, left: MatrixExpr, right: MatrixExpr) -> ExpressionError:
    return ExpressionError(
        f"the shapes do not fit in the {what.lower()} of {left.latex()} ({shape_latex(left.shape)}) "
        f"and {right.latex()} ({shape_latex(right.shape)})"
    )


# ---- LaTeX ------------------------------------------------------------------------------------

_SUM, _HADAMARD, _PRODUCT, _ATOM = 1, 2, 3, 4


def _latex(expr: MatrixExpr, level: int) -> str:
    match expr:
        case MatrixSymbol():
            return expr.text
        case Ones():
            return r"\mathbf{1}"
        case MatrixSum(left, right):
            own, text = _SUM, f"{_latex(left, _SUM)} + {_latex(right, _SUM)}"
        case Difference(left, right):
            own, text = _SUM, f"{_latex(left, _SUM)} - {_latex(right, _HADAMARD)}"
        case Hadamard(left, right) if expr.shape == (1, 1):
            own, text = _PRODUCT, rf"{_latex(left, _PRODUCT)} \, {_latex(right, _PRODUCT)}"
        case Hadamard(left, right):
            mixed = isinstance(left, MatrixProduct), isinstance(right, MatrixProduct)
            texts = [
                rf"\left({_latex(side, 0)}\right)" if product else _latex(side, _HADAMARD)
                for side, product in zip((left, right), mixed, strict=True)
            ]
            own, text = _HADAMARD, rf"{texts[0]} \odot {texts[1]}"
        case MatrixProduct(left, right):
            own, text = _PRODUCT, rf"{_latex(left, _PRODUCT)} \, {_latex(right, _PRODUCT)}"
        case Scale(factor, operand):
            from solver.expression.latex import latex

            sign = "-" if factor < 0 else ""
            size = "" if abs(factor) == 1 else latex(abs(factor)) + " "
            own, text = (_SUM if sign else _PRODUCT), f"{sign}{size}{_latex(operand, _PRODUCT)}"
        case Transpose(operand):
            return _transposed(_latex(operand, _ATOM))
        case Elementwise(function, operand):
            return function.text + _bracketed(operand)
        case LogSoftmax(operand, _):
            return r"\ln \operatorname{softmax}" + _bracketed(operand)
        case Softmax(operand, _):
            return r"\operatorname{softmax}" + _bracketed(operand)
        case _:
            raise TypeError(f"no LaTeX for {type(expr).__name__}")
    return rf"\left({text}\right)" if own < level else text


def _bracketed(operand: MatrixExpr) -> str:
    """The argument of a function; tall brackets only where it is more than a name."""
    text = _latex(operand, 0)
    return f"({text})" if isinstance(operand, MatrixSymbol) else rf"\left({text}\right)"


def _transposed(text: str) -> str:
    r"""`W^{(2)\top}`, `\mathbf{x}^{\top}`, `\left(…\right)^{\top}`, a fraction in parentheses."""
    if text.startswith(r"\frac"):
        return rf"\left({text}\right)^{{\top}}"
    if text.endswith(")}"):
        return text[:-1] + r"\top}"
    return text + r"^{\top}"


# ---- entries ----------------------------------------------------------------------------------


def entry(expr: MatrixExpr, i: int, j: int) -> Expr:
    """The entry in row i, column j (from 0), worked out to names; nothing else is simplified."""
    match expr:
        case MatrixSymbol(_, entries):
            return entries[i][j]
        case Ones():
            return ONE
        case MatrixSum(left, right):
            return Sum((entry(left, i, j), entry(right, i, j)))
        case Difference(left, right):
            return Sum((entry(left, i, j), Negative(entry(right, i, j))))
        case Hadamard(left, right):
            return _times(entry(left, i, j), entry(right, i, j))
        case MatrixProduct(left, right):
            terms = tuple(_times(entry(left, i, k), entry(right, k, j)) for k in range(left.shape[1]))
            return terms[0] if len(terms) == 1 else Sum(terms)
        case Scale(factor, operand):
            inner = _times(Number(abs(factor)), entry(operand, i, j))
            return Negative(inner) if factor < 0 else inner
        case Transpose(operand):
            return entry(operand, j, i)
        case Elementwise(function, operand):
            return function.at(entry(operand, i, j))
        case Softmax(operand, _):
            powers = tuple(Apply("exp", (entry(operand, k, j),)) for k in range(operand.shape[0]))
            whole = powers[0] if len(powers) == 1 else Sum(powers)
            if isinstance(expr, LogSoftmax):
                return Sum((entry(operand, i, j), Negative(Apply("ln", (whole,)))))
            return Quotient(powers[i], whole)
        case _:
            raise TypeError(f"no entries for {type(expr).__name__}")


def _times(left: Expr, right: Expr) -> Expr:
    if left == ONE:
        return right
    return left if right == ONE else Product((left, right))


def entries(expr: MatrixExpr) -> tuple[tuple[Expr, ...], ...]:
    """All entries, row by row."""
    rows, columns = expr.shape
    return tuple(tuple(entry(expr, i, j) for j in range(columns)) for i in range(rows))
