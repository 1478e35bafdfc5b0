"""`descent` on a function of one variable that is no polynomial: iterates to 50 digits, what balls can
prove.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import takewhile

from flint import ctx

from solver.derivation.equality import Equality, Means
from solver.descent.deciders import outcome_of
from solver.descent.outcome import Outcome, Run
from solver.descent.problem import Problem, gradient_of, value_at
from solver.descent.updates import Inexact, Iterate, Real, Vector, method, run, to_ball, to_fraction
from solver.document.figure import Curve, FigureSpec, Marks, Panel, Plot
from solver.errors import SheetError, UnsupportedExpression
from solver.expression.latex import latex
from solver.expression.tree import Expr, Symbol
from solver.questions.base import Facts
from solver.questions.followed import derivable_at, fits
from solver.questions.options import Function

TABLE_CAP = 40
LARGEST_DRAWN = Fraction(10) ** 15


@dataclass(frozen=True)
class GeneralRow:
    """One iterate: numbers exact where `exact`, else rationals closer than 50 digits."""

    k: int
    point: Fraction
    value: Fraction
    slope: Fraction
    exact: bool
    gap: Fraction | None


@dataclass(frozen=True)
class GeneralDescentFacts(Facts):
    """A descent that is followed numerically, and decided in balls where that can be done.

    `limit` is the limit where it converges (a rational closer than 50 digits unless `outcome` is at rest),
    `reached` the first k of the table from which the distance to it stays ≤ `until`.
    """

    name: str
    variable: Symbol
    first: Expr
    expression: Expr
    start: Fraction
    rate: Fraction
    steps: int
    until: Fraction
    ask: tuple[str, ...]
    table: tuple[GeneralRow, ...]
    outcome: Outcome
    limit: Fraction | None
    reached: int | None
    limit_is_exact: bool

    @property
    def general(self) -> bool:
        return True

    @property
    def asks_iterates(self) -> bool:
        return "iterates" in self.ask

    @property
    def asks_convergence(self) -> bool:
        return "convergence" in self.ask

    @property
    def iterates(self) -> tuple[GeneralRow, ...]:
        return self.table[: self.steps + 1]

    @property
    def shown(self) -> tuple[GeneralRow, ...]:
        """The rows that are printed: the asked ones, then one in four, and the last."""
        last = len(self.table) - 1
        return tuple(r for r in self.table if r.k <= self.steps or r.k % 4 == 0 or r.k == last)

    @property
    def decreasing(self) -> bool:
        """Whether f decreases strictly from each row of the table to the next."""
        return all(b.value < a.value for a, b in zip(self.table, self.table[1:], strict=False))

    @property
    def stops(self) -> bool:
        """Whether some iterate has no next one: there is no infinite run."""
        return self.outcome.stops

    def proof(self, lang: str, names: Mapping[str, str]) -> str:
        """The sentence of `corrige descend` on this verdict; `names` are its letters for f and g."""
        from solver.descent.wording import proof_of

        return proof_of(self.outcome, (self.variable,), lang, names)

    @property
    def _drawn(self) -> tuple[tuple[float, float], ...]:
        """(w, f(w)) of the iterates up to where they go far away, or f is too large for a drawing."""
        from solver.questions.plane import float_points, kept

        near = kept(float_points([Iterate(r.k, (r.point,), {}) for r in self.table]))
        rows = zip(near, self.table, strict=False)
        drawn = takewhile(lambda pair: abs(pair[1].value) < LARGEST_DRAWN, rows)
        return tuple((point[0], float(row.value)) for point, row in drawn)

    def figures(self) -> Mapping[str, FigureSpec]:
        from solver.expression.evaluate import ball

        placed = self._drawn
        if not placed:
            return {}
        points = [x for x, _ in placed]
        low, high = min(points), max(points)
        margin = 0.4 * max(high - low, 1.0)
        curve: list[tuple[float, float] | None] = []
        for i in range(121):
            x = low - margin + (high - low + 2 * margin) * i / 120
            y = ball(self.expression, {self.variable.name: Fraction(x)})
            curve.append((x, float(y.mid())) if y.is_finite() else None)
        letter = latex(self.variable)
        notes = tuple(f"${letter}^{{({k})}}$" if k < 3 else "" for k in range(len(placed)))
        panel = Panel(
            curves=(Curve(tuple(curve), f"${self.name}$"),),
            marks=(Marks(placed, "iterates", "disk", True, notes),),
        )
        return {"run": Plot((panel,))}

    def public(self) -> Mapping[str, object]:
        verdict: dict[str, object] = {
            "behaviour": self.outcome.behaviour,
            "nature": self.outcome.nature or "",
            "period": self.outcome.period or 0,
            "limit": self.limit if self.limit is not None else "",
        }
        return {
            "start": self.start,
            "rate": self.rate,
            "steps": self.steps,
            **verdict,
            "verdict": verdict,
            "point": lambda k: self.table[k].point,
            "value": lambda k: self.table[k].value,
            "points": [r.point for r in self.iterates],
        }


def solve_general(
    function: Function, start: Fraction, rate: Fraction, steps: int, until: Fraction, ask: tuple[str, ...]
) -> GeneralDescentFacts:
    """The facts; a SheetError where f or f′ is not defined at an iterate."""
    from solver.derivation.engine import derive
    from solver.expression.evaluate import exact_value

    variable = function.variable
    function.require_numbers()
    fits(function, (start,), "start")
    derivation = derive(function.expression, variable)
    derivable_at(function, derivation.result, (start,), "start")
    problem = Problem(function.expression, (variable,), (derivation.result,))
    gradient = gradient_of(problem)
    plain = method("gd")
    try:
        outcome = outcome_of(Run(problem, plain, (start,), rate, {}))
        iterates = run(plain, gradient, (start,), rate, max(steps, TABLE_CAP))
    except UnsupportedExpression as fault:
        raise SheetError(f"this descent cannot be followed: {fault.message}") from None
    limit = to_fraction(outcome.limit[0]) if outcome.limit else None
    table: list[GeneralRow] = []
    for iterate in iterates:
        row = _row(problem, iterate.k, iterate.point, limit)
        if row is None:
            break
        table.append(row)
    if len(table) <= steps:
        raise SheetError(f"iterate {len(table)} of this descent is not defined, or too large to write")
    inside = [row.gap is not None and abs(row.gap) <= until for row in table]
    reached = None
    if inside[-1]:
        reached = len(inside)
        while reached and inside[reached - 1]:
            reached -= 1
    kept = table[: max(steps, reached if reached is not None else steps + 5) + 1]
    checks = [*derivation.checks]
    if limit is not None and outcome.behaviour == "converges":
        gaps = [abs(row.point - limit) for row in table]
        holds = gaps[-1] < gaps[0] or gaps[0] == 0
        left = f"{function.name}, {start}, {rate}"
        checks.append(Equality(left, rf"\to {float(limit)}", Means.SIMULATION, holds))
    return GeneralDescentFacts(
        checks=tuple(checks),
        name=function.name,
        variable=variable,
        first=derivation.result,
        expression=function.expression,
        start=start,
        rate=rate,
        steps=steps,
        until=until,
        ask=ask,
        table=tuple(kept),
        outcome=outcome,
        limit=limit,
        reached=reached,
        limit_is_exact=limit is not None and exact_value(derivation.result, {variable.name: limit}) == 0,
    )


def _row(problem: Problem, k: int, point: Vector, limit: Fraction | None) -> GeneralRow | None:
    numbers: tuple[Real, ...]
    with ctx.workprec(400):
        try:
            numbers = tuple(
                value_at(e, problem.variables, point) for e in (problem.expression, *problem.gradient)
            )
        except Inexact:
            balls = tuple(to_ball(x) for x in point)
            numbers = tuple(
                value_at(e, problem.variables, balls) for e in (problem.expression, *problem.gradient)
            )
    if any(not isinstance(x, Fraction) and not x.is_finite() for x in numbers):
        return None
    value, slope = (to_fraction(x) for x in numbers)
    here = to_fraction(point[0])
    return GeneralRow(
        k,
        here,
        value,
        slope,
        all(isinstance(x, Fraction) for x in (*point, *numbers)),
        None if limit is None else here - limit,
    )
