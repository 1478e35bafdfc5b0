"""The key of a sheet: its results alone, one box a question, each result beside the letter of its part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from solver.document.nodes import Block, Box, Heading, Paragraph, Part, Strong
from solver.sheet.model import Directive

_ANSWERS = {"solve", "answer"}
_RESULTS = {"result", "answer"}


def key_blocks(
    blocks: tuple[Block, ...], worded: Callable[[Directive], tuple[Block, ...]]
) -> tuple[Block, ...]:
    """The titles of a sheet and its results, boxed; statements, given figures, hints, remarks and checks are
    left out, and titles below which nothing is answered too."""
    found: list[Block] = []
    results: list[Block] = []
    for block in (*blocks, None):
        if isinstance(block, Directive):
            results += _result(block, worded)
        elif isinstance(block, Part):
            asked = (inner for inner in block.blocks if isinstance(inner, Directive))
            if own := tuple(piece for inner in asked for piece in _result(inner, worded)):
                results.append(Part(block.index, own))
        elif block is None or isinstance(block, Heading):
            if results:
                found.append(Box("result", (), tuple(results)))
                results = []
            level = block.level if block else 0
            while found and isinstance(last := found[-1], Heading) and last.level >= level:
                found.pop()  # nothing was answered below it
            if block:
                found.append(replace(block, points=None))
    return tuple(found)


def _result(directive: Directive, worded: Callable[[Directive], tuple[Block, ...]]) -> list[Block]:
    """What an answer's result boxes hold, below their titles."""
    if directive.name not in _ANSWERS:
        return []
    boxes = [box for box in worded(directive) if isinstance(box, Box) and box.kind in _RESULTS]
    titles = [(Paragraph((Strong(box.title),)),) if box.title else () for box in boxes]
    return [block for title, box in zip(titles, boxes, strict=True) for block in (*title, *box.blocks)]
