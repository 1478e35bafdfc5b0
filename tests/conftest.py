"""Shared by all tests: slow ones run in continuous integration or with --slow; figures are cached per run."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the slow tests too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow") or os.environ.get("CI"):
        return
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="slow: runs in continuous integration or with --slow"))


@pytest.fixture(autouse=True, scope="session")
def _figure_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tests neither read nor fill the user's own cache; one cache serves a whole run."""
    folder = tmp_path_factory.getbasetemp().parent / "corrige-cache"
    os.environ["CORRIGE_CACHE"] = str(folder)
    os.environ["CORRIGE_DEBUG"] = "1"  # a fault of our own fails the test that meets it


def effort(work: Callable[[], object]) -> int:
    """How many Python functions `work` calls: a measure of its cost that no busy machine changes."""
    count = 0

    def tick(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def needs(program: str) -> None:
    """Skips on a user's machine that lacks `program`; fails in continuous integration."""
    if shutil.which(program) is None:
        if os.environ.get("CI"):
            pytest.fail(f"{program} is missing")
        pytest.skip(f"{program} is not installed")
