"""Where a formula in a line may be broken: Typst would begin a new line after any of its signs."""

from __future__ import annotations

from dataclasses import replace

from solver.document.formula_tree import Fenced, Node, Row, Symbol
from solver.writers.formula_shape import SEMICOLON
from solver.writers.formula_width import inline_form, width

_SHORT_TERM = 5.0
_SHORT_SUM = 12.0


def tied(node: Node) -> Node:
    """A formula in a line that may be broken at few places: after a relation, where a long term follows it.

    No line ends with the sign of `… ≈ 0.5`, nor inside a short sum or a short bracket.
    """
    if isinstance(node, Fenced):
        return replace(node, content=_summed(node.content)) if _is_short(node.content) else node
    if not isinstance(node, Row):
        return node
    signs = [at for at, item in enumerate(node.items) if _is_sign(item, "relation")]
    terms: list[Node] = []
    for low, high in zip([-1, *signs], [*signs, len(node.items)], strict=True):
        term = Row(tuple(map(tied, node.items[low + 1 : high])))
        if low >= 0:
            last = low == signs[-1] and len(signs) > 1 and width(inline_form(term)) <= _SHORT_TERM
            terms.append(_held(node.items[low]) if last else node.items[low])
        terms += _summed(term).items if signs and _is_short(term) else term.items
    return Row(tuple(terms))


def _is_sign(item: Node, kind: str) -> bool:
    return isinstance(item, Symbol) and item.kind == kind


def _held(sign: Node) -> Node:
    """The sign spaced as it is, with no new line after it."""
    assert isinstance(sign, Symbol)
    return replace(sign, kind=f"held {sign.kind}")


def _is_short(node: Node) -> bool:
    return width(inline_form(node)) <= _SHORT_SUM


def _summed(node: Node) -> Row:
    """A term whose operators between two operands hold it together."""
    held: list[Node] = []
    for item in node.items if isinstance(node, Row) else (node,):
        unary = not held or (isinstance(held[-1], Symbol) and held[-1].kind != "ordinary")
        held.append(_held(item) if _is_sign(item, "binary") and not unary and item != SEMICOLON else item)
    return Row(tuple(held))
