"""The outline of a network too large to be written out: shapes, loss, size of each gradient."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from solver.network.numbers import Value, value_of
from solver.network.outline import Line, Outline, Section, Space, relation
from solver.network.outline_symbols import Words, title
from solver.network.record import Record
from solver.network.remarks import remarks
from solver.network.symbols import LOSS
from solver.rules.matrix import MatrixSymbol


def outline_of_floats(record: Record, words: Words, lang: str) -> Outline:
    """What can be read of a network computed in float64; its numbers are in the JSON."""
    from solver.network.floats import float_pass, float_verified, numbers_of

    numbers = numbers_of(record)
    found = float_pass(record, numbers)
    verdict = "checked_floats" if float_verified(record, numbers, found) else "failed"
    gradients = [(w.ravel(), None if b is None else b) for w, b in zip(found.dw, found.db, strict=True)]
    closing = (*remarks(record, lang=lang), words["floats"], words[verdict])
    return _outline(record, words, Fraction(found.loss), gradients, closing)


def outline_of_large(record: Record, words: Words, lang: str) -> Outline:
    """The same of a network computed exactly."""
    from solver.network.numeric import numeric_pass
    from solver.network.verify import verified

    found = numeric_pass(record)
    verdict = {True: "checked_numbers", False: "failed", None: "undecided_numbers"}[verified(record, found)]
    gradients = [
        ([_float(v) for row in w for v in row], None if b is None else [_float(v) for v in b])
        for w, b in zip(found.dw, found.db, strict=True)
    ]
    closing = (*remarks(record, found, lang=lang), words["rounded"], words[verdict])
    return _outline(record, words, value_of(found.loss), gradients, closing)


def _float(number: Any) -> float:
    return float(value_of(number))


def _outline(
    record: Record,
    words: Words,
    loss: Value,
    gradients: Sequence[tuple[Iterable[float], Iterable[float] | None]],
    closing: tuple[str, ...],
) -> Outline:
    lines = [Line(_matrix("x", "x"), (("∈", Space(record.layers[0], 1)),), words["input"])]
    for layer in range(1, record.depth + 1):
        why = words["layer"].format(layer=layer, activation=str(record.activations[layer - 1]))
        space = Space(record.layers[layer], record.layers[layer - 1])
        lines.append(Line(_matrix(f"W{layer}", f"W^{{({layer})}}"), (("∈", space),), why))
    sizes = [Line(LOSS, ((relation(loss), loss),))]
    for layer, pair in enumerate(gradients, 1):
        for letter, gradient in zip("Wb", pair, strict=True):
            if gradient is not None:
                norm = Fraction(math.sqrt(math.fsum(v * v for v in gradient)))
                text = rf"\left\| \frac{{\partial L}}{{\partial {letter}^{{({layer})}}}} \right\|"
                sizes.append(Line(_matrix(f"|d{letter}{layer}|", text), ((relation(norm), norm),)))
    sections = (Section(words["shapes"], tuple(lines)), Section(words["norms"], tuple(sizes)))
    return Outline(title(record, words), words["names"], sections, closing)


def _matrix(name: str, text: str) -> MatrixSymbol:
    return MatrixSymbol(name, (), text)
