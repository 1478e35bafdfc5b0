"""How wide a displayed formula is, in em of the text size: an estimate that leans to the wide side."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from solver.document.formula_symbols import CHARACTERS
from solver.document.formula_tree import (
    Accent,
    Boxed,
    Brace,
    Fenced,
    Font,
    Fraction,
    Function,
    Grid,
    Node,
    Number,
    Root,
    Row,
    Script,
    Space,
    Stacked,
    Symbol,
    Words,
)
from solver.writers.formula_shape import number_parts, spaced_pairs

# Computer Modern's own widths: italic letters of formulas, upright letters of text.
_ITALIC = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        [
            0.53, 0.43, 0.43, 0.52, 0.47, 0.60, 0.51, 0.58,
            0.35, 0.47, 0.55, 0.30, 0.88, 0.60, 0.49, 0.50, 0.48,
            0.48, 0.47, 0.36, 0.57, 0.52, 0.74, 0.57, 0.53,
            0.51, 0.75, 0.81, 0.79, 0.86, 0.80, 0.78, 0.79, 0.91,
            0.52, 0.65, 0.92, 0.68, 1.08, 0.91, 0.79, 0.78, 0.79,
            0.77, 0.67, 0.72, 0.79, 0.81, 1.08, 0.91, 0.80, 0.75,
        ],
        strict=True,
    )
)  # fmt: skip
_UPRIGHT = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        [
            0.50, 0.56, 0.44, 0.56, 0.44, 0.31, 0.50, 0.56,
            0.28, 0.31, 0.53, 0.28, 0.83, 0.56, 0.50, 0.56, 0.53,
            0.39, 0.39, 0.39, 0.56, 0.53, 0.72, 0.53, 0.53,
            0.44, 0.75, 0.71, 0.72, 0.76, 0.68, 0.65, 0.78, 0.75,
            0.36, 0.51, 0.78, 0.63, 0.92, 0.75, 0.78, 0.68, 0.78,
            0.74, 0.56, 0.72, 0.75, 0.75, 1.03, 0.75, 0.75, 0.61,
        ],
        strict=True,
    )
)  # fmt: skip
_UPRIGHT |= (
    dict.fromkeys(".,;:!'’", 0.28)
    | dict.fromkeys(" \u00a0", 0.34)
    | {"—": 1.0, "%": 0.83, "\u202f": 0.17, "œ": 0.72}
)
BOLD = 1.16
_SPACES = {"thin": 0.17, "medium": 0.22, "thick": 0.28, "quad": 1.0, "qquad": 2.0, "negative": -0.17}
_SMALL = 0.7


@lru_cache(maxsize=20_000)
def text_width(text: str) -> float:
    """The width of running text."""
    return sum(map(_glyph_width, text))


@cache
def _glyph_width(char: str) -> float:
    return _UPRIGHT.get(char) or _UPRIGHT.get(unicodedata.normalize("NFD", char)[0], 0.5)


@lru_cache(maxsize=50_000)
def width(node: Node) -> float:
    """The width of a formula set in display style."""
    return _METHODS[type(node)](node)


def inline_form(node: Node) -> Node:
    """The formula as it is measured in a line of text, where fractions are small."""
    if isinstance(node, Row):
        return Row(tuple(map(inline_form, node.items)))
    if isinstance(node, Fenced):
        return replace(node, content=inline_form(node.content))
    if isinstance(node, Script):
        return replace(node, base=inline_form(node.base))
    return replace(node, kind="tfrac") if isinstance(node, Fraction) and node.kind == "frac" else node


def _row(node: Row) -> float:
    total = 0.0
    operand = False
    for item in node.items:
        total += width(item)
        if isinstance(item, Symbol):
            if item.kind == "relation":
                total += 0.56
            elif item.kind == "binary" and operand:
                total += 0.45
            elif item.kind in ("punctuation", "large"):
                total += 0.17
            operand = item.kind in ("ordinary", "fence")
        elif isinstance(item, Function):
            total += 0.17
        else:
            operand = operand if isinstance(item, Space) else True
    return total


def _symbol(node: Symbol) -> float:
    if len(node.name) == 1 and node.name.isalpha():
        return _ITALIC.get(node.name, 0.6)
    if node.kind == "large":
        return 1.45
    if node.kind in ("punctuation", "fence") or node.name in (".", "!", ":"):
        return 0.4 if node.kind == "fence" else 0.28
    if node.name in (r"\longrightarrow", r"\Longrightarrow", r"\Longleftrightarrow", r"\longmapsto"):
        return 1.8
    if node.name in (r"\ldots", r"\cdots", r"\dots"):
        return 1.2
    if node.kind in ("relation", "binary") or node.name == r"\infty":
        return (
            1.0 if node.name in (r"\infty", r"\to", r"\Rightarrow", r"\mapsto", r"\Leftrightarrow") else 0.78
        )
    return 0.75 if CHARACTERS.get(node.name, "a").isupper() else 0.58


def _number(node: Number) -> float:
    whole, decimals = number_parts(node.digits)
    return 0.5 * (len("".join(whole)) + len(decimals)) + 0.17 * (len(whole) - 1) + (0.28 if decimals else 0.0)


def _fraction(node: Fraction) -> float:
    inner = max(width(node.numerator), width(node.denominator))
    return (inner * _SMALL if node.kind == "tfrac" else inner) + (1.2 if node.kind == "binom" else 0.24)


def _script(node: Script) -> float:
    marks = [width(part) * _SMALL for part in (node.below, node.above) if part is not None]
    primes = 0.28 * node.primes
    base = width(node.base)
    limits = (isinstance(node.base, Function) and node.base.limits) or (
        isinstance(node.base, Symbol) and node.base.kind == "large"
    )
    if limits:
        return max([base, *marks]) + primes + 0.17
    index = 0.0 if node.below is None else width(node.below) * _SMALL
    power = 0.0 if node.above is None else width(node.above) * _SMALL
    return base + max(index, power + primes) + 0.05


def _grid(node: Grid) -> float:
    rows = map(spaced_pairs, node.rows) if node.environment == "aligned" else node.rows
    columns = zip(*rows, strict=True)
    widths = [max(width(cell) for cell in column) for column in columns]
    gap = 0.0 if node.environment in ("aligned", "gathered") else 1.0
    delimiters = {"aligned": 0.0, "gathered": 0.0, "cases": 0.95, "array": 0.4, "matrix": 0.0}.get(
        node.environment, 1.5
    )
    extra = 0.34 * len(widths) if gap == 0.0 else 0.0
    return sum(widths) + gap * (len(widths) - 1) + delimiters + extra


def _stacked(node: Stacked) -> float:
    return max(
        width(node.base),
        *(width(part) * _SMALL + 0.4 for part in (node.above, node.below) if part is not None),
    )


def _brace(node: Brace) -> float:
    return max(width(node.content), 0.0 if node.note is None else width(node.note) * _SMALL)


def _fenced(node: Fenced) -> float:
    return (
        width(node.content)
        + 0.45 * bool(node.left)
        + 0.45 * bool(node.right)
        + (0.5 if isinstance(node.content, Grid) else 0)
    )


_METHODS: Mapping[type, Callable[[Any], float]] = {
    Row: _row,
    Symbol: _symbol,
    Number: _number,
    Fraction: _fraction,
    Script: _script,
    Grid: _grid,
    Stacked: _stacked,
    Brace: _brace,
    Fenced: _fenced,
    Function: lambda node: text_width(node.name),
    Words: lambda node: text_width(node.text) * (BOLD if node.style == "bold" else 1.0),
    Space: lambda node: _SPACES[node.size],
    Root: lambda node: width(node.radicand) + 0.9,
    Accent: lambda node: width(node.base),
    Font: lambda node: width(node.content) * BOLD,
    Boxed: lambda node: width(node.content) + 0.7,
}
