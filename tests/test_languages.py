"""One sheet in two languages: the other leaves no byte, lines keep their numbers, faults point at them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_leaks import decompressed, shown_text

from solver.assembly import Options
from solver.errors import CorrigeError
from solver.formats import FORMATS
from solver.pipeline import build
from solver.sheet.languages import in_language, written_language
from solver.sheet.reader import read_sheet
from solver.solving import solve

CASES = [
    # the text, in French, in English
    ("a {fr|le}{en|the} b", "a le b", "a the b"),
    ("{en|the}{fr|le}", "le", "the"),
    ("{fr|le} {en|the} {fr|chat}{en|cat}", "le chat", "the cat"),
    (r"$\frac{ {fr|{1}}{en|{2}} }{3}$", r"$\frac{ {1} }{3}$", r"$\frac{ {2} }{3}$"),
    (r"{fr|$\{ \frac{1}{2}$}{en|$\}$}", r"$\{ \frac{1}{2}$", r"$\}$"),
    ("{fr|{{ f }}}{en|}", "{{ f }}", ""),
    (r"\{fr|le} {du|der}", r"\{fr|le} {du|der}", r"\{fr|le} {du|der}"),
    ("{fr|\nUn\n\ndeux\n}\n\n{en|\nOne\n}\nx", "\nUn\n\ndeux\n\n\n\n\n\nx", "\n\n\n\n\n\n\nOne\n\nx"),
    ("| {fr|a}{en|b} | c |", "| a | c |", "| b | c |"),
    (":title: {fr|Oui}{en|Yes}\n", ":title: Oui\n", ":title: Yes\n"),
    ("nothing $x_{ab|c}$ {solve}", "nothing $x_{ab|c}$ {solve}", "nothing $x_{ab|c}$ {solve}"),
]


@pytest.mark.parametrize(("text", "french", "english"), CASES)
def test_the_language_is_chosen(text: str, french: str, english: str) -> None:
    assert in_language(text, "fr").text == french
    assert in_language(text, "en").text == english
    assert in_language(text, "fr").several is (french != text)


@given(st.lists(st.tuples(st.text("xyz \n", min_size=1, max_size=6), st.text("ab|$ é", max_size=6),
                          st.text("cd|$ è", max_size=6), st.booleans()), max_size=6))  # fmt: skip
def test_whatever_stands_there(parts: list[tuple[str, str, str, bool]]) -> None:
    text = "".join(
        f"{plain}.{{fr|{f}}}{{en|{e}}}" if order else f"{plain}.{{en|{e}}}{{fr|{f}}}"
        for plain, f, e, order in parts
    )
    for lang, place in (("fr", 1), ("en", 2)):
        found = in_language(text, lang)
        chosen = found.text
        assert chosen == "".join(f"{part[0]}.{part[place]}" for part in parts)
        assert chosen.count("\n") == text.count("\n")
        assert found.several == bool(parts)


@pytest.mark.parametrize(
    ("front", "lang"),
    [
        ("lang: en", "en"),
        ("title: x\nlang: 'fr'", "fr"),
        ("title: lang en", "fr"),
        ("title: x\nlang: en #", "en"),
    ],
)
def test_the_language_that_a_sheet_says(front: str, lang: str) -> None:
    assert written_language(f"---\n{front}\n---\n\nlang: en\n") == lang


FRONT = "---\ntitle: {fr|Essai}{en|Trial}\n---\n\n"
FAULTS = [
    # the text, the language asked for, line and column, the message
    ("Un {fr|texte} seul.", "en", (5, 4), "asked for in “en”, found “fr” only"),
    ("Un\n\n- a {en|text} b", "fr", (7, 5), "asked for in “fr”"),
    ("{fr|a}\n{en|b}", "en", (5, 1), "asked for in “en”"),
    ("Un {fr|texte {en|text}.", "fr", (5, 4), "not closed"),
    ("Un {fr|texte {en|text}}.", "fr", (5, 14), "stands inside"),
    ("Un {fr|texte\nlong}{en|text}.", "fr", (5, 4), "not closed on its line"),
    ("Un {fr|texte}{de|Text}.", "fr", (5, 14), "unknown language “de”"),
    ("Un {fr|texte}{en |text}.", "fr", (5, 14), "a language is written “{en|”"),
    ("Un {FR|texte}{EN|text}.", "fr", (5, 4), "a language is written “{fr|”"),
]


@pytest.mark.parametrize(("text", "lang", "place", "message"), FAULTS)
def test_faults_point_into_the_file(text: str, lang: str, place: tuple[int, int], message: str) -> None:
    with pytest.raises(CorrigeError) as caught:
        read_sheet(FRONT + text + "\n", "td.md", lang=lang)
    assert message in caught.value.report()
    assert caught.value.report().startswith(f"td.md:{place[0]}:{place[1]}: ")


PLACED = [
    # a fault after or inside a piece, the column in the file where it stands
    ("{fr|Un}{en|One} {{ zz }}", "zz"),
    ("- {fr|Un {{ zz }}}{en|A longer text, {{ zz }}}", "zz"),
    ("{fr|\nUn\n}{en|\nOne\n}\n\n| {fr|a}{en|bcd} | {{ zz }} |\n|---|---|\n| a | b |", "zz"),
    ("## {fr|Question}{en|Question one} {#1x}", "#1x"),
    ("## {fr|Q}{en|Question}\n\n1. {fr|Un}{en|One} {points=z}", "points=z"),
    ("## Q\n\n```{solve} descent\n:of: {fr|w^2}{en|w^2} + zz(w\n:start: 1\n:rate: 1\n```", "zz"),
    ("## Q\n\n```{hint} {fr|Un}{en|One}\n{fr|Un}{en|Another} {{ zz }}\n```", "zz"),
]


@pytest.mark.parametrize(("text", "marked"), PLACED)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_faults_have_their_column_in_the_file(text: str, marked: str, lang: str) -> None:
    whole = FRONT + text + "\n"
    with pytest.raises(CorrigeError) as caught:
        solve(read_sheet(whole, "td.md", lang=lang))
    fault = caught.value
    assert fault.source == whole
    assert fault.span is not None
    row = whole.split("\n")[fault.span.line - 1]
    places = [i + 1 for i in range(len(row)) if row.startswith(marked, i)]
    assert fault.span.column in places
    inside = row.find("{en|")
    if len(places) > 1:
        assert (fault.span.column > inside) is (lang == "en")


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_faults_after_a_text_of_several_lines_keep_their_line(lang: str) -> None:
    text = FRONT + "{fr|\nUn.\n\nDeux.\n}\n{en|\nOne.\n}\n\n```{solve} nothing\n```\n"
    with pytest.raises(CorrigeError) as caught:
        read_sheet(text, "td.md", lang=lang)
    assert caught.value.span is not None
    assert text.split("\n")[caught.value.span.line - 1] == "```{solve} nothing"


# ---- whole builds -------------------------------------------------------------------------------

SHEET = """---
title: "{fr|Sentifr : descente}{en|Sentien: descent}"
course: {fr|Sentifr}{en|Sentien}
lang: fr
---

