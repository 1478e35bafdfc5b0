r"""Document → LaTeX of the `exam` class: `\question[3]`, `\part`, `solution`, `\printanswers`, `\gradetable`.

Blocks are written as in `latex`; what differs is the frame and how questions, parts and answers are marked,
so that a sheet joins the papers of a department that uses the class.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import groupby

from solver.document.nodes import ANSWERS, Blank, Block, Box, Document, Heading, Part
from solver.errors import SheetError
from solver.writers.base import REPORT, FigurePath
from solver.writers.frames import OURS, Frames
from solver.writers.latex import LatexWriter
from solver.writers.latex_text import escape_latex


def write_exam(
    document: Document, *, figure_path: FigurePath, terms: Mapping[str, str], frames: Frames = OURS
) -> str:
    """The whole document as LaTeX for the `exam` class."""
    return _ExamWriter(document, figure_path, terms, frames).whole()


class _ExamWriter(LatexWriter):
    format_name = "exam"

    def whole(self) -> str:
        before, questions, after = _thirds(self.document.blocks)
        graded = any(isinstance(b, Heading) and b.points for b in questions) or any(
            isinstance(b, Part) and b.points for b in questions
        )
        return self.frames.render(
            "exam/document.tex.j2",
            preamble=self.preamble("exam", "11pt,a4paper" + (",addpoints" if graded else "")),
            **self.titles(),
            **{word: escape_latex(self.term(word)) for word in ("question", "score", "total")},
            point=escape_latex(self.term("point")),
            points=escape_latex(self.term("points")),
            points_word=escape_latex(self.term("points").capitalize()),
            graded=graded,
            answers=not self.is_statement,
            before=self.run(before),
            body=self.questions(questions),
            after=self.run(after),
        )

    def run(self, blocks: tuple[Block, ...]) -> str:
        return "\n\n".join(map(self.block, blocks))

    def questions(self, blocks: tuple[Block, ...]) -> str:
        """Exercises across the line, questions with their points, runs of parts, runs of answers."""
        out: list[str] = []
        in_question = False
        for kind, group in groupby(blocks, _kind):
            run = tuple(group)
            if kind == "part":
                out.append(
                    "\\begin{parts}\n"
                    + "\n\n".join(self.exam_part(b) for b in run if isinstance(b, Part))
                    + "\n\\end{parts}"
                )
            elif kind == "answer":
                out.append(self.solution(run))
            elif kind == "heading":
                for heading in run:
                    assert isinstance(heading, Heading)
                    in_question = heading.level > 1
                    out.append(self.exam_heading(heading, _has_own_points(blocks, heading)))
            elif in_question:
                out.append(self.run(run))
            else:
                out.append(f"\\fullwidth{{{self.run(run)}}}")
        return "\n\n".join(out)

    def exam_heading(self, node: Heading, parts_have_points: bool) -> str:
        if node.level == 1:
            return f"\\fullwidth{{{self.heading(node)}}}"
        if node.level > 2:
            return self.heading(node)
        points = "" if parts_have_points else _points(node.points)
        return f"\\question{points} \\textbf{{{self.inlines(node.content)}}}\\nopagebreak"

    def exam_part(self, node: Part) -> str:
        inner = [
            self.solution(tuple(group)) if kind == "answer" else self.run(tuple(group))
            for kind, group in groupby(node.blocks, _kind)
        ]
        return "\n\n".join([f"\\part{_points(node.points)}", *inner])

    def blank(self, node: Blank) -> str:
        return f"\\makeemptybox{{{float(node.height):g}cm}}"

    def solution(self, blocks: tuple[Block, ...]) -> str:
        return f"\\begin{{solution}}\n{self.run(blocks)}\n\\end{{solution}}"


def _thirds(
    blocks: tuple[Block, ...],
) -> tuple[tuple[Block, ...], tuple[Block, ...], tuple[Block, ...]]:
    """What stands before the first heading, the exercises, and the report on what was checked."""
    headings = [i for i, b in enumerate(blocks) if isinstance(b, Heading)]
    first = headings[0] if headings else len(blocks)
    last = next((i for i in headings if _is_report(blocks[i])), len(blocks))
    return blocks[:first], blocks[first:last], blocks[last:]


def _is_report(block: Block) -> bool:
    return isinstance(block, Heading) and block.label == REPORT


def _kind(block: Block) -> str:
    if isinstance(block, Part):
        return "part"
    if isinstance(block, Heading):
        return "heading"
    return "answer" if isinstance(block, Box) and block.kind in ANSWERS else "text"


def _has_own_points(blocks: Iterable[Block], heading: Heading) -> bool:
    """Whether the parts of a question carry its points: the class would count them twice."""
    return any(isinstance(b, Part) and b.points for b in _below(blocks, heading))


def _below(blocks: Iterable[Block], heading: Heading) -> Iterator[Block]:
    below = False
    for block in blocks:
        if isinstance(block, Heading) and block.level <= 2:
            below = block is heading
        elif below:
            yield block


def _points(points: str | None) -> str:
    r"""`[3]`, `[1\half]`; the class counts whole and half points, and a third would be lost in its table."""
    if points is None:
        return ""
    value = Fraction(points)
    if (2 * value).denominator != 1:
        raise SheetError(
            f"the exam class counts whole and half points, found {points}",
            hint="Choose other points, or the format latex.",
        )
    whole, half = divmod(value, 1)
    return f"[{whole if whole or not half else ''}" + ("\\half]" if half else "]")
