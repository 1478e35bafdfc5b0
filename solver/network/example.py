"""One numeric example of a record: forward values, gradients, their checks, and what they are tried with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from flint import arb

from solver.derivation.equality import Equality, Means
from solver.errors import UnsupportedExpression
from solver.expression.latex import latex
from solver.expression.settle import put
from solver.expression.tree import ZERO, Expr, Number, Sum, Symbol, substitute, symbols
from solver.graph.model import Equation
from solver.network.activations import Activation
from solver.network.backward import Analysis, analyse
from solver.network.forms import close
from solver.network.numbers import Num, Value, ball, is_exact, precision, rational, shown, value_of
from solver.network.numeric import Pass, numeric_pass
from solver.network.record import Record
from solver.network.second import Road
from solver.network.symbols import LOSS
from solver.network.trial import STEP, DescentStep, GradientLine, descent_step, difference_table, step_check
from solver.network.verify import gradient_by_name, points_of, verified

CARRIED = 8
"""Decimals of a rounded value that later lines take up, so that they have PLACES right digits and more."""


@dataclass(frozen=True)
class Line:
    """A forward equation on numbers: its expression, the same with numbers put in, its value to `digits`.

    `reduced` is the loss without the terms that the target makes 0, None where there are none. `rounds` says
    that some number put in is rounded, so that nothing on the line is an equality.
    """

    target: Symbol
    expression: Expr
    substituted: Expr
    value: Value
    digits: int
    is_exact: bool
    rounds: bool
    reduced: Expr | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the line only repeats a number (a = z without activation)."""
        return isinstance(self.substituted, Number)


@dataclass(frozen=True)
class Convention:
    """A pre-activation of a layer, where its activation has no derivative, and the slope that is taken.

    `matters`: the gradient received there is not 0, so that ∂L/∂z, named `adjoint`, is no derivative.
    """

    layer: int
    pre: Symbol
    adjoint: Symbol
    activation: Activation
    at: Value
    taken: Value
    matters: bool


@dataclass(frozen=True)
class LossConvention:
    """An output by which the loss has no derivative at its value, and what is taken for ∂L/∂output."""

    output: Symbol
    adjoint: Symbol
    at: Value
    taken: Value


@dataclass(frozen=True)
class Example:
    """The numbers of one example, by symbol name. `first_of` is the size of the batch it is taken from (1:
    none).
    """

    record: Record
    lines: tuple[Line, ...]
    values: dict[str, Value]
    gradients: dict[str, Value]
    table: tuple[GradientLine, ...]
    step_size: Fraction
    step: DescentStep | None
    conventions: tuple[Convention, ...]
    loss_conventions: tuple[LossConvention, ...]
    first_of: int
    checks: tuple[Equality, ...]


@lru_cache(maxsize=16)
def example_of(record: Record) -> Example | None:
    """The numeric example of a record (the first of a batch), or None where it has no numbers."""
    if record.x is None:
        return None
    one = replace(record, x=record.x[:1], y=record.y[:1] if record.y else None, is_batch=False)
    analysis = analyse(replace(record, weights=None, biases=None, x=None, y=None, is_batch=False))
    found = numeric_pass(one)
    numbers = numbers_by_name(one, analysis, found)
    lines = _lines(analysis, numbers)
    gradients = gradients_by_name(analysis, found)
    checks = list(_value_checks(analysis, one, numbers, lines))
    table, more = difference_table(analysis, one, found)
    checks += more
    checks += _verified_gradients(analysis, one, found)
    step = descent_step(one, found)
    if step is not None and step.lowers:
        checks.append(step_check(analysis, one, found, step))
    conventions = tuple(_convention(one, analysis, found, layer, unit) for layer, _, unit in found.kinks)
    return Example(
        one, lines, {k: value_of(v) for k, v in numbers.items()},
        {k: value_of(v) for k, v in gradients.items()},
        table, STEP, step, conventions, _loss_conventions(analysis, found), len(record.x), tuple(checks),
    )  # fmt: skip


def _convention(record: Record, analysis: Analysis, found: Pass, layer: int, unit: int) -> Convention:
    """What is taken at the kink of a unit (layer and unit from 0)."""
    pre, activation = analysis.names.pre(layer + 1, unit + 1), record.activations[layer]
    z, received = found.z[layer][0][unit], found.da[layer][0][unit]
    return Convention(
        layer + 1,
        pre,
        analysis.adjoint(pre).symbol,
        activation,
        value_of(z),
        value_of(activation.slope_at(z)),
        not (is_exact(received) and received == 0),
    )


def _loss_conventions(analysis: Analysis, found: Pass) -> tuple[LossConvention, ...]:
    """What is taken at the outputs of the first example where the loss has no derivative."""
    outputs = analysis.names.activations(analysis.record.depth)
    return tuple(
        LossConvention(
            outputs[unit],
            analysis.adjoint(outputs[unit]).symbol,
            value_of(found.a[-1][0][unit]),
            value_of(found.da[-1][0][unit]),
        )
        for example, unit in found.loss_kinks
        if example == 0
    )


