"""Network records read from JSON and from the `{network}` blocks of sheets; decimals are read exactly."""

from __future__ import annotations

import json
import re

from solver.errors import CorrigeError, SheetError, Span
from solver.network.exact import MAX_DIGITS, exact_number
from solver.network.fields import Matrix, RecordError, Vector
from solver.network.fitting import misfit
from solver.network.json_place import span_at
from solver.network.model import Record, make_record
from solver.sheet.model import NetworkGiven

# ---- JSON -------------------------------------------------------------------------------------


def read_record(text: str) -> Record:
    """The record in a JSON text; its decimals are read exactly. Raises CorrigeError."""

    def refuse_constant(name: str) -> object:
        raise _pointed(f"{name} is not a number that can be computed with", text, rf"(?<!\w){name}(?!\w)")

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for name, value in pairs:
            if name in found:
                pattern = rf"{re.escape(json.dumps(name))}(?=\s*:)"
                raise _pointed(f"the field “{name}” is given twice", text, pattern, 1)
            found[name] = value
        return found

    try:
        data = json.loads(
            text,
            parse_float=str,
            parse_int=lambda digits: int(digits) if len(digits) <= MAX_DIGITS else digits,
            parse_constant=refuse_constant,
            object_pairs_hook=once,
        )
    except json.JSONDecodeError as error:
        raise CorrigeError(
            f"this is not JSON: {error.msg}", span=Span(error.lineno, error.colno), source=text
        ) from None
    except RecursionError:
        raise CorrigeError("the record is nested too deeply") from None
    if not isinstance(data, dict):
        raise CorrigeError('a record is a JSON object: {"layers": […], "activations": […], "loss": …}')
    try:
        return make_record(data)
    except RecordError as error:
        error.span = span_at(text, (error.field, *error.place), key=error.of_name)
        error.source = text
        raise


def _pointed(message: str, text: str, pattern: str, rank: int = 0) -> CorrigeError:
    """The error, pointing at the occurrence of `pattern` with this rank."""
    found = [*re.finditer(pattern, text)][rank : rank + 1]
    if not found:
        return CorrigeError(message)
    line = text.count("\n", 0, found[0].start()) + 1
    column = found[0].start() - text.rfind("\n", 0, found[0].start())
    return CorrigeError(message, span=Span(line, column, len(found[0][0])), source=text)


# ---- sheets -----------------------------------------------------------------------------------


def record_of(given: NetworkGiven) -> Record:
    """The record of a `{network}` block; a SheetError points at the option at fault."""
    fields: dict[str, object] = {}
    for name, option in given.options.items():
        try:
            fields[name] = _option(name, option.text)
        except ValueError as error:
            raise SheetError(f"option “{name}” of the network: {error}", span=option.span) from None
    try:
        record = make_record(fields)
        if fault := misfit(record):
            raise fault
        return record
    except RecordError as error:
        at = given.options.get(error.field)
        raise SheetError(
            f"network {given.name}: {error.message}", span=at.span if at else given.span, hint=error.hint
        ) from None


def _option(name: str, text: str) -> object:
    text = text.strip()
    if name == "loss":
        return text
    if name == "notation":
        pairs = [part.partition("=") for part in text.split(",") if part.strip()]
        if any(not sign for _, sign, _ in pairs):
            raise ValueError("equations such as “W2 = W'” separated by commas are expected")
        return {left.strip(): right.strip() for left, _, right in pairs}
    if name == "biases" and text == "none":
        return text
    return nested_list(text)


def nested_list(text: str) -> tuple[object, ...]:
    """`2, 3, 1` or `[[1, 0.5], [2, 1/3]]` as tuples of texts; ValueError where brackets or commas are
    wrong.
    """
    tokens = re.findall(r"[\[\],]|(?:[^\[\],()]|\([^()]*\))+", text)
    stack: list[list[object]] = [[]]
    after_item = False
    for token in tokens:
        word = token.strip()
        if word == "[":
            if after_item or len(stack) > 4:
                raise ValueError(
                    "a comma is missing before “[”" if after_item else "the brackets are too deep"
                )
            stack.append([])
        elif word == "]":
            if len(stack) == 1:
                raise ValueError("a bracket “]” closes nothing")
            inner = tuple(stack.pop())
            if not after_item and inner:
                raise ValueError("an item is missing after a comma")
            stack[-1].append(inner)
            after_item = True
        elif word == ",":
            if not after_item:
                raise ValueError("an item is missing before a comma")
            after_item = False
        elif word:
            if after_item:
                raise ValueError(f"a comma is missing before “{word}”")
            stack[-1].append(word)
            after_item = True
        if word == "[":
            after_item = False
    if len(stack) > 1:
        raise ValueError("a bracket “[” is not closed")
    if not after_item and stack[0]:
        raise ValueError("an item is missing after a comma")
    items = tuple(stack[0])
    if len(items) == 1 and isinstance(items[0], tuple):
        return items[0]
    return items


__all__ = [
    "Matrix",
    "Record",
    "RecordError",
    "Vector",
    "exact_number",
    "make_record",
    "nested_list",
    "read_record",
    "record_of",
]
