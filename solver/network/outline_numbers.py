"""The outline of a record with numbers: every line of one example, or tables for a batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from solver.expression.scientific import mantissa_and_power
from solver.expression.tree import Expr, Number, Symbol, substitute, walk
from solver.network.backward import Analysis, analyse, gradient_symbol
from solver.network.example import gradients_by_name, numbers_by_name, shown_equations
from solver.network.numbers import Num, Value, value_of
from solver.network.numeric import Pass, numeric_pass
from solver.network.outline import (
    DIGITS,
    Grid,
    Line,
    Outline,
    Section,
    Shown,
    Table,
    exact_fraction,
    is_plain_size,
    is_rounded,
    is_short,
    relation,
)
from solver.network.outline_symbols import (
    WRITTEN_OUT,
    Words,
    backward,
    components_in_order,
    data_loss,
    forward,
    named_gradient,
    named_gradients,
    penalty_told,
    shapes,
    title,
    told_once,
)
from solver.network.record import Record
from solver.network.remarks import remarks
from solver.network.symbols import LOSS
from solver.network.verify import verified

WIDEST = 8
"""Columns of a table or a matrix that are shown."""

LONGEST = 40
"""Rows of a table or a matrix that are shown."""


def outline_of_numbers(record: Record, words: Words, lang: str) -> Outline:
    """The outline of a record with numbers."""
    analysis = analyse(replace(record, weights=None, biases=None, x=None, y=None, is_batch=False))
    found = numeric_pass(record)
    if record.parameters <= WRITTEN_OUT and len(found.losses) == 1:
        sections = [*_lines(analysis, record, found, words), _gradients(analysis, found, words)]
    else:
        sections = [shapes(analysis, words), *forward(analysis, words)]
        sections += [_forward_tables(analysis, found, words), *backward(analysis, words)]
        sections += [_backward_tables(analysis, found, words), _gradients(analysis, found, words)]
    verdict = {True: "checked_numbers", False: "failed", None: "undecided_numbers"}[verified(record, found)]
    rounded = [words["rounded"]] if any(map(is_rounded, sections)) else []
    closing = [*remarks(record, found, lang=lang), *rounded, words[verdict]]
    return Outline(title(record, words), words["names"], tuple(sections), tuple(closing))


# ---- one example, line by line ------------------------------------------------------------------


def _lines(analysis: Analysis, record: Record, found: Pass, words: Words) -> Iterator[Section]:
    numbers = {k: value_of(v) for k, v in numbers_by_name(record, analysis, found).items()}
    equations = shown_equations(analysis)
    lines = [_line(e.target, e.target.name, e.expression, numbers) for e in equations[:-1]]
    if record.penalty is None:
        lines.append(_line(LOSS, LOSS.name, equations[-1].expression, numbers))
        yield Section(words["forward"], tuple(lines))
    else:
        lines.append(_data_loss(analysis, numbers | {LOSS.name: value_of(found.losses[0])}, words))
        yield Section(words["forward"], (*lines, *penalty_told(record, words), *_mean(found)))
    renamed = named_gradients(analysis)
    gradients = gradients_by_name(analysis, found)
    for layer, activation in enumerate(record.activations, 1):
        for unit, z in enumerate(analysis.names.pres(layer)):
            if z.name in analysis.slopes:
                name = renamed[analysis.slopes[z.name][0].name].name
                numbers[name] = value_of(activation.slope_at(found.z[layer - 1][0][unit]))
    for adjoint in analysis.backward.adjoints:
        if adjoint.node.name in gradients:
            numbers[f"d{adjoint.node.name}"] = value_of(gradients[adjoint.node.name])
    lines = []
    for node, why in components_in_order(analysis):
        is_head = analysis.fused is not None and node in analysis.names.pres(record.depth)
        form = analysis.closed[node.name] if is_head else named_gradient(analysis, node)
        why = "why_fused" if is_head else why
        expression = substitute(form, renamed)
        symbol = renamed[analysis.adjoint(node).symbol.name]
        lines.append(replace(_line(symbol, symbol.name, expression, numbers), why=words[why]))
    yield Section(words["backward"], (words["legend"], *told_once(lines)))


def _data_loss(analysis: Analysis, numbers: Mapping[str, Value], words: Words) -> Line:
    inner = {e.target.name: e.expression for e in data_loss(analysis)}
    expression = substitute(inner.pop(LOSS.name), inner)
    return replace(_line(LOSS, LOSS.name, expression, numbers), left=words["data_loss"])


def _line(target: Symbol, name: str, expression: Expr, numbers: Mapping[str, Value]) -> Line:
    """target = expression = the same with numbers put in = its value."""
    if isinstance(expression, Number):
        return Line(target, (("=", expression),))
    parts: list[tuple[str, Shown]] = [("=", expression)]
    used = [numbers[s.name] for s in dict.fromkeys(_symbols(expression)) if s.name in numbers]
    value = numbers[name]
    if used and not isinstance(expression, Symbol) and is_plain_size(used):
        put = {s.name: _written(numbers[s.name]) for s in _symbols(expression)}
        parts.append(("=" if all(map(is_short, used)) else "≈", substitute(expression, put)))
    exact_line = all(map(is_short, used)) and is_short(value)
    parts.append(("=" if exact_line else relation(value) if not used else "≈", value))
    return Line(target, tuple(parts))


def _symbols(expr: Expr) -> list[Symbol]:
    return [node for node in walk(expr) if isinstance(node, Symbol)]


def _written(value: Value) -> Number:
    """A number as it is put into a formula: exact where that is short, else to six significant digits."""
    if is_short(value):
        return Number(exact_fraction(value), True)
    exact = exact_fraction(value)
    _, power = mantissa_and_power(abs(exact), DIGITS - 1) if exact else (0, 0)
    return Number(round(exact, DIGITS - 1 - power), True)


# ---- tables -------------------------------------------------------------------------------------


def _forward_tables(analysis: Analysis, found: Pass, words: Words) -> Section:
    names, depth = analysis.names, analysis.record.depth
    tables: list[Table | str] = []
    for layer in range(1, depth + 1):
        for symbols, rows in (
            (names.pres(layer), found.z[layer - 1]),
            (names.activations(layer), found.a[layer - 1]),
        ):
            tables += _table(symbols, rows, words)
    loss: Shown = LOSS if analysis.record.penalty is None else words["data_loss"]
    tables += _table((loss,), [(value,) for value in found.losses], words)
    return Section(words["forward_values"], (*tables, *_mean(found)))


def _mean(found: Pass) -> tuple[Line, ...]:
    value = value_of(found.loss)
    return (Line(LOSS, ((relation(value), value),)),)


def _backward_tables(analysis: Analysis, found: Pass, words: Words) -> Section:
    names, renamed = analysis.names, named_gradients(analysis)
    tables: list[Table | str] = []
    for layer in range(analysis.record.depth, 0, -1):
        symbols = [renamed[analysis.adjoint(z).symbol.name] for z in names.pres(layer)]
        tables += _table(symbols, found.dz[layer - 1], words)
    symbols = [renamed[analysis.adjoint(x).symbol.name] for x in names.inputs]
    tables += _table(symbols, found.dx, words)
    note = (words["mean"].format(count=len(found.losses)),) if len(found.losses) > 1 else ()
    return Section(words["backward_values"], (*note, *tables))


def _table(symbols: Sequence[Shown], rows: Sequence[Sequence[Num]], words: Words) -> list[Table | str]:
    shown = tuple(tuple(value_of(v) for v in row[:WIDEST]) for row in rows[:LONGEST])
    made: list[Table | str] = [Table(words["example_head"], tuple(symbols[:WIDEST]), shown)]
    if len(symbols) > WIDEST or len(rows) > LONGEST:
        made.append(words["cut"].format(rows=min(len(rows), LONGEST), columns=min(len(symbols), WIDEST)))
    return made


def _gradients(analysis: Analysis, found: Pass, words: Words) -> Section:
    names = analysis.names
    blocks: list[Grid | str] = []
    for layer, (rows, bias) in enumerate(zip(found.dw, found.db, strict=True), 1):
        blocks += _grid(gradient_symbol(names.weight_matrix(layer), analysis.backward), rows, words)
        if bias is not None:
            columns = [(v,) for v in bias]
            blocks += _grid(gradient_symbol(names.vector("b", layer), analysis.backward), columns, words)
    return Section(words["gradients"], tuple(blocks))


def _grid(left: Shown, rows: Sequence[Sequence[Num]], words: Words) -> list[Grid | str]:
    shown = tuple(tuple(value_of(v) for v in row[:WIDEST]) for row in rows[:LONGEST])
    made: list[Grid | str] = [Grid(left, shown)]
    if len(rows) > LONGEST or len(rows[0]) > WIDEST:
        made.append(words["cut"].format(rows=len(shown), columns=len(shown[0])))
    return made
