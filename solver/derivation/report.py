"""What `corrige derive` prints: one derivative or a gradient with its steps, as text, Markdown, LaTeX or
JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from solver.derivation.engine import derive
from solver.derivation.step import Derivation, Step
from solver.derivation.wording import RuleWording, rule_wording, words
from solver.errors import CheckFailed, CorrigeError, ExpressionError, Span
from solver.expression.bridge import sympy_text
from solver.expression.functions import FUNCTIONS
from solver.expression.latex import latex
from solver.expression.names import GREEK_NAMES
from solver.expression.plain import plain
from solver.expression.reader import read_expression
from solver.expression.tree import Apply, Expr, Symbol, symbols, walk


@dataclass(frozen=True, slots=True)
class Answer:
    """One derivative: what was asked and its derivation."""

    expression: Expr
    variable: Symbol
    order: int
    derivation: Derivation


def derive_report(
    text: str, wrt: str | None = None, order: int = 1, to: str = "text", lang: str = "en"
) -> str:
    """The derivative of `text`, written in the format `to`. Several names in `wrt` give the gradient.

    Raises ExpressionError for bad input, CheckFailed where the second road contradicts a line.
    """
    answers = _answers(text, wrt, order)
    for answer in answers:
        _require_sound(answer)
    several = wrt is not None and "," in wrt
    if to == "json":
        found = [as_json(a) for a in answers]
        return json.dumps(found if several else found[0], ensure_ascii=False, indent=2)
    writer = {"text": _text, "markdown": _markdown, "latex": _latex}[to]
    return "\n\n".join(writer(a, lang) for a in answers)


def derive_lines(
    lines: Iterable[str], to: str = "json", wrt: str | None = None, order: int = 1, lang: str = "en"
) -> Iterator[str]:
    """One answer a line, in order; each line is `expression` or `expression<TAB>variable`.

    A line that cannot be read gives `{"error": {"message", "line", "column"}}` (outside JSON, its
    message).
    """
    for number, line in enumerate(lines, start=1):
        text, _, variable = line.partition("\t")
        try:
            names = variable.strip() or wrt
            if to == "json":
                found = [as_json(a) for a in _answers(text, names, order)]
                several = names is not None and "," in names
                yield json.dumps(found if several else found[0], ensure_ascii=False)
            else:
                yield derive_report(text, names, order, to, lang)
        except (CorrigeError, ArithmeticError, ValueError, RecursionError) as fault:
            yield _error(fault, number, to)


def _error(fault: Exception, number: int, to: str) -> str:
    message = fault.message if isinstance(fault, CorrigeError) else "the expression is too large or too deep"
    span = fault.span if isinstance(fault, CorrigeError) else None
    column = span.column if span else 1
    if isinstance(fault, CorrigeError) and fault.hint:
        message = f"{message}. {fault.hint}"
    if to == "json":
        return json.dumps(
            {"error": {"message": message, "line": number, "column": column}}, ensure_ascii=False
        )
    return f"error: line {number}, column {column}: {message}"


def _answers(text: str, wrt: str | None, order: int) -> list[Answer]:
    expression = read_expression(text)
    _refuse_undefined_calls(expression, text)
    found = []
    for variable in _variables(expression, wrt, text):
        derivation = derive(expression, variable, order)
        found.append(Answer(expression, variable, order, derivation))
    return found


def _refuse_undefined_calls(expression: Expr, text: str) -> None:
    for node in walk(expression):
        if isinstance(node, Apply) and node.function not in FUNCTIONS and len(node.arguments) != 1:
            at = max(text.find(node.function), 0)
            raise ExpressionError(
                f"the function “{node.function}” of several variables has no definition",
                span=Span(1, at + 1, len(node.function)),
                source=text,
            )


def _variables(expression: Expr, wrt: str | None, text: str) -> list[Symbol]:
    present = {s.name: s for s in symbols(expression)}
    if wrt is None:
        if len(present) > 1:
            names = ", ".join(present)
            raise ExpressionError(
                f"several variables: {names}; which one?", span=Span(1, 1, len(text) or 1), source=text,
                hint=f"Name it: --wrt {next(iter(present))} (or --wrt {','.join(present)} for the gradient).",
            )  # fmt: skip
        return list(present.values()) or [Symbol("x")]
    found = []
    for word in wrt.split(","):
        symbol = read_expression(word)
        if not isinstance(symbol, Symbol):
            raise ExpressionError(f"the name of a variable is expected, found “{word.strip()}”", source=wrt)
        if symbol.name not in present:
            _refuse_run_together(symbol.name, present, text)
        found.append(present.get(symbol.name, symbol))
    return found


def _refuse_run_together(name: str, present: Mapping[str, Symbol], text: str) -> None:
    """`xy` is one name: where x is asked for, x*y is likely meant."""
    for other in present:
        if other not in GREEK_NAMES and other.isalpha() and len(other) <= 4 and name in other:
            at = max(text.find(other), 0)
            raise ExpressionError(
                f"“{other}” is one variable, and “{name}” does not appear",
                span=Span(1, at + 1, len(other)), source=text, hint=f"Write {'*'.join(other)} for a product.",
            )  # fmt: skip


def _require_sound(answer: Answer) -> None:
    wrong = [c for c in answer.derivation.checks if c.holds is False]
    if wrong:
        raise CheckFailed(f"a line does not hold: {wrong[0].left} = {wrong[0].right}")


# ---- JSON -------------------------------------------------------------------------------------


def as_json(answer: Answer) -> dict[str, Any]:
    """The answer as plain data; expressions are texts in SymPy's own functions."""
    derivation = answer.derivation
    steps = [_json_step(depth, step) for depth, step in derivation.walk()]
    return {
        "expression": sympy_text(answer.expression),
        "wrt": sympy_text(answer.variable),
        "order": answer.order,
        "derivative": sympy_text(derivation.result),
        "steps": steps,
        "verified": derivation.verified,
        "checks": _count(derivation),
    }


