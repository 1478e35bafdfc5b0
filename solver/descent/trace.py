"""What a run looks like in a table: iterates, values, slopes, distances to the limit, steps to a
tolerance.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx

from solver.descent.critical import CriticalPoint, Landscape
from solver.descent.orbit import orbit, scout, update_map
from solver.descent.polynomial import Polynomial, dyadic, tight_enclosure, value


@dataclass(frozen=True)
class Row:
    """One iterate. `exact` says whether `point`, `value` and `slope` are the numbers themselves.

    Else they are rationals closer than 50 digits. `gap` is w⁽ᵏ⁾ − w*, `ratio` its quotient by the
    previous one, `excess` is f(w⁽ᵏ⁾) − f(w*).
    """

    k: int
    point: Fraction
    value: Fraction
    slope: Fraction
    exact: bool
    gap: Fraction | None = None
    ratio: Fraction | None = None
    excess: Fraction | None = None


def rows(
    scape: Landscape, start: Fraction, rate: Fraction, steps: int, target: CriticalPoint | None = None
) -> tuple[Row, ...]:
    """The first steps + 1 rows (fewer where an iterate is too large to write)."""
    f, slope = scape.objective.polynomial, scape.objective.slope
    assert f is not None
    assert slope is not None
    found: list[Row] = []
    before: Fraction | None = None
    for k, point in enumerate(orbit(update_map(slope, rate), start, steps, 2000)):
        gap = None if target is None else point.value - target.root.approximation
        ratio = gap / before if gap is not None and before else None
        height = _at(f, point.value, point.ball, point.exact)
        found.append(
            Row(
                k,
                point.value,
                height,
                _at(slope, point.value, point.ball, point.exact),
                point.exact,
                gap,
                ratio,
                None if target is None else height - target.value.value,
            )
        )
        before = gap
    return tuple(found)


def _at(poly: Polynomial, point: Fraction, ball: arb, exact: bool) -> Fraction:
    if exact:
        return value(poly, point)
    with ctx.workprec(max(400, 2 * ball.mid().bits())):
        return dyadic(tight_enclosure(poly, ball))


def is_decreasing(table: tuple[Row, ...]) -> bool:
    """Whether f decreases strictly from each row to the next."""
    return all(b.value < a.value for a, b in itertools.pairwise(table))


def is_increasing(table: tuple[Row, ...]) -> bool:
    """Whether f increases strictly from each row to the next."""
    return all(b.value > a.value for a, b in itertools.pairwise(table))


def steps_within(
    scape: Landscape,
    start: Fraction,
    rate: Fraction,
    target: CriticalPoint,
    tolerances: tuple[Fraction, ...],
    cap: int = 4000,
) -> tuple[int | None, ...]:
    """For each tolerance the first k from which |w⁽ʲ⁾ − w*| ≤ tolerance for all j ≥ k; None past `cap` steps.

    Floats find k; where a distance is too close to the tolerance for floats, or the tolerance too small for
    them, balls decide.
    """
    slope = scape.objective.slope
    assert slope is not None
    g = update_map(slope, rate)
    run = scout(g, start, cap)
    goal = float(target.root.approximation)
    gaps = [abs(w - goal) for w in run]
    found: list[int | None] = []
    for tolerance in tolerances:
        bound = float(tolerance)
        k = _last_entry([gap <= bound for gap in gaps])
        near = gaps if k is None else gaps[max(0, k - 2) : k + 60]
        margin = 1e-5 * bound + 1e-13 * (1 + abs(goal))
        if bound < 1e-10 * (1 + abs(goal)) or any(abs(gap - bound) < margin for gap in near):
            exact = orbit(g, start, min(len(run) + 200, cap), 2000)
            distances = [abs(p.value - target.root.approximation) for p in exact]
            found.append(_last_entry([d <= tolerance for d in distances]))
        else:
            found.append(k)
    return tuple(found)


def _last_entry(inside: list[bool]) -> int | None:
    """The first index from which all are true."""
    if not inside or not inside[-1]:
        return None
    k = len(inside)
    while k and inside[k - 1]:
        k -= 1
    return k


def shown_rows(table: tuple[Row, ...], head: int = 4, most: int = 12) -> tuple[Row, ...]:
    """The rows to print: all if they are few, else the first, some in between, and the last."""
    if len(table) <= most:
        return table
    kept = list(range(head))
    last = len(table) - 1
    room = most - head - 1
    step = Fraction(last - head + 1, room + 1)
    for i in range(1, room + 1):
        kept.append(head - 1 + int(i * step))
    kept.append(last)
    return tuple(table[k] for k in sorted(set(kept)))
