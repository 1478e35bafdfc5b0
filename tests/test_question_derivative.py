"""The kind `derivative`: its facts, its refusals, and a wording that names every rule and misses no value."""

from __future__ import annotations

from fractions import Fraction

import pytest

from solver.derivation.engine import derive
from solver.derivation.equality import Equality
from solver.differentiation.answer import Value
from solver.errors import SheetError, Span
from solver.expression.latex import latex
from solver.expression.reader import read_expression
from solver.expression.settle import written
from solver.expression.tree import Symbol, number
from solver.questions.base import Scope, read_request
from solver.questions.derivative import DerivativeFacts
from solver.questions.point_values import confirmed, implicit_value
from solver.sheet.model import OptionText
from solver.wording import Wording, environment

SPAN = Span(1, 1)


def answer(**options: str) -> DerivativeFacts:
    texts = {name: OptionText(text, SPAN) for name, text in options.items()}
    facts = read_request("derivative", texts, Scope()).solve(Scope())
    assert isinstance(facts, DerivativeFacts)
    return facts


def test_value_and_tangent_are_exact() -> None:
    facts = answer(of="w^2 - 4w", at="5", tangent="yes")
    assert latex(facts.last[0].result) == "2w - 4"
    assert facts.values[0].exact == Fraction(6)
    assert facts.tangent is not None
    assert latex(facts.tangent.line) == "6w - 25"
    assert all(check.holds for check in facts.checks)
    assert facts.public()["value"] == 6


@pytest.mark.parametrize(
    ("of", "french", "english"),
    [
        ("ln(x + sqrt(x^2 + 1))", r"Comme $f(0) = 0 = \operatorname{arsinh}(0)$, "
         r"on a $f(x) = \operatorname{arsinh}(x)$ sur $\mathbb{R}$.",
         r"Since $f(0) = 0 = \operatorname{arsinh}(0)$, we have"),
        ("ln((1 + x)/(1 - x))/2", "sur tout le domaine.", "on the whole domain."),
        ("5 + ln(x + sqrt(x^2 + 1))", r"Comme $f(0) = 5$ et $\operatorname{arsinh}(0) = 0$, on a",
         r"Since $f(0) = 5$ and $\operatorname{arsinh}(0) = 0$, we have"),
        ("ln(1 + e^x)", "en multipliant le numérateur et le dénominateur par $e^{-x}$.",
         "multiplying numerator and denominator by $e^{-x}$."),
    ],
)  # fmt: skip
def test_what_is_recognised_is_argued(of: str, french: str, english: str) -> None:
    facts = answer(of=of)
    for lang, said in (("fr", french), ("en", english)):
        assert said in Wording(lang, detail="full").markdown(
            "kinds/derivative.md.j2", facts=facts, request=None, label="q1.x"
        )


def test_irrational_values_stay_exact_forms() -> None:
    facts = answer(of="e^x", tangent="1")
    assert facts.values[0].exact is None
    assert latex(facts.values[0].substitution) == "e"
    assert facts.tangent is not None
    assert latex(facts.tangent.line) == "e(x - 1) + e"


def test_successive_orders_and_names() -> None:
    facts = answer(of="x^5", order="4")
    assert [p.name for p in facts.partials] == ["f'(x)", "f''(x)", "f'''(x)", "f^{(4)}(x)"]
    assert latex(facts.last[0].result) == "120x"


def test_several_variables() -> None:
    facts = answer(of="(w_1 x + w_2 y)^2", wrt="w_1, w_2")
    assert [p.name for p in facts.last] == [
        r"\frac{\partial f}{\partial w_{1}}",
        r"\frac{\partial f}{\partial w_{2}}",
    ]


@pytest.mark.parametrize(
    ("options", "piece"),
    [
        ({"of": "a x^2"}, "several variables"),
        ({"of": "x^2", "wrt": "y"}, "does not depend"),
        ({"of": "x^2", "order": "0"}, "order"),
        ({"of": "x^2", "tangent": "yes"}, "abscissa"),
        ({"of": "x^2", "wrt": "2"}, "name of a variable"),
        ({}, "of"),
    ],
)
def test_refused(options: dict[str, str], piece: str) -> None:
    with pytest.raises(SheetError) as caught:
        answer(**options)
    assert piece in caught.value.report()


@pytest.mark.parametrize(
    "text",
    [
        "5", "x", "x^3 + sin(x)", "x^2 + 5", "x^5 sin(x)", "(x^2+1)^3", "e^(x^2)", "2^(3x)", "x^x",
        "2/(x^2+1)", "x/(x^2+1)", "ln|x^2-2|", "max(x^2, x)", "min(x, 1)",
        "Piecewise((x, x < 1), (x^2, True))", "sin(x)^2", "root(x^2+1, 5)", "tanh(2x-1)",
        "x x x sin(x)", "3x(x+2)", "relu(2x)",
    ],
)  # fmt: skip
def test_every_rule_has_its_line_in_the_wording(text: str) -> None:
    derivation = derive(read_expression(text), Symbol("x"))
    macros = environment("fr").get_template("macros.md.j2").make_module({"lang": "fr"})
    written = macros.steps(derivation, "F'(x)")  # type: ignore[attr-defined]
    assert latex(derivation.result) in written
    for step in derivation.steps:
        assert latex(step.after) in written
    assert Wording("fr").blocks("```{justification}\n" + written + "\n```")


