"""`backward`: the chain rule through a layer, every factor named, in components and in matrix form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from solver.derivation.equality import Equality, Means
from solver.errors import SheetError, nearest
from solver.expression.latex import latex
from solver.expression.tree import Apply, Expr, Product, Sum, Symbol
from solver.network.activations import Activation
from solver.network.backward import Analysis, analyse
from solver.network.batch import Batch, batch_of
from solver.network.example import Example, example_of, shown
from solver.network.forms import checks_of
from solver.network.numbers import Value
from solver.network.record import Record, record_of
from solver.questions.base import Facts, Question, Scope
from solver.questions.forward import without_numbers
from solver.questions.options import NamesOption, NetworkOption
from solver.rules.matrix import (
    Elementwise,
    MatrixExpr,
    MatrixProduct,
    MatrixSymbol,
    ScalarMap,
    Size,
    shape_latex,
)
from solver.rules.matrix_vjp import RULES

if TYPE_CHECKING:
    from solver.derivation.step import Derivation

LETTERS = ("a", "z", "b", "W", "x")
WRITTEN_OUT = 12
"""Past this many entries, a gradient is given in matrix form only."""

TOO_LONG = 120
"""Past this many characters of LaTeX, an entry is not written out without the gradients it comes from."""


@dataclass(frozen=True)
class Factor:
    """A factor of the chain rule: its name (∂z/∂W) and what it is worth (a₁), in LaTeX."""

    name: str
    value: str


@dataclass(frozen=True)
class Entry:
    """One component: its name, each path (a tuple of factors), written with names, then in full where that
    is other.
    """

    name: str
    paths: tuple[tuple[Factor, ...], ...]
    named: str
    full: str | None
    value: Value | None


@dataclass(frozen=True)
class Item:
    """∂L/∂(a, z, b or W) of a layer.

    `matrix` is the matrix form with names, `final` the same in full where it is another formula; `entries`
    row by row
    (empty where there are too many to print); `rules` the matrix rules used.
    """

    letter: str
    layer: int
    node: MatrixSymbol
    symbol: str
    shape: str
    matrix: str
    final: str | None
    rules: tuple[str, ...]
    left_shape: str
    right_shape: str
    rows: tuple[tuple[Entry, ...], ...]
    size: int
    is_given: bool

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(e for row in self.rows for e in row)

    @property
    def values(self) -> tuple[tuple[Value, ...], ...]:
        return tuple(tuple(e.value for e in row if e.value is not None) for row in self.rows)

    @property
    def named_rows(self) -> tuple[tuple[str, ...], ...]:
        """The entries written with names, as a matrix."""
        return tuple(tuple(e.named for e in row) for row in self.rows)

    @property
    def shown_values(self) -> tuple[tuple[str, ...], ...]:
        """The numbers as they stand on paper."""
        return tuple(tuple(shown(v) for v in row) for row in self.values)

    @property
    def relation(self) -> str:
        r"""`=` where every number shown is exact, else `\approx`."""
        exact = all(isinstance(v, Fraction) and Fraction(shown(v)) == v for row in self.values for v in row)
        return "=" if exact else r"\approx"


@dataclass(frozen=True)
class LayerGradients:
    """What is asked of one layer."""

    number: int
    is_output: bool
    is_first: bool
    activation: Activation
    slope: str | None
    items: tuple[Item, ...]
    next_size: int | None
    size: int
    below: int

    @property
    def letters(self) -> tuple[str, ...]:
        return tuple(item.letter for item in self.items)

    @property
    def narrow(self) -> bool:
        """Whether the numbers of all items stand on one line."""
        shown_items = [item for item in self.items if item.rows]
        return sum(len(item.rows[0]) for item in shown_items) <= 4


@dataclass(frozen=True)
class SlopeProof:
    """φ′ derived from the definition of φ, and the form in φ itself that the sheet uses, checked equal."""

    activation: Activation
    name: str
    definition: str
    derivation: Derivation
    lines: tuple[str, ...]
    in_terms: str
    differs: bool
    undefined: tuple[tuple[Fraction, Value], ...]


@dataclass(frozen=True)
class Recursion:
    """The passage from layer ℓ + 1 to layer ℓ, written by the rules on matrices of any size."""

    first: str
    delta: str
    weights: str
    biases: str
    shapes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Mistakes:
    """What goes wrong when a rule is forgotten, on the numbers of the example where there are some.

    `without_slope`, `with_slope`: ∂L/∂z of the last layer without and with φ′ (first unit). `slope_at_a`,
    `slope_at_z`:
    φ′ taken at a instead of z for the first unit of layer 1. `fits`: whether W δ is defined at all.
    """

    without_slope: Value | None
    with_slope: Value | None
    slope_at_a: Value | None
    slope_at_z: Value | None
    unit: str
    product: tuple[str, str, str, str]
    fits: bool
    single: bool
    has_slope: bool
    has_first_slope: bool


@dataclass(frozen=True)
class BackwardFacts(Facts):
    """The gradients asked for. `is_last` says that this request ends the backward pass (∂L/∂W of layer 1)."""

    forms: tuple[str, ...]
    record: Record
    analysis: Analysis
    layers: tuple[LayerGradients, ...]
    proofs: tuple[SlopeProof, ...]
    loss_derivation: tuple[str, ...]
    example: Example | None
    is_last: bool
    recursion: Recursion | None
    shapes: tuple[tuple[str, str, str], ...]
    mistakes: Mistakes | None
    batch: Batch | None
    compared: int
    agree: bool
    fused: str | None

    @property
    def target(self) -> str:
        return self.analysis.names.target_vector.latex()

    @property
    def some_bias(self) -> bool:
        return any(self.record.biased)

    @property
    def slope_matters(self) -> bool:
        """Whether the example shows what forgetting the slope does."""
        m = self.mistakes
        return (
            m is not None
            and m.with_slope is not None
            and m.without_slope is not None
            and (shown(m.with_slope, 4) != shown(m.without_slope, 4))
        )

    @property
    def one_hot(self) -> bool:
        """Whether the target is a vector of several components."""
        return self.record.layers[-1] > 1 and self.record.loss.name == "cross_entropy"

    @property
    def first_is_sigmoid(self) -> bool:
        return self.record.activations[0].name == "sigmoid"

    @property
    def output_slope(self) -> tuple[str, str, str]:
        """∂L/∂z and ∂L/∂ŷ of the last layer, and ∂L/∂z of its first unit."""
        depth, names = self.record.depth, self.analysis.names
        z, a = self.analysis.adjoints[f"z{depth}"], self.analysis.adjoints[f"a{depth}"]
        return z.symbol.latex(), a.symbol.latex(), latex(self.analysis.adjoint(names.pre(depth, 1)).symbol)

    @property
    def batch_rows(self) -> tuple[str, ...]:
        """The backward pass over a batch, layer by layer, two equations a row."""
        if self.batch is None:
            return ()
        rows = []
        for layer in range(self.record.depth, 0, -1):
            keys = [f"Z{layer}", f"W{layer}", *([f"b{layer}"] if self.record.biased[layer - 1] else [])]
            if layer < self.record.depth:
                keys.insert(0, f"A{layer}")
            found = [self.batch.adjoints[k] for k in keys]
            cells = [
                f"{a.symbol.latex()} &= {a.expression.latex()}" for a in found if a.symbol != a.expression
            ]
            rows += [", & ".join(cells[k : k + 2]) for k in range(0, len(cells), 2)]
        return tuple(rows)

    def public(self) -> Mapping[str, object]:
        found: dict[str, object] = {
            "gradients": {e.name: e.full or e.named for g in self.layers for i in g.items for e in i.entries}
        }
        if self.example is not None:
            found["values"] = {k: shown(v, 15) for k, v in self.example.gradients.items()}
        return found


class Backward(Question):
    """Chain rule with every factor named, in components and matrices."""

    kind: ClassVar[str] = "backward"
    network: NetworkOption
    at: str = "output"
    wrt: NamesOption = ()
    form: NamesOption = ("components", "matrix")

    def solve(self, scope: Scope) -> BackwardFacts:
        """The gradients of the layers asked for; SheetError for an unknown layer, form or object."""
        for name in self.form:
            if name not in ("components", "matrix"):
                raise SheetError(f"a form is “components” or “matrix”, found “{name}”")
        full = record_of(self.network)
        record = without_numbers(full)
        numbers = read_layers(self.at, record.depth)
        letters = read_letters(self.wrt)
        analysis = analyse(record)
        example = example_of(full)
        layers = tuple(_layer(analysis, n, letters, example) for n in numbers)
        is_last = numbers[-1] == 1 and "W" in letters
        activations = dict.fromkeys(g.activation for g in layers if "z" in g.letters)
        proofs = tuple(_proof(a) for a in activations if not a.is_vector and a.name != "identity")
        checks = list(checks_of(analysis.record))
        checks += [c for p in proofs for c in _proof_checks(p.activation)]
        if example is not None:
            checks += example.checks
        batch = batch_of(record) if is_last and record.parameters <= 2000 else None
        if batch is not None:
            checks += batch.checks
        return BackwardFacts(
            tuple(checks), self.form, record, analysis, layers, proofs, _loss_steps(analysis), example,
            is_last,
            _recursion(analysis) if is_last else None,
            _shapes(analysis) if is_last else (),
            _mistakes(analysis, example) if is_last else None,
            batch,
            _compared(analysis),
            all(c.holds for c in checks if c.means is Means.ENTRYWISE),
            analysis.fused.latex() if analysis.fused is not None else None,
        )  # fmt: skip


def read_layers(at: str, depth: int) -> tuple[int, ...]:
    """`output`, `hidden` (all hidden layers, last first), or a number from 1 to the depth."""
    word = at.strip()
    if word == "output":
        return (depth,)
    if word == "hidden":
        if depth == 1:
            raise SheetError("this network has no hidden layer")
        return tuple(range(depth - 1, 0, -1))
    if word.isdigit() and 1 <= int(word) <= depth:
        return (int(word),)
    raise SheetError(
        f"a layer is “output”, “hidden” or a number from 1 to {depth}, found “{word}”",
        hint=nearest(word, ("output", "hidden")),
    )


_WORDS = {"yhat": "a", "ŷ": "a", "y_hat": "a", "w": "W", "activation": "a", "weights": "W", "biases": "b"}


def read_letters(words: tuple[str, ...]) -> tuple[str, ...]:
    """`yhat, z, b', W2` → a, z, b, W, in the order in which they are computed; default: a, z, b and W."""
    found = set()
    for word in words:
        key = word.strip().rstrip("'0123456789")
        key = _WORDS.get(key, key)
        if key not in LETTERS:
            known = [*LETTERS, *_WORDS]
            raise SheetError(
                f"a gradient is by one of {', '.join(LETTERS)} or yhat, found “{word}”",
                hint=nearest(word, known),
            )
        found.add(key)
    return tuple(letter for letter in LETTERS if letter in (found or set("azbW")))


# ---- one layer --------------------------------------------------------------------------------


def _layer(
    analysis: Analysis, number: int, letters: tuple[str, ...], example: Example | None
) -> LayerGradients:
    record, names = analysis.record, analysis.names
    activation = record.activations[number - 1]
    items = []
    for letter in letters:
        if letter == "b" and not record.biased[number - 1]:
            continue
        if letter == "x":
            if number == 1:
                items.append(_item(analysis, "x", 0, names.input_vector, example))
            continue
        node = names.weight_matrix(number) if letter == "W" else names.vector(letter, number)
        items.append(_item(analysis, letter, number, node, example))
    slope = None
    if not activation.is_vector:
        slope = activation.text + "'"
    depth = record.depth
    return LayerGradients(
        number, number == depth, number == 1, activation, slope, tuple(items),
        record.layers[number + 1] if number < depth else None, record.layers[number], record.layers[number -
        1],
    )  # fmt: skip


def _item(analysis: Analysis, letter: str, layer: int, node: MatrixSymbol, example: Example | None) -> Item:
    adjoint = analysis.adjoints[node.name]
    rows, columns = node.shape
    written: tuple[tuple[Entry, ...], ...] = ()
    if rows * columns <= WRITTEN_OUT:
        written = tuple(
            tuple(_entry(analysis, s, example) for s in row if isinstance(s, Symbol)) for row in node.entries
        )
    is_given = letter == "a" and layer == analysis.record.depth
    matrix = adjoint.expression.latex()
    final = None
    if is_given:
        matrix = analysis.seed.latex() if analysis.seed is not None else ""
    elif letter == "z" and layer == analysis.record.depth:
        final = _final_delta(analysis)
    return Item(
        letter, layer, node, adjoint.symbol.latex(), shape_latex(node.shape), matrix, final, adjoint.rules,
        *_sides(adjoint.expression), written, rows * columns, is_given,
    )  # fmt: skip


def _sides(expr: MatrixExpr) -> tuple[str, str]:
    """The shapes of the two factors of a product (empty for another expression)."""
    if isinstance(expr, MatrixProduct):
        return shape_latex(expr.left.shape), shape_latex(expr.right.shape)
    return "", ""


def _final_delta(analysis: Analysis) -> str | None:
    """∂L/∂z of the last layer with ŷ and y: in one formula, or with the loss's gradient put in."""
    if analysis.fused is not None:
        return analysis.fused.latex()
    if analysis.seed is None or analysis.record.activations[-1].is_vector:
        return None
    if analysis.record.activations[-1].name == "identity":
        return analysis.seed.latex()
    z = analysis.names.vector("z", analysis.record.depth)
    slope = Elementwise(analysis.maps[analysis.record.activations[-1]].prime(), z)
    from solver.rules.matrix import Hadamard

    return Hadamard(analysis.seed, slope).latex()


