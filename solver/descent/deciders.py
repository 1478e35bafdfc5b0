"""Which of our proofs applies to a run: each decider gives a verdict or None, and the first one speaks."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from flint import ctx, fmpq_mat, fmpq_poly

from solver.descent import told
from solver.descent.blocks import separated
from solver.descent.cone import cone
from solver.descent.linear import LinearVerdict, decide_linear, read_quadratic, signature, transition
from solver.descent.nature import named, nature_at
from solver.descent.outcome import UNKNOWN, Outcome, Run
from solver.descent.polynomial import Polynomial, fraction, rational, read_polynomial
from solver.descent.recurrence import repetition
from solver.descent.settling import adagrad_settles
from solver.descent.updates import Inexact, Real
from solver.errors import UnsupportedExpression

Decider = Callable[[Run], Outcome | None]
MOST_VARIABLES = 12


def outcome_of(run: Run) -> Outcome:
    """The verdict on a run, proved, or “undecided”."""
    from solver.descent.scheduled import scheduled

    if run.schedule.is_constant:
        deciders: tuple[Decider, ...] = (
            rate_zero, at_rest, polynomial, quadratic, newton_of_a_power, adagrad,
            outside, apart, repeating, cone_kept, adagrad_settles, by_balls,
        )  # fmt: skip
    else:
        deciders = (rate_zero, at_rest, apart, scheduled)
    for decide in deciders:
        found = decide(run)
        if found is not None:
            return found
    return UNKNOWN


def outside(run: Run) -> Outcome | None:
    """A run that leaves the domain of f."""
    from solver.descent.enclosed import leaves_domain

    try:
        return leaves_domain(run)
    except UnsupportedExpression:
        return None


# ---- nothing moves, or everything repeats


def rate_zero(run: Run) -> Outcome | None:
    """α = 0: every point stays where it is."""
    if run.rate != 0:
        return None
    nature = None
    if _slope_vanishes(run):
        nature = nature_at(run.derivatives, run.start)
    return Outcome("converges", run.start, None, nature, "rate_zero", {})


def _slope_vanishes(run: Run) -> bool:
    try:
        return not any(run.gradient(run.start))
    except Inexact:
        return False


def at_rest(run: Run) -> Outcome | None:
    """∇f = 0 exactly at the start: no step moves (Newton's step must exist, AdamW must not shrink the
    point).
    """
    if not _slope_vanishes(run):
        return None
    if run.values.get("weight_decay") and any(run.start):
        return None
    if run.method.name == "newton":
        try:
            run.direction(run.start)
        except Inexact:
            return None
    return Outcome("converges", run.start, None, nature_at(run.derivatives, run.start), "rest", {})


def repeating(run: Run) -> Outcome | None:
    """An exact run that reaches a state again, or stops moving."""
    if run.method.name in ("adam", "adamw"):
        return None  # 1 − βᵏ never repeats
    found = repetition(run.method, run.direction, run.start, run.values)
    if found is None:
        return None
    arguments = {"index": str(found.index), "period": str(len(found.points))}
    if len(found.points) == 1:
        point = tuple(x for x in found.points[0] if isinstance(x, Fraction))
        return Outcome("converges", point, None, nature_at(run.derivatives, point), "stationary", arguments)
    arguments["end"] = str(found.index + len(found.points))
    return Outcome("oscillates", None, len(found.points), None, "exactcycle", arguments, cycle=found.points)


# ---- polynomials


def polynomial(run: Run) -> Outcome | None:
    """Plain descent on a polynomial of one variable: `solver.descent.verdict`."""
    from solver.descent.critical import landscape
    from solver.descent.objective import objective, surd_expr
    from solver.descent.verdict import decide

    if run.method.name != "gd" or run.size > 1:
        return None
    poly = read_polynomial(run.problem.expression, run.problem.variables[0])
    if poly is None or poly.degree() < 1:
        return None
    studied = objective("f", run.problem.variables[0], run.problem.expression)
    verdict = decide(landscape(studied), run.start[0], run.rate)
    limit: tuple[Real, ...] | None = None
    exact = None
    if verdict.limit is not None:
        limit = (verdict.limit.value,)
        if not verdict.limit.rational and verdict.target is not None:
            limit = (told.ball(verdict.target.root.approximation),)
            surd = verdict.target.root.surd()
            exact = None if surd is None else (surd_expr(surd),)
    proof = verdict.proof
    arguments = {k: told.short(v) for k, v in proof.__dict__.items() if isinstance(v, (int, Fraction))}
    arguments["period"] = str(verdict.period)
    key = proof.kind
    if key == "exactcycle":
        arguments["end"] = str(proof.index + (verdict.period or 0))
    elif key == "attractingcycle":
        arguments["centre"] = told.short(verdict.cycle[0])
    elif key == "contraction":
        arguments["ratio"] = told.above(Fraction(proof.__dict__["ratio"]))
    elif key == "monotone" and arguments["every"] == "2":
        key = "monotone_twice"
    elif key == "undecided":
        key = "unknown"
    checks = (*studied.checks, *verdict.checks)
    cycle = tuple((x if key == "exactcycle" else told.ball(x),) for x in verdict.cycle)
    return Outcome(
        verdict.behaviour, limit, verdict.period, verdict.nature, key, arguments, checks, exact, cycle
    )


def quadratic(run: Run) -> Outcome | None:
    """A quadratic function with a method that is linear in it: `solver.descent.linear`."""
    if run.method.name not in ("gd", "momentum", "nesterov", "newton") or run.size > MOST_VARIABLES:
        return None
    read = read_quadratic(run.problem.expression, tuple(v.name for v in run.problem.variables))
    if read is None:
        return None
    hessian, offset = read
    if run.method.name == "newton":
        # On a quadratic w − αH⁻¹∇f = w − α(w − w*): plain descent on ½|w − w*|².
        if hessian.rank() < run.size:
            return None
        lowest = hessian.solve(fmpq_mat([[-rational(c)] for c in offset])).entries()
        matrix = transition(_identity(run.size), [-fraction(x) for x in lowest], "gd", run.rate, Fraction(0))
    else:
        beta = run.values.get("beta", Fraction(0))
        matrix = transition(hessian, offset, run.method.name, run.rate, beta)
    verdict = decide_linear(matrix, run.start)
    if verdict is None:
        return None
    positive, negative = signature(hessian)
    nature = None
    if verdict.limit is not None:
        nature = named(positive, negative, run.size)
        if nature is None and positive + negative:
            nature = "minimum" if positive else "maximum"  # a valley of them: every point of it is one
    return _linear(verdict, nature)


def _linear(verdict: LinearVerdict, nature: str | None) -> Outcome:
    arguments = {"polynomial": told.polynomial(verdict.polynomial), "radius": f"{verdict.radius:.6g}"}
    key = {"diverges": "linear_diverges", "oscillates": "linear_oscillates"}.get(verdict.behaviour, "linear")
    return Outcome(verdict.behaviour, verdict.limit, verdict.period, nature, key, arguments)


def _identity(size: int) -> fmpq_mat:
    return fmpq_mat([[int(i == j) for j in range(size)] for i in range(size)])


def newton_of_a_power(run: Run) -> Outcome | None:
    """f = c(w − a)ⁿ + d: f′/f″ = (w − a)/(n − 1), so Newton's step is w − a ← (1 − α/(n − 1))(w − a)."""
    if run.method.name != "newton" or run.size > 1:
        return None
    slope = read_polynomial(run.problem.gradient[0], run.problem.variables[0])
    if slope is None or slope.degree() < 2:
        return None
    degree = int(slope.degree())
    centre = -fraction(slope[degree - 1]) / (degree * fraction(slope[degree]))
    if slope != slope.leading_coefficient() * _linear_factor(centre) ** degree:
        return None
    factor = 1 - run.rate / degree
    if factor == -1 or run.start[0] == centre:
        return None  # told by `repeating`, or no step at all
    gap = "{x}" if centre == 0 else f"({{x}} - {told.short(centre)})".replace("- -", "+ ")
    arguments = {"factor": told.short(factor), "gap": gap, "power": str(degree)}
    if factor == 0:
        return Outcome("undecided", None, None, None, "newton_stops", arguments)
    if abs(factor) > 1:
        return Outcome("diverges", None, None, None, "newton_power", arguments)
    nature = nature_at(run.derivatives, (centre,))
    return Outcome("converges", (centre,), None, nature, "newton_power", arguments)


