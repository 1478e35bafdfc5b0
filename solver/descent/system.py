"""A method on a function as one map of a state: (w), (w, v), (w, s)… at a constant rate.

The state is the point followed by the memories of the method. The map in balls is the update rule itself; its
Jacobian is the same rule applied to jets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import isfinite
from typing import Any

from flint import arb, arb_mat, ctx

from solver.descent.derivatives import Derivatives
from solver.descent.jets import Jet
from solver.descent.polynomial import rational
from solver.descent.updates import Method, Numbers, State


class System:
    """s ↦ F(s) for one method, function and set of parameters."""

    def __init__(self, method: Method, derivatives: Derivatives, values: Mapping[str, Fraction]) -> None:
        self.method, self.derivatives, self.values = method, derivatives, values
        self.size = len(derivatives.variables)
        self.width = self.size * (1 + len(method.memories))
        self._known: dict[int, Numbers] = {}
        self._floats = Numbers({name: float(v) for name, v in values.items()})

    def initial(self, start: Sequence[Fraction]) -> tuple[arb, ...]:
        """The first state: the start, and memories that are 0."""
        return (*(arb(rational(x)) for x in start), *((arb(0),) * (self.width - self.size)))

    def _numbers(self) -> Numbers:
        """The parameters as balls of the precision of the moment."""
        found = self._known.get(ctx.prec)
        if found is None:
            found = self._known[ctx.prec] = Numbers({k: arb(rational(v)) for k, v in self.values.items()})
        return found

    def _state(self, values: Sequence[Any]) -> State:
        n = self.size
        memory = {
            name: tuple(values[n * (i + 1) : n * (i + 2)]) for i, name in enumerate(self.method.memories)
        }
        return State(tuple(values[:n]), memory)

    def _flat(self, point: Sequence[Any], memory: Mapping[str, Sequence[Any]]) -> tuple[Any, ...]:
        return (*point, *(x for name in self.method.memories for x in memory[name]))

    def step(self, state: Sequence[arb]) -> tuple[arb, ...]:
        """F on a box of states; ZeroDivisionError where Newton's Hessian may be singular."""
        point = state[: self.size]
        newton = self.method.name == "newton"
        slope = self.derivatives.newton_direction(point) if newton else self.derivatives.slopes(point)
        return self._flat(*self.method.rule(self._state(state), tuple(slope), self._numbers()))

    def jacobian(self, state: Sequence[arb]) -> arb_mat:
        """DF on a box of states."""
        width = self.width
        unit = [tuple(arb(int(i == j)) for j in range(width)) for i in range(width)]
        jets = [Jet(x, row) for x, row in zip(state, unit, strict=True)]
        point = state[: self.size]
        newton = self.method.name == "newton"
        slope = self.derivatives.newton_jets(point) if newton else self.derivatives.slope_jets(point, width)
        found = self._flat(*self.method.rule(self._state(jets), slope, self._numbers()))
        return arb_mat([list(jet.row) for jet in found])

    def float_run(
        self, start: Sequence[Fraction], steps: int, radius: float = 1e12
    ) -> list[tuple[float, ...]]:
        """States in floats: they suggest what to prove. Stops at rest, past `radius`, or where nothing is
        defined."""
        newton = self.method.name == "newton"
        slopes = self.derivatives.float_newton if newton else self.derivatives.float_slopes
        state = (*map(float, start), *((0.0,) * (self.width - self.size)))
        run = [state]
        while len(run) <= steps:
            try:
                slope = tuple(slopes(state[: self.size]))
                following = self._flat(*self.method.rule(self._state(state), slope, self._floats))
            except (ArithmeticError, ValueError):
                break
            if not all(isfinite(x) and abs(x) < radius for x in following):
                break
            run.append(following)
            if following == state:
                break
            state = following
        return run
