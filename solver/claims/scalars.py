"""Derivations in numbers: functions and values defined along the way, conditions, undefined functions."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import replace

from solver.claims.layout import Layout, Part, Role, functions_of
from solver.claims.meaning import Context
from solver.claims.notation import primed_letters, read_side
from solver.claims.regions import Conditions
from solver.claims.script import Reader, Side, Written
from solver.errors import CorrigeError, Span
from solver.expression.functions import FUNCTIONS, function_named
from solver.expression.names import GREEK_NAMES
from solver.expression.reader import read_definition
from solver.expression.tree import Condition, Expr, Power, Product, Symbol, rebuild, symbols
from solver.sheet.model import Given

_HEAD = re.compile(r"\s*(\\?[^\W\d]\w*)\s*(\(\s*[^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*\s*\))?\s*")
_RELATION = re.compile(r":=|\\coloneqq(?![a-zA-Z])|==|(?<![<>!:~])=")
_ORDERED = re.compile(r"<=|>=|!=|≤|≥|≠|<|>|\\(?:leq?|geq?|neq?|lt|gt)(?![a-zA-Z])|=")
_SIGNS = {"≤": "<=", "≥": ">=", "≠": "!=", r"\le": "<=", r"\leq": "<=", r"\ge": ">=", r"\geq": ">=",
          r"\ne": "!=", r"\neq": "!=", r"\lt": "<", r"\gt": ">"}  # fmt: skip
_REAL = re.compile(r"^[\w\s,\\]+(?:\breal\b|\bréels?\b|∈\s*ℝ|\\in\s*\\mathbb\s*\{?R\}?|\bin\s+R\b)\s*$")


class ScalarReader(Reader):
    """Reads a derivation about numbers."""

    def __init__(self, rows: Sequence[str], context: Context) -> None:
        super().__init__(rows)
        self.context = context
        self.assumed: Conditions = ()  # by the line before, for its continuations

    def side(self, part: Part) -> Expr:
        return self._read(part)

    def known(self, found: Layout, goes_on: bool) -> Context:
        bounds = self._conditions(found.conditions) if found.conditions else self.assumed if goes_on else ()
        self.assumed = bounds
        return replace(self.context, conditions=(*self.context.conditions, *bounds))

    def introduce(self, found: Layout) -> None:
        assert found.body is not None
        context = self.context
        match found.role:
            case Role.FUNCTIONS:
                names, variable = functions_of(found.body.text)
                functions = dict.fromkeys(names, variable or context.variable or "x")
                self.context = replace(context, functions={**context.functions, **functions})
            case Role.VARIABLE:
                tree = self.placed(found.body).written
                if not isinstance(tree, Symbol):
                    raise self.fault("the name of a variable is expected", found.body)
                self.context = replace(context, variable=tree.name)
            case Role.ASSUMPTION if not _REAL.match(found.body.text):
                bounds = self._conditions(found.conditions)
                self.context = replace(context, conditions=(*context.conditions, *bounds))

    def linked(self, left: Side, right: Side) -> tuple[Side, Side]:
        """`ab` is one name; beside a and b alone it is their product."""
        known = {*self.context.givens, *self.context.functions, *GREEK_NAMES}
        trees = [side.written for side in (left, right) if isinstance(side.written, Expr)]
        names = {s.name for tree in trees for s in symbols(tree)}
        runs = {n for n in names - known if 2 <= len(n) <= 4 and n.isalpha() and set(n) <= names}
        self.apart.update(dict.fromkeys(sorted(runs)))
        first, second = (replace(side, written=letters_apart(side.written, runs)) for side in (left, right))
        return first, second

    def introduces(self, left: Part, right: Part) -> bool:
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

    def define(self, part: Part) -> None:
        sign = _RELATION.search(part.text)
        if sign is None:
            raise self.fault("a definition “name = value” is expected", part)
        left, right = part.cut(0, sign.start()), part.cut(sign.end()).stripped()
        known = [n for n in self.context.names if n in FUNCTIONS or len(n) > 1 or n in "fgh"]
        try:
            name, parameters, _ = read_definition(left.text + "= 0", functions=known)
        except CorrigeError as error:
            error.source = None
            raise self.located(error, left) from None
        if name in self.context.givens:
            line = self.context.givens[name].span.line
            raise self.fault(f"“{name}” is already defined on line {line}", left.stripped())
        if again := _RELATION.search(right.text):
            raise self.fault("one “=” is expected in a definition", right.cut(again.start(), again.end()))
        names = [*self.context.names, *([name] if parameters else [])]
        if not right.text:
            raise self.fault("an expression is expected, found nothing", right)
        try:
            written = self._read(right, names)
        except CorrigeError as error:
            raise self.located(error, right) from None
        given = Given(name, parameters, written, part.text, Span(self.number, part.start + 1, len(part.text)))
        self.context = replace(self.context, givens={**self.context.givens, name: given})
        self.defined(name, part, Side(right.text, self.number, right.start + 1, written))

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
            sides = [self._expression(part.cut(a, b).stripped()) for a, b in zip(starts, ends, strict=True)]
            for i, mark in enumerate(marks):
                relation = _SIGNS.get(mark[0], mark[0])
                found.append(Condition(sides[i], relation, sides[i + 1]))
                found += [Condition(self._expression(n), relation, sides[i + 1]) for n in names if i == 0]
            names = []
        if names or not found:
            place = names[0] if names else Part(self.rows[self.number - 1], 0).stripped()
            raise self.fault("a condition such as x > 0 is expected", place)
        return tuple(found)

    def _expression(self, part: Part) -> Expr:
        tree = self.placed(part).written
        assert isinstance(tree, Expr)
        return tree

    def _read(self, part: Part, functions: Sequence[str] | None = None) -> Expr:
        known = self.context.names if functions is None else functions
        letters = primed_letters(self.rows[self.number - 1])
        return read_side(part.text, known, letters, self.context.decimal_comma)


def letters_apart(written: Written, runs: Set[str]) -> Written:
    """The tree with each run of letters as a product; an exponent is that of the last letter (ab² = a·b²)."""
    match written:
        case Symbol(name) if name in runs:
            return Product(tuple(map(Symbol, name)))
        case Power(Symbol(name), exponent) if name in runs:
            *others, last = map(Symbol, name)
            return Product((*others, Power(last, exponent)))
        case Expr() if runs:
            return rebuild(written, lambda part: _expression_apart(part, runs))
    return written


def _expression_apart(part: Expr, runs: Set[str]) -> Expr:
    changed = letters_apart(part, runs)
    assert isinstance(changed, Expr)
    return changed
