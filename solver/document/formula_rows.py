"""Rows of a formula: what stands side by side, its exponents and indices, the arguments of commands."""

from __future__ import annotations

from solver.document.formula_brackets import pair_brackets
from solver.document.formula_tokens import Tokens
from solver.document.formula_tree import EMPTY, Node, Number, Row, Script, Symbol

MAX_DEPTH = 60


class Rows(Tokens):
    """The tokens read as rows; subclasses say what an atom is."""

    def atom(self) -> Node | None:
        """The next atom, or None for a command that shows nothing."""
        raise NotImplementedError

    def formula(self) -> Node:
        content = self.row(frozenset())
        _, text, offset = self.tokens[self.at]
        if text:
            raise self.fault(f"unexpected “{text}” in a formula", offset, len(text))
        return content

    def row(self, stops: frozenset[str]) -> Node:
        """Everything up to one of `stops` (not consumed), brackets paired."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fault(f"formula nested deeper than {MAX_DEPTH} levels", self.tokens[self.at][2])
        items: list[Node] = []
        while True:
            kind, text, _ = self.tokens[self.at]
            if kind == "end" or text in stops or text in ("}", "&", r"\\", r"\end", r"\right"):
                break
            if text in ("^", "_", "'", "′", "’"):
                base = items.pop() if items else EMPTY
                items.append(self.scripts(base))
                continue
            node = self.atom()
            if node is not None:
                items.append(node)
        self.depth -= 1
        paired = pair_brackets(items)
        return paired[0] if len(paired) == 1 else Row(tuple(paired))

    def scripts(self, base: Node) -> Node:
        """Primes, `_{…}` and `^{…}` after a base, in any order, each once."""
        primes, below, above = 0, None, None
        while True:
            _, text, offset = self.tokens[self.at]
            if text in ("'", "′", "’"):
                if above is not None:
                    raise self.fault("a prime goes before the exponent", offset)
                primes += 1
                self.at += 1
            elif text == "^":
                if above is not None:
                    raise self.fault(
                        "two exponents on one base", offset, hint="Set braces: {a^b}^c or a^{b^c}."
                    )
                self.at += 1
                above = self.argument("an exponent")
                if above == Symbol(r"\prime", "ordinary"):
                    primes, above = primes + 1, None
            elif text == "_":
                if below is not None:
                    raise self.fault("two indices on one base", offset, hint="Set braces: a_{bc}.")
                self.at += 1
                below = self.argument("an index")
            elif text in (r"\limits", r"\nolimits"):
                self.at += 1
            else:
                return Script(base, primes, below, above)

    def argument(self, what: str) -> Node:
        """`{…}` or one atom; several digits or a sign need braces, because TeX would take the first only."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fault(f"formula nested deeper than {MAX_DEPTH} levels", self.tokens[self.at][2])
        content = self.argument_inside(what)
        self.depth -= 1
        return content

    def argument_inside(self, what: str) -> Node:
        kind, text, offset = self.tokens[self.at]
        if text == "{":
            self.at += 1
            content = self.row(frozenset())
            self.expect("}", what)
            return content
        if kind == "number" and len(text) > 1:
            if what == "a fraction" and text.isdigit():
                self.tokens[self.at] = ("number", text[1:], offset + 1)
                return Number(text[0])
            raise self.fault(
                f"{what} of several digits needs braces", offset, len(text), f"Write {{{text}}}."
            )
        if kind == "end" or text in ("^", "_", "}", "&", r"\\", r"\end", r"\right"):
            raise self.fault(f"{what} is missing", offset, max(1, len(text)))
        if text in ("+", "-", "=", "(", "[", ")", "]"):
            raise self.fault(f"{what} that begins with “{text}” needs braces", offset)
        node = self.atom()
        return EMPTY if node is None else node

    def optional(self) -> Node | None:
        """`[…]` right here, or None."""
        if self.tokens[self.at][1] != "[":
            return None
        self.at += 1
        content = self.row(frozenset("]"))
        self.expect("]", "an optional argument")
        return content
