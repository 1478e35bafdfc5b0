"""Why: iterates are exact, verdicts are proved, and a proof that is wrong is caught by its second check.

Exact values are in tables worked out by hand; each kind of proof has a case of its own, and mutants of proofs
(factor, interval, limit, radius, cycle) must fail `proofs.verify`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from flint import fmpq_poly

from solver.descent.critical import Landscape, landscape
from solver.descent.objective import objective
from solver.descent.orbit import orbit, update_map
from solver.descent.polynomial import read_polynomial, sturm_count
from solver.descent.proofs import (
    Affine,
    AttractingCycle,
    Contraction,
    Drift,
    Escape,
    ExactCycle,
    Growth,
    Monotone,
    Proof,
    Stationary,
    Undecided,
    Verdict,
)
from solver.descent.report import descend, descend_report
from solver.descent.roots import Surd, monic_factors, real_roots, square_part, stays_between
from solver.descent.updates import METHODS
from solver.descent.verdict import decide
from solver.descent.verification import verify
from solver.errors import CorrigeError
from solver.expression.reader import read_expression
from solver.expression.tree import Symbol

FIRST = "0.25w^4 - 1.5w^3 - 1.25w^2 + 6w"
F = Fraction


def scape(text: str) -> Landscape:
    return landscape(objective("f", Symbol("w"), read_expression(text)))


# ---- polynomials ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coefficients", "expected"),
    [
        ([-2, 0, 1], [-(2**0.5), 2**0.5]),
        ([0, 0, 0, 1], [0.0]),
        ([1, 0, 1], []),
        ([6, F(-5, 2), F(-9, 2), 1], [-1.2603986446980730, 1.0, 4.7603986446980730]),
        ([-1, -1, 0, 1], [1.3247179572447460]),
        ([4, -12, 13, -6, 1], [1.0, 2.0]),
    ],
)
def test_real_roots_agree_with_sturm(coefficients: list[Any], expected: list[float]) -> None:
    from flint import fmpq

    poly = fmpq_poly([fmpq(F(c).numerator, F(c).denominator) for c in coefficients])
    roots = real_roots(poly)
    assert [float(r.approximation) for r in roots] == pytest.approx(expected)
    assert sturm_count(poly) == len(expected)
    for r in roots:
        assert r.sign_of(poly) == 0
        assert r.compare(F(100)) == -1


def test_quadratic_roots_are_written_with_radicals() -> None:
    low, _, high = real_roots(fmpq_poly([12, -5, -9, 2]))
    assert low.surd() == Surd(F(7, 4), F(-1, 4), 145)
    assert high.surd() == Surd(F(7, 4), F(1, 4), 145)
    assert Surd(F(1), F(1), 2).inverse() == Surd(F(-1), F(1), 2)
    assert square_part(72) == (6, 2)


def test_factors_and_bounds() -> None:
    lead, factors = monic_factors(fmpq_poly([-6, 0, 6]))
    assert lead == 6
    assert len(factors) == 2
    parabola = fmpq_poly([0, 0, 1])
    assert stays_between(parabola, F(-1), F(1), F(-1, 10), F(11, 10))
    assert not stays_between(parabola, F(-1), F(1), F(0), F(11, 10))
    assert not stays_between(parabola, F(-1), F(1), F(-1), F(9, 10))


@pytest.mark.parametrize("text", ["sin(w)", "1/w", "w^0.5", "w*x", "e*w", "2^w"])
def test_what_is_no_polynomial_is_not_read_as_one(text: str) -> None:
    assert read_polynomial(read_expression(text), Symbol("w")) is None


# ---- critical points --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "natures"),
    [
        (FIRST, ["minimum", "maximum", "minimum"]),
        ("w^3", ["inflection"]),
        ("w^4", ["minimum"]),
        ("-w^4 + 2w^2", ["maximum", "minimum", "maximum"]),
        ("w^5/5 - w^3/3", ["maximum", "inflection", "minimum"]),
        ("3w + 1", []),
        ("(w-1)^2 (w+1)^2", ["minimum", "maximum", "minimum"]),
    ],
)
def test_natures(text: str, natures: list[str]) -> None:
    found = scape(text)
    assert [p.nature for p in found.points] == natures
    assert all(c.holds for c in found.checks)


def test_stability_bound_is_exact() -> None:
    assert scape("w^2 - 4w").minima[0].bound.value == 1  # type: ignore[union-attr]
    bound = scape(FIRST).minima[1].bound
    assert bound is not None
    assert not bound.rational
    assert bound.value * scape(FIRST).minima[1].curvature.value == pytest.approx(2)


# ---- verdicts ---------------------------------------------------------------------------------

CASES: list[tuple[str, str, str, str, type[Proof], str | None]] = [
    (FIRST, "2", "0.05", "converges", Contraction, "minimum"),
    (FIRST, "2", "0.01", "converges", Contraction, "minimum"),
    (FIRST, "2", "1e-6", "converges", Monotone, "minimum"),
    (FIRST, "2", "0.5", "diverges", Growth, None),
    (FIRST, "6", "1/9", "converges", Stationary, "maximum"),
    (FIRST, "6", "0.1", "oscillates", AttractingCycle, None),
    (FIRST, "1", "0.05", "converges", Stationary, "maximum"),
    (FIRST, "-2", "1/5", "converges", Stationary, "maximum"),
    ("w^2 - 4w", "5", "0.25", "converges", Affine, "minimum"),
    ("w^2 - 4w", "5", "1", "oscillates", ExactCycle, None),
    ("w^2 - 4w", "2", "1", "converges", Stationary, "minimum"),
    ("w^2 - 4w", "5", "1.5", "diverges", Affine, None),
    ("w^2 - 4w", "5", "0.5", "converges", Stationary, "minimum"),
    ("-w^2", "1", "0.1", "diverges", Affine, None),
    ("3w + 1", "0", "0.1", "diverges", Drift, None),
    ("w^3", "1/10", "0.1", "converges", Monotone, "saddle"),
    ("w^3", "-1/10", "0.0001", "diverges", Escape, None),
    ("w^4", "1", "0.1", "converges", Monotone, "minimum"),
    ("w^4", "1", "0.5", "oscillates", ExactCycle, None),
    ("w^4/4 - 2w^2", "0", "0.1", "converges", Stationary, "maximum"),
    # exactly the bound 2/f″ of a quartic: the factor is −1, the limit is reached more slowly than any power
    ("w^2 - w^4", "1/10", "1", "converges", Monotone, "minimum"),
    # the logistic map w ↦ 4w(1 − w) in disguise: nothing periodic, nothing proved
    ("4w^3/3 - 3w^2/2", "1/3", "1", "undecided", Undecided, None),
]


@pytest.mark.parametrize(("text", "start", "rate", "behaviour", "proof", "nature"), CASES)
def test_verdict(
    text: str, start: str, rate: str, behaviour: str, proof: type[Proof], nature: str | None
) -> None:
    verdict = decide(scape(text), F(start), F(rate))
    assert (verdict.behaviour, type(verdict.proof), verdict.nature) == (behaviour, proof, nature)
    assert all(c.holds for c in verdict.checks)
    assert verdict.checks or proof is Undecided


def test_slow_is_not_divergent_and_oscillating_is_not_convergent() -> None:
    slow = decide(scape("w^2"), F(1), F(1, 10**9))
    assert slow.behaviour == "converges"
    assert decide(scape("w^2"), F(1), F(1)).period == 2
    just_above = decide(scape("w^2"), F(1, 10**6), F(1) + F(1, 10**9))
    assert just_above.behaviour == "diverges"


# ---- mutants ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "start", "rate"),
    [
        ("w^4/4 - w^2", "1", "3/2"),
        ("w^4/4", "5", "3"),
        ("w^4 - 2w^2", "10", "1/4"),
        ("w^4/4 + w^2", "9", "1/2"),
    ],
)
def test_growth_is_proved_where_the_bound_is_met_at_a_short_number(text: str, start: str, rate: str) -> None:
    """|g(w)| = 2|w| has the root 2 (or another short one), at which the bound itself is no strict one."""
    verdict = decide(scape(text), F(start), F(rate))
    assert (verdict.behaviour, verdict.proof.kind) == ("diverges", "growth")
    assert all(c.holds for c in verdict.checks)


Mutation = Callable[[Any, Landscape], Proof]

MUTANTS: list[tuple[str, str, str, str, Mutation]] = [
    ("ratio too small", FIRST, "2", "0.05", lambda p, s: replace(p, ratio=F(1, 5))),
    ("ratio not below 1", FIRST, "2", "0.05", lambda p, s: replace(p, ratio=F(3, 2))),
    ("interval too wide", FIRST, "2", "0.05", lambda p, s: replace(p, high=F(6))),
    ("interval beside the limit", FIRST, "2", "0.05", lambda p, s: replace(p, low=F(24, 5))),
    ("iterate not yet inside", FIRST, "2", "0.05", lambda p, s: replace(p, index=2)),
    ("other limit", FIRST, "2", "0.05", lambda p, s: replace(p, target=s.points[0])),
    ("growth from too near", FIRST, "2", "0.5", lambda p, s: replace(p, radius=F(3), index=2)),
    ("growth too fast", FIRST, "2", "0.5", lambda p, s: replace(p, ratio=F(40))),
    ("not past the radius", FIRST, "2", "0.5", lambda p, s: replace(p, index=0)),
    ("not at rest", FIRST, "6", "1/9", lambda p, s: replace(p, index=0)),
    ("wrong factor", "w^2 - 4w", "5", "0.25", lambda p, s: replace(p, factor=F(1, 3))),
    ("wrong cycle", "w^2 - 4w", "5", "1", lambda p, s: replace(p, points=(F(5), F(0), F(1)))),
    ("wrong step", "3w + 1", "0", "0.1", lambda p, s: replace(p, step=F(3, 10))),
    ("wrong side", "w^3", "1/10", "0.1", lambda p, s: replace(p, side=-1)),
    ("wrong way", "w^3", "-1/10", "0.0001", lambda p, s: replace(p, direction=1)),
    ("cycle moved", FIRST, "6", "0.1", lambda p, s: replace(p, points=(p.points[0] + 1, p.points[1]))),
    ("cycle shorter", FIRST, "6", "0.1", lambda p, s: replace(p, points=p.points[:1])),
    ("cycle contracts too much", FIRST, "6", "0.1", lambda p, s: replace(p, ratio=F(1, 100))),
    ("cycle not reached", FIRST, "6", "0.1", lambda p, s: replace(p, index=1)),
]


@pytest.mark.parametrize(("name", "text", "start", "rate", "mutate"), MUTANTS)
def test_wrong_proofs_are_caught(name: str, text: str, start: str, rate: str, mutate: Mutation) -> None:
    found = scape(text)
    verdict = decide(found, F(start), F(rate))
    slope = found.objective.slope
    assert slope is not None
    points = orbit(update_map(slope, F(rate)), F(start), max(8, verdict.proof.index))
    assert all(c.holds for c in verify(verdict.proof, found, F(rate), points))
    wrong = mutate(verdict.proof, found)
    checks = verify(wrong, found, F(rate), points)
    assert any(c.holds is False for c in checks), name


def test_monotone_mutant_beyond_a_critical_point_is_caught() -> None:
    found = scape(FIRST)
    slope = found.objective.slope
    assert slope is not None
    points = orbit(update_map(slope, F(1, 100)), F(6), 3)
    for proof in (Monotone(0, found.points[0], 1, 1), Monotone(0, found.points[1], 1, 1)):
        assert any(c.holds is False for c in verify(proof, found, F(1, 100), points))


# ---- the command ------------------------------------------------------------------------------


def verdict_of(found: dict[str, Any]) -> Any:
    return found["verdict"]


@pytest.mark.parametrize(
    ("text", "start", "rate", "options", "points"),
    [
        ("w^2 - 4w", "5", "0.25", {}, ["5", "7/2", "11/4", "19/8"]),
        ("w^2 - 4w", "5", "1", {}, ["5", "-1", "5", "-1"]),
        (FIRST, "2", "0.05", {}, ["2", "49/20", "491441/160000", "313694272947040879/81920000000000000"]),
        ("w^2", "1", "0.1", {"method_name": "momentum"}, ["1", "4/5", "23/50", "31/500"]),
        ("w^2", "1", "0.1", {"method_name": "nesterov"}, ["1", "31/50", "139/625", "-1693/15625"]),
        ("w", "1", "0.1", {"method_name": "adam", "options": {"epsilon": "0"}}, ["1", "9/10", "4/5", "7/10"]),
        ("w", "1", "0.1", {"method_name": "adagrad", "options": {"epsilon": "0"}}, ["1", "9/10"]),
    ],
)
def test_exact_iterates(text: str, start: str, rate: str, options: dict[str, Any], points: list[str]) -> None:
    found = descend(text, start=start, rate=rate, steps=3, **options)
    assert [i["point"][0] for i in found["iterates"]][: len(points)] == points
    assert all(i["exact"] for i in found["iterates"][: len(points)])


def test_several_variables_in_alphabetical_order_unless_told() -> None:
    found = descend("y^2 + 3x^2", start="-1.2,1", rate="0.1", steps=1)
    assert found["variables"] == ["x", "y"]
    assert found["iterates"][1]["point"] == ["-12/25", "4/5"]
    told = descend("y^2 + 3x^2", start="1,-1.2", rate="0.1", steps=1, wrt="y,x")
    assert told["iterates"][1]["point"] == ["4/5", "-12/25"]


@pytest.mark.parametrize(
    ("text", "start", "rate", "behaviour", "limit", "nature"),
    [
        ("x^2 + 3y^2", "1,1", "0.1", "converges", ["0", "0"], "minimum"),
        ("x^2 - y^2", "1,0", "0.1", "converges", ["0", "0"], "saddle"),
        ("x^2 - y^2", "1,1e-9", "0.1", "diverges", None, None),
        ("x^2 + y^2", "1,1", "1", "oscillates", None, None),
        ("(x + y)^2", "3,1", "0.1", "converges", ["1", "-1"], "minimum"),
        ("x + y^2", "1,1", "0.1", "diverges", None, None),
        ("x^2 + x*y + y^2 - 3x", "1,1", "0.3", "converges", ["2", "-1"], "minimum"),
    ],
)
def test_quadratics_of_several_variables(
    text: str, start: str, rate: str, behaviour: str, limit: list[str] | None, nature: str | None
) -> None:
    verdict = verdict_of(descend(text, start=start, rate=rate, steps=2))
    assert (verdict["behaviour"], verdict["limit"], verdict["nature"]) == (behaviour, limit, nature)


def test_linear_methods_are_decided_on_quadratics() -> None:
    def behaviour(**options: Any) -> str:
        return str(verdict_of(descend("w^2", start="1", steps=2, **options))["behaviour"])

    assert behaviour(rate="0.1", method_name="momentum") == "converges"
    assert behaviour(rate="2", method_name="momentum", options={"beta": "0.5"}) == "diverges"
    # rate 3/2, beta 1/2: the characteristic polynomial t² + 3t/2 + 1/2 has the root −1
    assert behaviour(rate="3/2", method_name="momentum", options={"beta": "1/2"}) == "oscillates"


def test_other_functions_are_proved_in_balls_or_left_undecided() -> None:
    found = verdict_of(descend("cosh(w)", start="1", rate="0.5", steps=2))
    assert (found["behaviour"], found["nature"]) == ("converges", "minimum")
    assert abs(float(found["limit"][0])) < 1e-30
    wavy = verdict_of(descend("w^2 + sin(w)", start="1", rate="0.1", steps=2))
    assert float(wavy["limit"][0]) == pytest.approx(-0.45018361129487357)
    assert verdict_of(descend("ln(1 + e^w)", start="1", rate="0.5", steps=2))["behaviour"] == "diverges"
    assert verdict_of(descend("sin(w)", start="1", rate="5", steps=2))["behaviour"] == "undecided"
    assert verdict_of(descend("cosh(w)", start="0.2", rate="1.9", steps=2))["behaviour"] == "converges"


def test_irrational_iterates_say_so_and_hold_fifty_digits() -> None:
    found = descend("sin(w)", start="1", rate="1", steps=1)
    assert not found["iterates"][0]["exact"]  # sin 1 is not rational
    assert found["iterates"][1]["point"][0].startswith("0.459697694131860282599063392557023396267689579382")


def test_thousands_of_steps_stay_quick_and_whole() -> None:
    for text, start, rate, method in (
        ("w^2", "1", "0.25", "gd"),
        (FIRST, "2", "0.05", "gd"),
        (FIRST, "2", "0.5", "gd"),
        ("w^2", "1", "0.1", "adam"),
    ):
        found = descend(text, start=start, rate=rate, steps=2000, method_name=method)
        assert len(found["iterates"]) == 2001
        json.dumps(found)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("x*y", {"start": "1", "rate": "1"}),
        ("w", {"start": "a", "rate": "1"}),
        ("w", {"start": "1", "rate": "sqrt(2)"}),
        ("w", {"start": "1", "rate": "1", "steps": "-1"}),
        ("w", {"start": "1", "rate": "1", "steps": "1.5"}),
        ("w", {"start": "1", "rate": "1", "steps": "1e9"}),
        ("w", {"start": "1", "rate": "1", "method": "adm"}),
        ("w", {"start": "1", "rate": "1", "options": {"beta": "0.9"}}),
        ("w", {"start": "1", "rate": "1", "wrt": "x"}),
        ("w", {"start": "1,1", "rate": "1", "wrt": "w,w"}),
        ("5", {"start": "1", "rate": "1"}),
    ],
)
def test_bad_input_is_one_clear_error(text: str, options: dict[str, Any]) -> None:
    with pytest.raises(CorrigeError):
        descend_report(text, **options)


@pytest.mark.parametrize("to", ["text", "markdown", "latex", "json"])
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_form_and_every_sentence_is_written(to: str, lang: str) -> None:
    for text, start, rate, *_ in CASES:
        assert descend_report(text, start=start, rate=rate, steps=2, to=to, lang=lang)


def test_rules_begin_with_their_formula() -> None:
    for method in METHODS.values():
        assert "←" in method.formula


def test_verdict_without_limit_has_no_nature() -> None:
    assert Verdict("oscillates", Undecided(0, F(0), F(1))).nature is None


@pytest.mark.parametrize(
    ("text", "start", "rate", "limit"),
    [
        ("x^4 + y^4 + x*y", "1,2", "0.01", [-0.5, 0.5]),
        ("e^(x + y) + x^2 + y^2", "1,2", "0.05", [-0.2835716452048949, -0.2835716452048949]),
        ("x^2 y^2 + x^2 + y^2 - x", "1,2", "0.05", [0.5, 0.0]),
    ],
)
def test_limits_of_several_variables_are_proved_in_balls(
    text: str, start: str, rate: str, limit: list[float]
) -> None:
    verdict = verdict_of(descend(text, start=start, rate=rate, steps=1))
    assert (verdict["behaviour"], verdict["nature"]) == ("converges", "minimum")
    assert [float(F(x)) for x in verdict["limit"]] == pytest.approx(limit)


def test_newton_lands_on_the_minimum_of_a_quadratic_at_once() -> None:
    found = descend("x^2 + x*y + y^2 - 3x", start="1,2", rate="1", steps=2, method_name="newton")
    assert found["iterates"][1]["point"] == ["2", "-1"]
    assert verdict_of(found)["behaviour"] == "converges"
    assert descend("w^4 - w", start="1", rate="1", steps=2, method_name="newton")["iterates"][2]["point"] == [
        "35/54"
    ]
    assert descend("w", start="1", rate="1", steps=2, method_name="newton")["iterates"][1]["point"] == [None]
