"""Descent on any function of one variable: divergence, and monotone convergence, from proved signs on
intervals.

Signs of f′, of 1 − αf″ and of αf′ ± Cw on whole intervals, infinite ones included, come from
`solver.analysis.enclosure` (balls, and expansions at infinity).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, takewhile
from math import isfinite

from flint import ctx

from solver.analysis.enclosure import Root, Segment, signs
from solver.analysis.expansion import Undecided
from solver.analysis.pieces import Piece, pieces
from solver.descent.attraction import followed
from solver.descent.metric import plain_metric
from solver.descent.outcome import Run
from solver.descent.polynomial import dyadic
from solver.descent.recurrence import exact_states
from solver.descent.system import System
from solver.errors import UnsupportedExpression
from solver.expression.tree import ONE, Expr, Negative, Number, Product, Sum, Symbol

EARLY = (0, 1, 2, 3, 5, 8, 12, 20, 40, 100, 400)
STEPS = 2000
EXACT = 12


@dataclass(frozen=True)
class Escapes:
    """Beyond w⁽ᵏ⁾ the slope keeps its sign, and every step goes that way: there is no limit to reach."""

    index: int
    direction: int


@dataclass(frozen=True)
class Explodes:
    """α|f′(w)| ≥ factor·|w| for |w| ≥ radius, and w⁽ᵏ⁾ is past it: each step at least doubles |w|."""

    index: int
    radius: Fraction
    factor: Fraction


@dataclass(frozen=True)
class Settles:
    """Between w⁽ᵏ⁾ and the critical point w* the slope keeps its sign and 1 − αf″ ≥ 0: monotone and
    bounded.
    """

    index: int
    low: Fraction
    high: Fraction
    exact: Fraction | None


Found = Escapes | Explodes | Settles


class Line:
    """The run of a method on a function of one variable."""

    def __init__(self, asked: Run) -> None:
        self.asked, self.start = asked, asked.start[0]
        self.system: System = asked.system
        system = asked.system
        self.x: Symbol = system.derivatives.variables[0]
        self.slope = system.derivatives.gradient[0]
        self.rate = system.values["rate"]
        self.run = system.float_run((self.start,), STEPS, 1e15)

    def decide(self) -> Found | None:
        """What can be proved about the infinite run; None where nothing was."""
        try:
            self.parts = pieces(self.slope, self.x)
        except (Undecided, UnsupportedExpression):
            return None
        for attempt, looks_so in (
            (self.escape, self._runs_off),
            (self.settle, self._settles),
            (self.explosion, self._explodes),
        ):
            # a proof is dear: it is tried where the run in floats looks so, and twice at most
            for index in [k for k in self._indices() if looks_so(k)][:2]:
                box = self.state(index)
                found = None if box is None else attempt(index, box)
                if found is not None:
                    return found
        return None

    def at_start(self) -> Found | None:
        """Whether the slope keeps its sign on the whole half-line ahead of the start."""
        try:
            self.parts = pieces(self.slope, self.x)
        except (Undecided, UnsupportedExpression):
            return None
        box = self.state(0)
        return self.escape(0, box) if box is not None and self._runs_off(0) else None

    def _indices(self) -> list[int]:
        last = len(self.run) - 1
        return sorted({*(k for k in EARLY if k < last), *range(max(0, last - 6), last + 1)})

    def _runs_off(self, index: int) -> bool:
        """Whether f′ seems to keep its sign ahead, in floats (0 where it is too small for them)."""
        here = self.run[index][0]
        slope = self.system.derivatives.float_slopes((here,))[0]
        way = -1.0 if slope * float(self.rate) > 0 else 1.0
        last = self.parts[-1].low if way > 0 else self.parts[0].high
        if last is not None and (here - float(last)) * way <= 0:
            return False  # a kink lies ahead
        ahead = (here + way * 0.01 * 2.0**j for j in range(40))
        slopes = (self.system.derivatives.float_slopes((w,))[0] for w in ahead)
        return slope != 0 and all(s * slope >= 0 for s in takewhile(isfinite, slopes))

    def _settles(self, index: int) -> bool:
        """Whether the next iterates move one way, and slower and slower in the end."""
        points = [state[0] for state in self.run[index : index + 40]]
        moves = [b - a for a, b in pairwise(points) if b != a]
        return bool(moves) and (min(moves) > 0 or max(moves) < 0)

    def _explodes(self, index: int) -> bool:
        """Whether the run is past 1 and its next iterates are farther and farther."""
        sizes = [abs(state[0]) for state in self.run[index:]]
        return len(self.run) <= STEPS and sizes[0] > 1 and sizes == sorted(sizes)

    def state(self, index: int) -> list[tuple[Fraction, Fraction]] | None:
        """Bounds of the numbers of a state of the run, equal where it is known exactly."""
        if index < EXACT:
            asked = self.asked
            exact = exact_states(asked.method, asked.direction, asked.start, asked.values, index)
            if len(exact) > index:
                return [(x, x) for x in exact[index] if isinstance(x, Fraction)]
        with ctx.workprec(256):
            try:
                found = followed(
                    self.system, (self.start,), self.run[: index + 1], plain_metric(self.system.width)
                )
            except ZeroDivisionError:
                return None
            if found is None:
                return None
            values, error = found
            far = dyadic(error)
            return [(dyadic(x) - far, dyadic(x) + far) for x in values]

    def signs(self, expr: Expr, low: Fraction | None, high: Fraction | None) -> tuple[Segment, ...]:
        """The sign of an expression of one piece, segment by segment; none where it is not proved."""
        from solver.derivation.engine import derive

        try:
            return signs(Piece(low, high, expr), derive(expr, self.x, check=False).result, self.x)
        except (Undecided, UnsupportedExpression, ValueError, ZeroDivisionError):
            return ()

    def one_sign(self, expr: Expr, low: Fraction | None, high: Fraction | None) -> int:
        """The sign of an expression on a whole interval; 0 where there is not one, or it is not proved."""
        found = self.signs(expr, low, high)
        return found[0].sign if len(found) == 1 else 0

    def piece_at(self, low: Fraction, high: Fraction) -> Piece | None:
        """The smooth piece of f′ that holds an interval."""
        return next(
            (p for p in self.parts if (p.low is None or p.low < low) and (p.high is None or high < p.high)),
            None,
        )

    # ---- the three arguments

    def escape(self, index: int, box: Sequence[tuple[Fraction, Fraction]]) -> Found | None:
        """The slope keeps its sign on the whole half-line ahead, and no memory pulls back."""
        if self.system.method.name in ("newton", "adamw"):
            return None
        (low, high), piece = box[0], self.piece_at(*box[0])
        if piece is None:
            return None
        for direction, end in ((1, piece.high), (-1, piece.low)):
            if end is not None:
                continue
            sign = self.one_sign(piece.expression, *((low, None) if direction > 0 else (None, high)))
            if sign and -sign * self.rate * direction > 0 and self._follows(box, sign):
                return Escapes(index, direction)
        return None

    def _follows(self, box: Sequence[tuple[Fraction, Fraction]], sign: int) -> bool:
        """Whether the velocity (or first moment) has the sign of the slope, or is 0."""
        if self.system.method.name not in ("momentum", "nesterov", "adam"):
            return True
        low, high = box[1]
        return low >= 0 if sign > 0 else high <= 0

    def settle(self, index: int, box: Sequence[tuple[Fraction, Fraction]]) -> Found | None:
        """Plain descent that g(w) = w − αf′(w), increasing between w⁽ᵏ⁾ and w*, cannot take past w*."""
        if self.system.method.name != "gd" or self.rate <= 0:
            return None
        (low, high), piece = box[0], self.piece_at(*box[0])
        if piece is None:
            return None
        side = 1 if self.one_sign(piece.expression, low, high) > 0 else -1
        # the critical point lies below where f′ > 0, above where f′ < 0
        for reach in self._reaches(low):
            ends = (low - reach, high) if side > 0 else (low, high + reach)
            found = self.signs(piece.expression, *ends) if self._may_vanish(*ends) else ()
            if len(found) < 2:
                continue
            segment = found[-1] if side > 0 else found[0]
            target = segment.low if side > 0 else segment.high
            if not isinstance(target, Root) or segment.sign != side or not self._belongs(target, piece):
                return None
            if self._increases(piece.expression, min(low, target.low), max(high, target.high)):
                return Settles(index, target.low, target.high, target.exact)
            return None
        return None

    def _may_vanish(self, low: Fraction, high: Fraction) -> bool:
        """Whether f′ seems to vanish on an interval, in floats: it changes its sign, or comes close to 0."""
        points = (float(low + (high - low) * i / 64) for i in range(65))
        slopes = [self.system.derivatives.float_slopes((w,))[0] for w in points]
        if not all(map(isfinite, slopes)):
            return False
        return min(slopes) <= 0 <= max(slopes) or min(map(abs, slopes)) < 0.02 * max(map(abs, slopes))

    def _reaches(self, low: Fraction) -> Iterator[Fraction]:
        gap = Fraction(abs(self.run[-1][0] - float(low))).limit_denominator(1000)
        yield from (gap + Fraction(1, 7), *(Fraction(n) for n in (1, 4, 16)))

    def _belongs(self, target: Root, piece: Piece) -> bool:
        """Whether a critical point of the expression is one of f: inside the piece or exactly at its end."""
        return (piece.low is None or piece.low <= target.low) and (
            piece.high is None or target.high <= piece.high
        )

    def _increases(self, slope: Expr, low: Fraction, high: Fraction) -> bool:
        from solver.derivation.engine import derive

        bend = derive(slope, self.x, check=False).result
        growth = Sum((ONE, Negative(Product((Number(self.rate), bend)))))
        return self.one_sign(growth, low, high) > 0

    def explosion(self, index: int, box: Sequence[tuple[Fraction, Fraction]]) -> Found | None:
        """Each step at least doubles |w|, whatever its sign, and the velocity stays within 3|w|/α.

        With C = 3 + 3β: α|v′| ≥ 3|w| so |w′| ≥ 2|w|, and α|v′| ≤ 3|w′| again.
        """
        if self.system.method.name not in ("gd", "momentum", "nesterov") or self.rate <= 0:
            return None
        beta = self.system.values.get("beta", Fraction(0))
        low, high = box[0]
        if not 0 <= beta <= 1 or low <= 0 <= high:
            return None
        size = min(abs(low), abs(high))
        if len(box) > 1 and max(abs(x) for x in box[1]) * self.rate > 3 * size:
            return None
        factor = 3 + 3 * beta
        for radius in (Fraction(1), Fraction(2), Fraction(4), Fraction(8), Fraction(32), Fraction(128)):
            if radius < size and all(
                self._looks_steep(side, radius, factor) and self._steep(side, radius, factor)
                for side in (1, -1)
            ):
                return Explodes(index, radius, factor)
        return None

    def _steep(self, side: int, radius: Fraction, factor: Fraction) -> bool:
        """Whether α|f′(w)| > factor·|w| on the half-line of that side past the radius."""
        part = self.parts[-1] if side > 0 else self.parts[0]
        edge = part.low if side > 0 else part.high
        if edge is not None and edge * side > radius:
            return False
        ends = (radius, None) if side > 0 else (None, -radius)
        push, line = Product((Number(self.rate), part.expression)), Product((Number(factor), self.x))
        outward = self.system.derivatives.float_slopes((2.0 * side * float(radius),))[0] * side > 0
        if outward:
            return self.one_sign(Sum((push, Negative(line))), *ends) == side
        return self.one_sign(Sum((push, line)), *ends) == -side

    def _looks_steep(self, side: int, radius: Fraction, factor: Fraction) -> bool:
        """The same at a few points, in floats."""
        points = (side * float(radius) * 2.0 ** (j / 2) for j in range(60))
        sizes = (
            (abs(self.system.derivatives.float_slopes((w,))[0]) * float(self.rate), abs(w)) for w in points
        )
        finite = list(takewhile(lambda pair: isfinite(pair[0]), sizes))
        return bool(finite) and all(slope >= float(factor) * size for slope, size in finite)
