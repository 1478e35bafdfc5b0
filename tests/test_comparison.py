"""`comparison`: counts and values worked by hand or in floats by other code; what is said and what is not."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from test_optimiser import Gradient, simulated

from solver.assembly import Options
from solver.derivation.equality import tally
from solver.errors import CorrigeError, Span
from solver.pipeline import build
from solver.questions.base import Scope, read_request
from solver.questions.comparison import run_checks
from solver.questions.comparison_facts import ComparisonFacts
from solver.sheet.model import OptionText
from solver.wording import Wording


def facts_of(**options: str) -> ComparisonFacts:
    found = read_request("comparison", {n: OptionText(v, Span(1, 1)) for n, v in options.items()}, Scope())
    facts = found.solve(Scope())
    assert isinstance(facts, ComparisonFacts)
    return facts


def test_a_quadratic_by_hand() -> None:
    """On w² with α = 1/4 each step halves w; α = 1/2 lands on 0; α = 1 swaps ±1; α = 2 leaves."""
    facts = facts_of(of="w^2", starts="1", rates="1/4, 1/2, 1, 2", tolerances="1/8, 1/1000", steps="3")
    assert facts.by == "distance"
    assert [r.hits for r in facts.rows] == [(3, 10), (1, 1), (None, None), (None, None)]
    assert [r.value for r in facts.rows] == [Fraction(1, 64), 0, 1, 3**6]
    assert [r.distance for r in facts.rows] == [Fraction(1, 8), 0, None, None]
    assert [r.found.outcome.behaviour for r in facts.rows] == [
        "converges",
        "converges",
        "oscillates",
        "diverges",
    ]
    assert [r.rate for r in facts.quickest] == [Fraction(1, 2)]
    assert tally(facts.checks).failed == () == tally(facts.checks).undecided


def test_a_run_that_lands_on_a_maximum_is_not_ranked() -> None:
    """h′ = w³ − 2w: from 2 the rate 1/2 lands on 0 at once, which is a maximum."""
    facts = facts_of(of="w^4/4 - w^2", starts="2", rates="0.1, 1/2")
    assert [r.hits[0] for r in facts.rows] == [11, 1]
    assert [r.rate for r in facts.quickest] == [Fraction(1, 10)]


def test_what_is_not_decided_is_told() -> None:
    facts = facts_of(
        of="(1 - x)^2 + 100(y - x^2)^2",
        starts="(-1, 1)",
        rates="0.002",
        methods="adam",
        within="20",
        steps="3",
    )
    assert facts.by == "gradient"
    assert [r.chosen.method.name for r in facts.undecided["nothing"]] == ["adam"]
    for lang, words in (("fr", "rien n'est prouvé"), ("en", "nothing is proved")):
        text = Wording(lang, "full").markdown("kinds/comparison.md.j2", facts=facts, request=None, label="q")
        assert words in text
        assert Wording(lang, "full").blocks(text)


@pytest.mark.parametrize("seed", range(6))
def test_random_tables(seed: int) -> None:
    """The first k with a small gradient, and the value after n steps, as a run in floats has them."""
    draw = random.Random(seed)
    a, b = draw.randint(1, 4), draw.randint(1, 6)
    method = ("gd", "momentum", "nesterov", "adagrad", "rmsprop", "adam")[seed]
    start, rate = [float(draw.randint(1, 4)), float(draw.randint(-4, -1))], draw.choice([0.05, 0.1])
    facts = facts_of(
        of=f"{a}x^2 + {b}y^2", starts=f"({start[0]}, {start[1]})", rates=str(rate), methods=method,
        within="60", steps="5", tolerances="1, 0.01",
    )  # fmt: skip

    def slope(w: list[float]) -> list[float]:
        return [2 * a * w[0], 2 * b * w[1]]

    (row,) = facts.rows
    x, y = simulated(method, slope, start, rate, 5)
    assert row.value is not None
    assert float(row.value) == pytest.approx(a * x * x + b * y * y, rel=1e-11)
    assert row.hits == tuple(first(facts.by, method, slope, start, rate, t) for t in (1, 0.01))
    assert tally(facts.checks).failed == ()


def first(
    by: str, method: str, slope: Gradient, start: list[float], rate: float, tolerance: float
) -> int | None:
    for k in range(61):
        w = simulated(method, slope, start, rate, k)
        x, y = w if by == "distance" else slope(w)
        if (x * x + y * y) ** 0.5 <= tolerance:
            return k
    return None


def test_a_run_that_comes_back_above_a_tolerance() -> None:
    """Inertia carries the run through the minimum: first below 0.1, then above, then below, as in floats."""
    facts = facts_of(
        of="w^2",
        starts="1",
        rates="0.1",
        methods="momentum",
        steps="3",
        within="60",
        tolerances="0.1, 1/10^9",
    )
    sizes = [abs(simulated("momentum", lambda w: [2 * w[0]], [1.0], 0.1, k)[0]) for k in range(61)]
    inside = [size <= 0.1 for size in sizes]
    hit = inside.index(True)
    stays = max(k for k, met in enumerate(inside) if not met) + 1
    assert hit < stays
    (row,) = facts.rows
    assert facts.returns == ((row, Fraction(1, 10), hit, stays),)
    assert row.settled(Fraction(1, 10**9)) is None
    assert all(c.holds for c in run_checks(row, 3, facts.tolerances, facts.by))
    for lang, words in (("en", "goes back above"), ("fr", "repasse au-dessus de")):
        text = Wording(lang, "full").markdown("kinds/comparison.md.j2", facts=facts, request=None, label="q")
        assert f"{words} $10^{{-1}}$" in text
        assert f"$k = {stays}$" in text
        assert r"\lvert w^{(k)} - w^* \rvert \le 10^{-1}" in text.split("```")[1]


def test_planted_faults_are_seen() -> None:
    """A count one too high, and a point moved by 10⁻²⁰."""
    facts = facts_of(
        of="x^2 + 3y^2",
        starts="(1, 1)",
        rates="0.1",
        methods="momentum",
        steps="4",
        within="80",
        tolerances="0.1",
    )
    (row,) = facts.rows
    assert row.last is not None
    assert row.hits[0] is not None
    late = replace(row, hits=(row.hits[0] + 1, *row.hits[1:]))
    moved = (row.last.point[0] + Fraction(1, 10**20), *row.last.point[1:])
    off = replace(row, last=replace(row.last, point=moved))
    assert all(c.holds for c in run_checks(row, 4, facts.tolerances, facts.by))
    for bad in (late, off):
        assert any(c.holds is False for c in run_checks(bad, 4, facts.tolerances, facts.by))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"starts": "1, 2", "rates": "0.1"}, "2 number"),
        ({"starts": "(1, 2)", "rates": "0.1, -1"}, "positive"),
        ({"starts": "(1, 2)", "rates": "0.1", "tolerances": "0"}, "positive"),
        ({"starts": "(1, 2)", "rates": "0.1", "methods": "gd, adma"}, "unknown method"),
        ({"starts": "(1, 2)", "rates": "0.1", "methods": "gd(beta = 1)"}, "has no “beta”"),
        ({"starts": "(1, 2)", "rates": "0.1", "steps": "9", "within": "8"}, "steps"),
        ({"starts": "(1, 2)", "rates": ", ".join(f"1/{n}" for n in range(2, 20))}, "at most 16"),
    ],
)
def test_options_that_do_not_fit(options: dict[str, str], message: str) -> None:
    with pytest.raises(CorrigeError, match=message):
        facts_of(of="x^2 + y^2", **options)


SHEET = """---
title: Both kinds
lang: {lang}
detail: full
---

