"""Verdicts on runs whose rate changes: αₖ ↓ 0 with a finite sum (step, exponential) or an infinite one (1/t).

With a finite sum the run always ends somewhere that need not be a critical point: nothing is called a
minimum.
"""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction

from flint import arb, ctx, fmpq_mat

from solver.descent import told
from solver.descent.domain import is_outside, may_leave
from solver.descent.kinks import has_kink
from solver.descent.line import Escapes, Line
from solver.descent.linear import minimal_polynomial, read_quadratic, signature
from solver.descent.metric import length
from solver.descent.nature import named, nature_at
from solver.descent.outcome import UNKNOWN, Outcome, Run
from solver.descent.polynomial import dyadic, fraction, rational, sturm_count
from solver.descent.settling import settles
from solver.descent.updates import Inexact, Iterate, to_ball
from solver.descent.updates import run as iterate
from solver.errors import UnsupportedExpression

LOOKED = (0, 1, 2, 5, 10, 20, 50, 100, 200, 400, 800, 1600)
SOON = 20
DIGITS = 50
MOST_STEPS = 3000


def scheduled(run: Run) -> Outcome | None:
    """The verdict on a run with a schedule, for a rate above 0."""
    if run.rate <= 0:
        return None
    try:
        landed = lands(run) or leaves_domain(run)
        if landed is not None or run.schedule.is_summable:
            return landed or ends_somewhere(run) or products_end(run)
        for decide in (quadratic, escapes, settles):
            found = decide(run)
            if found is not None:
                return found
    except UnsupportedExpression:
        pass
    return None


def leaves_domain(run: Run) -> Outcome | None:
    """The first of many iterates that is outside the domain of f; undecided where they cannot be followed."""
    if not may_leave(run.problem.expression):
        return None
    iterates = _iterates(run, LOOKED[-1])
    for it in iterates:
        box = [to_ball(x) for x in it.point]
        if is_outside(run.problem.expression, run.derivatives.names, box):
            point = told.point([told.middle(x) for x in box])
            arguments = {"index": str(it.k), "point": point}
            return Outcome("undecided", None, None, None, "leaves_domain", arguments)
    return UNKNOWN if len(iterates) <= LOOKED[-1] else None


def lands(run: Run) -> Outcome | None:
    """Plain descent that lands exactly on a critical point."""
    if run.method.name != "gd":
        return None
    for it in _iterates(run, 60):
        if not it.exact:
            return None
        point = tuple(x for x in it.point if isinstance(x, Fraction))
        try:
            rests = not any(run.gradient(point))
        except Inexact:
            return None
        if rests:
            nature = nature_at(run.derivatives, point)
            kink = has_kink(run.problem.expression, run.problem.variables, point)
            key = "stationary_at_kink" if kink else "stationary"
            return Outcome("converges", point, None, nature, key, {"index": str(it.k)})
    return None


# ---- a finite sum of rates


def ends_somewhere(run: Run) -> Outcome | None:
    """The steps from w⁽ᵏ⁾ on cannot leave a ball on which the gradient is bounded: their lengths have a
    finite sum.

    With |∇f| ≤ G on the ball of radius ρ around w⁽ᵏ⁾: |step| ≤ αⱼ·B with B below, so if B·Σⱼ≥ₖ αⱼ < ρ the run
    stays inside, and converges.
    """
    if run.method.name in ("newton", "adamw"):
        return None
    for soon in (True, False):
        looked = [k for k in LOOKED if (k <= SOON) == soon]
        iterates = _iterates(run, looked[-1])
        for k in looked:
            found = _trapped(run, iterates[k]) if k < len(iterates) else None
            if found is not None:
                return _ended(run, k, *found)
    return None


def products_end(run: Run) -> Outcome | None:
    """Plain descent on a quadratic: every product ∏ (1 − αⱼλ) has a limit, because Σαⱼ is finite."""
    names = tuple(v.name for v in run.problem.variables)
    if run.method.name != "gd" or read_quadratic(run.problem.expression, names) is None:
        return None
    return Outcome("converges", None, None, None, "rates_product", {})


def _iterates(run: Run, steps: int) -> tuple[Iterate, ...]:
    return iterate(run.method, run.direction, run.start, run.rate, steps, run.given, schedule=run.schedule)


def _trapped(run: Run, here: Iterate) -> tuple[Fraction, Fraction] | None:
    """(ρ, B) with B·Σ αⱼ < ρ from this iterate on; None where no ball of a few sizes suits."""
    left = run.rate * run.schedule.rest(here.k)
    with ctx.workprec(128):
        centre = [to_ball(x) for x in here.point]
        far = length(centre)
        if not far < arb(2) ** 60:
            return None
        size = float(far) + 1
        for exponent in range(-20, 12):
            radius = Fraction(round(size * 2**20) or 1, 2**20) * Fraction(2) ** exponent
            box = [arb(x.mid(), (x.rad() + arb(rational(radius))).upper()) for x in centre]
            slopes = run.derivatives.slopes(box)
            if not all(g.is_finite() for g in slopes):
                return None
            bound = _speed(run, length(slopes), here)
            if bound is not None and bound * left < radius:
                return radius, bound
    return None


