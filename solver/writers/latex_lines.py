"""Lines of a document in LaTeX: text, emphasis, formulas, links, and the cells of a table's row."""

from __future__ import annotations

import re

from solver.document.nodes import (
    Code,
    Emphasis,
    Inline,
    InlineMath,
    LineBreak,
    Link,
    Strong,
    Text,
)
from solver.writers.base import Writer
from solver.writers.formula_latex import latex_of, print_latex
from solver.writers.formula_shape import formula, tall
from solver.writers.formula_split import inline_pieces
from solver.writers.latex_text import escape_latex, escape_latex_code, escape_url


class LatexLines(Writer):
    """What stands inside a line; subclasses add the blocks."""

    def text(self, node: Text) -> str:
        return escape_latex(node.text)

    def emphasis(self, node: Emphasis) -> str:
        return f"\\emph{{{self.inlines(node.content)}}}"

    def strong(self, node: Strong) -> str:
        return f"\\textbf{{{self.inlines(node.content)}}}"

    def code_span(self, node: Code) -> str:
        shown = map(escape_latex_code, re.split(r"(?<=[/._,:=()-])", node.text))
        return "\\texttt{" + "\\allowbreak{}".join(shown) + "}"

    def math(self, node: InlineMath) -> str:
        pieces = inline_pieces(node.latex, self.lang)
        if len(pieces) == 1:
            return f"${latex_of(node.latex, self.lang)}$"
        return " ".join(f"${print_latex(piece, self.lang)}$" for piece in pieces)

    def link(self, node: Link) -> str:
        return f"\\href{{{escape_url(node.target)}}}{{{self.inlines(node.content)}}}"

    def line_break(self, node: LineBreak) -> str:
        return "\\newline\n"

    def cells(self, cells: tuple[tuple[Inline, ...], ...], strong: bool = False) -> str:
        shown = [self.inlines(cell) for cell in cells]
        row = " & ".join(f"\\textbf{{{cell}}}" if strong and cell else f"{{}}{cell}" for cell in shown)
        is_tall = any(
            isinstance(node, InlineMath) and tall(formula(node.latex, self.lang))
            for cell in cells
            for node in cell
        )
        return "\\tallrow " + row if is_tall else row
