"""Starters of `corrige new`: short sheets that build at once and say, in comments, how they are made."""

from __future__ import annotations

from pathlib import Path

from solver.errors import CorrigeError, nearest
from solver.resources import data_folder
from solver.sheet.languages import in_language

STARTERS = ("descent", "network", "activations", "graph", "blank")


def starter(name: str, lang: str) -> str:
    """The text of a starter in one language; a CorrigeError names the nearest where there is none."""
    if name not in STARTERS:
        raise CorrigeError(
            f"there is no starter “{name}”; the starters are {', '.join(STARTERS)}",
            hint=nearest(name, STARTERS),
        )
    text = (data_folder("sheets") / "starters" / f"{name}.md").read_text(encoding="utf-8")
    return in_language(text, lang).text


def sheet_path(name: str) -> Path:
    """`td1` and `td1.md` are the file td1.md; a CorrigeError where the name is none of a sheet."""
    path = Path(name)
    if not path.name or path.name in (".", "..") or path.is_dir():
        raise CorrigeError(f"the name of a sheet is expected, found “{name}”", hint="Write corrige new td1.")
    if path.suffix not in ("", ".md"):
        raise CorrigeError(f"a sheet is a .md file, found “{name}”", hint="Write corrige new td1.")
    return path.with_suffix(".md")


def write_new(path: Path, text: str) -> None:
    """Writes a file that is not there yet; a CorrigeError where it is, or where it cannot be written."""
    if path.exists():
        raise CorrigeError(f"{path} is there already, and stays as it is", hint="Choose another name.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise CorrigeError(f"cannot write {path}: {error.strerror or error}") from None
