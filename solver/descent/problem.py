"""What `corrige descend` is asked: numbers, variables, the gradient and the Hessian, exactly or in balls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from flint import arb, arb_mat, fmpq_mat

from solver.descent.compiled import BALLS, Function, compiled
from solver.descent.derivatives import Derivatives
from solver.descent.kinks import slopes_at_kink
from solver.descent.polynomial import rational, read_polynomial, tight_enclosure
from solver.descent.updates import Inexact, Real, Vector, to_ball
from solver.errors import CorrigeError
from solver.expression.evaluate import exact_value
from solver.expression.tree import Expr, Symbol, symbols


@dataclass(frozen=True)
class Problem:
    """What is to be descended: the expression, its variables in order, its gradient as expressions."""

    expression: Expr
    variables: tuple[Symbol, ...]
    gradient: tuple[Expr, ...]

    @cached_property
    def derivatives(self) -> Derivatives:
        """The derivatives of all orders, made when they are asked for."""
        return Derivatives(self.expression, self.variables, self.gradient)


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
    """∇f, exactly on fractions (Horner on a polynomial of one variable), else in balls.

    Where it does not exist at a fraction, what frameworks take there.
    """
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
    slopes = [Evaluator(g, problem.variables) for g in problem.gradient]

    def gradient(point: Vector) -> Vector:
        try:
            return tuple(g(point) for g in slopes)
        except Inexact:
            exact = tuple(x for x in point if isinstance(x, Fraction))
            taken = slopes_at_kink(problem.expression, problem.variables, exact)
            if taken is None:
                raise
            return taken.gradient

    return gradient


def newton_direction(problem: Problem, gradient: Callable[[Vector], Vector]) -> Callable[[Vector], Vector]:
    """H⁻¹∇f, exactly where that is rational; `Inexact` where the Hessian is singular."""
    hessian = [[Evaluator(h, problem.variables) for h in row] for row in problem.derivatives.hessian]

    def direction(point: Vector) -> Vector:
        rows = [[h(point) for h in row] for row in hessian]
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


class Evaluator:
    """An expression at points: exact on fractions (`Inexact` where it is not rational), else a ball."""

    def __init__(self, expr: Expr, variables: Sequence[Symbol]) -> None:
        self.expr, self.names = expr, tuple(v.name for v in variables)

    @cached_property
    def in_balls(self) -> Function:
        return compiled(self.expr, self.names, BALLS)

    def __call__(self, point: Vector) -> Real:
        if not all(isinstance(x, Fraction) for x in point):
            found: arb = self.in_balls(point)
            return found
        values = {name: x for name, x in zip(self.names, point, strict=True) if isinstance(x, Fraction)}
        exact = exact_value(self.expr, values)
        if exact is None:
            raise Inexact
        return exact


def values_at(function: Callable[[Vector], Vector], point: Vector) -> Vector:
    """The values at a point, in balls where they are not rational."""
    try:
        return function(point)
    except Inexact:
        return function(tuple(to_ball(x) for x in point))


def hessian_at(problem: Problem, point: Vector) -> tuple[Vector, ...]:
    """The rows of ∇²f at a point, each in balls where one of its numbers is not rational."""

    def values(row: Sequence[Expr]) -> Vector:
        entries = [Evaluator(h, problem.variables) for h in row]
        return values_at(lambda x: tuple(h(x) for h in entries), point)

    return tuple(values(row) for row in problem.derivatives.hessian)


def is_singular(problem: Problem, point: Vector) -> bool:
    """Whether the Hessian is rational at a point and has determinant 0."""
    rows = hessian_at(problem, point)
    exact = [[rational(x) for x in row if isinstance(x, Fraction)] for row in rows]
    return all(len(row) == len(rows) for row in exact) and fmpq_mat(exact).det() == 0


def value_at(expr: Expr, variables: Sequence[Symbol], point: Vector) -> Real:
    """The value of an expression at one point: exact on fractions (else `Inexact`), or a ball."""
    return Evaluator(expr, variables)(point)
