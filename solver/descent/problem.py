"""What `corrige descend` is asked: numbers, variables, the gradient and the Hessian, exactly or in balls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, arb_mat, ctx, fmpq_mat

from solver.descent.polynomial import rational, read_polynomial, tight_enclosure
from solver.descent.updates import Inexact, Real, Vector
from solver.errors import CorrigeError
from solver.expression.tree import Expr, Symbol, symbols

MAX_STEPS = 100_000


@dataclass(frozen=True)
class Problem:
    """What is to be descended: the expression, its variables in order, its gradient as expressions."""

    expression: Expr
    variables: tuple[Symbol, ...]
    gradient: tuple[Expr, ...]


def read_number(text: str, what: str) -> Fraction:
    from solver.expression.evaluate import exact_value
    from solver.expression.reader import read_expression

    expr = read_expression(text.strip())
    found = None if symbols(expr) else exact_value(expr)
    if found is None:
        raise CorrigeError(f"“{what}” is an exact number such as 0.05, 1/20 or 1e-3; found “{text.strip()}”")
    return found


def read_count(steps: str | int) -> int:
    value = Fraction(steps) if isinstance(steps, int) else read_number(steps, "steps")
    if value.denominator != 1 or not 0 <= value <= MAX_STEPS:
        raise CorrigeError(f"“steps” is a whole number from 0 to {MAX_STEPS}; found “{steps}”")
    return int(value)


def read_problem(text: str, wrt: str | None) -> Problem:
    from solver.derivation.engine import derive
    from solver.expression.reader import read_expression

    expr = read_expression(text)
    own = {v.name: v for v in symbols(expr)}
    if wrt is None:
        variables = tuple(own[name] for name in sorted(own))
        if not variables:
            raise CorrigeError("this expression has no variable: name one with --wrt")
    else:
        named = [read_expression(item.strip()) for item in wrt.split(",") if item.strip()]
        if not named or not all(isinstance(v, Symbol) for v in named):
            raise CorrigeError(f"--wrt takes names of variables separated by commas; found “{wrt}”")
        variables = tuple(v for v in named if isinstance(v, Symbol))
        names = [v.name for v in variables]
        if len(set(names)) < len(names):
            raise CorrigeError(f"--wrt names a variable twice: “{wrt}”")
        missing = [name for name in sorted(own) if name not in names]
        if missing:
            raise CorrigeError(f"these variables have no start: {', '.join(missing)}; name them in --wrt")
    return Problem(expr, variables, tuple(derive(expr, v).result for v in variables))


def gradient_of(problem: Problem) -> Callable[[Vector], Vector]:
    """∇f, exactly on fractions (Horner on a polynomial of one variable), else in balls."""
    if len(problem.variables) == 1:
        poly = read_polynomial(problem.gradient[0], problem.variables[0])
        if poly is not None:
            slope = poly

            def of_polynomial(point: Vector) -> Vector:
                x = point[0]
                if isinstance(x, Fraction):
                    y = slope(rational(x))
                    return (Fraction(int(y.p), int(y.q)),)
                return (tight_enclosure(slope, x),)

            return of_polynomial
    return lambda point: tuple(value_at(g, problem.variables, point) for g in problem.gradient)


def hessian_of(problem: Problem) -> list[list[Expr]]:
    """The second derivatives, row by row."""
    from solver.derivation.engine import derive

    return [[derive(g, v).result for v in problem.variables] for g in problem.gradient]


def newton_direction(problem: Problem, gradient: Callable[[Vector], Vector]) -> Callable[[Vector], Vector]:
    """H⁻¹∇f, exactly where that is rational; `Inexact` where the Hessian is singular."""
    hessian = hessian_of(problem)

    def direction(point: Vector) -> Vector:
        rows = [[value_at(h, problem.variables, point) for h in row] for row in hessian]
        slope = gradient(point)
        try:
            if all(isinstance(x, Fraction) for x in point):
                exact = fmpq_mat([[rational(x) for x in row] for row in rows])
                solved = exact.solve(fmpq_mat([[rational(x)] for x in slope]))
                return tuple(Fraction(int(x.p), int(x.q)) for x in solved.entries())
            return tuple(arb_mat(rows).solve(arb_mat([[x] for x in slope])).entries())
        except ZeroDivisionError:
            if all(isinstance(x, Fraction) for x in point):
                raise Inexact from None
            return tuple(arb("nan") for _ in point)

    return direction


def value_at(expr: Expr, variables: Sequence[Symbol], point: Vector) -> Real:
    """The value of an expression: exact on fractions (`Inexact` where it is not rational), else a ball."""
    from solver.expression.evaluate import ball, exact_value

    if all(isinstance(x, Fraction) for x in point):
        exact = exact_value(expr, {v.name: x for v, x in zip(variables, point, strict=True)})
        if exact is None:
            raise Inexact
        return exact
    values = {v.name: x for v, x in zip(variables, point, strict=True)}
    found: arb = ball(expr, values, bits=max(64, ctx.prec - 80))
    return found
