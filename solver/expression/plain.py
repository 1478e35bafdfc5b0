"""One line of plain text for a terminal: 0.25w^4 - 1.5w^3, d/dw[…]; the reader reads it back."""

from __future__ import annotations

from solver.expression.atoms import decimal_text
from solver.expression.tree import (
    Apply,
    Cases,
    Condition,
    Constant,
    Derivative,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
)

_SUM, _PRODUCT, _POWER, _ATOM = 1, 2, 3, 4


def plain(expr: Expr) -> str:
    """The expression in the notation that is typed."""
    return _text(expr)[0]


def _at(expr: Expr, level: int) -> str:
    text, own = _text(expr)
    return text if own >= level else f"({text})"


def _text(expr: Expr) -> tuple[str, int]:
    match expr:
        case Number(value):
            shown = decimal_text(abs(value)) if expr.decimal else None
            text = ("-" if value < 0 else "") + (shown or str(abs(value)))
            return text, _SUM if value < 0 else _PRODUCT if "/" in text else _ATOM
        case Constant(name):
            return name, _ATOM
        case Symbol(name):
            return name, _ATOM
        case Sum(terms):
            return _sum(terms), _SUM
        case Negative(operand):
            return f"-{_at(operand, _PRODUCT)}", _SUM
        case Product(factors):
            return _product(factors)
        case Quotient(top, bottom):
            above = _at(top, _PRODUCT)
            nested = isinstance(top, Quotient) or (isinstance(top, Number) and "/" in above)
            return f"{f'({above})' if nested else above}/{_at(bottom, _POWER)}", _PRODUCT
        case Power(base, exponent):
            return f"{_at(base, _ATOM)}^{_at(exponent, _ATOM)}", _POWER
        case Apply(name, arguments):
            if name == "exp":
                return f"e^{_at(arguments[0], _ATOM)}", _POWER
            return f"{name}({', '.join(plain(a) for a in arguments)})", _ATOM
        case Cases(branches):
            return (
                f"Piecewise({', '.join(f'({plain(v)}, {plain_condition(c)})' for v, c in branches)})",
                _ATOM,
            )
        case Derivative(operand, variable):
            return f"d/d{variable.name}[{plain(operand)}]", _POWER
    raise TypeError(f"no plain text for {type(expr).__name__}")


def _sum(terms: tuple[Expr, ...]) -> str:
    written = ""
    for i, term in enumerate(terms):
        text, _ = _text(term)
        if isinstance(term, Sum):
            text = f"({text})"
        if i == 0:
            written = text
        elif text.startswith("-"):
            written += f" - {text[1:]}"
        else:
            written += f" + {text}"
    return written or "0"


def _product(factors: tuple[Expr, ...]) -> tuple[str, int]:
    written = ""
    for i, factor in enumerate(factors):
        text, level = _text(factor)
        fraction = i > 0 and "/" in text and level <= _PRODUCT
        if (level < _PRODUCT and (i > 0 or isinstance(factor, Sum) or text[0] != "-")) or fraction:
            text = f"({text})"
        if i == 0:
            written = text
            continue
        before = factors[i - 1]
        after_number = isinstance(before, Number) and before.value != 1 and "/" not in written
        joins = after_number and not text[0].isdigit() and not _stands_apart(factor, text)
        written += text if joins else f"*{text}"
    return written, _SUM if written.startswith("-") else _PRODUCT


def _stands_apart(factor: Expr, text: str) -> bool:
    """Whether a number before this factor takes a sign: 2e and 2d/dx would be misread, 2Piecewise is ugly."""
    return isinstance(factor, (Derivative, Cases)) or text.startswith("e")


def plain_condition(condition: Condition | None) -> str:
    """`x < 0`, `True` for “otherwise”."""
    if condition is None:
        return "True"
    match condition:
        case Condition(Apply("abs", (Sum((Symbol() as x, shift)),)), "<" | "<=" as relation, Number(radius)):
            centre = shift.operand if isinstance(shift, Negative) else shift
            if isinstance(centre, Number):
                middle = centre.value if isinstance(shift, Negative) else -centre.value
                return f"{middle - radius} {relation} {plain(x)} {relation} {middle + radius}"
    return f"{plain(condition.left)} {condition.relation} {plain(condition.right)}"
