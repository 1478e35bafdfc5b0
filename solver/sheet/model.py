"""A teaching sheet, read but not solved: its givens, its networks, its blocks, directives in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from solver.document.nodes import Block, Metadata
from solver.errors import CorrigeError, Span
from solver.expression.tree import Expr, Symbol
from solver.sheet.languages import InLanguage


class Formula(str):
    """LaTeX of ours among the facts that `{{ }}` reads: shown as a formula, not as a text."""


@dataclass(frozen=True, slots=True)
class OptionText:
    """The text of an option as typed, where it stands in the sheet, and where its name does."""

    text: str
    span: Span
    name_span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Given:
    """A line of a `{given}` block: a value (`alpha = 0.05`, no parameters) or a function (`f(w) = …`)."""

    name: str
    parameters: tuple[Symbol, ...]
    expression: Expr
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class NetworkGiven:
    """A `{network}` block: its fields as typed."""

    name: str
    options: Mapping[str, OptionText]
    span: Span


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a condition: a word in quotes, an expression of drawn values, or the path of a fact."""

    text: str
    function: str | None = None
    word: str | None = None
    expression: Expr | None = None

    @property
    def is_path(self) -> bool:
        """Whether it speaks of a fact."""
        return self.word is None and self.expression is None


@dataclass(frozen=True, slots=True)
class Require:
    """A condition as typed; without a relation it is the truth of its left side."""

    text: str
    span: Span
    left: Side
    relation: str | None = None
    right: Side | None = None

    @property
    def needs_facts(self) -> bool:
        """Whether it can be held only against a solved sheet."""
        return self.left.is_path or (self.right is not None and self.right.is_path)


@dataclass(frozen=True, slots=True)
class Variant:
    """What one variant drew: its seed, the number of the try that met the conditions, the values.

    `requires` are the conditions on facts, which can be held only against a solved sheet.
    """

    seed: int = 1
    attempt: int = 0
    values: Mapping[str, Fraction] = field(default_factory=dict)
    requires: tuple[Require, ...] = ()

    @property
    def shown(self) -> str:
        """The values as a line: `a = 2, b = 5`."""
        return ", ".join(f"{name} = {value}" for name, value in self.values.items())


@dataclass(frozen=True, slots=True)
class Directive(Block):
    """A directive that asks for something where it stands.

    `name` is solve, figure, answer, hint, remark or check; `argument` the kind of a solve or figure;
    `label` the full label (`q1.run`); `body` the raw text between options and closing fence,
    `body_span` where it begins.
    """

    name: str
    argument: str
    label: str
    options: Mapping[str, OptionText]
    body: str
    span: Span
    body_span: Span


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole sheet. `blocks` holds document nodes and `Directive`s; `source` is its text."""

    metadata: Metadata
    givens: Mapping[str, Given]
    networks: Mapping[str, NetworkGiven]
    blocks: tuple[Block, ...]
    source: str
    path: str
    settings: Mapping[str, str] = field(default_factory=dict)
    """Front matter that steers the build: `detail`."""
    variant: Variant | None = None
    """What was drawn; None for a sheet without `{draw}`."""
    written: InLanguage | None = None
    """The file, where it holds several languages: `source` is what it says in one of them."""
    decimal_comma: bool = False
    """Whether 0,25 is a number where it cannot be read otherwise: the sheet itself says `lang: fr`."""

    def locate(self, fault: CorrigeError) -> None:
        """Gives a fault the file; its place in `source` becomes one in the file. Once is enough."""
        fault.path = fault.path or self.path
        if self.written is None:
            fault.source = self.source
        elif fault.source is not self.written.original:
            fault.source = self.written.original
            fault.span = self.written.origin(fault.span) if fault.span else None
