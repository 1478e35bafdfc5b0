"""First, second and third derivatives of a function, as fast functions of a point in floats or balls."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from flint import arb, arb_mat

from solver.descent.compiled import BALLS, FLOATS, Field, Function, compiled
from solver.descent.jets import Jet
from solver.expression.tree import Expr, Symbol


class Derivatives:
    """∇f, H = ∇²f and ∂H of f in some variables; each is derived and compiled when it is first asked for."""

    def __init__(self, expression: Expr, variables: tuple[Symbol, ...], gradient: tuple[Expr, ...]) -> None:
        self.expression, self.variables, self.gradient = expression, variables, gradient
        self.names = tuple(v.name for v in variables)

    def compiled(self, expr: Expr, field: Field) -> Function:
        """Any expression in the same variables, as a function of the point."""
        return compiled(expr, self.names, field)

    @cached_property
    def hessian(self) -> tuple[tuple[Expr, ...], ...]:
        """The second derivatives, row by row."""
        return tuple(self._row(g) for g in self.gradient)

    @cached_property
    def third(self) -> tuple[tuple[tuple[Expr, ...], ...], ...]:
        """∂H: the derivatives of each second derivative by each variable."""
        return tuple(tuple(self._row(h) for h in row) for row in self.hessian)

    def _row(self, expr: Expr) -> tuple[Expr, ...]:
        from solver.derivation.engine import derive

        return tuple(derive(expr, v, check=False).result for v in self.variables)

    # ---- in balls

    @cached_property
    def _slopes(self) -> list[Function]:
        return [self.compiled(g, BALLS) for g in self.gradient]

    @cached_property
    def _bends(self) -> list[list[Function]]:
        return [[self.compiled(h, BALLS) for h in row] for row in self.hessian]

    @cached_property
    def _thirds(self) -> list[list[list[Function]]]:
        return [[[self.compiled(t, BALLS) for t in row] for row in block] for block in self.third]

    def slopes(self, point: Sequence[arb]) -> list[arb]:
        """∇f on a box."""
        return [g(point) for g in self._slopes]

    def bends(self, point: Sequence[arb]) -> list[list[arb]]:
        """H on a box."""
        return [[h(point) for h in row] for row in self._bends]

    def slope_jets(self, point: Sequence[arb], width: int) -> tuple[Jet, ...]:
        """∇f with its partial derivatives by `width` numbers, the first of which are the variables."""
        rest = (arb(0),) * (width - len(point))
        rows = zip(self.slopes(point), self.bends(point), strict=True)
        return tuple(Jet(g, (*row, *rest)) for g, row in rows)

    def newton_direction(self, point: Sequence[arb]) -> list[arb]:
        """H⁻¹∇f on a box; ZeroDivisionError where H may be singular."""
        solved = arb_mat(self.bends(point)).solve(arb_mat([[g] for g in self.slopes(point)]))
        return list(solved.entries())

    def newton_jets(self, point: Sequence[arb]) -> tuple[Jet, ...]:
        """d = H⁻¹∇f with its derivatives: ∂ⱼd = eⱼ − H⁻¹(∂ⱼH)d."""
        size = len(point)
        bend, direction = arb_mat(self.bends(point)), self.newton_direction(point)
        turned = [[t(point) for t in row] for block in self._thirds for row in block]
        product = [
            [sum((turned[i * size + k][j] * direction[k] for k in range(size)), arb(0)) for j in range(size)]
            for i in range(size)
        ]
        shift = bend.solve(arb_mat(product))
        return tuple(
            Jet(direction[i], tuple((1 if i == j else 0) - shift[i, j] for j in range(size)))
            for i in range(size)
        )

    # ---- in floats

    @cached_property
    def _float_slopes(self) -> list[Function]:
        return [self.compiled(g, FLOATS) for g in self.gradient]

    @cached_property
    def _float_bends(self) -> list[list[Function]]:
        return [[self.compiled(h, FLOATS) for h in row] for row in self.hessian]

    def float_slopes(self, point: Sequence[float]) -> list[float]:
        """∇f at a point, to look ahead."""
        return [g(point) for g in self._float_slopes]

    def float_newton(self, point: Sequence[float]) -> list[Any]:
        """H⁻¹∇f at a point, to look ahead (Gaussian elimination); not finite where H is singular."""
        rows = [
            [h(point) for h in row] + [g]
            for row, g in zip(self._float_bends, self.float_slopes(point), strict=True)
        ]
        size = len(rows)
        for k in range(size):
            pivot = max(range(k, size), key=lambda i: abs(rows[i][k]))
            rows[k], rows[pivot] = rows[pivot], rows[k]
            if rows[k][k] == 0:
                return [float("nan")] * size
            for i in range(size):
                if i != k:
                    share = rows[i][k] / rows[k][k]
                    rows[i] = [a - share * b for a, b in zip(rows[i], rows[k], strict=True)]
        return [rows[i][size] / rows[i][i] for i in range(size)]
