"""One variable, rates that fall: convergence once the iterate is where f″ > 0 around a minimum and rate·f″ <
2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from flint import arb, ctx

from solver.descent import told
from solver.descent.limits import exact_limit
from solver.descent.outcome import Outcome, Run
from solver.descent.polynomial import dyadic, rational
from solver.descent.updates import Iterate, root, to_ball
from solver.descent.updates import run as iterate

STEPS = 1600
RateBound = Callable[[Iterate], arb | None]
"""A bound of the rate of all steps from an iterate on, in balls; None where there is none yet."""


def settles(run: Run) -> Outcome | None:
    """Plain descent with rates αₖ ↓ 0, Σαₖ = ∞.

    On [c − r, c + r] with 0 < m ≤ f″ ≤ M: |wⱼ₊₁ − c| ≤ max(1 − αⱼm, αⱼM − 1)|wⱼ − c|, and ∏(1 − αⱼm) = 0.
    """
    if run.method.name != "gd" or run.size > 1:
        return None
    return _settled(run, lambda it: _ball(run.rate * run.schedule.share(it.k)), "rates_settle")


def adagrad_settles(run: Run) -> Outcome | None:
    """AdaGrad: its rate α/(√s + ε) falls, and not to 0.

    If s were unbounded, the rates, at least c/√k, would have an infinite sum: |w − c| ≤ e^(−c′√k), so Σg²
    would be finite. So s is bounded, the rates stay above a positive number, and |w − c| decreases like a
    power.
    """
    if run.method.name != "adagrad" or run.size > 1 or run.rate <= 0 or run.values["epsilon"] < 0:
        return None

    def rate(it: Iterate) -> arb | None:
        if not it.memory:
            return None
        found: arb = _ball(run.rate) / (root(to_ball(it.memory["s"][0])) + _ball(run.values["epsilon"]))
        return found

    return _settled(run, rate, "adagrad_settles")


def _ball(x: Fraction) -> arb:
    return arb(rational(x))


def _settled(run: Run, rate: RateBound, key: str) -> Outcome | None:
    with ctx.workprec(256):
        iterates = iterate(
            run.method, run.direction, run.start, run.rate, STEPS, run.given, schedule=run.schedule
        )
        if len(iterates) <= STEPS:
            return None
        target = _minimum_near(run, iterates[-1])
        if target is None:
            return None
        for exponent in range(-3, 30):
            radius = arb(2) ** -exponent
            bend = run.derivatives.bends((arb(target.mid(), radius),))[0][0]
            index = _entry(iterates, rate, target, radius, bend) if bend > 0 else None
            if index is not None:
                limit = exact_limit(run, (target,)) or (target,)
                centre = limit[0] if isinstance(limit[0], Fraction) else dyadic(target)
                low, high = (centre + s * dyadic(radius) for s in (-1, 1))
                arguments = {"index": str(index), "low": told.short(low), "high": told.short(high)}
                return Outcome("converges", limit, None, "minimum", key, arguments)
    return None


def _minimum_near(run: Run, last: Iterate) -> arb | None:
    """A hair around a zero of f′, where f′ has opposite signs at its ends (Newton's method from the last
    iterate finds it).
    """
    target = to_ball(last.point[0]).mid()
    for _ in range(12):
        step = run.derivatives.slopes((target,))[0] / run.derivatives.bends((target,))[0][0]
        target = (target - step).mid()
        if not target.is_finite():
            return None
    hair = arb(2) ** -180
    left, right = (run.derivatives.slopes((target + s * hair,))[0] for s in (-1, 1))
    return arb(target, hair) if left < 0 < right else None


def _entry(iterates: Sequence[Iterate], rate: RateBound, target: arb, radius: arb, bend: arb) -> int | None:
    """The first iterate inside [c − r, c + r] from which rate·f″ < 2 there."""
    room = radius - 4 * target.rad()
    for it in iterates:
        bound = rate(it)
        if bound is not None and bound * bend < 2 and abs(to_ball(it.point[0]) - target.mid()) < room:
            return it.k
    return None