```{given}
f(w) = w^2 - 4w
alpha = 0,25
```

# {fr|Exercice 1 — Sentifr}{en|Exercise 1 — Sentien}

{fr|
Sentifr : une parabole !
}
{en|
Sentien, a parabola.
}

## {fr|Sentifr}{en|Sentien} {#q1 points=1}

| {fr|sentifr}{en|sentien} | $x_{\\text{ {fr|sentifr}{en|sentien} }}$ |
|---|---|
| a | b |

1. {fr|Sentifr $\\frac{1}{2}$.}{en|Sentien $\\frac{1}{2}$.} {points=1}

   ```{solve} descent
   :label: run
   :of: f
   :start: 0
   :rate: alpha
   ```

   ```{hint} {fr|Sentifr}{en|Sentien}
   {fr|Sentifr}{en|Sentien}
   ```

   ```{answer}
   {fr|Sentifr : ${{ q1.run.point(1) }}$}{en|Sentien: ${{ q1.run.point(1) }}$}.
   ```

   ```{marks}
   1: {fr|sentifr}{en|sentien}
   ```
"""


def bytes_of(folder: Path, tmp_path: Path) -> bytes:
    found = b""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        data = path.read_bytes()
        found += path.name.encode() + data
        if path.suffix == ".pdf":
            found += decompressed(data) + shown_text(data, tmp_path)
    return found.lower()


@pytest.mark.parametrize(("lang", "other"), [("fr", "en"), ("en", "fr")])
@pytest.mark.parametrize("view", ["solution", "statement", "marking"])
def test_the_other_language_leaves_no_byte(view: str, lang: str, other: str, tmp_path: Path) -> None:
    path = tmp_path / "td.md"
    path.write_text(SHEET, encoding="utf-8")
    formats = tuple(f for f in FORMATS if view == "solution" or f != "json")
    build(path, tmp_path / "o", Options(formats, view=view, lang=lang))
    data = bytes_of(tmp_path / "o", tmp_path)
    assert f"senti{lang}".encode() in data
    for encoding in ("utf-8", "utf-16-be"):
        assert f"senti{other}".encode(encoding) not in data
        assert f"senti{other}".encode(encoding).hex().encode() not in data


def test_the_statement_takes_the_typography_and_the_numbers_of_its_language(tmp_path: Path) -> None:
    french, english = (read_sheet(SHEET, "td.md", lang=lang) for lang in ("fr", "en"))
    assert (french.metadata.lang, english.metadata.lang) == ("fr", "en")
    assert french.metadata.title == "Sentifr\u00a0: descente"
    assert english.metadata.title == "Sentien: descent"
    # the sheet says `lang: fr`: 0,25 is a number in both
    rates = [solve(sheet).facts["q1.run"].public()["rate"] for sheet in (french, english)]
    assert rates == [Fraction(1, 4)] * 2


def test_a_sheet_in_one_language_keeps_its_own() -> None:
    sheet = read_sheet("---\ntitle: Essai\nlang: fr\n---\n\nUn texte.\n", "td.md", lang="en")
    assert sheet.metadata.lang == "fr"
