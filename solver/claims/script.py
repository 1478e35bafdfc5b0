"""A derivation as typed → its lines: how they follow each other, whatever stands in them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from solver.claims.formulas import Formula, MatrixContext
from solver.claims.layout import Layout, Part, Role, definitions, layout
from solver.claims.meaning import Context
from solver.errors import CorrigeError, ExpressionError, Span
from solver.expression.tree import Expr

MAX_LINES = 2_000
MAX_LINKS = 40

Written = Expr | Formula
"""A side as it was read: of numbers, or of matrices."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side as typed, where it stands (1-based), and its tree."""

    text: str
    line: int
    column: int
    written: Written


@dataclass(frozen=True, slots=True)
class Link:
    """`left = right` or `left ≈ right`; `head` is the side with which its chain of equalities began."""

    left: Side
    relation: str
    right: Side
    head: Side


@dataclass(frozen=True, slots=True)
class Line:
    """A line that claims something."""

    number: int
    text: str
    links: tuple[Link, ...]
    rule: str | None
    context: Context | MatrixContext
    apart: tuple[str, ...] = ()
    """Letters run together that were read as products."""

    @property
    def claim(self) -> str:
        """The whole claim: what a line that begins with “=” goes on with stands before it."""
        first = self.links[0]
        return " ".join([first.left.text, *(f"{k.relation} {k.right.text}" for k in self.links)])


@dataclass(frozen=True, slots=True)
class Definition:
    """A name that a line defines, and the line as typed."""

    line: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Script:
    """The lines that claim, and the definitions made along the way."""

    lines: tuple[Line, ...]
    definitions: tuple[Definition, ...]
    source: str


class Reader(ABC):
    """Reads line after line; what a side is, and what is known, is left to those that inherit."""

    def __init__(self, rows: Sequence[str]) -> None:
        self.rows = rows
        self.lines: list[Line] = []
        self.definitions: list[Definition] = []
        self.last: Side | None = None  # what a line that begins with “=” goes on with
        self.head: Side | None = None
        self.number = 0
        self.apart: dict[str, None] = {}  # letters run together on this line, read as products

    def read(self) -> Script:
        """The whole derivation. Raises CorrigeError at its place for a line that cannot be read."""
        source = "\n".join(self.rows)
        if len(self.rows) > MAX_LINES:
            raise ExpressionError(f"{len(self.rows)} lines; at most {MAX_LINES} are read")
        for number in range(1, len(self.rows) + 1):
            self.number = number
            self.take(self.rows[number - 1])
        if not self.lines:
            raise ExpressionError("a claim “left = right” is expected", span=Span(1, 1), source=source)
        return Script(tuple(self.lines), tuple(self.definitions), source)

    def take(self, row: str) -> None:
        """One line."""
        found = layout(row)
        if found is None:
            return
        if found.role is Role.CLAIM:
            self._claim(found)
            return
        assert found.body is not None
        if found.role is Role.DEFINITION:
            for part in definitions(found.body):
                self.define(part)
        else:
            self.introduce(found)

    # ---- left to those that inherit

    @abstractmethod
    def side(self, part: Part) -> Written:
        """The tree of a side."""

    @abstractmethod
    def known(self, found: Layout, goes_on: bool) -> Context | MatrixContext:
        """What is known at a line, with the conditions written on it."""

    @abstractmethod
    def introduces(self, left: Part, right: Part) -> bool:
        """Whether `left = right` defines its left side."""

    @abstractmethod
    def define(self, part: Part) -> None:
        """`name = value` kept."""

    @abstractmethod
    def introduce(self, found: Layout) -> None:
        """An assumption, undefined functions, a variable."""

    def linked(self, left: Side, right: Side) -> tuple[Side, Side]:
        """Both sides, each read again in the light of the other."""
        return left, right

    # ---- claims

    def _claim(self, found: Layout) -> None:
        assert found.body is not None
        for relation, part in zip(found.relations, found.sides[1:], strict=True):
            if relation not in ("=", "≈"):
                message = f"an equality is expected, not a relation with “{relation}”"
                raise self.fault(message, part, "One claim a line.")
        if len(found.relations) > MAX_LINKS:
            raise self.fault(f"a line has at most {MAX_LINKS} equalities", found.sides[MAX_LINKS])
        if not found.relations:
            raise self.fault("an equality “left = right” is expected", found.body)
        if found.where is not None:
            last, head = self.last, self.head
            for part in definitions(found.where):
                self.define(part)
            self.last, self.head = last, head
        sides, relations = list(found.sides), list(found.relations)
        goes_on = not sides[0].text
        if not goes_on and relations[0] == "=" and self.introduces(sides[0], sides[1]):
            end = sides[1].start + len(sides[1].text)
            self.define(Part(found.body.text[: end - found.body.start], found.body.start))
            sides[:2], relations[:1] = [Part("", sides[1].start)], []
            goes_on = True
            if not relations:
                return
        context = self.known(found, goes_on)
        links: list[Link] = []
        self.apart = {}
        left = self._before(sides[0]) if goes_on else self.placed(sides[0])
        head = self.head if goes_on and self.head is not None else left
        for relation, part in zip(relations, sides[1:], strict=True):
            right = self.placed(part)
            left, right = self.linked(left, right)
            links.append(Link(left, relation, right, head))
            left = right
        self.last, self.head = left, head
        text, rule = self.rows[self.number - 1].strip(), found.rule.text if found.rule else None
        self.lines.append(Line(self.number, text, tuple(links), rule, context, tuple(self.apart)))

    def _before(self, place: Part) -> Side:
        if self.last is None:
            raise self.fault("a line that begins with “=” goes on with the one before; there is none", place)
        return self.last

    # ---- pieces

    def placed(self, part: Part) -> Side:
        """A side read, with its place."""
        if not part.text:
            raise self.fault("an expression is expected, found nothing", part)
        try:
            return Side(part.text, self.number, part.start + 1, self.side(part))
        except CorrigeError as error:
            raise self.located(error, part) from None

    def defined(self, name: str, whole: Part, value: Side) -> None:
        """A definition noted; a line that begins with “=” may go on with its value."""
        self.definitions.append(Definition(self.number, name, whole.text))
        self.last = self.head = value

    def located(self, error: CorrigeError, part: Part) -> CorrigeError:
        """An error of a part, at its place in the derivation."""
        if error.source is not None and error.source != part.text:
            return error  # placed already
        span = Span(self.number, part.start + 1, max(1, len(part.text)))
        error.span = error.span or Span(1, 1, span.length)
        return error.located(span=span, source="\n".join(self.rows), path=None)

    def fault(self, message: str, part: Part, hint: str | None = None) -> ExpressionError:
        """An error that covers a part."""
        span = Span(self.number, part.start + 1, max(1, len(part.text)))
        return ExpressionError(message, span=span, source="\n".join(self.rows), hint=hint)
