"""A derivation as typed → its lines: each with its equalities, the rule it names, and what is known there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from solver.claims.layout import Layout, Part, Role, definitions, functions_of, layout
from solver.claims.meaning import Context
from solver.claims.notation import primed_letters, read_side
from solver.claims.regions import Conditions
from solver.errors import CorrigeError, ExpressionError, Span
from solver.expression.functions import FUNCTIONS, function_named
from solver.expression.names import GREEK_NAMES
from solver.expression.reader import read_definition
from solver.expression.tree import Condition, Expr, Symbol, symbols
from solver.sheet.model import Given

MAX_LINES = 2_000
MAX_LINKS = 40
_HEAD = re.compile(r"\s*(\\?[^\W\d]\w*)\s*(\(\s*[^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*\s*\))?\s*")
_RELATION = re.compile(r":=|\\coloneqq(?![a-zA-Z])|==|(?<![<>!:~])=")
_ORDERED = re.compile(r"<=|>=|!=|≤|≥|≠|<|>|\\(?:leq?|geq?|neq?|lt|gt)(?![a-zA-Z])|=")
_SIGNS = {"≤": "<=", "≥": ">=", "≠": "!=", r"\le": "<=", r"\leq": "<=", r"\ge": ">=", r"\geq": ">=",
          r"\ne": "!=", r"\neq": "!=", r"\lt": "<", r"\gt": ">"}  # fmt: skip
_REAL = re.compile(r"^[\w\s,\\]+(?:\breal\b|\bréels?\b|∈\s*ℝ|\\in\s*\\mathbb\s*\{?R\}?|\bin\s+R\b)\s*$")


@dataclass(frozen=True, slots=True)
class Side:
    """One side as typed, where it stands (1-based), and its tree."""

    text: str
    line: int
    column: int
    written: Expr


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
    context: Context

    @property
    def claim(self) -> str:
        """The whole claim: what a line that begins with “=” goes on with stands before it."""
        first = self.links[0]
        return " ".join([first.left.text, *(f"{k.relation} {k.right.text}" for k in self.links)])


@dataclass(frozen=True, slots=True)
class Script:
    """The lines that claim, and the definitions made along the way."""

    lines: tuple[Line, ...]
    definitions: tuple[Given, ...]
    source: str


def read_script(text: str, context: Context | None = None) -> Script:
    """Reads a whole derivation. Raises CorrigeError at its place for a line that cannot be read."""
    rows = text.split("\n")
    if len(rows) > MAX_LINES:
        raise ExpressionError(f"{len(rows)} lines; at most {MAX_LINES} are read")
    reader = _Reader(rows, context or Context())
    for number in range(1, len(rows) + 1):
        reader.take(number)
    if not reader.lines:
        raise ExpressionError("a claim “left = right” is expected", span=Span(1, 1), source=text)
    return Script(tuple(reader.lines), tuple(reader.definitions), text)


class _Reader:
    def __init__(self, rows: Sequence[str], context: Context) -> None:
        self.rows = rows
        self.context = context
        self.lines: list[Line] = []
        self.definitions: list[Given] = []
        self.last: Side | None = None  # what a line that begins with “=” goes on with
        self.head: Side | None = None
        self.assumed: Conditions = ()  # by the line before, for its continuations
        self.number = 0

    def take(self, number: int) -> None:
        self.number = number
        found = layout(self.rows[number - 1])
        if found is None:
            return
        match found.role:
            case Role.CLAIM:
                self._claim(found)
            case Role.DEFINITION:
                assert found.body is not None
                for part in definitions(found.body):
                    self._define(part)
            case Role.FUNCTIONS:
                assert found.body is not None
                names, variable = functions_of(found.body.text)
                known = dict.fromkeys(names, variable or self.context.variable or "x")
                self.context = replace(self.context, functions={**self.context.functions, **known})
            case Role.VARIABLE:
                assert found.body is not None
                tree = self._read(found.body)
                if not isinstance(tree, Symbol):
                    raise self._fault("the name of a variable is expected", found.body)
                self.context = replace(self.context, variable=tree.name)
            case Role.ASSUMPTION:
                if found.body is not None and _REAL.match(found.body.text):
                    return
                bounds = self._conditions(found.conditions)
                self.context = replace(self.context, conditions=(*self.context.conditions, *bounds))

    # ---- claims

    def _claim(self, found: Layout) -> None:
        assert found.body is not None
        for relation, side in zip(found.relations, found.sides[1:], strict=True):
            if relation not in ("=", "≈"):
                raise self._fault(f"an equality is expected, not a relation with “{relation}”", side)
        if len(found.relations) > MAX_LINKS:
            raise self._fault(f"a line has at most {MAX_LINKS} equalities", found.sides[MAX_LINKS])
        if not found.relations:
            raise self._fault("an equality “left = right” is expected", found.body)
        sides = list(found.sides)
        goes_on = not sides[0].text
        relations = list(found.relations)
        if not goes_on and relations[0] == "=" and self._introduces(sides[0], sides[1]):
            whole = Part(found.body.text[: _end(sides[1]) - found.body.start], found.body.start)
            self._define(whole)
            sides[:2], relations[:1] = [Part("", sides[1].start)], []
            goes_on = True
            if not relations:
                return
        bounds = self._conditions(found.conditions) if found.conditions else self.assumed if goes_on else ()
        self.assumed = bounds
        links: list[Link] = []
        left = self._before(sides[0]) if goes_on else self._side(sides[0])
        head = self.head if goes_on and self.head is not None else left
        for relation, part in zip(relations, sides[1:], strict=True):
            right = self._side(part)
            self._refuse_run_together(left, right)
            links.append(Link(left, relation, right, head))
            left = right
        self.last, self.head = left, head
        context = replace(self.context, conditions=(*self.context.conditions, *bounds))
        text = self.rows[self.number - 1].strip()
        self.lines.append(
            Line(self.number, text, tuple(links), found.rule.text if found.rule else None, context)
        )

    def _refuse_run_together(self, left: Side, right: Side) -> None:
        """`xy` is one name: beside x and y, x*y is meant."""
        known = {*self.context.givens, *self.context.functions, *GREEK_NAMES}
        names = {s.name for side in (left, right) for s in symbols(side.written)} - known
        for name in sorted(n for n in names if 2 <= len(n) <= 4 and n.isalpha() and set(n) <= names | known):
            for side in (right, left):
                if (at := side.text.find(name)) >= 0 and side.line == self.number:
                    fault = self._fault(f"“{name}” is one name", Part(name, side.column - 1 + at))
                    fault.hint = f"Write {'*'.join(name)} for a product."
                    raise fault

    def _before(self, place: Part) -> Side:
        if self.last is None:
            raise self._fault("a line that begins with “=” goes on with the one before; there is none", place)
        return self.last

    def _introduces(self, left: Part, right: Part) -> bool:
        """`f(x) = …`, `L = …`: a name met for the first time, used on a later line: a definition."""
        head = _HEAD.fullmatch(left.text)
        if head is None:
            return False
        name = head[1].lstrip("\\")
        known = {*self.context.givens, *self.context.functions}
        if name in known or name in FUNCTIONS or (head[2] and function_named(name)) or name in ("e", "pi"):
            return False
        if head[2] is None and name == self.context.variable:
            return False
        word = re.compile(rf"(?<![^\W\d_])(?:d|∂|\\partial\s*)?\\?{re.escape(name)}(?![A-Za-z0-9_])")
        earlier, later = (
            "\n".join(row.split("#")[0] for row in rows)
            for rows in (self.rows[: self.number - 1], self.rows[self.number :])
        )
        return not word.search(earlier) and not word.search(right.text) and bool(word.search(later))

    # ---- definitions and conditions

    def _define(self, part: Part) -> None:
        sign = _RELATION.search(part.text)
        if sign is None:
            raise self._fault("a definition “name = value” is expected", part)
        left, right = part.cut(0, sign.start()), part.cut(sign.end()).stripped()
        known = [n for n in self.context.names if n in FUNCTIONS or len(n) > 1 or n in "fgh"]
        try:
            name, parameters, _ = read_definition(left.text + "= 0", functions=known)
        except CorrigeError as fault:
            raise self._located(fault, left) from None
        if name in self.context.givens:
            given = self.context.givens[name]
            raise self._fault(f"“{name}” is already defined on line {given.span.line}", left.stripped())
        if again := _RELATION.search(right.text):
            whole = right
            right = right.cut(0, again.start()).stripped()
            raise self._fault("one “=” is expected in a definition", whole.cut(again.start(), again.end()))
        names = [*self.context.names, *([name] if parameters else [])]
        written = self._read(right, names)
        span = Span(self.number, part.start + 1, len(part.text))
        given = Given(name, parameters, written, part.text, span)
        self.definitions.append(given)
        self.context = replace(self.context, givens={**self.context.givens, name: given})
        self.last = self.head = Side(right.text, self.number, right.start + 1, written)

    def _conditions(self, parts: Sequence[Part]) -> Conditions:
        found: list[Condition] = []
        names: list[Part] = []
        for part in parts:
            marks = list(_ORDERED.finditer(part.text))
            if not marks:
                names.append(part)  # x, y > 0
                continue
            starts = [0, *(m.end() for m in marks)]
            ends = [*(m.start() for m in marks), len(part.text)]
            sides = [self._read(part.cut(a, b).stripped()) for a, b in zip(starts, ends, strict=True)]
            for i, mark in enumerate(marks):
                relation = _SIGNS.get(mark[0], mark[0])
                found.append(Condition(sides[i], relation, sides[i + 1]))
                found += [Condition(self._read(n), relation, sides[i + 1]) for n in names if i == 0]
            names = []
        if names or not found:
            place = names[0] if names else Part(self.rows[self.number - 1], 0).stripped()
            raise self._fault("a condition such as x > 0 is expected", place)
        return tuple(found)

    # ---- pieces

    def _side(self, part: Part) -> Side:
        return Side(part.text, self.number, part.start + 1, self._read(part))

    def _read(self, part: Part, functions: Sequence[str] | None = None) -> Expr:
        if not part.text:
            raise self._fault("an expression is expected, found nothing", part)
        try:
            known = self.context.names if functions is None else functions
            return read_side(
                part.text, known, primed_letters(self.rows[self.number - 1]), self.context.decimal_comma
            )
        except CorrigeError as fault:
            raise self._located(fault, part) from None

    def _located(self, fault: CorrigeError, part: Part) -> CorrigeError:
        span = Span(self.number, part.start + 1, max(1, len(part.text)))
        if fault.span is None:
            fault.span = Span(1, 1, span.length)
        return fault.located(span=span, source="\n".join(self.rows), path=None)

    def _fault(self, message: str, part: Part) -> ExpressionError:
        span = Span(self.number, part.start + 1, max(1, len(part.text)))
        return ExpressionError(message, span=span, source="\n".join(self.rows))


def _end(part: Part) -> int:
    return part.start + len(part.text)
