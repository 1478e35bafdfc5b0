"""Every rule that sends a gradient back, made wrong in each way that is likely: the check must refuse all."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction

import pytest
from flint import ctx, fmpq

from solver.errors import CheckFailed, ExpressionError
from solver.layer.catalogue import named_layer
from solver.layer.check import checked, small_sizes
from solver.layer.derive import backward, derived
from solver.layer.forward_mode import agree, chained, worked
from solver.layer.model import Backward
from solver.layer.normal import Normaliser, Poly, scaled
from solver.layer.notation import read_layer
from solver.layer.reverse import gradient_name
from solver.layer.shapes import SCALAR
from solver.layer.tidy import Tidier
from solver.layer.tree import (
    ColumnSums,
    Convolution,
    Correlation,
    Entrywise,
    Matrix,
    MatrixProduct,
    Number,
    Power,
    Product,
    Quotient,
    RowSums,
    Spread,
    Transpose,
    operands,
    rebuild,
)
from solver.layer.values import Numbers
from solver.layer.vjp import RULES

LAYERS = {
    "sum": "X: N x D\nB: N x D\nY = X + B",
    "entrywise_product": "X: N x D\nB: N x D\nY = X * B",
    "numerator": "X: N x D\nB: N x D\nY = X / B",
    "denominator": "X: N x D\nB: N x D\nY = X / B",
    "power": "X: N x D\nY = X^3",
    "function": "X: N x D\nY = sigmoid(X)",
    "left_factor": "X: N x D\nB: D x D\nY = X B",
    "right_factor": "X: N x N\nB: N x D\nY = X B",
    "transpose": "X: N x N\nB: N x N given\nY = X^T * B",
    "column_sums": "X: N x D\nY = 1^T X",
    "row_sums": "X: N x D\nY = X 1",
    "row_maxima": "X: N x D\nY = rowmax(X)",
    "correlation_image": "X: H x L\nB: R x S\nY = correlate(X, B)",
    "correlation_kernel": "X: H x L\nB: R x S\nY = correlate(X, B)",
    "repeated_row": "X: N x D\nb: 1 x D\nY = X + 1 b",
    "repeated_column": "X: N x D\nc: N x 1\nY = X + c 1^T",
    "repeated_number": "X: N x D\na: scalar\nY = a * X",
}


def negated(node: Matrix) -> Matrix:
    return Product((Number(Fraction(-1)), node))


def doubled(node: Matrix) -> Matrix:
    return Product((Number(Fraction(2)), node))


def transposed(node: Matrix) -> Matrix:
    return node if node.shape == SCALAR else Transpose(node)


def nothing(node: Matrix) -> Matrix:
    return Spread(Number(Fraction(0)), node.shape)


def each(kind: type[Matrix], change: Callable[[Matrix], Matrix]) -> Callable[[Matrix], Matrix]:
    """The same with every node of a kind changed."""

    def visit(node: Matrix) -> Matrix:
        inner = rebuild(node, visit)
        return change(inner) if isinstance(inner, kind) else inner

    return visit


def lost(node: Matrix) -> Matrix:
    return operands(node)[0]


def other(node: Matrix) -> Matrix:
    return operands(node)[-1]


def turned(node: Matrix) -> Matrix:
    left, right = operands(node)
    return type(node)(right, left)


MUTANTS: dict[str, Callable[[Matrix], Matrix]] = {
    "sign": negated,
    "factor 2": doubled,
    "transpose": transposed,
    "no gradient": nothing,
    "lost ⊙": each(Product, lambda n: Product(n.factors[:-1]) if len(n.factors) > 1 else n),
    "other factor of ⊙": each(Product, lambda n: Product(n.factors[1:]) if len(n.factors) > 1 else n),
    "lost denominator": each(Quotient, lost),
    "missing power": each(Power, lost),
    "one power more": each(Power, lambda n: Power(n.base, n.exponent + 1)),
    "missing transpose": each(Transpose, lost),
    "swapped factors": each(MatrixProduct, turned),
    "lost matrix": each(MatrixProduct, lost),
    "missing sum over rows": each(ColumnSums, lost),
    "missing sum over columns": each(RowSums, lost),
    "sum over the wrong axis": each(ColumnSums, lambda n: RowSums(lost(n))),
    "sum over the other axis": each(RowSums, lambda n: ColumnSums(lost(n))),
    "not repeated": each(Spread, lambda n: nothing(n)),
    "function for slope": each(Entrywise, lost),
    "valid for full": each(Convolution, lambda n: Correlation(*operands(n))),
    "kernel of a correlation turned": each(Correlation, turned),
    "full for valid": each(Correlation, lambda n: Convolution(*operands(n))),
}


def verdict(text: str, rules: dict) -> bool:
    """Whether the layer is derived and its check agrees."""
    layer = read_layer(text, "mutant")
    try:
        adjoints = derived(layer, Tidier(layer.equations), rules)
        return checked(Backward(layer, adjoints, (), ())).verified
    except (CheckFailed, ExpressionError, IndexError):
        return False


def test_every_rule_has_a_layer_and_a_formula() -> None:
    assert set(LAYERS) == set(RULES)
    for rule in RULES.values():
        assert "⟹" in (rule.__doc__ or "").splitlines()[0]


@pytest.mark.parametrize("name", RULES)
def test_mutants_of_every_rule_are_caught(name: str) -> None:
    text, rule = LAYERS[name], RULES[name]
    used: list[bool] = []
    survivors, alive = [], 0

    def original(node: Matrix, received: Matrix, place: int) -> Matrix:
        used.append(True)
        return rule(node, received, place)

    assert verdict(text, {**RULES, name: original})
    assert used, f"the layer of {name} does not use it"
    for label, change in MUTANTS.items():
        changed: list[bool] = []

        def mutant(node, received, place, change=change, changed=changed):
            right = rule(node, received, place)
            wrong = change(right)
            changed.append(wrong != right)
            return wrong

        if verdict(text, {**RULES, name: mutant}) and any(changed):
            survivors.append(label)
        alive += any(changed)
    assert alive >= 4
    assert survivors == []


def test_a_wrong_tidy_form_is_caught() -> None:
    found = backward(read_layer("X: N x D\nY = tanh(X)", "tanh"))
    from dataclasses import replace

    wrong = tuple(replace(a, tidy=negated(a.tidy)) if a.node.name == "X" else a for a in found.adjoints)
    with pytest.raises(CheckFailed, match="row 1, column 1"):
        checked(replace(found, adjoints=wrong))


@pytest.mark.parametrize("name", ["mlp", "attention", "batch_norm", "loss:cross_entropy_logits"])
def test_long_layers_are_checked_by_the_chain_of_their_equations(name: str) -> None:
    """The quick road of long layers finds what running the whole for every entry finds."""
    layer = named_layer(name)
    nodes = [adjoint.node for adjoint in backward(layer).adjoints]
    sizes = small_sizes(layer)[0]
    source = random.Random(1)
    grids = {
        n.name: [
            [fmpq(source.randrange(-20, 20), 7) for _ in range(n.of[1].value(sizes))]
            for _ in range(n.of[0].value(sizes))
        ]
        for n in (*layer.inputs, *(gradient_name(o) for o in layer.outputs if o.of != SCALAR))
    }
    before, ctx.prec = ctx.prec, 192
    try:
        whole, quick = (road(layer, nodes, Numbers(grids, sizes)).received for road in (worked, chained))
        assert all(
            agree(a, b) for n in whole for r, s in zip(whole[n], quick[n], strict=True)
            for a, b in zip(r, s, strict=True)
        )  # fmt: skip
    finally:
        ctx.prec = before


@pytest.mark.parametrize("fault", ["reduced", "_matrix_product", "_turned", "known"])
def test_faults_of_the_tidying_are_caught(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The algebra that brings a gradient to its tidy form is checked too, not trusted."""
    right = getattr(Normaliser, fault)

    def wrong(self: Normaliser, *arguments: object) -> Poly:
        return scaled(right(self, *arguments), Fraction(2))

    monkeypatch.setattr(Normaliser, fault, wrong)
    caught = 0
    for name in ("linear", "batch_norm", "attention"):
        try:
            backward(named_layer(name))
        except CheckFailed:
            caught += 1
    assert caught
