"""The outline of a record in names: shapes, forward pass, backward pass in matrices and in components."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from solver.expression.atoms import decimal_text
from solver.expression.tree import Cases, Expr, Symbol, substitute, walk
from solver.graph.model import Equation
from solver.network.backward import Analysis, analyse, gradient_symbol
from solver.network.build import loss_form
from solver.network.forms import checks_of
from solver.network.outline import Line, Outline, Section, Shown, Space
from solver.network.penalty import Penalty
from solver.network.record import Record
from solver.network.remarks import remarks
from solver.network.symbols import LOSS
from solver.rules.matrix import Elementwise, MatrixSymbol
from solver.rules.matrix_vjp import MatrixAdjoint

WRITTEN_OUT = 100
"""Past this many parameters the components are left to the JSON."""

SHORT = 32
"""Past this many nodes, a closed form is left out: the names say more."""

_FEW = 4
"""At most this many outputs have their loss written out beside the matrices."""

Words = Mapping[str, str]


def outline_of_names(record: Record, words: Words, lang: str) -> Outline:
    """The outline of a record without numbers."""
    analysis = analyse(record)
    sections = [shapes(analysis, words), *forward(analysis, words), *backward(analysis, words)]
    if record.parameters <= WRITTEN_OUT:
        sections.append(Section(words["backward_components"], tuple(told_once(_components(analysis, words)))))
    closing = (*remarks(record, lang=lang), _verdict(record, words))
    return Outline(title(record, words), words["names"], tuple(sections), closing)


def title(record: Record, words: Words) -> str:
    sizes = "-".join(map(str, record.layers))
    return words["title"].format(sizes=sizes, parameters=record.parameters, loss=record.loss.name)


def shapes(analysis: Analysis, words: Words) -> Section:
    """The shape of every named matrix."""
    record, names = analysis.record, analysis.names
    vectors: tuple[Shown, ...] = (names.input_vector,)
    lines = [Line(vectors, (("∈", Space(record.layers[0], 1)),), words["input"])]
    for layer in range(1, record.depth + 1):
        units, inputs = record.layers[layer], record.layers[layer - 1]
        why = words["layer"].format(layer=layer, activation=str(record.activations[layer - 1]))
        lines.append(Line(names.weight_matrix(layer), (("∈", Space(units, inputs)),), why))
        letters = "bza" if record.biased[layer - 1] else "za"
        columns: tuple[Shown, ...] = tuple(names.vector(letter, layer) for letter in letters)
        if layer == record.depth and record.loss.needs_target:
            columns += (names.target_vector,)
        lines.append(Line(columns, (("∈", Space(units, 1)),)))
    return Section(words["shapes"], tuple(lines))


def forward(analysis: Analysis, words: Words) -> Iterator[Section]:
    """The forward pass in matrices and, where they are few, in components; the loss."""
    record, component = analysis.record, analysis.component
    matrices = [Line(e.target, (("=", e.expression),)) for e in analysis.matrix.equations]
    whole = loss_form(record, analysis.names)
    loss: Shown = LOSS if record.penalty is None else words["data_loss"]
    if whole is not None:
        matrices.append(Line(loss, (("=", whole),)))
    elif record.layers[-1] <= _FEW:
        matrices += _loss_lines(analysis, words)
    told = penalty_told(record, words)
    yield Section(words["forward_matrix"], (*matrices, *told))
    if record.parameters <= WRITTEN_OUT:
        layers = [
            e for pair in zip(component.pre, component.post, strict=True) for part in pair for e in part
        ]
        lines = [Line(e.target, (("=", e.expression),)) for e in layers]
        yield Section(words["forward_components"], (*lines, *_loss_lines(analysis, words)))


def _loss_lines(analysis: Analysis, words: Words) -> list[Line]:
    """The equations of the loss; the penalty is told in words, as it has a term a parameter."""
    record = analysis.record
    found = []
    for equation in data_loss(analysis):
        whole = equation.target.name != LOSS.name or record.penalty is None
        left: Shown = equation.target if whole else words["data_loss"]
        found.append(Line(left, (("=", equation.expression),)))
    return found


def data_loss(analysis: Analysis) -> tuple[Equation, ...]:
    """The equations of the loss without the penalty."""
    record, names = analysis.record, analysis.names
    return record.loss.equations(names.activations(record.depth), names.targets, LOSS, names.inner)


def penalty_told(record: Record, words: Words) -> tuple[str, ...]:
    return () if record.penalty is None else (_penalty(record.penalty, words),)


def _penalty(penalty: Penalty, words: Words) -> str:
    over = words["penalty_all" if penalty.biases else "penalty_weights"]
    parts = [("l1", penalty.l1), ("l2", penalty.l2 / 2)]
    terms = [words[f"penalty_{key}"].format(rate=decimal_text(rate) or rate) for key, rate in parts if rate]
    return words["penalty"].format(terms=" + ".join(terms), over=over)


def backward(analysis: Analysis, words: Words) -> Iterator[Section]:
    """The slopes of the activations, then the backward pass in matrices, each line with its rule."""
    record, names = analysis.record, analysis.names
    z = MatrixSymbol("z", ((Symbol("z"),),), "z")
    slopes = [
        Line(Elementwise(found.prime(), z), (("=", found.prime().body),))
        for activation, found in analysis.maps.items()
        if activation.name != "identity"
    ]
    if slopes:
        yield Section(words["slopes"], tuple(slopes))
    lines: list[Line] = []
    output = gradient_symbol(names.vector("a", record.depth), analysis.backward)
    if analysis.seed is not None:
        lines.append(Line(output, (("=", analysis.seed),), words["why_seed"]))
    elif record.layers[-1] <= _FEW:
        renamed, why = named_gradients(analysis), words["why_seed"]
        seeds = (_component(analysis, a, why, renamed) for a in names.activations(record.depth))
        lines += told_once(seeds)
    for adjoint in _by_layer(analysis):
        if adjoint.symbol != adjoint.expression:
            direct = "identity" if adjoint.node.name[0] == "z" else "sum"
            why = words[f"why_{adjoint.rules[0] if adjoint.rules else direct}"]
            lines.append(Line(adjoint.symbol, (("=", adjoint.expression),), why))
        if adjoint.node.name == f"z{record.depth}" and analysis.fused is not None:
            lines.append(Line(adjoint.symbol, (("=", analysis.fused),), words["why_fused"]))
    yield Section(words["backward_matrix"], (words["legend"], *lines))


def _by_layer(analysis: Analysis) -> Iterator[MatrixAdjoint]:
    """∂L/∂a, ∂L/∂z, ∂L/∂W, ∂L/∂b of each layer from the last, then ∂L/∂x."""
    for layer in range(analysis.record.depth, 0, -1):
        for letter in "azWb":
            if found := analysis.adjoints.get(f"{letter}{layer}"):
                yield found
    yield analysis.adjoints["x"]


def told_once(lines: Iterable[Line]) -> Iterator[Line]:
    """The rule of several lines in a row stands on the first."""
    last = ""
    for line in lines:
        yield replace(line, why="" if line.why == last else line.why)
        last = line.why


def named_gradients(analysis: Analysis) -> dict[str, Symbol]:
    """What the names of the graph are replaced by in the text: `dz1_2` for ∂L/∂z1_2, `relu'(z1_2)`."""
    found = {a.symbol.name: Symbol(f"d{a.node.name}", a.symbol.latex) for a in analysis.backward.adjoints}
    for layer, activation in enumerate(analysis.record.activations, 1):
        for z in analysis.names.pres(layer):
            if z.name in analysis.slopes:
                symbol = analysis.slopes[z.name][0]
                found[symbol.name] = Symbol(f"{activation.name}'({z.name})", symbol.latex)
    return found


def named_gradient(analysis: Analysis, node: Symbol) -> Expr:
    """∂L/∂node with the gradients it comes from; that of a loss's own intermediate is written out."""
    inner = analysis.names.inner.name
    if inner not in analysis.named:
        return analysis.named[node.name]
    symbol = analysis.adjoint(analysis.names.inner).symbol
    return substitute(analysis.named[node.name], {symbol.name: analysis.named[inner]})