def numbers_by_name(record: Record, analysis: Analysis, found: Pass) -> dict[str, Num]:
    """The numbers of inputs, parameters, z, a and L of the first example, by the names of the graph."""
    names = analysis.names
    numbers: dict[str, Num] = {k: rational(v) for k, v in points_of(record).points[0].items()}
    for layer in range(1, record.depth + 1):
        numbers |= {s.name: v for s, v in zip(names.pres(layer), found.z[layer - 1][0], strict=True)}
        numbers |= {s.name: v for s, v in zip(names.activations(layer), found.a[layer - 1][0], strict=True)}
    numbers[LOSS.name] = found.loss
    return numbers


def gradients_by_name(analysis: Analysis, found: Pass) -> dict[str, Num]:
    """∂L/∂node of the first example by the node's name."""
    names, record = analysis.names, analysis.record
    gradients = gradient_by_name(found)
    for layer in range(1, record.depth + 1):
        gradients |= {s.name: v for s, v in zip(names.pres(layer), found.dz[layer - 1][0], strict=True)}
        gradients |= {
            s.name: v for s, v in zip(names.activations(layer), found.da[layer - 1][0], strict=True)
        }
    return gradients | {s.name: v for s, v in zip(names.inputs, found.dx[0], strict=True)}


def _lines(analysis: Analysis, numbers: dict[str, Num]) -> tuple[Line, ...]:
    """The forward pass line by line, each with as many decimals as its own written operands give rightly."""
    lines = []
    written = {k: _as_number(value_of(v), CARRIED) for k, v in numbers.items() if is_exact(v)}
    for equation in shown_equations(analysis):
        name = equation.target.name
        reduced = _reduced(equation.expression, analysis, numbers) if name == LOSS.name else None
        expression = reduced or equation.expression
        operands = {s.name for s in symbols(expression)}
        value = value_of(numbers[name])
        substituted = substitute(expression, {s: written[s] for s in operands})
        digits = _sure_digits(substituted, value)
        rounds = any(not is_exact(numbers[s]) for s in operands)
        exact = is_exact(numbers[name]) and not rounds
        lines.append(
            Line(equation.target, equation.expression, substituted, value, digits, exact, rounds, reduced)
        )
        written.setdefault(name, _as_number(value, digits))
    return tuple(lines)


def _reduced(loss: Expr, analysis: Analysis, numbers: dict[str, Num]) -> Expr | None:
    """The loss for the components 0 and 1 of the target; None where no term falls away, or all do."""
    targets = {s.name: value_of(numbers[s.name]) for s in analysis.names.targets if s.name in numbers}
    plain = {name: v for name, v in targets.items() if isinstance(v, Fraction) and v in (0, 1)}
    terms = [put(term, plain) for term in loss.terms] if isinstance(loss, Sum) else []
    return put(loss, plain) if ZERO in terms and any(term != ZERO for term in terms) else None


def _sure_digits(substituted: Expr, value: Value) -> int:
    """The most decimals, up to CARRIED, to which the line as written and the true value round alike."""
    with precision(256):
        again = arb(Road(1).value(substituted, {})[0])
        same = value if isinstance(value, Fraction) else value.fraction()
        mantissa, exponent = again.mid().man_exp()
        line = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    for digits in range(CARRIED, 1, -1):
        if round(line, digits) == round(same, digits):
            return digits
    return 1


def shown_equations(analysis: Analysis) -> list[Equation]:
    """Pre-activations, activations and loss, without the intermediates of a softmax or of a loss."""
    inner: dict[str, Expr] = {}
    public = {LOSS.name}
    for layer in range(1, analysis.record.depth + 1):
        public |= {s.name for s in (*analysis.names.pres(layer), *analysis.names.activations(layer))}
    found = []
    for equation in analysis.component.graph.equations:
        expression = substitute(equation.expression, inner)
        if equation.target.name in public:
            found.append(Equation(equation.target, expression))
        else:
            inner[equation.target.name] = expression
    return found


def _as_number(value: Value, digits: int) -> Number:
    """The number as it is put into a line: exact, or rounded to `digits` decimals."""
    return Number(value if isinstance(value, Fraction) else Fraction(value.decimal(digits)), True)


def _value_checks(
    analysis: Analysis, record: Record, numbers: dict[str, Num], lines: tuple[Line, ...]
) -> list[Equality]:
    """Each forward value again, from the definitions of the functions alone."""
    point = points_of(record).points[0]
    road = Road(1)
    with precision(1024):
        known = {k: road.constant(ball(rational(v))) for k, v in point.items()}
        try:
            again = road.run(analysis.component.graph.equations, known)
        except (UnsupportedExpression, ZeroDivisionError, ValueError):
            return []
        return [
            Equality(
                rf"{latex(line.target)}\text{{ (exemple)}}",
                shown(line.value),
                Means.VALUES,
                close(arb(again[line.target.name][0]), ball(numbers[line.target.name])),
            )
            for line in lines
        ]


def _verified_gradients(analysis: Analysis, record: Record, found: Pass) -> list[Equality]:
    """The gradients once more by dual numbers (one statement about all of them)."""
    holds = verified(record, found)
    return [Equality(r"\nabla_\theta L\text{ (exemple)}", f"{record.parameters}", Means.DUAL, holds)]
