"""Descent in several variables: a limit proved by a contraction of a ball of the plane (or space) into
itself.

Near a point c where ∇f(c) ≈ 0, the Jacobian of g(w) = w − α∇f(w) is I − αH(w), symmetric. On the ball
|w − c| ≤ r its norm is at most ‖I − αH(c)‖ + α‖H(w) − H(c)‖_F; if that is q < 1 and |g(c) − c| ≤ (1 − q) r,
then g contracts the ball into itself (Banach), and what enters it converges to the critical point inside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx

from solver.descent.polynomial import dyadic, rational

Point = tuple[arb, ...]
Field = Callable[[Point], Point]
Matrix = list[list[arb]]
STEPS = 1200
BITS = 260


@dataclass(frozen=True)
class Attracted:
    """The limit (to about 50 digits), the radius and the ratio of the contraction, the iterate that
    enters it.

    `signs` counts the positive and negative eigenvalues of the Hessian at the limit (None: not told).
    """

    limit: tuple[Fraction, ...]
    radius: Fraction
    ratio: Fraction
    index: int
    is_minimum: bool


def decide_field(
    gradient: Field, hessian: Callable[[Point], Matrix], start: Sequence[Fraction], rate: Fraction
) -> Attracted | None:
    """The limit of w ← w − α∇f(w) from `start`, where one is found and proved; else None."""
    with ctx.workprec(BITS):
        alpha = arb(rational(rate))
        run: list[Point] = [tuple(arb(rational(x)) for x in start)]
        while len(run) <= STEPS:
            following = _advance(gradient, hessian, alpha, run[-1])
            if any(not x.is_finite() or abs(x) > 1e9 or x.rad() > 1e-9 for x in following):
                return None
            moved = max(abs(float(a.mid()) - float(b.mid())) for a, b in zip(following, run[-1], strict=True))
            run.append(following)
            if moved < 1e-6:
                break
        else:
            return None
        return _prove(gradient, hessian, alpha, run)


def _advance(gradient: Field, hessian: Callable[[Point], Matrix], alpha: arb, point: Point) -> Point:
    """g(m) + Dg(I)(I − m): the next iterate, with radii that shrink where g contracts."""
    middle = tuple(x.mid() for x in point)
    image = [x - alpha * d for x, d in zip(middle, gradient(middle), strict=True)]
    if all(x.is_exact() for x in point):
        return tuple(image)
    bend = hessian(point)
    offsets = [x - m for x, m in zip(point, middle, strict=True)]
    for i in range(len(point)):
        for j, offset in enumerate(offsets):
            image[i] += ((1 if i == j else 0) - alpha * bend[i][j]) * offset
    return tuple(image)


def _prove(
    gradient: Field, hessian: Callable[[Point], Matrix], alpha: arb, run: list[Point]
) -> Attracted | None:
    from flint import arb_mat

    centre: Point = tuple(x.mid() for x in run[-1])
    for _ in range(7):  # Newton's method: the centre becomes the critical point to full precision
        try:
            step = arb_mat(hessian(centre)).solve(arb_mat([[x] for x in gradient(centre)])).entries()
        except ZeroDivisionError:
            return None
        centre = tuple((x - s).mid() for x, s in zip(centre, step, strict=True))
        if any(not x.is_finite() for x in centre):
            return None
    bend = hessian(centre)
    n = len(centre)
    matrix = [[(1 if i == j else 0) - alpha * bend[i][j] for j in range(n)] for i in range(n)]
    norm = _norm(matrix)
    if norm is None:
        return None
    drift = _length([alpha * x for x in gradient(centre)])
    for exponent in range(40):
        radius = arb(2) ** -exponent
        box = tuple(arb(x, radius) for x in centre)
        spread = hessian(box)
        change = _length([alpha * (spread[i][j] - bend[i][j]) for i in range(n) for j in range(n)])
        ratio = norm + change
        if not ratio < 1 or not drift <= (1 - ratio) * radius:
            continue
        entry = next((k for k, w in enumerate(run) if _within(w, centre, radius)), None)
        if entry is None:
            return None
        return Attracted(
            tuple(dyadic(x) for x in centre),
            dyadic(radius),
            dyadic(ratio.upper()),
            entry,
            _is_definite(bend) and alpha > 0,
        )
    return None


def _within(point: Point, centre: Point, radius: arb) -> bool:
    return bool(_length([a - b for a, b in zip(point, centre, strict=True)]) <= radius)


def _length(values: Sequence[arb]) -> arb:
    total = arb(0)
    for x in values:
        total += abs(x).upper() ** 2
    return total.sqrt()


def _is_definite(matrix: Matrix) -> bool:
    """Whether a symmetric matrix is positive definite: all pivots of its LDLᵀ elimination are positive."""
    rows = [list(row) for row in matrix]
    n = len(rows)
    for k in range(n):
        if not rows[k][k] > 0:
            return False
        for i in range(k + 1, n):
            share = rows[i][k] / rows[k][k]
            for j in range(k, n):
                rows[i][j] = rows[i][j] - share * rows[k][j]
    return True


def _norm(matrix: Matrix) -> arb | None:
    """A bound < 1 of the norm of a symmetric matrix M: t with tI − M and tI + M positive definite;
    None without.
    """
    n = len(matrix)
    found: arb | None = None
    low, high = 0.0, 1.0
    for _ in range(14):
        t = arb((low + high) / 2)
        fits = all(
            _is_definite([[(t if i == j else 0) + s * matrix[i][j] for j in range(n)] for i in range(n)])
            for s in (1, -1)
        )
        if fits:
            found, high = t, float(t)
        else:
            low = float(t)
    return found
