"""Sheets as cases: a fragment of `cases/sheet-*.md`, and the tree or the error that it must give.

A case is a title, then a line `.`, the fragment, a line `.`, what is expected, a line `.`. The fragment
stands after a front matter of three lines; lines in errors are counted in the fragment. Adding a case needs
no Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from solver.document.nodes import (
    Block,
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
    Part,
    Quote,
    Strong,
    Table,
    Text,
)
from solver.errors import CorrigeError
from solver.expression.latex import latex
from solver.sheet.model import Directive
from solver.sheet.reader import read_sheet

FRONT = "---\ntitle: Essai\n---\n"
CASES = Path(__file__).parent / "cases"


def cases() -> Iterator[tuple[str, str, str]]:
    """(title, fragment, expected) of every case."""
    for path in sorted(CASES.glob("sheet-*.md")):
        pieces: list[list[str]] = [[]]
        for row in path.read_text(encoding="utf-8").split("\n"):
            if row == ".":
                pieces.append([])
            else:
                pieces[-1].append(row)
        texts = ["\n".join(piece) for piece in pieces]
        for i in range(0, len(texts) - 2, 3):
            title = texts[i].strip().split("\n")[-1]
            yield f"{path.stem}: {title}", texts[i + 1], texts[i + 2]


def line(inlines: Iterable[Inline]) -> str:
    """A line as one reads it: spaces that do not break are shown as ~ and, narrow, as ¬."""
    found = ""
    for inline in inlines:
        match inline:
            case Text(text):
                found += text.replace("\u00a0", "~").replace("\u202f", "¬")
            case InlineMath(formula):
                found += f"${formula}$"
            case Code(text):
                found += f"`{text}`"
            case Emphasis(content):
                found += f"*{line(content)}*"
            case Strong(content):
                found += f"**{line(content)}**"
            case Link(target, content):
                found += f"[{line(content)}]({target})"
            case LineBreak():
                found += "⏎"
            case _:
                raise AssertionError(inline)
    return found


def dump(blocks: Iterable[Block], indent: str = "") -> Iterator[str]:
    """One line a node, indented under its container."""
    more = indent + "  "
    for block in blocks:
        match block:
            case Heading(level, content, label, points):
                tail = "".join([f" #{label}" if label else "", f" ({points})" if points else ""])
                yield f"{indent}{'#' * level} {line(content)}{tail}"
            case Paragraph(content):
                yield f"{indent}{line(content)}"
            case DisplayMath(formula):
                yield f"{indent}$$ {' / '.join(formula.splitlines())} $$"
            case Part(index, inner, points):
                yield f"{indent}part {index}" + (f" ({points})" if points else "")
                yield from dump(inner, more)
            case BulletList(items):
                for item in items:
                    yield f"{indent}-"
                    yield from dump(item, more)
            case OrderedList(start, items):
                for number, item in enumerate(items, start):
                    yield f"{indent}{number}."
                    yield from dump(item, more)
            case Table(header, rows, alignment):
                yield f"{indent}table {' '.join(alignment)}"
                for row in (header, *rows):
                    yield f"{more}{' ¦ '.join(line(cell) for cell in row)}"
            case Quote(inner):
                yield f"{indent}quote"
                yield from dump(inner, more)
            case CodeBlock(text, language):
                yield f"{indent}code {language}: {text!r}"
            case Directive():
                options = "".join(f" {k}={o.text}" for k, o in block.options.items())
                body = f": {block.body!r}" if block.body else ""
                yield f"{indent}{{{block.name} {block.argument}}} {block.label}{options}{body}"
            case Figure(name, caption, alt):
                yield f"{indent}figure {name} {line(caption)} “{alt}”"
            case _:
                raise AssertionError(block)


def outcome(fragment: str) -> str:
    """The tree of a fragment, what it gives, or its error."""
    try:
        sheet = read_sheet(FRONT + fragment + "\n", "sheet.md")
    except CorrigeError as fault:
        place = f"{fault.span.line - 3}:{fault.span.column}" if fault.span else "?"
        return f"error {place}: {fault.message}" + (f"\n{fault.hint}" if fault.hint else "")
    given = []
    for name, value in sheet.givens.items():
        arguments = f"({', '.join(p.name for p in value.parameters)})" if value.parameters else ""
        given.append(f"given {name}{arguments} = {latex(value.expression)}")
    for name, network in sheet.networks.items():
        given.append(f"network {name}" + "".join(f" {k}={o.text}" for k, o in network.options.items()))
    return "\n".join([*given, *dump(sheet.blocks)])


@pytest.mark.parametrize(("fragment", "expected"), [pytest.param(f, e, id=t) for t, f, e in cases()])
def test_case(fragment: str, expected: str) -> None:
    assert outcome(fragment) == expected


def test_the_cases_are_found() -> None:
    assert len(list(cases())) >= 60
