"""Document → Typst source, and Typst source → PDF/UA-1.

The frame is `templates/typst/document.typ.j2`. Text enters as string literals and formulas through the
printer of the formula tree, so nothing that a sheet says can become Typst code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from solver.document.formula_tree import Fenced, Node, Row, Symbol
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
from solver.writers.base import INSETS, PART_INDENT, FigurePath, Piece, Writer, part_label, pieces, sections
from solver.writers.block_height import WHOLE_TABLE, is_whole, is_whole_display
from solver.writers.formula_breaks import tied
from solver.writers.formula_shape import tall
from solver.writers.formula_speech import speak, spoken
from solver.writers.formula_split import displayed, inline_pieces
from solver.writers.formula_typst import print_typst
from solver.writers.formula_width import inline_form, width
from solver.writers.frames import OURS, Frames
from solver.writers.table_layout import layout, line_width
from solver.writers.typst_compiler import compile_typst
from solver.writers.typst_text import typst_string

LINE = 41.0
"""The width of a line in em of the text size, as the frame sets it."""
TIGHT_LINE = 56.0
"""The same on a compact page."""
_LONG_CODE = 30
_LEAD_LINES = 3.5
KEPT_WHOLE = 14.0
"""Inline formulas up to this width, in em, are not broken at the end of a line."""


def write_typst(
    document: Document, *, figure_path: FigurePath, terms: Mapping[str, str], frames: Frames = OURS
) -> str:
    """The whole document as Typst source; `figure_path` gives a figure's path relative to the source."""
    return _TypstWriter(document, figure_path, terms, frames).whole()


def compile_pdf(source: str, files: Mapping[str, bytes]) -> bytes:
    """The PDF/UA-1 of a source and the files that it shows (by relative path)."""
    return compile_typst(source, files, standards=("ua-1",))


CALLS = (
    "m", "kept", "strut", "d", "long", "fitted", "lead", "title", "worth", "part-label", "labelled",
    "statement", "result-box", "justification-box", "example-box", "beyond-box", "answer-box", "hint-box",
    "remark-box", "check-box", "conventions-box", "blank-box", "picture", "data",
)  # fmt: skip
"""The functions of the frame that the body calls."""
_CUT = "\x1e"


def in_sections(sections: Iterable[str]) -> str:
    """Typst source that shows these sections one after the other, each evaluated on its own.

    Typst remembers what it has laid out by where it stood in the source. Here that is one place whatever the
    text, so a document's beginning that was laid out ahead is not laid out again (`typst_compiler.lay_out`).
    What is evaluated is this writer's own source: a sheet's text stands in it as string literals.
    """
    text = _CUT.join(sections).replace("\\", "\\\\").replace('"', '\\"')
    scope = ", ".join(f"{name}: {name}" for name in CALLS)
    return (
        f'#for section in "{text}".split("\\u{{1e}}") {{ eval(section, mode: "markup", scope: ({scope})) }}'
    )


@lru_cache(maxsize=50_000)
def _inline_formula(latex: str, lang: str) -> str:
    pieces = inline_pieces(latex, lang)
    # Typst lets inline fractions reach into the neighbouring lines: a strut keeps them apart.
    strut = "#strut;" if any(map(tall, pieces)) else ""
    if len(pieces) == 1:
        return strut + _inline_piece(pieces[0], spoken(latex, lang), lang)
    return strut + " ".join(_inline_piece(piece, speak(piece, lang), lang) for piece in pieces)


def _inline_piece(piece: Node, alternative: str, lang: str) -> str:
    """A short formula stays whole; a longer one may be broken at its signs."""
    kept = (
        isinstance(piece, Row) and any(map(_breaks, piece.items)) and width(inline_form(piece)) <= KEPT_WHOLE
    )
    shown = print_typst(piece if kept else tied(piece), lang)
    return f"#{'kept' if kept else 'm'}({typst_string(alternative)},${shown}$);"


