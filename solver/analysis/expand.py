"""Expansions of expressions: each operation and function turned into terms with an explicit remainder."""

from __future__ import annotations

from fractions import Fraction
from math import factorial
from typing import Any

from solver.analysis.expansion import (
    LINEAR,
    ONE,
    TERMS,
    UNIT,
    Expansion,
    Exponent,
    Monomial,
    Undecided,
    add,
    compose,
    constant_term,
    exact_number,
    gather,
    multiply,
    normalised,
    number_ball,
    number_tree,
    raised,
    rational_of,
    scaled,
    shifted,
    sympy_module,
    whole,
)
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


def expand(expr: Expr, variable: Symbol, direction: int, tail: int) -> Expansion:
    """The expansion of a kink-free expression as direction·x → +∞ (direction 1 or −1), true for |x| ≥ tail.

    For direction −1 the monomials are in −x. Raises Undecided where none is found.
    """
    if direction < 0:
        expr = substitute(expr, {variable.name: Negative(variable)})
    return _expand(expr, variable.name, tail)


def _expand(expr: Expr, name: str, tail: int) -> Expansion:
    if name not in {s.name for s in symbols(expr)}:
        return constant_term(exact_number(expr), tail)

    def inner(e: Expr) -> Expansion:
        return _expand(e, name, tail)

    match expr:
        case Symbol():
            return Expansion(((ONE, (Fraction(0), Fraction(0), Fraction(1))),), None, tail)
        case Sum(terms):
            found = inner(terms[0])
            for term in terms[1:]:
                found = add(found, inner(term))
            return found
        case Negative(operand):
            return scaled(inner(operand), -ONE)
        case Product(factors):
            found = inner(factors[0])
            for factor in factors[1:]:
                found = multiply(found, inner(factor))
            return found
        case Quotient(numerator, denominator):
            return multiply(inner(numerator), _power(inner(denominator), Fraction(-1)))
        case Power(Constant("e"), exponent):
            return _exponential(inner(exponent))
        case Power(base, Number(value)):
            return _power(inner(base), value)
        case Apply(function, (argument,)):
            return _function(function, inner(argument))
    raise Undecided


def _function(function: str, u: Expansion) -> Expansion:
    unit = constant_term(ONE, u.tail)
    match function:
        case "exp":
            return _exponential(u)
        case "ln" | "log":
            return _logarithm(u)
        case "sqrt":
            return _power(u, Fraction(1, 2))
        case "sigmoid":
            return _power(add(unit, _exponential(scaled(u, -ONE))), Fraction(-1))
        case "tanh":
            # 1 − 2/(1 + e^{2u}) for any limit of u
            inverse = _power(add(unit, _exponential(scaled(u, 2 * ONE))), Fraction(-1))
            return add(unit, scaled(inverse, -2 * ONE))
        case "sinh" | "cosh":
            back = scaled(_exponential(scaled(u, -ONE)), (1 if function == "cosh" else -1) * ONE / 2)
            return add(scaled(_exponential(u), ONE / 2), back)
        case "abs":
            return u if u.sign >= 0 else scaled(u, -ONE)
        case "relu":
            return u if u.sign > 0 else constant_term(ONE * 0, u.tail)
        case "atan":
            return _arctangent(u)
        case "erf":
            return _error_function(u)
    raise Undecided


def _power(u: Expansion, exponent: Fraction) -> Expansion:
    """(c m (1 + t))^r = c^r m^r (1 + t)^r by the binomial series, with its remainder."""
    if exponent.denominator == 1 and 0 <= exponent <= 12:
        found = constant_term(ONE, u.tail)
        for _ in range(int(exponent)):
            found = multiply(found, u)
        return found
    if exponent < -1 and exponent.denominator == 1 and exponent >= -12:
        return _power(_power(u, Fraction(-1)), -exponent)
    if abs(exponent) > 1:
        raise Undecided
    lead, small = normalised(u)
    coefficient, monomial = lead
    if exponent != -1 and not number_ball(coefficient) > 0:
        raise Undecided
    binomials = [Fraction(1)]
    for k in range(1, TERMS + 1):
        binomials.append(binomials[-1] * (exponent - k + 1) / k)
    series = compose(binomials, lambda r: 1 / (1 - r), small)  # |binomial(r, k)| ≤ 1 for |r| ≤ 1
    found = scaled(series, raised(coefficient, exponent))
    a, b, p = (whole(part * exponent) for part in monomial)
    return shifted(found, (a, b, p))


