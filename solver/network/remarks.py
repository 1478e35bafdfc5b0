"""What a reader must be told beside the numbers: kinks and the slope taken, 0 ln 0, unusual pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from solver.network.fitting import PROBABILITIES, target_outside
from solver.network.numbers import Num, is_exact, rational, text, value_of
from solver.network.record import Record
from solver.resources import language_words

if TYPE_CHECKING:
    from solver.network.numeric import Pass

MOST = 20
"""Kinks of one kind that are named; the others are counted."""

_LOGITS = {"bce_logits": ("sigmoid", "hard_sigmoid"), "cross_entropy_logits": ("softmax", "sigmoid")}


def sentences(lang: str) -> Mapping[str, str]:
    """The sentences of the verb in a language."""
    return language_words(lang, "network")


def remarks(record: Record, found: Pass | None = None, *, lang: str = "en") -> list[str]:
    """The sentences that this record calls for; of a pass with numbers, those of its numbers."""
    words = sentences(lang)
    on_numbers = _kinks(record, words) if found is None else _kinks_met(record, found, words)
    return [*on_numbers, *_pair(record, words)]


def _short(value: Num) -> str:
    """The number, or its first decimals where it has many (SELU)."""
    whole = text(value)
    return whole if len(whole) <= 12 else f"{float(value_of(value)):.10f}"[:-2] + "…"


def _kinks(record: Record, words: Mapping[str, str]) -> Iterator[str]:
    for activation in dict.fromkeys(record.activations):
        if activation.kinks:
            slopes = (_short(activation.slope_at(rational(k))) for k in activation.kinks)
            yield words["kink_symbolic"].format(
                name=activation.name, points=", ".join(map(str, activation.kinks)), slopes=", ".join(slopes)
            )


def _kinks_met(record: Record, found: Pass, words: Mapping[str, str]) -> Iterator[str]:
    def example(e: int) -> str:
        return words["example"].format(example=e + 1) if record.is_batch else ""

    for layer, e, unit in found.kinks[:MOST]:
        activation, z = record.activations[layer], found.z[layer][e][unit]
        yield words["kink"].format(
            node=f"z{layer + 1}_{unit + 1}", value=text(z), example=example(e),
            name=activation.name, slope=_short(activation.slope_at(z)),
        )  # fmt: skip
    if len(found.kinks) > MOST:
        yield words["more_kinks"].format(count=len(found.kinks) - MOST)
    for e, unit in found.loss_kinks[:MOST]:
        yield words["loss_kink"].format(
            name=record.loss.name, node=f"a{record.depth}_{unit + 1}", example=example(e)
        )
    if record.penalty is not None and record.penalty.l1:
        zeros = _zero_parameters(record)
        if zeros:
            shown = ", ".join(zeros[:MOST]) + (", …" if len(zeros) > MOST else "")
            yield words["penalty_kink"].format(names=shown)
    if unproved := _unproved_zeros(record, found):
        shown = ", ".join(unproved[:MOST]) + (", …" if len(unproved) > MOST else "")
        yield words["unproved_zero"].format(names=shown)
    if _has_zero_log(record, found):
        yield words["zero_log"].format(name=record.loss.name)


def _unproved_zeros(record: Record, found: Pass) -> list[str]:
    """Values and gradients of neurons, and the loss, that are written 0 as nothing tells them from 0."""
    groups = (("z", found.z), ("a", found.a), ("dz", found.dz), ("da", found.da))
    named = [
        (f"{letter}{layer}_{unit}", value)
        for letter, layers in groups
        for layer, rows in enumerate(layers, 1)
        for row in rows
        for unit, value in enumerate(row, 1)
    ]
    told = [name for name, value in (*named, ("L", found.loss)) if _is_ball_of_zero(value)]
    return list(dict.fromkeys(told))


def _is_ball_of_zero(value: Num) -> bool:
    return not is_exact(value) and bool(value.contains(0)) and not value.is_zero()


def _zero_parameters(record: Record) -> list[str]:
    weights = [
        f"W{layer}_{i}_{j}"
        for layer, rows in enumerate(record.weights or (), 1)
        for i, row in enumerate(rows, 1)
        for j, w in enumerate(row, 1)
        if w == 0
    ]
    if record.penalty is None or not record.penalty.biases:
        return weights
    biases = enumerate(record.biases or (), 1)
    return weights + [f"b{n}_{i}" for n, bias in biases for i, b in enumerate(bias or (), 1) if b == 0]


def _has_zero_log(record: Record, found: Pass) -> bool:
    """Whether some output is exactly 0 (or 1, for bce) while its target takes that logarithm away."""
    if record.loss.name not in ("bce", "cross_entropy"):
        return False
    outputs = [a for row in found.a[-1] for a in row if is_exact(a)]
    return any(a == 0 or (record.loss.name == "bce" and a == 1) for a in outputs)


def _pair(record: Record, words: Mapping[str, str]) -> Iterator[str]:
    """A last activation and a loss that are seldom meant together."""
    loss, activation = record.loss.name, record.activations[-1].name
    if loss == "bce" and activation == "softmax":
        yield words["pair_bce_softmax"]
    elif loss in ("bce", "cross_entropy") and activation not in PROBABILITIES:
        yield words["pair_probabilities"].format(loss=loss, activation=activation)
    elif loss == "nll" and activation not in ("log_softmax", "log_sigmoid"):
        yield words["pair_nll"].format(activation=activation)
    elif activation in _LOGITS.get(loss, ()):
        inner = _LOGITS[loss][0]
        yield words["pair_logits"].format(loss=loss, inner=inner, activation=activation)
    if (target := target_outside(record)) is not None:
        yield words["pair_targets"].format(loss=loss, target=target)
    if loss == "hinge" and any(abs(v) != 1 for row in record.y or () for v in row):
        yield words["pair_hinge"]
