"""`corrige graph`: the answer as JSON, text, Markdown or LaTeX."""

from __future__ import annotations

import json

from solver.errors import CheckFailed
from solver.graph.answer import analyse
from solver.graph.report_json import graph_json
from solver.graph.report_markup import latex_report, markdown_report
from solver.graph.report_text import text_report
from solver.resources import language_words


def graph_report(
    expression: str, *, wrt: str | None = None, at: str | None = None, to: str = "text", lang: str = "en"
) -> str:
    """The answer for one expression, which may begin with the name of its value (`L = …`), or for equations.

    `wrt` is a list of variables (default: all), `at` values such as `w1=2,x=3`. Raises CorrigeError where one
    of them cannot be read, CheckFailed where the second road contradicts a line.
    """
    found = analyse(expression, wrt=wrt, at=at)
    wrong = next((check for check in found.checks if check.holds is False), None)
    if wrong is not None:
        raise CheckFailed(f"a line does not hold: {wrong.left} = {wrong.right}")
    match to:
        case "json":
            return json.dumps(graph_json(found), ensure_ascii=False, indent=1)
        case "text":
            return text_report(found, sentences(lang))
        case "markdown":
            return markdown_report(found, sentences(lang))
        case _:
            return latex_report(found)


def sentences(lang: str) -> dict[str, str]:
    """The words of a language."""
    return language_words(lang, "graph")
