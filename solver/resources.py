"""Where our own data lies, in the repository or in a wheel, and where we keep what can be remade."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parent


@cache
def data_folder(name: str) -> Path:
    """The folder `templates` or `sheets`: package data where it is installed, else the repository's."""
    packaged = _PACKAGE / "_data" / name
    return packaged if packaged.is_dir() else _PACKAGE.parent / name


def template_folder() -> Path:
    """The folder of wordings and frames."""
    return data_folder("templates")


@cache
def template_text(relative: str) -> str:
    """The text of one of our templates, by its path below the template folder."""
    return (template_folder() / relative).read_text(encoding="utf-8")


@cache
def language_table(lang: str, name: str) -> Mapping[str, Any]:
    """The rows of `templates/<lang>/<name>.toml`."""
    return tomllib.loads(template_text(f"{lang}/{name}.toml"))


@cache
def language_words(lang: str, name: str) -> dict[str, str]:
    """A table whose rows are all words or sentences."""
    return {key: str(value) for key, value in language_table(lang, name).items()}


def terms(lang: str) -> dict[str, str]:
    """The words of a language by key (`justification`, `figure`, `iterates`…)."""
    return language_words(lang, "terms")


@cache
def languages() -> tuple[str, ...]:
    """The languages that have terms."""
    return tuple(sorted(p.parent.name for p in template_folder().glob("*/terms.toml")))


def cache_folder() -> Path | None:
    """`$CORRIGE_CACHE`, else `$XDG_CACHE_HOME/corrige`, else `~/.cache/corrige`; None without a home."""
    chosen = os.environ.get("CORRIGE_CACHE")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "corrige"
    except RuntimeError:
        return None
