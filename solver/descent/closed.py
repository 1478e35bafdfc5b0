"""Verdicts on polynomials and their like in closed form: quadratics, powers under Newton, energy, AdaGrad."""

from __future__ import annotations

from fractions import Fraction

from flint import fmpq_mat, fmpq_poly

from solver.descent import told
from solver.descent.energy import energy_well
from solver.descent.linear import LinearVerdict, decide_linear, read_quadratic, signature, transition
from solver.descent.nature import named, nature_at
from solver.descent.objective import surd_expr
from solver.descent.outcome import POINT, Outcome, Run
from solver.descent.polynomial import Polynomial, fraction, rational, read_polynomial
from solver.descent.proofs import Affine, Undecided
from solver.descent.updates import Real

MOST_VARIABLES = 12


def polynomial(run: Run) -> Outcome | None:
    """Plain descent on a polynomial of one variable: `solver.descent.verdict`."""
    from solver.descent.critical import landscape
    from solver.descent.objective import objective
    from solver.descent.verdict import decide

    is_plain = run.method.name == "gd" or run.values.get("beta") == 0  # no inertia: the same iterates
    if not is_plain or run.size > 1:
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
    elif isinstance(proof, Affine):
        arguments["centre"] = told.short(proof.target.root.low)
    elif key == "attractingcycle":
        arguments["centre"] = told.short(verdict.cycle[0])
    elif key == "contraction":
        arguments["ratio"] = told.above(Fraction(proof.__dict__["ratio"]))
    elif key == "monotone" and arguments["every"] == "2":
        key = "monotone_twice"
    elif isinstance(proof, Undecided):
        key = "unknown" if proof.kept is None else "bounded"
        if proof.kept is not None:
            arguments["low"], arguments["high"] = (told.short(end) for end in proof.kept)
    checks = (*studied.checks, *verdict.checks)
    cycle = tuple((x if key == "exactcycle" else told.ball(x),) for x in verdict.cycle)
    return Outcome(
        verdict.behaviour, limit, verdict.period, verdict.nature, key, arguments, checks, exact, cycle
    )


def quadratic(run: Run) -> Outcome | None:
    """A quadratic function with a method that is linear in it: `solver.descent.linear`."""
    if run.method.name not in ("gd", "momentum", "nesterov") or run.size > MOST_VARIABLES:
        return None
    read = read_quadratic(run.problem.expression, tuple(v.name for v in run.problem.variables))
    if read is None:
        return None
    hessian, offset = read
    beta = run.values.get("beta", Fraction(0))
    matrix = transition(hessian, offset, run.method.name, run.rate, beta)
    verdict = decide_linear(matrix, run.start)
    if verdict is None:
        return None
    return _linear(verdict, None if verdict.limit is None else nature_of_quadratic(hessian))


def nature_of_quadratic(hessian: fmpq_mat) -> str | None:
    """What each critical point of a quadratic function is; None where it is constant."""
    positive, negative = signature(hessian)
    nature = named(positive, negative, hessian.nrows())
    if nature is None and positive + negative:
        return "minimum" if positive else "maximum"  # a valley of them: every point of it is one
    return nature


def _linear(verdict: LinearVerdict, nature: str | None) -> Outcome:
    arguments = {"polynomial": told.polynomial(verdict.polynomial), "radius": f"{verdict.radius:.6g}"}
    key = {"diverges": "linear_diverges", "oscillates": "linear_oscillates"}.get(verdict.behaviour, "linear")
    if key == "linear_diverges" and not verdict.outside:
        key = "linear_repeats"
    return Outcome(verdict.behaviour, verdict.limit, verdict.period, nature, key, arguments)


def newton_of_a_quadratic(run: Run) -> Outcome | None:
    """H⁻¹∇f = w − w*, so Newton's step is w − w* ← (1 − α)(w − w*)."""
    if run.method.name != "newton" or run.size > MOST_VARIABLES:
        return None
    read = read_quadratic(run.problem.expression, tuple(v.name for v in run.problem.variables))
    if read is None or read[0].rank() < run.size:
        return None
    hessian, offset = read
    solved = hessian.solve(fmpq_mat([[-rational(c)] for c in offset])).entries()
    centre = tuple(fraction(x) for x in solved)
    factor = 1 - run.rate
    if factor == -1 or run.start == centre:
        return None  # told by `repeating`, or no step at all
    arguments = {"factor": told.short(factor), "centre": told.point(centre)}
    if abs(factor) > 1:
        return Outcome("diverges", None, None, None, "newton_quadratic", arguments)
    return Outcome("converges", centre, None, nature_of_quadratic(hessian), "newton_quadratic", arguments)


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
    gap = POINT if centre == 0 else f"({POINT} - {told.short(centre)})".replace("- -", "+ ")
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


def energy_falls(run: Run) -> Outcome | None:
    """Momentum on a polynomial of one variable, where its energy keeps it in a well
    (`solver.descent.energy`).
    """
    found = energy_well(run)
    if found is None:
        return None
    root = found.target
    exact = root.surd()
    limit = root.low if root.is_rational else told.ball(root.approximation)
    arguments = {"index": str(found.index), "low": told.short(found.low), "high": told.short(found.high)}
    written = None if exact is None or root.is_rational else (surd_expr(exact),)
    return Outcome("converges", (limit,), None, "minimum", "energy", arguments, (), written)
