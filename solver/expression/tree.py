"""The written form of an expression: an immutable tree that keeps what SymPy would tidy away.

`2*x*3` stays a product of three factors and ŷ − y keeps its order, so that a step can show a line
before its terms are merged. Values are exact rationals. The bridge to SymPy is `bridge`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Expr:
    """Any node. Nodes compare by structure."""


@dataclass(frozen=True, slots=True)
class Number(Expr):
    """An exact rational. `decimal` only says how to print it (0.25 rather than 1/4)."""

    value: Fraction
    decimal: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Constant(Expr):
    """`e` or `pi`."""

    name: str


@dataclass(frozen=True, slots=True)
class Symbol(Expr):
    """A real variable. `latex` overrides how the name is printed (ŷ, W⁽¹⁾₂₁, ∂L/∂z⁽²⁾)."""

    name: str
    latex: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Sum(Expr):
    """t₁ + t₂ + …; a subtracted term is a `Negative`."""

    terms: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Product(Expr):
    """f₁ · f₂ · …, in the written order."""

    factors: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Negative(Expr):
    """−x."""

    operand: Expr


@dataclass(frozen=True, slots=True)
class Quotient(Expr):
    """numerator / denominator, printed as a fraction."""

    numerator: Expr
    denominator: Expr


@dataclass(frozen=True, slots=True)
class Power(Expr):
    """base ^ exponent."""

    base: Expr
    exponent: Expr


@dataclass(frozen=True, slots=True)
class Apply(Expr):
    """A function of the table applied to arguments: `Apply("sigmoid", (z,))`; roots are `sqrt`, `root`."""

    function: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """left `relation` right, the relation one of < <= > >= = ≠ (written `<`, `<=`, `>`, `>=`, `=`, `!=`)."""

    left: Expr
    relation: str
    right: Expr


@dataclass(frozen=True, slots=True)
class Cases(Expr):
    """A definition by pieces: the first branch whose condition holds; `None` is “otherwise”."""

    branches: tuple[tuple[Expr, Condition | None], ...]


@dataclass(frozen=True, slots=True)
class Derivative(Expr):
    """d(operand)/d(variable), not yet worked out."""

    operand: Expr
    variable: Symbol


def number(value: int | Fraction | str, *, decimal: bool = False) -> Number:
    """A `Number` from an integer, a fraction, or a text such as "1/20"."""
    return Number(Fraction(value), decimal)


ZERO = number(0)
ONE = number(1)


def children(expr: Expr) -> tuple[Expr, ...]:
    """The direct operands, in written order (conditions of `Cases` included)."""
    match expr:
        case Sum(terms):
            return terms
        case Product(factors):
            return factors
        case Negative(operand):
            return (operand,)
        case Quotient(num, den):
            return (num, den)
        case Power(base, exponent):
            return (base, exponent)
        case Apply(_, arguments):
            return arguments
        case Cases(branches):
            found: list[Expr] = []
            for value, condition in branches:
                found.append(value)
                if condition is not None:
                    found += [condition.left, condition.right]
            return tuple(found)
        case Derivative(operand, variable):
            return (operand, variable)
        case _:
            return ()


def walk(expr: Expr) -> Iterator[Expr]:
    """Every node, parents first, without recursion."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def rebuild(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The same node with `change` applied to its direct operands."""
    match expr:
        case Sum(terms):
            return Sum(tuple(change(t) for t in terms))
        case Product(factors):
            return Product(tuple(change(f) for f in factors))
        case Negative(operand):
            return Negative(change(operand))
        case Quotient(num, den):
            return Quotient(change(num), change(den))
        case Power(base, exponent):
            return Power(change(base), change(exponent))
        case Apply(name, arguments):
            return Apply(name, tuple(change(a) for a in arguments))
        case Cases(branches):
            return Cases(
                tuple(
                    (
                        change(value),
                        None if c is None else Condition(change(c.left), c.relation, change(c.right)),
                    )
                    for value, c in branches
                )
            )
        case Derivative(operand, variable):
            return Derivative(change(operand), variable)
        case _:
            return expr


def substitute(expr: Expr, values: Mapping[str, Expr]) -> Expr:
    """`expr` with symbols replaced by name; nothing is simplified, so the line can be shown."""
    if isinstance(expr, Symbol):
        return values.get(expr.name, expr)
    return rebuild(expr, lambda child: substitute(child, values))


def symbols(expr: Expr) -> tuple[Symbol, ...]:
    """The variables, each once, in order of appearance."""
    seen: dict[str, Symbol] = {}
    for node in walk(expr):
        if isinstance(node, Symbol):
            seen.setdefault(node.name, node)
    return tuple(seen.values())
