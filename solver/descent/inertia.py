"""A quadratic function of one variable under momentum or Nesterov's method: a recurrence of order two.

Where f″ = λ, the distance e = w − w* to the critical point satisfies, v eliminated from two steps in a row,
e⁽ᵏ⁺²⁾ = p e⁽ᵏ⁺¹⁾ − q e⁽ᵏ⁾ with p = 1 + β − αλ and q = β (momentum), or p = (1 + β)(1 − αλ) and q = β(1 − αλ)
(Nesterov). So e⁽ᵏ⁾ is made of the powers of the roots of t² − pt + q. Both occur: e⁽¹⁾ = r e⁽⁰⁾, where
r = 1 − αλ or r = 1 − αλ(1 + β), and r² − pr + q is αβλ or αβ²λ, which is not 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx, fmpq_poly

from solver.derivation.equality import Equality, Means
from solver.descent import told
from solver.descent.objective import surd_expr
from solver.descent.outcome import Outcome, Run
from solver.descent.polynomial import dyadic, fraction, rational, read_polynomial
from solver.descent.recurrence import exact_states
from solver.descent.roots import real_roots
from solver.descent.updates import Inexact, root
from solver.expression.decimals import significant
from solver.expression.latex import latex

DIGITS = 6
LETTERS = {
    "momentum": (r"t^2 - (1 + \beta - \alpha\lambda)\,t + \beta", r"\sqrt{\beta}"),
    "nesterov": (
        r"t^2 - (1 + \beta)(1 - \alpha\lambda)\,t + \beta(1 - \alpha\lambda)",
        r"\sqrt{\beta(1 - \alpha\lambda)}",
    ),
}
"""The characteristic polynomial with letters, and the modulus of its roots where they are conjugate."""


@dataclass(frozen=True)
class Recurrence:
    """e⁽ᵏ⁺²⁾ = p e⁽ᵏ⁺¹⁾ − q e⁽ᵏ⁾ from e⁽¹⁾ = r e⁽⁰⁾, where e is the distance to `centre`, `curvature` f″."""

    p: Fraction
    q: Fraction
    r: Fraction
    curvature: Fraction
    centre: Fraction

    @property
    def discriminant(self) -> Fraction:
        return self.p**2 - 4 * self.q


def recurrence(
    method: str, rate: Fraction, beta: Fraction, curvature: Fraction, centre: Fraction
) -> Recurrence:
    """The recurrence of the distance under `momentum` or `nesterov`."""
    kept = 1 - rate * curvature
    if method == "momentum":
        return Recurrence(kept + beta, beta, kept, curvature, centre)
    return Recurrence((1 + beta) * kept, beta * kept, kept - rate * curvature * beta, curvature, centre)


def inertia(run: Run) -> Outcome | None:
    """The verdict by the roots; None for other functions and methods, or where a root ≠ −1 has modulus 1."""
    if run.method.name not in LETTERS or run.size > 1:
        return None
    poly = read_polynomial(run.problem.expression, run.problem.variables[0])
    beta = run.values["beta"]
    if poly is None or poly.degree() > 2 or run.rate <= 0 or not 0 < beta < 1:
        return None
    slope, curvature = fraction(poly[1]), 2 * fraction(poly[2])
    if curvature == 0:
        return _drift(run, slope) if slope else None
    made = recurrence(run.method.name, run.rate, beta, curvature, -slope / curvature)
    if run.start[0] == made.centre:
        return None  # at rest
    letters, modulus = LETTERS[run.method.name]
    found = _fate(made, modulus)
    if found is None:
        return None
    behaviour, row, numbers = found
    arguments = {
        "letters": letters,
        "curvature": told.short(curvature),
        "numbers": told.polynomial(fmpq_poly([rational(made.q), rational(-made.p), 1])),
        "ratio": told.short(made.r),
        **numbers,
    }
    limit = (made.centre,) if behaviour == "converges" else None
    nature = ("minimum" if curvature > 0 else "maximum") if limit else None
    period = 2 if behaviour == "oscillates" else None
    checks = (_replayed(run, made),)
    return Outcome(behaviour, limit, period, nature, "inertia", arguments, checks, then=(row,))


def _fate(made: Recurrence, modulus: str) -> tuple[str, str, dict[str, str]] | None:
    """(behaviour, row of sentences, numbers): both roots are below 1 in size iff |q| < 1 and |p| < 1 + q."""
    p, q, disc = made.p, made.q, made.discriminant
    inside = abs(q) < 1 and abs(p) < 1 + q
    if disc < 0:
        if q == 1:
            return None
        size = rf"{modulus} = {_root_text(q)} {'<' if q < 1 else '>'} 1"
        row = "roots_conjugate" if inside else "roots_conjugate_grow"
        return ("converges" if inside else "diverges"), row, {"disc": told.short(disc), "modulus": size}
    if p == q == 0:
        return "converges", "roots_zero", {}
    if disc == 0:
        if abs(p) == 2:
            return None
        row = "roots_double" if inside else "roots_double_grow"
        return ("converges" if inside else "diverges"), row, {"first": told.short(p / 2)}
    low, high = roots_told(fmpq_poly([rational(q), rational(-p), 1]))
    first, second = (high, low) if p >= 0 else (low, high)  # the larger in size first
    numbers = {"first": first, "second": second}
    if inside:
        return "converges", "roots_real", numbers
    if p == -(1 + q):
        return ("oscillates", "roots_turn", {"second": told.short(-q)}) if abs(q) < 1 else None
    return "diverges", "roots_real_grow", numbers


def roots_told(poly: fmpq_poly) -> tuple[str, ...]:
    """The different real roots in increasing order, as mathematics: exactly where rational, or surds."""
    found = []
    for each in real_roots(poly):
        exact = each.surd()
        rounded = rf"\approx {significant(each.approximation, DIGITS)}"
        if each.is_rational:
            found.append(told.short(each.low))
        else:
            found.append(rounded if exact is None else f"{latex(surd_expr(exact))} {rounded}")
    return tuple(found)


def _root_text(q: Fraction) -> str:
    """√q as mathematics, with its decimals where it is not rational."""
    try:
        return rf"\sqrt{{{told.short(q)}}} = {told.short(root(q))}"
    except Inexact:
        with ctx.workprec(200):
            value = dyadic(arb(rational(q)).sqrt().mid())
        return rf"\sqrt{{{told.short(q)}}} \approx {significant(value, DIGITS)}"


def _drift(run: Run, slope: Fraction) -> Outcome:
    """f′ = c ≠ 0: v⁽ᵏ⁾ = c(1 + β + … + βᵏ⁻¹) keeps its sign and |v| ≥ |c|."""
    first = abs(slope) * (1 if run.method.name == "momentum" else 1 + run.values["beta"])
    arguments = {"slope": told.short(slope), "step": told.short(run.rate * first)}
    return Outcome("diverges", None, None, None, "drift_with_velocity", arguments)


def _replayed(run: Run, made: Recurrence) -> Equality:
    """The recurrence on iterates that the update rule itself makes."""
    states = exact_states(run.method, run.direction, run.start, run.values, 4)
    gaps = [x - made.centre for state in states if isinstance(x := state[0], Fraction)]
    holds = all(c == made.p * b - made.q * a for a, b, c in zip(gaps, gaps[1:], gaps[2:], strict=False))
    known = holds if len(gaps) > 2 else None
    here = f"{run.method.name}, {run.start[0]}, {run.rate}"
    return Equality(
        f"e^{{(k+2)}}, {here}", f"{made.p} e^{{(k+1)}} - {made.q} e^{{(k)}}", Means.SIMULATION, known
    )
