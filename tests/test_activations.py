"""What the corrigé says about activations must be true for the function at hand, not for the sigmoid of the
first sheet: facts of the three kinds, options, single precision against the machine, sentences read one by
one."""

from __future__ import annotations

import math
import re
import struct
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.analysis.study import study
from solver.document.nodes import Box
from solver.errors import CorrigeError, SheetError, Span
from solver.figures.codec import unknown_terms
from solver.questions.activations import ActivationsFacts
from solver.questions.base import Facts, Scope, read_request
from solver.questions.float32 import rounded, simulated_depth, underflow
from solver.questions.kinks import KinksFacts
from solver.questions.options import some_of
from solver.questions.subjects import ASKED, read_intervals, read_subject
from solver.questions.vanishing import VanishingFacts
from solver.resources import terms
from solver.sheet.model import Given, OptionText
from solver.wording import Wording

FLOATS = {
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "tanh": math.tanh,
    "softsign": lambda x: x / (1 + abs(x)),
    "relu": lambda x: max(0.0, x),
    "hard_sigmoid": lambda x: min(1.0, max(0.0, x / 6 + 0.5)),
}
ALL = (
    "sigmoid", "tanh", "relu", "leaky_relu(0.1)", "elu", "selu", "softplus", "softsign", "silu", "gelu",
    "hard_sigmoid", "relu6", "identity", "atan", "sin", "exp", "abs", "x^2", "1/(1 + x^2)",
)  # fmt: skip


def asked(kind: str, scope: Scope | None = None, **options: str) -> tuple[Facts, str]:
    """The facts and the French Markdown of a request; every check holds and the Markdown can be read."""
    scope = scope or Scope()
    texts = {k: OptionText(v, Span(1, 1)) for k, v in options.items()}
    request = read_request(kind, texts, scope)
    facts = request.solve(scope)
    assert [c for c in facts.checks if c.holds is not True] == []
    wording = Wording("fr", "full")
    text = wording.markdown(f"kinds/{kind}.md.j2", facts=facts, request=request, label="q")
    blocks, _ = wording.answer(kind, facts, request, "q")
    assert all(isinstance(block, Box) for block in blocks)
    assert [b.kind for b in blocks if isinstance(b, Box)][:2] == ["result", "justification"]
    for spec in facts.figures().values():
        assert unknown_terms(spec, terms("fr")) == ()
    return facts, text


# ---- every function, every kind: no crash, no false check, no stray template --------------------


@pytest.mark.parametrize("name", ALL)
def test_each_kind_words_each_function(name: str) -> None:
    for kind, options in (
        ("activations", {"functions": name}),
        ("vanishing", {"function": name, "depth": "K", "near": "a = 0"}),
        ("vanishing", {"function": name, "depth": "12", "local": "1/50"}),
        ("kinks", {"function": name}),
    ):
        _, text = asked(kind, **options)
        assert "None" not in text
        assert "{{" not in text.replace("{{-", "")
        assert not re.search(r"\n\s*\n[^$]*\\end\{aligned\}", text.split("```")[0])
        for display in re.findall(r"\$\$(.*?)\$\$", text, flags=re.S):
            assert "\n\n" not in display


ODD_ONES = (
    "x^3", "x^4 - x^2", "exp(-x^2)", "ln(x)", "1/x", "|x| sin(x)", "max(x, x^2)", "x^2 sigmoid(x)", "x - x",
    "max(0, min(x, 1))", "|tanh(x)|", "tanh(exp(x))", "cbrt(x)", "x/(1 + x^2)", "relu(x)^2", "sign(x)",
)  # fmt: skip


@pytest.mark.parametrize("text", ODD_ONES)
def test_functions_that_no_network_uses(text: str) -> None:
    """Poles, oscillations, jumps: what is not proved is said to be so, nothing false passes unseen."""
    for kind in ("activations", "kinks"):
        _, words = asked(kind, **{"functions" if kind == "activations" else "function": text})
        assert "None" not in words
    asked("vanishing", function=text, depth="K", near="a = 0")
    asked("vanishing", function=text, depth="5", local="0.3")


# ---- activations ------------------------------------------------------------------------------


def test_the_three_of_the_first_sheet() -> None:
    facts, text = asked("activations", functions="sigmoid, tanh, relu", claimed="[0, 1], [-1, 1], [0, +oo[")
    assert isinstance(facts, ActivationsFacts)
    assert [f.image for f in facts.functions] == [
        r"\left]0, 1\right[", r"\left]-1, 1\right[", r"\left[0, +\infty\right["
    ]  # fmt: skip
    verdicts = [[e.verdict for e in f.claim.ends] for f in facts.functions if f.claim]
    assert verdicts == [["too_closed", "too_closed"], ["too_closed", "too_closed"], ["same", "same"]]
    assert r"\sigma(x)(1 - \sigma(x))" in text
    assert r"1 - \sigma(x) \sim e^{-x}" in text
    assert r"\frac{1}{4} - \left(\sigma - \frac{1}{2}\right)^2" in text
    assert "4^{-K}" in text
    assert "c'est exactement l'image de $\\operatorname{ReLU}$" in text


