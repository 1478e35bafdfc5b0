"""`gradient`: all partial derivatives step by step, the gradient, the Hessian or the Jacobian; at a point
their values, what the point is, the expansion to the second order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from solver.derivation.check import same
from solver.derivation.engine import derive
from solver.derivation.equality import Equality, Means
from solver.differentiation.answer import Answer
from solver.differentiation.values import worked_out
from solver.errors import SheetError
from solver.expression.evaluate import exact_value
from solver.expression.latex import latex
from solver.expression.settle import written
from solver.expression.tree import Derivative, Expr, Symbol, substitute, symbols
from solver.questions.base import Question, Reading, Scope
from solver.questions.bends import Bend, bend_of, expansion_holds, review
from solver.questions.derivable import FunctionsOption, PointOption
from solver.questions.gradient_facts import Entry, GradientFacts, There, expansion
from solver.questions.options import Function, YesOption, read_names, read_symbol
from solver.questions.point_values import Value, value_there
from solver.rules.algebra import merge


def _names(text: str, scope: Scope) -> tuple[Symbol, ...]:
    return tuple(read_symbol(item, scope) for item in read_names(text, scope))


class Gradient(Question):
    """All partial derivatives: gradient and Hessian of a function, the Jacobian of several."""

    kind: ClassVar[str] = "gradient"
    of: FunctionsOption
    """The function, given or written out; or several functions, `(x^2 y, x + y)`, for their Jacobian."""
    wrt: Annotated[tuple[Symbol, ...], Reading(_names, "variables")] | None = None
    """The variables in the order of the rows, all of them otherwise."""
    at: PointOption | None = None
    """A point for the values, such as `x = 1, y = 2` or `(1, 2)`."""
    hessian: YesOption = True
    """Whether the second derivatives are asked too (`yes` or `no`); a Jacobian has none."""

    def solve(self, scope: Scope) -> GradientFacts:
        """The partial derivatives; SheetError where a variable or the point does not fit."""
        every = _variables(self.of, scope)
        chosen = self._chosen(every)
        point = None if self.at is None else self.at.at(every)
        checks: list[Equality] = []
        rows = tuple(tuple(_first(function, variable, checks) for variable in chosen) for function in self.of)
        second: tuple[tuple[Entry, ...], ...] = ()
        if self.hessian and len(self.of) == 1:
            second = _second(self.of[0], rows[0], chosen, checks)
        there = None
        if point is not None:
            there = _there(self.of, rows, second, point, chosen == every, checks)
        anonymous = any(f.name not in scope.givens for f in self.of)
        return GradientFacts(tuple(checks), self.of, every, chosen, rows, second, there, anonymous)

    def _chosen(self, every: tuple[Symbol, ...]) -> tuple[Symbol, ...]:
        if self.wrt is None:
            return every
        table = {v.name: v for v in every}
        for symbol in self.wrt:
            if symbol.name not in table:
                raise SheetError(f"“{symbol.name}” does not appear; the variables: {', '.join(table)}").about(
                    "wrt"
                )
        return tuple(dict.fromkeys(table[s.name] for s in self.wrt))


def _variables(functions: tuple[Function, ...], scope: Scope) -> tuple[Symbol, ...]:
    """The parameters of given functions in their order, else the variables in alphabetical order."""
    found = tuple(dict.fromkeys(v for f in functions for v in f.variables))
    if not found:
        raise SheetError("a function of at least one variable is needed, this is a constant").about("of")
    given = any(f.name in scope.givens and scope.givens[f.name].parameters for f in functions)
    return found if given else tuple(sorted(found, key=lambda v: v.name))


def _first(function: Function, variable: Symbol, checks: list[Equality]) -> Entry:
    made = derive(function.expression, variable)
    checks += made.checks
    name = rf"\frac{{\partial {latex(Symbol(function.name))}}}{{\partial {latex(variable)}}}"
    return Entry(name, (variable,), made, Answer(function.expression, (variable,), made))


def _second(
    function: Function, first: tuple[Entry, ...], xs: tuple[Symbol, ...], checks: list[Equality]
) -> tuple[tuple[Entry, ...], ...]:
    """∂²f/∂xⱼ∂xᵢ for i ≤ j from ∂f/∂xᵢ; derived the other way round too, where i < j."""
    upper: dict[tuple[int, int], Entry] = {}
    for i, start in enumerate(first):
        for j in range(i, len(xs)):
            made = derive(start.result, xs[j])
            checks += made.checks
            if i < j:
                checks.append(same(Derivative(first[j].result, xs[i]), made.result))
            along = (xs[i], xs[j])
            answer = Answer(function.expression, along, made)
            upper[i, j] = Entry(_second_name(function, xs[i], xs[j]), along, made, answer)
    size = range(len(xs))
    return tuple(tuple(upper[min(i, j), max(i, j)] for j in size) for i in size)


def _second_name(function: Function, first: Symbol, then: Symbol) -> str:
    head = rf"\partial^{{2}} {latex(Symbol(function.name))}"
    if first == then:
        return rf"\frac{{{head}}}{{\partial {latex(first)}^{{2}}}}"
    return rf"\frac{{{head}}}{{\partial {latex(then)} \, \partial {latex(first)}}}"


# ---- at a point -------------------------------------------------------------------------------


def _there(
    functions: tuple[Function, ...],
    rows: tuple[tuple[Entry, ...], ...],
    second: tuple[tuple[Entry, ...], ...],
    point: Mapping[str, Expr],
    whole: bool,
    checks: list[Equality],
) -> There:
    """The values at the point; the nature and the expansion where all derivatives are there."""
    heights = tuple(_height(f.expression, point, checks) for f in functions)
    slopes = tuple(
        tuple(_entry_value(entry, f.expression, point, checks) for entry in row)
        for f, row in zip(functions, rows, strict=True)
    )
    bends = tuple(
        tuple(_entry_value(e, functions[0].expression, point, checks) for e in row) for row in second
    )
    there = There(point, heights, slopes, bends)
    numbers = there.hessian
    if not whole or not second or there.missing or any(symbols(x) for row in numbers for x in row):
        return there
    function = functions[0].expression
    bend: Bend | None = None
    if there.critical:
        bend = bend_of(numbers)
        checks += review(function, point, numbers, bend)
    polynomial, letters = expansion(there)
    holds = expansion_holds(function, point, polynomial, [s.name for s in letters])
    checks.append(Equality(f"{functions[0].name} near", latex(polynomial), Means.DIFFERENCES, holds))
    return There(point, heights, slopes, bends, bend, polynomial, letters)


def _height(function: Expr, point: Mapping[str, Expr], checks: list[Equality]) -> Expr:
    there = substitute(function, point)
    exact = exact_value(there)
    found = merge(worked_out(function, point)) if exact is None else written(exact)
    checks.append(same(there, found))
    return found


def _entry_value(entry: Entry, function: Expr, point: Mapping[str, Expr], checks: list[Equality]) -> Value:
    told = Answer(function, entry.along, entry.derivation, point).value
    assert told is not None
    place = ", ".join(latex(e) for e in point.values())
    return value_there(f"{entry.name}({place})", function, entry.along, entry.result, told, checks)