def _breaks(item: Node) -> bool:
    """Whether Typst may begin a new line after a sign, or inside a bracket."""
    return isinstance(item, Fenced) or (isinstance(item, Symbol) and item.kind in ("relation", "binary"))


@lru_cache(maxsize=20_000)
def _displayed_formula(latex: str, lang: str, room: float) -> str:
    tree = displayed(latex, lang, room)
    whole = is_whole_display(tree)
    if width(tree) > 0.9 * room:
        function, cut = "fitted", "" if whole else ", whole: false"
    else:
        function, cut = "d" if whole else "long", ""
    return f"#{function}({typst_string(spoken(latex, lang))},$ {print_typst(tree, lang)} ${cut});"


class _TypstWriter(Writer):
    format_name = "Typst"

    def __init__(
        self, document: Document, figure_path: FigurePath, terms: Mapping[str, str], frames: Frames = OURS
    ) -> None:
        super().__init__(document, figure_path, terms, frames)
        line = TIGHT_LINE if document.metadata.compact else LINE
        self.room = line if self.columns == 1 else 0.48 * line
        self.level = 0

    def whole(self) -> str:
        data = self.document.metadata
        return self.frames.render(
            "typst/document.typ.j2",
            lang=typst_string(data.lang),
            **self.head(typst_string),
            logo=typst_string(self.picture_path(data.logo) if data.logo else ""),
            columns=str(self.columns),
            compact=str(data.compact).lower(),
            page_word=typst_string(self.term("page")),
            body=in_sections(map(self.flow, sections(self.document.blocks))),
        )

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        return "\n\n".join(map(self.before, blocks, [*blocks[1:], None]))

    def before(self, block: Block, following: Block | None) -> str:
        """A block, kept with the next one where it leads to it."""
        text = self.block(block)
        return f"#lead[{text}]" if self.leads(block, following) else text

    def leads(self, block: Block, following: Block | None) -> bool:
        """Whether no page ends after a block: a short sentence that the next block completes, or that opens
        with what it is about."""
        if not isinstance(block, Paragraph) or following is None:
            return False
        opens = isinstance(next(iter(block.content), None), Strong)
        completed = isinstance(following, (DisplayMath, Table, BulletList, OrderedList, Figure))
        return (opens or completed) and line_width(block.content) <= _LEAD_LINES * self.room

    def flow(self, blocks: tuple[Block, ...]) -> str:
        """Blocks at the level of questions: what is asked stands in panels, apart from the answers between
        them."""
        parts = []
        panels = pieces(blocks)
        for panel, following in zip(panels, [*panels[1:], None], strict=True):
            then = next(iter(following[0].blocks), None) if following else None
            if not panel[0].asked:
                parts.append(self.before(panel[0].blocks[0], then))
            elif self.is_statement:
                parts += map(self.asked, panel)
            else:
                room, self.room = self.room, self.room - INSETS["statement"]
                # what introduces an exercise may stand at the foot of a page, a question goes with its answer
                call = "#statement[" if isinstance(then, Box) else "#statement(sticky: false)["
                parts.append(call + "\n" + "\n\n".join(map(self.asked, panel)) + "\n]")
                self.room = room
        return "\n\n".join(parts)

    def asked(self, piece: Piece) -> str:
        """A piece of statement, behind its label if it has one."""
        if not piece.label:
            return self.blocks(piece.blocks)
        points = "#" + typst_string(f"({self.points(piece.points)}) ") + ";" if piece.points else ""
        return f"#part-label({typst_string(piece.label)});{points}{self.blocks(piece.blocks)}"

    def narrower(self, kind: str, blocks: tuple[Block, ...]) -> str:
        room, self.room = self.room, self.room - INSETS.get(kind, 0.0)
        text = self.blocks(blocks)
        self.room = room
        return text

    # ---- blocks ----

    def heading(self, node: Heading) -> str:
        points = f"#worth({typst_string(self.points(node.points))});" if node.points else ""
        # PDF/UA wants levels without gaps, whatever the sheet's first heading is.
        self.level = min(node.level, self.level + 1, 6)
        return f"#title({node.level}, {self.level})[{self.inlines(node.content)}{points}]"

    def paragraph(self, node: Paragraph) -> str:
        return self.inlines(node.content)

    def display(self, node: DisplayMath) -> str:
        return _displayed_formula(node.latex, self.lang, self.room)

    def bullets(self, node: BulletList) -> str:
        return f"#list({self.items(node.items)})"

    def ordered(self, node: OrderedList) -> str:
        return f"#enum(start: {node.start}, {self.items(node.items)})"

    def items(self, items: tuple[tuple[Block, ...], ...]) -> str:
        room, self.room = self.room, self.room - 2.3
        text = ", ".join(f"[{self.blocks(item)}]" for item in items)
        self.room = room
        return text

    def table(self, node: Table) -> str:
        plan = layout(node, self.room)
        # Typst counts the inset of a cell into the width of its column.
        columns = ", ".join("auto" if wide is None else f"{wide + 1.1:.2f}em" for wide in plan.widths)
        align = ", ".join(node.alignment)
        header = ", ".join(f"[{self.inlines(cell)}]" for cell in node.header)
        rows = ",\n".join(", ".join(f"[{self.inlines(cell)}]" for cell in row) for row in node.rows)
        fit = ("" if plan.fits else ", fit: true") + (
            ", whole: true" if len(node.rows) <= WHOLE_TABLE else ""
        )
        return f"#data(({columns},), ({align},), {plan.size}{fit}, table.header({header}),\n{rows})"

    def figure(self, node: Figure) -> str:
        caption = self.inlines(node.caption)
        number = typst_string(f"{self.term('figure')} {self.numbers[node.name]}")
        title = f'#strong[#{number};]#" — ";{caption}' if caption else ""
        return f"#picture({typst_string(self.figure_path(node.name))}, {typst_string(node.alt)}, [{title}])"

    def quote(self, node: Quote) -> str:
        room, self.room = self.room, self.room - 2.5
        text = self.blocks(node.blocks)
        self.room = room
        return f"#quote(block: true)[{text}]"

    def code(self, node: CodeBlock) -> str:
        lines = ",".join(typst_string(line) for line in node.text.rstrip("\n").split("\n"))
        return f'#raw(({lines},).join("\\n"), block: true)'

    def part(self, node: Part) -> str:
        """A part inside a box: its letter stands beside it."""
        room, self.room = self.room, self.room - PART_INDENT
        text = self.blocks(node.blocks)
        self.room = room
        return f"#labelled({typst_string(part_label(node.index))})[\n{text}\n]"

    def blank(self, node: Blank) -> str:
        return f"#blank-box({float(node.height):g}cm)"

    def box(self, node: Box) -> str:
        heading = typst_string(self.box_heading(node))
        title, body = self.inlines(node.title), self.narrower(node.kind, node.blocks)
        whole = node.kind == "result" and is_whole(node.blocks, self.room, self.lang)
        return f"#{node.kind}-box({heading}, [{title}]{', whole: true' if whole else ''})[\n{body}\n]"

    # ---- inlines ----

    def text(self, node: Text) -> str:
        return f"#{typst_string(node.text)};"

    def emphasis(self, node: Emphasis) -> str:
        return f"#emph[{self.inlines(node.content)}];"

    def strong(self, node: Strong) -> str:
        return f"#strong[{self.inlines(node.content)}];"

    def code_span(self, node: Code) -> str:
        if len(node.text) <= _LONG_CODE:
            return f"#raw({typst_string(node.text)});"
        pieces = re.split(r"(?<=[/._,:=()-])", node.text)
        return "#sym.zws;".join(f"#raw({typst_string(piece)});" for piece in pieces if piece)

    def math(self, node: InlineMath) -> str:
        return _inline_formula(node.latex, self.lang)

    def link(self, node: Link) -> str:
        if not node.target:
            return self.inlines(node.content)
        return f"#link({typst_string(node.target)})[{self.inlines(node.content)}];"

    def line_break(self, node: LineBreak) -> str:
        return "#linebreak();"
