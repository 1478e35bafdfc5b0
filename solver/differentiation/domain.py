"""Where an expression has a value: the conditions that its operations set, solved where that is short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from solver.differentiation.conditions import ZERO, Poles, Requirement, fails, simplified, strongest
from solver.expression.evaluate import exact_value
from solver.expression.functions import FUNCTIONS
from solver.expression.reader import read_expression
from solver.expression.tree import (
    Apply,
    Cases,
    Condition,
    Derivative,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Symbol,
    children,
    number,
    substitute,
    symbols,
    walk,
)


def domain(expr: Expr) -> tuple[Requirement, ...]:
    """The conditions under which `expr` has a value, each once; none where it has one for all real values."""
    return strongest(_shortened([expr]))


def added_by(lines: Iterable[Expr], function: tuple[Requirement, ...]) -> tuple[Requirement, ...]:
    """The conditions under which all lines of a derivation have a value, beyond those of the function."""
    whole = strongest(tuple(dict.fromkeys((*function, *_shortened(lines)))))
    return tuple(r for r in whole if r not in function and not _outside(r, function))


def _shortened(lines: Iterable[Expr]) -> tuple[Requirement, ...]:
    """What the operations of all lines require, each requirement solved once."""
    found: dict[Requirement, None] = {}
    for requirement in dict.fromkeys(r for line in dict.fromkeys(lines) for r in _required(line)):
        if _is_open(requirement):
            continue
        shorter = (requirement,) if isinstance(requirement, Poles) else simplified(requirement)
        found |= dict.fromkeys(shorter)
    return tuple(found)


def _is_open(requirement: Requirement) -> bool:
    """Whether a derivative that is still to be found stands in it: a later line tells."""
    return isinstance(requirement, Condition) and any(
        isinstance(node, Derivative) for node in walk(requirement.left)
    )


def _outside(requirement: Requirement, function: tuple[Requirement, ...]) -> bool:
    """Whether it leaves out a point x ≠ b at which the function has no value anyway."""
    if not isinstance(requirement, Condition) or requirement.relation != "!=":
        return False
    at, x = exact_value(requirement.right), requirement.left
    if at is None or not isinstance(x, Symbol):
        return False
    return any(isinstance(c, Condition) and fails(c, {x.name: at}) for c in function)


def _required(expr: Expr) -> Iterator[Requirement]:
    """The conditions of each operation. Branches of cases set none: each holds only somewhere."""
    if isinstance(expr, Cases):
        if len(expr.branches) == 1 and expr.branches[0][1] is not None:
            yield expr.branches[0][1]
        return
    yield from _own(expr)
    for child in children(expr):
        yield from _required(child)


def _own(expr: Expr) -> Iterator[Requirement]:
    match expr:
        case Quotient(_, bottom) if symbols(bottom):
            yield from _not_zero(bottom)
        case Power(base, exponent) if symbols(base):
            value = exact_value(exponent)
            if value is None:
                yield Condition(base, ">", ZERO)
            elif value.denominator != 1:
                yield Condition(base, ">=" if value > 0 else ">", ZERO)
            elif value < 0:
                yield from _not_zero(base)
        case Power(base, exponent) if symbols(exponent) and not symbols(base):
            value = exact_value(base)
            if value is not None and value <= 0:
                yield Condition(base, ">", ZERO)
        case Apply("gamma" | "digamma" | "trigamma" | "polygamma", arguments) if symbols(arguments[-1]):
            yield Poles(arguments[-1])
        case Apply("log", (u, b)):
            yield Condition(u, ">", ZERO)
            if symbols(b):
                yield Condition(b, ">", ZERO)
                yield Condition(b, "!=", number(1))
        case Apply("root", (u, Number(index))) if index % 2 == 0:
            yield Condition(u, ">=", ZERO)
        case Apply(name, arguments) if name in FUNCTIONS and FUNCTIONS[name].domain:
            row = FUNCTIONS[name]
            argument = arguments[row.place]
            if symbols(argument):
                for text in row.domain:
                    yield _condition(text, argument)


def _not_zero(expr: Expr) -> Iterator[Condition]:
    """Each factor that can vanish, without its powers and roots."""
    match expr:
        case Product(factors):
            for factor in factors:
                yield from _not_zero(factor)
        case Quotient(top, _):
            yield from _not_zero(top)
        case Negative(operand):
            yield from _not_zero(operand)
        case Power(base, exponent) if (exact_value(exponent) or 0) > 0:
            yield from _not_zero(base)
        case Apply("sqrt" | "cbrt" | "root" | "abs", (u, *_)):
            yield from _not_zero(u)
        case _:
            if symbols(expr):
                yield Condition(expr, "!=", ZERO)


def _condition(text: str, argument: Expr) -> Condition:
    """A condition of the table with the argument in place of x."""
    for relation in ("<=", ">=", "!=", "<", ">"):
        left, found, right = text.partition(f" {relation} ")
        if found:
            values = {"x": argument}
            return Condition(
                substitute(read_expression(left), values),
                relation,
                substitute(read_expression(right), values),
            )
    raise ValueError(text)
