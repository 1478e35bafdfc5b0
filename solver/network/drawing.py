"""The drawing of a network: one column of nodes a layer, all connections, a few labels."""

from __future__ import annotations

from solver.document.figure import Diagram, DiagramEdge, DiagramNode
from solver.network.record import Record
from solver.network.symbols import Names

SHOWN = 5
"""Past this many units, a layer shows its first ones, dots, and its last one."""


def network_diagram(record: Record) -> Diagram:
    """Inputs grey on the left, then each layer; labels are the given names, so no answer shows."""
    names = Names(record)
    nodes: list[DiagramNode] = []
    columns: list[list[str]] = []
    tallest = max(min(n, SHOWN) for n in record.layers)
    for layer, size in enumerate(record.layers):
        symbols = names.activations(layer)
        column: list[str] = []
        shown = list(range(size)) if size <= SHOWN else [*range(SHOWN - 2), -1, size - 1]
        for row, unit in enumerate(shown):
            y = (len(shown) - 1) / 2 - row
            if unit < 0:
                nodes.append(DiagramNode(f"dots{layer}", r"$\vdots$", 2.0 * layer, y, shape="plain"))
                continue
            symbol = symbols[unit]
            nodes.append(DiagramNode(symbol.name, f"${symbol.latex}$", 2.0 * layer, y, filled=layer == 0))
            column.append(symbol.name)
        columns.append(column)
    edges = []
    few = sum(a * b for a, b in zip(record.layers, record.layers[1:], strict=False)) <= 4
    for layer in range(1, len(columns)):
        weights = {w.name: w for row in names.weights(layer) for w in row}
        for target in columns[layer]:
            for source in columns[layer - 1]:
                unit, below = target.rsplit("_", 1)[1], source.rsplit("_", 1)[1]
                weight = weights[f"W{layer}_{unit}_{below}"]
                label = f"${weight.latex}$" if few else ""
                edges.append(DiagramEdge(source, target, label))
    top = (tallest - 1) / 2 + 0.8
    captions = [
        (2.0 * layer, top, f"${_caption(record, names, layer)}$") for layer in range(len(record.layers))
    ]
    below_y = -(tallest - 1) / 2 - 0.7
    for layer in range(1, len(record.layers)):
        parts = [names.weight_base(layer)]
        if record.biased[layer - 1]:
            parts.append(names.vector("b", layer).text)
        captions.append((2.0 * layer - 1.0, below_y, "$" + ",\\; ".join(parts) + "$"))
    return Diagram(tuple(nodes), tuple(edges), tuple(captions))


def _caption(record: Record, names: Names, layer: int) -> str:
    vector = names.vector("a", layer)
    return (
        rf"{vector.text} \in \mathbb{{R}}^{{{record.layers[layer]}}}"
        if record.layers[layer] > 1
        else vector.text
    )
