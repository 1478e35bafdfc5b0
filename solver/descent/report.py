"""`corrige descend`: exact iterates of a method on any expression, and the verdict on the infinite run."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq_mat

from solver.derivation.equality import Equality
from solver.descent.analytic import decide_analytic
from solver.descent.linear import decide_linear, read_quadratic, signature, transition
from solver.descent.polynomial import dyadic, fraction, rational, read_polynomial
from solver.descent.updates import (
    Inexact,
    Iterate,
    Method,
    Real,
    Vector,
    bits,
    method,
    parameters,
    run,
    to_ball,
)
from solver.errors import CheckFailed, CorrigeError
from solver.expression.tree import Expr, Symbol, symbols

PRINTED_BITS = 13_000
"""Longest numerator or denominator written in full: Python prints integers of at most 4,300 digits."""
DIGITS = 50
MAX_STEPS = 100_000


@dataclass(frozen=True)
class Problem:
    """What is to be descended: the expression, its variables in order, its gradient as expressions."""

    expression: Expr
    variables: tuple[Symbol, ...]
    gradient: tuple[Expr, ...]


@dataclass(frozen=True)
class Outcome:
    """The verdict as data: `key` names the sentence of the proof, `arguments` fill it."""

    behaviour: str
    limit: tuple[Real, ...] | None
    period: int | None
    nature: str | None
    key: str
    arguments: Mapping[str, str]
    checks: tuple[Equality, ...] = ()


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
    alpha = _number(rate, "rate")
    count = _count(steps)
    given = {name: _number(value, name) for name, value in (options or {}).items()}
    parameters(chosen, given)
    problem = _problem(expression, wrt)
    first = tuple(_number(item, "start") for item in start.split(","))
    if len(first) != len(problem.variables):
        names = ", ".join(v.name for v in problem.variables)
        raise CorrigeError(
            f"a start with {len(problem.variables)} number(s) is expected (for {names}), found {len(first)}"
        )
    gradient = _gradient(problem)
    direction = _newton_direction(problem, gradient) if chosen.name == "newton" else gradient
    iterates = run(chosen, direction, first, alpha, count, given)
    outcome = _outcome(problem, chosen, first, alpha, given, gradient)
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


# ---- reading ----------------------------------------------------------------------------------


def _number(text: str, what: str) -> Fraction:
    from solver.expression.evaluate import exact_value
    from solver.expression.reader import read_expression

    expr = read_expression(text.strip())
    found = None if symbols(expr) else exact_value(expr)
    if found is None:
        raise CorrigeError(f"“{what}” is an exact number such as 0.05, 1/20 or 1e-3; found “{text.strip()}”")
    return found


def _count(steps: str | int) -> int:
    value = Fraction(steps) if isinstance(steps, int) else _number(steps, "steps")
    if value.denominator != 1 or not 0 <= value <= MAX_STEPS:
        raise CorrigeError(f"“steps” is a whole number from 0 to {MAX_STEPS}; found “{steps}”")
    return int(value)


def _problem(text: str, wrt: str | None) -> Problem:
    from solver.derivation.engine import derive
    from solver.expression.reader import read_expression

    expr = read_expression(text)
    own = {v.name: v for v in symbols(expr)}
    if wrt is None:
        variables = tuple(own[name] for name in sorted(own))
        if not variables:
            raise CorrigeError("this expression has no variable: name one with --wrt")
    else:
        named = [read_expression(item.strip()) for item in wrt.split(",") if item.strip()]
        if not named or not all(isinstance(v, Symbol) for v in named):
            raise CorrigeError(f"--wrt takes names of variables separated by commas; found “{wrt}”")
        variables = tuple(v for v in named if isinstance(v, Symbol))
        names = [v.name for v in variables]
        if len(set(names)) < len(names):
            raise CorrigeError(f"--wrt names a variable twice: “{wrt}”")
        missing = [name for name in sorted(own) if name not in names]
        if missing:
            raise CorrigeError(f"these variables have no start: {', '.join(missing)}; name them in --wrt")
    return Problem(expr, variables, tuple(derive(expr, v).result for v in variables))


def _gradient(problem: Problem) -> Callable[[Vector], Vector]:
    """∇f, exactly on fractions (Horner on a polynomial of one variable), else in balls."""
    from solver.descent.polynomial import tight_enclosure

    if len(problem.variables) == 1:
        poly = read_polynomial(problem.gradient[0], problem.variables[0])
        if poly is not None:
            slope = poly

            def of_polynomial(point: Vector) -> Vector:
                x = point[0]
                if isinstance(x, Fraction):
                    y = slope(rational(x))
                    return (Fraction(int(y.p), int(y.q)),)
                return (tight_enclosure(slope, x),)

            return of_polynomial
    return lambda point: tuple(_value(g, problem.variables, point) for g in problem.gradient)


def _hessian(problem: Problem) -> list[list[Expr]]:
    """The second derivatives, row by row."""
    from solver.derivation.engine import derive

    return [[derive(g, v).result for v in problem.variables] for g in problem.gradient]


def _newton_direction(problem: Problem, gradient: Callable[[Vector], Vector]) -> Callable[[Vector], Vector]:
    """H⁻¹∇f, exactly where that is rational; `Inexact` where the Hessian is singular."""
    from flint import arb_mat, fmpq_mat

    hessian = _hessian(problem)

    def direction(point: Vector) -> Vector:
        rows = [[_value(h, problem.variables, point) for h in row] for row in hessian]
        slope = gradient(point)
        try:
            if all(isinstance(x, Fraction) for x in point):
                exact = fmpq_mat([[rational(x) for x in row] for row in rows])
                solved = exact.solve(fmpq_mat([[rational(x)] for x in slope]))
                return tuple(Fraction(int(x.p), int(x.q)) for x in solved.entries())
            return tuple(arb_mat(rows).solve(arb_mat([[x] for x in slope])).entries())
        except ZeroDivisionError:
            if all(isinstance(x, Fraction) for x in point):
                raise Inexact from None
            return tuple(arb("nan") for _ in point)

    return direction


def _value(expr: Expr, variables: Sequence[Symbol], point: Vector) -> Real:
    """The value of an expression: exact on fractions (`Inexact` where it is not rational), else a ball."""
    from solver.expression.evaluate import ball, exact_value

    if all(isinstance(x, Fraction) for x in point):
        exact = exact_value(expr, {v.name: x for v, x in zip(variables, point, strict=True)})
        if exact is None:
            raise Inexact
        return exact
    values = {v.name: x for v, x in zip(variables, point, strict=True)}
    found: arb = ball(expr, values, bits=max(64, ctx.prec - 80))
    return found


# ---- rows -------------------------------------------------------------------------------------


def _row(problem: Problem, gradient: Callable[[Vector], Vector], iterate: Iterate) -> dict[str, Any]:
    point = iterate.point
    exact = iterate.exact
    try:
        value: Real = _value(problem.expression, problem.variables, point)
        slope = gradient(point)
    except Inexact:
        exact = False
        with ctx.workprec(400):
            balls = tuple(to_ball(x) for x in point)
            value = _value(problem.expression, problem.variables, balls)
            slope = tuple(_value(g, problem.variables, balls) for g in problem.gradient)
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


# ---- verdict ----------------------------------------------------------------------------------


def _outcome(
    problem: Problem,
    chosen: Method,
    start: tuple[Fraction, ...],
    rate: Fraction,
    given: Mapping[str, Fraction],
    gradient: Callable[[Vector], Vector],
) -> Outcome:
    if chosen.name == "newton":
        found = _linear_outcome(problem, chosen, start, rate, {})
        return found or Outcome("undecided", None, None, None, "unknown", {})
    at_rest = _at_rest(problem, chosen, start, rate, gradient)
    if chosen.name == "gd" and len(start) == 1:
        found = _polynomial_outcome(problem, start[0], rate)
        if found is not None:
            return found
    if at_rest is not None:
        return at_rest
    if chosen.name in ("gd", "momentum", "nesterov"):
        found = _linear_outcome(problem, chosen, start, rate, parameters(chosen, given))
        if found is not None:
            return found
    if chosen.name == "gd" and len(start) == 1:
        found = _analytic_outcome(problem, start[0], rate)
        if found is not None:
            return found
    if chosen.name == "gd" and 1 < len(start) <= 6:
        found = _field_outcome(problem, start, rate, gradient)
        if found is not None:
            return found
    return Outcome("undecided", None, None, None, "unknown", {})


def _field_outcome(
    problem: Problem, start: tuple[Fraction, ...], rate: Fraction, gradient: Callable[[Vector], Vector]
) -> Outcome | None:
    """Plain descent on a function of several variables that is not quadratic, in balls."""
    from solver.descent.contraction import decide_field
    from solver.errors import UnsupportedExpression

    second = _hessian(problem)

    def bend(point: tuple[arb, ...]) -> list[list[arb]]:
        return [[to_ball(_value(h, problem.variables, point)) for h in row] for row in second]

    def slope(point: tuple[arb, ...]) -> tuple[arb, ...]:
        return tuple(to_ball(x) for x in gradient(point))

    try:
        found = decide_field(slope, bend, start, rate)
    except UnsupportedExpression:
        return None
    if found is None:
        return None
    arguments = {
        "limit": ", ".join(_short(x) for x in found.limit),
        "radius": _short(found.radius),
        "ratio": f"{float(found.ratio):.4f}",
        "index": str(found.index),
    }
    limit = tuple(_ball_of(x) for x in found.limit)
    return Outcome("converges", limit, None, "minimum" if found.is_minimum else None, "field", arguments)


def _at_rest(
    problem: Problem,
    chosen: Method,
    start: tuple[Fraction, ...],
    rate: Fraction,
    gradient: Callable[[Vector], Vector],
) -> Outcome | None:
    """A start where every gradient is exactly 0, or a rate 0: nothing ever moves."""
    if rate == 0:
        return Outcome("converges", start, None, None, "rate_zero", {})
    try:
        slope = gradient(start)
    except Inexact:
        return None
    if any(x != 0 for x in slope) or (chosen.name == "adamw" and any(start)):
        return None
    return Outcome("converges", start, None, _nature_at(problem, start), "rest", {})


def _nature_at(problem: Problem, point: tuple[Fraction, ...]) -> str | None:
    """What a critical point is, by the exact Hessian there; None where it is singular or not rational."""
    from solver.expression.evaluate import exact_value

    values = {v.name: x for v, x in zip(problem.variables, point, strict=True)}
    rows = []
    for second in _hessian(problem):
        row = [exact_value(h, values) for h in second]
        if any(x is None for x in row):
            return None
        rows.append([rational(x) for x in row if x is not None])
    positive, negative = signature(fmpq_mat(rows))
    return _nature(positive, negative, len(point))


def _nature(positive: int, negative: int, size: int) -> str | None:
    if positive and negative:
        return "saddle"
    if positive == size:
        return "minimum"
    return "maximum" if negative == size else None


def _polynomial_outcome(problem: Problem, start: Fraction, rate: Fraction) -> Outcome | None:
    """Plain descent on a polynomial of one variable."""
    from solver.descent.critical import landscape
    from solver.descent.objective import objective
    from solver.descent.verdict import decide

    variable = problem.variables[0]
    poly = read_polynomial(problem.expression, variable)
    if poly is None or rate == 0:
        return None
    studied = objective("f", variable, problem.expression)
    if studied.degree == 0:
        return None
    verdict = decide(landscape(studied), start, rate)
    limit: tuple[Real, ...] | None = None
    if verdict.limit is not None:
        limit = (verdict.limit.value,)
        if not verdict.limit.rational and verdict.target is not None:
            limit = (_ball_of(verdict.target.root.approximation),)
    proof = verdict.proof
    arguments = {k: _short(v) for k, v in proof.__dict__.items() if isinstance(v, (int, Fraction))}
    arguments["period"] = str(verdict.period)
    key = proof.kind
    if key == "exactcycle":
        arguments["end"] = str(proof.index + (verdict.period or 0))
    if key == "attractingcycle":
        arguments["centre"] = _short(verdict.cycle[0])
    if key == "monotone" and arguments["every"] == "2":
        key = "monotone_twice"
    if key == "undecided":
        key = "unknown"
    checks = (*studied.checks, *verdict.checks)
    return Outcome(verdict.behaviour, limit, verdict.period, verdict.nature, key, arguments, checks)


def _short(x: int | Fraction) -> str:
    """A number for a sentence: exact where it is short."""
    if isinstance(x, int) or len(str(x.denominator)) <= 12:
        exact = Fraction(x)
        scaled = exact * 10**6
        return f"{float(exact):g}" if scaled.denominator == 1 and abs(scaled) < 10**6 else str(exact)
    return str(arb(rational(x)).mid().str(15, radius=False))


def _linear_outcome(
    problem: Problem,
    chosen: Method,
    start: tuple[Fraction, ...],
    rate: Fraction,
    given: Mapping[str, Fraction],
) -> Outcome | None:
    """A quadratic function with a method that is linear in it."""
    if len(start) > 12:
        return None
    read = read_quadratic(problem.expression, tuple(v.name for v in problem.variables))
    if read is None:
        return None
    hessian, offset = read
    if chosen.name == "newton":
        # On a quadratic w − αH⁻¹∇f = w − α(w − w*): plain descent on ½|w − w*|².
        if hessian.rank() < len(start):
            return None
        lowest = hessian.solve(fmpq_mat([[-rational(c)] for c in offset])).entries()
        identity = fmpq_mat([[int(i == j) for j in range(len(start))] for i in range(len(start))])
        matrix = transition(identity, [-fraction(x) for x in lowest], "gd", rate, Fraction(0))
    else:
        matrix = transition(hessian, offset, chosen.name, rate, given.get("beta", Fraction(0)))
    verdict = decide_linear(matrix, start)
    if verdict is None:
        return None
    nature = None
    if verdict.limit is not None:
        positive, negative = signature(hessian)
        nature = _nature(positive, negative, len(start))
        if nature is None and positive + negative:
            nature = "minimum" if positive else "maximum"  # a valley of them: every point of it is one
    arguments = {"polynomial": str(verdict.polynomial).replace("x", "t"), "radius": f"{verdict.radius:.6g}"}
    key = "linear_diverges" if verdict.behaviour == "diverges" else "linear"
    return Outcome(verdict.behaviour, verdict.limit, verdict.period, nature, key, arguments)


def _analytic_outcome(problem: Problem, start: Fraction, rate: Fraction) -> Outcome | None:
    """Plain descent on another function of one variable, in balls."""
    from solver.derivation.engine import derive
    from solver.errors import UnsupportedExpression

    variable = problem.variables[0]
    try:
        second = derive(problem.gradient[0], variable).result
        found = decide_analytic(
            _encloser(problem.gradient[0], variable), _encloser(second, variable), start, rate
        )
    except UnsupportedExpression:
        return None
    if found is None:
        return None
    arguments = {
        "period": str(len(found.points)),
        "centre": _short(found.points[0]),
        "radius": _short(found.radius),
        "ratio": f"{float(found.ratio):.4f}",
        "index": str(found.index),
    }
    if len(found.points) > 1:
        return Outcome("oscillates", None, len(found.points), None, "attractingcycle", arguments)
    limit: Real = found.points[0]
    low, high = found.points[0] - found.radius, found.points[0] + found.radius
    arguments |= {"low": _short(low), "high": _short(high)}
    nature = {1: "minimum", -1: "maximum"}.get(found.curvature_sign)
    return Outcome("converges", (_ball_of(limit),), None, nature, "contraction", arguments)


def _ball_of(x: Real) -> arb:
    with ctx.workprec(400):
        return to_ball(x)


def _encloser(expr: Expr, variable: Symbol) -> Callable[[arb], arb]:
    from solver.expression.evaluate import ball

    def enclose(x: arb) -> arb:
        precision = ctx.prec
        if x.is_exact():
            exact: arb = ball(expr, {variable.name: dyadic(x)}, bits=precision - 40)
            return exact
        wide: arb = ball(expr, {variable.name: x}, bits=16)
        return wide

    return enclose


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
