"""`kinks`: the values of an activation's derivative, the points without one, and what they do to learning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from solver.analysis.model import Corner, Study, Subject
from solver.analysis.pieces import is_constant, tidy
from solver.analysis.positivity import visibly_not_negative
from solver.analysis.review import interval_latex, zones_latex
from solver.analysis.saturation import Zone
from solver.analysis.study import slope_image, study
from solver.analysis.values import Value
from solver.analysis.variation import Image
from solver.derivation.equality import Equality, Means
from solver.document.figure import FigureSpec
from solver.expression.tree import Apply, Expr, Symbol
from solver.questions.activation_views import StudiedFunction
from solver.questions.activations import completed_square, curves, told_study
from solver.questions.base import Facts, Question, Scope
from solver.questions.constant_slopes import constant_zones, derivative_values
from solver.questions.saturation_edge import edge_of
from solver.questions.slope_forms import joined_cases
from solver.questions.subjects import SubjectOption
from solver.questions.vanishing_facts import VanishingFacts

# Activations without a flat side, from which remedies are taken; each is studied before it is recommended.
_CANDIDATES = ("leaky_relu", "elu", "softplus")


@dataclass(frozen=True)
class Kink:
    """A point without a derivative, where f is continuous: the interval between the one-sided derivatives.

    `convex` says that the slope rises there (the interval is the subdifferential of convex analysis);
    `holds_zero` whether 0 lies in the interval.
    """

    corner: Corner
    low: Value
    high: Value
    convex: bool

    @property
    def holds_zero(self) -> bool:
        return self.low.high <= 0 <= self.high.low


@dataclass(frozen=True)
class Remedy:
    """Another activation, whose derivative is nowhere 0: its name, the derivative, its bounds, and the sides
    (±1) where it tends to 0."""

    key: str
    latex: str
    derivative: Expr
    slopes: Image
    fading: tuple[int, ...]


@dataclass(frozen=True)
class KinksFacts(Facts):
    """`values`: the finitely many values of f′ if it is constant on each piece, else None.

    `flat` are the intervals on which f′ is exactly 0, `unit` those on which it is exactly 1. `jumps` are
    points where f itself is not continuous, `joints` points where two formulas meet with one derivative.
    `convex`: f is proved to be convex on ℝ. `told`: the sheet studied and drew f before.
    `compared`: the other activation whose gradient vanishes in the answer before.
    """

    function: StudiedFunction
    values: tuple[Value, ...] | None
    kinks: tuple[Kink, ...]
    jumps: tuple[Corner, ...]
    joints: tuple[Corner, ...]
    flat: tuple[Zone, ...]
    unit: tuple[Zone, ...]
    remedies: tuple[Remedy, ...]
    convex: bool = False
    told: bool = False
    compared: str | None = None

    @property
    def study(self) -> Study:
        """The study of the activation."""
        return self.function.study

    @property
    def latex_values(self) -> tuple[str, ...]:
        """The values of f′ in LaTeX."""
        return tuple(v.latex for v in self.values or ())

    @property
    def slopes(self) -> str | None:
        """The image of f′, None where it is not known."""
        shape = self.study.slope_image
        if shape is None:
            return None
        opening, closing = "[" if shape.low.attained else "]", "]" if shape.high.attained else "["
        return rf"\left{opening}{shape.low.value.latex}, {shape.high.value.latex}\right{closing}"

    @property
    def fading_remedies(self) -> bool:
        """Whether some remedy still saturates."""
        return any(r.fading for r in self.remedies)

    def interval(self, zone: Zone) -> str:
        """A zone in LaTeX."""
        return interval_latex(zone.low, zone.high)

    @property
    def saturating(self) -> str | None:
        """The zones where |f′| is small, None if there is none."""
        return zones_latex(self.study) if self.study.zones else None

    @property
    def weakest(self) -> str | None:
        """inf |f′|, where it is neither 0 nor 1 or more: such factors weaken a gradient."""
        least = self.study.flattest
        weakens = least is not None and least.value.low > 0 and least.value.high < 1
        return least.value.latex if least is not None and weakens else None

    def figures(self) -> Mapping[str, FigureSpec]:
        return {} if self.told else {"curves": curves((self.study,))}

    def public(self) -> Mapping[str, object]:
        return {
            "values": None if self.values is None else [v.rational for v in self.values],
            "kinks": [k.corner.at for k in self.kinks],
        }


class Kinks(Question):
    """The values of the derivative, what happens at a kink, dead units and their remedies."""

    kind: ClassVar[str] = "kinks"
    function: SubjectOption
    """The activation, as in `activations`."""

    def solve(self, scope: Scope) -> KinksFacts:
        """Studies the function and, where it has a flat side, its remedies."""
        s = study(self.function)
        corners = s.corners or ()
        kinks = tuple(_kink(c) for c in corners if c.continuous and not c.smooth)
        flat = constant_zones(s, Fraction(0))
        edge = edge_of(s)
        checks = [*s.checks, *_dead_checks(s, flat), *(edge.checks if edge else ())]
        return KinksFacts(
            checks=tuple(checks),
            function=StudiedFunction(s, None, None, completed_square(s), edge=edge),
            values=derivative_values(s),
            kinks=kinks,
            jumps=tuple(c for c in corners if not c.continuous),
            joints=tuple(c for c in corners if c.smooth),
            flat=flat,
            unit=constant_zones(s, Fraction(1)),
            remedies=_remedies(s) if flat else (),
            convex=_is_convex(s, kinks),
            told=told_study(scope, self.function),
            compared=_vanishing(scope, s),
        )


def _vanishing(scope: Scope, s: Study) -> str | None:
    """The other function of the last answer on vanishing gradients in the sheet, if there is one."""
    found = [facts for facts in scope.facts.values() if isinstance(facts, VanishingFacts)]
    if not found or found[-1].study.subject == s.subject:
        return None
    return found[-1].function.latex


def _kink(corner: Corner) -> Kink:
    rising = corner.left.compare(corner.right) < 0
    low, high = (corner.left, corner.right) if rising else (corner.right, corner.left)
    return Kink(corner, low, high, rising)


def _is_convex(s: Study, kinks: tuple[Kink, ...]) -> bool:
    """f is continuous, its slope grows at each kink and, as the form of f″ shows, does not fall between."""
    from solver.derivation.engine import derive

    x = s.subject.variable
    if s.slopes is None or s.corners is None or not all(c.continuous for c in s.corners):
        return False
    return all(k.convex for k in kinks) and all(
        is_constant(p.expression, x)
        or visibly_not_negative(derive(p.expression, x, check=False).result, x, p.low, p.high)
        for p in s.slopes
    )


def _remedies(s: Study) -> tuple[Remedy, ...]:
    """Activations whose derivative is proved to be nowhere 0."""
    from solver.expression.functions import FUNCTIONS

    found = []
    for name in _CANDIDATES:
        x = Symbol("x")
        other = Subject(name, FUNCTIONS[name].macro, x, Apply(name, (x,)))
        derivative, shape, joints = slope_image(other)
        if shape is None or name == s.subject.key:
            continue
        low = shape.low
        if low.value.low > 0 or (low.value.rational == 0 and not low.attained):
            sides = low.limits if low.value.rational == 0 else ()
            found.append(Remedy(name, other.latex, tidy(joined_cases(derivative, joints)), shape, sides))
    return tuple(found)


def _dead_checks(s: Study, flat: tuple[Zone, ...]) -> tuple[Equality, ...]:
    """One neuron f(w x + b) on data whose pre-activations all fall into a flat interval: moving w or b a
    little changes nothing in the loss, computed in exact rationals."""
    found = []
    for zone in flat:
        low, high = zone.low, zone.high
        if low is not None and high is not None:
            inside, room = (low.low + high.high) / 2, (high.low - low.high) / 4
        elif high is not None:
            inside, room = high.low - 2, Fraction(1)
        elif low is not None:
            inside, room = low.high + 2, Fraction(1)
        else:
            continue
        w, step = room / 2, room / 8
        here = _loss(s, w, inside)
        moved = [_loss(s, w + step, inside), _loss(s, w, inside + step), _loss(s, w - step, inside - step)]
        if here is not None:
            left = rf"\frac{{\partial L}}{{\partial w}}, a = {s.subject.latex}(w x + b)"
            found.append(Equality(left, "0", Means.SIMULATION, all(m == here for m in moved)))
    return tuple(found)


def _loss(s: Study, w: Fraction, b: Fraction) -> Fraction | None:
    """Σ (f(w x + b) − 1)² over three examples."""
    from solver.expression.evaluate import exact_value

    total = Fraction(0)
    for x in (Fraction(1), Fraction(-1, 2), Fraction(3, 4)):
        a = exact_value(s.subject.expression, {s.subject.variable.name: w * x + b})
        if a is None:
            return None
        total += (a - 1) ** 2
    return total
