"""What a symmetric matrix of second derivatives says of a critical point: leading minors, signs of the
eigenvalues, and the values of the function around the point as a second road."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb_mat, ctx, fmpq_mat

from solver.derivation.equality import Equality, Means
from solver.descent.linear import signature
from solver.descent.polynomial import dyadic, fraction, rational
from solver.expression.evaluate import ball, exact_value
from solver.expression.settle import written
from solver.expression.tree import Expr, Number, Sum, substitute

_BITS = 300
_NEAR = Fraction(1, 2**80)
_MOST_SIDES = 4


@dataclass(frozen=True)
class Minor:
    """A leading principal minor: `exact` where the matrix is rational, else the middle of a ball; `sign` is
    −1, 0 or 1, None where the ball does not tell."""

    size: int
    exact: Fraction | None
    near: Fraction
    sign: int | None


@dataclass(frozen=True)
class Bend:
    """The matrix: `shape` is positive, negative (definite), indefinite, semipositive, seminegative, zero, or
    unknown; `positive` and `negative` count the eigenvalues where the matrix is rational."""

    minors: tuple[Minor, ...]
    shape: str
    positive: int | None = None
    negative: int | None = None

    @property
    def nature(self) -> str | None:
        """minimum, maximum or saddle, of a critical point with this Hessian; None where nothing decides."""
        return {"positive": "minimum", "negative": "maximum", "indefinite": "saddle"}.get(self.shape)

    @property
    def singular(self) -> bool:
        return self.minors[-1].sign == 0


def bend_of(rows: Sequence[Sequence[Expr]]) -> Bend:
    """The shape of a symmetric matrix of numbers."""
    exact = [[exact_value(entry) for entry in row] for row in rows]
    if all(entry is not None for row in exact for entry in row):
        return _rational([[entry or Fraction(0) for entry in row] for row in exact])
    with ctx.workprec(_BITS):
        balls = [[ball(entry, {}, bits=_BITS) for entry in row] for row in rows]
        minors = tuple(_ball_minor(balls, k) for k in range(1, len(rows) + 1))
    return Bend(minors, _by_minors([m.sign for m in minors]))


def _rational(rows: Sequence[Sequence[Fraction]]) -> Bend:
    whole = fmpq_mat([[rational(x) for x in row] for row in rows])
    minors = []
    for k in range(1, len(rows) + 1):
        value = fraction(fmpq_mat([[rational(x) for x in row[:k]] for row in rows[:k]]).det())
        minors.append(Minor(k, value, value, (value > 0) - (value < 0)))
    positive, negative = signature(whole)
    match bool(positive), bool(negative):
        case True, True:
            shape = "indefinite"
        case True, False:
            shape = "positive" if positive == len(rows) else "semipositive"
        case False, True:
            shape = "negative" if negative == len(rows) else "seminegative"
        case _:
            shape = "zero"
    return Bend(tuple(minors), shape, positive, negative)


def _ball_minor(rows: Sequence[Sequence[Any]], k: int) -> Minor:
    value = arb_mat([list(row[:k]) for row in rows[:k]]).det()
    sign = 1 if value > 0 else -1 if value < 0 else 0 if value.is_zero() else None
    return Minor(k, None, dyadic(value) if value.is_finite() else Fraction(0), sign)


def _by_minors(signs: Sequence[int | None]) -> str:
    """Sylvester's criterion, read on the signs of the leading minors; the last one must not vanish."""
    if any(s is None for s in signs) or signs[-1] == 0:
        return "unknown"
    if all(s == 1 for s in signs):
        return "positive"
    if all(s == (-1) ** k for k, s in enumerate(signs, start=1)):
        return "negative"
    return "indefinite"


# ---- second roads -----------------------------------------------------------------------------


def review(
    function: Expr, point: Mapping[str, Expr], rows: Sequence[Sequence[Expr]], bend: Bend
) -> tuple[Equality, ...]:
    """The shape by the minors against the shape by the eigenvalues; the nature by values around the point."""
    found = []
    if bend.positive is not None and not bend.singular:
        agrees = _by_minors([m.sign for m in bend.minors]) == bend.shape
        found.append(Equality("signature", bend.shape, Means.EXACT, agrees))
    if bend.nature is not None and (holds := nature_holds(function, point, bend.nature)) is not None:
        found.append(Equality("nature", bend.nature, Means.VALUES, holds))
    return tuple(found)


def nature_holds(function: Expr, point: Mapping[str, Expr], nature: str) -> bool | None:
    """Whether the values of f near the point agree with its nature; None where they show nothing."""
    centre = ball(substitute(function, point), {}, bits=_BITS)
    signs = set()
    for direction in _directions(len(point)):
        there = {
            name: Sum((value, written(_NEAR * share)))
            for (name, value), share in zip(point.items(), direction, strict=True)
        }
        with ctx.workprec(_BITS):
            gap = ball(substitute(function, there), {}, bits=_BITS) - centre
        signs.add(1 if gap > 0 else -1 if gap < 0 else 0)
    match nature:
        case "minimum":
            return signs == {1}
        case "maximum":
            return signs == {-1}
        case _:
            return True if {1, -1} <= signs else None


def _directions(size: int) -> list[tuple[Fraction, ...]]:
    steps = [Fraction(k) for k in (-1, 0, 1)]
    if size > _MOST_SIDES:
        return [tuple(Fraction(s * (i == k)) for i in range(size)) for k in range(size) for s in (-1, 1)]
    return [d for d in itertools.product(steps, repeat=size) if any(d)]


def expansion_holds(
    function: Expr, point: Mapping[str, Expr], polynomial: Expr, letters: Sequence[str]
) -> bool | None:
    """Whether f(a + t d) − P(t d) is far below t² for a small t, along some directions."""
    for direction in _directions(len(point))[:: max(1, len(point))]:
        moves = {n: _NEAR * s * (3 + k) for k, (n, s) in enumerate(zip(point, direction, strict=True))}
        there = {name: Sum((point[name], written(move))) for name, move in moves.items()}
        shift = {letter: Number(move) for letter, move in zip(letters, moves.values(), strict=True)}
        with ctx.workprec(_BITS):
            gap = ball(substitute(function, there), {}, bits=_BITS) - ball(
                substitute(polynomial, shift), {}, bits=_BITS
            )
            if not gap.is_finite():
                return None
            if not abs(gap) < rational(_NEAR**2 / 1000):
                return False
    return True
