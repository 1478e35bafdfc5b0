"""`parameters`: what is chosen, what is learned and what is neither; how many numbers are learned; the
general formula.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from solver.derivation.equality import Equality, Means
from solver.network.build import component_form
from solver.network.record import Record, record_of
from solver.network.symbols import Names
from solver.questions.base import Facts, Question, Scope
from solver.questions.forward import without_numbers
from solver.questions.options import NetworkOption, some_of
from solver.rules.matrix import shape_latex

ASKS = ("list", "count", "formula")


@dataclass(frozen=True)
class LayerCount:
    """The parameters of a layer: weights n × m and biases n (0 without)."""

    number: int
    below: int
    size: int
    is_output: bool
    weights: str
    biases: str | None
    weights_shape: str
    biases_shape: str
    weight_count: int
    bias_count: int

    @property
    def total(self) -> int:
        return self.weight_count + self.bias_count


@dataclass(frozen=True)
class ParametersFacts(Facts):
    """Counts and names. `bias` is all, none or some; `products` and `grouped` are the count as sums of
    products.
    """

    ask: tuple[str, ...]
    record: Record
    layers: tuple[LayerCount, ...]
    total: int
    without_biases: int
    bias: str
    input: str
    target: str
    output: str
    products: str
    grouped: str
    activations: tuple[str, ...]
    hidden: int
    hidden_sizes: tuple[int, ...]

    def public(self) -> Mapping[str, object]:
        return {"parameters": self.total, "layers": list(self.record.layers), "hidden": self.hidden}


class Parameters(Question):
    """Hyperparameters and parameters, count, general formula."""

    kind: ClassVar[str] = "parameters"
    network: NetworkOption
    """The network, by the name of its block."""
    ask: Annotated[tuple[str, ...], some_of(ASKS)] = ASKS
    """The parts of the answer to print."""

    def solve(self, scope: Scope) -> ParametersFacts:
        """The count layer by layer, compared with the parameters listed one by one."""
        record = without_numbers(record_of(self.network))
        names = Names(record)
        layers = []
        for number in range(1, record.depth + 1):
            below, size = record.layers[number - 1 : number + 1]
            biased = record.biased[number - 1]
            vector = names.vector("b", number)
            layers.append(
                LayerCount(
                    number,
                    below,
                    size,
                    number == record.depth,
                    names.weight_matrix(number).latex(),
                    vector.latex() if biased else None,
                    shape_latex((size, below)),
                    shape_latex((size, 1)),
                    size * below,
                    size if biased else 0,
                )
            )
        total = sum(layer.total for layer in layers)
        products = " + ".join(
            rf"{layer.size} \times {layer.below}" + (f" + {layer.size}" if layer.bias_count else "")
            for layer in layers
        )
        grouped = " + ".join(
            rf"({layer.below} + 1) \times {layer.size}"
            if layer.bias_count
            else rf"{layer.below} \times {layer.size}"
            for layer in layers
        )
        bias = "all" if all(record.biased) else "some" if any(record.biased) else "none"
        checks = [
            Equality(text, str(total), Means.EXACT, self._listed(record) == total)
            for text in (products, grouped)
        ]
        hidden = record.layers[1:-1]
        return ParametersFacts(
            tuple(checks), self.ask, record, tuple(layers), total, sum(layer.weight_count for layer in
            layers), bias,
            names.input_vector.latex(), names.target_vector.latex(), names.vector("a", record.depth).latex(),
            products, grouped, tuple(a.text for a in record.activations), len(hidden), hidden,
        )  # fmt: skip

    @staticmethod
    def _listed(record: Record) -> int:
        """The parameters counted one by one in the graph; for a large network, unit by unit."""
        if record.parameters > 5000:
            return sum(
                below + biased
                for below, size, biased in zip(record.layers, record.layers[1:], record.biased, strict=False)
                for _ in range(size)
            )
        inputs = component_form(record, Names(record)).graph.inputs
        return sum(1 for s in inputs if s.name[0] in "Wb")
