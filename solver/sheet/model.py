"""A teaching sheet, read but not solved: its givens, its networks, its blocks, directives in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from solver.document.nodes import Block, Metadata
from solver.errors import Span
from solver.expression.tree import Expr, Symbol


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
