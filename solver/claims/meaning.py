"""What a claim says, in numbers: definitions put in, each derivative taken where it is taken.

The written tree keeps f′(x), ∂L/∂z, (u v)′ as they stand; here they become `Derivative` nodes and functions
that a point holds (`Local`), which the second road evaluates by dual numbers. No rule that derives is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from solver.claims.chains import undefined_chain
from solver.claims.generic import MARK, generic
from solver.claims.notation import MAX_ORDER
from solver.claims.question import Question
from solver.claims.regions import Conditions
from solver.claims.symbols import PRIME, primed_of, quotient_of
from solver.derivation.duals import Local
from solver.derivation.points import switches
from solver.errors import ExpressionError, SheetError, Span, nearest
from solver.expression.functions import FUNCTIONS
from solver.expression.tree import (
    Apply,
    Condition,
    Derivative,
    Expr,
    Symbol,
    rebuild,
    substitute,
    symbols,
    walk,
)
from solver.sheet.model import Given

FORMULA_FUNCTIONS = ("u", "v", "w", "f", "g", "h", "y")
_MAX_NESTING = 40


@dataclass(frozen=True, slots=True)
class Context:
    """What is known at a line: definitions by name, undefined functions (name → variable), what a prime
    differentiates by, the conditions assumed, and whether decimals may have a comma (French sheets)."""

    givens: Mapping[str, Given] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    variable: str | None = None
    conditions: Conditions = ()
    decimal_comma: bool = False

    @property
    def names(self) -> list[str]:
        """Names that are called with an argument."""
        return [g.name for g in self.givens.values() if g.parameters] + list(self.functions)


class Undefined(ExpressionError):
    """A name whose derivative is taken and that nothing defines."""


def question(left: Expr, right: Expr, context: Context, *, formula: bool = False) -> Question:
    """The claim `left = right` in its context. In a `formula` the names u, v, f… are functions of x.

    Raises ExpressionError or SheetError for a name that is used as what it is not.
    """
    meaning = _Meaning(context, _undefined_functions((left, right), context, formula), _degree((left, right)))
    if not formula:
        _refuse_one_sided((left, right), context)
    meaning.add_chain((left, right))
    sides = [meaning.of(side) for side in (left, right)]
    bounds = tuple(Condition(meaning.of(c.left), c.relation, meaning.of(c.right)) for c in context.conditions)
    return Question(
        sides[0], sides[1], meaning.functions, bounds, tuple(meaning.shadows), tuple(meaning.kinks)
    )


def _refuse_one_sided(sides: tuple[Expr, Expr], context: Context) -> None:
    """f′(x) = 2x says nothing as long as f is not defined; f′ on both sides may."""
    known = set(context.givens) | set(context.functions) | set(FUNCTIONS)
    named = [
        {name for node in walk(side) if (name := _derived_name(node)) is not None and name not in known}
        for side in sides
    ]
    mentioned = [{s.name for s in symbols(side)} | _called(side) for side in sides]
    for name in sorted((named[0] - mentioned[1] - named[1]) | (named[1] - mentioned[0] - named[0])):
        raise Undefined(f"“{name}” is not defined")


def _derived_name(node: Expr) -> str | None:
    """f of f′(x), u of u′."""
    if isinstance(node, Symbol) and (primed := primed_of(node)):
        return primed[0]
    if isinstance(node, Apply) and node.function.endswith(PRIME):
        name = node.function.rstrip(PRIME)
        return name if name in FORMULA_FUNCTIONS else None
    return None


def _called(expr: Expr) -> set[str]:
    return {node.function.rstrip(PRIME) for node in walk(expr) if isinstance(node, Apply)}


def _degree(sides: Iterable[Expr]) -> int:
    """Enough for every derivative taken of an undefined function to be free."""
    most = 0
    for side in sides:
        for node in walk(side):
            if isinstance(node, Symbol) and (found := primed_of(node)):
                most = max(most, found[1])
            elif isinstance(node, Symbol) and (quotient := quotient_of(node)):
                most = max(most, len(quotient[1]))
            elif isinstance(node, Apply):
                most = max(most, node.function.count(PRIME))
        most = max(most, _nested(side))
    return min(most, MAX_ORDER) + 1


def _nested(expr: Expr) -> int:
    depth, here = 0, 0
    for node in walk(expr):
        here = here + 1 if isinstance(node, Derivative) else 0
        depth = max(depth, here)
    return depth


def _undefined_functions(sides: Iterable[Expr], context: Context, formula: bool) -> dict[str, str]:
    """Names that stand for functions though nothing defines them, with their variable."""
    found = dict(context.functions)
    by = context.variable or "x"
    free = set(FORMULA_FUNCTIONS) - set(context.givens)
    for side in sides:
        for node in walk(side):
            if isinstance(node, Symbol) and (primed := primed_of(node)) and primed[0] not in context.givens:
                found.setdefault(primed[0], by)
            elif formula and isinstance(node, Symbol) and node.name in free:
                found.setdefault(node.name, by)
    found.pop(by, None)
    return found


@dataclass
class _Meaning:
    context: Context
    undefined: dict[str, str]
    degree: int
    functions: dict[str, Local] = field(default_factory=dict)
    shadows: list[Expr] = field(default_factory=list)
    kinks: list[Expr] = field(default_factory=list)
    givens: dict[str, Given] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.givens = dict(self.context.givens)

    def add_chain(self, sides: tuple[Expr, Expr]) -> None:
        """L in ∂L/∂w = ∂L/∂z · x: a function of z, where nothing says which."""
        known = set(self.givens) | set(self.undefined)
        for name, arguments in undefined_chain(sides, self.givens, known).items():
            free = name + MARK
            self.functions[free] = generic(name, len(arguments), min(self.degree, 3))
            call = Apply(free, tuple(Symbol(a) for a in arguments))
            self.givens[name] = Given(
                name,
                (),
                call,
                name,
                Span(1, 1),
            )

    def of(self, expr: Expr, kept: frozenset[str] = frozenset(), depth: int = 0) -> Expr:
        """The expression with definitions put in, except of the names in `kept`."""
        if depth > _MAX_NESTING:
            raise SheetError("the given values are defined by each other")
        match expr:
            case Symbol():
                return self._symbol(expr, kept, depth)
            case Derivative(operand, variable):
                if variable.name == PRIME:
                    variable = Symbol(self.prime_variable(operand))
                if variable.name in self.undefined:
                    raise ExpressionError(f"“{variable.name}” is a function: it is not differentiated by")
                return self._taken(
                    self.of(operand, kept | {variable.name}, depth + 1), variable, 1, variable, kept, depth
                )
            case Apply(name, arguments):
                return self._call(name, arguments, kept, depth)
        return rebuild(expr, lambda part: self.of(part, kept, depth + 1))

    def _symbol(self, symbol: Symbol, kept: frozenset[str], depth: int) -> Expr:
        if quotient := quotient_of(symbol):
            return self._quotient(*quotient, kept, depth)
        if primed := primed_of(symbol):
            return self._primed(*primed, kept, depth)
        name = symbol.name
        if name in kept:
            return symbol
        if name in self.undefined:
            return self._generic_call(name, (Symbol(self.undefined[name]),))
        given = self.givens.get(name)
        if given is None:
            return symbol
        if given.parameters:
            raise SheetError(f"“{name}” is a function, written with its variable: {name}(…)")
        return self.of(given.expression, kept, depth + 1)

    def _generic_call(self, name: str, arguments: tuple[Expr, ...]) -> Expr:
        if name not in self.functions:
            self.functions[name] = generic(name, len(arguments), self.degree)
        return Apply(name, arguments)

    def _quotient(self, name: str, by: tuple[str, ...], kept: frozenset[str], depth: int) -> Expr:
        if len(by) > MAX_ORDER:
            raise SheetError(f"derivatives up to order {MAX_ORDER} are compared, found {len(by)}")
        variables = frozenset(by)
        given = self.givens.get(name)
        if given is None and name not in self.undefined:
            raise Undefined(f"“{name}” is not defined")
        body = given.expression if given is not None else Symbol(name)
        inner = self.of(body, kept | variables, depth + 1)
        if len(variables) == 1:
            variable = Symbol(by[0])
            return self._taken(inner, variable, len(by), variable, kept, depth)
        for variable in map(Symbol, by):
            if variable.name in self.givens:
                raise SheetError(
                    f"a mixed derivative by “{variable.name}”, which is defined, is not compared"
                )
            inner = Derivative(inner, variable)
        return inner

    def _primed(self, name: str, order: int, kept: frozenset[str], depth: int) -> Expr:
        given = self.givens.get(name)
        if given is not None and len(given.parameters) == 1:
            return self._call(name + PRIME * order, given.parameters, kept, depth)
        variable = Symbol(self.undefined.get(name) or self.prime_variable(Symbol(name)))
        body = self.of(Symbol(name), kept | {variable.name}, depth + 1)
        return self._taken(body, variable, order, variable, kept, depth)

    def _call(self, written: str, arguments: tuple[Expr, ...], kept: frozenset[str], depth: int) -> Expr:
        name = written.rstrip(PRIME)
        order = len(written) - len(name)
        if order > MAX_ORDER:
            raise SheetError(f"derivatives up to order {MAX_ORDER} are compared, found {order}")
        values = tuple(self.of(a, kept, depth + 1) for a in arguments)
        given = self.givens.get(name)
        if given is not None and given.parameters:
            return self._of_given(given, order, arguments, values, kept, depth)
        if name in FUNCTIONS:
            if not order:
                return Apply(name, values)
            parameter = Symbol("x")
            body: Expr = Apply(name, (parameter, *values[1:]))
            return self._taken(body, parameter, order, values[0], kept, depth)
        if given is not None and order == 0:
            raise SheetError(f"“{name}” is a value, not a function")
        if given is not None:
            raise SheetError(f"“{written}” needs a given function “{name}” of one variable")
        free = name in self.undefined or name in FORMULA_FUNCTIONS or name.endswith(MARK)
        if not free or (order and len(values) != 1):
            raise SheetError(f"“{written}” needs a given function “{name}” of one variable")
        if not order:
            return self._generic_call(name, values)
        parameter = Symbol("x")
        return self._taken(self._generic_call(name, (parameter,)), parameter, order, values[0], kept, depth)

    def _of_given(
        self, given: Given, order: int, written: tuple[Expr, ...], values: tuple[Expr, ...],
        kept: frozenset[str], depth: int,
    ) -> Expr:  # fmt: skip
        if len(given.parameters) != len(values):
            raise SheetError(
                f"“{given.name}” takes {len(given.parameters)} argument(s), found {len(values)}",
                hint=nearest(given.name, self.givens),
            )
        parameters = frozenset(p.name for p in given.parameters)
        if order and len(values) != 1:
            raise SheetError(f"“{given.name}{PRIME * order}” needs a given function of one variable")
        body = self.of(given.expression, parameters, depth + 1)
        if order:
            return self._taken(body, given.parameters[0], order, values[0], kept, depth)
        if any(isinstance(n, Derivative) for n in walk(body)):
            return self._held(given.parameters, body, (), values)
        return substitute(body, {p.name: v for p, v in zip(given.parameters, values, strict=True)})

    def _taken(
        self, body: Expr, variable: Symbol, order: int, at: Expr, kept: frozenset[str], depth: int
    ) -> Expr:
        """The derivative of `body` by its `variable`, taken at `at`."""
        here = self._symbol(at, kept, depth) if at == variable and isinstance(at, Symbol) else at
        others = {s.name for s in symbols(body)} - {variable.name}
        calls = any(isinstance(n, Apply) and n.function in self.functions for n in walk(body))
        plain = isinstance(here, Symbol) and (here == variable or (here.name not in others and not calls))
        if plain and isinstance(here, Symbol):
            found = body if here == variable else substitute(body, {variable.name: here})
            for _ in range(order):
                found = Derivative(found, here)
            return found
        return self._held((variable,), body, (variable,) * order, (here,))

    def _held(
        self, parameters: tuple[Symbol, ...], body: Expr, orders: tuple[Symbol, ...], at: tuple[Expr, ...]
    ) -> Expr:
        local = Local(parameters, body, orders)
        name = next((n for n, f in self.functions.items() if f == local), f"#{len(self.functions)}")
        self.functions[name] = local
        here = {p.name: v for p, v in zip(parameters, at, strict=True)}
        if orders:
            self.kinks += [substitute(switch, here) for switch in switches((body,))]
        if not any(isinstance(n, Derivative) for n in walk(body)):
            self.shadows.append(substitute(body, here))
        return Apply(name, at)

    def prime_variable(self, operand: Expr) -> str:
        """What a prime differentiates by: the declared variable, else x, else the only one there is."""
        if self.context.variable is not None:
            return self.context.variable
        opened = self.of(operand)
        names = [s.name for s in symbols(opened) if MARK not in s.name]
        if "x" in names or not names:
            return "x"
        if len(names) == 1:
            return names[0]
        raise ExpressionError(
            f"( )' of several variables: {', '.join(names)}; by which?",
            hint=f"Write d/d{names[0]}(…), or a line “wrt {names[0]}” before.",
        )