def _entry(analysis: Analysis, node: Symbol, example: Example | None) -> Entry:
    adjoint = analysis.adjoint(node)
    paths = []
    for contribution in adjoint.contributions:
        name = rf"\frac{{\partial {latex(contribution.consumer)}}}{{\partial {latex(node)}}}"
        first = Factor(latex(contribution.adjoint), latex(contribution.adjoint))
        consumer_is_loss = contribution.consumer.name == analysis.component.graph.output.name
        local = contribution.local
        if node.name in analysis.slopes:
            local = analysis.slopes[node.name][0]
        own = Factor(name, latex(local))
        paths.append((own,) if consumer_is_loss else (first, own))
    named = latex(analysis.named[node.name])
    full = latex(analysis.closed[node.name])
    if len(full) > TOO_LONG:
        full = named
    value = example.gradients.get(node.name) if example else None
    return Entry(latex(adjoint.symbol), tuple(paths), named, full if full != named else None, value)


# ---- proofs -----------------------------------------------------------------------------------

_Z = Symbol("z")


@lru_cache(maxsize=32)
def _proof(activation: Activation) -> SlopeProof:
    """φ′ from the definition of φ, line by line."""
    from solver.derivation.engine import derive
    from solver.expression.functions import FUNCTIONS

    call = activation.define(_Z)
    assert isinstance(call, Apply)
    fact = FUNCTIONS[activation.name]
    definition = fact.defined_at(call.arguments)
    assert definition is not None
    derivation = derive(definition, _Z)
    lines = [latex(derivation.start)]
    for step in derivation.steps:
        text = latex(step.after)
        if text != lines[-1]:
            lines.append(text)
    in_terms = latex(fact.derivative_at(call.arguments) or derivation.result)
    return SlopeProof(
        activation, activation.text, latex(definition), derivation, tuple(lines), in_terms,
        in_terms != lines[-1],
        tuple((k, _slope(activation, k)) for k in activation.kinks),
    )  # fmt: skip


