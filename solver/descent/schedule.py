"""How the rate changes from step to step: constant, by steps, exponentially, or as 1/t."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from solver.descent.asked import read_number
from solver.errors import CorrigeError, nearest

GRAMMAR = "constant, step:N:FACTOR, exponential:FACTOR, 1/t or 1/t:N"


@dataclass(frozen=True)
class Schedule:
    """αₖ, the rate of the step from w⁽ᵏ⁾ to w⁽ᵏ⁺¹⁾ (k = 0 is the first), as a multiple of the rate given.

    constant: αₖ = α; step: αₖ = α·γ^⌊k/N⌋; exponential: αₖ = α·γᵏ; 1/t: αₖ = α/(1 + k/N).
    """

    kind: str
    every: int = 1
    factor: Fraction = Fraction(1)

    def share(self, k: int) -> Fraction:
        """αₖ/α."""
        if self.kind == "1/t":
            return Fraction(self.every, self.every + k)
        return self.factor ** (k // self.every)

    @property
    def is_constant(self) -> bool:
        return self.kind == "constant" or (self.kind in ("step", "exponential") and self.factor == 1)

    @property
    def is_summable(self) -> bool:
        """Whether Σαₖ is finite: then all the steps together cannot go far."""
        return self.kind in ("step", "exponential") and self.factor < 1

    def rest(self, k: int) -> Fraction:
        """(αₖ + αₖ₊₁ + …)/α, where that is finite."""
        done = k % self.every
        return (self.every - done) * self.share(k) + self.every * self.share(k) * self.factor / (
            1 - self.factor
        )

    @property
    def formula(self) -> str:
        """αₖ in LaTeX."""
        if self.kind == "1/t":
            return rf"\alpha_k = \alpha/(1 + k{'' if self.every == 1 else f'/{self.every}'})"
        if self.kind == "constant":
            return r"\alpha_k = \alpha"
        power = "k" if self.kind == "exponential" else rf"{{\lfloor k/{self.every} \rfloor}}"
        return rf"\alpha_k = \alpha \cdot ({self.factor})^{power}"

    def __str__(self) -> str:
        if self.kind == "step":
            return f"step:{self.every}:{self.factor}"
        if self.kind == "exponential":
            return f"exponential:{self.factor}"
        return self.kind if self.kind == "constant" or self.every == 1 else f"1/t:{self.every}"


CONSTANT = Schedule("constant")


def read_schedule(text: str) -> Schedule:
    """A schedule as it is typed; an error that says what is expected for anything else."""
    name, *parts = (part.strip() for part in text.strip().lower().split(":"))
    if name == "constant" and not parts:
        return CONSTANT
    if name == "step" and len(parts) == 2:
        return Schedule("step", _count(parts[0], text), _factor(parts[1], text))
    if name == "exponential" and len(parts) == 1:
        return Schedule("exponential", 1, _factor(parts[0], text))
    if name == "1/t" and len(parts) <= 1:
        return Schedule("1/t", _count(parts[0], text) if parts else 1)
    hint = nearest(name, ("constant", "step", "exponential", "1/t"))
    raise CorrigeError(f"“schedule” is one of {GRAMMAR}; found “{text}”", hint=hint)


def _count(part: str, text: str) -> int:
    if not part.isdecimal() or not 1 <= int(part) <= 10**6:
        raise CorrigeError(f"in the schedule “{text}”, N is a whole number from 1; found “{part}”")
    return int(part)


def _factor(part: str, text: str) -> Fraction:
    value = read_number(part, "factor")
    if not 0 < value <= 1:
        raise CorrigeError(f"in the schedule “{text}”, FACTOR lies in ]0, 1]; found “{part}”")
    return value
