"""Formula tree → LaTeX, for the LaTeX and Markdown writers; numbers get the language's decimal sign here."""

from __future__ import annotations

import re
from functools import lru_cache

from solver.document.formula_symbols import FUNCTIONS
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
from solver.writers.formula_printer import FormulaPrinter
from solver.writers.formula_shape import (
    SEMICOLON,
    formula,
    is_operand,
    number_parts,
    spaced_pairs,
    tall,
    turned,
)
from solver.writers.latex_text import escape_latex

_SPACES = {
    "thin": r"\,", "medium": r"\:", "thick": r"\;", "quad": r"\quad ", "qquad": r"\qquad ", "negative": r"\!",
}  # fmt: skip
# Some Markdown viewers take a backslash before punctuation for themselves: `\,` would show a comma.
_PORTABLE_SPACES = {
    **_SPACES, "thin": r"\thinspace ", "medium": r"\medspace ", "thick": r"\thickspace ", "negative":
    r"\negthinspace ",
}  # fmt: skip
# Markdown itself eats the backslash of `\{` in some viewers, and a bar would end the cell of a table.
_PORTABLE = {r"\{": r"\lbrace", r"\}": r"\rbrace", "|": r"\vert", r"\|": r"\Vert"}
_NO_OPERAND = ("relation", "binary", "punctuation")
_ENDS_IN_COMMAND = re.compile(r"\\[A-Za-z]+$")
_PLAIN_FENCES = {"|": (r"\lvert", r"\rvert"), r"\|": (r"\lVert", r"\rVert")}


@lru_cache(maxsize=50_000)
def latex_of(latex: str, lang: str, portable: bool = False) -> str:
    """Canonical LaTeX localised and printed anew; `portable` keeps to what Markdown viewers understand."""
    return print_latex(formula(latex, lang), lang, portable)


def print_latex(node: Node, lang: str, portable: bool = False) -> str:
    """LaTeX of a (localised) tree."""
    return _Printer(lang, portable).show(node)


def join(pieces: list[str]) -> str:
    """Pieces side by side, with a space where a command would swallow the next letter."""
    parts: list[str] = []
    for piece in pieces:
        if parts and piece[:1].isalpha() and _ENDS_IN_COMMAND.search(parts[-1]):
            parts.append(" ")
        parts.append(piece)
    return "".join(parts)


