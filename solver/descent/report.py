"""`corrige descend`: exact iterates of a method on any expression, and the verdict on the infinite run."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from flint import arb, ctx

from solver.descent.outcome import Outcome, outcome_of
from solver.descent.problem import (
    Problem,
    gradient_of,
    newton_direction,
    read_count,
    read_number,
    read_problem,
    value_at,
)
from solver.descent.updates import (
    Inexact,
    Iterate,
    Real,
    Vector,
    bits,
    method,
    parameters,
    run,
    to_ball,
)
from solver.errors import CheckFailed, CorrigeError

PRINTED_BITS = 13_000
"""Longest numerator or denominator written in full: Python prints integers of at most 4,300 digits."""
DIGITS = 50


def descend_report(
    expression: str,
    *,
    start: str,
    rate: str,
    steps: str | int = 3,
    method: str = "gd",
    wrt: str | None = None,
    options: Mapping[str, str] | None = None,
    to: str = "text",
    lang: str = "en",
) -> str:
    """The descent as text, Markdown, a LaTeX fragment or JSON. All numbers are texts in our notation."""
    found = descend(
        expression,
        start=start,
        rate=rate,
        steps=steps,
        method_name=method,
        wrt=wrt,
        options=options,
        lang=lang,
    )
    if to == "json":
        return json.dumps(found, ensure_ascii=False, indent=2)
    return _written(found, to, lang)


def descend(
    expression: str,
    *,
    start: str,
    rate: str,
    steps: str | int = 3,
    method_name: str = "gd",
    wrt: str | None = None,
    options: Mapping[str, str] | None = None,
    lang: str = "en",
) -> dict[str, Any]:
    """The data of the JSON contract: expression, variables, method, iterates, verdict."""
    chosen = method(method_name)
    alpha = read_number(rate, "rate")
    count = read_count(steps)
    given = {name: read_number(value, name) for name, value in (options or {}).items()}
    parameters(chosen, given)
    problem = read_problem(expression, wrt)
    first = tuple(read_number(item, "start") for item in start.split(","))
    if len(first) != len(problem.variables):
        names = ", ".join(v.name for v in problem.variables)
        raise CorrigeError(
            f"a start with {len(problem.variables)} number(s) is expected (for {names}), found {len(first)}"
        )
    gradient = gradient_of(problem)
    direction = newton_direction(problem, gradient) if chosen.name == "newton" else gradient
    iterates = run(chosen, direction, first, alpha, count, given)
    outcome = outcome_of(problem, chosen, first, alpha, given, gradient)
    if any(check.holds is False for check in outcome.checks):
        raise CheckFailed("a proof of the verdict did not pass its second check")
    from solver.expression.bridge import sympy_text

    return {
        "expression": sympy_text(problem.expression),
        "variables": [v.name for v in problem.variables],
        "method": chosen.name,
        "rate": str(alpha),
        "parameters": {name: str(v) for name, v in parameters(chosen, given).items()},
        "iterates": [_row(problem, gradient, it) for it in iterates]
        + [_beyond(k, iterates, len(first)) for k in range(len(iterates), count + 1)],
        "verdict": {
            "behaviour": outcome.behaviour,
            "limit": None if outcome.limit is None else [_text(x) for x in outcome.limit],
            "period": outcome.period,
            "nature": outcome.nature,
            "proof": _sentence(outcome, lang),
        },
    }


# ---- rows -------------------------------------------------------------------------------------


def _row(problem: Problem, gradient: Callable[[Vector], Vector], iterate: Iterate) -> dict[str, Any]:
    point = iterate.point
    exact = iterate.exact
    try:
        value: Real = value_at(problem.expression, problem.variables, point)
        slope = gradient(point)
    except Inexact:
        exact = False
        with ctx.workprec(400):
            balls = tuple(to_ball(x) for x in point)
            value = value_at(problem.expression, problem.variables, balls)
            slope = tuple(value_at(g, problem.variables, balls) for g in problem.gradient)
    numbers = (*point, value, *slope)
    exact = exact and all(isinstance(x, Fraction) and bits(x) <= PRINTED_BITS for x in numbers)
    return {
        "k": iterate.k,
        "point": [_text(x) for x in point],
        "value": _text(value),
        "gradient": [_text(x) for x in slope],
        "exact": exact,
    }


def _beyond(k: int, iterates: Sequence[Iterate], width: int) -> dict[str, Any]:
    """The row of an iterate too large to write (beyond 2^12000) or not defined: no number, and it says so."""
    return {"k": k, "point": [None] * width, "value": None, "gradient": [None] * width, "exact": False}


def _text(x: Real) -> str | None:
    """An exact rational, or 50 significant digits; None where it is not defined."""
    if isinstance(x, Fraction) and bits(x) <= PRINTED_BITS:
        return str(x)
    with ctx.workprec(400):
        middle = to_ball(x).mid()
        return str(middle.str(DIGITS, radius=False)) if middle.is_finite() else None


# ---- writing ----------------------------------------------------------------------------------


def _sentences(lang: str) -> dict[str, str]:
    from solver.resources import template_text

    read = tomllib.loads(template_text(f"{lang}/descend.toml"))
    return {key: str(value) for key, value in read.items()}


def _sentence(outcome: Outcome, lang: str) -> str:
    return _sentences(lang)[outcome.key].format(**outcome.arguments)


def _verdict_text(verdict: Mapping[str, Any], words: Mapping[str, str]) -> str:
    behaviour = str(verdict["behaviour"])
    key = behaviour
    if behaviour == "converges" and verdict["nature"]:
        key = f"converges_{verdict['nature']}"
    if behaviour == "oscillates" and verdict["period"] is None:
        key = "oscillates_none"
    limit = ", ".join(_cut(x) for x in verdict["limit"] or [])
    return words[key].format(limit=f"({limit})" if "," in limit else limit, period=verdict["period"])


def _cut(text: str | None, most: int = 26) -> str:
    """A number short enough for a table."""
    if text is None:
        return "—"
    if len(text) <= most:
        return text
    with ctx.workprec(400):
        if "/" in text:
            top, bottom = text.split("/")
            return "≈ " + str((arb(top) / arb(bottom)).mid().str(15, radius=False))
        return "≈ " + str(arb(text).mid().str(15, radius=False))


def _written(found: Mapping[str, Any], to: str, lang: str) -> str:
    """The same data as text, a Markdown table or a LaTeX fragment."""
    words = _sentences(lang)
    verdict = found["verdict"]
    rows = [
        (
            str(row["k"]),
            ", ".join(_cut(x) for x in row["point"]),
            _cut(row["value"]),
            ", ".join(_cut(x) for x in row["gradient"]),
        )
        for row in found["iterates"]
    ]
    header = ("k", words["column_point"], words["column_value"], words["column_gradient"])
    start = ", ".join(str(x) for x in found["iterates"][0]["point"])
    heading = words["heading"].format(
        method=found["method"], expression=found["expression"], start=start, rate=found["rate"]
    )
    conclusion = f"{words['verdict']}: {_verdict_text(verdict, words)}."
    if to == "text":
        widths = [max(len(row[i]) for row in (header, *rows)) for i in range(4)]
        lines = [
            "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
            for row in (header, *rows)
        ]
        return "\n".join([heading, "", *lines, "", conclusion, verdict["proof"]])
    if to == "markdown":
        table = [f"| {' | '.join(row)} |" for row in (header, ("---:",) * 4, *rows)]
        return "\n".join(
            [
                heading.replace("*", r"\*"),
                "",
                *table,
                "",
                conclusion,
                "",
                verdict["proof"].replace("*", r"\*").replace("|", r"\|"),
            ]
        )
    return _latex(header, rows, conclusion)


def _latex(header: Sequence[str], rows: Sequence[Sequence[str]], conclusion: str) -> str:
    def cell(text: str) -> str:
        return "$" + text.replace("≈ ", r"\approx ").replace("—", r"\text{--}") + "$"

    body = [" & ".join(cell(c) for c in row) + r" \\" for row in rows]
    return "\n".join(
        [
            r"\begin{tabular}{rrrr}",
            " & ".join(header) + r" \\ \hline",
            *body,
            r"\end{tabular}",
            "",
            conclusion.replace("≈ ", r"$\approx$ "),
        ]
    )
