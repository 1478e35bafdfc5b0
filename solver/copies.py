"""Who gets which variant: numbered copies, or one a student of a roster."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from solver.errors import CorrigeError, Span, nearest
from solver.sheet.chance import below

MAX_COPIES = 10_000
MAX_SEED = 10**9
_NAMES = ("name", "nom", "student", "étudiant", "etudiant", "étudiante")
_FIRST_NAMES = ("first name", "firstname", "first", "prénom", "prenom")
_SEEDS = ("seed", "graine", "variant", "variante")


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a sheet: its number in the batch, its seed, whose it is (None: nobody's)."""

    number: int
    seed: int
    name: str | None = None

    @property
    def folder(self) -> str:
        """The name of its folder: `007`, `007-ada-lovelace`."""
        return "-".join(filter(None, [f"{self.number:03d}", _slug(self.name or "")]))


def numbered(count: int, seed: int) -> tuple[Copy, ...]:
    """`count` copies with the seeds seed, seed + 1, …"""
    if not 1 <= count <= MAX_COPIES:
        raise CorrigeError(f"1 to {MAX_COPIES} copies can be made, found {count}")
    return tuple(Copy(k + 1, seed + k) for k in range(count))


def roster(path: Path, seed: int) -> tuple[Copy, ...]:
    """A copy for each row of a CSV file with a column `name` (or `nom`).

    A column `seed` chooses the variant; without one it follows from the name and from `seed`, so that a row
    more or another order changes nobody's variant. Raises CorrigeError, with the line, for what cannot be
    read.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CorrigeError(f"cannot read {path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise CorrigeError(f"{path}: the roster is not UTF-8 text") from None
    separator = max(",;\t", key=text.partition("\n")[0].count)
    try:
        lines = [row for row in csv.reader(io.StringIO(text), delimiter=separator, strict=True) if any(row)]
    except csv.Error as error:
        raise CorrigeError(f"the roster is not CSV: {error}", path=str(path)) from None
    if not lines:
        raise CorrigeError("the roster is empty", path=str(path))
    head = [cell.strip().lower() for cell in lines[0]]
    name_at, first_at, seed_at = (_column(head, known) for known in (_NAMES, _FIRST_NAMES, _SEEDS))
    if name_at is None:
        hint = next(filter(None, (nearest(title, _NAMES) for title in head)), None)
        message = f"the roster needs a column “name” (or “nom”), found: {', '.join(lines[0])}"
        raise CorrigeError(message, path=str(path), span=Span(1, 1), hint=hint)
    found: list[Copy] = []
    seen: Counter[str] = Counter()
    for number, row in enumerate(lines[1:], 1):
        cells = [cell.strip() for cell in row] + [""] * len(head)
        name = " ".join(filter(None, [cells[first_at] if first_at is not None else "", cells[name_at]]))
        if not name:
            raise CorrigeError("a row without a name", path=str(path), span=Span(number + 1, 1))
        own = cells[seed_at] if seed_at is not None else ""
        found.append(Copy(number, _seed(own, name, seen[name], seed, path, number + 1), name))
        seen[name] += 1
    if not 1 <= len(found) <= MAX_COPIES:
        raise CorrigeError(f"1 to {MAX_COPIES} rows can be read, found {len(found)}", path=str(path))
    return tuple(found)


def _column(head: list[str], known: tuple[str, ...]) -> int | None:
    return next((head.index(name) for name in known if name in head), None)


def _seed(own: str, name: str, before: int, seed: int, path: Path, line: int) -> int:
    """The seed that stands in the row, else one that follows from the name (and from namesakes before it)."""
    if not own:
        return below(MAX_SEED, seed, "roster", name, before)
    if not re.fullmatch(r"\d{1,9}", own):
        message = f"a seed is a whole number below {MAX_SEED}, found “{own}”"
        raise CorrigeError(message, path=str(path), span=Span(line, 1))
    return int(own)


def _slug(name: str) -> str:
    """A name as a file system takes it anywhere: plain lower-case letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name[:80]).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:40]
