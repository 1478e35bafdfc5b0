"""Forms of a result: expanded, with its common factor out, cancelled; and which of them is the shortest.

Nothing large is expanded: the number of terms is estimated first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import reduce
from math import comb, gcd, lcm

from solver.expression.latex import latex
from solver.expression.tree import (
    Apply,
    Cases,
    Expr,
    Negative,
    Power,
    Product,
    Sum,
    Symbol,
    walk,
)
from solver.rules.monomials import (
    Monomial,
    collected,
    kernel,
    key,
    lone_sum,
    merged,
    monomial,
    sum_of,
    unit,
    written,
)

MAX_TERMS = 300

_WORTH = 0.5
"""How much shorter a form must be to be worth a line."""


def shortest(expr: Expr, variable: Symbol) -> tuple[str, Expr]:
    """The shortest of: as it is, expanded, with the common factor out; and the name of the step that gives
    it."""
    terms = collected(expr)
    plain = _polished(terms, variable)
    candidates: list[tuple[float, str, Expr]] = [(cost(expr) - _WORTH, "", expr)]
    if plain is not None:
        candidates.append((cost(plain), "collect", plain))
        terms = collected(plain)
    if _may_expand(terms):
        spread = expanded(terms)
        if spread is not None:
            found = sum_of(_ordered(spread, variable))
            candidates.append((cost(found), "expand", found))
    factored = _factored_form(terms, variable)
    if factored is not None:
        bonus = 0.0
        if isinstance(_unsigned(factored), Product):
            bonus = 4 if any(_telling_factors(factored)) else _WORTH
        candidates.append((cost(factored) - bonus, "factor", factored))
    _, name, best = min(candidates, key=lambda c: c[0])
    if name == "factor" and not isinstance(_unsigned(best), Product):
        name = "collect"
    return name or "merge", best


def _may_expand(terms: list[Monomial]) -> bool:
    """Polynomials are multiplied out; a product that stands alone, or holds functions, is left as it is."""
    if any(_holds_function(k) for t in terms for k, _ in t.factors.values()):
        return False
    if len(terms) > 1:
        return True
    return (
        bool(terms)
        and all(isinstance(k, Sum) and e == 1 for k, e in terms[0].factors.values())
        and (len(terms[0].factors) == 1)
    )


def _holds_function(expr: Expr) -> bool:
    return any(isinstance(node, (Apply, Cases)) for node in walk(expr))


def _unsigned(expr: Expr) -> Expr:
    return expr.operand if isinstance(expr, Negative) else expr


def _telling_factors(expr: Expr) -> Iterator[bool]:
    """Whether a power of a sum, or an exponential, was taken out as a factor."""
    inner = _unsigned(expr)
    for factor in inner.factors if isinstance(inner, Product) else ():
        power_of_sum = isinstance(factor, Power) and isinstance(factor.base, Sum)
        yield power_of_sum or (isinstance(factor, Apply) and factor.function == "exp")


def _polished(terms: list[Monomial], variable: Symbol) -> Expr | None:
    """A lone product or quotient with each of its sums made shorter; None where nothing changes."""
    if len(terms) != 1:
        return None
    (term,) = terms
    found = Monomial(term.coefficient, {})
    changed = False
    for name, (base, exponent) in term.factors.items():
        if isinstance(base, Sum) and exponent.denominator == 1 and exponent > 0:
            better = shortest(base, variable)[1]
            changed = changed or better != base
            found = found.times(monomial(better).raised(exponent))
        else:
            found = found.times(Monomial(Fraction(1), {name: (base, exponent)}))
    return written(found) if changed else None


def cost(expr: Expr) -> float:
    """How long the formula looks."""
    text = latex(expr)
    fractions = text.count(r"\frac")
    text = re.sub(r"\\left|\\right|\\operatorname|\\mathrm|\\,", "", text)
    text = re.sub(r"\\[A-Za-z]+", "##", text)
    return len(re.sub(r"[{}\s^_]", "", text)) + fractions * 0.5 + (0.4 if isinstance(expr, Product) else 0)


def _factored_form(terms: list[Monomial], variable: Symbol) -> Expr | None:
    """content · (what is left), the latter expanded, and cancelled against the sums below the bar."""
    if not terms:
        return None
    if len(terms) == 1:
        return _cancelled_form(terms[0], variable)
    content = common_factor(terms)
    inverse = content.raised(Fraction(-1))
    inner = expanded([t.times(inverse) for t in terms])
    if inner is None or not inner:
        return None
    again = common_factor(inner)
    content = content.times(again)
    inverse = again.raised(Fraction(-1))
    inner = [t.times(inverse) for t in inner]
    content, inner = _cancelled(content, inner)
    inner = _ordered(inner, variable)
    if len(inner) == 1:
        return written(content.times(inner[0]))
    inside = sum_of(inner)
    whole = content.times(kernel(inside))
    split = lone_sum(whole)
    return (
        written(whole)
        if split is None or whole.coefficient > 0
        else sum_of([unit(-1).times(t) for t in inner])
    )


def _cancelled_form(term: Monomial, variable: Symbol) -> Expr | None:
    """A quotient whose sums above and below the bar have a common divisor, without it."""
    above = {n: f for n, f in term.factors.items() if _expandable(*f)}
    if not above or not any(isinstance(k, Sum) and e <= -1 for k, e in term.factors.values()):
        return None
    inner = expanded([Monomial(Fraction(1), above)])
    if inner is None:
        return None
    content = Monomial(term.coefficient, {n: f for n, f in term.factors.items() if n not in above})
    less, divided = _cancelled(content, inner)
    if less == content:
        return None
    return written(less.times(kernel(sum_of(_ordered(divided, variable)))))


def _ordered(terms: list[Monomial], variable: Symbol) -> list[Monomial]:
    """Polynomials by falling degree of the variable; anything else in order of appearance."""
    name = key(variable)
    if any(not isinstance(k, Symbol) for t in terms for k, _ in t.factors.values()):
        return terms
    return sorted(terms, key=lambda t: -t.factors[name][1] if name in t.factors else Fraction(0))


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
            term.coefficient, {n: (k, e) for n, (k, e) in term.factors.items() if not _expandable(k, e)}
        )
        product = [plain]
        for base, exponent in term.factors.values():
            if _expandable(base, exponent):
                inner = expanded(collected(base))
                if inner is None:
                    return None
                for _ in range(int(exponent)):
                    product = merged(a.times(b) for a in product for b in inner)
                    if len(product) > MAX_TERMS:
                        return None
        found += product
    return merged(found)


def _expandable(base: Expr, exponent: Fraction) -> bool:
    return isinstance(base, Sum) and exponent.denominator == 1 and exponent > 0


def _size(term: Monomial) -> int:
    """An upper bound for the number of terms once multiplied out."""
    size = 1
    for base, exponent in term.factors.values():
        if _expandable(base, exponent):
            assert isinstance(base, Sum)
            if exponent > MAX_TERMS:
                return MAX_TERMS + 1
            size *= comb(len(base.terms) + int(exponent) - 1, int(exponent))
    return size


def _cancelled(content: Monomial, inner: list[Monomial]) -> tuple[Monomial, list[Monomial]]:
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

    def polynomial(listed: list[Monomial], shift: bool) -> object:
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
    quotient, remainder = divmod(above, below)  # type: ignore[operator]
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
