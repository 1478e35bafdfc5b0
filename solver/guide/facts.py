"""What the prose of a sheet can cite of each kind of answer: the facts of its example, solved now."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from solver.guide.describe import example
from solver.plain_data import json_ready
from solver.questions.base import KINDS
from solver.sheet.reader import read_sheet
from solver.solving import solve


def facts_of(kind: str) -> tuple[tuple[str, str], ...]:
    """The paths that `{{ label.PATH }}` reads, each with its exact value in the example; none for a figure.

    Of a list the first item stands for all, of a function of k its value at 1.
    """
    if kind not in KINDS:
        return ()
    (answer,) = solve(read_sheet(example(kind), f"{kind}.md")).facts.values()
    return tuple(_flat(answer.public(), ""))


def _flat(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if re.fullmatch(r"[^\W\d]\w*(?:-\w+)*", str(name)):
                yield from _flat(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, (list, tuple)):
        yield from _flat(value[0], f"{path}[0]") if value else ()
    elif callable(value):
        yield from _flat(value(1), f"{path}(1)")
    elif value not in (None, ""):
        yield path, str(json_ready(value))
