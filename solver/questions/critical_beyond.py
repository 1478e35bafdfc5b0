"""Critical points beyond polynomials of one variable: on a given range by interval arithmetic, and those of a
quadratic function of several variables, by fractions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from solver.analysis.enclosure import Root, signs
from solver.analysis.expansion import Undecided
from solver.analysis.pieces import Piece, pieces
from solver.derivation.engine import derive, gradient
from solver.derivation.equality import Equality, Means
from solver.derivation.step import Derivation
from solver.descent.linear import read_quadratic
from solver.descent.polynomial import fraction, rational
from solver.errors import SheetError
from solver.expression.evaluate import ball, exact_value
from solver.expression.latex import latex
from solver.expression.settle import written
from solver.expression.tree import Expr, Symbol
from solver.questions.base import Facts
from solver.questions.bends import Bend, bend_of, review
from solver.questions.options import Function

SAMPLES = 64
"""Points of each interval at which the sign of f′ is looked at again."""


@dataclass(frozen=True)
class Found:
    """A zero of f′ alone in [low, high]; `nature` is minimum, maximum or inflection, `value` that of f."""

    index: int
    low: Fraction
    high: Fraction
    exact: Fraction | None
    nature: str
    value: Fraction

    @property
    def point(self) -> Fraction:
        return self.exact if self.exact is not None else (self.low + self.high) / 2


@dataclass(frozen=True)
class RangeFacts(Facts):
    """All critical points inside `range`, from left to right; `signs` are those of f′ between them."""

    name: str
    variable: Symbol
    derivation: Derivation
    range: tuple[Fraction, Fraction]
    points: tuple[Found, ...]
    signs: tuple[int, ...]
    form: str = "range"

    def public(self) -> Mapping[str, object]:
        return {
            "points": [p.point for p in self.points],
            "natures": [p.nature for p in self.points],
            "values": [p.value for p in self.points],
        }


def on_range(function: Function, low: Fraction, high: Fraction) -> RangeFacts:
    """The zeros of f′ in ]low, high[, each proved alone; SheetError where that cannot be proved."""
    x = function.variable
    first = derive(function.expression, x)
    second = derive(first.result, x)
    try:
        inside = [
            p
            for p in pieces(first.result, x)
            if (p.low is None or p.low < high) and (p.high is None or p.high > low)
        ]
        if len(inside) != 1:
            message = "the derivative has another formula on each side of a point of this range"
            raise SheetError(message).about("range")
        slope = derive(inside[0].expression, x, check=False).result
        segments = signs(Piece(low, high, inside[0].expression), slope, x)
    except Undecided:
        raise SheetError("the critical points on this range could not be proved").about("range") from None
    found: list[Found] = []
    for left, right in pairwise(segments):
        root = left.high
        assert isinstance(root, Root)
        exact = root.exact
        place = exact if exact is not None else (root.low + root.high) / 2
        nature = {(-1, 1): "minimum", (1, -1): "maximum"}.get((left.sign, right.sign), "inflection")
        value = _middle(function.expression, x, place)
        found.append(Found(len(found) + 1, root.low, root.high, exact, nature, value))
    between = tuple(s.sign for s in segments)
    checks = [*first.checks, *second.checks, *looked_at(first.result, x, (low, high), found, between)]
    return RangeFacts(tuple(checks), function.name, x, first, (low, high), tuple(found), between)


def _middle(expr: Expr, x: Symbol, at: Fraction) -> Fraction:
    from solver.descent.polynomial import dyadic

    exact = exact_value(expr, {x.name: at})
    return exact if exact is not None else dyadic(ball(expr, {x.name: at}, bits=200))


def looked_at(
    slope: Expr, x: Symbol, ends: tuple[Fraction, Fraction], found: list[Found], claimed: tuple[int, ...]
) -> list[Equality]:
    """The claimed signs of f′ against its values at points of each interval, and f′ = 0 at exact zeros."""
    bounds = [ends[0], *(b for p in found for b in (p.low, p.high)), ends[1]]
    checks = []
    for k, sign in enumerate(claimed):
        a, b = bounds[2 * k], bounds[2 * k + 1]
        places = [a + (b - a) * Fraction(i, SAMPLES) for i in range(1, SAMPLES)]
        values = [ball(slope, {x.name: p}, bits=200) for p in places if a < b]
        holds = all((v > 0) if sign > 0 else (v < 0) if sign < 0 else v.contains(0) for v in values)
        checks.append(Equality(f"sign on {a}, {b}", str(sign), Means.VALUES, holds))
    for point in found:
        if point.exact is not None:
            there = exact_value(slope, {x.name: point.exact})
            holds = there == 0 if there is not None else ball(slope, {x.name: point.exact}).contains(0)
            checks.append(Equality(f"f'({point.exact})", "0", Means.EXACT, bool(holds)))
    return checks


# ---- several variables, a linear gradient --------------------------------------------------------


@dataclass(frozen=True)
class QuadraticFacts(Facts):
    """The gradient and its only zero; `solution` None where the Hessian is singular, `solvable` then says
    whether the system has solutions."""

    name: str
    variables: tuple[Symbol, ...]
    partials: tuple[Derivation, ...]
    hessian: tuple[tuple[Expr, ...], ...]
    bend: Bend
    solution: tuple[Fraction, ...] | None
    value: Fraction | None
    solvable: bool
    form: str = "quadratic"

    @property
    def place(self) -> str:
        """The point as LaTeX."""
        return "(" + ", ".join(latex(x) for x in self.solution or ()) + ")"

    def public(self) -> Mapping[str, object]:
        found: dict[str, object] = {"natures": [self.bend.nature or ""] if self.solution else []}
        if self.solution is not None:
            found["points"] = [list(self.solution)]
            found["values"] = [self.value]
        return found


def of_quadratic(function: Function) -> QuadraticFacts:
    """∇f = H w + c solved by fractions; SheetError where f is no polynomial of degree 2 at most."""
    from flint import fmpq_mat

    names = tuple(v.name for v in function.variables)
    read = read_quadratic(function.expression, names)
    if read is None:
        raise SheetError(
            "of several variables, critical points are solved for polynomials of degree 2 at most",
            hint="The kind `gradient` studies one point: `:at:`.",
        ).about("of")
    matrix, offset = read
    size = range(len(names))
    rows = tuple(tuple(written(fraction(matrix[i, j])) for j in size) for i in size)
    partials = gradient(function.expression, function.variables)
    checks = [c for p in partials for c in p.checks]
    bend = bend_of(rows)
    joined = fmpq_mat([[*(matrix[i, j] for j in size), rational(offset[i])] for i in size])
    solvable = matrix.rank() == joined.rank()
    if bend.singular:
        return QuadraticFacts(
            tuple(checks), function.name, function.variables, partials, rows, bend, None, None, solvable
        )
    found = matrix.solve(fmpq_mat([[rational(-c)] for c in offset]))
    solution = tuple(fraction(found[i, 0]) for i in size)
    point = dict(zip(names, solution, strict=True))
    for partial in partials:
        there = exact_value(partial.result, point)
        checks.append(Equality(latex(partial.start), "0", Means.EXACT, there == 0))
    checks += review(function.expression, {n: written(x) for n, x in point.items()}, rows, bend)
    value = exact_value(function.expression, point)
    return QuadraticFacts(
        tuple(checks), function.name, function.variables, partials, rows, bend, solution, value, True
    )
