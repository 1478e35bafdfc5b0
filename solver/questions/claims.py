"""`{check}`: somebody's claims, one a line, each confirmed or refuted by the engine of `corrige check`."""

from __future__ import annotations

from solver.claims.findings import LineFinding, LinkFinding
from solver.claims.judge import judge
from solver.claims.meaning import Context
from solver.claims.reading import read_script
from solver.claims.report import assumption_text
from solver.claims.script import Line
from solver.claims.shown import side_latex
from solver.claims.verdict import Counterexample, Judgement
from solver.derivation.equality import Equality, Means
from solver.errors import CheckFailed, CorrigeError, SheetError, Span
from solver.questions.base import Scope
from solver.sheet.model import Directive

_HOLDS = {Judgement.EQUAL: True, Judgement.DIFFERENT: False, Judgement.UNDECIDED: None}


def check_claims(directive: Directive, scope: Scope) -> tuple[Equality, ...]:
    """Each equality of a `{check}`, compared by values; `holds` is None where that cannot decide.

    The lines are those that `corrige check` reads; given functions and values are known in them. Raises
    CheckFailed, with a counterexample, for a line that is false or lacks an assumption; ExpressionError or
    SheetError for one that cannot be read.
    """
    try:
        found = judge(read_script(directive.body, Context(scope.givens, decimal_comma=scope.decimal_comma)))
    except CorrigeError as fault:
        inner = fault.span or Span(1, 1)
        fault.span = _in_sheet(directive, inner.line, inner.column, inner.length)
        fault.source = None
        raise
    for line in found.lines:
        if line.worst.remark == "undefined":
            name, place = line.worst.values["name"], line.worst.link.left
            span = _in_sheet(directive, place.line, place.column, len(place.text))
            raise SheetError(f"“{name}” is not given", span=span)
        if line.worst.verdict.counterexample is not None or _badly_named(line):
            text = line.line.text
            row = directive.body.split("\n")[line.line.number - 1]
            column = len(row) - len(row.lstrip()) + 1
            raise _failed(line, _in_sheet(directive, line.line.number, column, len(text)))
    return tuple(_equality(link) for line in found.lines for link in line.links)


def _in_sheet(directive: Directive, line: int, column: int, length: int) -> Span:
    place = directive.body_span
    return Span(place.line + line - 1, place.column + column - 1, length)


def _equality(found: LinkFinding) -> Equality:
    link = found.link
    means = Means.DUAL if found.derives else Means.VALUES
    left, right = (side_latex(side.written) for side in (link.left, link.right))
    return Equality(left, right, means, _HOLDS[found.judgement])


def _badly_named(found: LineFinding) -> bool:
    return found.rule is not None and found.rule.verdict == "wrong"


def _failed(found: LineFinding, span: Span) -> CheckFailed:
    line, worst = found.line, found.worst
    if worst.judgement is Judgement.EQUAL:
        return CheckFailed(f"the rule “{line.rule}” is not the one of “{_claim(line)}”", span=span)
    hint = None
    if worst.verdict.assumption:
        hint = f"It holds where {assumption_text(worst.verdict.assumption, ' and ')}."
    if worst.remark == "rounding":
        hint = f"Rounded, it is {worst.values['rounded']}."
    values = _values(worst.verdict.counterexample)
    return CheckFailed(f"the claim “{_claim(line)}” does not hold{values}", span=span, hint=hint)


def _claim(line: Line) -> str:
    return line.text.split("#")[0].strip()


def _values(different: Counterexample | None) -> str:
    """How the two sides differ, and where."""
    if different is None:
        return ""
    at = ", ".join(f"{k} = {v}" for k, v in different.at.items())
    left, right = (value or "not defined" for value in (different.left, different.right))
    sides = f"the left side is {left}, the right side {right}"
    return f": for {at}, {sides}" if at else f": {sides}"
