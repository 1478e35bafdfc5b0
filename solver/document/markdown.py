"""Markdown → document nodes: one reader for the teacher's sheet and for what wordings write.

CommonMark with tables, `$…$`, `$$…$$` and fenced directives. HTML is text. Formulas reach the tree
untouched, whatever `_`, `*`, `|` or `\\` they hold, in tables too. What the tree cannot hold is an error,
never dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from posixpath import normpath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from solver.document.nodes import (
    BOX_KINDS,
    Block,
    Box,
    BulletList,
    Code,
    CodeBlock,
    DisplayMath,
    Emphasis,
    Figure,
    Heading,
    Inline,
    InlineMath,
    LineBreak,
    Link,
    OrderedList,
    Paragraph,
    Quote,
    Strong,
    Table,
    Text,
)
from solver.document.typography import french_text
from solver.errors import SheetError, Span, nearest

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

MAX_CHARACTERS = 500_000
MAX_NESTING = 60

_BAR = "\ufdd2"  # stands for a | inside a formula while tables are cut into cells (not a character)
_CODE_OR_MATH = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)|(?<!\\)\$(?:[^$\\]|\\.)+\$")
_FENCE = re.compile(r"\{([^{}\s]*)\}(.*)", re.DOTALL)
_OPTION = re.compile(r"[ \t]*:([A-Za-z][\w-]*):(.*)")
_DIRECTIVE_LINE = re.compile(r"[ \t>]*(?:`{3,}|~{3,})[ \t]*\{")


@dataclass(frozen=True, slots=True)
class FencedOption:
    """A line `:name: value`; `span` covers the value, `name_span` the name."""

    name: str
    text: str
    span: Span
    name_span: Span


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced directive as typed: ```` ```{name} argument ````, `:option: value` lines, a body.

    `body` has its indent removed; its lines begin at `body_span`, every one of them at that column.
    """

    name: str
    argument: str
    options: tuple[FencedOption, ...]
    body: str
    span: Span
    argument_span: Span
    body_span: Span


OnFence = Callable[[Fence], Block | None]
OnBlock = Callable[[Block, int], None]


def read_blocks(
    text: str,
    *,
    lang: str | None = None,
    directive: OnFence | None = None,
    placed: OnBlock | None = None,
    at: Span | None = None,
    figures: bool = False,
) -> tuple[Block, ...]:
    """The blocks of a Markdown text.

    `directive` makes a block of each fenced directive, or None for nothing (without it, a directive is an
    error). `placed` hears of each heading, list and paragraph with the line where it begins. `at` is where
    the text begins in its file: places in errors are counted from there. `figures` allows
    `![caption](figure:name "alt")`. French typography is applied where `lang` is `fr`. Raises SheetError,
    with a place, for what the tree cannot hold.
    """
    if len(text) > MAX_CHARACTERS:
        raise SheetError(f"the text is too long: {len(text)} characters, at most {MAX_CHARACTERS} are read")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    reader = _Reader(text, lang, directive, placed, at or Span(1, 1), figures)
    return reader.read()


def read_inlines(text: str, *, lang: str | None = None, at: Span | None = None) -> tuple[Inline, ...]:
    """The pieces of one line: a title, a caption."""
    reader = _Reader(text, lang, None, None, at or Span(1, 1), False)
    return reader.read_line()


def read_wording(text: str, *, lang: str = "fr") -> tuple[Block, ...]:
    """The blocks that a wording wrote: fences `{result}`, `{beyond} Title`… become boxes."""
    return _wording(text, lang, Span(1, 1), 0)


