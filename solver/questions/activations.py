"""`activations`: the study of activation functions side by side, and what saturation does to learning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from solver.analysis.model import Study, Subject
from solver.analysis.study import study
from solver.analysis.tails import Tail, tail_checks, tail_of
from solver.derivation.equality import Equality, Means
from solver.document.figure import Curve, FigureSpec, Panel, Plot, Point
from solver.errors import SheetError
from solver.questions.activation_latex import prime
from solver.questions.activation_views import Square, StudiedFunction, summary
from solver.questions.base import Facts, Question, Scope
from solver.questions.options import ExactOption, require_positive
from solver.questions.saturation_edge import edge_of
from solver.questions.subjects import (
    ASKED,
    AskedOption,
    IntervalsOption,
    SubjectsOption,
    compare_claim,
)

if TYPE_CHECKING:
    from solver.derivation.step import Derivation
    from solver.expression.tree import Expr, Symbol

_STYLES = ("solid", "dashed", "dotted", "dashdot")


@dataclass(frozen=True)
class ActivationsFacts(Facts):
    """The functions in the order of the request; `asked` what the answer must hold.

    `told`: an earlier answer of the sheet holds the study of every function.
    """

    functions: tuple[StudiedFunction, ...]
    asked: tuple[str, ...]
    threshold: Fraction
    told: bool = False

    @property
    def studies(self) -> bool:
        """Whether the answer holds the study of the functions, not the argument on saturation alone."""
        return bool({"image", "derivative", "limits"} & set(self.asked))

    @property
    def saturating(self) -> bool:
        """Whether one of the functions saturates far out."""
        return any(any(f.study.saturates or ()) for f in self.functions)

    @property
    def claims(self) -> bool:
        """Whether the sheet gave ranges."""
        return any(f.claim is not None for f in self.functions)

    def figures(self) -> Mapping[str, FigureSpec]:
        return {"curves": curves(tuple(f.study for f in self.functions))} if self.studies else {}

    def public(self) -> Mapping[str, object]:
        return {f.study.subject.key: summary(f.study) for f in self.functions}


class Activations(Question):
    """Image, derivative, limits and saturation of activation functions, side by side."""

    kind: ClassVar[str] = "activations"
    functions: SubjectsOption
    """Activations by name (`leaky_relu(0.1)`), given functions, or expressions."""
    ask: AskedOption = ASKED
    """What is studied of each function."""
    claimed: IntervalsOption = ()
    """The range that the sheet announces for each function, `[0, 1]` or `]0, 1[`: it is judged."""
    threshold: ExactOption = Fraction(1, 100)
    """A unit is called saturated where |derivative| is below this."""

    def solve(self, scope: Scope) -> ActivationsFacts:
        """Studies each function; SheetError where the claimed intervals are not as many as the functions."""
        if self.claimed and len(self.claimed) != len(self.functions):
            raise SheetError(
                f"{len(self.functions)} functions but {len(self.claimed)} claimed intervals: one each"
            )
        require_positive((self.threshold,), "threshold")
        found, checks = [], []
        for i, subject in enumerate(self.functions):
            s = study(subject, self.threshold)
            proof, more = _proof(s)
            square = completed_square(s)
            tails = studied_tails(s)
            edge = edge_of(s)
            checks += [*s.checks, *more, *_square_checks(s, square), *(edge.checks if edge else ())]
            checks += [
                c
                for end, tail in zip((s.left, s.right), tails, strict=True)
                if end is not None and tail is not None
                for c in tail_checks(s, end, tail)
            ]
            claim = compare_claim(self.claimed[i], s) if self.claimed else None
            found.append(StudiedFunction(s, claim, proof, square, tails, edge))
        told = all(told_study(scope, subject, self.threshold) for subject in self.functions)
        return ActivationsFacts(tuple(checks), tuple(found), self.ask, self.threshold, told)


def told_study(scope: Scope, subject: Subject, threshold: Fraction | None = None) -> bool:
    """Whether an earlier answer of the sheet is the study of this function (with this threshold)."""
    return any(
        f.study.subject == subject and threshold in (None, earlier.threshold)
        for earlier in scope.facts.values()
        if isinstance(earlier, ActivationsFacts) and earlier.studies
        for f in earlier.functions
    )


def studied_tails(s: Study) -> tuple[Tail | None, Tail | None]:
    """Why f behaves at −∞ and at +∞ as it does."""
    left, right = (None if end is None else tail_of(s, end) for end in (s.left, s.right))
    return left, right


def _proof(s: Study) -> tuple[Derivation | None, tuple[Equality, ...]]:
    """The definition derived, where it is one formula, and its agreement with the usual form."""
    if s.definition is None or s.parts is None or len(s.parts) > 1:
        return None, ()
    return _derived(s.definition, s.subject.variable, s.derivative)


@lru_cache(maxsize=64)
def _derived(definition: Expr, variable: Symbol, usual: Expr) -> tuple[Derivation, tuple[Equality, ...]]:
    """Two answers of a sheet may study one function: it is derived once."""
    from solver.derivation.check import same
    from solver.derivation.engine import derive

    proof = derive(definition, variable)
    if proof.result == usual:
        return proof, tuple(proof.checks)
    return proof, (*proof.checks, same(proof.result, usual))


def completed_square(s: Study) -> Square | None:
    """c₀ + c₁ f + c₂ f² = top − factor (f − centre)² with factor > 0."""
    if s.relation is None or len(s.relation.coefficients) < 3 or s.relation.coefficients[2] >= 0:
        return None
    c0, c1, c2 = s.relation.coefficients
    return Square(c0 - c1 * c1 / (4 * c2), -c2, -c1 / (2 * c2))


def _square_checks(s: Study, square: Square | None) -> tuple[Equality, ...]:
    if square is None or s.relation is None or s.steepest is None:
        return ()
    points = [Fraction(k, 7) for k in range(-5, 9)]
    holds = all(s.relation.at(a) == square.top - square.factor * (a - square.centre) ** 2 for a in points)
    agrees = s.steepest.value.rational == square.top
    return (
        Equality(f"{s.subject.key}: p(a)", "top - factor (a - centre)^2", Means.EXACT, holds),
        Equality(f"{s.subject.key}: sup", "top", Means.EXACT, agrees),
    )


# ---- figure -----------------------------------------------------------------------------------


def curves(studies: tuple[Study, ...], reach: int = 6) -> Plot:
    """Two panels, the functions and their derivatives, one line style each."""
    from solver.expression.latex import latex

    low, high = Fraction(-reach), Fraction(reach)
    x = latex(studies[0].subject.variable)
    first, second = [], []
    for s, style in zip(studies, _STYLES * len(studies), strict=False):
        label = f"${s.subject.latex}$" if len(studies) > 1 else None
        first.append(Curve(_sample(s, False, low, high), label, style))
        second.append(Curve(_sample(s, True, low, high), label, style))
    only = studies[0].subject.latex
    titles = (f"${only}$", f"${prime(only)}$") if len(studies) == 1 else ("functions", "derivatives")
    panels = [
        Panel(
            tuple(c), title=title, x_label=f"${x}$", x_range=(-float(reach), float(reach)), y_range=_window(c)
        )
        for c, title in ((first, titles[0]), (second, titles[1]))
    ]
    return Plot(tuple(panels), columns=2)


def _sample(s: Study, slope: bool, low: Fraction, high: Fraction) -> tuple[Point | None, ...]:
    from solver.analysis.variation import sample
    from solver.questions.sheet_figures import sample as plain

    pieces = s.slopes if slope else s.parts
    x = s.subject.variable
    if pieces is None:
        return plain(s.derivative if slope else s.subject.expression, x, low, high, 121)
    found: list[Point | None] = []
    for piece in pieces:
        a = low if piece.low is None else max(low, piece.low)
        b = high if piece.high is None else min(high, piece.high)
        if not a < b:
            continue
        count = max(2, int((b - a) * 10))
        for k in range(count + 1):
            at = a + (b - a) * Fraction(k, count)
            found.append((float(at), sample(piece, x, at)))
        found.append(None)  # the pieces of a derivative need not meet
    if not slope and s.corners is not None and all(c.continuous for c in s.corners):
        return tuple(p for p in found if p is not None)
    return tuple(found)


def _window(found: list[Curve]) -> tuple[float, float]:
    """All that is bounded, and a part of what is not."""
    values = [p[1] for c in found for p in c.points if p is not None]
    low, high = max(-2.0, min(values, default=0.0)), min(3.0, max(values, default=1.0))
    low, high = min(low, 0.0), max(high, low + 0.1)
    room = 0.06 * (high - low)
    return low - room, high + room
