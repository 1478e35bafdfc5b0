"""The house style of drawings: inks that differ in lightness, lines, axis numbers, sizes of text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

CM = 72 / 2.54  # points in a centimetre
WIDTH = 16.0  # the text column of the corrigé, in centimetres

INKS = ("#000000", "#0b5394", "#b8430f", "#4d7a1e", "#7b3f98", "#6b6b6b")
GREY = "#8a8a8a"
FAINT = "#d8d8d8"
FILL = "#e9e9e9"
LINES: Mapping[str, tuple[float, ...]] = {
    "solid": (),
    "dashed": (5, 2),
    "dotted": (1.2, 1.6),
    "dashdot": (6, 1.8, 1.2, 1.8),
}
"""Lengths of dash and gap in widths of the line."""

SIZE = 10.0
SMALL = 9.0
NODE = 11.5  # labels of diagrams
EDGE = 10.5


def tick_text(value: float, step: float, lang: str) -> str:
    """A number on an axis, with the decimals that its step asks for; the comma in French."""
    if abs(value) < abs(step) * 1e-6:
        value = 0.0
    if (value != 0 and not 1e-4 <= abs(value) < 1e6) or (value != 0 and 0 < step < 1e-5):
        exponent = math.floor(math.log10(abs(value)) + 1e-12)
        mantissa = f"{value / 10.0**exponent:.3g}"
        power = rf"10^{{{exponent}}}"
        text = {"1": power, "-1": "-" + power}.get(mantissa, rf"{mantissa}\times {power}")
        return f"${text}$"
    places = max(0, min(6, -math.floor(math.log10(step) + 1e-9))) if step > 0 else 2
    if 0 < step < 1e6 and abs(step * 10**places - round(step * 10**places)) > 1e-6:
        places += 1  # a step of 0.25 needs two places
    text = f"{value:.{places}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    text = text.replace("-", "\N{MINUS SIGN}")
    return text.replace(".", ",") if lang == "fr" else text


def ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """Round numbers inside [low, high], at most about `most` of them."""
    span = high - low
    if not span > 0 or not math.isfinite(span):
        return (low,)
    rough = span / max(1, most)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return tuple(k * step for k in range(first, last + 1))


def fit_columns(widths: Sequence[float], room: float) -> int:
    """How many equal columns hold entries of these widths in `room` (at least one)."""
    for columns in range(len(widths), 0, -1):
        parts = [max(widths[i::columns], default=0.0) for i in range(columns)]
        if sum(parts) <= room:
            return columns
    return 1
