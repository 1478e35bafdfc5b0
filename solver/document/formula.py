r"""Canonical LaTeX → formula tree, on an allow-list: what is not in the tables is refused with its place.

`read_formula(r"\frac{1}{2} w^2")` gives the tree that every printer reads. Formulas of a statement and
of our own printer pass here alike, so nothing reaches LaTeX or Typst that this module does not know.
Brackets are paired here (`]0, 1[` is one `Fenced`), so that printers know which way each one opens.
"""

from __future__ import annotations

from functools import lru_cache

from solver.document.formula_grids import Grids
from solver.document.formula_rows import MAX_DEPTH
from solver.document.formula_symbols import (
    ACCENTS,
    ALIASES,
    DELIMITERS,
    FONTS,
    FUNCTIONS,
    SPACES,
    SYMBOLS,
    TEXTS,
    UNICODE,
)
from solver.document.formula_tree import (
    EMPTY,
    Accent,
    Boxed,
    Brace,
    Fenced,
    Font,
    Fraction,
    Function,
    Node,
    Number,
    Root,
    Row,
    Space,
    Stacked,
    Symbol,
    Words,
    children,
)
from solver.errors import ExpressionError, Span, nearest

MAX_LENGTH = 20_000
_ARROWS = {r"\xrightarrow": r"\longrightarrow", r"\xleftarrow": r"\leftarrow"}
_FRACTIONS = {r"\frac": "frac", r"\dfrac": "dfrac", r"\tfrac": "tfrac", r"\binom": "binom"}
_SIZES = (
    *("big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr"),
    *("biggl", "biggr", "Biggl", "Biggr", "bigm", "middle"),
)
_IGNORED = {
    *(r"\displaystyle", r"\textstyle", r"\limits", r"\nolimits"),
    *(r"\nonumber", r"\notag", r"\allowbreak", r"\relax"),
}
_NOTS = {"=": r"\neq", r"\in": r"\notin"}


@lru_cache(maxsize=50_000)
def read_formula(latex: str) -> Node:
    """The tree of a formula. Raises ExpressionError, with the place in `latex`, for anything off the
    allow-list."""
    if len(latex) > MAX_LENGTH:
        raise ExpressionError(f"formula of {len(latex)} characters; at most {MAX_LENGTH} are read")
    tree = _Parser(latex).formula()
    if len(latex) > MAX_DEPTH and sum(map(latex.count, "([{|")) > MAX_DEPTH and _depth(tree) > MAX_DEPTH:
        raise ExpressionError(f"formula nested deeper than {MAX_DEPTH} levels", span=Span(1, 1), source=latex)
    return tree


def _depth(tree: Node) -> int:
    """How deep a tree is, without recursion: it may be deeper than Python's stack."""
    level, deep = [tree], 0
    while level and deep <= MAX_DEPTH:
        level, deep = [child for node in level for child in children(node)], deep + 1
    return deep


