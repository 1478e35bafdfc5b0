"""How a study is shown: the pieces of LaTeX that the wordings on activations put into their sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.analysis.expansion import Undecided
from solver.analysis.model import Study
from solver.analysis.pieces import is_constant, tidy
from solver.analysis.relation import written_relation
from solver.analysis.review import image_latex
from solver.analysis.tails import Tail
from solver.analysis.values import Value, rational_value, shortened
from solver.analysis.variation import Bound, Place
from solver.expression.latex import latex
from solver.expression.tree import Apply, Expr, Symbol
from solver.questions.activation_latex import (
    closed_latex,
    place_latex,
    prime,
    zone_latex,
)
from solver.questions.limit_views import (
    LimitView,
    VariationView,
    WaveView,
    ZoneView,
    limit_view,
    wave_view,
    zone_view,
)
from solver.questions.saturation_edge import Edge
from solver.questions.slope_forms import closed_joints, joined_cases, shown_slope
from solver.questions.subjects import ClaimVerdict
from solver.sheet.model import Formula

if TYPE_CHECKING:
    from solver.derivation.step import Derivation


@dataclass(frozen=True)
class Square:
    """f′ = top − factor (f − centre)², the completed square of a relation of degree 2."""

    top: Fraction
    factor: Fraction
    centre: Fraction


@dataclass(frozen=True)
class StudiedFunction:
    """One function with what its wording shows.

    `proof` derives the definition, its result being `study.derivative` written otherwise (None where the
    definition has pieces). `square` proves the maximum of f′ by algebra, where f′ is a polynomial in f.
    `tails` prove the behaviour at −∞ and at +∞, `edge` solves |f′| = threshold.
    """

    study: Study
    claim: ClaimVerdict | None
    proof: Derivation | None
    square: Square | None = None
    tails: tuple[Tail | None, Tail | None] = (None, None)
    edge: Edge | None = None

    @property
    def latex(self) -> str:
        """The bare name."""
        return self.study.subject.latex

    @property
    def at_x(self) -> str:
        """f(x)."""
        return f"{self.latex}({latex(self.study.subject.variable)})"

    @property
    def variable(self) -> str:
        """The variable."""
        return latex(self.study.subject.variable)

    @property
    def slope_at_x(self) -> str:
        """f′(x)."""
        return prime(self.latex) + f"({self.variable})"

    @property
    def image(self) -> str | None:
        """The image as an interval."""
        return None if self.study.image is None else image_latex(self.study)

    @property
    def derivative(self) -> str:
        """f′(x): in terms of f(x) where it is a polynomial in it, endless numbers shortened."""
        found = self.study.relation
        if found is not None and len(found.coefficients) > 1:
            return latex(shortened(written_relation(found, self._value)))
        smooth = tuple(c.at for c in self.study.corners or () if c.smooth)
        return latex(shortened(tidy(joined_cases(self.study.derivative, smooth))))

    @property
    def definition(self) -> str | None:
        """What the name stands for, where it is in the table."""
        return None if self.study.definition is None else latex(shortened(tidy(self.study.definition)))

    @property
    def _value(self) -> Expr:
        """f(x) to be put into f′ = p(f): the call itself where f is a function of the table."""
        from solver.expression.functions import FUNCTIONS

        found = self.study.subject.expression
        bare = isinstance(found, Apply) and len(found.arguments) == 1 and found.function in FUNCTIONS
        return found if bare else Symbol("f", self.at_x)

    @property
    def key(self) -> str:
        """The name as typed."""
        return self.study.subject.key

    @property
    def prime(self) -> str:
        """f′."""
        return prime(self.latex)

    @property
    def mirror(self) -> str:
        """2 f(0) − f(x), the right side of a central symmetry."""
        zero = self.study.at_zero
        if zero is None or zero.rational is None:
            return f"2 {self.latex}(0) - {self.at_x}"
        return f"{latex(2 * zero.rational)} - {self.at_x}"

    @property
    def joints(self) -> tuple[tuple[Fraction, str], ...]:
        """The points where two formulas meet in one derivative, with its value there in LaTeX."""
        found = {c.at: c.left.latex for c in self.study.corners or () if c.smooth}
        for step in (self.proof or self.study.derivation).steps:
            if step.rule == "joint":
                found |= {at: latex(value) for at, value in closed_joints(step, self.study.subject.variable)}
        return tuple(sorted(found.items()))

    @property
    def restated(self) -> bool:
        """Whether the last line of the proof differs from the usual form of the derivative."""
        return self.proof is not None and latex(shortened(self.proof.result)) != self.derivative

    @property
    def top_sign(self) -> int | None:
        """Whether sup |f′| is below 1 (−1), 1 (0) or above (1); None where it is unknown or infinite, or
        too near 1 to tell."""
        top = self.study.steepest
        if top is None or top.value.infinite:
            return None
        try:
            return top.value.compare(rational_value(1))
        except Undecided:
            return None

    @property
    def top_power(self) -> str:
        """(sup |f′|)^K, 4^{−K} for a quarter."""
        return self.top_power_of("K")

    def top_power_of(self, depth: str) -> str:
        """The same for a depth given by its name."""
        top = self.study.steepest
        if top is None:
            return ""
        if top.value.rational == 1:
            return rf"1^{{{depth}}} = 1"
        if top.value.rational is not None and top.value.rational.numerator == 1:
            return rf"{top.value.rational.denominator}^{{-{depth}}}"
        if top.value.rational is not None and top.value.rational.denominator == 1:
            return rf"{top.value.latex}^{{{depth}}}"
        return rf"\left({top.value.latex}\right)^{{{depth}}}"

    @property
    def wave(self) -> WaveView | None:
        """What is said of a sine wave in place of limits and variations."""
        return wave_view(self.study)

    @property
    def formula(self) -> str | None:
        """The expression, where the request gives no name for it."""
        return latex(shortened(self.study.subject.expression)) if self.study.subject.written else None

    @property
    def always_unit(self) -> bool:
        """Whether f′ is 1 or −1 wherever it exists."""
        from solver.expression.evaluate import exact_value

        slopes, x = self.study.slopes or (), self.study.subject.variable
        return bool(slopes) and all(
            is_constant(p.expression, x) and exact_value(p.expression) in (1, -1) for p in slopes
        )

    @property
    def never_flat(self) -> bool:
        """Whether |f′| ≥ 1 wherever f′ exists: no product of such derivatives vanishes."""
        least = self.study.flattest
        return least is not None and (least.value.low >= 1 or least.value.infinite > 0)

    @property
    def all_flat(self) -> bool:
        """Whether f′ is exactly 0 in every zone of saturation."""
        return bool(self.study.zones) and all(z.flat for z in self.study.zones or ())

    def place(self, place: Place) -> str:
        """A point or an interval where something happens."""
        return place_latex(place)

    def closed_place(self, place: Place) -> str:
        """The same for a value of f itself, which is continuous: taken at the finite ends too."""
        return place_latex(place) if place.is_point else closed_latex(place.low, place.high)

    def slope_place(self, place: Place) -> str:
        """The same for a value of f′: an end belongs to it where two formulas meet in one derivative."""
        smooth = [c.at for c in self.study.corners or () if c.smooth]
        if place.is_point or place == Place(None, None):
            return place_latex(place)
        first = r"\left]-\infty" if place.low is None else self._edge(place.low, smooth, "[", "]", r"\left")
        last = r"+\infty\right[" if place.high is None else self._edge(place.high, smooth, "]", "[", "")
        return f"{first}, {last}"

    @staticmethod
    def _edge(value: Value, smooth: list[Fraction], inside: str, outside: str, left: str) -> str:
        bracket = inside if value.rational in smooth else outside
        return f"{left}{bracket}{value.latex}" if left else rf"{value.latex}\right{bracket}"

    @property
    def limits(self) -> tuple[LimitView | None, LimitView | None]:
        """The behaviour at −∞ and at +∞."""
        s = self.study
        left, right = (
            None if found is None else limit_view(s, found, self.at_x, tail)
            for found, tail in zip((s.left, s.right), self.tails, strict=True)
        )
        return left, right

    @property
    def rows(self) -> tuple[VariationView, ...] | None:
        """The variation table: closed intervals and directions."""
        if self.study.variation is None:
            return None
        return tuple(VariationView(closed_latex(a, b), d) for a, b, d in self.study.variation)

    @property
    def visible(self) -> bool:
        """Whether the sign of f′ can be read off its written form on each interval of the variation table."""
        return shown_slope(self.study, self.proof) is not None

    @property
    def signed_slope(self) -> str | None:
        """The form of f′(x) whose one strict sign shows on ℝ, None where the sign changes or has pieces."""
        found = shown_slope(self.study, self.proof)
        if found is None or self.rows is None or len(self.rows) > 1 or len(self.study.slopes or ()) > 1:
            return None
        return latex(shortened(tidy(found)))

    @property
    def zones(self) -> tuple[ZoneView, ...] | None:
        """The zones of saturation."""
        if self.study.zones is None:
            return None
        return tuple(zone_view(z) for z in self.study.zones)

    @property
    def far(self) -> str | None:
        """b where |f′| is below the threshold exactly for |x| > b."""
        found = self.study.zones or ()
        if len(found) != 2 or any(z.flat for z in found) or found[0].low or found[1].high:
            return None
        inner, outer = found[0].high, found[1].low
        if inner is None or outer is None or not outer.short or inner.opposite().latex != outer.latex:
            return None
        return outer.latex

    @property
    def bracketed(self) -> bool:
        """Whether an end of a zone is known by an enclosure only."""
        ends = [v for z in self.study.zones or () for v in (z.low, z.high) if v is not None]
        return any(v.exact is None for v in ends)

    @property
    def far_decimal(self) -> str | None:
        """b rounded, where it is irrational."""
        found = self.study.zones or ()
        outer = found[-1].low if self.far is not None else None
        return None if outer is None or outer.rational is not None else outer.decimal(3)

    @property
    def steep_places(self) -> tuple[str, ...]:
        """Where |f′| is largest."""
        return () if self.study.steepest is None else places_latex(self.study.steepest)

    @property
    def steep_points(self) -> bool:
        """Whether it is largest at isolated points only."""
        top = self.study.steepest
        return top is not None and all(p.is_point for p in top.places)

    @property
    def line(self) -> str | None:
        """top − factor (f − centre)²."""
        if self.square is None:
            return None
        q = self.square
        base = self.latex
        if q.centre:
            shift = f"- {latex(q.centre)}" if q.centre > 0 else f"+ {latex(-q.centre)}"
            base = rf"\left({base} {shift}\right)"
        factor = "" if q.factor == 1 else latex(q.factor) + r" \cdot "
        return f"{latex(q.top)} - {factor}{base}^2"


def summary(s: Study) -> Mapping[str, object]:
    """What prose and JSON may read of a study."""

    def show(value: Value | None) -> object:
        if value is None:
            return None
        return value.rational if value.rational is not None else Formula(value.latex)

    return {
        "derivative": s.derivative,
        "image": None if s.image is None else Formula(image_latex(s)),
        "limit_left": None if s.left is None else show(s.left.value),
        "limit_right": None if s.right is None else show(s.right.value),
        "steepest": None if s.steepest is None else show(s.steepest.value),
        "at_zero": show(s.at_zero),
        "symmetry": s.symmetry,
        "zones": None if s.zones is None else [Formula(zone_latex(z)) for z in s.zones],
        "kinks": [c.at for c in s.kinks],
    }


def places_latex(bound: Bound) -> tuple[str, ...]:
    """Where a bound is taken."""
    return tuple(place_latex(place) for place in bound.places)