@lru_cache(maxsize=32)
def _proof_checks(activation: Activation) -> tuple[Equality, ...]:
    """The steps of the derivation, and its result against the form in φ."""
    from solver.derivation.check import same
    from solver.expression.functions import FUNCTIONS

    proof = _proof(activation)
    checks = list(proof.derivation.checks)
    call = activation.define(_Z)
    assert isinstance(call, Apply)
    other = FUNCTIONS[activation.name].derivative_at(call.arguments)
    if other is not None:
        checks.append(same(proof.derivation.result, other))
    return tuple(checks)


def _loss_steps(analysis: Analysis) -> tuple[str, ...]:
    """∂L/∂ŷ of the first output, line by line, by the engine."""
    from solver.derivation.engine import derive

    if len(analysis.component.loss) > 1:
        return ()
    output = analysis.names.activation(analysis.record.depth, 1)
    expression = analysis.component.loss[0].expression
    terms = [
        t for t in (expression.terms if isinstance(expression, Sum) else (expression,)) if _uses(t, output)
    ]
    part: Expr = terms[0] if len(terms) == 1 else Sum(tuple(terms))
    derivation = derive(part, output, check=False)
    lines = [latex(derivation.start)]
    for step in derivation.steps:
        text = latex(step.after)
        if text != lines[-1]:
            lines.append(text)
    last = latex(analysis.named[output.name])
    return tuple(lines[: lines.index(last) + 1]) if last in lines else (*lines, last)


