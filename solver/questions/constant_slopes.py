"""Where the derivative of an activation is constant, and its values if they are finitely many."""

from __future__ import annotations

from fractions import Fraction

from solver.analysis.decimals import in_decimals, writes_decimals
from solver.analysis.model import Study
from solver.analysis.pieces import is_constant
from solver.analysis.saturation import Zone
from solver.analysis.values import Value


def constant_zones(s: Study, value: Fraction) -> tuple[Zone, ...]:
    """The open intervals on which f′ is exactly this constant."""
    from solver.analysis.values import rational_value
    from solver.expression.evaluate import exact_value

    x = s.subject.variable
    found = []
    for piece in s.slopes or ():
        if is_constant(piece.expression, x) and exact_value(piece.expression) == value:
            ends = [None if e is None else rational_value(e) for e in (piece.low, piece.high)]
            found.append(Zone(ends[0], ends[1], value == 0))
    return tuple(found)


def derivative_values(s: Study) -> tuple[Value, ...] | None:
    """All values of f′, where they are finitely many."""
    from solver.analysis.enclosure import point_value
    from solver.analysis.values import from_number

    x = s.subject.variable
    found: list[Value] = []
    for piece in s.slopes or ():
        if not is_constant(piece.expression, x):
            return None
        value = from_number(point_value(piece.expression, x, Fraction(0)))
        if all(value.compare(v) for v in found):
            found.append(value)
    values = tuple(sorted(found, key=float)) or None
    decimal = writes_decimals(s.subject.expression) or writes_decimals(s.derivative)
    return in_decimals(values) if decimal else values
