"""The last lines of a derivation: numbers merged, like terms collected, a common factor taken out.

Each rule gives the tidied expression or None where it changes nothing. Nothing large is expanded: the number
of terms is estimated first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import islice, pairwise
from math import comb, gcd, lcm

from solver.expression.latex import decimal_text, latex
from solver.expression.tree import (
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
    children,
    number,
    rebuild,
    symbols,
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
MERGE_NODES = 3_000
SHORTEN_NODES = 400
"""Larger results are left as the rules give them: tidying would cost more than it shows."""

_WORTH = 0.5
"""How much shorter a form must be to be worth a line."""

TIDYING = ("merge", "expand", "factor", "collect")
"""The names of the tidying steps."""


@dataclass(frozen=True, slots=True)
class Tidied:
    """A tidying step: its name and what it gives."""

    rule: str
    after: Expr


def tidy(expr: Expr, variable: Symbol, *, settled: bool = False) -> Iterator[Tidied]:
    """The steps from the raw result to the form a lecturer leaves on the board, each only if it changes
    something.

    With `settled` the form is one to keep (read off the table): only numbers are merged.
    """
    size = sum(1 for _ in islice(walk(expr), MERGE_NODES + 1))
    if size > MERGE_NODES:
        return
    decimal = has_decimal(expr)
    current = expr
    light = as_decimals(merge(current), decimal)
    if key(light) != key(current) or (light != current and misordered(current)):
        yield Tidied("merge", light)
        current = light
    if settled or size > SHORTEN_NODES:
        return
    if isinstance(current, Cases):
        branches = tuple((shortest(v, variable)[1], c) for v, c in current.branches)
        better: Expr = as_decimals(Cases(branches), decimal)
        if better != current:
            yield Tidied("collect", better)
        return
    name, found = shortest(current, variable)
    found = as_decimals(found, decimal)
    if found != current and key(found) != key(current):
        yield Tidied(name, found)


def misordered(expr: Expr) -> bool:
    """Whether a number stands after another factor, or a symbol after a sum: cos(3x) · 3."""
    if isinstance(expr, Product):
        ranks = [_place(f) for f in expr.factors]
        if any(a > b and (b == 0 or (b == 1 and a == 2)) for a, b in pairwise(ranks)):
            return True
    if isinstance(expr, (Sum, Product, Negative, Quotient)):
        return any(misordered(child) for child in children(expr))
    return False


def _place(factor: Expr) -> int:
    base = factor.base if isinstance(factor, Power) else factor
    if isinstance(base, Number):
        return 0
    return 1 if isinstance(base, Symbol) else 2 if isinstance(base, Sum) else 3


def merged_part(expr: Expr) -> Expr:
    """A part of a longer calculation with its numbers merged; a large one is left as it is."""
    if sum(1 for _ in islice(walk(expr), SHORTEN_NODES + 1)) > SHORTEN_NODES:
        return expr
    return as_decimals(merge(expr), has_decimal(expr))


def merge(expr: Expr) -> Expr:
    """2 · 3x · x = 6x^2, \\quad x + 0 = x: numbers and powers merged in each term, like terms added."""
    if isinstance(expr, Cases):
        return _cases(expr)
    pieces = _lone_cases(expr)
    if pieces is not None:
        return _cases(
            Cases(tuple((_replace(expr, pieces, value), condition) for value, condition in pieces.branches))
        )
    return sum_of(collected(expr))


def _cases(expr: Cases) -> Expr:
    branches: list[tuple[Expr, Condition | None]] = []
    for value, condition in expr.branches:
        inside = value if condition is None else _under(value, condition)
        if _divides_by_zero(inside) and not _divides_by_zero(value):
            continue  # the function is not defined on this piece
        branches.append((merge(inside), None if condition is None else solved(condition)))
    return Cases(tuple(branches)) if branches else expr


def _divides_by_zero(expr: Expr) -> bool:
    return any(isinstance(node, Quotient) and merge(node.denominator) == number(0) for node in walk(expr))


def _under(expr: Expr, condition: Condition) -> Expr:
    """|u| is u where u > 0 and −u where u < 0; likewise ReLU."""
    if isinstance(expr, Apply) and expr.function in ("abs", "relu") and condition.right == number(0):
        inner = expr.arguments[0]
        if inner == condition.left and condition.relation in (">", ">="):
            return inner
        if inner == condition.left and condition.relation in ("<", "<="):
            return Negative(inner) if expr.function == "abs" else number(0)
    return rebuild(expr, lambda child: _under(child, condition))


def _lone_cases(expr: Expr) -> Cases | None:
    """The one definition by pieces that stands in a term or factor of `expr`."""
    found: list[Cases] = []

    def look(node: Expr) -> None:
        if isinstance(node, Cases):
            if node not in found:
                found.append(node)
        elif isinstance(node, Sum):
            for term in node.terms:
                look(term)
        elif isinstance(node, Product):
            for factor in node.factors:
                look(factor)
        elif isinstance(node, Negative):
            look(node.operand)
        elif isinstance(node, Quotient):
            look(node.numerator)

    look(expr)
    return found[0] if len(found) == 1 else None


def _replace(expr: Expr, old: Expr, new: Expr) -> Expr:
    if expr == old:
        return new
    return rebuild(expr, lambda child: _replace(child, old, new))


_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}


def solved(condition: Condition) -> Condition:
    """2x + 1 < 0 is x < −1/2: an affine condition on one variable, solved for it."""
    gap = Sum((condition.left, Negative(condition.right)))
    names = symbols(gap)
    if len(names) != 1 or any(isinstance(node, (Apply, Cases)) for node in walk(gap)):
        return condition
    terms = expanded(collected(gap))
    if terms is None:
        return condition
    slope, constant = Fraction(0), Fraction(0)
    for term in terms:
        if not term.factors:
            constant = term.coefficient
        elif term.signature == kernel(names[0]).signature:
            slope = term.coefficient
        else:
            return condition
    if slope == 0:
        return condition
    bound = -constant / slope
    relation = condition.relation if slope > 0 else _FLIPPED[condition.relation]
    right: Expr = Number(bound) if bound >= 0 else Negative(Number(-bound))
    return Condition(names[0], relation, right)


# ---- the shortest of a few forms --------------------------------------------------------------


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


# ---- decimals ---------------------------------------------------------------------------------


def has_decimal(expr: Expr) -> bool:
    """Whether a number of the expression was written as a decimal."""
    return any(isinstance(node, Number) and node.decimal for node in walk(expr))


def as_decimals(expr: Expr, decimal: bool) -> Expr:
    """Numbers printed as decimals where they end, if the sheet writes decimals."""
    if not decimal:
        return expr
    if isinstance(expr, Number):
        return Number(expr.value, True) if decimal_text(abs(expr.value)) else expr
    if isinstance(expr, Quotient) and isinstance(expr.denominator, Number):
        share = 1 / expr.denominator.value if expr.denominator.value else Fraction(0)
        if share and decimal_text(abs(share)) is not None:
            return as_decimals(_scaled_tree(expr.numerator, share), True)
    return rebuild(expr, lambda child: as_decimals(child, True))


def _scaled_tree(expr: Expr, share: Fraction) -> Expr:
    """share · expr, the number in front."""
    if isinstance(expr, Number):
        return Number(expr.value * share, True)
    factors = expr.factors if isinstance(expr, Product) else (expr,)
    if isinstance(factors[0], Number):
        return Product((Number(factors[0].value * share, True), *factors[1:]))
    return Product((Number(share, True), *factors))
