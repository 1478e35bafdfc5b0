"""`corrige check`: true lines pass, false ones fall with values that show it, the others say what they lack.

Every counterexample is computed again here by mpmath or by fractions, which share nothing with the checker.
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import pytest
from click.testing import CliRunner

from solver.claims.report import check_report
from solver.cli import main
from solver.errors import CorrigeError


def report(*lines: str, lang: str = "en") -> dict[str, Any]:
    text, _ = check_report("\n".join(lines), to="json", lang=lang)
    return dict(json.loads(text))


def only(*lines: str) -> dict[str, Any]:
    """What was found about the last line."""
    return dict(report(*lines)["lines"][-1])


TRUE = [
    # algebra, and where each side lives
    "(x+1)^2 = x^2 + 2x + 1",
    "sin(x)^2 + cos(x)^2 = 1",
    "1/(1+e^(-x)) = e^x/(1+e^x)",
    "max(a,b) = (a + b + |a-b|)/2",
    "relu(x) - relu(-x) = x",
    "ln(e^x) = x",
    "ln(e^e^x) = e^x",
    "sqrt(x^4) = x^2",
    "x^(1/2) = sqrt(x)",
    "sqrt(2) * sqrt(3) = sqrt(6)",
    "sin(pi) = 0",
    "acos(x) = pi/2 - asin(x)",
    "sqrt(1-x) * sqrt(1+x) = sqrt(1-x^2)",
    "ln(x(1-x)) = ln(x) + ln(1-x)",
    "e^(a+b+c+d) = e^a e^b e^c e^d",
    "x^n * x = x^(n+1)",
    "|x y| = |x||y|",
    # derivatives in every notation
    "(x^2 e^x)' = 2x e^x + x^2 e^x",
    "d/dx (x+1)^2 = 2(x+1)",
    "d/dx x^2 = 2x",
    "d(x^2)/dx = 2x",
    "∂(x² y)/∂y = x²",
    r"\frac{d(x^2 + x)}{dx} = 2x + 1",
    "∂²/∂x∂y (x^2 y) = 2x",
    "d/dx[x^2 sin(x)] = 2x sin(x) + x^2 cos(x)",
    r"\frac{d}{dx} \left( \frac{x}{1+x} \right) = \frac{1}{(1+x)^2}",
    r"\frac{\partial}{\partial w}(w x + b) = x",
    "d^2/dx^2 (x^3) = 6x",
    "(x^3)'' = 6x",
    "ln(x)' = 1/x",
    "(ln|x|)' = 1/x",
    "d/dx ln(x^2) = 2/x",
    "σ'(z) = σ(z)(1 - σ(z))",
    "tanh'(2) = 1 - tanh^2(2)",
    "(x^x)' = x^x (ln(x) + 1)",
    "(a x^2 + b x)' = 2a x + b",
    "sigma(x)' = e^(-x)/(1+e^(-x))^2",
    "(acosh(x))' = 1/sqrt(x^2-1)",
    "ln(sigmoid(x))' = 1 - sigmoid(x)",
    # rules on functions that nobody defined
    "(u v)' = u'v + uv'",
    "(u/v)' = (u'v - uv')/v^2",
    "(f(g(x)))' = f'(g(x)) g'(x)",
    "(u v)'' = u''v + 2u'v' + uv''",
    "dy/dx = dy/du du/dx",
    "∂L/∂x = ∂L/∂u ∂u/∂x + ∂L/∂v ∂v/∂x",
    # conditions written on the line
    "ln(x^2) = 2 ln(x)  for x > 0",
    "sqrt(x^2) = x  (x >= 0)",
    "sqrt(x^2) = -x, x < 0",
    "|x| = x  si x >= 0",
    "acos(cos(x)) = x  for 0 < x < pi",
    "sqrt((x-y)^2) = x - y for x > y",
    "relu'(x) = 1  for x > 0",
    # printed decimals
    "pi ≈ 3.1416",
    "e ~= 2.718",
    r"\sqrt{2} \approx 1.41421356",
    "1/3 ≈ 0.333",
    "sqrt(2)*10^6 ≈ 1.4142e6",
    "-pi ≈ -3.14",
    "2 = 4/2 ≈ 2.00",
]


@pytest.mark.parametrize("claim", TRUE)
def test_true_lines_are_equal(claim: str) -> None:
    found = only(claim)
    assert found["verdict"] == "equal", found
    assert "counterexample" not in found


FALSE = [
    "(x+1)^2 = x^2 + 1",
    "(x^2 e^x)' = 2x e^x",
    "ln(sigmoid(x))' = 1/x",
    "(a+b)^2 = a^2 + b^2",
    "sqrt(x^2+y^2) = x + y",
    "ln(x+y) = ln(x) + ln(y)",
    "x/y = y/x",
    "tanh(x) = 1",
    "sin(x) = sin(x) + 10^(-30)",
    "sin(x) = sin(x) + 10^(-1000)",
    "e^(pi*sqrt(163)) = 262537412640768744",
    "22/7 = pi",
    "σ'(z) = σ(z)(1 + σ(z))",
    "(x^3)'' = 3x^2",
    "f'(x) g'(x) = (f(x) g(x))'",
    "(u/v)' = (u'v + uv')/v^2",
    "∂L/∂x = ∂L/∂u ∂u/∂x - ∂L/∂v ∂v/∂x",
    "relu'(x) = Piecewise((0, x < 0), (2, x > 0))",
    "relu(x - 1000) = 0 * x + 1",
    "pi ≈ 3.15",
    "pi ≈ 3.1417",
    "-pi ≈ -3.13",
    "1/3 ≈ 0.34",
    "sqrt(2) = 1.414",
    "ln(x^2) = 3 ln(x) for x > 0",
    "Piecewise((0, x^3 < 10^18), (1, True)) = 0",
    "Piecewise((0, e^x < 10^20), (1, True)) = 0",
]


@pytest.mark.parametrize("claim", FALSE)
def test_false_lines_are_different_with_values(claim: str) -> None:
    found = only(claim)
    assert found["verdict"] == "different", found
    example = found["counterexample"]
    assert example["left"] != example["right"] or "difference" in example


RECOMPUTED = [
    ("(x+1)^2 = x^2 + 1", lambda x: (x + 1) ** 2, lambda x: x**2 + 1),
    ("ln(sigmoid(x))' = 1/x", lambda x: 1 / (1 + mpmath.exp(x)), lambda x: 1 / x),
    ("sqrt(x^2) = x", lambda x: abs(x), lambda x: x),
    ("(x^2 e^x)' = 2x e^x", lambda x: (x**2 + 2 * x) * mpmath.exp(x), lambda x: 2 * x * mpmath.exp(x)),
    ("|x-2| = 2 - x", lambda x: abs(x - 2), lambda x: 2 - x),
]


@pytest.mark.parametrize(("claim", "left", "right"), RECOMPUTED, ids=[r[0] for r in RECOMPUTED])
def test_counterexamples_hold_when_computed_again(claim: str, left: Any, right: Any) -> None:
    example = only(claim)["counterexample"]
    at = Fraction(example["at"]["x"])
    with mpmath.workdps(40):
        point = mpmath.mpf(at.numerator) / at.denominator
        for told, function in ((example["left"], left), (example["right"], right)):
            value = mpmath.mpf(Fraction(told).numerator) / Fraction(told).denominator
            assert mpmath.almosteq(value, function(point), 1e-15)


UNDECIDED = [
    ("sqrt(x^2) = x", "x >= 0"),
    ("|x| = x", "x >= 0"),
    ("|x-2| = 2 - x", "x <= 2"),
    ("ln(x^2) = 2 ln(x)", "x > 0"),
    ("ln((x-3)^2) = 2 ln(x-3)", "x > 3"),
    ("ln(a*b) = ln(a) + ln(b)", "a > 0 and b > 0"),
    ("ln(x/y) = ln(x) - ln(y)", "x > 0 and y > 0"),
    ("sqrt(x*y) = sqrt(x) sqrt(y)", "x >= 0 and y >= 0"),
    ("sqrt(a^2 b) = a sqrt(b)", "a >= 0 and b >= 0"),
    ("(x^a)^b = x^(a*b)", "x > 0"),
    ("x^a * x^b = x^(a+b)", "x > 0"),
    ("ln(x^y) = y ln(x)", "x > 0"),
    ("sqrt(x)^2 = x", "x >= 0"),
    ("e^ln(x) = x", "x > 0"),
    ("cbrt(x) = x^(1/3)", "x >= 0"),
    ("acos(cos(x)) = x", "x > 0 and x < pi"),
    ("asin(sin(x)) = x", "abs(x) < pi/2"),
    ("cos(acos(x)) = x", "abs(x) < 1"),
    ("|x|/x = 1", "x > 0"),
    ("max(x,y) = x", "x >= y"),
    ("max(x, 10^9) = 10^9", "x <= 1000000000"),
    ("ln((x^2-5)^2) = 2 ln(x^2-5)", "x^2 > 5"),
    ("|x^3 - 8| = x^3 - 8", "x^3 > 8"),
    ("sqrt((x-y)^2) = x - y", "x >= y"),
    ("relu'(x) = 1", "x > 0"),
    ("atan(x) + atan(1/x) = pi/2", "x > 0"),
    ("1/sqrt(x^2) = 1/x", "x > 0"),
]


@pytest.mark.parametrize(("claim", "assumption"), UNDECIDED)
def test_what_lacks_an_assumption_names_it(claim: str, assumption: str) -> None:
    found = only(claim)
    assert (found["verdict"], found["assumption"]) == ("undecided", assumption)
    # the claim holds under the assumption that was named: the loop is closed
    bound = assumption.replace("abs(x)", "|x|")
    assert only(f"{claim} for {bound}")["verdict"] == "equal"


@pytest.mark.parametrize(
    ("claim", "verdict", "assumption"),
    [
        ("x/x = 1", "equal", "x != 0"),
        ("(x^2-1)/(x-1) = x+1", "equal", "x != 1"),
        ("ln(-1-x^2) = 1", "undecided", "no point was found where both sides are defined"),
        ("sin(x) ≈ x", "undecided", "≈ is judged where a printed decimal stands alone on a side"),
        ("∂Q/∂w = 2w", "undecided", "a definition of Q"),
        ("f'(x) = 2x", "undecided", "a definition of f"),
        ("y' = 2x", "undecided", "a definition of y"),
        ("relu'(0) = 0", "undecided", "a kink: the derivative does not exist there, or not for certain"),
        ("pi ≈ 3.1415", "undecided", "3.1415 is a truncation; rounded, it is 3.1416"),
        ("2/3 ≈ 0.66", "undecided", "0.66 is a truncation; rounded, it is 0.67"),
    ],
)
def test_borders(claim: str, verdict: str, assumption: str) -> None:
    found = only(claim)
    assert (found["verdict"], found["assumption"]) == (verdict, assumption)


@pytest.mark.parametrize(
    ("claim", "proof"),
    [
        ("(x+1)^2 = x^2 + 2x + 1", "exact"),
        ("(x/(x^2+1))' = (1-x^2)/(x^2+1)^2", "exact"),
        ("(u/v)' = (u'v - uv')/v^2", "exact"),
        ("x/x = 1", "exact"),
        ("sin(x)^2 + cos(x)^2 = 1", None),
        ("|x| = max(x, -x)", None),
        ("(x+y+z+a)^200 = (x+y+z+a)^200", None),  # too many terms: by values
    ],
)
def test_identities_of_fractions_are_proved(claim: str, proof: str | None) -> None:
    found = only(claim)
    assert found["verdict"] == "equal"
    assert found.get("proof") == proof


def test_letters_run_together_are_a_product_beside_themselves() -> None:
    found = only("(x+y)^3 = x^3 + 3x^2y + 3xy^2 + y^3")
    assert found["verdict"] == "equal"
    assert found["note"] == "“xy” is read as x*y"
    assert only("ln(ab) = ln(a) + ln(b)")["assumption"] == "a > 0 and b > 0"
    assert "note" not in only("xy^2 = xy xy")  # one name


def test_definitions_at_the_end_of_a_line() -> None:
    assert only("a = sigma(z) where z = w x + b", "∂a/∂w = a (1 - a) x")["verdict"] == "equal"
    assert only("wrt w", "σ(z)' = σ(z)(1 - σ(z)) x, avec z = w x")["verdict"] == "equal"


def test_french_lines() -> None:
    """A decimal comma, and the words of French."""
    lines = ["soit f(t) = t e^(-t)", "f'(t) = (1 - t) e^(-t)  [dérivée d'un produit]", "f(1) = 1/e ≈ 0,368"]
    found = report(*lines, "√(t²) = t pour t >= 0", lang="fr")["lines"]
    assert [n["verdict"] for n in found] == ["equal"] * 3
    assert found[0]["rule_verdict"] == "right"
    with pytest.raises(CorrigeError):
        report(*lines)


def test_roundings_are_told() -> None:
    assert only("pi ≈ 3.15")["note"] == "rounded, it is 3.14"
    assert only("sqrt(2) = 1.414")["note"] == "a rounding, not an equality: write ≈ 1.414"


DERIVATION = """\
# a long comment
let f(x) = x^2 e^x
f'(x) = (x^2)' e^x + x^2 (e^x)'   [product rule]
      = 2x e^x + x^2 e^x
      = x e^x (x + 3)             -- factoring
