"""The fields of a network record as they are written: lists of names and of exact numbers, no meaning yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import fields as fields_of
from fractions import Fraction
from typing import Any

from solver.errors import CorrigeError, nearest
from solver.network.exact import exact_number

Vector = tuple[Fraction, ...]
Matrix = tuple[Vector, ...]

_REQUIRED = ("layers", "activations", "loss")
_PLACES = {"weights": ("layer", "unit", "input"), "biases": ("layer", "unit")}


class RecordError(CorrigeError):
    """A network record that cannot be read; `field` is the one at fault, `place` the indices inside it.

    `of_name` says that the field's name is wrong, not its value.
    """

    field: str = ""
    place: tuple[int, ...] = ()
    of_name: bool = False


def record_fault(
    field: str, message: str, hint: str | None = None, *, place: tuple[int, ...] = (), of_name: bool = False
) -> RecordError:
    """A RecordError about a field, or about what `place` leads to in it."""
    error = RecordError(message, hint=hint)
    error.field, error.place, error.of_name = field, place, of_name
    return error


@dataclass(frozen=True)
class Fields:
    """A record before its shapes are compared. `biases` is None where there are none of its own, “none” for a
    network without; `x` and `y` stay as they were written, one example or a list of them."""

    layers: Vector
    """Units of each layer, inputs first."""
    activations: tuple[str, ...]
    """One activation for each layer after the input; a parameter in parentheses: `leaky_relu(0.1)`."""
    loss: str
    """The loss, by name."""
    weights: tuple[Matrix, ...] | None = None
    """Numbers, `[layer][unit][input]`, for z = W x + b."""
    biases: tuple[Any, ...] | str | None = None
    """Numbers, `[layer][unit]`; null for a layer without, `none` for a network without."""
    x: tuple[Any, ...] | None = None
    """An example, or a batch as a list of examples."""
    y: Any = None
    """The target of the example, or of each example of the batch."""
    penalty: Mapping[str, object] | None = None
    """λ₁ Σ|w| + (λ₂/2) Σ w² added to the mean loss: `{"l1": λ₁, "l2": λ₂}`."""
    arithmetic: str | None = None
    """Exact numbers or float64; by default float64 past 10,000 parameters."""
    notation: Mapping[str, str] | None = None
    """What the objects of a layer are printed as: `{"W2": "V"}`."""


def read_fields(written: Mapping[str, object]) -> Fields:
    """The fields by name. Raises RecordError for one that is unknown, missing or of another sort."""
    known = tuple(f.name for f in fields_of(Fields))
    for name in written:
        if name not in known:
            raise record_fault(
                name,
                f"unknown field “{name}”; the fields: {', '.join(known)}",
                nearest(name, known),
                of_name=True,
            )
    for name in _REQUIRED:
        if name not in written:
            raise record_fault(name, f"the field “{name}” is missing")
    return Fields(**{name: _READERS[name](name, value) for name, value in written.items()})


def _number(field: str, value: object, *place: int) -> Fraction:
    try:
        return exact_number(value)
    except ValueError as error:
        raise record_fault(field, f"{_place(field, place)}: {error}", place=place) from None


def _text(field: str, value: object, *place: int) -> str:
    if not isinstance(value, str):
        what = f"{_place(field, place)}: a name is expected, found {_shown(value)}"
        raise record_fault(field, what, place=place)
    return value


def _any(field: str, value: object, *place: int) -> object:
    return value


_Reader = Callable[..., Any]


def _list_of(item: _Reader) -> _Reader:
    """The reader of a list whose items `item` reads."""

    def read(field: str, value: object, *place: int) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)):
            what = f"{_place(field, place)}: a list is expected, found {_shown(value)}"
            raise record_fault(field, what, place=place)
        return tuple(item(field, inner, *place, at) for at, inner in enumerate(value))

    return read


def _or_none(inner: _Reader) -> _Reader:
    return lambda field, value: None if value is None else inner(field, value)


def _biases(field: str, value: object) -> object:
    if value is None:
        return "none"
    return value if isinstance(value, str) else _list_of(_any)(field, value)


def _mapping(field: str, value: object) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise record_fault(field, f"“{field}”: fields and values are expected, found {_shown(value)}")
    return {_text(field, key): inner for key, inner in value.items()}


def _names(field: str, value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise record_fault(field, f"“{field}”: names by object are expected, found {_shown(value)}")
    return {_text(field, key): _text(field, name) for key, name in value.items()}


_READERS: Mapping[str, _Reader] = {
    "layers": _list_of(_number),
    "activations": _list_of(_text),
    "loss": _text,
    "weights": _or_none(_list_of(_list_of(_list_of(_number)))),
    "biases": _biases,
    "x": _or_none(_list_of(_any)),
    "y": _any,
    "penalty": _or_none(_mapping),
    "arithmetic": _or_none(_text),
    "notation": _or_none(_names),
}


def _place(field: str, place: tuple[int, ...]) -> str:
    """`“weights”, layer 1, unit 2, input 3` for ("weights", (0, 1, 2))."""
    words = _PLACES.get(field, ("item",) * 3)
    parts = [f"{word} {at + 1}" for word, at in zip(words, place, strict=False)]
    return ", ".join([f"“{field}”", *parts])


def _shown(value: object) -> str:
    text = str(value)
    return f"“{text if len(text) <= 40 else text[:40] + '…'}”"
