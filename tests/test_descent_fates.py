"""Why: a verdict of any method on any function is proved, and a proof that is wrong is noticed.

Tables fix behaviours worked out by hand; random runs are contradicted, if that can be done, by long
simulations in mpmath with formulas of their own; planted faults in verdicts and in contracted balls must be
caught.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import pytest
from flint import arb, ctx

from solver.descent import attraction, deciders
from solver.descent.attraction import Attraction
from solver.descent.metric import contracting_metric, frobenius, norm_bound
from solver.descent.outcome import Outcome
from solver.descent.proofs import Proof
from solver.descent.report import answer, descend
from solver.descent.review import review
from solver.descent.wording import sentences
from solver.errors import CorrigeError

F = Fraction


def outcome(text: str, start: str, rate: str, method: str = "gd", **asked: Any) -> Outcome:
    return answer(text, start=start, rate=rate, steps=1, method_name=method, **asked).outcome


FATES: list[tuple[str, str, str, str, str, str | None]] = [
    # one variable, plain descent
    ("sin(w)", "1", "0.1", "gd", "converges", "minimum"),
    ("sin(w)", "1", "5", "gd", "undecided", None),
    ("cos(w)", "0", "0.1", "gd", "converges", "maximum"),
    ("cos(w)", "1", "2.5", "gd", "oscillates", None),
    ("exp(w)", "0", "1", "gd", "diverges", None),
    ("exp(w) - w", "10", "0.5", "gd", "converges", "minimum"),
    ("exp(w) - 2w", "40", "1", "gd", "undecided", None),
    ("-cosh(w)", "1", "0.1", "gd", "diverges", None),
    ("cosh(w)", "1", "3", "gd", "diverges", None),
    ("ln(1 + w^2)", "1", "1", "gd", "converges", "minimum"),
    ("sqrt(1 + w^2)", "3", "1", "gd", "converges", "minimum"),
    ("1/w", "1", "0.5", "gd", "diverges", None),
    ("softplus(w)", "0", "1", "gd", "diverges", None),
    ("w ln w", "2", "0.5", "gd", "converges", "minimum"),
    ("tanh(w)^2", "2", "0.5", "gd", "converges", "minimum"),
    ("w^2 e^(-w)", "3", "0.1", "gd", "diverges", None),
    ("w - sin(w)", "1", "0.1", "gd", "converges", "saddle"),
    ("|w|^3", "1", "0.1", "gd", "converges", "minimum"),
    # kinks, exact cycles
    ("|w|", "1", "0.3", "gd", "oscillates", None),
    ("|w|", "2", "0.5", "gd", "converges", "minimum"),
    ("relu(w)", "1", "0.3", "gd", "converges", None),
    ("relu(w)", "1", "0.25", "gd", "converges", "minimum"),
    ("leaky_relu(w)", "1", "0.25", "gd", "diverges", None),
    ("w^4", "1", "1/2", "gd", "oscillates", None),
    # the domain left
    ("ln(w)", "1", "2", "gd", "undecided", None),
    ("sqrt(w)", "1", "0.1", "gd", "undecided", None),
    ("sqrt(x^2 + y^2)", "3,4", "1", "gd", "undecided", None),
    ("2w + 1", "1", "1", "newton", "undecided", None),
    # no slope, a constant slope, rates of all signs
    ("2w + 1", "0", "0.1", "adam", "diverges", None),
    ("2w + 1", "0", "0.1", "adagrad", "diverges", None),
    ("2w + 1", "0", "0.1", "momentum", "diverges", None),
    ("w^2", "1", "0", "gd", "converges", None),
    ("w^2", "0", "0", "gd", "converges", "minimum"),
    ("w^2", "1", "-0.1", "gd", "diverges", None),
    ("-w^2", "1", "-0.1", "gd", "converges", "maximum"),
    # other methods
    ("w^4/4 - w^2/2", "1/2", "0.1", "momentum", "converges", "minimum"),
    ("w^4/4 - w^2/2", "1/2", "0.1", "nesterov", "converges", "minimum"),
    ("w^4/4 - w^2/2", "3", "1", "momentum", "diverges", None),
    ("w^4/4 - w^2/2", "3", "1", "nesterov", "diverges", None),
    ("w^4/4 - w^2/2", "0.3", "1", "newton", "converges", "maximum"),
    ("w^4", "1", "1", "newton", "converges", "minimum"),
    ("w^4", "1", "6", "newton", "oscillates", None),
    ("w^4", "1", "3", "newton", "undecided", None),
    ("w^2", "1", "0.1", "rmsprop", "oscillates", None),
    ("w^2", "1", "0.1", "adagrad", "converges", "minimum"),
    ("w^2", "1", "0.1", "adam", "undecided", None),
    ("w^2", "0", "0.1", "adam", "converges", "minimum"),
    ("(w-1)^2", "1", "0.1", "adamw", "undecided", None),
    ("w^2", "1", "0.1", "newton", "converges", "minimum"),
    # several variables
    ("x^2 + y^4", "1,1", "0.1", "gd", "converges", "minimum"),
    ("x^2 - y^4", "1,0", "0.1", "gd", "converges", "saddle"),
    ("x^2 - y^4", "1,1", "0.1", "gd", "diverges", None),
    ("x^2 + y^2/2", "1,1", "1", "gd", "oscillates", None),
    ("x*y", "1,1", "0.1", "gd", "converges", "saddle"),
    ("x*y", "1,-1", "0.1", "gd", "diverges", None),
    ("x^4 + y^4 + x*y", "1,2", "0.01", "nesterov", "converges", "minimum"),
    ("(1-x)^2 + 100(y-x^2)^2", "-1.2,1", "1", "newton", "converges", "minimum"),
    ("x^4 - 2x^2 + y^2", "0,1", "0.1", "gd", "converges", "saddle"),
    ("(1-x)^2 + 100(y-x^2)^2", "-1.2,1", "0.01", "gd", "diverges", None),
    ("(1-x)^2 + 100(y-x^2)^2", "-1.2,1", "0.1", "momentum", "diverges", None),
    ("(1-x)^2 + 100(y-x^2)^2", "-1.2,1", "0.1", "nesterov", "diverges", None),
    ("x^4 + y^4 + x*y", "1,2", "1", "gd", "diverges", None),
    ("w^4/4 - w^2/2", "1/2", "0.1", "adagrad", "converges", "minimum"),
    ("w^4", "1", "0.01", "momentum", "converges", "minimum"),
    ("w^4", "1", "1/2", "momentum", "diverges", None),
    ("w^4/4 - w^2", "2", "0.01", "momentum", "converges", "minimum"),
    ("x^2 - y^2 + x^2 y^2", "1,0", "0.1", "gd", "converges", "saddle"),
    ("x^4 - 2x^2 + x^2 y^2 + y^2", "0,1", "0.1", "momentum", "converges", "saddle"),
    ("e^w - 2w", "3", "1", "adagrad", "converges", "minimum"),
]


@pytest.mark.parametrize(("text", "start", "rate", "method", "behaviour", "nature"), FATES)
def test_fate(text: str, start: str, rate: str, method: str, behaviour: str, nature: str | None) -> None:
    found = outcome(text, start, rate, method)
    assert (found.behaviour, found.nature) == (behaviour, nature)


SCHEDULED: list[tuple[str, str, str, str, str, str | None]] = [
    ("w^2", "1", "0.1", "exponential:0.9", "converges", None),
    ("w^2", "1", "1/2", "exponential:0.9", "converges", "minimum"),  # lands on 0 at once
    ("sin(w)", "1", "0.5", "step:10:0.5", "converges", None),
    ("w^2", "1", "0.1", "1/t", "converges", "minimum"),
    ("-w^2", "1", "0.1", "1/t", "diverges", None),
    ("2w", "1", "0.1", "1/t", "diverges", None),
    ("2w", "1", "0.1", "exponential:0.9", "converges", None),
    ("x^2 - y^2", "1,0", "0.1", "1/t", "converges", "saddle"),
    ("x^2 + 3y^2 + x*y", "1,2", "0.1", "1/t:10", "converges", "minimum"),
    ("sin(w)", "1", "0.5", "1/t:5", "converges", "minimum"),
    ("exp(w)", "1", "0.5", "1/t:5", "diverges", None),
    ("x^2 + y", "1,0", "0.1", "exponential:0.999", "converges", None),
    ("w^2", "1", "0.1", "step:3:1", "converges", "minimum"),  # a factor 1 is a constant rate
]


@pytest.mark.parametrize(("text", "start", "rate", "schedule", "behaviour", "nature"), SCHEDULED)
def test_fate_with_a_schedule(
    text: str, start: str, rate: str, schedule: str, behaviour: str, nature: str | None
) -> None:
    found = outcome(text, start, rate, schedule=schedule)
    assert (found.behaviour, found.nature) == (behaviour, nature)


def test_every_argument_has_its_sentence_in_both_languages() -> None:
    english, french = (sentences(lang) for lang in ("en", "fr"))
    assert english.keys() == french.keys()
    assert english["proof"].keys() == french["proof"].keys()
    source = "".join(path.read_text() for path in Path(deciders.__file__).parent.glob("*.py"))
    for key in english["proof"]:
        key = key.removesuffix("_again")  # the shorter sentence of a second run
        assert f'"{key}"' in source or key in (*PROOF_KINDS, *BALLS), f"no decider tells {key}"


PROOF_KINDS = {kind.__name__.lower() for kind in Proof.__subclasses__()}
BALLS = {"ball_cycle", "ellipsoid_cycle"}


def test_a_finite_sum_of_rates_ends_away_from_the_minimum() -> None:
    """∏ (1 − 2·0.1·0.9ᵏ), computed apart."""
    found = outcome("w^2", "1", "0.1", schedule="exponential:0.9")
    assert found.key == "ends_away"
    assert found.limit is not None
    with mpmath.workdps(50):
        product = mpmath.nprod(lambda k: 1 - mpmath.mpf(2) / 10 * mpmath.mpf("0.9") ** k, [0, 1500])
        assert abs(mpmath.mpf(str(found.limit[0].mid().str(40, radius=False))) - product) < 1e-30


def test_limits_are_exact_where_they_are_rational_or_surds() -> None:
    assert outcome("ln(1 + w^2)", "5", "0.5").limit == (F(0),)
    assert outcome("x^4 + y^4 + x*y", "1,2", "0.01").limit == (F(-1, 2), F(1, 2))
    surd = descend("w^4/4 - w^2", start="1", rate="0.1", steps=1)["verdict"]
    assert surd["limit_exact"] == ["sqrt(2)"]
    assert abs(F(surd["limit"][0]) ** 2 - 2) < F(1, 10**40)
    pi = descend("cos(w)", start="1", rate="0.1", steps=1)["verdict"]["limit"][0]
    assert abs(mpmath.mpf(pi) - mpmath.pi) < 1e-14


def test_the_step_that_leaves_the_domain_is_named() -> None:
    found = descend("ln(w)", start="1", rate="0.3", steps=6)
    assert "3" in found["verdict"]["proof"]
    assert "domain" in found["verdict"]["proof"]
    assert found["iterates"][3]["point"] == ["-1109/1330"]
    assert found["iterates"][3]["value"] is None
    assert [row["point"] for row in found["iterates"][4:]] == [[None]] * 3
    with pytest.raises(CorrigeError, match="not defined at the start"):
        descend("ln(w)", start="-1", rate="0.3")


@pytest.mark.parametrize(
    ("text", "start", "method", "key", "index"),
    [
        ("sqrt(x^2 + y^2)", "3,4", "gd", "no_step", "5"),
        ("2w + 1", "1", "newton", "no_step_flat", "0"),
        ("w^3 - 3w", "0", "newton", "no_step_flat", "0"),
        ("(x + y)^2", "1,1", "newton", "no_step_singular", "0"),
    ],
)
def test_the_step_that_does_not_exist_is_named(
    text: str, start: str, method: str, key: str, index: str
) -> None:
    found = outcome(text, start, "1", method)
    assert (found.behaviour, found.key, found.arguments["index"]) == ("undecided", key, index)


def test_rosenbrock_is_proved_after_twenty_thousand_steps() -> None:
    found = outcome("(1-x)^2 + 100(y-x^2)^2", "-1.2,1", "0.001")
    assert (found.behaviour, found.limit, found.nature) == ("converges", (F(1), F(1)), "minimum")
    assert int(found.arguments["index"]) > 20_000


# ---- verdicts contradicted by simulation ---------------------------------------------------------

mp = mpmath.mp
Slope = Callable[[Any], Any]
POOL: dict[str, tuple[Slope, Slope]] = {
    "sin(w)": (mpmath.cos, lambda w: -mpmath.sin(w)),
    "w^2 + 3sin(w)": (lambda w: 2 * w + 3 * mpmath.cos(w), lambda w: 2 - 3 * mpmath.sin(w)),
    "cosh(w)": (mpmath.sinh, mpmath.cosh),
    "e^w - 2w": (lambda w: mpmath.exp(w) - 2, mpmath.exp),
    "ln(1 + w^2)": (lambda w: 2 * w / (1 + w * w), lambda w: 2 * (1 - w * w) / (1 + w * w) ** 2),
    "w^4/4 - w^2/2": (lambda w: w**3 - w, lambda w: 3 * w * w - 1),
    "w^4": (lambda w: 4 * w**3, lambda w: 12 * w * w),
    "w^3/3 - w": (lambda w: w * w - 1, lambda w: 2 * w),
    "w^2 e^(-w)": (
        lambda w: (2 * w - w * w) * mpmath.exp(-w),
        lambda w: (2 - 4 * w + w * w) * mpmath.exp(-w),
    ),
    "2w": (lambda w: mpmath.mpf(2), lambda w: mpmath.mpf(0)),
    "w - w^2": (lambda w: 1 - 2 * w, lambda w: mpmath.mpf(-2)),
    "3w^2 - w": (lambda w: 6 * w - 1, lambda w: mpmath.mpf(6)),
    "|w - 1| + w^2/4": (lambda w: mpmath.sign(w - 1) + w / 2, lambda w: mpmath.mpf(1) / 2),
}


def simulated(
    text: str, method: str, start: Fraction, rate: Fraction, beta: Fraction, steps: int
) -> list[Any]:
    """The run in 40 digits, by formulas written here."""
    slope, bend = POOL[text]
    w = mpmath.mpf(start.numerator) / start.denominator
    a = mpmath.mpf(rate.numerator) / rate.denominator
    b = mpmath.mpf(beta.numerator) / beta.denominator
    v = s = m = mpmath.mpf(0)
    points = [w]
    for k in range(1, steps + 1):
        g = slope(w)
        if method == "gd":
            w -= a * g
        elif method == "momentum":
            v = b * v + g
            w -= a * v
        elif method == "nesterov":
            v = b * v + g
            w -= a * (g + b * v)
        elif method == "adagrad":
            s += g * g
            w -= a * g / (mpmath.sqrt(s) + mpmath.mpf(10) ** -10)
        elif method == "rmsprop":
            s = s * 99 / 100 + g * g / 100
            w -= a * g / (mpmath.sqrt(s) + mpmath.mpf(10) ** -8)
        elif method == "adam":
            m = m * 9 / 10 + g / 10
            s = s * 999 / 1000 + g * g / 1000
            first, second = 1 - (mpmath.mpf(9) / 10) ** k, 1 - (mpmath.mpf(999) / 1000) ** k
            w -= a * (m / first) / (mpmath.sqrt(s / second) + mpmath.mpf(10) ** -8)
        elif bend(w) == 0:
            break
        else:
            w -= a * g / bend(w)
        points.append(w)
        if abs(w) > mpmath.mpf(10) ** 30:
            break
    return points


EXACT_KEYS = ("rest", "stationary", "exactcycle", "rate_zero")


def contradiction(found: Outcome, points: list[Any]) -> str | None:
    """What a simulation says against a verdict; exact runs (on a maximum, on a cycle) are not for floats."""
    if found.key in EXACT_KEYS or found.behaviour == "undecided":
        return None
    half = len(points) // 2
    if found.behaviour == "converges" and found.limit is not None:
        value = found.limit[0]
        told = value if isinstance(value, Fraction) else F(value.mid().str(40, radius=False))
        limit = mpmath.mpf(told.numerator) / told.denominator
        before, after = abs(points[half] - limit), abs(points[-1] - limit)
        return None if after < 1e-12 or after < before else f"the distance goes from {before} to {after}"
    if found.behaviour == "diverges":
        before, after = (max(abs(w - points[0]) for w in part) for part in (points[:half], points[half:]))
        return None if after >= before else f"the run stays within {before} of its start"
    if found.behaviour == "oscillates" and found.period:
        gap, move = abs(points[-1] - points[-1 - found.period]), abs(points[-1] - points[-2])
        return None if gap < 1e-3 and move > 1e-9 else f"gap {gap} after a period, last move {move}"
    return None


def drawn(rng: random.Random) -> tuple[str, str, Fraction, Fraction, Fraction]:
    method = rng.choice(["gd", "gd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "newton"])
    start = F(rng.randint(-30, 30), rng.choice([1, 2, 5, 10]))
    rate = F(rng.randint(1, 30), rng.choice([4, 10, 20, 100]))
    return rng.choice(list(POOL)), method, start, rate, rng.choice([F(1, 2), F(9, 10), F(1, 5)])


def contradict(seed: int, cases: int) -> int:
    rng, decided = random.Random(seed), 0
    with mpmath.workdps(40):
        for _ in range(cases):
            text, method, start, rate, beta = drawn(rng)
            options = {"beta": str(beta)} if method in ("momentum", "nesterov") else {}
            found = outcome(text, str(start), str(rate), method, options=options)
            decided += found.behaviour != "undecided"
            points = simulated(text, method, start, rate, beta, 500)
            fault = contradiction(found, points)
            assert fault is None, (text, method, start, rate, beta, found.behaviour, found.key, fault)
    return decided


def test_random_verdicts_are_not_contradicted() -> None:
    assert contradict(seed=1, cases=6) >= 3


@pytest.mark.slow  # 200 runs of 600 steps in 40 digits
def test_many_random_verdicts_are_not_contradicted() -> None:
    assert contradict(seed=2, cases=200) >= 100


def test_a_false_verdict_would_be_contradicted() -> None:
    """The oracle itself: each verdict told falsely meets its contradiction."""
    with mpmath.workdps(40):
        settling = simulated("w^4/4 - w^2/2", "gd", F(3, 2), F(1, 10), F(0), 600)
        turning = simulated("sin(w)", "gd", F(1), F(5, 2), F(0), 600)
        ringing = simulated("w^4/4 - w^2/2", "momentum", F(3, 2), F(1, 10), F(9, 10), 600)
        leaving = simulated("2w", "gd", F(1), F(1, 10), F(0), 600)
    told = Outcome("converges", (F(1),), None, "minimum", "contraction", {})
    assert contradiction(told, settling) is None
    assert contradiction(replace(told, limit=(F(2),)), settling) is not None
    assert contradiction(replace(told, behaviour="diverges"), ringing) is not None
    assert contradiction(replace(told, behaviour="oscillates", period=2), settling) is not None
    assert contradiction(replace(told, limit=(F(0),)), leaving) is not None
    assert contradiction(replace(told, behaviour="oscillates", period=3), turning) is not None


# ---- planted faults ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "start", "rate", "method", "fault"),
    [
        ("w^4/4 - w^2/2", "1/2", "0.1", "momentum", {"limit": (F(1, 2),), "nature": None}),
        ("w^4/4 - w^2/2", "1/2", "0.1", "momentum", {"nature": "maximum"}),
        ("cos(w)", "1", "0.1", "gd", {"nature": "maximum"}),
        ("x^2 + 3y^2", "1,1", "0.1", "nesterov", {"limit": (F(0), F(1)), "nature": None}),
        ("w^2", "1", "0.1", "rmsprop", {"cycle": ((F(1, 20),), (F(1, 20),))}),
    ],
)
def test_a_false_verdict_is_caught_by_its_review(
    text: str, start: str, rate: str, method: str, fault: dict[str, Any]
) -> None:
    found = answer(text, start=start, rate=rate, steps=1, method_name=method)
    assert all(check.holds is not False for check in review(found.run, found.outcome))
    wrong = replace(found.outcome, **fault)
    assert any(check.holds is False for check in review(found.run, wrong))


def test_an_energy_well_with_a_leak_is_refused() -> None:
    from solver.descent.energy import _keeps
    from solver.descent.polynomial import read_polynomial

    run = answer("w^4/4 - w^2/2", start="5/4", rate="0.02", steps=1, method_name="momentum").run
    f = read_polynomial(run.problem.expression, run.problem.variables[0])
    assert f is not None
    assert _keeps(run, f, F(9, 20), F(7, 5), F(-1, 10), F(3, 20))
    assert not _keeps(run, f, F(9, 20), F(7, 5), F(1, 10), F(7, 20))  # the level is above the ridge at 0
    assert not _keeps(run, f, F(9, 20), F(6, 5), F(-1, 20), F(1, 5))  # f is below the level at the end
    fast = replace(run, rate=F(1))
    assert not _keeps(fast, f, F(9, 20), F(7, 5), F(-1, 10), F(3, 20))  # the rate is too large for f″


def test_a_cone_that_is_not_kept_is_refused() -> None:
    """With the pure power too weak, or another one as strong, no polynomial of r says that the cone is
    kept.
    """
    from solver.descent.cone import _claims, _positive_from

    strong = [{(3, 0): F(-4), (1, 0): F(1), (0, 1): F(1)}, {(0, 1): F(1), (2, 0): F(1)}]
    bounds = [F(1), F(1)]
    assert all(_positive_from(p, F(2)) for p in _claims(strong, 0, bounds))
    assert not all(_positive_from(p, F(1, 4)) for p in _claims(strong, 0, bounds))
    for weak in ({(3, 0): F(-4), (1, 2): F(5)}, {(3, 0): F(-1, 10**6), (2, 0): F(1)}):
        assert not all(_positive_from(p, F(2)) for p in _claims([weak, strong[1]], 0, bounds))
    assert not list(_claims([{(1, 0): F(3)}, strong[1]], 0, bounds))
    rival = {(0, 3): F(8)}
    assert not all(_positive_from(p, F(2)) for p in _claims([strong[0], rival], 0, bounds))


def attracted(text: str, start: str, rate: str, method: str) -> Attraction:
    run = answer(text, start=start, rate=rate, steps=1, method_name=method).run
    found = attraction.attraction(run.system, run.start, 3000)
    assert found is not None
    return found


def holds(found: Attraction) -> bool:
    """The three claims of an attracting ball, checked again: contraction with its ratio, and the entry."""
    with ctx.workprec(256):
        centre = attraction.balls(found.centre)
        ratio = attraction._contracts(found.system, centre, found.period, found.metric, found.radius)
        run = found.system.float_run([F(1, 2)], found.index)
        inside = attraction._is_inside(found.system, [F(1, 2)], run, found.metric, centre, found.radius)
    return ratio is not None and ratio <= found.ratio < 1 and inside


FAULTS: list[tuple[str, Callable[[Attraction], Attraction]]] = [
    ("ball too wide", lambda a: replace(a, radius=a.radius * 64)),
    ("centre moved", lambda a: replace(a, centre=(a.centre[0] + 4 * a.radius, *a.centre[1:]))),
    ("ratio too small", lambda a: replace(a, ratio=a.ratio / 2)),
    ("not yet inside", lambda a: replace(a, index=2)),
    ("period doubled", lambda a: replace(a, orbit=a.orbit * 2)),
]


@pytest.mark.parametrize(("name", "fault"), FAULTS)
@pytest.mark.parametrize(
    ("text", "rate", "method"),
    [("w^4/4 - w^2/2", "0.1", "momentum"), ("e^w - 3w", "0.1", "nesterov"), ("w^2 + sin(w)", "0.1", "gd")],
)
def test_a_ball_that_does_not_contract_is_refused(
    name: str, fault: Callable[[Attraction], Attraction], text: str, rate: str, method: str
) -> None:
    found = attracted(text, "1/2", rate, method)
    assert holds(found)
    wrong = fault(found)
    if wrong.index < found.index or name != "not yet inside":
        assert not holds(wrong) or (text, name) == ("w^2 + sin(w)", "ball too wide"), name


def test_norms_are_bounded_from_above() -> None:
    """Of a rotation times 0.9 with shear: ρ = 0.9 < ‖A‖₂; the bound in the found norm lies between ρ and
    1.
    """
    from flint import arb_mat

    matrix = arb_mat([[0.9, 3], [0, 0.8]])
    plain = float(norm_bound(matrix, 12))
    # AᵀA = ((0.81, 2.7), (2.7, 9.64)): the greater root of t² − 10.45t + 0.5184
    assert plain == pytest.approx(((10.45 + (10.45**2 - 4 * 0.5184) ** 0.5) / 2) ** 0.5, rel=1e-3)
    assert float(frobenius(matrix)) > plain
    metric = contracting_metric(matrix)
    assert metric is not None
    inside = float(norm_bound(metric.matrix * matrix * metric.inverse, 12))
    assert 0.9 <= inside < 1
    assert contracting_metric(arb_mat([[1.1, 1], [0, 0.2]])) is None
    assert (
        contracting_metric(arb_mat([[arb(1)]])) is not None
    )  # symmetric: the plain norm, no claim of a contraction
