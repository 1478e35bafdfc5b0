"""Where saturation begins, solved on paper: |f′| = threshold, through f′ = p(f) or piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from solver.analysis.expansion import Undecided
from solver.analysis.model import Study
from solver.analysis.pieces import is_constant
from solver.analysis.relation import written_relation
from solver.analysis.surds import Surd, Unfit
from solver.analysis.values import Value, exact_value, rational_value, shortened
from solver.derivation.equality import Equality
from solver.expression.latex import latex
from solver.expression.tree import (
    Apply,
    Expr,
    Negative,
    Product,
    Quotient,
    Sum,
    Symbol,
    children,
    number,
    substitute,
)

_INVERSES = {"sigmoid": "ln(a/(1 - a))", "tanh": "1/2 ln((1 + a)/(1 - a))"}


@dataclass(frozen=True)
class Edge:
    """The equation `left` = threshold. With f′ = p(f): `roots` in a = f(x), `inverse` the x with f(x) = a
    where it is known. Without: `left` is in x. `ends` are the solutions, `decimals` their roundings."""

    left: str
    roots: str | None
    inverse: str | None
    ends: str
    decimals: str
    checks: tuple[Equality, ...]


def edge_of(s: Study) -> Edge | None:
    """None where no end is irrational with a short exact form, or where the equation is not of this shape."""
    found = _irrational(s)
    if not found:
        return None
    ends, decimals = _both(found)
    if s.relation is not None and len(s.relation.coefficients) == 3 and s.relation.coefficients[2]:
        return _by_relation(s, found, ends, decimals)
    try:
        rising = s.slope_image is not None and s.slope_image.low.value.compare(rational_value(0)) >= 0
    except Undecided:
        rising = False
    if not rising:  # |f′| = threshold would be two equations
        return None
    x = s.subject.variable
    for piece in s.slopes or ():
        inside = (piece.low is None or piece.low < found[0].low) and (
            piece.high is None or piece.high > found[-1].high
        )
        if inside and _once(piece.expression, x) and not is_constant(piece.expression, x):
            return Edge(latex(shortened(piece.expression)), None, None, ends, decimals, ())
    return None


def _irrational(s: Study) -> tuple[Value, ...]:
    ends = [v for z in s.zones or () for v in (z.low, z.high) if v is not None and v.rational is None]
    return tuple(ends) if all(v.short for v in ends) else ()


def _both(found: tuple[Value, ...]) -> tuple[str, str]:
    """±b in one where the ends are opposite."""
    if len(found) == 2 and found[0].opposite().latex == found[1].latex:
        return rf"\pm {found[1].latex}", rf"\pm {found[1].decimal(3)}"
    return r"\text{ ou } x = ".join(v.latex for v in found), r"\text{ ou } ".join(v.decimal(3) for v in found)


def _once(expr: Expr, x: Symbol) -> bool:
    """Whether the variable stands in one place only."""
    if expr == x:
        return True
    holders = [child for child in children(expr) if not is_constant(child, x)]
    return len(holders) == 1 and _once(holders[0], x)


def _by_relation(s: Study, found: tuple[Value, ...], ends: str, decimals: str) -> Edge | None:
    """a = middle ± half, both taken by f."""
    assert s.relation is not None
    c0, c1, c2 = s.relation.coefficients
    disc = c1**2 - 4 * c2 * (c0 - s.threshold)
    if disc <= 0 or len(found) != 2:
        return None
    middle = -c1 / (2 * c2)
    try:
        half = _root(disc / (4 * c2**2))
    except Unfit:
        return None
    if not all(_taken(s, Sum((number(middle), side))) for side in (half, Negative(half))):
        return None
    inverse, checks = _inverse(s)
    roots = rf"{latex(middle) if middle else ''} \pm {latex(half)}".strip()
    return Edge(latex(written_relation(s.relation, Symbol("a"))), roots, inverse, ends, decimals, checks)


def _root(square: Fraction) -> Expr:
    """√square as m√c/n."""
    root = Surd(square).root()
    size = root.b or root.a
    top: list[Expr] = [] if size.numerator == 1 and root.b else [number(size.numerator)]
    if root.b:
        top.append(Apply("sqrt", (number(root.c),)))
    whole = top[0] if len(top) == 1 else Product(tuple(top))
    return whole if size.denominator == 1 else Quotient(whole, number(size.denominator))


def _taken(s: Study, root: Expr) -> bool:
    """Whether the value lies strictly inside the image."""
    if s.image is None:
        return False
    try:
        value = exact_value(root)
        return s.image.low.value.compare(value) < 0 < s.image.high.value.compare(value)
    except Undecided:
        return False


def _inverse(s: Study) -> tuple[str | None, tuple[Equality, ...]]:
    """The x with f(x) = a, checked by putting it back."""
    from solver.derivation.check import same
    from solver.expression.reader import read_expression

    match s.subject.expression:
        case Apply(name, (argument,)) if argument == s.subject.variable and name in _INVERSES:
            back, t = read_expression(_INVERSES[name]), Symbol("t")
            return latex(back), (same(substitute(back, {"a": Apply(name, (t,))}), t),)
    return None, ()
