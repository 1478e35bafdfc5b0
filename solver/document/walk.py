"""Every block of a document, one after the other, or changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from solver.document.nodes import Block, Box, BulletList, OrderedList, Part, Quote


def map_block(block: Block, change: Callable[[Block], Block]) -> Block:
    """`change` applied to the innermost blocks first, then outwards."""
    match block:
        case Box(kind, title, blocks):
            block = Box(kind, title, tuple(map_block(b, change) for b in blocks))
        case Part(index, blocks, points):
            block = Part(index, tuple(map_block(b, change) for b in blocks), points)
        case Quote(blocks):
            block = Quote(tuple(map_block(b, change) for b in blocks))
        case BulletList(items):
            block = BulletList(tuple(tuple(map_block(b, change) for b in item) for item in items))
        case OrderedList(start, items):
            block = OrderedList(start, tuple(tuple(map_block(b, change) for b in item) for item in items))
        case _:
            pass
    return change(block)


def walk_blocks(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Every block, containers first."""
    for block in blocks:
        yield block
        if isinstance(block, (Box, Part, Quote)):
            yield from walk_blocks(block.blocks)
        elif isinstance(block, (BulletList, OrderedList)):
            for item in block.items:
                yield from walk_blocks(item)
