"""Markdown → document nodes: one reader for the teacher's sheet and for what wordings write.

CommonMark with tables, `$…$`, `$$…$$` and fenced directives. HTML is text. Formulas reach the tree
untouched, whatever `_`, `*`, `|` or `\\` they hold, in tables too. What the tree cannot hold is an error,
never dropped in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from solver.document.fences import Fence, read_fence
from solver.document.inlines import MAX_NESTING, LineReader, formula, joined, mask_bars, restore
from solver.document.nodes import (
    BOX_KINDS,
    Block,
    Box,
    BulletList,
    CodeBlock,
    DisplayMath,
    Figure,
    Heading,
    Inline,
    OrderedList,
    Paragraph,
    Quote,
    Table,
    Text,
)
from solver.document.places import Source
from solver.document.typography import french_text
from solver.errors import SheetError, Span, nearest

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

MAX_CHARACTERS = 250_000
MAX_PARAGRAPH = 20_000
MAX_BRACKETS = 1_000

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
    `![caption](figure:name "alt")` and `[](figure:name)`, its number. French typography is applied where
    `lang` is `fr`. Raises SheetError, with a place, for what the tree cannot hold.
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
    parser.core.ruler.before("inline", "limits", _refuse_long)
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # judged below, with an error
    return parser


def _refuse_long(state: StateCore) -> None:
    """Brackets are paired in quadratic time: a paragraph has a length that a reader can take."""
    for token in state.tokens:
        if token.type == "inline" and (
            len(token.content) > MAX_PARAGRAPH or token.content.count("[") > MAX_BRACKETS
        ):
            raise _TooLongError(token.map[0] if token.map else 0)


class _TooLongError(Exception):
    """The line of a paragraph that is too long."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


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
        self.source = Source(tuple(text.split("\n")), at)
        self.line_reader = LineReader(self.source, lang, figures)
        self.lang = lang
        self.directive = directive
        self.placed = placed
        self.figures = figures

    # ---- blocks ---------------------------------------------------------------------------

    def read(self) -> tuple[Block, ...]:
        tokens = self.tokens(_parser().parse)
        for token in tokens:
            if token.level > MAX_NESTING:
                line = token.map[0] if token.map else 0
                raise self.source.fault("lists and quotes are nested too deeply", line)
        blocks, _ = self.blocks(tokens, 0)
        return blocks

    def read_line(self) -> tuple[Inline, ...]:
        tokens = self.tokens(_parser().parseInline)
        return self.line_reader.read(tokens[0].children or [], 0) if tokens else ()

    def tokens(self, parse: Callable[[str], list[Token]]) -> list[Token]:
        try:
            return parse(mask_bars(self.text))
        except _TooLongError as error:
            limits = f"{MAX_PARAGRAPH} characters and {MAX_BRACKETS} brackets"
            raise self.source.fault(f"a paragraph is too long: at most {limits}", error.line) from None

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
                    content = self.line_reader.read(tokens[index + 1].children or [], line)
                    found.append(self.place(Heading(int(token.tag[1]), content), line))
                    index += 3
                case "math_block":
                    found.append(DisplayMath(formula(token.content)))
                    index += 1
                case "fence":
                    block = self.fence(token, line)
                    found += [] if block is None else [block]
                    index += 1
                case "code_block":
                    found.append(CodeBlock(restore(token.content)))
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
                    raise self.source.fault(f"this Markdown is not read here ({kind})", line)
        return tuple(found), index

    def place(self, block: Block, line: int) -> Block:
        if self.placed is not None:
            self.placed(block, self.source.at.line + line)
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
                row.append(self.line_reader.read(token.children or [], line))
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
                whole = DisplayMath(formula(child.content))
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
        return [self.place(Paragraph(_trimmed(self.line_reader.read(rows, line))), line)] if rows else []

    def figure(self, token: Token, line: int) -> Figure:
        source = str(token.attrs.get("src", ""))
        if not (self.figures and source.startswith("figure:")):
            raise self.source.fault(
                f"the picture “{restore(source)}” cannot be shown",
                line,
                "![",
                "Figures are drawn from given data: use a {figure} directive.",
            )
        alt = restore(str(token.attrs.get("title", "")))
        alt = french_text(alt) if self.lang == "fr" else alt
        return Figure(source.removeprefix("figure:"), self.line_reader.read(token.children or [], line), alt)

    def fence(self, token: Token, line: int) -> Block | None:
        found = read_fence(self.source, token, line)
        if isinstance(found, CodeBlock):
            return found
        if self.directive is None:
            raise SheetError(f"a directive “{found.name}” has no place here", span=found.span)
        return self.directive(found)


def _is_space(token: Token) -> bool:
    return token.type in ("softbreak", "hardbreak") or (token.type == "text" and not token.content.strip())


def _trimmed(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Without the spaces at both ends."""
    found = list(inlines)
    if found and isinstance(found[0], Text):
        found[0] = Text(found[0].text.lstrip(" "))
    if found and isinstance(found[-1], Text):
        found[-1] = Text(found[-1].text.rstrip(" "))
    return joined(found)


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
