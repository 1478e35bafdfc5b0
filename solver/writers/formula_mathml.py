"""Formula tree → MathML Core, which browsers draw of themselves; all text is escaped."""

from __future__ import annotations

from functools import lru_cache
from html import escape

from solver.document.formula_symbols import CHARACTERS, DELIMITERS
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
from solver.writers.formula_shape import UnprintableError, formula, number_parts, spaced_pairs, tall
from solver.writers.formula_speech import spoken

_SPACES = {
    "thin": "0.167em", "medium": "0.222em", "thick": "0.278em", "quad": "1em", "qquad": "2em",
    "negative": "-0.167em",
}  # fmt: skip
_ACCENTS = {
    "hat": "^", "bar": "¯", "tilde": "~", "vec": "→", "dot": "˙", "ddot": "¨", "overline": "‾",
    "underline": "_", "widehat": "^", "widetilde": "~",
}  # fmt: skip
_WIDE = ("overline", "underline", "widehat", "widetilde")
_MATRICES = {"pmatrix": ("(", ")"), "bmatrix": ("[", "]"), "vmatrix": ("|", "|"), "cases": ("{", "")}
# Browsers do not read `mathvariant` but for `normal`: a style is a range of Unicode letters of its own.
_LETTERS = {"mathbf": 0x1D400, "mathcal": 0x1D49C, "mathbb": 0x1D538, "mathsf": 0x1D5A0, "mathit": 0x1D434}
_DIGITS = {"mathbf": 0x1D7CE, "mathbb": 0x1D7D8, "mathsf": 0x1D7E2}
_GREEK = {"mathbf": (0x1D6A8, 0x1D6C2), "boldsymbol": (0x1D71C, 0x1D736)}
_HOLES = {
    **{0x1D538 + ord(c) - 65: s for c, s in zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True)},
    **{0x1D49C + ord(c) - 65: s for c, s in zip("BEFHILMR", "ℬℰℱℋℐℒℳℛ", strict=True)},
    **{0x1D49C + ord(c) - 71: s for c, s in zip("ego", "ℯℊℴ", strict=True)},
    0x1D434 + ord("h") - 71: "ℎ",
}  # fmt: skip
"""Letters that Unicode had before it had their range."""


@lru_cache(maxsize=50_000)
def mathml(latex: str, lang: str, *, display: bool = False) -> str:
    """The `<math>` element of canonical LaTeX, localised, with its words as `alttext`."""
    inner = _Printer(lang).show(formula(latex, lang))
    kind = ' display="block"' if display else ""
    return f'<math{kind} alttext="{escape(spoken(latex, lang))}">{inner}</math>'


