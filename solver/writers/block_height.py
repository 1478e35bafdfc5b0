"""How tall blocks are, in lines of text: an estimate, to keep short boxes whole and titles with what
follows."""

from __future__ import annotations

from math import ceil

from solver.document.formula_tree import Grid, Node
from solver.document.nodes import (
    Blank,
    Block,
    Box,
    BulletList,
    CodeBlock,
    DisplayMath,
    Figure,
    Heading,
    OrderedList,
    Paragraph,
    Part,
    Quote,
    Table,
)
from solver.writers.formula_shape import tall
from solver.writers.formula_split import displayed
from solver.writers.table_layout import line_width

_WHOLE = 16.0
_WHOLE_WITH_FIGURE = 30.0
_WHOLE_DISPLAY = 18.0
WHOLE_TABLE = 20
"""Tables of at most this many rows are not broken across pages."""


def is_whole(blocks: tuple[Block, ...], room: float, lang: str) -> bool:
    """Whether a box of these blocks is short enough to stand on one page: a figure cannot be broken
    anyway."""
    inner = [part for block in blocks for part in (block.blocks if isinstance(block, Box) else (block,))]
    limit = _WHOLE_WITH_FIGURE if any(isinstance(block, Figure) for block in inner) else _WHOLE
    return height(blocks, room, lang) <= limit


def is_whole_display(tree: Node) -> bool:
    """Whether a displayed formula is short enough to stand on one page."""
    return _formula_height(tree) <= _WHOLE_DISPLAY


def height(blocks: tuple[Block, ...], room: float, lang: str) -> float:
    """The height of blocks set on lines of `room` em."""
    return sum(_height(block, room, lang) for block in blocks)


def _height(block: Block, room: float, lang: str) -> float:
    if isinstance(block, Paragraph):
        return ceil(line_width(block.content) / room) * 1.15 + 0.4
    if isinstance(block, DisplayMath):
        return _formula_height(displayed(block.latex, lang, room)) + 0.9
    if isinstance(block, (BulletList, OrderedList)):
        return sum(height(item, room - 2.3, lang) for item in block.items)
    if isinstance(block, Table):
        return 1.4 * (len(block.rows) + 1) + 1.5
    if isinstance(block, Figure):
        return 18.0
    if isinstance(block, CodeBlock):
        return block.text.count("\n") + 2.0
    if isinstance(block, (Quote, Part, Box)):
        return height(block.blocks, room - 1.5, lang) + 1.0
    if isinstance(block, Blank):
        return 2.2 * float(block.height) + 1.0
    return 2.5 if isinstance(block, Heading) else 1.0


def _formula_height(tree: Node) -> float:
    if isinstance(tree, Grid):
        return sum(max(map(_formula_height, row)) + 0.4 for row in tree.rows)
    grids = [_formula_height(child) for child in getattr(tree, "items", ()) if isinstance(child, Grid)]
    return max([2.2 if tall(tree) else 1.2, *grids])
