"""A function cut at its kinks: on each open piece one smooth expression in a few primitives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from solver.analysis.expansion import Undecided
from solver.expression.tree import (
    ONE,
    ZERO,
    Apply,
    Cases,
    Condition,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    number,
    rebuild,
    symbols,
    walk,
)

PRIMITIVES = frozenset(
    {"exp", "ln", "sin", "cos", "atan", "erf", "sqrt", "sigmoid", "tanh", "sinh", "cosh"}
    | {"abs", "sign", "max", "min", "relu"}
)
_KINKED = frozenset({"abs", "sign", "max", "min", "relu"})
_MOST = 24


@dataclass(frozen=True)
class Piece:
    """An open interval (None: infinite) and what the function is there, without kinks."""

    low: Fraction | None
    high: Fraction | None
    expression: Expr

    @property
    def inside(self) -> Fraction:
        """A point of the interval."""
        return _inside(self.low, self.high)


def unfold(expr: Expr) -> Expr:
    """Every function that is no primitive replaced by its definition of the table."""
    from solver.expression.functions import FUNCTIONS

    expr = rebuild(expr, unfold)
    if isinstance(expr, Apply) and expr.function not in PRIMITIVES:
        fact = FUNCTIONS.get(expr.function)
        found = fact.defined_at(expr.arguments) if fact is not None else None
        if found is None:
            raise Undecided
        return unfold(found)
    return expr


def pieces(expr: Expr, variable: Symbol) -> tuple[Piece, ...]:
    """The pieces of ℝ from left to right. Raises Undecided where a kink is not at a rational point."""
    found = _split(unfold(expr), variable, None, None)
    if len(found) > _MOST:
        raise Undecided
    merged: list[Piece] = []
    for piece in found:
        # a condition that changes nothing is no kink
        if merged and merged[-1].expression == piece.expression:
            merged[-1] = Piece(merged[-1].low, piece.high, piece.expression)
        else:
            merged.append(piece)
    return tuple(merged)


def cut_at(expr: Expr, variable: Symbol, points: tuple[Fraction, ...]) -> tuple[Piece, ...]:
    """The pieces of `expr` between these points, which must hold all its kinks."""
    found: list[Piece] = []
    bounds: list[Fraction | None] = [None, *points, None]
    whole = unfold(expr)
    for low, high in pairwise(bounds):
        inner = _split(whole, variable, low, high)
        if any(p.expression != inner[0].expression for p in inner):
            raise Undecided
        found.append(Piece(low, high, inner[0].expression))
    return tuple(found)


def _split(expr: Expr, variable: Symbol, low: Fraction | None, high: Fraction | None) -> list[Piece]:
    for difference in _differences(expr):
        line = affine(difference, variable)
        if line is None:
            if any(_is_kinked(node) for node in walk(difference)):
                continue  # an inner kink is cut first
            raise Undecided
        slope, constant = line
        if slope == 0:
            continue
        root = -constant / slope
        if (low is None or low < root) and (high is None or root < high):
            return _split(expr, variable, low, root) + _split(expr, variable, root, high)
    reduced = _reduce(expr, variable, _inside(low, high))
    if any(_is_kinked(node) for node in walk(reduced)):
        if reduced == expr:
            raise Undecided
        return _split(reduced, variable, low, high)
    return [Piece(low, high, tidy(reduced))]


def _is_kinked(node: Expr) -> bool:
    return isinstance(node, Cases) or (isinstance(node, Apply) and node.function in _KINKED)


def _differences(expr: Expr) -> list[Expr]:
    """What changes sign at the kinks, innermost last."""
    return [difference for node in walk(expr) for difference in _own_differences(node)]


def _own_differences(node: Expr) -> list[Expr]:
    match node:
        case Cases(branches):
            return [Sum((c.left, Negative(c.right))) for _, c in branches if c is not None]
        case Apply("abs" | "sign" | "relu", (argument,)):
            return [argument]
        case Apply("max" | "min", arguments):
            return [Sum((a, Negative(b))) for i, a in enumerate(arguments) for b in arguments[i + 1 :]]
    return []


def _reduce(expr: Expr, variable: Symbol, point: Fraction) -> Expr:
    """The branch taken at a point, for every innermost kink whose argument is affine.

    A kink that depends on another one is left for the next pass: its own place may lie inside the piece.
    """
    if not _is_kinked(expr) or any(_is_kinked(n) for d in _own_differences(expr) for n in walk(d)):
        return rebuild(expr, lambda child: _reduce(child, variable, point))

    def value(e: Expr) -> Fraction | None:
        line = affine(e, variable)
        return None if line is None else line[0] * point + line[1]

    match expr:
        case Cases(branches):
            for branch, condition in branches:
                if condition is None:
                    return branch
                truth = _holds(condition, value)
                if truth is None:
                    return expr
                if truth:
                    return branch
            raise Undecided  # defined nowhere near this point
        case Apply("abs", (argument,)) if (v := value(argument)) is not None:
            return argument if v >= 0 else Negative(argument)
        case Apply("relu", (argument,)) if (v := value(argument)) is not None:
            return argument if v > 0 else ZERO
        case Apply("sign", (argument,)) if (v := value(argument)) is not None:
            return number((v > 0) - (v < 0))
        case Apply("max" | "min", arguments):
            values = [value(a) for a in arguments]
            known = [v for v in values if v is not None]
            if len(known) == len(values):
                best = max(known) if expr.function == "max" else min(known)
                return arguments[values.index(best)]
    return expr


def _holds(condition: Condition, value: Callable[[Expr], Fraction | None]) -> bool | None:
    left, right = (value(side) for side in (condition.left, condition.right))
    if left is None or right is None:
        return None
    table = {
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
        "=": left == right,
        "!=": left != right,
    }
    return bool(table[condition.relation])


def affine(expr: Expr, variable: Symbol) -> tuple[Fraction, Fraction] | None:
    """(m, c) where the expression is m x + c with rational m and c, else None."""
    match expr:
        case Number(value):
            return Fraction(0), value
        case Symbol(name):
            return (Fraction(1), Fraction(0)) if name == variable.name else None
        case Negative(operand):
            inner = affine(operand, variable)
            return None if inner is None else (-inner[0], -inner[1])
        case Sum(terms):
            slope = constant = Fraction(0)
            for term in terms:
                inner = affine(term, variable)
                if inner is None:
                    return None
                slope, constant = slope + inner[0], constant + inner[1]
            return slope, constant
        case Product(factors):
            slope, constant = Fraction(0), Fraction(1)
            for factor in factors:
                inner = affine(factor, variable)
                if inner is None or (slope and inner[0]):
                    return None
                slope, constant = slope * inner[1] + constant * inner[0], constant * inner[1]
            return slope, constant
        case Quotient(numerator, denominator):
            top, bottom = affine(numerator, variable), affine(denominator, variable)
            if top is None or bottom is None or bottom[0] or not bottom[1]:
                return None
            return top[0] / bottom[1], top[1] / bottom[1]
        case Power(base, Number(value)) if value == 1:
            return affine(base, variable)
    return None


def _inside(low: Fraction | None, high: Fraction | None) -> Fraction:
    if low is None:
        return Fraction(0) if high is None else high - 1
    return low + 1 if high is None else (low + high) / 2


def tidy(expr: Expr) -> Expr:
    """Zeros and ones of the branches taken out, so that a constant piece is a number."""
    expr = rebuild(expr, tidy)
    match expr:
        case Sum(terms):
            left = tuple(t for t in terms if t not in (ZERO, Negative(ZERO)))
            return ZERO if not left else left[0] if len(left) == 1 else Sum(left)
        case Product(factors):
            if ZERO in factors:
                return ZERO
            left = tuple(f for f in factors if f != ONE)
            return ONE if not left else left[0] if len(left) == 1 else Product(left)
        case Negative(operand) if operand == ZERO:
            return ZERO
        case Quotient(numerator, _) if numerator == ZERO:
            return ZERO
        case Quotient(numerator, denominator) if denominator == ONE:
            return numerator
        case Quotient(Number(a), Number(b)) if b:
            return number(a / b)
        case Negative(Number(a)):
            return number(-a)
    return expr


def is_constant(expr: Expr, variable: Symbol) -> bool:
    """Whether the variable does not appear."""
    return variable.name not in {s.name for s in symbols(expr)}
