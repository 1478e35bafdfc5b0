"""Expansions at +∞ with an explicit remainder, true on a whole half-line x ≥ X.

f(x) = Σ cᵢ mᵢ(x) + R(x), |R(x)| ≤ B·m(x) for every x ≥ X, where a monomial m is e^{a x² + b x} x^p.
So a limit, an equivalent and the sign of f beyond X are proved at once, not read off large values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import factorial
from typing import Any

from flint import arb, fmpq

from solver.expression.tree import (
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
    substitute,
    symbols,
)

Monomial = tuple[Fraction, Fraction, Fraction]
"""(a, b, p) for e^{a x² + b x} x^p; the lexicographic order is the order of growth at +∞."""

_TERMS = 4
_UNIT: Monomial = (Fraction(0), Fraction(0), Fraction(0))
LINEAR: Monomial = (Fraction(0), Fraction(0), Fraction(1))


class Undecided(Exception):  # noqa: N818 - it is no fault, it is an outcome
    """The method does not reach this function (an oscillation, a logarithm that stays, X too small)."""


@dataclass(frozen=True)
class Expansion:
    """Terms (coefficient, monomial) in decreasing order; `remainder` = (monomial, bound), None if exact."""

    terms: tuple[tuple[Any, Monomial], ...]
    remainder: tuple[Monomial, Any] | None
    tail: int

    @property
    def sign(self) -> int:
        """The sign on the whole half-line x ≥ X. Raises Undecided where the remainder hides it."""
        if not self.terms:
            if self.remainder is None:
                return 0
            raise Undecided
        coefficient, lead = self.terms[0]
        rest = _bound(Expansion(self.terms[1:], self.remainder, self.tail), lead)
        value = _number(coefficient)
        if not abs(value) > rest:
            raise Undecided
        return 1 if value > 0 else -1

    @property
    def limit(self) -> Any:
        """The limit as an exact number, or the text "inf" or "-inf"."""
        if self.remainder is not None and self.remainder[0] >= _UNIT:
            raise Undecided
        if not self.terms or self.terms[0][1] < _UNIT:
            return 0
        coefficient, lead = self.terms[0]
        if lead > _UNIT:
            return "inf" if _number(coefficient) > 0 else "-inf"
        return coefficient


def expand(expr: Expr, variable: Symbol, direction: int, tail: int) -> Expansion:
    """The expansion of a kink-free expression as direction·x → +∞ (direction 1 or −1), true for |x| ≥ tail.

    For direction −1 the monomials are in −x. Raises Undecided where none is found.
    """
    if direction < 0:
        expr = substitute(expr, {variable.name: Negative(variable)})
    return _expand(expr, variable.name, tail)


def _expand(expr: Expr, name: str, tail: int) -> Expansion:
    if name not in {s.name for s in symbols(expr)}:
        return _constant(_exact(expr), tail)

    def inner(e: Expr) -> Expansion:
        return _expand(e, name, tail)

    match expr:
        case Symbol():
            return Expansion(((_one(), (Fraction(0), Fraction(0), Fraction(1))),), None, tail)
        case Sum(terms):
            found = inner(terms[0])
            for term in terms[1:]:
                found = _add(found, inner(term))
            return found
        case Negative(operand):
            return _scale(inner(operand), -_one())
        case Product(factors):
            found = inner(factors[0])
            for factor in factors[1:]:
                found = _multiply(found, inner(factor))
            return found
        case Quotient(numerator, denominator):
            return _multiply(inner(numerator), _power(inner(denominator), Fraction(-1)))
        case Power(Constant("e"), exponent):
            return _exponential(inner(exponent))
        case Power(base, Number(value)):
            return _power(inner(base), value)
        case Apply(function, (argument,)):
            return _function(function, inner(argument))
    raise Undecided


def _function(function: str, u: Expansion) -> Expansion:
    one = _constant(_one(), u.tail)
    match function:
        case "exp":
            return _exponential(u)
        case "ln" | "log":
            return _logarithm(u)
        case "sqrt":
            return _power(u, Fraction(1, 2))
        case "sigmoid":
            return _power(_add(one, _exponential(_scale(u, -_one()))), Fraction(-1))
        case "tanh":
            # 1 − 2/(1 + e^{2u}) for any limit of u
            inverse = _power(_add(one, _exponential(_scale(u, 2 * _one()))), Fraction(-1))
            return _add(one, _scale(inverse, -2 * _one()))
        case "sinh" | "cosh":
            back = _scale(_exponential(_scale(u, -_one())), (1 if function == "cosh" else -1) * _one() / 2)
            return _add(_scale(_exponential(u), _one() / 2), back)
        case "abs":
            return u if u.sign >= 0 else _scale(u, -_one())
        case "relu":
            return u if u.sign > 0 else _constant(_one() * 0, u.tail)
        case "atan":
            return _arctangent(u)
        case "erf":
            return _error_function(u)
    raise Undecided


# ---- arithmetic -------------------------------------------------------------------------------


def _add(left: Expansion, right: Expansion) -> Expansion:
    return _gather([*left.terms, *right.terms], [left.remainder, right.remainder], left.tail)


def _scale(u: Expansion, factor: Any) -> Expansion:
    rest = None if u.remainder is None else (u.remainder[0], u.remainder[1] * abs(_number(factor)))
    return Expansion(tuple((factor * c, m) for c, m in u.terms), rest, u.tail)


def _multiply(left: Expansion, right: Expansion) -> Expansion:
    terms = [(c * d, _times(m, n)) for c, m in left.terms for d, n in right.terms]
    rests: list[tuple[Monomial, Any] | None] = []
    for one, other in ((left, right), (right, left)):
        if other.remainder is not None:
            m, bound = other.remainder
            rests += [(_times(n, m), bound * abs(_number(c))) for c, n in one.terms]
    if left.remainder is not None and right.remainder is not None:
        (m, b), (n, d) = left.remainder, right.remainder
        rests.append((_times(m, n), b * d))
    return _gather(terms, rests, left.tail)


def _power(u: Expansion, exponent: Fraction) -> Expansion:
    """(c m (1 + t))^r = c^r m^r (1 + t)^r by the binomial series, with its remainder."""
    if exponent.denominator == 1 and 0 <= exponent <= 12:
        found = _constant(_one(), u.tail)
        for _ in range(int(exponent)):
            found = _multiply(found, u)
        return found
    if exponent < -1 and exponent.denominator == 1 and exponent >= -12:
        return _power(_power(u, Fraction(-1)), -exponent)
    if abs(exponent) > 1:
        raise Undecided
    lead, small = _normalised(u)
    coefficient, monomial = lead
    if exponent != -1 and not _number(coefficient) > 0:
        raise Undecided
    binomials = [Fraction(1)]
    for k in range(1, _TERMS + 1):
        binomials.append(binomials[-1] * (exponent - k + 1) / k)
    series = _compose(binomials, lambda r: 1 / (1 - r), small)  # |binomial(r, k)| ≤ 1 for |r| ≤ 1
    scaled = _scale(series, coefficient ** _rational(exponent))
    return _shift(scaled, (monomial[0] * exponent, monomial[1] * exponent, monomial[2] * exponent))


def _exponential(u: Expansion) -> Expansion:
    """exp(a x² + b x + c + t) = e^c e^{a x² + b x} (1 + t + t²/2 + …), t → 0."""
    a = b = Fraction(0)
    constant = _one() * 0
    small = []
    for coefficient, monomial in u.terms:
        if monomial < _UNIT:
            small.append((coefficient, monomial))
        elif monomial == _UNIT:
            constant = coefficient
        elif monomial[:2] == _UNIT[:2] and monomial[2] in (1, 2) and coefficient.is_Rational:
            value = Fraction(int(coefficient.p), int(coefficient.q))
            a, b = (value, b) if monomial[2] == 2 else (a, value)
        else:
            raise Undecided
    if u.remainder is not None and u.remainder[0] >= _UNIT:
        raise Undecided
    series = [Fraction(1, factorial(k)) for k in range(_TERMS + 1)]
    found = _compose(series, lambda r: r.exp() / factorial(_TERMS + 1), _gather(small, [u.remainder], u.tail))
    return _shift(_scale(found, _sympy().exp(constant)), (a, b, Fraction(0)))


def _logarithm(u: Expansion) -> Expansion:
    """ln(c e^{a x² + b x} (1 + t)) = a x² + b x + ln c + t − t²/2 + …"""
    (coefficient, monomial), small = _normalised(u)
    if monomial[2] != 0 or not _number(coefficient) > 0:
        raise Undecided
    series = [Fraction(0)] + [Fraction((-1) ** (k + 1), k) for k in range(1, _TERMS + 1)]
    found = _compose(series, lambda r: 1 / ((_TERMS + 1) * (1 - r)), small)
    parts = [
        (_rational(monomial[0]), (Fraction(0), Fraction(0), Fraction(2))),
        (_rational(monomial[1]), (Fraction(0), Fraction(0), Fraction(1))),
        (_sympy().log(coefficient), _UNIT),
    ]
    return _add(_gather(parts, [], u.tail), found)


def _arctangent(u: Expansion) -> Expansion:
    """atan u = ±π/2 − 1/u + 1/(3u³) − … for u → ±∞; the series in u for u → 0."""
    series = [Fraction(0 if k % 2 == 0 else (-1) ** (k // 2), max(1, k)) for k in range(_TERMS + 1)]
    if not u.terms or u.terms[0][1] < _UNIT:
        return _compose(series, lambda r: 1 / (1 - r), u)
    if u.terms[0][1] == _UNIT:
        raise Undecided
    half = _sympy().pi / 2 * u.sign
    inverse = _compose(series, lambda r: 1 / (1 - r), _power(u, Fraction(-1)))
    return _add(_constant(half, u.tail), _scale(inverse, -_one()))


def _error_function(u: Expansion) -> Expansion:
    """erf u = ±1 − e^{−u²}/(u√π) (1 − 1/(2u²) + θ·3/(4u⁴)), 0 ≤ θ ≤ 1, for u = c x."""
    if len(u.terms) != 1 or u.remainder is not None or u.terms[0][1] != LINEAR:
        raise Undecided
    sympy = _sympy()
    c = u.terms[0][0]
    square = c**2
    if not square.is_Rational:
        raise Undecided
    decay = -Fraction(int(square.p), int(square.q))
    sign = 1 if _number(c) > 0 else -1
    scale = -1 / (c * sympy.sqrt(sympy.pi))
    terms = [
        (sign * _one(), _UNIT),
        (scale, (decay, Fraction(0), Fraction(-1))),
        (-scale / (2 * square), (decay, Fraction(0), Fraction(-3))),
    ]
    rest = (decay, Fraction(0), Fraction(-5)), abs(_number(3 * scale / (4 * square**2)))
    return Expansion(tuple(terms), rest, u.tail)


def _normalised(u: Expansion) -> tuple[tuple[Any, Monomial], Expansion]:
    """u = c m (1 + t): its leading term and t."""
    if not u.terms or (u.remainder is not None and u.remainder[0] >= u.terms[0][1]):
        raise Undecided
    coefficient, monomial = u.terms[0]
    back = (-monomial[0], -monomial[1], -monomial[2])
    rest = _scale(Expansion(u.terms[1:], u.remainder, u.tail), 1 / coefficient)
    return (coefficient, monomial), _shift(rest, back)


def _compose(series: Sequence[Fraction], constant: Any, t: Expansion) -> Expansion:
    """Σ aₖ tᵏ + θ K |t|ⁿ⁺¹ for a t that tends to 0 and stays below ½; K is `constant` of the bound of |t|."""
    if not t.terms and t.remainder is None:
        return _constant(_rational(series[0]), t.tail)
    size = _bound(t, _UNIT)
    if not size < arb(0.5):
        raise Undecided
    lead = max([m for _, m in t.terms[:1]] + ([t.remainder[0]] if t.remainder else []))
    if not lead < _UNIT:
        raise Undecided
    order = len(series)
    own = _bound(t, lead)
    found = _constant(_rational(series[0]), t.tail)
    power = _constant(_one(), t.tail)
    for coefficient in series[1:]:
        power = _multiply(power, t)
        found = _add(found, _scale(power, _rational(coefficient)))
    rest = (lead[0] * order, lead[1] * order, lead[2] * order), constant(size) * own**order
    return _gather(list(found.terms), [found.remainder, rest], t.tail)


def _gather(
    terms: Sequence[tuple[Any, Monomial]], rests: Sequence[tuple[Monomial, Any] | None], tail: int
) -> Expansion:
    """Like terms merged, the first few kept, all that is smaller put into one remainder."""
    merged: dict[Monomial, Any] = {}
    for coefficient, monomial in terms:
        merged[monomial] = merged.get(monomial, 0) + coefficient
    kept: list[tuple[Any, Monomial]] = []
    dropped = [r for r in rests if r is not None]
    for monomial in sorted(merged, reverse=True):
        coefficient = merged[monomial]
        if coefficient == 0:
            continue
        value = _number(coefficient)
        if value.contains(0):
            raise Undecided  # zero or not: more than this method can tell
        hidden = any(monomial <= m for m, _ in dropped)
        if hidden or len(kept) >= _TERMS:
            dropped.append((monomial, abs(value)))
        else:
            kept.append((coefficient, monomial))
    if not dropped:
        return Expansion(tuple(kept), None, tail)
    lead = max(m for m, _ in dropped)
    bound = arb(0)
    for monomial, size in dropped:
        bound += size * _ratio(monomial, lead, tail)
    return Expansion(tuple(kept), (lead, arb(bound.upper())), tail)


def _bound(u: Expansion, monomial: Monomial) -> Any:
    """sup |u(x)| / m(x) over x ≥ X."""
    found = arb(0)
    for coefficient, m in u.terms:
        found += abs(_number(coefficient)) * _ratio(m, monomial, u.tail)
    if u.remainder is not None:
        found += u.remainder[1] * _ratio(u.remainder[0], monomial, u.tail)
    return found


@cache
def _ratio(small: Monomial, large: Monomial, tail: int) -> Any:
    """sup of small(x)/large(x) over x ≥ X, where it is decreasing there."""
    a, b, p = (s - t for s, t in zip(small, large, strict=True))
    if (a, b, p) == _UNIT:
        return arb(1)
    # the logarithm's derivative 2ax + b + p/x must stay negative (or zero)
    slope_ok = (
        2 * a * tail + max(b, Fraction(0)) + max(p, Fraction(0)) / tail <= 0
        if a < 0
        else a == 0 and (b + max(p, Fraction(0)) / tail <= 0 if b < 0 else b == 0 and p < 0)
    )
    if not slope_ok:
        raise Undecided
    return (_ball(a) * tail * tail + _ball(b) * tail).exp() * arb(tail) ** _ball(p)


def _shift(u: Expansion, monomial: Monomial) -> Expansion:
    rest = None if u.remainder is None else (_times(u.remainder[0], monomial), u.remainder[1])
    return Expansion(tuple((c, _times(m, monomial)) for c, m in u.terms), rest, u.tail)


def _times(left: Monomial, right: Monomial) -> Monomial:
    return left[0] + right[0], left[1] + right[1], left[2] + right[2]


def _constant(value: Any, tail: int) -> Expansion:
    return Expansion(((value, _UNIT),) if value != 0 else (), None, tail)


# ---- numbers ----------------------------------------------------------------------------------


def _sympy() -> Any:
    import sympy

    return sympy


def _one() -> Any:
    return _sympy().Integer(1)


def _rational(value: Fraction) -> Any:
    return _sympy().Rational(value.numerator, value.denominator)


def _exact(expr: Expr) -> Any:
    if isinstance(expr, Number):
        return _rational(expr.value)
    from solver.expression.bridge import to_sympy

    return to_sympy(expr)


def _ball(value: Fraction) -> Any:
    return arb(fmpq(value.numerator, value.denominator))


def _number(coefficient: Any) -> Any:
    """A ball around an exact number."""
    if coefficient.is_Rational:
        return arb(fmpq(int(coefficient.p), int(coefficient.q)))
    from solver.expression.bridge import from_sympy
    from solver.expression.evaluate import ball

    return ball(from_sympy(coefficient), {})


# ---- back to the written form -----------------------------------------------------------------


def written(coefficient: Any, monomial: Monomial, variable: Symbol, direction: int) -> Expr:
    """The term as an expression in x: for direction −1 the monomial is in −x."""
    from solver.expression.bridge import from_sympy

    a, b, p = monomial
    factor = coefficient
    base: Expr = variable
    if direction < 0:
        b = -b
        if p.denominator == 1:
            factor = factor * (-1) ** abs(int(p))
        else:
            base = Negative(variable)
    sign = -1 if _number(factor) < 0 else 1
    factor = factor * sign
    top: list[Expr] = []
    bottom: list[Expr] = []
    if p > 0:
        top.append(base if p == 1 else Power(base, number(p)))
    elif p < 0:
        bottom.append(base if p == -1 else Power(base, number(-p)))
    exponents: list[Expr] = []
    for rate, degree in ((a, 2), (b, 1)):
        if rate:
            x = variable if degree == 1 else Power(variable, number(2))
            size: Expr = Product((number(abs(rate)), x))
            if abs(rate).numerator == 1:
                size = x if abs(rate) == 1 else Quotient(x, number(abs(rate).denominator))
            exponents.append(Negative(size) if rate < 0 else size)
    if exponents:
        top.append(Apply("exp", (exponents[0] if len(exponents) == 1 else Sum(tuple(exponents)),)))
    if factor != 1 or not top:
        top.insert(0, from_sympy(factor))
    found: Expr = top[0] if len(top) == 1 else Product(tuple(top))
    if bottom:
        found = Quotient(found, bottom[0])
    return Negative(found) if sign < 0 else found
