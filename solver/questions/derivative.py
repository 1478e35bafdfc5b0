"""`derivative`: the derivative of a function or an implicit one, rule by rule; values, the tangent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated, ClassVar

from solver.derivation.engine import MAX_ORDER, derive, implicit_derivative
from solver.derivation.equality import Equality
from solver.derivation.step import Derivation
from solver.differentiation.answer import Answer
from solver.errors import SheetError
from solver.expression.atoms import primes
from solver.expression.evaluate import exact_value
from solver.expression.latex import latex
from solver.expression.tree import Expr, Symbol, substitute, symbols
from solver.questions.base import Facts, Question, Reading, Scope
from solver.questions.derivable import DerivableOption, Point, PointOption, Relation, read_point
from solver.questions.options import CountOption, Function, SymbolOption, read_names, read_symbol
from solver.questions.point_values import Value, implicit_value, value_there
from solver.questions.recognised import Recognised, recognised
from solver.questions.tangents import Tangent, tangent_at, tangent_of
from solver.rules.algebra import has_decimal
from solver.sheet.model import Formula


@dataclass(frozen=True)
class Partial:
    """One derivative: by `variable`, of order `order`; `name` is its LaTeX (f'(w), ∂f/∂x), `answer` what
    the engine says of it (domain, points without a derivative)."""

    variable: Symbol
    order: int
    name: str
    derivation: Derivation
    answer: Answer

    @property
    def result(self) -> Expr:
        """The derivative, as the derivation leaves it."""
        return self.derivation.result


@dataclass(frozen=True)
class DerivativeFacts(Facts):
    """`partials`: what was asked, by variable then by rising order; `last` are those of the order asked.

    `values` are their values at `point`; `tangent` the tangent there. For an implicit derivative `relation`
    is the equation, `dependent` its unknown and `function` left − right.
    """

    name: str
    function: Expr
    variables: tuple[Symbol, ...]
    partials: tuple[Partial, ...]
    point: Mapping[str, Expr] | None
    values: tuple[Value, ...]
    tangent: Tangent | None
    order: int
    relation: Relation | None = None
    dependent: Symbol | None = None
    recognised: tuple[Recognised, ...] = ()
    """What is recognised in each of `last`."""
    anonymous: bool = False
    """Whether the function is written out in the question, so that its letter is ours."""

    @property
    def last(self) -> tuple[Partial, ...]:
        """The derivatives of the order asked, one a variable."""
        return tuple(p for p in self.partials if p.order == self.order)

    @property
    def derivation(self) -> Derivation:
        """The first derivation."""
        return self.partials[0].derivation

    @property
    def told(self) -> Answer:
        """The answer that tells the domain: of several first derivatives, one that is missing somewhere."""
        first = [p.answer for p in self.partials if p.order == 1]
        return next((answer for answer in first if not answer.everywhere), first[0])

    @property
    def derived_by(self) -> tuple[Symbol, ...]:
        """The variables of the first derivatives."""
        return tuple(p.variable for p in self.partials if p.order == 1)

    @property
    def arguments(self) -> str:
        """The variables between commas, as LaTeX."""
        return ", ".join(latex(v) for v in self.variables or (self.partials[0].variable,))

    @property
    def place(self) -> str:
        """The point as LaTeX: x = 1, y = 2."""
        point = self.point or {}
        return r",\; ".join(f"{latex(Symbol(name))} = {latex(value)}" for name, value in point.items())

    @property
    def decimal(self) -> bool:
        """Whether the function or the point is written with decimals, so that values are."""
        return any(has_decimal(e) for e in (self.function, *(self.point or {}).values()))

    def public(self) -> Mapping[str, object]:
        """The derivative asked first, all of them by variable, and the first as LaTeX."""
        found: dict[str, object] = {
            "derivative": self.last[0].result,
            "derivatives": {p.variable.name: p.result for p in self.last},
            "latex": Formula(latex(self.last[0].result)),
            "order": self.order,
        }
        if self.point is not None:
            at = {name: _plain(value) for name, value in self.point.items()}
            found["at"] = next(iter(at.values())) if len(at) == 1 else at
            if len(self.values) == 1 and self.values[0].substitution is not None:
                (value,) = self.values
                found["value"] = value.substitution if value.exact is None else value.exact
        return found


def _plain(value: Expr) -> Fraction | Expr:
    exact = exact_value(value)
    return value if exact is None else exact


def _names(text: str, scope: Scope) -> tuple[Symbol, ...]:
    return tuple(read_symbol(item, scope) for item in read_names(text, scope))


def _tangent(text: str, scope: Scope) -> Point | bool:
    """`:tangent: 2` gives the point; `:tangent:` alone (or yes) means the point of `:at:`."""
    if text.lower() in ("", "yes", "oui", "true"):
        return True
    if text.lower() in ("no", "non", "false"):
        return False
    return read_point(text, scope)


class Derivative(Question):
    """The derivative of a function, derived rule by rule."""

    kind: ClassVar[str] = "derivative"
    of: DerivableOption
    """The function to derive, in which f, g, h may be any functions; with `implicit`, an equation."""
    wrt: Annotated[tuple[Symbol, ...], Reading(_names, "variables")] | None = None
    """The variables to derive by, one after the other; needed where the function has several."""
    order: CountOption = 1
    """How many times the function is derived, from 1 to 20."""
    at: PointOption | None = None
    """The point at which the derivatives are worth a value, such as `2`, `pi/2` or `x = 1, y = 2`."""
    tangent: Annotated[Point | bool, Reading(_tangent, "a number or yes")] | None = None
    """The abscissa of a tangent to write, or `yes` for the point of `at`."""
    implicit: SymbolOption | None = None
    """The unknown that an equation such as `x^2 + y^2 = 1` ties to the variable."""

    def solve(self, scope: Scope) -> DerivativeFacts:
        """Derives by each variable asked for; SheetError where the variable is not clear or has no place."""
        if not 1 <= self.order <= MAX_ORDER:
            raise SheetError(f"the order of a derivative is from 1 to {MAX_ORDER}").about("order")
        if self.tangent is True and self.at is None:
            raise SheetError("“tangent” needs the abscissa of the point: `:tangent: 2`").about("tangent")
        if isinstance(self.of, Relation):
            return self._implicit(self.of)
        if self.implicit is not None:
            raise SheetError("an implicit derivative is that of an equation, such as x^2 + y^2 = 1").about(
                "of"
            )
        facts = self._explicit(self.of)
        return replace(facts, anonymous=self.of.name not in scope.givens)

    @property
    def _place(self) -> Point | None:
        """The point asked for: that of the tangent, else that of the values."""
        return self.tangent if isinstance(self.tangent, Point) else self.at

    def _explicit(self, function: Function) -> DerivativeFacts:
        chosen = self._variables(function.variables, function.name)
        known = function.variables or chosen
        point = None if self._place is None else self._place.at(known)
        checks: list[Equality] = []
        partials: list[Partial] = []
        for variable in chosen:
            current = function.expression
            for order in range(1, self.order + 1):
                found = derive(current, variable)
                checks += found.checks
                answer = Answer(function.expression, (variable,) * order, found, point)
                checks += answer.edge_checks
                partials.append(Partial(variable, order, _name(function, variable, order), found, answer))
                current = found.result
        values: tuple[Value, ...] = ()
        if point is not None:
            values = tuple(_value(p, function, point, checks) for p in partials if p.order == self.order)
        tangent = self._tangent_of(function, known, partials[0], checks) if self.tangent else None
        seen = tuple(recognised(p.answer, checks) for p in partials if p.order == self.order)
        return DerivativeFacts(
            tuple(checks), function.name, function.expression, function.variables, tuple(partials), point,
            values, tangent, self.order, recognised=seen,
        )  # fmt: skip

    def _tangent_of(
        self, function: Function, known: tuple[Symbol, ...], first: Partial, checks: list[Equality]
    ) -> Tangent:
        if len(known) != 1:
            raise SheetError("a tangent is that of a function of one variable").about("tangent")
        there = first.answer.value
        assert there is not None
        (place,) = there.point.values()
        if there.exact is None:
            raise SheetError(
                f"{function.name} has no derivative at {latex(place)}, so no tangent there"
            ).about("tangent")
        return tangent_of(function.expression, known[0], there.exact, place, checks)

    def _implicit(self, relation: Relation) -> DerivativeFacts:
        gap, y = relation.gap, self.implicit
        names = symbols(gap)
        if y is None or y.name not in [s.name for s in names]:
            shown = ", ".join(s.name for s in names)
            raise SheetError(
                f"an equation ties several variables: {shown}; which one depends on the others?",
                hint="Name it: `:implicit: y`.",
            ).about("of")
        if self.order > 1:
            raise SheetError("an implicit derivative is of the first order").about("order")
        dependent = next(s for s in names if s.name == y.name)
        others = tuple(s for s in names if s != dependent)
        chosen = self._variables(others, "the equation")
        point = None if self._place is None else self._place.at((*others, dependent))
        if point is not None:
            _require_on_curve(gap, point)
        checks: list[Equality] = []
        partials = []
        for x in chosen:
            found = implicit_derivative(gap, x, dependent)
            checks += found.checks
            answer = Answer(gap, (x,), found, point, dependent, (relation.left, relation.right))
            name = _quotient(dependent, x, "d" if len(others) == 1 else r"\partial ")
            partials.append(Partial(x, 1, name, found, answer))
        values = tuple(
            implicit_value(p.name, gap, p.variable, dependent, v, checks)
            for p in partials
            if (v := p.answer.value) is not None
        )
        tangent = None
        if self.tangent:
            if len(others) != 1 or values[0].substitution is None:
                raise SheetError("the curve has no tangent y = m x + p there").about("tangent")
            assert point is not None
            place, height = point[chosen[0].name], point[dependent.name]
            tangent = tangent_at(chosen[0], place, height, values[0].substitution, checks)
        return DerivativeFacts(
            tuple(checks), dependent.name, gap, others, tuple(partials), point, values, tangent, 1,
            relation, dependent,
        )  # fmt: skip

    def _variables(self, variables: tuple[Symbol, ...], owner: str) -> tuple[Symbol, ...]:
        if self.wrt:
            known = {v.name: v for v in variables}
            for symbol in self.wrt:
                if symbol.name not in known:
                    names = ", ".join(known)
                    raise SheetError(f"{owner} does not depend on “{symbol.name}”; its variables: {names}")
            return tuple(known[s.name] for s in self.wrt)
        if len(variables) > 1:
            names = ", ".join(v.name for v in variables)
            raise SheetError(
                f"{owner} has several variables: {names}", hint="Say which: `:wrt: " + names + "`."
            )
        return variables or (Symbol("x"),)


def _require_on_curve(gap: Expr, point: Mapping[str, Expr]) -> None:
    """Refuses a point that does not satisfy the equation."""
    from solver.expression.evaluate import ball

    there = substitute(gap, point)
    exact = exact_value(there)
    if exact == 0 or (exact is None and ball(there, {}, bits=200).contains(0)):
        return
    raise SheetError("this point is not on the curve: the equation does not hold there").about("at")


def _quotient(head: Symbol, variable: Symbol, sign: str) -> str:
    return rf"\frac{{{sign}{latex(head)}}}{{{sign}{latex(variable)}}}"


def _name(function: Function, variable: Symbol, order: int) -> str:
    """f'(w), f''(w), f^{(3)}(w), or ∂f/∂x where there are several variables."""
    arguments = ", ".join(latex(v) for v in function.variables or (variable,))
    head = latex(Symbol(function.name))
    if len(function.variables) > 1:
        power = f"^{{{order}}}" if order > 1 else ""
        below = rf"\partial {latex(variable)}" + power
        return rf"\frac{{\partial{power} {head}}}{{{below}}}"
    return f"{head}{primes(order)}({arguments})"


def _value(partial: Partial, function: Function, point: Mapping[str, Expr], checks: list[Equality]) -> Value:
    told = partial.answer.value
    assert told is not None
    places = ", ".join(latex(e) for e in point.values())
    name = f"{partial.name}({places})"
    if len(function.variables) <= 1:
        name = partial.name.replace(f"({latex(partial.variable)})", f"({places})")
    along = (partial.variable,) * partial.order
    return value_there(name, function.expression, along, partial.result, told, checks)
