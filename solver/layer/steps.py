"""The backward pass as a list of lines, in the order in which it is derived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from solver.layer.model import Backward, Layer
from solver.layer.reverse import gradient_name
from solver.layer.shapes import SCALAR
from solver.layer.tree import Matrix, Name


@dataclass(frozen=True)
class Step:
    """One line of the backward pass: `before` = `after`, by `rules`, through the equation of `through`."""

    node: Name
    through: Name | None
    rules: tuple[str, ...]
    before: Matrix
    after: Matrix

    @property
    def rule(self) -> str:
        """The rule that says most: the first that is not the sum."""
        return next((name for name in self.rules if name != "sum"), (*self.rules, "name")[0])


def steps(found: Backward) -> Iterator[Step]:
    """Every line in the order in which it is derived: each use, their sum, the tidy form."""
    for adjoint in found.adjoints:
        name = gradient_name(adjoint.node)
        uses = [part for part in adjoint.contributions if part.consumer is not None]
        for part in uses:
            before: Matrix = name
            yield Step(adjoint.node, part.consumer, part.rules, before, part.gradient)
        if len(adjoint.contributions) > 1:
            yield Step(adjoint.node, None, ("uses_summed",), name, adjoint.raw)
        if not uses and not isinstance(adjoint.tidy, Name):
            yield Step(adjoint.node, None, ("loss",), name, adjoint.tidy)
        elif uses and adjoint.tidy != (adjoint.raw if len(uses) > 1 else uses[0].gradient):
            yield Step(adjoint.node, None, ("tidy",), adjoint.raw, adjoint.tidy)


def received(layer: Layer) -> tuple[Name, ...]:
    """The gradients that the layer receives; a loss receives none."""
    return tuple(gradient_name(output) for output in layer.outputs if output.of != SCALAR)
