"""The answer as lines of a terminal, rules in a column on the right."""

from __future__ import annotations

from collections.abc import Iterator

from solver.derivation.step import Derivation, Step
from solver.differentiation.answer import Answer, Result
from solver.differentiation.report_words import Marks, Words, inner_function, remarks, rule_name, summary
from solver.differentiation.request import Kind
from solver.expression.plain import plain, plain_condition
from solver.expression.tree import Expr

_WIDEST = 76
"""Past this many columns a rule stands right after its line."""

MARKS = Marks(plain, plain_condition, lambda text: text, "ℝ", {1: "+∞", -1: "-∞", 0: ""})

Row = tuple[str, str]
"""A line, and what stands in the column on the right."""


def text_report(result: Result, lang: str, words: Words) -> str:
    """Every derivation, what is said of it, and how much was checked."""
    parts = [_opening(result, words)] if _opening(result, words) else []
    shown: set[int] = set()
    functions: set[Expr] = set()
    for answer in result.answers:
        if id(answer) not in shown:  # an entry of a symmetric matrix stands twice
            shown.add(id(answer))
            told = list(remarks(answer, words, MARKS, domain=answer.expression not in functions))
            functions.add(answer.expression)
            parts.append("\n".join([*_lines(answer, lang), *([""] if told else []), *told]))
    if result.request.kind in (Kind.JACOBIAN, Kind.HESSIAN):
        parts.append(_matrix(result, words))
    return "\n\n".join([*parts, summary(result, lang, words)])


def _opening(result: Result, words: Words) -> str:
    request = result.request
    if request.equation is None or request.dependent is None:
        return ""
    left, right = request.equation
    return words["equation"].format(
        equation=f"{plain(left)} = {plain(right)}",
        dependent=request.dependent.name,
        variable=", ".join(x.name for x in request.variables),
    )


def _lines(answer: Answer, lang: str) -> list[str]:
    rows = list(_rows(answer.derivation, lang, 0))
    width = min(_WIDEST, max((len(line) for line, note in rows if note), default=0))
    return [f"{line:<{width}}   [{note}]" if note else line for line, note in rows]


def _rows(derivation: Derivation, lang: str, indent: int) -> Iterator[Row]:
    """The start, then a line a step; a derivation of one step that stands inside another is one line."""
    margin = "  " * indent
    if indent and len(derivation.steps) == 1 and not derivation.steps[0].children:
        (only,) = derivation.steps
        yield f"{margin}{plain(derivation.start)} = {plain(only.after)}", _note(only, lang)
        return
    yield margin + plain(derivation.start), ""
    for step in derivation.steps:
        for child in step.children:
            yield from _rows(child, lang, indent + 3)
        yield f"{margin}  = {plain(step.after)}", _note(step, lang)


def _note(step: Step, lang: str) -> str:
    name = rule_name(step, lang).replace("$", "")
    u = inner_function(step)
    return name if u is None else f"{name}, u = {plain(u)}"


def _matrix(result: Result, words: Words) -> str:
    cells = [[plain(a.derivation.result) for a in row] for row in result.rows]
    widths = [max(len(row[k]) for row in cells) for k in range(len(cells[0]))]
    lines = ["[ " + "   ".join(f"{c:<{w}}" for c, w in zip(row, widths, strict=True)) + " ]" for row in cells]
    hessian = result.request.kind is Kind.HESSIAN
    title = words["matrix_hessian" if hessian else "matrix_jacobian"]
    names = ", ".join(x.name for x in result.request.variables)
    symmetric = [words["symmetric"]] if hessian and len(cells) > 1 else []
    return "\n".join([f"{title} ({names}):", *lines, *symmetric])
