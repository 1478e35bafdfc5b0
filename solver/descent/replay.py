r"""A second road for the steps of a method: every state from all gradients at once, by its unrolled sum.

The rules of `updates` go from step to step; here v⁽ᵏ⁾ = Σ βᵏ⁻ʲ g⁽ʲ⁾, s⁽ᵏ⁾ = Σ g⁽ʲ⁾² (AdaGrad) or
(1 − β₂) Σ β₂ᵏ⁻ʲ g⁽ʲ⁾², m⁽ᵏ⁾ = (1 − β₁) Σ β₁ᵏ⁻ʲ g⁽ʲ⁾, and 1 − βᵏ is a power. The gradients
are those of dual numbers, not of the derivative that was written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import isqrt
from typing import Any

from flint import arb, arb_mat, ctx, fmpq, fmpq_mat

from solver.derivation.dual_numbers import Undefined
from solver.derivation.duals import value
from solver.descent.outcome import Run
from solver.descent.polynomial import fraction
from solver.descent.updates import Iterate, Real, Vector
from solver.expression.tree import Derivative, Expr

BITS = 400


def states(
    run: Run,
    iterates: Sequence[Iterate],
    k: int,
    i: int,
    direction: Sequence[Real] = (),
    taken: Mapping[int, Sequence[Fraction]] | None = None,
) -> Mapping[str, Any] | None:
    """The states of component i that the step from iterate k − 1 to k makes: v1, s1, m1, mh, vh, u and w1.

    Exact (`fmpq`) where the iterates are, else balls; None where a gradient does not exist. `direction` is
    what Newton's method goes along (`newton_holds` checks it), `taken` the gradients at iterates where
    there is none.
    """
    with ctx.workprec(BITS):
        try:
            slopes = [
                number(taken[it.k][i]) if taken and it.k in taken else slope_at(run, it, i)
                for it in iterates[:k]
            ]
        except (Undefined, ZeroDivisionError):
            return None
        p = {name: fmpq(x.numerator, x.denominator) for name, x in run.values.items()}
        share = run.schedule.share(k - 1)
        rate = p["rate"] * fmpq(share.numerator, share.denominator)
        here, g = number(iterates[k - 1].point[i]), number(direction[i]) if direction else slopes[-1]
        return _states(run.method.name, here, g, slopes, rate, p)


def _states(
    method: str, here: Any, g: Any, slopes: Sequence[Any], rate: Any, p: Mapping[str, Any]
) -> dict[str, Any]:
    def fading(factor: Any, of: Sequence[Any]) -> Any:
        total: Any = fmpq(0)
        for x in of:
            total = total * factor + x
        return total

    squares = [x * x for x in slopes]
    if method in ("momentum", "nesterov"):
        v = fading(p["beta"], slopes)
        move = v if method == "momentum" else g + p["beta"] * v
        return {"v1": v, "w1": here - rate * move}
    if method in ("adagrad", "rmsprop"):
        s = sum(squares, fmpq(0)) if method == "adagrad" else (1 - p["beta2"]) * fading(p["beta2"], squares)
        return {"s1": s, "w1": here - rate * g / (_root(s) + p["epsilon"])}
    if method in ("adam", "adamw"):
        k = len(slopes)
        m, v = (1 - p["beta1"]) * fading(p["beta1"], slopes), (1 - p["beta2"]) * fading(p["beta2"], squares)
        mh, vh = m / (1 - p["beta1"] ** k), v / (1 - p["beta2"] ** k)
        found = {"m1": m, "v1": v, "mh": mh, "vh": vh}
        if method == "adamw":
            found["u"] = here - rate * p["weight_decay"] * here
        return {**found, "w1": found.get("u", here) - rate * mh / (_root(vh) + p["epsilon"])}
    return {"w1": here - rate * g}


def again(run: Run, steps: int) -> tuple[list[Vector], list[Vector]]:
    """The iterates 0 … `steps` and their gradients from the start alone, exact as long as they are short
    rationals, then in balls; fewer where a gradient does not exist.
    """
    points, slopes = _again(run, steps)
    return [_reals(point) for point in points], [_reals(slope) for slope in slopes]


def _reals(vector: Sequence[Any]) -> Vector:
    return tuple(fraction(x) if isinstance(x, fmpq) else x for x in vector)


def _again(run: Run, steps: int) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    slopes: list[tuple[Any, ...]] = []
    with ctx.workprec(2 * BITS):
        point: tuple[Any, ...] = tuple(map(number, run.start))
        points = [point]
        p = {name: fmpq(x.numerator, x.denominator) for name, x in run.values.items()}
        for k in range(steps + 1):
            try:
                slopes.append(tuple(slope_at(run, Iterate(k, point, {}), i) for i in range(run.size)))
                moves = slopes[-1] if run.method.name != "newton" else _solved(run, Iterate(k, point, {}))
            except (Undefined, ZeroDivisionError):
                return points[:-1], slopes[: len(points) - 1]
            if k == steps:
                return points, slopes
            share = run.schedule.share(k)
            rate = p["rate"] * fmpq(share.numerator, share.denominator)
            point = tuple(
                _shortened(
                    _states(run.method.name, point[i], moves[i], [s[i] for s in slopes], rate, p)["w1"]
                )
                for i in range(run.size)
            )
            points.append(point)
    return points, slopes


def _shortened(x: Any) -> Any:
    """The number itself, or a ball around it where its fraction is long."""
    is_long = isinstance(x, fmpq) and max(int(x.p).bit_length(), int(x.q).bit_length()) > 2 * BITS
    return arb(x) if is_long else x


def _solved(run: Run, it: Iterate) -> tuple[Any, ...]:
    names, f = run.problem.variables, run.problem.expression
    rows = [[_at(Derivative(Derivative(f, v), u), run, it) for u in names] for v in names]
    slope = [[slope_at(run, it, i)] for i in range(run.size)]
    exact = all(isinstance(x, fmpq) for row in (*rows, *slope) for x in row)
    matrix = fmpq_mat if exact else arb_mat
    return tuple(matrix(rows).solve(matrix(slope)).entries())


def slope_at(run: Run, it: Iterate, i: int) -> Any:
    """∂f/∂xᵢ at an iterate, by dual numbers."""
    return _at(Derivative(run.problem.expression, run.problem.variables[i]), run, it)


def newton_holds(run: Run, it: Iterate, direction: Sequence[Real]) -> bool | None:
    """Whether H d = ∇f at an iterate, with H and ∇f by dual numbers; None where these do not exist."""
    with ctx.workprec(BITS):
        try:
            for i, v in enumerate(run.problem.variables):
                first = Derivative(run.problem.expression, v)
                row = [_at(Derivative(first, u), run, it) for u in run.problem.variables]
                product = sum((h * number(d) for h, d in zip(row, direction, strict=True)), fmpq(0))
                if not agree(product, slope_at(run, it, i)):
                    return False
        except (Undefined, ZeroDivisionError):
            return None
        return True


def agree(a: Any, b: Any) -> bool:
    """Whether two numbers are the same: exactly, or as narrow balls that meet."""
    if isinstance(a, fmpq) and isinstance(b, fmpq):
        return bool(a == b)
    with ctx.workprec(BITS):
        gap = arb(a) - arb(b)
        return bool(gap.contains(0) and gap.rad() < (1 + abs(arb(a)).mid()) * arb(2) ** -100)


def _at(expr: Expr, run: Run, it: Iterate) -> Any:
    return value(expr, {v.name: number(x) for v, x in zip(run.problem.variables, it.point, strict=True)})


def number(x: Real) -> Any:
    """A value of the engine as a number of this road."""
    return fmpq(x.numerator, x.denominator) if isinstance(x, Fraction) else x


def _root(x: Any) -> Any:
    if not isinstance(x, fmpq):
        return x.sqrt()
    top, bottom = isqrt(int(x.p)), isqrt(int(x.q))
    return fmpq(top, bottom) if fmpq(top * top, bottom * bottom) == x else arb(x).sqrt()
