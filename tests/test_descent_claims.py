"""Why: a corrigé that argues must be true for any polynomial, rate and start, not only for the first sheet.

Random sheets are drawn (degrees 1 to 6, rates that include the exact stability bounds, starts that include
critical points); every claim of the facts is then contradicted, if that can be done, by long simulations in
decimals of 60 digits, which share nothing with the solver.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator
from decimal import Decimal, Overflow, localcontext
from fractions import Fraction
from pathlib import Path

import pytest

from solver.errors import SheetError, Span
from solver.expression.reader import read_expression
from solver.expression.tree import Symbol
from solver.questions.base import Facts, Question, Scope, read_request
from solver.sheet.model import Given, OptionText
from solver.wording import Wording

SHEETS = 40


@pytest.fixture(autouse=True)
def _sixty_digits() -> Iterator[None]:
    with localcontext() as context:
        context.prec = 60
        yield


def scope_of(text: str) -> Scope:
    expression = read_expression(text)
    return Scope(givens={"f": Given("f", (Symbol("w"),), expression, text, Span(1, 1))})


def solve(kind: str, text: str, **options: str) -> tuple[Facts, Question]:
    given = {name: OptionText(value, Span(1, 1)) for name, value in {"of": "f", **options}.items()}
    request = read_request(kind, given, scope_of(text))
    return request.solve(scope_of(text)), request


def rendered(kind: str, facts: Facts, request: Question) -> str:
    wording = Wording(detail="full")
    wording.answer(kind, facts, request, "q1.x")  # the Markdown is well formed and its figures exist
    return wording.markdown(f"kinds/{kind}.md.j2", facts=facts, request=request, label="q1.x")


def polynomial_text(coefficients: list[Fraction]) -> str:
    """By increasing powers."""
    powers = ["", "*w", *(f"*w^{i}" for i in range(2, len(coefficients)))]
    return " + ".join(f"({c}){powers[i]}" for i, c in enumerate(coefficients) if c) or "0"


def derivative(coefficients: list[Fraction]) -> list[Fraction]:
    return [i * c for i, c in enumerate(coefficients)][1:]


def evaluate(coefficients: list[Fraction], at: Decimal) -> Decimal:
    total = Decimal(0)
    for c in reversed(coefficients):
        total = total * at + Decimal(c.numerator) / Decimal(c.denominator)
    return total


def simulate(coefficients: list[Fraction], start: Fraction, rate: Fraction, steps: int) -> list[Decimal]:
    """The run in decimals; stops past 10^400."""
    slope = derivative(coefficients)
    with localcontext() as context:
        context.prec = 60
        context.Emax = 999_999
        w = Decimal(start.numerator) / Decimal(start.denominator)
        alpha = Decimal(rate.numerator) / Decimal(rate.denominator)
        points = [w]
        for _ in range(steps):
            try:
                w = w - alpha * evaluate(slope, w)
            except Overflow:
                break
            points.append(w)
            if abs(w) > Decimal(10) ** 400:
                break
        return points


def draw(seed: int) -> tuple[list[Fraction], Fraction, Fraction]:
    """A polynomial, a start and a rate; some exactly critical."""
    rng = random.Random(seed)
    degree = rng.choice([1, 2, 2, 3, 4, 4, 5, 6])
    style = rng.choice(["roots", "free", "convex"])
    if style == "roots" and degree >= 2:
        # f′ has rational roots, some multiple: exact landings and inflections happen
        roots = [Fraction(rng.randint(-3, 3), rng.choice([1, 1, 2])) for _ in range(degree - 1)]
        slope = [Fraction(rng.choice([-1, 1, 1, 2]))]
        for r in roots:
            slope = [
                (slope[i - 1] if i else Fraction(0)) - r * (slope[i] if i < len(slope) else Fraction(0))
                for i in range(len(slope) + 1)
            ]
        coefficients = [Fraction(rng.randint(-2, 2))] + [c / (i + 1) for i, c in enumerate(slope)]
        start = rng.choice([*roots, Fraction(rng.randint(-8, 8), 2)])
    elif style == "convex" and degree % 2 == 0:
        coefficients = [Fraction(rng.randint(-2, 2)), Fraction(rng.randint(-3, 3))]
        coefficients += [Fraction(rng.randint(0, 2)) if i % 2 == 0 else Fraction(0) for i in range(2, degree)]
        coefficients.append(Fraction(rng.randint(1, 2), 2))
        start = Fraction(rng.randint(-6, 6), 2)
    else:
        coefficients = [Fraction(rng.randint(-6, 6), rng.choice([1, 2, 4])) for _ in range(degree)]
        coefficients.append(Fraction(rng.choice([-1, 1, 1, 1]), rng.choice([1, 2, 4])))
        start = Fraction(rng.randint(-6, 6), 2)
    bend = derivative(derivative(coefficients))
    rate = rng.choice([Fraction(1, 100), Fraction(1, 20), Fraction(1, 10), Fraction(1, 3), Fraction(1, 2)])
    if rng.random() < 0.4 and bend:
        # exactly the stability bound where the curvature at the start is rational
        here = sum((c * start**i for i, c in enumerate(bend)), Fraction(0))
        if here > 0:
            rate = 2 / here
            start += rng.choice([Fraction(0), Fraction(1, 10), Fraction(1, 2)])
    return coefficients, start, rate


def contradiction(facts: object, coefficients: list[Fraction], start: Fraction, rate: Fraction) -> str | None:
    """Why the verdict is false, by simulation; None where it stands."""
    verdict = facts.verdict  # type: ignore[attr-defined]
    steps = 1500
    points = simulate(coefficients, start, rate, steps)
    last = points[-1]
    if verdict.behaviour == "converges":
        goal = Decimal(verdict.limit.value.numerator) / Decimal(verdict.limit.value.denominator)
        before, after = abs(points[len(points) // 2] - goal), abs(last - goal)
        if verdict.proof.kind == "stationary":
            k = min(verdict.proof.index, len(points) - 1)
            return None if abs(points[k] - goal) < Decimal("1e-40") else "did not land"
        if abs(last) > 10**6 or (after > Decimal("1e-20") and not after < before):
            return f"distance to the limit went from {before} to {after}"
    elif verdict.behaviour == "diverges":
        if len(points) < steps + 1 or abs(last) > 10**9:
            sign = (last > 0) - (last < 0)
            if verdict.direction and sign != verdict.direction:
                return "to the other infinity"
            return None
        if verdict.proof.kind in ("escape", "drift", "affine"):
            drift = abs(last - points[0]) > abs(points[len(points) // 2] - points[0]) + Decimal("1e-9")
            return None if drift else "stopped moving away"
        return "bounded"
    elif verdict.behaviour == "oscillates" and verdict.proof.kind == "exactcycle":
        # it may repel: decimals would leave it, fractions do not
        w = first = verdict.cycle[0]
        for k in range(verdict.period):
            if w != verdict.cycle[k] or (k and w == first):
                return "not this cycle"
            w -= rate * sum((c * w**i for i, c in enumerate(derivative(coefficients))), Fraction(0))
        return None if w == first else "does not close"
    elif verdict.behaviour == "oscillates":
        period = verdict.period
        gap = abs(last - points[-1 - period])
        middle = abs(points[-1] - points[-2])
        if gap > Decimal("1e-4") or middle < Decimal("1e-9"):
            return f"no cycle of length {period}: {gap}, {middle}"
        if any(abs(last - points[-1 - j]) < Decimal("1e-9") for j in range(1, period)):
            return "a shorter cycle"
    return None


@pytest.mark.parametrize("seed", range(SHEETS))
def test_verdicts_of_random_descents_are_not_contradicted(seed: int) -> None:
    coefficients, start, rate = draw(seed)
    text = polynomial_text(coefficients)
    if len(coefficients) < 2 or not any(coefficients[1:]):
        pytest.skip("constant")
    facts, request = solve("descent", text, start=str(start), rate=str(rate))
    assert [c for c in facts.checks if not c.holds] == []
    assert contradiction(facts, coefficients, start, rate) is None
    words = rendered("descent", facts, request)
    behaviour = facts.public()["behaviour"]
    said = {
        "converges": r"\*\*converge\*\*|exactement un point critique|\*\*exactement\*\*",
        "oscillates": r"\*\*oscille\*\*",
        "diverges": r"\*\*diverge\*\*",
        "undecided": r"\*\*ne permet pas de conclure\*\*",
    }
    for key, pattern in said.items():
        assert bool(re.search(pattern, words)) == (key == behaviour), (key, behaviour)
    # the iterates themselves
    points = simulate(coefficients, start, rate, 3)
    for k, point in enumerate(points):
        if abs(point) < 10**30:
            value = facts.public()["point"](k)  # type: ignore[operator]
            assert abs(Decimal(value.numerator) / Decimal(value.denominator) - point) < Decimal("1e-20") * (
                1 + abs(point)
            )
    if "décroissent à chaque itération calculée" in words:
        table = facts.table  # type: ignore[attr-defined]
        heights = [evaluate(coefficients, p) for p in simulate(coefficients, start, rate, len(table) - 1)]
        assert all(b < a for a, b in itertools.pairwise(heights))


@pytest.mark.parametrize("seed", range(10000, 10000 + SHEETS // 2))
def test_claims_on_rates_are_not_contradicted(seed: int) -> None:
    coefficients, start, rate = draw(seed)
    if len(coefficients) < 2 or not any(coefficients[1:]):
        pytest.skip("constant")
    facts, request = solve("rates", polynomial_text(coefficients), start=str(start), rates=f"{rate}, 1/50")
    assert [c for c in facts.checks if not c.holds] == []
    rendered("rates", facts, request)
    for row in facts.rows:  # type: ignore[attr-defined]
        for tolerance, count in zip(facts.tolerances, row.steps, strict=True):  # type: ignore[attr-defined]
            if count is None or count > 1200:
                continue
            goal = row.verdict.limit.value
            points = simulate(coefficients, start, row.rate, count + 30)
            gaps = [abs(p - Decimal(goal.numerator) / Decimal(goal.denominator)) for p in points]
            bound = Decimal(tolerance.numerator) / Decimal(tolerance.denominator)
            assert all(gap <= bound for gap in gaps[count:])
            assert count == 0 or gaps[count - 1] > bound
    span = facts.span  # type: ignore[attr-defined]
    if span.safe is not None:
        for share in (Fraction(1), Fraction(1, 2)):
            points = simulate(coefficients, start, span.safe * share, 400)
            goal = Decimal(span.target.point.value.numerator) / Decimal(span.target.point.value.denominator)
            sides = {(p > goal) - (p < goal) for p in points if abs(p - goal) > Decimal("1e-40")}
            assert len(sides) <= 1, "not monotone on one side"
            assert abs(points[-1] - goal) <= abs(points[0] - goal)
            assert all(
                abs(b - goal) <= abs(a - goal) + Decimal("1e-50") for a, b in itertools.pairwise(points)
            )


@pytest.mark.parametrize("seed", range(20000, 20000 + SHEETS // 2))
def test_claims_on_starts_are_not_contradicted(seed: int) -> None:
    coefficients, start, _ = draw(seed)
    other = draw(seed + 1000)[1]
    if len(coefficients) < 2 or not any(coefficients[1:]):
        pytest.skip("constant")
    facts, request = solve("starts", polynomial_text(coefficients), starts=f"{start}, {other}")
    assert [c for c in facts.checks if not c.holds] == []
    words = rendered("starts", facts, request)
    slope = derivative(coefficients)
    for one in facts.starts:  # type: ignore[attr-defined]
        for trial in one.trials:
            fake = type("F", (), {"verdict": trial.verdict})
            assert contradiction(fake, coefficients, one.start, trial.rate) is None, trial.rate
            bump = one.span.bump
            if bump is not None:
                moved = one.start - trial.rate * sum(
                    (c * one.start**i for i, c in enumerate(slope)), Fraction(0)
                )
                jumped = (moved - bump.point.point.value) * one.span.direction > 0
                assert jumped == trial.crosses
        for crossing in one.span.crossings:
            landed = one.start - crossing.rate.value * sum(
                (c * one.start**i for i, c in enumerate(slope)), Fraction(0)
            )
            assert abs(landed - crossing.point.point.value) < Fraction(1, 10**40)
        if one.span.direction and one.span.target is not None and one.span.safe is not None:
            # “with a small rate”: a rate a hundred times under the guarantee still goes that way
            points = simulate(coefficients, one.start, one.span.safe / 100, 300)
            goal = Decimal(one.span.target.point.value.numerator) / Decimal(
                one.span.target.point.value.denominator
            )
            assert abs(points[-1] - goal) < abs(points[0] - goal)
    assert ("est convexe" in words) == (
        facts.scape.is_convex and bool(facts.scape.minima) and not facts.start_decides  # type: ignore[attr-defined]
    )


@pytest.mark.parametrize("seed", range(30000, 30000 + SHEETS // 2))
def test_critical_points_are_not_contradicted(seed: int) -> None:
    coefficients, _, _ = draw(seed)
    if len(coefficients) < 2 or not any(coefficients[1:]):
        pytest.skip("constant")
    facts, request = solve("critical-points", polynomial_text(coefficients))
    rendered("critical-points", facts, request)
    assert [c for c in facts.checks if not c.holds] == []
    slope = derivative(coefficients)
    found = [float(p.point) for p in facts.scape.points]  # type: ignore[attr-defined]
    # every change of sign of f′ on a fine grid is at a critical point that is no inflection, and conversely
    turning = [float(p.point) for p in facts.scape.points if p.nature != "inflection"]  # type: ignore[attr-defined]
    grid = [-12 + i * 24 / 4001 for i in range(4002)]
    signs = [evaluate(slope, Decimal(x)) > 0 for x in grid]
    changes = [(a, b) for a, b, s, t in zip(grid, grid[1:], signs, signs[1:], strict=False) if s != t]
    assert len(changes) == len([x for x in turning if -12 < x < 12])
    for a, b in changes:
        assert any(a - 1e-9 <= x <= b + 1e-9 for x in turning)
    for x in found:
        assert abs(float(evaluate(slope, Decimal(x)))) < 1e-6 * (
            1 + max(abs(float(c)) for c in slope) * (1 + abs(x)) ** 5
        )
    for p in facts.scape.points:  # type: ignore[attr-defined]
        h = Decimal("1e-3")
        at = Decimal(p.point.value.numerator) / Decimal(p.point.value.denominator)
        left = evaluate(coefficients, at - h) - evaluate(coefficients, at)
        right = evaluate(coefficients, at + h) - evaluate(coefficients, at)
        expected = {(True, True): "minimum", (False, False): "maximum"}.get(
            (left > 0, right > 0), "inflection"
        )
        assert p.nature == expected


@pytest.mark.parametrize("seed", range(400, 410))
def test_no_english_word_and_no_equality_of_a_side_with_itself(seed: int) -> None:
    coefficients, start, rate = draw(seed)
    if len(coefficients) < 2 or not any(coefficients[1:]):
        pytest.skip("constant")
    text = polynomial_text(coefficients)
    for kind, options in (
        ("starts", {"starts": str(start)}),
        ("rates", {"start": str(start), "rates": str(rate)}),
        ("descent", {"start": str(start), "rate": str(rate)}),
        ("critical-points", {}),
    ):
        words = rendered(kind, *solve(kind, text, **options))
        for english in ("inflection", "None", "True", "False", "infinity"):
            assert english not in words
        for formula in re.findall(r"\$\$(.+?)\$\$", words):
            sides = [side.strip() for side in formula.split(" = ")]
            assert all(a != b for a, b in itertools.pairwise(sides)), formula


def test_templates_hold_no_number_of_the_first_sheet() -> None:
    folder = Path(__file__).resolve().parent.parent / "templates" / "fr"
    for path in (
        folder / "descent.md.j2",
        *(folder / "kinds" / f"{k}.md.j2" for k in ("descent", "rates", "starts")),
    ):
        text = path.read_text(encoding="utf-8")
        for number in ("145", "4.76", "0.0883", "0.1470", "2.45"):
            assert number not in text


@pytest.mark.parametrize(
    ("kind", "options", "said", "unsaid"),
    [
        ("starts", {"of": "w^2 - 4w", "starts": "6"}, ["est convexe"], ["sauter la bosse"]),
        (
            "starts",
            {"starts": "-2"},
            ["**Aucun taux ne mène vers le minimum global $w_{3}", "$0.5$ à l'infini"],
            ["est convexe", "Aucun des taux"],
        ),
        (
            "starts",
            {"starts": "6"},
            ["mènent vers le minimum local $w_{1}", r"sur $w_{2}$ pour $\alpha = \frac{1}{9}"],
            ["Aucun des taux"],
        ),
        ("starts", {"starts": "1"}, ["le maximum local lui-même"], ["converge vers"]),
        ("starts", {"of": "w^3 - 3w", "starts": "-2"}, [r"-\infty"], ["converge vers le minimum"]),
        ("starts", {"of": "w^3", "starts": "1"}, ["qui n'est pas un minimum", "palier"], []),
        ("starts", {"of": "3w + 1", "starts": "1"}, ["n'a pas de minimum local"], ["converge vers"]),
        ("starts", {"starts": "6, -2"}, ["Le point de départ décide du minimum"], []),
        ("starts", {"of": "w^4 - 2w^2", "starts": "2, -2"}, ["décide du minimum"], ["Tous ne se valent pas"]),
        ("starts", {"starts": "6, 5"}, ["ne départagent pas"], ["décide du minimum"]),
        (
            "rates",
            {"of": "w^2 - 4w", "start": "5", "rates": "1"},
            [r"oscille : $5 \leftrightarrow -1$", "n'attire ni ne repousse"],
            [],
        ),
        ("rates", {"of": "w^4", "start": "1", "rates": "0.1"}, ["s'annule"], [r"\frac{2}{f''(w^*)}"]),
        ("rates", {"of": "3w", "start": "1", "rates": "0.1"}, ["Aucun taux ne convient"], ["Prendre"]),
        (
            "rates",
            {"start": "1", "rates": "0.1"},
            ["aucun taux ne fait bouger", "le point de départ, un maximum local"],
            ["Prendre"],
        ),
        ("descent", {"start": "1", "rate": "0.1"}, ["n'est pas forcément un minimum"], ["**converge**"]),
        ("descent", {"of": "w^2", "start": "0", "rate": "0.1"}, ["minimum"], ["pas forcément un minimum"]),
        ("descent", {"start": "2", "rate": "0.5"}, ["Tous les minima repoussent"], ["n'explique pas tout"]),
        ("descent", {"start": "40", "rate": "0.05"}, ["n'explique pas tout"], ["minima repoussent"]),
        ("critical-points", {"of": "3w"}, ["aucun point critique"], ["bassin"]),
        ("critical-points", {"of": "w^5/5 - w^3/3"}, ["d'ordre $3$", "inflexion"], []),
    ],
)
def test_the_wording_follows_the_truth(
    kind: str, options: dict[str, str], said: list[str], unsaid: list[str]
) -> None:
    first = "0.25w^4 - 1.5w^3 - 1.25w^2 + 6w"
    facts, request = solve(kind, first, **options)
    words = rendered(kind, facts, request)
    for text in said:
        assert text in words, text
    for text in unsaid:
        assert text not in words, text


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("descent", {"start": "2"}),
        ("descent", {"start": "2", "rate": "0"}),
        ("descent", {"start": "2", "rate": "0.1", "method": "adam"}),
        ("descent", {"start": "2", "rate": "0.1", "ask": "iterate"}),
        ("descent", {"start": "2", "rate": "0.1", "steps": "0"}),
        ("descent", {"start": "2", "rate": "0.1", "of": "5 + 0*w"}),
        ("rates", {"start": "2", "rates": "-1"}),
        ("rates", {"start": "2"}),
        ("starts", {"starts": "2", "ask": "everything"}),
        ("critical-points", {"of": "sin(w)"}),
        ("critical-points", {"of": "w^3*x"}),
    ],
)
def test_bad_requests_are_refused(kind: str, options: dict[str, str]) -> None:
    with pytest.raises(SheetError):
        solve(kind, "w^2 - 4w", **options)


def test_an_answer_continues_an_earlier_one() -> None:
    first, _ = solve("descent", "w^2 - 4w", start="5", rate="0.1", steps="2")
    scope = Scope(facts={"q1.run": first})
    given = {"from": OptionText("q1.run", Span(1, 1)), "ask": OptionText("convergence", Span(1, 1))}
    request = read_request("descent", given, scope)
    again = request.solve(scope)
    assert again.public()["points"] == first.public()["points"]
    assert "**converge**" in rendered("descent", again, request)


@pytest.mark.parametrize(
    ("text", "start", "rate", "said"),
    [
        ("cosh(w)", "1", "0.5", "**converge** vers $w^* = 0$, un minimum local"),
        ("w^2 + sin(w)", "1", "0.1", r"**converge** vers $w^* \approx -0.450184$"),
        ("w^2 + sin(w)", "1", "0.9", "**oscille**"),
        ("ln(1 + e^w)", "1", "0.9", "La suite **diverge**"),
        ("sin(w)", "1", "5", "**ne permet pas de conclure**"),
        ("cos(w)", "0", "0.5", "exactement un point critique"),
    ],
)
def test_other_functions_are_followed_and_decided_where_that_can_be_proved(
    text: str, start: str, rate: str, said: str
) -> None:
    facts, request = solve("descent", text, start=start, rate=rate)
    assert [c for c in facts.checks if not c.holds] == []
    assert said in rendered("descent", facts, request)


def test_a_descent_out_of_the_domain_is_an_error() -> None:
    with pytest.raises(SheetError):
        solve("descent", "ln(w)", start="1", rate="1")
