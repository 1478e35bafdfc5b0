"""`{exercise}` and `{solution}` as sphinx-exercise and MyST write them, read as questions and answers.

The text is rewritten line by line before it is read, so that every fault keeps its line: an exercise
becomes the heading of a question, a solution an `{answer}`, or the directives that it holds. The gated form
(`{exercise-start}` … `{exercise-end}`) is read too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from solver.errors import SheetError, Span, nearest
from solver.sheet.structure import WORDS

_OPEN = re.compile(r" {0,3}(?P<mark>`{3,}|~{3,})(?:\{(?P<name>[\w-]+)\})?[ \t]*(?P<argument>[^`]*)$")
_OPTION = re.compile(r"[ \t]*:(?P<name>[\w-]+):[ \t]*(?P<value>.*)")
_OURS = re.compile(r"[ \t]*(?:`{3,}|~{3,})\{(?:solve|answer|figure|check|hint|remark|marks)\}")
_NAMES = ("exercise", "solution", "exercise-start", "exercise-end", "solution-start", "solution-end")
_OPTIONS = ("label", "class", "nonumber", "hidden")


@dataclass(frozen=True, slots=True)
class _Fence:
    """A fenced block of the text: its first and last line (from 0), its options, where its body begins."""

    name: str
    argument: str
    mark: str
    first: int
    last: int
    options: dict[str, str]
    body: int


def unfolded(text: str, lang: str = "en") -> str:
    """The text with each exercise and solution in our own form; an exercise without a title is called by its
    word in the language. Raises SheetError at the line at fault."""
    if not any("{" + name + "}" in text for name in _NAMES):
        return text
    rows = text.split("\n")
    rewriter = _Rewriter(rows, WORDS.get(lang, WORDS["en"]))
    for fence in _fences(rows):
        rewriter.rewrite(fence)
    rewriter.close()
    return "\n".join(rows)


def _fences(rows: list[str]) -> Iterator[_Fence]:
    """The fenced blocks that stand on their own, in order; those inside another are part of it."""
    at = 0
    while at < len(rows):
        opening = _OPEN.match(rows[at])
        if opening is None:
            at += 1
            continue
        mark = opening["mark"]
        closing = re.compile(rf" {{0,3}}{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$")
        last = next((i for i in range(at + 1, len(rows)) if closing.match(rows[i])), None)
        if last is None:
            return  # an open fence is told by the reader of Markdown
        options: dict[str, str] = {}
        body = at + 1
        while body < last and (option := _OPTION.fullmatch(rows[body])):
            options[option["name"]] = option["value"].strip()
            body += 1
        yield _Fence(opening["name"] or "", opening["argument"].strip(), mark, at, last, options, body)
        at = last + 1


class _Rewriter:
    """Rewrites blocks in their order; it knows the exercise that it is in."""

    def __init__(self, rows: list[str], words: tuple[str, str]) -> None:
        self.rows = rows
        self.words = words
        self.label: str | None = None
        self.gate: tuple[_Fence, str] | None = None

    def rewrite(self, fence: _Fence) -> None:
        """One block, where it is an exercise, a solution or a gate."""
        if fence.name not in _NAMES:
            return
        for name in fence.options:
            if name not in _OPTIONS:
                raise self.fault(
                    fence, f"“{fence.name}” has no option “{name}”; its options: {', '.join(_OPTIONS)}",
                    nearest(name, _OPTIONS),
                )  # fmt: skip
        kind, _, gate = fence.name.partition("-")
        if gate == "end":
            self.end(fence, kind)
        elif kind == "exercise":
            self.exercise(fence, gated=bool(gate))
        else:
            self.solution(fence, gated=bool(gate))

    def exercise(self, fence: _Fence, gated: bool) -> None:
        if "hidden" in fence.options and not gated:
            self.label = fence.options.get("label")
            self.blank(fence.first, fence.last)
            return
        self.label = fence.options.get("label")
        attributes = [f"#{self.label}"] if self.label else []
        attributes += ["-"] if "nonumber" in fence.options else []
        shown = f" {{{' '.join(attributes)}}}" if attributes else ""
        self.blank(fence.first, fence.last if gated else fence.body - 1)
        exercise, question = self.words
        title = f"{question} — {fence.argument}" if fence.argument else question
        if "nonumber" in fence.options:
            title = fence.argument or exercise
        self.rows[fence.first] = f"## {title}{shown}"
        self.rows[fence.last] = ""
        if gated:
            self.gate = (fence, "exercise")

    def solution(self, fence: _Fence, gated: bool) -> None:
        if not self.label or fence.argument != self.label:
            raise self.fault(
                fence, f"the solution of “{fence.argument}” stands under its exercise, here it is under "
                + (f"“{self.label}”" if self.label else "none with a label"),
            )  # fmt: skip
        if gated:
            self.blank(fence.first, fence.last)
            self.gate = (fence, "solution")
            return
        if "hidden" in fence.options:
            self.blank(fence.first, fence.last)
            return
        self.answer(fence.first, fence.body, fence.last, fence.mark)

    def end(self, fence: _Fence, kind: str) -> None:
        if self.gate is None or self.gate[1] != kind:
            raise self.fault(fence, f"“{fence.name}” ends no “{kind}-start”")
        start, _ = self.gate
        self.gate = None
        self.blank(fence.first, fence.last)
        if kind == "solution" and "hidden" in start.options:
            self.blank(start.first, fence.last)
        elif kind == "solution":
            self.answer(start.last, start.last + 1, fence.first, "`" * 8)
        elif "hidden" in start.options:
            self.blank(start.first, fence.last)

    def close(self) -> None:
        """Every gate is closed at the end."""
        if self.gate is not None:
            start, kind = self.gate
            raise self.fault(start, f"“{kind}-start” is not closed", f"Write {{{kind}-end}} below it.")

    def answer(self, first: int, body: int, last: int, mark: str) -> None:
        """Lines body to last − 1 are an answer: a text, or directives of ours that stand by themselves."""
        inside = self.rows[body:last]
        if not any(_OURS.match(row) for row in inside):
            self.blank(first, body - 1)
            self.rows[first], self.rows[last] = f"{mark}{{answer}}", mark
            return
        covered = {i for f in _fences(inside) for i in range(f.first, f.last + 1)}
        stray = next((i for i, row in enumerate(inside) if row.strip() and i not in covered), None)
        if stray is not None:
            raise SheetError(
                "a solution holds directives or a text, not both",
                span=Span(body + stray + 1, 1, len(inside[stray])),
                hint="Put the text into an {answer}, so that it never shows in a statement.",
            )
        self.blank(first, body - 1)
        self.rows[last] = ""

    def blank(self, first: int, last: int) -> None:
        for at in range(first, last + 1):
            self.rows[at] = ""

    def fault(self, fence: _Fence, message: str, hint: str | None = None) -> SheetError:
        return SheetError(message, span=Span(fence.first + 1, 1, len(self.rows[fence.first])), hint=hint)
