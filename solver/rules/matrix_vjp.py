"""The rules that send a gradient back through matrix expressions, and reverse mode with them.

A gradient has the shape of its variable: ∂L/∂A holds ∂L/∂Aᵢⱼ in row i, column j. A rule takes a node
T = f(A, …) and G = ∂L/∂T, and returns what A receives. The first line of its docstring is its formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from solver.rules.matrix import (
    Difference,
    Elementwise,
    Hadamard,
    LogSoftmax,
    MatrixExpr,
    MatrixProduct,
    MatrixSum,
    MatrixSymbol,
    Ones,
    Scale,
    Softmax,
    Transpose,
    misfit,
)

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
    """t = ln softmax(a)  ⟹  ∂L/∂a = ∂L/∂t − softmax(a) ⊙ (1 1ᵀ ∂L/∂t), column by column"""
    assert isinstance(node, LogSoftmax)
    sums = MatrixProduct(transpose(Ones(node.shape[0])), received)
    shares = Softmax(node.operand, node.value)
    if node.shape[1] == 1:
        return Difference(received, MatrixProduct(shares, sums))
    return Difference(received, Hadamard(shares, MatrixProduct(Ones(node.shape[0]), sums)))


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
            raise misfit("definition", self.target, self.expression)


@dataclass(frozen=True)
class MatrixAdjoint:
    """∂L/∂node: its name, the expression that gives it (with names), the rules used and the equation gone
    through.
    """

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
            raise misfit("gradient", node, gradient)
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
