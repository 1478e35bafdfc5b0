"""Formula tree → Typst mathematics. Nothing of the sheet's text gets in as source: words are quoted
strings."""

from __future__ import annotations

from solver.document.formula_symbols import DELIMITERS, SYMBOLS
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
)
from solver.writers.formula_printer import FormulaPrinter
from solver.writers.formula_shape import UnprintableError, number_parts, spaced_pairs, tall, turned
from solver.writers.typst_text import typst_string

_ACCENTS = {
    "hat": "hat", "bar": "macron", "tilde": "tilde", "vec": "arrow", "dot": "dot", "ddot": "dot.double",
    "overline": "overline", "underline": "underline", "widehat": "hat", "widetilde": "tilde",
}  # fmt: skip
_FONTS = {
    "mathbf": "upright(bold({}))", "boldsymbol": "bold({})", "mathbb": "bb({})", "mathrm": "upright({})",
    "mathcal": "cal({})",
    "mathit": "italic({})", "mathsf": "sans({})",
}  # fmt: skip
_SPACES = {
    "thin": "thin",
    "medium": "med",
    "thick": "thick",
    "quad": "quad",
    "qquad": "wide",
    "negative": "#h(-0.17em)",
}
_MATRICES = {"pmatrix": '"("', "bmatrix": '"["', "vmatrix": '"|"', "matrix": "#none"}
_BARS = {
    ("|", "|"): "abs",
    (r"\lvert", r"\rvert"): "abs",
    (r"\|", r"\|"): "norm",
    (r"\lVert", r"\rVert"): "norm",
}
_HELD = {"held relation": ("relation", "thick"), "held binary": ("binary", "med")}
"""Signs after which Typst may not begin a new line: what they are, and the space on both sides."""
_NAMED = {
    "<": "lt",
    ">": "gt",
    "/": r"\/",
    ",": r"\,",
    "#": r"\#",
    "$": r"\$",
    "&": r"\&",
    "_": r"\_",
    ":": 'class("relation", :)',
}


def print_typst(node: Node, lang: str) -> str:
    """Typst mathematics (what goes between dollars) of a localised tree."""
    if isinstance(node, Grid) and node.environment in ("aligned", "gathered"):
        return _Printer(lang).lines(node)
    return _Printer(lang).show(node)


