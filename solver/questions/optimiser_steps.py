"""The steps of a method written out: formulas with their numbers, each found again by a second road."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import ctx

from solver.derivation.equality import Equality, Means
from solver.descent.objective import substituted
from solver.descent.outcome import Run
from solver.descent.problem import hessian_at, values_at
from solver.descent.replay import BITS, agree, newton_holds, number, slope_at, states
from solver.descent.updates import Iterate, Real, to_ball, to_fraction
from solver.expression.decimals import significant
from solver.expression.latex import latex
from solver.questions.followed import Place
from solver.questions.optimiser_formulas import DIGITS, FORMULAS, Put, filled, name_of, put, relation


@dataclass(frozen=True)
class Line:
    """`name` = `middle` = `end`, as LaTeX; `middle` may be empty. `exact` says whether nothing in it is
    rounded, `rounded` whether already the middle is.
    """

    name: str
    middle: str
    end: str
    exact: bool
    rounded: bool = False

    @property
    def latex(self) -> str:
        middle = f"{relation(not self.rounded)} {self.middle} " if self.middle else ""
        return f"{self.name} &{middle}{relation(self.exact)} {self.end}"


@dataclass(frozen=True)
class Step:
    """From iterate `k` to `k` + 1: the gradient, for Newton's method the Hessian and the direction, then the
    lines of each component.
    """

    k: int
    gradient: tuple[Line, ...]
    direction: tuple[Line, ...]
    components: tuple[tuple[Line, ...], ...]


def written_step(run: Run, place: Place, before: Iterate, after: Iterate, kink: bool = False) -> Step:
    """The step with its numbers; at a kink the gradient is taken, not computed."""
    with ctx.workprec(BITS):
        return Step(
            before.k,
            tuple(_slope_lines(run, place, kink)),
            tuple(_direction_lines(run, before)) if run.method.name == "newton" else (),
            tuple(tuple(_lines(run, place, before, after, i)) for i in range(run.size)),
        )


def coordinate(run: Run, i: int) -> tuple[str, str]:
    """How the i-th coordinate is named, and the index of its states: x, _{x}; no index where it is alone."""
    name = latex(run.problem.variables[i])
    alone = run.size == 1 and name not in ("g", "v", "s", "m", "d")
    return name, "" if alone else f"_{{{name}}}"


def values_of(run: Run, before: Iterate, after: Iterate, place: Place, i: int) -> dict[str, Any]:
    """The states of component i, before the step and after it, by the names of `FORMULAS`."""
    old, new = before.memory, after.memory
    found: dict[str, Any] = {"w": before.point[i], "w1": after.point[i], "g": place.gradient[i]}
    for memory in run.method.memories:
        found[memory] = old[memory][i] if memory in old else Fraction(0)
        found[f"{memory}1"] = new[memory][i]
    if "c" in run.method.memories:
        found["mh"], found["vh"] = found["m1"] / found["c1"], found["v1"] / found["d1"]
    if "weight_decay" in run.values:
        kept: Any = 1 - _rate(run, before.k) * run.values["weight_decay"]
        found["u"] = found["w"] * (kept if isinstance(found["w"], Fraction) else to_ball(kept))
    if run.method.name == "newton":
        found["g"] = values_at(run.direction, before.point)[i]
    return found


def _rate(run: Run, k: int) -> Fraction:
    return run.rate * run.schedule.share(k)


def _lines(run: Run, place: Place, before: Iterate, after: Iterate, i: int) -> Iterator[Line]:
    values = values_of(run, before, after, place, i)
    places = _places(run, before.k, values)
    own, below = coordinate(run, i)
    for formula in FORMULAS[run.method.name]:
        made, end = filled(formula, places), put(values[formula.target])
        name = name_of(formula.target, own, below, str(before.k), str(after.k))
        yield Line(name, made.text, end.text, made.exact and end.exact, not made.exact)


def _places(run: Run, k: int, values: Mapping[str, Real]) -> dict[str, Put]:
    numbers: dict[str, Real] = {**run.values, "rate": _rate(run, k), **values}
    return {name: put(x) for name, x in numbers.items()} | {"n": Put(str(k + 1))}


def _slope_lines(run: Run, place: Place, kink: bool) -> Iterator[Line]:
    """∂f/∂x at the point, numbers put in, and its value."""
    for i, slope in enumerate(place.gradient):
        name, end = name_of("g", *coordinate(run, i), str(place.k), ""), put(slope)
        rounded = not all(put(x).exact for x in place.point)
        shown = "" if kink else _with_numbers(run, place.point, i)
        if not shown or shown == end.text:
            yield Line(name, "", end.text, end.exact)
        else:
            yield Line(name, shown, end.text, end.exact and not rounded, rounded)


def _with_numbers(run: Run, point: Sequence[Real], i: int) -> str:
    """The partial derivative with the numbers as they are printed; empty where one is very small or large."""
    numbers = {}
    for variable, x in zip(run.problem.variables, point, strict=True):
        value = to_fraction(x)
        if not put(x).exact:
            if not Fraction(1, 100) <= abs(value) < 10**6:
                return ""
            value = Fraction(significant(value, DIGITS))
        numbers[variable.name] = value
    return latex(substituted(run.problem.gradient[i], numbers))


def _direction_lines(run: Run, before: Iterate) -> Iterator[Line]:
    """The Hessian at the point and d = H⁻¹g, the solution of Hd = g."""
    k, point = before.k, before.point
    rows = [[put(h) for h in row] for row in hessian_at(run.problem, point)]
    inner = r" \\ ".join(" & ".join(p.text for p in row) for row in rows)
    exact = all(p.exact for row in rows for p in row)
    told = rows[0][0].text if run.size == 1 else rf"\begin{{pmatrix}} {inner} \end{{pmatrix}}"
    yield Line(f"H^{{({k})}}", "", told, exact)
    moves = [put(x) for x in values_at(run.direction, point)]
    below = coordinate(run, 0)[1]
    if run.size == 1:
        yield Line(
            rf"d{below}^{{({k})}}",
            rf"\frac{{g{below}^{{({k})}}}}{{H^{{({k})}}}}",
            moves[0].text,
            moves[0].exact,
        )
        return
    told = r" \\ ".join(p.text for p in moves)
    solved = rf"\left(H^{{({k})}}\right)^{{-1}} g^{{({k})}}"
    yield Line(
        f"d^{{({k})}}", solved, rf"\begin{{pmatrix}} {told} \end{{pmatrix}}", all(p.exact for p in moves)
    )


def checks_of(
    run: Run,
    iterates: Sequence[Iterate],
    places: Sequence[Place],
    steps: Sequence[Step],
    taken: Mapping[int, Sequence[Fraction]] | None = None,
) -> tuple[Equality, ...]:
    """Every number of the steps against its unrolled sum, with gradients by dual numbers; `taken` are the
    gradients at iterates where f has none, which are a convention and not checked.
    """
    with ctx.workprec(BITS):
        return tuple(_checks(run, iterates, places, steps, taken or {}))


def _checks(
    run: Run,
    iterates: Sequence[Iterate],
    places: Sequence[Place],
    steps: Sequence[Step],
    taken: Mapping[int, Sequence[Fraction]],
) -> Iterator[Equality]:
    for before, after, place, step in zip(iterates, iterates[1:], places, steps, strict=False):
        means = Means.EXACT if after.exact else Means.INTERVAL
        direction = values_at(run.direction, before.point) if step.direction else ()
        if direction and (holds := newton_holds(run, before, direction)) is not None:
            yield Equality(
                rf"H^{{({before.k})}} d^{{({before.k})}}", f"g^{{({before.k})}}", Means.DUAL, holds
            )
        for i in range(run.size):
            again = states(run, iterates, after.k, i, direction, taken)
            if again is None:
                continue
            values = values_of(run, before, after, place, i)
            slope = step.gradient[i]
            if before.k not in taken:
                holds = agree(slope_at(run, before, i), number(place.gradient[i]))
                yield Equality(slope.middle or slope.name, slope.end, Means.DUAL, holds)
            for formula, line in zip(FORMULAS[run.method.name], step.components[i], strict=True):
                holds = agree(again[formula.target], number(values[formula.target]))
                yield Equality(line.middle, line.end, means, holds)
