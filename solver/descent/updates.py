"""Update rules of gradient methods, as PyTorch writes them, and their iterates.

A rule's docstring begins with its formula. Arithmetic is exact as long as every number involved is a short
rational (a square root of a perfect square included), then in balls of at least 50 digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import isqrt
from typing import TypeAlias

from flint import arb, ctx

from solver.descent.orbit import EXACT_BITS, HUGE
from solver.descent.polynomial import dyadic, rational
from solver.errors import CorrigeError, nearest

Real: TypeAlias = Fraction | arb
Vector: TypeAlias = tuple[Real, ...]
Gradient = Callable[[Vector], Vector]
"""Exact on a vector of fractions where it can be (else raises `Inexact`), in balls on balls."""


class Inexact(Exception):
    """An exact value is not rational, or too long: go on in balls."""


def root(x: Real) -> Real:
    """√x, exactly where x is the square of a rational."""
    if isinstance(x, arb):
        return x.sqrt()
    top, bottom = isqrt(x.numerator), isqrt(x.denominator)
    if top * top != x.numerator or bottom * bottom != x.denominator:
        raise Inexact
    return Fraction(top, bottom)


@dataclass(frozen=True)
class State:
    """Where a method is: the point, its memories (velocity, moments) by name, the number of steps done."""

    point: Vector
    memory: Mapping[str, Vector] = field(default_factory=dict)
    step: int = 0

    def old(self, name: str) -> Vector:
        """A memory, zero before the first step."""
        zero: Real = Fraction(0) if isinstance(self.point[0], Fraction) else arb(0)
        return self.memory.get(name, (zero,) * len(self.point))


Rule = Callable[[State, Vector, "Numbers"], tuple[Vector, dict[str, Vector]]]


class Numbers(dict[str, Real]):
    """The parameters of a method (`rate`, `beta`, …), as fractions or as balls."""

    def __getattr__(self, name: str) -> Real:
        return self[name]


def _map(rule: Callable[..., Real], *vectors: Vector) -> Vector:
    return tuple(rule(*items) for items in zip(*vectors, strict=True))


def gradient_descent(state: State, g: Vector, p: Numbers) -> tuple[Vector, dict[str, Vector]]:
    """w ← w − αg"""
    return _map(lambda w, d: w - p.rate * d, state.point, g), {}


def momentum(state: State, g: Vector, p: Numbers) -> tuple[Vector, dict[str, Vector]]:
    """v ← βv + g; w ← w − αv"""
    v = _map(lambda old, d: p.beta * old + d, state.old("v"), g)
    return _map(lambda w, x: w - p.rate * x, state.point, v), {"v": v}


def nesterov(state: State, g: Vector, p: Numbers) -> tuple[Vector, dict[str, Vector]]:
    """v ← βv + g; w ← w − α(g + βv)"""
    v = _map(lambda old, d: p.beta * old + d, state.old("v"), g)
    return _map(lambda w, d, x: w - p.rate * (d + p.beta * x), state.point, g, v), {"v": v}


def adagrad(state: State, g: Vector, p: Numbers) -> tuple[Vector, dict[str, Vector]]:
    """s ← s + g²; w ← w − αg/(√s + ε)"""
    s = _map(lambda old, d: old + d * d, state.old("s"), g)
    return _map(lambda w, d, x: w - p.rate * d / (root(x) + p.epsilon), state.point, g, s), {"s": s}


def rmsprop(state: State, g: Vector, p: Numbers) -> tuple[Vector, dict[str, Vector]]:
    """s ← β₂s + (1 − β₂)g²; w ← w − αg/(√s + ε)"""
    s = _map(lambda old, d: p.beta2 * old + (1 - p.beta2) * d * d, state.old("s"), g)
    return _map(lambda w, d, x: w - p.rate * d / (root(x) + p.epsilon), state.point, g, s), {"s": s}


def adam(state: State, g: Vector, p: Numbers) -> tuple[Vector, dict[str, Vector]]:
    """m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; w ← w − α·m/(1 − β₁ᵏ) / (√(v/(1 − β₂ᵏ)) + ε)"""
    k = state.step + 1
    m = _map(lambda old, d: p.beta1 * old + (1 - p.beta1) * d, state.old("m"), g)
    v = _map(lambda old, d: p.beta2 * old + (1 - p.beta2) * d * d, state.old("v"), g)
    first, second = 1 - p.beta1**k, 1 - p.beta2**k
    point = _map(lambda w, a, b: w - p.rate * (a / first) / (root(b / second) + p.epsilon), state.point, m, v)
    return point, {"m": m, "v": v}


def adamw(state: State, g: Vector, p: Numbers) -> tuple[Vector, dict[str, Vector]]:
    """w ← (1 − αλ)w, then Adam's step"""
    shrunk = _map(lambda w: w * (1 - p.rate * p.decay), state.point)
    return adam(State(shrunk, state.memory, state.step), g, p)


def newton(state: State, g: Vector, p: Numbers) -> tuple[Vector, dict[str, Vector]]:
    """w ← w − αH⁻¹g"""
    # What is received as g is H⁻¹g already: only the caller knows the Hessian.
    return gradient_descent(state, g, p)


