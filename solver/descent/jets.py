"""Balls with their partial derivatives: an update rule applied to jets gives its own Jacobian."""

from __future__ import annotations

from typing import TypeAlias, Union

from flint import arb

Row: TypeAlias = tuple[arb, ...]
Operand: TypeAlias = Union["Jet", arb, int]


class Jet:
    """value + Σ rowⱼ·εⱼ with εᵢεⱼ = 0 (forward mode)."""

    __slots__ = ("row", "value")

    def __init__(self, value: arb, row: Row) -> None:
        self.value, self.row = value, row

    def __add__(self, other: Operand) -> Jet:
        if isinstance(other, Jet):
            return Jet(
                self.value + other.value, tuple(a + b for a, b in zip(self.row, other.row, strict=True))
            )
        return Jet(self.value + other, self.row)

    __radd__ = __add__

    def __neg__(self) -> Jet:
        return Jet(-self.value, tuple(-a for a in self.row))

    def __sub__(self, other: Operand) -> Jet:
        return self + (-other)

    def __rsub__(self, other: Operand) -> Jet:
        return -self + other

    def __mul__(self, other: Operand) -> Jet:
        if isinstance(other, Jet):
            row = (self.value * b + other.value * a for a, b in zip(self.row, other.row, strict=True))
            return Jet(self.value * other.value, tuple(row))
        return Jet(self.value * other, tuple(a * other for a in self.row))

    __rmul__ = __mul__

    def __truediv__(self, other: Operand) -> Jet:
        if isinstance(other, Jet):
            value = self.value / other.value
            row = ((a - value * b) / other.value for a, b in zip(self.row, other.row, strict=True))
            return Jet(value, tuple(row))
        return Jet(self.value / other, tuple(a / other for a in self.row))

    def sqrt(self) -> Jet:
        """√(v + ε) = √v + ε/(2√v)."""
        value = self.value.sqrt()
        return Jet(value, tuple(a / (2 * value) for a in self.row))
