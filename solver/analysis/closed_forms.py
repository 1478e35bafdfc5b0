"""The solutions of f(x) = target that a lecturer would write, by undoing one operation after another."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import prod
from typing import Any, Protocol

from solver.analysis.pieces import is_constant
from solver.analysis.relation import _polynomial, _replace
from solver.analysis.surds import Logarithm, Surd, Unfit, surd
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
    children,
    rebuild,
    symbols,
    walk,
)


def closed_forms(
    expr: Expr, target: Fraction, x: Symbol, near: tuple[Fraction, Fraction]
) -> tuple[Expr, ...]:
    """Candidates for the solution of expr = target in `near`, by undoing one operation after another.

    They are candidates only: the caller keeps those that fall into a proved enclosure.
    """
    try:
        return _candidates(expr, target, x, near, _Surds())
    except Unfit:
        return _candidates(expr, target, x, near, _Sympy())


class _Numbers(Protocol):
    """Exact numbers with + − × ÷, and what else is done with them."""

    def rational(self, value: Fraction | int) -> Any: ...
    def constant(self, expr: Expr) -> Any: ...
    def size(self, value: Any) -> float:
        """About how large it is, to choose a branch; nan where it is not real."""

    def log(self, value: Any) -> Any: ...
    def log_ratio(self, top: Any, bottom: Any) -> Any: ...
    def exp(self, value: Any) -> Any: ...
    def root(self, value: Any, exponent: Fraction) -> Any:
        """value^exponent for value > 0."""

    def written(self, value: Any) -> Expr: ...


class _Surds:
    """Numbers a + b√c and their logarithms; Unfit where the way leads elsewhere."""

    def rational(self, value: Fraction | int) -> Any:
        return Surd(Fraction(value))

    def constant(self, expr: Expr) -> Any:
        return surd(expr)

    def size(self, value: Any) -> float:
        return float(value)

    def log(self, value: Any) -> Any:
        return Logarithm(Fraction(1), _surd(value))

    def log_ratio(self, top: Any, bottom: Any) -> Any:
        return self.log(top / bottom)

    def exp(self, value: Any) -> Any:
        raise Unfit

    def root(self, value: Any, exponent: Fraction) -> Any:
        if exponent != Fraction(1, 2):
            raise Unfit
        return _surd(value).root()

    def written(self, value: Any) -> Expr:
        if not isinstance(value, Logarithm):
            raise Unfit
        return value.written()


def _surd(value: Any) -> Surd:
    if not isinstance(value, Surd):
        raise Unfit
    return value


class _Sympy:
    """All that SymPy knows."""

    def __init__(self) -> None:
        import sympy

        self.sympy: Any = sympy

    def rational(self, value: Fraction | int) -> Any:
        return self.sympy.Rational(value.numerator, value.denominator)

    def constant(self, expr: Expr) -> Any:
        from solver.expression.bridge import to_sympy

        return to_sympy(expr)

    def size(self, value: Any) -> float:
        try:
            return float(value.evalf(20))
        except TypeError:
            return float("nan")

    def log(self, value: Any) -> Any:
        return self.sympy.log(value)

    def log_ratio(self, top: Any, bottom: Any) -> Any:
        return self.sympy.log(top / bottom, evaluate=False)

    def exp(self, value: Any) -> Any:
        return self.sympy.exp(value)

    def root(self, value: Any, exponent: Fraction) -> Any:
        return value ** self.rational(exponent)

    def written(self, value: Any) -> Expr:
        from solver.expression.bridge import from_sympy

        return _integer_first(from_sympy(self._readable(value)))

    def _readable(self, value: Any) -> Any:
        """ln(49 − 20√6) written −ln(49 + 20√6), ½ ln(a + b√c) with the root taken where it comes out."""
        sympy = self.sympy
        factor, logarithm = value.as_independent(sympy.log)
        if not isinstance(logarithm, sympy.log):
            return sympy.radsimp(value)
        inside = sympy.expand(sympy.radsimp(logarithm.args[0]))
        if 0 < self.size(inside) < 1:
            inside, factor = sympy.expand(sympy.radsimp(1 / inside)), -factor
        if abs(factor) == sympy.Rational(1, 2):
            root = sympy.sqrtdenest(sympy.sqrt(inside))
            if not any(isinstance(p.base, sympy.Pow | sympy.Add) for p in root.atoms(sympy.Pow)):
                return 2 * factor * sympy.log(root)
        return factor * sympy.log(inside)


def _integer_first(expr: Expr) -> Expr:
    """49 + 20√6 rather than 20√6 + 49."""
    expr = rebuild(expr, _integer_first)
    if isinstance(expr, Sum):
        plain = tuple(t for t in expr.terms if isinstance(t, Number) and t.value > 0)
        if plain:
            return Sum((*plain, *(t for t in expr.terms if t not in plain)))
    return expr


def _candidates(
    expr: Expr, target: Fraction, x: Symbol, near: tuple[Fraction, Fraction], n: _Numbers
) -> tuple[Expr, ...]:
    place = float((near[0] + near[1]) / 2)
    found = _solve(expr, n.rational(target), x, n)
    return tuple(n.written(v) for v in found if abs(n.size(v) - place) < 1e-9 * (1 + abs(place)))


def _solve(expr: Expr, target: Any, x: Symbol, n: _Numbers) -> Iterator[Any]:
    if expr == x:
        yield target
        return
    holders = [child for child in children(expr) if not is_constant(child, x)]
    if len(holders) != 1:
        yield from _solve_inside(expr, target, x, n)
        return
    inner = holders[0]
    others = [n.constant(child) for child in children(expr) if child is not inner]
    zero, one = n.rational(0), n.rational(1)
    match expr:
        case Negative():
            yield from _solve(inner, -target, x, n)
        case Sum():
            yield from _solve(inner, target - sum(others, zero), x, n)
        case Product():
            scale = prod(others, start=one)
            if scale != zero:
                yield from _solve(inner, target / scale, x, n)
        case Quotient(top, _):
            if top is inner:
                yield from _solve(inner, target * others[0], x, n)
            elif target != zero:
                yield from _solve(inner, others[0] / target, x, n)
        case Power(Constant("e"), _) if n.size(target) > 0:
            yield from _solve(inner, n.log(target), x, n)
        case Power(base, Number(k)) if base is inner and k != 0 and (n.size(target) > 0 or k % 2 == 1):
            negative = n.size(target) < 0
            root = n.root(-target if negative else target, 1 / k)
            yield from _solve(inner, -root if negative else root, x, n)
            if k % 2 == 0:
                yield from _solve(inner, -root, x, n)
        case Apply("exp", _) if n.size(target) > 0:
            yield from _solve(inner, n.log(target), x, n)
        case Apply("ln", _):
            yield from _solve(inner, n.exp(target), x, n)
        case Apply("sqrt", _) if n.size(target) >= 0:
            yield from _solve(inner, target * target, x, n)
        case Apply("sigmoid", _) if 0 < n.size(target) < 1:
            yield from _solve(inner, n.log_ratio(target, one - target), x, n)
        case Apply("tanh", _) if -1 < n.size(target) < 1:
            yield from _solve(inner, n.log_ratio(one + target, one - target) / n.rational(2), x, n)


def _solve_inside(expr: Expr, target: Any, x: Symbol, n: _Numbers) -> Iterator[Any]:
    """The variable stands in several places, but always inside one function: a quadratic in that function."""
    t = Symbol("t")
    for node in dict.fromkeys(walk(expr)):
        if not isinstance(node, Apply | Power) or is_constant(node, x) or node == expr:
            continue
        inside = _replace(expr, node, t)
        if x.name in {s.name for s in symbols(inside)}:
            continue
        found = _polynomial(inside)
        if found is None:
            continue
        c0, c1, c2 = (n.rational(c) for c in [*found.coefficients, Fraction(0), Fraction(0)][:3])
        if c2 == n.rational(0):
            continue
        disc = c1 * c1 - n.rational(4) * c2 * (c0 - target)
        if n.size(disc) >= 0:
            root = n.root(disc, Fraction(1, 2))
            for branch in (root, -root):
                yield from _solve(node, (branch - c1) / (n.rational(2) * c2), x, n)
        return