def _uses(expr: Expr, symbol: Symbol) -> bool:
    from solver.expression.tree import symbols

    return any(s.name == symbol.name for s in symbols(expr))


# ---- what closes the backward pass ------------------------------------------------------------


def _recursion(analysis: Analysis) -> Recursion | None:
    """δ⁽ˡ⁾ from δ⁽ˡ⁺¹⁾ by the rules, on sizes that have letters; None where a hidden activation mixes its
    units.
    """
    record = analysis.record
    if any(a.is_vector for a in record.activations[:-1]):
        return None
    n, m, k = Size(2, r"n_{\ell}"), Size(3, r"n_{\ell+1}"), Size(4, r"n_{\ell-1}")

    def symbol(text: str, rows: Size, columns: int) -> MatrixSymbol:
        rows_of = tuple(tuple(Symbol(f"{text}{i}{j}") for j in range(int(columns))) for i in range(int(rows)))
        return MatrixSymbol(text, rows_of, text, (rows, columns))

    upper = symbol(r"\boldsymbol{\delta}^{(\ell+1)}", m, 1)
    delta = symbol(r"\boldsymbol{\delta}^{(\ell)}", n, 1)
    weights, own = symbol(r"W^{(\ell+1)}", m, n), symbol(r"W^{(\ell)}", n, k)
    a, below, z = (
        symbol(r"\mathbf{a}^{(\ell)}", n, 1),
        symbol(r"\mathbf{a}^{(\ell-1)}", k, 1),
        symbol(r"\mathbf{z}^{(\ell)}", n, 1),
    )
    phi = ScalarMap(r"\varphi_{\ell}", _Z, Apply("tanh", (_Z,)), Product((_Z, _Z)))
    back = RULES["product_right"](MatrixProduct(weights, a), upper)
    received = RULES["elementwise"](Elementwise(phi, z), back)
    outer = RULES["product_left"](MatrixProduct(own, below), delta)
    bias = RULES["sum"](MatrixProduct(own, below), delta)
    shapes = tuple((s.latex(), shape_latex(s.shape)) for s in (delta, weights, upper, own, below))
    return Recursion(_first_delta(analysis), received.latex(), outer.latex(), bias.latex(), shapes)


