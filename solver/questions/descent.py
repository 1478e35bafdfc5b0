"""`descent`: the iterates line by line, a longer table, and what the infinite run does, proved."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, ClassVar

from solver.derivation.equality import Equality, Means
from solver.descent.critical import Landscape, landscape
from solver.descent.evidence import contraction_evidence
from solver.descent.objective import objective, substituted
from solver.descent.polynomial import read_polynomial
from solver.descent.proofs import Contraction
from solver.descent.trace import Row, is_decreasing, is_increasing, rows, steps_within
from solver.descent.verdict import decide
from solver.errors import SheetError
from solver.expression.tree import Expr, Symbol
from solver.questions.base import Facts, Question, Scope
from solver.questions.descent_facts import DescentFacts, Line
from solver.questions.options import (
    CountOption,
    ExactOption,
    FactsOption,
    Function,
    FunctionOption,
    require_positive,
    some_of,
)

TABLE_CAP = 60
STEPS = 3
ASKS = ("iterates", "convergence")


def studied(function: Function) -> Landscape:
    """The critical points of a polynomial of one variable that is not constant; else a SheetError that says
    why.
    """
    # The written form is part of the key: 0.25 and 1/4 are equal and print differently.
    return _studied(
        function.name, function.variable, function.expression, repr((function.variable, function.expression))
    )


@lru_cache(maxsize=64)
def _studied(name: str, variable: Symbol, expression: Expr, written: str) -> Landscape:
    found = objective(name, variable, expression)
    if found.polynomial is None:
        raise SheetError("descents are studied exactly on polynomials with rational coefficients").about("of")
    if found.degree == 0:
        raise SheetError("the function is constant: there is nothing to descend").about("of")
    return landscape(found)


class Descent(Question):
    """Gradient descent: the first iterates, the table, the verdict on the infinite run."""

    kind: ClassVar[str] = "descent"
    of: FunctionOption | None = None
    """The function of one variable to minimise; required unless `from` is there."""
    start: ExactOption | None = None
    """The starting point; required unless `from` is there."""
    rate: ExactOption | None = None
    """The learning rate; required unless `from` is there."""
    steps: CountOption | None = None
    """How many steps are worked out line by line; 3 by default."""
    method: str = "gd"
    """The update rule; in a sheet, plain gradient descent."""
    until: ExactOption = Fraction(1, 10**6)
    """The table goes on until the distance to the limit stays below this."""
    ask: Annotated[tuple[str, ...], some_of(ASKS)] = ()
    """The parts of the answer to print; all by default."""
    from_: FactsOption | None = None
    """The label of an earlier descent to go on with."""

    def solve(self, scope: Scope) -> Facts:
        ask = self.ask or ASKS
        if self.method != "gd":
            raise SheetError(f"in a sheet, descents are plain (“gd”); found “{self.method}”").about("method")
        require_positive((self.until,), "until")
        if self.from_ is not None and not isinstance(self.from_, DescentFacts):
            return asked_again(self.from_, ask)
        if self.of is not None and read_polynomial(self.of.expression, self.of.variable) is None:
            if self.start is None or self.rate is None:
                raise SheetError(
                    f"“descent” needs the option “:{'start' if self.start is None else 'rate'}:”"
                )
            steps = STEPS if self.steps is None else self.steps
            _bounds(self.rate, steps)
            # Its proofs are many modules, which a sheet of polynomials does not need.
            from solver.questions.descent_general import solve_general

            return solve_general(self.of, self.start, self.rate, steps, self.until, ask)
        scape, start, rate, steps = self._run()
        _bounds(rate, steps)
        verdict = decide(scape, start, rate)
        reached = None
        if verdict.target is not None and verdict.behaviour == "converges":
            (reached,) = steps_within(scape, start, rate, verdict.target, (self.until,))
        length = max(steps, min(reached if reached is not None else steps + 3, TABLE_CAP))
        if verdict.behaviour == "diverges":
            length = max(steps, min(verdict.proof.index + 2, TABLE_CAP))
        table = rows(scape, start, rate, length, verdict.target)
        iterates = table[: steps + 1]
        lines = tuple(
            Line(after.k, before, _substitution(scape, before), after)
            for before, after in itertools.pairwise(iterates)
        )
        evidence = None
        if isinstance(verdict.proof, Contraction):
            evidence = contraction_evidence(verdict.proof, scape, rate)
        checks = (*scape.objective.checks, *scape.checks, *verdict.checks, *_line_checks(scape, rate, lines))
        checks += evidence.checks if evidence is not None else ()
        return DescentFacts(
            checks=checks,
            objective=scape.objective,
            scape=scape,
            start=start,
            rate=rate,
            steps=steps,
            until=self.until,
            ask=ask,
            lines=lines,
            iterates=iterates,
            table=table,
            verdict=verdict,
            reached=reached,
            decreasing=is_decreasing(table),
            decreasing_asked=is_decreasing(iterates),
            increasing_asked=is_increasing(iterates),
            evidence=evidence,
        )

    def _run(self) -> tuple[Landscape, Fraction, Fraction, int]:
        """Function, start, rate and steps: from the options, else from the answer named by `from`."""
        earlier = self.from_
        assert earlier is None or isinstance(earlier, DescentFacts)
        scape = studied(self.of) if self.of is not None else (earlier.scape if earlier else None)
        start = self.start if self.start is not None else (earlier.start if earlier else None)
        rate = self.rate if self.rate is not None else (earlier.rate if earlier else None)
        missing = [n for n, v in (("of", scape), ("start", start), ("rate", rate)) if v is None]
        if scape is None or start is None or rate is None:
            raise SheetError(f"“descent” needs the option “:{missing[0]}:”")
        steps = self.steps if self.steps is not None else (earlier.steps if earlier else STEPS)
        return scape, start, rate, steps


def asked_again(earlier: Facts, ask: tuple[str, ...]) -> Facts:
    """The same general descent, asked for something else; SheetError where it is no descent."""
    from solver.questions.descent_general import GeneralDescentFacts

    if not isinstance(earlier, GeneralDescentFacts):
        raise SheetError("“from” names an answer that is not a descent").about("from")
    return replace(earlier, ask=ask)


def _bounds(rate: Fraction, steps: int) -> None:
    if not 1 <= steps <= 200:
        raise SheetError("a number of steps from 1 to 200 is expected").about("steps")
    require_positive((rate,), "rate")


def _substitution(scape: Landscape, row: Row) -> Expr | None:
    """f′ with the iterate in place of the variable, where the iterate is short enough to be read."""
    if not row.exact or len(str(row.point)) > 24:
        return None
    written = scape.objective
    return substituted(written.first, {written.variable.name: row.point})


def _line_checks(scape: Landscape, rate: Fraction, lines: tuple[Line, ...]) -> tuple[Equality, ...]:
    """Each iterate computed again in Python's own fractions from the written derivative; f′ by its values."""
    from solver.expression.evaluate import exact_value

    found: list[Equality] = []
    name, variable = scape.objective.name, scape.objective.variable.name
    for line in lines:
        if not (line.before.exact and line.after.exact):
            continue
        steep = exact_value(scape.objective.first, {variable: line.before.point})
        high = exact_value(scape.objective.expression, {variable: line.after.point})
        here = f"{line.before.point}"
        if steep is not None:
            found.append(
                Equality(f"{name}'({here})", str(line.before.slope), Means.EXACT, steep == line.before.slope)
            )
            moved = line.before.point - rate * steep
            found.append(
                Equality(
                    f"{here} - {rate} \\cdot {name}'({here})",
                    str(line.after.point),
                    Means.EXACT,
                    moved == line.after.point,
                )
            )
        if high is not None:
            found.append(
                Equality(
                    f"{name}({line.after.point})",
                    str(line.after.value),
                    Means.EXACT,
                    high == line.after.value,
                )
            )
    return tuple(found)
