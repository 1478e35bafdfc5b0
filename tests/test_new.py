"""`corrige new`: every starter builds in both languages, says how to go on, and never overwrites."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import ROOT
from test_cli import run
from test_leaks import shown_text

from solver.assembly import Options
from solver.guide.starters import STARTERS, starter
from solver.pipeline import STEMS, build
from solver.plain_data import expected
from solver.sheet.reader import iter_directives, read_sheet
from solver.solving import require_sound, solve

LANGUAGES = ("fr", "en")


def test_starters_are_what_lies_there() -> None:
    assert sorted(p.stem for p in (ROOT / "sheets" / "starters").glob("*.md")) == sorted(STARTERS)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", STARTERS)
def test_a_starter_builds_in_both_views_and_leaks_nothing(name: str, lang: str, tmp_path: Path) -> None:
    """No line of a box, and no words of a hidden text, are in the statement."""
    path = tmp_path / "td.md"
    assert run("new", str(path), "--lang", lang, "--from", name)[0] == 0
    sheet = read_sheet(path.read_text(encoding="utf-8"), "td.md")
    assert sheet.metadata.lang == lang
    solved = solve(sheet)
    require_sound(solved, strict=True)
    build(path, tmp_path / "o", Options(("pdf", "latex", "markdown"), figures=False))
    build(path, tmp_path / "s", Options(("pdf", "latex", "markdown"), view="statement"))
    stem = Path(STEMS[lang, "solution"]).stem
    solution = (tmp_path / "o" / "td" / f"{stem}.md").read_text(encoding="utf-8")
    secrets = {row[2:] for row in solution.split("\n") if row.startswith("> ") and "=" in row}
    assert secrets  # the boxed results, as the solution shows them
    assert not [secret for secret in secrets if secret in shown(tmp_path / "s", tmp_path)]
    for directive in iter_directives(sheet):
        if directive.name in ("answer", "marks", "check"):
            words = max(re.findall(r"[\w' ]+", re.sub(r"\$.*?\$", "$", directive.body)), key=len).strip()
            assert words in shown(tmp_path / "o", tmp_path) or directive.name != "answer"
            assert words not in shown(tmp_path / "s", tmp_path)


def shown(folder: Path, tmp_path: Path) -> str:
    """The text of every file of a build, with single spaces."""
    found = []
    for file in sorted(folder.rglob("*.*")):
        data = file.read_bytes()
        found.append((shown_text(data, tmp_path) if file.suffix == ".pdf" else data).decode("utf-8"))
    assert "<!--" not in "".join(found)
    return re.sub(r"\s+", " ", "\n".join(found))


@pytest.mark.parametrize("name", STARTERS)
def test_both_languages_say_the_same(name: str) -> None:
    """The same directives and answers; the text of a starter holds comments, and no brace of a language."""
    french, english = (read_sheet(starter(name, lang), "td.md") for lang in LANGUAGES)
    kinds = [[(d.name, d.argument) for d in iter_directives(s)] for s in (french, english)]
    assert kinds[0] == kinds[1]
    assert list(expected(solve(french).facts).values()) == list(expected(solve(english).facts).values())
    for sheet in (french, english):
        assert "<!-- " in sheet.source
        assert "{fr|" not in sheet.source
        assert "\n\n\n" not in sheet.source


def test_the_file_is_named_and_the_next_command_told(tmp_path: Path) -> None:
    code, out, err = run("new", str(tmp_path / "a b" / "td1"), "--from", "blank")
    path = tmp_path / "a b" / "td1.md"
    assert (code, out.strip()) == (0, str(path))
    assert f"corrige build '{path}'" in err
    assert path.read_text(encoding="utf-8") == starter("blank", "en")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("there", (), "is there already"),
        ("there.md", (), "is there already"),
        ("td.txt", (), "a sheet is a .md file"),
        ("", (), "the name of a sheet is expected"),
        ("td", ("--from", "decent"), "Did you mean “descent”?"),
        ("there.md/td", (), "cannot write"),
    ],
)
def test_faults_leave_everything_as_it_is(
    name: str, options: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    there = tmp_path / "there.md"
    there.write_text("mine", encoding="utf-8")
    code, out, err = run("new", f"{tmp_path}/{name}", *options)
    assert (code, out) == (2, "")
    assert message in err
    assert there.read_text(encoding="utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [there]
