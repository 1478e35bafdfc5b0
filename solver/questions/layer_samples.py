"""The entries of the small example of a layer: short numbers, and of a loss what it is made for."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType

from solver.layer.model import Layer
from solver.layer.shapes import SCALAR
from solver.layer.steps import received

HALF = Fraction(1, 2)
TRIES = 12
_RANGES = ((-2, 3, 1), (1, 4, 1), (1, 4, 5))

Rows = list[list[Fraction]]

NATURES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "dropout": {"M": "bits"},
        "loss:bce": {"X": "probabilities", "T": "bits"},
        "loss:bce_logits": {"T": "bits"},
        "loss:cross_entropy": {"X": "distributions", "T": "one-hot"},
        "loss:cross_entropy_logits": {"T": "one-hot"},
        "loss:nll": {"X": "negative", "T": "one-hot"},
        "loss:hinge": {"T": "signs"},
    }
)
"""What the entries of a layer are, where not any number will do."""


def drawn_entries(layer: Layer, sizes: Mapping[str, int], attempt: int) -> dict[str, Rows]:
    """Small whole entries, or fifths between 0 and 1, or what `NATURES` asks; rows that sum to 1 hold one 1;
    a number alone is 1/2.

    Later attempts leave the negative numbers, then the whole ones.
    """
    source = random.Random(f"small case {attempt}")
    natures = NATURES.get(layer.name, {})
    grids: dict[str, Rows] = {}
    for name in (*layer.inputs, *received(layer)):
        rows, columns = (dim.value(sizes) for dim in name.of)
        if name.of == SCALAR:
            grids[name.name] = [[HALF]]
            continue
        nature = "one-hot" if name in layer.rows_sum_to_one else natures.get(name.name)
        spread = _RANGES[attempt * len(_RANGES) // TRIES]
        grids[name.name] = _varied(source, nature, rows, columns, spread)
    return grids


def _varied(
    source: random.Random, nature: str | None, rows: int, columns: int, spread: tuple[int, int, int]
) -> Rows:
    """Rows that are not all the same; without a nature no row or column is constant, which a mean would
    cancel. Only where that is soon found."""
    low, high, below = spread
    grid: Rows = []
    for _ in range(TRIES):
        if nature is not None:
            grid = [_row(source, nature, columns) for _ in range(rows)]
            done = rows < 2 or columns < 2 or any(row != grid[0] for row in grid)
        else:
            grid = [[Fraction(source.randint(low, high), below) for _ in range(columns)] for _ in range(rows)]
            lines = [*grid, *zip(*grid, strict=True)]
            done = min(rows, columns) < 2 or all(len(set(line)) > 1 for line in lines)
        if done:
            break
    return grid


def _row(source: random.Random, nature: str, columns: int) -> list[Fraction]:
    match nature:
        case "one-hot":
            place = source.randrange(columns)
            return [Fraction(j == place) for j in range(columns)]
        case "distributions":  # lengths between cuts of a whole
            whole = 10 if columns < 10 else 10 * columns
            cuts = [0, *sorted(source.sample(range(1, whole), columns - 1)), whole]
            return [Fraction(b - a, whole) for a, b in pairwise(cuts)]
        case "probabilities":
            return [Fraction(source.randint(1, 4), 5) for _ in range(columns)]
        case "bits":
            return [Fraction(source.randint(0, 1)) for _ in range(columns)]
        case "signs":
            return [Fraction(source.choice((-1, 1))) for _ in range(columns)]
        case "negative":
            return [Fraction(-source.randint(1, 4)) for _ in range(columns)]
    raise ValueError(nature)
