"""The formula tree: what a formula of the canonical LaTeX subset says, without markup.

The tree is closed: a printer (LaTeX, Typst, speech) has one method a node and there is no node that
carries raw markup. `solver.document.formula` builds it; `solver.document.formula_symbols` names the symbols.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of a formula."""


@dataclass(frozen=True, slots=True)
class Row(Node):
    """Pieces side by side."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number as digits with a decimal point at most: `0.05`."""

    digits: str


@dataclass(frozen=True, slots=True)
class Symbol(Node):
    r"""A letter (`x`) or a symbol by its canonical name (`\alpha`, `\leq`, `+`).

    `kind` is ordinary, binary, relation, punctuation, large (sum, product) or fence (an unpaired bracket).
    """

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Function(Node):
    """A function's upright name; `limits` when its index goes below (lim, max)."""

    name: str
    limits: bool = False


@dataclass(frozen=True, slots=True)
class Words(Node):
    """Words inside a formula; `style` is roman, bold or italic."""

    text: str
    style: str = "roman"


@dataclass(frozen=True, slots=True)
class Space(Node):
    """A space; `size` is thin, medium, thick, quad, qquad or negative."""

    size: str


@dataclass(frozen=True, slots=True)
class Fraction(Node):
    """`kind` is frac, dfrac (always tall), tfrac (always small) or binom."""

    numerator: Node
    denominator: Node
    kind: str = "frac"


@dataclass(frozen=True, slots=True)
class Root(Node):
    radicand: Node
    index: Node | None = None


@dataclass(frozen=True, slots=True)
class Script(Node):
    """A base with primes, an index and an exponent."""

    base: Node
    primes: int = 0
    below: Node | None = None
    above: Node | None = None


@dataclass(frozen=True, slots=True)
class Accent(Node):
    """`name` is hat, bar, tilde, vec, dot, ddot, overline, underline, widehat or widetilde."""

    name: str
    base: Node


@dataclass(frozen=True, slots=True)
class Font(Node):
    """`name` is mathbf, boldsymbol, mathbb, mathrm, mathcal, mathit or mathsf."""

    name: str
    content: Node


@dataclass(frozen=True, slots=True)
class Fenced(Node):
    r"""Content between two delimiters (`(`, `]`, `\{`, `|`, `\lfloor`… or empty); `stretch` where they
    grow."""

    left: str
    right: str
    content: Node
    stretch: bool


@dataclass(frozen=True, slots=True)
class Boxed(Node):
    content: Node


@dataclass(frozen=True, slots=True)
class Brace(Node):
    """A brace over or under the content, with a note."""

    content: Node
    note: Node | None
    over: bool


@dataclass(frozen=True, slots=True)
class Stacked(Node):
    """A base (often an arrow) with something above or below it."""

    base: Node
    above: Node | None
    below: Node | None


@dataclass(frozen=True, slots=True)
class Grid(Node):
    """Cells in rows: `environment` is aligned, gathered, cases, array, matrix, pmatrix, bmatrix or vmatrix.

    `columns` is the column specification of an array (letters l, c, r and bars), else empty.
    """

    environment: str
    rows: tuple[tuple[Node, ...], ...]
    columns: str = ""


EMPTY = Row(())


def children(node: Node) -> tuple[Node, ...]:
    """The pieces directly inside a node."""
    if isinstance(node, Row):
        return node.items
    if isinstance(node, Fraction):
        return (node.numerator, node.denominator)
    if isinstance(node, Root):
        return (node.radicand,) if node.index is None else (node.radicand, node.index)
    if isinstance(node, Script):
        return tuple(part for part in (node.base, node.below, node.above) if part is not None)
    if isinstance(node, Accent):
        return (node.base,)
    if isinstance(node, (Font, Fenced, Boxed)):
        return (node.content,)
    if isinstance(node, Brace):
        return (node.content,) if node.note is None else (node.content, node.note)
    if isinstance(node, Stacked):
        return tuple(part for part in (node.base, node.above, node.below) if part is not None)
    if isinstance(node, Grid):
        return tuple(cell for row in node.rows for cell in row)
    return ()


def rebuild(node: Node, change: Callable[[Node], Node]) -> Node:
    """The same node with `change` applied to the pieces directly inside it."""
    if isinstance(node, Row):
        return Row(tuple(map(change, node.items)))
    if isinstance(node, Grid):
        return replace(node, rows=tuple(tuple(map(change, row)) for row in node.rows))
    pieces = {name: getattr(node, name) for name in _PIECES if hasattr(node, name)}
    return replace(node, **{name: change(piece) for name, piece in pieces.items() if isinstance(piece, Node)})


_PIECES = (
    "numerator", "denominator", "radicand", "index", "base", "below", "above", "content", "note",
)  # fmt: skip
