"""Pieces of LaTeX of a study: equivalents, places, intervals, numbers."""

from __future__ import annotations

from fractions import Fraction

from solver.analysis.model import Limit
from solver.analysis.review import interval_latex
from solver.analysis.saturation import Zone
from solver.analysis.values import Value, shortened
from solver.analysis.variation import Place
from solver.expression.latex import latex
from solver.expression.scientific import mantissa_and_power
from solver.expression.tree import Expr, Negative, Symbol


def prime(name: str) -> str:
    r"""`\sigma'`, `\operatorname{ReLU}'`."""
    return name + "'" if "_" not in name else rf"{name.split('_')[0]}_{name.split('_', 1)[1]}'"


def gap_latex(found: Limit, name: str, variable: Symbol) -> tuple[str, str] | None:
    """The equivalent of what is left beside a finite limit or an asymptote, its sides ordered to be positive:
    (1 − σ(x), e^{−x})."""
    if found.gap is None:
        return None
    if found.line is None and found.value.rational == 0:
        return name, latex(shortened(found.gap))
    level = found.value.latex if found.line is None else latex(shortened(found.line))
    composed = found.line is not None and (" + " in level or " - " in level)
    if _negative(found.gap, variable, found.direction):
        opposite = found.gap.operand if isinstance(found.gap, Negative) else Negative(found.gap)
        return f"{level} - {name}", latex(shortened(opposite))
    if composed:
        left = f"{name} - ({level})"
    else:
        left = f"{name} + {level[1:]}" if level.startswith("-") else f"{name} - {level}"
    return left, latex(shortened(found.gap))


def _negative(gap: Expr, variable: Symbol, direction: int) -> bool:
    """The sign of a single term far out."""
    from solver.expression.evaluate import ball

    return bool(ball(gap, {variable.name: Fraction(50 * direction)}) < 0)


def place_latex(place: Place) -> str:
    """A point or an interval."""
    if place.is_point and place.low is not None:
        return place.low.latex
    return interval_latex(place.low, place.high)


def zone_latex(zone: Zone) -> str:
    """The zone as an interval."""
    return interval_latex(zone.low, zone.high)


def scientific(value: Fraction, digits: int = 2, *, always: bool = False) -> str:
    r"""`1.23 \times 10^{-4}`, correctly rounded; plain between 0.1 and 1000 unless `always`."""
    if value == 0:
        return "0"
    sign, size = ("-" if value < 0 else ""), abs(value)
    if Fraction(1, 10) <= size < 1000 and not always:
        return f"{sign}{float(round(size, digits + 1)):.{digits + 1}f}"
    mantissa, power = mantissa_and_power(size, digits)
    whole, rest = divmod(mantissa, 10**digits)
    return rf"{sign}{whole}.{rest:0{digits}d} \times 10^{{{power}}}"


def closed_latex(low: Value | None, high: Value | None) -> str:
    """An interval closed at its finite ends."""
    if low is None and high is None:
        return r"\mathbb{R}"
    first = r"\left]-\infty" if low is None else rf"\left[{low.latex}"
    last = r"+\infty\right[" if high is None else rf"{high.latex}\right]"
    return f"{first}, {last}"
