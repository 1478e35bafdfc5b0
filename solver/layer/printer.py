"""Matrix expressions as LaTeX and as text for a terminal: one walk, two styles.

𝟏 b, c 𝟏ᵀ and λ 𝟏 𝟏ᵀ are written where a row, a column or a number is repeated in a sum or alone; ⊙, quotients
and functions repeat without saying so, as the conventions of the answer tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from solver.expression import tree as scalar
from solver.expression.functions import FUNCTIONS
from solver.layer.bodies import matrix_of, split
from solver.layer.shapes import SCALAR, Shape
from solver.layer.tree import (
    ColumnSums,
    Convolution,
    Correlation,
    Entrywise,
    Matrix,
    MatrixProduct,
    Name,
    Number,
    Power,
    Product,
    Quotient,
    RowMaxima,
    RowSums,
    Size,
    Spread,
    Sum,
    Transpose,
    walk,
)

SUM, ENTRYWISE, SCALED, MATRIX, POWER, ATOM = 1, 2, 3, 4, 5, 6
"""How tightly a text holds together."""
_NEGATIONS = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "=": "!=", "!=": "="}
Printed = tuple[str, int]


@dataclass(frozen=True)
class Style:
    """The signs of a way of writing."""

    name: Callable[[str], str]
    number: Callable[[Fraction], str]
    ones: str
    turned_ones: str
    side: str
    hadamard: str
    parentheses: Callable[[str], str]
    fraction: Callable[[Printed, Printed], Printed]
    root: Callable[[str], str]
    power: Callable[[str, Fraction, bool], str]
    transpose: Callable[[str], str]
    constant: Callable[[scalar.Expr], str]
    function: Callable[[str], str]
    bars: Callable[[str], str]
    pieces: Callable[[Sequence[tuple[str, str]]], str]
    signs: tuple[str, str]
    times: str
    slope: str
    implies: str
    relations: Mapping[str, str]


def show(node: Matrix, style: Style) -> str:
    """The expression, at the top of a line."""
    return _print(node, style)[0]


def _print(node: Matrix, style: Style) -> Printed:
    match node:
        case Name(name):
            return style.name(name), ATOM
        case Number(value):
            text = style.number(value)
            whole = ATOM if value.denominator == 1 else SCALED
            return text, SUM if value < 0 else ENTRYWISE if "/" in text else whole
        case Size(dim):
            compound = len(dim.terms) > 1 or (dim.terms and dim.constant != 0)
            return (style.parentheses(str(dim)) if compound else str(dim)), ATOM
        case Sum(terms):
            return _sum(terms, node.shape, style), SUM
        case Product(factors):
            return _product(factors, node.shape, style)
        case Quotient(top, bottom):
            return style.fraction(_print(top, style), _print(bottom, style))
        case Power(base, exponent):
            return _power(base, exponent, style)
        case Entrywise():
            return _function(node, style)
        case MatrixProduct(left, right):
            return f"{_at(left, MATRIX, style)}{style.side}{_at(right, MATRIX, style)}", MATRIX
        case Transpose(operand):
            return style.transpose(_at(operand, ATOM, style)), POWER
        case ColumnSums(operand):
            return f"{style.turned_ones}{style.side}{_at(operand, MATRIX, style)}", MATRIX
        case RowSums(operand):
            return f"{_at(operand, MATRIX, style)}{style.side}{style.ones}", MATRIX
        case RowMaxima(operand):
            return style.function(r"\operatorname{rowmax}") + style.parentheses(show(operand, style)), ATOM
        case Spread(operand, to):
            return _repeated(operand, to, style, alone=True)
        case Correlation(image, kernel):
            return f"{_at(image, SCALED, style)}{style.signs[0]}{_at(kernel, SCALED, style)}", ENTRYWISE
        case Convolution(image, kernel):
            return f"{_at(image, SCALED, style)}{style.signs[1]}{_at(kernel, SCALED, style)}", ENTRYWISE
    raise TypeError(f"no text for {type(node).__name__}")


def _at(node: Matrix, level: int, style: Style) -> str:
    text, own = _print(node, style)
    return text if own >= level else style.parentheses(text)


_PLAIN = (Name, Number, Size, Product, Quotient, Power)
"""What a number is made of that is added to every entry without saying so: v + ε, 1 − Y²."""


def _sum(terms: Sequence[Matrix], shape: Shape, style: Style) -> str:
    written = ""
    for term in terms:
        negative, body = _sign(term)
        text, level = _repeated(body, shape, style, alone=False)
        if level <= SUM:
            text = style.parentheses(text)
        if not written:
            written = f"-{text}" if negative else text
        else:
            written += f" {'-' if negative else '+'} {text}"
    return written


def _sign(term: Matrix) -> tuple[bool, Matrix]:
    """Whether a term is subtracted, and what is."""
    match term:
        case Number(value) if value < 0:
            return True, Number(-value)
        case Product((Number(value), *rest)) if value < 0:
            if value == -1:
                return True, rest[0] if len(rest) == 1 else Product(tuple(rest))
            return True, Product((Number(-value), *rest))
    return False, term


def _repeated(node: Matrix, shape: Shape, style: Style, *, alone: bool) -> Printed:
    """A term of a sum of that shape: 𝟏 before a row, 𝟏ᵀ after a column; a number where it is `alone`."""
    rows, columns = (a != b for a, b in zip(node.shape, shape, strict=True))
    plain = node.shape == SCALAR and not alone and all(isinstance(n, _PLAIN) for n in walk(node))
    if node == Number(Fraction(0)) or (not rows and not columns) or plain:
        return _print(node, style)
    negative, body = _sign(node)
    text = ("-" if negative else "") + _number(body, style)
    if rows and columns:
        one = text == "1"
        return f"{'' if one else text + style.side}{style.ones}{style.side}{style.turned_ones}", MATRIX
    if rows:
        text = _number(body, style) if body.shape == SCALAR else _at(body, SCALED, style)
        return f"{'-' if negative else ''}{style.ones}{style.side}{text}", SUM if negative else MATRIX
    return f"{text}{style.side}{style.turned_ones}", SUM if negative else MATRIX


def _product(factors: Sequence[Matrix], shape: Shape, style: Style) -> Printed:
    negative, body = _sign(Product(tuple(factors)))
    if negative:
        text, level = _print(body, style)
        return f"-{style.parentheses(text) if level <= SUM else text}", SUM
    factors = _flat(factors)
    numbers = [f for f in factors if f.shape == SCALAR]
    others = [f for f in factors if f.shape != SCALAR]
    front = style.side.join(_at(f, SCALED, style) if not others else _number(f, style) for f in numbers)
    if not others:
        return front, SCALED if len(numbers) > 1 else _print(numbers[0], style)[1]
    if len(others) == 1:
        text, level = _print(others[0], style)
        if not numbers:
            return text, level
        return f"{front}{style.side}{text if level >= SCALED else style.parentheses(text)}", SCALED
    texts = [_factor(f, style) for f in others]
    whole = style.hadamard.join(texts)
    return (f"{front}{style.side}{whole}" if front else whole), ENTRYWISE


def _number(node: Matrix, style: Style) -> str:
    """A number before a matrix: the sum of all entries, 𝟏ᵀ A 𝟏, stands in parentheses there.

    A row or a column that is repeated keeps its ⊙, and its parentheses.
    """
    if isinstance(node, Product) and node.shape == SCALAR:
        return style.side.join(_number(f, style) for f in _flat(node.factors))
    text = _at(node, SCALED, style)
    sums = isinstance(node, ColumnSums | RowSums | MatrixProduct)
    return style.parentheses(text) if sums and node.shape == SCALAR else text


def _flat(factors: Sequence[Matrix]) -> list[Matrix]:
    """The factors, products taken apart; a row or a number is repeated without saying so."""
    found: list[Matrix] = []
    for factor in factors:
        while isinstance(factor, Spread) and len(factors) > 1:
            factor = factor.operand
        found += _flat(factor.factors) if isinstance(factor, Product) else [factor]
    return found


def _factor(node: Matrix, style: Style) -> str:
    """A factor of ⊙: a matrix product stands in parentheses, a fraction need not."""
    text, level = _print(node, style)
    if isinstance(node, Quotient) and level >= ENTRYWISE:
        return text
    return text if level >= POWER else style.parentheses(text)


def _power(base: Matrix, exponent: Fraction, style: Style) -> Printed:
    if exponent < 0:
        return style.fraction(("1", ATOM), _print(Power(base, -exponent) if exponent != -1 else base, style))
    if exponent == 1:
        return _print(base, style)
    if exponent == Fraction(1, 2):
        return style.root(show(base, style)), ATOM
    return style.power(_at(base, ATOM, style), exponent, base.shape == SCALAR), POWER


# ---- functions --------------------------------------------------------------------------------


def _function(node: Entrywise, style: Style) -> Printed:
    pieces = split(node)
    if pieces is not None:
        return _print(pieces, style)
    body, values = node.body, dict(zip(node.names, node.operands, strict=True))
    if isinstance(body, scalar.Apply):
        arguments = (matrix_of(a, values) if scalar.symbols(a) else a for a in body.arguments)
        written = ", ".join(show(a, style) if isinstance(a, Matrix) else style.constant(a) for a in arguments)
        if body.function == "abs":
            return style.bars(written), ATOM
        return style.function(FUNCTIONS[body.function].macro) + style.parentheses(written), ATOM
    if isinstance(body, scalar.Cases):
        held = indicator(body)
        if held is not None:
            return f"[{_condition(held, values, style)}]", ATOM
        if node.label is not None:
            return style.function(node.label) + style.parentheses(show(node.operands[0], style)), ATOM
        return _cases(body, values, style), SUM
    return style.constant(body), ATOM


def _cases(body: scalar.Cases, values: Mapping[str, Matrix], style: Style) -> str:
    rows: list[tuple[str, str]] = []
    before: list[scalar.Condition] = []
    for value, condition in body.branches:
        held = [condition] if condition is not None else [_negated(c) for c in before]
        before += held
        rows.append(
            (show(matrix_of(value, values), style), ", ".join(_condition(c, values, style) for c in held))
        )
    return style.pieces(rows)


def _negated(condition: scalar.Condition) -> scalar.Condition:
    return scalar.Condition(condition.left, _NEGATIONS[condition.relation], condition.right)


def _condition(held: scalar.Condition, values: Mapping[str, Matrix], style: Style) -> str:
    left, right = (show(matrix_of(side, values), style) for side in (held.left, held.right))
    return f"{left} {style.relations.get(held.relation, held.relation)} {right}"


def indicator(body: scalar.Cases) -> scalar.Condition | None:
    """The condition of a function that is 1 where it holds and 0 elsewhere, or None."""
    values = [value for value, _ in body.branches]
    if any(value not in (scalar.ZERO, scalar.ONE) for value in values) or values.count(scalar.ONE) != 1:
        return None
    held = body.branches[values.index(scalar.ONE)][1]
    if held is not None:
        return held
    first = body.branches[0][1]
    if len(body.branches) != 2 or first is None:
        return None
    return _negated(first)
