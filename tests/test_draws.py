"""Variants: the stream is ours and never changes, values are as likely as each other, conditions hold."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.assembly import Options
from solver.errors import CorrigeError, SheetError
from solver.expression.evaluate import exact_value
from solver.expression.latex import latex
from solver.expression.reader import read_expression
from solver.expression.settle import put
from solver.expression.tree import Negative, Number, Product, walk
from solver.pipeline import build
from solver.sheet.chance import below
from solver.sheet.model import Sheet
from solver.sheet.reader import read_sheet
from solver.solving import read_variant, solve

FRONT = "---\ntitle: Essai\nlang: fr\n---\n\n"


def sheet(draws: str, rest: str = "", seed: int = 1) -> Sheet:
    return read_sheet(f"{FRONT}```{{draw}}\n{draws}\n```\n\n{rest}", "sheet.md", seed=seed)


def values(draws: str, seed: int = 1) -> dict[str, Fraction]:
    variant = sheet(draws, seed=seed).variant
    assert variant is not None
    return dict(variant.values)


def test_the_stream_never_changes() -> None:
    """Written down once: an exercise of last year must come out the same next year."""
    assert [below(1000, 7, 0, "a", k) for k in range(8)] == [642, 440, 888, 859, 561, 792, 733, 810]
    assert [below(6, seed, 0, "n") for seed in range(12)] == [2, 0, 1, 3, 4, 2, 4, 4, 1, 5, 5, 4]


def test_keys_are_not_glued_together() -> None:
    assert below(2**64, "a", "bc") != below(2**64, "ab", "c")
    assert below(2**64, 1, 23) != below(2**64, 12, 3)


def test_each_value_is_as_likely() -> None:
    counts = Counter(below(6, seed, 0, "n") for seed in range(6000))
    assert set(counts) == set(range(6))
    assert sum((n - 1000) ** 2 / 1000 for n in counts.values()) < 20  # chi-square, 5 degrees: p < 0.002


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("n in {1, 2, 5}", {1, 2, 5}),
        ("n in 2..6 except 3", {2, 4, 5, 6}),
        ("n in 2..6 except {3, 4}", {2, 5, 6}),
        ("n in -1..1 step 1/2 except 0", {-1, Fraction(-1, 2), Fraction(1, 2), 1}),
        ("n in {0.05, 1e-3}", {Fraction(1, 20), Fraction(1, 1000)}),
        ("n in {3}", {3}),
    ],
)
def test_what_may_be_drawn(line: str, allowed: set[Fraction]) -> None:
    assert {values(line, seed)["n"] for seed in range(80)} == {Fraction(v) for v in allowed}


def test_a_value_that_follows() -> None:
    for seed in range(20):
        found = values("a in 1..9\nb = 2a + 1\nc = a/b", seed)
        assert found["b"] == 2 * found["a"] + 1
        assert found["c"] == found["a"] / found["b"]


def test_a_line_more_changes_no_other() -> None:
    for seed in range(20):
        assert values("a in 1..99", seed)["a"] == values("z in 1..7\na in 1..99\nb in 1..3", seed)["a"]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("a != b", lambda a, b: a != b),
        ("a < b", lambda a, b: a < b),
        ("a + b >= 9", lambda a, b: a + b >= 9),
        ("is_integer(a/b)", lambda a, b: a % b == 0),
        ("denominator(a/b) <= 3", lambda a, b: Fraction(a, b).denominator <= 3),
        ("numerator(a/b) == 2", lambda a, b: Fraction(a, b).numerator == 2),
    ],
)
def test_conditions_on_drawn_values(condition: str, holds: object) -> None:
    for seed in range(30):
        found = values(f"a in 1..9\nb in 1..9\nrequire {condition}", seed)
        assert holds(int(found["a"]), int(found["b"]))  # type: ignore[operator]  # a row's own function


DESCENT = """
```{given}
f(w) = a w^2 - 4w
```

## Question 1 {#q1}

1. Itérer depuis {{ a }}.

   ```{solve} descent
   :of: f
   :start: 5
   :rate: 1/4
   ```
