"""Options that name what is given: functions may call each other, values may be given by other values."""

from __future__ import annotations

from fractions import Fraction

import pytest

from solver.errors import CorrigeError, SheetError
from solver.expression.latex import latex
from solver.expression.reader import read_expression
from solver.questions.base import Scope
from solver.questions.options import read_exact, read_function
from solver.sheet.reader import read_sheet
from solver.solving import solve

SHEET = read_sheet(
    "---\ntitle: Essai\n---\n```{given}\nf(w) = w^2 + beta\ng(x) = f(2x) + w\nalpha = 0.05\nbeta = 2alpha\n"
    "h(beta) = beta + alpha\nu = v\nv = u\n```\n",
    "sheet.md",
)
SCOPE = Scope(SHEET.givens, SHEET.networks)


@pytest.mark.parametrize(
    ("text", "name", "variables", "expression"),
    [
        ("f", "f", "w", "w^2 + 2*0.05"),
        ("g", "g", "x", "(2x)^2 + 2*0.05 + w"),
        ("h", "h", "beta", "beta + 0.05"),
        ("f(t)^2", "f", "t", "(t^2 + 2*0.05)^2"),
        ("w - alpha", "f", "w", "w - 0.05"),
    ],
)
def test_functions(text: str, name: str, variables: str, expression: str) -> None:
    found = read_function(text, SCOPE)
    assert found.name == name
    assert ", ".join(v.name for v in found.variables) == variables
    assert latex(found.expression) == latex(read_expression(expression))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.05", "1/20"),
        ("1e-3", "1/1000"),
        ("alpha", "1/20"),
        ("beta", "1/10"),
        ("alpha/2", "1/40"),
        ("-3", "-3"),
    ],
)
def test_exact_numbers(text: str, value: str) -> None:
    assert read_exact(text, SCOPE) == Fraction(value)


@pytest.mark.parametrize("text", ["gamma", "f", "u", "sqrt(2)", "", "2 3"])
def test_not_a_number(text: str) -> None:
    with pytest.raises(CorrigeError):
        read_exact(text, SCOPE)


def test_an_unknown_function_is_not_called() -> None:
    with pytest.raises(CorrigeError, match="takes 1 argument"):
        read_function("f(1, 2)", SCOPE)


@pytest.mark.parametrize(
    ("kind", "options", "at", "piece"),
    [
        ("starts", {"of": "exp(w) - w", "starts": "1, 2"}, "of", "polynomials"),
        ("starts", {"of": "w^2 v", "starts": "1, 2"}, "of", "one variable"),
        ("starts", {"starts": "1, 2", "of": "w^2", "rates": "-1"}, "rates", "positive"),
        ("critical-points", {"of": "3"}, "of", "one variable"),
        ("descent", {"of": "w^2", "start": "1", "rate": "1", "steps": "500"}, "steps", "200"),
        ("rates", {"of": "w^2", "start": "1", "rates": "0.1", "tolerances": "0"}, "tolerances", "positive"),
    ],
)
def test_a_question_that_cannot_be_solved_points_at_its_option(
    kind: str, options: dict[str, str], at: str, piece: str
) -> None:
    rows = ["---", "title: Essai", "---", "# Un", "## Deux", f"```{{solve}} {kind}"]
    rows += [f":{name}: {text}" for name, text in options.items()]
    sheet = read_sheet("\n".join([*rows, "```", ""]), "sheet.md")
    with pytest.raises(CorrigeError, match=piece) as caught:
        solve(sheet)
    assert caught.value.span is not None
    line = 7 + list(options).index(at)
    assert (caught.value.span.line, caught.value.span.column) == (line, len(at) + 4)


def test_a_letter_that_is_not_given_is_a_misspelt_name() -> None:
    """`h` beside the given f and g is no identity function; without functions, `x` is an expression."""
    scope = Scope(givens=SHEET.givens)
    assert any(given.parameters for given in SHEET.givens.values())
    with pytest.raises(CorrigeError, match="nothing named “q” is given"):
        read_function("q", scope)
    assert read_function("q", Scope()).variable.name == "q"


@pytest.mark.parametrize(
    ("request_", "option"),
    [("backward\n:network: net\n:at: 5", "5"), ("backward\n:network: net\n:wrt: q", "q"),
     ("linear-collapse\n:network: net\n:layer: 7", "7")],
)  # fmt: skip
def test_layers_that_are_not_there_point_at_their_option(request_: str, option: str) -> None:
    net = "```{network} net\n:layers: 2, 2, 1\n:activations: tanh, sigmoid\n:loss: bce\n```\n"
    text = f"---\ntitle: T\n---\n\n{net}\n## Q\n\n```{{solve}} {request_}\n```\n"
    with pytest.raises(CorrigeError) as caught:
        solve(read_sheet(text, "sheet.md"))
    span = caught.value.span
    assert span is not None
    assert text.split("\n")[span.line - 1][span.column - 1 :] == option


@pytest.mark.parametrize("kind", ["descent", "optimiser", "comparison"])
def test_a_descent_asks_for_the_value_of_every_name(kind):
    options = {"of": "f", "start": "1", "rate": "1/4"}
    if kind == "comparison":
        options = {"of": "f", "starts": "1", "rates": "1/4"}
    sheet = "---\ntitle: T\n---\n## Q\n```{given}\nf(w) = w^a\n```\n```{solve} " + kind + "\n"
    sheet += "".join(f":{name}: {text}\n" for name, text in options.items()) + "```\n"
    with pytest.raises(SheetError, match="a number is expected, “a” has no value") as found:
        solve(read_sheet(sheet, "td.md"))
    assert found.value.span is not None
