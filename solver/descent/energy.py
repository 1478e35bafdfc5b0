"""Momentum on a polynomial of one variable: convergence because the energy f + (αβ/2)v² decreases.

With d = w′ − w: f(w′) ≤ f(w) + f′(w)d + Ld²/2 and αf′(w) = −αβv − d, so the energy falls by at least
((1 − β)/α − L/2)d², where L bounds f″ from above on the way. If that factor is positive, Σd² is finite: d →
0, v → 0 and f′ → 0. The energy keeps the run in an interval with one critical point: that is the limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx

from solver.descent.outcome import Run
from solver.descent.polynomial import (
    Polynomial,
    dyadic,
    enclosure,
    has_no_root,
    rational,
    read_polynomial,
    sturm_count,
)
from solver.descent.roots import Root, absolute_bound_on, maximum_on, real_roots
from solver.descent.updates import Iterate, to_ball
from solver.descent.updates import run as iterate

LOOKED = (0, 2, 5, 10, 20, 50, 100, 200, 400)
HAIR = Fraction(1, 10**6)


@dataclass(frozen=True)
class EnergyWell:
    """From iterate `index` on the run stays in [low, high], where `target` is the only zero of f′."""

    index: int
    low: Fraction
    high: Fraction
    level: Fraction
    target: Root


def energy_well(run: Run) -> EnergyWell | None:
    """The interval in which the energy keeps the run, from one of the first iterates; None where none is
    found.
    """
    if run.method.name != "momentum" or run.size > 1 or run.rate <= 0 or not 0 < run.values["beta"] < 1:
        return None
    f = read_polynomial(run.problem.expression, run.problem.variables[0])
    if f is None or f.degree() < 2:
        return None
    iterates = iterate(run.method, run.direction, run.start, run.rate, LOOKED[-1], run.given)
    for k in LOOKED:
        if k < len(iterates):
            found = _well(run, f, iterates[k])
            if found is not None:
                return found
    return None


def _well(run: Run, f: Polynomial, it: Iterate) -> EnergyWell | None:
    alpha, beta = run.rate, run.values["beta"]
    slope = f.derivative()
    with ctx.workprec(400):
        w = to_ball(it.point[0])
        v = to_ball(it.memory["v"][0]) if it.memory else arb(0)
        here = dyadic(w)
        level = dyadic((enclosure(f, w) + arb(rational(alpha * beta / 2)) * v * v).upper())
    below = [r for r in real_roots(slope) if r.approximation <= here]
    above = [r for r in real_roots(slope) if r.approximation > here]
    for target in (*below[-1:], *above[:1]):
        depth = level - target.value_of(f) + HAIR**8
        if depth < 0:
            continue
        raised = level + depth * HAIR
        walls = real_roots(f - rational(raised))
        left = max((r.low for r in walls if r.high < min(here, target.low)), default=None)
        right = min((r.high for r in walls if r.low > max(here, target.high)), default=None)
        if left is None or right is None:
            continue
        low, high = left - HAIR * (right - left), right + HAIR * (right - left)
        if sturm_count(slope, low, high) == 1 and _keeps(run, f, low, high, raised, depth):
            return EnergyWell(it.k, low, high, raised, target)
    return None


def _keeps(run: Run, f: Polynomial, low: Fraction, high: Fraction, level: Fraction, depth: Fraction) -> bool:
    """Whether no step leaves [low, high] (f is above the level as far beyond as a step can go), and L is
    small enough.
    """
    alpha, beta = run.rate, run.values["beta"]
    with ctx.workprec(128):
        before = dyadic((2 * arb(rational(alpha * (depth * 2) / beta))).sqrt().upper())
    reach = beta * before + alpha * absolute_bound_on(f.derivative(), low, high)
    over = f - rational(level)
    outside = all(
        over(rational(end)) > 0 and has_no_root(over, min(end, far), max(end, far))
        for end, far in ((low, low - reach), (high, high + reach))
    )
    bend = maximum_on(f.derivative().derivative(), low - reach, high + reach)
    return outside and alpha * bend < 2 * (1 - beta)