def components_in_order(analysis: Analysis) -> Iterator[tuple[Symbol, str]]:
    """Every node that has a gradient to show, from the output back, and the key of its rule."""
    names, record = analysis.names, analysis.record
    for layer in range(record.depth, 0, -1):
        kind = "why_seed" if layer == record.depth else "why_units"
        yield from ((a, kind) for a in names.activations(layer))
        activation = record.activations[layer - 1]
        own = activation.is_vector or activation.name == "identity"
        slope = f"why_{activation.name}" if own else "why_elementwise"
        yield from ((z, slope) for z in names.pres(layer))
        yield from ((w, "why_weight") for row in names.weights(layer) for w in row)
        if record.biased[layer - 1]:
            yield from ((b, "why_sum") for b in names.biases(layer))
    yield from ((x, "why_units") for x in names.inputs)


def _components(analysis: Analysis, words: Words) -> Iterator[Line]:
    renamed = named_gradients(analysis)
    for node, why in components_in_order(analysis):
        yield _component(analysis, node, words[why], renamed)


def _component(analysis: Analysis, node: Symbol, why: str, renamed: Mapping[str, Symbol]) -> Line:
    """∂L/∂node with the gradients it comes from, then without them where that reads well."""
    named, closed = named_gradient(analysis, node), analysis.closed[node.name]
    parts: list[tuple[str, Shown]] = [("=", substitute(named, renamed))]
    if closed != named and _reads_well(closed, {a.symbol.name for a in analysis.backward.adjoints}):
        parts.append(("=", substitute(closed, renamed)))
    return Line(renamed[analysis.adjoint(node).symbol.name], tuple(parts), why)


def _reads_well(expr: Expr, gradients: Collection[str]) -> bool:
    """Whether a closed form is short, without pieces and without a gradient left in it."""
    nodes = list(walk(expr))
    left = any(isinstance(n, Cases) or (isinstance(n, Symbol) and n.name in gradients) for n in nodes)
    return len(nodes) <= SHORT and not left


def _verdict(record: Record, words: Words) -> str:
    checks = [c for c in checks_of(record) if c.counts]
    if any(c.holds is False for c in checks):
        return words["failed"]
    return words["checked" if all(c.holds for c in checks) else "undecided"].format(count=len(checks))
