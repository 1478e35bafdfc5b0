"""`optimiser`: exact iterates worked by hand, long runs in floats by other code, faults that must be seen."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from conftest import ROOT

from solver.derivation.equality import tally
from solver.errors import CorrigeError, Span
from solver.questions.base import Scope, read_request
from solver.questions.comparison_facts import ComparisonFacts
from solver.questions.optimiser import OptimiserFacts
from solver.questions.optimiser_formulas import put
from solver.questions.optimiser_steps import checks_of
from solver.questions.options import read_exact
from solver.sheet.model import OptionText
from solver.sheet.reader import read_sheet
from solver.solving import read_variant, require_sound, solve
from solver.wording import Wording


def facts_of(**options: str) -> OptimiserFacts:
    asked = {name.replace("_", "-"): OptionText(value, Span(1, 1)) for name, value in options.items()}
    found = read_request("optimiser", asked, Scope()).solve(Scope())
    assert isinstance(found, OptimiserFacts)
    return found


# On x² + 3y² from (1, 1): g = (2x, 6y). Each row was worked with pencil and paper.
EXACT: list[tuple[str, dict[str, str], list[tuple[Fraction, ...]]]] = [
    ("gd", {}, [(Fraction(4, 5), Fraction(2, 5)), (Fraction(16, 25), Fraction(4, 25))]),
    ("momentum", {"beta": "1/2"}, [(Fraction(4, 5), Fraction(2, 5)), (Fraction(27, 50), Fraction(-7, 50))]),
    ("nesterov", {"beta": "1/2"}, [(Fraction(7, 10), Fraction(1, 10)), (Fraction(11, 25), Fraction(-7, 50))]),
    ("adagrad", {"epsilon": "0"}, [(Fraction(9, 10), Fraction(9, 10))]),
    ("rmsprop", {"beta2": "3/4", "epsilon": "1"}, [(Fraction(9, 10), Fraction(17, 20))]),
    ("adam", {"epsilon": "0"}, [(Fraction(9, 10), Fraction(9, 10))]),
    ("adam", {"epsilon": "2"}, [(Fraction(19, 20), Fraction(37, 40))]),
    ("adamw", {"epsilon": "0", "weight_decay": "1/2"}, [(Fraction(17, 20), Fraction(17, 20))]),
    ("newton", {}, [(Fraction(9, 10), Fraction(9, 10)), (Fraction(81, 100), Fraction(81, 100))]),
]


@pytest.mark.parametrize(("method", "given", "expected"), EXACT)
def test_exact_iterates(method: str, given: dict[str, str], expected: list[tuple[Fraction, ...]]) -> None:
    found = facts_of(
        of="x^2 + 3y^2", start="1, 1", rate="0.1", method=method, steps=str(len(expected)), **given
    )
    assert [p.point for p in found.places[1:]] == expected
    assert tally(found.checks).failed == () == tally(found.checks).undecided


Gradient = Callable[[list[float]], list[float]]


def simulated(method: str, gradient: Gradient, w: list[float], rate: float, steps: int) -> list[float]:
    """PyTorch's update rules in floats, written again."""
    m, v, w = [0.0] * len(w), [0.0] * len(w), list(w)
    for t in range(1, steps + 1):
        g = gradient(w)
        for i, slope in enumerate(g):
            if method in ("momentum", "nesterov"):
                v[i] = 0.9 * v[i] + slope
                w[i] -= rate * (v[i] if method == "momentum" else slope + 0.9 * v[i])
            elif method == "adagrad":
                v[i] += slope**2
                w[i] -= rate * slope / (math.sqrt(v[i]) + 1e-10)
            elif method == "rmsprop":
                v[i] = 0.99 * v[i] + 0.01 * slope**2
                w[i] -= rate * slope / (math.sqrt(v[i]) + 1e-8)
            elif method in ("adam", "adamw"):
                if method == "adamw":
                    w[i] -= rate * 0.01 * w[i]
                m[i] = 0.9 * m[i] + 0.1 * slope
                v[i] = 0.999 * v[i] + 0.001 * slope**2
                w[i] -= rate * (m[i] / (1 - 0.9**t)) / (math.sqrt(v[i] / (1 - 0.999**t)) + 1e-8)
            else:
                w[i] -= rate * slope
    return w