# of, options: the result, its value at the point, the line of the tangent, in LaTeX
LEVEL_WITH_DERIVE = [
    ("x^2 + y^2 = 1", {"implicit": "y", "at": "x = 3/5, y = 4/5", "tangent": "yes"},
     r"-\frac{x}{y}", r"-\frac{3}{4}", r"-\frac{3}{4} x + \frac{5}{4}"),
    ("x^3 + y^3 = 6 x y", {"implicit": "y", "at": "3, 3", "tangent": "yes"}, None, "-1", "-x + 6"),
    ("arctan(x)", {"tangent": "1"}, r"\frac{1}{1 + x^{2}}", r"\frac{1}{2}",
     r"\frac{1}{2}(x - 1) + \frac{\pi}{4}"),
    ("sin(x)", {"tangent": "pi"}, r"\cos(x)", "-1", r"-(x - \pi)"),
    ("x f(x^2)", {}, r"f(x^{2}) + 2x^{2} f'(x^{2})", None, None),
    ("arcsin(x)", {"at": "1/2"}, None, r"\frac{2\sqrt{3}}{3}", None),
    ("cosh(x)", {"tangent": "0"}, r"\sinh(x)", "0", "1"),
    ("sqrt(x)", {"at": "1/4"}, r"\frac{1}{2\sqrt{x}}", "1", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "options", "result", "value", "line"), LEVEL_WITH_DERIVE)
def test_level_with_derive(
    text: str, options: dict[str, str], result: str | None, value: str | None, line: str | None
) -> None:
    facts = answer(of=text, **options)
    assert all(check.holds for check in facts.checks)
    if result is not None:
        assert latex(facts.last[0].result) == result
    if value is not None:
        assert [latex(v.substitution) for v in facts.values if v.substitution] == [value]
    assert (None if facts.tangent is None else latex(facts.tangent.line)) == line
    for lang in ("fr", "en"):
        request = read_request("derivative", {"of": OptionText(text, SPAN)} | {
            k: OptionText(v, SPAN) for k, v in options.items()}, Scope())  # fmt: skip
        shown = Wording(lang).markdown("kinds/derivative.md.j2", facts=facts, request=request, label="q1.d")
        assert Wording(lang).blocks(shown)
        assert latex(facts.last[0].result) in shown


def test_a_kink_is_told_with_what_frameworks_take() -> None:
    facts = answer(of="relu(2x - 3)", at="3/2")
    told = facts.values[0].told
    assert (told.exact, told.slopes, told.taken) == (None, ("0", "2"), "0")
    shown = Wording("en").markdown("kinds/derivative.md.j2", facts=facts, request=None, label="q1.d")
    assert shown.count("slope $0$ on the left, $2$ on the right") == 2
    assert "Domain: all real values" in shown
    assert "Domaine" not in shown


def test_where_a_polynomial_has_a_derivative_is_told() -> None:
    facts = answer(of="x^3 - x")
    text = Wording("en").markdown("kinds/derivative.md.j2", facts=facts, request=None, label="d")
    assert r"defined and differentiable on $\mathbb{R}$." in text


@pytest.mark.parametrize(
    ("options", "piece"),
    [
        ({"of": "x^2 + y^2 = 1"}, ":implicit: y"),
        ({"of": "x^2 + y^2 = 1", "implicit": "z"}, "which one depends"),
        ({"of": "x^2", "implicit": "y"}, "equation"),
        ({"of": "x^2 + y^2 = 1", "implicit": "y", "at": "x = 1, y = 1"}, "not on the curve"),
        ({"of": "x^2 + y^2 = 1", "implicit": "y", "order": "2"}, "first order"),
        ({"of": "x^2 + y^2 = 1", "implicit": "y", "at": "x = 1, y = 0", "tangent": "yes"}, "tangent"),
        ({"of": "|x|", "tangent": "0"}, "no derivative at 0"),
        ({"of": "x^2 y", "wrt": "x", "at": "2"}, "1 value(s)"),
        ({"of": "x^2", "at": "y = 2"}, "names “y”"),
        ({"of": "x^2", "at": "x = a"}, "has no value"),
        ({"of": "x^2 y", "wrt": "x", "at": "x = 1"}, "no value of “y”"),
    ],
)
def test_refused_requests_name_what_is_missing(options: dict[str, str], piece: str) -> None:
    with pytest.raises(SheetError) as caught:
        answer(**options)
    assert piece in caught.value.report()


def test_a_wrong_value_or_slope_is_seen() -> None:
    """Planted faults: the second road of a value must contradict another value."""
    x, y = Symbol("x"), Symbol("y")
    cube = read_expression("x^3")
    assert confirmed(cube, (x, x), {"x": Fraction(2)}, Fraction(12)) is True
    assert confirmed(cube, (x, x), {"x": Fraction(2)}, Fraction(13)) is False
    circle = read_expression("x^2 + y^2 - 25")
    for slope, holds in ((Fraction(-3, 4), True), (Fraction(3, 4), False)):
        told = Value({"x": number(3), "y": number(4)}, written(slope))
        checks: list[Equality] = []
        implicit_value("y'", circle, x, y, told, checks)
        assert [c.holds for c in checks] == [holds]
