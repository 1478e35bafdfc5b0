"""What decides near a critical point where 1 − αf″ does not: its value is 1 (f″ = 0) or −1 (α = 2/f″)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import factorial

from solver.derivation.equality import Equality, Means
from solver.descent.critical import CriticalPoint, Landscape
from solver.descent.orbit import update_map
from solver.descent.polynomial import Polynomial, fraction, rational, value
from solver.descent.quantity import Quantity, quantity
from solver.descent.roots import Surd

SMALL = Fraction(1, 10**9)


@dataclass(frozen=True)
class FlatLaw:
    """|w⁽ᵏ⁾ − w*| ~ (Cαk)^(−1/m) where f″(w*) = 0, `power` being m and `constant` C.

    With n the order of the first derivative that does not vanish, f′ ≈ c(w − w*)ⁿ⁻¹, c = f⁽ⁿ⁾(w*)/(n − 1)!,
    so 1/xᵐ grows by about mcα at each step, m = n − 2, and C = m|c|.
    """

    power: int
    slope: Quantity
    constant: Quantity
    checks: tuple[Equality, ...]

    def steps(self, rate: Fraction, tolerance: Fraction) -> Fraction:
        """About how many steps the distance takes to fall to a tolerance: 1/(Cα toleranceᵐ)."""
        return 1 / (self.constant.value * rate * tolerance**self.power)


@dataclass(frozen=True)
class AtBound:
    """α = 2/f″(w*): two steps send w* + x to w* + x − Kx³ + …, K = 2((f‴/f″)² − f⁗/(3f″)) at w*.

    `sign` is that of K: 1 where w* still attracts, slowly, −1 where it repels, 0 where this order too says
    nothing.
    """

    sign: int
    coefficient: Quantity
    checks: tuple[Equality, ...]


def flat_law(scape: Landscape, point: CriticalPoint) -> FlatLaw | None:
    """The law at a minimum or inflection where f″ = 0; None elsewhere."""
    f, slope = scape.objective.polynomial, scape.objective.slope
    if point.curvature_sign or point.nature == "maximum" or f is None or slope is None:
        return None
    derivative = f
    for _ in range(point.order):
        derivative = derivative.derivative()
    c = _at(point, derivative * rational(Fraction(1, factorial(point.order - 1))), scape.objective.decimal)
    power = point.order - 2
    size = _at(
        point, derivative * rational(point.order_sign * Fraction(power, factorial(point.order - 1))), True
    )
    # Second road: one step of the descent, in fractions, from 10⁻⁹ on the side from which it comes.
    side = 1 if point.order_sign > 0 else -1
    rate, goal = Fraction(1, 10), point.root.approximation
    there = abs(goal + side * SMALL - rate * value(slope, goal + side * SMALL) - goal)
    grown = 1 / there**power - 1 / SMALL**power
    holds = abs(grown - rate * size.value) < Fraction(1, 10**3) * rate * size.value
    name = f"{scape.objective.name}, w_{point.index}"
    check = Equality(
        rf"x_{{k+1}}^{{-{power}}} - x_k^{{-{power}}}, {name}",
        rf"{float(size):.6g}\alpha",
        Means.VALUES,
        holds,
    )
    return FlatLaw(power, c, size, (check,))


def at_bound(scape: Landscape, point: CriticalPoint) -> AtBound | None:
    """What happens near a minimum at its stability bound; None where it has none, or f is of degree 2."""
    second, degree = scape.objective.curvature, scape.objective.degree
    slope = scape.objective.slope
    if point.bound is None or second is None or slope is None or degree == 2:
        return None
    third = second.derivative()
    sign = point.root.sign_of(3 * third * third - second * third.derivative())
    bend, twist, next_one = (point.root.value_of(p) for p in (second, third, third.derivative()))
    size = 2 * ((twist / bend) ** 2 - next_one / (3 * bend))
    shown = quantity(Surd(size) if point.root.is_rational else None, size, scape.objective.decimal)
    # Second road: two steps, in fractions, from w* ± 10⁻⁹; what is gained is Kx³.
    g = update_map(slope, point.bound.value)
    goal = point.root.approximation
    gains = [abs(_twice(g, goal + s * SMALL) - goal) - SMALL for s in (1, -1)]
    mean = -(gains[0] + gains[1]) / 2 / SMALL**3
    holds = abs(mean - size) <= Fraction(1, 10**6) * (1 + abs(size)) and (
        sign == 0 or (mean > 0) == (sign > 0)
    )
    name = f"{scape.objective.name}, w_{point.index}"
    check = Equality(rf"g(g(w)) - w, {name}", rf"-{float(size):.6g}(w - w^*)^3", Means.VALUES, holds)
    return AtBound(sign, shown, (check,))


def _twice(g: Polynomial, w: Fraction) -> Fraction:
    return fraction(g(g(rational(w))))


def _at(point: CriticalPoint, poly: Polynomial, decimal: bool) -> Quantity:
    return quantity(point.root.surd_of(poly), point.root.value_of(poly), decimal)