class _Printer(FormulaPrinter):
    printed = "MathML"

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.style = ""

    def row(self, node: Row) -> str:
        parts = []
        for at, item in enumerate(node.items):
            before = node.items[at - 1] if at else None
            if isinstance(item, Symbol) and item.kind == "binary" and item.name != ";" and _opens(before):
                parts.append(f'<mo form="prefix">{escape(CHARACTERS[item.name])}</mo>')
                continue
            parts.append(self.show(item))
            after = node.items[at + 1] if at + 1 < len(node.items) else None
            if _is_function(item) and after is not None:
                parts.append("<mo>\u2061</mo>")
                if not isinstance(after, (Fenced, Space)):
                    parts.append('<mspace width="0.167em"></mspace>')
        return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"

    def number(self, node: Number) -> str:
        whole, decimals = number_parts(node.digits)
        text = "\u202f".join(whole) + (("." if self.lang == "en" else ",") + decimals if decimals else "")
        return f"<mn>{self.styled(text)}</mn>"

    def symbol(self, node: Symbol) -> str:
        char = CHARACTERS.get(node.name) or DELIMITERS.get(node.name) or node.name
        if len(char) > 1:
            raise UnprintableError(f"no MathML for the symbol {node.name}")
        shown = escape(char)
        if node.name == ";" and node.kind == "binary":
            return '<mo lspace="0.2em" rspace="0.2em">;</mo>'
        if node.kind == "fence":
            return f'<mo stretchy="false" lspace="0" rspace="0">{shown}</mo>'
        if node.kind in ("binary", "relation", "punctuation", "large"):
            return f"<mo>{shown}</mo>"
        if char in "!%/":
            return f'<mo lspace="0" rspace="0">{shown}</mo>'
        return self.letter(char)

    def letter(self, char: str) -> str:
        styled = self.styled(char)
        upright = self.style == "mathrm" or (styled == char and not _slants(char))
        variant = ' mathvariant="normal"' if upright else ""
        return f"<mi{variant}>{escape(styled)}</mi>"

    def styled(self, text: str) -> str:
        return "".join(_styled(char, self.style) for char in text)

    def function(self, node: Function) -> str:
        return f"<mi>{escape(node.name)}</mi>" if len(node.name) > 1 else self.letter(node.name)

    def words(self, node: Words) -> str:
        kept = escape(node.text).replace(" ", "\u00a0")
        tag = {"bold": "b", "italic": "i"}.get(node.style)
        return f'<mtext class="{tag}">{kept}</mtext>' if tag else f"<mtext>{kept}</mtext>"

    def space(self, node: Space) -> str:
        return f'<mspace width="{_SPACES[node.size]}"></mspace>'

    def fraction(self, node: Fraction) -> str:
        both = self.one(node.numerator) + self.one(node.denominator)
        if node.kind == "binom":
            return f'<mrow><mo>(</mo><mfrac linethickness="0">{both}</mfrac><mo>)</mo></mrow>'
        text = f"<mfrac>{both}</mfrac>"
        size = {"dfrac": "true", "tfrac": "false"}.get(node.kind)
        return f'<mstyle displaystyle="{size}">{text}</mstyle>' if size else text

    def one(self, node: Node) -> str:
        """A node as exactly one element, as the children of fractions and scripts must be."""
        text = self.show(node)
        return text if isinstance(node, Row) and len(node.items) != 1 else f"<mrow>{text}</mrow>"

    def root(self, node: Root) -> str:
        if node.index is None:
            return f"<msqrt>{self.show(node.radicand)}</msqrt>"
        return f"<mroot>{self.one(node.radicand)}{self.one(node.index)}</mroot>"

    def script(self, node: Script) -> str:
        base = self.one(node.base)
        above = "" if node.above is None else self.one(node.above)
        if node.primes:
            marks = f"<mo>{'′' * node.primes}</mo>"
            above = f"<mrow>{marks}{above}</mrow>" if above else marks
        below = "" if node.below is None else self.one(node.below)
        under, over, both = ("munder", "mover", "munderover") if _stacks(node.base) else _SCRIPTS
        if above and below:
            return f"<{both}>{base}{below}{above}</{both}>"
        if below:
            return f"<{under}>{base}{below}</{under}>"
        return f"<{over}>{base}{above}</{over}>" if above else base

    def accent(self, node: Accent) -> str:
        stretch = "true" if node.name in _WIDE else "false"
        mark = f'<mo stretchy="{stretch}">{_ACCENTS[node.name]}</mo>'
        if node.name == "underline":
            return f'<munder accentunder="true">{self.one(node.base)}{mark}</munder>'
        return f'<mover accent="true">{self.one(node.base)}{mark}</mover>'

    def font(self, node: Font) -> str:
        outer, self.style = self.style, node.name
        content = node.content
        items = content.items if isinstance(content, Row) else (content,)
        names = [item.name for item in items if isinstance(item, Symbol) and item.kind == "ordinary"]
        word = "".join(names)
        if node.name == "mathrm" and len(names) == len(items) > 1 and word.isalpha():
            text = f"<mi>{escape(word)}</mi>"
        else:
            text = self.show(content)
        self.style = outer
        return text

    def fenced(self, node: Fenced) -> str:
        grows = "true" if node.stretch or tall(node.content) else "false"

        def fence(name: str, form: str) -> str:
            char = DELIMITERS[name or "."]
            return f'<mo form="{form}" fence="true" stretchy="{grows}">{escape(char)}</mo>' if char else ""

        inner = self.show(node.content)
        return f"<mrow>{fence(node.left, 'prefix')}{inner}{fence(node.right, 'postfix')}</mrow>"

    def boxed(self, node: Boxed) -> str:
        return f'<mrow class="boxed">{self.show(node.content)}</mrow>'

    def brace(self, node: Brace) -> str:
        tag, char = ("mover", "⏞") if node.over else ("munder", "⏟")
        text = f'<{tag}>{self.one(node.content)}<mo stretchy="true">{char}</mo></{tag}>'
        return text if node.note is None else f"<{tag}>{text}{self.one(node.note)}</{tag}>"

    def stacked(self, node: Stacked) -> str:
        base = self.one(node.base)
        above = None if node.above is None else self.one(node.above)
        below = None if node.below is None else self.one(node.below)
        if above and below:
            return f"<munderover>{base}{below}{above}</munderover>"
        return f"<mover>{base}{above}</mover>" if above else f"<munder>{base}{below}</munder>"

    def grid(self, node: Grid) -> str:
        environment = node.environment
        rows = []
        for row in node.rows:
            cells = spaced_pairs(row) if environment == "aligned" else row
            shown = (f"<mtd{self.cell_class(node, at)}>{self.show(c)}</mtd>" for at, c in enumerate(cells))
            rows.append(f"<mtr>{''.join(shown)}</mtr>")
        size = ' displaystyle="true"' if environment in ("aligned", "gathered") else ""
        kind = "lines" if size else environment
        table = f'<mtable class="{kind}"{size}>{"".join(rows)}</mtable>'
        if environment not in _MATRICES:
            return table
        left, right = _MATRICES[environment]
        closing = f'<mo form="postfix" stretchy="true">{right}</mo>' if right else ""
        return f'<mrow><mo form="prefix" stretchy="true">{left}</mo>{table}{closing}</mrow>'

    def cell_class(self, node: Grid, at: int) -> str:
        bar = False
        if node.environment == "array":
            letters = node.columns.replace("|", "")
            letter = letters[at] if at < len(letters) else "c"
            bar = _barred(node.columns, at)
        else:
            letter = {"aligned": "rl"[at % 2], "cases": "l"}.get(node.environment, "c")
        names = " ".join(name for name in ("" if letter == "c" else letter, "bar" if bar else "") if name)
        return f' class="{names}"' if names else ""


