"""Why: what a corrigé says of rates (how slow, by chance, at the bound, bounded) is measured here by runs in
floats or decimals that share nothing with the solver.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction
from math import sqrt

import pytest

from solver.descent.borderline import at_bound, flat_law
from solver.descent.critical import Landscape, landscape
from solver.descent.objective import objective
from solver.descent.proofs import Undecided
from solver.descent.report import descend
from solver.descent.verdict import decide
from solver.descent.verification import verify
from solver.errors import Span
from solver.expression.reader import read_expression
from solver.expression.tree import Symbol
from solver.questions.base import Scope, read_request
from solver.questions.rate_facts import RateRow, RatesFacts, clearly_slower
from solver.sheet.model import Given, OptionText
from solver.wording import Wording

FIRST = "0.25w^4 - 1.5w^3 - 1.25w^2 + 6w"
CUBIC = "w^3 - 3w"
F = Fraction


def scape(text: str) -> Landscape:
    return landscape(objective("f", Symbol("w"), read_expression(text)))


def answer(text: str, lang: str = "fr", **options: str) -> tuple[RatesFacts, str]:
    scope = Scope(givens={"f": Given("f", (Symbol("w"),), read_expression(text), text, Span(1, 1))})
    given = {name: OptionText(value, Span(1, 1)) for name, value in {"of": "f", **options}.items()}
    request = read_request("rates", given, scope)
    facts = request.solve(scope)
    assert isinstance(facts, RatesFacts)
    assert [c for c in facts.checks if not c.holds] == []
    wording = Wording(lang=lang, detail="full")
    return facts, wording.markdown("kinds/rates.md.j2", facts=facts, request=request, label="q1.x")


def slopes(text: str) -> list[float]:
    slope = scape(text).objective.slope
    assert slope is not None
    return [int(c.p) / int(c.q) for c in slope.coeffs()]


def step(coefficients: list[float], w: float, rate: float) -> float:
    total = 0.0
    for c in reversed(coefficients):
        total = total * w + c
    return w - rate * total


@pytest.mark.parametrize(
    ("text", "index", "start", "rate", "power", "constant"),
    [
        ("w^4", 1, 1.0, 0.1, 2, 8),
        ("w^3", 1, 0.5, 0.2, 1, 3),
        ("-w^3", 1, -0.5, 0.2, 1, 3),
        ("w^6", 1, 1.0, 0.1, 4, 24),
        ("(w^2 - 2)^4", 2, 1.45, 0.01, 2, 512),
    ],
)
def test_how_slowly_where_the_curvature_vanishes(
    text: str, index: int, start: float, rate: float, power: int, constant: int
) -> None:
    """|w⁽ᵏ⁾ − w*| (Cαk)^(1/m) tends to 1."""
    found = scape(text)
    goal = [p for p in found.points if p.nature != "maximum"][index - 1]
    law = flat_law(found, goal)
    assert law is not None
    assert (law.power, law.constant.value if law.constant.rational else 0) == (power, constant)
    assert all(c.holds for c in law.checks)
    w, coefficients, steps = start, slopes(text), 20_000
    for _ in range(steps):
        w = step(coefficients, w, rate)
    assert abs(abs(w - float(goal.point)) * (constant * rate * steps) ** (1 / power) - 1) < 0.02


def test_the_slow_law_is_printed_with_an_estimate() -> None:
    facts, words = answer("w^4", start="1", rates="0.1, 0.2")
    assert r"\sim \frac{1}{\sqrt{8 \, \alpha k}}$$" in words
    assert r"$1.25 \times 10^{6}$ itérations" in words
    assert facts.estimate is not None
    w, count = 1.0, 0
    while w > 0.01:  # 1/(8 · 0.1 · 10⁻⁴) = 12500
        w, count = step([0, 0, 0, 4], w, 0.1), count + 1
    assert facts.flat is not None
    assert abs(count / float(facts.flat.steps(F(1, 10), F(1, 100))) - 1) < 0.01
    assert "On lit dans le tableau" not in words.split("```{beyond}")[0]  # nothing to read there
    for none in (("w^2", 1), (FIRST, 1), ("-w^4", 1)):
        assert flat_law(scape(none[0]), scape(none[0]).points[0]) is None


@pytest.mark.parametrize(
    ("text", "sign", "coefficient"),
    [
        ("w^4 - 2w^2", 1, F(16)),
        ("w^4 + w^2", -1, F(-8)),
        (CUBIC, 1, F(2)),
        ("w^2 + w^5", 0, F(0)),
        (FIRST, 1, None),
    ],
)
def test_at_the_bound_the_next_order_decides(text: str, sign: int, coefficient: Fraction | None) -> None:
    """Two steps with α = 2/f″ from w* + x: the distance has changed by −Kx³."""
    found = scape(text)
    for goal in found.minima:
        edge = at_bound(found, goal)
        assert edge is not None
        assert edge.sign == sign
        assert all(c.holds for c in edge.checks)
        if coefficient is not None:
            assert edge.coefficient.value == coefficient
        assert goal.bound is not None
        x, w, coefficients = 1e-3, float(goal.point) + 1e-3, slopes(text)
        for _ in range(2):
            w = step(coefficients, w, float(goal.bound))
        gained = x - (w - float(goal.point))
        assert abs(gained / x**3 - float(edge.coefficient)) < 0.02 * (1 + abs(float(edge.coefficient)))


def test_the_bound_itself_is_never_advised() -> None:
    _, words = answer("w^2", start="1", rates="0.1")
    assert "toujours strictement sous $2/f''(w^*)$" in words
    assert "oscille sans fin entre $1$ et $-1$, sans se rapprocher" in words
    assert r"\left(1 - 2 \, \alpha\right)^k$$" in words
    assert "valeur atteinte en" not in words  # f″ is constant
    _, words = answer("w^4 - 2w^2", start="2", rates="0.02")
    assert "attire encore, mais très lentement" in words
    _, words = answer("w^4 + w^2", start="1/2", rates="0.1")
    assert "montre que $w^*$ repousse" in words
    _, english = answer("w^4 + w^2", "en", start="1/2", rates="0.1")
    assert "the next order shows that $w^*$ repels" in english


def test_a_lucky_landing_is_no_speed() -> None:
    """From 0, w⁽¹⁾ = 3α is exactly w* = 1 at the bound 1/3, where |1 − αf″| = 1."""
    facts, words = answer(CUBIC, start="0", rates="0.01, 0.1, 1/3, 0.5")
    assert [r.rate for r in facts.lucky] == [F(1, 3)]
    assert facts.comparison is not None
    assert facts.comparison.quick.rate == F(1, 10)
    assert facts.quickest is not None
    assert facts.quickest.rate == F(1, 5)
    assert "près de $14$ fois plus d'itérations" in words
    assert "tombe exactement sur $w^*$ : ce hasard ne dit rien de la vitesse" in words
    # a parabola at 1/f″ arrives at once for every start: that is no chance
    facts, _ = answer("w^2", start="1", rates="0.1, 0.5")
    assert facts.lucky == ()
    assert facts.quickest is not None
    assert facts.quickest.rate == F(1, 2)


def test_an_undecided_run_is_proved_bounded() -> None:
    verdict = decide(scape(CUBIC), F(0), F(1, 2))
    assert isinstance(verdict.proof, Undecided)
    assert verdict.proof.kept == (F(-1), F(5, 3))
    assert [c.holds for c in verdict.checks] == [True]
    with localcontext() as context:
        context.prec = 1500  # the run doubles its error at each step
        w = Decimal(0)
        for _ in range(1000):
            w -= (3 * w * w - 3) / 2
            assert -1 <= w <= Decimal(5) / 3
    false = Undecided(0, F(0), F(1), (F(-1), F(3, 2)))  # g(1/3) = 5/3
    from solver.descent.orbit import orbit, update_map

    slope = scape(CUBIC).objective.slope
    assert slope is not None
    points = orbit(update_map(slope, F(1, 2)), F(0), 0)
    assert [c.holds for c in verify(false, scape(CUBIC), F(1, 2), points)] == [False]
    proof = descend(CUBIC, start="0", rate="1/2")["verdict"]["proof"]
    assert "[-1, 5/3]" in proof
    assert "the run is bounded" in proof
    _, words = answer(CUBIC, start="0", rates="0.5", ask="speed")
    assert "« Indécis » : ni limite, ni cycle, ni divergence" in words
    assert r"\left[-1, \frac{5}{3}\right]" in words


def test_slow_on_both_sides_is_told_in_order() -> None:
    _, words = answer("w^2", start="1", rates="0.1, 0.99")
    small, large = (
        words.index("trop petit, c'est lent"),
        words.index("trop près de la borne, c'est lent aussi"),
    )
    assert small < large
    assert "$339$ itérations" in words
    assert 0.96**339 <= 1e-6 < 0.96**338
    facts, words = answer(FIRST, start="2", rates="0.01, 0.05, 0.5")
    assert facts.confirms
    assert r"le plus rapide est $\alpha = 0.05$" in words


def test_why_the_iterations_are_not_in_the_ratio_of_the_rates() -> None:
    _, words = answer(FIRST, start="2", rates="0.01, 0.05, 0.5", ask="speed")
    assert r"par $8.97 / 1.14 \approx 7.9$, et non par $5$" in words
    bend = (145 + 3 * sqrt(145)) / 8
    assert abs(abs(1 - 0.05 * bend) - 0.1320) < 5e-5
    _, words = answer("w^2", "en", start="1", rates="0.1, 0.99", ask="speed")
    assert r"$\alpha = 0.99$ is close to $2/f''(w^*) = 1$" in words
    _, words = answer("w^2", start="1", rates="0.001, 0.002", ask="speed")
    assert "et non par" not in words


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("ask", ["choice", "speed, choice"])
def test_a_start_at_rest_is_justified(lang: str, ask: str) -> None:
    _, words = answer("w^4 - 2w^2", lang, start="1", rates="0.1", ask=ask)
    assert "$f'(w^{(0)}) = f'(1) = 0$" in words.split("```{justification}")[1]


def test_lists_end_with_a_full_stop_and_rates_are_not_called_others() -> None:
    _, words = answer("-w^2", start="1", rates="0.1, 0.2", ask="choice")
    assert "$0.1$ et $0.2$." in words
    assert "avec ces taux :" in words
    assert "d'autres" not in words.split("```{beyond}")[0]
    assert "garde son signe devant le point de départ" in words
    for text, start, rates in ((CUBIC, "0", "0.1"), (FIRST, "2", "0.01, 0.5"), ("w^2", "1", "1")):
        body = answer(text, start=start, rates=rates)[1].split("```{beyond}")[0]
        bullets = [line for line in body.splitlines() if line.startswith("- ")]
        assert bullets[-1].endswith(".")


def test_rounded_numbers_say_so() -> None:
    _, words = answer("w^4/4 - w^2 + w/10", start="2", rates="0.1")
    assert r"de l'autre minimum :" in words
    assert r"$\approx 0.4752$ pour $w_{1}" in words
    _, words = answer("w^4 - 2w^2", start="2", rates="0.02")
    assert "est l'un des minima globaux, celui où mènent les petits taux" in words


def test_two_rates_as_good_confirm_nothing() -> None:
    """f″ = 2/3: with 1 and 2 the errors are multiplied by 1/3 and −1/3."""
    facts, words = answer("w^2/3 - w", start="0", rates="0.1, 4")
    assert {r.rate for r in facts.counted if r.steps == facts.quickest.steps} == {F(1), F(2)}  # type: ignore[union-attr]
    assert not facts.confirms
    assert "la règle se vérifie" not in words


@pytest.mark.parametrize(
    ("function", "start", "rates"),
    [("w^4 + w^2", "1", "1, 1/6, 1/2, 0.999"), ("w^4 - 2*w^2 + w/10", "2", "0.01, 0.1")],
)
def test_a_rule_that_does_not_lead_there_is_not_borne_out(function: str, start: str, rates: str) -> None:
    """1/6 lands at once and 1/f″ diverges; 1/f″ goes to the other minimum."""
    facts, words = answer(function, start=start, rates=rates)
    assert not facts.best_is_reached
    assert not facts.confirms
    assert "la règle se vérifie" not in words
    assert "borne out" not in answer(function, "en", start=start, rates=rates)[1]


def test_one_iteration_more_is_not_slow() -> None:
    """With 1/50 a landing within 10⁻⁶ takes 65 iterations, 64 with 1/36, and within 10⁻³ 26 and 36."""
    slow, quick = (RateRow(F(1), None, steps, True, ()) for steps in ((26, 65), (36, 64)))  # type: ignore[arg-type]
    assert not clearly_slower(slow, quick)
    assert clearly_slower(replace(quick, steps=(36, 82)), slow)
    facts, words = answer("w^4 - 2*w^2", start="3", rates="1/36")
    assert facts.slow_small is not None
    assert facts.slow_small.rate < F(1, 50)
    assert "$65$ itérations avec" not in words


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_small_numbers_are_not_written_as_zeros(lang: str) -> None:
    """From 1000 the guarantee is for rates up to 1/11999996."""
    _, words = answer("w^4 - 2*w^2", lang, start="1000", rates="1/36")
    assert r"\approx 8.33 \times 10^{-8}" in words
    assert r"\approx 0.0000" not in words
    assert f"{1 / 11999996:.2e}" == "8.33e-08"


def test_the_argument_for_cycles_is_printed_once() -> None:
    """Rates then starts on the same function: the second answer refers to the first."""
    first, words = answer(FIRST, start="2", rates="0.1")
    assert first.argues
    assert "arithmétique d'intervalles montre" in words
    given = Given("f", (Symbol("w"),), read_expression(FIRST), FIRST, Span(1, 1))
    for name, told in (("f", True), ("h", False)):
        scope = Scope(givens={name: replace(given, name=name)}, facts={"q1.x": first})
        options = {"of": OptionText(name, Span(1, 1)), "starts": OptionText("6", Span(1, 1))}
        request = read_request("starts", options, scope)
        facts = request.solve(scope)
        body = Wording(detail="full").markdown("kinds/starts.md.j2", facts=facts, request=request, label="q2")
        assert ("arithmétique d'intervalles montre" in body) is not told
        assert ("par le même argument que plus haut" in body) is told
        assert "| $0.11$ | $4$ |" in body


def test_a_limit_is_called_what_it_is() -> None:
    """From −1 small rates end at the inflection 0, larger ones at 3/4, the global minimum of w⁴ − w³."""
    facts, words = answer("w^4 - w^3", start="-1", rates="0.1, 0.3")
    assert "$w_{2} = 0.75$ (minimum global)" in words
    assert "Borne de stabilité $2/f''$ du minimum" in words
    assert [r.verdict.target.index for r in facts.asked_rows if r.verdict.target] == [1, 2]
