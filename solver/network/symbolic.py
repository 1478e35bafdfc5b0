"""A record without numbers as JSON: gradients as expressions in the names `W1_2_1`, `b1_2`, `z1_2`, `a1_2`,
`x_1`, `y_1`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from solver.expression.sympy_text import sympy_text
from solver.expression.tree import ZERO, Cases, Expr, Number, Symbol, rebuild, substitute, walk
from solver.graph.local import product, total
from solver.network.backward import Analysis, analyse
from solver.network.forms import checks_of, holds_as_written
from solver.network.record import Record
from solver.network.remarks import remarks
from solver.network.symbols import Names
from solver.rules.matrix import entry

LONGEST = 60_000
"""Past this many nodes in the gradients of a layer, its ∂L/∂z keep their names (`dz1_2`), defined once."""


@dataclass(frozen=True)
class Written:
    """What the answer writes: `definitions` of the names that are not inputs, the loss, ∂L/∂node by node."""

    definitions: dict[str, Expr]
    loss: Expr
    gradients: dict[str, Expr]


def symbolic_json(record: Record, lang: str = "en") -> dict[str, object]:
    """Forward and backward pass in names; `definitions` gives each name that is not an input."""
    analysis = analyse(record)
    names, layers = analysis.names, range(1, record.depth + 1)
    written = write(analysis)
    texts = {name: _text(expr) for name, expr in written.gradients.items()}
    answer: dict[str, object] = {
        "z": [[z.name for z in names.pres(layer)] for layer in layers],
        "a": [[a.name for a in names.activations(layer)] for layer in layers],
        "loss": _text(written.loss),
        "gradients": {
            "dW": [[[texts[w.name] for w in row] for row in names.weights(layer)] for layer in layers],
            "db": [
                [texts[b.name] for b in names.biases(layer)] if record.biased[layer - 1] else None
                for layer in layers
            ],
            "dz": [[texts[z.name] for z in names.pres(layer)] for layer in layers],
            "da": [[texts[a.name] for a in names.activations(layer)] for layer in layers],
            "dx": [texts[x.name] for x in names.inputs],
        },
        "definitions": {name: _text(expr) for name, expr in written.definitions.items()},
        "parameters": record.parameters,
        "exact": True,
        "verified": _verified(analysis, written),
    }
    notes = remarks(record, lang=lang)
    return answer | {"notes": notes} if notes else answer


def write(analysis: Analysis) -> Written:
    """Every gradient in x, y, z, a and the parameters, from the output back."""
    record, names = analysis.record, analysis.names
    inner = _inner_definitions(analysis)
    definitions = _forward_definitions(analysis, inner)
    loss = substitute(analysis.component.loss[-1].expression, inner)
    penalised = {w.name for w in names.penalised()}
    found: dict[str, Expr] = {}

    def put(parameter: Symbol, gradient: Expr) -> None:
        if record.penalty is not None and parameter.name in penalised:
            gradient = total([gradient, record.penalty.slope(parameter)])
        found[parameter.name] = gradient

    for layer in range(record.depth, 0, -1):
        for i, a in enumerate(names.activations(layer)):
            if layer == record.depth:
                found[a.name] = _plain(analysis, analysis.adjoint(a).expression, inner)
            else:
                found[a.name] = _sent_back(names, found, layer + 1, i)
        deltas = [_delta(analysis, layer, i, found, inner) for i in range(1, record.layers[layer] + 1)]
        size = sum(sum(1 for _ in walk(delta)) for delta in deltas)
        named = size * (record.layers[layer - 1] + 3) > LONGEST
        for z, delta in zip(names.pres(layer), deltas, strict=True):
            if named:
                definitions["d" + z.name] = delta
            found[z.name] = Symbol("d" + z.name) if named else delta
        for z, row in zip(names.pres(layer), names.weights(layer), strict=True):
            for w, a in zip(row, names.activations(layer - 1), strict=True):
                put(w, product([found[z.name], a]))
        if record.biased[layer - 1]:
            for z, b in zip(names.pres(layer), names.biases(layer), strict=True):
                put(b, found[z.name])
    for j, x in enumerate(names.inputs):
        found[x.name] = _sent_back(names, found, 1, j)
    return Written(definitions, loss, found)


def _sent_back(names: Names, found: Mapping[str, Expr], layer: int, unit: int) -> Expr:
    """Σ ∂L/∂z · W over the units of `layer` that read a unit (from 0) below."""
    pairs = zip(names.pres(layer), names.weights(layer), strict=True)
    return total([product([found[z.name], row[unit]]) for z, row in pairs])


def _forward_definitions(analysis: Analysis, inner: Mapping[str, Expr]) -> dict[str, Expr]:
    definitions: dict[str, Expr] = {}
    for layer, (pre, post) in enumerate(zip(analysis.component.pre, analysis.component.post, strict=True), 1):
        definitions |= {equation.target.name: equation.expression for equation in pre}
        shown = {s.name for s in analysis.names.activations(layer)}
        for equation in post:
            if equation.target.name in shown:
                definitions[equation.target.name] = substitute(equation.expression, inner)
    return definitions


def _verified(analysis: Analysis, written: Written) -> bool | None:
    """Whether the equations of both forms hold, and the gradients as they are written here too."""
    named = {name[1:]: expr for name, expr in written.definitions.items() if name.startswith("d")}
    verdicts = [check.holds for check in checks_of(analysis.record)]
    verdicts.append(holds_as_written(analysis, {**written.gradients, **named}))
    return False if False in verdicts else None if None in verdicts else True


def _inner_definitions(analysis: Analysis) -> dict[str, Expr]:
    """Intermediates that have no public name (the exponentials of a softmax, their sum) by their
    expressions.
    """
    names, record = analysis.names, analysis.record
    public = {s.name for layer in range(record.depth + 1) for s in names.activations(layer)} | {"L"}
    public |= {s.name for layer in range(1, record.depth + 1) for s in names.pres(layer)}
    found: dict[str, Expr] = {}
    for equation in analysis.component.graph.equations:
        if equation.target.name not in public:
            found[equation.target.name] = substitute(equation.expression, found)
    return found


def _plain(analysis: Analysis, expr: Expr, inner: dict[str, Expr]) -> Expr:
    """`expr` without adjoint names or inner names (for ∂L/∂ŷ: only those of the loss can occur)."""
    values = {a.symbol.name: a.expression for a in analysis.backward.adjoints}
    known = {s.name for s in analysis.component.graph.nodes}
    for _ in range(4):
        if all(s.name in known for s in walk(expr) if isinstance(s, Symbol)):
            break
        expr = substitute(expr, values)
    return substitute(expr, inner)


def _delta(
    analysis: Analysis, layer: int, unit: int, da: Mapping[str, Expr], inner: Mapping[str, Expr]
) -> Expr:
    """∂L/∂z of a unit: by its own slope, or through the rule of a softmax layer."""
    names = analysis.names
    activation = analysis.record.activations[layer - 1]
    z = names.pre(layer, unit)
    if layer == analysis.record.depth and analysis.fused is not None:
        return analysis.closed[z.name]
    values = {analysis.adjoint(a).symbol.name: da[a.name] for a in names.activations(layer)}
    if activation.is_vector:
        found = entry(analysis.adjoints[f"z{layer}"].expression, unit - 1, 0)
    else:
        found = analysis.adjoint(z).expression
    return substitute(found, values)


def _text(expr: Expr) -> str:
    return sympy_text(complete_cases(expr))


def complete_cases(expr: Expr) -> Expr:
    """Where no branch covers a kink, the first is taken (0 for ReLU), or 0 between opposite slopes (|x|)."""
    changed = rebuild(expr, complete_cases)
    if isinstance(changed, Cases) and all(condition is not None for _, condition in changed.branches):
        first, last = changed.branches[0][0], changed.branches[-1][0]
        opposite = isinstance(first, Number) and isinstance(last, Number) and first.value == -last.value
        return Cases((*changed.branches, (ZERO if opposite else first, None)))
    return changed
