"""`docs/sheets.md` says what is true: its tables are those of the models, its examples build."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from conftest import ROOT

from solver.errors import CorrigeError
from solver.guide.describe import ALL
from solver.guide.tables import PARTS, filled
from solver.sheet.directives import FORMS, NETWORK_OPTIONS
from solver.sheet.front_matter import KEYS
from solver.sheet.reader import iter_directives, read_sheet
from solver.sheet.values import FILTERS
from solver.solving import read_variant, require_sound, solve

GUIDE = (ROOT / "docs" / "sheets.md").read_text(encoding="utf-8")
PICTURES = ROOT / "docs" / "kinds"


def test_generated_parts_are_up_to_date() -> None:
    """Make them again with `python docs/make.py`."""
    assert set(re.findall(r"<!-- generated: (\w+) -->", GUIDE)) == set(PARTS)
    assert filled(GUIDE) == GUIDE
    with pytest.raises(CorrigeError, match="no generated part"):
        filled("<!-- generated: nonsense -->\n<!-- end -->")


@pytest.mark.parametrize("kind", ALL)
def test_every_kind_has_its_section_and_its_picture(kind: str) -> None:
    """A new kind gets its picture from `python docs/make.py` too."""
    assert f"\n### {kind}\n" in GUIDE
    data = (PICTURES / f"{kind}.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", data[16:24])
    assert 200 < width < 700
    assert 60 < height < 700
    assert len(data) <= 60_000


def test_no_other_picture_lies_there() -> None:
    assert {p.stem for p in PICTURES.iterdir()} == set(ALL)


@pytest.mark.parametrize("name", [*FORMS, *NETWORK_OPTIONS, *KEYS, *FILTERS])
def test_every_name(name: str) -> None:
    assert re.search(rf"`{name}[`(]", GUIDE)


def test_the_example_is_solved() -> None:
    example = GUIDE.split("````markdown\n")[1].split("\n````")[0]
    sheet = read_sheet(example, "sheet.md")
    assert [d.label for d in iter_directives(sheet)] == ["pas.run", "pas.answer"]
    require_sound(solve(sheet))


def test_the_draws_of_the_guide_are_drawn() -> None:
    (block,) = re.findall(r"^```\{draw\}.*?^```$", GUIDE, re.M | re.S)
    request = ":of: (w - a)^2\n:start: n\n:rate: r/4 + 1/100"
    text = f"---\ntitle: T\n---\n\n{block}\n\n## Q\n\n```{{solve}} descent\n:label: run\n{request}\n```\n"
    variant = read_variant(text, "sheet.md").variant
    assert variant is not None
    assert variant.values["a"] != variant.values["n"]


def test_paths_that_are_named_exist() -> None:
    for path in re.findall(r"`(docs/[\w./]+)`", GUIDE):
        assert (ROOT / path).exists(), path
    for target in re.findall(r"\]\((?!#|http)([^)]+)\)", GUIDE):
        assert (ROOT / "docs" / Path(target)).exists(), target