def _first_delta(analysis: Analysis) -> str:
    z = analysis.names.vector("z", analysis.record.depth)
    return analysis.adjoints[z.name].expression.latex()


def _compared(analysis: Analysis) -> int:
    """How many entries of gradients were compared between the two forms."""
    found = [a for a in analysis.adjoints.values() if a.expression != a.symbol]
    seed = analysis.record.layers[-1] if analysis.seed is not None else 0
    return sum(a.node.shape[0] * a.node.shape[1] for a in found) + seed


def _shapes(analysis: Analysis) -> tuple[tuple[str, str, str], ...]:
    """(object, gradient, their shape) for everything that has a gradient."""
    ordered = sorted(analysis.adjoints.values(), key=lambda a: _order(a.node.name))
    return tuple((a.node.latex(), a.symbol.latex(), shape_latex(a.expression.shape)) for a in ordered)


def _order(name: str) -> tuple[int, int]:
    if name == "x":
        return (0, 0)
    return int(name[1:]), "Wbza".index(name[0])


def _mistakes(analysis: Analysis, example: Example | None) -> Mistakes:
    record, names = analysis.record, analysis.names
    depth = record.depth
    without = with_ = at_a = at_z = None
    last = record.activations[-1]
    if example is not None:
        if not last.is_vector and last.name != "identity":
            without = example.gradients[names.activation(depth, 1).name]
            with_ = example.gradients[names.pre(depth, 1).name]
        first = record.activations[0]
        if not first.is_vector and first.name != "identity":
            at_a = _slope(first, example.values[names.activation(1, 1).name])
            at_z = _slope(first, example.values[names.pre(1, 1).name])
    top = names.weight_matrix(depth)
    delta = analysis.adjoints[f"z{depth}"].symbol
    fits = top.shape[1] == delta.shape[0]
    product = (top.latex(), shape_latex(top.shape), delta.latex(), shape_latex(delta.shape))
    first = record.activations[0]
    return Mistakes(
        without, with_, at_a, at_z, latex(names.pre(1, 1)), product, fits, top.shape == (1, 1),
        not last.is_vector and last.name != "identity", not first.is_vector and first.name != "identity",
    )  # fmt: skip


def _slope(activation: Activation, value: Value) -> Value:
    from solver.network.numbers import Real, precision, rational, value_of

    with precision(128):
        number = value.ball if isinstance(value, Real) else rational(value)
        return value_of(activation.slope_at(number))