@pytest.mark.parametrize(
    ("claimed", "verdicts"),
    [
        ("]0, 1[", ["same", "same"]),
        ("[0, 1[", ["too_closed", "same"]),
        ("]-1, 1[", ["wider", "same"]),
        ("]0, 1/2]", ["same", "narrower"]),
        ("]0, +oo[", ["same", "wider"]),
    ],
)
def test_claimed_ranges_of_the_sigmoid(claimed: str, verdicts: list[str]) -> None:
    facts, _ = asked("activations", functions="sigmoid", claimed=claimed)
    assert isinstance(facts, ActivationsFacts)
    claim = facts.functions[0].claim
    assert claim is not None
    assert [e.verdict for e in claim.ends] == verdicts


def test_only_what_is_asked_is_answered() -> None:
    _, text = asked("activations", functions="sigmoid", ask="image")
    assert "| Image |" in text
    assert "Dérivée |" not in text
    assert "rétropropagation" not in text
    _, text = asked("activations", functions="sigmoid", ask="saturation")
    assert "| Image |" not in text
    assert "rétropropagation" in text


def test_a_given_function_by_its_name() -> None:
    from solver.expression.reader import read_expression
    from solver.expression.tree import Symbol

    given_f = Given("f", (Symbol("t"),), read_expression("3*tanh(2t)"), "3*tanh(2t)", Span(1, 1))
    facts, text = asked("activations", Scope(givens={"f": given_f}), functions="f")
    assert isinstance(facts, ActivationsFacts)
    assert facts.functions[0].image == r"\left]-3, 3\right["
    assert facts.functions[0].study.steepest is not None
    assert facts.functions[0].study.steepest.value.rational == 6
    assert "f(t)" in text


@pytest.mark.parametrize(
    ("reader", "text", "message"),
    [
        (read_subject, "sigmoide", "no function named"),
        (read_subject, "relu(1)", "parameter"),
        (read_subject, "3", "function of one variable"),
        (read_subject, "x*y", "one variable"),
        (some_of(ASKED).read, "image, derivatives", "cannot be asked"),
        (read_intervals, "[0, 1", "interval"),
        (read_intervals, "0..1", "interval"),
    ],
)
def test_wrong_options_are_refused(reader: object, text: str, message: str) -> None:
    with pytest.raises(SheetError, match=message):
        reader(text, Scope())  # type: ignore[operator]


def test_claims_go_one_to_one_with_functions() -> None:
    with pytest.raises(SheetError, match="2 functions but 1"):
        asked("activations", functions="sigmoid, tanh", claimed="[0, 1]")


# ---- vanishing --------------------------------------------------------------------------------


def vanishing(**options: str) -> tuple[VanishingFacts, str]:
    facts, text = asked("vanishing", **options)
    assert isinstance(facts, VanishingFacts)
    return facts, text


def test_small_activation_of_the_sigmoid_is_saturation() -> None:
    facts, text = vanishing(function="sigmoid", depth="K", near="a = 0")
    assert (facts.small.constant, facts.small.slope, facts.small.error) == (0, 1, -1)
    assert [d for d, _ in facts.small.directions] == [-1]
    assert r"\sigma'(z) = a(1 - a) \approx a \to 0" in text
    assert "erreur d'exactement $a^2$" in text
    assert r"en $z = 0$, l'activation vaut $\frac{1}{2}$" in text


def test_small_activation_of_tanh_is_not() -> None:
    facts, text = vanishing(function="tanh", depth="K", near="a = 0")
    assert facts.small.vanishes is False
    assert "n'est donc *pas* le signe d'une saturation" in text
    assert "petite activation et petite pré-activation coïncident" in text
    assert "presque nulle" not in text


def test_small_activation_of_relu_depends_on_the_side() -> None:
    _, text = vanishing(function="relu", depth="K", near="a = 0")
    assert "la dérivée y est exactement nulle" in text
    assert "la dérivée saute à $1$" in text


def test_product_of_local_derivatives() -> None:
    facts, text = vanishing(function="sigmoid", depth="K", local="10^-3")
    assert facts.local_underflow is not None
    assert facts.bound_underflow is not None
    assert (facts.local_underflow.exact_depth, facts.bound_underflow.exact_depth) == (16, 75)
    assert "10^{-3K}" in text
    assert "$|w| \\geq 4$" in text
    assert "$|w| = 1000$" in text
    facts, text = vanishing(function="sigmoid", depth="7", local="10^-3")
    assert facts.rows[-1].local == Fraction(1, 10**21)


