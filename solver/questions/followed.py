"""Runs of any method in a sheet: how they are asked, and judged once for all answers that show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from flint import arb, ctx

from solver.derivation.engine import derive
from solver.derivation.step import Derivation
from solver.descent import told
from solver.descent.answer import Answer
from solver.descent.judged import judged
from solver.descent.outcome import Run
from solver.descent.problem import Evaluator, Problem, values_at
from solver.descent.schedule import CONSTANT, Schedule
from solver.descent.updates import Inexact, Iterate, Method, Real, Vector, method, root, to_ball
from solver.differentiation.conditions import Requirement, fails
from solver.differentiation.domain import added_by, domain
from solver.errors import CorrigeError, SheetError
from solver.expression.plain import plain_condition
from solver.expression.tree import Condition, Expr
from solver.questions.base import Scope
from solver.questions.options import Function, each, read_exact, read_exacts, split_list

Point = tuple[Fraction, ...]


@dataclass(frozen=True)
class Chosen:
    """A method with the parameters that the sheet gives it, in the order of the method."""

    method: Method
    given: tuple[tuple[str, Fraction], ...] = ()

    def __hash__(self) -> int:
        return hash((self.method.name, self.given))

    def __str__(self) -> str:
        """As a sheet writes it."""
        given = ", ".join(f"{name.replace('_', '-')} = {value}" for name, value in self.given)
        return f"{self.method.name}({given})" if given else self.method.name


def read_chosen(text: str, scope: Scope) -> Chosen:
    """`adam`, or with parameters `momentum(beta = 0.5)`."""
    name, bracket, rest = text.partition("(")
    chosen = method(name.strip())
    if not bracket:
        return Chosen(chosen)
    if not rest.rstrip().endswith(")"):
        raise SheetError(f"a closing parenthesis is missing in “{text}”")
    given = {}
    for item in split_list(rest.rstrip()[:-1], scope.decimal_comma):
        option, equals, value = item.partition("=")
        if not equals:
            raise SheetError(f"a parameter is written `beta = 0.9`, found “{item}”")
        given[option.strip().replace("-", "_")] = read_exact(value.strip(), scope)
    return with_parameters(chosen, given)


def read_several_chosen(text: str, scope: Scope) -> tuple[Chosen, ...]:
    """A list of methods."""
    return tuple(dict.fromkeys(each(text, lambda item: read_chosen(item, scope), scope.decimal_comma)))


def with_parameters(chosen: Method, given: Mapping[str, Fraction]) -> Chosen:
    """The method with parameters; a SheetError names one that it does not have, or out of its range."""
    for name, value in given.items():
        option = name.replace("_", "-")
        if name not in chosen.parameters:
            own = ", ".join(p.replace("_", "-") for p in chosen.parameters) or "none"
            raise SheetError(f"the method “{chosen.name}” has no “{option}” (what it has: {own})")
        if name.startswith("beta") and not 0 <= value < 1:
            raise SheetError(f"“{option}” must lie in [0, 1[, found {value}").about(option)
        if value < 0:
            raise SheetError(f"“{option}” must not be negative, found {value}").about(option)
    return Chosen(chosen, tuple((n, given[n]) for n in chosen.parameters if n in given))


def read_point(text: str, scope: Scope) -> Point:
    """`2`, `-1.2, 1` or `(-1.2, 1)`."""
    inner = text.strip()
    if inner.startswith("(") and inner.endswith(")") and len(split_list(inner)) == 1:
        inner = f" {inner[1:-1]} "  # columns stay those of the text
    return read_exacts(inner, scope)


def read_points(text: str, scope: Scope) -> tuple[Point, ...]:
    """`2, -1`, or points in parentheses: `(1, 1), (-1.2, 1)`."""
    return tuple(dict.fromkeys(each(text, lambda item: read_point(item, scope), scope.decimal_comma)))


def fits(function: Function, start: Point, option: str) -> None:
    """A SheetError where a start has not one number for each variable, or lies outside of the domain."""
    names = ", ".join(v.name for v in function.variables)
    if not names:
        raise SheetError("the function is constant: there is nothing to descend").about("of")
    if len(start) != len(function.variables):
        raise SheetError(
            f"a start with {len(function.variables)} number(s) is expected (for {names}), found {len(start)}"
        ).about(option)
    unmet = _unmet(domain(function.expression), function, start)
    if unmet is not None:
        message = (
            f"the start {told.point(start)} is outside of the domain: {plain_condition(unmet)} is needed"
        )
        raise SheetError(message).about(option)


def derivable_at(function: Function, derivative: Expr, start: Point, option: str) -> None:
    """A SheetError where the derivative demands more than the function and the start does not meet it."""
    unmet = _unmet(added_by((derivative,), domain(function.expression)), function, start)
    if unmet is not None:
        needed = plain_condition(unmet)
        message = f"the derivative is not defined at the start {told.point(start)}: {needed} is needed"
        raise SheetError(message).about(option)


def _unmet(demands: tuple[Requirement, ...], function: Function, start: Point) -> Condition | None:
    """A condition that the start is certain not to meet."""
    point = {v.name: x for v, x in zip(function.variables, start, strict=True)}
    return next((c for c in demands if isinstance(c, Condition) and fails(c, point)), None)


def run_of(
    function: Function, chosen: Chosen, start: Point, rate: Fraction, schedule: Schedule = CONSTANT
) -> Answer:
    """The run with its verdict and its start alone as iterates; SheetError where it cannot be followed."""
    function.require_numbers()
    written = repr((function.variables, function.expression))  # 0.25 and 1/4 are equal and print differently
    try:
        return _judged(function, written, chosen, start, rate, schedule)
    except SheetError:
        raise
    except CorrigeError as fault:
        raise SheetError(f"this run cannot be followed: {fault.message}") from None


@lru_cache(maxsize=256)
def _judged(
    function: Function, written: str, chosen: Chosen, start: Point, rate: Fraction, schedule: Schedule
) -> Answer:
    problem = _problem(function, written)[0]
    return judged(Run(problem, chosen.method, start, rate, dict(chosen.given), schedule), 0)


def gradient_derived(function: Function) -> tuple[Derivation, ...]:
    """The partial derivatives rule by rule, one a variable."""
    return _problem(function, repr((function.variables, function.expression)))[1]


@lru_cache(maxsize=64)
def _problem(function: Function, written: str) -> tuple[Problem, tuple[Derivation, ...]]:
    made = tuple(derive(function.expression, v) for v in function.variables)
    return Problem(function.expression, function.variables, tuple(d.result for d in made)), made


@dataclass(frozen=True)
class Place:
    """An iterate with the value of f, the gradient and its norm there."""

    k: int
    point: tuple[Real, ...]
    value: Real
    gradient: tuple[Real, ...]

    @property
    def exact(self) -> bool:
        return all(isinstance(x, Fraction) for x in self.point)


def place_of(run: Run, it: Iterate) -> Place | None:
    """f and ∇f at an iterate; None where one of them is not defined."""
    with ctx.workprec(400):
        value = Evaluator(run.problem.expression, run.problem.variables)
        (height,) = values_at(lambda point: (value(point),), it.point)
        slope = values_at(run.gradient, it.point)
        numbers = (height, *slope)
        if any(not isinstance(x, Fraction) and not x.is_finite() for x in numbers):
            return None
    return Place(it.k, it.point, height, slope)


def norm_of(vector: Vector) -> Real:
    """The Euclidean norm, exactly where it is rational."""
    if len(vector) == 1:
        return abs(vector[0])
    exact = [x for x in vector if isinstance(x, Fraction)]
    if len(exact) == len(vector):
        try:
            found: Real = root(sum((x**2 for x in exact), Fraction(0)))
        except Inexact:
            pass
        else:
            return found
    with ctx.workprec(400):
        square = sum((ball * ball for ball in map(to_ball, vector)), to_ball(Fraction(0)))
        if not square.contains(0):
            return square.sqrt()
        half = square.abs_upper().sqrt() / 2  # part of the ball is negative, where there is no root
        return arb(half.mid(), half.abs_upper())
