"""`corrige derive`: the answer as text, Markdown, LaTeX or JSON; one question, or one a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext

from solver.differentiation.answer import answer
from solver.differentiation.report_json import as_json
from solver.differentiation.report_markup import latex_report, markdown_report
from solver.differentiation.report_text import text_report
from solver.differentiation.report_words import sentences
from solver.differentiation.request import Options, read_request
from solver.errors import CorrigeError, OutOfTime
from solver.messages import worded


def derive_report(
    text: str,
    wrt: str | None = None,
    order: int = 1,
    to: str = "text",
    lang: str = "en",
    options: Options | None = None,
) -> str:
    """The answer for `text`, written in the format `to`. Several names in `wrt` give the gradient.

    Raises ExpressionError for bad input, CheckFailed where the second road contradicts a line.
    """
    asked = Options(wrt, order) if options is None else options
    found = answer(read_request(text, asked))
    match to:
        case "json":
            return json.dumps(as_json(found, sentences(lang)), ensure_ascii=False, indent=2)
        case "text":
            return text_report(found, lang, sentences(lang))
        case "markdown":
            return markdown_report(found, lang, sentences(lang))
        case _:
            return latex_report(found, lang)


def derive_lines(
    lines: Iterable[str],
    to: str = "json",
    wrt: str | None = None,
    order: int = 1,
    lang: str = "en",
    options: Options | None = None,
    limit: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Iterator[str]:
    """One answer a line, in order; each line is `expression` or `expression<TAB>variable`.

    A line that cannot be answered gives `{"error": {"message", "line", "column"}}`, outside JSON its message.
    `limit` holds around each line and may raise OutOfTime, which is that line's error.
    """
    from dataclasses import replace

    asked = Options(wrt, order) if options is None else options
    for number, line in enumerate(lines, start=1):
        text, _, variable = line.partition("\t")
        own = replace(asked, wrt=variable.strip() or asked.wrt)
        try:
            with limit():
                written = _line(text, to, lang, own)
        except (CorrigeError, ArithmeticError, ValueError, RecursionError, OutOfTime) as fault:
            written = _error(fault, number, to, lang)
        yield written


def _line(text: str, to: str, lang: str, options: Options) -> str:
    if to != "json":
        return derive_report(text, to=to, lang=lang, options=options)
    return json.dumps(as_json(answer(read_request(text, options)), sentences(lang)), ensure_ascii=False)


def _error(fault: BaseException, number: int, to: str, lang: str) -> str:
    say = str if to == "json" else worded(lang)
    message = say("the expression is too large or too deep")
    if isinstance(fault, (CorrigeError, OutOfTime)):
        message = say(str(fault))
    span = fault.span if isinstance(fault, CorrigeError) else None
    column = span.column if span else 1
    if isinstance(fault, CorrigeError) and fault.hint:
        end = "" if message.endswith("?") else "."
        message = f"{message.rstrip('.')}{end} {say(fault.hint)}"
    if to == "json":
        return json.dumps(
            {"error": {"message": message, "line": number, "column": column}}, ensure_ascii=False
        )
    return f"{say(f'error: line {number}, column {column}:')} {message}"
