"""Document → one LaTeX file for pdflatex, with the preamble of `templates/latex/document.tex.j2`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

from solver.document.formula_tree import Grid
from solver.document.nodes import (
    Blank,
    Block,
    Box,
    BulletList,
    CodeBlock,
    DisplayMath,
    Document,
    Figure,
    Heading,
    OrderedList,
    Paragraph,
    Part,
    Quote,
    Table,
)
from solver.errors import SheetError
from solver.writers.base import INSETS, PART_INDENT, FigurePath, Piece, part_label, pieces, spoken_text
from solver.writers.block_height import WHOLE_TABLE, height, is_whole, is_whole_display
from solver.writers.formula_latex import print_latex
from solver.writers.formula_split import displayed
from solver.writers.formula_width import width
from solver.writers.frames import OURS, Frames
from solver.writers.latex_lines import LatexLines
from solver.writers.latex_text import escape_latex, escape_latex_code, escape_url
from solver.writers.table_layout import layout

BABEL = {"fr": "french", "en": "english", "de": "german", "es": "spanish", "it": "italian"}
LINE = 41.0
"""The width of a line in em of the text size, at 11 pt on A4 with the margins of the frame."""
TIGHT_LINE = 55.0
"""The same on a compact page, at 9 pt."""
_ROWS_IN_A_BOX = 18
_SIZES = {1.0: "", 0.9: r"\small", 0.8: r"\footnotesize"}


def write_latex(
    document: Document, *, figure_path: FigurePath, terms: Mapping[str, str], frames: Frames = OURS
) -> str:
    """The whole document as LaTeX; `figure_path` gives a figure's path relative to the file."""
    return LatexWriter(document, figure_path, terms, frames).whole()