def _exponential(u: Expansion) -> Expansion:
    """exp(a x² + b x + c + t) = e^c e^{a x² + b x} (1 + t + t²/2 + …), t → 0."""
    a = b = Fraction(0)
    constant = ONE * 0
    small = []
    for coefficient, monomial in u.terms:
        if monomial < UNIT:
            small.append((coefficient, monomial))
        elif monomial == UNIT:
            constant = coefficient
        elif (
            monomial[:2] == UNIT[:2]
            and monomial[2] in (1, 2)
            and (value := rational_of(coefficient)) is not None
        ):
            a, b = (value, b) if monomial[2] == 2 else (a, value)
        else:
            raise Undecided
    if u.remainder is not None and u.remainder[0] >= UNIT:
        raise Undecided
    series = [Fraction(1, factorial(k)) for k in range(TERMS + 1)]
    found = compose(series, lambda r: r.exp() / factorial(TERMS + 1), gather(small, [u.remainder], u.tail))
    factor = ONE if constant == 0 else sympy_module().exp(constant)
    return shifted(scaled(found, factor), (whole(a), whole(b), 0))


def _logarithm(u: Expansion) -> Expansion:
    """ln(c e^{a x² + b x} (1 + t)) = a x² + b x + ln c + t − t²/2 + …"""
    (coefficient, monomial), small = normalised(u)
    if monomial[2] != 0 or not number_ball(coefficient) > 0:
        raise Undecided
    series = [Fraction(0)] + [Fraction((-1) ** (k + 1), k) for k in range(1, TERMS + 1)]
    found = compose(series, lambda r: 1 / ((TERMS + 1) * (1 - r)), small)
    parts = [
        (Fraction(monomial[0]), (0, 0, 2)),
        (Fraction(monomial[1]), LINEAR),
        (Fraction(0) if coefficient == 1 else sympy_module().log(coefficient), UNIT),
    ]
    return add(gather(parts, [], u.tail), found)


def _arctangent(u: Expansion) -> Expansion:
    """atan u = ±π/2 − 1/u + 1/(3u³) − … for u → ±∞; the series in u for u → 0."""
    series = [Fraction(0 if k % 2 == 0 else (-1) ** (k // 2), max(1, k)) for k in range(TERMS + 1)]
    if not u.terms or u.terms[0][1] < UNIT:
        return compose(series, lambda r: 1 / (1 - r), u)
    if u.terms[0][1] == UNIT:
        raise Undecided
    half = sympy_module().pi / 2 * u.sign
    inverse = compose(series, lambda r: 1 / (1 - r), _power(u, Fraction(-1)))
    return add(constant_term(half, u.tail), scaled(inverse, -ONE))


def _error_function(u: Expansion) -> Expansion:
    """erf u = ±1 − e^{−u²}/(u√π) (1 − 1/(2u²) + θ·3/(4u⁴)), 0 ≤ θ ≤ 1, for u = c x."""
    if len(u.terms) != 1 or u.remainder is not None or u.terms[0][1] != LINEAR:
        raise Undecided
    sympy = sympy_module()
    c = u.terms[0][0]
    square = rational_of(c**2)
    if square is None:
        raise Undecided
    decay = whole(-square)
    sign = 1 if number_ball(c) > 0 else -1
    scale = -1 / (c * sympy.sqrt(sympy.pi))
    terms = [
        (sign * ONE, UNIT),
        (scale, (decay, 0, -1)),
        (-scale / (2 * square), (decay, 0, -3)),
    ]
    rest = (decay, 0, -5), abs(number_ball(3 * scale / (4 * square**2)))
    return Expansion(tuple(terms), rest, u.tail)


# ---- back to the written form -----------------------------------------------------------------


def written(coefficient: Any, monomial: Monomial, variable: Symbol, direction: int) -> Expr:
    """The term as an expression in x: for direction −1 the monomial is in −x."""
    a, b, p = monomial
    factor = coefficient
    base: Expr = variable
    if direction < 0:
        b = -b
        if p.denominator == 1:
            factor = factor * (-1) ** abs(int(p))
        else:
            base = Negative(variable)
    sign = -1 if number_ball(factor) < 0 else 1
    factor = factor * sign
    top: list[Expr] = []
    bottom: list[Expr] = []
    if p > 0:
        top.append(base if p == 1 else Power(base, number(p)))
    elif p < 0:
        bottom.append(base if p == -1 else Power(base, number(-p)))
    exponents: list[Expr] = []
    rates: tuple[tuple[Exponent, int], ...] = ((a, 2), (b, 1))
    for rate, degree in rates:
        if rate:
            x = variable if degree == 1 else Power(variable, number(2))
            steep = -rate if rate < 0 else rate
            size: Expr = Product((number(steep), x))
            if steep.numerator == 1:
                size = x if steep == 1 else Quotient(x, number(steep.denominator))
            exponents.append(Negative(size) if rate < 0 else size)
    if exponents:
        top.append(Apply("exp", (exponents[0] if len(exponents) == 1 else Sum(tuple(exponents)),)))
    if bottom:
        ratio = rational_of(factor)
        factor, below = factor.as_numer_denom() if ratio is None else ratio.as_integer_ratio()
        if below != 1:
            bottom.insert(0, number_tree(below))
    if factor != 1 or not top:
        top.insert(0, number_tree(factor))
    found: Expr = top[0] if len(top) == 1 else Product(tuple(top))
    if bottom:
        found = Quotient(found, bottom[0] if len(bottom) == 1 else Product(tuple(bottom)))
    return Negative(found) if sign < 0 else found
