"""Divergence in several variables, for polynomials: a cone that each step keeps while its axis at least
doubles.

In the cone |z_j| ≤ κ_j r around the axis x_i, r = |x_i|, every monomial of the step is at most its
coefficient times a power of r. If the pure power of x_i dominates all of F_i and of the other F_j for r ≥ R,
the cone is kept and r at least doubles. What dominates on the half-line r ≥ R is decided by Sturm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx, fmpq_poly

from solver.descent.linear import Monomials, monomials
from solver.descent.outcome import Run
from solver.descent.polynomial import Polynomial, rational, sturm_count
from solver.descent.updates import Iterate, to_ball
from solver.descent.updates import run as iterate

STEPS = 60
WIDTHS = (Fraction(1), Fraction(1, 2), Fraction(1, 4), Fraction(1, 16))
RADII = tuple(Fraction(2) ** k for k in range(-3, 24))
VELOCITY = 3
"""|αv_j| ≤ 3κ_j r in the cone."""


@dataclass(frozen=True)
class Cone:
    """From iterate `index` on: |x_j| ≤ width·|x_axis| for the others, |x_axis| ≥ radius, and it at least
    doubles.
    """

    index: int
    axis: int
    width: Fraction
    radius: Fraction


def cone(run: Run) -> Cone | None:
    """A cone that the run enters and never leaves; None where none of a few widths suits."""
    if run.method.name not in ("gd", "momentum", "nesterov") or not 2 <= run.size <= 4:
        return None
    step = _step(run)
    if step is None:
        return None
    iterates = iterate(run.method, run.direction, run.start, run.rate, STEPS, run.given)
    for axis in range(run.size):
        for width in WIDTHS:
            bounds = [Fraction(1) if j == axis else width for j in range(run.size)]
            if len(step) > run.size:
                bounds += [VELOCITY * b for b in bounds]
            claims = list(_claims(step, axis, bounds))
            radius = next((r for r in RADII if claims and all(_positive_from(p, r) for p in claims)), None)
            if radius is None:
                continue
            for it in iterates:
                if _is_inside(run, it, axis, bounds, radius):
                    return Cone(it.k, axis, width, radius)
    return None


def _step(run: Run) -> list[Monomials] | None:
    """One step on (x, u) with u = αv, as polynomials; None where f is none."""
    names, size = tuple(v.name for v in run.problem.variables), run.size
    slopes = [monomials(g, names) for g in run.problem.gradient]
    if any(g is None for g in slopes):
        return None
    with_velocity = run.method.name != "gd"
    width = 2 * size if with_velocity else size
    push = [
        {(*key, *(0,) * (width - size)): run.rate * c for key, c in g.items()}
        for g in slopes
        if g is not None
    ]
    place = [{tuple(int(i == j) for j in range(width)): Fraction(1)} for i in range(width)]
    if not with_velocity:
        return [_combined((1, place[i]), (-1, push[i])) for i in range(size)]
    beta = run.values["beta"]
    velocity = [_combined((beta, place[size + i]), (1, push[i])) for i in range(size)]
    if run.method.name == "momentum":
        points = [_combined((1, place[i]), (-1, velocity[i])) for i in range(size)]
    else:
        points = [_combined((1, place[i]), (-1, push[i]), (-beta, velocity[i])) for i in range(size)]
    return [*points, *velocity]


def _combined(*parts: tuple[Fraction | int, Monomials]) -> Monomials:
    total: Monomials = {}
    for factor, monomial in parts:
        for key, c in monomial.items():
            total[key] = total.get(key, Fraction(0)) + factor * c
    return {key: c for key, c in total.items() if c}


def _claims(step: Sequence[Monomials], axis: int, bounds: Sequence[Fraction]) -> Iterator[Polynomial]:
    """Polynomials in r whose signs say that the cone is kept; nothing where no pure power leads."""
    own = step[axis]
    pure = [key for key in own if sum(key) == key[axis] and key[axis] >= 2]
    if not pure:
        return
    lead = max(pure, key=lambda key: key[axis])
    rest = {key: c for key, c in own.items() if key != lead}
    power = fmpq_poly([0] * lead[axis] + [rational(abs(own[lead]))])
    least = power - _most(rest, bounds)
    yield least - fmpq_poly([0, 2])
    for j, bound in enumerate(bounds):
        if j != axis:
            yield rational(bound) * least - _most(step[j], bounds)


def _most(parts: Monomials, bounds: Sequence[Fraction]) -> Polynomial:
    """Σ |c|·∏ κ_jᵉ·r^deg: what the monomials are at most in the cone."""
    total = fmpq_poly([0])
    for key, c in parts.items():
        size = abs(c)
        for bound, exponent in zip(bounds, key, strict=True):
            size *= bound**exponent
        total += fmpq_poly([0] * sum(key) + [rational(size)])
    return total


def _positive_from(poly: Polynomial, radius: Fraction) -> bool:
    """Whether p(r) > 0 for all r ≥ radius (Sturm)."""
    return bool(poly(rational(radius)) > 0) and sturm_count(poly, radius, None) == 0


def _is_inside(run: Run, it: Iterate, axis: int, bounds: Sequence[Fraction], radius: Fraction) -> bool:
    with ctx.workprec(400):
        state = [to_ball(x) for x in it.point]
        if len(bounds) > run.size:
            velocity = it.memory.get("v", (Fraction(0),) * run.size)
            state += [to_ball(x) * arb(rational(run.rate)) for x in velocity]
        size = abs(state[axis])
        return bool(size >= arb(rational(radius))) and all(
            abs(x) <= arb(rational(b)) * size
            for j, (x, b) in enumerate(zip(state, bounds, strict=True))
            if j != axis
        )
