"""Gradients on trial: central differences for each parameter, one step of descent that lowers the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from solver.derivation.equality import Equality, Means
from solver.errors import UnsupportedExpression
from solver.expression.latex import latex
from solver.expression.tree import Symbol
from solver.network.backward import Analysis
from solver.network.forms import close
from solver.network.numbers import Num, Real, Value, ball, is_exact, precision, rational, shown, value_of
from solver.network.numeric import Pass, forward, loss_of, run_pass, sharpened
from solver.network.record import Record
from solver.network.second import Road, differences
from solver.network.symbols import LOSS
from solver.network.verify import gradient_by_name, points_of

STEP = Fraction(1, 1000)
SMALL = arb(1) / 1000
RATES = (
    Fraction(1),
    Fraction(1, 2),
    Fraction(1, 10),
    Fraction(1, 100),
    Fraction(1, 1000),
    Fraction(1, 10**5),
)


Unit = tuple[int, int]
"""A layer and a unit of it, counted from 1."""


@dataclass(frozen=True)
class GradientLine:
    """∂L/∂parameter on numbers: the gradient, the central difference, the gap and its bound (None on a
    kink).
    """

    parameter: Symbol
    symbol: Symbol
    value: Value
    difference: Value
    gap: Value
    bound: Value | None


@dataclass(frozen=True)
class DescentStep:
    """θ ← θ − rate · gradient, once: the loss before and after; `lowers` says whether it went down.

    `tried` are the rates tried before, which did not lower it. `stopped` are the units (layer, unit, from 1)
    that had a slope before and have the slope 0 after: this example teaches them no more. `is_small` says
    that the loss reached is not 0 but has no digit among the first decimals.
    """

    rate: Fraction
    before: Value
    after: Value
    lowers: bool
    tried: tuple[Fraction, ...]
    stopped: tuple[Unit, ...] = ()
    is_small: bool = False


def difference_table(
    analysis: Analysis, record: Record, found: Pass
) -> tuple[tuple[GradientLine, ...], list[Equality]]:
    """Central differences at STEP for each parameter, where there are few enough to print."""
    where = points_of(record)
    if len(where.names) > 40:
        return (), []
    symbols = {s.name: s for s in analysis.component.graph.inputs}
    try:
        quotients = differences(where.equations, where.points[0], where.names, LOSS.name, STEP)
    except (UnsupportedExpression, ZeroDivisionError, ValueError):
        return (), []
    ours = gradient_by_name(found)
    lines, checks = [], []
    with precision(256):
        for name in where.names:
            quotient, exact = quotients[name], ball(ours[name])
            gap = abs(quotient.value - exact)
            symbol = analysis.adjoint(symbols[name]).symbol
            bound = quotient.bound
            tidy_gap = value_of(rational(0)) if gap.contains(0) else Real(gap)
            lines.append(
                GradientLine(
                    symbols[name],
                    symbol,
                    value_of(ours[name]),
                    Real(quotient.value),
                    tidy_gap,
                    None if bound is None else (Fraction(0) if bound.is_zero() else Real(bound)),
                )
            )
            if bound is not None:
                holds = bool(gap.lower() <= bound + arb(2) ** -60)
                checks.append(
                    Equality(latex(symbol), shown(value_of(ours[name]), 8), Means.DIFFERENCES, holds)
                )
    return tuple(lines), checks


def descent_step(record: Record, found: Pass) -> DescentStep | None:
    """The first rate of RATES for which one step lowers the loss; None where the gradient is 0."""
    gradients = gradient_by_name(found)
    if all(is_exact(g) and g == 0 for g in gradients.values()):
        return None
    before = value_of(found.loss)
    tried: list[Fraction] = []
    after: Value = before
    flat_before = _flat(record, [rows[0] for rows in found.z])
    for rate in RATES:
        new, flat = sharpened(lambda rate=rate: _stepped(record, rate), lambda step: [step[0]])  # type: ignore[misc]  # mypy does not infer a lambda with a default
        after = value_of(new)
        with precision(256):
            if ball(new) < ball(found.loss):
                small = bool(0 < abs(ball(new)) < SMALL)
                stopped = tuple(unit for unit in flat if unit not in flat_before)
                return DescentStep(rate, before, after, True, tuple(tried), stopped, small)
        tried.append(rate)
    return DescentStep(RATES[-1], before, after, False, tuple(tried[:-1]))


def step_check(analysis: Analysis, record: Record, found: Pass, step: DescentStep) -> Equality:
    """The loss after the step, from the equations of the graph at the parameters that it reaches."""
    road, gradients = Road(1), gradient_by_name(found)
    with precision(256):
        known = {
            name: road.constant(ball(rational(value)) - arb(rational(step.rate)) * ball(gradients[name]))
            if name in gradients
            else road.constant(ball(rational(value)))
            for name, value in points_of(record).points[0].items()
        }
        try:
            again = arb(road.run(analysis.component.graph.equations, known)[LOSS.name][0])
            told = step.after.ball if isinstance(step.after, Real) else ball(rational(step.after))
            holds: bool | None = close(again, told)
        except (UnsupportedExpression, ZeroDivisionError, ValueError):
            holds = None
    return Equality(rf"L(\theta - {latex(step.rate)} \nabla L)", shown(step.after), Means.SIMULATION, holds)


def _stepped(record: Record, rate: Fraction) -> tuple[Num, tuple[Unit, ...]]:
    """The loss after one step of gradient descent on all parameters, and the units that are flat there."""
    found = run_pass(record)
    assert record.weights is not None
    assert record.biases is not None
    step = rational(rate)
    weights = [
        [
            [rational(w) - step * g for w, g in zip(row, slopes, strict=True)]
            for row, slopes in zip(rows, gradient, strict=True)
        ]
        for rows, gradient in zip(record.weights, found.dw, strict=True)
    ]
    biases = [
        None
        if bias is None or slopes is None
        else [rational(b) - step * g for b, g in zip(bias, slopes, strict=True)]
        for bias, slopes in zip(record.biases, found.db, strict=True)
    ]
    assert record.x is not None
    x = tuple(rational(v) for v in record.x[0])
    return loss_of(record, weights, biases), _flat(
        record, [z for z, _ in forward(record, weights, biases, x)]
    )


def _flat(record: Record, pres: Sequence[Sequence[Num]]) -> tuple[Unit, ...]:
    """The units whose activation has exactly the slope 0 at their pre-activation."""
    found = []
    for layer, (activation, row) in enumerate(zip(record.activations, pres, strict=True), 1):
        if not activation.is_vector:
            slopes = [activation.slope_at(z) for z in row]
            found += [(layer, unit) for unit, s in enumerate(slopes, 1) if is_exact(s) and s == 0]
    return tuple(found)