"""


@pytest.mark.parametrize("path", ["q1.descent.verdict.behaviour", "descent.verdict.behaviour"])
@pytest.mark.parametrize("wanted", ["converges", "diverges", "oscillates"])
def test_conditions_on_facts(path: str, wanted: str) -> None:
    """With f = a w² − 4w and a rate of 1/4 the factor is 1 − a/2: convergence for 0 < a < 4, a cycle at 4."""
    text = f'{FRONT}```{{draw}}\na in 1..6\nrequire {path} == "{wanted}"\n```\n{DESCENT}'
    for seed in range(6):
        made = read_variant(text, "sheet.md", seed)
        assert made.variant is not None
        a = made.variant.values["a"]
        assert {"converges": a < 4, "oscillates": a == 4, "diverges": a > 4}[wanted]
        assert solve(made).facts["q1.descent"].public()["behaviour"] == wanted


def test_conditions_that_no_draw_meets() -> None:
    with pytest.raises(SheetError, match="no draw meets “require a > b”") as unmet:
        sheet("a in 1..3\nb in 4..6\nrequire a > b")
    assert "Tried: a = " in (unmet.value.hint or "")
    draws = 'a in {1, 2}\nrequire descent.verdict.behaviour == "diverges"'
    text = f"{FRONT}```{{draw}}\n{draws}\n```\n{DESCENT}"
    with pytest.raises(SheetError, match="no draw meets") as unmet:
        read_variant(text, "sheet.md")
    assert unmet.value.span is not None
    assert unmet.value.span.line == 8


@pytest.mark.parametrize(
    ("draws", "message"),
    [
        ("a in [1, 2]", "values such as"),
        ("a in 5..1", "goes up"),
        ("a in 1..2 step 0", "goes up"),
        ("a in 0..1 step 1e-9", "at most"),
        ("a in {1} except 1", "no value is left"),
        ("a in {x}", "an exact number is expected"),
        ("2 in {1}", "the name of a value"),
        ("b = a", "“a” is not drawn before “b”"),
        ("f(x) = x", "stands in {given}"),
        ("a in {1}\na in {2}", "already"),
        ("a in {1}\nrequire a = 1", "compares by “==”"),
        ("a in {1}\nrequire a < 1 < 2", "one relation a line"),
        ("a in {1}\nrequire a", "a condition such as"),
        ("a in {1}\nrequire b == 1", "“b” is not drawn"),
        ('a in {1}\nrequire a == "one"', "they are not compared"),
        ("a in {0}\nb = 1/a", "no exact value"),
    ],
)
def test_wrong_lines_are_told_at_their_place(draws: str, message: str) -> None:
    with pytest.raises(CorrigeError, match=message) as fault:
        sheet(draws)
    assert fault.value.span is not None
    assert fault.value.span.line >= 7


def test_functions_and_networks_hold_the_values() -> None:
    made = sheet(
        "a in {1}\nb in {-3}\nc in {0}",
        "```{given}\nf(w) = a w^2 + b w + c\ng(a) = a^2 + b\n```\n\n"
        "```{network} mlp\n:layers: 1, 1\n:activations: identity\n:loss: squared\n:weights: [[[2b]]]\n```\n",
    )
    assert latex(made.givens["f"].expression) == "w^{2} - 3w"
    assert latex(made.givens["g"].expression) == "a^{2} - 3"
    assert made.networks["mlp"].options["weights"].text == "[[[-6]]]"


TEXTS = ("a x + b", "a x^b - c/a", "(a + b) x/(c x^2 + 1) - a", "-a (b x + c)^2 + c", "a - b - c + x", "x^a")


@given(
    st.sampled_from(TEXTS),
    st.dictionaries(st.sampled_from("abc"), st.fractions(-3, 3, max_denominator=4), min_size=3),
)
def test_values_put_in_are_written_as_by_hand(text: str, drawn: dict[str, Fraction]) -> None:
    """The same value as the expression with its names, and no 1·x, +0, or sign inside a product."""
    expression = read_expression(text)
    found = put(expression, drawn)
    try:
        before = exact_value(expression, {**drawn, "x": Fraction(7, 5)})
        after = exact_value(found, {"x": Fraction(7, 5)})
    except (CorrigeError, ZeroDivisionError):
        return
    if before is not None and after is not None:
        assert before == after
    for node in walk(found):
        if isinstance(node, Product):
            assert not any(isinstance(f, Negative) for f in node.factors)
            assert not any(isinstance(f, Number) and f.value in (0, 1) for f in node.factors)


def test_the_variant_is_printed(tmp_path: Path) -> None:
    file = tmp_path / "td.md"
    file.write_text(f"{FRONT}```{{draw}}\na in 1..3\n```\n{DESCENT}", "utf-8")
    options = Options(formats=("markdown",), seed=12, name="Ada [Lovelace]", figures=False)
    build(file, tmp_path / "out", options)
    text = (tmp_path / "out" / "td" / "corrige.md").read_text("utf-8")
    assert "variante 12 · Ada \\[Lovelace\\]" in text
