"""Why: sentences that a lecturer found false, or unproved, in a corrigé on descents must not come back.

Each test states the fact that contradicted the sentence, recomputed here in plain fractions or decimals, and
what the corrigé says now.
"""

from __future__ import annotations

import itertools
import re
from decimal import Decimal, localcontext
from fractions import Fraction
from math import log

import pytest

from solver.derivation.equality import Means
from solver.descent.critical import Landscape, landscape
from solver.descent.evidence import contraction_evidence, profile, profile_checks
from solver.descent.objective import objective
from solver.descent.orbit import update_map
from solver.descent.proofs import Contraction, Growth
from solver.descent.ranges import ranges
from solver.descent.verdict import decide
from solver.errors import Span
from solver.expression.reader import read_expression
from solver.expression.tree import Symbol
from solver.questions.base import Facts, Scope, read_request
from solver.sheet.model import Given, OptionText
from solver.wording import Wording

FIRST = "0.25w^4 - 1.5w^3 - 1.25w^2 + 6w"
F = Fraction


def scape(text: str) -> Landscape:
    return landscape(objective("f", Symbol("w"), read_expression(text)))


def answer(kind: str, text: str, **options: str) -> tuple[Facts, str]:
    scope = Scope(givens={"f": Given("f", (Symbol("w"),), read_expression(text), text, Span(1, 1))})
    given = {name: OptionText(value, Span(1, 1)) for name, value in {"of": "f", **options}.items()}
    request = read_request(kind, given, scope)
    facts = request.solve(scope)
    assert [c for c in facts.checks if not c.holds] == []
    wording = Wording(detail="full")
    return facts, wording.markdown(f"kinds/{kind}.md.j2", facts=facts, request=request, label="q1.x")


def test_no_basin_is_claimed_for_a_fixed_rate() -> None:
    """From far enough, any fixed rate diverges when the degree is 3 or more."""
    assert decide(scape(FIRST), F(1000), F(1, 1000)).behaviour == "diverges"
    _, words = answer("critical-points", FIRST)
    assert "bassin" not in words
    assert "pour chaque départ de l'intervalle" in words
    assert "d'autant plus petit que le départ est loin" in words


def test_on_a_parabola_one_rate_serves_every_start() -> None:
    assert decide(scape("w^2 - 4w"), F(10**6), F(99, 100)).behaviour == "converges"
    _, words = answer("critical-points", "w^2 - 4w")
    assert "depuis tout départ" in words
    assert "d'autant plus petit" not in words


@pytest.mark.parametrize("kind", ["descent", "rates", "starts"])
@pytest.mark.parametrize("text", [FIRST, "w^2 - 4w", "w^3 - 3w", "w^4", "w^4 - 2w^2"])
def test_distances_are_not_multiplied_by_signed_numbers_and_a_rate_is_no_step(kind: str, text: str) -> None:
    options = {"descent": {"start": "2", "rate": "0.05"}, "rates": {"start": "2", "rates": "0.01, 0.05, 0.5"}}
    _, words = answer(kind, text, **options.get(kind, {"starts": "6, -2, 1"}))
    assert "distance est multipliée" not in words
    assert "la distance par" not in words
    for old in ("petit pas", "grand pas", "chaque pas", "pas pour", "premier pas", "d'autres pas", "rapport"):
        assert old not in words, old
    assert not re.search(r"\.\$\$", words), "a full stop inside a display"


def test_a_contraction_prints_its_evidence() -> None:
    """g′(4) = 21/40 and g′(5) = −3/8, g″ = 0 at 3/2 only, and the bound is 21/40 itself."""
    _, words = answer("descent", FIRST, start="2", rate="0.05")
    assert r"\le 0.525 < 1" in words
    assert r"g'\left(4\right) = 0.525$ à $g'\left(5\right) = -0.375" in words
    assert "elle s'annule en $1.5$" in words
    for w, slope in ((F(4), F(21, 40)), (F(5), F(-3, 8))):
        assert 1 - F(1, 20) * (3 * w**2 - 9 * w - F(5, 2)) == slope


