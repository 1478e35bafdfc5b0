"""Sums of monomials over kernels: the working form of the last, tidying steps.

A monomial is c · k₁^e₁ · k₂^e₂ · … with a rational c and rational exponents; a kernel is anything that is
not a number,
a product or an integer power: a symbol, sin(x), √2, a parenthesised sum. Products of sums are not expanded
here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import mul

from solver.expression.evaluate import exact_value
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
    walk,
)
from solver.rules.keys import key
from solver.rules.shape import HALF, one_product, raised_tree, rank

_MAX_POWER_BITS = 4_000


@dataclass(frozen=True, slots=True)
class Monomial:
    """coefficient · Π kernel^exponent; `factors` maps the key of a kernel to the kernel and its exponent."""

    coefficient: Fraction
    factors: dict[str, tuple[Expr, Fraction]]

    @property
    def signature(self) -> tuple[tuple[str, Fraction], ...]:
        """What two like terms share."""
        return tuple(sorted((k, e) for k, (_, e) in self.factors.items()))

    def times(self, other: Monomial) -> Monomial:
        """The product, exponents of one kernel added; √2·√2 is 2."""
        factors = dict(self.factors)
        coefficient = self.coefficient * other.coefficient
        for name, (kernel, exponent) in other.factors.items():
            total = exponent + (factors[name][1] if name in factors else 0)
            if total == 0:
                factors.pop(name, None)
            else:
                factors[name] = (factors[name][0] if name in factors else kernel, total)
        return _settled(Monomial(coefficient, factors))

    def raised(self, power: Fraction) -> Monomial:
        """The power with a whole exponent."""
        return _settled(
            Monomial(
                self.coefficient**power.numerator,
                {name: (kernel, e * power) for name, (kernel, e) in self.factors.items()},
            )
        )


def unit(coefficient: Fraction | int) -> Monomial:
    """A number as a monomial."""
    return Monomial(Fraction(coefficient), {})


def kernel(expr: Expr, exponent: Fraction = Fraction(1)) -> Monomial:
    """One kernel to a power."""
    return Monomial(Fraction(1), {key(expr): (expr, exponent)})


def _settled(m: Monomial) -> Monomial:
    """Numbers and products that were under a root and came out to whole powers are multiplied in."""
    for name, (inner, exponent) in m.factors.items():
        compound = isinstance(inner, (Number, Product, Quotient, Power)) and not symbolic_power(inner)
        compound = compound and not (isinstance(inner, Number) and _long(inner))
        if not compound or exponent.denominator != 1:
            continue
        opened = monomial(inner)
        if name in opened.factors or opened.coefficient == 0:
            continue  # a division by zero, or a number too large to write out, stays closed
        rest = Monomial(m.coefficient, {n: f for n, f in m.factors.items() if n != name})
        return rest.times(opened.raised(exponent))
    return m


_LONG = 10**15


def _long(value: Number) -> bool:
    """Whether it is a decimal of so many places that it stays as it is given: the constants of SELU."""
    return value.decimal and value.value.denominator > _LONG


def symbolic_power(expr: Expr) -> bool:
    """Whether the exponent is no rational number."""
    return isinstance(expr, Power) and exact_value(expr.exponent) is None


def monomial(expr: Expr) -> Monomial:
    """The expression as one monomial; a sum of several terms is a kernel."""
    match expr:
        case Number(value):
            return kernel(expr) if _long(expr) else unit(value)
        case Negative(operand):
            return unit(-1).times(monomial(operand))
        case Product(factors):
            found = unit(1)
            for factor in factors:
                found = found.times(monomial(factor))
            return found
        case Quotient(top, bottom):
            below = monomial(bottom)
            if below.coefficient == 0:
                return kernel(expr)
            return monomial(top).times(below.raised(Fraction(-1)))
        case Power(base, exponent):
            return _power(base, exponent)
        case Sum():
            terms = collected(expr)
            if not terms:
                return unit(0)
            return terms[0] if len(terms) == 1 else kernel(sum_of(terms))
        case Apply():
            return _call(expr)
        case _:
            return kernel(expr)


def _power(base: Expr, exponent: Expr) -> Monomial:
    value = exact_value(exponent)
    if value is None:
        return _symbolic(base, exponent)
    inner = monomial(base)
    if inner.coefficient == 0:
        return unit(0) if value > 0 else kernel(Power(base, exponent))
    if value.denominator == 1:
        if _bits(inner.coefficient) * abs(value.numerator) > _MAX_POWER_BITS and abs(inner.coefficient) != 1:
            return kernel(Power(base, exponent))
        return inner.raised(value)
    return root(base, inner, value)


def root(base: Expr, inner: Monomial, exponent: Fraction) -> Monomial:
    """A fractional power: of one kernel its exponent, of a product the whole under the root."""
    if not inner.factors:
        exact = (
            exact_value(Power(number(inner.coefficient), number(exponent))) if inner.coefficient > 0 else None
        )
        return unit(exact) if exact is not None else kernel(base, exponent)
    if (
        exponent == HALF
        and inner.coefficient > 0
        and inner.coefficient.denominator == 1
        and all(isinstance(k, Constant) and e == 1 for k, e in inner.factors.values())
    ):
        found = root(number(inner.coefficient), unit(inner.coefficient), exponent)
        for constant, e in inner.factors.values():  # √(2π) is √2 √π, written under one root again
            found = found.times(kernel(constant, e * exponent))
        return found
    if inner.coefficient == 1 and len(inner.factors) == 1:
        ((only, e),) = inner.factors.values()
        if e == 1:
            return kernel(only, exponent)
    return kernel(written(inner), exponent)


def _symbolic(base: Expr, exponent: Expr) -> Monomial:
    """x^(2n − 1) is (x^n)² · x⁻¹, and (e^u)^v is e^(uv)."""
    if isinstance(base, Apply) and base.function == "exp":
        return _call(Apply("exp", (Product((*base.arguments, exponent)),)))
    if base == Constant("e"):
        return _call(Apply("exp", (exponent,)))
    if symbolic_power(base):
        return kernel(Power(base, exponent))
    found = unit(1)
    for term in collected(exponent):
        if not term.factors:
            found = found.times(_power(base, number(term.coefficient)))
            continue
        core = written(Monomial(Fraction(1), term.factors))
        found = found.times(kernel(Power(base, core), term.coefficient))
    return found


def _call(expr: Apply) -> Monomial:
    if expr.function == "exp":
        inner = monomial(expr.arguments[0])
        if inner.coefficient == 0:
            return unit(1)
        if not inner.factors:
            return kernel(expr) if inner.coefficient != 1 else kernel(Constant("e"))
        core = written(Monomial(Fraction(1), inner.factors))
        return kernel(Apply("exp", (core,)), inner.coefficient)
    if expr.function == "sqrt":
        return root(expr.arguments[0], monomial(expr.arguments[0]), HALF)
    if expr.function == "ln" and expr.arguments[0] == Constant("e"):
        return unit(1)
    if not any(isinstance(node, Symbol) for node in walk(expr)):
        value = exact_value(expr)
        if value is not None:
            return unit(value)
    return kernel(expr)


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def collected(expr: Expr) -> list[Monomial]:
    """The terms of a sum with like terms merged, in order of appearance."""
    return merged(_raw_terms(expr, 1))


def _raw_terms(expr: Expr, sign: int) -> Iterable[Monomial]:
    if isinstance(expr, Sum):
        for term in expr.terms:
            yield from _raw_terms(term, sign)
    elif isinstance(expr, Negative):
        yield from _raw_terms(expr.operand, -sign)
    else:
        found = unit(sign).times(monomial(expr))
        inner = lone_sum(found)
        if inner is None:
            yield found
        else:
            for term in inner.terms:
                yield from _raw_terms(term, int(found.coefficient))


def lone_sum(m: Monomial) -> Sum | None:
    """The sum s where the monomial is s or −s."""
    if abs(m.coefficient) != 1 or len(m.factors) != 1:
        return None
    ((only, exponent),) = m.factors.values()
    return only if isinstance(only, Sum) and exponent == 1 else None


def merged(terms: Iterable[Monomial]) -> list[Monomial]:
    """Like terms added up, terms that vanish left out."""
    found: dict[tuple[tuple[str, Fraction], ...], Monomial] = {}
    for term in terms:
        signature = term.signature
        if signature in found:
            old = found[signature]
            found[signature] = Monomial(old.coefficient + term.coefficient, old.factors)
        else:
            found[signature] = term
    return [t for t in found.values() if t.coefficient]


# ---- writing ----------------------------------------------------------------------------------


def sum_of(terms: Iterable[Monomial]) -> Expr:
    """The sum, written; a positive term goes first where two terms begin with a negative one."""
    listed = list(terms)
    if len(listed) == 2 and listed[0].coefficient < 0 < listed[1].coefficient:
        listed.reverse()
    parts = [written(t) for t in listed]
    if not parts:
        return number(0)
    return parts[0] if len(parts) == 1 else Sum(tuple(parts))


def written(m: Monomial) -> Expr:
    """The monomial as one writes it: number, symbols, sums, functions; negative powers below the bar."""
    top: list[tuple[int, Expr]] = []
    bottom: list[tuple[int, Expr]] = []
    roots: dict[int, list[Expr]] = {1: [], -1: []}
    for base, exponent in _gathered(m):
        place = rank(base)
        if isinstance(base, (Number, Constant)) and isinstance(exponent, Fraction) and abs(exponent) == HALF:
            roots[1 if exponent > 0 else -1].append(base)
        elif isinstance(base, Apply) and base.function == "exp" and isinstance(exponent, Fraction):
            core = base.arguments[0]
            inside = core if exponent == 1 else written(_scaled(core, exponent))
            top.append((place, Apply("exp", (inside,))))
        elif isinstance(exponent, Fraction):
            side = top if exponent > 0 else bottom
            side.append((place, raised_tree(base, abs(exponent))))
        else:
            top.append((place, Power(base, exponent)))
    for side, under in ((top, roots[1]), (bottom, roots[-1])):
        if under:
            value = reduce(mul, (base.value for base in under if isinstance(base, Number)), Fraction(1))
            constants = [base for base in under if isinstance(base, Constant)]
            inside = one_product([*([] if value == 1 and constants else [number(value)]), *constants])
            side.append((0, Apply("sqrt", (inside,))))
    size = abs(m.coefficient)
    numerator = [tree for _, tree in sorted(top, key=lambda pair: pair[0])]
    denominator = [tree for _, tree in sorted(bottom, key=lambda pair: pair[0])]
    lone = len(numerator) == 1 and isinstance(numerator[0], Sum) and rank(numerator[0]) == 4
    halved = size.numerator == 1 and numerator and not lone
    if denominator or halved:
        if size.numerator != 1 or not numerator:
            numerator.insert(0, number(size.numerator))
        if size.denominator != 1:
            denominator.insert(0, number(size.denominator))
    elif size != 1 or not numerator:
        numerator.insert(0, Number(size))
    found = one_product(numerator)
    if denominator:
        found = Quotient(found, one_product(denominator))
    return Negative(found) if m.coefficient < 0 else found


def _gathered(m: Monomial) -> list[tuple[Expr, Fraction | Expr]]:
    """Kernels with their exponents; x^n and x⁻¹ brought together as x^(n − 1)."""
    symbolic: dict[str, list[Monomial]] = {}
    for base, exponent in m.factors.values():
        if symbolic_power(base):
            assert isinstance(base, Power)
            symbolic.setdefault(key(base.base), []).append(_scaled(base.exponent, exponent))
    found: list[tuple[Expr, Fraction | Expr]] = []
    done: set[str] = set()
    for name, (base, exponent) in m.factors.items():
        if symbolic_power(base):
            assert isinstance(base, Power)
            name = key(base.base)
            if name in done:
                continue
            terms = symbolic[name]
            if name in m.factors and not symbolic_power(m.factors[name][0]):
                terms = [*terms, unit(m.factors[name][1])]
            found.append((base.base, sum_of(merged(terms))))
        elif name in symbolic:
            if name in done:
                continue
            terms = [*symbolic[name], unit(exponent)]
            found.append((base, sum_of(merged(terms))))
        else:
            found.append((base, exponent))
        done.add(name)
    return found


def _scaled(expr: Expr, factor: Fraction) -> Monomial:
    return unit(factor).times(monomial(expr))
