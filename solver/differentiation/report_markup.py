"""The answer as Markdown and as a fragment of LaTeX."""

from __future__ import annotations

from solver.derivation.step import Derivation, Step
from solver.derivation.wording import rule_wording
from solver.differentiation.answer import Answer, Result
from solver.differentiation.report_words import Marks, Words, inner_function, remarks, rule_name, summary
from solver.differentiation.request import Kind
from solver.expression.latex import condition_latex, latex

MARKS = Marks(
    latex,
    condition_latex,
    lambda text: f"${text}$".replace("≈", r"\approx"),
    r"\mathbb{R}",
    {1: r"+\infty", -1: r"-\infty", 0: ""},
)


def markdown_report(result: Result, lang: str, words: Words) -> str:
    """A list of steps under each equality, then what is said of it."""
    parts = []
    shown: set[int] = set()
    for answer in result.answers:
        if id(answer) not in shown:
            shown.add(id(answer))
            parts.append(_markdown(answer, lang, words))
    if result.request.kind in (Kind.JACOBIAN, Kind.HESSIAN):
        parts.append(f"$${_matrix(result)}$$")
    return "\n\n".join([*parts, summary(result, lang, words)])


def _markdown(answer: Answer, lang: str, words: Words) -> str:
    derivation = answer.derivation
    lines = [f"$${latex(derivation.start)} = {latex(derivation.result)}$$", ""]
    for number, step in enumerate(derivation.steps, start=1):
        lines.append(f"{number}. {_title(step, lang)}")
        lines += [f"   - ${_chain(child)}$ ({_rules(child, lang)})" for child in step.children]
        lines += ["", f"   $${latex(step.before)} = {latex(step.after)}$$", ""]
    return "\n".join([*lines, "\n".join(f"{r}  " for r in remarks(answer, words, MARKS)).rstrip()])


def _title(step: Step, lang: str) -> str:
    wording = rule_wording(step.rule, lang)
    u = inner_function(step)
    told = "" if u is None else f", $u = {latex(u)}$"
    return f"**{wording.name}**" + (f" (${wording.formula}$)" if wording.formula else "") + told


def _chain(child: Derivation) -> str:
    return " = ".join([latex(child.start), *(latex(s.after) for s in child.steps)])


def _rules(child: Derivation, lang: str) -> str:
    return ", ".join(dict.fromkeys(rule_name(s, lang).lower() for _, s in child.walk()))


def latex_report(result: Result, lang: str) -> str:
    """One `aligned` for each derivation, rules on the right; for a matrix, the matrix last."""
    parts = []
    shown: set[int] = set()
    for answer in result.answers:
        if id(answer) not in shown:
            shown.add(id(answer))
            parts.append(_latex(answer, lang))
    if result.request.kind in (Kind.JACOBIAN, Kind.HESSIAN):
        parts.append(_matrix(result))
    return "\n\n".join(parts)


def _latex(answer: Answer, lang: str) -> str:
    derivation = answer.derivation
    rows = [rf"&= {latex(step.after)} && \text{{({_plain_title(step, lang)})}}" for step in derivation.steps]
    rows[0] = f"{latex(derivation.start)} {rows[0]}"
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def _plain_title(step: Step, lang: str) -> str:
    u = inner_function(step)
    return rule_name(step, lang) + ("" if u is None else f", $u = {latex(u)}$")


def _matrix(result: Result) -> str:
    rows = [" & ".join(latex(a.derivation.result) for a in row) for row in result.rows]
    name = "H" if result.request.kind is Kind.HESSIAN else "J"
    return rf"{name} = \begin{{pmatrix}} " + r" \\ ".join(rows) + r" \end{pmatrix}"
