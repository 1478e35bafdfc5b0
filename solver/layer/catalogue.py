"""The layers that are known by name, as equations: the forward pass and nothing else. One entry adds one.

Rows are examples. A softmax subtracts the greatest entry c of each row, so that no exponential overflows; the
engine finds that c receives no gradient.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from solver.errors import CorrigeError, nearest
from solver.expression.atoms import decimal_text
from solver.expression.evaluate import exact_value
from solver.expression.functions import ACTIVATIONS, FUNCTIONS, function_named
from solver.expression.reader import read_expression
from solver.layer.model import Layer
from solver.layer.notation import read_layer

MAX_STEPS = 12
ALIASES = {
    "dense": "linear",
    "affine": "linear",
    "recurrent": "rnn",
    "conv": "conv2d",
    "convolution": "conv2d",
}
"""Other names that are read."""
MAX_PATH = 240

_SOFTMAX = "c = rowmax(X)\nE = exp(X - c 1^T)\ns = E 1\n"
_LOG_SOFTMAX = "c = rowmax(X)\nZ = X - c 1^T\nE = exp(Z)\ns = E 1\nS = E / s\n"
_AFFINE = "gamma: 1 x D\nbeta: 1 x D\neps = 1e-5\n"

LAYERS: Mapping[str, str] = MappingProxyType(
    {
        "linear": "X: N x D\nW: K x D\nb: 1 x K\nY = X W^T + 1 b",
        "softmax": f"X: N x D\n{_SOFTMAX}Y = E / s",
        "log_softmax": f"X: N x D\n{_LOG_SOFTMAX}Y = Z - ln(s) 1^T",
        "batch_norm": (
            f"X: N x D\n{_AFFINE}mu = 1^T X / N\nXc = X - 1 mu\nv = 1^T Xc^2 / N\n"
            "sigma = sqrt(v + eps)\nXhat = Xc / sigma\nY = gamma * Xhat + 1 beta"
        ),
        "layer_norm": (
            f"X: N x D\n{_AFFINE}mu = X 1 / D\nXc = X - mu 1^T\nv = Xc^2 1 / D\n"
            "sigma = sqrt(v + eps)\nXhat = Xc / sigma\nY = gamma * Xhat + 1 beta"
        ),
        "rms_norm": (
            "X: N x D\ngamma: 1 x D\neps = 1e-5\nr = sqrt(X^2 1 / D + eps)\nXhat = X / r\nY = gamma * Xhat"
        ),
        "dropout": "X: N x D\nM: N x D given\np: scalar given\nY = X * M / p",
        "srelu": (
            "X: N x D\nt_l: 1 x D\na_l: 1 x D\nt_r: 1 x D\na_r: 1 x D\n"
            "L = [X <= 1 t_l]\nR = [X >= 1 t_r]\n"
            "Y = L * (1 t_l + a_l * (X - 1 t_l)) + R * (1 t_r + a_r * (X - 1 t_r)) + (1 - L - R) * X"
        ),
        "prelu": "X: N x D\na: 1 x D\nY = where(X > 0, X, a * X)",
        "residual": "X: N x D\nW: D x D\nb: 1 x D\nF = X W^T + 1 b\nY = X + F",
        "mlp": (
            "X: N x D\nW1: M x D\nb1: 1 x M\nW2: K x M\nb2: 1 x K\n"
            "Z1 = X W1^T + 1 b1\nA1 = sigmoid(Z1)\nY = A1 W2^T + 1 b2"
        ),
        "attention": (
            "Q: N x D\nK: M x D\nV: M x P\nZ = Q K^T / sqrt(D)\nc = rowmax(Z)\nE = exp(Z - c 1^T)\n"
            "s = E 1\nA = E / s\nY = A V"
        ),
        "conv2d": "X: H x L\nW: R x S\nb: scalar\nY = correlate(X, W) + b",
    }
)
"""Layers by name; `rnn` and `activation:…` are written from their parameters."""

_GIVEN = "X: N x D\nT: N x D given\n"
LOSSES: Mapping[str, str] = MappingProxyType(
    {
        "half_squared": f"{_GIVEN}U = X - T\nL = sum(U^2) / (2 N)",
        "squared": f"{_GIVEN}U = X - T\nL = sum(U^2) / N",
        "mse": f"{_GIVEN}U = X - T\nL = sum(U^2) / (N D)",
        "mae": f"{_GIVEN}U = X - T\nL = sum(|U|) / (N D)",
        "bce": f"{_GIVEN}L = -sum(T * ln(X) + (1 - T) * ln(1 - X)) / (N D)",
        "bce_logits": f"{_GIVEN}L = sum(softplus(X) - T * X) / (N D)",
        "cross_entropy": f"{_GIVEN}L = -sum(T * ln(X)) / N",
        "cross_entropy_logits": (f"{_GIVEN}assume T 1 = 1\n{_LOG_SOFTMAX}L = -sum(T * (Z - ln(s) 1^T)) / N"),
        "nll": f"{_GIVEN}L = -sum(T * X) / N",
        "hinge": f"{_GIVEN}U = 1 - T * X\nL = sum(relu(U)) / N",
        "huber": f"{_GIVEN}U = X - T\nL = sum(where(|U| <= 1, U^2 / 2, |U| - 1/2)) / N",
        "sum": "X: N x D\nL = sum(X) / N",
    }
)
"""Losses of a batch: the mean over the examples; `mse`, `mae` and `bce` are means over the outputs too."""


def names() -> tuple[str, ...]:
    """Every name that the command takes."""
    activations = (f"activation:{name}" for name in ACTIVATIONS)
    return (*LAYERS, "rnn", *activations, *(f"loss:{name}" for name in LOSSES))


def named_layer(name: str, steps: int = 3) -> Layer:
    """The layer of that name. Raises CorrigeError with the nearest name."""
    kind, colon, rest = name.partition(":")
    if not colon and name in LAYERS:
        return read_layer(LAYERS[name], name)
    if name == "rnn":
        return read_layer(recurrent(steps), name)
    if kind == "activation" and colon:
        return _activation(rest)
    if kind == "loss" and colon:
        from solver.network.losses import read_loss

        loss = read_loss(rest).name
        return read_layer(LOSSES[loss], f"loss:{loss}")
    raise _unknown(name)


def find_layer(text: str, steps: int = 3) -> Layer:
    """The layer of a name, or of the file that is found there; `-` reads standard input."""
    text = ALIASES.get(text, text)
    kind = text.partition(":")[0]
    if text in LAYERS or text == "rnn" or (":" in text and kind in ("activation", "loss")):
        return named_layer(text, steps)
    if text == "-":
        return read_layer(_decoded(sys.stdin.buffer.read(), "standard input"), "standard input")
    path = Path(text[:MAX_PATH])
    try:
        if path.is_file():
            return read_layer(_decoded(path.read_bytes(), text), path.stem, text)
    except (OSError, ValueError) as error:
        raise CorrigeError(f"cannot read {text}: {error}") from None
    if "/" in text or path.suffix in (".txt", ".layer", ".md", ".tex"):
        raise CorrigeError(f"cannot read {text}: no such file")
    raise _unknown(text)


def _decoded(content: bytes, path: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CorrigeError(f"{path} is not UTF-8 text") from None


def _unknown(name: str) -> CorrigeError:
    prefixed = {n: f"activation:{n}" for n in ACTIVATIONS} | {n: f"loss:{n}" for n in LOSSES}
    known = {n: n for n in (*LAYERS, "rnn")} | prefixed
    hint = nearest(name, [*known, *names()])
    if hint is not None:
        for short, whole in prefixed.items():
            hint = hint.replace(f"“{short}”", f"“{whole}”")
    return CorrigeError(
        f"unknown layer “{name[:60]}”; known: {', '.join((*LAYERS, 'rnn'))}, activation:NAME, loss:NAME, "
        "or a file of equations",
        hint=hint,
    )


def _activation(text: str) -> Layer:
    match = re.fullmatch(r"\s*([A-Za-z]\w*)\s*(?:\(([^()]*)\))?\s*", text)
    word = match[1] if match else text[:60]
    name = "identity" if word == "linear" else function_named(word)
    if word in ("softmax", "log_softmax"):
        return read_layer(LAYERS[word], f"activation:{word}")
    if match is None or name not in ACTIVATIONS:
        known = (*ACTIVATIONS, "softmax", "log_softmax")
        raise CorrigeError(
            f"unknown activation “{word}”; known: {', '.join(known)}", hint=nearest(word, known)
        )
    given = [_parameter(part) for part in (match[2] or "").split(",") if part.strip()]
    most = len(FUNCTIONS[name].defaults)
    if len(given) > most:
        raise CorrigeError(f"activation “{name}” takes {most} parameters, found {len(given)}")
    values = ", ".join(given)
    shown = f"{name}({values})" if given else name
    return read_layer(f"X: N x D\nY = {name}({', '.join(['X', *given])})", f"activation:{shown}")


def _parameter(text: str) -> str:
    """`0.1`, `a=0.1`, `1/10`: the number as it is typed. Raises CorrigeError where it is none."""
    typed = text.rpartition("=")[2].strip()
    value = exact_value(read_expression(typed))
    if value is None:
        raise CorrigeError(f"an exact number is expected for a parameter, found “{text.strip()[:40]}”")
    return _typed(value)


def _typed(value: Fraction) -> str:
    """A parameter as it is typed: a decimal where it ends."""
    shown = decimal_text(abs(value)) or str(abs(value))
    return f"-{shown}" if value < 0 else shown


def recurrent(steps: int) -> str:
    """A recurrent cell unrolled: H_t = tanh(X_t Wᵀ + H_(t−1) Uᵀ + 𝟏 b), whose last state is the output."""
    if not 1 <= steps <= MAX_STEPS:
        raise CorrigeError(f"--steps is between 1 and {MAX_STEPS}, found {steps}")
    lines = [f"X_{t}: N x D" for t in range(1, steps + 1)]
    lines += ["H_0: N x K", "W: K x D", "U: K x K", "b: 1 x K"]
    for t in range(1, steps + 1):
        lines += [f"Z_{t} = X_{t} W^T + H_{t - 1} U^T + 1 b", f"H_{t} = tanh(Z_{t})"]
    return "\n".join([*lines, f"Y = H_{steps}"])
