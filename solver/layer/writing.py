"""From the normal form back to an expression as a lecturer writes it: common factors out, γ/(Nσ) first."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import gcd

from solver.layer.normal import UNIT, Monomial, Poly, add, monomial, multiply, shape_of, times
from solver.layer.shapes import ONE, SCALAR, Shape
from solver.layer.tree import (
    ColumnSums,
    Entrywise,
    Matrix,
    MatrixProduct,
    Name,
    Number,
    Power,
    Product,
    Quotient,
    RowSums,
    Size,
    Spread,
    Sum,
    Transpose,
    operands,
    rebuild,
)


@lru_cache(maxsize=50_000)
def size(node: Matrix) -> int:
    """How long an expression is to read: names and operations; the sign of a term counts nothing."""
    match node:
        case Product((Number(value), other)) if value == -1:
            return size(other)
        case Number(value):
            return 0 if value == -1 else 1
        case Sum(terms):
            return 1 + sum(size(term) for term in terms if term != Number(Fraction(1)))
    return 1 + sum(size(operand) for operand in operands(node))


def write(poly: Poly, shape: Shape) -> Matrix:
    """The shortest of: the terms as they stand, the common factors taken out, sums gathered first."""
    candidates = [_plain(poly)]
    if len(poly) > 1:
        shared = any(ONE not in a.shape and e > 0 for a, e in _common(poly)[0])
        apart = [factored(poly), factored(poly, everywhere=True)]
        candidates = apart if shared else [*apart, *candidates]
        candidates = [*_by_gradient(poly), *candidates]
        gathered = _gathered(poly)
        if gathered is not None:
            candidates += [factored(gathered), _plain(gathered)]
    best = min(candidates, key=size)
    return best if best.shape == shape else Spread(best, shape)


def _plain(poly: Poly) -> Matrix:
    terms = [term(mono, coefficient) for mono, coefficient in _positive_first(poly)]
    return terms[0] if len(terms) == 1 else Sum(tuple(terms)) if terms else Number(Fraction(0))


def _positive_first(poly: Poly) -> Sequence[tuple[Monomial, Fraction]]:
    """The first term that is added, then the others, short ones before long ones."""
    items = list(poly.items())
    first = next((i for i, (mono, c) in enumerate(items) if c > 0 and mono == UNIT), None)
    if first is None:
        first = next((i for i, (_, c) in enumerate(items) if c > 0), 0)
    others = items[:first] + items[first + 1 :]
    return [*items[first : first + 1], *sorted(others, key=lambda item: size(term(item[0], abs(item[1]))))]


def _by_gradient(poly: Poly) -> list[Matrix]:
    """dA ⊙ (1 − A²) + 2 dB ⊙ X: the terms of each gradient together, where there are several."""
    groups: dict[Matrix | None, Poly] = {}
    for mono, coefficient in poly.items():
        first = next((a for a, _ in mono if isinstance(a, Name) and a.name.startswith("d")), None)
        groups.setdefault(first, {})[mono] = coefficient
    if len(groups) == 1 or None in groups or len(groups) == len(poly):
        return []
    parts = [factored(group) if len(group) > 1 else _plain(group) for group in groups.values()]
    return [Sum(tuple(parts))]


# ---- one term ---------------------------------------------------------------------------------


def term(mono: Monomial, coefficient: Fraction) -> Matrix:
    """`-2/(N σ) γ ⊙ dY`: numbers, rows and columns over the denominator, whole matrices after."""
    above = [_powered(a, e) for a, e in mono if e > 0]
    below = [_powered(a, -e) for a, e in mono if e < 0]
    top = Fraction(abs(coefficient))
    if below and top.denominator != 1:
        below.insert(0, Number(Fraction(top.denominator)))
        top = Fraction(top.numerator)
    light = [a for a in above if ONE in a.shape and isinstance(_base(a), Name | Size | Number)]
    heavy = [a for a in above if a not in light]
    if below:
        whole = any(ONE not in b.shape for b in below)
        factors: list[Matrix] = []
        if whole:
            single = [b for b in below if b.shape == SCALAR]
            if single:
                factors.append(Quotient(Number(top), _product(single)))
                below, top = [b for b in below if b.shape != SCALAR], Fraction(1)
        if whole or (not light and top == 1 and len(heavy) == 1 and isinstance(heavy[0], Name)):
            light, heavy = [*light, *heavy], []
        upper = _product(([Number(top)] if top != 1 else []) + light)
        factors += [Quotient(upper, _product(below)), *heavy]
    else:
        factors = ([Number(top)] if top != 1 else []) + light + heavy
    if coefficient < 0:
        if factors and isinstance(factors[0], Number):
            factors[0] = Number(-factors[0].value)
        else:
            factors.insert(0, Number(Fraction(-1)))
    return _product(factors)


def _base(node: Matrix) -> Matrix:
    return node.base if isinstance(node, Power) else node


def _powered(node: Matrix, exponent: Fraction) -> Matrix:
    return node if exponent == 1 else Power(node, exponent)


def _product(factors: Sequence[Matrix]) -> Matrix:
    if not factors:
        return Number(Fraction(1))
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


# ---- common factors ---------------------------------------------------------------------------


def factored(poly: Poly, *, everywhere: bool = False) -> Matrix:
    """common · (the rest), where the rest is multiplied out again (x − t for x(1 − t) − t(1 − x)).

    A denominator of one term is brought under all of them, unless common factors must stand `everywhere`:
    then each is taken to the exponent that all terms have at least.
    """
    common, content = _common(poly)
    if everywhere:
        common = _everywhere(poly)
    inverse = tuple((a, -e) for a, e in common)
    rest: Poly = add(
        _opened({times(mono, inverse): coefficient / content}) for mono, coefficient in poly.items()
    )
    if len(rest) > len(poly) and not everywhere:  # multiplied out for nothing
        return factored(poly, everywhere=True)
    if len(rest) <= 1:
        return _plain({times(mono, common): c * content for mono, c in rest.items()})
    if all(c < 0 for c in rest.values()):
        rest, content = {m: -c for m, c in rest.items()}, -content
    body = _plain(rest)
    if not common and content == 1:
        return body
    return term(times(common, ((body, Fraction(1)),)), content)


def _everywhere(poly: Poly) -> Monomial:
    """The atoms of every term, to their exponents nearest to 0, where these have one sign."""
    powers = [dict(mono) for mono in poly]
    found: dict[Matrix, Fraction] = {}
    for node in powers[0]:
        exponents = [p.get(node, Fraction(0)) for p in powers]
        if all(e > 0 for e in exponents) or all(e < 0 for e in exponents):
            found[node] = min(exponents, key=abs)
    return monomial(found)


def _common(poly: Poly) -> tuple[Monomial, Fraction]:
    """The atoms to their least exponents, and the number that all terms share."""
    atoms = {a for mono in poly for a, _ in mono}
    least = {a: min(dict(mono).get(a, Fraction(0)) for mono in poly) for a in atoms}
    values = list(poly.values())
    sizes = {abs(v) for v in values}
    if len(sizes) == 1:
        content = sizes.pop()
    else:
        content = Fraction(gcd(*(v.numerator for v in values)))
        if any(v.denominator != 1 for v in values):
            content = Fraction(1)
    return monomial(least), content


def _opened(poly: Poly) -> Poly:
    """Sums to whole positive powers multiplied out."""
    ((mono, coefficient),) = poly.items()
    total: Poly = {tuple((a, e) for a, e in mono if not _opens(a, e)): coefficient}
    for inner, exponent in mono:
        if _opens(inner, exponent):
            assert isinstance(inner, Sum)
            for _ in range(int(exponent)):
                total = multiply(total, add(_term_poly(t) for t in inner.terms))
    return total


def _opens(node: Matrix, exponent: Fraction) -> bool:
    return isinstance(node, Sum) and exponent.denominator == 1 and 0 < exponent <= 2


def _term_poly(node: Matrix) -> Poly:
    """A term that `term` has written, back in normal form."""
    match node:
        case Number(value):
            return {UNIT: value} if value else {}
        case Product(factors):
            total: Poly = {UNIT: Fraction(1)}
            for factor in factors:
                total = multiply(total, _term_poly(factor))
            return total
        case Quotient(top, bottom):
            below = _term_poly(bottom)
            ((mono, coefficient),) = below.items()
            return multiply(_term_poly(top), {tuple((a, -e) for a, e in mono): 1 / coefficient})
        case Power(base, exponent):
            return {((base, exponent),): Fraction(1)}
    return {((node, Fraction(1)),): Fraction(1)}


# ---- sums of rows or columns gathered -----------------------------------------------------------


def _gathered(poly: Poly) -> Poly | None:
    """𝟏ᵀ(A ⊙ X) − t ⊙ 𝟏ᵀA as 𝟏ᵀ(A ⊙ (X − 𝟏t)); None where fewer than two sums can be put together."""
    for kind, axis in ((ColumnSums, 0), (RowSums, 1)):
        chosen: dict[Monomial, Poly] = {}
        for mono, coefficient in poly.items():
            sums = [(a, e) for a, e in mono if isinstance(a, kind)]
            if len(sums) != 1 or sums[0][1] != 1 or any(a.shape[axis] != ONE for a, _ in mono):
                continue
            found, outside = sums[0][0], tuple((a, e) for a, e in mono if a is not sums[0][0])
            assert isinstance(found, ColumnSums | RowSums)
            chosen[mono] = multiply({outside: coefficient}, _term_poly(found.operand))
        if len({a for mono in chosen for a, _ in mono if isinstance(a, kind)}) < 2:
            continue
        inner = add(chosen.values())
        gathered = _split_off(inner, axis, kind)
        return add([{m: c for m, c in poly.items() if m not in chosen}, gathered])
    return None


def _split_off(inner: Poly, axis: int, kind: type[ColumnSums] | type[RowSums]) -> Poly:
    """The sum of `inner`, its common factors that do not depend on the summed index outside."""
    common, content = _common(inner)
    outside = tuple((a, e) for a, e in common if a.shape[axis] == ONE)
    inverse = tuple((a, -e) for a, e in outside)
    body = {times(m, inverse): c / content for m, c in inner.items()}
    written = write(body, shape_of(body))
    return {times(outside, ((kind(written), Fraction(1)),)): content}


# ---- what the rules write -----------------------------------------------------------------------


def gathered_signs(node: Matrix) -> Matrix:
    """The same with its numbers in front: −A/B for (−A)/B, −(A 𝟏) for (−A) 𝟏; nothing else moves."""
    return numbers_in_front(rebuild(node, gathered_signs))


def numbers_in_front(node: Matrix) -> Matrix:
    """The same for the node alone, its operands being so already."""
    match node:
        case Product(factors):
            return _numbers_first(factors)
        case Quotient(top, bottom):
            number, inner = _number_apart(top)
            return _numbers_first((Number(number), Quotient(inner, bottom))) if number < 0 else node
        case ColumnSums(operand) | RowSums(operand) | Transpose(operand):
            number, inner = _number_apart(operand)
            return _numbers_first((Number(number), type(node)(inner))) if number != 1 else node
        case Spread(operand, to):
            number, inner = _number_apart(operand)
            return _numbers_first((Number(number), Spread(inner, to))) if number < 0 else node
        case MatrixProduct(left, right):
            first, a = _number_apart(left)
            second, b = _number_apart(right)
            if isinstance(a, Number) or isinstance(b, Number):
                return _numbers_first((Number(first * second), a, b))
            return (
                _numbers_first((Number(first * second), MatrixProduct(a, b))) if first * second != 1 else node
            )
    return node


def _number_apart(node: Matrix) -> tuple[Fraction, Matrix]:
    """The number in front of a product, and the rest."""
    match node:
        case Product((Number(value), *rest)) if rest:
            return value, _product(rest)
        case Number(value) if value < 0:
            return Fraction(-1), Number(-value)
    return Fraction(1), node


def _numbers_first(factors: Sequence[Matrix]) -> Matrix:
    number, others = Fraction(1), []
    for factor in factors:
        for inner in factor.factors if isinstance(factor, Product) else (factor,):
            if isinstance(inner, Number):
                number *= inner.value
            else:
                others.append(inner)
    return _product(([Number(number)] if number != 1 or not others else []) + others)


def is_bare(node: Matrix) -> bool:
    """A name, or a name times numbers: short enough to stand in other formulas."""
    match node:
        case Name() | Number() | Size():
            return True
        case Product(factors):
            return sum(f.shape != SCALAR for f in factors) <= 1 and all(is_bare(f) for f in factors)
        case Quotient(top, bottom):
            return is_bare(top) and is_bare(bottom) and bottom.shape == SCALAR
        case Spread(operand, _):
            return is_bare(operand)
        case Entrywise(_, names, _):
            return not names
    return False
