"""Whether a loss, its last activation and its targets go together: a logarithm wants a probability."""

from __future__ import annotations

from fractions import Fraction

from solver.network.fields import RecordError, record_fault
from solver.network.model import Record

PROBABILITIES = ("sigmoid", "softmax", "hard_sigmoid")
"""Activations whose values are probabilities."""

_HINTS = {
    "bce": "sigmoid gives probabilities; bce_logits takes the logits",
    "cross_entropy": "softmax gives probabilities; cross_entropy_logits takes the logits",
}
"""Losses that take the logarithm of the outputs, and what to do where the outputs are logits."""

_WEIGHTED = (*_HINTS, "bce_logits", "cross_entropy_logits")
"""Losses that weigh logarithms by the targets: outside [0, 1] they are no cross-entropy, and with a negative
weight they have no least value."""


def misfit(record: Record) -> RecordError | None:
    """What makes the network meaningless: a cross-entropy of outputs or targets that are no probabilities."""
    loss, last = record.loss.name, record.activations[-1].name
    if loss in _HINTS and last not in PROBABILITIES:
        return record_fault(
            "loss",
            f"{loss} takes the logarithm of outputs between 0 and 1; "
            f"the last activation, {last}, gives others",
            hint=_HINTS[loss],
        )
    outside = target_outside(record)
    if outside is not None:
        return record_fault("y", f"{loss} expects targets between 0 and 1, found {outside}")
    return None


def target_outside(record: Record) -> Fraction | None:
    """A target that is no probability, where the loss weighs logarithms by it."""
    if record.loss.name not in _WEIGHTED:
        return None
    return next((target for row in record.y or () for target in row if not 0 <= target <= 1), None)
