"""Document → one HTML page that any browser shows: MathML for formulas, no script, nothing fetched."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from urllib.parse import quote

from solver.document.nodes import (
    ASIDES,
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
from solver.writers.base import FigurePath, Piece, Writer, pieces
from solver.writers.formula_mathml import mathml
from solver.writers.frames import OURS, Frames

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def write_html(
    document: Document, *, figure_path: FigurePath, terms: Mapping[str, str], frames: Frames = OURS
) -> str:
    """The whole document as a page; `figure_path` gives a figure's relative path by its name."""
    return _HtmlWriter(document, figure_path, terms, frames).whole()


def escape_html(text: str) -> str:
    """Text that a browser shows as it is, in an element or in quotes."""
    return escape(_CONTROL.sub("", text))


class _HtmlWriter(Writer):
    format_name = "HTML"

    def whole(self) -> str:
        data = self.document.metadata
        return self.frames.render(
            "html/document.html.j2",
            lang=data.lang,
            **self.head(escape_html),
            logo=quote(self.picture_path(data.logo)) if data.logo else "",
            columns=self.columns,
            body=self.flow(self.document.blocks),
        )

    def flow(self, blocks: tuple[Block, ...]) -> str:
        """Blocks at the level of questions: what is asked stands in panels, apart from the answers."""
        parts = []
        for panel in pieces(blocks):
            if not panel[0].asked:
                parts.append(self.block(panel[0].blocks[0]))
                continue
            inner = "\n".join(map(self.asked, panel))
            parts.append(inner if self.is_statement else f'<section class="statement">\n{inner}\n</section>')
        return "\n".join(parts)

    def asked(self, piece: Piece) -> str:
        if not piece.label:
            return self.blocks(piece.blocks)
        points = (
            f' <span class="points">({escape_html(self.points(piece.points))})</span>' if piece.points else ""
        )
        label = f"<strong>{piece.label}</strong>{points}"
        first, rest = piece.blocks[:1], piece.blocks[1:]
        if first and isinstance(first[0], Paragraph):
            return f"<p>{label} {self.inlines(first[0].content)}</p>\n{self.blocks(rest)}"
        return f"<p>{label}</p>\n{self.blocks(piece.blocks)}"

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        return "\n".join(map(self.block, blocks))

    # ---- blocks ----

    def heading(self, node: Heading) -> str:
        tag = f"h{min(6, node.level + 1)}"
        place = f' id="{escape_html(node.label)}"' if node.label else ""
        points = (
            f' <span class="points">({escape_html(self.points(node.points))})</span>' if node.points else ""
        )
        return f"<{tag}{place}>{self.inlines(node.content)}{points}</{tag}>"

    def paragraph(self, node: Paragraph) -> str:
        return f"<p>{self.inlines(node.content)}</p>"

    def display(self, node: DisplayMath) -> str:
        return f'<div class="display">{mathml(node.latex, self.lang, display=True)}</div>'

    def bullets(self, node: BulletList) -> str:
        return f"<ul>\n{self.items(node.items)}\n</ul>"

    def ordered(self, node: OrderedList) -> str:
        start = "" if node.start == 1 else f' start="{node.start}"'
        return f"<ol{start}>\n{self.items(node.items)}\n</ol>"

    def items(self, items: tuple[tuple[Block, ...], ...]) -> str:
        """Items of one paragraph are written without it, so that they stand close."""
        return "\n".join(
            f"<li>{self.inlines(item[0].content)}</li>"
            if len(item) == 1 and isinstance(item[0], Paragraph)
            else f"<li>{self.blocks(item)}</li>"
            for item in items
        )

    def table(self, node: Table) -> str:
        head = "".join(
            f'<th scope="col" class="{side}">{self.inlines(cell)}</th>'
            for cell, side in zip(node.header, node.alignment, strict=True)
        )
        rows = "\n".join(
            "<tr>"
            + "".join(
                f'<td class="{side}">{self.inlines(cell)}</td>'
                for cell, side in zip(row, node.alignment, strict=True)
            )
            + "</tr>"
            for row in node.rows
        )
        body = f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>"
        return f'<div class="wide"><table>\n{body}\n</table></div>'

    def figure(self, node: Figure) -> str:
        source = quote(self.figure_path(node.name))
        caption = self.inlines(node.caption)
        shown = f"{escape_html(self.term('figure'))} {self.numbers[node.name]} — {caption}" if caption else ""
        below = f"\n<figcaption>{shown}</figcaption>" if shown else ""
        return f'<figure>\n<img src="{source}" alt="{escape_html(node.alt)}">{below}\n</figure>'

    def quote(self, node: Quote) -> str:
        return f"<blockquote>\n{self.blocks(node.blocks)}\n</blockquote>"

    def code(self, node: CodeBlock) -> str:
        return f"<pre><code>{escape_html(node.text)}</code></pre>"

    def part(self, node: Part) -> str:
        return self.flow((node,))

    def blank(self, node: Blank) -> str:
        return f'<div class="blank" style="height: {float(node.height):g}cm"></div>'

    def box(self, node: Box) -> str:
        title = self.inlines(node.title)
        heading = escape_html(self.box_heading(node)) + (f" — {title}" if title else "")
        tag = "aside" if node.kind in ASIDES else "section"
        inner = self.blocks(node.blocks)
        return f'<{tag} class="{node.kind}">\n<p class="kind">{heading}</p>\n{inner}\n</{tag}>'

    # ---- inlines ----

    def text(self, node: Text) -> str:
        return escape_html(node.text)

    def emphasis(self, node: Emphasis) -> str:
        return f"<em>{self.inlines(node.content)}</em>"

    def strong(self, node: Strong) -> str:
        return f"<strong>{self.inlines(node.content)}</strong>"

    def code_span(self, node: Code) -> str:
        return f"<code>{escape_html(node.text)}</code>"

    def math(self, node: InlineMath) -> str:
        return mathml(node.latex, self.lang)

    def link(self, node: Link) -> str:
        return f'<a href="{escape_html(node.target)}">{self.inlines(node.content)}</a>'

    def line_break(self, node: LineBreak) -> str:
        return "<br>\n"
