"""The tokens of a formula, with the place of each fault."""

from __future__ import annotations

import re

from solver.errors import ExpressionError, Span

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<command>\\[A-Za-z]+|\\[^A-Za-z])"
    r"|(?P<number>\d+(?:(?:\.|\{,\})\d+)?)"
    r"|(?P<char>.)",
    re.DOTALL,
)


class Tokens:
    """The tokens of one formula; `at` is the index of the next one, `depth` how deep the reader is."""

    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.tokens: list[tuple[str, str, int]] = []
        for match in _TOKEN.finditer(latex):
            kind = match.lastgroup or "char"
            if kind != "space":
                self.tokens.append((kind, match.group(), match.start()))
            elif self.tokens and self.tokens[-1][0] == "command":
                continue
        self.tokens.append(("end", "", len(latex)))
        self.at = 0
        self.depth = 0

    def fault(self, message: str, offset: int, length: int = 1, hint: str | None = None) -> ExpressionError:
        before = self.latex[:offset]
        line = before.count("\n") + 1
        column = offset - (before.rfind("\n") + 1) + 1
        return ExpressionError(message, span=Span(line, column, length), source=self.latex, hint=hint)

    def expect(self, text: str, what: str) -> None:
        _, found, offset = self.tokens[self.at]
        if found != text:
            shown = f"“{found}”" if found else "the end of the formula"
            raise self.fault(f"{what} needs “{text}” here, not {shown}", offset, max(1, len(found)))
        self.at += 1

    def raw(self, what: str) -> tuple[str, int]:
        """The text between braces as typed, spaces included, and where it begins."""
        self.expect("{", what)
        start = self.tokens[self.at - 1][2] + 1
        while self.tokens[self.at][1] not in ("}", ""):
            if self.tokens[self.at][1] in ("{", r"\\") or self.tokens[self.at][1].startswith("^^"):
                _, text, offset = self.tokens[self.at]
                raise self.fault(f"“{text}” in {what}", offset, len(text))
            self.at += 1
        end = self.tokens[self.at][2]
        self.expect("}", what)
        return self.latex[start:end], start

    def words(self, what: str) -> str:
        """The text of `\\text{…}`: no command, no brace, no dollar; escaped specials read as themselves."""
        text, start = self.raw(f"\\{what}")
        plain = re.sub(
            r"\\([%#$&_{} ,;])", lambda found: " " if found.group(1) in " ,;" else found.group(1), text
        )
        plain = plain.replace("~", "\u00a0")
        bad = re.search(
            r"[\\${}^\x00-\x08\x0b-\x1f]", text if "\\" not in text else re.sub(r"\\[%#$&_{} ,;]", "xx", text)
        )
        if bad:
            raise self.fault(f"“{bad.group()}” cannot stand in “\\{what}”", start + bad.start())
        return re.sub(r"[ \t\r\n]+", " ", plain)
