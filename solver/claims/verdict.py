"""Is `left = right` true? The verdict on one equality, with what proves it wrong or what it lacks.

*Equal*: at every point tried, in every sign region, on both sides of every border, to 1,000 digits and more.
*Different*: at one point at least the sides are apart, and no sign region was found where they agree.
*Undecided*: true under an assumption that the author did not state, or never defined.

Two sides need not be defined at the same isolated points (x/x = 1 is equal, the pole is named); where one is
defined on a whole region and the other not, the claim lacks an assumption. A side that awaits a derivative
lends its domain: (ln x)′ = 1/x is equal though 1/x is defined below 0 too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from solver.claims.compare import (
    DEEP,
    PRECISIONS,
    Outcome,
    close,
    evaluate,
    gap_shown,
    satisfied,
    shown,
)
from solver.claims.exact import proved
from solver.claims.generic import named_values
from solver.claims.question import Question
from solver.claims.regions import Conditions, missing_assumption, solved
from solver.claims.samples import condition_border, nice_points, samples
from solver.derivation.points import Point, root_of, side
from solver.expression.tree import Apply, Condition, Expr, symbols, walk

_LEAST_EQUAL = 3
_MAX_DEEP = 6
_CLEARLY = 48
_MAX_SUSPECTS = 48
_RARE = 20


class Judgement(StrEnum):
    """The verdict on a claim."""

    EQUAL = "equal"
    DIFFERENT = "different"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Values of the variables, and of both sides there (`None`: not defined there).

    `gap` is left − right where their first digits are the same.
    """

    at: Mapping[str, str]
    left: str | None
    right: str | None
    gap: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`assumption` is what an undecided claim lacks, or the isolated points that an equal one leaves out.

    `points` counts the points at which the sides were found equal; `proved` says that they are one fraction.
    """

    judgement: Judgement
    counterexample: Counterexample | None = None
    assumption: Conditions = ()
    points: int = 0
    proved: bool = False


def decide(question: Question) -> Verdict:
    """The verdict on an equality."""
    outcomes = _deepened(question, _settled(_outcomes(question)))
    equal = sum(outcome is Outcome.EQUAL for _, outcome in outcomes)
    bad = [point for point, outcome in outcomes if outcome in question.bad]
    if not bad:
        few = equal < _LEAST_EQUAL and bool(question.names)
        if not equal or few:
            return Verdict(Judgement.UNDECIDED, points=equal)
        exact = proved(question.left, question.right, question.functions, question.names)
        return Verdict(Judgement.EQUAL, assumption=_poles(question), points=equal, proved=exact)
    apart = any(outcome is Outcome.DIFFERENT for _, outcome in outcomes)
    if not equal and not apart:
        return Verdict(Judgement.UNDECIDED)
    example = _counterexample(question, bad)
    different = sum(outcome is Outcome.DIFFERENT for _, outcome in outcomes)
    if equal * _RARE <= different or question.by_pieces:  # a few chance equalities are no region
        return Verdict(Judgement.DIFFERENT, example, points=equal)
    assumption = _assumption(question, outcomes)
    if assumption is None:
        return Verdict(Judgement.DIFFERENT if apart else Judgement.UNDECIDED, example, points=equal)
    return Verdict(Judgement.UNDECIDED, example, assumption, equal)


def _outcomes(question: Question) -> list[tuple[Point, Outcome]]:
    """What is found point by point; the rest is left where the sides are apart everywhere so far."""
    found: list[tuple[Point, Outcome]] = []
    apart = 0
    for point in question.points():
        outcome = Outcome.UNCLEAR if question.on_kink(point) else question.pair.at(point)
        found.append((point, outcome))
        apart += outcome is Outcome.DIFFERENT
        if len(found) == apart == _CLEARLY:
            break
    return found


def _settled(outcomes: list[tuple[Point, Outcome]]) -> list[tuple[Point, Outcome]]:
    """Two sides of which nothing but zeros is known are equal if they are so wherever they were tried."""
    told = any(outcome in (Outcome.EQUAL, Outcome.DIFFERENT) for _, outcome in outcomes)
    meant = Outcome.UNCLEAR if told else Outcome.EQUAL
    return [(point, meant if o is Outcome.VANISHING else o) for point, o in outcomes]


def _deepened(question: Question, outcomes: list[tuple[Point, Outcome]]) -> list[tuple[Point, Outcome]]:
    """The same outcomes, a point of each region where the sides look equal tried to thousands of digits.

    Where some point is known to be different, every point that looks equal is: a saturated tanh looks like 1.
    """
    pair, found = question.pair, list(outcomes)
    equal = [i for i, (_, outcome) in enumerate(found) if outcome is Outcome.EQUAL]
    if all(outcome is not Outcome.DIFFERENT for _, outcome in found):
        seen: set[tuple[int, ...]] = set()
        for i in equal:
            if len(seen) == _MAX_DEEP:
                break
            point = found[i][0]
            region = (*(v > 0 for v in point.values()), *(side(b, point) for b in _plain(question)))
            if region not in seen:
                if pair.deep(point, DEEP[0] if seen else DEEP[-1]) is Outcome.DIFFERENT:
                    found[i] = (point, Outcome.DIFFERENT)
                seen.add(region)
    if any(outcome is Outcome.DIFFERENT for _, outcome in found):
        step = -(-len(equal) // _MAX_SUSPECTS)
        for rank, i in enumerate(equal):
            point = found[i][0]
            found[i] = (point, Outcome.UNCLEAR if rank % step else pair.deep(point, DEEP[-1]))
    return found


def _plain(question: Question) -> list[Expr]:
    """Borders whose sign the table of functions tells."""
    calls = set(question.functions)
    return [
        b
        for b in question.borders[:8]
        if not any(isinstance(n, Apply) and n.function in calls for n in walk(b))
    ]


def _assumption(question: Question, outcomes: list[tuple[Point, Outcome]]) -> Conditions | None:
    """The widest condition, confirmed on other points; its bounds included where the sides agree there."""
    found = missing_assumption(
        outcomes, question.names, _plain(question), bad=question.bad, functions=question.functions
    )
    for conditions in found:
        narrowed = replace(question, conditions=(*question.conditions, *conditions))
        again = [narrowed.pair.at(point) for point in narrowed.points("again")]
        if again.count(Outcome.EQUAL) >= _LEAST_EQUAL and not any(o in question.bad for o in again):
            return tuple(_closed(question, c, conditions) for c in conditions)
    return None


def _closed(question: Question, condition: Condition, conditions: Conditions) -> Condition:
    """`x >= 0` for `x > 0` where the sides are equal at x = 0 too."""
    wide = {">": ">=", "<": "<="}.get(condition.relation)
    if wide is None or question.derives:
        return condition
    border = condition_border(condition.left, condition.right)
    others = tuple(c for c in conditions if c is not condition)
    tried = 0
    for point in samples(question.names, (), "edge"):
        place = _put_on(border, point)
        if place is None or not satisfied(others, place, question.functions):
            continue
        if question.pair.at(place) is not Outcome.EQUAL:
            return condition
        tried += 1
        if tried >= _LEAST_EQUAL:
            break
    return Condition(condition.left, wide, condition.right) if tried else condition


def _put_on(border: Expr, point: Point) -> Point | None:
    """The point moved to where the border vanishes, by its first variable."""
    present = symbols(border)
    if not present:
        return None
    if isinstance(border, Apply) and border.function == "abs":
        border = border.arguments[0]
    at = root_of(border, present[0].name, point)
    return None if at is None else point | {present[0].name: at}


def _poles(question: Question) -> Conditions:
    """`x != 0` where one side is not defined at x = 0 and the other is: isolated points, named."""
    if not question.names or question.derives:
        return ()
    found: list[Condition] = []
    base = next(iter(samples(question.names, (), "pole")))
    for border in _plain(question):
        place = _put_on(border, base)
        if place is None or not satisfied(question.conditions, place, question.functions):
            continue
        if question.pair.at(place) in (Outcome.LEFT_ONLY, Outcome.RIGHT_ONLY):
            condition = _nonzero(border)
            if condition not in found:
                found.append(condition)
    return tuple(found)


def _nonzero(border: Expr) -> Condition:
    return solved(border, "!=")


def _counterexample(question: Question, bad: list[Point]) -> Counterexample:
    """Values that anybody can redo where there are some, else the first point that was found."""
    for point in nice_points(question.names):
        if satisfied(question.conditions, point, question.functions) and not question.on_kink(point):
            outcome = question.pair.at(point)
            if outcome is Outcome.DIFFERENT or (outcome in question.bad and not _apart(question, bad)):
                return _values(question, point)
    for point in bad:
        if question.pair.at(point) is Outcome.DIFFERENT:
            return _values(question, point)
    return _values(question, bad[0])


def _apart(question: Question, bad: list[Point]) -> bool:
    return any(question.pair.at(point) is Outcome.DIFFERENT for point in bad[:20])


def _values(question: Question, point: Point) -> Counterexample:
    bits = PRECISIONS[-1]
    sides = [evaluate(e, point, question.functions, bits) for e in (question.left, question.right)]
    left, right = (None if isinstance(v, Exception) else shown(v) for v in sides)
    gap = None
    if left is not None and right is not None and close(*sides):
        sides = [evaluate(e, point, question.functions, DEEP[-1]) for e in (question.left, question.right)]
        gap = gap_shown(sides[0], sides[1], DEEP[-1])
    return Counterexample(named_values(point, question.functions), left, right, gap)
