"""`{check}`: a true claim passes, a false one fails with values that show it, an undecidable one says so."""

from __future__ import annotations

import pytest

from solver.derivation.equality import Equality, Means
from solver.errors import CheckFailed, CorrigeError
from solver.questions.base import Scope
from solver.questions.claims import check_claims
from solver.sheet.reader import iter_directives, read_sheet

GIVEN = """---
title: Essai
---
```{given}
f(w) = 0.25w^4 - 1.5w^3 - 1.25w^2 + 6w
alpha = 0.05
beta = 2alpha
g(x) = f(x)^2 + alpha
s(z) = sigma(z)
r(x) = max(0, x)
h(x) = c x^2
```

## Question 1

1. Conclure.

   ```{check}
"""
FIRST = GIVEN.count("\n") + 1


def claims(*lines: str) -> tuple[Equality, ...]:
    sheet = read_sheet(GIVEN + "".join(f"   {line}\n" for line in lines) + "   ```\n", "sheet.md")
    (directive,) = iter_directives(sheet)
    return check_claims(directive, Scope(sheet.givens, sheet.networks))


@pytest.mark.parametrize(
    "claim",
    [
        "f'(w) = (w - 1) (w^2 - 7/2 w - 6)",
        "f''(w) = 3w^2 - 9w - 2.5",
        "f'(2) = -9",
        "f(2) = -1",
        "f'(u + 1) = u (u^2 - 3/2 u - 8.5)",
        "g(1) = f(1)^2 + 1/20",
        "g'(x) = 2 f(x) f'(x)",
        "beta = 1/10",
        "2 - alpha f'(2) = 2.45",
        "s'(z) = s(z) (1 - s(z))",
        "s'(0) = 1/4",
        "s''(z) = s'(z) (1 - 2 s(z))",
        "tanh(x) = 2 s(2x) - 1",
        "h'(x) = 2 c x",
        "h''(c) = 2 c",
        "sqrt(x^2) = |x|",
        "r(x) = (x + |x|)/2",
        "f'(alpha) = (alpha - 1) (alpha^2 - 3.5 alpha - 6)",
    ],
)
def test_true(claim: str) -> None:
    (found,) = claims(claim)
    assert found.holds is True
    assert found.counts


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("f'(w) = (w - 1) (w^2 - 7/2 w + 6)", "for w = "),
        ("f'(2) = 9", "the left side is -9, the right side 9"),
        ("s'(z) = s(z) (1 + s(z))", "for z = "),
        ("|x| = x", "for x = -"),
        ("r'(x) = 1", "for x = -"),
        ("sqrt(x^2) = x", "for x = -"),
        ("alpha = 0.5", "the left side is 1/20, the right side 1/2"),
        ("x y = x + y", "for x = "),
    ],
)
def test_false(claim: str, message: str) -> None:
    with pytest.raises(CheckFailed) as caught:
        claims("alpha = 1/20", "", claim)
    assert claim in caught.value.message
    assert message in caught.value.message
    span = caught.value.span
    assert span is not None
    assert (span.line, span.column, span.length) == (FIRST + 2, 4, len(claim))


def test_undecided() -> None:
    (found,) = claims("ln(-x^2 - 1) = 1")
    assert found.holds is None


def test_comments_and_the_written_sides() -> None:
    (found,) = claims("# La dérivée :", "f'(w) = w^3 - 4.5w^2 - 2.5w + 6  # développée", "")
    assert found == Equality("f'(w)", "w^{3} - 4.5w^{2} - 2.5w + 6", Means.DUAL)


@pytest.mark.parametrize(
    ("claim", "column", "message"),
    [
        ("f'(w)", 4, "an equality"),
        ("1 = 1 < 2", 10, "an equality"),
        ("k'(x) = 1", 4, "k"),
        ("f(1, 2) = 1", 4, "takes 1 argument"),
        ("f = 1", 4, "“f” is a function"),
        ("x = (1", 8, "never closed"),
        ("x = 1/2x", 8, "ambiguous"),
        ("__import__('os') = 1", 4, ""),
        ("f'''''''(w) = 1", 4, "order 6"),
    ],
)
def test_unreadable(claim: str, column: int, message: str) -> None:
    with pytest.raises(CorrigeError) as caught:
        claims(claim)
    assert not isinstance(caught.value, CheckFailed)
    assert message in caught.value.message
    assert caught.value.span is not None
    assert caught.value.span.line == FIRST
    assert caught.value.span.column >= column


def test_values_defined_by_each_other() -> None:
    text = GIVEN.replace("alpha = 0.05", "alpha = beta")
    sheet = read_sheet(text + "   alpha = 1\n   ```\n", "sheet.md")
    (directive,) = iter_directives(sheet)
    with pytest.raises(CorrigeError, match="by each other"):
        check_claims(directive, Scope(sheet.givens, sheet.networks))


def test_from_the_fourth_on_a_derivative_bears_its_number() -> None:
    third, fourth = claims("f'''(w) = 6w - 9", "f''''(w) = 6")
    assert (third.left, fourth.left) == ("f'''(w)", "f^{(4)}(w)")
