"""Matrix expressions with shapes, and the rules that send a gradient back through them.

A gradient has the shape of its variable: ∂L/∂A holds ∂L/∂Aᵢⱼ in row i, column j. A rule takes a node
T = f(A, …) and G = ∂L/∂T, and returns what A receives. The first line of its docstring is its formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
    number,
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
            raise _misfit("product", self.left, self.right)

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
            raise _misfit(type(self).__name__, self.left, self.right)

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


def _misfit(what: str, left: MatrixExpr, right: MatrixExpr) -> ExpressionError:
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


# ---- rules ------------------------------------------------------------------------------------

Rule = Callable[[MatrixExpr, MatrixExpr], MatrixExpr]
"""(node, gradient received) → gradient of the operand the rule speaks of."""

RULES: dict[str, Rule] = {}


def rule(name: str) -> Callable[[Rule], Rule]:
    """Puts a rule in the table under `name`; a name is used once."""

    def put(function: Rule) -> Rule:
        if name in RULES:
            raise ValueError(f"two matrix rules are named {name}")
        RULES[name] = function
        return function

    return put


@rule("product_left")
def product_left(node: MatrixExpr, received: MatrixExpr) -> MatrixExpr:
    """T = A B  ⟹  ∂L/∂A = ∂L/∂T · Bᵀ"""
    assert isinstance(node, MatrixProduct)
    return MatrixProduct(received, transpose(node.right))


@rule("product_right")
def product_right(node: MatrixExpr, received: MatrixExpr) -> MatrixExpr:
    """T = A B  ⟹  ∂L/∂B = Aᵀ · ∂L/∂T"""
    assert isinstance(node, MatrixProduct)
    return MatrixProduct(transpose(node.left), received)


@rule("sum")
def sum_(node: MatrixExpr, received: MatrixExpr) -> MatrixExpr:
    """T = A + B  ⟹  ∂L/∂A = ∂L/∂T, ∂L/∂B = ∂L/∂T"""
    return received


@rule("difference_right")
def difference_right(node: MatrixExpr, received: MatrixExpr) -> MatrixExpr:
    """T = A − B  ⟹  ∂L/∂B = −∂L/∂T"""
    return Scale(Fraction(-1), received)


@rule("scale")
def scale(node: MatrixExpr, received: MatrixExpr) -> MatrixExpr:
    """T = c A  ⟹  ∂L/∂A = c ∂L/∂T"""
    assert isinstance(node, Scale)
    return Scale(node.factor, received)


@rule("transpose")
def transpose_rule(node: MatrixExpr, received: MatrixExpr) -> MatrixExpr:
    """T = Aᵀ  ⟹  ∂L/∂A = (∂L/∂T)ᵀ"""
    return transpose(received)


@rule("hadamard_left")
def hadamard_left(node: MatrixExpr, received: MatrixExpr) -> MatrixExpr:
    """T = A ⊙ B  ⟹  ∂L/∂A = ∂L/∂T ⊙ B"""
    assert isinstance(node, Hadamard)
    return Hadamard(received, node.right)


@rule("hadamard_right")
def hadamard_right(node: MatrixExpr, received: MatrixExpr) -> MatrixExpr:
    """T = A ⊙ B  ⟹  ∂L/∂B = ∂L/∂T ⊙ A"""
    assert isinstance(node, Hadamard)
    return Hadamard(received, node.left)


@rule("elementwise")
def elementwise(node: MatrixExpr, received: MatrixExpr) -> MatrixExpr:
    """T = φ(A)  ⟹  ∂L/∂A = ∂L/∂T ⊙ φ′(A)"""
    assert isinstance(node, Elementwise)
    return Hadamard(received, Elementwise(node.function.prime(), node.operand))


@rule("softmax")
def softmax(node: MatrixExpr, received: MatrixExpr) -> MatrixExpr:
    """t = softmax(a)  ⟹  ∂L/∂a = t ⊙ (∂L/∂t − 1 tᵀ ∂L/∂t), column by column"""
    assert isinstance(node, Softmax)
    rows, columns = node.shape
    if columns == 1:
        means: MatrixExpr = MatrixProduct(transpose(node.value), received)
    else:
        means = MatrixProduct(transpose(Ones(rows)), Hadamard(node.value, received))
    return Hadamard(node.value, Difference(received, MatrixProduct(Ones(rows), means)))


@rule("log_softmax")
def log_softmax(node: MatrixExpr, received: MatrixExpr) -> MatrixExpr:
    """t = ln softmax(a)  ⟹  ∂L/∂a = ∂L/∂t − softmax(a) 1ᵀ ∂L/∂t, for a column"""
    assert isinstance(node, LogSoftmax)
    sums = MatrixProduct(transpose(Ones(node.shape[0])), received)
    return Difference(received, MatrixProduct(Softmax(node.operand, node.value), sums))


# ---- a loss and the activation before it, in one rule -------------------------------------------


def sigmoid_bce(output: MatrixExpr, target: MatrixExpr) -> MatrixExpr:
    """L = −(1/n) Σ [y ln ŷ + (1 − y) ln(1 − ŷ)], ŷ = σ(z)  ⟹  ∂L/∂z = (1/n)(ŷ − y)"""
    gap = Difference(output, target)
    return gap if output.shape[0] == 1 else Scale(Fraction(1, output.shape[0]), gap)


def softmax_cross_entropy(output: MatrixExpr, target: MatrixExpr) -> MatrixExpr:
    """L = −yᵀ ln ŷ, ŷ = softmax(z)  ⟹  ∂L/∂z = ŷ (1ᵀ y) − y"""
    whole = MatrixProduct(transpose(Ones(target.shape[0])), target)
    return Difference(MatrixProduct(output, whole), target)


FUSED: dict[tuple[str, str], Callable[[MatrixExpr, MatrixExpr], MatrixExpr]] = {
    ("sigmoid", "bce"): sigmoid_bce,
    ("softmax", "cross_entropy"): softmax_cross_entropy,
}
"""(last activation, loss) → ∂L/∂z from ŷ and y."""


def transpose(expr: MatrixExpr) -> MatrixExpr:
    """Aᵀ, and A for (Aᵀ)ᵀ."""
    return expr.operand if isinstance(expr, Transpose) else Transpose(expr)


# ---- reverse mode -----------------------------------------------------------------------------


@dataclass(frozen=True)
class MatrixEquation:
    """target = expression, of one shape."""

    target: MatrixSymbol
    expression: MatrixExpr

    def __post_init__(self) -> None:
        if self.target.shape != self.expression.shape:
            raise _misfit("definition", self.target, self.expression)


@dataclass(frozen=True)
class MatrixAdjoint:
    """∂L/∂node: its name, the expression that gives it (with names), the rules used and the equation gone through."""

    node: MatrixSymbol
    symbol: MatrixSymbol
    expression: MatrixExpr
    rules: tuple[str, ...]


def pull_back(
    expr: MatrixExpr, received: MatrixExpr, rules: Mapping[str, Rule] | None = None
) -> tuple[tuple[MatrixSymbol, MatrixExpr, tuple[str, ...]], ...]:
    """What each named matrix in `expr` receives, and by which rules; ones receive nothing.

    Raises ExpressionError where a rule gives a gradient that has not the shape of its variable.
    """
    table = RULES if rules is None else rules
    found: list[tuple[MatrixSymbol, MatrixExpr, tuple[str, ...]]] = []

    def visit(node: MatrixExpr, gradient: MatrixExpr, used: tuple[str, ...]) -> None:
        if gradient.shape != node.shape:
            raise _misfit("gradient", node, gradient)
        if isinstance(node, MatrixSymbol):
            found.append((node, gradient, used))
            return
        for name, operand in _operands(node):
            visit(operand, table[name](node, gradient), (*used, name) if name != "sum" else used)

    visit(expr, received, ())
    return tuple(found)


def _operands(node: MatrixExpr) -> tuple[tuple[str, MatrixExpr], ...]:
    match node:
        case MatrixProduct(left, right):
            return ("product_left", left), ("product_right", right)
        case MatrixSum(left, right):
            return ("sum", left), ("sum", right)
        case Difference(left, right):
            return ("sum", left), ("difference_right", right)
        case Hadamard(left, right):
            return ("hadamard_left", left), ("hadamard_right", right)
        case Scale(_, operand):
            return (("scale", operand),)
        case Transpose(operand):
            return (("transpose", operand),)
        case Elementwise(_, operand):
            return (("elementwise", operand),)
        case LogSoftmax(operand, _):
            return (("log_softmax", operand),)
        case Softmax(operand, _):
            return (("softmax", operand),)
        case _:
            return ()


def reverse_matrices(
    equations: Iterable[MatrixEquation],
    output: MatrixSymbol,
    gradient: MatrixExpr,
    name: Callable[[MatrixSymbol], MatrixSymbol],
    rules: Mapping[str, Rule] | None = None,
) -> tuple[MatrixAdjoint, ...]:
    """∂L/∂node for every named matrix, from `output` (whose gradient is given) back, each written with names.

    `name` gives the symbol of ∂L/∂node. A node that is used several times receives the sum.
    """
    received: dict[str, list[tuple[MatrixExpr, tuple[str, ...]]]] = {output.name: [(gradient, ())]}
    nodes: dict[str, MatrixSymbol] = {output.name: output}
    order: list[str] = [output.name]
    found: dict[str, MatrixAdjoint] = {}

    def close(key: str) -> MatrixAdjoint:
        parts = received[key]
        total = parts[0][0]
        for part, _ in parts[1:]:
            total = MatrixSum(total, part)
        used = tuple(dict.fromkeys(r for _, names in parts for r in names))
        return MatrixAdjoint(nodes[key], name(nodes[key]), total, used)

    for equation in reversed(tuple(equations)):
        key = equation.target.name
        if key not in received:
            continue
        found[key] = close(key)
        for node, part, used in pull_back(equation.expression, found[key].symbol, rules):
            if node.name not in received:
                order.append(node.name)
                nodes[node.name] = node
            received.setdefault(node.name, []).append((part, used))
    for key in order:
        if key not in found:
            found[key] = close(key)
    return tuple(found[key] for key in order)


__all__ = [
    "FUSED", "RULES", "Difference", "Elementwise", "Hadamard", "MatrixAdjoint", "MatrixEquation", "MatrixExpr",
    "LogSoftmax", "MatrixProduct", "MatrixSum", "MatrixSymbol", "Ones", "ScalarMap", "Scale", "Shape", "Size", "Softmax",
    "Transpose", "entries", "entry", "number", "pull_back", "reverse_matrices", "shape_latex", "transpose",
]  # fmt: skip
