"""Formula tree → words, for screen readers: `f'(w) = w^3` is “f prime de w égale w au cube”.

The words of a language are in `templates/<lang>/speech.toml`. What has no word is refused, never skipped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

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
from solver.resources import language_table
from solver.writers.formula_hearing import differential_of, is_callable, is_numbers_only, is_short
from solver.writers.formula_printer import FormulaPrinter
from solver.writers.formula_shape import UnprintableError, formula, localised

Vocabulary = Mapping[str, dict[str, str]]
_ARROW = Symbol(r"\to", "relation")
_TRANSPOSED = (Symbol("T", "ordinary"), Symbol(r"\top", "ordinary"), Font("mathrm", Symbol("T", "ordinary")))


def vocabulary(lang: str) -> Vocabulary:
    """The spoken words of a language: forms, sets, functions, symbols."""
    return language_table(lang, "speech")


@lru_cache(maxsize=50_000)
def spoken(latex: str, lang: str) -> str:
    """How canonical LaTeX is read aloud."""
    return _spoken(formula(latex, lang), lang)


def speak(node: Node, lang: str) -> str:
    """How a formula tree is read aloud."""
    return _spoken(localised(node, lang), lang)


def _spoken(node: Node, lang: str) -> str:
    text = _Speaker(vocabulary(lang), lang).show(node)
    return re.sub(r"\s+([,.;])", r"\1", re.sub(r"\s+", " ", text)).strip(" ,")


class _Speaker(FormulaPrinter):
    printed = "words"

    def __init__(self, words: Vocabulary, lang: str) -> None:
        self.vocabulary = words
        self.forms = words["forms"]
        self.lang = lang

    def form(self, name: str, **parts: object) -> str:
        return self.forms[name].format(**parts)

    def word(self, table: str, key: str) -> str:
        try:
            return self.vocabulary[table][key]
        except KeyError:
            raise UnprintableError(f"no spoken word for “{key}” in “{self.lang}”") from None

    # ---- one method a node ----

    def row(self, node: Row) -> str:
        said: list[str] = []
        before: Node | None = None
        in_relation = False
        # One arrow is a limit, several are a path.
        path = sum(item == _ARROW for item in node.items) > 1
        for item in node.items:
            if path and item == _ARROW:
                said.append(self.form("arrow"))
            elif isinstance(item, Fenced) and item.left == "(" and is_callable(before):
                said[-1] = self.form("of", a=said[-1], b=self.argument(item))
            elif (
                isinstance(item, Script)
                and isinstance(item.base, Fenced)
                and item.base.left == "("
                and is_callable(before)
            ):
                said[-1] = self.form("of", a=said[-1], b=self.argument(item.base))
                said[-1] = self.scripted(said[-1], item)
            elif in_relation and isinstance(item, Fenced):
                said.append(self.interval(item) or self.show(item))
            elif isinstance(before, Function) and not isinstance(item, (Fenced, Space)):
                said[-1] = self.form("of", a=said[-1], b=self.show(item))
            else:
                said.append(self.show(item))
            if not isinstance(item, Space):
                in_relation = isinstance(item, Symbol) and item.name in (
                    r"\in",
                    r"\notin",
                    r"\subset",
                    r"\cup",
                    r"\cap",
                )
                before = item
        return " ".join(said)

    def argument(self, fence: Fenced) -> str:
        """What a function is applied to; brackets are said where the argument has several parts."""
        return self.show(fence.content) if is_short(fence.content) else self.show(fence)

    def number(self, node: Number) -> str:
        return node.digits if self.lang == "en" else node.digits.replace(".", ",")

    def symbol(self, node: Symbol) -> str:
        if len(node.name) == 1 and node.name.isalpha():
            return self.form("capital", a=node.name) if node.name.isupper() else node.name
        return self.word("symbols", node.name)

    def function(self, node: Function) -> str:
        return self.vocabulary["functions"].get(node.name, node.name)

    def words(self, node: Words) -> str:
        return node.text.strip()

    def space(self, node: Space) -> str:
        return "," if node.size in ("quad", "qquad") else ""

    def fraction(self, node: Fraction) -> str:
        if node.kind == "binom":
            return self.form("binomial", a=self.show(node.denominator), b=self.show(node.numerator))
        for letter, name in ((r"\partial", "partial"), ("d", "derivative")):
            above, below = differential_of(node.numerator, letter), differential_of(node.denominator, letter)
            if below is not None and below != EMPTY and above is not None:
                if above == EMPTY:
                    return self.form(f"{name}_operator", b=self.show(below))
                return self.form(name, a=self.show(above), b=self.show(below))
        plain = {("1", "2"): "half", ("1", "3"): "third_part", ("1", "4"): "quarter"}
        if isinstance(node.numerator, Number) and isinstance(node.denominator, Number):
            named = plain.get((node.numerator.digits, node.denominator.digits))
            if named:
                return self.form(named)
        name = "fraction" if is_short(node.numerator) and is_short(node.denominator) else "fraction_long"
        return self.form(name, a=self.show(node.numerator), b=self.show(node.denominator))

    def root(self, node: Root) -> str:
        if node.index is None or node.index == Number("2"):
            return self.form("root" if is_short(node.radicand) else "root_long", a=self.show(node.radicand))
        if node.index == Number("3"):
            return self.form("cube_root", a=self.show(node.radicand))
        return self.form("nth_root", a=self.show(node.radicand), b=self.show(node.index))

    def script(self, node: Script) -> str:
        base = node.base
        if isinstance(base, Function) or (isinstance(base, Symbol) and base.kind == "large"):
            return self.big(node)
        if isinstance(base, Symbol) and base.name == "|" and node.below is not None:
            return self.form("at", a="", b=self.show(node.below))
        return self.scripted("" if base == EMPTY else self.show(base), node)

    def big(self, node: Script) -> str:
        said = self.show(node.base)
        if isinstance(node.base, Function) and not node.base.limits:
            return self.scripted(said, node)
        if node.below is None:
            return self.scripted(said, node)
        below = self.show(node.below)
        if isinstance(node.base, Function):
            return self.form(
                "limit" if node.base.name.startswith("lim") else "function_index", a=said, b=below
            )
        if node.above is None:
            return self.form("big_from", a=said, b=below)
        return self.form("big_from_to", a=said, b=below, c=self.show(node.above))

    def scripted(self, said: str, node: Script) -> str:
        """A base already said, with its primes, index and exponent."""
        if node.primes:
            names = {1: "prime", 2: "second", 3: "third"}
            for _ in range(max(0, node.primes - 3)):
                said = self.form("prime", a=said)
            said = self.form(names[min(node.primes, 3)], a=said)
        if node.below is not None:
            said = self.form(
                "index" if is_short(node.below) else "index_long", a=said, b=self.show(node.below)
            )
        above = node.above
        if above is None:
            return said
        if above in _TRANSPOSED:
            return self.form("transpose", a=said)
        if isinstance(above, Symbol) and above.name in ("*", r"\ast", r"\star"):
            return self.form("star", a=said)
        if isinstance(above, Number) and above.digits in ("2", "3"):
            return self.form("square" if above.digits == "2" else "cube", a=said)
        if isinstance(above, Fenced) and above.left == "(":
            above = above.content
        return self.form("power" if is_short(above) else "power_long", a=said, b=self.show(above))

    def accent(self, node: Accent) -> str:
        name = {"widehat": "hat", "widetilde": "tilde", "overline": "bar"}.get(node.name, node.name)
        return self.form(name, a=self.show(node.base))

    def font(self, node: Font) -> str:
        said = self.show(node.content)
        if node.name == "mathbb":
            raw = node.content.name if isinstance(node.content, Symbol) else said
            return self.vocabulary["sets"].get(raw, said)
        if node.name in ("mathbf", "boldsymbol"):
            return self.form("bold", a=said)
        return self.form("calligraphic", a=said) if node.name == "mathcal" else said

    def fenced(self, node: Fenced) -> str:
        if "[" in (node.left, node.right) or "]" in (node.left, node.right):
            turned = (node.left, node.right) != ("[", "]")
            interval = self.interval(node) if turned or is_numbers_only(node.content) else None
            if interval:
                return interval
        said = self.show(node.content)
        if isinstance(node.content, Grid):
            return said
        if node.right == "|" and not node.left:
            return said
        names = {
            "(": "parenthesis", "[": "bracket", "]": "bracket", r"\{": "braces", r"\|": "norm",
            r"\lVert": "norm",
            r"\lfloor": "floor", r"\lceil": "ceil", r"\langle": "angle",
        }  # fmt: skip
        if node.left in ("|", r"\lvert"):
            return self.form("absolute" if is_short(node.content) else "absolute_end", a=said)
        if node.left in names:
            return self.form(names[node.left], a=said)
        return f"{self.delimiter(node.left)} {said} {self.delimiter(node.right)}"

    def delimiter(self, name: str) -> str:
        return self.word("symbols", name) if name else ""

    def interval(self, node: Fenced) -> str | None:
        """`]a, b]` with its ends included or excluded, or None where this is no interval."""
        if (
            node.left not in ("[", "]", "(")
            or node.right not in ("[", "]", ")")
            or not isinstance(node.content, Row)
        ):
            return None
        items = node.content.items
        commas = [at for at, item in enumerate(items) if isinstance(item, Symbol) and item.name in (",", ";")]
        if len(commas) != 1:
            return None
        left, right = Row(items[: commas[0]]), Row(items[commas[0] + 1 :])
        ends = {
            "left": self.forms["included" if node.left == "[" else "excluded"],
            "right": self.forms["included" if node.right == "]" else "excluded"],
        }
        return self.form("interval", a=self.show(left), b=self.show(right), **ends)

    def boxed(self, node: Boxed) -> str:
        return self.form("boxed", a=self.show(node.content))

    def brace(self, node: Brace) -> str:
        said = self.show(node.content)
        return said if node.note is None else self.form("brace", a=said, b=self.show(node.note))

    def stacked(self, node: Stacked) -> str:
        base = self.show(node.base)
        above = "" if node.above is None else self.show(node.above)
        below = "" if node.below is None else self.show(node.below)
        name = "above_below" if above and below else "above" if above else "below" if below else ""
        return self.form(name, a=base, b=above or below, c=below) if name else base

    def grid(self, node: Grid) -> str:
        rows = node.rows
        lines = [", ".join(said for said in map(self.show, row) if said) for row in rows]
        if node.environment in ("aligned", "gathered"):
            return "; ".join(" ".join(said for said in map(self.show, row) if said) for row in rows)
        if node.environment == "cases":
            return self.form("cases", a="; ".join(lines))
        if node.environment == "array":
            return self.form("table", a="; ".join(lines))
        if len(rows[0]) == 1 and len(rows) > 1:
            return self.form("column_vector", a="; ".join(lines))
        if len(rows) == 1:
            return self.form("row_vector", a="; ".join(map(self.show, rows[0])))
        numbered = "; ".join(self.form("row", n=at + 1, a=line) for at, line in enumerate(lines))
        matrix = self.form("matrix", rows=len(rows), columns=len(rows[0]), a=numbered)
        return self.form("determinant", a=matrix) if node.environment == "vmatrix" else matrix