## Runs

1. One.

   ```{{solve}} optimiser
   :of: x^2 + 3 y^2
   :start: 1; -1
   :rate: 0.1
   :method: adam
   :steps: 1
   ```

2. Several.

   ```{{solve}} comparison
   :of: (w^2 + 1)/2
   :starts: 2; -1
   :rates: 1/2; 3
   :methods: gd; momentum(beta = 1/2)
   ```
"""


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_both_kinds_in_every_format(lang: str, tmp_path: Path) -> None:
    separator = "; " if lang == "fr" else ", "
    path = tmp_path / "both.md"
    path.write_text(SHEET.format(lang=lang).replace("; ", separator), encoding="utf-8")
    formats = ("markdown", "latex", "html", "myst", "exam", "json", "pdf")
    made = build(path, tmp_path / "out", Options(formats))
    assert made.tally is not None
    assert made.tally.failed == ()
    assert {p.suffix for p in made.paths} >= {".md", ".tex", ".html", ".json", ".pdf"}


LANDINGS = [
    ("(x - 1)^2 + (y - 1/3)^2", "(0, 0)", "1/2", "gd"),
    ("x^2 + x*y + y^2 - x", "(1, 1)", "1", "newton"),
    ("x^2 + x*y + y^2", "(1, 1)", "1/3", "gd"),
    ("(x - 0.3)^2", "1", "0.5", "gd"),
    ("x^2 + 5*y^2", "(0, 1)", "0.1", "gd"),
    ("x*y", "(1, 1)", "1", "newton"),
]


@pytest.mark.parametrize(("of", "start", "rate", "name"), LANDINGS)
def test_a_run_that_lands_exactly(of: str, start: str, rate: str, name: str) -> None:
    """One step, worked by hand, leads to the zero of the gradient: at distance 0, checked and printed."""
    facts = facts_of(of=of, starts=start, rates=rate, methods=name)
    (row,) = facts.rows
    assert row.hits == (1, 1)
    assert row.distance == 0 == row.norm
    assert tally(facts.checks).failed == () == tally(facts.checks).undecided
    text = Wording("en", "full").markdown("kinds/comparison.md.j2", facts=facts, request=None, label="q")
    assert "| $0$ | $1$ | $1$ | converges" in text


def test_a_landing_in_balls_has_a_distance() -> None:
    """The limit √2 of Newton's method on x³/3 − 2x is not rational: balls close to it, and a norm of 0."""
    (row,) = facts_of(of="x^3/3 - 2x + y^2", starts="(2, 1)", rates="1", methods="newton", steps="12").rows
    for size in (row.distance, row.norm):
        assert size is not None
        assert size < Fraction(1, 10**50)


