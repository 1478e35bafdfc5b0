"""A check that cannot fail is a defect: for each means of checking a fault is planted and must be seen."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from conftest import ROOT

from solver.derivation.equality import Equality, Means, tally
from solver.expression.tree import Expr, Symbol, number

Checks = Iterable[Equality]
Planted = tuple[Checks, Checks]
"""The checks of what is right, and the same checks with a fault planted."""


def derivatives() -> Planted:
    from solver.derivation.check import check_derivative
    from solver.expression.reader import read_expression as read

    x = Symbol("x")
    right = check_derivative(read("x^2 sin(x)"), x, read("2x sin(x) + x^2 cos(x)"))
    return [right], [check_derivative(read("x^2 sin(x)"), x, read("2x sin(x) - x^2 cos(x)"))]


def values() -> Planted:
    from solver.derivation.check import same
    from solver.expression.reader import read_expression as read

    return [same(read("(x+1)^2"), read("x^2+2x+1"))], [same(read("(x+1)^2"), read("x^2+2x+2"))]


def developed() -> Planted:
    """A partial derivative against that of the developed polynomial, coefficient by coefficient."""
    from solver.expression.reader import read_expression as read
    from solver.graph.build import decompose
    from solver.graph.verify import chain_rule, check_chain

    expression = read("(w x + v y)^2")
    found = chain_rule(expression, decompose(expression))
    wrong = replace(found.gradients[0], result=number(3))
    return found.checks, check_chain(replace(found, gradients=(wrong, *found.gradients[1:])))


def proof(mutate: Callable[[Any], Any], text: str, start: str, rate: str) -> Planted:
    from solver.descent.critical import landscape
    from solver.descent.objective import objective
    from solver.descent.orbit import orbit, update_map
    from solver.descent.verdict import decide
    from solver.descent.verification import verify
    from solver.expression.reader import read_expression as read

    scape = landscape(objective("f", Symbol("w"), read(text)))
    verdict = decide(scape, Fraction(start), Fraction(rate))
    assert scape.objective.slope is not None
    points = orbit(update_map(scape.objective.slope, Fraction(rate)), Fraction(start), 12)
    right = verify(verdict.proof, scape, Fraction(rate), points)
    return right, verify(mutate(verdict.proof), scape, Fraction(rate), points)


FIRST = "0.25w^4 - 1.5w^3 - 1.25w^2 + 6w"


def enclosure() -> Planted:
    """The iterate is not yet in the interval that the proof speaks of."""
    return proof(lambda p: replace(p, index=0), FIRST, "2", "0.05")


def root_counts() -> Planted:
    """The map contracts less than the proof says."""
    return proof(lambda p: replace(p, ratio=Fraction(1, 5)), FIRST, "2", "0.05")


def simulation() -> Planted:
    """The iterates come from the other side."""
    return proof(lambda p: replace(p, side=-p.side), "w^3", "1/10", "0.1")


def quotients() -> Planted:
    """The steepest slope of σ, one tenth too large."""
    from solver.analysis.model import Subject
    from solver.analysis.review import checks
    from solver.analysis.study import study
    from solver.analysis.values import Value
    from solver.expression.reader import read_expression as read

    found = study(Subject("f", "f", Symbol("x"), read("sigmoid(x)")))
    assert found.steepest is not None
    top = found.steepest.value
    wrong = Value(top.low * Fraction(11, 10), top.high * Fraction(11, 10))
    return checks(found), checks(replace(found, steepest=replace(found.steepest, value=wrong)))


def entries() -> Planted:
    """A weight's gradient in matrix form, doubled."""
    from solver.network.backward import analyse
    from solver.network.forms import check_forms
    from solver.network.record import read_record
    from solver.rules.matrix import Scale

    record = '{"layers": [2, 2, 1], "activations": ["tanh", "sigmoid"], "loss": "half_squared"}'
    analysis = analyse(read_record(record))
    name, adjoint = next((n, a) for n, a in analysis.adjoints.items() if n.startswith("W"))
    wrong = replace(adjoint, expression=Scale(Fraction(2), adjoint.expression))
    spoilt = replace(analysis, adjoints={**analysis.adjoints, name: wrong})
    return check_forms(analysis), check_forms(spoilt)


PLANTED: dict[Means, Callable[[], Planted]] = {
    Means.EXACT: developed,
    Means.DUAL: derivatives,
    Means.VALUES: values,
    Means.INTERVAL: enclosure,
    Means.STURM: root_counts,
    Means.DIFFERENCES: quotients,
    Means.ENTRYWISE: entries,
    Means.SIMULATION: simulation,
}


@pytest.mark.parametrize("means", list(Means))
def test_every_means_of_checking_sees_a_planted_fault(means: Means) -> None:
    right, wrong = (tuple(checks) for checks in PLANTED[means]())
    ours = [check for check in right if check.means is means]
    assert ours
    assert all(check.holds is True for check in ours)
    assert any(check.holds is False for check in wrong if check.means is means)
    assert tally(wrong).failed


def test_no_check_is_written_with_its_answer() -> None:
    """`Equality(left, right, means, True)` would be a claim that was never put to a test."""
    typed: list[str] = []
    for path in (ROOT / "solver").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "Equality(" in text or "Claim(" in text else ():
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id not in ("Equality", "Claim"):
                continue
            named = [keyword.value for keyword in node.keywords if keyword.arg == "holds"]
            answer = node.args[3] if len(node.args) > 3 else next(iter(named), None)
            if answer is None or (isinstance(answer, ast.Constant) and answer.value is True):
                typed.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert typed == []


# ---- the numbers of a graph at a point ----------------------------------------------------------


@pytest.mark.parametrize("text", ["(w1 x + w2 y)^2", "exp(w1 x) y + w1", "max(w1, x) y"])
def test_wrong_numbers_of_a_graph_are_seen(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import solver.graph.answer as answer
    from solver.graph.forward import plus

    at = "w1=2,x=3,w2=1/2,y=5"
    at = ",".join(item for item in at.split(",") if item.split("=")[0] in text)
    assert answer.analyse(text, wrt=None, at=at).verified
    right = answer.backward_values
    for name in ("dL_dw1", "dL_dx", "dL_dy"):

        def wrong(backward: Any, known: Any, name: str = name) -> Any:
            found = right(backward, known)
            return replace(
                found, values={**found.values, name: plus(found.values[name], Fraction(1, 10**12))}
            )

        monkeypatch.setattr(answer, "backward_values", wrong)
        assert not answer.analyse(text, wrt=None, at=at).verified
        monkeypatch.undo()


def test_wrong_tangents_of_a_graph_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    import solver.graph.answer as answer

    right = answer.tangent_values
    monkeypatch.setattr(answer, "tangent_values", lambda *given: {**right(*given), "a": Fraction(7)})
    assert not answer.analyse("(w1 x + w2 y)^2", wrt=None, at="w1=2,x=3,w2=1,y=5").verified


def test_a_wrong_formula_at_part_of_a_point_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    import solver.graph.answer as answer

    right = answer.partial_adjoints

    def wrong(*given: Any) -> Any:
        found = right(*given)
        spoilt: dict[str, Expr] = {**found.adjoints, "y": number(3)}
        return replace(found, adjoints=spoilt)

    monkeypatch.setattr(answer, "partial_adjoints", wrong)
    assert not answer.analyse("(w1 x + w2 y)^2", wrt=None, at="w1=2,x=3").verified
