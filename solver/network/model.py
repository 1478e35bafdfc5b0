"""The model of a network record: architecture, loss and exact numbers, every shape checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from solver.errors import CorrigeError, nearest
from solver.network.activations import Activation, read_activation
from solver.network.exact import exact_number
from solver.network.fields import Fields, Matrix, Vector, read_fields, record_fault
from solver.network.losses import Loss, read_loss
from solver.network.penalty import Penalty, read_penalty

_NAME = re.compile(r"(?:[A-Za-z]|alpha|beta|gamma|delta|theta|lambda|mu|nu|omega|phi|psi|rho|tau)'{0,3}")
MAX_UNITS = 100_000
MAX_EXACT = 10_000
"""Past this many parameters a network is computed in float64, unless the record asks for exact numbers."""
ARITHMETICS = ("exact", "float64")


@dataclass(frozen=True)
class Record:
    """A network: n₀, …, n_p+1 units, one activation a layer of weights, a loss, and numbers where it has
    some.

    `weights[l][i][j]` goes from unit j of layer l to unit i of layer l + 1 (z = W x + b); `biases[l]` is None
    for a layer without bias. `biased` says which layers have one, with or without numbers. `x` and `y` hold
    one row an example; `is_batch` says whether they were given as lists of examples. `notation` maps the name
    of a layer's object (`W2`) to what is printed (`W'`). `arithmetic` is what the record asks for.
    """

    layers: tuple[int, ...]
    activations: tuple[Activation, ...]
    loss: Loss
    biased: tuple[bool, ...]
    weights: tuple[Matrix, ...] | None = None
    biases: tuple[Vector | None, ...] | None = None
    x: Matrix | None = None
    y: Matrix | None = None
    is_batch: bool = False
    penalty: Penalty | None = None
    arithmetic: str | None = None
    notation: tuple[tuple[str, str], ...] = ()

    @property
    def depth(self) -> int:
        """The number of layers of weights: hidden layers + 1."""
        return len(self.layers) - 1

    @property
    def has_numbers(self) -> bool:
        return self.weights is not None

    @property
    def in_floats(self) -> bool:
        """Whether the numbers are computed in float64: large networks, unless asked otherwise."""
        if self.arithmetic is not None:
            return self.arithmetic == "float64"
        return self.parameters > MAX_EXACT

    @property
    def parameters(self) -> int:
        """How many numbers are learned: Σ n_l n_{l−1} + the biases."""
        return sum(
            n * m + (n if biased else 0)
            for m, n, biased in zip(self.layers, self.layers[1:], self.biased, strict=False)
        )


def make_record(fields: Mapping[str, object]) -> Record:
    """The record with these fields. Raises RecordError with the layer, what was expected and what was
    found.
    """
    return _checked(read_fields(fields))


def _checked(model: Fields) -> Record:
    layers = []
    for at, size in enumerate(model.layers):
        if size.denominator != 1 or not 1 <= size <= MAX_UNITS:
            what = f"a layer has from 1 to {MAX_UNITS} units, found {size}"
            raise record_fault("layers", what, place=(at,))
        layers.append(int(size))
    if len(layers) < 2:
        raise record_fault(
            "layers", f"a network has an input and an output: at least 2 sizes, found {len(layers)}"
        )
    depth = len(layers) - 1
    if len(model.activations) != depth:
        raise record_fault(
            "activations",
            f"{depth} activations are expected (one for each layer after the input), "
            f"found {len(model.activations)}",
        )
    activations = []
    for place, text in enumerate(model.activations, 1):
        try:
            activations.append(read_activation(text))
        except CorrigeError as error:
            what = f"layer {place}: {error.message}"
            raise record_fault("activations", what, error.hint, place=(place - 1,)) from None
    try:
        loss = read_loss(model.loss)
    except CorrigeError as error:
        raise record_fault("loss", error.message, error.hint) from None
    if model.arithmetic not in (None, *ARITHMETICS):
        raise record_fault(
            "arithmetic",
            f"arithmetic is “exact” or “float64”, found “{model.arithmetic}”",
            nearest(str(model.arithmetic), ARITHMETICS),
        )
    _all_or_none(model, loss)
    weights = _checked_weights(model.weights, layers) if model.weights is not None else None
    biased, biases = _checked_biases(model.biases, layers)
    x, y, is_batch = _checked_data(model, layers)
    return Record(
        tuple(layers), tuple(activations), loss, biased, weights, biases if weights is not None else None,
        x, y, is_batch, _checked_penalty(model.penalty), model.arithmetic,
        _checked_notation(model.notation or {}, depth),
    )  # fmt: skip


def _all_or_none(model: Fields, loss: Loss) -> None:
    """Numbers everywhere or nowhere; RecordError names what is given and what is missing."""
    given = {
        "weights": model.weights is not None,
        "biases": model.biases is not None and model.biases != "none",
        "x": model.x is not None,
        "y": model.y is not None,
    }
    there = [name for name, is_given in given.items() if is_given]
    missing = [name for name, is_given in given.items() if not is_given]
    if model.biases == "none":
        missing.remove("biases")
    if not loss.needs_target and "y" in missing:
        missing.remove("y")
    if there and missing:
        hints = {
            "biases": "write “none” for a network without biases",
            "y": f"the loss {loss.name} compares the outputs with y",
        }
        hint = "; ".join(hints[name] for name in missing if name in hints) or None
        raise record_fault(
            there[0],
            f"a record has numbers everywhere or nowhere: {_listed(there)} given, {_listed(missing)} missing",
            hint,
            of_name=True,
        )


def _listed(names: list[str]) -> str:
    """`x is`, `weights, x and y are`."""
    whole = " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
    return f"{whole} {'is' if len(names) == 1 and names[0] in 'xy' else 'are'}"


def _checked_penalty(written: Mapping[str, object] | None) -> Penalty | None:
    try:
        return read_penalty(written or {})
    except ValueError as error:
        raise record_fault("penalty", f"“penalty”: {error}") from None


def _checked_weights(weights: tuple[Matrix, ...], layers: list[int]) -> tuple[Matrix, ...]:
    depth = len(layers) - 1
    if len(weights) != depth:
        raise record_fault("weights", f"{depth} weight matrices are expected, found {len(weights)}")
    for number, (rows, m, n) in enumerate(zip(weights, layers, layers[1:], strict=False), 1):
        widths = sorted({len(row) for row in rows})
        if len(rows) != n or widths != [m]:
            width = str(widths[0]) if len(widths) == 1 else "rows of " + " and ".join(map(str, widths))
            wrong = [at for at, row in enumerate(rows) if len(row) != m] if len(rows) == n else []
            raise record_fault(
                "weights",
                f"the weights of layer {number} have the wrong shape: expected {n} × {m} "
                f"(units × inputs), found {len(rows)} × {width if widths else 0}",
                f"weights are written [layer][unit][input]: layer {number} has {n} units reading {m} inputs",
                place=(number - 1, *wrong[:1]),
            )
    return weights


def _checked_biases(
    given: Any, layers: list[int]
) -> tuple[tuple[bool, ...], tuple[Vector | None, ...] | None]:
    depth = len(layers) - 1
    if isinstance(given, str):
        if given != "none":
            raise record_fault("biases", f"a list of biases or “none” is expected, found “{given}”")
        return (False,) * depth, (None,) * depth
    if given is None:
        return (True,) * depth, None
    if len(given) != depth:
        raise record_fault("biases", f"{depth} bias vectors are expected (one a layer), found {len(given)}")
    found: list[Vector | None] = []
    for number, (vector, n) in enumerate(zip(given, layers[1:], strict=True), 1):
        if vector is None or vector == "none":
            found.append(None)
            continue
        if not isinstance(vector, (list, tuple)):
            what = f"the biases of layer {number}: a list of {n} numbers is expected"
            raise record_fault("biases", what, place=(number - 1,))
        if len(vector) != n:
            raise record_fault(
                "biases",
                f"the biases of layer {number} have the wrong shape: expected {n}, found {len(vector)}",
                place=(number - 1,),
            )
        found.append(_vector("biases", vector, f"the biases of layer {number}", number - 1))
    return tuple(b is not None for b in found), tuple(found)


def _vector(field: str, values: Any, what: str, *place: int) -> Vector:
    found = []
    for at, value in enumerate(values):
        try:
            found.append(exact_number(value))
        except ValueError as error:
            raise record_fault(field, f"{what}: {error}", place=(*place, at)) from None
    return tuple(found)


def _checked_data(model: Fields, layers: list[int]) -> tuple[Matrix | None, Matrix | None, bool]:
    if model.x is None:
        return None, None, False
    is_batch = any(isinstance(item, (list, tuple)) for item in model.x)
    rows = model.x if is_batch else (model.x,)
    x = _examples("x", rows, layers[0], is_batch)
    if model.y is None:
        return x, None, is_batch
    target = model.y if isinstance(model.y, (list, tuple)) else (model.y,)
    if is_batch and layers[-1] == 1 and not any(isinstance(v, (list, tuple)) for v in target):
        target = tuple((v,) for v in target)
    y = _examples("y", target if is_batch else (target,), layers[-1], is_batch)
    if len(x) != len(y):
        raise record_fault("y", f"{len(x)} examples in x, {len(y)} in y")
    return x, y, is_batch


_SHAPES = {
    "x": "a batch is a list of examples: [[…], …], each of {size} numbers",
    "y": "y has one number for each output; a class is written as a list of zeros and a one",
}


def _examples(field: str, rows: Any, size: int, is_batch: bool) -> Matrix:
    found = []
    if not rows:
        raise record_fault(field, f"{field} holds no example")
    for number, row in enumerate(rows, 1):
        what = f"example {number} of {field}" if is_batch else field
        place = (number - 1,) if is_batch else ()
        if not isinstance(row, (list, tuple)):
            raise record_fault(field, f"{what}: a list of {size} numbers is expected", place=place)
        if len(row) != size:
            raise record_fault(
                field,
                f"{what} has the wrong shape: expected {size}, found {len(row)}",
                None if is_batch else _SHAPES[field].format(size=size),
                place=place,
            )
        found.append(_vector(field, row, what, *place))
    return tuple(found)


def _checked_notation(notation: Mapping[str, str], depth: int) -> tuple[tuple[str, str], ...]:
    known = [f"{letter}{layer}" for layer in range(1, depth + 1) for letter in "Wbza"] + ["x", "y"]
    for name, printed in notation.items():
        if name not in known:
            raise record_fault(
                "notation", f"notation: “{name}” is not an object of this network", nearest(name, known)
            )
        if not _NAME.fullmatch(printed):
            raise record_fault(
                "notation", f"notation: “{printed}” is no name (a letter or a Greek name, then primes)"
            )
    printed_names = list(notation.values())
    for name in printed_names:
        if printed_names.count(name) > 1:
            raise record_fault("notation", f"notation: two objects would both be printed “{name}”")
    return tuple(sorted(notation.items()))
