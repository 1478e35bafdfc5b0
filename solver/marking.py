"""A solved sheet → its marking scheme: the points of each question, what earns them, the asked results."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from solver.assembly import Options, Solved, metadata_of, worded_answer
from solver.document.figure import FigureSpec
from solver.document.nodes import (
    Block,
    Box,
    BulletList,
    Document,
    Heading,
    Paragraph,
    Part,
    Strong,
    Table,
    Text,
)
from solver.plain_data import public
from solver.resources import terms
from solver.sheet.model import Directive
from solver.sheet.points import Mark, PartPoints, QuestionPoints, scheme, total
from solver.sheet.values import line_of
from solver.wording import Wording


def marking(solved: Solved, options: Options) -> Document:
    """The marking scheme as a document: a table of the points, then each question with what earns its own.

    A part without `{marks}` is marked on its boxed results.
    """
    wording = Wording(solved.lang, "result", options.templates)
    questions = scheme(solved.sheet.blocks)
    figures: dict[str, FigureSpec] = {}
    blocks: list[Block] = [*_summary(solved, questions)]
    current: QuestionPoints | None = None
    by_label = {q.label: q for q in questions}
    for block in solved.sheet.blocks:
        if isinstance(block, Heading) and block.level <= 2:
            current = by_label.get(block.label or "")
            points = current.points if current else None
            blocks.append(replace(block, points=None if points is None else shown(points)))
            if current and current.parts and current.parts[0].index == 0:
                blocks += _earned(solved, current.parts[0])
        elif isinstance(block, Part) and current is not None:
            part = next(p for p in current.parts if p.index == block.index)
            inner = [*_earned(solved, part), *_results(solved, wording, block.blocks, figures)]
            points_text = None if part.points is None else shown(part.points)
            blocks.append(Part(block.index, tuple(inner), points_text))
        elif isinstance(block, Directive):
            blocks += _results(solved, wording, (block,), figures)
    return Document(metadata_of(solved.sheet, solved.lang, "marking", options), tuple(blocks), figures)


def shown(points: Fraction) -> str:
    """Points as exact text: `2.5` where the decimal is short, else `7/6`."""
    for places in range(4):
        if (scaled := points * 10**places).denominator == 1:
            whole, rest = divmod(int(scaled), 10**places)
            return f"{whole}.{rest:0{places}d}" if places else str(whole)
    return str(points)


def _summary(solved: Solved, questions: tuple[QuestionPoints, ...]) -> tuple[Block, ...]:
    whole = total(questions)
    if whole is None:
        return ()
    words = terms(solved.lang)

    def number(points: Fraction | None) -> tuple[Text, ...]:
        text = "—" if points is None else shown(points)
        return (Text(text if solved.lang == "en" else text.replace(".", ",")),)

    headings = (b for b in solved.sheet.blocks if isinstance(b, Heading) and b.level == 2)
    rows = tuple((h.content, number(q.points)) for h, q in zip(headings, questions, strict=True))
    last = ((Strong((Text(words["total"]),)),), (Strong(number(whole)),))
    head = ((Text(words["question"]),), (Text(words["points"].capitalize()),))
    return (Table(head, (*rows, last), ("left", "right")),)


def _earned(solved: Solved, part: PartPoints) -> tuple[Block, ...]:
    """What earns the points of a part, a line each."""
    if not part.marks:
        return ()
    return (BulletList(tuple((_line(solved, mark),) for mark in part.marks)),)


def _line(solved: Solved, mark: Mark) -> Paragraph:
    points = shown(mark.points)
    text = points if solved.lang == "en" else points.replace(".", ",")
    content = line_of(mark.text, mark.span, solved.sheet, public(solved.facts), solved.lang)
    return Paragraph((Strong((Text(text),)), Text(" — "), *content))


def _results(
    solved: Solved, wording: Wording, blocks: tuple[Block, ...], figures: dict[str, FigureSpec]
) -> list[Block]:
    """The boxed results, and the teacher's own answers, of the directives among the blocks."""
    found: list[Block] = []
    for block in blocks:
        if isinstance(block, Directive) and block.name in ("solve", "answer"):
            worded, shown_figures = worded_answer(block, solved, wording)
            found += [b for b in worded if isinstance(b, Box) and b.kind in ("result", "answer")]
            figures.update(shown_figures)
    return found
