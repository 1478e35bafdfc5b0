"""`linear-collapse`: what is left of a network when hidden activations are removed."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from typing import ClassVar

from solver.derivation.equality import Equality, Means
from solver.errors import SheetError
from solver.expression.atoms import number_latex
from solver.expression.latex import latex
from solver.expression.tree import Expr, Number, Product, Sum
from solver.network.activations import Activation
from solver.network.backward import Analysis, analyse
from solver.network.example import example_of
from solver.network.numbers import shown_rows
from solver.network.record import Record, record_of
from solver.network.symbols import Names
from solver.questions.affine_maps import effective, formulas_hold, layers_in_turn
from solver.questions.backward import listed
from solver.questions.base import Facts, Question, Scope
from solver.questions.collapsed import can_xor, regression
from solver.questions.converse import Converse, converse_of, entry_name
from solver.questions.forward import given_numbers, in_rows, without_numbers
from solver.questions.options import NetworkOption
from solver.rules.matrix import MatrixExpr, MatrixProduct, MatrixSum, entries, shape_latex

WRITTEN_OUT = 8

FEW_PATHS = 2000
"""Up to this many paths from input to output, the formulas themselves are evaluated."""


@dataclass(frozen=True)
class Numbers:
    """The affine map on the numbers of the example: its weights and bias (LaTeX), the rows of given values
    (none where an earlier answer lists them), z both ways, and the two outputs, each after its sign.
    """

    weights: str
    bias: str
    given: tuple[tuple[tuple[str, str], ...], ...]
    first_of: int
    direct: tuple[str, ...]
    output: str
    linear_output: str
    true_output: str
    differs: bool


@dataclass(frozen=True)
class CollapseFacts(Facts):
    """Layers `first` to `last` become one affine map z = W̃ u + b̃ of what layer `first` reads.

    `rows` are the effective coefficients by name (empty where there are too many); `before` and `after`
    count the
    parameters of these layers; `rank` is the greatest rank that W̃ can have where a narrow layer limits it,
    else None. `reaches_all` says whether b̃ is free (the last layer has a bias, or none has); `converse` is
    then a choice
    of weights that gives any W̃ and b̃. `model` names the whole network (linear, logistic or other) and
    `usual_loss` says
    whether the loss is the one of that regression.
    """

    record: Record
    first: int
    last: int
    is_whole: bool
    already: bool
    removed: tuple[str, ...]
    source: str
    target: str
    target_letter: str
    weights: str
    bias: str | None
    weights_shape: str
    bias_shape: str
    lines: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]
    before: int
    after: int
    hidden: int
    rank: int | None
    sizes: tuple[int, int]
    output: Activation
    output_text: str
    numbers: Numbers | None
    can_xor: bool
    reaches_all: bool
    converse: Converse | None
    model: str
    usual_loss: bool

    @property
    def bias_name(self) -> str:
        """b̃, bold where it has several components."""
        return r"\tilde{\mathbf{b}}" if self.sizes[1] > 1 else r"\tilde{b}"

    def public(self) -> Mapping[str, object]:
        return {"before": self.before, "after": self.after}


class LinearCollapse(Question):
    """What is left without the activation."""

    kind: ClassVar[str] = "linear-collapse"
    network: NetworkOption
    """The network, by the name of its block."""
    layer: str | None = None
    """The number of the only hidden layer to lose its activation; by default all lose theirs."""

    def solve(self, scope: Scope) -> CollapseFacts:
        """The affine map that remains; SheetError for a network without hidden layer or an unknown one."""
        full = record_of(self.network)
        record = without_numbers(full)
        if record.depth == 1:
            raise SheetError("this network has no hidden layer, so no hidden activation to remove")
        first, last = self._range(record)
        names = Names(record)
        weights, bias, lines = _composed(record, names, first, last)
        checks = [_check(record, first, last)]
        before = sum(
            n * m + (n if b else 0)
            for m, n, b in list(zip(record.layers, record.layers[1:], record.biased, strict=False))[
                first - 1 : last
            ]
        )
        inner, outer = record.layers[first - 1], record.layers[last]
        biased = any(record.biased[first - 1 : last])
        after = outer * inner + (outer if biased else 0)
        narrow = min(record.layers[first:last])
        whole = first == 1 and last == record.depth
        numbers = None
        if whole and full.has_numbers:
            numbers, more = _numbers(full, scope)
            checks += more
        rank = narrow if narrow < min(inner, outer) else None
        reaches_all = record.biased[last - 1] or not biased
        converse = None
        if rank is None and reaches_all:
            tilde = r"\tilde{\mathbf{b}}" if outer > 1 else r"\tilde{b}"
            converse, check = converse_of(record, first, last, tilde, effective)
            checks.append(check)
        rows = _rows(weights, bias) if last == first + 1 else ()
        return CollapseFacts(
            tuple(checks), record, first, last, whole,
            all(a.name == "identity" for a in record.activations[first - 1 : last - 1]),
            tuple(a.text for a in record.activations[first - 1 : last - 1]),
            names.vector("a", first - 1).latex(), names.vector("z", last).latex(), "z",
            weights.latex(), bias.latex() if bias is not None else None, shape_latex((outer, inner)),
            shape_latex((outer, 1)), lines, rows, before, after, last - first,
            rank, (inner, outer), record.activations[-1],
            record.activations[-1].text, numbers, can_xor(record), reaches_all, converse,
            *regression(record),
        )  # fmt: skip

    def _range(self, record: Record) -> tuple[int, int]:
        if self.layer is None or self.layer.strip() in ("hidden", "all"):
            return 1, record.depth
        word = self.layer.strip()
        if not word.isdigit() or not 1 <= int(word) < record.depth:
            message = f"a hidden layer is a number from 1 to {record.depth - 1}, found “{word}”"
            raise SheetError(message).about("layer")
        return int(word), int(word) + 1


def _composed(
    record: Record, names: Names, first: int, last: int
) -> tuple[MatrixExpr, MatrixExpr | None, tuple[str, ...]]:
    """W̃ and b̃ as matrix expressions, and z⁽last⁾ unfolded line by line."""
    source = names.vector("a", first - 1)
    weights: MatrixExpr = names.weight_matrix(first)
    bias: MatrixExpr | None = names.vector("b", first) if record.biased[first - 1] else None
    shifts: list[MatrixExpr] = [bias] if bias is not None else []
    lines = []
    for layer in range(first + 1, last + 1):
        upper = names.weight_matrix(layer)
        inner: MatrixExpr = MatrixProduct(weights, source)
        if bias is not None:
            inner = MatrixSum(inner, bias)
        step: MatrixExpr = MatrixProduct(upper, inner)
        own = names.vector("b", layer) if record.biased[layer - 1] else None
        if own is not None:
            step = MatrixSum(step, own)
        weights = MatrixProduct(upper, weights)
        shifts = [MatrixProduct(upper, term) for term in shifts]
        if own is not None:
            shifts.append(own)
        bias = reduce(MatrixSum, shifts) if shifts else None
        flat: MatrixExpr = MatrixProduct(weights, source)
        if bias is not None:
            flat = MatrixSum(flat, bias)
        target = names.vector("z", layer).latex()
        unfolded, shown_flat = step.latex(), flat.latex()
        lines.append(f"{target} &= {unfolded}" + (f" = {shown_flat}" if shown_flat != unfolded else ""))
    return weights, bias, tuple(lines)


def _rows(weights: MatrixExpr, bias: MatrixExpr | None) -> tuple[tuple[str, str], ...]:
    """Each effective coefficient with its expression in the weights of the network."""
    rows, columns = weights.shape
    if rows * columns > WRITTEN_OUT:
        return ()
    found = []
    for i, row in enumerate(entries(weights)):
        for j, expr in enumerate(row):
            found.append((entry_name(i, j, rows, columns), latex(expr)))
    if bias is not None:
        for i, row in enumerate(entries(bias)):
            index = f"_{{{i + 1}}}" if rows > 1 else ""
            found.append((rf"\tilde{{b}}{index}", latex(_flat(row[0]))))
    return tuple(found)


def _flat(expr: Expr) -> Expr:
    """A sum of sums as one sum."""
    if not isinstance(expr, Sum):
        return expr
    terms = [_flat(t) for t in expr.terms]
    return Sum(tuple(part for t in terms for part in (t.terms if isinstance(t, Sum) else (t,))))


# ---- checks and numbers -----------------------------------------------------------------------


def _check(record: Record, first: int, last: int) -> Equality:
    """Both ways on random exact numbers: layer by layer, and through W̃ and b̃."""
    chance = random.Random(3)

    def draw() -> Fraction:
        return Fraction(chance.randint(-9, 9), chance.randint(1, 7))

    holds = True
    sizes = record.layers[first - 1 : last + 1]
    if max(sizes) > 60:
        sizes = tuple(min(s, 20) for s in sizes)
    for _ in range(2):
        weights = [
            tuple(tuple(draw() for _ in range(m)) for _ in range(n)) for m, n in itertools.pairwise(sizes)
        ]
        biases = [
            tuple(draw() for _ in range(n)) if biased else None
            for n, biased in zip(sizes[1:], record.biased[first - 1 : last], strict=True)
        ]
        source = [draw() for _ in range(sizes[0])]
        total, shift = effective(weights, biases)
        holds = holds and layers_in_turn(weights, biases, source) == layers_in_turn([total], [shift], source)
    names = Names(record)
    composed, bias, lines = _composed(record, names, first, last)
    if math.prod(record.layers[first - 1 : last + 1]) <= FEW_PATHS:
        holds = holds and formulas_hold(record, first, last, composed, bias)
    right = f"{composed.latex()}" + (f" ; {bias.latex()}" if bias is not None else "")
    return Equality(lines[-1].partition("&=")[0].strip(), right, Means.VALUES, holds)


def _relation(found: tuple[str, str]) -> str:
    """`= 0.5` or `\\approx 0.5348`."""
    return " ".join(found)


def _numbers(full: Record, scope: Scope) -> tuple[Numbers, list[Equality]]:
    """W̃, b̃ and both outputs on the first example."""
    assert full.weights is not None
    assert full.biases is not None
    assert full.x is not None
    weights, bias = effective(full.weights, full.biases)
    source = full.x[0]
    through = layers_in_turn([weights], [bias], source)
    in_turn = layers_in_turn(full.weights, full.biases, source)
    names = Names(without_numbers(full))
    linear = replace(full, activations=(*(Activation("identity"),) * (full.depth - 1), full.activations[-1]))
    ours, true = example_of(linear), example_of(full)
    assert ours is not None
    assert true is not None
    outputs = [a.name for a in names.activations(full.depth)]
    linear_output = _relation(shown_rows([[ours.values[n]] for n in outputs]))
    true_output = _relation(shown_rows([[true.values[n]] for n in outputs]))
    direct = []
    for row, b, value, z in zip(weights, bias, through, names.pres(full.depth), strict=True):
        terms = [Product((Number(w, True), Number(v, True))) for w, v in zip(row, source, strict=True)]
        whole = (
            Sum((*terms, Number(b, True)))
            if any(full.biased)
            else (terms[0] if len(terms) == 1 else Sum(tuple(terms)))
        )
        direct.append(f"{latex(z)} = {latex(whole)} = {number_latex(value, True)}")
    checks = [
        Equality(r"\tilde{W} \mathbf{x} + \tilde{b}", str(value), Means.EXACT, value == other)
        for value, other in zip(through, in_turn, strict=True)
    ]
    given = [g for g in given_numbers(_analysis(full), true) if g[0] != names.target_vector.latex()]
    return (
        Numbers(
            _matrix([[number_latex(v, True) for v in row] for row in weights]),
            _matrix([[number_latex(v, True)] for v in bias]),
            () if listed(true, scope) else in_rows(tuple(given)), true.first_of, tuple(direct),
            names.vector("a", full.depth).latex(), linear_output, true_output, linear_output != true_output,
        ),
        checks,
    )  # fmt: skip


def _analysis(full: Record) -> Analysis:
    return analyse(without_numbers(full))


def _matrix(rows: Sequence[Sequence[str]]) -> str:
    if len(rows) == 1 and len(rows[0]) == 1:
        return rows[0][0]
    return r"\begin{pmatrix} " + r" \\ ".join(" & ".join(row) for row in rows) + r" \end{pmatrix}"