def text_of(facts: ComparisonFacts, lang: str) -> str:
    return Wording(lang, "full").markdown("kinds/comparison.md.j2", facts=facts, request=None, label="q")


@pytest.mark.parametrize(
    ("of", "starts", "rate", "hits"),
    [("x^2 - y^2", "(1, 0), (1, 0.001)", "0.1", 31), ("w^4 - 2*w^2", "0, 2", "0.25", 0)],
)
def test_a_tolerance_that_is_reached_elsewhere_than_at_a_minimum(
    of: str, starts: str, rate: str, hits: int
) -> None:
    """0.8³¹ < 10⁻³ < 0.8³⁰ on the saddle; at rest on the maximum: one gets there, none is ranked."""
    facts = facts_of(of=of, starts=starts, rates=rate)
    assert [r.hits[0] for r in facts.rows] == [hits, None]
    assert facts.quickest == ()
    assert "Only one run gets down to $10^{-3}$" in text_of(facts, "en")
    assert "None of them" not in text_of(facts, "en")
    assert "Une seule suite descend à $10^{-3}$" in text_of(facts, "fr")


def test_what_is_proved_bounded_is_told_so_in_the_result() -> None:
    """1.5 − 1.5w² maps [−1, 5/3] into itself."""
    facts = facts_of(of="w^3 - 3*w", starts="0", rates="0.5")
    assert list(facts.undecided) == ["bounded"]
    for lang, there, absent in (
        ("en", "proved that it is bounded, and nothing more", "nothing is proved"),
        ("fr", "prouvé qu'elle est bornée, et rien de plus", "rien n'est prouvé"),
    ):
        text = text_of(facts, lang)
        assert there in text
        assert absent not in text


def test_a_run_that_stops_has_no_infinite_run() -> None:
    facts = facts_of(of="(x + y)^2", starts="(1, 1)", rates="1/2", methods="newton")
    assert list(facts.undecided) == ["stops"]
    assert "There is no infinite run of" in text_of(facts, "en")


def test_plain_descent_alone_is_told_nothing_of_other_methods() -> None:
    facts = facts_of(of="x^2 + x*y + y^2", starts="(1, 0)", rates="1/10, 1/4")
    for lang in ("en", "fr"):
        text = text_of(facts, lang)
        assert not any(word in text for word in ("Adam", "states zero", "états nuls", "momentum", "inertie"))


def test_what_holds_of_one_variable_is_not_said_of_all() -> None:
    """Only the second derivative by y is constant."""
    facts = facts_of(of="x^3/3 - 2x + y^2", starts="(2, 1)", rates="1/2", methods="momentum")
    text = text_of(facts, "en")
    assert text.index("For $y$") < text.index("second derivative $\\lambda$ is constant")


def test_a_proof_is_written_in_full_once_for_each_method() -> None:
    """The Hessian (4 3; 3 4) has the eigenvalues 1 and 7; Newton's direction is defined."""
    facts = facts_of(
        of="2*x^2 + 3*x*y + 2*y^2", starts="(1, 0)", rates="1/10, 1/4", methods="gd, momentum, newton"
    )
    text = text_of(facts, "en")
    assert text.count("orthonormal basis") == 2
    assert "$0 < \\lambda < 2/\\alpha = 8$ this time" in text
    assert "$0 < \\lambda < 15.2$ this time" in text
    assert "where $d^{(k)}$ solves $\\nabla^2 f(w^{(k)})\\, d^{(k)} = g^{(k)}$" in text
