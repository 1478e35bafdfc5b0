"""What the printers of a formula tree share: one method a node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from solver.document.formula_tree import (
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
)
from solver.writers.formula_shape import UnprintableError

METHODS: Mapping[type, str] = {
    Row: "row", Number: "number", Symbol: "symbol", Function: "function", Words: "words", Space: "space",
    Fraction: "fraction", Root: "root", Script: "script", Accent: "accent", Font: "font", Fenced: "fenced",
    Boxed: "boxed", Brace: "brace", Stacked: "stacked", Grid: "grid",
}  # fmt: skip
"""The name of the method that prints a node."""


class FormulaPrinter:
    """One method a node, named in `METHODS`; a node that has none is refused."""

    printed: ClassVar[str] = ""
    """What is printed, for the error."""

    def show(self, node: Node) -> str:
        method: Callable[..., str] | None = getattr(self, METHODS.get(type(node), ""), None)
        if method is None:
            raise UnprintableError(f"no {self.printed} for the formula node {type(node).__name__}")
        return method(node)