def test_false_evidence_is_caught() -> None:
    found = scape(FIRST)
    verdict = decide(found, F(2), F(1, 20))
    assert isinstance(verdict.proof, Contraction)
    assert all(c.holds for c in contraction_evidence(verdict.proof, found, F(1, 20)).checks)
    assert found.objective.slope is not None
    g = update_map(found.objective.slope, F(1, 20))
    honest = profile(g, F(4), F(5), True)
    assert len(honest.turns) == 1
    forgotten = type(honest)(honest.ends, (), honest.outside)
    checks = profile_checks("g", g, forgotten, F(4), F(5), "")
    assert [c.holds for c in checks] == [False, False]


def test_growth_is_a_product_of_increasing_positive_functions() -> None:
    verdict = decide(scape(FIRST), F(2), F(1, 2))
    assert isinstance(verdict.proof, Growth)
    proof = verdict.proof
    values = [
        proof.lead - sum((c / r ** (2 - i) for i, c in enumerate(proof.middle)), F(0)) - proof.constant / r**3
        for r in (proof.radius, proof.radius + 1, proof.radius + 5)
    ]
    assert 0 < values[0] < values[1] < values[2]
    assert values[0] * proof.radius**proof.leading_power == proof.at_radius
    _, words = answer("descent", FIRST, start="2", rate="0.5")
    assert "produit de deux fonctions croissantes et positives" in words
    assert "a le signe de $-w$" in words
    assert "elles croissent à chaque itération" in words


@pytest.mark.parametrize(
    ("text", "start", "rate", "said"),
    [(FIRST, "2", "0.5", "a le signe de $-w$"), ("w^3 - 3w", "2", "2", "reste négatif")],
)
def test_the_sign_of_a_growing_run_is_followed(text: str, start: str, rate: str, said: str) -> None:
    _, words = answer("descent", text, start=start, rate=rate)
    assert said in words
    slope = scape(text).objective.slope
    assert slope is not None
    w, run = F(start), []
    for _ in range(6):
        w -= F(rate) * sum((F(int(c.p), int(c.q)) * w**i for i, c in enumerate(slope.coeffs())), F(0))
        run.append(w)
    tail = [x > 0 for x in run[2:]]
    assert tail == ([tail[0], not tail[0], tail[0], not tail[0]] if "-w" in said else [False] * 4)


def test_a_cycle_gives_its_points_its_multiplier_and_its_proof() -> None:
    verdict = decide(scape(FIRST), F(6), F(1, 10))
    product = 1.0
    for p in map(float, verdict.cycle):
        product *= 1 - 0.1 * (3 * p * p - 9 * p - 2.5)
    assert verdict.multiplier is not None
    assert abs(float(verdict.multiplier) - product) < 1e-9
    assert any(c.means is Means.DIFFERENCES and c.holds for c in verdict.checks)
    _, words = answer("rates", FIRST, start="2", rates="0.1")
    assert r"4.0066 \leftrightarrow 5.2003" in words
    assert "| $0.1$ | $2$ | $4.006555$ | $2^{-3}$ | $0.544$ | $6$ | $-0.088$ |" in words
    assert "arithmétique d'intervalles montre que" in words


def test_minima_are_named_and_never_said_exactly_equal_to_a_decimal() -> None:
    _, words = answer("starts", FIRST, starts="6, -2")
    for line in words.splitlines():
        if "exactement" in line:
            assert "-1.2604" not in line.split("exactement", 1)[1].split(".", 1)[0]
    assert r"\frac{17 + \sqrt{145}}{180}" in words  # lands on w₁ from 6
    assert r"\frac{15 + \sqrt{145}}{60}" in words  # lands on w₃ from −2


def test_the_guarantee_is_exact_where_the_curvature_is_greatest_at_the_limit() -> None:
    span = ranges(scape(FIRST), F(2))
    assert span.steepest_at == "target"
    assert abs(float(span.safe_rate or 0) - 8 / (145 + 3 * 145**0.5)) < 1e-12
    _, words = answer("rates", FIRST, start="2", rates="0.01, 0.05")
    assert "22.7" not in words
    assert "valeur atteinte en $w^*$" in words
    assert ranges(scape(FIRST), F(6)).steepest_at == "start"
    # f″ = 2 + w − w²/2 is greatest at 1, between the start 2 and w* = 0
    inside = ranges(scape("w^2 + w^3/6 - w^4/24"), F(2))
    assert inside.steepest_at == "inside"
    assert inside.steepest is not None
    assert inside.steepest.value == F(5, 2)


