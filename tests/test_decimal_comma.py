"""The decimal comma of a sheet that says `lang: fr`: read where it has no other reading, else refused."""

from __future__ import annotations

import pytest

from solver.errors import CorrigeError
from solver.expression.latex import latex
from solver.questions.options import split_list
from solver.sheet.reader import read_sheet
from solver.solving import solve

SHEET = """---
title: Petit TD
lang: {lang}
---

```{{given}}
f(w) = 0,25w^4 - 1,5w
alpha = {rate}
```

# Exercice 1 — Une descente

## Question 1 — Itérer {{#q1}}

1. Itérer.

   ```{{solve}} descent
   :label: run
   :of: f
   :start: {start}
   :rate: alpha
   :steps: 1
   ```

```{{check}}
f'(w) = w^3 - 1,5
```
"""


def _solved(**changes: str) -> dict[str, object]:
    values = {"lang": "fr", "rate": "0,05", "start": "2,5"} | changes
    found = solve(read_sheet(SHEET.format(**values), path="td.md"))
    assert all(equality.holds for claim in found.claims.values() for equality in claim)
    return {"f": found.sheet.givens["f"].expression, "rate": found.sheet.givens["alpha"].expression}


def test_a_french_sheet_writes_its_decimals_with_a_comma() -> None:
    found = _solved()
    assert latex(found["f"]) == "0.25w^{4} - 1.5w"
    assert latex(found["rate"]) == "0.05"
    assert _solved(rate="0.05", start="2.5") == found


@pytest.mark.parametrize(
    ("changes", "piece"),
    [
        ({"lang": "en"}, "decimals are written with a point"),
        ({"rate": "max(0,5, 1)"}, "max(0.5, 1) or max(0, 5, 1)"),
    ],
)
def test_refused_where_it_is_english_or_ambiguous(changes: dict[str, str], piece: str) -> None:
    with pytest.raises(CorrigeError) as caught:
        _solved(**changes)
    assert piece in caught.value.message
    assert caught.value.span is not None


LISTS = [
    ("0,05; 0,1", ["0,05", "0,1"]),
    ("1; 2", ["1", "2"]),
    ("1, 2", ["1", "2"]),
    ("0.05,0.1", ["0.05", "0.1"]),
    ("-2.5,6", ["-2.5", "6"]),
    ("f(0,5); g", ["f(0,5)", "g"]),
    ("0,05, 0,1", None),
    ("2,3", None),
]


@pytest.mark.parametrize(("text", "items"), LISTS)
def test_lists_of_a_french_sheet(text: str, items: list[str] | None) -> None:
    if items is None:
        with pytest.raises(CorrigeError, match="ambiguous"):
            split_list(text, decimal_comma=True)
    else:
        assert split_list(text, decimal_comma=True) == items
    assert split_list("2,3") == ["2", "3"]
