"""Commas: between arguments, or the decimal sign of a French sheet; what could be both is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from solver.expression.functions import FUNCTIONS
from solver.expression.notation.scanner import number_value
from solver.expression.notation.source import CLOSES, OPENS, Function, Source, Token, shortened

_MANY = 64
_ENUMERATED = 6


@dataclass
class _Call:
    """Brackets and the commas directly inside; `arity` is None where they hold no arguments."""

    opening: int
    arity: tuple[int, int] | None
    commas: list[int] = field(default_factory=list)
    semicolons: list[int] = field(default_factory=list)


def settled(tokens: list[Token], source: Source, *, decimal_comma: bool) -> list[Token]:
    """The tokens with every decimal comma made part of its number.

    Without `decimal_comma`, a comma between digits outside a call is refused, and so is one that stands
    beside other separators of a call (`max(0,5, x)`). With it, such a comma is decimal where that is the only
    reading: outside calls, beside `;`, or where the function takes no second argument.
    """
    decimal: set[int] = set()
    for call, end in _calls(tokens):
        decimal |= _Reading(call, end, tokens, source).decimals(decimal_comma)
    return list(_merged(tokens, decimal, source)) if decimal else tokens


def _calls(tokens: list[Token]) -> Iterator[tuple[_Call, int]]:
    """Each pair of brackets, and last what stands outside, with where it ends."""
    stack = [_Call(-1, None)]
    for i, token in enumerate(tokens):
        if token.kind in OPENS:
            stack.append(_Call(i, _arity(tokens, i, stack)))
        elif token.kind in CLOSES and len(stack) > 1:
            yield stack.pop(), i
        elif token.kind == "COMMA":
            stack[-1].commas.append(i)
        elif token.kind == "SEMICOLON":
            stack[-1].semicolons.append(i)
        elif token.kind == "ROW":
            stack[-1].commas.clear()
    while stack:
        yield stack.pop(), len(tokens)


def _arity(tokens: list[Token], i: int, stack: list[_Call]) -> tuple[int, int] | None:
    """How many arguments the bracket at `i` holds; None where it groups."""
    if tokens[i].kind != "LPAR":
        return None
    if i and tokens[i - 1].kind == "PIECEWISE":
        return 1, _MANY
    outer = stack[-1].opening
    if outer > 0 and tokens[outer - 1].kind == "PIECEWISE" and tokens[i - 1].kind in ("LPAR", "COMMA"):
        return 2, 2
    function = _function_before(tokens, i)
    if function is None:
        return None
    if function.name in FUNCTIONS:
        least, most = FUNCTIONS[function.name].arity
        return (
            (1, 2)
            if function.name == "log" and not (function.base or function.based)
            else ((1, 1) if function.name == "log" else (least, most))
        )
    return (2, 2) if function.name == "pow" else (1, _MANY)


def _function_before(tokens: list[Token], i: int) -> Function | None:
    """The function whose arguments open at `i`, past a power or a base: sin^2(x), log_{b}(x)."""
    at = i - 1
    if at >= 0 and tokens[at].kind in ("RBRACE", "RPAR"):
        depth = 0
        while at >= 0:
            depth += (tokens[at].kind in CLOSES) - (tokens[at].kind in OPENS)
            if depth == 0:
                break
            at -= 1
        at -= 1
    elif at >= 1 and tokens[at].kind in ("NUMBER", "NAME"):
        at -= 1
        at -= at >= 0 and tokens[at].kind == "MINUS"
    while at >= 0 and tokens[at].kind in ("CARET", "SUPERSCRIPT"):
        at -= 1
    value = tokens[at].value if at >= 0 and tokens[at].kind == "FUNCTION" else None
    powered = at < i - 1
    fits = isinstance(value, Function) and (
        not powered or value.based or tokens[at + 1].kind in ("CARET", "SUPERSCRIPT")
    )
    return value if isinstance(value, Function) and fits else None


class _Reading:
    """The commas of one pair of brackets."""

    def __init__(self, call: _Call, end: int, tokens: list[Token], source: Source) -> None:
        self.call, self.end, self.tokens, self.source = call, end, tokens, source
        self.tight = [i for i in call.commas if self._between_digits(i)]
        self.loose = [i for i in call.commas if i not in self.tight]

    def decimals(self, decimal_comma: bool) -> set[int]:
        """The commas that are decimal signs."""
        arity = self.call.arity
        if self.call.semicolons and self.loose:
            semicolon = self.tokens[self.call.semicolons[0]]
            raise self.source.fault(
                "both “,” and “;” separate the arguments", semicolon.start, semicolon.end,
                "Write one of them throughout.",
            )  # fmt: skip
        if not self.tight:
            return set()
        if arity is None:
            return self._outside(decimal_comma)
        if self.call.semicolons:
            if not decimal_comma:
                raise self._ambiguous(set(self.tight), set())
            return set(self.tight)
        if not decimal_comma:
            if arity[1] == 1 or self.loose:
                raise self._ambiguous(set(self.tight[:1]), set())
            return set()
        readings = self._readings(arity)
        if len(readings) != 1:
            raise self._ambiguous(*(readings if readings else [set(self.tight[:1]), set()])[:2])
        return readings[0]

    def _readings(self, arity: tuple[int, int]) -> list[set[int]]:
        """Sets of commas that may be the decimal ones: at most two, the fewest decimals last."""
        found: list[set[int]] = []
        if len(self.tight) > _ENUMERATED:
            return [set(self.tight[:1]), set()]
        for count in range(len(self.tight), -1, -1):
            for chosen in combinations(self.tight, count):
                arguments = len(self.call.commas) - count + 1
                apart = all(b - a > 2 for a, b in pairwise(chosen))
                if apart and arity[0] <= arguments <= arity[1]:
                    found.append(set(chosen))
        return found

    def _outside(self, decimal_comma: bool) -> set[int]:
        comma = self.tokens[self.tight[0]]
        chained = any(b - a == 2 for a, b in pairwise(self.tight))
        if decimal_comma and not chained:
            return set(self.tight)
        before, after = (self.tokens[self.tight[0] + d].text for d in (-1, 1))
        hint = f"Write {before}.{after} for {before},{after}."
        if chained or (len(after) == 3 and before != "0"):
            hint = f"Write {before}.{after} for a decimal, {before}{after} for a large number."
        raise self.source.fault(
            "a comma between digits: decimals are written with a point", comma.start, comma.end, hint
        )

    def _between_digits(self, i: int) -> bool:
        if not 0 < i < len(self.tokens) - 1:
            return False
        before, comma, after = self.tokens[i - 1 : i + 2]
        return (
            before.kind == after.kind == "NUMBER"
            and before.end == comma.start
            and comma.end == after.start
            and before.text.isdigit()
            and after.text[:1].isdigit()
            and "." not in after.text
        )

    def _ambiguous(self, first: set[int], second: set[int]) -> Exception:
        comma = self.tokens[(min(first ^ second) if first ^ second else self.tight[0])]
        return self.source.fault(
            f"ambiguous: {self._written(first)} or {self._written(second)}?", comma.start, comma.end,
            "Write decimals with a point, and a space after the comma between arguments.",
        )  # fmt: skip

    def _written(self, decimals: set[int]) -> str:
        """The call as it would be typed with these decimal commas."""
        head = self.call.opening
        while head > 0 and self.tokens[head - 1].kind in ("FUNCTION", "CARET", "SUPERSCRIPT", "NUMBER"):
            head -= 1
        written, at = "", self.tokens[head].start
        for i in range(head, min(self.end + 1, len(self.tokens))):
            token = self.tokens[i]
            inside = i in self.call.commas or i in self.call.semicolons
            gap = self.source.text[at : token.start] if i - 1 not in self.call.commas else ""
            written += gap + (("." if i in decimals else ", ") if inside else token.text)
            at = token.end
        return shortened(written.replace(",  ", ", "))


def _merged(tokens: list[Token], decimal: set[int], source: Source) -> Iterator[Token]:
    skip = 0
    for i, token in enumerate(tokens):
        if skip:
            skip -= 1
            continue
        if i + 1 in decimal:
            after = tokens[i + 2]
            value = number_value(f"{token.text}.{after.text}")
            if value is None:
                raise source.fault("a number of too many digits", token.start, after.end)
            yield Token("NUMBER", source.text[token.start : after.end], token.start, after.end, value)
            skip = 2
        else:
            yield token
