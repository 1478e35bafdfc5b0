"""What a network without hidden activations is called, and what it cannot separate."""

from __future__ import annotations

from solver.network.record import Record

_INCREASING = ("identity", "sigmoid", "tanh", "softplus", "selu", "softsign", "log_sigmoid")

SQUARES = ("half_squared", "squared", "mse")
DISTANCES = (*SQUARES, "mae", "huber")


def regression(record: Record) -> tuple[str, bool]:
    """The usual name of one affine layer with this last activation, and whether the loss is its usual one."""
    last, loss, single = record.activations[-1].name, record.loss.name, record.layers[-1] == 1
    matched = {
        ("sigmoid", "bce", True),
        ("identity", "bce_logits", True),
        ("softmax", "cross_entropy", False),
        ("identity", "cross_entropy_logits", False),
    }
    if (last, loss, single) in matched:
        return "logistic", True
    if loss in DISTANCES and last == "identity":
        return "linear", loss in SQUARES
    if loss in DISTANCES and last == ("sigmoid" if single else "softmax"):
        return "logistic", False
    return "other", False


def can_xor(record: Record) -> bool:
    """Whether the remark on exclusive or applies: one output, at least two inputs, an increasing last
    activation.
    """
    return record.layers[-1] == 1 and record.layers[0] >= 2 and record.activations[-1].name in _INCREASING
