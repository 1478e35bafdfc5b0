"""Numbers of the command line: rates, starts and counts as they are typed, exactly."""

from __future__ import annotations

from fractions import Fraction

from solver.errors import CorrigeError
from solver.expression.evaluate import exact_value
from solver.expression.tree import symbols

MAX_STEPS = 100_000

LARGEST = Fraction(10) ** 300
"""Floats suggest what is then proved: a number beyond them suggests nothing."""


def read_number(text: str, what: str) -> Fraction:
    """A rational number; an error that names `what` it is for."""
    from solver.expression.reader import read_expression

    expr = read_expression(text.strip())
    found = None if symbols(expr) else exact_value(expr)
    if found is None:
        raise CorrigeError(f"“{what}” is an exact number such as 0.05, 1/20 or 1e-3; found “{text.strip()}”")
    if abs(found) > LARGEST or (found and abs(found) < 1 / LARGEST):
        raise CorrigeError(f"“{what}” is a number between 1e-300 and 1e300 in size; found “{text.strip()}”")
    return found


def read_count(steps: str | int) -> int:
    """A number of steps."""
    value = Fraction(steps) if isinstance(steps, int) else read_number(steps, "steps")
    if value.denominator != 1 or not 0 <= value <= MAX_STEPS:
        raise CorrigeError(f"“steps” is a whole number from 0 to {MAX_STEPS}; found “{steps}”")
    return int(value)