def _count(derivation: Derivation) -> int:
    """How many different equalities were checked, each counted once."""
    return len({(check.left, check.right) for check in derivation.checks if check.counts})


def _json_step(depth: int, step: Step) -> dict[str, Any]:
    return {
        "rule": step.rule,
        "before": sympy_text(step.before),
        "after": sympy_text(step.after),
        "why": {name: sympy_text(v) if isinstance(v, Expr) else str(v) for name, v in step.why.items()},
        "depth": depth,
    }


# ---- text, Markdown, LaTeX --------------------------------------------------------------------


def _wording(step: Step, lang: str) -> RuleWording:
    return rule_wording(step.rule, lang)


def _text(answer: Answer, lang: str) -> str:
    derivation = answer.derivation
    steps = list(derivation.walk())
    rows = [(0, plain(derivation.start), "")]
    for depth, step in steps:
        if depth == 0:
            rows.append((1, f"= {plain(step.after)}", _wording(step, lang).name))
        else:
            rows.append(
                (1 + 2 * depth, f"{plain(step.before)} = {plain(step.after)}", _wording(step, lang).name)
            )
    width = min(72, max((2 * d + len(t) for d, t, n in rows if n), default=0))
    lines = []
    for indent, line, name in rows:
        shown = "  " * indent + line
        lines.append(f"{shown:<{width}}   [{name}]" if name else shown)
    return "\n".join([*lines, "", f"{_summary(answer, lang)}"])


def _summary(answer: Answer, lang: str) -> str:
    own = words(lang)
    count = _count(answer.derivation)
    one = "_one" if count == 1 else ""
    key = f"verified{one}" if answer.derivation.verified else "not_verified"
    return own[key].format(count=count)


def _markdown(answer: Answer, lang: str) -> str:
    derivation = answer.derivation
    lines = [f"$${latex(derivation.start)} = {latex(derivation.result)}$$", ""]
    for number, step in enumerate(derivation.steps, start=1):
        wording = _wording(step, lang)
        lines.append(
            f"{number}. **{wording.name}**"
            + (f" ($ {wording.formula} $)".replace("$ ", "$").replace(" $", "$") if wording.formula else "")
        )
        for child in step.children:
            chain = " = ".join([latex(child.start), *(latex(s.after) for s in child.steps)])
            names = ", ".join(dict.fromkeys(_wording(s, lang).name.lower() for _, s in child.walk()))
            lines.append(f"   - ${chain}$ ({names})")
        lines += ["", f"   $${latex(step.before)} = {latex(step.after)}$$", ""]
    return "\n".join([*lines, _summary(answer, lang)])


def _latex(answer: Answer, lang: str) -> str:
    derivation = answer.derivation
    rows = [rf"&= {latex(step.after)} && \text{{({_wording(step, lang).name})}}" for step in derivation.steps]
    rows[0] = f"{latex(derivation.start)} {rows[0]}"
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"
