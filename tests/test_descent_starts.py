"""Why: what a corrigé says of all rates from a start (none leads there, this one goes to and fro, this one
ends on a cycle of that length) is contradicted here, if that can be done, by runs in decimals of 40 digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal, Overflow, localcontext
from fractions import Fraction

import pytest

from solver.descent.critical import Landscape, landscape
from solver.descent.invariant import Confinement, confinement, kept_interval
from solver.descent.objective import objective
from solver.descent.orbit import update_map
from solver.descent.proofs import AttractingCycle
from solver.descent.ranges import ranges, rounded_up
from solver.descent.verdict import decide
from solver.errors import Span
from solver.expression.reader import read_expression
from solver.expression.tree import Symbol
from solver.questions.base import Scope, read_request
from solver.questions.start_facts import StartFacts, StartsFacts
from solver.sheet.model import Given, OptionText
from solver.wording import Wording

FIRST = "0.25w^4 - 1.5w^3 - 1.25w^2 + 6w"
LEANING = "w^4/4 - w^2 + w/10"
"""Its critical points are irrational: roots of w³ − 2w + 1/10."""
THREE = "w^6/6 - 5w^4/4 + 2w^2"
F = Fraction


@pytest.fixture(autouse=True)
def _forty_digits() -> Iterator[None]:
    with localcontext() as context:
        context.prec = 40
        yield


def scape(text: str) -> Landscape:
    return landscape(objective("f", Symbol("w"), read_expression(text)))


def decimal(x: Fraction) -> Decimal:
    return Decimal(x.numerator) / Decimal(x.denominator)


def run(found: Landscape, start: Fraction, rate: Fraction, steps: int) -> list[Decimal]:
    slope = found.objective.slope
    assert slope is not None
    coefficients = [decimal(F(int(c.p), int(c.q))) for c in reversed(slope.coeffs())]
    points = [decimal(start)]
    for _ in range(steps):
        total = Decimal(0)
        try:
            for c in coefficients:
                total = total * points[-1] + c
            points.append(points[-1] - decimal(rate) * total)
        except Overflow:
            break
        if abs(points[-1]) > 10**30:
            break
    return points


def answer(text: str, lang: str = "fr", **options: str) -> tuple[StartsFacts, str]:
    scope = Scope(givens={"f": Given("f", (Symbol("w"),), read_expression(text), text, Span(1, 1))})
    given = {name: OptionText(value, Span(1, 1)) for name, value in {"of": "f", **options}.items()}
    request = read_request("starts", given, scope)
    facts = request.solve(scope)
    assert isinstance(facts, StartsFacts)
    assert [c for c in facts.checks if not c.holds] == []
    wording = Wording(lang=lang, detail="full")
    return facts, wording.markdown("kinds/starts.md.j2", facts=facts, request=request, label="q1.x")


def shut(text: str, start: str, index: int) -> Confinement | None:
    found = scape(text)
    return confinement(found, F(start), found.points[index - 1])


@pytest.mark.parametrize(
    ("text", "start", "index", "kept"),
    [
        (FIRST, "-2", 3, ("-2", "1")),
        (FIRST, "1/2", 3, None),
        (LEANING, "2", 1, None),
        (LEANING, "-1", 3, None),
        (THREE, "1/2", 1, ("0", "1/2")),
        (THREE, "1/2", 5, ("0", "1")),
        ("w^4 - 2w^2", "1/2", 1, ("0", "1")),
    ],
)
def test_no_rate_leads_to_a_minimum_behind_its_wall(
    text: str, start: str, index: int, kept: tuple[str, str] | None
) -> None:
    found = shut(text, start, index)
    assert found is not None
    assert all(c.holds for c in found.checks)
    assert found.point.bound is not None
    assert found.rate >= found.point.bound.value
    if kept is not None:
        ends = [s.at.value for s in found.profile.ends]
        assert ends[0] <= F(kept[0]) or ends == [F(x) for x in kept]
        assert ends[1] == F(kept[1]) or ends[1] >= F(kept[1])
    goal = decimal(found.point.point.value)
    for k in range(1, 60):
        rate = found.point.bound.value * F(k, 30)
        points = run(scape(text), F(start), rate, 300)
        assert len(points) < 301 or any(abs(p - goal) > Decimal("1e-3") for p in points[-20:])


@pytest.mark.parametrize(
    ("text", "start", "index"),
    [
        (FIRST, "6", 1),  # 0.13 leads there
        ("w^4 - w^2 + w/3", "2", 1),  # 0.1 leads there
        (THREE, "3", 1),
        ("w^4 - 2w^2", "2", 1),  # 0.1 leads there
        ("w^6 - 3w^4 + 2w^3", "2", 1),
    ],
)
def test_where_a_rate_leads_there_nothing_is_proved(text: str, start: str, index: int) -> None:
    assert shut(text, start, index) is None


def test_a_false_wall_is_caught() -> None:
    """From 6, with J = [1, 6] for w₁: at 2/f″(w₁) the first step from 6 leaves J."""
    found = shut(FIRST, "-2", 3)
    assert found is not None
    first = scape(FIRST)
    from solver.descent.invariant import _checks, _profile

    slope = first.objective.slope
    assert slope is not None
    g = update_map(slope, F(147, 1000))
    false = _profile(first, g, F(6), first.points[1])
    checks = _checks(first, slope, g, F(147, 1000), false, first.points[0])
    assert not checks[-1].holds
    inside = _checks(first, slope, g, found.rate, replace(found.profile), first.points[0])
    assert not inside[-1].holds  # w₁ is in J


def test_an_interval_is_widened_until_it_is_kept() -> None:
    """g(w) = w − (3w² − 3)/2 sends [−1, 5/3] onto itself: g(1/3) = 5/3 is its top and g(5/3) = −1."""
    slope = scape("w^3 - 3w").objective.slope
    assert slope is not None
    assert kept_interval(update_map(slope, F(1, 2)), F(0), F(0)) == (F(-1), F(5, 3))
    assert kept_interval(update_map(slope, F(9, 10)), F(0), F(0)) is None


@pytest.mark.parametrize(("bound", "digits", "short"), [("0.08834", 3, "0.0884"), ("0.475224", 4, "0.4753")])
def test_bounds_are_rounded_up(bound: str, digits: int, short: str) -> None:
    assert rounded_up(F(bound), digits) == F(short)


@pytest.mark.parametrize(
    ("text", "start", "rates"),
    [
        ("w^2 - 4w + 1", "5", ["1"]),
        ("w^4 + w^2", "1", ["1/3"]),
        ("w^4", "-2", ["1/8"]),
        (THREE, "-3", ["1/20"]),
        ("w^3 - 3w", "0", [None]),  # √2/3
        ("-w^2", "1", []),
    ],
)
def test_rates_with_which_the_second_step_comes_back(text: str, start: str, rates: list[str | None]) -> None:
    found = ranges(scape(text), F(start))
    assert [r.rate.value if r.rate.rational else None for r in found.returns] == [
        F(r) if r else None for r in rates
    ]
    for back in found.returns:
        points = run(scape(text), F(start), back.rate.value, 2)
        assert abs(points[2] - points[0]) < Decimal("1e-30")
        assert abs(points[1] - decimal(back.point.value)) < Decimal("1e-30")
    assert all(c.holds for c in found.checks)


def test_a_parabola_has_one_law_and_no_sweep() -> None:
    facts, words = answer("w^2 - 4w + 1", starts="5, -1", ask="destinations, analysis")
    assert all(one.solved and not one.scanned for one in facts.starts)
    assert "ne prouve rien" not in words
    assert r"pour $\alpha = 1$, elle **oscille** sans fin entre $5$ et $-1$" in words
    assert r"\left(1 - 2 \, \alpha\right)^k \times 3$$" in words
    assert r"\times \left(-3\right)$$" in words
    found = scape("w^2 - 4w + 1")
    for rate in (F(1, 4), F(3, 4), F(99, 100)):
        assert abs(run(found, F(5), rate, 3)[3] - 2 - 3 * decimal(1 - 2 * rate) ** 3) < Decimal("1e-30")
    _, english = answer("w^2 - 4w + 1", "en", starts="5")
    assert r"for $\alpha = 1$ they **oscillate** for ever between $5$ and $-1$" in english


@pytest.mark.parametrize(("text", "start"), [(FIRST, "6"), (FIRST, "-2"), (LEANING, "2"), (THREE, "1/2")])
def test_every_cycle_claimed_has_its_length_and_its_proof_printed(text: str, start: str) -> None:
    facts, words = answer(text, starts=start, ask="destinations")
    (one,) = facts.starts
    claimed = {
        r.rate: t.period
        for place in one.scanned
        for t in place.tallies
        if t.outcome == "cycle"
        for r in t.runs
    }
    assert claimed
    assert set(claimed) <= {r.rate for r in one.cycles}
    for r in one.cycles:
        period, proof = r.verdict.period, r.verdict.proof
        assert period is not None
        points = run(scape(text), F(start), r.rate, 3000)[-2 * period - 1 :]
        assert abs(points[-1] - points[-1 - period]) < Decimal("1e-20")
        assert all(abs(points[-1] - points[-1 - j]) > Decimal("1e-6") for j in range(1, period))
        if isinstance(proof, AttractingCycle):
            assert proof.ratio <= proof.bound < 1
            assert proof.radius == F(1, 2**proof.halvings)
            row = next(
                line for line in words.splitlines() if line.endswith(f"${proof.index}$ | ${decimal_of(r)}$ |")
            )
            assert f"| ${period}$ |" in row


def decimal_of(r: object) -> str:
    return f"{float(r.verdict.multiplier):.3f}"  # type: ignore[attr-defined]


def test_rates_of_one_table_are_not_told_again() -> None:
    facts, words = answer(FIRST, starts="6", ask="destinations")
    (one,) = facts.starts
    told = {rate for place in one.scanned for t in place.tallies for rate in t.rates}
    assert not told & {t.rate for t in one.followed}
    assert "Taux suivis en plus" in words


def test_minima_of_one_depth_are_well_said() -> None:
    facts, words = answer(THREE, starts="3, 1/2", ask="destinations, conclusion")
    assert "vers $w_{5} = 2$, l'un des minima globaux" in words
    assert "**Aucun taux ne mène vers $w_{1} = -2$ ni vers $w_{5} = 2$**" in words
    assert "seul $w_{5}$ est un minimum global" in words
    assert "une autre vallée" in words
    assert "l'autre vallée" not in words
    one: StartFacts = facts.starts[1]
    assert [p.index for p in one.barred] == [1, 5]
    _, words = answer("w^4 - 2w^2", starts="1")
    assert "qui est l'un des minima globaux" in words


def test_panels_are_lettered() -> None:
    facts, words = answer(FIRST, starts="6, -2", ask="conclusion")
    panels = facts.figures()["runs"].panels  # type: ignore[union-attr]
    assert [str(p.title)[:3] for p in panels] == ["(a)", "(b)", "(c)", "(d)", "(e)", "(f)"]
    assert "la suite (a) converge vers le minimum voisin, (b) oscille" in words


def test_the_runs_of_a_conclusion_are_drawn_before_what_goes_beyond() -> None:
    for lang in ("fr", "en"):
        for ask in ("conclusion", "destinations, conclusion"):
            _, words = answer(FIRST, lang, starts="6, -2", ask=ask)
            places = [words.index(part) for part in ("```{justification}", "(figure:runs ", "```{beyond}")]
            assert places == sorted(places)


def test_each_rate_that_lands_on_a_critical_point_is_followed_by_its_own() -> None:
    _, several = answer(FIRST, starts="6")
    assert "au-delà de chacun de ces taux, $w^{(1)}$ dépasse le point correspondant" in several
    _, one = answer("w^4", starts="1")
    assert "**Taux pour lequel $w^{(1)}$ est un point critique.**" in one
    assert "La suite s'y arrête ; au-delà de ce taux, $w^{(1)}$ dépasse le point." in one


@pytest.mark.parametrize(
    ("text", "start", "said"),
    [("w^3 - 3w", "0", r"$w^{(1)} = 3 \, \alpha$"), ("w^2/2", "1", r"$w^{(1)} = 1 - \alpha$")],
)
def test_the_first_iterate_is_tidy(text: str, start: str, said: str) -> None:
    assert said in answer(text, starts=start)[1]


def test_where_no_critical_point_stops_the_descent() -> None:
    _, words = answer("-w^2", starts="1", ask="analysis")
    assert "premier point critique rencontré" not in words
    assert "départ à gauche de $w_1$ : la suite part vers $-\\infty$ quel que soit le taux" in words
    for rate in (F(1, 10), F(7)):
        assert decide(scape("-w^2"), F(-1), rate).direction == -1
