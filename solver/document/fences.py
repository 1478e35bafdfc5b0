"""Fences: a block of code, or a directive with its argument, its options and its body."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solver.document.inlines import restore
from solver.document.nodes import CodeBlock
from solver.document.places import Source
from solver.errors import SheetError, Span

if TYPE_CHECKING:
    from markdown_it.token import Token

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


def read_fence(source: Source, token: Token, line: int) -> Fence | CodeBlock:
    """The directive, or the code, that a fence token holds. Raises SheetError where it is not closed."""
    row = source.lines[line]
    column = row.find(token.markup) + 1
    here = source.span(line, column, len(row.rstrip()) - column + 1)
    last = (token.map[1] if token.map else line + 1) - 1
    info = token.info.strip()
    closing = source.lines[last].lstrip(" \t>").rstrip() if last > line else ""
    name = f"the directive “{info}”" if info.startswith("{") else "a fenced block"
    if not (closing and set(closing) == {token.markup[0]} and len(closing) >= len(token.markup)):
        raise SheetError(
            f"{name} is not closed",
            span=here,
            hint=f"Write a line {token.markup} after its last line, or remove this one.",
        )
    body = restore(token.content)
    for offset, text in enumerate(body.split("\n")):
        if _DIRECTIVE_LINE.match(text) and token.markup in text:
            raise SheetError(
                f"{name} is not closed before the directive on line {here.line + 1 + offset}",
                span=here,
                hint=f"Write a line {token.markup} after its last line, or remove this one.",
            )
    if not info.startswith("{"):
        return CodeBlock(body, info.split()[0] if info else "")
    match = _FENCE.fullmatch(info)
    if match is None:
        raise SheetError(f"a directive is written {token.markup}{{name}} argument, found “{info}”", span=here)
    return _parsed(source, match, token, line, column, here, body)


def _parsed(
    source: Source, match: re.Match[str], token: Token, line: int, column: int, here: Span, body: str
) -> Fence:
    argument = restore(match[2].strip())
    argument_at = source.lines[line].find(match[2].strip(), column + len(token.markup) + len(match[1]) + 1)
    options: list[FencedOption] = []
    rows = body.split("\n")
    if rows and not rows[-1]:
        rows.pop()
    while rows and (option := _OPTION.fullmatch(rows[0])):
        number = line + 1 + len(options)
        row = source.lines[number]
        name_at = row.find(f":{option[1]}:") + 2
        value = option[2].strip()
        value_at = row.find(value, name_at + len(option[1])) + 1 if value else name_at + len(option[1]) + 1
        options.append(
            FencedOption(
                option[1],
                value,
                source.span(number, value_at, len(value)),
                source.span(number, name_at, len(option[1])),
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
        row = source.lines[first]
        body_column = row.find(rows[0].rstrip()) + 1 if rows[0].strip() in row else 1
        body_column = max(1, body_column)
    return Fence(
        match[1],
        argument,
        tuple(options),
        "\n".join(rows).rstrip(),
        here,
        source.span(line, argument_at + 1 if argument_at >= 0 else column, len(argument)),
        source.span(first, body_column),
    )
