"""The second road of a study: values, chords and far points of f itself, through the engine's balls.

Nothing here derives, expands or solves: it tries to contradict what the study found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from flint import arb, fmpq

from solver.analysis.balls import precision
from solver.analysis.symmetry import period_holds, symmetry, symmetry_holds
from solver.analysis.values import Value
from solver.derivation.equality import Equality, Means
from solver.expression.tree import Expr, Symbol

if TYPE_CHECKING:
    from solver.analysis.model import Limit, Study
    from solver.analysis.variation import Bound

_GRID = tuple(Fraction(7 * k, 11) for k in range(-19, 20))
_FAR = (10, 20, 40)
_DEEP = 3200  # bits: e^{−40²/2} must still be seen beside 1
_BITS = 160


def review(found: Study) -> Study:
    """The study with its symmetry and the checks of all that it claims."""
    with precision(_BITS + 240):
        shaped = replace(found, symmetry=symmetry(found, value_at))
        return replace(shaped, checks=(*found.derivation.checks, *checks(shaped)))


def checks(found: Study) -> tuple[Equality, ...]:
    """Every claim of the study against the values of f; a claim that is contradicted has holds = False."""
    with precision(_BITS + 240):
        return tuple(_checks(found))


def _checks(s: Study) -> Iterator[Equality]:
    from solver.expression.latex import latex

    name, x = s.subject.latex, latex(s.subject.variable)
    for limit, end in ((s.left, "-"), (s.right, "+")):
        if limit is not None:
            left = rf"\lim_{{{x} \to {end}\infty}} {name}({x})"
            yield Equality(left, limit.value.latex, Means.VALUES, _limit_holds(s, limit))
    if s.wave is not None:
        left = rf"{name}({x} + {latex(s.wave.period)})"
        yield Equality(left, f"{name}({x})", Means.VALUES, period_holds(s, s.wave.period))
    if s.image is not None:
        yield Equality(rf"{name}(\mathbb{{R}})", image_latex(s), Means.VALUES, _image_holds(s))
    if s.variation is not None:
        arrows = " ".join({1: r"\nearrow", -1: r"\searrow", 0: r"\rightarrow"}[d] for _, _, d in s.variation)
        yield Equality(name, arrows, Means.VALUES, _variation_holds(s))
    if s.steepest is not None:
        yield Equality(
            rf"\sup |{name}'|", s.steepest.value.latex, Means.DIFFERENCES, _steepest_holds(s, s.steepest)
        )
    if s.flattest is not None and s.flattest.value.low > 0:
        yield Equality(
            rf"\inf |{name}'|", s.flattest.value.latex, Means.DIFFERENCES, _flattest_holds(s, s.flattest)
        )
    if s.zones is not None:
        for zone in s.zones:
            for place in (zone.low, zone.high):
                if place is not None and not _is_corner(s, place):
                    yield Equality(
                        rf"|{name}'({place.latex})|",
                        latex(s.threshold),
                        Means.DIFFERENCES,
                        _level_holds(s, place),
                    )
        yield Equality(
            rf"\{{ |{name}'| < {latex(s.threshold)} \}}",
            zones_latex(s),
            Means.DIFFERENCES,
            _zones_hold(s),
        )
    for corner in s.corners or ():
        if not corner.continuous:
            continue
        for side, value, mark in ((-1, corner.left, "-"), (1, corner.right, "+")):
            quotient = _quotient(s, corner.at, corner.at + side * Fraction(1, 10**12))
            yield Equality(
                rf"{name}'({latex(corner.at)}^{{{mark}}})",
                value.latex,
                Means.DIFFERENCES,
                _near(quotient, value, 1e-9),
            )
    if s.relation is not None and len(s.relation.coefficients) > 1:
        from solver.analysis.relation import written_relation

        text = written_relation(s.relation, Symbol("f", f"{name}({x})"))
        yield Equality(rf"{name}'({x})", latex(text), Means.DIFFERENCES, _relation_holds(s))
    if s.symmetry in ("odd", "even", "central") and s.at_zero is not None:
        right = {"odd": f"-{name}({x})", "even": f"{name}({x})"}.get(s.symmetry)
        if right is None:
            double = s.at_zero.low * 2 if s.at_zero.rational is not None else None
            right = f"{latex(double) if double is not None else f'2 {name}(0)'} - {name}({x})"
        yield Equality(f"{name}(-{x})", right, Means.VALUES, symmetry_holds(s, s.symmetry, value_at))


# ---- values of f ------------------------------------------------------------------------------


def _at(f: Expr, x: Symbol, point: Fraction, bits: int = _BITS) -> Any:
    from solver.expression.evaluate import ball

    return ball(f, {x.name: point}, bits=bits)


def value_at(s: Study, point: Fraction, bits: int = _BITS) -> Any:
    """f there, from its own expression."""
    return _at(s.subject.expression, s.subject.variable, point, bits)


def _quotient(s: Study, a: Fraction, b: Fraction) -> Any:
    """(f(b) − f(a))/(b − a), the slope of a chord."""
    return (value_at(s, b, 320) - value_at(s, a, 320)) / _ball(b - a)


def chord_slope(s: Study, at: Fraction) -> Any:
    """The slope of a short symmetric chord, f′(at) up to 10⁻¹⁶."""
    h = Fraction(1, 10**8)
    return _quotient(s, at - h, at + h)


def _ball(value: Fraction) -> Any:
    return arb(fmpq(value.numerator, value.denominator))


def _near(found: Any, value: Value, margin: float) -> bool:
    if not found.is_finite():
        return False
    return bool(abs(found - _ball((value.low + value.high) / 2)) < arb(margin))


def _is_corner(s: Study, place: Value) -> bool:
    return any(place.rational == c.at for c in s.corners or ())


# ---- claims -----------------------------------------------------------------------------------


def _limit_holds(s: Study, limit: Limit) -> bool:
    """What is left of f beside its limit, over its claimed equivalent, comes near 1 at far points."""
    x = s.subject.variable
    errors = []
    with precision(_DEEP):
        for distance in _FAR:
            at = Fraction(limit.direction * distance)
            value = value_at(s, at, _DEEP)
            scale: Expr | None
            if limit.line is not None:
                value, scale = value - _at(limit.line, x, at, _DEEP), limit.gap
            elif limit.value.infinite:
                scale = limit.equivalent
            else:
                value, scale = value - _level(limit.value), limit.gap
            if scale is None:
                errors.append(abs(value))
            else:
                errors.append(abs(value / _at(scale, x, at, _DEEP) - 1))
    if limit.value.infinite and not _grows(s, limit.direction, limit.value.infinite):
        return False
    return (
        all(e.is_finite() for e in errors)
        and bool(errors[-1] < arb(0.2))
        and bool(errors[-1] <= errors[0] or errors[-1] < arb("1e-20"))
    )


def _level(value: Value) -> Any:
    if value.rational is not None or value.exact is None:
        return _ball((value.low + value.high) / 2)
    from solver.expression.evaluate import ball

    return ball(value.exact, {}, bits=_DEEP)


def _inside(value: Any, low: Value, high: Value) -> bool:
    slack = arb("1e-30")
    return not (not low.infinite and value < _ball(low.low) - slack) and not (
        not high.infinite and value > _ball(high.high) + slack
    )


def _image_holds(s: Study) -> bool:
    assert s.image is not None
    low, high = s.image.low, s.image.high
    if not all(_inside(value_at(s, p), low.value, high.value) for p in _GRID):
        return False
    for bound in (low, high):
        # a bound that is not taken is strictly avoided; one that is taken is taken where it is said
        if not bound.attained and not bound.value.infinite:
            level = _level(bound.value)
            if any((value_at(s, p, 400) - level).contains(0) for p in _GRID):
                return False
        if not _reached(s, bound):
            return False
    return True


def _grows(s: Study, direction: int, sign: int) -> bool:
    """Ten times farther, f is more than twice as large, with the right sign."""
    near, far = (value_at(s, Fraction(direction * distance)) * sign for distance in (200, 2000))
    return bool(near > 0) and bool(far > 2 * near)


def _reached(s: Study, bound: Bound) -> bool:
    for place in bound.places:
        for end in (place.low, place.high):
            if end is not None and not _near(value_at(s, (end.low + end.high) / 2), bound.value, 1e-12):
                return False
    for direction in bound.limits:
        far = value_at(s, Fraction(direction * 200))
        if bound.value.infinite:
            if not _grows(s, direction, bound.value.infinite):
                return False
        elif not _near(far, bound.value, 0.05):
            return False
    return bool(bound.places or bound.limits)


def _variation_holds(s: Study) -> bool:
    assert s.variation is not None
    for low, high, direction in s.variation:
        inside = [p for p in _GRID if (low is None or p > low.high) and (high is None or p < high.low)]
        for a, b in pairwise(inside):
            step = value_at(s, b, 400) - value_at(s, a, 400)
            if direction == 0:
                if not step.contains(0):
                    return False
            elif not step * direction > 0:
                return False
    return True


def _steepest_holds(s: Study, bound: Bound) -> bool:
    """No chord is steeper than sup |f′|, and some chord comes as near as one likes."""
    if bound.value.infinite:
        return bool(max(abs(chord_slope(s, Fraction(side * 60))) for side in bound.limits or (1, -1)) > 1)
    top = _ball(bound.value.high) + arb("1e-20")
    for a, b in pairwise(_GRID):
        if any(a <= c.at <= b and not c.continuous for c in s.corners or ()):
            continue  # a chord across a jump says nothing of the slope
        if abs(_quotient(s, a, b)) > top:
            return False
    return _slope_comes_near(s, bound)


def _flattest_holds(s: Study, bound: Bound) -> bool:
    """No short chord is flatter than inf |f′| > 0, and some comes as near as one likes."""
    corners = [c.at for c in s.corners or ()]
    clear = [p for p in _GRID if all(abs(p - at) > Fraction(1, 10**6) for at in corners)]
    floor = _ball(bound.value.low) - arb("1e-12")
    return not any(abs(chord_slope(s, p)) < floor for p in clear) and _slope_comes_near(s, bound)


def _slope_comes_near(s: Study, bound: Bound) -> bool:
    """Whether some short chord, where the bound of |f′| is said to be taken or approached, is as steep."""
    probes: list[Fraction] = []
    for place in bound.places:
        low, high = place.low, place.high
        if low is None and high is None:
            probes.append(Fraction(0))
        elif low is None and high is not None:
            probes.append(high.low - 1)
        elif high is None and low is not None:
            probes.append(low.high + 1)
        elif low is not None and high is not None:
            probes.append((low.low + high.high) / 2)
    probes += [Fraction(100 * side) for side in bound.limits]
    for corner in s.corners or ():
        if not corner.smooth:
            probes += [corner.at - Fraction(1, 10**7), corner.at + Fraction(1, 10**7)]
    return any(_near(abs(chord_slope(s, p)), bound.value, 1e-3) for p in probes)


def _level_holds(s: Study, place: Value) -> bool:
    middle = (place.low + place.high) / 2
    return bool(abs(abs(chord_slope(s, middle)) - _ball(s.threshold)) < arb("1e-12"))


def _zones_hold(s: Study) -> bool:
    assert s.zones is not None
    edges = [v for z in s.zones for v in (z.low, z.high) if v is not None]
    level = _ball(s.threshold)
    for p in _GRID:
        if any(abs(p - (e.low + e.high) / 2) < Fraction(1, 10) for e in edges):
            continue
        if any(abs(p - c.at) < Fraction(1, 10) for c in s.corners or ()):
            continue
        claimed = any(
            (z.low is None or z.low.high < p) and (z.high is None or p < z.high.low) for z in s.zones
        )
        if bool(abs(chord_slope(s, p)) < level) != claimed:
            return False
    return True


def _relation_holds(s: Study) -> bool:
    assert s.relation is not None
    for p in _GRID[::4]:
        a = value_at(s, p)
        expected = sum((_ball(c) * a**k for k, c in enumerate(s.relation.coefficients)), arb(0))
        if not abs(chord_slope(s, p) - expected) < arb("1e-12"):
            return False
    return True


# ---- what is claimed, in LaTeX ----------------------------------------------------------------


def image_latex(s: Study) -> str:
    """The image as a French interval: `\\left]0, 1\\right[`."""
    assert s.image is not None
    low, high = s.image.low, s.image.high
    if low.attained and high.attained and low.value.compare(high.value) == 0:
        return rf"\{{{low.value.latex}\}}"
    if low.value.infinite and high.value.infinite:
        return r"\mathbb{R}"
    opening = "[" if low.attained else "]"
    closing = "]" if high.attained else "["
    return rf"\left{opening}{low.value.latex}, {high.value.latex}\right{closing}"


def interval_latex(low: Value | None, high: Value | None) -> str:
    """An open interval, infinite where an end is None."""
    first = r"-\infty" if low is None else low.latex
    last = r"+\infty" if high is None else high.latex
    if low is None and high is None:
        return r"\mathbb{R}"
    return rf"\left]{first}, {last}\right["


def zones_latex(s: Study) -> str:
    """The union of the zones, or the empty set."""
    return r" \cup ".join(interval_latex(z.low, z.high) for z in s.zones or ()) or r"\varnothing"
