"""The house style of drawings: fonts, inks that differ in lightness, lines, axis numbers, sizes of text."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

CM = 72 / 2.54  # points in a centimetre
WIDTH = 16.0  # the text column of the corrigé, in centimetres

INKS = ("#000000", "#0b5394", "#b8430f", "#4d7a1e", "#7b3f98", "#6b6b6b")
GREY = "#8a8a8a"
FAINT = "#d8d8d8"
FILL = "#e9e9e9"
LINES: Mapping[str, object] = {
    "solid": "-",
    "dashed": (0, (5, 2)),
    "dotted": (0, (1.2, 1.6)),
    "dashdot": (0, (6, 1.8, 1.2, 1.8)),
}
MARKERS: Mapping[str, str] = {
    "disk": "o",
    "circle": "o",
    "square": "s",
    "triangle": "^",
    "cross": "x",
    "diamond": "D",
}

SIZE = 10.0
SMALL = 9.0
NODE = 11.5  # labels of diagrams
EDGE = 10.5

# svg.hashsalt and the absence of dates make two drawings of one specification equal byte for byte.
RC: Mapping[str, object] = {
    "font.family": "STIXGeneral",
    "font.size": SIZE,
    "mathtext.fontset": "stix",
    "svg.fonttype": "path",
    "svg.hashsalt": "corrige",
    "pdf.fonttype": 42,
    "axes.unicode_minus": True,
    "path.simplify": True,
}


def inline(label: str, terms: Mapping[str, str], lang: str) -> str:
    """The label as drawn: words looked up in the terms of the language, decimals localised in `$…$`."""
    if not label:
        return ""
    pieces = re.split(r"(\$[^$]*\$)", label)
    return "".join(_math(piece, lang) if i % 2 else _words(piece, terms) for i, piece in enumerate(pieces))


def _words(piece: str, terms: Mapping[str, str]) -> str:
    core = piece.strip(" ,;:()")
    found = terms.get(core)
    return piece.replace(core, found) if core and found is not None else piece.replace("$", r"\$")


def _math(piece: str, lang: str) -> str:
    source = piece[1:-1]
    if lang == "fr":
        source = re.sub(r"(?<=\d)\.(?=\d)", "{,}", source)
    source = source.replace(r"\tfrac", r"\frac").replace(r"\lVert", r"\|").replace(r"\rVert", r"\|")
    if re.search(r"\\left\s*\]|\\right\s*\[", source):  # mathtext has no reversed fences: plain ones
        source = re.sub(r"\\(left|right)\b", "", source)
    # mathtext sets an index after a prime, TeX below it: write the index first
    source = re.sub(r"('+)(_(?:\{[^{}]*\}|\w))", r"\2\1", source)
    # the prime raised as an exponent is too small to be read: its own glyph is high enough
    source = source.replace("'", r"\prime ")
    drawn = f"${source}$"
    return drawn if _parses(drawn) else source.replace("$", "").replace("\\", "")


@lru_cache(maxsize=1024)
def _parses(text: str) -> bool:
    from matplotlib.mathtext import MathTextParser

    try:
        MathTextParser("path").parse(text)
    except (ValueError, RuntimeError):
        return False
    return True


@lru_cache(maxsize=4096)
def extent(text: str, size: float = SIZE) -> tuple[float, float]:
    """Width and height of a line of text in points, measured with the fonts that will draw it."""
    if not text:
        return 0.0, 0.0
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    # a dollar that is text stands escaped, so an unescaped one means mathematics
    is_math = "$" in text.replace(r"\$", "")
    width, height, _ = TextToPath().get_text_width_height_descent(
        text, FontProperties(family="STIXGeneral", size=size), is_math
    )
    return float(width), max(float(height), 0.7 * size)


def tick_text(value: float, step: float, lang: str) -> str:
    """A number on an axis, with the decimals that its step asks for; the comma in French."""
    if abs(value) < abs(step) * 1e-6:
        value = 0.0
    if (value != 0 and not 1e-4 <= abs(value) < 1e6) or (value != 0 and 0 < step < 1e-5):
        exponent = math.floor(math.log10(abs(value)) + 1e-12)
        mantissa = f"{value / 10.0**exponent:.3g}"
        power = rf"10^{{{exponent}}}"
        text = {"1": power, "-1": "-" + power}.get(mantissa, rf"{mantissa}\times {power}")
        return _math(f"${text}$", lang)
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
