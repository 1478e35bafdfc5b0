"""A line judged: each of its equalities, its rule, and what the right side should have been."""

from __future__ import annotations

from dataclasses import replace

from solver.claims.decimals import Printed, approximation, places
from solver.claims.findings import Findings, LineFinding, LinkFinding, Shown
from solver.claims.formulas import MatrixContext
from solver.claims.matrix_judge import judge_matrices
from solver.claims.meaning import Context, Undefined, question
from solver.claims.named import UNJUDGED, RuleFinding, judge_rule
from solver.claims.question import Question
from solver.claims.script import Line, Link, Script, Side
from solver.claims.symbols import PRIME
from solver.claims.verdict import Counterexample, Judgement, Verdict, decide
from solver.derivation.engine import derive
from solver.errors import CorrigeError, Span
from solver.expression.evaluate import exact_value
from solver.expression.latex import latex
from solver.expression.plain import plain
from solver.expression.tree import Apply, Derivative, Expr, Symbol, substitute


def judge(script: Script) -> Findings:
    """Every line of a derivation. Raises CorrigeError, at its place, for a line that makes no sense."""
    found: list[LineFinding] = []
    for line in script.lines:
        links: list[LinkFinding] = []
        for link in line.links:
            try:
                links.append(_judge_link(link, line.context))
            except CorrigeError as fault:
                raise _located(fault, link, script) from None
        found.append(LineFinding(line, tuple(links), _rule_of(line)))
    return Findings(script, tuple(found))


def _located(fault: CorrigeError, link: Link, script: Script) -> CorrigeError:
    """The error at the side that is at fault, or at the whole of it."""
    side = link.left if PRIME in link.left.text and "( )'" in fault.message else link.right
    for candidate in (link.left, link.right):
        words = [w for w in fault.message.replace("”", "“").split("“")[1::2] if w in candidate.text]
        if words:
            side = candidate
            at = side.text.find(words[0])
            fault.span = Span(1, at + 1, len(words[0]))
            break
    fault.span = fault.span or Span(1, 1, len(side.text))
    return fault.located(span=Span(side.line, side.column), source=script.source, path=None)


def _rule_of(line: Line) -> RuleFinding | None:
    if line.rule is None or isinstance(line.context, MatrixContext):
        return None if line.rule is None else UNJUDGED
    found: RuleFinding | None = None
    for link in line.links:
        try:
            asked = question(_tree(link.left), _tree(link.right), line.context)
        except Undefined:
            continue
        found = judge_rule(line.rule, asked, (_tree(link.left), _tree(link.right)))
        if found.verdict == "right":
            return found
    return found


def _tree(side: Side) -> Expr:
    assert isinstance(side.written, Expr)
    return side.written


def _judge_link(link: Link, context: Context | MatrixContext) -> LinkFinding:
    if isinstance(context, MatrixContext):
        return judge_matrices(link, context)
    try:
        asked = question(_tree(link.left), _tree(link.right), context)
    except Undefined as missing:
        name = missing.message.split("“")[1].split("”")[0]
        return LinkFinding(link, Verdict(Judgement.UNDECIDED), "undefined", {"name": name})
    if link.relation == "≈":
        return _approximate(link, asked)
    return replace(_equal(link, context, asked), derives=asked.derives)


def _equal(link: Link, context: Context, asked: Question) -> LinkFinding:
    verdict = decide(asked)
    if verdict.judgement is Judgement.DIFFERENT:
        if not asked.names and (rounding := _only_rounded(link, asked)):
            return LinkFinding(link, verdict, "rounded_not_equal", {"rounded": rounding})
        return LinkFinding(link, verdict, expected=_expected(link, context))
    if verdict.judgement is Judgement.UNDECIDED and not asked.names and asked.on_kink({}):
        return LinkFinding(link, verdict, "kink")
    if verdict.judgement is Judgement.UNDECIDED and not verdict.assumption:
        return LinkFinding(link, verdict, "nowhere")
    return LinkFinding(link, verdict)


# ---- printed decimals -------------------------------------------------------------------------


def _approximate(link: Link, asked: Question) -> LinkFinding:
    for printed, exact in ((link.right, asked.left), (link.left, asked.right)):
        digits = places(printed.text)
        value = exact_value(_tree(printed))
        if digits is None or value is None or asked.names:
            continue
        found = approximation(exact, value, digits, asked)
        if found is None:
            return LinkFinding(link, Verdict(Judgement.UNDECIDED), "nowhere")
        values = {"rounded": found.rounded, "printed": printed.text}
        if found.kind is Printed.ROUNDING:
            return LinkFinding(link, Verdict(Judgement.EQUAL, points=1))
        if found.kind is Printed.TRUNCATION:
            return LinkFinding(link, Verdict(Judgement.UNDECIDED), "truncation", values)
        example = decide(asked).counterexample or Counterexample({}, None, None)
        return LinkFinding(link, Verdict(Judgement.DIFFERENT, example), "rounding", values)
    return LinkFinding(link, Verdict(Judgement.UNDECIDED), "approximate")


def _only_rounded(link: Link, asked: Question) -> str | None:
    """The rounding, where `=` stands before a decimal that is one."""
    digits, value = places(link.right.text), exact_value(_tree(link.right))
    if digits is None or digits < 1 or value is None:
        return None
    found = approximation(asked.left, value, digits, asked)
    return found.rounded if found is not None and found.kind is Printed.ROUNDING else None


# ---- what should have been written ------------------------------------------------------------


def _expected(link: Link, context: Context) -> Shown | None:
    """The derivative that the chain of equalities began with, by the engine; confirmed by the second road."""
    for side in (link.left, link.head):
        asked = question(_tree(side), _tree(link.right), context)
        found = _derived(asked)
        if found is None:
            continue
        confirmed = Question(asked.left, found, asked.functions, asked.conditions, asked.shadows)
        if decide(confirmed).judgement is Judgement.EQUAL:
            return Shown(plain(found), latex(found))
    return None


def _derived(asked: Question) -> Expr | None:
    expr = asked.left
    try:
        if isinstance(expr, Derivative):
            operand, order = expr.operand, 1
            while isinstance(operand, Derivative) and operand.variable == expr.variable:
                operand, order = operand.operand, order + 1
            return derive(operand, expr.variable, order, check=False).result
        if isinstance(expr, Apply) and (local := asked.functions.get(expr.function)) and local.orders:
            (parameter,) = local.parameters
            found = derive(local.body, Symbol(parameter.name), len(local.orders), check=False).result
            return substitute(found, {parameter.name: expr.arguments[0]})
    except CorrigeError:
        return None
    return None
