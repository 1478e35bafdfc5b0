"""Weights of affine layers in a row that give any map chosen in advance, where no layer is too narrow."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from solver.derivation.equality import Equality, Means
from solver.network.record import Matrix, Record, Vector
from solver.network.symbols import Names

WRITTEN_OUT = 12
"""Past this many entries, a matrix is written in blocks."""

DRAWN = 20
"""Layers wider than this are checked at this width."""

Compose = Callable[[Sequence[Matrix], Sequence[Vector | None]], tuple[Matrix, Vector]]


@dataclass(frozen=True)
class Converse:
    """The choice, as (name, value) in LaTeX: W̃ in one layer, identities elsewhere, b̃ as the last bias.

    `carrier` names the matrix that holds W̃ in its first `count` rows (`in_rows`) or columns, `padded`
    says that it has others, which are 0; `identity` is the size of the identity matrix where one is named.
    """

    parts: tuple[tuple[str, str], ...]
    carrier: str
    in_rows: bool
    count: int
    padded: bool
    identity: int | None
    other_biases: bool


def converse_of(
    record: Record, first: int, last: int, bias_name: str, compose: Compose
) -> tuple[Converse, Equality]:
    """The choice for layers `first` to `last`, none narrower than both ends, and its check by `compose`."""
    names = Names(record)
    sizes = record.layers[first - 1 : last + 1]
    inner, outer = sizes[0], sizes[-1]
    size = min(inner, outer)
    in_rows = outer <= inner
    carrier = first if in_rows else last
    parts: list[tuple[str, str]] = []
    identity = None
    padded = False
    for layer in range(first, last + 1):
        m, n = record.layers[layer - 1 : layer + 1]
        if layer == carrier:
            padded = n > outer if in_rows else m > inner
            if padded and n * m <= WRITTEN_OUT:
                text = _numbers(
                    [
                        [entry_name(i, j, outer, inner) if i < outer and j < inner else "0" for j in range(m)]
                        for i in range(n)
                    ]
                )
            else:
                text = _block(r"\tilde{W}", in_rows and padded, not in_rows and padded)
        elif n * m <= WRITTEN_OUT:
            text = _numbers([["1" if i == j < size else "0" for j in range(m)] for i in range(n)])
        else:
            identity = size
            text = _block(f"I_{{{size}}}", n > size, m > size)
        parts.append((names.weight_matrix(layer).latex(), text))
    if record.biased[last - 1]:
        parts.append((names.vector("b", last).latex(), bias_name))
    found = Converse(
        tuple(parts), names.weight_matrix(carrier).latex(), in_rows, size, padded, identity,
        any(record.biased[first - 1 : last - 1]),
    )  # fmt: skip
    return found, _check(sizes, compose)


def chosen(sizes: Sequence[int], target: Matrix) -> list[Matrix]:
    """The matrices of the choice, for layers of these sizes and a target of the outer ones."""
    inner, outer = sizes[0], sizes[-1]
    size = min(inner, outer)
    found = []
    for layer, (m, n) in enumerate(pairwise(sizes)):
        holds_target = layer == (0 if outer <= inner else len(sizes) - 2)
        rows = []
        for i in range(n):
            if holds_target:
                rows.append(tuple(target[i][j] if i < outer and j < inner else Fraction(0) for j in range(m)))
            else:
                rows.append(tuple(Fraction(int(i == j < size)) for j in range(m)))
        found.append(tuple(rows))
    return found


def _check(sizes: Sequence[int], compose: Compose) -> Equality:
    """A random target comes back from the product of the matrices chosen for it."""
    chance = random.Random(5)
    drawn = [min(s, DRAWN) for s in sizes]
    target = tuple(
        tuple(Fraction(chance.randint(-9, 9), chance.randint(1, 7)) for _ in range(drawn[0]))
        for _ in range(drawn[-1])
    )
    shift = tuple(Fraction(chance.randint(-9, 9), 7) for _ in range(drawn[-1]))
    biases: list[Vector | None] = [None] * (len(drawn) - 2)
    holds = compose(chosen(drawn, target), [*biases, shift]) == (target, shift)
    return Equality(r"(\tilde{W}, \tilde{b})", r"(\tilde{W}, \tilde{b})\text{ (choix)}", Means.EXACT, holds)


def _numbers(rows: Sequence[Sequence[str]]) -> str:
    if len(rows) == 1 and len(rows[0]) == 1:
        return rows[0][0]
    return r"\begin{pmatrix} " + r" \\ ".join(" & ".join(row) for row in rows) + r" \end{pmatrix}"


def entry_name(i: int, j: int, rows: int, columns: int) -> str:
    """The entry of W̃ (rows × columns) of these indices from 0: two indices, one in a single row, or none."""
    index = f"_{{{i + 1}{j + 1}}}" if rows > 1 else f"_{{{j + 1}}}" if columns > 1 else ""
    return rf"\tilde{{W}}{index}"


def _block(content: str, below: bool, beside: bool) -> str:
    """The content with a block of zeros below it, beside it, or both."""
    if not below and not beside:
        return content
    rows = [[content, "0"] if beside else [content]]
    if below:
        rows.append(["0"] * len(rows[0]))
    return _numbers(rows)
