"""Why: the iterates of every method are those of PyTorch's formulas, exactly, whatever the schedule.

The oracle is a plain loop in Python's own fractions or in decimals of 60 digits, written from PyTorch's
documentation; it shares nothing with `solver.descent`.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.descent.report import answer, descend
from solver.descent.schedule import read_schedule
from solver.descent.written import written
from solver.errors import CorrigeError

F = Fraction
Vector = list[Any]


def oracle(
    method: str,
    gradient: Callable[[Vector], Vector],
    start: Vector,
    rate: Callable[[int], Any],
    steps: int,
    root: Callable[[Any], Any],
    **p: Any,
) -> list[Vector]:
    """The iterates by PyTorch's formulas, entry by entry."""
    n = len(start)
    zero = start[0] - start[0]
    w, v, s, m = list(start), [zero] * n, [zero] * n, [zero] * n
    found = [list(w)]
    for k in range(1, steps + 1):
        g, a = gradient(w), rate(k - 1)
        for i in range(n):
            if method == "gd":
                w[i] = w[i] - a * g[i]
            elif method in ("momentum", "nesterov"):
                v[i] = p["beta"] * v[i] + g[i]
                w[i] = w[i] - a * (v[i] if method == "momentum" else g[i] + p["beta"] * v[i])
            elif method == "adagrad":
                s[i] = s[i] + g[i] * g[i]
                w[i] = w[i] - a * g[i] / (root(s[i]) + p["epsilon"])
            elif method == "rmsprop":
                s[i] = p["beta2"] * s[i] + (1 - p["beta2"]) * g[i] * g[i]
                w[i] = w[i] - a * g[i] / (root(s[i]) + p["epsilon"])
            else:
                if method == "adamw":
                    w[i] = w[i] - a * p["weight_decay"] * w[i]
                m[i] = p["beta1"] * m[i] + (1 - p["beta1"]) * g[i]
                s[i] = p["beta2"] * s[i] + (1 - p["beta2"]) * g[i] * g[i]
                first, second = m[i] / (1 - p["beta1"] ** k), s[i] / (1 - p["beta2"] ** k)
                w[i] = w[i] - a * first / (root(second) + p["epsilon"])
        found.append(list(w))
    return found


def decimal_of(value: Any) -> Decimal:
    return (
        Decimal(value.numerator) / Decimal(value.denominator)
        if isinstance(value, Fraction)
        else Decimal(value)
    )


DEFAULTS: dict[str, dict[str, Fraction]] = {
    "gd": {},
    "momentum": {"beta": F(9, 10)},
    "nesterov": {"beta": F(9, 10)},
    "adagrad": {"epsilon": F(1, 10**10)},
    "rmsprop": {"beta2": F(99, 100), "epsilon": F(1, 10**8)},
    "adam": {"beta1": F(9, 10), "beta2": F(999, 1000), "epsilon": F(1, 10**8)},
    "adamw": {"beta1": F(9, 10), "beta2": F(999, 1000), "epsilon": F(1, 10**8), "weight_decay": F(1, 100)},
}


@pytest.mark.parametrize("method", DEFAULTS)
def test_defaults_and_formulas_are_those_of_pytorch(method: str) -> None:
    """(x − 1)⁴ + xy + y², twelve steps, 40 digits."""
    found = descend("(x-1)^4 + x*y + y^2", start="2,-1/2", rate="0.05", steps=12, method_name=method)
    with localcontext() as context:
        context.prec = 60
        p = {name: decimal_of(value) for name, value in DEFAULTS[method].items()}

        def gradient(w: Vector) -> Vector:
            return [4 * (w[0] - 1) ** 3 + w[1], w[0] + 2 * w[1]]

        start = [Decimal(2), Decimal("-0.5")]
        expected = oracle(method, gradient, start, lambda k: Decimal("0.05"), 12, Decimal.sqrt, **p)
        for row, point in zip(found["iterates"], expected, strict=True):
            for text, value in zip(row["point"], point, strict=True):
                told = decimal_of(F(text))
                assert abs(told - value) <= Decimal(10) ** -40 * (1 + abs(value)), (method, row["k"])