@dataclass(frozen=True)
class Method:
    """A gradient method: its rule, and the parameters it has besides the rate, with PyTorch's defaults."""

    name: str
    rule: Rule
    parameters: Mapping[str, Fraction] = field(default_factory=dict)

    @property
    def formula(self) -> str:
        """The first line of the rule's docstring."""
        return (self.rule.__doc__ or "").splitlines()[0]


_BETA = {"beta": Fraction(9, 10)}
_ADAM = {"beta1": Fraction(9, 10), "beta2": Fraction(999, 1000), "epsilon": Fraction(1, 10**8)}
METHODS: dict[str, Method] = {
    m.name: m
    for m in (
        Method("gd", gradient_descent),
        Method("momentum", momentum, _BETA),
        Method("nesterov", nesterov, _BETA),
        Method("adagrad", adagrad, {"epsilon": Fraction(1, 10**10)}),
        Method("rmsprop", rmsprop, {"beta2": Fraction(99, 100), "epsilon": Fraction(1, 10**8)}),
        Method("adam", adam, _ADAM),
        Method("adamw", adamw, {**_ADAM, "decay": Fraction(1, 100)}),
        Method("newton", newton),
    )
}


def method(name: str) -> Method:
    """A method by name; an unknown one is an error that lists those known."""
    if name not in METHODS:
        raise CorrigeError(
            f"unknown method “{name}”; known: {', '.join(METHODS)}", hint=nearest(name, METHODS)
        )
    return METHODS[name]


def parameters(chosen: Method, given: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """The defaults of a method with what is given instead; a parameter it does not have is an error."""
    for name in given:
        if name not in chosen.parameters:
            own = ", ".join(chosen.parameters) or "none"
            raise CorrigeError(
                f"the method “{chosen.name}” has no parameter “{name}” (its parameters: {own})"
            )
    return {**chosen.parameters, **given}


@dataclass(frozen=True)
class Iterate:
    """w⁽ᵏ⁾ with its memories: `exact` where all coordinates are rationals kept in full."""

    k: int
    point: Vector
    memory: Mapping[str, Vector]

    @property
    def exact(self) -> bool:
        return all(isinstance(x, Fraction) for x in self.point)


def bits(x: Fraction) -> int:
    """Bits of the longer of numerator and denominator."""
    return max(x.numerator.bit_length(), x.denominator.bit_length())


def to_ball(x: Real) -> arb:
    """The same number as a ball at the current precision."""
    return x if isinstance(x, arb) else arb(rational(x))


def to_fraction(x: Real) -> Fraction:
    """The number itself, or the middle of its ball."""
    return x if isinstance(x, Fraction) else dyadic(x)


def run(
    chosen: Method,
    gradient: Gradient,
    start: Sequence[Fraction],
    rate: Fraction,
    steps: int,
    given: Mapping[str, Fraction] | None = None,
    longest: int = EXACT_BITS,
) -> tuple[Iterate, ...]:
    """The iterates 0 … steps; fewer where one is too large to write (beyond 2^12000) or leaves the domain."""
    values = {"rate": rate, **parameters(chosen, given or {})}
    exact = Numbers(values)
    state = State(tuple(start))
    done = [Iterate(0, state.point, {})]
    while len(done) <= steps:
        try:
            state = _step(chosen, gradient, state, exact)
        except (Inexact, ZeroDivisionError):
            break
        longest_seen = max(bits(x) for v in (state.point, *state.memory.values()) for x in v)
        if longest_seen > longest:
            break
        done.append(Iterate(state.step, state.point, state.memory))
    if len(done) > steps:
        return tuple(done)
    last = done[-1]
    precision = 320
    while True:
        with ctx.workprec(precision):
            tail, enough = _in_balls(chosen, gradient, last, values, steps)
        if enough or precision > 20_000:
            return (*done, *tail)
        precision *= 2


def _step(chosen: Method, gradient: Gradient, state: State, numbers: Numbers) -> State:
    point, memory = chosen.rule(state, gradient(state.point), numbers)
    return State(point, memory, state.step + 1)


def _in_balls(
    chosen: Method, gradient: Gradient, last: Iterate, values: Mapping[str, Fraction], steps: int
) -> tuple[list[Iterate], bool]:
    """The iterates after `last`, and whether all have 50 digits; stops where a ball is not finite or too
    large.
    """
    numbers = Numbers({name: to_ball(v) for name, v in values.items()})
    memory = {name: tuple(map(to_ball, v)) for name, v in last.memory.items()}
    state = State(tuple(map(to_ball, last.point)), memory, last.k)
    found: list[Iterate] = []
    tiny = arb(10) ** -60
    while len(found) < steps - last.k:
        state = _step(chosen, gradient, state, numbers)
        point = [x for x in state.point if isinstance(x, arb)]
        if any(not x.is_finite() for x in point):
            return found, False
        if any(x.rel_accuracy_bits() < 200 and not x.rad() < tiny for x in point):
            return found, False
        if any(abs(x) > arb(2) ** HUGE for x in point):
            break
        found.append(Iterate(state.step, state.point, state.memory))
    return found, True