class _Printer(FormulaPrinter):
    printed = "Typst"

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def row(self, node: Row) -> str:
        text = ""
        before: Node | None = None
        for item in node.items:
            shown = self.show(item)
            glued = (_wordy(before) or _wordy(item)) and not (text[-1:].isalnum() and shown[:1].isalnum())
            text += shown if not text or (glued and shown != ".") else " " + shown
            before = item
        return text

    def lines(self, node: Grid) -> str:
        return " \\\n".join(" & ".join(self.show(cell) for cell in spaced_pairs(row)) for row in node.rows)

    def number(self, node: Number) -> str:
        whole, decimals = number_parts(node.digits)
        text = "\u202f".join(whole)
        if decimals:
            text += ("." if self.lang == "en" else ",") + decimals
        return text if text.isdigit() else f'"{text}"'

    def symbol(self, node: Symbol) -> str:
        name = node.name
        if node.kind in _HELD:
            kind, space = _HELD[node.kind]
            return f'{space} class("normal", {self.symbol(Symbol(name, kind))}) {space}'
        if name == ";":
            return 'class("binary", ";")' if node.kind == "binary" else r"\;"
        if name in _NAMED:
            return _NAMED[name]
        if node.kind == "fence":
            return f'class("normal", {_literal(name)})'
        if len(name) == 1 and name.isascii():
            return {"-": "−", "*": "∗"}.get(name, name)
        if name not in SYMBOLS:
            raise UnprintableError(f"no Typst for the symbol {name}")
        return SYMBOLS[name][0]

    def function(self, node: Function) -> str:
        limits = ", limits: #true" if node.limits else ""
        return f"op({typst_string(node.name)}{limits})"

    def words(self, node: Words) -> str:
        text = typst_string(node.text.replace("  ", " "))
        return {"bold": f"bold({text})", "italic": f"italic({text})"}.get(node.style, text)

    def space(self, node: Space) -> str:
        return _SPACES[node.size]

    def fraction(self, node: Fraction) -> str:
        name = "binom" if node.kind == "binom" else "frac"
        text = f"{name}({self.some(node.numerator)}, {self.some(node.denominator)})"
        return {"dfrac": f"display({text})", "tfrac": f"inline({text})"}.get(node.kind, text)

    def some(self, node: Node) -> str:
        """An argument of a call; an empty one is written so that it exists."""
        return self.show(node) or '""'

    def root(self, node: Root) -> str:
        if node.index is None:
            return f"sqrt({self.some(node.radicand)})"
        return f"root({self.some(node.index)}, {self.some(node.radicand)})"

    def script(self, node: Script) -> str:
        base = self.some(node.base)
        if isinstance(node.base, Script):
            base = f"#box($ {base} $)" if _stacks(node.base.base) else f"attach({base})"
        limits = _stacks(node.base)
        parts = []
        above = [] if node.above is None else [self.show(node.above)]
        if node.primes and not above:
            # Typst's own primes keep the height of TeX's; an index then goes below them.
            mark = "'" * node.primes
            index = "" if node.below is None else f"_({self.show(node.below)})"
            return f"{base}{mark}{index}"
        if node.primes:
            above = ["′" * node.primes, *above]
        if above:
            parts.append(f"{'t' if limits else 'tr'}: {' '.join(above)}")
        if node.below is not None:
            parts.append(f"{'b' if limits else 'br'}: {self.show(node.below)}")
        return f"attach({base}, {', '.join(parts)})" if parts else base

    def accent(self, node: Accent) -> str:
        return f"{_ACCENTS[node.name]}({self.some(node.base)})"

    def font(self, node: Font) -> str:
        return _FONTS[node.name].format(self.some(node.content))

    def fenced(self, node: Fenced) -> str:
        content = self.show(node.content)
        grows = tall(node.content)
        if (node.left, node.right) in _BARS:
            return f"{_BARS[node.left, node.right]}({self.some(node.content)})"
        left = _delimiter(node.left, opening=True)
        right = _delimiter(node.right, opening=False)
        if grows or not (left and right):
            return f"lr({left} {content} {right})"
        return f"{left} {content} {right}"

    def boxed(self, node: Boxed) -> str:
        inner = print_typst(node.content, self.lang)
        return f"#box(stroke: 0.5pt, inset: 0.4em, $ {inner} $)"

    def brace(self, node: Brace) -> str:
        name = "overbrace" if node.over else "underbrace"
        note = "" if node.note is None else f", {self.some(node.note)}"
        return f"{name}({self.some(node.content)}{note})"

    def stacked(self, node: Stacked) -> str:
        parts = []
        if node.above is not None:
            parts.append(f"t: {self.some(node.above)}")
        if node.below is not None:
            parts.append(f"b: {self.some(node.below)}")
        base = self.some(node.base)
        if isinstance(node.base, Symbol) and node.base.kind == "relation":
            base = (
                f'class("relation", stretch({base}, size: #(100% + 0.5em)))'
                if "arrow" in node.base.name
                else base
            )
        return f"attach(limits({base}), {', '.join(parts)})"

    def grid(self, node: Grid) -> str:
        environment = node.environment
        if environment == "cases":
            rows = ["&" + " quad && ".join(self.show(cell) for cell in row) for row in node.rows]
            return f"display(cases({', '.join(rows)}))"
        rows = [
            ", ".join(self.aligned_cell(node, at, cell) for at, cell in enumerate(row)) for row in node.rows
        ]
        body = "; ".join(rows)
        gap = ", row-gap: #0.7em" if any(tall(cell) for row in node.rows for cell in row) else ""
        if environment in _MATRICES:
            # Typst would set the cells of an inline matrix in the size of indices.
            return f"display(mat(delim: {_MATRICES[environment]}{gap}, {body}))"
        lines = ""
        if environment == "array" and "|" in node.columns.strip("|"):
            places = [str(len(part)) for part in _prefixes(node.columns) if part]
            lines = f", augment: #(vline: ({', '.join(places)},))"
        column_gap = ", column-gap: #0pt" if environment in ("aligned", "gathered") else ""
        return f"display(mat(delim: #none{lines}{gap}{column_gap}, {body}))"

    def aligned_cell(self, node: Grid, at: int, cell: Node) -> str:
        text = self.some(cell) if cell != EMPTY else '""'
        letters = node.columns.replace("|", "") if node.environment == "array" else ""
        letter = letters[at] if at < len(letters) else "rl"[at % 2] if node.environment == "aligned" else "c"
        text = f"display({text})" if node.environment == "aligned" else text
        return {"l": f"& {text}", "r": f"{text} &"}.get(letter, text)


def _wordy(node: Node | None) -> bool:
    """Whether Typst sees quoted text at the edge: a space in the source beside it would be seen on the
    page."""
    if isinstance(node, Number):
        return "." in node.digits or len(node.digits) > 4
    if isinstance(node, Script):
        return _wordy(node.base)
    if isinstance(node, Font):
        return _wordy(node.content)
    return isinstance(node, Words)


def _stacks(node: Node) -> bool:
    return (isinstance(node, Function) and node.limits) or (isinstance(node, Symbol) and node.kind == "large")


def _prefixes(columns: str) -> list[str]:
    """Columns before each inner bar."""
    inner = columns.strip("|")
    return [inner[:at].replace("|", "") for at, letter in enumerate(inner) if letter == "|"]


def _literal(name: str) -> str:
    char = DELIMITERS.get(name, name)
    return "\\" + char if char.isascii() else char


def _delimiter(name: str, *, opening: bool) -> str:
    if not DELIMITERS[name if name else "."]:
        return ""
    literal = _literal(name)
    kind = "opening" if opening else "closing"
    if turned(name, opening=opening) or DELIMITERS[name] in "|‖/":
        return f'class("{kind}", {literal})'
    return literal
