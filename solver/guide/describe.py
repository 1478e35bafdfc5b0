"""Kinds of questions and figures as their models describe them: options, defaults, docstrings, an example.

The docstrings below the fields are read from the source, only when they are asked for: nothing of this runs
when a sheet is built.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import Any

from solver.questions.base import KINDS, Question, options_of, question_class
from solver.questions.sheet_figures import FIGURES
from solver.resources import data_folder

ALL: Mapping[str, str] = {**KINDS, **FIGURES}
"""Every kind, of questions and of figures."""


@dataclass(frozen=True, slots=True)
class Described:
    """An option: its name in a sheet, what it takes (`a number`), its default as typed, its meaning.

    `choices` are the words it takes where they are few; `default` is empty where there is none to type.
    """

    name: str
    takes: str
    choices: tuple[str, ...]
    required: bool
    default: str
    meaning: str


@dataclass(frozen=True, slots=True)
class DescribedKind:
    """A kind: the directive that asks for it, its meaning in one line, its options, the option that its body
    stands for (or nothing), a whole sheet."""

    name: str
    directive: str
    meaning: str
    options: tuple[Described, ...]
    body: str
    example: str

    @property
    def request(self) -> str:
        """The fence of the example that asks for this kind, as typed."""
        found = re.search(rf"^```\{{{self.directive}\}} {self.name}$.*?^```$", self.example, re.M | re.S)
        return found.group() if found else ""


def describe(kind: str) -> DescribedKind:
    """What a kind is; an unknown one is a SheetError that suggests the nearest."""
    model = question_class(kind, kinds=ALL)
    meanings = field_docstrings(model)
    made = {f.name: f for f in fields(model)}  # type: ignore[arg-type]  # a Question is a dataclass
    options = []
    for name, option in options_of(model).items():
        reading, field = option.reading, made[option.field]
        value = field.default_factory() if field.default_factory is not MISSING else field.default
        options.append(
            Described(
                name,
                reading.what if reading else "a word",
                reading.choices if reading else (),
                option.required,
                "" if value is MISSING else _typed(value),
                meanings.get(option.field, ""),
            )
        )
    directive = "solve" if kind in KINDS else "figure"
    return DescribedKind(kind, directive, meaning_of(model), tuple(options), model.body, example(kind))


def meaning_of(model: type[Question]) -> str:
    """What a kind answers: the first line of its model's docstring."""
    return (inspect.getdoc(model) or "").split("\n")[0]


def field_docstrings(model: type[Any]) -> dict[str, str]:
    """The text literal on the line below each field of a class, by the field's name, as one line."""
    tree = ast.parse(inspect.getsource(inspect.getmodule(model)))  # type: ignore[arg-type]  # it is imported
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == model.__name__:
            for field, below in zip(node.body, node.body[1:], strict=False):
                match field, below:
                    case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(ast.Constant(str() as text)):
                        found[name] = " ".join(text.split())
    return found


def example(kind: str) -> str:
    """A short sheet that asks for this kind; it builds as it is."""
    return (data_folder("sheets") / "kinds" / f"{kind}.md").read_text(encoding="utf-8")


def _typed(value: object) -> str:
    """A default as one would type it; nothing for what stands for “none”."""
    if isinstance(value, tuple):
        return ", ".join(map(_typed, value))
    if isinstance(value, Fraction):
        decimal = format((Decimal(value.numerator) / Decimal(value.denominator)).normalize(), "f")
        return decimal if Fraction(decimal) == value else str(value)
    return "" if value is None or value == {} else str(value)
