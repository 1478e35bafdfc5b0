"""Document → MyST Markdown for a Jupyter Book: `{exercise}` and `{solution}` as sphinx-exercise reads them.

A question is an exercise with its statement (all its parts), and a solution, folded, with its answers part by
part. The book needs the extensions `sphinx_exercise` and `dollarmath`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from solver.document.nodes import ANSWERS, Block, Box, Document, Heading, Inline, Part, Text
from solver.writers.base import REPORT, FigurePath
from solver.writers.frames import OURS, Frames
from solver.writers.markdown import MarkdownWriter, escape_markdown

_CLASSES = {
    "result": "important",
    "example": "note",
    "beyond": "note dropdown",
    "hint": "tip",
    "remark": "note",
    "check": "note",
}
_NUMBER = re.compile(r"^\w+ \d+(?: — |$)")


def write_myst(
    document: Document, *, figure_path: FigurePath, terms: Mapping[str, str], frames: Frames = OURS
) -> str:
    """The whole document as MyST; `figure_path` gives a figure's relative path by its name."""
    return _MystWriter(document, figure_path, terms, frames).whole()


class _MystWriter(MarkdownWriter):
    format_name = "MyST"

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        """Each question and what follows it become an exercise and its solution."""
        out: list[str] = []
        run: list[Block] = []
        heading: Heading | None = None
        for block in blocks:
            if isinstance(block, Heading) and block.level <= 2:
                out += self.exercise(heading, run)
                heading, run = block, []
            else:
                run.append(block)
        return "\n\n".join(filter(None, [*out, *self.exercise(heading, run)]))

    def exercise(self, heading: Heading | None, run: list[Block]) -> list[str]:
        if heading is None or heading.level == 1 or heading.label == REPORT:
            shown = [] if heading is None else [self.heading(heading)]
            return [*shown, *map(self.block, run)]
        asked = [b for block in run if (b := _asked(block)) is not None]
        answers = [b for block in run if (b := _answered(block)) is not None]
        label = heading.label or "question"
        title = self.inlines(_untitled(heading))
        points = f" ({self.points(heading.points)})" if heading.points else ""
        out = [fenced("exercise", f"{title}{points}".strip(), {"label": label}, self.run(asked))]
        if answers and not self.is_statement:
            options = {"label": f"{label}-solution", "class": "dropdown"}
            out.append(fenced("solution", label, options, self.run(answers)))
        return out

    def run(self, blocks: list[Block]) -> str:
        return "\n\n".join(filter(None, map(self.block, blocks)))

    def box(self, node: Box) -> str:
        title = self.inlines(node.title)
        heading = escape_markdown(self.box_heading(node))
        whole = f"{heading} — {title}" if title else heading
        body = self.run(list(node.blocks))
        if node.kind not in _CLASSES:
            return f"**{whole}**\n\n{body}"
        return fenced("admonition", whole, {"class": _CLASSES[node.kind]}, body)


def fenced(name: str, argument: str, options: Mapping[str, str], body: str) -> str:
    """A directive whose fence is longer than any in its body."""
    mark = "`" * max(3, 1 + max((len(run) for run in re.findall(r"^`{3,}", body, re.M)), default=2))
    lines = [f":{key}: {value}" for key, value in options.items()]
    return "\n".join([f"{mark}{{{name}}} {argument}".rstrip(), *lines, "", body, mark])


def _untitled(heading: Heading) -> tuple[Inline, ...]:
    """The title without `Question 4 — `: the book numbers its exercises itself."""
    first, *rest = heading.content or (Text(""),)
    if isinstance(first, Text):
        return (Text(_NUMBER.sub("", first.text)), *rest)
    return heading.content


def _asked(block: Block) -> Block | None:
    if isinstance(block, Box) and block.kind in ANSWERS:
        return None
    if isinstance(block, Part):
        return replace(block, blocks=tuple(b for b in block.blocks if _asked(b) is not None))
    return block


def _answered(block: Block) -> Block | None:
    if isinstance(block, Box):
        return block if block.kind in ANSWERS else None
    if isinstance(block, Part):
        inner = tuple(b for b in block.blocks if _answered(b) is not None)
        return replace(block, blocks=inner, points=None) if inner else None
    return None
