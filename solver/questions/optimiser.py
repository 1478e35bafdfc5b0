"""`optimiser`: the steps of any gradient method, on a function of one or several variables, written out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated, ClassVar

from solver.derivation.step import Derivation
from solver.descent.answer import Answer
from solver.descent.domain import may_leave
from solver.descent.judged import followed
from solver.descent.outcome import Outcome, Run
from solver.descent.problem import is_singular
from solver.descent.schedule import GRAMMAR, Schedule, read_schedule
from solver.descent.told import number_text
from solver.descent.updates import Real, Vector, method, to_fraction
from solver.document.figure import Curve as Line_
from solver.document.figure import FigureSpec, Panel, Plot
from solver.errors import SheetError
from solver.questions.base import Facts, Question, Reading, Scope
from solver.questions.followed import (
    Chosen,
    Place,
    Point,
    fits,
    gradient_derived,
    norm_of,
    place_of,
    read_chosen,
    read_point,
    run_of,
    with_parameters,
)
from solver.questions.optimiser_effects import Effects, effects
from solver.questions.optimiser_formulas import GREEK, point_text, put, relation, rule_lines, told
from solver.questions.optimiser_steps import Step, checks_of, coordinate, written_step
from solver.questions.options import CountOption, ExactOption, FunctionOption, require_positive

STEPS = 3
MOST_STEPS = 200
WRITTEN = 6
"""Steps that are written out with their numbers; the others stand in the table."""
BOXED = 12
KIN = {
    "momentum": ("nesterov",), "nesterov": ("momentum",), "adagrad": ("rmsprop",), "rmsprop": ("adagrad",),
    "adam": ("adamw",), "adamw": ("adam",),
}  # fmt: skip
"""Methods that invite the same mistakes."""
DRAWN = 40
"""Steps that a drawing shows, where fewer are asked."""


@dataclass(frozen=True)
class OptimiserFacts(Facts):
    """A run of a method: `found` holds the run and its verdict, `gradient` the partial derivatives rule by
    rule, `places` the asked iterates with f and ∇f,
    `lines` the first steps written out, `effects` what the method does to them.
    """

    name: str
    found: Answer
    gradient: tuple[Derivation, ...]
    places: tuple[Place, ...]
    lines: tuple[Step, ...]
    effects: Effects
    asked: int
    outside: Vector | None = None
    """The first iterate outside the domain, where the run leaves it."""
    derived_before: bool = False
    """Whether an earlier answer derives the same gradient."""
    methods_before: tuple[str, ...] = ()
    """The methods of the earlier answers of this kind: what is said of a method is said once."""

    @property
    def run(self) -> Run:
        return self.found.run

    @property
    def method(self) -> str:
        return self.run.method.name

    @property
    def mistakes_told(self) -> bool:
        """Whether an earlier answer tells the mistakes that this method invites."""
        return any(other in self.methods_before for other in {self.method, *KIN.get(self.method, ())})

    @property
    def outcome(self) -> Outcome:
        return self.found.outcome

    @property
    def several(self) -> bool:
        """Whether f has several variables."""
        return self.run.size > 1

    @property
    def point_name(self) -> str:
        """How the point is named in formulas."""
        from solver.descent.wording import point_name

        return point_name(self.run.problem.variables)

    @property
    def coordinates(self) -> tuple[str, ...]:
        """The names of the variables."""
        return tuple(coordinate(self.run, i)[0] for i in range(self.run.size))

    @property
    def rule(self) -> tuple[str, ...]:
        """The update rule with letters, line by line; of a coordinate w_i where there are several."""
        own, below = coordinate(self.run, 0) if not self.several else (rf"{self.point_name}_i", "_i")
        return rule_lines(self.method, own, below, not self.run.schedule.is_constant)

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """(letter, value) of the rate and of what else the method takes."""
        return tuple((GREEK[name], put(x).text) for name, x in self.run.values.items())

    @property
    def boxed(self) -> tuple[tuple[int, str, bool], ...]:
        """(k, point as LaTeX, whether it is exact) of the iterates to print in the result: all, or the first
        and the last.
        """
        after = self.places[1:]
        chosen = after if len(after) <= BOXED else (*after[:3], after[-1])
        return tuple((p.k, self.point(p.point), all(put(x).exact for x in p.point)) for p in chosen)

    @property
    def rounded(self) -> bool:
        """Whether one of the boxed iterates is printed rounded."""
        return not all(exact for _, _, exact in self.boxed)

    @property
    def shown(self) -> tuple[Place, ...]:
        """The rows of the table: all, or the first, some in between and the last."""
        last = len(self.places) - 1
        return tuple(
            p for p in self.places if last <= 24 or p.k <= 6 or p.k % (last // 16) == 0 or p.k == last
        )

    def point(self, point: Vector) -> str:
        """A point as LaTeX."""
        return point_text(point)

    def told_point(self, point: Vector) -> str:
        """A point with its relation."""
        return f"{relation(all(put(x).exact for x in point))} {point_text(point)}"

    def told(self, x: Real) -> str:
        """A number with its relation."""
        return told(x)

    def rational(self, x: Real) -> Fraction:
        """The number, or the middle of its ball, for the filters of a table."""
        return to_fraction(x)

    @property
    def stopped_by(self) -> str:
        """Why there is no next iterate: the run leaves the domain, the Hessian is singular, or another
        reason (empty).
        """
        if self.outside is not None:
            return "domain"
        if self.method == "newton" and is_singular(self.run.problem, self.places[-1].point):
            return "singular"
        return ""

    def verdict(self, lang: str) -> str:
        """What the infinite run does, as the end of a sentence."""
        from solver.descent.written import verdict

        return verdict(self.found, lang)

    def proof(self, lang: str) -> str:
        """The sentences that prove the verdict."""
        from solver.descent.wording import proof_about

        return proof_about(self.found, lang, self.name)

    def norm(self, place: Place) -> Fraction:
        """‖∇f‖ at an iterate."""
        return to_fraction(norm_of(place.gradient))

    def figures(self) -> Mapping[str, FigureSpec]:
        from solver.questions.plane import run_panel

        more = 0 if self.asked > DRAWN or self.outcome.behaviour == "diverges" else DRAWN
        path = followed(self.run, max(len(self.places) - 1, more))
        if may_leave(self.run.problem.expression) or len(path) > len(self.places):
            path = tuple(it for it in path if place_of(self.run, it) is not None)
        if self.run.size > 2:
            heights = [(float(p.k), float(to_fraction(p.value))) for p in self.places]
            panel = Panel(
                (Line_(tuple(heights)),), x_label="$k$", y_label=rf"${self.name}({self.point_name}^{{(k)}})$"
            )
            return {"run": Plot((panel,))}
        limit = self.outcome.limit
        limits = [tuple(float(to_fraction(x)) for x in limit)] if limit is not None else []
        return {"run": Plot((run_panel(self.run, [(None, path)], limits, self.name),))}

    def public(self) -> Mapping[str, object]:
        limit = self.outcome.limit

        def place(k: int) -> Place:
            if not 0 <= k < len(self.places):
                raise SheetError(f"this run has {len(self.places)} iterates, from 0; {k} is asked")
            return self.places[k]

        def told(point: Vector) -> object:
            numbers = [to_fraction(x) for x in point]
            return numbers if self.several else numbers[0]

        verdict: dict[str, object] = {
            "behaviour": self.outcome.behaviour,
            "nature": self.outcome.nature or "",
            "period": self.outcome.period or 0,
            "limit": [number_text(x) for x in limit] if limit is not None else "",
        }
        return {
            "method": self.method,
            "rate": self.run.rate,
            "steps": len(self.places) - 1,
            "verdict": verdict,
            "exact_until": self.found.exact_until,
            "point": lambda k: told(place(k).point),
            "value": lambda k: to_fraction(place(k).value),
            "slope": lambda k: told(place(k).gradient),
            "points": [told(p.point) for p in self.places],
            "values": [to_fraction(p.value) for p in self.places],
        }


def _schedule(text: str, scope: Scope) -> Schedule:
    return read_schedule(text)


class Optimiser(Question):
    """The steps of a gradient method, written out coordinate by coordinate, and where the run goes."""

    kind: ClassVar[str] = "optimiser"
    of: FunctionOption
    """The function to minimise, of one or several variables."""
    start: Annotated[Point, Reading(read_point, "a point")]
    """The starting point: a number for each variable."""
    rate: ExactOption
    """The learning rate."""
    method: Annotated[Chosen, Reading(read_chosen, "a method")] = Chosen(method("gd"))
    """The update rule, with PyTorch's conventions: `gd`, `momentum`, `nesterov`, `adagrad`, `rmsprop`,
    `adam`, `adamw`, `newton`."""
    steps: CountOption = STEPS
    """How many steps are made; the first six are written out."""
    beta: ExactOption | None = None
    """The inertia of momentum and nesterov; 0.9 by default."""
    beta1: ExactOption | None = None
    """The memory of the first moment of adam and adamw; 0.9 by default."""
    beta2: ExactOption | None = None
    """The memory of the squares: 0.999 by default for adam and adamw, 0.99 for rmsprop."""
    epsilon: ExactOption | None = None
    """What is added to the root; 1e-8 by default, 1e-10 for adagrad."""
    weight_decay: ExactOption | None = None
    """The decoupled weight decay of adamw; 0.01 by default."""
    schedule: Annotated[Schedule, Reading(_schedule, GRAMMAR)] = Schedule("constant")
    """How the rate changes from step to step."""

    def solve(self, scope: Scope) -> OptimiserFacts:
        """Follows and judges the run; SheetError where the options do not fit, or nothing can be followed."""
        fits(self.of, self.start, "start")
        if not 1 <= self.steps <= MOST_STEPS:
            raise SheetError(f"a number of steps from 1 to {MOST_STEPS} is expected").about("steps")
        require_positive((self.rate,), "rate")
        judged = run_of(self.of, self._chosen(), self.start, self.rate, self.schedule)
        run = judged.run
        found = replace(judged, steps=self.steps, iterates=followed(run, self.steps))
        places: list[Place] = []
        for it in found.iterates:
            place = place_of(run, it)
            if place is None:
                break
            places.append(place)
        iterates = found.iterates[: len(places)]
        kinks = replace(found, iterates=iterates).kinks
        pairs = list(zip(places, found.iterates, found.iterates[1:], strict=False))[:WRITTEN]
        lines = tuple(written_step(run, *pair, kink=pair[0].k in kinks) for pair in pairs)
        derived = gradient_derived(self.of)
        earlier = [facts for facts in scope.facts.values() if isinstance(facts, OptimiserFacts)]
        checks = [c for d in derived for c in d.checks]
        return OptimiserFacts(
            checks=(*checks, *found.checks, *checks_of(run, found.iterates, places, lines, kinks)),
            name=self.of.name,
            found=replace(found, iterates=iterates),
            gradient=derived,
            places=tuple(places),
            lines=lines,
            effects=effects(run, iterates, places),
            asked=self.steps,
            outside=found.iterates[len(places)].point if len(found.iterates) > len(places) else None,
            derived_before=any(e.gradient == derived and e.name == self.of.name for e in earlier),
            methods_before=tuple(dict.fromkeys(e.method for e in earlier)),
        )

    def _chosen(self) -> Chosen:
        names = ("beta", "beta1", "beta2", "epsilon", "weight_decay")
        asked = {name: value for name in names if (value := getattr(self, name)) is not None}
        return with_parameters(self.method.method, {**dict(self.method.given), **asked})
