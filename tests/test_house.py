"""The rules of the house, run with every test: types, style, one-way imports, no second differentiator."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

FORBIDDEN = {"diff", "doit", "simplify"}
EVALUATORS = {"eval", "exec", "sympify", "parse_expr", "parse_latex", "lambdify"}


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "solver", "tests", "benchmarks"],
        ["mypy"],
        ["lint-imports"],
    ],
    ids=lambda c: " ".join(c[:2]),
)
def test_tools_agree(command: list[str]) -> None:
    program = Path(sys.executable).parent / command[0]
    done = subprocess.run([program, *command[1:]], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def calls(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                found.add(node.func.attr)
            elif isinstance(node.func, ast.Name):
                found.add(node.func.id)
    return found


@pytest.mark.parametrize(
    "folder", ["rules", "graph", "derivation", "network", "descent", "analysis", "layer", "claims"]
)
def test_mathematics_never_asks_sympy_to_differentiate_or_simplify(folder: str) -> None:
    for path in (ROOT / "solver" / folder).rglob("*.py"):
        assert not calls(path) & FORBIDDEN, path


def test_text_is_never_evaluated() -> None:
    for path in (ROOT / "solver").rglob("*.py"):
        assert not calls(path) & EVALUATORS, path


def test_no_result_of_the_first_sheet_is_typed() -> None:
    typed = ("491441", "49/20", "3.0715", "245/8", "30.625", "16793393", "4.7604", "1.2604", "sqrt(145)")
    for folder in ("solver", "templates", "sheets"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix in {".py", ".j2", ".toml", ".md"}:
                text = path.read_text(encoding="utf-8")
                assert not [t for t in typed if t in text], path


def test_enough_tests_are_collected() -> None:
    """Files that pytest does not collect test nothing."""
    names = [p.name for p in (ROOT / "tests").rglob("*.py")]
    ours = ("test_", "conftest", "__init__")
    stray = [n for n in names if not n.startswith(ours) and not n.endswith(("_samples.py", "_helpers.py"))]
    assert stray == []
