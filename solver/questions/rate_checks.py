"""Second roads for the counts of `rates`: runs and logarithms again, in decimals of 40 digits."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

from solver.derivation.equality import Equality, Means
from solver.descent.critical import CriticalPoint, Landscape


def decimal_checks(rate: Fraction, factor: Fraction | None, per_decimal: Fraction | None) -> list[Equality]:
    """Second road for the steps per decimal, in decimals: |q| to that power is one tenth."""
    if per_decimal is None or factor is None:
        return []
    with localcontext() as context:
        context.prec = 40
        size, count = (Decimal(x.numerator) / Decimal(x.denominator) for x in (abs(factor), per_decimal))
        tenth = size**count
        holds = abs(tenth * 10 - 1) < Decimal("1e-20")
    return [Equality(rf"|q|^{{{float(per_decimal):.4g}}}, \alpha={rate}", "1/10", Means.VALUES, holds)]


def count_checks(
    scape: Landscape,
    start: Fraction,
    rate: Fraction,
    target: CriticalPoint | None,
    steps: tuple[int | None, ...],
    tolerances: tuple[Fraction, ...],
) -> list[Equality]:
    """Second road for the counts of an asked rate: the run in decimals of 40 digits, the step before and the
    step itself.
    """
    if target is None or not steps or steps[-1] is None:
        return []
    slope = scape.objective.slope
    assert slope is not None
    with localcontext() as context:
        context.prec = 40

        def decimal(x: Fraction) -> Decimal:
            return Decimal(x.numerator) / Decimal(x.denominator)

        coefficients = [decimal(Fraction(int(c.p), int(c.q))) for c in reversed(slope.coeffs())]
        goal, alpha, w = decimal(target.root.approximation), decimal(rate), decimal(start)
        gaps = [abs(w - goal)]
        for _ in range(steps[-1] + 3):
            steep = Decimal(0)
            for c in coefficients:
                steep = steep * w + c
            w -= alpha * steep
            gaps.append(abs(w - goal))
        found = []
        for tolerance, count in zip(tolerances, steps, strict=True):
            if count is None:
                continue
            inside = [gap <= decimal(tolerance) for gap in gaps]
            holds = all(inside[count:]) and (count == 0 or not inside[count - 1])
            found.append(
                Equality(rf"N_{{{tolerance}}}(\alpha={rate}, {start})", str(count), Means.SIMULATION, holds)
            )
    return found