def _linear_factor(centre: Fraction) -> Polynomial:
    return fmpq_poly([rational(-centre), 1])


def adagrad(run: Run) -> Outcome | None:
    """AdaGrad on a quadratic of one variable with f″ = h > 0 converges, whatever the rate.

    g ← (1 − αh/(√s + ε))g. While the factor is ≤ −1, |g| does not shrink and s grows, so this ends; then |g|
    decreases. If s stayed unbounded, aₖ = αh/√sₖ ≥ c/√k would make Σg² finite: so s is bounded, aₖ stays
    above a positive number, and g → 0.
    """
    if run.method.name != "adagrad" or run.size > 1 or run.rate <= 0 or run.values["epsilon"] < 0:
        return None
    poly = read_polynomial(run.problem.expression, run.problem.variables[0])
    if poly is None or poly.degree() != 2 or poly[2] < 0:
        return None
    lowest = -fraction(poly[1]) / (2 * fraction(poly[2]))
    return Outcome("converges", (lowest,), None, "minimum", "adagrad", {})


# ---- several groups of variables


def apart(run: Run) -> Outcome | None:
    """Groups of variables that no term joins, each decided by itself (every rule works entry by entry)."""
    from solver.descent.problem import Problem

    groups = separated(run.problem.expression, run.problem.variables)
    if len(groups) < 2:
        return None
    places = {v.name: i for i, v in enumerate(run.problem.variables)}
    found: dict[str, Outcome] = {}
    parts: list[tuple[tuple[int, ...], Outcome]] = []
    for variables, expression in groups:
        own = tuple(places[v.name] for v in variables)
        problem = Problem(expression, variables, tuple(run.problem.gradient[i] for i in own))
        start = tuple(run.start[i] for i in own)
        outcome = outcome_of(Run(problem, run.method, start, run.rate, run.given, run.schedule))
        parts.append((own, outcome))
        found[", ".join(v.name for v in variables)] = outcome
    return _together(parts, found, run.size)


