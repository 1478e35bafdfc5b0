"""Where a value stands in a JSON text: only asked for when something is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from solver.errors import Span

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)


def span_at(text: str, path: Sequence[str | int], *, key: bool = False) -> Span | None:
    """The span of the value reached by keys and indices, or of its key; as deep as the path leads.

    None where not even the first key is there.
    """
    start, length = _skip(text, 0), 1
    if text[start : start + 1] == "\ufeff":
        start = _skip(text, start + 1)
    reached = False
    for step in path:
        found = _inside(text, start, step)
        if found is None:
            break
        name, value, end = found
        start, length, reached = (name, value - name, True) if key else (value, end - value, True)
        if key:
            length = _DECODER.raw_decode(text, name)[1] - name
            break
    if not reached:
        return None
    line = text.count("\n", 0, start) + 1
    column = start - text.rfind("\n", 0, start)
    newline = text.find("\n", start)
    return Span(line, column, min(length, newline - start) if newline >= 0 else length)


def _inside(text: str, start: int, step: str | int) -> tuple[int, int, int] | None:
    """(start of the key, start of the value, end of the value) of an item of what begins at `start`."""
    opening = text[start : start + 1]
    if opening != ("{" if isinstance(step, str) else "["):
        return None
    at, index = _skip(text, start + 1), 0
    while text[at : at + 1] not in ("]", "}", ""):
        name, here = at, index
        label: object = here
        if opening == "{":
            label, at = _DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        end = _DECODER.raw_decode(text, at)[1]
        if label == step:
            return name, at, end
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        index += 1
    return None


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
