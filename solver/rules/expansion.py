"""Sums of monomials multiplied out, divided, and their common factor.

Nothing large is expanded: the number of terms is estimated first.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from math import comb, gcd, lcm
from typing import Any

from solver.expression.tree import (
    Apply,
    Expr,
    Sum,
)
from solver.rules.monomials import Monomial, collected, kernel, merged

MAX_TERMS = 300


def common_factor(terms: list[Monomial]) -> Monomial:
    """The monomial that divides every term: least exponents, the greatest common divisor, the first sign."""
    top = reduce(gcd, (t.coefficient.numerator for t in terms))
    bottom = reduce(lcm, (t.coefficient.denominator for t in terms))
    sign = -1 if all(t.coefficient < 0 for t in terms) else 1
    factors: dict[str, tuple[Expr, Fraction]] = {}
    names = {n: k for t in terms for n, (k, _) in t.factors.items()}
    for name, base in names.items():
        exponents = [t.factors[name][1] if name in t.factors else Fraction(0) for t in terms]
        least, most = min(exponents), max(exponents)
        if isinstance(base, Apply) and base.function == "exp" and least < 0:
            least = most if most < 0 else Fraction(0)
        if least:
            factors[name] = (base, least)
    return Monomial(Fraction(sign * top, bottom), factors)


def expanded(terms: list[Monomial]) -> list[Monomial] | None:
    """Sums to whole positive powers multiplied out; None where that would give too many terms."""
    if sum(_size(t) for t in terms) > MAX_TERMS:
        return None
    found: list[Monomial] = []
    for term in terms:
        plain = Monomial(
            term.coefficient, {n: (k, e) for n, (k, e) in term.factors.items() if not is_expandable(k, e)}
        )
        product = [plain]
        for base, exponent in term.factors.values():
            if is_expandable(base, exponent):
                inner = expanded(collected(base))
                if inner is None:
                    return None
                for _ in range(int(exponent)):
                    product = merged(a.times(b) for a in product for b in inner)
                    if len(product) > MAX_TERMS:
                        return None
        found += product
    return merged(found)


def is_expandable(base: Expr, exponent: Fraction) -> bool:
    return isinstance(base, Sum) and exponent.denominator == 1 and exponent > 0


def _size(term: Monomial) -> int:
    """An upper bound for the number of terms once multiplied out."""
    size = 1
    for base, exponent in term.factors.values():
        if is_expandable(base, exponent):
            assert isinstance(base, Sum)
            if exponent > MAX_TERMS:
                return MAX_TERMS + 1
            size *= comb(len(base.terms) + int(exponent) - 1, int(exponent))
    return size


def cancelled(content: Monomial, inner: list[Monomial]) -> tuple[Monomial, list[Monomial]]:
    """Sums below the bar that divide what is above leave both."""
    for name, (base, exponent) in list(content.factors.items()):
        if not isinstance(base, Sum) or exponent > -1:
            continue
        while content.factors.get(name, (base, Fraction(0)))[1] <= -1:
            divided = _divided(inner, collected(base))
            if divided is None:
                break
            inner = divided
            content = content.times(kernel(base))
    return content, inner


def _divided(terms: list[Monomial], divisor: list[Monomial]) -> list[Monomial] | None:
    """The exact quotient of two sums as polynomials in their kernels; None where there is none."""
    from flint import Ordering, fmpq, fmpq_mpoly_ctx

    kernels = {n: k for t in (*terms, *divisor) for n, (k, _) in t.factors.items()}
    if not kernels or len(kernels) > 6 or (len(terms) < len(divisor) > 1 and len(terms) == 1):
        return None
    shifts: dict[str, Fraction] = {}
    scales: dict[str, int] = {}
    for name in kernels:
        exponents = [t.factors[name][1] if name in t.factors else Fraction(0) for t in (*terms, *divisor)]
        shifts[name] = min(Fraction(0), *exponents)
        scales[name] = reduce(lcm, (e.denominator for e in exponents))
        if max(exponents) - shifts[name] > 200:
            return None
    names = list(kernels)
    context = fmpq_mpoly_ctx.get([f"k{i}" for i in range(len(names))], Ordering.lex)

    def polynomial(listed: list[Monomial], shift: bool) -> Any:
        entries = {}
        for t in listed:
            powers = []
            for name in names:
                e = t.factors[name][1] if name in t.factors else Fraction(0)
                powers.append(int((e - (shifts[name] if shift else 0)) * scales[name]))
            if min(powers) < 0:
                return None
            entries[tuple(powers)] = fmpq(t.coefficient.numerator, t.coefficient.denominator)
        return context.from_dict(entries)

    above, below = polynomial(terms, True), polynomial(divisor, False)
    if above is None or below is None:
        return None
    quotient, remainder = divmod(above, below)
    if remainder != 0:
        return None
    found: list[Monomial] = []
    for powers, value in quotient.to_dict().items():
        factors = {}
        for name, power in zip(names, powers, strict=True):
            e = Fraction(int(power), scales[name]) + shifts[name]
            if e:
                factors[name] = (kernels[name], e)
        found.append(Monomial(Fraction(int(value.p), int(value.q)), factors))
    return found
