"""The shipped sheets, all the way: `output/` is what the sheet gives today, and both PDFs are sound."""

from __future__ import annotations

import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from conftest import ROOT, needs

from solver.assembly import Options
from solver.pipeline import STEMS, Built, build
from solver.solving import read

SHEETS = sorted((ROOT / "sheets").glob("*.md"))


@pytest.fixture(scope="module", params=SHEETS, ids=lambda p: p.stem)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Built]:
    folder = tmp_path_factory.mktemp("built")
    return folder / request.param.stem, build(request.param, folder, Options())


def language(folder: Path) -> str:
    """The language of the sheet that was built into `folder`."""
    return read(ROOT / "sheets" / f"{folder.name}.md").metadata.lang


def stem_of(folder: Path) -> str:
    return STEMS[language(folder), "solution"]


def test_output_is_what_the_sheet_gives(built: tuple[Path, Built]) -> None:
    """Regenerate with `corrige build sheets/*.md` after a change that is meant."""
    folder, _ = built
    kept, stem = ROOT / "output" / folder.name, stem_of(folder)
    for name in (f"{stem}.md", f"{stem}.tex"):
        assert (kept / name).read_text() == (folder / name).read_text(), name
    listing = {p.relative_to(folder) for p in folder.rglob("*") if p.is_file()}
    assert {p.relative_to(kept) for p in kept.rglob(f"{stem}*") if p.is_file()} <= listing
    assert {p.relative_to(kept) for p in kept.glob(f"{stem}-figures/*")} == {
        p for p in listing if p.parts[0] == f"{stem}-figures"
    }


def test_nothing_failed_and_something_was_checked(built: tuple[Path, Built]) -> None:
    _, made = built
    assert made.tally is not None
    assert made.tally.failed == ()
    assert made.tally.total > 50


def test_descriptions_of_figures_write_decimals_as_their_language_does(built: tuple[Path, Built]) -> None:
    folder, _ = built
    found = re.findall(r"!\[([^\]]*)\]", (folder / f"{stem_of(folder)}.md").read_text())
    assert found
    foreign = r"\d\.\d" if language(folder) == "fr" else r"\d,\d"
    assert not [text for text in found if re.search(foreign, text)]


def test_a_second_build_gives_the_same_bytes(
    built: tuple[Path, Built], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = built
    monkeypatch.setenv("CORRIGE_CACHE", str(tmp_path / "cache"))  # nothing is found again
    build(ROOT / "sheets" / f"{folder.name}.md", tmp_path, Options())
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        assert path.read_bytes() == (tmp_path / folder.name / path.relative_to(folder)).read_bytes(), path


def test_the_pdf_is_tagged_and_titled(built: tuple[Path, Built]) -> None:
    import pikepdf

    folder, _ = built
    with pikepdf.open(folder / f"{stem_of(folder)}.pdf") as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang).startswith(language(folder))
        metadata = pdf.open_metadata()
        assert metadata.get("pdfuaid:part") == "1"
        assert metadata.get("dc:title")
        assert len(pdf.pages) > 4


BAD = re.compile(
    r"^(! .*|LaTeX Warning: (?!Label).*|Package \w+ Warning: .*|Missing character.*"
    r"|Overfull .hbox \((\d+\.\d+)pt.*)",
    re.MULTILINE,
)


@pytest.mark.slow
def test_the_latex_compiles_without_a_warning_of_substance(built: tuple[Path, Built], tmp_path: Path) -> None:
    needs("pdflatex")
    folder, _ = built
    log = ""
    for _ in range(2):
        done = subprocess.run(
            ["pdflatex", "-no-shell-escape", "-halt-on-error", "-interaction=nonstopmode",
             f"-output-directory={tmp_path}", f"{stem_of(folder)}.tex"],
            cwd=folder, capture_output=True, text=True, errors="replace", timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:]
        log = (tmp_path / f"{stem_of(folder)}.log").read_text(errors="replace")
    faults = [m[0] for m in BAD.finditer(log.replace("\n\n", "\n")) if not (m[2] and float(m[2]) < 2.0)]
    assert faults == []


@pytest.mark.slow
def test_a_wheel_installed_elsewhere_does_the_main_job(tmp_path: Path) -> None:
    """Templates and sheets travel with the wheel; nothing of the checkout is read."""
    wheels = tmp_path / "wheels"
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(wheels), str(ROOT)]
    subprocess.run(command, check=True, timeout=300)
    (wheel,) = wheels.glob("corrige-*.whl")
    place = tmp_path / "elsewhere"
    venv.create(place / "venv", with_pip=True, system_site_packages=False)
    python = place / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", str(wheel)], check=True, timeout=900)
    sheet = place / "retropropagation.md"
    found = subprocess.run(
        [python, "-c", "from solver.resources import data_folder; print(data_folder('sheets'))"],
        cwd=place, capture_output=True, text=True, check=True,
    )  # fmt: skip
    sheet.write_text((Path(found.stdout.strip()) / "retropropagation.md").read_text(encoding="utf-8"))
    done = subprocess.run(
        [place / "venv/bin/corrige", "build", sheet.name],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    for verb in (["new", "td", "--lang", "fr"], ["kinds", "descent"], ["kinds", "--schema"]):
        subprocess.run([place / "venv/bin/corrige", *verb], cwd=place, check=True, stdout=subprocess.DEVNULL)
    assert (place / "td.md").exists()
    for name in ("corrige.pdf", "corrige.tex", "corrige.md"):
        assert (place / "output/retropropagation" / name).stat().st_size > 10_000