_SCRIPTS = ("msub", "msup", "msubsup")


def _opens(before: Node | None) -> bool:
    """Whether a sign after this node is that of a number, not an operation."""
    if before is None or isinstance(before, Space):
        return True
    return isinstance(before, Symbol) and before.kind in ("binary", "relation", "punctuation", "large")


def _is_function(node: Node) -> bool:
    base = node.base if isinstance(node, Script) else node
    return isinstance(base, Function)


def _stacks(node: Node) -> bool:
    return (isinstance(node, Function) and node.limits) or (
        isinstance(node, Symbol) and node.kind == "large" and node.name != r"\int"
    )


def _slants(char: str) -> bool:
    """Whether a letter is italic in mathematics: Latin ones and small Greek ones."""
    return char.isalpha() and (char.isascii() or "α" <= char <= "ϵ")


def _styled(char: str, style: str) -> str:
    if style in _LETTERS and char.isascii() and char.isalpha():
        code = _LETTERS[style] + (ord(char) - 65 if char.isupper() else ord(char) - 71)
        return _HOLES.get(code, chr(code))
    if style == "boldsymbol" and char.isascii() and char.isalpha():
        return chr(0x1D468 + (ord(char) - 65 if char.isupper() else ord(char) - 71))
    if style in _DIGITS and char.isdigit() and char.isascii():
        return chr(_DIGITS[style] + int(char))
    if style in _GREEK and "Α" <= char <= "Ω":
        return chr(_GREEK[style][0] + ord(char) - 0x391)
    if style in _GREEK and "α" <= char <= "ω":
        return chr(_GREEK[style][1] + ord(char) - 0x3B1)
    return char


def _barred(columns: str, at: int) -> bool:
    """Whether a rule stands on the left of the column number `at`."""
    seen = 0
    for before, letter in zip(" " + columns, columns, strict=False):
        if letter == "|":
            continue
        if seen == at:
            return before == "|" and at > 0
        seen += 1
    return False
