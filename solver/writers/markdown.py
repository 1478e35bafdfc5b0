"""Document → GitHub-flavoured Markdown that reads well on a forge and in an editor."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from solver.document.nodes import (
    Blank,
    Block,
    Box,
    BulletList,
    Code,
    CodeBlock,
    DisplayMath,
    Document,
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
from solver.writers.base import FigurePath, Writer, part_label
from solver.writers.formula_latex import latex_of
from solver.writers.frames import OURS, Frames

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#$|~])")
_AT_LINE_START = re.compile(r"^(\s*)(?:([-+=])|(\d+)([.)]))", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")


def write_markdown(
    document: Document, *, figure_path: FigurePath, terms: Mapping[str, str], frames: Frames = OURS
) -> str:
    """The whole document as Markdown; `figure_path` gives a figure's relative path by its name."""
    return MarkdownWriter(document, figure_path, terms, frames).whole()


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is."""
    text = _CONTROL.sub("", text.replace("\n", " ").replace("\t", " "))
    text = _SPECIAL.sub(r"\\\1", text).replace("&", "&amp;") if "&" in text else _SPECIAL.sub(r"\\\1", text)
    text = re.sub(r"(?<=[\w.])@(?=\w)|(?<!\w)@(?=\w)", "\\\\@", text)
    return re.sub(
        r"(?i)\b(https?|ftp)://|\bwww\.",
        lambda found: found.group().replace(":", "\\:").replace(".", "\\."),
        text,
    )


def _guard(text: str) -> str:
    """A paragraph that begins with `1.` or `-` is no list."""
    return _AT_LINE_START.sub(
        lambda found: f"{found[1]}\\{found[2]}" if found[2] else f"{found[1]}{found[3]}\\{found[4]}", text
    )


class MarkdownWriter(Writer):
    format_name = "Markdown"

    def whole(self) -> str:
        data = self.document.metadata
        body = self.blocks(self.document.blocks)
        text = self.frames.render(
            "markdown/document.md.j2",
            title=escape_markdown(data.title),
            subtitle=escape_markdown(data.subtitle or ""),
            course=escape_markdown(data.course or ""),
            author=escape_markdown(data.author or ""),
            institution=escape_markdown(data.institution or ""),
            date=escape_markdown(data.date or ""),
            logo=quote(self.picture_path(data.logo)) if data.logo else "",
            view=escape_markdown(self.view_word()),
            body=body,
        )
        return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        return "\n\n".join(filter(None, map(self.block, blocks)))

    # ---- blocks ----

    def heading(self, node: Heading) -> str:
        points = f" *({self.points(node.points)})*" if node.points else ""
        return f"{'#' * min(6, node.level + 1)} {self.inlines(node.content)}{points}"

    def paragraph(self, node: Paragraph) -> str:
        return _guard(self.inlines(node.content))

    def display(self, node: DisplayMath) -> str:
        return f"$$\n{latex_of(node.latex, self.lang, True)}\n$$"

    def bullets(self, node: BulletList) -> str:
        return self.items([("- ", item) for item in node.items])

    def ordered(self, node: OrderedList) -> str:
        return self.items([(f"{node.start + at}. ", item) for at, item in enumerate(node.items)])

    def items(self, items: list[tuple[str, tuple[Block, ...]]]) -> str:
        tight = all(len(item) <= 1 for _, item in items)
        return ("\n" if tight else "\n\n").join(
            mark + indent(self.blocks(item), len(mark)) for mark, item in items
        )

    def table(self, node: Table) -> str:
        rules = {"left": ":---", "center": ":---:", "right": "---:"}
        lines = [self.line(node.header), "| " + " | ".join(rules[side] for side in node.alignment) + " |"]
        return "\n".join([*lines, *map(self.line, node.rows)])

    def line(self, cells: tuple[tuple[Inline, ...], ...]) -> str:
        shown = [self.inlines(cell).replace("\n", " ") for cell in cells]
        return "| " + " | ".join(shown) + " |"

    def figure(self, node: Figure) -> str:
        picture = f"![{escape_markdown(node.alt)}]({quote(self.figure_path(node.name))})"
        caption = self.inlines(node.caption)
        number = f"{self.term('figure')} {self.numbers[node.name]}"
        return f"{picture}\n\n*{number} — {caption}*" if caption else picture

    def quote(self, node: Quote) -> str:
        return quoted(self.blocks(node.blocks))

    def code(self, node: CodeBlock) -> str:
        text = "\n".join(_CONTROL.sub("", line) for line in node.text.rstrip("\n").split("\n"))
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
        return f"{fence}{re.sub(r'[^A-Za-z0-9_+-]', '', node.language)}\n{text}\n{fence}"

    def part(self, node: Part) -> str:
        points = f" *({self.points(node.points)})*" if node.points else ""
        label = f"**{part_label(node.index)}**{points} "
        first, rest = node.blocks[:1], node.blocks[1:]
        if first and isinstance(first[0], Paragraph):
            return "\n\n".join(filter(None, [label + self.inlines(first[0].content), self.blocks(rest)]))
        return label.strip() + "\n\n" + self.blocks(node.blocks)

    def blank(self, node: Blank) -> str:
        """An empty quote: a frame that viewers show, two lines a centimetre."""
        return "\n".join(["> <br>"] * max(1, round(2 * node.height)))

    def box(self, node: Box) -> str:
        title = self.inlines(node.title)
        heading = self.box_heading(node)
        if node.kind in ("justification", "answer"):
            return f"**{heading}{' — ' + title if title else '.'}**\n\n{self.blocks(node.blocks)}"
        if node.kind in ("check", "conventions"):
            return f"**{title or heading}**\n\n{self.blocks(node.blocks)}"
        return quoted(f"**{heading}{' — ' + title if title else ''}**\n\n{self.blocks(node.blocks)}")

    # ---- inlines ----

    def text(self, node: Text) -> str:
        return escape_markdown(node.text)

    def emphasis(self, node: Emphasis) -> str:
        return f"*{self.inlines(node.content)}*"

    def strong(self, node: Strong) -> str:
        return f"**{self.inlines(node.content)}**"

    def code_span(self, node: Code) -> str:
        text = _CONTROL.sub("", node.text)
        ticks = "`" * (1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
        pad = " " if text.startswith("`") or text.endswith("`") else ""
        return f"{ticks}{pad}{text}{pad}{ticks}"

    def math(self, node: InlineMath) -> str:
        return "$" + latex_of(node.latex, self.lang, True).replace("\n", " ") + "$"

    def link(self, node: Link) -> str:
        target = _CONTROL.sub("", node.target).replace("<", "%3C").replace(">", "%3E")
        return f"[{self.inlines(node.content)}](<{target}>)"

    def line_break(self, node: LineBreak) -> str:
        return "\\\n"


def indent(text: str, by: int) -> str:
    """All lines but the first moved right, as items of a list need."""
    return text.replace("\n", "\n" + " " * by).replace("\n" + " " * by + "\n", "\n\n")


def quoted(text: str) -> str:
    """A block quote."""
    return "\n".join("> " + line if line else ">" for line in text.split("\n"))
