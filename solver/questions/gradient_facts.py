"""What the kind `gradient` finds, and the expansion to the second order made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from solver.derivation.step import Derivation
from solver.differentiation.answer import Answer
from solver.expression.evaluate import exact_value
from solver.expression.latex import latex
from solver.expression.settle import settled, written
from solver.expression.tree import Expr, Negative, Power, Product, Sum, Symbol, number, symbols
from solver.questions.base import Facts
from solver.questions.bends import Bend
from solver.questions.options import Function
from solver.questions.point_values import Value
from solver.rules.algebra import has_decimal

Rows = tuple[tuple[Expr, ...], ...]


@dataclass(frozen=True)
class Entry:
    """One partial derivative: `name` its LaTeX, `along` the variables in the order of derivation."""

    name: str
    along: tuple[Symbol, ...]
    derivation: Derivation
    answer: Answer

    @property
    def result(self) -> Expr:
        return self.derivation.result


@dataclass(frozen=True)
class There:
    """The values at a point: `heights` of the functions, `slopes` a row a function, `bends` the Hessian's.

    `bend` is the shape of the Hessian at a critical point, `polynomial` the expansion to the second order in
    the `letters` of the shift.
    """

    point: Mapping[str, Expr]
    heights: tuple[Expr, ...]
    slopes: tuple[tuple[Value, ...], ...]
    bends: tuple[tuple[Value, ...], ...]
    bend: Bend | None = None
    polynomial: Expr | None = None
    letters: tuple[Symbol, ...] = ()

    @property
    def missing(self) -> tuple[Value, ...]:
        """The derivatives that do not exist there, each once."""
        every = (v for rows in (self.slopes, self.bends) for row in rows for v in row)
        return tuple({v.name: v for v in every if v.substitution is None}.values())

    @property
    def jacobian(self) -> Rows:
        return tuple(tuple(v.substitution or number(0) for v in row) for row in self.slopes)

    @property
    def gradient(self) -> tuple[Expr, ...]:
        return self.jacobian[0]

    @property
    def hessian(self) -> Rows:
        return tuple(tuple(v.substitution or number(0) for v in row) for row in self.bends)

    @property
    def critical(self) -> bool:
        """Whether the gradient vanishes there, exactly."""
        return not self.missing and all(exact_value(g) == 0 for g in self.gradient)

    @property
    def place(self) -> str:
        """The point as LaTeX: (1, 2)."""
        inside = ", ".join(latex(value) for value in self.point.values())
        return f"({inside})"

    @property
    def shifted(self) -> str:
        """The point moved by the letters: (1 + h, 2 + k), (h, k) from the origin."""
        moved = []
        for value, letter in zip(self.point.values(), self.letters, strict=True):
            moved.append(letter if exact_value(value) == 0 else Sum((value, letter)))
        return "(" + ", ".join(latex(m) for m in moved) + ")"


@dataclass(frozen=True)
class GradientFacts(Facts):
    """`rows` are the first derivatives, a row a function; `second` the Hessian of the only one, if asked."""

    functions: tuple[Function, ...]
    every: tuple[Symbol, ...]
    variables: tuple[Symbol, ...]
    rows: tuple[tuple[Entry, ...], ...]
    second: tuple[tuple[Entry, ...], ...]
    there: There | None
    anonymous: bool = False
    """Whether a function is written out in the question, so that its letter is ours."""

    @property
    def several(self) -> bool:
        return len(self.functions) > 1

    @property
    def name(self) -> str:
        return latex(Symbol(self.functions[0].name))

    @property
    def told(self) -> tuple[Answer, ...]:
        """For each function the answer that tells its domain: one that is missing somewhere, if any is."""
        rows = [[entry.answer for entry in row] for row in self.rows]
        return tuple(next((a for a in row if not a.everywhere), row[0]) for row in rows)

    @property
    def arguments(self) -> str:
        """The variables as LaTeX: x, y."""
        return ", ".join(latex(v) for v in self.every)

    @property
    def jacobian(self) -> Rows:
        return tuple(tuple(e.result for e in row) for row in self.rows)

    @property
    def hessian(self) -> Rows:
        return tuple(tuple(e.result for e in row) for row in self.second)

    @property
    def upper(self) -> Iterator[Entry]:
        """The second derivatives, each mixed one once."""
        return (row[j] for i, row in enumerate(self.second) for j in range(i, len(row)))

    @property
    def mixed(self) -> tuple[tuple[Entry, str, str], ...]:
        """Each mixed derivative with the two first ones that it comes from."""
        size = range(len(self.second))
        return tuple(
            (self.second[i][j], self.rows[0][i].name, self.rows[0][j].name)
            for i in size
            for j in size
            if i < j
        )

    @property
    def constant_hessian(self) -> bool:
        """Whether the Hessian is the same everywhere: f has degree at most 2."""
        return bool(self.second) and not any(symbols(e) for row in self.hessian for e in row)

    @property
    def decimal(self) -> bool:
        """Whether something is written with decimals, so that values are."""
        point = () if self.there is None else tuple(self.there.point.values())
        return any(has_decimal(e) for e in (*(f.expression for f in self.functions), *point))

    def public(self) -> Mapping[str, object]:
        """The matrices entry by entry; at a point exact values."""
        found: dict[str, object] = {"variables": [v.name for v in self.variables]}
        if self.several:
            found["jacobian"] = [list(row) for row in self.jacobian]
        else:
            found["gradient"] = list(self.jacobian[0])
        if self.second:
            found["hessian"] = [list(row) for row in self.hessian]
        there = self.there
        if there is not None and not there.missing:
            found["at"] = {name: _plain(value) for name, value in there.point.items()}
            found["value"] = _plain(there.heights[0])
            slopes = [[_plain(e) for e in row] for row in there.jacobian]
            found["slopes"] = slopes if self.several else slopes[0]
            if self.second:
                found["bends"] = [[_plain(e) for e in row] for row in there.hessian]
                found["nature"] = (there.bend.nature if there.bend else None) or ""
        return found


def _plain(value: Expr) -> Fraction | Expr:
    exact = exact_value(value)
    return value if exact is None else exact


# ---- f(a + h) = f(a) + ∇f(a)·h + ½ hᵀ H h + o(‖h‖²) -----------------------------------------------


def expansion(there: There) -> tuple[Expr, tuple[Symbol, ...]]:
    """The polynomial in the shift, and its letters."""
    letters = _letters(len(there.point), set(there.point))
    terms: list[Expr] = [there.heights[0]] if exact_value(there.heights[0]) != 0 else []
    for slope, letter in zip(there.gradient, letters, strict=True):
        terms += _term(slope, letter, Fraction(1))
    for i, row in enumerate(there.hessian):
        for j in range(i, len(letters)):
            shape: Expr = Power(letters[i], number(2)) if i == j else Product((letters[i], letters[j]))
            terms += _term(row[j], shape, Fraction(1, 2) if i == j else Fraction(1))
    if not terms:
        return number(0), letters
    return (terms[0] if len(terms) == 1 else Sum(tuple(terms))), letters


def _letters(count: int, taken: set[str]) -> tuple[Symbol, ...]:
    names = ["h", "k"][:count] if count <= 2 else [f"h_{i}" for i in range(1, count + 1)]
    if taken & set(names):
        names = [f"delta_{i}" for i in range(1, count + 1)]
    return tuple(Symbol(name) for name in names)


def _term(coefficient: Expr, shape: Expr, share: Fraction) -> list[Expr]:
    """share · coefficient · shape, the number in front and written as by hand; nothing where it is 0."""
    factors = shape.factors if isinstance(shape, Product) else (shape,)
    exact = exact_value(coefficient)
    if exact is None:
        negative = isinstance(coefficient, Negative)
        size = coefficient.operand if isinstance(coefficient, Negative) else coefficient
        front = () if share == 1 else (written(share),)
        product = Product((*front, size, *factors))
        return [Negative(product) if negative else product]
    exact *= share
    if exact == 0:
        return []
    made = settled(Product((written(abs(exact)), *factors)))
    return [Negative(made) if exact < 0 else made]
