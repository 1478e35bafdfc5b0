"""The derivative of an expression, step by step: rules until no derivative is left, then the tidying
lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib import import_module
from typing import Any

from solver.derivation.cost import refuse_heavy
from solver.derivation.equality import Equality
from solver.derivation.step import Derivation, Step
from solver.derivation.table import CALCULUS, Applied
from solver.errors import UnsupportedExpression
from solver.expression.functions import FUNCTIONS
from solver.expression.tree import (
    ONE,
    Apply,
    Cases,
    Derivative,
    Expr,
    Negative,
    Quotient,
    Sum,
    Symbol,
    children,
    rebuild,
    symbols,
)

MAX_ORDER = 20
MAX_NESTED_CHECK = 6


def derive(expr: Expr, variable: Symbol, order: int = 1, *, check: bool = True) -> Derivation:
    """d^order(expr)/d(variable)^order with its steps and, unless `check` is False, its checked equalities.

    Raises UnsupportedExpression where no rule applies; the message names the operation.
    """
    if order < 1 or order > MAX_ORDER:
        raise UnsupportedExpression(f"the order of a derivative is from 1 to {MAX_ORDER}")
    return derive_along(expr, (variable,) * order, check=check)


def derive_along(expr: Expr, variables: Sequence[Symbol], *, check: bool = True) -> Derivation:
    """The derivative by each of the variables in turn, the first one first: ∂/∂y(∂f/∂x) for x, y."""
    start = expr
    for variable in variables:
        start = Derivative(start, variable)
    steps: list[Step] = []
    current = expr
    joints: Any = import_module("solver.rules.joints")
    for done, variable in enumerate(variables, start=1):
        refuse_heavy(current, variable)
        found = _chain(Derivative(current, variable), variable, tidied=True)
        listed = list(found.steps)
        if isinstance(found.result, Cases) and (closed := joints.joined(current, found.result, variable)):
            listed.append(Step("joint", found.result, closed))
        around = _around(variables[done:])
        steps += [step.wrapped(around) for step in listed] if variables[done:] else listed
        current = listed[-1].after
    made = Derivation(start, tuple(steps))
    if not check:
        return made
    return Derivation(start, made.steps, checked(made, expr))


def implicit_derivative(gap: Expr, x: Symbol, y: Symbol, *, check: bool = True) -> Derivation:
    """dy/dx where F(x, y) = 0 ties y to x: −(∂F/∂x)/(∂F/∂y), with its steps; `gap` is F.

    Both sides of F(x, y(x)) = 0 are derived: ∂F/∂x + ∂F/∂y · y′ = 0.
    """
    start = Derivative(y, x)
    opening = Negative(Quotient(Derivative(gap, x), Derivative(gap, y)))
    rest = _chain(opening, x, tidied=True)
    first = Step("implicit", start, opening, {"F": gap, "y": y})
    made = Derivation(start, (first, *rest.steps), known=(gap,))
    if not check:
        return made
    return replace(made, checks=_implicit_checks(made, gap, x, y))


def _implicit_checks(made: Derivation, gap: Expr, x: Symbol, y: Symbol) -> tuple[Equality, ...]:
    """The lines after the first by values; the result by F standing still along (1, y′)."""
    from solver.derivation.check import along, equality, prover

    proof = prover((gap, made.result), symbols(gap))
    found = []
    for _, step in made.walk():
        if step.rule != "implicit":
            found.append(equality(step.before, step.after, proof.compare(step.before, step.after)[0]))
    found.append(along(proof, gap, {x: ONE, y: made.result}))
    return tuple(found)


def _around(variables: Sequence[Symbol]) -> Callable[[Expr], Expr]:
    def wrap(expr: Expr) -> Expr:
        for variable in variables:
            expr = Derivative(expr, variable)
        return expr

    return wrap


def gradient(expr: Expr, variables: Sequence[Symbol], *, check: bool = True) -> tuple[Derivation, ...]:
    """One derivation a variable, in their order."""
    return tuple(derive(expr, v, check=check) for v in variables)


def checked(derivation: Derivation, expr: Expr) -> tuple[Equality, ...]:
    """Every line of the derivation and its result, confirmed by the second road."""
    from solver.derivation.check import equality, prover

    proof = prover((expr, derivation.result), symbols(derivation.start))
    found: list[Equality] = []
    for _, step in derivation.walk():
        holds, _point = proof.compare(*_peeled(step.before, step.after))
        found.append(equality(step.before, step.after, holds))
    # Nested duals cost twice more for each order: past some, the chain of checked lines is the proof.
    if len(derivation.steps) > 1 and _nesting(derivation.start) <= MAX_NESTED_CHECK:
        holds, _point = proof.compare(derivation.start, derivation.result)
        found.append(equality(derivation.start, derivation.result, holds))
    return tuple(found)


def _peeled(before: Expr, after: Expr) -> tuple[Expr, Expr]:
    """The sides without the derivations that both still await: equal functions have equal derivatives."""
    while (
        isinstance(before, Derivative)
        and isinstance(after, Derivative)
        and isinstance(before.operand, Derivative)
        and before.variable == after.variable
    ):
        before, after = before.operand, after.operand
    return before, after


def _nesting(expr: Expr) -> int:
    depth = 0
    while isinstance(expr, Derivative):
        depth, expr = depth + 1, expr.operand
    return depth


def _chain(start: Expr, variable: Symbol, *, tidied: bool) -> Derivation:
    steps: list[Step] = []
    current: Expr = start
    while pending := _pending(current):
        if len(pending) == 1:
            node = pending[0]
            name, applied = apply_rule(node, inner=not tidied or node is not current)
            after = _replaced(current, {node: applied.after})
            steps.append(Step(name, current, after, applied.why))
        else:
            parts = tuple(_chain(node, variable, tidied=False) for node in pending)
            after = _replaced(current, {p.start: p.result for p in parts})
            steps.append(Step("parts", current, after, {}, parts))
        current = after
    algebra: Any = import_module("solver.rules.algebra")
    if tidied:
        settled = len(steps) == 1 and steps[0].rule == "function"  # σ(1 − σ) is the form to keep
        for line in algebra.tidy(current, variable, settled=settled):
            steps.append(Step(line.rule, current, line.after))
            current = line.after
    elif len(steps) > 1:
        merged = algebra.merged_part(current)
        if algebra.reads_differently(current, merged):
            steps.append(Step("merge", current, merged))
    return Derivation(start, tuple(steps))


def apply_rule(node: Derivative, *, inner: bool = False) -> tuple[str, Applied]:
    """The first rule of the table that applies, and what it makes; `inner` where it is part of a line."""
    for rule in CALCULUS:
        if rule.inner and not inner:
            continue
        applied = rule.function(node.operand, node.variable)
        if applied is not None:
            return rule.name, applied
    from solver.expression.plain import plain

    operand = node.operand
    name = operand.function if isinstance(operand, Apply) else type(operand).__name__.lower()
    reason = (
        f"the function {name} cannot be derived by one of its parameters"
        if name in FUNCTIONS and name != "polygamma"
        else "the order of polygamma is a whole number"
        if name == "polygamma"
        else f"the partial derivatives of {name}, a function of several variables without a definition, are "
        "not written here"
        if isinstance(operand, Apply)
        else f"no rule derives a {name}"
    )
    tried = ", ".join(rule.name for rule in CALCULUS)
    raise UnsupportedExpression(
        f"{plain(operand)} is not derived by {node.variable.name}: {reason}",
        hint=f"Rules that were tried: {tried}.",
    )


def _pending(expr: Expr) -> list[Derivative]:
    """The derivatives still to work out, each once, in written order."""
    found: dict[Derivative, None] = {}

    def look(node: Expr) -> None:
        if isinstance(node, Derivative):
            found.setdefault(node)
            return
        for child in children(node):
            look(child)

    look(expr)
    return list(found)


def _replaced(expr: Expr, values: dict[Any, Expr]) -> Expr:
    if isinstance(expr, Derivative):
        return values.get(expr, expr)
    if isinstance(expr, Sum):
        terms: list[Expr] = []
        for term in expr.terms:
            found = _replaced(term, values)
            terms += found.terms if isinstance(found, Sum) and isinstance(term, Derivative) else (found,)
        return Sum(tuple(terms))
    return rebuild(expr, lambda child: _replaced(child, values))


@lru_cache(maxsize=1)
def rule_names() -> tuple[str, ...]:
    """Every rule that a step of `derive` may name."""
    algebra: Any = import_module("solver.rules.algebra")
    return (*(rule.name for rule in CALCULUS), "parts", *algebra.TIDYING)
