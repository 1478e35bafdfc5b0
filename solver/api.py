"""The verbs for Python: `from solver import build, derive, descend, network`.

An answer holds the data of the JSON contract, and is written as text, Markdown or LaTeX when it is asked to
(a notebook asks for LaTeX). Numbers may be texts (`"0.05"`, `"1/20"`), integers, `Fraction`s or floats; a
float means the decimal that it prints.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from solver.pipeline import Built

__all__ = ["Answer", "build", "derive", "descend", "network"]

Number = Any
"""A number of a request: text, integer, `Fraction`, or a float, read as the decimal that it prints."""


@dataclass(frozen=True)
class Answer:
    """What a verb answers. `answer["verdict"]` reaches into `data`, the data of the JSON contract."""

    write: Callable[[str], str]

    @cached_property
    def data(self) -> Any:
        """Plain data: exact values are texts, as in the command's JSON."""
        return json.loads(self.write("json"))

    def __getitem__(self, key: Any) -> Any:
        return self.data[key]

    @property
    def verified(self) -> bool:
        """Whether everything was checked by a second road in this run."""
        found = self.data if isinstance(self.data, list) else [self.data]
        return all(part.get("verified") is True for part in found)

    @property
    def derivative(self) -> Any:
        """The derivative as a SymPy expression in real symbols (of a gradient: the list of its parts)."""
        from solver.expression.bridge import to_sympy
        from solver.expression.reader import read_expression

        def one(part: Mapping[str, Any]) -> Any:
            return to_sympy(read_expression(part["derivative"]))

        return [one(part) for part in self.data] if isinstance(self.data, list) else one(self.data)

    @property
    def markdown(self) -> str:
        """The steps in Markdown."""
        return self.write("markdown")

    @property
    def latex(self) -> str:
        """The steps as a LaTeX fragment."""
        return self.write("latex")

    def __str__(self) -> str:
        return self.write("text").rstrip("\n")

    def _repr_markdown_(self) -> str:
        return self.markdown

    def _repr_latex_(self) -> str | None:
        """One formula where the answer is one; else a notebook takes the Markdown, formulas included."""
        latex = self.latex.strip()
        return f"$\\displaystyle {latex}$" if latex.startswith("\\begin{aligned}") else None


def derive(expression: str, wrt: str | None = None, *, order: int = 1, lang: str = "en") -> Answer:
    """The derivative of `expression` by `wrt` (several names with commas: the gradient), step by step.

    Raises ExpressionError for what cannot be read or derived, CheckFailed where a line does not hold.
    """
    from solver.differentiation.report import derive_report

    answer = Answer(lambda to: derive_report(expression, wrt=wrt, order=order, to=to, lang=lang))
    _ = answer.data  # faults are raised here, not when the answer is first shown
    return answer


def descend(
    expression: str,
    *,
    start: Number | Iterable[Number],
    rate: Number,
    steps: int = 3,
    method: str = "gd",
    wrt: str | None = None,
    schedule: str = "constant",
    lang: str = "en",
    **options: Number,
) -> Answer:
    """The exact iterates of a descent and its proved verdict; `options` are beta, beta1, beta2, epsilon…

    Raises CorrigeError for what cannot be read or followed.
    """
    from solver.descent.report import descend_report

    several = isinstance(start, (list, tuple))
    first = ",".join(map(_text, start)) if several else _text(start)
    given = {name: _text(value) for name, value in options.items()}

    def write(to: str) -> str:
        return descend_report(
            expression, start=first, rate=_text(rate), steps=steps, method=method, wrt=wrt, schedule=schedule,
            options=given, to=to, lang=lang,
        )  # fmt: skip

    answer = Answer(write)
    _ = answer.data
    return answer


def network(record: Mapping[str, Any] | str, *, lang: str = "en") -> Answer:
    """Forward and backward pass of a network record (a mapping, or its JSON text), symbolic or with numbers.

    Raises CorrigeError for a record that cannot be read or computed.
    """
    from solver.network.report import network_report

    text = record if isinstance(record, str) else json.dumps(record, default=_plain)
    answer = Answer(lambda to: network_report(text, to=to, lang=lang))
    _ = answer.data
    return answer


def build(sheet: str | Path, output: str | Path = "output", to: Iterable[str] = (), **options: Any) -> Built:
    """Builds a sheet as `corrige build` does; what was written, and what was checked (`.paths`, `.tally`).

    `to` names formats (default: pdf, latex, markdown); `options` are view, lang, detail, templates, seed and
    name.
    Raises SheetError for a sheet that cannot be read, CheckFailed where something does not hold.
    """
    from solver.assembly import Options
    from solver.pipeline import build as build_sheet

    formats = (to,) if isinstance(to, str) else tuple(to)
    return build_sheet(Path(sheet), Path(output), Options(formats=formats or Options().formats, **options))


def _text(value: Number) -> str:
    return value if isinstance(value, str) else str(value)


def _plain(value: Any) -> Any:
    """Arrays as lists, other numbers as texts."""
    return value.tolist() if hasattr(value, "tolist") else str(value)