class LatexWriter(LatexLines):
    format_name = "LaTeX"

    def __init__(
        self, document: Document, figure_path: FigurePath, terms: Mapping[str, str], frames: Frames = OURS
    ) -> None:
        super().__init__(document, figure_path, terms, frames)
        line = TIGHT_LINE if document.metadata.compact else LINE
        self.room = line if self.columns == 1 else 0.48 * line
        self.boxed = 0

    def whole(self) -> str:
        tight = self.document.metadata.compact
        return self.frames.render(
            "latex/document.tex.j2",
            preamble=self.preamble(
                *(("extarticle", "9pt,a4paper") if tight else ("article", "11pt,a4paper"))
            ),
            **self.titles(),
            columns=self.columns,
            body=self.flow(self.document.blocks),
        )

    def preamble(self, document_class: str, class_options: str) -> str:
        """Everything before the page style: class, packages, and the commands that the blocks use."""
        data = self.document.metadata
        if data.lang not in BABEL:
            raise SheetError(
                f"the LaTeX writer has no babel language for “{data.lang}”; known: {', '.join(BABEL)}"
            )
        return self.frames.render(
            "latex/preamble.tex.j2",
            document_class=document_class,
            class_options=class_options,
            language=BABEL[data.lang],
            lang=data.lang,
            pdf_title=escape_latex(f"{data.title} — {self.view_word()}"),
            author=escape_latex(data.author or ""),
            course=escape_latex(data.course or ""),
            logo=bool(data.logo),
            columns=self.columns,
            statement=self.is_statement,
            compact=data.compact,
        )

    def titles(self) -> dict[str, str]:
        """The head of the document, and the path of its logo."""
        data = self.document.metadata
        logo = escape_url(self.picture_path(data.logo)) if data.logo else ""
        return self.head(escape_latex) | {"logo": logo}

    def blocks(self, blocks: tuple[Block, ...], titled: bool = False) -> str:
        """Blocks below each other; a display belongs to the paragraph before it, else TeX sets an empty line.

        `titled` says that a title line stands just above.
        """
        text = ""
        for before, node in zip((None, *blocks), blocks, strict=False):
            if before is not None:
                follows = isinstance(node, DisplayMath) and isinstance(before, (Paragraph, DisplayMath))
                text += "\n" if follows else "\n\n"
                if isinstance(node, DisplayMath) and not follows:
                    text += "\\displaystart\n"
            elif titled and isinstance(node, DisplayMath):
                text += "\\displaystart\n"
            text += self.block(node)
        return text

    def flow(self, blocks: tuple[Block, ...]) -> str:
        """Blocks at the level of questions: what is asked stands in panels, apart from the answers."""
        parts = []
        panels = pieces(blocks)
        for at, panel in enumerate(panels):
            parts.append(self.room_for(panels, at))
            if not panel[0].asked:
                parts.append(self.block(panel[0].blocks[0]))
            elif self.is_statement:
                parts += map(self.asked, panel)
            else:
                text = self.inside("statement", partial(self.panel, panel))
                parts.append(f"\\begin{{statement}}\n{text}\n\\end{{statement}}")
        return "\n\n".join(filter(None, parts))

    def room_for(self, panels: list[list[Piece]], at: int) -> str:
        """Asks for the room of a title, the question below it and the beginning of its answer."""
        before = panels[at - 1][0] if at else None
        if (
            _is_heading(before)
            or (self.is_statement and panels[at][0].asked)
            or not (panels[at][0].asked or _is_heading(panels[at][0]))
        ):
            return ""
        lines = 2.0
        asked = False
        for panel in panels[at : at + 5]:
            if asked and _is_heading(panel[0]):
                break  # what introduces an exercise may stand at the foot of a page
            asked = asked or panel[0].asked
            inner = sum(height(piece.blocks, self.room, self.lang) + 0.5 for piece in panel)
            if _is_heading(panel[0]):
                lines += inner + 1.0
            elif panel[0].asked:
                lines += min(inner + 1.0, 14.0)
            else:
                whole = is_whole(panel[0].blocks, self.room, self.lang)
                lines = min(lines + inner + 2.0, 36.0) if whole else min(lines + 6.0, 22.0)
                return f"\\roomfor{{{lines:.0f}}}"
        return f"\\roomfor{{{min(lines, 9.0 if self.is_statement else 22.0):.0f}}}"

    def panel(self, panel: list[Piece]) -> str:
        return "\n\n".join(map(self.asked, panel))

    def asked(self, piece: Piece) -> str:
        """A piece of statement, behind its label if it has one."""
        if not piece.label:
            return self.blocks(piece.blocks)
        points = f"\\partworth{{{escape_latex(self.points(piece.points))}}}" if piece.points else ""
        return f"\\partlabel{{{piece.label}}}{points}{self.blocks(piece.blocks)}"

    def inside(self, kind: str, write: Callable[[], str]) -> str:
        """What `write` gives with the line as narrow as it is inside a box of this kind."""
        room = self.room
        self.room -= INSETS.get(kind, 0.0)
        self.boxed += kind in INSETS
        text = write()
        self.room = room
        self.boxed -= kind in INSETS
        return text

    # ---- blocks ----

    def heading(self, node: Heading) -> str:
        command = {1: "section", 2: "subsection", 3: "subsubsection"}.get(node.level, "paragraph")
        shown = self.inlines(node.content)
        plain = escape_latex(spoken_text(node.content, self.lang))
        points = f"\\worth{{{escape_latex(self.points(node.points))}}}" if node.points else ""
        if plain == shown and not points:
            return f"\\{command}{{{shown}}}"
        return f"\\{command}{{\\texorpdfstring{{{shown}{points}}}{{{plain}}}}}"

    def paragraph(self, node: Paragraph) -> str:
        return self.inlines(node.content)

    def display(self, node: DisplayMath) -> str:
        tree = displayed(node.latex, self.lang, self.room)
        text = print_latex(tree, self.lang)
        if width(tree) > 0.97 * self.room:
            return f"\\fitted{{{text}}}"
        if (
            isinstance(tree, Grid)
            and tree.environment == "aligned"
            and len(tree.rows[0]) < 3
            and not is_whole_display(tree)
        ):
            inner = text.removeprefix("\\begin{aligned}").removesuffix("\\end{aligned}").strip()
            return f"\\begin{{align*}}\n{inner}\n\\end{{align*}}"
        return f"\\[\n{text}\n\\]"

    def bullets(self, node: BulletList) -> str:
        return self.listing("itemize", "", node.items)

    def ordered(self, node: OrderedList) -> str:
        return self.listing("enumerate", "" if node.start == 1 else f"[start={node.start}]", node.items)

    def listing(self, name: str, options: str, items: tuple[tuple[Block, ...], ...]) -> str:
        room, self.room = self.room, self.room - 2.3
        body = "\n".join(f"\\item {{}}{self.blocks(item)}" for item in items)
        self.room = room
        return f"\\begin{{{name}}}{options}\n{body}\n\\end{{{name}}}"

    def table(self, node: Table) -> str:
        plan = layout(node, self.room)
        sides = {"left": "l", "center": "c", "right": "r"}
        wrapped = {"left": r"\raggedright", "center": r"\centering", "right": r"\raggedleft"}
        columns = "".join(
            sides[side] if wide is None else f">{{{wrapped[side]}\\arraybackslash}}p{{{wide:.2f}em}}"
            for side, wide in zip(node.alignment, plan.widths, strict=True)
        )
        header = self.cells(node.header, strong=True)
        rows = [self.cells(row) for row in node.rows]
        size = _SIZES[plan.size]
        if not plan.fits:
            whole = self.tabular(columns, header, rows)
            return f"\\begin{{center}}{size}\\fittedtable{{{whole}}}\\end{{center}}"
        if not self.boxed and len(rows) > WHOLE_TABLE:
            body = "\n".join(f"{row} \\\\" for row in rows)
            return (
                f"{{{size}\\begin{{longtable}}{{@{{}}{columns}@{{}}}}\n\\toprule\n"
                f"{header} \\\\\n\\midrule\n\\endhead\n"
                f"\\bottomrule\n\\endfoot\n{body}\n\\end{{longtable}}}}"
            )
        chunks = [rows[at : at + _ROWS_IN_A_BOX] for at in range(0, len(rows), _ROWS_IN_A_BOX)] or [[]]
        tables = "\n\n".join(self.tabular(columns, header, chunk) for chunk in chunks)
        return f"\\begin{{center}}{size}\n{tables}\n\\end{{center}}"

    def tabular(self, columns: str, header: str, rows: list[str]) -> str:
        body = "\n".join(f"{row} \\\\" for row in rows)
        return (
            f"\\begin{{tabular}}{{@{{}}{columns}@{{}}}}\n\\toprule\n{header} \\\\\n\\midrule\n"
            f"{body}\n\\bottomrule\n\\end{{tabular}}"
        )

    def figure(self, node: Figure) -> str:
        caption = self.inlines(node.caption)
        word = escape_latex(self.term("figure"))
        title = f"\\figcaption{{{word}~{self.numbers[node.name]}}}{{{caption}}}" if caption else ""
        picture = f"\\showpicture{{{escape_url(self.figure_path(node.name))}}}{{{escape_latex(node.alt)}}}"
        return f"\\begin{{center}}\n{picture}\n{title}\n\\end{{center}}"

    def quote(self, node: Quote) -> str:
        room, self.room = self.room, self.room - 4.6
        text = self.blocks(node.blocks)
        self.room = room
        return f"\\begin{{quote}}\n{text}\n\\end{{quote}}"

    def code(self, node: CodeBlock) -> str:
        lines = [_code_line(line) for line in node.text.rstrip("\n").split("\n")]
        return "\\begin{codelines}\n" + "\\\\\n".join(lines) + "\n\\end{codelines}"

    def part(self, node: Part) -> str:
        """A part inside a box: its letter stands beside it."""
        room, self.room = self.room, self.room - PART_INDENT
        text = self.blocks(node.blocks)
        self.room = room
        return f"\\begin{{labelled}}{{{part_label(node.index)}}}\n{text}\n\\end{{labelled}}"

    def blank(self, node: Blank) -> str:
        return f"\\blankbox{{{float(node.height):g}cm}}"

    def box(self, node: Box) -> str:
        heading = escape_latex(self.box_heading(node))
        title = self.inlines(node.title)
        body = self.inside(node.kind, partial(self.blocks, node.blocks, node.kind != "result"))
        whole = node.kind == "result" and is_whole(node.blocks, self.room, self.lang)
        options = "[breakable=false]" if whole else ""
        return f"\\begin{{{node.kind}box}}{options}{{{heading}}}{{{title}}}\n{body}\n\\end{{{node.kind}box}}"


def _code_line(line: str) -> str:
    """A line of code that keeps its indent and its runs of spaces, and may be broken at single ones."""
    return re.sub(r"^ +|  +", lambda found: "~" * len(found.group()), escape_latex_code(line)) or "~"


def _is_heading(piece: Piece | None) -> bool:
    return piece is not None and bool(piece.blocks) and isinstance(piece.blocks[0], Heading)
