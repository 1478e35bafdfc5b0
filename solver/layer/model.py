"""A layer as equations, and its backward pass as it is derived: names, steps, checks."""

from __future__ import annotations

from dataclasses import dataclass

from solver.layer.reverse import Contribution
from solver.layer.shapes import Shape, letters
from solver.layer.tree import Equation, Matrix, Name


@dataclass(frozen=True)
class Layer:
    """Equations in order; `given` are constants that receive no gradient (a mask, targets)."""

    name: str
    inputs: tuple[Name, ...]
    equations: tuple[Equation, ...]
    outputs: tuple[Name, ...]
    given: frozenset[str] = frozenset()
    rows_sum_to_one: tuple[Name, ...] = ()

    @property
    def shapes(self) -> dict[str, Shape]:
        """The shape of every name, inputs first."""
        names = (*self.inputs, *(equation.target for equation in self.equations))
        return {name.name: name.of for name in names}

    @property
    def letters(self) -> frozenset[str]:
        """Every letter that means something here: names of matrices and of sizes."""
        return frozenset((*self.shapes, *letters(self.shapes.values())))


@dataclass(frozen=True)
class Adjoint:
    """d`node`: what it receives (`contributions`), their sum as the rules write it, and its tidy form.

    `kept` tells that later formulas use its name rather than its expression; `facts` are sums that the tidy
    form knows to be numbers.
    """

    node: Name
    contributions: tuple[Contribution, ...]
    raw: Matrix
    tidy: Matrix
    kept: bool
    facts: tuple[tuple[Matrix, Matrix], ...] = ()


@dataclass(frozen=True)
class Check:
    """One formula compared with forward mode, entry by entry; `holds` is None where it could not be.

    `formula` is what was compared, None where no values could be.
    """

    what: str
    node: Name
    formula: Matrix | None
    entries: int
    holds: bool | None


@dataclass(frozen=True)
class Backward:
    """The backward pass of a layer.

    `assumed` are the tidy forms under the layer's assumption (rows of T that sum to 1), where they differ.
    """

    layer: Layer
    adjoints: tuple[Adjoint, ...]
    assumed: tuple[tuple[Name, Matrix], ...]
    checks: tuple[Check, ...]

    @property
    def verified(self) -> bool:
        return bool(self.checks) and all(check.holds is True for check in self.checks)

    @property
    def results(self) -> tuple[Adjoint, ...]:
        """The gradients of the inputs, in their order."""
        by_name = {adjoint.node.name: adjoint for adjoint in self.adjoints}
        return tuple(by_name[name.name] for name in self.layer.inputs if name.name in by_name)

    @property
    def kept(self) -> tuple[Adjoint, ...]:
        """The gradients of intermediate names that the results use."""
        return tuple(adjoint for adjoint in self.adjoints if adjoint.kept)