f(1) = e ≈ 2.718
"""


def test_a_derivation_goes_on_from_line_to_line() -> None:
    found = report(*DERIVATION.split("\n"))
    assert [n["line"] for n in found["lines"]] == [3, 4, 5, 6]
    assert [n["verdict"] for n in found["lines"]] == ["equal", "equal", "different", "equal"]
    assert found["first_wrong"] == 5
    assert found["lines"][2]["claim"] == "2x e^x + x^2 e^x = x e^x (x + 3)"
    assert found["lines"][2]["expected"] == "x*(x + 2)*e^x"
    assert found["definitions"] == [{"line": 2, "name": "f", "definition": "f(x) = x^2 e^x"}]
    assert [k["verdict"] for k in found["lines"][3]["links"]] == ["equal", "equal"]


def test_what_is_named_first_is_a_definition() -> None:
    lines = ["L = (w1 x + w2 y)^2", "∂L/∂w1 = 2 y (w1 x + w2 y)", "∂L/∂w2 = 2 y (w1 x + w2 y)"]
    found = report(*lines)
    assert [n["verdict"] for n in found["lines"]] == ["different", "equal"]
    assert found["lines"][0]["expected"] == "2x*(w1*x + w2*y)"
    assert only("x = 3")["verdict"] == "different"


BACKWARD = ["let z = w x + b", "let a = sigma(z)", "let L = 1/2 (a - y)^2"]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("∂L/∂a = a - y", "equal"),
        ("∂a/∂z = a (1 - a)", "equal"),
        ("∂L/∂z = ∂L/∂a · ∂a/∂z", "equal"),
        (r"\frac{\partial L}{\partial w} = (a - y) a (1-a) x", "equal"),
        ("dL/db = (a - y) a (1-a)", "equal"),
        ("∂L/∂b = (a - y) a (1-a) w", "different"),
        ("∂L/∂z = (a - y)(1-a)", "different"),
        ("∂²L/∂a² = 1", "equal"),
    ],
)
def test_derivatives_by_named_intermediates(claim: str, verdict: str) -> None:
    assert only(*BACKWARD, claim)["verdict"] == verdict


RULES = [
    ("(x^2 e^x)' = 2x e^x + x^2 e^x", "product rule", "right"),
    ("(x^2 e^x)' = 2x e^x + x^2 e^x", "dérivée d'un produit", "right"),
    ("(x^2 e^x)' = 2x e^x + x^2 e^x", "quotient rule", "wrong"),
    ("(sin(x^2))' = 2x cos(x^2)", "product rule", "wrong"),
    ("(sin(x^2))' = 2x cos(x^2)", "chain rule", "right"),
    ("(sin(x^2))' = 2x cos(x^2)", "règle de la chaîne", "right"),
    ("(x/(x^2+1))' = (1-x^2)/(x^2+1)^2", "quotient rule", "right"),
    ("(x/(x^2+1))' = (1-x^2)/(x^2+1)^2", "quotient rule: (u/v)' = (u'v + uv')/v^2", "wrong"),
    ("(x/(x^2+1))' = (1-x^2)/(x^2+1)^2", "quotient rule: (u/v)' = (u'v - uv')/v^2", "right"),
    ("(x/(x^2+1))' = (1-x^2)/(x^2+1)^2", r"(\frac{u}{v})' = \frac{u'v - uv'}{v^2}", "right"),
    ("(x^5)' = 5x^4", "power rule", "right"),
    ("(x^5 + x)' = 5x^4 + 1", "sum rule", "right"),
    ("(x^5)' = 5x^4", "sum rule", "wrong"),
    ("(x+1)^2 = x^2 + 2x + 1", "product rule", "wrong"),
    ("(x+1)^2 = x^2 + 2x + 1", "expanding", "right"),
    ("(x^5)' = 5x^4", "factoring", "wrong"),
    ("(x^5)' = 5x^4", "because it is so", "unknown"),
    ("(ln(1+x^2))'' = (2 - 2x^2)/(1+x^2)^2", "quotient rule", "right"),
    ("(ln(1+x^2))' = 2x/(1+x^2)", "quotient rule", "wrong"),
    ("(x^5)' = 5x^4", "because (x^n)' = n x^(n-1)", "right"),
    ("(x^5)' = 5x^4", "because (x^n)' = n x^n", "wrong"),
    ("(x^5)' = 5x^4", "since x = 5", "unknown"),
    ("((2x+1)^5)' = 10(2x+1)^4", "chain rule", "right"),
    ("dy/dx = dy/du du/dx", "chain rule", "right"),
]


@pytest.mark.parametrize(("claim", "rule", "verdict"), RULES)
def test_the_rule_named_is_judged(claim: str, rule: str, verdict: str) -> None:
    found = only(f"{claim}   [{rule}]")
    assert found["verdict"] == "equal"
    assert (found["rule"], found["rule_verdict"]) == (rule, verdict)
    assert ("rule_note" in found) == (verdict != "right")


@pytest.mark.parametrize(
    "line", ["* {}", "1. {}", "step 2: {}", "étape 3 : {}", "so {}", "donc {}", "$${}$$", "⇒ {}"]
)
def test_what_stands_before_a_claim(line: str) -> None:
    assert only(line.format("(x^2)' = 2x"))["verdict"] == "equal"


@pytest.mark.parametrize(
    "line",
    ["{} -- {}", "{} // {}", "{}  ({})", "{} by the {}", r"{} \quad \text{{({})}}", "{}   [{}]"],
)
def test_a_rule_is_written_as_people_write_it(line: str) -> None:
    found = only(line.format("(x^2)' = 2x", "power rule"))
    assert found["verdict"] == "equal"
    assert found["rule_verdict"] == "right"


UNREADABLE = [
    ("x^2 = (x", 7, "never closed"),
    ("x^2", 1, "an equality"),
    ("x^2 >= 0", 8, "not a relation"),
    ("x = 1 => x^2 = 1", 10, "not a relation with “=>”"),
    ("= 2x", 1, "there is none"),
    ("(a b)' = a b", 1, "by which?"),
    ("let x", 5, "a condition such as"),
    ("x = 1/2x", 5, "ambiguous"),
    ("d/dx x^2 + 3x = 2x + 3", 6, "ambiguous"),
    ("d²L/dw = 2", 1, "order above is 2"),
    ("", 1, "a claim"),
    ("__import__('os') = 1", 1, ""),
    ("x = foo(y)", 5, "foo"),
]


@pytest.mark.parametrize(("line", "column", "message"), UNREADABLE)
def test_unreadable_lines_are_pointed_at(line: str, column: int, message: str) -> None:
    with pytest.raises(CorrigeError) as caught:
        report("# first", line)
    fault = caught.value
    assert message in fault.message + (fault.hint or "")
    assert fault.span is not None
    if line:
        assert fault.span.line == 2
        if message:
            assert fault.span.column == column


def run(*arguments: str, text: str | None = None) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["check", *arguments], input=text)
    return done.exit_code, done.stdout, done.stderr


def test_exit_codes(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    for text, code, strict in (
        ("(x^2)' = 2x\n", 0, 0),
        ("(x^2)' = 3x\n", 1, 1),
        ("sqrt(x^2) = x\n", 0, 1),
        ("(x^2)' = 2x  [quotient rule]\n", 0, 1),
        ("(x^2' = 2x\n", 2, 2),
    ):
        path.write_text(text, encoding="utf-8")
        assert run(str(path))[0] == code
        assert run(str(path), "--strict")[0] == strict
    assert run(str(tmp_path / "none.txt"))[0] == 2
    path.write_bytes(b"\xff\xfe")
    assert run(str(path))[0] == 2


def test_a_bad_line_refuses_the_whole_run(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    path.write_text("(x^2)' = 2x\nx = (1\n", encoding="utf-8")
    code, out, err = run(str(path), "--to", "json")
    assert (code, out) == (2, "")
    assert f"{path}:2:5" in err
    assert "^" in err


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("to", ["text", "markdown", "latex", "json"])
def test_every_format_in_both_languages(to: str, lang: str) -> None:
    code, out, _ = run("-", "--to", to, "--lang", lang, text=DERIVATION + "x/x = 1\npi ≈ 3.1415\n")
    assert code == 1
    assert "{" not in out or to in ("json", "latex", "markdown")
    if to == "text":
        assert {"en": "DIFFERENT", "fr": "FAUX"}[lang] in out
        assert "\n        = x e^x (x + 3)             -- factoring\n          ^^^^^^^^^^^^^\n" in out


def test_a_derivation_of_thirty_lines_is_quick() -> None:
    """Counted in comparisons, not in seconds: each line tries a bounded number of points."""
    lines = [f"(x^{n} e^x)' = {n}x^{n - 1} e^x + x^{n} e^x" for n in range(2, 32)]
    assert all(n["points"] <= 200 for n in report(*lines)["lines"])