class _Printer(FormulaPrinter):
    printed = "LaTeX"

    def __init__(self, lang: str, portable: bool) -> None:
        self.lang = lang
        self.portable = portable

    def group(self, node: Node) -> str:
        return "{" + self.show(node) + "}"

    def mark(self, node: Node) -> str:
        """An index or exponent, in braces unless it is one character."""
        text = self.show(node)
        return text if len(text) == 1 else "{" + text + "}"

    def row(self, node: Row) -> str:
        pieces: list[str] = []
        before: Node | None = None
        for at, item in enumerate(node.items, 1):
            text = self.show(item)
            if item == SEMICOLON and at == len(node.items):
                text = "~;" if self.portable else r"\:\mathord{;}"
            if isinstance(item, Symbol) and item.kind in ("relation", "binary"):
                signed = item.name in ("+", "-", r"\pm") and (
                    before is None or (isinstance(before, Symbol) and before.kind in _NO_OPERAND)
                )
                text = text if signed else f" {text} "
            elif text.startswith(r"\left") and is_operand(before) and not self.portable:
                text = r"\mathopen{}" + text
            elif isinstance(item, Symbol) and item.kind == "punctuation":
                text = text + " "
            elif isinstance(item, Row):
                text = "{" + text + "}"
            pieces.append(text)
            before = item
        return re.sub(r"  +", " ", join(pieces)).strip(" ") if pieces else ""

    def number(self, node: Number) -> str:
        whole, decimals = number_parts(node.digits)
        text = ("~" if self.portable else r"\,").join(whole)
        if not decimals:
            return text
        return text + ("." if self.lang == "en" else "{,}") + decimals

    def symbol(self, node: Symbol) -> str:
        if node.name == ";" and node.kind == "binary":
            return "~;~" if self.portable else r"\mathbin{;}"
        if node.name == "|":
            return r"\vert"
        if node.name in ("[", "]") and node.kind == "fence":
            return rf"\mathord{{{node.name}}}"
        if self.portable and node.name in _PORTABLE:
            return _PORTABLE[node.name]
        return node.name

    def function(self, node: Function) -> str:
        if node.name in FUNCTIONS:
            return "\\" + node.name
        return r"\operatorname" + ("*" if node.limits else "") + "{" + escape_latex(node.name) + "}"

    def words(self, node: Words) -> str:
        command = {"bold": r"\textbf", "italic": r"\textit"}.get(node.style, r"\text")
        return (
            command
            + "{"
            + (escape_markdown_words(node.text) if self.portable else escape_latex(node.text))
            + "}"
        )

    def space(self, node: Space) -> str:
        return (_PORTABLE_SPACES if self.portable else _SPACES)[node.size]

    def fraction(self, node: Fraction) -> str:
        return "\\" + node.kind + self.group(node.numerator) + self.group(node.denominator)

    def root(self, node: Root) -> str:
        index = "" if node.index is None else "[" + self.group(node.index) + "]"
        return r"\sqrt" + index + self.group(node.radicand)

    def script(self, node: Script) -> str:
        base = self.show(node.base)
        if isinstance(node.base, (Row, Script)):
            base = "{" + base + "}"
        below = "" if node.below is None else "_" + self.mark(node.below)
        above = "" if node.above is None else "^" + self.mark(node.above)
        # The exponent right after the primes: TeX takes anything else for a second exponent.
        return base + "'" * node.primes + (above + below if node.primes else below + above)

    def accent(self, node: Accent) -> str:
        return "\\" + node.name + self.group(node.base)

    def font(self, node: Font) -> str:
        name = node.name
        if name == "mathbf" and "\\" in self.show(node.content):
            name = "boldsymbol"
        return "\\" + name + self.group(node.content)

    def fenced(self, node: Fenced) -> str:
        content = self.show(node.content)
        if tall(node.content):
            left, right = node.left or ".", node.right or "."
            if self.portable:
                left, right = _PORTABLE.get(left, left), _PORTABLE.get(right, right)
            return join([r"\left" + left, " " if left[-1].isalpha() else "", content, r"\right" + right])
        if not node.left or not node.right:
            left, right = node.left or ".", node.right or "."
            return rf"\left{left} {content}\right{right}"
        if node.left == node.right and node.left in _PLAIN_FENCES:
            left, right = _PLAIN_FENCES[node.left]
            return join([left, " ", content, right])
        left, right = node.left, node.right
        if self.portable:
            left, right = _PORTABLE.get(left, left), _PORTABLE.get(right, right)
        if turned(node.left, opening=True):
            left = rf"\mathopen{{{left}}}"
        if turned(node.right, opening=False):
            right = rf"\mathclose{{{right}}}"
        return join([left, content, right])

    def boxed(self, node: Boxed) -> str:
        return r"\boxed" + self.group(node.content)

    def brace(self, node: Brace) -> str:
        command, mark = (r"\overbrace", "^") if node.over else (r"\underbrace", "_")
        note = "" if node.note is None else mark + self.group(node.note)
        return command + self.group(node.content) + note

    def stacked(self, node: Stacked) -> str:
        if isinstance(node.base, Symbol) and node.base.name in (r"\longrightarrow", r"\to"):
            below = "" if node.below is None else "[" + self.group(node.below) + "]"
            return r"\xrightarrow" + below + ("{}" if node.above is None else self.group(node.above))
        shown = self.show(node.base)
        if node.above is not None:
            shown = r"\overset" + self.group(node.above) + "{" + shown + "}"
        if node.below is not None:
            shown = r"\underset" + self.group(node.below) + "{" + shown + "}"
        return shown

    def grid(self, node: Grid) -> str:
        aligned = node.environment == "aligned"
        cells = [spaced_pairs(row) if aligned else row for row in node.rows]
        rows = [" & ".join(self.show(cell) for cell in row) for row in cells]
        breaks = " \\\\" + self.row_gap(node) + "\n"
        # `\relax` keeps a row that begins with a bracket from being read as the option of the line break.
        body = breaks.join(
            ("\\relax " + row) if row.startswith("[") and not self.portable else row for row in rows
        )
        columns = "{" + node.columns + "}" if node.environment == "array" else ""
        return f"\\begin{{{node.environment}}}{columns}\n{body}\n\\end{{{node.environment}}}"

    def row_gap(self, node: Grid) -> str:
        """Extra room between rows that hold fractions: arrays, unlike aligned lines, let tall rows touch."""
        cells = [cell for row in node.rows for cell in row]
        if self.portable:
            return ""
        if not any(map(tall, cells)):
            return "[0.4ex]" if node.environment in ("pmatrix", "bmatrix", "vmatrix", "matrix") else ""
        if node.environment in ("aligned", "gathered"):
            return "[0.7ex]"
        return "[3.4ex]" if any(map(_full_size, cells)) else "[1.3ex]"


def _full_size(cell: Node) -> bool:
    items = cell.items if isinstance(cell, Row) else (cell,)
    return any(
        (isinstance(item, Fraction) and item.kind == "dfrac") or isinstance(item, Grid) for item in items
    )


def escape_markdown_words(text: str) -> str:
    """Words of a formula for Markdown viewers: specials escaped, everything else as it is."""
    return re.sub(r"([%#$&_{}])", r"\\\1", text.replace("\\", ""))
