"""What stands in a line: text, emphasis, code, formulas and links."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from posixpath import normpath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from solver.document.nodes import (
    Code,
    Emphasis,
    FigureNumber,
    Inline,
    InlineMath,
    LineBreak,
    Link,
    Strong,
    Text,
)
from solver.document.places import Source
from solver.document.typography import french_text

if TYPE_CHECKING:
    from markdown_it.token import Token

MAX_NESTING = 60
_FIGURE = "figure:"

_BAR = "\ufdd2"  # stands for a | inside a formula while tables are cut into cells (not a character)
CODE_OR_MATH = re.compile(r"(?<!`)(`++).*?(?<!`)\1(?!`)|(?<!\\)\$(?:[^$\\]|\\.)++\$")
"""A piece of code or a formula, on one line."""


def mask_bars(text: str) -> str:
    """The text with each | inside a formula replaced, so that it does not cut a table's cell."""

    def mask(match: re.Match[str]) -> str:
        found = match.group()
        return found if found.startswith("`") else found.replace("|", _BAR)

    return "\n".join(
        CODE_OR_MATH.sub(mask, line) if "|" in line and "$" in line else line for line in text.split("\n")
    )


@dataclass(frozen=True)
class LineReader:
    """Reads the tokens of one paragraph, heading or cell."""

    source: Source
    lang: str | None
    figures: bool = False
    """Whether `[](figure:name)` is the number of a figure."""

    def read(self, tokens: Sequence[Token], line: int) -> tuple[Inline, ...]:
        """The pieces, with the typography of the language. Raises SheetError for what is not allowed."""
        found, _, _ = self.run(tokens, 0, line)
        content = joined(found)
        return french_spaces(content) if self.lang == "fr" else content

    def run(self, tokens: Sequence[Token], index: int, line: int) -> tuple[list[Inline], int, int]:
        """The inlines up to the closing token of their container; the index after it; the line reached."""
        found: list[Inline] = []
        while index < len(tokens):
            token = tokens[index]
            if token.level > MAX_NESTING:
                raise self.source.fault("emphasis and links are nested too deeply", line)
            index += 1
            match token.type:
                case "text":
                    if "$" in token.content:
                        raise self.source.fault(
                            "a formula is opened with $ and not closed",
                            line,
                            "$",
                            "Write \\$ for a dollar sign.",
                        )
                    found.append(Text(re.sub(" {2,}", " ", restore(token.content))))
                case "text_special":
                    found.append(Text(restore(token.content)))
                case "softbreak":
                    line += 1
                    found.append(Text(" "))
                case "hardbreak":
                    line += 1
                    found.append(LineBreak())
                case "code_inline":
                    found.append(Code(restore(token.content)))
                case "math_inline" | "math_inline_double":
                    line += token.content.count("\n")
                    found.append(InlineMath(formula(token.content)))
                case "em_open" | "strong_open":
                    inner, index, line = self.run(tokens, index, line)
                    content = joined(inner)
                    found.append(Emphasis(content) if token.type == "em_open" else Strong(content))
                case "link_open" if self.figures and str(token.attrs.get("href", "")).startswith(_FIGURE):
                    _, index, line = self.run(tokens, index, line)
                    if found and isinstance(last := found[-1], Text):
                        found[-1] = Text(re.sub(" $", "\u00a0", last.text))
                    found.append(FigureNumber(str(token.attrs["href"]).removeprefix(_FIGURE)))
                case "link_open":
                    target = self.target(restore(str(token.attrs.get("href", ""))), line)
                    inner, index, line = self.run(tokens, index, line)
                    found.append(Link(target, joined(inner)))
                case "image":
                    raise self.source.fault("a picture stands alone in its paragraph", line, "![")
                case kind if kind.endswith("_close"):
                    return found, index, line
                case kind:
                    raise self.source.fault(f"this Markdown is not read here ({kind})", line)
        return found, index, line

    def target(self, target: str, line: int) -> str:
        """The target of a link if it may be followed: http, https, mailto, or a path inside the folder."""
        try:
            parts = urlsplit(unquote(target))
        except ValueError:
            parts = urlsplit("invalid:")
        plain = unquote(target)
        inside = (
            not parts.scheme and not parts.netloc and plain and not plain.startswith(("/", "\\", "#", "~"))
        )
        inside = inside and "\\" not in plain and not normpath(parts.path).startswith("..")
        web = parts.scheme in ("http", "https") and parts.netloc
        if not (inside or web or (parts.scheme == "mailto" and "@" in parts.path)) or _control(plain):
            raise self.source.fault(
                f"the link to “{target[:80]}” is not allowed",
                line,
                "](",
                "Links go to http, https, mailto, or a file inside the sheet's folder.",
            )
        return target


def _control(text: str) -> bool:
    return any(ord(c) < 32 or ord(c) == 127 for c in text)


def restore(text: str) -> str:
    """The text with the bars of its formulas back."""
    return text.replace(_BAR, "|")


def formula(text: str) -> str:
    """A formula as canonical LaTeX: its lines trimmed, its spaces plain."""
    return (
        re.sub(r"[ \t\u00a0\u202f]*\n[ \t]*", "\n", restore(text))
        .replace("\u00a0", " ")
        .replace("\u202f", " ")
        .strip()
    )


def joined(inlines: Sequence[Inline]) -> tuple[Inline, ...]:
    """Neighbouring texts made one."""
    found: list[Inline] = []
    for inline in inlines:
        if isinstance(inline, Text) and found and isinstance(found[-1], Text):
            found[-1] = Text(found[-1].text + inline.text)
        elif not (isinstance(inline, Text) and not inline.text):
            found.append(inline)
    return tuple(found)


def french_spaces(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """The same pieces with French spaces and apostrophes in their plain text (see `typography`)."""
    found: list[Inline] = []
    for i, inline in enumerate(inlines):
        match inline:
            case Text(text):
                glued = i > 0 and not isinstance(inlines[i - 1], LineBreak)
                found.append(Text(french_text(text, glued=glued, followed=i + 1 < len(inlines))))
            case Emphasis(content):
                found.append(Emphasis(french_spaces(content)))
            case Strong(content):
                found.append(Strong(french_spaces(content)))
            case Link(target, content):
                found.append(Link(target, french_spaces(content)))
            case _:
                found.append(inline)
    return tuple(found)
