"""What every formula printer asks of the tree: localisation of numbers and separators, tall or flat, which
way a bracket opens."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from solver.document.formula import read_formula
from solver.document.formula_tree import (
    EMPTY,
    Accent,
    Boxed,
    Brace,
    Fenced,
    Font,
    Fraction,
    Function,
    Grid,
    Node,
    Number,
    Root,
    Row,
    Script,
    Space,
    Stacked,
    Symbol,
    Words,
    rebuild,
)
from solver.errors import CorrigeError

_COMMA = Symbol(",", "punctuation")
_OF_NUMBERS = (",", ";", "+", "-", r"\pm", r"\infty", r"\ldots", r"\pi", "e", r"\cdot")
SEMICOLON = Symbol(";", "binary")
_OPENING = {"(", "[", r"\{", r"\langle", r"\lfloor", r"\lceil", r"\lvert", r"\lVert", "|", r"\|", "", "/"}
_CLOSING = {")", "]", r"\}", r"\rangle", r"\rfloor", r"\rceil", r"\rvert", r"\rVert", "|", r"\|", "", "/"}


class UnprintableError(CorrigeError):
    """A node that a printer or writer does not know."""


def number_parts(digits: str) -> tuple[list[str], str]:
    """The whole part in groups of three digits (from five digits on), and the decimals."""
    whole, _, decimals = digits.partition(".")
    if len(whole) < 5:
        return [whole], decimals
    first = len(whole) % 3
    groups = [whole[:first]] if first else []
    return groups + [whole[at : at + 3] for at in range(first, len(whole), 3)], decimals


def turned(delimiter: str, *, opening: bool) -> bool:
    """Whether a delimiter is used against its natural direction, as in `]0, 1[`."""
    return delimiter not in (_OPENING if opening else _CLOSING)


def is_operand(node: Node | None) -> bool:
    """Whether a node is something that a bracket after it applies to (no operator, no space)."""
    if isinstance(node, Symbol):
        return node.kind == "ordinary"
    return isinstance(node, (Script, Function, Words, Accent, Font, Fenced, Number))


def tall(node: Node) -> bool:
    """Whether brackets around the node must grow."""
    if isinstance(node, (Symbol, Number, Words)):
        return isinstance(node, Symbol) and node.kind == "large"
    if isinstance(node, Row):
        return any(map(tall, node.items))
    if isinstance(node, Fraction):
        return node.kind != "tfrac"
    if isinstance(node, (Grid, Brace, Stacked, Boxed)):
        return True
    if isinstance(node, Script):
        return tall(node.base)
    if isinstance(node, (Fenced, Font)):
        return tall(node.content)
    if isinstance(node, Accent):
        return tall(node.base)
    return isinstance(node, Root) and tall(node.radicand)


def spaced_pairs(row: tuple[Node, ...]) -> tuple[Node, ...]:
    """Cells of an `aligned` row with room between its pairs of columns, which neither format sets of
    itself."""
    spaced = []
    for at, cell in enumerate(row):
        first = cell.items[:1] if isinstance(cell, Row) else (cell,)
        if at and at % 2 == 0 and not (first and isinstance(first[0], Space)) and cell != EMPTY:
            cell = Row((Space("qquad"), *(cell.items if isinstance(cell, Row) else (cell,))))
        spaced.append(cell)
    return tuple(spaced)


@lru_cache(maxsize=50_000)
def formula(latex: str, lang: str) -> Node:
    """Canonical LaTeX read and localised: the tree that printers and measures of one language share."""
    tree = read_formula(latex)
    return localised(tree, lang) if "," in latex or ";" in latex else tree


def localised(node: Node, lang: str) -> Node:
    """The tree with the intervals and the list separator of the language.

    Where the decimal sign is a comma, `0.5, 1` is `0.5 ; 1`; intervals and lists of numbers in brackets get
    the semicolon always, so that one document writes them one way. In English `]0, 1[` is `(0, 1)`.
    """
    return _with_round_intervals(node) if lang == "en" else _separated(node)


def _with_round_intervals(node: Node) -> Node:
    """Open ends of intervals as English writes them: a parenthesis where French turns the bracket."""
    if isinstance(node, Fenced):
        left = "(" if node.left == "]" else node.left
        right = ")" if node.right == "[" else node.right
        return replace(node, left=left, right=right, content=_with_round_intervals(node.content))
    return rebuild(node, _with_round_intervals)


def _separated(node: Node, in_relation: bool = False) -> Node:
    if isinstance(node, (Symbol, Number, Words, Function)):
        return node
    if isinstance(node, Row):
        items = []
        before: Node | None = None
        for item in node.items:
            items.append(
                _separated(
                    item, isinstance(before, Symbol) and before.name in (r"\in", r"\notin", r"\subset")
                )
            )
            before = item
        row = Row(tuple(items))
        return _semicolons(row) if _decimal_list(row) else row
    if isinstance(node, Fenced):
        content = _separated(node.content)
        if isinstance(content, Row) and _is_interval_or_numbers(node, content, in_relation):
            content = _semicolons(content)
        return replace(node, content=content)
    if isinstance(node, Script):
        return Script(
            _separated(node.base, in_relation),
            node.primes,
            None if node.below is None else _separated(node.below),
            None if node.above is None else _separated(node.above),
        )
    if isinstance(node, Fraction):
        return replace(node, numerator=_separated(node.numerator), denominator=_separated(node.denominator))
    if isinstance(node, Grid):
        return replace(node, rows=tuple(tuple(_separated(cell) for cell in row) for row in node.rows))
    if isinstance(node, Root):
        return replace(node, radicand=_separated(node.radicand))
    if isinstance(node, Accent):
        return replace(node, base=_separated(node.base))
    if isinstance(node, Boxed):
        return replace(node, content=_separated(node.content))
    if isinstance(node, Brace):
        return replace(
            node, content=_separated(node.content), note=None if node.note is None else _separated(node.note)
        )
    return node


def _semicolons(row: Row) -> Row:
    """Commas turned into semicolons, which bring their own space."""
    items: list[Node] = []
    for item in row.items:
        if item in (_COMMA, Symbol(";", "punctuation")):
            items.append(SEMICOLON)
        elif not (
            isinstance(item, Space) and item.size in ("thin", "medium", "thick") and items[-1:] == [SEMICOLON]
        ):
            items.append(item)
    return Row(tuple(items))


def _is_interval_or_numbers(fence: Fenced, content: Row, in_relation: bool) -> bool:
    if _COMMA not in content.items and Symbol(";", "punctuation") not in content.items:
        return False
    square = fence.left in ("[", "]") and fence.right in ("[", "]")
    # `[x, y]` may be a row of letters; `[c - h, c + h]` has ends that were computed.
    computed = any(isinstance(item, Symbol) and item.kind == "binary" for item in content.items)
    if square and ((fence.left, fence.right) != ("[", "]") or in_relation or computed):
        return True
    return all(_numeric(item) for item in content.items)


def _numeric(item: Node) -> bool:
    """Whether a piece holds nothing but numbers: −1, π/3, 2√3, e⁻¹, ln(2)."""
    match item:
        case Symbol(name):
            return name in _OF_NUMBERS
        case Row(items):
            return all(_numeric(inner) for inner in items)
        case Fraction():
            return _numeric(item.numerator) and _numeric(item.denominator)
        case Root():
            return _numeric(item.radicand)
        case Script():
            return item.below is None and all(_numeric(n) for n in (item.base, item.above) if n is not None)
        case Fenced():
            return (item.left, item.right) == ("(", ")") and _numeric(item.content)
    return isinstance(item, (Number, Space, Function))


def _decimal_list(row: Row) -> bool:
    """Whether a comma of this row stands next to a decimal number, which a decimal comma would make
    unreadable."""
    if _COMMA not in row.items:
        return False
    solid = [item for item in row.items if not isinstance(item, Space)]
    for at, item in enumerate(solid):
        if item == _COMMA:
            near = solid[max(0, at - 1) : at] + solid[at + 1 : at + 3]
            if any(isinstance(other, Number) and "." in other.digits for other in near):
                return True
    return False
