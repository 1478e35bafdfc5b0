"""Forms of a result: expanded, with its common factor out, cancelled; and which of them is the shortest.

Nothing large is expanded: the number of terms is estimated first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from solver.expression.evaluate import exact_value
from solver.expression.latex import latex
from solver.expression.tree import (
    Apply,
    Cases,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Sum,
    Symbol,
    number,
    walk,
)
from solver.rules.expansion import cancelled, common_factor, expanded, is_expandable
from solver.rules.keys import key
from solver.rules.monomials import (
    Monomial,
    collected,
    kernel,
    lone_sum,
    merged,
    monomial,
    sum_of,
    symbolic_power,
    unit,
    written,
)

_WORTH = 0.5
"""How much shorter a form must be to be worth a line."""
_TOLD = 6.0
"""What a cancelled fraction, or an identity used, is worth in length."""


def shortest(expr: Expr, variable: Symbol) -> tuple[str, Expr]:
    """The shortest of: as it is, expanded, with the common factor out; and the name of the step that gives
    it."""
    terms = collected(expr)
    candidates: list[tuple[float, str, Expr]] = [(cost(expr) - _WORTH, "", expr)]
    flat = [unnested(t) for t in terms]
    if any(a is not b for a, b in zip(flat, terms, strict=True)):
        terms = merged(flat)
        found = sum_of(terms)
        candidates.append((cost(found) - _WORTH, "collect", found))
    polished = _polished(terms, variable)
    if polished is not None:
        candidates.append((cost(polished.expr) - polished.bonus, polished.name, polished.expr))
        terms = collected(polished.expr)
    reduced = _reduced(terms)
    if reduced is not None:
        candidates.append((cost(reduced), "collect", reduced))
    if _may_expand(terms):
        spread = expanded(terms)
        if spread is not None:
            found = sum_of(_ordered(spread, variable))
            candidates.append((cost(found), "expand", found))
    made = _factored_form(terms, variable)
    if made is not None:
        factored, name, bonus = made.expr, made.name, made.bonus
        if isinstance(_unsigned(factored), Product):
            bonus = max(bonus, 4 if any(_telling_factors(factored)) else _WORTH)
        candidates.append((cost(factored) - bonus, name, factored))
    _, name, best = min(candidates, key=lambda c: c[0])
    if name == "factor" and not isinstance(_unsigned(best), Product):
        name = "collect"
    return name or "merge", best


@dataclass(frozen=True, slots=True)
class _Form:
    """A form of a result: the name of the step that gives it, and what it is worth beyond its length."""

    expr: Expr
    name: str = "factor"
    bonus: float = 0.0


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


def _polished(terms: list[Monomial], variable: Symbol) -> _Form | None:
    """A lone product or quotient with each of its sums made shorter; None where nothing changes."""
    if len(terms) != 1:
        return None
    (term,) = terms
    found = Monomial(term.coefficient, {})
    changed, told = False, False
    for name, (base, exponent) in term.factors.items():
        if isinstance(base, Sum) and exponent.denominator == 1 and exponent > 0:
            rule, better = shortest(base, variable)
            told = told or rule == "pythagoras"
            changed = changed or better != base
            found = found.times(monomial(better).raised(exponent))
        else:
            found = found.times(Monomial(Fraction(1), {name: (base, exponent)}))
    return _Form(written(found), "pythagoras" if told else "collect") if changed else None


def _reduced(terms: list[Monomial]) -> Expr | None:
    """A lone quotient with the numbers common to its sums above and below the bar divided out: 4x/(2x² + 4)
    is 2x/(x² + 2)."""
    if len(terms) != 1 or not any(isinstance(b, Sum) and e < 0 for b, e in terms[0].factors.values()):
        return None
    (term,) = terms
    found = Monomial(term.coefficient, {})
    for name, (base, exponent) in term.factors.items():
        inner = collected(base) if isinstance(base, Sum) and exponent.denominator == 1 else []
        share = abs(common_factor(inner).coefficient) if len(inner) > 1 else Fraction(1)
        if share.denominator == 1 and share > 1:
            left = kernel(sum_of([t.times(unit(1 / share)) for t in inner]), exponent)
            found = found.times(unit(share).raised(exponent)).times(left)
        else:
            found = found.times(Monomial(Fraction(1), {name: (base, exponent)}))
    made = written(found)
    return made if found.coefficient != term.coefficient or found.factors != term.factors else None


def cost(expr: Expr) -> float:
    """How long the formula looks."""
    text = latex(expr)
    fractions = text.count(r"\frac")
    text = re.sub(r"\\left|\\right|\\operatorname|\\mathrm|\\,", "", text)
    text = re.sub(r"\\[A-Za-z]+", "##", text)
    return len(re.sub(r"[{}\s^_]", "", text)) + fractions * 0.5 + (0.4 if isinstance(expr, Product) else 0)


def _factored_form(terms: list[Monomial], variable: Symbol) -> _Form | None:
    """content · (what is left), the latter expanded, and cancelled against the sums below the bar."""
    if not terms:
        return None
    if len(terms) == 1:
        return _cancelled_form(terms[0], variable)
    content = common_factor(terms)
    inverse = content.raised(Fraction(-1))
    inner = expanded([t.times(inverse) for t in terms])
    if not inner or _mixed_powers(inner) - _mixed_powers(terms):
        return None  # -3/x⁴ + 1/(2√x) is not (x^(7/2) - 6)/(2x⁴)
    return _assembled(content, inner, variable)


def _mixed_powers(terms: list[Monomial]) -> set[tuple[str, Fraction]]:
    """The powers such as x^(7/2), by name: a fractional exponent above 1."""
    return {(str(n), e) for t in terms for n, (_, e) in t.factors.items() if e.denominator != 1 and e > 1}


def _cancelled_form(term: Monomial, variable: Symbol) -> _Form | None:
    """A quotient whose sums above and below the bar have a common divisor, without it."""
    above = {n: f for n, f in term.factors.items() if is_expandable(*f)}
    if not above or not any(e < 0 for _, e in term.factors.values()):
        return None
    inner = expanded([Monomial(Fraction(1), above)])
    if not inner:
        return None
    content = Monomial(term.coefficient, {n: f for n, f in term.factors.items() if n not in above})
    found = _assembled(content, inner, variable)
    return found if found.bonus else None


def _assembled(content: Monomial, inner: list[Monomial], variable: Symbol) -> _Form:
    """content · inner, once identities, a common factor and common divisors have made the latter shorter."""
    shorter = pythagorean(inner)
    name, bonus = ("factor", 0.0) if len(shorter) == len(inner) else ("pythagoras", _TOLD)
    inner = shorter
    again = common_factor(inner) if inner else unit(1)
    content, inverse = content.times(again), again.raised(Fraction(-1))
    less, inner = cancelled(content, [t.times(inverse) for t in inner])
    if less != content:
        again = common_factor(inner)
        inner = [t.times(again.raised(Fraction(-1))) for t in inner]
        bonus, content = _TOLD, less.times(again)
    inner = _ordered(inner, variable)
    if len(inner) <= 1:
        return _Form(written(content.times(inner[0])) if inner else number(0), name, bonus)
    whole = content.times(kernel(sum_of(inner)))
    split = lone_sum(whole)
    if split is None or whole.coefficient > 0:
        return _Form(_signed_well(whole, content, inner, variable), name, bonus)
    return _Form(sum_of([unit(-1).times(t) for t in inner]), name, bonus)


def _signed_well(whole: Monomial, content: Monomial, inner: list[Monomial], variable: Symbol) -> Expr:
    """content · inner with the sign where it is shorter: (x - 2) e^(-x), not -(2 - x) e^(-x)."""
    found = written(whole)
    if whole.coefficient > 0:
        return found
    flipped = sum_of(_ordered(sorted((unit(-1).times(t) for t in inner), key=_sinks), variable))
    other = written(unit(-1).times(content).times(kernel(flipped)))
    return other if cost(other) < cost(found) else found


def _sinks(term: Monomial) -> bool:
    """Whether the term has a minus sign: such terms do not come first."""
    return term.coefficient < 0


def unnested(term: Monomial) -> Monomial:
    """1/(1 + 1/x²) as x²/(x² + 1): the fractions inside its sums brought below one bar."""
    found = Monomial(term.coefficient, {})
    changed = False
    if any(symbolic_power(base) for base, _ in term.factors.values()):
        return term  # x^x (ln x + 1/x) is not x^(x − 1) (x ln x + 1)
    for name, (base, exponent) in term.factors.items():
        inner = [unnested(t) for t in collected(base)] if isinstance(base, Sum) else []
        outside = denominator(inner) if len(inner) > 1 else None
        share = None if outside is None else _raised(outside, exponent)
        if outside is None or share is None:
            found = found.times(Monomial(Fraction(1), {name: (base, exponent)}))
            continue
        changed = True
        inverse = outside.raised(Fraction(-1))
        left = sum_of([t.times(inverse) for t in inner])
        whole = monomial(left).raised(exponent) if exponent.denominator == 1 else kernel(left, exponent)
        found = found.times(share).times(whole)
    return found if changed else term


def denominator(terms: list[Monomial]) -> Monomial | None:
    """1/d where d is the least common denominator of the terms (no exponentials); None where d is 1."""
    whole = common_factor(terms)
    factors = {
        n: (k, e)
        for n, (k, e) in whole.factors.items()
        if e < 0 and not (isinstance(k, Apply) and k.function == "exp")
    }
    coefficient = Fraction(1, whole.coefficient.denominator)
    return Monomial(coefficient, factors) if factors or coefficient != 1 else None


def _raised(outside: Monomial, exponent: Fraction) -> Monomial | None:
    """The factor to the power that its sum has; a root is only taken of a number, and only exactly."""
    if exponent.denominator == 1:
        return outside.raised(exponent)
    root = exact_value(Power(Number(outside.coefficient), Number(exponent)))
    return None if outside.factors or root is None else unit(root)


_SQUARES = (("sin", "cos", 1), ("cosh", "sinh", -1))


def pythagorean(terms: list[Monomial]) -> list[Monomial]:
    """m cos²u + m sin²u = m, \\quad m cosh²u - m sinh²u = m"""
    for index, term in enumerate(terms):
        for base, exponent in term.factors.values():
            for first, second, sign in _SQUARES:
                if not isinstance(base, Apply) or base.function != first or exponent < 2:
                    continue
                rest = term.times(kernel(base, Fraction(-2)))
                other = rest.times(kernel(Apply(second, base.arguments), Fraction(2)))
                for place, candidate in enumerate(terms):
                    same = candidate.signature == other.signature
                    if same and candidate.coefficient == sign * other.coefficient:
                        left = [t for k, t in enumerate(terms) if k not in (index, place)]
                        return pythagorean(merged([rest, *left]))
    return terms


def _ordered(terms: list[Monomial], variable: Symbol) -> list[Monomial]:
    """Polynomials by falling degree of the variable; anything else in order of appearance."""
    name = key(variable)
    if any(not isinstance(k, Symbol) for t in terms for k, _ in t.factors.values()):
        return terms
    return sorted(terms, key=lambda t: -t.factors[name][1] if name in t.factors else Fraction(0))
