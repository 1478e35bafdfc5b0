"""Activations by name, as records write them: `relu`, `leaky_relu(0.1)`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from solver.errors import CorrigeError, nearest
from solver.expression.functions import FUNCTIONS
from solver.expression.tree import Apply, Expr, Negative, Number
from solver.network import numbers as n
from solver.network.activation_rows import ROWS, VECTORS, Parameters, Row
from solver.network.numbers import Num


@dataclass(frozen=True)
class Activation:
    """An activation with its parameters. `softmax` and `log_softmax` act on a whole layer."""

    name: str
    parameters: Parameters = ()

    def __str__(self) -> str:
        """As a record writes it: `relu`, `leaky_relu(0.1)`."""
        if self.is_vector or self.parameters == self.row.defaults:
            return self.name
        return f"{self.name}({', '.join(map(str, self.parameters))})"

    @property
    def is_vector(self) -> bool:
        return self.name in VECTORS

    @property
    def row(self) -> Row:
        return ROWS[self.name]

    @property
    def kinks(self) -> tuple[Fraction, ...]:
        """The points where φ′ does not exist."""
        if self.is_vector or (self.name in ("leaky_relu", "elu") and self.parameters == (Fraction(1),)):
            return ()
        return tuple(Fraction(k) for k in FUNCTIONS[self.name].kinks)

    @property
    def text(self) -> str:
        r"""How the function prints before its argument: `\sigma`, `\tanh`, `\operatorname{ReLU}`."""
        if self.is_vector:
            return rf"\operatorname{{{self.name.replace('_', '-')}}}"
        return FUNCTIONS[self.name].macro

    def define(self, z: Expr) -> Expr:
        """φ(z) as an expression (scalar activations); z itself for the identity."""
        if self.name == "identity":
            return z
        changed = self.parameters != self.row.defaults
        return Apply(self.name, (z, *(_number(p) for p in self.parameters)) if changed else (z,))

    def values(self, z: Sequence[Num]) -> tuple[Num, ...]:
        """The activations of a layer."""
        if self.is_vector:
            return VECTORS[self.name].values(z)
        return tuple(self.row.value(v, self.parameters) for v in z)

    def pull_back(self, z: Sequence[Num], a: Sequence[Num], da: Sequence[Num]) -> tuple[Num, ...]:
        """∂L/∂z from ∂L/∂a."""
        if self.is_vector:
            return VECTORS[self.name].pull_back(z, a, da)
        return tuple(d * self.row.slope(v, self.parameters) for v, d in zip(z, da, strict=True))

    def slope_at(self, z: Num) -> Num:
        """φ′(z), or the slope taken where it does not exist (scalar activations)."""
        return self.row.slope(z, self.parameters)

    def at_kink(self, z: Num) -> bool:
        """Whether z is exactly a point where φ′ does not exist."""
        return n.is_exact(z) and any(z == n.rational(k) for k in self.kinks)


def _number(value: Fraction) -> Expr:
    return Number(value, True) if value >= 0 else Negative(Number(-value, True))


def read_activation(text: str) -> Activation:
    """`relu`, `leaky_relu(0.1)`: the activation of that name; CorrigeError suggests the nearest."""
    from solver.network.exact import exact_number

    match = re.fullmatch(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*(?:\(([^()]*)\))?\s*", text)
    if not match:
        raise CorrigeError(f"the name of an activation is expected, found “{text[:60]}”")
    key = match[1].lower().replace("_", "")
    names = {name.replace("_", ""): name for name in (*ROWS, *VECTORS)} | _ALIASES
    if key not in names:
        known = (*ROWS, *VECTORS)
        raise CorrigeError(
            f"unknown activation “{match[1]}”; known: {', '.join(known)}", hint=nearest(match[1], known)
        )
    name = names[key]
    defaults = ROWS[name].defaults if name in ROWS else ()
    given: Parameters = ()
    if match[2] is not None and match[2].strip():
        try:
            given = tuple(exact_number(part.partition("=")[2] or part) for part in match[2].split(","))
        except ValueError as error:
            raise CorrigeError(f"activation “{name}”: {error}") from None
    if len(given) > len(defaults):
        raise CorrigeError(f"activation “{name}” takes {len(defaults)} parameters, found {len(given)}")
    if name == "celu" and 0 in given:
        raise CorrigeError("activation “celu”: α is not 0 (it divides z)")
    return Activation(name, given + defaults[len(given) :])


_ALIASES = {
    "linear": "identity",
    "none": "identity",
    "swish": "silu",
    "logistic": "sigmoid",
    "id": "identity",
}
