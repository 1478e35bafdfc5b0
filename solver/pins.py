"""`SHEET.facts.json`: the exact answers of a sheet, kept beside it: a change that alters one is seen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from solver.assembly import Solved
from solver.errors import CorrigeError, SheetError
from solver.plain_data import expected
from solver.sheet.chance import FORMAT


@dataclass(frozen=True, slots=True)
class Pins:
    """What was pinned: the seed of the variant, and each answer's value by its path."""

    seed: int
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """An answer that is not what was pinned; None where it is missing on that side."""

    path: str
    pinned: str | None
    found: str | None

    def __str__(self) -> str:
        if self.found is None:
            return f"{self.path}: pinned {self.pinned}, no longer an answer"
        if self.pinned is None:
            return f"{self.path}: {self.found}, not pinned"
        return f"{self.path}: pinned {self.pinned}, found {self.found}"


def pin_path(sheet: Path) -> Path:
    """Where the answers of a sheet are pinned: `td1.facts.json` beside `td1.md`."""
    return sheet.with_suffix(".facts.json")


def pins_text(solved: Solved) -> str:
    """The answers as the text of the file: one a line, in the order of the sheet."""
    seed = solved.sheet.variant.seed if solved.sheet.variant else 1
    return (
        json.dumps(
            {"format": FORMAT, "seed": seed, "answers": expected(solved.facts)}, ensure_ascii=False, indent=1
        )
        + "\n"
    )


def read_pins(path: Path) -> Pins | None:
    """The pinned answers, or None where nothing is pinned. Raises SheetError for a file that is not ours."""
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise SheetError(f"{path} cannot be read: {error}") from None
    answers = data.get("answers") if isinstance(data, dict) else None
    if not isinstance(answers, dict) or not all(isinstance(v, str) for v in answers.values()):
        raise SheetError(f"{path} holds no pinned answers", hint="Write it with `corrige pin`.")
    if data.get("format") != FORMAT or not isinstance(data.get("seed"), int):
        raise SheetError(f"{path} is of format {data.get('format')}, this version pins format {FORMAT}")
    return Pins(data["seed"], answers)


def differences(pins: Pins, found: Mapping[str, str], question: str | None = None) -> tuple[Difference, ...]:
    """Where the answers (of one question, or of all) are not what was pinned.

    Two expressions that are written differently and equal by values are the same answer.
    """
    paths = [p for p in dict.fromkeys([*pins.answers, *found]) if question in (None, p.partition(".")[0])]
    pairs = (Difference(path, pins.answers.get(path), found.get(path)) for path in paths)
    return tuple(d for d in pairs if d.pinned != d.found and not _equal(d))


def _equal(difference: Difference) -> bool:
    from solver.derivation.check import same
    from solver.expression.reader import read_expression

    if difference.pinned is None or difference.found is None:
        return False
    try:
        sides = read_expression(difference.pinned), read_expression(difference.found)
        return same(*sides).holds is True
    except (CorrigeError, ArithmeticError, ValueError):
        return False
