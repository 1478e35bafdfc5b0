"""Pairs the bare brackets of a row: `(`…`)`, `[`…`[`, `|`…`|`; what has no partner stays a plain symbol.

A square bracket opens where an operand may begin and closes after an operand, so `]0, 1[`, `[0, +\\infty[`
and `W[i]` are all read as meant; a bar the same way.
"""

from __future__ import annotations

from solver.document.formula_symbols import OPENERS
from solver.document.formula_tree import Fenced, Function, Node, Row, Script, Space, Symbol, Words

_CLOSERS = {")", r"\}", r"\rangle", r"\rfloor", r"\rceil", r"\rvert", r"\rVert"}
_BARS = {"|", r"\|"}


def pair_brackets(items: list[Node]) -> list[Node]:
    """The row with each matching pair replaced by one `Fenced` (not stretched)."""
    if not any(_bracket(item) for item in items):
        return items
    frames: list[tuple[str, list[Node]]] = []
    current: list[Node] = []
    for item in items:
        name = _bracket(item)
        if name and name not in _BARS:
            # A bar that is still open before a bracket closes had no partner: `P(A | B)`.
            while len(frames) > 1 and frames[-1][0] in _BARS and _closes(frames[-2][0], name, current):
                current = _unwound(frames, current)
        if not name:
            current.append(item)
        elif frames and _closes(frames[-1][0], name, current):
            left, outer = frames.pop()
            content = current[0] if len(current) == 1 else Row(tuple(current))
            pair: Node = Fenced(left, name, content, stretch=False)
            if isinstance(item, Script):
                pair = Script(pair, item.primes, item.below, item.above)
            current = [*outer, pair]
        elif not isinstance(item, Script) and (name in OPENERS or name in _BARS or _opens(name, current)):
            frames.append((name, current))
            current = []
        else:
            current.append(item)
    while frames:
        current = _unwound(frames, current)
    return current


def _unwound(frames: list[tuple[str, list[Node]]], current: list[Node]) -> list[Node]:
    """The last opened bracket given back as a plain symbol."""
    left, outer = frames.pop()
    return [*outer, Symbol(left, "fence"), *current]


def _bracket(item: Node) -> str:
    """The bracket that this item is, or is the base of (`)^2`), else nothing."""
    base = item.base if isinstance(item, Script) else item
    return base.name if isinstance(base, Symbol) and base.kind == "fence" else ""


def _closes(opener: str, name: str, content: list[Node]) -> bool:
    """Whether this bracket closes `opener`, given what stands between."""
    if name in _BARS:
        return opener == name and _after_operand(content)
    if name in ("[", "]"):
        return opener in ("[", "]", "(") and _after_operand(content)
    if name == ")":
        return opener in ("(", "[", "]")
    return name in _CLOSERS and OPENERS.get(opener) == name


def _opens(name: str, content: list[Node]) -> bool:
    """Whether a square bracket opens here."""
    return name == "[" or (name == "]" and not _after_operand(content))


def _after_operand(content: list[Node]) -> bool:
    """Whether the last thing read is an operand (so that a bracket here closes)."""
    for item in reversed(content):
        if isinstance(item, Space):
            continue
        if isinstance(item, Symbol):
            return item.kind == "ordinary"
        if isinstance(item, Function):
            return False
        return not isinstance(item, Words)
    return False
