"""From an expression to its graph of elementary operations, each shared subexpression once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from solver.errors import ExpressionError
from solver.expression.tree import (
    Apply,
    Cases,
    Derivative,
    Expr,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    rebuild,
    substitute,
    symbols,
)
from solver.graph.model import Equation, Graph

NODE_NAMES = ("a", "b", "c", "p", "q", "r", "s", "t", "u", "v")
"""Names of inner nodes while they last; a longer list of equations uses v1, v2, …"""

OUTPUT_NAMES = ("L", "F", "G", "out")


def decompose(expression: Expr, output: str | None = None, inputs: Sequence[Symbol] | None = None) -> Graph:
    """The graph of `expression`: one elementary operation an equation, innermost and leftmost first.

    A product of several factors is worked out from left to right, a sum is one node, numbers stay inside
    the operation that uses them. `inputs` fixes the variables and their order (default: those that occur).
    """
    variables = symbols(expression) if inputs is None else tuple(inputs)
    taken = {symbol.name for symbol in variables}
    names = [name for name in ((output,) if output else OUTPUT_NAMES) if name not in taken]
    if not names:
        raise ExpressionError(f"the result cannot be named {output}: it is a variable of the expression")
    target = Symbol(names[0])
    draft = _Draft()
    last = draft.operand(expression)
    drafted = draft.equations
    if not drafted or last != drafted[-1].target:
        drafted = [*drafted, Equation(target, last)]
    new_names = _names(len(drafted) - 1, taken | {target.name})
    renaming: dict[str, Symbol] = {drafted[-1].target.name: target}
    renaming |= {equation.target.name: name for equation, name in zip(drafted[:-1], new_names, strict=True)}
    equations = tuple(
        Equation(
            renaming.get(e.target.name, e.target),
            _rename(e.expression, renaming),
        )
        for e in drafted
    )
    return Graph(variables, equations, target)


def from_equations(equations: Sequence[Equation], inputs: Sequence[Symbol] = ()) -> Graph:
    """The graph of equations that somebody wrote, in a usable order; the last one written is the output.

    What no equation defines is an input: those of `inputs` first, then the others in order of appearance.
    Raises ExpressionError for a name defined twice and for equations that turn in a circle.
    """
    if not equations:
        raise ExpressionError("at least one equation is expected")
    defined = {equation.target.name for equation in equations}
    used = [symbol for equation in equations for symbol in equation.operands if symbol.name not in defined]
    variables = tuple({symbol.name: symbol for symbol in (*inputs, *used)}.values())
    for symbol in inputs:
        if symbol.name in defined:
            raise ExpressionError(f"the node {symbol.name} has the name of a variable")
    ready = {symbol.name for symbol in variables}
    waiting, ordered = list(equations), list[Equation]()
    while waiting:
        usable = next((e for e in waiting if all(o.name in ready for o in e.operands)), None)
        if usable is None:
            names = ", ".join(e.target.name for e in waiting)
            raise ExpressionError(f"the equations of {names} need one another")
        waiting.remove(usable)
        ordered.append(usable)
        ready.add(usable.target.name)
    return Graph(variables, tuple(ordered), equations[-1].target)


def expand(graph: Graph, expression: Expr | None = None) -> Expr:
    """`expression` (default: the output) with every node replaced by its definition: inputs only are left.

    The result can be exponentially larger than the graph: `cost.expanded_size` counts it beforehand.
    """
    return substitute(graph.output if expression is None else expression, definitions(graph))


def definitions(graph: Graph) -> dict[str, Expr]:
    """For each equation, its expression with the inputs alone. Trees share their parts, so this is quick."""
    known: dict[str, Expr] = {}
    for equation in graph.equations:
        known[equation.target.name] = substitute(equation.expression, known)
    return known


def _rename(expr: Expr, names: dict[str, Symbol]) -> Expr:
    if isinstance(expr, Symbol):
        return names.get(expr.name, expr)
    return rebuild(expr, lambda child: _rename(child, names))


def _names(count: int, taken: Iterable[str]) -> Iterator[Symbol]:
    used = set(taken)
    letters = [name for name in NODE_NAMES if name not in used]
    if count <= len(letters):
        yield from (Symbol(name) for name in letters[:count])
        return
    given, index = 0, 0
    while given < count:
        index += 1
        if f"v{index}" not in used and f"v_{index}" not in used:
            given += 1
            yield Symbol(f"v{index}")


@dataclass
class _Draft:
    """Equations under construction, with provisional names `#1`, `#2`, … that no variable can have."""

    equations: list[Equation] = field(default_factory=list)
    known: dict[object, Symbol] = field(default_factory=dict)

    def operand(self, expr: Expr) -> Expr:
        """The name (or the constant) that stands for `expr`, its equations added."""
        if isinstance(expr, Symbol) or not symbols(expr):
            return expr
        match expr:
            case Negative(operand):
                return self.node(Negative(self.operand(operand)))
            case Sum(terms):
                return self.node(Sum(tuple(self.term(term) for term in terms)))
            case Product(factors):
                return self.product(factors)
            case Quotient(numerator, denominator):
                return self.node(Quotient(self.operand(numerator), self.operand(denominator)))
            case Power(base, exponent):
                return self.node(Power(self.operand(base), self.operand(exponent)))
            case Apply("max" | "min" as name, arguments):
                different = tuple(dict.fromkeys(self.operand(argument) for argument in arguments))
                return self.node(Apply(name, different)) if len(different) > 1 else different[0]
            case Apply(name, arguments):
                return self.node(Apply(name, tuple(self.operand(argument) for argument in arguments)))
            case Cases():
                return self.node(expr)
            case Derivative():
                raise ExpressionError(
                    "a computation graph holds no derivative that is still to be worked out"
                )
            case _:
                raise ExpressionError(f"no graph is known for {type(expr).__name__}")

    def term(self, term: Expr) -> Expr:
        """A term of a sum: a subtracted one stays subtracted."""
        if isinstance(term, Negative) and symbols(term):
            return Negative(self.operand(term.operand))
        return self.operand(term)

    def product(self, factors: tuple[Expr, ...]) -> Expr:
        """From left to right, two factors a time; constants side by side in front are one operand."""
        constant = 0
        while constant < len(factors) - 1 and not symbols(factors[constant]):
            constant += 1
        left = factors[:constant]
        for factor in factors[constant:]:
            right = self.operand(factor)
            left = (self.node(Product((*left, right))),) if left else (right,)
        return left[0]

    def node(self, expr: Expr) -> Symbol:
        """The name of an operation; one met again (in any order of a sum or product) is shared."""
        key: object = expr
        if isinstance(expr, (Sum, Product)):
            parts = expr.terms if isinstance(expr, Sum) else expr.factors
            key = (type(expr), tuple(sorted(repr(part) for part in parts)))
        if key not in self.known:
            name = Symbol(f"#{len(self.equations) + 1}")
            self.equations.append(Equation(name, expr))
            self.known[key] = name
        return self.known[key]
