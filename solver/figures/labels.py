"""Labels: words and formulas set by Typst, so that a figure shows a formula as the page around it does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from solver.errors import CorrigeError
from solver.resources import template_text
from solver.writers.formula_shape import formula
from solver.writers.formula_typst import print_typst
from solver.writers.typst_compiler import measured
from solver.writers.typst_text import typst_string


@dataclass(frozen=True, slots=True)
class Extent:
    """The ink of a line of text in points: its width, its height above and its depth below the base line."""

    width: float
    ascent: float
    descent: float

    @property
    def height(self) -> float:
        return self.ascent + self.descent


def content(label: str, terms: Mapping[str, str], lang: str) -> str:
    """The Typst content of a label: words looked up in the terms of the language, `$…$` as mathematics."""
    pieces = re.split(r"(\$[^$]*\$)", label)
    return "".join(
        _formula(piece[1:-1], lang) if at % 2 else _words(piece, terms)
        for at, piece in enumerate(pieces)
        if piece
    )


def _words(piece: str, terms: Mapping[str, str]) -> str:
    core = piece.strip(" ,;:()")
    found = terms.get(core)
    shown = piece.replace(core, found) if core and found is not None else piece
    return f"#{typst_string(shown)};"


def _formula(latex: str, lang: str) -> str:
    try:
        return f"${print_typst(formula(latex, lang), lang)}$"
    except CorrigeError:
        return f"#{typst_string(latex)};"  # shown as it is written, rather than a failed build


_known: dict[str, tuple[float, float, float]] = {}  # of a line in one point of text size


def measure(contents: Iterable[str]) -> None:
    """Measures these contents in one run of Typst, so that `extent` finds them."""
    new = sorted({text for text in contents if text and text not in _known})
    if new:
        entries = ", ".join(f"extent[{text}]" for text in new)
        source = f"{template_text('typst/figure.typ')}\n#context [#metadata(({entries},)) <sizes>]"
        for text, size in zip(new, measured(source, "sizes"), strict=True):
            _known[text] = tuple(size)


def extent(text: str, size: float) -> Extent:
    """The ink of a content at a text size in points."""
    if not text:
        return Extent(0.0, 0.0, 0.0)
    measure([text])
    width, ascent, descent = (size * length for length in _known[text])
    return Extent(width, ascent, descent)
