"""Every line of a worked derivation stands alone: it says what it equals, by the right name."""

from __future__ import annotations

import re

import pytest

from solver.errors import Span
from solver.questions.base import Scope, read_request
from solver.sheet.givens import read_given
from solver.sheet.model import OptionText
from solver.wording import Wording

SPAN = Span(1, 1)
GIVENS = {"f_12": read_given("f_12(u) = u^3 + sin(u)", SPAN, {})}
QUOTIENT = r"\frac{{\partial {0}}}{{\partial {1}}}"


def worded(options: dict[str, str], kind: str = "derivative", lang: str = "fr") -> str:
    scope = Scope(givens=GIVENS)
    request = read_request(kind, {name: OptionText(text, SPAN) for name, text in options.items()}, scope)
    return Wording(lang).markdown(
        f"kinds/{kind}.md.j2", facts=request.solve(scope), request=request, label="q"
    )


# kind, options: the names on the left of the lines, in their order
LINES = [
    ("derivative", {"of": "x^2 sin(x)"}, ["f'(x)"]),
    ("derivative", {"of": "3^x"}, ["f'(x)"]),
    ("derivative", {"of": "f_12"}, ["f_{12}'(u)"]),
    ("derivative", {"of": "x e^x", "order": "4"}, ["f'(x)", "f''(x)", "f'''(x)", "f^{(4)}(x)"]),
    ("derivative", {"of": "(w x + b)^2", "wrt": "w, b"}, [QUOTIENT.format("f", v) for v in "wb"]),
    ("derivative", {"of": "x f(x^2)", "order": "2"}, ["g'(x)", "g''(x)"]),
    ("derivative", {"of": "x^2 + y^2 = 1", "implicit": "y"}, [r"\frac{dy}{dx}"]),
    ("gradient", {"of": "(u^2 v, u + 3v)"}, [QUOTIENT.format(f"g_{{{i}}}", v) for i in (1, 2) for v in "uv"]),
    ("critical-points", {"of": "x + 2 sin(x)", "range": "1, 5"}, ["f'(x)"]),
    ("critical-points", {"of": "x^2 + x y + y^2"}, [QUOTIENT.format("f", v) for v in "xy"]),
    ("optimiser", {"of": "w^4", "start": "2", "rate": "1/10", "steps": "2", "method": "momentum"}, ["f'(w)"]),
]


@pytest.mark.parametrize(("kind", "options", "names"), LINES)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_line_says_what_it_equals(
    kind: str, options: dict[str, str], names: list[str], lang: str
) -> None:
    shown = worded(options, kind, lang)
    assert not re.search(r"\$\$\s*=", shown)
    heads = re.findall(r"^ *\$\$(.*?) = ", shown.split("```{justification}")[1], re.M)
    assert [head for head in dict.fromkeys(heads) if head in names] == names


def test_the_point_of_a_tangent_to_a_curve_is_told_whole() -> None:
    """Two points of a circle have the abscissa 3; a function has one."""
    shown = worded({"of": "x^2 + y^2 = 25", "implicit": "y", "at": "x = 3, y = 4", "tangent": "yes"})
    assert r"au point $\left(3, 4\right)$ a pour équation" in shown
    assert "au point d'abscisse $2$ a pour équation" in worded({"of": "x^2", "tangent": "2"})


def test_a_letter_of_ours_is_introduced_and_free() -> None:
    """x f(x²) is called g before g′ is written; a sheet's own f keeps its letter."""
    assert "Avec $g(x) = x f(x^{2})$ :" in worded({"of": "x f(x^2)"})
    assert "Avec $f(x) = \\sin(x)$ :" in worded({"of": "sin(x)"})
    assert "Avec" not in worded({"of": "f_12"})
    scope = Scope(givens={"f": read_given("f(x) = x^3", SPAN, {}), "g_1": read_given("g_1(x) = x", SPAN, {})})
    of = {"of": OptionText("x^2", SPAN)}
    facts = read_request("derivative", of, scope).solve(scope)
    assert facts.name == "g"  # type: ignore[attr-defined]
    pair = {"of": OptionText("(x y, x + y)", SPAN)}
    facts = read_request("gradient", pair, scope).solve(scope)
    assert [f.name for f in facts.functions] == ["h_1", "h_2"]  # type: ignore[attr-defined]


def test_a_function_is_differentiable_where_all_its_partial_derivatives_are() -> None:
    """∂/∂x of x √y exists for y ≥ 0, ∂/∂y does not."""
    for kind, options in (
        ("gradient", {"of": "x sqrt(y)"}),
        ("derivative", {"of": "x sqrt(y)", "wrt": "x, y"}),
    ):
        shown = worded(options, kind)
        assert "Domaine de définition : $y \\geq 0$." in shown
        assert "définie et dérivable" not in shown
    assert shown.count("pour $y > 0$") == 1
