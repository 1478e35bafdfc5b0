"""Exact numbers from what records and sheets write."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from fractions import Fraction

MAX_DIGITS = 400
"""Characters of one number."""

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?(?P<power>\d{1,3}))?")
_RATIO = re.compile(r"([+-]?\d+)\s*/\s*(\d+)")


def exact_number(value: object) -> Fraction:
    """An exact rational from `"0.05"`, `"1/20"`, `"2e-3"`, an int or a Decimal; ValueError otherwise."""
    if isinstance(value, bool) or value is None:
        raise ValueError(f"a number is expected, found {json.dumps(value)}")
    if isinstance(value, (int, Fraction)):
        return Fraction(value)
    text = str(value).strip().replace("\N{MINUS SIGN}", "-")
    if isinstance(value, (str, Decimal)) and len(text) <= MAX_DIGITS:
        found = _NUMBER.fullmatch(text)
        if found and int(found["power"] or 0) <= MAX_DIGITS:
            return Fraction(text)
        ratio = _RATIO.fullmatch(text)
        if ratio and int(ratio[2]):
            return Fraction(int(ratio[1]), int(ratio[2]))
    shown = text if len(text) <= 40 else text[:40] + "…"
    raise ValueError(f"a number is expected, found “{shown}”")