@pytest.mark.parametrize("method", ["gd", "momentum", "nesterov"])
@given(
    coefficients=st.lists(st.fractions(-3, 3, max_denominator=6), min_size=2, max_size=4),
    start=st.fractions(-3, 3, max_denominator=8),
    rate=st.fractions(0, 1, max_denominator=20),
    beta=st.fractions(0, 1, max_denominator=5),
)
@settings(max_examples=8, deadline=None)
def test_exact_iterates_are_the_fractions_of_a_plain_loop(
    method: str, coefficients: list[Fraction], start: Fraction, rate: Fraction, beta: Fraction
) -> None:
    text = " + ".join(f"({c})*w^{i + 1}" for i, c in enumerate(coefficients))
    options = {} if method == "gd" else {"beta": str(beta)}
    found = descend(text, start=str(start), rate=str(rate), steps=4, method_name=method, options=options)

    def gradient(w: Vector) -> Vector:
        return [sum(((i + 1) * c * w[0] ** i for i, c in enumerate(coefficients)), F(0))]

    expected = oracle(method, gradient, [start], lambda k: rate, 4, lambda x: x, beta=beta)
    for row, (value,) in zip(found["iterates"], expected, strict=True):
        if row["exact"]:
            assert F(row["point"][0]) == value
    assert found["iterates"][2]["exact"]


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("constant", [F(1)] * 5),
        ("step:2:1/2", [F(1), F(1), F(1, 2), F(1, 2), F(1, 4)]),
        ("exponential:0.9", [F(9, 10) ** k for k in range(5)]),
        ("1/t", [F(1, k + 1) for k in range(5)]),
        ("1/t:4", [F(4, 4 + k) for k in range(5)]),
    ],
)
def test_schedules_have_their_stated_formulas(text: str, shares: list[Fraction]) -> None:
    schedule = read_schedule(text)
    assert [schedule.share(k) for k in range(5)] == shares
    found = descend("w^2", start="1", rate="1/8", steps=5, schedule=text)
    w = F(1)
    for row, share in zip(found["iterates"][1:], shares, strict=True):
        w -= F(1, 8) * share * 2 * w
        assert F(row["point"][0]) == w
    assert read_schedule(str(schedule)) == schedule


@pytest.mark.parametrize("text", ["step:3:1/2", "exponential:0.7"])
def test_the_rest_of_a_finite_sum_is_exact(text: str) -> None:
    schedule = read_schedule(text)
    for k in (0, 1, 4, 7):
        partial = sum((schedule.share(j) for j in range(k, k + 600)), F(0))
        assert 0 <= schedule.rest(k) - partial < F(1, 10**20)


@pytest.mark.parametrize(
    "text", ["linear", "step", "step:0:0.5", "step:2:0", "step:2:1.5", "exponential", "1/t:x", "step:2:a"]
)
def test_a_schedule_that_cannot_be_read_is_one_clear_error(text: str) -> None:
    with pytest.raises(CorrigeError) as fault:
        read_schedule(text)
    assert fault.value.message


def test_newton_is_damped_by_the_rate() -> None:
    found = descend("x^4 + y^2 + x*y", start="1,1", rate="1/2", steps=1, method_name="newton")
    # ∇f = (5, 3), H = ((12, 1), (1, 2)): H⁻¹∇f = (7/23, 31/23)
    assert found["iterates"][1]["point"] == ["39/46", "15/46"]


def test_it_is_said_where_exact_fractions_end() -> None:
    found = descend("w^4", start="1", rate="1/10", steps=12)
    exact = [row["exact"] for row in found["iterates"]]
    assert found["exact_until"] >= 5
    assert exact == [k <= found["exact_until"] for k in range(13)]
    rooted = descend("w^2", start="1", rate="0.1", steps=3, method_name="adam")
    assert rooted["exact_until"] == 1


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("(1-x)^2 + 20(y-x^2)^2", {"start": "-1.2,1", "rate": "0.005"}),
        ("sin(w) + w^2/5", {"start": "1", "rate": "0.1", "method_name": "nesterov"}),
        ("e^w - w", {"start": "1", "rate": "0.1", "schedule": "1/t:10"}),
    ],
)
def test_hundreds_of_steps_have_fifty_digits(text: str, options: dict[str, Any]) -> None:
    found = descend(text, steps=600, **options)
    last = found["iterates"][-1]["point"]
    assert all(len(x.replace("-", "").replace("0.", "")) >= 45 or "e-" in x for x in last)


@pytest.mark.parametrize(
    ("text", "start", "second"),
    [
        ("|w|", "0", "0"),  # torch.abs: 0
        ("relu(w)", "0", "0"),
        ("leaky_relu(w)", "0", "-1/100"),
        ("|w-1| + w^2/4", "1", "1/2"),  # 0 for |w − 1|, 1/2 for w²/4
        ("w*|w|", "0", "0"),
    ],
)
def test_a_kink_takes_what_frameworks_take_and_says_so(text: str, start: str, second: str) -> None:
    found = descend(text, start=start, rate="1", steps=1)
    assert found["iterates"][1]["point"] == [second]
    assert (0 in found["kinks"]) == (text != "w*|w|")


@pytest.mark.parametrize(
    ("text", "start", "method"),
    [("θ^2 + θ", "1", name) for name in (*DEFAULTS, "newton")]
    + [("x_1^2 + φ^4 + φ x_1", "1,2", "momentum"), ("|θ|", "1", "gd"), ("x^2 + y^4", "1,1", "gd")],
)
def test_every_form_is_whole(text: str, start: str, method: str) -> None:
    """No macro is left in a terminal, no brace is left open in LaTeX, every form has the verdict and its
    proof.
    """
    found = answer(text, start=start, rate="0.01", steps=2, method_name=method)
    for lang in ("en", "fr"):
        assert not set(written(found, "text", lang)) & set("\\{}$")
        for to in ("latex", "markdown"):
            told = written(found, to, lang)
            assert told.count("{") == told.count("}")
            assert told.count("$") % 2 == 0
            assert "\t" not in told
            assert "Verdict" in told
            assert any(word in told for word in ("Proof", "Reason", "Preuve", "Raison"))