def rosenbrock(w: list[float]) -> list[float]:
    x, y = w
    return [-2 * (1 - x) - 40 * x * (y - x * x), 20 * (y - x * x)]


@pytest.mark.parametrize("method", ["gd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"])
def test_a_run_in_floats_agrees(method: str) -> None:
    found = facts_of(of="(1 - x)^2 + 10(y - x^2)^2", start="-1.2, 1", rate="0.01", method=method, steps="8")
    expected = simulated(method, rosenbrock, [-1.2, 1.0], 0.01, 8)
    assert [float(found.rational(x)) for x in found.places[-1].point] == pytest.approx(expected, rel=1e-12)
    assert tally(found.checks).failed == ()
    assert len(found.lines) == 6


def test_a_function_that_is_no_polynomial() -> None:
    found = facts_of(of="exp(w) - 2w", start="0", rate="0.1", method="adam", steps="4")
    expected = simulated("adam", lambda w: [math.exp(w[0]) - 2], [0.0], 0.1, 4)
    assert [float(found.rational(found.places[-1].point[0]))] == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("method", ["momentum", "adam", "adamw", "rmsprop", "newton"])
def test_a_planted_fault_is_seen(method: str) -> None:
    """A point, and each memory, moved by 10⁻²⁰: the second road says so."""
    found = facts_of(of="x^4 + x y + y^2", start="1, 2", rate="0.1", method=method, steps="3")
    iterates, places, lines = found.found.iterates, found.places, found.lines
    assert all(c.holds for c in checks_of(found.run, iterates, places, lines))
    last = iterates[1]
    moved = [replace(last, point=(last.point[0] + Fraction(1, 10**20), *last.point[1:]))]
    for name in set(last.memory) - {"c", "d"}:
        wrong = (last.memory[name][0] + Fraction(1, 10**20), *last.memory[name][1:])
        moved.append(replace(last, memory={**last.memory, name: wrong}))
    for bad in moved:
        planted = checks_of(found.run, (iterates[0], bad), places, lines)
        assert any(c.holds is False for c in planted)


def test_a_wrong_gradient_is_seen() -> None:
    found = facts_of(of="x^2 y", start="1, 2", rate="0.1", steps="1")
    place = replace(found.places[0], gradient=(Fraction(5), Fraction(1)))
    planted = checks_of(found.run, found.found.iterates, (place,), found.lines)
    assert any(c.holds is False for c in planted)


def test_the_first_step_of_adam_is_computed() -> None:
    """|g|/(|g| + ε), and (1 − β₁)|g|/(√(1 − β₂)|g| + ε) without the correction."""
    effects = facts_of(of="x^2 + 3y^2", start="1, 1", rate="0.1", method="adam").effects
    assert [float(x) for x in effects.sizes] == pytest.approx([2 / (2 + 1e-8), 6 / (6 + 1e-8)], rel=1e-14)
    expected = [0.1 * g / (math.sqrt(0.001) * g + 1e-8) for g in (2, 6)]
    assert [float(x) for x in effects.uncorrected] == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start": "1", "rate": "0.1"}, "2 number"),
        ({"start": "1, 1", "rate": "0"}, "positive"),
        ({"start": "1, 1", "rate": "0.1", "method": "adma"}, "unknown method"),
        ({"start": "1, 1", "rate": "0.1", "method": "gd", "beta": "0.9"}, "has no “beta”"),
        ({"start": "1, 1", "rate": "0.1", "method": "momentum", "beta": "1"}, "lie in"),
        ({"start": "1, 1", "rate": "0.1", "steps": "0"}, "from 1 to 200"),
        ({"start": "1, 1", "rate": "0.1", "schedule": "stairs"}, "schedule"),
        ({"start": "1, 1", "rate": "0.1", "method": "momentum(beta)"}, "beta = 0.9"),
    ],
)
def test_options_that_do_not_fit(options: dict[str, str], message: str) -> None:
    with pytest.raises(CorrigeError, match=message):
        facts_of(of="x^2 + y^2", **options)


