"""Wordings exist in every language, speak of the same facts, and leave no word of another language."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT

from solver.assembly import Options, document
from solver.document.nodes import Box, Figure, FigureNumber
from solver.document.walk import walk_blocks
from solver.questions.base import KINDS
from solver.questions.sheet_figures import FIGURES
from solver.resources import languages
from solver.sheet.reader import read_sheet
from solver.solving import solve

FOLDERS = {lang: ROOT / "templates" / lang for lang in ("fr", "en")}


def names(folder: Path) -> list[Path]:
    """Its files; messages are English in the code, so that English has none (`test_messages`)."""
    found = (p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    return sorted(p for p in found if p.parts[0] != "messages")


NAMES = names(FOLDERS["fr"])
WORDINGS = [n for n in NAMES if n.suffix == ".j2"]
TABLES = [n for n in NAMES if n.suffix == ".toml"]
# Words of three letters and more that are French and no English word nor a name of the templates.
FRENCH = re.compile(
    r"\b(?:les|des|une|dans|avec|pour|donc|où|est|sont|elle|suite|taux|itér\w*|dérivée?s?|poids|couches?|sur|aux|cette)\b"
)
ENGLISH = re.compile(r"\b(?:the|with|which|from|where|layers?|weights|its|these|hence|then|units?)\b")


def prose(text: str) -> str:
    """What a reader sees: no tags, no formulas, no comments, no names of pictures."""
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}", " ", text, flags=re.DOTALL)
    strings = " ".join(re.findall(r"\{\{.*?\}\}", text, flags=re.DOTALL))
    text = re.sub(r"\{\{.*?\}\}", " ", text, flags=re.DOTALL)
    text = re.sub(r"\\[a-zA-Z]+", " ", text)
    return text + " ".join(re.findall(r'"([^"]*)"', strings))


def facts_of(text: str) -> set[str]:
    """The facts that a wording speaks of: every dotted name in its tags, texts in quotes left out."""
    tags = re.findall(r"\{\{.*?\}\}|\{%.*?%\}", text, flags=re.DOTALL)
    bare = (re.sub(r'"[^"]*"|\'[^\']*\'', "", tag) for tag in tags)
    return {name for tag in bare for name in re.findall(r"[a-z_]\w*(?:\.\w+)+", tag)}


def test_every_language_has_every_file() -> None:
    assert set(languages()) == set(FOLDERS)
    for folder in FOLDERS.values():
        assert names(folder) == NAMES


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_wording(kind: str) -> None:
    assert Path(f"kinds/{kind}.md.j2") in WORDINGS


@pytest.mark.parametrize("kind", FIGURES)
def test_every_figure_has_a_caption(kind: str) -> None:
    assert Path(f"figures/{kind}.md.j2") in WORDINGS


@pytest.mark.parametrize("name", WORDINGS, ids=str)
def test_languages_speak_of_the_same_facts(name: Path) -> None:
    """A sentence that one language ties to a fact is tied to it in the other."""
    french, english = (facts_of((FOLDERS[lang] / name).read_text("utf-8")) for lang in ("fr", "en"))
    assert french == english


@pytest.mark.parametrize("name", TABLES, ids=str)
def test_languages_have_the_same_words(name: Path) -> None:
    def keys(table: dict[str, object], prefix: str = "") -> set[str]:
        found: set[str] = set()
        for key, value in table.items():
            inner = keys(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key}
            found |= inner
        return found

    french, english = (tomllib.loads((FOLDERS[lang] / name).read_text("utf-8")) for lang in ("fr", "en"))
    if name.name != "speech.toml":  # letters and powers are spoken by other rules in each language
        assert keys(french) == keys(english)


@pytest.mark.parametrize("name", WORDINGS, ids=str)
def test_no_word_of_the_other_language(name: Path) -> None:
    assert FRENCH.findall(prose((FOLDERS["en"] / name).read_text("utf-8"))) == []
    assert ENGLISH.findall(prose((FOLDERS["fr"] / name).read_text("utf-8"))) == []


SHOWN = [n for n in WORDINGS if "](figure:" in (FOLDERS["fr"] / n).read_text(encoding="utf-8")]


@pytest.mark.parametrize("lang", FOLDERS)
@pytest.mark.parametrize("name", [n for n in SHOWN if n.parts[0] != "figures"], ids=str)
def test_an_answer_speaks_of_the_figures_that_it_shows(name: Path, lang: str) -> None:
    """A figure in a result needs no mention: the question asked for it."""
    text = (FOLDERS[lang] / name).read_text(encoding="utf-8")
    text = re.sub(r"(?ms)^```\{result\}.*?^```$", "", text)
    for shown in re.findall(r"(?m)^!\[.*\]\(figure:(\w+) ", text):
        assert f"[](figure:{shown})" in text


def test_without_figures_nothing_speaks_of_them() -> None:
    text = (ROOT / "sheets" / "kinds" / "kinks.md").read_text(encoding="utf-8")
    run = "\n```{solve} starts\n:of: w^2\n:starts: 2\n:ask: conclusion\n```\n"
    sheet = read_sheet(text + run, "kinks.md")
    for figures in (True, False):
        made = document(solve(sheet), Options(figures=figures, detail="full"))
        found = [type(i) for b in walk_blocks(made.blocks) for i in getattr(b, "content", ())]
        assert (FigureNumber in found) == figures
        assert any(isinstance(b, Figure) for b in walk_blocks(made.blocks)) == figures
        assert all(b.blocks for b in walk_blocks(made.blocks) if isinstance(b, Box))


def test_every_caption_ends_with_a_full_stop() -> None:
    for path in (ROOT / "templates").rglob("*.md.j2"):
        for caption in re.findall(r"(?m)^!\[(.*?)\]\(figure:", path.read_text(encoding="utf-8")):
            assert caption.endswith("."), (path.name, caption)
