"""What a critical point is: by the Hessian where that tells, else by the sign of f′ on both sides of it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from flint import arb, fmpq_mat

from solver.descent.derivatives import Derivatives
from solver.descent.linear import signature
from solver.descent.polynomial import rational
from solver.expression.evaluate import exact_value
from solver.expression.tree import ZERO, Expr, Symbol

_HIGHEST = 8
Matrix = list[list[arb]]


def named(positive: int, negative: int, size: int) -> str | None:
    """The nature by the signs of the eigenvalues of the Hessian; None where some are 0 and decide."""
    if positive and negative:
        return "saddle"
    if positive == size:
        return "minimum"
    return "maximum" if negative == size else None


def nature_at(derivatives: Derivatives, point: Sequence[Fraction]) -> str | None:
    """minimum, maximum or saddle of a critical point known exactly; None where nothing proves it."""
    values = {v.name: x for v, x in zip(derivatives.variables, point, strict=True)}
    rows = [[exact_value(h, values) for h in row] for row in derivatives.hessian]
    if all(x is not None for row in rows for x in row):
        exact = fmpq_mat([[rational(x) for x in row if x is not None] for row in rows])
        found = named(*signature(exact), len(point))
        if found is not None:
            return found
    else:
        found = nature_near(derivatives, [arb(rational(x)) for x in point])
        if found is not None:
            return found
    if len(point) > 1:
        return None
    left = one_sided_sign(derivatives.gradient[0], derivatives.variables[0], point[0], -1)
    right = one_sided_sign(derivatives.gradient[0], derivatives.variables[0], point[0], 1)
    if left is None or right is None or left == right == 0:
        return None
    if left * right > 0:
        return "saddle"
    return "minimum" if right > 0 or left < 0 else "maximum"  # flat on one side at most


def nature_near(derivatives: Derivatives, box: Sequence[arb]) -> str | None:
    """The nature of a critical point in a small box, by the pivots of the Hessian (Sylvester's law)."""
    rows = [list(row) for row in derivatives.bends(box)]
    size, positive, negative = len(rows), 0, 0
    for k in range(size):
        pivot = rows[k][k]
        if pivot > 0:
            positive += 1
        elif pivot < 0:
            negative += 1
        else:
            # f decreases along one axis and grows along another: enough, whatever the pivots
            return "saddle" if _mixed(derivatives.bends(box)) else None
        for i in range(k + 1, size):
            share = rows[i][k] / pivot
            rows[i] = [a - share * b for a, b in zip(rows[i], rows[k], strict=True)]
    return named(positive, negative, size)


def _mixed(rows: Matrix) -> bool:
    """Whether a symmetric matrix has eigenvalues of both signs: by its diagonal, or a 2×2 minor below 0."""
    size = len(rows)
    if any(rows[i][i] > 0 for i in range(size)) and any(rows[i][i] < 0 for i in range(size)):
        return True
    return any(rows[i][i] * rows[j][j] - rows[i][j] * rows[i][j] < 0 for i in range(size) for j in range(i))


def one_sided_sign(slope: Expr, variable: Symbol, at: Fraction, side: int) -> int | None:
    """The sign of f′ just beside a point, by the first derivative that does not vanish there (Taylor); 0
    where f is flat there, None where it cannot be told.
    """
    from solver.analysis.expansion import Undecided
    from solver.analysis.pieces import pieces
    from solver.derivation.engine import derive

    try:
        found = pieces(slope, variable)
    except Undecided:
        return None
    if side > 0:
        expr = next(p for p in found if p.high is None or p.high > at).expression
    else:
        expr = next(p for p in reversed(found) if p.low is None or p.low < at).expression
    if expr == ZERO:
        return 0
    for order in range(_HIGHEST):
        value = exact_value(expr, {variable.name: at})
        if value is None:
            return None
        if value:
            return (1 if value > 0 else -1) * (side if order % 2 else 1)
        expr = derive(expr, variable, check=False).result
    return None
