"""The written form of an expression: an immutable tree that keeps what SymPy would tidy away.

`2*x*3` stays a product of three factors and ŷ − y keeps its order, so that a step can show a line
before its terms are merged. Values are exact rationals. The bridge to SymPy is `bridge`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from operator import attrgetter
from typing import Any, TypeVar


class Expr:
    """Any node. Nodes compare by structure."""

    __slots__ = ("_hash",)


Node = TypeVar("Node", bound=type)


def _keeping_hash(node: Node) -> Node:
    """The class with its hash kept: trees are keys of many tables, and a hash walks the whole tree."""
    walked: Any = node.__hash__

    def kept(self: Any) -> int:
        try:
            return int(self._hash)
        except AttributeError:
            found: int = walked(self)
            object.__setattr__(self, "_hash", found)
            return found

    node.__hash__ = kept  # type: ignore[assignment]  # in place of the one that `dataclass` wrote
    return node


@_keeping_hash
@dataclass(frozen=True, slots=True)
class Number(Expr):
    """An exact rational. `decimal` only says how to print it (0.25 rather than 1/4)."""

    value: Fraction
    decimal: bool = field(default=False, compare=False)


@_keeping_hash
@dataclass(frozen=True, slots=True)
class Constant(Expr):
    """`e` or `pi`."""

    name: str


@_keeping_hash
@dataclass(frozen=True, slots=True)
class Symbol(Expr):
    """A real variable. `latex` overrides how the name is printed (ŷ, W⁽¹⁾₂₁, ∂L/∂z⁽²⁾)."""

    name: str
    latex: str | None = field(default=None, compare=False)


@_keeping_hash
@dataclass(frozen=True, slots=True)
class Sum(Expr):
    """t₁ + t₂ + …; a subtracted term is a `Negative`."""

    terms: tuple[Expr, ...]


@_keeping_hash
@dataclass(frozen=True, slots=True)
class Product(Expr):
    """f₁ · f₂ · …, in the written order."""

    factors: tuple[Expr, ...]


@_keeping_hash
@dataclass(frozen=True, slots=True)
class Negative(Expr):
    """−x."""

    operand: Expr


@_keeping_hash
@dataclass(frozen=True, slots=True)
class Quotient(Expr):
    """numerator / denominator, printed as a fraction."""

    numerator: Expr
    denominator: Expr


@_keeping_hash
@dataclass(frozen=True, slots=True)
class Power(Expr):
    """base ^ exponent."""

    base: Expr
    exponent: Expr


@_keeping_hash
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


@_keeping_hash
@dataclass(frozen=True, slots=True)
class Cases(Expr):
    """A definition by pieces: the first branch whose condition holds; `None` is “otherwise”."""

    branches: tuple[tuple[Expr, Condition | None], ...]


@_keeping_hash
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
    found = _CHILDREN.get(type(expr))
    return () if found is None else found(expr)


def _of_cases(expr: Cases) -> tuple[Expr, ...]:
    found: list[Expr] = []
    for value, condition in expr.branches:
        found.append(value)
        if condition is not None:
            found += [condition.left, condition.right]
    return tuple(found)


_CHILDREN: Mapping[type, Callable[[Any], tuple[Expr, ...]]] = {
    Sum: attrgetter("terms"),
    Product: attrgetter("factors"),
    Negative: lambda node: (node.operand,),
    Quotient: attrgetter("numerator", "denominator"),
    Power: attrgetter("base", "exponent"),
    Apply: attrgetter("arguments"),
    Cases: _of_cases,
    Derivative: attrgetter("operand", "variable"),
}


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
