"""Names of a network's objects: JSON names (`W1_2_1`), LaTeX (`W^{(1)}_{21}`), scalars, vectors and
matrices.
"""

from __future__ import annotations

from functools import cached_property

from solver.expression.tree import Symbol
from solver.network.record import Record
from solver.rules.matrix import MatrixSymbol, Shape, Size

LOSS = Symbol("L")


class Names:
    """The symbols of a record, 1-based: layer 1 is the first hidden one.

    A layer of one unit has no unit index (z⁽²⁾, W′₁ for the weight from unit 1). Activations of the last
    layer print
    as ŷ. Vectors are bold where they have several entries.
    """

    def __init__(self, record: Record) -> None:
        self.record = record
        self._printed = dict(record.notation)
        self._wide = max(record.layers) > 9

    # ---- scalars

    def weight(self, layer: int, unit: int, source: int) -> Symbol:
        """W_ij of a layer: from unit j below to unit i."""
        return self._weights[layer - 1][unit - 1][source - 1]

    def bias(self, layer: int, unit: int) -> Symbol:
        return self._units("b", layer)[unit - 1]

    def pre(self, layer: int, unit: int) -> Symbol:
        """The pre-activation z."""
        return self._units("z", layer)[unit - 1]

    def activation(self, layer: int, unit: int) -> Symbol:
        """The activation a; layer 0 is the input."""
        return self.inputs[unit - 1] if layer == 0 else self._units("a", layer)[unit - 1]

    @cached_property
    def inputs(self) -> tuple[Symbol, ...]:
        return self._plain("x", self.record.layers[0])

    @cached_property
    def targets(self) -> tuple[Symbol, ...]:
        return self._plain("y", self.record.layers[-1])

    def pres(self, layer: int) -> tuple[Symbol, ...]:
        return self._units("z", layer)

    def activations(self, layer: int) -> tuple[Symbol, ...]:
        """Those of a layer; layer 0 is the input."""
        return self.inputs if layer == 0 else self._units("a", layer)

    def biases(self, layer: int) -> tuple[Symbol, ...]:
        return self._units("b", layer)

    def weights(self, layer: int) -> tuple[tuple[Symbol, ...], ...]:
        return self._weights[layer - 1]

    def penalised(self) -> list[Symbol]:
        """The parameters on which the record's penalty lies."""
        penalty = self.record.penalty
        found: list[Symbol] = []
        for layer in range(1, self.record.depth + 1) if penalty else ():
            found += [w for row in self.weights(layer) for w in row]
            if penalty and penalty.biases and self.record.biased[layer - 1]:
                found += self.biases(layer)
        return found

    def exponential(self, layer: int, unit: int) -> Symbol:
        """e^z of a softmax layer."""
        return Symbol(f"e{layer}_{unit}", rf"e^{{({layer})}}{self._index(unit)}")

    def total(self, layer: int) -> Symbol:
        """The sum of the exponentials of a softmax layer."""
        return Symbol(f"s{layer}", rf"s^{{({layer})}}")

    @cached_property
    def inner(self) -> Symbol:
        """The intermediate of a loss that has one."""
        return Symbol("lse", r"\ell")

    @cached_property
    def _weights(self) -> tuple[tuple[tuple[Symbol, ...], ...], ...]:
        found = []
        for layer in range(1, self.record.depth + 1):
            m, n = self.record.layers[layer - 1 : layer + 1]
            base = self.weight_base(layer)
            rows = []
            for i in range(1, n + 1):
                row = []
                for j in range(1, m + 1):
                    if n == 1:
                        index = self._index(j) if m > 1 else ""
                    else:
                        index = f"_{{{i},{j}}}" if self._wide else f"_{{{i}{j}}}"
                    row.append(Symbol(f"W{layer}_{i}_{j}", base + index))
                rows.append(tuple(row))
            found.append(tuple(rows))
        return tuple(found)

    def _units(self, letter: str, layer: int) -> tuple[Symbol, ...]:
        size = self.record.layers[layer]
        base = self.base(letter, layer)
        return tuple(
            Symbol(f"{letter}{layer}_{i}", base + (self._index(i) if size > 1 else ""))
            for i in range(1, size + 1)
        )

    def _plain(self, letter: str, size: int) -> tuple[Symbol, ...]:
        base = _latex_name(self._printed.get(letter, letter))
        return tuple(
            Symbol(f"{letter}_{i}", base + (self._index(i) if size > 1 else "")) for i in range(1, size + 1)
        )

    def _index(self, i: int) -> str:
        return f"_{{{i}}}"

    # ---- bases

    def weight_base(self, layer: int) -> str:
        """`W^{(1)}`, or what the notation says."""
        return _latex_name(self._printed.get(f"W{layer}", "")) or f"W^{{({layer})}}"

    def base(self, letter: str, layer: int) -> str:
        r"""The letter of a layer's scalars: `z^{(1)}`, `\hat{y}` for the last activation, `b'` by name."""
        own = _latex_name(self._printed.get(f"{letter}{layer}", ""))
        if own:
            return own
        if letter == "a" and layer == self.record.depth:
            return rf"\hat{{{_latex_name(self._printed.get('y', 'y'))}}}"
        return f"{letter}^{{({layer})}}"

    # ---- vectors and matrices

    def weight_matrix(self, layer: int) -> MatrixSymbol:
        return MatrixSymbol(f"W{layer}", self.weights(layer), self.weight_base(layer))

    def vector(self, letter: str, layer: int) -> MatrixSymbol:
        """The column z, a or b of a layer; `a` of layer 0 is x."""
        if letter == "a" and layer == 0:
            return self.input_vector
        symbols = self._units(letter, layer)
        return MatrixSymbol(
            f"{letter}{layer}",
            tuple((s,) for s in symbols),
            self._bold(self.base(letter, layer), len(symbols)),
        )

    @cached_property
    def input_vector(self) -> MatrixSymbol:
        base = _latex_name(self._printed.get("x", "x"))
        return MatrixSymbol("x", tuple((s,) for s in self.inputs), self._bold(base, len(self.inputs)))

    @cached_property
    def target_vector(self) -> MatrixSymbol:
        base = _latex_name(self._printed.get("y", "y"))
        return MatrixSymbol("y", tuple((s,) for s in self.targets), self._bold(base, len(self.targets)))

    def batch(self, letter: str, layer: int, count: int) -> MatrixSymbol:
        """The matrix of a layer over a batch, one example a column: Z⁽ˡ⁾, A⁽ˡ⁾, X, Y; N examples, shown N."""
        size = self.record.layers[layer]
        if letter == "a" and layer == 0:
            name, text = "x", "X"
        elif letter == "y":
            name, text = "y", "Y"
        elif letter == "a" and layer == self.record.depth:
            name, text = f"a{layer}", r"\hat{Y}"
        else:
            name, text = f"{letter}{layer}", f"{letter.upper()}^{{({layer})}}"
        shape: Shape = (size, Size(count, "N"))
        rows = tuple(
            tuple(Symbol(f"{name}_{i}_{e}") for e in range(1, count + 1)) for i in range(1, size + 1)
        )
        return MatrixSymbol(name.upper(), rows, text, shape)

    @staticmethod
    def _bold(base: str, size: int) -> str:
        r"""`\mathbf{z}^{(1)}` for `z^{(1)}`; a single number is not bold."""
        if size == 1:
            return base
        if base.startswith(r"\hat{"):
            return r"\hat{\mathbf{" + base[5:-1] + "}}"
        cut = next((i for i, c in enumerate(base) if c in "^'"), len(base))
        letter = base[:cut]
        font = "boldsymbol" if letter.startswith("\\") else "mathbf"
        return rf"\{font}{{{letter}}}{base[cut:]}"


def _latex_name(text: str) -> str:
    r"""`W'` as it is; Greek names get their backslash."""
    letters = text.rstrip("'")
    return ("\\" if len(letters) > 1 else "") + text if text else ""
