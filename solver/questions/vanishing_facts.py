"""What `vanishing` found: where the derivative is small, and the product of K local derivatives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from solver.analysis.model import Study
from solver.analysis.relation import Relation, written_relation
from solver.analysis.values import Value
from solver.analysis.variation import Bound, Place
from solver.expression.tree import Expr, Symbol
from solver.questions.activation_latex import scientific
from solver.questions.activation_views import StudiedFunction
from solver.questions.base import Facts
from solver.questions.constant_slopes import constant_zones
from solver.questions.float32 import SMALLEST, Underflow, least_power
from solver.questions.vanishing_options import Depth
from solver.questions.vanishing_sizes import (
    bracketed,
    order,
    percent,
    possible_size,
    power_of_ten,
    short,
)

NEGLIGIBLE = Fraction(1, 100)
"""A product below this leaves almost nothing of the gradient; its inverse is called an explosion."""


@dataclass(frozen=True)
class SmallActivation:
    """f′ where the activation a = f(z) is near 0.

    `relation` is f′ = p(a). `constant` = p(0), `slope` = p′(0), `error` the coefficient of a². `directions`
    are the sides (±1) where a → 0 without reaching it, each with the limit of f′ there (None: not proved),
    `places` where a = 0; `known`: these are all, so that with none of either a is never near 0. `other` is f′
    in terms of a where that is no polynomial.
    """

    relation: Relation | None
    written: Expr | None
    constant: Fraction | None
    slope: Fraction | None
    error: Fraction | None
    directions: tuple[tuple[int, Value | None], ...]
    places: tuple[Place, ...]
    known: bool
    other: Expr | None = None

    @property
    def never(self) -> bool:
        """Whether a is proved to stay away from 0."""
        return self.known and not self.directions and not self.places

    @property
    def vanishes(self) -> bool | None:
        """Whether f′ → 0 as a → 0; None where no relation tells."""
        return None if self.constant is None else self.constant == 0


@dataclass(frozen=True)
class PowerRow:
    """One depth: local^K (None without a local derivative) and sup |f′|^K (None if unbounded or unknown)."""

    depth: int
    local: Fraction | None
    bound: Fraction | None


@dataclass(frozen=True)
class VanishingFacts(Facts):
    """What K layers do to the gradient.

    `bound` is sup |f′| as a rational, exact if `bound_exact`; `weight` = 1/sup |f′| and `local_weight` =
    1/local are the weights that would just compensate a layer. `told`: the sheet studied f before. `sizes`:
    the values of |f′|, where they are finitely many.
    """

    function: StudiedFunction
    depth: Depth
    local: Fraction | None
    near: str | None
    small: SmallActivation
    bound: Fraction | None
    bound_exact: bool
    rows: tuple[PowerRow, ...]
    local_underflow: Underflow | None
    bound_underflow: Underflow | None
    told: bool = False
    sizes: tuple[Value, ...] | None = None

    @property
    def study(self) -> Study:
        """The study of the activation."""
        return self.function.study

    @property
    def weight(self) -> Fraction | None:
        return 1 / self.bound if self.bound else None

    @property
    def local_weight(self) -> Fraction | None:
        return 1 / self.local if self.local else None

    @property
    def local_possible(self) -> bool | None:
        """Whether some z gives |f′| the size of the local derivative; None where it cannot be told."""
        return None if self.local is None else possible_size(self.study, self.sizes, self.local)

    @property
    def local_above(self) -> bool:
        """Whether the local derivative is at or past sup |f′|."""
        top = self.study.steepest
        if self.local is None or top is None:
            return False
        return (order(self.local, top.value) or 0) > 0 or (
            self.local == top.value.rational and not top.attained
        )

    @property
    def merged(self) -> bool:
        """Whether the local derivative is sup |f′| itself, so that one power tells both."""
        return self.local_possible is not False and self.bound_exact and self.local == self.bound

    @property
    def least(self) -> Bound | None:
        """inf |f′|."""
        return self.study.flattest

    @property
    def weakest(self) -> Bound | None:
        """inf |f′|, where it is known and not 0."""
        least = self.least
        return least if least is not None and least.value.low > 0 else None

    @property
    def weakest_power(self) -> str:
        """inf |f′|^K for the depth of the question, with its value where that is a power of ten."""
        least, number = self.weakest, self.depth.number
        if least is None:
            return ""
        exact = least.value.rational
        if exact is None:
            return rf"{bracketed(least.value.latex)}^{{{self.depth.name}}}"
        shown = least.value.latex
        if number is None:
            return self.power_name(exact)
        power = rf"{shown if exact.denominator == 1 else bracketed(shown)}^{{{number}}}"
        return f"{power} = {ten}" if (ten := power_of_ten(exact**number)) else power

    @property
    def has_unit_side(self) -> bool:
        """Whether f′ is exactly 1 on a half-line."""
        return any(z.low is None or z.high is None for z in constant_zones(self.study, Fraction(1)))

    @property
    def symbol(self) -> str:
        """The letter of the depth: the one asked, else K."""
        return "K" if self.depth.number is not None else self.depth.name

    @property
    def local_power(self) -> str:
        """local^K in LaTeX, 10^{−3K} for a power of ten."""
        return self.power_name(self.local or Fraction(0))

    @property
    def local_ten(self) -> str | None:
        """The local derivative as 10^{−n}, if it is a small power of ten."""
        small = self.local is not None and 0 < self.local <= Fraction(1, 100)
        return power_of_ten(self.local) if small and self.local is not None else None

    def power_name(self, factor: Fraction) -> str:
        """factor^K in LaTeX: 10^{−3K} for a power of ten, 4^{−K} for the inverse of a whole number."""
        from solver.expression.latex import latex
        from solver.expression.tree import Number

        if factor.numerator == 1 and factor.denominator > 1:
            text = str(factor.denominator)
            zeros = len(text) - 1
            if text == "1" + "0" * zeros:
                return rf"10^{{-{zeros if zeros > 1 else ''}{self.symbol}}}"
            return rf"{text}^{{-{self.symbol}}}"
        shown = latex(Number(factor, decimal=short(factor)))
        return rf"{shown if factor.denominator == 1 else bracketed(shown)}^{{{self.symbol}}}"

    @property
    def last_product(self) -> Fraction | None:
        """local^K for the depth asked, a number."""
        if self.local is None or self.depth.number is None:
            return None
        return self.local**self.depth.number

    @property
    def faint_depth(self) -> int | None:
        """The least K for which local^K is below `NEGLIGIBLE`, or above 1/`NEGLIGIBLE` where local > 1."""
        if not self.local or self.local == 1:
            return None
        return least_power(min(self.local, 1 / self.local), NEGLIGIBLE, strict=True)

    @property
    def early(self) -> bool:
        """Whether the depth asked is a number below `faint_depth`: not vanished (or exploded) yet."""
        return self.depth.number is not None and self.depth.number < (self.faint_depth or 0)

    @property
    def percent(self) -> tuple[str, bool] | None:
        """The last product in hundredths, and whether that is exact; None where it is no number below 1."""
        return None if self.last_product is None or self.last_product >= 1 else percent(self.last_product)

    @property
    def fades(self) -> bool:
        """Whether a product of such derivatives may vanish: the local one is below 1, else some |f′| is."""
        if self.local is not None and self.local_possible is not False:
            return self.local < 1
        least = self.weakest
        return least is None or least.value.low < 1

    @property
    def last_exact(self) -> bool:
        """Whether that product is short enough to be written exactly."""
        value = self.last_product
        return value is not None and short(value)

    @property
    def last_shown(self) -> str:
        """That product: exact where it is short or a power of ten, else rounded to three digits."""
        from solver.expression.latex import latex
        from solver.expression.tree import Number

        value = self.last_product
        if value is None:
            return ""
        if short(value) and value > Fraction(1, 1000) and (value < 1000 or value.denominator == 1):
            return latex(Number(value, decimal=True))
        return power_of_ten(value) or scientific(value)

    @property
    def linear(self) -> str:
        """p(0) + p′(0) a."""
        return self._part(2)

    @property
    def error(self) -> str:
        """The rest, as a size: |c| a²."""
        from solver.expression.latex import latex

        size = abs(self.small.error or Fraction(0))
        return "a^2" if size == 1 else rf"{latex(size)} \, a^2"

    def _part(self, count: int) -> str:
        from solver.expression.latex import latex

        if self.small.relation is None:
            return ""
        kept = Relation(self.small.relation.coefficients[:count])
        return latex(written_relation(kept, Symbol("a")))

    @property
    def weight_latex(self) -> str:
        """1/sup |f′|, exact where it can be."""
        from solver.expression.latex import latex

        if self.weight is None:
            return ""
        return (
            latex(self.weight)
            if self.bound_exact and self.weight.denominator < 1000
            else scientific(self.weight)
        )

    @property
    def local_rounded(self) -> bool:
        """Whether some power of the local derivative is rounded in the table."""
        return any(row.local is not None and not short(row.local) for row in self.rows)

    @property
    def bound_rounded(self) -> bool:
        """Whether some power of sup |f′| is."""
        return not self.bound_exact or not all(row.bound is None or short(row.bound) for row in self.rows)

    def cell(self, value: Fraction | None) -> str:
        """A power in a table: a whole number or a power of ten exactly, else rounded."""
        from solver.expression.latex import latex

        if value is None:
            return ""
        if value.denominator == 1 and short(value):
            return latex(value)
        return power_of_ten(value) or scientific(value, always=value < 1)

    def stuck_power(self, found: Underflow) -> str:
        """The subnormal at which a rounded product stays, as a multiple of the smallest one."""
        if found.stuck is None:
            return ""
        times = found.stuck / SMALLEST
        return "2^{-149}" if times == 1 else rf"{times} \times 2^{{-149}}"

    def public(self) -> Mapping[str, object]:
        return {
            "bound": self.bound,
            "local": self.local,
            "product": lambda depth: None if self.local is None else self.local ** int(depth),
            "best": lambda depth: None if self.bound is None else self.bound ** int(depth),
            "underflow": None if self.local_underflow is None else self.local_underflow.exact_depth,
        }
