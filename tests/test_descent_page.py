"""`descent` read as a page: each sentence is held to what the exact values say, in both languages."""

from __future__ import annotations

import re

import pytest
from test_descent_claims import solve

from solver.questions.descent_facts import DescentFacts
from solver.wording import Wording


def page(f: str, lang: str = "en", **options: str) -> tuple[DescentFacts, str]:
    facts, request = solve("descent", f, **options)
    assert isinstance(facts, DescentFacts)
    wording = Wording(lang=lang, detail="full")
    return facts, wording.markdown("kinds/descent.md.j2", facts=facts, request=request, label="q1.x")


@pytest.mark.parametrize(
    ("f", "start", "rate", "stability"),
    [
        ("w^4 - 2 w^2", "2", "1/4", "neither"),  # f″(±1) = 8, bound 1/4
        ("w^4 - 2 w^2", "3", "1/5", "attracts"),
        ("w^4 - 2 w^2", "2", "3/10", "repels"),
        ("w^4", "3", "1", "attracts"),  # f″(0) = 0: no bound
        ("w^2", "1", "1", "neither"),
        ("w^2", "1", "11/10", "repels"),
    ],
)
def test_what_the_bound_says(f: str, start: str, rate: str, stability: str) -> None:
    facts, text = page(f, start=start, rate=rate)
    assert facts.stability == stability
    if facts.verdict.behaviour == "diverges":
        said = {
            "neither": "The stability bound does not decide",
            "attracts": "The stability bound does not explain everything",
            "repels": "repel",
        }
        assert said[stability] in text
        assert ("exactly $\\alpha$" in text) == (stability == "neither")
        assert "not exceeded" not in text


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_quadratic_at_its_bound(lang: str) -> None:
    facts, text = page("w^2 - 4 w + 1", lang, start="5", rate="1")
    assert facts.flips
    said = {"en": "exactly the bound", "fr": "exactement la borne"}
    assert said[lang] in text
    assert "w^{(k+1)} - w^* = -(w^{(k)} - w^*)" in text
    never = {"en": "neither converge nor diverge", "fr": "ne diverge pas"}
    assert never[lang] not in text
    below, _ = page("w^2 - 4 w + 1", lang, start="5", rate="9/10")
    assert not below.flips


@pytest.mark.parametrize(
    ("f", "start", "rate", "nature"),
    [
        ("w^2", "1", "1/10", "the global minimum $w^* = 0$"),
        ("w^4", "1", "1/10", "the global minimum $w^* = 0$"),
        ("w^4 - 2 w^2", "1/2", "1/10", "$w^* = 1$, one of the global minima"),
        ("w^3 - 3 w", "1/2", "1/10", "the local minimum $w^* = 1$"),
        ("w^4/4 - w^3/3 - w^2", "-1/2", "1/10", "the local minimum $w^* = -1$"),
        ("w^4/4 - w^3/3 - w^2", "1", "1/10", "the global minimum $w^* = 2$"),
    ],
)
def test_local_or_global(f: str, start: str, rate: str, nature: str) -> None:
    assert f"**converge** to {nature}, where" in page(f, start=start, rate=rate)[1]


def test_values_that_look_alike_are_told_apart() -> None:
    facts, text = page("w^4 - 2 w^2", start="101/100", rate="1/4")
    assert facts.value_digits > 4
    told = re.findall(r"f\(w\^\{\(\d\)\}\) - f\(w\^\*\) \\approx ([^,$]+)", text.split("```")[1])
    assert len(told) == len(set(told)) == len(facts.iterates)
    # far below 10⁻³ numbers have digits of their own
    assert page("w^2", start="1", rate="49/100")[0].value_digits == 4


@pytest.mark.parametrize(("f", "start"), [("2 w + 1", "0"), ("w^2/2", "2")])
def test_no_number_equals_itself(f: str, start: str) -> None:
    text = page(f, start=start, rate="1/4")[1]
    assert not re.search(r"= (-?[\d.]+) = \1(?![\d.])", text)


def test_steps_share_one_alignment() -> None:
    justification = page("w^4 - 2 w^2", start="1/2", rate="1/10", steps="3")[1].split("```{justification}")[1]
    first = justification.split("$$")[1]
    assert first.count("- \\alpha f'(w^{") == 3
    long = page("w^2", start="1", rate="1/10", steps="20")[1].split("```{justification}")[1]
    assert all(block.count("\\\\") < 20 for block in long.split("$$")[1::2])  # a page can hold each


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_divergence_is_proved_to_be_one(lang: str) -> None:
    text = page("w^2", lang, start="1", rate="3/2")[1]
    assert r"|w^{(k)} - w^*| = |m|^k \, |w^{(0)} - w^*| \to +\infty" in text
