"""One line of the chain rule for unit j (or weight ij) in place of one line a unit, where all lines agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from solver.expression.latex import latex
from solver.network.backward import Analysis


@dataclass(frozen=True)
class Path:
    """A product of the chain rule in LaTeX: the gradient received (empty for the loss), ∂consumer/∂node, its
    value.
    """

    received: str
    local: str
    value: str

    @property
    def braced(self) -> str:
        own = rf"\underbrace{{{self.local}}}_{{{self.value}}}" if self.local != self.value else self.local
        return rf"{self.received} \cdot {own}" if self.received else own


@dataclass(frozen=True)
class Line:
    """∂L/∂node of one entry: `unit` in its layer, `source` in the layer below (weights only), from 1."""

    unit: int
    source: int
    name: str
    paths: tuple[Path, ...]
    full: str | None


@dataclass(frozen=True)
class Generic:
    """The line of every entry: its left side, the chain rule with every factor named, the same in full."""

    name: str
    braced: str
    full: str | None


def generic_line(analysis: Analysis, letter: str, layer: int, lines: Sequence[Line]) -> Generic | None:
    """The one line of which all `lines` are instances; None where they are not instances of one line.

    For an activation read by several units, the sum over these units, written with Σ.
    """
    record = analysis.record
    following = record.layers[layer + 1] if layer < record.depth else 1
    sums = letter == "a" and following > 1
    units, names, paths, fulls = ("i" if letter in "bW" else "j"), set(), set(), set()
    for line in lines:
        table = _table(analysis, letter, layer, line, units)
        names.add(_put(line.name, table))
        if (sums and len(line.paths) != following) or (not sums and len(line.paths) != 1):
            return None
        for reader, path in enumerate(line.paths, 1):
            own = table | _readers(analysis, layer, reader, line.unit) if sums else table
            paths.add(Path(_put(path.received, own), _put(path.local, own), _put(path.value, own)))
        fulls.add(_put(line.full, table) if line.full else None)
    if len(names) != 1 or len(paths) != 1:
        return None
    braced = paths.pop().braced
    if sums:
        braced = rf"\sum_{{i=1}}^{{{following}}} {braced}"
    return Generic(names.pop(), braced, fulls.pop() if len(fulls) == 1 and not sums else None)


def _table(analysis: Analysis, letter: str, layer: int, line: Line, index: str) -> dict[str, str]:
    """What stands for unit `line.unit` of the layer and `line.source` of the one below, with letters."""
    record, names = analysis.record, analysis.names
    found: dict[str, str] = {}
    if record.layers[layer] > 1:
        own_symbols = {"a": names.activations(layer)}
        if layer:
            own_symbols |= {"z": names.pres(layer), "b": names.biases(layer)}
        for own, symbols in own_symbols.items():
            found[latex(symbols[line.unit - 1])] = _base(analysis, own, layer) + f"_{{{index}}}"
        if layer < record.depth:
            for i, row in enumerate(names.weights(layer + 1), 1):
                found[latex(row[line.unit - 1])] = names.weight_base(layer + 1) + _pair(
                    analysis, layer + 1, str(i), index
                )
    if letter == "W":
        below = record.layers[layer - 1]
        source = "j" if below > 1 else "1"
        own_unit = index if record.layers[layer] > 1 else "1"
        weight = latex(names.weight(layer, line.unit, line.source))
        if record.layers[layer] > 1 or below > 1:
            found[weight] = names.weight_base(layer) + _pair(analysis, layer, own_unit, source)
        if below > 1:
            found[latex(names.activation(layer - 1, line.source))] = _base(analysis, "a", layer - 1) + "_{j}"
    return found


def _readers(analysis: Analysis, layer: int, reader: int, unit: int) -> dict[str, str]:
    """Unit `reader` of the following layer, with i; its weight from `unit`, with ij."""
    names = analysis.names
    weight = names.weight(layer + 1, reader, unit)
    own = "j" if analysis.record.layers[layer] > 1 else "1"
    return {
        latex(names.pre(layer + 1, reader)): _base(analysis, "z", layer + 1) + "_{i}",
        latex(weight): names.weight_base(layer + 1) + _pair(analysis, layer + 1, "i", own),
    }


def _pair(analysis: Analysis, layer: int, row: str, column: str) -> str:
    """The index of a weight, as `Names` prints it: one letter where the layer has one unit."""
    m, n = analysis.record.layers[layer - 1 : layer + 1]
    if n == 1:
        return f"_{{{column}}}" if m > 1 else ""
    return f"_{{{row},{column}}}" if max(analysis.record.layers) > 9 else f"_{{{row}{column}}}"


def _base(analysis: Analysis, letter: str, layer: int) -> str:
    if layer == 0:
        text = latex(analysis.names.inputs[0])
        return text.rpartition("_")[0] if analysis.record.layers[0] > 1 else text
    return analysis.names.base(letter, layer)


def _put(text: str, table: dict[str, str]) -> str:
    for old in sorted(table, key=len, reverse=True):
        text = text.replace(old, table[old])
    return text
