"""`{{ name.field(3) | filter(4) }}`: a tiny language of its own over plain data.

Names, `.name`, `[index]`, `(integers)` and a few filters. Nothing is evaluated, no attribute of an object is
ever reached: `.name` is a key of a mapping, `(integers)` calls a function that the facts made public.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from solver.document.nodes import Inline, InlineMath, Text
from solver.errors import CorrigeError, SheetError, Span, nearest
from solver.expression.scientific import scientific
from solver.expression.tree import Expr
from solver.sheet.marks import Mark
from solver.sheet.model import Formula

MAX_DIGITS = 100

_TOKEN = re.compile(
    r"\s*(?:(?P<name>[^\W\d]\w*(?:-\w+)*)|(?P<integer>-?\d{1,9})(?![\d.])|(?P<symbol>[.()\[\],|]))"
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    span: Span


@dataclass(frozen=True)
class Names:
    """What `{{ }}` may reach: `known` values by name; `computed` are labels that may not be shown."""

    known: Mapping[str, object]
    computed: frozenset[str] = field(default_factory=frozenset)


def show(mark: Mark, names: Names, in_formula: bool) -> Inline:
    """The value of `{{ … }}` as it stands in a text or in a formula. Raises SheetError at its place."""
    inner = Span(mark.span.line, mark.span.column + 2)
    reader = _Expression(_tokens(mark.text[2:-2], inner), mark.span, names)
    return reader.read(in_formula)


def reach(text: str, names: Names) -> object:
    """The value at the end of a path such as `q1.run.point(3)`. Raises SheetError where there is none."""
    reader = _Expression(_tokens(text, Span(1, 1)), Span(1, 1, len(text)), names)
    return reader.whole_path()


def _tokens(inner: str, at: Span) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    while inner[position:].strip():
        match = _TOKEN.match(inner, position)
        start = position + len(inner[position:]) - len(inner[position:].lstrip())
        if match is None:
            raise SheetError(
                f"“{inner[start : start + 12].strip()}” cannot stand between braces",
                span=Span(at.line, at.column + start),
                hint="Write {{ name }}, {{ q1.run.point(3) }} or {{ alpha | decimals(2) }}.",
            )
        kind = match.lastgroup or ""
        text = match.group(kind)
        span = Span(at.line, at.column + match.start(kind), len(text))
        found.append(_Token(kind, text, span))
        position = match.end()
    return found


class _Expression:
    """One `{{ … }}`: a path, then filters. `span` is where it stands."""

    def __init__(self, tokens: list[_Token], span: Span, names: Names) -> None:
        self.tokens = tokens
        self.span = span
        self.names = names
        self.at = 0

    def read(self, in_formula: bool) -> Inline:
        value, path = self.path()
        latex: str | None = None
        while self.peek("|"):
            self.at += 1
            if latex is not None:
                raise self.fault("one filter is enough")
            latex = self.filter(value)
        if self.at < len(self.tokens):
            raise self.fault(f"“{self.tokens[self.at].text}” is not expected here")
        if latex is not None:
            return InlineMath(latex)
        return _shown(value, path, in_formula)

    def whole_path(self) -> object:
        """The value of a path with nothing after it."""
        value, _ = self.path()
        if self.at < len(self.tokens):
            raise self.fault(f"“{self.tokens[self.at].text}” is not expected here")
        return value

    # ---- tokens -------------------------------------------------------------------------

    def peek(self, text: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].text == text

    def take(self, kind: str, what: str) -> _Token:
        if self.at < len(self.tokens) and self.tokens[self.at].kind == kind:
            self.at += 1
            return self.tokens[self.at - 1]
        found = f", found “{self.tokens[self.at].text}”" if self.at < len(self.tokens) else ""
        raise self.fault(f"{what} is expected{found}")

    def symbol(self, text: str) -> None:
        if not self.peek(text):
            raise self.fault(f"“{text}” is expected")
        self.at += 1

    def integers(self, close: str) -> list[int]:
        found = [int(self.take("integer", "a whole number").text)]
        while close == ")" and self.peek(","):
            self.at += 1
            found.append(int(self.take("integer", "a whole number").text))
        self.symbol(close)
        return found

    def fault(self, message: str, hint: str | None = None, span: Span | None = None) -> SheetError:
        if span is None:
            span = self.tokens[self.at].span if self.at < len(self.tokens) else self.span
        return SheetError(message, span=span, hint=hint)

    # ---- paths --------------------------------------------------------------------------

    def path(self) -> tuple[object, str]:
        head = self.take("name", "a name")
        if head.text not in self.names.known:
            raise self.unknown(head)
        value, path = self.names.known[head.text], head.text
        while self.at < len(self.tokens) and self.tokens[self.at].text in (".", "[", "("):
            opening = self.tokens[self.at].text
            self.at += 1
            if opening == ".":
                name = self.take("name", "a name")
                value, path = self.member(value, path, name), f"{path}.{name.text}"
            elif opening == "[":
                (index,) = self.integers("]")
                value, path = self.item(value, path, index), f"{path}[{index}]"
            else:
                arguments = self.integers(")")
                shown = ", ".join(map(str, arguments))
                value, path = self.call(value, path, arguments), f"{path}({shown})"
        return value, path

    def unknown(self, head: _Token) -> SheetError:
        if head.text in self.names.computed:
            path = ".".join([head.text, *(t.text for t in self.tokens[self.at :][:2] if t.kind == "name")])
            names = ", ".join(self.names.known) or "nothing"
            return self.fault(
                f"“{path}” is computed: shown here, it would give the answer away",
                f"Outside an {{answer}}, only what is given can be shown: {names}.",
                head.span,
            )
        hint = nearest(head.text, [*self.names.known, *self.names.computed])
        hint = hint or "Double braces show what is given; in LaTeX, write { {a} } for a group in a group."
        return self.fault(f"“{head.text}” is not given in the sheet", hint, head.span)

    def member(self, value: object, path: str, name: _Token) -> object:
        if not isinstance(value, Mapping):
            raise self.fault(f"“{path}” has no parts, “.{name.text}” cannot be taken", None, name.span)
        if name.text not in value:
            known = [str(key) for key in value]
            raise self.fault(
                f"“{path}” has no “{name.text}”; it has: {', '.join(known) or 'nothing'}",
                nearest(name.text, known),
                name.span,
            )
        return value[name.text]

    def item(self, value: object, path: str, index: int) -> object:
        items = _items(value)
        if items is None:
            raise self.fault(f"“{path}” is not a list", None, self.tokens[self.at - 2].span)
        if not 0 <= index < len(items):
            raise self.fault(
                f"“{path}” has items 0 to {len(items) - 1}, found {index}",
                None,
                self.tokens[self.at - 2].span,
            )
        return items[index]

    def call(self, value: object, path: str, arguments: list[int]) -> object:
        span = self.tokens[self.at - 1].span
        if not callable(value):
            raise self.fault(f"“{path}” takes no argument", None, span)
        try:
            return value(*arguments)
        except CorrigeError:
            raise
        except (TypeError, ValueError, LookupError, ArithmeticError) as error:
            raise self.fault(f"“{path}” has no value at {arguments}: {error}", None, span) from None

    # ---- filters ------------------------------------------------------------------------

    def filter(self, value: object) -> str:
        name = self.take("name", "a filter")
        arguments: list[int] = []
        if self.peek("("):
            self.at += 1
            arguments = self.integers(")")
        if name.text not in FILTERS:
            raise self.fault(
                f"unknown filter “{name.text}”; the filters are {', '.join(FILTERS)}",
                nearest(name.text, FILTERS),
                name.span,
            )
        make, default = FILTERS[name.text]
        if len(arguments) > 1 or (default is None and arguments):
            raise self.fault(f"“{name.text}” takes at most one whole number", None, name.span)
        digits = arguments[0] if arguments else default or 0
        if not 0 <= digits <= MAX_DIGITS:
            raise self.fault(f"0 to {MAX_DIGITS} digits can be asked for, found {digits}", None, name.span)
        try:
            return make(_numeric(value), digits)
        except (TypeError, ValueError, ArithmeticError) as error:
            raise self.fault(f"“{name.text}” needs a number: {error}", None, name.span) from None
        except CorrigeError as error:
            raise self.fault(f"“{name.text}” needs a number: {error.message}", None, name.span) from None


def _items(value: object) -> tuple[object, ...] | None:
    """The items of a list, or of the text of a list (`2, 3, 1`)."""
    if isinstance(value, (list, tuple)):
        return tuple(value)
    if isinstance(value, str) and "," in value:
        return tuple(item.strip() for item in value.split(","))
    return None


def _numeric(value: object) -> Fraction | Expr:
    if isinstance(value, bool):
        raise TypeError("this is a truth value")
    if isinstance(value, (int, Fraction)):
        return Fraction(value)
    if isinstance(value, Expr):
        from solver.expression.evaluate import exact_value

        exact = exact_value(value)
        return value if exact is None else exact
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,4000}(/\d{1,4000}|\.\d{1,4000})?", value):
        return Fraction(value)
    raise TypeError(f"this is {_kind(value)}")


def _kind(value: object) -> str:
    if isinstance(value, str):
        return f"the text “{value[:40]}”"
    if isinstance(value, Mapping):
        return f"a group with {', '.join(map(str, value))}"
    if isinstance(value, (list, tuple)):
        return "a list"
    return "a function of whole numbers" if callable(value) else "no value"


def _exact(value: Fraction | Expr, digits: int) -> str:
    from solver.expression.latex import latex

    return latex(value)


def _decimals(value: Fraction | Expr, digits: int) -> str:
    from solver.expression.decimals import decimal

    return decimal(value, digits)


def _scientific(value: Fraction | Expr, digits: int) -> str:
    r"""`1.23 \times 10^{-4}`, correctly rounded from the exact value; a power of ten stands alone."""
    from solver.expression.decimals import decimal

    return scientific(
        value if isinstance(value, Fraction) else Fraction(decimal(value, MAX_DIGITS + 60)), digits
    )


FILTERS: Mapping[str, tuple[Callable[[Fraction | Expr, int], str], int | None]] = {
    "fraction": (_exact, None),
    "decimals": (_decimals, 4),
    "scientific": (_scientific, 2),
}
"""Each filter with its default number of digits (None where it takes none)."""


# ---- what is shown ----------------------------------------------------------------------------


def _shown(value: object, path: str, in_formula: bool) -> Inline:
    """A value without a filter: a number or an expression as mathematics, a text as it is."""
    from solver.expression.latex import latex

    if isinstance(value, (int, Fraction, Expr)) and not isinstance(value, bool):
        return InlineMath(latex(value))
    if isinstance(value, Formula):
        return InlineMath(value)
    if isinstance(value, str):
        if re.fullmatch(r"[\d\s.,/+-]+", value):
            return InlineMath(value.strip())
        return InlineMath(rf"\text{{{_plain(value)}}}") if in_formula else Text(value)
    if isinstance(value, (list, tuple)) and value and all(_is_shown(item) for item in value):
        pieces = [_shown(item, path, True) for item in value]
        return InlineMath(", ".join(p.latex for p in pieces if isinstance(p, InlineMath)))
    raise SheetError(f"“{path}” cannot be shown: it is {_kind(value)}", hint=_parts_hint(value, path))


def _is_shown(value: object) -> bool:
    return isinstance(value, (int, Fraction, Expr, str)) and not isinstance(value, bool)


def _parts_hint(value: object, path: str) -> str | None:
    if isinstance(value, Mapping) and value:
        return f"Write {{{{ {path}.{next(iter(value))} }}}}."
    return f"Write {{{{ {path}(1) }}}}." if callable(value) else None


def _plain(text: str) -> str:
    r"""Text for `\text{}`: only characters that mean nothing to a formula."""
    return re.sub(r"[\\{}$%#&^~_]", " ", text)
