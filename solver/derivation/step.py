"""Steps of a derivation, and derivations that refuse a step which does not follow from the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from solver.derivation.equality import Equality
from solver.expression.tree import Expr, symbols


class BrokenDerivation(ValueError):
    """A step that does not begin where the one before ended, or that brings in a variable from nowhere."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line: by `rule`, `before` = `after`.

    `why` holds what the wording may name (the u of a chain rule, the function). `children` are the
    derivations of the parts, where several parts are worked out at once.
    """

    rule: str
    before: Expr
    after: Expr
    why: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}), compare=False)
    children: tuple[Derivation, ...] = ()

    def wrapped(self, around: Callable[[Expr], Expr]) -> Step:
        """The same step inside a larger expression."""
        return replace(self, before=around(self.before), after=around(self.after))


@dataclass(frozen=True, slots=True)
class Derivation:
    """A chain of equalities from `start` to `result`, each by a named rule.

    Its last `after` is the answer: nothing else computes it. Raises BrokenDerivation where a step's `before`
    is not the previous `after`. `checks` are the equalities confirmed by the second road, `known` expressions
    that the steps may draw variables from beside the start (the equation of an implicit derivative).
    """

    start: Expr
    steps: tuple[Step, ...]
    checks: tuple[Equality, ...] = ()
    known: tuple[Expr, ...] = ()

    def __post_init__(self) -> None:
        current = self.start
        known = {s.name for e in (self.start, *self.known) for s in symbols(e)}
        for step in self.steps:
            if step.before != current:
                raise BrokenDerivation(f"the step “{step.rule}” does not begin where the one before ended")
            strange = [s.name for s in symbols(step.after) if s.name not in known]
            if strange:
                raise BrokenDerivation(f"the step “{step.rule}” brings in {strange[0]}")
            current = step.after

    @property
    def result(self) -> Expr:
        """The answer: the last line."""
        return self.steps[-1].after if self.steps else self.start

    @property
    def verified(self) -> bool:
        """Whether every equality was checked and holds, and there is one at least."""
        return bool(self.checks) and all(check.holds is True for check in self.checks)

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Step]]:
        """Every step with its depth, the parts of a step before the step that puts them together."""
        for step in self.steps:
            for child in step.children:
                yield from child.walk(depth + 1)
            yield depth, step
