"""The verdict on any method and expression: which of our proofs applies, and its arguments as texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx, fmpq_mat

from solver.derivation.equality import Equality
from solver.descent.analytic import decide_analytic
from solver.descent.linear import decide_linear, read_quadratic, signature, transition
from solver.descent.polynomial import dyadic, fraction, rational, read_polynomial
from solver.descent.problem import Problem, hessian_of, value_at
from solver.descent.updates import Inexact, Method, Real, Vector, parameters, to_ball
from solver.expression.tree import Expr, Symbol


@dataclass(frozen=True)
class Outcome:
    """The verdict as data: `key` names the sentence of the proof, `arguments` fill it."""

    behaviour: str
    limit: tuple[Real, ...] | None
    period: int | None
    nature: str | None
    key: str
    arguments: Mapping[str, str]
    checks: tuple[Equality, ...] = ()


def outcome_of(
    problem: Problem,
    chosen: Method,
    start: tuple[Fraction, ...],
    rate: Fraction,
    given: Mapping[str, Fraction],
    gradient: Callable[[Vector], Vector],
) -> Outcome:
    if chosen.name == "newton":
        found = _linear_outcome(problem, chosen, start, rate, {})
        return found or Outcome("undecided", None, None, None, "unknown", {})
    at_rest = _at_rest(problem, chosen, start, rate, gradient)
    if chosen.name == "gd" and len(start) == 1:
        found = _polynomial_outcome(problem, start[0], rate)
        if found is not None:
            return found
    if at_rest is not None:
        return at_rest
    if chosen.name in ("gd", "momentum", "nesterov"):
        found = _linear_outcome(problem, chosen, start, rate, parameters(chosen, given))
        if found is not None:
            return found
    if chosen.name == "gd" and len(start) == 1:
        found = _analytic_outcome(problem, start[0], rate)
        if found is not None:
            return found
    if chosen.name == "gd" and 1 < len(start) <= 6:
        found = _field_outcome(problem, start, rate, gradient)
        if found is not None:
            return found
    return Outcome("undecided", None, None, None, "unknown", {})


def _field_outcome(
    problem: Problem, start: tuple[Fraction, ...], rate: Fraction, gradient: Callable[[Vector], Vector]
) -> Outcome | None:
    """Plain descent on a function of several variables that is not quadratic, in balls."""
    from solver.descent.contraction import decide_field
    from solver.errors import UnsupportedExpression

    second = hessian_of(problem)

    def bend(point: tuple[arb, ...]) -> list[list[arb]]:
        return [[to_ball(value_at(h, problem.variables, point)) for h in row] for row in second]

    def slope(point: tuple[arb, ...]) -> tuple[arb, ...]:
        return tuple(to_ball(x) for x in gradient(point))

    try:
        found = decide_field(slope, bend, start, rate)
    except UnsupportedExpression:
        return None
    if found is None:
        return None
    arguments = {
        "limit": ", ".join(_short(x) for x in found.limit),
        "radius": _short(found.radius),
        "ratio": _above(found.ratio),
        "index": str(found.index),
    }
    limit = tuple(_ball_of(x) for x in found.limit)
    return Outcome("converges", limit, None, "minimum" if found.is_minimum else None, "field", arguments)


def _at_rest(
    problem: Problem,
    chosen: Method,
    start: tuple[Fraction, ...],
    rate: Fraction,
    gradient: Callable[[Vector], Vector],
) -> Outcome | None:
    """A start where every gradient is exactly 0, or a rate 0: nothing ever moves."""
    if rate == 0:
        return Outcome("converges", start, None, None, "rate_zero", {})
    try:
        slope = gradient(start)
    except Inexact:
        return None
    if any(x != 0 for x in slope) or (chosen.name == "adamw" and any(start)):
        return None
    return Outcome("converges", start, None, _nature_at(problem, start), "rest", {})


def _nature_at(problem: Problem, point: tuple[Fraction, ...]) -> str | None:
    """What a critical point is, by the exact Hessian there; None where it is singular or not rational."""
    from solver.expression.evaluate import exact_value

    values = {v.name: x for v, x in zip(problem.variables, point, strict=True)}
    rows = []
    for second in hessian_of(problem):
        row = [exact_value(h, values) for h in second]
        if any(x is None for x in row):
            return None
        rows.append([rational(x) for x in row if x is not None])
    positive, negative = signature(fmpq_mat(rows))
    return _nature(positive, negative, len(point))


def _nature(positive: int, negative: int, size: int) -> str | None:
    if positive and negative:
        return "saddle"
    if positive == size:
        return "minimum"
    return "maximum" if negative == size else None


def _polynomial_outcome(problem: Problem, start: Fraction, rate: Fraction) -> Outcome | None:
    """Plain descent on a polynomial of one variable."""
    from solver.descent.critical import landscape
    from solver.descent.objective import objective
    from solver.descent.verdict import decide

    variable = problem.variables[0]
    poly = read_polynomial(problem.expression, variable)
    if poly is None or rate == 0:
        return None
    studied = objective("f", variable, problem.expression)
    if studied.degree == 0:
        return None
    verdict = decide(landscape(studied), start, rate)
    limit: tuple[Real, ...] | None = None
    if verdict.limit is not None:
        limit = (verdict.limit.value,)
        if not verdict.limit.rational and verdict.target is not None:
            limit = (_ball_of(verdict.target.root.approximation),)
    proof = verdict.proof
    arguments = {k: _short(v) for k, v in proof.__dict__.items() if isinstance(v, (int, Fraction))}
    arguments["period"] = str(verdict.period)
    key = proof.kind
    if key == "exactcycle":
        arguments["end"] = str(proof.index + (verdict.period or 0))
    if key == "attractingcycle":
        arguments["centre"] = _short(verdict.cycle[0])
    if key == "monotone" and arguments["every"] == "2":
        key = "monotone_twice"
    if key == "undecided":
        key = "unknown"
    checks = (*studied.checks, *verdict.checks)
    return Outcome(verdict.behaviour, limit, verdict.period, verdict.nature, key, arguments, checks)


def _short(x: int | Fraction) -> str:
    """A number for a sentence: exact where it is short."""
    if isinstance(x, int) or len(str(x.denominator)) <= 12:
        exact = Fraction(x)
        scaled = exact * 10**6
        return f"{float(exact):g}" if scaled.denominator == 1 and abs(scaled) < 10**6 else str(exact)
    return str(arb(rational(x)).mid().str(15, radius=False))


def _above(ratio: Fraction) -> str:
    """A short decimal not below a ratio, and below 1 as it is."""
    for digits in range(3, 40):
        rounded = -((-ratio * 10**digits).__floor__())
        if rounded < 10**digits:
            return f"0.{rounded:0{digits}d}"
    return str(ratio)


def _linear_outcome(
    problem: Problem,
    chosen: Method,
    start: tuple[Fraction, ...],
    rate: Fraction,
    given: Mapping[str, Fraction],
) -> Outcome | None:
    """A quadratic function with a method that is linear in it."""
    if len(start) > 12:
        return None
    read = read_quadratic(problem.expression, tuple(v.name for v in problem.variables))
    if read is None:
        return None
    hessian, offset = read
    if chosen.name == "newton":
        # On a quadratic w − αH⁻¹∇f = w − α(w − w*): plain descent on ½|w − w*|².
        if hessian.rank() < len(start):
            return None
        lowest = hessian.solve(fmpq_mat([[-rational(c)] for c in offset])).entries()
        identity = fmpq_mat([[int(i == j) for j in range(len(start))] for i in range(len(start))])
        matrix = transition(identity, [-fraction(x) for x in lowest], "gd", rate, Fraction(0))
    else:
        matrix = transition(hessian, offset, chosen.name, rate, given.get("beta", Fraction(0)))
    verdict = decide_linear(matrix, start)
    if verdict is None:
        return None
    nature = None
    if verdict.limit is not None:
        positive, negative = signature(hessian)
        nature = _nature(positive, negative, len(start))
        if nature is None and positive + negative:
            nature = "minimum" if positive else "maximum"  # a valley of them: every point of it is one
    arguments = {"polynomial": str(verdict.polynomial).replace("x", "t"), "radius": f"{verdict.radius:.6g}"}
    key = "linear_diverges" if verdict.behaviour == "diverges" else "linear"
    return Outcome(verdict.behaviour, verdict.limit, verdict.period, nature, key, arguments)


def _analytic_outcome(problem: Problem, start: Fraction, rate: Fraction) -> Outcome | None:
    """Plain descent on another function of one variable, in balls."""
    from solver.derivation.engine import derive
    from solver.errors import UnsupportedExpression

    variable = problem.variables[0]
    try:
        second = derive(problem.gradient[0], variable).result
        found = decide_analytic(
            _encloser(problem.gradient[0], variable), _encloser(second, variable), start, rate
        )
    except UnsupportedExpression:
        return None
    if found is None:
        return None
    arguments = {
        "period": str(len(found.points)),
        "centre": _short(found.points[0]),
        "radius": _short(found.radius),
        "ratio": _above(found.ratio),
        "index": str(found.index),
    }
    if len(found.points) > 1:
        return Outcome("oscillates", None, len(found.points), None, "attractingcycle", arguments)
    limit: Real = found.points[0]
    low, high = found.points[0] - found.radius, found.points[0] + found.radius
    arguments |= {"low": _short(low), "high": _short(high)}
    nature = {1: "minimum", -1: "maximum"}.get(found.curvature_sign)
    return Outcome("converges", (_ball_of(limit),), None, nature, "contraction", arguments)


def _ball_of(x: Real) -> arb:
    with ctx.workprec(400):
        return to_ball(x)


def _encloser(expr: Expr, variable: Symbol) -> Callable[[arb], arb]:
    from solver.expression.evaluate import ball

    def enclose(x: arb) -> arb:
        precision = ctx.prec
        if x.is_exact():
            exact: arb = ball(expr, {variable.name: dyadic(x)}, bits=precision - 40)
            return exact
        wide: arb = ball(expr, {variable.name: x}, bits=16)
        return wide

    return enclose
