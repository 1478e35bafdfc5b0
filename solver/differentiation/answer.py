"""The answer to a request: derivations, where they hold, values at a point, and what was checked of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from solver.analysis.positivity import visible_sign, visibly_not_negative
from solver.derivation.engine import derive_along, implicit_derivative
from solver.derivation.equality import Equality
from solver.derivation.step import Derivation
from solver.differentiation.conditions import Requirement, strongest
from solver.differentiation.domain import added_by, domain
from solver.differentiation.edges import Edge, edges, reviewed
from solver.differentiation.kinks import Crease, Kink, kinks, number_text, steep, taken
from solver.differentiation.request import Kind, Request
from solver.differentiation.values import worked_out
from solver.errors import CheckFailed, CorrigeError
from solver.expression.decimals import significant
from solver.expression.evaluate import exact_value
from solver.expression.functions import FUNCTIONS
from solver.expression.landmarks import known
from solver.expression.settle import written
from solver.expression.tree import (
    Apply,
    Cases,
    Condition,
    Expr,
    Negative,
    Power,
    Symbol,
    substitute,
    symbols,
    walk,
)
from solver.rules.algebra import merge
from solver.rules.line import pieces_of


@dataclass(frozen=True, slots=True)
class Value:
    """The derivative at a point: `exact` an expression (a number where everything has a value), `decimal` its
    17 digits where it is not rational. Where there is none, `reason` says why (a key of the wording) and
    `slopes` are the one-sided ones, `taken` what PyTorch takes."""

    point: Mapping[str, Expr]
    exact: Expr | None
    decimal: str | None = None
    reason: str | None = None
    slopes: tuple[str | None, str | None] | None = None
    taken: str | None = None


@dataclass(frozen=True)
class Answer:
    """One derivative of one function: by each of `variables` in turn (x, x for a second derivative)."""

    expression: Expr
    variables: tuple[Symbol, ...]
    derivation: Derivation
    point: Mapping[str, Expr] | None = None
    dependent: Symbol | None = None
    equation: tuple[Expr, Expr] | None = None

    @property
    def variable(self) -> Symbol:
        return self.variables[0]

    @property
    def order(self) -> int:
        return len(self.variables)

    @cached_property
    def domain(self) -> tuple[Requirement, ...]:
        """The conditions under which the function has a value."""
        return domain(self.expression)

    @cached_property
    def _left_out(self) -> tuple[Requirement, ...]:
        """The further conditions under which every line of the derivation has a value: a rule holds where its
        lines do. Lines inside cases hold somewhere only, so there the result speaks alone."""
        lines = [step.after for _, step in self.derivation.walk()]
        cases = any(isinstance(node, Cases) for line in (self.expression, *lines) for node in walk(line))
        if cases or self.dependent is not None:
            lines = [self.derivation.result]
        return added_by(lines, self.domain)

    @cached_property
    def restrictions(self) -> tuple[Requirement, ...]:
        """The conditions, beyond those of the function, under which the derivative is known to exist."""
        healed = {edge.at for edge in self.edges if edge.inside and edge.kind == "smooth"}
        return tuple(
            r
            for r in self._left_out
            if not (isinstance(r, Condition) and r.relation == "!=" and exact_value(r.right) in healed)
        )

    @property
    def curve(self) -> str | None:
        """Of an equation F = 0: `empty` where the form of F shows that it is never 0; `flat` where it shows
        that F keeps one sign, so that on the curve F is extreme and ∂F/∂y is 0 or does not exist."""
        if self.dependent is None:
            return None
        if visible_sign(self.expression, self.variable):
            return "empty"
        sides = (self.expression, Negative(self.expression))
        return "flat" if any(visibly_not_negative(f, self.variable) for f in sides) else None

    @property
    def holds_for(self) -> tuple[Requirement, ...]:
        """The conditions of the function and of its derivative together."""
        return strongest((*self.domain, *self.restrictions))

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """The points of the domain that the rules leave out, with the slopes of both sides."""
        if self.order > 1 or self.dependent is not None:
            return ()
        f, slope, x = self.expression, self.derivation.result, self.variable
        return (*edges(f, slope, x, self.domain, self._left_out), *steep(f, slope, x))

    @cached_property
    def everywhere(self) -> bool:
        """Whether the derivative exists wherever the function has a value."""
        if self.restrictions or self.kinks or any(edge.kind != "smooth" for edge in self.edges):
            return False
        if not any(isinstance(node, Cases) for node in walk(self.derivation.result)):
            return True
        return (
            len(symbols(self.expression)) == 1
            and pieces_of(self.derivation.result, self.variable) is not None
        )

    @cached_property
    def letter_powers(self) -> tuple[Power, ...]:
        """Powers such as xⁿ, whose exponent is a letter: read for any real n, which asks for x > 0."""
        moving = {x.name for x in self.variables}
        found = [
            node
            for node in walk(self.expression)
            if isinstance(node, Power)
            and moving & {s.name for s in symbols(node.base)}
            and symbols(node.exponent)
            and not moving & {s.name for s in symbols(node.exponent)}
        ]
        return tuple(dict.fromkeys(found))

    @cached_property
    def unknown_functions(self) -> tuple[str, ...]:
        """The functions of the expression that have no definition: f in x f(x²)."""
        called = [node.function for node in walk(self.expression) if isinstance(node, Apply)]
        return tuple(dict.fromkeys(name for name in called if name not in FUNCTIONS))

    @cached_property
    def kinks(self) -> tuple[Kink | Crease, ...]:
        """The points where the last derivative is missing, those before it being there, as far as told.

        What automatic differentiation takes is told for a first derivative only.
        """
        if self.dependent is not None:
            return ()
        if self.order == 1:
            told = {edge.at for edge in self.edges}
            found = kinks(self.expression, self.derivation.result, self.variable)
            return tuple(k for k in found if not isinstance(k, Kink) or k.at not in told)
        before = derive_along(self.expression, self.variables[:-1], check=False).result
        found = kinks(before, self.derivation.result, self.variables[-1])
        return tuple(replace(k, taken=None) for k in found if isinstance(k, Kink) and not k.jump)

    @cached_property
    def value(self) -> Value | None:
        """The derivative at the point asked for."""
        return None if self.point is None else _value(self, self.point)

    @cached_property
    def edge_checks(self) -> tuple[Equality, ...]:
        """The slopes beside the points that the rules leave out, checked on the function itself."""
        return tuple(c for edge in self.edges for c in reviewed(self.expression, self.variable, edge))

    @property
    def checks(self) -> tuple[Equality, ...]:
        return (*self.derivation.checks, *self.edge_checks)


@dataclass(frozen=True)
class Result:
    """All answers to one request, row by row: one row a function (a variable, for a Hessian)."""

    request: Request
    rows: tuple[tuple[Answer, ...], ...]
    more_checks: tuple[Equality, ...] = ()

    @property
    def answers(self) -> Iterator[Answer]:
        return (answer for row in self.rows for answer in row)

    @property
    def checks(self) -> tuple[Equality, ...]:
        return (*(c for answer in self.answers for c in answer.checks), *self.more_checks)

    @property
    def verified(self) -> bool:
        """Whether every equality was checked and holds."""
        checks = self.checks
        return bool(checks) and all(check.holds is True for check in checks)


def count(checks: tuple[Equality, ...]) -> int:
    """How many different equalities were checked, each counted once."""
    return len({(check.left, check.right) for check in checks if check.counts})


def answer(request: Request) -> Result:
    """Derives what is asked. Raises CheckFailed where the second road contradicts a line."""
    made = _hessian(request) if request.kind is Kind.HESSIAN else Result(request, _rows(request))
    wrong = [c for c in made.checks if c.holds is False]
    if wrong:
        raise CheckFailed(f"a line does not hold: {wrong[0].left} = {wrong[0].right}")
    return made


def _rows(request: Request) -> tuple[tuple[Answer, ...], ...]:
    if request.dependent is not None:
        (gap,), dependent = request.functions, request.dependent
        row = tuple(
            Answer(
                gap, (x,), implicit_derivative(gap, x, dependent), request.point, dependent, request.equation
            )
            for x in request.variables
        )
        return (row,)
    return tuple(
        tuple(_one(function, (x,) * request.order, request) for x in request.variables)
        for function in request.functions
    )


def _one(function: Expr, along: tuple[Symbol, ...], request: Request) -> Answer:
    return Answer(function, along, derive_along(function, along), request.point)


def _hessian(request: Request) -> Result:
    """∂²f/∂xᵢ∂xⱼ for i ≤ j, the others by symmetry; each mixed one is derived in the other order too."""
    from solver.derivation.check import equality, prover

    (function,) = request.functions
    xs = request.variables
    upper = {
        (i, j): _one(function, (xs[i], xs[j]), request) for i in range(len(xs)) for j in range(i, len(xs))
    }
    more = []
    for (i, j), found in upper.items():
        if i < j:
            other = derive_along(function, (xs[j], xs[i]), check=False)
            proof = prover((function, found.derivation.result), xs)
            holds, _ = proof.compare(other.start, found.derivation.result)
            more.append(equality(other.start, found.derivation.result, holds))
    size = range(len(xs))
    rows = tuple(tuple(upper[min(i, j), max(i, j)] for j in size) for i in size)
    return Result(request, rows, tuple(more))


# ---- at a point -------------------------------------------------------------------------------


def _value(answer: Answer, point: Mapping[str, Expr]) -> Value:
    result = answer.derivation.result
    rational = {n: v for n, e in point.items() if (v := exact_value(e)) is not None}
    function = substitute(answer.expression, point)
    if not symbols(function) and _defined_functions(function) and number_text(function, {}) is None:
        return Value(point, None, reason="undefined")
    branch = _branch(result, rational)
    whole = substitute(branch, point) if isinstance(branch, Cases) else worked_out(branch, point)
    if symbols(whole) or not _defined_functions(whole):
        return Value(point, merge(whole))
    exact = exact_value(whole)
    if exact is not None:
        raw = substitute(branch, point)  # 0/0 must not pass for 0
        if not isinstance(raw, Cases) and exact_value(raw) is None and number_text(raw, {}) is None:
            return _no_value(answer, point, rational)
        return Value(point, written(exact))
    try:
        return Value(point, known(merge(whole)), significant(whole, 17))
    except CorrigeError:
        return _no_value(answer, point, rational)


def _defined_functions(expr: Expr) -> bool:
    """Whether every function of the expression has a definition (f(2) has no value to look for)."""
    return all(node.function in FUNCTIONS for node in walk(expr) if isinstance(node, Apply))


def _branch(expr: Expr, rational: Mapping[str, Fraction]) -> Expr:
    """The branch of cases on a line that is taken at the point, where that can be told."""
    names = symbols(expr)
    if not isinstance(expr, Cases) or len(names) != 1 or names[0].name not in rational:
        return expr
    at = rational[names[0].name]
    for piece in pieces_of(expr, names[0]) or ():
        inside = (piece.low is None or piece.low < at) and (piece.high is None or at < piece.high)
        if inside and piece.value is not None:
            return piece.value
    return expr


def _no_value(answer: Answer, point: Mapping[str, Expr], rational: Mapping[str, Fraction]) -> Value:
    x = answer.variable
    if len(rational) < len(point) or answer.order > 1:
        return Value(point, None, reason="no_derivative")
    others = {n: e for n, e in point.items() if n != x.name}
    slopes = pieces_of(substitute(answer.derivation.result, others), x)
    at = rational[x.name]
    sides: dict[str, str | None] = {}
    for piece in slopes or ():
        if piece.value is not None and piece.high == at:
            sides["left"] = number_text(piece.value, {x.name: at})
        if piece.value is not None and piece.low == at:
            sides["right"] = number_text(piece.value, {x.name: at})
    chosen = taken(answer.expression, x, point) if sides else None
    pair = (sides.get("left"), sides.get("right")) if sides else None
    return Value(point, None, reason="no_derivative", slopes=pair, taken=chosen)


def as_point(value: Value) -> dict[str, Any]:
    """The point as JSON."""
    from solver.expression.sympy_text import sympy_text

    return {name: sympy_text(e) for name, e in value.point.items()}
