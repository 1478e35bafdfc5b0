"""`derivative`: the derivative of a function rule by rule, its value at a point, the tangent there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, ClassVar

from solver.derivation.check import same
from solver.derivation.duals import Undefined
from solver.derivation.engine import MAX_ORDER, derive
from solver.derivation.equality import Equality, Means
from solver.derivation.step import Derivation
from solver.errors import SheetError
from solver.expression.evaluate import exact_value
from solver.expression.latex import latex
from solver.expression.tree import Derivative as DerivativeOf
from solver.expression.tree import Expr, Negative, Number, Product, Sum, Symbol, substitute
from solver.questions.base import Facts, Question, Reading, Scope
from solver.questions.options import (
    CountOption,
    ExactOption,
    Function,
    FunctionOption,
    read_exact,
    read_names,
    read_symbol,
)
from solver.rules.algebra import merge


@dataclass(frozen=True)
class Partial:
    """One derivative: by `variable`, of order `order`; `latex` is its name (f'(w), ∂f/∂x)."""

    variable: Symbol
    order: int
    name: str
    derivation: Derivation

    @property
    def result(self) -> Expr:
        """The derivative, as the derivation leaves it."""
        return self.derivation.result


@dataclass(frozen=True)
class Value:
    """A derivative at a point: `name` is f'(2), `expression` the derivative there, `exact` its rational
    value if any."""

    name: str
    substitution: Expr
    exact: Fraction | None


@dataclass(frozen=True)
class Tangent:
    """The tangent at (point, height): slope and intercept as expressions, rational where `exact`."""

    point: Fraction
    height: Expr
    slope: Expr
    line: Expr


@dataclass(frozen=True)
class DerivativeFacts(Facts):
    """`partials`: what was asked, by variable then by rising order; `last` are those of the order asked.

    `values` are their values at `at`; `tangent` the tangent there.
    """

    name: str
    function: Expr
    variables: tuple[Symbol, ...]
    partials: tuple[Partial, ...]
    at: Fraction | None
    values: tuple[Value, ...]
    tangent: Tangent | None
    order: int

    @property
    def last(self) -> tuple[Partial, ...]:
        """The derivatives of the order asked, one a variable."""
        return tuple(p for p in self.partials if p.order == self.order)

    @property
    def derivation(self) -> Derivation:
        """The first derivation."""
        return self.partials[0].derivation

    def public(self) -> Mapping[str, object]:
        """The derivatives by name, each as LaTeX and as text for SymPy."""
        from solver.expression.bridge import sympy_text

        found: dict[str, object] = {
            "derivative": sympy_text(self.last[0].result),
            "derivatives": {p.variable.name: sympy_text(p.result) for p in self.last},
            "latex": latex(self.last[0].result),
            "order": self.order,
        }
        if self.at is not None:
            found["at"] = self.at
            exact = [v.exact for v in self.values if v.exact is not None]
            if len(exact) == 1:
                found["value"] = exact[0]
        return found


def _names(text: str, scope: Scope) -> tuple[Symbol, ...]:
    return tuple(read_symbol(item, scope) for item in read_names(text, scope))


def _tangent(text: str, scope: Scope) -> Fraction | bool:
    """`:tangent: 2` gives the point; `:tangent:` alone (or yes) means the point of `:at:`."""
    if text.lower() in ("", "yes", "oui", "true"):
        return True
    return read_exact(text, scope)


class Derivative(Question):
    """The derivative of a function, derived rule by rule."""

    kind: ClassVar[str] = "derivative"
    of: FunctionOption
    """The function to derive: a given name or an expression."""
    wrt: Annotated[tuple[Symbol, ...], Reading(_names, "variables")] | None = None
    """The variables to derive by, one after the other; needed where the function has several."""
    order: CountOption = 1
    """How many times the function is derived, from 1 to 10."""
    at: ExactOption | None = None
    """The point at which the derivatives are worth a value."""
    tangent: Annotated[Fraction | bool, Reading(_tangent, "a number or yes")] | None = None
    """The abscissa of a tangent to write, or `yes` for the point of `at`."""

    def solve(self, scope: Scope) -> DerivativeFacts:
        """Derives by each variable asked for; SheetError where the variable is not clear or has no place."""
        function = self.of
        chosen = self._variables(function)
        if not 1 <= self.order <= MAX_ORDER:
            raise SheetError(f"the order of a derivative is from 1 to {MAX_ORDER}")
        point = self.at
        if self.tangent is not None and self.tangent is not False and self.tangent is not True:
            point = Fraction(self.tangent)
        if self.tangent is True and point is None:
            raise SheetError("“tangent” needs the abscissa of the point: `:tangent: 2`")
        checks: list[Equality] = []
        partials: list[Partial] = []
        for variable in chosen:
            current = function.expression
            for order in range(1, self.order + 1):
                derivation = derive(current, variable)
                checks += derivation.checks
                partials.append(Partial(variable, order, _name(function, variable, order), derivation))
                current = derivation.result
        values: tuple[Value, ...] = ()
        tangent = None
        if point is not None:
            variable = function.variable
            values = tuple(
                _value(p, function, variable, point, checks) for p in partials if p.order == self.order
            )
            if self.tangent:
                tangent = _tangent_at(function, variable, partials[0], point, checks)
        return DerivativeFacts(
            tuple(checks), function.name, function.expression, function.variables, tuple(partials), point,
            values, tangent, self.order,
        )  # fmt: skip

    def _variables(self, function: Function) -> tuple[Symbol, ...]:
        if self.wrt:
            known = {v.name: v for v in function.variables}
            for symbol in self.wrt:
                if symbol.name not in known:
                    names = ", ".join(known)
                    raise SheetError(
                        f"{function.name} does not depend on “{symbol.name}”; its variables: {names}"
                    )
            return tuple(known[s.name] for s in self.wrt)
        if len(function.variables) > 1:
            names = ", ".join(v.name for v in function.variables)
            raise SheetError(
                f"{function.name} has several variables: {names}", hint="Say which: `:wrt: " + names + "`."
            )
        return function.variables or (Symbol("x"),)


def _name(function: Function, variable: Symbol, order: int) -> str:
    """f'(w), f''(w), f^{(3)}(w), or ∂f/∂x where there are several variables."""
    arguments = ", ".join(latex(v) for v in function.variables or (variable,))
    head = latex(Symbol(function.name))
    if len(function.variables) > 1:
        power = f"^{{{order}}}" if order > 1 else ""
        below = rf"\partial {latex(variable)}" + (f"^{{{order}}}" if order > 1 else "")
        return rf"\frac{{\partial{power} {head}}}{{{below}}}"
    marks = "'" * order if order <= 3 else f"^{{({order})}}"
    return f"{head}{marks}({arguments})"


def _value(
    partial: Partial, function: Function, variable: Symbol, point: Fraction, checks: list[Equality]
) -> Value:
    """The derivative at the point, confirmed there by dual numbers."""
    there = merge(substitute(partial.result, {variable.name: _number(point)}))
    exact = exact_value(partial.result, {variable.name: point})
    name = partial.name.replace(f"({latex(variable)})", f"({latex(_number(point))})")
    if exact is not None:
        checks.append(
            Equality(
                name, latex(exact), Means.DUAL, _confirmed(function, variable, partial.order, point, exact)
            )
        )
    return Value(name, there, exact)


def _confirmed(
    function: Function, variable: Symbol, order: int, point: Fraction, exact: Fraction
) -> bool | None:
    from flint import fmpq

    from solver.derivation.check import evaluate

    asked: Expr = function.expression
    for _ in range(order):
        asked = DerivativeOf(asked, variable)
    try:
        found = evaluate(asked, {variable.name: point}, 256)
    except Undefined:
        return None
    expected = fmpq(exact.numerator, exact.denominator)
    if isinstance(found, fmpq):
        return bool(found == expected)
    return bool(found.overlaps(type(found)(expected)) and found.rad() < 2**-80)


def _tangent_at(
    function: Function, variable: Symbol, partial: Partial, point: Fraction, checks: list[Equality]
) -> Tangent:
    """y = f'(a)(x − a) + f(a), reduced where the numbers are rational."""
    height = exact_value(function.expression, {variable.name: point})
    slope = exact_value(partial.result, {variable.name: point})
    here = {variable.name: _number(point)}
    if height is None or slope is None:
        at = merge(substitute(function.expression, here))
        rate = merge(substitute(partial.result, here))
        checks += [
            same(substitute(function.expression, here), at),
            same(substitute(partial.result, here), rate),
        ]
        shift: Expr = variable
        if point:
            shift = Sum((variable, Negative(Number(point)) if point > 0 else Number(-point)))
        return Tangent(point, at, rate, Sum((Product((rate, shift)), at)))
    intercept = height - slope * point
    line = _affine(slope, intercept, variable)
    through = exact_value(line, {variable.name: point})
    checks.append(Equality(f"T({latex(_number(point))})", latex(height), Means.EXACT, through == height))
    return Tangent(point, _number(height), _number(slope), line)


def _affine(slope: Fraction, intercept: Fraction, variable: Symbol) -> Expr:
    terms: list[Expr] = []
    if slope:
        size: Expr = variable if abs(slope) == 1 else Product((Number(abs(slope)), variable))
        terms.append(size if slope > 0 else Negative(size))
    if intercept or not terms:
        terms.append(_number(intercept))
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))


def _number(value: Fraction) -> Expr:
    return Number(value) if value >= 0 else Negative(Number(-value))
