"""Why: the corrigé of a descent on a function that is no polynomial tells every verdict that
`solver.descent` can reach, in each language, with the sentences of `corrige descend`."""

from __future__ import annotations

import string
from dataclasses import replace

import pytest

from solver.descent.wording import sentences
from solver.document.markdown import read_wording
from solver.document.nodes import Box
from solver.errors import Span
from solver.expression.reader import read_expression
from solver.expression.tree import Symbol
from solver.questions.base import Facts, Question, Scope, read_request
from solver.questions.descent_general import GeneralDescentFacts
from solver.sheet.model import Given, OptionText
from solver.wording import Wording

KEYS = sorted(sentences("en")["proof"])


def solved(name: str, text: str, variable: str, start: str, rate: str) -> tuple[Question, Facts]:
    given = Given(name, (Symbol(variable),), read_expression(text), text, Span(1, 1))
    options = {"of": name, "start": start, "rate": rate, "steps": "2"}
    scope = Scope(givens={name: given})
    request = read_request("descent", {k: OptionText(v, Span(1, 1)) for k, v in options.items()}, scope)
    return request, request.solve(scope)


def told(facts: Facts, request: Question, lang: str) -> str:
    wording = Wording(lang=lang, detail="full")
    return wording.markdown("kinds/descent.md.j2", facts=facts, request=request, label="q1.run")


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("key", KEYS)
def test_every_verdict_is_told(key: str, lang: str) -> None:
    request, facts = solved("f", "cosh(w)", "w", "1", "0.2")
    assert isinstance(facts, GeneralDescentFacts)
    sentence = sentences(lang)["proof"][key]
    names = [n for _, n, _, _ in string.Formatter().parse(sentence) if n and n != "x"]
    outcome = replace(facts.outcome, key=key, arguments={n: f"{7 + i}" for i, n in enumerate(names)})
    text = told(replace(facts, outcome=outcome), request, lang)
    expected = sentence.format(x="w", **outcome.arguments)
    assert expected in text
    boxes = [b.kind for b in read_wording(text, lang=lang) if isinstance(b, Box)]
    assert boxes == ["result", "justification"], "a verdict is justified by its proof"


# f, its variable, start, rate, and words of the sentence in English
VERDICTS = [
    ("cosh(w)", "w", "1", "0.2", "into itself"),
    ("x - ln(x)", "x", "1/2", "0.1", "limit"),
    ("e^(-x)", "x", "0", "0.1", "which there is none"),
    ("cosh(x)", "x", "0", "0.1", "vanishes exactly at the start"),
    ("x - ln(x)", "x", "1/4", "10", ""),
    ("x^2 + ln(1 + x^2)", "x", "3", "5", "at least doubles"),
    ("sin(x)", "x", "1", "5", "Nothing could be proved"),
]


@pytest.mark.parametrize(("text", "variable", "start", "rate", "words"), VERDICTS)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_real_verdicts(text: str, variable: str, start: str, rate: str, words: str, lang: str) -> None:
    request, facts = solved("f", text, variable, start, rate)
    shown = told(facts, request, lang)
    assert isinstance(facts, GeneralDescentFacts)
    proof = facts.proof(lang, {"f": "f", "g": "g"})
    assert proof in shown
    assert proof
    if lang == "en":
        assert words in proof
    outside = "".join(proof.split("$")[0::2])
    assert "\\" not in outside, "mathematics stands between dollars"


def test_a_function_named_g_does_not_meet_the_map_of_the_proof() -> None:
    request, facts = solved("g", "cosh(w)", "w", "1", "0.2")
    shown = told(facts, request, "en")
    assert "\\alpha g'(w)" in shown
    assert "g(w) = w" not in shown
    assert "f'" not in shown


def test_a_run_whose_values_no_float_holds_is_drawn_up_to_there() -> None:
    """From 1 with α = 2 on cosh: w⁽⁴⁾ ≈ 1238.7, where cosh is about 10⁵³⁷."""
    _, found = solved("f", "cosh(w)", "w", "1", "2")
    assert isinstance(found, GeneralDescentFacts)
    assert found.outcome.behaviour == "diverges"
    assert found.table[-1].value > 10**500
    assert "run" in found.figures()
