"""Update rules of gradient methods, as PyTorch writes them, and their iterates.

A rule's docstring begins with its formula. Arithmetic is exact as long as every number involved is a short
rational (a square root of a perfect square included), then in balls of at least 50 digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import isqrt
from math import sqrt as float_root
from typing import Any, TypeAlias

from flint import arb, ctx

from solver.descent.orbit import EXACT_BITS, HUGE
from solver.descent.polynomial import dyadic, rational
from solver.descent.schedule import CONSTANT, Schedule
from solver.errors import CorrigeError, nearest

Real: TypeAlias = Fraction | arb
Vector: TypeAlias = tuple[Real, ...]
Gradient = Callable[[Vector], Vector]
"""Exact on a vector of fractions where it can be (else raises `Inexact`), in balls on balls."""


class Inexact(Exception):
    """An exact value is not rational, or too long: go on in balls."""


def root(x: Any) -> Any:
    """√x, exactly where x is the square of a rational; also of a ball, a jet and a float."""
    if isinstance(x, float):
        return float_root(x)
    if not isinstance(x, Fraction):
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
        found = self.memory.get(name)
        return tuple(0 * x for x in self.point) if found is None else found


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
    # 1 − βᵏ is the same average of the number 1: so the rule is one map of (w, m, v, c, d), whatever k is.
    m = _map(lambda old, d: p.beta1 * old + (1 - p.beta1) * d, state.old("m"), g)
    v = _map(lambda old, d: p.beta2 * old + (1 - p.beta2) * d * d, state.old("v"), g)
    c = _map(lambda old: p.beta1 * old + (1 - p.beta1), state.old("c"))
    d = _map(lambda old: p.beta2 * old + (1 - p.beta2), state.old("d"))
    point = _map(
        lambda w, a, b, first, second: w - p.rate * (a / first) / (root(b / second) + p.epsilon),
        state.point, m, v, c, d,
    )  # fmt: skip
    return point, {"m": m, "v": v, "c": c, "d": d}


def adamw(state: State, g: Vector, p: Numbers) -> tuple[Vector, dict[str, Vector]]:
    """w ← (1 − αλ)w; m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; w ← w − α·m/(1 − β₁ᵏ) / (√(v/(1 −
    β₂ᵏ)) + ε)
    """
    shrunk = _map(lambda w: w * (1 - p.rate * p.weight_decay), state.point)
    return adam(State(shrunk, state.memory, state.step), g, p)


def newton(state: State, g: Vector, p: Numbers) -> tuple[Vector, dict[str, Vector]]:
    """w ← w − αH⁻¹g"""
    # What is received as g is H⁻¹g already: only the caller knows the Hessian.
    return gradient_descent(state, g, p)


@dataclass(frozen=True)
class Method:
    """A gradient method: its rule, the parameters it has besides the rate, with PyTorch's defaults, and the
    names of what it remembers from step to step.
    """

    name: str
    rule: Rule
    parameters: Mapping[str, Fraction] = field(default_factory=dict)
    memories: tuple[str, ...] = ()

    @property
    def formula(self) -> str:
        """The rule's docstring, which is its formula."""
        return " ".join((self.rule.__doc__ or "").split())


_BETA = {"beta": Fraction(9, 10)}
_ADAM = {"beta1": Fraction(9, 10), "beta2": Fraction(999, 1000), "epsilon": Fraction(1, 10**8)}
_MOMENTS = ("m", "v", "c", "d")
METHODS: dict[str, Method] = {
    m.name: m
    for m in (
        Method("gd", gradient_descent),
        Method("momentum", momentum, _BETA, ("v",)),
        Method("nesterov", nesterov, _BETA, ("v",)),
        Method("adagrad", adagrad, {"epsilon": Fraction(1, 10**10)}, ("s",)),
        Method("rmsprop", rmsprop, {"beta2": Fraction(99, 100), "epsilon": Fraction(1, 10**8)}, ("s",)),
        Method("adam", adam, _ADAM, _MOMENTS),
        Method("adamw", adamw, {**_ADAM, "weight_decay": Fraction(1, 100)}, _MOMENTS),
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
            own = ", ".join(f"--{p.replace('_', '-')}" for p in chosen.parameters) or "none"
            option = f"--{name.replace('_', '-')}"
            raise CorrigeError(f"the method “{chosen.name}” has no “{option}” (what it has: {own})")
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


def difference(x: Real, y: Real) -> Real:
    """x − y, exactly where both are known exactly."""
    if isinstance(x, Fraction) and isinstance(y, Fraction):
        return x - y
    found: Real = to_ball(x) - to_ball(y)
    return found


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
    schedule: Schedule = CONSTANT,
) -> tuple[Iterate, ...]:
    """The iterates 0 … steps; fewer where one is too large to write (beyond 2^12000) or leaves the domain."""
    plan = _Plan(chosen, gradient, {"rate": rate, **parameters(chosen, given or {})}, schedule, steps)
    state = State(tuple(start))
    done = [Iterate(0, state.point, {})]
    while len(done) <= steps:
        try:
            state = plan.step(state, exact=True)
        except (Inexact, ZeroDivisionError):
            break
        longest_seen = max(bits(x) for v in (state.point, *state.memory.values()) for x in v)
        if longest_seen > longest:
            break
        done.append(Iterate(state.step, state.point, state.memory))
    if len(done) > steps:
        return tuple(done)
    precision = 320
    while True:
        with ctx.workprec(precision):
            tail, enough = plan.in_balls(done[-1])
        if enough or precision > 20_000:
            return (*done, *tail)
        precision *= 2


@dataclass(frozen=True)
class _Plan:
    """How each step of a run is made."""

    chosen: Method
    gradient: Gradient
    values: Mapping[str, Fraction]
    schedule: Schedule
    steps: int

    def step(self, state: State, exact: bool) -> State:
        """The next state; `Inexact` where it is not rational and `exact` was asked."""
        numbers = Numbers(self.values if exact else {name: to_ball(v) for name, v in self.values.items()})
        if not self.schedule.is_constant:
            share = self.schedule.share(state.step)
            numbers["rate"] = numbers.rate * (share if exact else to_ball(share))
        point, memory = self.chosen.rule(state, self.gradient(state.point), numbers)
        return State(point, memory, state.step + 1)

    def in_balls(self, last: Iterate) -> tuple[list[Iterate], bool]:
        """The iterates after `last`, and whether all have 50 digits; stops where a ball is not finite or too
        large.
        """
        memory = {name: tuple(map(to_ball, v)) for name, v in last.memory.items()}
        state = State(tuple(map(to_ball, last.point)), memory, last.k)
        found: list[Iterate] = []
        tiny = arb(10) ** -60
        while len(found) < self.steps - last.k:
            state = self.step(state, exact=False)
            point = [x for x in state.point if isinstance(x, arb)]
            if any(not x.is_finite() for x in point):
                return found, False
            if any(x.rel_accuracy_bits() < 200 and not x.rad() < tiny for x in point):
                return found, False
            if any(abs(x) > arb(2) ** HUGE for x in point):
                break
            found.append(Iterate(state.step, state.point, state.memory))
        return found, True
