"""What a listener can tell of a piece of formula: where it ends, what it is applied to, what it derives."""

from __future__ import annotations

from solver.document.formula_tree import (
    EMPTY,
    Boxed,
    Brace,
    Fenced,
    Font,
    Fraction,
    Function,
    Grid,
    Node,
    Number,
    Row,
    Script,
    Space,
    Stacked,
    Symbol,
    Words,
)

_CALLED = frozenset("fghFGH") | {r"\sigma", r"\varphi", r"\phi", r"\psi"}


def is_short(node: Node) -> bool:
    """Whether a piece is heard as one thing, so that its end needs no word."""
    if isinstance(node, Row):
        items = [item for item in node.items if not isinstance(item, Space)]
        signed = len(items) == 2 and isinstance(items[0], Symbol) and items[0].name in ("-", "+")
        called = (
            len(items) == 2
            and is_callable(items[0])
            and isinstance(items[1], Fenced)
            and is_short(items[1].content)
        )
        return len(items) <= 1 or called or (signed and is_short(items[1]))
    if isinstance(node, Script):
        return is_short(node.base) and (node.above is None or is_short(node.above))
    if isinstance(node, Fenced):
        return node.left == "(" and is_short(node.content)
    return not isinstance(node, (Fraction, Grid, Brace, Stacked, Boxed))


def is_callable(node: Node | None) -> bool:
    """Whether a bracket after this is an argument: f, σ′, tanh, ReLU."""
    if isinstance(node, Script):
        return is_callable(node.base)
    if isinstance(node, Symbol):
        return node.name in _CALLED
    return isinstance(node, (Function, Words))


def is_numbers_only(node: Node) -> bool:
    """Whether a piece holds numbers, signs and separators only."""
    items = node.items if isinstance(node, Row) else (node,)
    return all(
        isinstance(item, (Number, Space))
        or (isinstance(item, Symbol) and item.name in (",", ";", "+", "-", r"\infty"))
        for item in items
    )


def differential_of(node: Node, letter: str) -> Node | None:
    """What follows `∂` (or `d`) in the numerator or denominator of a derivative; None where there is no
    such sign."""
    items = node.items if isinstance(node, Row) else (node,)
    first = items[0] if items else EMPTY
    if first == Symbol(letter, "ordinary") or first == Font("mathrm", Symbol(letter, "ordinary")):
        rest = tuple(item for item in items[1:] if not isinstance(item, Space))
        if any(item == first for item in rest):
            return None
        return rest[0] if len(rest) == 1 else Row(rest)
    return None
