"""How a table fits its line: which columns wrap, how wide they are, and how small the text gets if it
must."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from solver.document.nodes import Code, Inline, InlineMath, LineBreak, Table, Text
from solver.writers.formula_shape import formula
from solver.writers.formula_width import BOLD, inline_form, text_width, width

_GAP = 1.2
_SIZES = (1.0, 0.9, 0.8)


@dataclass(frozen=True, slots=True)
class TableLayout:
    """`widths[i]` is the width in em of a column that wraps, None for one that does not; `size` scales the
    text.

    `fits` is False where even the smallest text is too wide: the writer then scales the whole.
    """

    widths: tuple[float | None, ...]
    size: float
    fits: bool


def line_width(content: Iterable[Inline]) -> float:
    """The width in em of a line that does not wrap."""
    total = 0.0
    for node in content:
        if isinstance(node, Text):
            total += text_width(node.text)
        elif isinstance(node, InlineMath):
            total += _formula_width(node.latex)
        elif isinstance(node, Code):
            total += 0.53 * len(node.text)
        elif not isinstance(node, LineBreak):
            total += line_width(getattr(node, "content", ()))
    return total


@lru_cache(maxsize=20_000)
def _formula_width(latex: str) -> float:
    return width(inline_form(formula(latex, "fr")))


def _narrowest(content: Iterable[Inline]) -> float:
    """The width of the widest piece that cannot be broken: a word or a formula."""
    widest = 0.0
    for node in content:
        if isinstance(node, Text):
            words = node.text.replace("\u00a0", "x").replace("\u202f", "").split()
            widest = max(widest, max((text_width(word) for word in words), default=0.0))
        elif isinstance(node, (InlineMath, Code)):
            widest = max(widest, line_width((node,)))
        else:
            widest = max(widest, _narrowest(getattr(node, "content", ())))
    return widest


def layout(table: Table, available: float) -> TableLayout:
    """Natural widths where they fit; else the widest columns wrap; else the text gets smaller."""
    columns = list(zip(*table.rows, strict=True)) or [()] * len(table.header)
    pairs = list(zip(table.header, columns, strict=True))
    natural = [max([BOLD * line_width(head), *map(line_width, column)]) + 0.1 for head, column in pairs]
    least = [max([BOLD * _narrowest(head), *map(_narrowest, column)]) + 0.1 for head, column in pairs]
    for size in _SIZES:
        room = available / size - _GAP * len(columns)
        if sum(natural) <= room:
            return TableLayout((None,) * len(columns), size, True)
        if sum(least) <= room:
            return TableLayout(_wrapped(natural, least, room), size, True)
    room = available / _SIZES[-1] - _GAP * len(columns)
    return TableLayout(_wrapped(natural, least, max(room, sum(least))), _SIZES[-1], False)


def _wrapped(natural: list[float], least: list[float], room: float) -> tuple[float | None, ...]:
    """Widths between least and natural that sum to `room`: narrow columns keep theirs, wide ones share the
    rest."""
    cap = max(natural)
    low, high = 0.0, cap
    for _ in range(30):
        cap = (low + high) / 2
        if sum(max(small, min(full, cap)) for full, small in zip(natural, least, strict=True)) > room:
            high = cap
        else:
            low = cap
    return tuple(
        None if full <= max(small, low) + 1e-6 else max(small, low)
        for full, small in zip(natural, least, strict=True)
    )
