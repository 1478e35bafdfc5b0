"""A record without numbers as JSON: gradients as expressions in the names `W1_2_1`, `b1_2`, `z1_2`, `a1_2`,
`x_1`, `y_1`.
"""

from __future__ import annotations

from solver.expression.bridge import sympy_text
from solver.expression.tree import ZERO, Cases, Expr, Number, Symbol, rebuild, substitute, walk
from solver.graph.local import product, total
from solver.network.backward import Analysis, analyse
from solver.network.forms import checks_of
from solver.network.record import Record
from solver.network.remarks import remarks
from solver.rules.matrix import entry

LONGEST = 60_000
"""Past this many nodes in the gradients of a layer, its ∂L/∂z keep their names (`dz1_2`), defined once."""


def symbolic_json(record: Record, lang: str = "en") -> dict[str, object]:
    """Forward and backward pass in names; `definitions` gives each name that is not an input."""
    analysis = analyse(record)
    names, depth = analysis.names, record.depth
    layers = range(1, depth + 1)
    inner = _inner_definitions(analysis)
    definitions: dict[str, Expr] = {}
    for layer in layers:
        for equation in analysis.component.pre[layer - 1]:
            definitions[equation.target.name] = equation.expression
        posts = {s.name for s in names.activations(layer)}
        for equation in analysis.component.post[layer - 1]:
            if equation.target.name in posts:
                definitions[equation.target.name] = substitute(equation.expression, inner)
    loss = substitute(analysis.component.loss[-1].expression, inner)
    da: dict[str, Expr] = {}
    dz: dict[str, Expr] = {}
    for layer in reversed(layers):
        for i, a in enumerate(names.activations(layer), 1):
            if layer == depth:
                da[a.name] = _plain(analysis, analysis.adjoint(a).expression, inner)
            else:
                da[a.name] = total(
                    [
                        product([dz[f"z{layer + 1}_{k}"], row[i - 1]])
                        for k, row in enumerate(names.weights(layer + 1), 1)
                    ]
                )
        for i, z in enumerate(names.pres(layer), 1):
            dz[z.name] = _delta(analysis, layer, i, da, inner)
        written = sum(sum(1 for _ in walk(dz[z.name])) for z in names.pres(layer))
        if written * (record.layers[layer - 1] + 3) > LONGEST:
            for z in names.pres(layer):
                definitions["d" + z.name] = dz[z.name]
                dz[z.name] = Symbol("d" + z.name)
    dx = [
        total([product([dz[f"z1_{k}"], row[j]]) for k, row in enumerate(names.weights(1), 1)])
        for j in range(record.layers[0])
    ]
    under_penalty = {w.name for w in names.penalised()}

    def penalised(parameter: Symbol, gradient: Expr) -> Expr:
        if record.penalty is None or parameter.name not in under_penalty:
            return gradient
        return total([gradient, record.penalty.slope(parameter)])

    answer: dict[str, object] = {
        "z": [[z.name for z in names.pres(layer)] for layer in layers],
        "a": [[a.name for a in names.activations(layer)] for layer in layers],
        "loss": _text(loss),
        "gradients": {
            "dW": [
                [
                    [
                        _text(penalised(w, product([dz[z.name], a])))
                        for w, a in zip(row, names.activations(layer - 1), strict=True)
                    ]
                    for z, row in zip(names.pres(layer), names.weights(layer), strict=True)
                ]
                for layer in layers
            ],
            "db": [
                [
                    _text(penalised(b, dz[z.name]))
                    for b, z in zip(names.biases(layer), names.pres(layer), strict=True)
                ]
                if record.biased[layer - 1]
                else None
                for layer in layers
            ],
            "dz": [[_text(dz[z.name]) for z in names.pres(layer)] for layer in layers],
            "da": [[_text(da[a.name]) for a in names.activations(layer)] for layer in layers],
            "dx": [_text(d) for d in dx],
        },
        "definitions": {name: _text(expr) for name, expr in definitions.items()},
        "parameters": record.parameters,
        "exact": True,
        "verified": _verified(analysis),
    }
    notes = remarks(record, lang=lang)
    return answer | {"notes": notes} if notes else answer


def _verified(analysis: Analysis) -> bool | None:
    held = [check.holds for check in checks_of(analysis.record)]
    return False if False in held else None if None in held else True


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


def _delta(analysis: Analysis, layer: int, unit: int, da: dict[str, Expr], inner: dict[str, Expr]) -> Expr:
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
