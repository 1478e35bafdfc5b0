"""What the wording of `backward` reads of a layer: gradients, entries, the factors of the chain rule."""

from __future__ import annotations

from dataclasses import dataclass

from solver.expression.latex import latex
from solver.expression.tree import Symbol
from solver.network.activations import Activation
from solver.network.backward import Analysis
from solver.network.example import Example
from solver.network.numbers import Value, shown_rows
from solver.questions.backward_generic import Generic, Line, Path, generic_line
from solver.rules.matrix import (
    Elementwise,
    MatrixExpr,
    MatrixProduct,
    MatrixSymbol,
    shape_latex,
)

WRITTEN_OUT = 12
"""Past this many entries, a gradient is given in matrix form only."""

LISTED = 6
"""Up to this many entries, ∂L/∂W is written out entry by entry; past it, by its line for unit i."""

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
    row by row (empty where there are too many to print); `rules` the matrix rules used; `generic` the line of
    unit j, for several entries that are all read the same way.
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
    generic: Generic | None

    @property
    def shows_full(self) -> bool:
        """Whether the result already writes every entry in full."""
        return self.letter != "W" and bool(self.rows)

    @property
    def in_full(self) -> tuple[Entry, ...]:
        """The entries of ∂L/∂W to write out, where that says more than the names: few and short ones."""
        found = self.entries if self.letter == "W" and self.size <= LISTED else ()
        return found if all(e.full for e in found) else ()

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
    def shown(self) -> str:
        """The numbers as one number or one matrix in LaTeX."""
        return shown_rows(self.values)[1]

    @property
    def relation(self) -> str:
        r"""`=` where every number shown is exact, else `\approx`."""
        return shown_rows(self.values)[0]


@dataclass(frozen=True)
class LayerGradients:
    """What is asked of one layer."""

    number: int
    is_output: bool
    is_first: bool
    activation: Activation
    post: str
    slope: str | None
    items: tuple[Item, ...]
    next_size: int | None
    size: int
    below: int

    @property
    def letters(self) -> tuple[str, ...]:
        return tuple(item.letter for item in self.items)


def layer_gradients(
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
        number, number == depth, number == 1, activation, names.base("a", number), slope, tuple(items),
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
    generic = None
    if rows * columns > 1 and not is_given and letter != "x":
        generic = generic_line(analysis, letter, layer, _lines(analysis, node, written, example))
    matrix = adjoint.expression.latex()
    final = None
    if is_given:
        matrix = analysis.seed.latex() if analysis.seed is not None else ""
    elif letter == "z" and layer == analysis.record.depth:
        final = _final_delta(analysis)
    return Item(
        letter, layer, node, adjoint.symbol.latex(), shape_latex(node.shape), matrix, final, adjoint.rules,
        *_sides(adjoint.expression), written, rows * columns, is_given, generic,
    )  # fmt: skip


def _lines(
    analysis: Analysis, node: MatrixSymbol, written: tuple[tuple[Entry, ...], ...], example: Example | None
) -> list[Line]:
    """The entries as lines for `generic_line`: all of them, or the corners where they are too many."""
    rows, columns = node.shape
    places = [(i, j) for i in range(rows) for j in range(columns)]
    if not written:
        places = sorted({(i, j) for i in (0, rows - 1) for j in (0, columns - 1)})
    found = []
    for i, j in places:
        symbol = node.entries[i][j]
        assert isinstance(symbol, Symbol)
        entry = written[i][j] if written else _entry(analysis, symbol, example)
        paths = tuple(
            Path(path[0].name if len(path) > 1 else "", path[-1].name, path[-1].value) for path in entry.paths
        )
        found.append(Line(i + 1, j + 1, entry.name, paths, entry.full))
    return found


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