@pytest.mark.parametrize(
    ("function", "local", "phrase"),
    [
        ("sigmoid", "1/2", r"ne dépasse pas"),
        ("softplus", "1", "reste strictement inférieure à"),
        ("sigmoid", "0", "strictement supérieure à $0$"),
        ("relu", "0", "arrêté net"),
        ("relu", "1/100", "ne prend que les valeurs $0$ et $1$"),
        ("leaky_relu(0.1)", "1/100", "ne prend que les valeurs $0.1$ et $1$"),
        ("relu", "1", "laissent le gradient intact"),
        ("exp", "3", "explosion"),
    ],
)
def test_truth_of_another_kind(function: str, local: str, phrase: str) -> None:
    facts, text = vanishing(function=function, depth="K", local=local)
    assert phrase in text
    impossible = function in ("sigmoid", "softplus") or local == "1/100"
    assert facts.local_possible is not impossible
    if impossible:
        assert "divise le gradient" not in text
        assert "là où la dérivée vaut" not in text


def test_one_power_where_the_local_derivative_is_the_bound() -> None:
    _, text = vanishing(function="sigmoid", depth="K", local="1/4")
    assert text.count("à partir de") == 1
    assert "au mieux" not in text


def test_no_power_of_an_unnamed_depth_and_no_weakening_by_slopes_of_size_one() -> None:
    _, text = vanishing(function="hard_sigmoid", depth="3")
    assert "$3$ dérivées ne dépasse pas $6^{-K}$" not in text
    for name in ("abs", "identity"):
        _, text = vanishing(function=name, depth="K")
        assert "la même taille, $1$" in text
        assert "affaiblit parfois" not in text


def test_a_negative_size_is_refused_at_its_place() -> None:
    with pytest.raises(CorrigeError) as caught:
        vanishing(function="sigmoid", depth="K", local="-1")
    assert "at least 0" in str(caught.value)


def test_exact_products_and_a_single_layer() -> None:
    _, text = vanishing(function="sigmoid", depth="12", local="0.01")
    assert "= 10^{-24}" in text
    _, text = vanishing(function="sigmoid", depth="2", local="0.2")
    assert r"\left(0.2\right)^{2} = 0.04" in text
    _, text = vanishing(function="sigmoid", depth="1", local="0.2")
    assert "facteurs" not in text
    _, text = vanishing(function="exp", depth="12", local="3")
    assert "(3" not in text
    _, text = vanishing(function="leaky_relu(0.1)", depth="12")
    assert "= 10^{-12}" in text
    assert "sur une demi-droite" not in text


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(sorted(FLOATS)),
    st.lists(st.floats(-8, 8), min_size=1, max_size=30),
)
def test_no_chain_of_units_beats_the_bound(function: str, zs: list[float]) -> None:
    """Products of derivatives along random chains, by chords of plain floats, stay below sup |f′|^K."""
    f, s = FLOATS[function], study(read_subject(function, Scope()))
    assert s.steepest is not None
    product = 1.0
    for z in zs:
        product *= abs(f(z + 1e-6) - f(z - 1e-6)) / 2e-6
    assert product <= float(s.steepest.value) ** len(zs) * (1 + 1e-7) ** len(zs) + 1e-12


# ---- single precision -------------------------------------------------------------------------


@given(st.fractions(0, 10**39))
def test_rounding_is_that_of_the_machine(value: Fraction) -> None:
    """Against struct, which rounds a double to a float; values are made doubles first: it rounds once."""
    exact = Fraction(float(value))
    try:
        machine: Fraction | None = Fraction(struct.unpack("f", struct.pack("f", float(value)))[0])
    except OverflowError:
        machine = None
    assert rounded(exact) == machine


@given(st.integers(-160, -100), st.integers(1, 2**25))
def test_rounding_of_subnormals(power: int, mantissa: int) -> None:
    value = Fraction(mantissa) * Fraction(2) ** power
    assert rounded(value) == Fraction(struct.unpack("f", struct.pack("f", float(value)))[0])


@pytest.mark.parametrize(
    ("factor", "exact", "running"),
    [
        (Fraction(1, 1000), 16, 16),
        (Fraction(1, 4), 75, 75),
        (Fraction(1, 2), 150, 150),
        (Fraction(3, 5), 204, None),
    ],
)
def test_where_single_precision_gives_up(factor: Fraction, exact: int, running: int | None) -> None:
    found = underflow(factor)
    assert found is not None
    assert (found.exact_depth, found.running_depth) == (exact, running)
    assert simulated_depth(factor) == running
    assert (found.stuck is None) == (running is not None)


