"""What a method does to its steps, computed from the run: first steps, rates of each coordinate, rises."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb_mat, ctx

from solver.descent.outcome import Run
from solver.descent.problem import hessian_at
from solver.descent.replay import BITS
from solver.descent.updates import Iterate, Real, method, to_ball
from solver.descent.updates import run as iterate
from solver.questions.followed import Place, place_of

ADAPTIVE = ("adagrad", "rmsprop", "adam", "adamw")


@dataclass(frozen=True)
class Effects:
    """`sizes` are |w⁽¹⁾ − w⁽⁰⁾|/α by coordinate (0 where the gradient is), `uncorrected` what they would be
    without the bias correction of Adam; `rates` are the effective rates (w⁽ᵏ⁾ − w⁽ᵏ⁺¹⁾)/g⁽ᵏ⁾ step by step and
    coordinate by coordinate (None where g is 0); `gain` is the factor of a long run under a constant gradient
    or of a first step, by method; `plain` where plain descent is after as many steps, `rises` the k with
    f(w⁽ᵏ⁺¹⁾) > f(w⁽ᵏ⁾), `shape` what the Hessian is at the start (positive, negative, indefinite, or empty).
    """

    sizes: tuple[Real, ...] = ()
    uncorrected: tuple[Real, ...] = ()
    rates: tuple[tuple[Real | None, ...], ...] = ()
    gain: Real | None = None
    kept: Real | None = None
    plain: Place | None = None
    rises: tuple[int, ...] = ()
    shape: str = ""
    falls_at_once: bool = False
    """Whether f is surely lower after the first step."""


def effects(run: Run, iterates: Sequence[Iterate], places: Sequence[Place]) -> Effects:
    """What can be said of these iterates."""
    with ctx.workprec(BITS):
        name, p = run.method.name, run.values
        adaptive = name in ADAPTIVE
        gain: Real | None = None
        rate = run.rate * run.schedule.share(0)
        if name == "momentum":
            gain = 1 / (1 - p["beta"])
        elif name == "nesterov":
            gain = 1 + p["beta"]
        elif name == "rmsprop":
            gain = 1 / to_ball(1 - p["beta2"]).sqrt()
        elif name in ("adam", "adamw"):
            gain = to_ball(1 - p["beta1"]) / to_ball(1 - p["beta2"]).sqrt()
        start = iterates[0].point
        if "weight_decay" in p:
            start = tuple(x * (1 - rate * p["weight_decay"]) for x in start)
        moved = len(iterates) > 1 and run.rate != 0 and any(places[0].gradient)
        return Effects(
            tuple(_ratio(x, y, rate) for x, y in zip(start, iterates[1].point, strict=True))
            if adaptive and moved
            else (),
            tuple(_uncorrected(run, to_ball(g)) for g in places[0].gradient)
            if name in ("adam", "adamw") and moved
            else (),
            tuple(_rates(a, b, place) for a, b, place in zip(iterates, iterates[1:], places, strict=False))
            if adaptive and name != "adamw" and any(map(any, (place.gradient for place in places[:-1])))
            else (),
            gain,
            1 - run.rate * p["weight_decay"] if name == "adamw" else None,
            _plain(run, len(places) - 1) if name != "gd" and p.get("beta") != 0 else None,
            tuple(a.k for a, b in itertools.pairwise(places) if to_ball(b.value) > to_ball(a.value)),
            _shape(run) if name == "newton" and any(places[0].gradient) else "",
            len(places) > 1 and bool(to_ball(places[1].value) < to_ball(places[0].value)),
        )


def _ratio(before: Any, after: Any, rate: Fraction) -> Real:
    """|after − before|/rate, exact where both points are."""
    if isinstance(before, Fraction) and isinstance(after, Fraction):
        return abs(after - before) / rate
    found: Real = abs(to_ball(after) - to_ball(before)) / to_ball(rate)
    return found


def _uncorrected(run: Run, g: Any) -> Real:
    p = run.values
    root = to_ball(1 - p["beta2"]).sqrt()
    found: Real = to_ball(1 - p["beta1"]) * abs(g) / (root * abs(g) + to_ball(p["epsilon"]))
    return found


def _rates(before: Iterate, after: Iterate, place: Place) -> tuple[Real | None, ...]:
    found: list[Real | None] = []
    for x, y, g in zip(before.point, after.point, place.gradient, strict=True):
        slope = to_ball(g)
        found.append(None if slope.contains(0) else (to_ball(x) - to_ball(y)) / slope)
    return tuple(found)


def _plain(run: Run, steps: int) -> Place | None:
    """Where plain descent is at the same rates, after as many steps."""
    plain = iterate(method("gd"), run.gradient, run.start, run.rate, steps, schedule=run.schedule)
    return place_of(run, plain[-1]) if len(plain) == steps + 1 else None


def _shape(run: Run) -> str:
    """The definiteness of the Hessian at the start, by its leading principal minors; empty where a ball
    does not tell their signs.
    """
    rows = [[to_ball(x) for x in row] for row in hessian_at(run.problem, run.start)]
    minors = [arb_mat([row[:n] for row in rows[:n]]).det() for n in range(1, run.size + 1)]
    if all(m > 0 for m in minors):
        return "positive"
    if all((m < 0) if n % 2 == 0 else (m > 0) for n, m in enumerate(minors)):
        return "negative"
    return "indefinite" if not minors[-1].contains(0) else ""