@pytest.mark.parametrize(
    ("value", "text", "exact"),
    [
        ("1e-8", "10^{-8}", True),
        ("3e-7", r"3 \times 10^{-7}", True),
        ("-3/4", "-0.75", True),
        ("1/3", r"\frac{1}{3}", True),
        ("0", "0", True),
        ("100000000000000000001/100000000000000000000", "1", False),
        ("399600001/400000001", "0.999", False),
        ("2e-30/3", r"6.666666667 \times 10^{-31}", False),
    ],
)
def test_numbers_are_put(value: str, text: str, exact: bool) -> None:
    made = put(read_exact(value, Scope()))
    assert (made.text, made.exact) == (text, exact)


SHEET = """---
title: Random runs
lang: {lang}
detail: full
---

## Runs

```{{solve}} optimiser
:of: {f}
:start: {start}
:rate: {rate}
:method: {method}
:steps: {steps}
```
"""


@pytest.mark.parametrize("seed", range(8))
def test_random_sheets(seed: int) -> None:
    """Every equality holds, both wordings are read, and the printed iterates are those of a run in floats."""
    draw = random.Random(seed)
    method = ("gd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "newton")[seed]
    a, b, c = (draw.randint(1, 6) for _ in range(3))
    steps = draw.randint(1, 4)
    start = [draw.randint(-4, 4) / 2 for _ in range(2)]
    rate = draw.choice([0.05, 0.1, 0.25])
    sheet = SHEET.format(
        lang=draw.choice(["fr", "en"]), f=f"{a}x^2 + {b}y^2 + x y - {c}x", steps=steps,
        start=", ".join(map(str, start)), rate=rate, method=method,
    )  # fmt: skip
    solved = solve(read_sheet(sheet, "sheet.md"))
    require_sound(solved)
    ((label, facts),) = solved.facts.items()
    assert isinstance(facts, OptimiserFacts)
    for lang in ("fr", "en"):
        text = Wording(lang, "full").markdown("kinds/optimiser.md.j2", facts=facts, request=None, label=label)
        assert Wording(lang, "full").blocks(text)
        box = re.search(r"```\{result\}(.*?)```", text, re.S)
        assert box
        if method == "newton":
            continue
        last: Any = re.findall(rf"w\^{{\({steps}\)}} &(?:=|\\approx) \\left\((.*?),\\ (.*?)\\right\)", box[1])
        expected = simulated(
            method, lambda w: [2 * a * w[0] + w[1] - c, 2 * b * w[1] + w[0]], start, rate, steps
        )
        assert [_number(x) for x in last[0]] == pytest.approx(expected, rel=1e-8, abs=1e-12)


def _number(text: str) -> float:
    text = re.sub(r"\\frac\{(\d+)\}\{(\d+)\}", lambda m: str(int(m[1]) / int(m[2])), text)
    return float(re.sub(r" \\times 10\^\{(-?\d+)\}", r"e\1", text))


@pytest.mark.slow  # four seconds: Rosenbrock is judged four times
def test_variants_of_the_shipped_sheet() -> None:
    """Whatever is drawn, 1/c brings y to 0 at once, and Adam does not see the scale of the loss."""
    text = (ROOT / "sheets" / "optimisers.md").read_text(encoding="utf-8")
    for seed in (2,):
        solved = solve(read_variant(text, "optimisers.md", seed))
        require_sound(solved, strict=True)
        plain, adam, scaled = (solved.facts[f"q{label}"] for label in ("1.plain", "3.adam", "3.scaled"))
        assert isinstance(plain, OptimiserFacts)
        assert [p.point[1] for p in plain.places] == [1, 0, 0]
        assert isinstance(adam, OptimiserFacts)
        assert isinstance(scaled, OptimiserFacts)
        for x, y in zip(adam.places[-1].point, scaled.places[-1].point, strict=True):
            assert abs(adam.rational(x) - scaled.rational(y)) < Fraction(1, 10**7)


def test_a_kink_is_told_and_not_checked() -> None:
    """On |w| + w² from 1/2 the first step lands on the kink: frameworks take 0 there."""
    found = facts_of(of="|w| + w^2", start="0.5", rate="0.25", method="momentum", steps="3")
    assert [p.point[0] for p in found.places] == [Fraction(n, 100) for n in (50, 0, -45, -38)]
    assert list(found.found.kinks) == [1]
    assert found.lines[1].gradient[0].middle == ""
    assert tally(found.checks).failed == () == tally(found.checks).undecided


def test_a_run_that_leaves_the_domain() -> None:
    """On w − ln w from 3, g = 2/3 exactly though f is irrational there, and 3 − 5 · 2/3 = −1/3."""
    found = facts_of(of="w - ln(w)", start="3", rate="5", steps="4")
    assert found.outside == (Fraction(-1, 3),)
    assert found.lines[0].components[0][0].latex == r"w^{(1)} &= 3 - 5 \times \frac{2}{3} = -\frac{1}{3}"
    for lang, words in (("fr", "hors du domaine"), ("en", "outside the domain")):
        text = Wording(lang, "full").markdown("kinds/optimiser.md.j2", facts=found, request=None, label="q")
        assert words in text.split("```")[1]
        assert Wording(lang, "full").blocks(text)


def test_what_is_said_once() -> None:
    """An earlier answer's gradient, proof and mistakes are referred to, not told again."""
    told: dict[str, OptimiserFacts] = {}
    texts = {}
    for label, function, method in (
        ("a", "x^2 + 3 y^2", "gd"), ("b", "x^2 + 3 y^2", "momentum"), ("c", "x^2 + 3 y^2", "nesterov"),
        ("d", "x^2 + x y + y^2", "momentum"), ("e", "x^2 + 3 y^2", "momentum"),
    ):  # fmt: skip
        options = {"of": function, "start": "1, -1", "rate": "0.1", "method": method, "steps": "1"}
        given = {n: OptionText(v, Span(1, 1)) for n, v in options.items()}
        facts = read_request("optimiser", given, Scope()).solve(Scope(facts=told))
        assert isinstance(facts, OptimiserFacts)
        told[label] = facts
        for lang in ("en", "fr"):
            wording = Wording(lang, "full")
            text = wording.markdown("kinds/optimiser.md.j2", facts=facts, request=None, label="q")
            assert wording.blocks(text)
            texts[label, lang] = text
    assert [f.derived_before for f in told.values()] == [False, True, True, False, True]
    assert [f.mistakes_told for f in told.values()] == [False, False, True, True, True]
    for lang, above, mistakes in (
        ("en", "above", "Usual mistakes"),
        ("fr", "plus haut", "Erreurs fréquentes"),
    ):
        assert [above in texts[label, lang] for label in told] == [False, True, True, False, True]
        assert [mistakes in texts[label, lang] for label in told] == [True, True, False, False, False]
    options = {"of": "x^2 + 3 y^2", "starts": "(1, -1), (2, 2)", "rates": "0.1", "methods": "momentum"}
    given = {n: OptionText(v, Span(1, 1)) for n, v in options.items()}
    table = read_request("comparison", given, Scope()).solve(Scope(facts=told))
    assert isinstance(table, ComparisonFacts)
    assert [r.is_told for r in table.rows] == [True, False]
    assert [lines for _, lines, _ in table.rules] == [()]
    alone = read_request("comparison", given, Scope()).solve(Scope())
    assert isinstance(alone, ComparisonFacts)
    assert [len(lines) for _, lines, _ in alone.rules] == [2]
    for lang, words in (
        ("en", "rules are those written above"),
        ("fr", "règles sont celles écrites plus haut"),
    ):
        wording = Wording(lang, "full")
        for facts, is_told in ((table, True), (alone, False)):
            text = wording.markdown("kinds/comparison.md.j2", facts=facts, request=None, label="q")
            assert (words in text) == is_told


@pytest.mark.parametrize(
    ("of", "start", "direction", "shape"),
    [
        ("exp(x) - x", (1.0,), lambda x: (1 - math.exp(-x),), "positive"),
        ("sin(x) + y^2", (1.0, 1.0), lambda x, y: (-1 / math.tan(x), y), "indefinite"),
        ("exp(x) + y^2", (1.0, 1.0), lambda x, y: (1.0, y), "positive"),
        (
            "cosh(x) + x*y + y^2",
            (1.0, 1.0),
            lambda x, y: (
                (2 * (math.sinh(x) + y) - (x + 2 * y)) / (2 * math.cosh(x) - 1),
                (math.cosh(x) * (x + 2 * y) - math.sinh(x) - y) / (2 * math.cosh(x) - 1),
            ),
            "positive",
        ),
    ],
)
def test_newton_where_the_hessian_is_not_rational(
    of: str, start: tuple[float, ...], direction: Callable[..., tuple[float, ...]], shape: str
) -> None:
    """H⁻¹g solved by hand (Cramer), in floats."""
    facts = facts_of(of=of, start=", ".join(map(str, start)), rate="1", method="newton", steps="1")
    expected = [x - d for x, d in zip(start, direction(*start), strict=True)]
    assert [float(facts.rational(x)) for x in facts.places[1].point] == pytest.approx(expected, rel=1e-12)
    assert facts.effects.shape == shape
    assert facts.lines[0].direction
    assert tally(facts.checks).failed == () == tally(facts.checks).undecided
    for lang in ("fr", "en"):
        wording = Wording(lang, "full")
        assert wording.blocks(wording.markdown("kinds/optimiser.md.j2", facts=facts, request=None, label="q"))


def told(facts: OptimiserFacts, lang: str = "en") -> str:
    return Wording(lang, "full").markdown("kinds/optimiser.md.j2", facts=facts, request=None, label="q")


def test_newton_that_goes_over_a_maximum_to_a_minimum() -> None:
    """x⁴ − 2x² at 1/2: g = −3/2, H = −1, so the step leads to −1, where f = −1 < −7/16."""
    facts = facts_of(of="x^4 - 2*x^2", start="0.5", rate="1", method="newton")
    assert facts.places[1].point == (-1,)
    assert facts.effects.falls_at_once
    assert "ends up lower all the same" in told(facts)
    assert "towards a maximum" not in told(facts)


@pytest.mark.parametrize(
    ("of", "start", "words"),
    [("(x + y)^2", "1, 1", "the Hessian is singular at"), ("x^3/3 - x", "0", "$f''(x^{(0)}) = 0$")],
)
def test_a_singular_hessian_is_named(of: str, start: str, words: str) -> None:
    facts = facts_of(of=of, start=start, rate="1", method="newton")
    assert len(facts.places) == 1
    assert words in told(facts)
    assert "too large" not in told(facts)
    assert "The run **stops**" in told(facts)
    assert "La suite **s'arrête**" in told(facts, "fr")


@pytest.mark.parametrize(("of", "start"), [("abs(x) + y^2", "1/2, 1"), ("abs(x)", "0")])
def test_a_run_that_rests_on_a_kink_rests_by_convention(of: str, start: str) -> None:
    text = told(facts_of(of=of, start=start, rate="1/4", steps="3"))
    assert "The gradient vanishes exactly" not in text
    assert "$f$ has no derivative" in text


def test_without_inertia_momentum_is_plain_descent() -> None:
    """(4 3; 3 4) has the eigenvalue 7 and α = 1/2: the factor 1 − 7/2 = −2.5 grows."""
    facts = facts_of(of="2*x^2 + 3*x*y + 2*y^2", start="1, 0", rate="1/2", method="momentum", beta="0")
    assert facts.effects.plain is None
    assert "this is plain descent" in told(facts)
    assert "the largest has modulus $2.5$, above 1" in told(facts)


def test_adam_at_rest_has_no_table_of_rates() -> None:
    facts = facts_of(of="x^2 + y^2", start="0, 0", rate="1/2", method="adam")
    assert facts.effects.rates == () == facts.effects.sizes == facts.effects.uncorrected
    assert "effective rate" not in told(facts)


def test_fractions_of_a_polynomial_are_set_as_fractions() -> None:
    from flint import fmpq, fmpq_poly

    from solver.descent.told import polynomial

    assert polynomial(fmpq_poly([fmpq(-1, 2), fmpq(23, 18), 1])) == r"t^2 + \frac{23}{18} t - 0.5"
