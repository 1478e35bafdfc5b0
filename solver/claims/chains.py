"""Chains of derivatives whose functions nobody defined: dy/dx = dy/du · du/dx, ∂L/∂w = ∂L/∂z · x.

Each quotient says on what its upper name depends. A name depends directly on those that it does not reach
through another: y on u and not on x, where u depends on x.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from solver.claims.symbols import quotient_of
from solver.expression.tree import Expr, Symbol, symbols, walk
from solver.sheet.model import Given


def undefined_chain(
    sides: tuple[Expr, Expr], givens: Mapping[str, Given], known: Set[str]
) -> dict[str, tuple[str, ...]]:
    """The undefined names of quotients that stand on both sides, each with what it depends on directly."""
    opened = [_quotients(side, givens) for side in sides]
    every = opened[0] | opened[1]
    tops = {top for top, _ in every if top not in known}
    both = {top for top, _ in opened[0]} & {top for top, _ in opened[1]}
    if not tops & both:
        return {}
    edges: dict[str, set[str]] = {}
    for top, variables in every:
        edges.setdefault(top, set()).update(variables)
    for name, given in givens.items():
        edges.setdefault(name, set()).update(_used(given))
    found: dict[str, tuple[str, ...]] = {}
    for top in sorted(tops):
        below = edges[top] - {top}
        direct = [v for v in sorted(below) if not any(v in _reached(o, edges) for o in below - {v})]
        found[top] = tuple(direct)
    return found


def _used(given: Given) -> set[str]:
    return {s.name for s in symbols(given.expression)} - {p.name for p in given.parameters}


def _quotients(side: Expr, givens: Mapping[str, Given]) -> set[tuple[str, tuple[str, ...]]]:
    """The quotients of a side, those of the definitions that it uses too."""
    found: set[tuple[str, tuple[str, ...]]] = set()
    seen: set[str] = set()
    pending = [side]
    while pending:
        for node in walk(pending.pop()):
            if not isinstance(node, Symbol):
                continue
            if quotient := quotient_of(node):
                found.add(quotient)
            elif node.name in givens and node.name not in seen:
                seen.add(node.name)
                pending.append(givens[node.name].expression)
    return found


def _reached(start: str, edges: Mapping[str, Iterable[str]]) -> set[str]:
    seen: set[str] = set()
    pending = [start]
    while pending:
        for name in edges.get(pending.pop(), ()):
            if name not in seen:
                seen.add(name)
                pending.append(name)
    return seen
