"""The second road of a network: truncated power series along one parameter (dual numbers are those of
length 2).

It reads the equations of the graph through the definitions of the functions (exp, ln, erf and arithmetic
only) and
shares nothing with the backward pass: neither the rules, nor the slopes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import arb, arb_series, ctx

from solver.errors import UnsupportedExpression
from solver.expression.fact import FunctionFact
from solver.expression.functions import FUNCTIONS
from solver.expression.tree import (
    Apply,
    Cases,
    Condition,
    Constant,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
)
from solver.graph.model import Equation
from solver.network.numbers import ball, precision, rational

Series = Any


@dataclass(frozen=True)
class Road:
    """How to evaluate: the `length` of the series. Exactly on a kink, the slope is the one agreed on."""

    length: int = 2

    def run(self, equations: Iterable[Equation], known: Mapping[str, Series]) -> dict[str, Series]:
        """`known` and every target, in order."""
        found = dict(known)
        for equation in equations:
            found[equation.target.name] = self.value(equation.expression, found)
        return found

    def constant(self, value: object) -> Series:
        return arb_series([value], self.length)

    def along(self, value: object, slope: object = 1) -> Series:
        """value + slope·t."""
        return arb_series([value, slope], self.length)

    def value(self, expr: Expr, known: Mapping[str, Series]) -> Series:
        """The series of `expr`. Raises UnsupportedExpression for a function without definition."""
        match expr:
            case Number(exact):
                return self.constant(arb(rational(exact)))
            case Symbol(name):
                return known[name]
            case Sum(terms):
                found = self.value(terms[0], known)
                for term in terms[1:]:
                    found = found + self.value(term, known)
                return found
            case Product(factors):
                found = self.value(factors[0], known)
                for factor in factors[1:]:
                    found = found * self.value(factor, known)
                return found
            case Negative(operand):
                return -self.value(operand, known)
            case Quotient(top, bottom):
                return self.value(top, known) / self.value(bottom, known)
            case Power(base, Number(exact)) if exact.denominator == 1:
                return self._power(self.value(base, known), int(exact))
            case Power(Constant("e"), exponent):
                return self.value(exponent, known).exp()
            case Power(base, exponent):
                return (self.value(base, known).log() * self.value(exponent, known)).exp()
            case Constant(name):
                return self.constant(arb.pi() if name == "pi" else arb(1).exp())
            case Cases(branches):
                for inner, condition in branches:
                    if condition is None or self._holds(condition, known):
                        return self.value(inner, known)
                raise UnsupportedExpression("no branch holds here")
            case Apply(name, arguments):
                return self._call(name, arguments, known)
            case _:
                raise UnsupportedExpression(f"{type(expr).__name__} is not evaluated here")

    def _power(self, base: Series, exponent: int) -> Series:
        found = self.constant(1)
        for _ in range(abs(exponent)):
            found = found * base
        return found if exponent >= 0 else 1 / found

    def _call(self, name: str, arguments: Sequence[Expr], known: Mapping[str, Series]) -> Series:
        if name in ("exp", "ln", "erf", "sqrt"):
            inner = self.value(arguments[0], known)
            return {"exp": inner.exp, "ln": inner.log, "erf": inner.erf, "sqrt": inner.sqrt}[name]()
        if name == "max":
            values = [self.value(a, known) for a in arguments]
            best = values[0]
            for other in values[1:]:
                best = best if self._sign(best - other) >= 0 else other
            return best
        fact = FUNCTIONS.get(name)
        if fact is None or fact.definition is None:
            raise UnsupportedExpression(f"the function {name} has no definition to evaluate")
        whole = fact.complete(arguments)
        inner_known = {p: self.value(a, known) for p, a in zip(fact.parameters, whole, strict=True)}
        found = self.value(fact.definition, inner_known)
        return found if self.length == 1 else self._on_kink(fact, inner_known, found)

    def _on_kink(self, fact: FunctionFact, known: Mapping[str, Series], found: Series) -> Series:
        """`found`, and where the argument is exactly a kink, the value there with the slope taken there."""
        argument = known[fact.parameters[fact.place]]
        for kink, taken in zip(fact.kinks, fact.taken, strict=False):
            if _is_zero(arb((argument - self.value(_read(kink), {}))[0])):
                moving = argument - self.constant(argument[0])
                return self.constant(found[0]) + self.value(_read(taken), known) * moving
        return found

    def _sign(self, gap: Series) -> int:
        """The sign of the constant coefficient; 1 where it is 0."""
        value = arb(gap[0])
        if value > 0:
            return 1
        if value < 0:
            return -1
        if _is_zero(value):
            return 1
        raise UnsupportedExpression("a condition cannot be decided")

    def _holds(self, condition: Condition, known: Mapping[str, Series]) -> bool:
        sign = self._sign(self.value(condition.left, known) - self.value(condition.right, known))
        return {"<": sign < 0, "<=": sign < 0, ">": sign > 0, ">=": sign > 0, "!=": True, "=": False}[
            condition.relation
        ]


def _is_zero(value: arb) -> bool:
    """Whether nothing tells the value from 0 at half the precision."""
    return bool(value.contains(0)) and bool(value.rad() < arb(2) ** (-ctx.prec // 2))


@lru_cache(maxsize=64)
def _read(text: str) -> Expr:
    from solver.expression.reader import read_expression

    return read_expression(text)


@dataclass(frozen=True)
class Difference:
    """A central difference (L(w + h) − L(w − h)) / 2h, and a bound on its distance to ∂L/∂w.

    The bound is h²/6 times an enclosure of |∂³L/∂w³| on [w − h, w + h]; None where there is none (a kink
    inside).
    """

    value: arb
    bound: arb | None


def inner_partials(
    equations: Sequence[Equation], values: Mapping[str, arb], names: Iterable[str], output: str
) -> dict[str, arb]:
    """∂output/∂name for any node, inner ones included, all forward values being known (current precision)."""
    road = Road(2)
    still = {k: road.constant(v) for k, v in values.items()}
    uses = [frozenset(s.name for s in equation.operands) for equation in equations]
    place = {equation.target.name: i for i, equation in enumerate(equations)}
    found: dict[str, arb] = {}
    for name in names:
        if name == output:
            found[name] = arb(1)
            continue
        known = still | {name: road.along(values[name])}
        moving = {name}
        for index in range(place.get(name, -1) + 1, len(equations)):
            if not uses[index].isdisjoint(moving):
                equation = equations[index]
                known[equation.target.name] = road.value(equation.expression, known)
                moving.add(equation.target.name)
        found[name] = arb(known[output][1])
    return found


def perturbed(
    equations: Sequence[Equation], inputs: Mapping[str, arb], direction: Mapping[str, arb]
) -> dict[str, Series]:
    """Every node with its slope Σ direction · ∂node/∂moved, over any nodes, inner ones included, in one pass.

    Each equation is read as target = expression + t · direction (current precision).
    """
    road = Road(2)
    still = arb(0)
    known = {k: road.along(v, direction.get(k, still)) for k, v in inputs.items()}
    for equation in equations:
        found = road.value(equation.expression, known)
        if equation.target.name in direction:
            found = found + road.along(still, direction[equation.target.name])
        known[equation.target.name] = found
    return known


def differences(
    equations: Sequence[Equation], point: Mapping[str, Fraction], names: Iterable[str], output: str,
    step: Fraction, *, bits: int = 256,
) -> dict[str, Difference]:  # fmt: skip
    """The central difference by each name, with its bound."""
    flat, jet = Road(1), Road(4)
    found: dict[str, Difference] = {}
    with precision(bits):
        h = ball(rational(step))
        still = {k: flat.constant(ball(rational(v))) for k, v in point.items()}
        jets = {k: jet.constant(ball(rational(v))) for k, v in point.items()}
        for name in names:
            ends = []
            for sign in (1, -1):
                moved = flat.constant(ball(rational(point[name] + sign * step)))
                ends.append(arb(flat.run(equations, still | {name: moved})[output][0]))
            around = ball(rational(point[name])) + arb(0, 1) * h
            bound: arb | None
            try:
                third = arb(jet.run(equations, jets | {name: jet.along(around)})[output][3]) * 6
                bound = abs(third).upper() * h * h / 6 if third.is_finite() else None
            except UnsupportedExpression:
                bound = None
            found[name] = Difference((ends[0] - ends[1]) / (2 * h), bound)
    return found
