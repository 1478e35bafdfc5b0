"""The asymptotic factor 1 − αf″(w*) of a descent near a critical point, and whether it attracts."""

from __future__ import annotations

from fractions import Fraction

from flint import fmpq_poly

from solver.descent.critical import CriticalPoint, Landscape
from solver.descent.polynomial import rational
from solver.descent.quantity import Quantity, quantity


def asymptotic_factor(scape: Landscape, target: CriticalPoint, rate: Fraction) -> Quantity:
    """1 − α f″(w*): what the distance to w* is multiplied by, in the end."""
    curvature = scape.objective.curvature
    assert curvature is not None
    bend = target.root.surd_of(curvature)
    surd = None if bend is None else bend.scaled(-rate, Fraction(1))
    return quantity(surd, 1 - rate * target.root.value_of(curvature), scape.objective.decimal)


def factor_sign(scape: Landscape, target: CriticalPoint, rate: Fraction, level: int) -> int:
    """The sign of (1 − αf″(w*)) − level, decided exactly."""
    curvature = scape.objective.curvature
    assert curvature is not None
    return target.root.sign_of(fmpq_poly([1 - level]) - rational(rate) * curvature)


def is_attracting(scape: Landscape, target: CriticalPoint, rate: Fraction) -> bool:
    """Whether |1 − αf″(w*)| < 1."""
    return factor_sign(scape, target, rate, 1) < 0 < factor_sign(scape, target, rate, -1)