def _wording(text: str, lang: str, at: Span, depth: int) -> tuple[Block, ...]:
    def box(fence: Fence) -> Block:
        if fence.name not in BOX_KINDS:
            raise SheetError(
                f"unknown box “{fence.name}”; the boxes are {', '.join(BOX_KINDS)}",
                span=fence.span,
                hint=nearest(fence.name, BOX_KINDS),
            )
        if fence.options:
            raise SheetError(f"a box “{fence.name}” has no options", span=fence.options[0].name_span)
        if depth >= 5:
            raise SheetError("boxes are nested too deeply", span=fence.span)
        title = read_inlines(fence.argument, lang=lang, at=fence.argument_span)
        return Box(fence.name, title, _wording(fence.body, lang, fence.body_span, depth + 1))

    return read_blocks(text, lang=lang, directive=box, at=at, figures=True)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.dollarmath.index import math_block_dollar

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING + 4}).enable("table")
    # Indented code would swallow a directive that is indented more than its item; underlined headings
    # would make one of a paragraph followed by a rule; html is text.
    parser.disable(["code", "lheading", "html_block", "html_inline"])
    # Escaped dollars must stay apart from stray ones: joining is done here.
    parser.disable("text_join")
    dollarmath_plugin(parser, allow_labels=False, allow_blank_lines=False, double_inline=True)
    math_block = math_block_dollar(False, None, False)

    def interrupting(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        tokens, line = len(state.tokens), state.line
        found = math_block(state, start, end, silent)
        if silent:  # only asked whether a formula begins here
            del state.tokens[tokens:]
            state.line = line
        return found

    parser.block.ruler.at(
        "math_block", interrupting, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # judged below, with an error
    return parser


def _mask_bars(text: str) -> str:
    """The text with each | inside a formula replaced, so that it does not cut a table's cell."""

    def mask(match: re.Match[str]) -> str:
        found = match.group()
        return found if found.startswith("`") else found.replace("|", _BAR)

    return "\n".join(
        _CODE_OR_MATH.sub(mask, line) if "|" in line and "$" in line else line for line in text.split("\n")
    )


class _Reader:
    """One reading of one text; keeps the lines, to say where a fault stands."""

    def __init__(
        self,
        text: str,
        lang: str | None,
        directive: OnFence | None,
        placed: OnBlock | None,
        at: Span,
        figures: bool,
    ) -> None:
        self.text = text
        self.lines = text.split("\n")
        self.lang = lang
        self.directive = directive
        self.placed = placed
        self.at = at
        self.figures = figures

    # ---- places ---------------------------------------------------------------------------

    def span(self, line: int, column: int = 1, length: int = 1) -> Span:
        """The place in the file of a 0-based line and 1-based column of this text."""
        return Span(self.at.line + line, self.at.column - 1 + column, max(1, length))

    def fault(self, message: str, line: int, needle: str = "", hint: str | None = None) -> SheetError:
        row = self.lines[line] if 0 <= line < len(self.lines) else ""
        found = row.find(needle) if needle else -1
        column = found + 1 if found >= 0 else len(row) - len(row.lstrip()) + 1
        return SheetError(message, span=self.span(line, column, len(needle)), hint=hint)

    # ---- blocks ---------------------------------------------------------------------------

    def read(self) -> tuple[Block, ...]:
        tokens = _parser().parse(_mask_bars(self.text))
        for token in tokens:
            if token.level > MAX_NESTING:
                raise self.fault("lists and quotes are nested too deeply", token.map[0] if token.map else 0)
        blocks, _ = self.blocks(tokens, 0)
        return blocks

    def read_line(self) -> tuple[Inline, ...]:
        tokens = _parser().parseInline(_mask_bars(self.text))
        return self.inlines(tokens[0].children or [], 0) if tokens else ()

    def blocks(self, tokens: Sequence[Token], index: int) -> tuple[tuple[Block, ...], int]:
        """The blocks from `index` to the closing token of their container, and the index after it."""
        found: list[Block] = []
        while index < len(tokens):
            token = tokens[index]
            line = token.map[0] if token.map else 0
            match token.type:
                case "paragraph_open":
                    found += self.paragraph(tokens[index + 1], line)
                    index += 3
                case "heading_open":
                    content = self.inlines(tokens[index + 1].children or [], line)
                    found.append(self.place(Heading(int(token.tag[1]), content), line))
                    index += 3
                case "math_block":
                    found.append(DisplayMath(_formula(token.content)))
                    index += 1
                case "fence":
                    block = self.fence(token, line)
                    found += [] if block is None else [block]
                    index += 1
                case "code_block":
                    found.append(CodeBlock(_restore(token.content)))
                    index += 1
                case "bullet_list_open" | "ordered_list_open":
                    items, index = self.items(tokens, index + 1)
                    if token.type == "bullet_list_open":
                        found.append(self.place(BulletList(items), line))
                    else:
                        found.append(self.place(OrderedList(int(token.attrs.get("start", 1)), items), line))
                case "blockquote_open":
                    inner, index = self.blocks(tokens, index + 1)
                    found.append(Quote(inner))
                case "table_open":
                    table, index = self.table(tokens, index + 1)
                    found.append(table)
                case "hr":
                    index += 1
                case kind if kind.endswith("_close"):
                    return tuple(found), index + 1
                case kind:
                    raise self.fault(f"this Markdown is not read here ({kind})", line)
        return tuple(found), index

    def place(self, block: Block, line: int) -> Block:
        if self.placed is not None:
            self.placed(block, self.at.line + line)
        return block

    def items(self, tokens: Sequence[Token], index: int) -> tuple[tuple[tuple[Block, ...], ...], int]:
        items: list[tuple[Block, ...]] = []
        while tokens[index].type == "list_item_open":
            blocks, index = self.blocks(tokens, index + 1)
            items.append(blocks)
        return tuple(items), index + 1

    def table(self, tokens: Sequence[Token], index: int) -> tuple[Table, int]:
        rows: list[tuple[tuple[Inline, ...], ...]] = []
        alignment: list[str] = []
        row: list[tuple[Inline, ...]] = []
        line = 0
        while tokens[index].type != "table_close":
            token = tokens[index]
            if token.type == "tr_open":
                row, line = [], token.map[0] if token.map else line
            elif token.type == "tr_close":
                rows.append(tuple(row))
            elif token.type == "th_open":
                alignment.append(str(token.attrs.get("style", "")).removeprefix("text-align:") or "left")
            elif token.type == "inline":
                row.append(self.inlines(token.children or [], line))
            index += 1
        return Table(rows[0], tuple(rows[1:]), tuple(alignment)), index + 1

    def paragraph(self, inline: Token, line: int) -> list[Block]:
        """A paragraph; a displayed formula inside it, or a picture alone on its line, cuts it in two."""
        children = inline.children or []
        found: list[Block] = []
        start, level, at = 0, 0, line
        for i, child in enumerate(children):
            level += child.nesting
            whole: Block | None = None
            if child.type == "math_inline_double" and level == 0:
                whole = DisplayMath(_formula(child.content))
            elif child.type == "image" and level == 0 and _alone(children, i):
                whole = self.figure(child, at)
            if whole is not None:
                found += [*self.plain(children[start:i], line), whole]
                start, line = i + 1, at
            at += _rows(child)
        return found + self.plain(children[start:], line)

    def plain(self, children: Sequence[Token], line: int) -> list[Block]:
        rows = list(children)
        while rows and _is_space(rows[0]):
            line += _rows(rows.pop(0))
        while rows and _is_space(rows[-1]):
            rows.pop()
        return [self.place(Paragraph(_trimmed(self.inlines(rows, line))), line)] if rows else []

    def figure(self, token: Token, line: int) -> Figure:
        source = str(token.attrs.get("src", ""))
        if not (self.figures and source.startswith("figure:")):
            raise self.fault(
                f"the picture “{_restore(source)}” cannot be shown",
                line,
                "![",
                "Figures are drawn from given data: use a {figure} directive.",
            )
        alt = _restore(str(token.attrs.get("title", "")))
        return Figure(source.removeprefix("figure:"), self.inlines(token.children or [], line), alt)

    # ---- fences ---------------------------------------------------------------------------

    def fence(self, token: Token, line: int) -> Block | None:
        row = self.lines[line]
        column = row.find(token.markup) + 1
        here = self.span(line, column, len(row.rstrip()) - column + 1)
        last = (token.map[1] if token.map else line + 1) - 1
        info = token.info.strip()
        closing = self.lines[last].lstrip(" \t>").rstrip() if last > line else ""
        name = f"the directive “{info}”" if info.startswith("{") else "a fenced block"
        if not (closing and set(closing) == {token.markup[0]} and len(closing) >= len(token.markup)):
            raise SheetError(
                f"{name} is not closed", span=here, hint=f"Write a line {token.markup} after its last line."
            )
        body = _restore(token.content)
        for offset, text in enumerate(body.split("\n")):
            if info.startswith("{") and _DIRECTIVE_LINE.match(text) and token.markup in text:
                raise SheetError(
                    f"{name} is not closed before the directive on line {here.line + 1 + offset}",
                    span=here,
                    hint=f"Write a line {token.markup} after its last line.",
                )
        if not info.startswith("{"):
            return CodeBlock(body, info.split()[0] if info else "")
        match = _FENCE.fullmatch(info)
        if match is None:
            raise SheetError(
                f"a directive is written {token.markup}{{name}} argument, found “{info}”", span=here
            )
        return self.parsed(match, token, line, column, here, body)

    def parsed(
        self, match: re.Match[str], token: Token, line: int, column: int, here: Span, body: str
    ) -> Block | None:
        argument = _restore(match[2].strip())
        argument_at = self.lines[line].find(match[2].strip(), column + len(token.markup) + len(match[1]) + 1)
        options: list[FencedOption] = []
        rows = body.split("\n")
        if rows and not rows[-1]:
            rows.pop()
        while rows and (option := _OPTION.fullmatch(rows[0])):
            number = line + 1 + len(options)
            row = self.lines[number]
            name_at = row.find(f":{option[1]}:") + 2
            value = option[2].strip()
            value_at = (
                row.find(value, name_at + len(option[1])) + 1 if value else name_at + len(option[1]) + 1
            )
            options.append(
                FencedOption(
                    option[1],
                    value,
                    self.span(number, value_at, len(value)),
                    self.span(number, name_at, len(option[1])),
                )
            )
            rows.pop(0)
        skipped = 0
        while rows and not rows[0].strip():
            rows.pop(0)
            skipped += 1
        first = line + 1 + len(options) + skipped
        body_column = 1
        if rows:
            row = self.lines[first]
            body_column = row.find(rows[0].rstrip()) + 1 if rows[0].strip() in row else 1
            body_column = max(1, body_column)
        fence = Fence(
            match[1],
            argument,
            tuple(options),
            "\n".join(rows).rstrip(),
            here,
            self.span(line, argument_at + 1 if argument_at >= 0 else column, len(argument)),
            self.span(first, body_column),
        )
        if self.directive is None:
            raise SheetError(f"a directive “{fence.name}” has no place here", span=here)
        return self.directive(fence)

    # ---- inlines --------------------------------------------------------------------------

    def inlines(self, tokens: Sequence[Token], line: int) -> tuple[Inline, ...]:
        found, _, _ = self.run(tokens, 0, line)
        content = _joined(found)
        return french_spaces(content) if self.lang == "fr" else content

    def run(self, tokens: Sequence[Token], index: int, line: int) -> tuple[list[Inline], int, int]:
        """The inlines up to the closing token of their container; the index after it; the line reached."""
        found: list[Inline] = []
        while index < len(tokens):
            token = tokens[index]
            if token.level > MAX_NESTING:
                raise self.fault("emphasis and links are nested too deeply", line)
            index += 1
            match token.type:
                case "text":
                    if "$" in token.content:
                        raise self.fault(
                            "a formula is opened with $ and not closed",
                            line,
                            "$",
                            "Write \\$ for a dollar sign.",
                        )
                    found.append(Text(_restore(token.content)))
                case "text_special":
                    found.append(Text(_restore(token.content)))
                case "softbreak":
                    line += 1
                    found.append(Text(" "))
                case "hardbreak":
                    line += 1
                    found.append(LineBreak())
                case "code_inline":
                    found.append(Code(_restore(token.content)))
                case "math_inline" | "math_inline_double":
                    line += token.content.count("\n")
                    found.append(InlineMath(_formula(token.content)))
                case "em_open" | "strong_open":
                    inner, index, line = self.run(tokens, index, line)
                    content = _joined(inner)
                    found.append(Emphasis(content) if token.type == "em_open" else Strong(content))
                case "link_open":
                    target = self.target(_restore(str(token.attrs.get("href", ""))), line)
                    inner, index, line = self.run(tokens, index, line)
                    found.append(Link(target, _joined(inner)))
                case "image":
                    raise self.fault("a picture stands alone in its paragraph", line, "![")
                case kind if kind.endswith("_close"):
                    return found, index, line
                case kind:
                    raise self.fault(f"this Markdown is not read here ({kind})", line)
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
            raise self.fault(
                f"the link to “{target[:80]}” is not allowed",
                line,
                "](",
                "Links go to http, https, mailto, or a file inside the sheet's folder.",
            )
        return target


def _is_space(token: Token) -> bool:
    return token.type in ("softbreak", "hardbreak") or (token.type == "text" and not token.content.strip())


def _trimmed(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Without the spaces at both ends."""
    found = list(inlines)
    if found and isinstance(found[0], Text):
        found[0] = Text(found[0].text.lstrip(" "))
    if found and isinstance(found[-1], Text):
        found[-1] = Text(found[-1].text.rstrip(" "))
    return _joined(found)


def _alone(tokens: Sequence[Token], index: int) -> bool:
    """Whether nothing visible stands on the same line as the token."""
    for step in (-1, 1):
        i = index + step
        while 0 <= i < len(tokens) and tokens[i].type == "text" and not tokens[i].content.strip():
            i += step
        if 0 <= i < len(tokens) and tokens[i].type not in ("softbreak", "hardbreak", "math_inline_double"):
            return False
    return True


def _rows(token: Token) -> int:
    """How many line ends a token covers."""
    if token.type in ("softbreak", "hardbreak"):
        return 1
    return token.content.count("\n") if token.type.startswith("math") else 0


def _control(text: str) -> bool:
    return any(ord(c) < 32 or ord(c) == 127 for c in text)


def _restore(text: str) -> str:
    return text.replace(_BAR, "|")


def _formula(text: str) -> str:
    return (
        re.sub(r"[ \t\u00a0\u202f]*\n[ \t]*", "\n", _restore(text))
        .replace("\u00a0", " ")
        .replace("\u202f", " ")
        .strip()
    )


def _joined(inlines: Sequence[Inline]) -> tuple[Inline, ...]:
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
