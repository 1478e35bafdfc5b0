"""Descents that are linear recurrences (quadratic f; plain, momentum or Nesterov steps): their fate by
eigenvalues.

The state (w, v, 1) is multiplied by a rational matrix at each step. The minimal polynomial of that matrix on
the first state has for roots exactly the eigenvalues that the run meets: it decides, and gives the limit.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from flint import arb, ctx, fmpq_mat, fmpq_poly, fmpz_poly

from solver.descent.polynomial import fraction, rational
from solver.expression.tree import Expr, Negative, Number, Power, Product, Quotient, Sum, Symbol

LONGEST_ORDER = 60


@dataclass(frozen=True)
class LinearVerdict:
    """The fate of s ↦ A s: `polynomial` is the minimal polynomial met, `radius` the largest |μ| besides μ =
    1.
    """

    behaviour: str
    limit: tuple[Fraction, ...] | None
    period: int | None
    polynomial: fmpq_poly
    radius: float
    outside: bool = False
    """Whether a modulus is above 1."""


def transition(
    hessian: fmpq_mat, offset: list[Fraction], method: str, rate: Fraction, beta: Fraction
) -> fmpq_mat:
    """The matrix of one step on (w, v, 1), where the gradient is H w + c."""
    n = hessian.nrows()
    width = 2 * n + 1
    a, b = rational(rate), rational(beta)
    rows = [[rational(Fraction(0))] * width for _ in range(width)]
    for i in range(n):
        gradient = [hessian[i, j] for j in range(n)]
        constant = rational(offset[i])
        remembered = b if method != "gd" else rational(Fraction(0))
        velocity = [*gradient, *([rational(Fraction(0))] * n), constant]
        velocity[n + i] = velocity[n + i] + remembered
        plain = [*gradient, *([rational(Fraction(0))] * n), constant]
        used = velocity
        if method == "nesterov":
            used = [p + b * v for p, v in zip(plain, velocity, strict=True)]
        rows[i] = [-a * u for u in used]
        rows[i][i] = rows[i][i] + 1
        rows[n + i] = velocity
    rows[-1][-1] = rational(Fraction(1))
    return fmpq_mat(rows)


def minimal_polynomial(matrix: fmpq_mat, state: fmpq_mat) -> fmpq_poly:
    """The monic p of least degree with p(A) s = 0."""
    vectors = [state]
    while True:
        following = matrix * vectors[-1]
        columns = fmpq_mat([[v[i, 0] for v in vectors] for i in range(state.nrows())])
        augmented = fmpq_mat([[*(v[i, 0] for v in vectors), following[i, 0]] for i in range(state.nrows())])
        if columns.rank() == augmented.rank():
            reduced, _ = augmented.rref()
            size = len(vectors)
            return fmpq_poly([*(-reduced[i, size] for i in range(size)), 1])
        vectors.append(following)


def decide_linear(matrix: fmpq_mat, start: tuple[Fraction, ...]) -> LinearVerdict | None:
    """The fate of the first coordinates from `start` with no velocity; None where a modulus could not be
    decided.
    """
    width = matrix.nrows()
    column = [*(rational(x) for x in start), *([rational(Fraction(0))] * (width - len(start) - 1))]
    state = fmpq_mat([[x] for x in column] + [[rational(Fraction(1))]])
    poly = minimal_polynomial(matrix, state)
    _, factors = poly.numer().factor()
    radius, period, grows, turns, outside = 0.0, 1, False, False, False
    for factor, multiplicity in factors:
        if factor.degree() < 1:
            continue
        if factor == fmpz_poly([-1, 1]):
            grows = grows or multiplicity > 1
            continue
        order = _order(factor)
        if order is not None:
            grows, turns = grows or multiplicity > 1, True
            period = lcm(period, order)
            radius = max(radius, 1.0)
            continue
        size = _modulus(factor)
        if size is None:
            return None
        radius = max(radius, size[1])
        if size[0] > 0:
            grows = outside = True
        elif size[0] == 0:
            grows, turns, period = grows or multiplicity > 1, True, 0
    if grows:
        return LinearVerdict("diverges", None, None, poly, radius, outside)
    if turns:
        return LinearVerdict("oscillates", None, period or None, poly, radius)
    rest = poly // fmpq_poly([-1, 1])
    total = fmpq_mat([[0] for _ in range(width)])
    power = state
    for c in rest.coeffs():
        total = total + power * c
        power = matrix * power
    scale = rest(1)
    limit = tuple(fraction(total[i, 0] / scale) for i in range(len(start)))
    return LinearVerdict("converges", limit, None, poly, radius)


def _order(factor: fmpz_poly) -> int | None:
    """The order of the roots where they are roots of unity other than 1."""
    degree = factor.degree()
    if abs(int(factor[degree])) != 1 or abs(int(factor[0])) != 1:
        return None
    poly = fmpq_poly(factor)
    for n in range(2, LONGEST_ORDER):
        unity = fmpq_poly([-1] + [0] * (n - 1) + [1])
        if unity % poly == 0:
            return n
    return None


def _modulus(factor: fmpz_poly) -> tuple[int, float] | None:
    """(sign of the largest |root| − 1, that modulus); sign 0 where the roots are proved to lie on the
    circle.
    """
    coefficients = [int(c) for c in factor.coeffs()]
    palindrome = coefficients in (coefficients[::-1], [-c for c in coefficients[::-1]])
    for bits in (128, 512, 2048):
        with ctx.workprec(bits):
            sizes = [abs(r) for r, _ in factor.complex_roots()]
            largest = max(float(s.mid()) for s in sizes)
            if any(s > 1 for s in sizes):
                return 1, largest
            if all(s < 1 for s in sizes):
                return -1, largest
            if palindrome and factor.degree() == 2 and all(s.overlaps(arb(1)) for s in sizes):
                return 0, 1.0  # a pair of conjugate roots with product 1
    return None


def signature(hessian: fmpq_mat) -> tuple[int, int]:
    """How many eigenvalues of a symmetric matrix are positive, and negative (Descartes' rule: all are
    real).
    """
    coefficients = [fraction(c) for c in hessian.charpoly().coeffs()]
    n = len(coefficients) - 1
    zeros = next(i for i, c in enumerate(coefficients) if c != 0)

    def variations(values: list[Fraction]) -> int:
        kept = [v > 0 for v in values if v != 0]
        return sum(x != y for x, y in itertools.pairwise(kept))

    positive = variations(coefficients)
    return positive, n - zeros - positive


# ---- quadratic functions -----------------------------------------------------------------------

Monomials = dict[tuple[int, ...], Fraction]
MAX_TERMS = 400


def read_quadratic(expr: Expr, names: tuple[str, ...]) -> tuple[fmpq_mat, list[Fraction]] | None:
    """The Hessian H and the vector c with ∇f = H w + c, where f is a polynomial of degree at most 2; else
    None.
    """
    found = monomials(expr, names)
    if found is None or any(sum(key) > 2 for key in found):
        return None
    n = len(names)

    def unit(*places: int) -> tuple[int, ...]:
        return tuple(places.count(i) for i in range(n))

    rows = [
        [rational(found.get(unit(i, j), Fraction(0)) * (2 if i == j else 1)) for j in range(n)]
        for i in range(n)
    ]
    return fmpq_mat(rows), [found.get(unit(i), Fraction(0)) for i in range(n)]


def monomials(expr: Expr, names: tuple[str, ...]) -> Monomials | None:
    """A polynomial in these names as coefficients by exponents; None for anything else."""
    zero = (0,) * len(names)
    match expr:
        case Number(value):
            return {zero: value} if value else {}
        case Symbol(name) if name in names:
            return {tuple(int(name == other) for other in names): Fraction(1)}
        case Negative(operand):
            inner = monomials(operand, names)
            return None if inner is None else {key: -c for key, c in inner.items()}
        case Sum(terms):
            total: Monomials = {}
            for term in terms:
                part = monomials(term, names)
                if part is None:
                    return None
                for key, c in part.items():
                    total[key] = total.get(key, Fraction(0)) + c
            return {key: c for key, c in total.items() if c}
        case Product(factors):
            return _product([monomials(factor, names) for factor in factors], zero)
        case Quotient(numerator, denominator):
            top, bottom = monomials(numerator, names), monomials(denominator, names)
            if top is None or bottom is None or set(bottom) != {zero}:
                return None
            return {key: c / bottom[zero] for key, c in top.items()}
        case Power(base, exponent):
            power = monomials(exponent, names)
            if power is None or not set(power) <= {zero}:
                return None
            n = power.get(zero, Fraction(0))
            if n.denominator != 1 or not 0 <= n <= 8:
                return None
            return _product([monomials(base, names)] * int(n), zero)
        case _:
            return None


def _product(parts: list[Monomials | None], zero: tuple[int, ...]) -> Monomials | None:
    total: Monomials = {zero: Fraction(1)}
    for part in parts:
        if part is None or len(total) * len(part) > MAX_TERMS:
            return None
        product: Monomials = {}
        for a, x in total.items():
            for b, y in part.items():
                key = tuple(i + j for i, j in zip(a, b, strict=True))
                product[key] = product.get(key, Fraction(0)) + x * y
        total = {key: c for key, c in product.items() if c}
    return total