def _together(
    parts: list[tuple[tuple[int, ...], Outcome]], found: dict[str, Outcome], size: int
) -> Outcome | None:
    from math import lcm

    outcomes = [outcome for _, outcome in parts]
    arguments = {"parts": "; ".join(f"{name}: {o.behaviour}" for name, o in found.items())}
    checks = tuple(c for o in outcomes for c in o.checks)
    behaviours = {o.behaviour for o in outcomes}
    if "diverges" in behaviours:
        return Outcome("diverges", None, None, None, "apart", arguments, checks)
    if "undecided" in behaviours:
        return None
    if "oscillates" in behaviours:
        periods = [o.period for o in outcomes if o.behaviour == "oscillates"]
        period = None if None in periods else lcm(*(p for p in periods if p))
        return Outcome("oscillates", None, period, None, "apart", arguments, checks)
    limit: list[Real] = [Fraction(0)] * size
    for own, outcome in parts:
        assert outcome.limit is not None
        for place, value in zip(own, outcome.limit, strict=True):
            limit[place] = value
    natures = {o.nature for o in outcomes}
    nature = natures.pop() if len(natures) == 1 else (None if None in natures else "saddle")
    return Outcome("converges", tuple(limit), None, nature, "apart", arguments, checks)


def cone_kept(run: Run) -> Outcome | None:
    """Several variables: a cone in which one variable at least doubles at each step
    (`solver.descent.cone`).
    """
    found = cone(run)
    if found is None:
        return None
    arguments = {
        "index": str(found.index),
        "axis": run.problem.variables[found.axis].name,
        "width": told.short(found.width),
        "radius": told.short(found.radius),
    }
    key = "cone" if not run.method.memories else "cone_with_velocity"
    return Outcome("diverges", None, None, None, key, arguments)


# ---- balls


def by_balls(run: Run) -> Outcome | None:
    """Any other function: what signs on intervals and contracted balls prove."""
    from solver.descent.enclosed import attracted, attracted_late, on_the_line

    try:
        with ctx.workprec(53):
            for decide in (attracted, on_the_line, attracted_late):
                found = decide(run)
                if found is not None:
                    return found
    except UnsupportedExpression:
        return None
    return None
