"""The verdict on any method and expression as data, and the run that it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from solver.derivation.equality import Equality
from solver.descent.derivatives import Derivatives
from solver.descent.problem import Problem, gradient_of, newton_direction
from solver.descent.schedule import CONSTANT, Schedule
from solver.descent.system import System
from solver.descent.updates import Gradient, Method, Real, Vector, parameters
from solver.expression.tree import Expr, Symbol

POINT = "@"
"""What stands for the name of the point in the arguments of an `Outcome`."""


@dataclass(frozen=True)
class Outcome:
    """The verdict: `key` names the sentence of the proof, `arguments` fill it.

    `limit` are exact numbers or balls, `exact_limit` the same as expressions where there are short ones;
    `cycle` the points of a cycle. `parts` are the verdicts on groups of variables that it is made of, `then`
    the names of the sentences that follow the first with the same arguments.
    """

    behaviour: str
    limit: tuple[Real, ...] | None
    period: int | None
    nature: str | None
    key: str
    arguments: Mapping[str, str]
    checks: tuple[Equality, ...] = ()
    exact_limit: tuple[Expr, ...] | None = None
    cycle: tuple[tuple[Real, ...], ...] = ()
    parts: tuple[tuple[tuple[Symbol, ...], Outcome], ...] = ()
    then: tuple[str, ...] = ()

    @property
    def stops(self) -> bool:
        """Whether there is no infinite run: an iterate is outside the domain, or a step is not defined."""
        return self.key == "leaves_domain" or self.key.startswith("no_step") or self.key == "newton_stops"


UNKNOWN = Outcome("undecided", None, None, None, "unknown", {})


@dataclass(frozen=True)
class Run:
    """An infinite run: a method with its parameters, on a function, from a start, at rates."""

    problem: Problem
    method: Method
    start: tuple[Fraction, ...]
    rate: Fraction
    given: Mapping[str, Fraction]
    schedule: Schedule = CONSTANT

    @property
    def size(self) -> int:
        return len(self.start)

    @property
    def derivatives(self) -> Derivatives:
        return self.problem.derivatives

    @cached_property
    def values(self) -> dict[str, Fraction]:
        """All the parameters, the rate among them."""
        return {"rate": self.rate, **parameters(self.method, self.given)}

    @cached_property
    def gradient(self) -> Callable[[Vector], Vector]:
        return gradient_of(self.problem)

    @cached_property
    def direction(self) -> Gradient:
        """What the rule receives: the gradient, or H⁻¹∇f for Newton's."""
        if self.method.name == "newton":
            return newton_direction(self.problem, self.gradient)
        return self.gradient

    @cached_property
    def system(self) -> System:
        return System(self.method, self.derivatives, self.values)
