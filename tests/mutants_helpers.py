"""Planted faults: what a wrong rule would have written in place of an expression, and whether it is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from solver.expression.bridge import to_sympy
from solver.expression.tree import (
    ONE,
    Apply,
    Cases,
    Derivative,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    number,
    rebuild,
)

OTHER_FUNCTION = {
    "sin": "cos", "cos": "sin", "exp": "tanh", "ln": "atan", "tanh": "sigmoid", "sigmoid": "tanh",
    "sqrt": "cbrt", "max": "min", "min": "max", "atan": "tanh", "erf": "tanh", "abs": "relu", "relu": "abs",
}  # fmt: skip
"""A function that could be confused with another."""

A_LITTLE = number(Fraction(1, 3))


def mutants(expr: Expr) -> Iterator[tuple[str, Expr]]:
    """Every mutant of `expr`, with the kind of fault: at the root, then at each place outside derivatives."""
    yield "sign", Negative(expr)
    yield "doubled", Product((number(2), expr))
    yield "added", Sum((expr, ONE))
    yield from (
        (kind, _put(expr, node, wrong)) for node in _places(expr) for kind, wrong in wrong_nodes(node)
    )


def wrong_nodes(node: Expr) -> Iterator[tuple[str, Expr]]:
    """What could stand wrongly in place of one node."""
    match node:
        case Number(value):
            yield "number", Number(value + 1)
        case Symbol():
            yield "argument", Sum((node, A_LITTLE))
        case Negative(operand):
            yield "sign lost", operand
        case Sum(terms):
            for index in range(len(terms)):
                yield "term lost", _sum(terms[:index] + terms[index + 1 :])
                yield "sign of a term", Sum((*terms[:index], Negative(terms[index]), *terms[index + 1 :]))
        case Product(factors):
            for index in range(len(factors)):
                yield "factor lost", _product(factors[:index] + factors[index + 1 :])
        case Quotient(top, bottom):
            yield "denominator lost", top
            yield "turned over", Quotient(bottom, top)
        case Power(base, exponent):
            yield "exponent lost", base
            yield "exponent", Power(base, Sum((exponent, number(-1))))
        case Apply(name, arguments):
            yield "argument of a function", Apply(name, (Sum((arguments[0], A_LITTLE)), *arguments[1:]))
            if name in OTHER_FUNCTION:
                yield "function", Apply(OTHER_FUNCTION[name], arguments)
        case Cases(branches):
            for index, (_, condition) in enumerate(branches):
                wrong = Sum((branches[index][0], ONE))
                yield "branch", Cases((*branches[:index], (wrong, condition), *branches[index + 1 :]))
        case Derivative(operand, variable):
            yield "derivative not taken", operand
            yield "inner derivative lost", ONE
            yield "derivative of something else", Derivative(Product((operand, variable)), variable)


def _places(expr: Expr) -> list[Expr]:
    """The different nodes outside derivatives that are still to be worked out."""
    found: dict[Expr, None] = {}
    stack = [expr]
    while stack:
        node = stack.pop()
        found.setdefault(node)
        if not isinstance(node, Derivative):
            inside: list[Expr] = []
            rebuild(node, lambda child, inside=inside: inside.append(child) or child)  # type: ignore[misc]
            stack.extend(inside)
    return list(found)


def _put(expr: Expr, old: Expr, new: Expr) -> Expr:
    if expr == old:
        return new
    if isinstance(expr, Derivative):
        return expr
    return rebuild(expr, lambda child: _put(child, old, new))


def _sum(terms: tuple[Expr, ...]) -> Expr:
    return terms[0] if len(terms) == 1 else Sum(terms) if terms else number(0)


def _product(factors: tuple[Expr, ...]) -> Expr:
    return factors[0] if len(factors) == 1 else Product(factors) if factors else ONE


def proved_equal(left: Expr, right: Expr) -> bool:
    """Whether another tool proves the two sides equal: a mutant that changes nothing is no fault."""
    import sympy

    match left, right:
        case Cases(ours), Cases(theirs) if [c for _, c in ours] == [c for _, c in theirs]:
            return all(proved_equal(a, b) for (a, _), (b, _) in zip(ours, theirs, strict=True))
    return bool(sympy.simplify(to_sympy(left).doit() - to_sympy(right).doit()) == 0)