@settings(max_examples=40, deadline=None)
@given(st.fractions(Fraction(1, 10**6), Fraction(99, 100), max_denominator=10**6))
def test_depths_of_any_factor(factor: Fraction) -> None:
    found = underflow(factor)
    assert found is not None
    level = Fraction(1, 2**150)
    assert factor**found.exact_depth <= level < factor ** (found.exact_depth - 1)
    assert simulated_depth(factor) == found.running_depth


def test_factors_that_do_not_vanish() -> None:
    assert underflow(Fraction(1)) is None
    assert underflow(Fraction(3, 2)) is None
    near = underflow(Fraction(999999, 10**6))
    assert near is not None
    assert near.exact_depth > 10**8 - 10**7 * 5


# ---- kinks ------------------------------------------------------------------------------------


def kinks(name: str) -> tuple[KinksFacts, str]:
    facts, text = asked("kinks", function=name)
    assert isinstance(facts, KinksFacts)
    return facts, text


def test_relu() -> None:
    facts, text = kinks("relu")
    assert [v.rational for v in facts.values or ()] == [0, 1]
    assert [(k.corner.at, k.low.rational, k.high.rational, k.convex) for k in facts.kinks] == [
        (0, 0, 1, True)
    ]
    assert "vaut exactement $1$" in text
    assert "*mort*" in text
    assert "en général $0$" in text
    assert {r.key for r in facts.remedies} == {"leaky_relu", "elu", "softplus"}


@pytest.mark.parametrize(
    ("name", "count", "dead", "phrase"),
    [
        ("leaky_relu(0.1)", 1, False, "il n'y a pas de neurone mort"),
        ("elu", 0, False, "dérivable partout"),
        ("sigmoid", 0, False, "dérivable partout"),
        ("abs", 1, False, "il n'y a pas de neurone mort"),
        ("hard_sigmoid", 2, True, "*mort*"),
        ("relu6", 2, True, "Clarke"),
        ("selu", 1, False, "Clarke"),
        ("hard_swish", 2, True, "*mort*"),
    ],
)
def test_other_kinks(name: str, count: int, dead: bool, phrase: str) -> None:
    facts, text = kinks(name)
    assert len(facts.kinks) == count
    assert bool(facts.flat) is dead
    assert ("*mort*" in text) is dead
    assert phrase in text


def test_numbers_are_printed_as_the_sheet_writes_them() -> None:
    for name in ("leaky_relu(0.1)", "leaky_relu"):
        _, text = kinks(name)
        assert "\\frac" not in text.split("```{beyond}")[0]
    facts, text = kinks("Piecewise((x/4, x < 0), (x, True))")
    assert [v.rational for v in facts.values or ()] == [Fraction(1, 4), 1]
    assert "\\frac{1}{4}" in text


def test_elu_with_another_alpha_has_a_kink() -> None:
    facts, text = kinks("elu(2)")
    assert [(k.low.rational, k.high.rational, k.convex) for k in facts.kinks] == [(1, 2, False)]
    assert "dérivable partout" not in text


def test_a_jump_is_no_kink() -> None:
    facts, _ = kinks("Piecewise((0, x < 0), (1, True))")
    assert not facts.kinks
    assert [c.at for c in facts.jumps] == [0]


@settings(max_examples=20, deadline=None)
@given(st.fractions(-2, 2, max_denominator=6), st.fractions(-3, 3, max_denominator=4))
def test_slopes_at_a_kink_by_chords(slope: Fraction, at: Fraction) -> None:
    """f(x) = s x before `at`, x + c after: one-sided chords in exact rationals."""
    text = f"Piecewise((({slope}) x, x < ({at})), (x + ({(slope - 1) * at}), True))"
    facts, _ = kinks(text)
    if slope == 1:
        assert not facts.kinks
        return
    (kink,) = facts.kinks
    assert (kink.corner.left.rational, kink.corner.right.rational) == (slope, 1)
    assert kink.convex is (slope < 1)
    assert kink.holds_zero is (slope <= 0)


@pytest.mark.parametrize("name", ["relu", "relu6", "hard_tanh", "elu", "silu"])
def test_a_comparison_is_made_only_with_what_came_before(name):
    facts, text = asked("kinks", function=name)
    assert "pas le même" not in text
    assert "à travers $K$ couches" in text
    before, _ = asked("vanishing", function="sigmoid", depth="K", local="10^-3")
    facts, text = asked("kinks", Scope(facts={"q1.v": before}), function=name)
    assert facts.compared == r"\sigma"
    assert ("pas le même que pour $\\sigma$" in text) == bool(facts.unit and facts.flat)
    same, _ = asked("kinks", Scope(facts={"q1.v": before}), function="sigmoid")
    assert same.compared is None
