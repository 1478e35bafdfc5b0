"""The symmetry that a function shows at some points, and again at others; its period."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flint import arb

from solver.analysis.balls import precision
from solver.expression.tree import Expr, Sum, substitute

if TYPE_CHECKING:
    from solver.analysis.model import Study

ValueAt = Callable[["Study", Fraction], Any]

_BITS = 400
_POINTS = (Fraction(3, 7), Fraction(5, 4), Fraction(29, 13), Fraction(31, 5), Fraction(1, 50))
_OTHERS = (Fraction(2, 9), Fraction(17, 12), Fraction(23, 6))


def symmetry(s: Study, value_at: ValueAt) -> str | None:
    """odd, even, central (about the point of abscissa 0), none; None where f has no value."""
    with precision(_BITS):
        found = _symmetries(s, _POINTS, value_at)
    if found is None:
        return None
    return next((name for name in ("even", "odd", "central") if name in found), "none")


def symmetry_holds(s: Study, told: str, value_at: ValueAt) -> bool:
    """The symmetry at points that did not serve to find it."""
    with precision(_BITS):
        return told in (_symmetries(s, _OTHERS, value_at) or ())


def period_holds(s: Study, period: Expr) -> bool:
    """f at points one period apart, and that f is not constant."""
    from solver.expression.evaluate import ball

    f, x = s.subject.expression, s.subject.variable
    moved = substitute(f, {x.name: Sum((x, period))})
    values = [[ball(e, {x.name: p}, bits=_BITS) for e in (f, moved)] for p in _POINTS]
    return all(_vanishes(a - b) for a, b in values) and not all(
        _vanishes(a - values[0][0]) for a, _ in values
    )


def _symmetries(s: Study, points: Sequence[Fraction], value_at: ValueAt) -> set[str] | None:
    pairs, zero = [(value_at(s, p), value_at(s, -p)) for p in points], value_at(s, Fraction(0))
    if not all(v.is_finite() for pair in pairs for v in pair) or not zero.is_finite():
        return None
    gaps = {"odd": (1, 0), "even": (-1, 0), "central": (1, 2)}
    return {name for name, (k, c) in gaps.items() if all(_vanishes(a + k * b - c * zero) for a, b in pairs)}


def _vanishes(gap: Any) -> bool:
    return bool(gap.contains(0)) and bool(gap.rad() < arb("1e-25"))
