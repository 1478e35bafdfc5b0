"""Facts as plain data: what prose and conditions may read, what JSON and pins keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from solver.expression.sympy_text import sympy_text
from solver.expression.tree import Expr
from solver.questions.base import Facts
from solver.sheet.model import Sheet


def public(facts: Mapping[str, Facts]) -> dict[str, object]:
    """What prose and JSON may read, by question then label: `q1.run.…`."""
    tree: dict[str, Any] = {}
    for label, found in facts.items():
        question, _, name = label.partition(".")
        tree.setdefault(question, {})[name or question] = found.public()
    return tree


def reachable(facts: Mapping[str, Facts]) -> dict[str, object]:
    """The same, and each answer by its own name too (`descent.verdict…`) where only one bears it."""
    tree = public(facts)
    own: dict[str, list[object]] = {}
    for label, found in facts.items():
        own.setdefault(label.partition(".")[2], []).append(found.public())
    return {name: found[0] for name, found in own.items() if name and len(found) == 1} | tree


def variant_json(sheet: Sheet) -> dict[str, object]:
    """What a variant drew, as JSON takes it; nothing for a sheet that draws nothing."""
    variant = sheet.variant
    if variant is None:
        return {}
    drawn = {name: str(value) for name, value in variant.values.items()}
    return {"variant": {"seed": variant.seed, "values": drawn}}


def json_ready(value: object) -> object:
    """Plain data as JSON takes it: exact numbers and expressions as text, functions left out."""
    if isinstance(value, bool) or value is None or isinstance(value, (int, str)):
        return value
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Expr):
        return sympy_text(value)
    if isinstance(value, Mapping):
        return {str(k): json_ready(v) for k, v in value.items() if not callable(v)}
    if isinstance(value, (list, tuple)):
        return [json_ready(v) for v in value if not callable(v)]
    return str(value)


def expected(facts: Mapping[str, Facts]) -> dict[str, str]:
    """The exact value of every answer by the path that `{{ }}` reads: `q1.run.points[1]`."""
    return dict(_flat(json_ready(public(facts))))


def _flat(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """The single values of nested facts by their paths."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _flat(inner, f"{path}[{index}]")
    elif value is not None and value != "":
        yield path, str(value)
