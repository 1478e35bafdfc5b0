"""Splits a displayed formula that is wider than its line, at the signs where a hand would break it.

Both typeset writers use it, so both break at the same places. In order: between formulas set side by side,
before relations, before plus and minus, before other operators, inside the longest brackets.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from solver.document.formula_tree import (
    EMPTY,
    Boxed,
    Fenced,
    Fraction,
    Grid,
    Node,
    Row,
    Script,
    Space,
    Stacked,
    Symbol,
)
from solver.writers.formula_shape import formula
from solver.writers.formula_width import inline_form, width

_LONG_INLINE = 12.0
_INDENT = Space("quad")
_SIDE_BY_SIDE = ("quad", "qquad")
_MATRICES = ("pmatrix", "bmatrix", "vmatrix", "matrix", "cases", "array")
_IMPLIES = {r"\Longrightarrow", r"\Longleftrightarrow", r"\Rightarrow", r"\Leftrightarrow"}


@lru_cache(maxsize=20_000)
def displayed(latex: str, lang: str, available: float) -> Node:
    """Canonical LaTeX as it is displayed in a language on a line of `available` em."""
    return display_form(formula(latex, lang), available)


@lru_cache(maxsize=20_000)
def inline_pieces(latex: str, lang: str) -> tuple[Node, ...]:
    """A formula in a line; a long list is several formulas, because a line breaks between formulas only."""
    tree = formula(latex, lang)
    if not isinstance(tree, Row) or width(inline_form(tree)) <= _LONG_INLINE:
        return (tree,)
    breaks = [
        at + 1 for at, item in enumerate(tree.items) if isinstance(item, Symbol) and item.name in (",", ";")
    ]
    trimmed = [_trimmed(piece) for piece in _pieces(list(tree.items), breaks)]
    return tuple(_row(piece) for piece in trimmed if piece)


def display_form(node: Node, available: float) -> Node:
    """The formula as it is displayed: fractions in cells full size, broken into an `aligned` grid where
    too wide."""
    node = _open_cells(node)
    available *= 0.98
    if isinstance(node, Grid) and node.environment == "aligned":
        return _split_aligned(node, available)
    if width(node) <= available:
        return node
    if isinstance(node, Boxed):
        return Boxed(display_form(node.content, available - 1.0))
    lines = _split_row(node, available)
    return node if len(lines) == 1 else Grid("aligned", tuple(lines))


def _open_cells(node: Node) -> Node:
    """Fractions that stand in cells of a matrix in full size: partial derivatives stay readable."""
    if isinstance(node, Row):
        return Row(tuple(_open_cells(item) for item in node.items))
    if isinstance(node, (Fenced, Boxed)):
        return replace(node, content=_open_cells(node.content))
    if isinstance(node, Script):
        return replace(node, base=_open_cells(node.base))
    if isinstance(node, Grid):
        if node.environment in _MATRICES:
            return replace(
                node, rows=tuple(tuple(_large_fraction(cell) for cell in row) for row in node.rows)
            )
        return replace(node, rows=tuple(tuple(_open_cells(cell) for cell in row) for row in node.rows))
    return node


def _large_fraction(cell: Node) -> Node:
    if isinstance(cell, Row):
        return Row(tuple(_large_fraction(item) for item in cell.items))
    if isinstance(cell, Fraction) and cell.kind == "frac":
        return replace(cell, kind="dfrac")
    return cell


# ---- lines --------------------------------------------------------------------------------------


def _items(node: Node) -> list[Node]:
    return list(node.items) if isinstance(node, Row) else [node]


def _row(items: list[Node]) -> Node:
    return items[0] if len(items) == 1 else Row(tuple(items))


def _is_relation(item: Node) -> bool:
    base = item.base if isinstance(item, Stacked) else item
    return (
        isinstance(base, Symbol)
        and base.kind == "relation"
        and base.name not in (":", r"\mid", r"\in", r"\to")
    )


def _pieces(items: list[Node], breaks: list[int]) -> list[list[Node]]:
    edges = [0, *breaks, len(items)]
    return [items[a:b] for a, b in pairwise(edges) if a < b]


def _split_row(node: Node, available: float) -> list[tuple[Node, ...]]:
    """Lines (left of the relation, rest) of a formula that is too wide."""
    items = _items(node)
    side = [at for at, item in enumerate(items) if isinstance(item, Space) and item.size in _SIDE_BY_SIDE]
    if side:
        lines: list[tuple[Node, ...]] = []
        for piece in _packed(_pieces(items, side), available):
            trimmed = _trimmed(piece)
            if trimmed:
                lines += (
                    [(_row(trimmed),)]
                    if width(_row(trimmed)) <= available
                    else _split_row(_row(trimmed), available)
                )
        return _even(lines)
    implied = [
        at for at, item in enumerate(items) if isinstance(item, Symbol) and item.name in _IMPLIES and at
    ]
    if implied:
        lines = []
        for piece in _packed(_pieces(items, implied), available):
            row = _row(piece)
            lines += (
                [(row,)]
                if width(row) <= available
                else _split_row(row, available)
                if len(piece) < len(items)
                else [(row,)]
            )
        return _even(lines)
    relations = [at for at, item in enumerate(items) if at and _is_relation(item)]
    if not relations:
        return [(EMPTY, piece) for piece in _split_terms(items, available)]
    left, *rest = _pieces(items, relations)
    indent = width(_row(left))
    longest = max(width(_row(piece)) for piece in rest)
    if indent > 0.45 * available and indent + longest > available:
        return [
            (_row([_INDENT, *piece] if at else list(piece)),) for at, piece in _loose(left, rest, available)
        ]
    room = available - indent - 0.6
    lines = []
    for piece in rest:
        for broken in _split_terms(piece, room, lead=True):
            lines.append((EMPTY if lines else _row(left), broken))
    return lines


def _loose(left: list[Node], rest: list[list[Node]], available: float) -> list[tuple[int, list[Node]]]:
    """A long left-hand side on its own lines, then each relation on an indented line."""
    lines = [_items(piece) for piece in _split_terms(left, available)]
    for piece in rest:
        lines += [_items(broken) for broken in _split_terms(piece, available - 1.2)]
    return list(enumerate(lines))


def _even(lines: list[tuple[Node, ...]]) -> list[tuple[Node, ...]]:
    """Lines of one number of cells: an unbroken line stands left of the alignment like the others' left
    sides."""
    if all(len(line) == 1 for line in lines):
        return [(EMPTY, *line) for line in lines]
    return [line if len(line) == 2 else _at_relation(line[0]) for line in lines]


def _at_relation(node: Node) -> tuple[Node, Node]:
    items = _items(node)
    for at, item in enumerate(items):
        if at and _is_relation(item):
            return _row(items[:at]), _row(items[at:])
    return EMPTY, node


def _trimmed(piece: list[Node]) -> list[Node]:
    while piece and isinstance(piece[0], Space):
        piece = piece[1:]
    while piece and isinstance(piece[-1], Space):
        piece = piece[:-1]
    return piece


def _packed(pieces: list[list[Node]], available: float) -> list[list[Node]]:
    """As few lines as fit the width, then of widths as even as that number of lines allows."""
    lines = _filled(pieces, available)
    low, high = available / 3, available
    for _ in range(6 if len(lines) > 1 else 0):
        middle = (low + high) / 2
        tried = _filled(pieces, middle)
        if len(tried) == len(lines):
            lines, high = tried, middle
        else:
            low = middle
    return lines


def _filled(pieces: list[list[Node]], available: float) -> list[list[Node]]:
    lines: list[list[Node]] = []
    for piece in pieces:
        if lines and width(_row([*lines[-1], *piece])) <= available:
            lines[-1] = [*lines[-1], *piece]
        else:
            lines.append(list(piece))
    return lines


def _split_terms(items: list[Node], available: float, lead: bool = False) -> list[Node]:
    """Pieces of a line, broken before plus and minus, then before products, then inside brackets."""
    if width(_row(items)) <= available:
        return [_row(items)]
    for names in (("+", "-"), (r"\odot", r"\cdot", r"\times", ","), ()):
        if names:
            after = names[-1] == ","
            breaks = [
                at + (after and item == Symbol(",", "punctuation"))
                for at, item in enumerate(items)
                if at > 1 and isinstance(item, Symbol) and item.name in names and not _unary(items, at)
            ]
        else:
            breaks = [at for at, item in enumerate(items) if at > 1 and isinstance(item, Fenced)]
        if breaks:
            lines = _packed(_pieces(items, breaks), available - 1.0)
            if len(lines) > 1 and max(width(_row(line)) for line in lines) <= available - 1.0:
                return [_row([_INDENT, *line] if at else line) for at, line in enumerate(lines)]
            if names == ("+", "-") and len(lines) > 1:
                split: list[Node] = []
                for line in lines:
                    split += (
                        [_row(line)]
                        if width(_row(line)) <= available - 1.0
                        else _split_terms(line, available - 1.0)
                    )
                return [Row((_INDENT, *_items(line))) if at else line for at, line in enumerate(split)]
    return _split_inside(items, available)


def _unary(items: list[Node], at: int) -> bool:
    before = items[at - 1]
    return isinstance(before, Symbol) and before.kind in ("relation", "binary", "punctuation")


def _split_inside(items: list[Node], available: float) -> list[Node]:
    """Breaks inside the widest bracket: its two halves keep their delimiter, unstretched."""
    candidates = [
        (width(item), at)
        for at, item in enumerate(items)
        if isinstance(item, Fenced) and isinstance(item.content, Row)
    ]
    for _, at in sorted(candidates, reverse=True):
        fence = items[at]
        assert isinstance(fence, Fenced)
        lines = _split_terms(_items(fence.content), available - 2.0 - sum(width(item) for item in items[:at]))
        if len(lines) == 1:
            continue
        first = [*items[:at], Fenced(fence.left, "", lines[0], False)]
        last = [_INDENT, Fenced("", fence.right, lines[-1], False), *items[at + 1 :]]
        return [_row(first), *(Row((_INDENT, *_items(line))) for line in lines[1:-1]), _row(last)]
    return [_row(items)]


def _split_aligned(node: Grid, available: float) -> Node:
    """Rows of an `aligned` that are too wide, broken further."""
    if width(node) <= available:
        return node
    if len(node.rows[0]) > 2:
        pairs = [row[at : at + 2] for row in node.rows for at in range(0, len(row), 2)]
        kept = [(*pair, EMPTY)[:2] for pair in pairs if any(cell != EMPTY for cell in pair)]
        side = tuple((_row(_trimmed(_items(left)) or [EMPTY]), right) for left, right in kept)
        return _split_aligned(Grid("aligned", side), available)
    left = max(width(row[0]) for row in node.rows) if len(node.rows[0]) == 2 else 0.0
    rows: list[tuple[Node, ...]] = []
    for row in node.rows:
        if len(row) == 1:
            broken = (
                [line[-1] for line in _split_row(row[0], available)]
                if width(row[0]) > available
                else [row[0]]
            )
            rows += [(part,) for part in broken]
            continue
        room = available - left - 0.6
        if width(row[1]) <= room:
            rows.append(row)
            continue
        head, *relations = _pieces(
            _items(row[1]), [at for at, item in enumerate(_items(row[1])) if at and _is_relation(item)]
        )
        lines = [line for piece in (head, *relations) for line in _split_terms(piece, room)]
        rows += [(EMPTY if at else row[0], line) for at, line in enumerate(lines)]
    return Grid("aligned", tuple(rows))
