"""Why f behaves at infinity as the study says: a quotient of exponentials, else a bounded remainder."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, fmpq, fmpq_poly

from solver.analysis.balls import exact_ball, precision
from solver.analysis.expand import expand, written
from solver.analysis.expansion import Expansion, Undecided, bound_of
from solver.analysis.model import Limit, Study
from solver.analysis.pieces import affine
from solver.analysis.values import bounds
from solver.derivation.equality import Equality, Means
from solver.expression.tree import (
    ONE,
    Apply,
    Constant,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    number,
)

_MOST = 12
_TAILS = (8, 32)


@dataclass(frozen=True)
class Tail:
    """A proof of f − ℓ ~ gap, or of f − line ~ gap, on one side.

    Either `quotient`: the size of the difference, written as a quotient of exponentials whose denominator
    tends to 1 (`alone`: its numerator is the gap alone; `whole`: it has no denominator). Or
    |difference − gap| ≤ `bound` · `scale` for all |x| ≥ `start`.
    """

    quotient: Expr | None = None
    alone: bool = False
    whole: bool = False
    bound: Fraction | None = None
    scale: Expr | None = None
    start: int = 0


def tail_of(s: Study, found: Limit) -> Tail | None:
    """The proof; None where f equals its limit or its asymptote, or where no term was found."""
    if found.gap is None or not s.parts:
        return None
    f, x = s.parts[0 if found.direction < 0 else -1].expression, s.subject.variable
    if found.line is None and found.value.rational is not None:
        quotient = _quotient_tail(f, x, found.direction, found.value.rational)
        if quotient is not None:
            return quotient
    return _bounded_tail(f, x, found)


# ---- rational functions of e^x ------------------------------------------------------------------


def _quotient_tail(f: Expr, x: Symbol, direction: int, level: Fraction) -> Tail | None:
    """f − level as N(t)/D(t), t = e^{x} at −∞ and e^{−x} at +∞, with D(0) = 1."""
    found = _in_exponential(f, x, -direction)
    if found is None:
        return None
    top, bottom = found
    top = top - bottom * fmpq_poly([fmpq(level.numerator, level.denominator)])
    common = top.gcd(bottom)
    top, bottom = top // common, bottom // common
    if bottom[0] == 0 or top == 0 or top[0] != 0 or max(top.degree(), bottom.degree()) > _MOST:
        return None
    top, bottom = top / bottom[0], bottom / bottom[0]
    if next(c for c in top.coeffs() if c != 0) < 0:
        top = -top
    numerator = _written(top, x, -direction)
    alone = sum(c != 0 for c in top.coeffs()) == 1
    if bottom.degree() == 0:
        return Tail(numerator, alone, whole=True)
    return Tail(Quotient(numerator, _written(bottom, x, -direction)), alone)


def _in_exponential(expr: Expr, x: Symbol, side: int) -> tuple[Any, Any] | None:
    """N and D with expr = N(t)/D(t), t = e^{side·x}; None where it is no such quotient."""

    def inner(e: Expr) -> tuple[Any, Any] | None:
        return _in_exponential(e, x, side)

    def exponential(argument: Expr) -> tuple[Any, Any] | None:
        line = affine(argument, x)
        if line is None or line[1] or line[0].denominator != 1 or abs(line[0]) > _MOST:
            return None
        power = int(line[0]) * side
        monomial = fmpq_poly([0] * abs(power) + [1])
        return (monomial, fmpq_poly([1])) if power >= 0 else (fmpq_poly([1]), monomial)

    match expr:
        case Number(value):
            return fmpq_poly([fmpq(value.numerator, value.denominator)]), fmpq_poly([1])
        case Negative(operand):
            found = inner(operand)
            return None if found is None else (-found[0], found[1])
        case Sum(terms):
            total = (fmpq_poly([0]), fmpq_poly([1]))
            for term in terms:
                found = inner(term)
                if found is None:
                    return None
                total = total[0] * found[1] + found[0] * total[1], total[1] * found[1]
            return total
        case Product(factors):
            product = (fmpq_poly([1]), fmpq_poly([1]))
            for factor in factors:
                found = inner(factor)
                if found is None:
                    return None
                product = product[0] * found[0], product[1] * found[1]
            return product
        case Quotient(top, bottom):
            above, below = inner(top), inner(bottom)
            if above is None or below is None or below[0] == 0:
                return None
            return above[0] * below[1], above[1] * below[0]
        case Power(Constant("e"), exponent):
            return exponential(exponent)
        case Apply("exp", (argument,)):
            return exponential(argument)
        case Apply("sigmoid", (argument,)):
            u = exponential(argument)
            return None if u is None else (u[0], u[0] + u[1])
        case Apply("tanh", (argument,)):
            u = exponential(argument)
            if u is None:
                return None
            a, b = u[0] * u[0], u[1] * u[1]
            return a - b, a + b
        case Power(base, Number(n)) if n.denominator == 1 and 0 < n <= 4:
            found = inner(base)
            return None if found is None else (found[0] ** int(n), found[1] ** int(n))
    return None


def _written(poly: Any, x: Symbol, side: int) -> Expr:
    """The polynomial in t = e^{side·x}, lowest power first."""
    terms: list[Expr] = []
    for power, coefficient in enumerate(poly.coeffs()):
        value = Fraction(int(coefficient.p), int(coefficient.q))
        if not value:
            continue
        size: Expr = number(abs(value))
        if power:
            argument: Expr = x if power == 1 else Product((number(power), x))
            base = Power(Constant("e"), argument if side > 0 else Negative(argument))
            size = base if abs(value) == 1 else Product((size, base))
        terms.append(Negative(size) if value < 0 else size)
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))


# ---- remainders ---------------------------------------------------------------------------------


def _bounded_tail(f: Expr, x: Symbol, found: Limit) -> Tail | None:
    for start in _TAILS:
        try:
            whole = expand(f, x, found.direction, start)
            kept = _kept(whole, found, x)
            rest = Expansion(whole.terms[kept:], whole.remainder, start)
            leads = [m for _, m in rest.terms[:1]] + ([rest.remainder[0]] if rest.remainder else [])
            if not leads and found.line is None and found.value.rational is not None:
                return Tail(_size(found, x), alone=True, whole=True)
            if not leads:
                return None
            lead = max(leads)
            bound = _up(bounds(bound_of(rest, lead))[1])
            return Tail(bound=bound, scale=written(Fraction(1), lead, x, found.direction), start=start)
        except Undecided:
            continue
    return None


def _size(found: Limit, x: Symbol) -> Expr | None:
    """|gap|, far out."""
    from solver.expression.evaluate import ball

    gap = found.gap
    if gap is None or ball(gap, {x.name: Fraction(50 * found.direction)}) > 0:
        return gap
    return gap.operand if isinstance(gap, Negative) else Negative(gap)


def _up(size: Fraction) -> Fraction:
    """`size` rounded up to two digits."""
    unit = Fraction(1)
    while size >= 100 * unit:
        unit *= 10
    while 0 < size < 10 * unit:
        unit /= 10
    return -(-size // unit) * unit


def _kept(whole: Expansion, found: Limit, x: Symbol) -> int:
    """How many terms are the limit (or the line) and the gap."""
    for count, (coefficient, monomial) in enumerate(whole.terms):
        if written(coefficient, monomial, x, found.direction) == found.gap:
            return count + 1
    raise Undecided


# ---- the second road ----------------------------------------------------------------------------


def tail_checks(s: Study, found: Limit, tail: Tail) -> tuple[Equality, ...]:
    """The quotient, or the bound, against values of f itself."""
    from solver.analysis.review import _DEEP, _at, _level, value_at
    from solver.expression.latex import latex

    x, name = s.subject.variable, s.subject.latex
    holds = True
    left = f"{name}({latex(x)}), {latex(x)} \\to {'-' if found.direction < 0 else '+'}\\infty"
    with precision(_DEEP):
        for k in (1, 2, 5):
            at = Fraction(found.direction * k * max(tail.start, 8))
            base = _at(found.line, x, at, _DEEP) if found.line is not None else _level(found.value)
            rest = value_at(s, at, _DEEP) - base
            if tail.quotient is not None:
                gap = abs(rest) - _at(tail.quotient, x, at, _DEEP)
                holds = holds and bool(gap.contains(0)) and bool(gap.rad() < arb("1e-300"))
            elif found.gap is not None and tail.scale is not None and tail.bound is not None:
                most = _at(tail.scale, x, at, _DEEP) * exact_ball(tail.bound)
                holds = holds and bool(abs(rest - _at(found.gap, x, at, _DEEP)) <= most)
    right = latex(tail.quotient) if tail.quotient is not None else latex(tail.scale or ONE)
    return (Equality(left, right, Means.VALUES, holds),)
