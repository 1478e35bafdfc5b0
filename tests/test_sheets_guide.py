"""`docs/sheets.md` says what is true: its example builds, and it names every kind with every option."""

from __future__ import annotations

import re

import pytest
from conftest import ROOT

from solver.questions.base import KINDS, options_of, question_class
from solver.questions.sheet_figures import FIGURES
from solver.sheet.directives import FORMS, NETWORK_OPTIONS
from solver.sheet.front_matter import KEYS
from solver.sheet.reader import iter_directives, read_sheet
from solver.sheet.values import FILTERS

GUIDE = (ROOT / "docs" / "sheets.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return GUIDE.split(f"## {title}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize(
    ("kinds", "kind", "title"),
    [(KINDS, kind, "Kinds of questions") for kind in KINDS]
    + [(FIGURES, kind, "Kinds of figures") for kind in FIGURES],
)
def test_every_kind_and_option(kinds: dict[str, str], kind: str, title: str) -> None:
    (row,) = (row for row in section(title).splitlines() if row.startswith(f"| `{kind}` |"))
    options = row.split("|")[2]
    required, optional = options.split("[")[0], options
    for name, option in options_of(question_class(kind, kinds=kinds)).items():
        assert f"`{name}`" in (required if option.required else optional), f"{kind}: {name}"


@pytest.mark.parametrize("name", [*FORMS, *NETWORK_OPTIONS, *KEYS, *FILTERS])
def test_every_name(name: str) -> None:
    assert re.search(rf"`{name}[`(]", GUIDE)


def test_the_example_is_read() -> None:
    example = GUIDE.split("````markdown\n")[1].split("\n````")[0]
    sheet = read_sheet(example, "sheet.md")
    assert [d.label for d in iter_directives(sheet)] == ["pas.run", "pas.answer"]
