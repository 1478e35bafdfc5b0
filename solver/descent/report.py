"""`corrige descend`: exact iterates of a method on any expression, and the verdict on the infinite run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from solver.descent.answer import Answer
from solver.descent.asked import read_count, read_number
from solver.descent.judged import judged
from solver.descent.outcome import Run
from solver.descent.problem import read_problem
from solver.descent.schedule import read_schedule
from solver.descent.told import number_text
from solver.descent.updates import method, parameters
from solver.descent.wording import as_text, proof
from solver.descent.written import written
from solver.errors import CorrigeError


def descend_report(
    expression: str,
    *,
    start: str,
    rate: str,
    steps: str | int = 3,
    method: str = "gd",
    wrt: str | None = None,
    options: Mapping[str, str] | None = None,
    schedule: str = "constant",
    to: str = "text",
    lang: str = "en",
) -> str:
    """The descent as text, Markdown, a LaTeX fragment or JSON. All numbers are texts in our notation."""
    found = answer(
        expression,
        start=start,
        rate=rate,
        steps=steps,
        method_name=method,
        wrt=wrt,
        options=options,
        schedule=schedule,
    )
    if to == "json":
        return json.dumps(as_json(found, lang), ensure_ascii=False, indent=2)
    return written(found, to, lang)


def descend(expression: str, lang: str = "en", **asked: Any) -> dict[str, Any]:
    """The data of the JSON contract: expression, variables, method, iterates, verdict (`answer` has the
    names).
    """
    return as_json(answer(expression, **asked), lang)


def answer(
    expression: str,
    *,
    start: str,
    rate: str,
    steps: str | int = 3,
    method_name: str = "gd",
    wrt: str | None = None,
    options: Mapping[str, str] | None = None,
    schedule: str = "constant",
) -> Answer:
    """The run asked, its iterates and its verdict. Raises CorrigeError for what cannot be read or started."""
    chosen = method(method_name)
    alpha = read_number(rate, "rate")
    count = read_count(steps)
    given = {name: read_number(value, name) for name, value in (options or {}).items()}
    parameters(chosen, given)
    rates = read_schedule(schedule)
    problem = read_problem(expression, wrt)
    first = tuple(read_number(item, "start") for item in start.split(","))
    if len(first) != len(problem.variables):
        names = ", ".join(v.name for v in problem.variables)
        together = names.isalpha() and len(names) == len(first) > 1
        raise CorrigeError(
            f"a start with {len(problem.variables)} number(s) is expected (for {names}), found {len(first)}",
            hint=f"“{names}” is one variable; write {'*'.join(names)} for a product." if together else None,
        )
    return judged(Run(problem, chosen, first, alpha, given, rates), count)


# ---- JSON -------------------------------------------------------------------------------------


def as_json(found: Answer, lang: str) -> dict[str, Any]:
    """The answer as plain data; numbers and expressions are texts."""
    from solver.expression.sympy_text import sympy_text

    run, outcome = found.run, found.outcome
    exact = outcome.exact_limit
    return {
        "expression": sympy_text(run.problem.expression),
        "variables": [v.name for v in run.problem.variables],
        "method": run.method.name,
        "rate": str(run.rate),
        "schedule": str(run.schedule),
        "parameters": {name: str(v) for name, v in parameters(run.method, run.given).items()},
        "iterates": list(found.rows),
        "exact_until": found.exact_until,
        "kinks": sorted(found.kinks),
        "verdict": {
            "behaviour": outcome.behaviour,
            "limit": None if outcome.limit is None else [number_text(x) for x in outcome.limit],
            "limit_exact": None if exact is None else [sympy_text(x) for x in exact],
            "period": outcome.period,
            "cycle": [[number_text(x) for x in point] for point in outcome.cycle],
            "nature": outcome.nature,
            "proof": as_text(proof(found, lang)),
        },
    }
