"""Expansions at +∞ with an explicit remainder, true on a whole half-line x ≥ X.

f(x) = Σ cᵢ mᵢ(x) + R(x), |R(x)| ≤ B·m(x) for every x ≥ X, where a monomial m is e^{a x² + b x} x^p.
So a limit, an equivalent and the sign of f beyond X are proved at once, not read off large values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from flint import arb, fmpq

from solver.expression.tree import Expr, Negative, Number, Power

Exponent = int | Fraction
"""An integer where it is one: monomials are keys of many tables, and integers are hashed at once."""
Monomial = tuple[Exponent, Exponent, Exponent]
"""(a, b, p) for e^{a x² + b x} x^p; the lexicographic order is the order of growth at +∞."""

TERMS = 4
ONE = Fraction(1)
UNIT: Monomial = (0, 0, 0)
LINEAR: Monomial = (0, 0, 1)


class Undecided(Exception):
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
        rest = bound_of(Expansion(self.terms[1:], self.remainder, self.tail), lead)
        value = number_ball(coefficient)
        if not abs(value) > rest:
            raise Undecided
        return 1 if value > 0 else -1

    @property
    def limit(self) -> Any:
        """The limit as an exact number, or the text "inf" or "-inf"."""
        if self.remainder is not None and self.remainder[0] >= UNIT:
            raise Undecided
        if not self.terms or self.terms[0][1] < UNIT:
            return 0
        coefficient, lead = self.terms[0]
        if lead > UNIT:
            return "inf" if number_ball(coefficient) > 0 else "-inf"
        return coefficient


# ---- arithmetic -------------------------------------------------------------------------------


def add(left: Expansion, right: Expansion) -> Expansion:
    """The sum."""
    return gather([*left.terms, *right.terms], [left.remainder, right.remainder], left.tail)


def scaled(u: Expansion, factor: Any) -> Expansion:
    """The product by an exact number."""
    rest = None if u.remainder is None else (u.remainder[0], u.remainder[1] * abs(number_ball(factor)))
    return Expansion(tuple((factor * c, m) for c, m in u.terms), rest, u.tail)


def multiply(left: Expansion, right: Expansion) -> Expansion:
    """The product, term by term."""
    terms = [(c * d, _times(m, n)) for c, m in left.terms for d, n in right.terms]
    rests: list[tuple[Monomial, Any] | None] = []
    for this, other in ((left, right), (right, left)):
        if other.remainder is not None:
            m, bound = other.remainder
            rests += [(_times(n, m), bound * abs(number_ball(c))) for c, n in this.terms]
    if left.remainder is not None and right.remainder is not None:
        (m, b), (n, d) = left.remainder, right.remainder
        rests.append((_times(m, n), b * d))
    return gather(terms, rests, left.tail)


def normalised(u: Expansion) -> tuple[tuple[Any, Monomial], Expansion]:
    """u = c m (1 + t): its leading term and t."""
    if not u.terms or (u.remainder is not None and u.remainder[0] >= u.terms[0][1]):
        raise Undecided
    coefficient, monomial = u.terms[0]
    back = (-monomial[0], -monomial[1], -monomial[2])
    rest = scaled(Expansion(u.terms[1:], u.remainder, u.tail), ONE / coefficient)
    return (coefficient, monomial), shifted(rest, back)


def compose(series: Sequence[Fraction], constant: Any, t: Expansion) -> Expansion:
    """Σ aₖ tᵏ + θ K |t|ⁿ⁺¹ for a t that tends to 0 and stays below ½; K is `constant` of the bound of |t|."""
    if not t.terms and t.remainder is None:
        return constant_term(series[0], t.tail)
    size = bound_of(t, UNIT)
    if not size < arb(0.5):
        raise Undecided
    lead = max([m for _, m in t.terms[:1]] + ([t.remainder[0]] if t.remainder else []))
    if not lead < UNIT:
        raise Undecided
    order = len(series)
    own = bound_of(t, lead)
    found = constant_term(series[0], t.tail)
    power = constant_term(ONE, t.tail)
    for coefficient in series[1:]:
        power = multiply(power, t)
        found = add(found, scaled(power, coefficient))
    rest = (lead[0] * order, lead[1] * order, lead[2] * order), constant(size) * own**order
    return gather(list(found.terms), [found.remainder, rest], t.tail)


def gather(
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
        value = number_ball(coefficient)
        if value.contains(0):
            raise Undecided  # zero or not: more than this method can tell
        hidden = any(monomial <= m for m, _ in dropped)
        if hidden or len(kept) >= TERMS:
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


def bound_of(u: Expansion, monomial: Monomial) -> Any:
    """sup |u(x)| / m(x) over x ≥ X."""
    found = arb(0)
    for coefficient, m in u.terms:
        found += abs(number_ball(coefficient)) * _ratio(m, monomial, u.tail)
    if u.remainder is not None:
        found += u.remainder[1] * _ratio(u.remainder[0], monomial, u.tail)
    return found


@cache
def _ratio(small: Monomial, large: Monomial, tail: int) -> Any:
    """sup of small(x)/large(x) over x ≥ X, where it is decreasing there."""
    a, b, p = (s - t for s, t in zip(small, large, strict=True))
    if (a, b, p) == UNIT:
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


def shifted(u: Expansion, monomial: Monomial) -> Expansion:
    """The product by a monomial."""
    rest = None if u.remainder is None else (_times(u.remainder[0], monomial), u.remainder[1])
    return Expansion(tuple((c, _times(m, monomial)) for c, m in u.terms), rest, u.tail)


def _times(left: Monomial, right: Monomial) -> Monomial:
    return left[0] + right[0], left[1] + right[1], left[2] + right[2]


def whole(value: Exponent) -> Exponent:
    """The exponent, as an integer where it is one."""
    return int(value) if value.denominator == 1 else value


def constant_term(value: Any, tail: int) -> Expansion:
    """An exact number."""
    return Expansion(((value, UNIT),) if value != 0 else (), None, tail)


# ---- numbers ----------------------------------------------------------------------------------


# A rational is a Fraction, so that most studies never load SymPy; SymPy holds the other exact numbers.


def sympy_module() -> Any:
    """SymPy, imported when first needed."""
    import sympy

    return sympy


def rational_of(number: Any) -> Fraction | None:
    """An exact number as a rational, None where it is none."""
    if isinstance(number, Fraction):
        return number
    if isinstance(number, int):
        return Fraction(number)
    return Fraction(int(number.p), int(number.q)) if number.is_Rational else None


def exact_number(expr: Expr) -> Any:
    """The exact number that a constant expression is."""
    from solver.expression.evaluate import exact_value

    value = exact_value(expr)
    if value is not None:
        return value
    from solver.expression.bridge import to_sympy

    return to_sympy(expr)


def number_tree(number: Any) -> Expr:
    """An exact number as it is written."""
    from solver.expression.bridge import from_sympy

    value = rational_of(number)
    if value is not None:
        return Number(value) if value >= 0 else Negative(Number(-value))
    return from_sympy(number)


def raised(number: Any, exponent: Fraction) -> Any:
    """number^exponent."""
    from solver.expression.evaluate import exact_value

    value = rational_of(number)
    found = None if value is None else exact_value(Power(Number(value), Number(exponent)))
    if found is not None:
        return found
    sympy = sympy_module()
    return sympy.Pow(number, sympy.Rational(exponent.numerator, exponent.denominator))


def _ball(value: Exponent) -> Any:
    return arb(fmpq(value.numerator, value.denominator))


def number_ball(coefficient: Any) -> Any:
    """A ball around an exact number."""
    value = rational_of(coefficient)
    if value is not None:
        return _ball(value)
    from solver.expression.bridge import from_sympy
    from solver.expression.evaluate import ball

    return ball(from_sympy(coefficient), {})
