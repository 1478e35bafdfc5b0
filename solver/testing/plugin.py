"""The pytest plugin: `pytest --corrige sheets/` checks sheets like code, one test a question."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from solver.assembly import Solved
    from solver.pins import Pins
    from solver.questions.base import Facts

_KEY = pytest.StashKey[tuple[Path, ...]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("corrige")
    group.addoption(
        "--corrige",
        action="append",
        default=[],
        metavar="PATH",
        help="a sheet, or a folder of sheets: every question is a test (may be given several times)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """The sheets are collected beside what pytest collects by itself."""
    paths = tuple(Path(p).resolve() for p in config.getoption("--corrige"))
    config.stash[_KEY] = paths
    for path in paths:
        if not path.exists():
            raise pytest.UsageError(f"--corrige: there is no {path}")
        if not any(path.is_relative_to(Path(a.partition("::")[0]).resolve()) for a in config.args):
            config.args.append(str(path))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SheetFile | None:
    paths = parent.config.stash.get(_KEY, ())
    if file_path.suffix == ".md" and any(file_path.resolve().is_relative_to(p) for p in paths):
        return SheetFile.from_parent(parent, path=file_path)
    return None


class SheetFile(pytest.File):
    """A sheet; it is solved once, when its first question is tested."""

    solution: Solution | None = None

    def collect(self) -> Iterator[SheetItem]:
        from solver.errors import CorrigeError
        from solver.sheet.reader import iter_directives
        from solver.solving import read

        if not self.path.read_text("utf-8", "replace").lstrip("\ufeff").startswith("---"):
            return  # a text in Markdown beside the sheets, not a sheet
        try:
            sheet = read(self.path)
        except CorrigeError as fault:
            raise self.CollectError(fault.report()) from None
        asked = [d for d in iter_directives(sheet) if d.name in ("solve", "check")]
        for question in dict.fromkeys(d.label.partition(".")[0] for d in asked):
            yield SheetItem.from_parent(self, name=question)

    def solved(self) -> Solution:
        """What was solved before the first fault, and that fault."""
        if self.solution is None:
            self.solution = Solution(self.path)
        return self.solution


class Solution:
    """A solved sheet: its answers, its claims and its pins; or what it met before the first fault."""

    def __init__(self, path: Path) -> None:
        from solver.errors import CorrigeError
        from solver.pins import pin_path, read_pins
        from solver.plain_data import expected
        from solver.solving import read_variant, solve, text_of

        self.fault: CorrigeError | None = None
        self.failing = ""
        self.facts: dict[str, Facts] = {}
        self.claims: dict[str, Any] = {}
        self.pins: Pins | None = read_pins(pin_path(path))
        sheet = read_variant(text_of(path), str(path), self.pins.seed if self.pins else 1)

        def keep(solved: Solved, directive: Any) -> None:
            self.facts[directive.label] = solved.facts[directive.label]

        try:
            self.claims = dict(solve(sheet, found=keep).claims)
        except CorrigeError as fault:
            self.fault = fault
            from solver.sheet.reader import iter_directives

            line = fault.span.line if fault.span else 0
            before = [d for d in iter_directives(sheet) if d.span.line <= line]
            self.failing = before[-1].label.partition(".")[0] if before else ""
        self.answers = expected(self.facts)

    def problems(self, question: str) -> list[str]:
        """What is wrong with one question: a fault, a check that fails, an answer that is not as pinned."""
        if self.fault is not None and question == self.failing:
            return [self.fault.report()]
        from solver.pins import differences

        mine = [f for label, f in self.facts.items() if label.partition(".")[0] == question]
        own = [c for label, c in self.claims.items() if label.partition(".")[0] == question]
        if self.fault is not None and not mine:
            return [f"not solved: “{self.failing}” stopped before ({self.fault.message})"]
        checks = [e for f in mine for e in f.checks] + [e for lines in own for e in lines]
        found = [f"{e.left} = {e.right} does not hold ({e.means.value})" for e in checks if e.holds is False]
        if self.pins is not None:
            found += map(str, differences(self.pins, self.answers, question))
        return found


class SheetItem(pytest.Item):
    """One question: its equalities hold, its claims are true, its answers are as pinned."""

    def runtest(self) -> None:
        parent = self.parent
        assert isinstance(parent, SheetFile)
        problems = parent.solved().problems(self.name)
        if problems:
            raise Wrong("\n".join(problems))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        from solver.errors import CorrigeError

        if isinstance(excinfo.value, Wrong):
            return str(excinfo.value)
        if isinstance(excinfo.value, CorrigeError):
            return excinfo.value.report()
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, f"{self.path.name}: {self.name}"


class Wrong(AssertionError):
    """A question of a sheet that does not hold."""
