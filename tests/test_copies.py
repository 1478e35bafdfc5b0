"""Copies: each student has a variant of their own, a failed copy stops no other, what is whole is kept."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from pathlib import Path

import pikepdf
import pytest
from click.testing import CliRunner, Result

from solver.cli import main
from solver.copies import Copy, numbered, roster
from solver.errors import CorrigeError

SHEET = """---
title: Essai
lang: fr
---

```{draw}
a in 1..9
w0 in 1..5
```

```{given}
f(w) = a w^2 - 4w
```

## Question 1 {#q1}

On part de {{ w0 }}.

1. Itérer.

   ```{solve} descent
   :label: run
   :of: f
   :start: w0
   :rate: 1/100
   ```
"""
CLAIM = "\n   ```{check}\n   f(1) = a - 4 + (a - 3)^2 (a - 5)^2 (a - 7)^2 (a - 9)^2\n   ```\n"
"""True for some of the values of a only."""


def write(folder: Path, text: str = SHEET) -> Path:
    path = folder / "td.md"
    path.write_text(text, "utf-8")
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["build", *map(str, arguments)])


def test_every_copy_and_all_together(tmp_path: Path) -> None:
    sheet, out = write(tmp_path), tmp_path / "out"
    done = run(sheet, "--copies", 3, "--seed", 20, "-o", out)
    assert done.exit_code == 0, done.output
    answers = json.loads((out / "td" / "answers.json").read_text("utf-8"))
    assert [one["seed"] for one in answers] == [20, 21, 22]
    for one in answers:
        a, w = Fraction(one["values"]["a"]), Fraction(one["values"]["w0"])
        for k in range(4):
            assert Fraction(one["answers"][f"q1.run.points[{k}]"]) == w
            w -= Fraction(1, 100) * (2 * a * w - 4)
    with (out / "td" / "answers.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    assert {(r["copy"], r["answer"], r["value"]) for r in rows} == {
        (str(one["number"]), k, v) for one in answers for k, v in one["answers"].items()
    }
    for name, every in (("enonce.pdf", "enonces.pdf"), ("corrige.pdf", "corriges.pdf")):
        own = sorted((out / "td" / "copies").glob(f"*/{name}"))
        assert [p.parent.name for p in own] == ["001", "002", "003"]
        with pikepdf.open(out / "td" / every) as whole:
            assert len(whole.pages) == sum(len(pikepdf.open(p).pages) for p in own)


def test_a_second_run_makes_only_what_changed(tmp_path: Path) -> None:
    sheet, out = write(tmp_path), tmp_path / "out"
    first = run(sheet, "--copies", 2, "-o", out)
    assert "2 copies made, 0 kept" in first.output
    before = (out / "td" / "corriges.pdf").read_bytes()
    assert "0 copies made, 2 kept" in run(sheet, "--copies", 2, "-o", out).output
    assert (out / "td" / "corriges.pdf").read_bytes() == before
    (out / "td" / "copies" / "002" / "corrige.pdf").write_bytes(b"cut")
    assert "1 copies made, 1 kept" in run(sheet, "--copies", 2, "-o", out).output
    assert (out / "td" / "corriges.pdf").read_bytes() == before
    write(tmp_path, SHEET.replace("1/100", "1/50"))
    assert "2 copies made, 0 kept" in run(sheet, "--copies", 2, "-o", out).output


def test_a_failed_copy_is_told_at_the_end(tmp_path: Path) -> None:
    sheet, out = write(tmp_path, SHEET + CLAIM), tmp_path / "out"
    done = run(sheet, "--copies", 6, "-o", out)
    assert done.exit_code == 1
    values = {
        one["seed"]: int(one["values"]["a"]) for one in json.loads((out / "td/answers.json").read_text())
    }
    assert values
    assert all(a in (3, 5, 7, 9) for a in values.values())
    assert len(values) < 6
    assert done.output.count("error: copy") == 6 - len(values)
    assert "does not hold" in done.output


def test_nothing_can_be_made(tmp_path: Path) -> None:
    sheet, out = write(tmp_path, SHEET.replace(":start: w0", ":start: w1")), tmp_path / "out"
    done = run(sheet, "--copies", 2, "-o", out)
    assert done.exit_code == 2
    assert "no copy could be made" in done.output
    assert not (out / "td").exists()


def test_a_roster(tmp_path: Path) -> None:
    sheet, out = write(tmp_path), tmp_path / "out"
    names = tmp_path / "classe.csv"
    names.write_text("Nom;Prénom\nLovelace;Ada\nGalois;Évariste\n", "utf-8")
    done = run(sheet, "--roster", names, "-o", out, "--view", "statement", "--to", "markdown")
    assert done.exit_code == 0, done.output
    text = (out / "td" / "copies" / "002-evariste-galois" / "enonce.md").read_text("utf-8")
    seed = roster(names, 1)[1].seed
    assert f"variante {seed} · Évariste Galois" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name,seed\nAda,3\nEmmy,12\n", [("Ada", 3), ("Emmy", 12)]),
        ("name\nAda\n\nEmmy\n", [("Ada", None), ("Emmy", None)]),
        ("id\tnom\tprénom\n7\tNoether\tEmmy\n", [("Emmy Noether", None)]),
        ('\ufeffname,note\n"Curie, Marie",x\n', [("Curie, Marie", None)]),
    ],
)
def test_rosters_as_people_write_them(
    tmp_path: Path, text: str, expected: list[tuple[str, int | None]]
) -> None:
    path = tmp_path / "r.csv"
    path.write_text(text, "utf-8")
    found = roster(path, 1)
    assert [c.name for c in found] == [name for name, _ in expected]
    assert all(seed in (None, c.seed) for c, (_, seed) in zip(found, expected, strict=True))
    assert [c.number for c in found] == list(range(1, len(found) + 1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("nmae\nAda\n", "needs a column"),
        ("name,seed\nAda,x\n", "a seed is a whole number"),
        ("first,name\n,\nAda,\n,\n", "1 to 10000 rows|without a name"),
        ("name\n", "1 to 10000 rows"),
        ('name\n"Ada\n', "not CSV"),
    ],
)
def test_wrong_rosters(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text(text, "utf-8")
    if text.startswith("first"):
        path.write_text("first,name,id\n,,4\n", "utf-8")
    with pytest.raises(CorrigeError, match=message):
        roster(path, 1)


def test_a_row_more_changes_nobody(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("name\nAda\nEmmy\nAda\n", "utf-8")
    before = {(c.name, k): c.seed for k, c in enumerate(roster(path, 5))}
    path.write_text("name\nSofia\nEmmy\nAda\nAda\n", "utf-8")
    after = [c.seed for c in roster(path, 5)]
    assert after[1:] == [before["Emmy", 1], before["Ada", 0], before["Ada", 2]]
    assert len(set(after)) == 4


def test_numbered() -> None:
    assert numbered(3, 7) == (Copy(1, 7), Copy(2, 8), Copy(3, 9))
    assert Copy(12, 1, "../../Éva  N’Diaye").folder == "012-eva-ndiaye"
    assert Copy(3, 1, "李").folder == "003"


@pytest.mark.slow  # starts worker processes
def test_side_by_side_is_the_same(tmp_path: Path) -> None:
    sheet = write(tmp_path)
    for jobs in (1, 2):
        done = run(sheet, "--copies", 3, "--jobs", jobs, "-o", tmp_path / str(jobs))
        assert done.exit_code == 0, done.output
    files = [p for p in (tmp_path / "1").rglob("*") if p.is_file()]
    assert len(files) == 13
    for path in files:
        assert path.read_bytes() == (tmp_path / "2" / path.relative_to(tmp_path / "1")).read_bytes(), path


@pytest.mark.slow  # starts a cluster of two workers on this machine
@pytest.mark.filterwarnings("ignore")  # distributed warns of ports and of its own clean-up
def test_on_a_cluster(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    sheet, out = write(tmp_path), tmp_path / "out"
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster:
        done = run(sheet, "--copies", 4, "--cluster", cluster.scheduler_address, "-o", out)
    assert done.exit_code == 0, done.output
    assert len(json.loads((out / "td" / "answers.json").read_text("utf-8"))) == 4


def test_no_cluster_answers(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    done = run(write(tmp_path), "--copies", 1, "--cluster", "nonsense", "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert "no dask scheduler" in done.output
