"""`{check}`: somebody's claims `left = right`, one a line, each confirmed or refuted by values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from solver.derivation.equality import Equality
from solver.errors import CheckFailed, CorrigeError, SheetError, Span
from solver.expression.tree import (
    Apply,
    Derivative,
    Expr,
    Symbol,
    rebuild,
    substitute,
    symbols,
)
from solver.questions.base import Scope
from solver.sheet.givens import called, valued
from solver.sheet.model import Directive, Given

MAX_ORDER = 6
_PRIMED = re.compile(r"(.*?)('+)")


def check_claims(directive: Directive, scope: Scope) -> tuple[Equality, ...]:
    """Each line of a `{check}`, compared by values; `holds` is None where that cannot decide.

    A line may name given functions and values, and `f'(w)`, `f''(w)` for derivatives of a given function; any
    other name is a variable. Blank lines and what follows a `#` are left out. Raises CheckFailed, with a
    counterexample, for a line that is false; ExpressionError or SheetError for one that cannot be read.
    """
    found: list[Equality] = []
    for number, row in enumerate(directive.body.split("\n")):
        text = row.split("#")[0].rstrip()
        claim = text.lstrip()
        if not claim:
            continue
        column = directive.body_span.column + len(text) - len(claim)
        span = Span(directive.body_span.line + number, column, len(claim))
        try:
            found.append(check_claim(claim, scope.givens))
        except CheckFailed as fault:
            fault.span = span
            raise
        except CorrigeError as fault:
            raise fault.located(span=span, source=None, path=None) from None
    if not found:
        raise SheetError("a claim “left = right” is expected", span=directive.body_span)
    return tuple(found)


def check_claim(text: str, givens: Mapping[str, Given]) -> Equality:
    """One claim. Raises CheckFailed, with the values of both sides, where it is false."""
    from solver.derivation.check import counterexample, same
    from solver.expression.latex import latex
    from solver.expression.reader import read_equation

    functions = [given.name for given in givens.values() if given.parameters]
    written = read_equation(text, functions=functions)
    for name in (s.name for side in written for s in symbols(side)):
        if name in functions:
            raise SheetError(f"“{name}” is a function, written with its variable: {name}(…)")
    left, right = (meaning(side, givens) for side in written)
    outcome = same(left, right)
    if outcome.holds is False:
        different = counterexample(left, right)
        raise CheckFailed(f"the claim “{text}” does not hold{_values(different)}")
    return replace(outcome, left=latex(written[0]), right=latex(written[1]))


def _values(different: Mapping[str, object] | None) -> str:
    """How the two sides differ, and where."""
    if different is None:
        return ""
    place = different["at"]
    at = ", ".join(f"{k} = {v}" for k, v in place.items()) if isinstance(place, Mapping) else ""
    sides = f"the left side is {different['left']}, the right side {different['right']}"
    return f": for {at}, {sides}" if at else f": {sides}"


def meaning(expression: Expr, givens: Mapping[str, Given]) -> Expr:
    """The expression with given functions, their derivatives and given values replaced by what they are."""
    return valued(called(_differentiated(expression, givens), givens), givens)


def _differentiated(expression: Expr, givens: Mapping[str, Given]) -> Expr:
    """`f'(w)` as the derivative of what f is.

    Where the argument is a variable the derivative is left to the check's own means; elsewhere (`f'(2)`) it
    is worked out by the rules, then taken at the argument.
    """
    if isinstance(expression, Apply) and (match := _PRIMED.fullmatch(expression.function)):
        name, order = match[1], len(match[2])
        given = givens.get(name)
        if given is None or len(given.parameters) != 1 or len(expression.arguments) != 1:
            raise SheetError(f"“{expression.function}” needs a given function “{name}” of one variable")
        if order > MAX_ORDER:
            raise SheetError(f"derivatives up to order {MAX_ORDER} are compared, found {order}")
        parameter = given.parameters[0]
        argument = _differentiated(expression.arguments[0], givens)
        body = valued(given.expression, givens, frozenset({parameter.name}))
        others = {s.name for s in symbols(body)} - {parameter.name}
        if isinstance(argument, Symbol) and argument.name not in others | set(givens):
            found = substitute(body, {parameter.name: argument})
            for _ in range(order):
                found = Derivative(found, argument)
            return found
        from solver.derivation.engine import derive

        return substitute(derive(body, parameter, order).result, {parameter.name: argument})
    return rebuild(expression, lambda part: _differentiated(part, givens))
