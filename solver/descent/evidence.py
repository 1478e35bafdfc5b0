"""What a reader checks a proof with: g and g′ at the ends of an interval and where they turn."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from solver.derivation.equality import Equality, Means
from solver.descent.critical import Landscape
from solver.descent.orbit import update_map
from solver.descent.polynomial import Polynomial, sturm_count, value
from solver.descent.proofs import Contraction
from solver.descent.quantity import Quantity, quantity
from solver.descent.roots import real_roots

TOLERANCE = Fraction(1, 10**50)


@dataclass(frozen=True)
class Sample:
    """A value of a function: `at` its argument, `value` what it takes there."""

    at: Quantity
    value: Quantity


@dataclass(frozen=True)
class Profile:
    """A polynomial on [low, high]: its values at both ends, and where its derivative vanishes inside.

    `outside` are the other zeros of its derivative: named so that none seems forgotten.
    """

    ends: tuple[Sample, Sample]
    turns: tuple[Sample, ...]
    outside: tuple[Quantity, ...]

    @property
    def samples(self) -> tuple[Sample, ...]:
        """From left to right."""
        return (self.ends[0], *self.turns, self.ends[1])

    @property
    def least(self) -> Quantity:
        return min((s.value for s in self.samples), key=lambda q: q.value)

    @property
    def greatest(self) -> Quantity:
        return max((s.value for s in self.samples), key=lambda q: q.value)


@dataclass(frozen=True)
class ContractionEvidence:
    """g and g′ on the interval of a contraction."""

    low: Fraction
    high: Fraction
    map: Profile
    slope: Profile
    checks: tuple[Equality, ...]


def profile(poly: Polynomial, low: Fraction, high: Fraction, decimal: bool) -> Profile:
    """Extreme values of a polynomial on [low, high] are among these samples."""
    left, right = (Sample(quantity_of(x, decimal), quantity_of(value(poly, x), decimal)) for x in (low, high))
    turns, outside = [], []
    for root in real_roots(poly.derivative()):
        at = quantity(root.surd(), root.approximation, decimal)
        if root.compare(low) > 0 > root.compare(high):
            turns.append(Sample(at, quantity(root.surd_of(poly), root.value_of(poly), decimal)))
        else:
            outside.append(at)
    return Profile((left, right), tuple(turns), tuple(outside))


def quantity_of(number: Fraction, decimal: bool) -> Quantity:
    """A rational to show."""
    from solver.descent.objective import number_expr

    return Quantity(number, number_expr(number, decimal), True)


def contraction_evidence(proof: Contraction, scape: Landscape, rate: Fraction) -> ContractionEvidence:
    """The values that the sentence “g contracts I into itself” rests on."""
    slope = scape.objective.slope
    assert slope is not None
    g = update_map(slope, rate)
    decimal = scape.objective.decimal
    of_g = profile(g, proof.low, proof.high, decimal)
    of_slope = profile(g.derivative(), proof.low, proof.high, decimal)
    name = f"{scape.objective.name}, α={rate}, [{proof.low},{proof.high}]"
    checks = (
        *profile_checks("g", g, of_g, proof.low, proof.high, name),
        *profile_checks("g'", g.derivative(), of_slope, proof.low, proof.high, name),
    )
    return ContractionEvidence(proof.low, proof.high, of_g, of_slope, checks)


def profile_checks(
    label: str, poly: Polynomial, found: Profile, low: Fraction, high: Fraction, name: str
) -> tuple[Equality, ...]:
    """Second road: Sturm counts the turning points; 40 values in Python's own fractions stay in between."""
    turning = poly.derivative()
    counted = 0
    if turning != 0:
        # Sturm counts in ]low, high]: a zero at the end itself is listed with the ends.
        counted = sturm_count(turning, low, high) - (1 if value(turning, high) == 0 else 0)
    coefficients = [Fraction(int(c.p), int(c.q)) for c in reversed(poly.coeffs())]
    bounded = True
    for i in range(41):
        at, total = low + (high - low) * i / 40, Fraction(0)
        for c in coefficients:
            total = total * at + c
        bounded = bounded and found.least.value - TOLERANCE <= total <= found.greatest.value + TOLERANCE
    return (
        Equality(
            rf"\#\{{({label})' = 0\}}, {name}",
            str(len(found.turns)),
            Means.STURM,
            counted == len(found.turns),
        ),
        Equality(
            rf"{label}(I), {name}",
            rf"\subset [{float(found.least):.6g},{float(found.greatest):.6g}]",
            Means.VALUES,
            bounded,
        ),
    )