def test_the_box_of_a_start_says_what_happens_and_no_list_of_rates() -> None:
    _, words = answer("starts", FIRST, starts="-2", ask="destinations")
    box = words.split("```")[1]
    assert "**Aucun taux ne mène vers le minimum global $w_{3}" in box
    assert "0.17" not in box
    assert "Sauter n'est pas converger" in box
    for rate in (F(n, 100) for n in range(1, 45)):
        verdict = decide(scape(FIRST), F(-2), rate)
        assert verdict.target is None or verdict.target.index != 3


def test_a_scan_is_said_to_be_a_scan_and_counts_what_happens() -> None:
    facts, words = answer("starts", FIRST, starts="6")
    assert "ce balayage ne prouve rien" in words
    (one,) = facts.starts  # type: ignore[attr-defined]
    assert [(t.outcome, t.period) for t in one.scanned[1].tallies] == [("cycle", 2), ("cycle", 4)]
    assert [(t.outcome, len(t.rates)) for t in one.scanned[2].tallies] == [("other", 3)]
    assert one.scanned[1].tallies[0].rates == (F(9, 100), F(1, 10))
    assert "$0.09$ ; $0.1$ en cycle de longueur $2$, $0.11$ en cycle de longueur $4$" in words
    for rate in (F(9, 100), F(1, 10), F(11, 100)):
        assert decide(scape(FIRST), F(6), rate).behaviour == "oscillates"
    assert len(facts.figures()["runs"].panels) <= 6  # type: ignore[union-attr]


def test_steps_per_decimal() -> None:
    facts, words = answer("rates", FIRST, start="2", rates="0.01, 0.05")
    bend = (145 + 3 * 145**0.5) / 8
    for row in facts.asked_rows:  # type: ignore[attr-defined]
        expected = log(10) / -log(abs(1 - float(row.rate) * bend))
        assert abs(float(row.per_decimal) - expected) < 1e-9
    assert "$8.97$" in words
    assert "$1.14$" in words
    assert "près de $8$ fois plus d'itérations" in words
    for text, start, rate in (("w^4", "1", "0.1"), ("w^2 - 4w", "5", "0.5")):
        facts, _ = answer("rates", text, start=start, rates=rate)
        assert facts.asked_rows[0].per_decimal is None  # type: ignore[attr-defined]


def test_the_excess_of_f_tells_rows_apart() -> None:
    facts, words = answer("descent", FIRST, start="2", rate="0.05")
    excesses = [row.excess for row in facts.table]  # type: ignore[attr-defined]
    assert all(a > b > 0 for a, b in itertools.pairwise(excesses))
    with localcontext() as context:
        context.prec = 50
        w, goal = Decimal(2), (7 + Decimal(145).sqrt()) / 4

        def f(x: Decimal) -> Decimal:
            return x**4 / 4 - Decimal("1.5") * x**3 - Decimal("1.25") * x**2 + 6 * x

        for _ in range(9):
            w -= (w**3 - Decimal("4.5") * w**2 - Decimal("2.5") * w + 6) / 20
        assert abs(float(f(w) - f(goal)) - float(excesses[9])) < 1e-20
    assert r"4.52 \times 10^{-12}" in words


def test_the_advice_on_the_rate_admits_a_far_start() -> None:
    assert decide(scape(FIRST), F(40), F(44, 1000)).behaviour == "diverges"
    _, far = answer("rates", FIRST, start="40", rates="0.0001")
    _, near = answer("rates", FIRST, start="2", rates="0.01")
    assert "ne valent que près de $w^*$" in far
    assert "ne valent que près de $w^*$" not in near


def test_a_rate_that_ends_elsewhere_is_measured_at_its_own_limit() -> None:
    facts, words = answer("rates", "w^4 - w^2 + w/3", start="2", rates="0.05, 0.1")
    (row,) = [r for r in facts.rows if r.rate == F(1, 10)]  # type: ignore[attr-defined]
    assert row.verdict.target.index == 1
    limit = float(row.verdict.target.point)
    assert abs(float(row.verdict.factor.value) - (1 - 0.1 * (12 * limit**2 - 2))) < 1e-9
    assert "$q = 1 - \\alpha f''$ à la limite de la suite" in words


def test_where_every_rate_diverges_none_is_called_too_large() -> None:
    _, words = answer("rates", "-w^2", start="1", rates="0.1")
    assert "trop grand" not in words.split("```{beyond}")[0]
    assert "la suite diverge, quel que soit le taux" in words