def _speed(run: Run, slope: arb, here: Iterate) -> Fraction | None:
    """B with |step| ≤ αⱼ·B while the gradient is at most `slope`."""
    values, size = run.values, run.size
    name = run.method.name
    if name == "gd":
        return dyadic(slope)
    if name in ("momentum", "nesterov"):
        beta = values["beta"]
        if not 0 <= beta < 1:
            return None
        # |v| ≤ max(|v| now, G/(1 − β)); Nesterov's step is g + βv
        before = length([to_ball(x) for x in here.memory.get("v", ())])
        most = max(dyadic(before), dyadic(slope) / (1 - beta))
        return most if name == "momentum" else dyadic(slope) + beta * most
    if values["epsilon"] <= 0 or not size:
        return None
    if name == "adagrad":
        return Fraction(size)  # |g| ≤ √s, entry by entry
    beta = values["beta2"]
    if name == "rmsprop" and 0 <= beta < 1:
        return size * dyadic((1 / (1 - arb(rational(beta))).sqrt()).upper())  # √s ≥ √(1 − β₂)|g|
    return None


def _ended(run: Run, index: int, radius: Fraction, bound: Fraction) -> Outcome:
    """The limit to 50 digits where the rates fall fast enough, and whether the gradient vanishes there."""
    arguments = {"index": str(index), "radius": told.short_above(radius), "speed": told.short_above(bound)}
    goal = Fraction(1, 10**DIGITS)
    last = bisect_left(
        range(MOST_STEPS), True, lo=index, key=lambda k: bound * run.rate * run.schedule.rest(k) < goal
    )
    if last == MOST_STEPS:
        return Outcome("converges", None, None, None, "ends_somewhere", arguments)
    end = _iterates(run, last)[-1]
    with ctx.workprec(400):
        far = arb(rational(bound * run.rate * run.schedule.rest(last)))
        limit = tuple(arb(to_ball(x).mid(), (to_ball(x).rad() + far).upper()) for x in end.point)
        away = any(not g.contains(0) for g in run.derivatives.slopes(limit))
    key = "ends_away" if away else "ends_somewhere"
    return Outcome("converges", limit, None, None, key, arguments)


# ---- an infinite sum of rates that go to 0


def quadratic(run: Run) -> Outcome | None:
    """Plain descent on a quadratic: each eigenvalue λ met by the first gradient multiplies its part by ∏(1 −
    αⱼλ).

    The product goes to 0 where λ > 0 (or is 0 from some factor on), grows without bound where λ < 0; a part
    with λ = 0 moves by αⱼ times a constant, without end.
    """
    if run.method.name != "gd":
        return None
    read = read_quadratic(run.problem.expression, tuple(v.name for v in run.problem.variables))
    if read is None:
        return None
    hessian, offset = read
    start = fmpq_mat([[rational(x)] for x in run.start])
    slope = hessian * start + fmpq_mat([[rational(c)] for c in offset])
    poly = minimal_polynomial(hessian, slope)
    arguments = {"polynomial": told.polynomial(poly)}
    if sturm_count(poly, None, Fraction(0)):
        return Outcome("diverges", None, None, None, "rates_diverge", arguments)
    # with p(H)∇f = 0: H⁻¹∇f = −(p(H) − p(0))H⁻¹∇f/p(0), a polynomial in H
    total, power = fmpq_mat([[0]] * run.size), slope
    for coefficient in poly.coeffs()[1:]:
        total, power = total + power * coefficient, hessian * power
    scale = poly(0)
    limit = tuple(fraction(start[i, 0] + total[i, 0] / scale) for i in range(run.size))
    positive, negative = signature(hessian)
    nature = named(positive, negative, run.size) or ("saddle" if positive and negative else "minimum")
    return Outcome("converges", limit, None, nature, "rates_quadratic", arguments)


def escapes(run: Run) -> Outcome | None:
    """One variable: the slope keeps its sign ahead; a limit would be passed, since Σαₖ = ∞."""
    if run.size > 1 or run.method.name not in ("gd", "momentum", "nesterov", "adam", "rmsprop"):
        return None
    found = Line(run).at_start()
    if not isinstance(found, Escapes):
        return None
    return Outcome(
        "diverges", None, None, None, "rates_escape", {"end": "+oo" if found.direction > 0 else "-oo"}
    )
