"""One equality as it is judged: its sides, what its functions are, where it may be tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from flint import fmpq

from solver.claims.compare import Outcome, Pair, evaluate, satisfied
from solver.claims.generic import MARK
from solver.claims.regions import Conditions
from solver.claims.samples import borders, condition_border, samples
from solver.derivation.duals import Local
from solver.derivation.points import Point, switches
from solver.expression.tree import Apply, Cases, Derivative, Expr, Power, symbols, walk

MAX_POINTS = 400
_PATIENCE = 600
_KINK_BITS = 64


@dataclass(frozen=True)
class Question:
    """One equality to judge. `shadows` are expressions that the functions hide, looked at for borders."""

    left: Expr
    right: Expr
    functions: Mapping[str, Local] = field(default_factory=dict)
    conditions: Conditions = ()
    shadows: tuple[Expr, ...] = ()
    kinks: tuple[Expr, ...] = ()
    """Expressions that vanish where a derivative that a function takes may not exist."""

    def on_kink(self, point: Point) -> bool:
        """Whether a derivative is taken at a kink: it may not exist there, whatever dual numbers say."""
        if not self.derives:
            return False
        values = (evaluate(kink, point, self.functions, _KINK_BITS) for kink in self._kinks)
        return any(isinstance(value, fmpq) and value == 0 for value in values)

    @cached_property
    def _kinks(self) -> tuple[Expr, ...]:
        return (*self.kinks, *switches((self.left, self.right, *self.shadows)))

    @property
    def pair(self) -> Pair:
        return Pair(self.left, self.right, self.functions)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The variables that a point gives a value to."""
        found = {s.name for e in (self.left, self.right) for s in symbols(e)}
        for function in self.functions.values():
            found |= {s.name for s in symbols(function.body)} - {p.name for p in function.parameters}
        found |= {s.name for c in self.conditions for e in (c.left, c.right) for s in symbols(e)}
        return tuple(sorted(found, key=lambda name: (MARK in name, name)))

    @cached_property
    def borders(self) -> list[Expr]:
        bounds = [condition_border(c.left, c.right) for c in self.conditions]
        return borders((self.left, self.right, *self.shadows), bounds)

    @cached_property
    def bad(self) -> frozenset[Outcome]:
        """Outcomes that an equality does not have; a side that awaits a derivative may be defined on less."""
        found = {Outcome.DIFFERENT}
        if not self._awaits(self.right):
            found.add(Outcome.LEFT_ONLY)
        if not self._awaits(self.left):
            found.add(Outcome.RIGHT_ONLY)
        return frozenset(found)

    def _awaits(self, expr: Expr) -> bool:
        return any(
            isinstance(n, Derivative)
            or (isinstance(n, Apply) and n.function in self.functions and self.functions[n.function].orders)
            for n in walk(expr)
        )

    @property
    def derives(self) -> bool:
        """Whether a derivative stands on a side."""
        return self._awaits(self.left) or self._awaits(self.right)

    @property
    def by_pieces(self) -> bool:
        """Whether the author wrote a side by pieces: each piece is then claimed on its own."""
        return any(isinstance(n, Cases) for e in (self.left, self.right) for n in walk(e))

    @property
    def _powers(self) -> bool:
        sides = (self.left, self.right, *self.shadows)
        return any(isinstance(n, Power) and symbols(n.exponent) for e in sides for n in walk(e))

    def points(self, seed: str = "claim") -> Iterator[Point]:
        """Points that satisfy the conditions."""
        kept = 0
        drawn = samples(self.names, self.borders, seed, powers=self._powers)
        for tried, point in enumerate(drawn):
            if kept >= MAX_POINTS or tried > _PATIENCE:
                return
            if satisfied(self.conditions, point, self.functions):
                kept += 1
                yield point
