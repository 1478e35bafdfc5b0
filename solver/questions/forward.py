"""`forward`: the forward pass of a network, neuron by neuron or in matrix form, with shapes and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace as replaced
from fractions import Fraction
from typing import ClassVar

from solver.derivation.equality import Equality, Means
from solver.document.figure import FigureSpec
from solver.expression.latex import latex
from solver.graph.model import Equation
from solver.network.backward import Analysis, analyse, flat
from solver.network.batch import Batch, batch_of
from solver.network.build import loss_form
from solver.network.drawing import network_diagram
from solver.network.example import Example, example_of
from solver.network.forms import checks_of
from solver.network.numbers import shown, shown_rows
from solver.network.record import Record, record_of
from solver.network.symbols import LOSS
from solver.questions.base import Facts, Question, Scope
from solver.questions.collapsed import regression
from solver.questions.options import FORMS, FormsOption, NetworkOption, YesOption
from solver.rules.matrix import MatrixExpr, MatrixSymbol, entry, shape_latex
from solver.rules.matrix_vjp import MatrixEquation

WRITTEN_OUT = 30
"""Past this many weights, the equations of a layer are written for a general unit."""


def without_numbers(record: Record) -> Record:
    """The architecture alone."""
    return replaced(record, weights=None, biases=None, x=None, y=None, is_batch=False)


@dataclass(frozen=True)
class Layer:
    """A layer: its number, sizes, equations in components (`pre`, `post`) and in matrices, and its shapes.

    `general` is the LaTeX of z for a general unit where the equations are too many to be written out.
    """

    number: int
    size: int
    below: int
    is_output: bool
    activation: str
    pre: tuple[Equation, ...]
    post: tuple[Equation, ...]
    matrix_pre: MatrixEquation
    matrix_post: MatrixEquation
    shapes: tuple[tuple[str, str], ...]
    general: str | None
    has_bias: bool
    is_vector: bool
    is_identity: bool


ROOM = 52
"""Characters of numbers and names on one line of the given values."""


@dataclass(frozen=True)
class Coefficient:
    """One entry of a matrix equation worked out: `left` (the entry of the product) = `right`, unit `unit` of
    `of`; `unit` is None where the whole is one number.
    Of a gradient by weights, it is the entry `place` of `whole`.
    """

    left: str
    right: str
    of: str
    unit: int | None
    place: str = ""
    whole: str = ""


@dataclass(frozen=True)
class ForwardFacts(Facts):
    """The forward pass; `forms` says which forms were asked for."""

    forms: tuple[str, ...]
    record: Record
    layers: tuple[Layer, ...]
    loss: tuple[Equation, ...]
    loss_matrix: MatrixExpr | None
    batch: Batch | None
    batch_shapes: tuple[tuple[str, str], ...]
    example: Example | None
    analysis: Analysis
    coefficient: Coefficient | None
    in_result: bool = False
    """Whether the result ends with the numbers."""

    @property
    def value_rows(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """The values of every z, every a and the loss, (name and sign, value), row by row; none where they
        are no part of the result."""
        if self.example is None or not self.in_result:
            return ()
        names, values = self.analysis.names, self.example.values
        found = []
        for layer in range(1, self.record.depth + 1):
            for letter, units in (("z", names.pres(layer)), ("a", names.activations(layer))):
                if all(unit.name in values for unit in units):
                    column = [(values[unit.name],) for unit in units]
                    found.append((names.vector(letter, layer).latex(), *shown_rows(column)))
        found.append((latex(LOSS), *shown_rows([(values[LOSS.name],)])))
        return in_rows(tuple((f"{name} {sign}", value) for name, sign, value in found))

    @property
    def model(self) -> str:
        """The usual name of one affine layer with this last activation: linear, logistic or other."""
        return regression(self.record)[0]

    @property
    def usual_loss(self) -> bool:
        """Whether the loss is the one of that regression."""
        return regression(self.record)[1]

    @property
    def all_single(self) -> bool:
        """Whether every layer has one unit, so that no activation acts on several components."""
        return max(self.record.layers[1:]) == 1

    @property
    def has_vector(self) -> bool:
        """Whether some activation acts on a whole layer."""
        return any(layer.is_vector for layer in self.layers)

    @property
    def some_bias(self) -> bool:
        return any(layer.has_bias for layer in self.layers)

    @property
    def all_biased(self) -> bool:
        return all(layer.has_bias for layer in self.layers)

    @property
    def example_rows(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """The numbers of the example, (name, value) in LaTeX, as many side by side as a line holds."""
        return in_rows(given_numbers(self.analysis, self.example)) if self.example else ()

    def figures(self) -> Mapping[str, FigureSpec]:
        return {"network": network_diagram(self.record)}

    def public(self) -> Mapping[str, object]:
        if self.example is None:
            return {"layers": list(self.record.layers)}
        return {
            "layers": list(self.record.layers),
            "values": {
                k: v if not hasattr(v, "fraction") else shown(v, 15) for k, v in self.example.values.items()
            },
        }


class Forward(Question):
    """Forward pass, shapes, and numbers where the network has some."""

    kind: ClassVar[str] = "forward"
    network: NetworkOption
    """The network, by the name of its block."""
    form: FormsOption = FORMS
    """Unit by unit, in matrices, or both."""
    numbers: YesOption = False
    """Whether the statement gives the numbers, which then belong to the result (`yes`), or they stand in an
    example apart (`no`)."""

    def solve(self, scope: Scope) -> ForwardFacts:
        """The equations of every layer."""
        full = record_of(self.network)
        record = without_numbers(full)
        analysis = analyse(record)
        layers = layers_of(analysis)
        example = example_of(full)
        batch = batch_of(record) if "matrix" in self.form else None
        checks = forward_checks(analysis) if "matrix" in self.form else ()
        if batch is not None:
            checks += batch.checks
        if example is not None:
            checks += example.checks
        coefficient, more = one_coefficient(analysis) if "matrix" in self.form else (None, ())
        checks += more
        names = analysis.names
        shapes: tuple[tuple[str, str], ...] = ()
        if batch is not None:
            shapes = tuple((e.target.latex(), shape_latex(e.target.shape)) for e in batch.form.equations)
            x = names.batch("a", 0, 2)
            shapes = ((x.latex(), shape_latex(x.shape)), *shapes)
        return ForwardFacts(
            checks, self.form, record, layers, analysis.component.loss, loss_form(record, names), batch,
            shapes,
            example, analysis, coefficient, self.numbers,
        )  # fmt: skip


def forward_checks(analysis: Analysis) -> tuple[Equality, ...]:
    """The matrix equations of the forward pass, checked entry by entry."""
    targets = {e.target.latex() for e in analysis.matrix.equations}
    return tuple(c for c in checks_of(analysis.record) if c.left in targets)


def layers_of(analysis: Analysis) -> tuple[Layer, ...]:
    """What the wording reads of each layer."""
    record, names = analysis.record, analysis.names
    found = []
    for number in range(1, record.depth + 1):
        below, size = record.layers[number - 1 : number + 1]
        activation = record.activations[number - 1]
        bias: tuple[MatrixSymbol, ...] = (names.vector("b", number),) if record.biased[number - 1] else ()
        objects = (names.weight_matrix(number), names.vector("a", number - 1), *bias)
        objects += (names.vector("z", number), names.vector("a", number))
        general = None
        if below * size > WRITTEN_OUT:
            general = general_unit(analysis, number)
        found.append(
            Layer(
                number,
                size,
                below,
                number == record.depth,
                activation.text,
                analysis.component.pre[number - 1],
                analysis.component.post[number - 1],
                analysis.matrix.pre[number - 1],
                analysis.matrix.post[number - 1],
                tuple((m.latex(), shape_latex(m.shape)) for m in objects),
                general,
                bool(bias),
                activation.is_vector,
                activation.name == "identity",
            )
        )
    return tuple(found)


def general_unit(analysis: Analysis, number: int) -> str:
    """z of unit i as a sum over j, for layers too wide to be written out."""
    record, names = analysis.record, analysis.names
    below, size = record.layers[number - 1 : number + 1]
    lower = names.base("a", number - 1) if number > 1 else dict(record.notation).get("x", "x")
    unit = "_{i}" if size > 1 else ""
    weight = names.weight_base(number) + ("_{ij}" if size > 1 else "_{j}")
    if below == 1:
        weight, lower, total = names.weight_base(number) + ("_{i1}" if size > 1 else ""), lower, ""
    else:
        lower, total = lower + "_{j}", rf"\sum_{{j=1}}^{{{below}}} "
    bias = f" + {names.base('b', number)}{unit}" if record.biased[number - 1] else ""
    return rf"{names.base('z', number)}{unit} &= {total}{weight} {lower}{bias}"


def one_coefficient(analysis: Analysis) -> tuple[Coefficient | None, tuple[Equality, ...]]:
    """An entry of z worked out from the matrix form, and the check that it is the equation of that unit.

    None where every layer is one number read from one number: the two forms are the same line.
    """
    record = analysis.record
    pairs = list(enumerate(zip(record.layers, record.layers[1:], strict=False), 1))
    wide = [n for n, (below, size) in pairs if size > 1 and below <= WRITTEN_OUT // 2]
    flat_ones = [n for n, (below, size) in pairs if size == 1 and 1 < below <= WRITTEN_OUT // 2]
    chosen = (wide or flat_ones)[:1]
    if not chosen:
        return None, ()
    number = chosen[0]
    unit = 2 if record.layers[number] > 1 else 1
    equation = analysis.matrix.pre[number - 1]
    worked = flat(entry(equation.expression, unit - 1, 0))
    own = analysis.component.pre[number - 1][unit - 1].expression
    whole = equation.expression.latex()
    left = rf"\left({whole}\right)_{{{unit}}}" if record.layers[number] > 1 else whole
    found = Coefficient(
        left, latex(worked), equation.target.latex(), unit if record.layers[number] > 1 else None
    )
    return found, (Equality(left, found.right, Means.ENTRYWISE, worked == own),)


def in_rows(items: tuple[tuple[str, str], ...], room: int = ROOM) -> tuple[tuple[tuple[str, str], ...], ...]:
    """The items in rows of at most `room` characters, by the widest entry of each column."""
    rows: list[list[tuple[str, str]]] = []
    used = 0
    for name, value in items:
        cells = [
            line.replace(" ", "").split("&")
            for line in value.partition("}")[2].rpartition(r"\end")[0].split(r"\\")
        ]
        matrix = value.startswith(r"\begin")
        width = 6 + (
            sum(max(map(len, column)) for column in zip(*cells, strict=True)) if matrix else len(value)
        )
        if not rows or used + width > room:
            rows.append([])
            used = 0
        rows[-1].append((name, value))
        used += width
    return tuple(tuple(row) for row in rows)


def given_numbers(analysis: Analysis, example: Example) -> tuple[tuple[str, str], ...]:
    """x, y, W and b of an example as matrices of exact numbers."""
    from solver.expression.atoms import number_latex

    record, names = example.record, analysis.names
    assert record.x is not None
    assert record.weights is not None
    assert record.biases is not None

    def matrix(rows: tuple[tuple[Fraction, ...], ...]) -> str:
        texts = [[number_latex(v, True) for v in row] for row in rows]
        if len(texts) == 1 and len(texts[0]) == 1:
            return texts[0][0]
        return r"\begin{pmatrix} " + r" \\ ".join(" & ".join(row) for row in texts) + r" \end{pmatrix}"

    found = [(names.input_vector.latex(), matrix(tuple((v,) for v in record.x[0])))]
    if record.y is not None and record.loss.needs_target:
        found.append((names.target_vector.latex(), matrix(tuple((v,) for v in record.y[0]))))
    for layer in range(1, record.depth + 1):
        found.append((names.weight_matrix(layer).latex(), matrix(record.weights[layer - 1])))
        bias = record.biases[layer - 1]
        if bias is not None:
            found.append((names.vector("b", layer).latex(), matrix(tuple((v,) for v in bias))))
    return tuple(found)
