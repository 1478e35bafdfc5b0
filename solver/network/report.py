"""`corrige network`: forward and backward pass of a record as JSON, text, Markdown or LaTeX."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from solver.errors import CorrigeError, OutOfTime
from solver.network.numbers import text
from solver.network.record import Record, read_record
from solver.network.remarks import remarks, sentences


def network_report(
    source: str, *, to: str = "json", lang: str = "en", path: str | None = None, indent: int | None = 1
) -> str:
    """The answer for one record. Raises CorrigeError (with `path`) where it cannot be read or computed."""
    try:
        record = read_record(source)
        if to == "json":
            return json.dumps(network_json(record, lang=lang), ensure_ascii=False, indent=indent)
        return network_text(record, to, lang)
    except CorrigeError as error:
        error.path = error.path or path
        raise


def network_text(record: Record, to: str, lang: str) -> str:
    """The answer as `text`, `markdown` or `latex`."""
    from solver.network import render
    from solver.network.backward import WRITTEN
    from solver.network.outline_large import outline_of_floats, outline_of_large
    from solver.network.outline_numbers import outline_of_numbers
    from solver.network.outline_symbols import outline_of_names

    if not record.has_numbers:
        make = outline_of_names
    elif record.in_floats:
        make = outline_of_floats
    else:
        make = outline_of_numbers if record.parameters <= WRITTEN else outline_of_large
    write = {"text": render.text, "markdown": render.markdown, "latex": render.latex_fragment}[to]
    return write(make(record, sentences(lang), lang))


def network_lines(
    lines: Iterable[str], *, to: str = "json", lang: str = "en",
    limit: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Iterator[str]:  # fmt: skip
    """One answer a line of input, in order; an error is an object of its own. Blank lines are passed over.

    `limit` holds around each line and may raise OutOfTime, which is that line's error.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            with limit():
                answer = network_report(line, to=to, lang=lang, indent=None)
        except CorrigeError as error:
            message = f"{error.message}. {error.hint}" if error.hint else error.message
            answer = _error(message, number, error.span.column if error.span else 1)
        except OutOfTime as late:
            answer = _error(str(late), number)
        except RecursionError:
            answer = _error("the record is nested too deeply", number)
        yield answer


def _error(message: str, line: int, column: int = 1) -> str:
    return json.dumps({"error": {"message": message, "line": line, "column": column}}, ensure_ascii=False)


def network_json(record: Record, *, lang: str = "en") -> dict[str, object]:
    """The answer as plain data: numbers where the record has some, else expressions in 1-based names."""
    if record.has_numbers:
        return _with_numbers(record, lang)
    from solver.network.symbolic import symbolic_json

    return symbolic_json(record, lang)


def _with_numbers(record: Record, lang: str) -> dict[str, object]:
    if record.in_floats:
        return _in_floats(record, lang)
    from solver.network.numeric import numeric_pass
    from solver.network.verify import verified

    found = numeric_pass(record)

    def examples(layers: Sequence[Any]) -> list[object]:
        return [_texts(rows if record.is_batch else rows[0]) for rows in layers]

    answer: dict[str, object] = {
        "z": examples(found.z),
        "a": examples(found.a),
        "loss": text(found.loss),
        "gradients": {
            "dW": _texts(found.dw),
            "db": _texts(found.db),
            "dz": examples(found.dz),
            "da": examples(found.da),
            "dx": _texts(found.dx if record.is_batch else found.dx[0]),
        },
        "parameters": record.parameters,
        "exact": found.is_exact,
        "verified": verified(record, found),
    }
    notes = remarks(record, found, lang=lang)
    return answer | {"notes": notes} if notes else answer


def _in_floats(record: Record, lang: str) -> dict[str, object]:
    from solver.network.floats import float_pass, float_verified, numbers_of

    numbers = numbers_of(record)
    found = float_pass(record, numbers)

    def texts(array: Any) -> Any:
        return _float_texts(array.tolist())

    def examples(layers: Sequence[Any]) -> list[object]:
        return [texts(rows if record.is_batch else rows[0]) for rows in layers]

    answer: dict[str, object] = {
        "z": examples(found.z),
        "a": examples(found.a),
        "loss": repr(found.loss),
        "gradients": {
            "dW": [texts(g) for g in found.dw],
            "db": [None if g is None else texts(g) for g in found.db],
            "dz": examples(found.dz),
            "da": examples(found.da),
            "dx": texts(found.dx if record.is_batch else found.dx[0]),
        },
        "parameters": record.parameters,
        "exact": False,
        "arithmetic": "float64",
        "verified": float_verified(record, numbers, found),
    }
    notes = remarks(record, lang=lang)
    return answer | {"notes": notes} if notes else answer


def _float_texts(values: Any) -> Any:
    return [_float_texts(v) for v in values] if isinstance(values, list) else repr(values)


def _texts(values: Any) -> Any:
    if values is None:
        return None
    return [_texts(v) for v in values] if isinstance(values, (tuple, list)) else text(values)