class _Parser(Grids):
    """One pass over the tokens of one formula: its atoms and commands."""

    def atom(self) -> Node | None:
        kind, text, offset = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return Number(text.replace("{,}", "."))
        if kind == "char":
            return self.character(text, offset)
        return self.command(text, offset)

    def character(self, text: str, offset: int) -> Node | None:
        if text.isascii() and text.isalpha():
            return Symbol(text, "ordinary")
        if text == "{":
            content = self.row(frozenset())
            self.expect("}", "a group")
            return content if isinstance(content, Row) else Row((content,))
        if text == "~":
            return Space("thick")
        if text in SYMBOLS and text not in "%#$&_":
            return Symbol(text, SYMBOLS[text][1])
        if text in "()[]|":
            return Symbol(text, "fence")
        if text in UNICODE:
            name = UNICODE[text]
            return self.space_or_symbol(name)
        raise self.fault(
            f"the character “{text}” cannot stand in a formula", offset, 1, 'Words go into "\\text{…}".'
        )

    def space_or_symbol(self, name: str) -> Node:
        return Space(SPACES[name]) if name in SPACES else Symbol(name, SYMBOLS[name][1])

    def command(self, text: str, offset: int) -> Node | None:  # one branch a command of the allow-list
        text = ALIASES.get(text, text)
        name = text[1:]
        if text in SYMBOLS:
            return Symbol(text, SYMBOLS[text][1])
        if text in SPACES:
            return Space(SPACES[text])
        if text in _FRACTIONS:
            numerator = self.argument("a fraction")
            return Fraction(numerator, self.argument("a fraction"), _FRACTIONS[text])
        if name in FUNCTIONS:
            return Function(name, FUNCTIONS[name])
        if name in FONTS:
            return self.font(name)
        if name in ACCENTS:
            return Accent(name, self.argument("an accent"))
        if name in TEXTS:
            return Words(self.words(name), TEXTS[name])
        if text == r"\left":
            return self.fenced()
        if text == r"\begin":
            return self.environment(offset)
        if text in DELIMITERS:
            return Symbol(text, "fence")
        if text in _IGNORED:
            return None
        if name in _SIZES:
            return self.sized(text)
        return self.rarer(text, offset)

    def rarer(self, text: str, offset: int) -> Node:
        name = text[1:]
        if text == r"\sqrt":
            index = self.optional()
            return Root(self.argument("a root"), index)
        if text in (r"\operatorname", r"\DeclareMathOperator"):
            if text == r"\DeclareMathOperator":
                raise self.unknown(text, offset)
            limits = self.tokens[self.at][1] == "*"
            self.at += limits
            return Function(self.words("operatorname"), limits)
        if text == r"\boxed":
            return Boxed(self.argument("a box"))
        if text in (r"\underbrace", r"\overbrace"):
            content, over = self.argument("a brace"), text == r"\overbrace"
            note = None
            if self.tokens[self.at][1] == ("^" if over else "_"):
                self.at += 1
                note = self.argument("the note of a brace")
            return Brace(content, note, over)
        if text in (r"\underset", r"\overset", r"\stackrel"):
            note = self.argument(text)
            base = self.argument(text)
            return Stacked(base, None, note) if text == r"\underset" else Stacked(base, note, None)
        if text in _ARROWS:
            below = self.optional()
            above = self.argument("an arrow")
            return Stacked(Symbol(_ARROWS[text], "relation"), None if above == EMPTY else above, below)
        if text == r"\not":
            _, negated, place = self.tokens[self.at]
            if ALIASES.get(negated, negated) not in _NOTS:
                raise self.fault(r"“\not” is read before “=” and “\in” only", place)
            self.at += 1
            return Symbol(_NOTS[ALIASES.get(negated, negated)], "relation")
        if text in (r"\bmod", r"\mod"):
            return Function("mod")
        if name in ("mathopen", "mathclose", "mathrel", "mathbin", "mathord", "mathpunct", "mathop"):
            inner = self.argument(text)
            return (
                Symbol(";", "binary") if inner == Symbol(";", "punctuation") and name == "mathbin" else inner
            )
        raise self.unknown(text, offset)

    def unknown(self, text: str, offset: int) -> ExpressionError:
        known = [
            *SYMBOLS,
            *_FRACTIONS,
            *("\\" + n for n in (*FUNCTIONS, *FONTS, *ACCENTS, *TEXTS)),
            r"\sqrt",
            r"\boxed",
        ]
        return self.fault(
            f"“{text}” is not among the commands that formulas may use",
            offset,
            len(text),
            nearest(text, known),
        )

    def font(self, name: str) -> Node:
        content = self.argument(f"\\{name}")
        if name == "mathrm" and isinstance(content, Row) and len(content.items) > 1:
            letters = [
                item.name for item in content.items if isinstance(item, Symbol) and item.name.isalpha()
            ]
            if len(letters) == len(content.items):
                return Words("".join(letters))
        if name in ("mathrm", "mathbf", "mathsf", "mathit", "boldsymbol") or _letters(content):
            return Font(name, content)
        raise self.fault(f"“\\{name}” takes letters", self.tokens[self.at - 1][2])

    def fenced(self) -> Node:
        left = self.delimiter()
        content = self.row(frozenset())
        self.expect(r"\right", r"\left")
        right = self.delimiter()
        return Fenced(left, right, content, stretch=True)

    def delimiter(self) -> str:
        _, text, offset = self.tokens[self.at]
        text = ALIASES.get(text, text)
        text = {"<": r"\langle", ">": r"\rangle"}.get(text, text)
        if text not in DELIMITERS:
            raise self.fault(f"“{text}” is no delimiter", offset, max(1, len(text)))
        self.at += 1
        return "" if text == "." else text

    def sized(self, command: str) -> Node:
        r"""`\bigl(` and the like: the delimiter alone; pairs grow with their content anyway."""
        return Symbol(self.delimiter(), "fence")


def _letters(content: Node) -> bool:
    if isinstance(content, Row):
        return all(_letters(item) for item in content.items)
    return isinstance(content, Number) or (isinstance(content, Symbol) and content.name.isalpha())
