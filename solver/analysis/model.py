"""What a study is: its subject, the limits, the corners, and all that is known of the function."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.analysis.pieces import Piece
from solver.analysis.relation import Relation
from solver.analysis.saturation import Zone
from solver.analysis.values import Value
from solver.analysis.variation import Bound, Image
from solver.analysis.waves import Wave
from solver.derivation.equality import Equality
from solver.expression.tree import Expr, Symbol

if TYPE_CHECKING:
    from solver.derivation.step import Derivation


@dataclass(frozen=True)
class Subject:
    """What is studied: `latex` is its bare name (σ, tanh, f), `key` its name in the table or in the sheet.

    `written`: the request holds the expression alone, so the name is ours and must be told.
    """

    key: str
    latex: str
    variable: Symbol
    expression: Expr
    written: bool = False


@dataclass(frozen=True)
class Limit:
    """The behaviour at +∞ (direction 1) or −∞ (−1).

    `value` is the limit. Finite: f − value ~ `gap` (None: f equals its limit far enough out). Infinite:
    f ~ `equivalent`; `line` is the asymptote where f − line → 0, and then f − line ~ `gap` (None: equal).
    """

    direction: int
    value: Value
    gap: Expr | None
    equivalent: Expr | None
    line: Expr | None


@dataclass(frozen=True)
class Corner:
    """A point where two pieces meet: the value there, the limits and the derivatives from either side."""

    at: Fraction
    value: Value
    before: Value
    after: Value
    left: Value
    right: Value

    @property
    def continuous(self) -> bool:
        """Whether f has no jump there."""
        return self.before.compare(self.value) == 0 == self.after.compare(self.value)

    @property
    def smooth(self) -> bool:
        """Whether f has a derivative there."""
        return self.continuous and self.left.compare(self.right) == 0


@dataclass(frozen=True)
class Study:
    """All that is known of a function. A part that could not be proved is None.

    `steepest` is sup |f′| and `flattest` inf |f′|, over the points where f′ exists.
    A `wave` is periodic: it has no limits, and its bounds hold one of the places where they are taken.
    """

    subject: Subject
    definition: Expr | None
    derivation: Derivation
    parts: tuple[Piece, ...] | None
    slopes: tuple[Piece, ...] | None
    corners: tuple[Corner, ...] | None
    left: Limit | None
    right: Limit | None
    image: Image | None
    variation: tuple[tuple[Value | None, Value | None, int], ...] | None
    slope_image: Image | None
    steepest: Bound | None
    flattest: Bound | None
    zones: tuple[Zone, ...] | None
    threshold: Fraction
    at_zero: Value | None
    slope_at_zero: Value | None
    symmetry: str | None
    relations: tuple[Relation | None, ...]
    checks: tuple[Equality, ...] = ()
    wave: Wave | None = None

    @property
    def derivative(self) -> Expr:
        """f′ as the derivation left it."""
        return self.derivation.result

    @property
    def relation(self) -> Relation | None:
        """f′ = p(f) on the whole line, where it is one smooth piece."""
        return self.relations[0] if len(self.relations) == 1 else None

    @property
    def kinks(self) -> tuple[Corner, ...]:
        """The points without a derivative."""
        return tuple(c for c in self.corners or () if not c.smooth)

    @property
    def saturates(self) -> tuple[bool, bool] | None:
        """Whether |f′| stays below the threshold far to the left, and far to the right."""
        if self.zones is None:
            return None
        return any(z.low is None for z in self.zones), any(z.high is None for z in self.zones)
