"""Text → tokens: characters, LaTeX commands and words of the notation, each with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from solver.errors import ExpressionError, Span
from solver.expression.names import GREEK_CHARACTERS
from solver.expression.notation.characters import FRACTIONS, OPERATORS, RELATIONS, SUPERSCRIPTS, strange
from solver.expression.notation.commands import command
from solver.expression.notation.cursor import Cursor
from solver.expression.notation.source import Source, Token
from solver.expression.notation.words import letter, named, word

MAX_CHARACTERS = 10_000
MAX_DIGITS = 400

_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+(?![0-9.]))?")
_BRACED_COMMA = re.compile(r"[0-9]+\{,\}[0-9]+")
_SUPERSCRIPT = re.compile(r"⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_RELATION = re.compile(r"<=|>=|==|!=|[<>=≤≥≠⩽⩾]")
_GREEK_COMMAND = re.compile(r"\\([A-Za-z]+)")
_SHAPES = {"FRAC": r"\frac{a}{b}", "TEXROOT": r"\sqrt{x}"}


def scan(text: str, *, functions: frozenset[str] = frozenset()) -> list[Token]:
    """The tokens of `text`, spaces left out. Raises ExpressionError at the first character that is none."""
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(
            f"the expression has {len(text)} characters; at most {MAX_CHARACTERS} are read",
            span=Span(1, 1),
            source=text[:200],
        )
    return list(_Scanner(Cursor(Source(text), functions)).tokens())


class _Scanner:
    """`waiting` are the commands whose arguments are still to come, which may be single characters:
    [the command, the depth it stands at, how many]."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self.depth = 0
        self.waiting: list[tuple[Token, int, int]] = []

    def tokens(self) -> Iterator[Token]:
        cursor = self.cursor
        while cursor.skip_spaces():
            if self.waiting and self.waiting[-1][1] >= self.depth:
                single = self._argument()
                if single:
                    yield from single
                    continue
            for token in _next(cursor):
                self.depth += (token.kind in ("LBRACE", "LBRACKET")) - (token.kind in ("RBRACE", "RBRACKET"))
                if token.kind in _SHAPES:
                    self.waiting.append((token, self.depth, 2 if token.kind == "FRAC" else 1))
                yield token
        if self.waiting and self.waiting[-1][1] >= self.depth:
            raise self._lacking()

    def _argument(self) -> list[Token]:
        """The next argument of the waiting command where it is a single character; nothing for a group."""
        cursor, (owner, depth, count) = self.cursor, self.waiting[-1]
        char = cursor.text[cursor.at]
        if depth > self.depth:
            raise self._lacking()
        if char == "[" and owner.kind == "TEXROOT":
            return []
        self.waiting.pop()
        if count > 1:
            self.waiting.append((owner, depth, count - 1))
        if char == "{":
            return []
        at = cursor.at
        greek = _GREEK_COMMAND.match(cursor.text, at)
        if char.isdigit() and char.isascii():
            token = cursor.take("NUMBER", at + 1, (Fraction(int(char)), False))
        elif char.isalpha() and char.isascii():
            token = letter(cursor, char, at + 1)
        elif char in GREEK_CHARACTERS:
            token = letter(cursor, GREEK_CHARACTERS[char], at + 1)
        elif greek and greek.group(1) in GREEK_CHARACTERS.values():
            token = letter(cursor, greek.group(1), greek.end())
        else:
            raise self._lacking(owner)
        return [Token("LBRACE", "", at, at), token, Token("RBRACE", "", token.end, token.end)]

    def _lacking(self, owner: Token | None = None) -> ExpressionError:
        token = owner or self.waiting[-1][0]
        needs = "two arguments" if token.kind == "FRAC" else "an argument"
        return self.cursor.source.fault(
            f"“{token.text}” needs {needs} in braces: {_SHAPES[token.kind]}", token.start, token.end
        )


def _next(cursor: Cursor) -> Iterator[Token]:
    text, at = cursor.text, cursor.at
    char = text[at]
    if _NUMBER.match(text, at):
        yield _number(cursor)
    elif char.isascii() and char.isalpha():
        yield word(cursor)
    elif char in GREEK_CHARACTERS:
        yield named(cursor, GREEK_CHARACTERS[char], at + 1)
    elif char == "ŷ":
        yield named(cursor, "y_hat", at + 1)
    elif char == "\\":
        yield from command(cursor)
    elif text.startswith("**", at):
        yield cursor.take("CARET", at + 2)
    elif found := _RELATION.match(text, at):
        yield cursor.take("RELATION", found.end(), RELATIONS[found.group()])
    elif found := _SUPERSCRIPT.match(text, at):
        if len(found.group()) > 12:
            raise cursor.fault("this exponent has too many digits", found.end())
        yield cursor.take("SUPERSCRIPT", found.end(), int(found.group().translate(SUPERSCRIPTS)))
    elif char in OPERATORS:
        token = cursor.take(OPERATORS[char], at + 1)
        yield replace(token, value=3 if char == "∛" else 2) if char in "√∛" else token
    elif char in FRACTIONS:
        yield cursor.take("NUMBER", at + 1, (Fraction(*FRACTIONS[char]), False))
    else:
        message, hint = strange(char)
        raise cursor.fault(message, None, hint)


def _number(cursor: Cursor) -> Token:
    found = _BRACED_COMMA.match(cursor.text, cursor.at) or _NUMBER.match(cursor.text, cursor.at)
    assert found is not None
    value = number_value(found.group().replace("{,}", "."))
    if value is None:
        raise cursor.fault(f"a number of more than {MAX_DIGITS} digits", found.end())
    return cursor.take("NUMBER", found.end(), value)


def number_value(written: str) -> tuple[Fraction, bool] | None:
    """The exact value of `12`, `0.5`, `2e-3`, and whether it was written as a decimal; None if too long."""
    mantissa, _, power = written.lower().partition("e")
    if len(mantissa) > MAX_DIGITS or (power and (len(power) > 12 or abs(int(power)) > MAX_DIGITS)):
        return None
    value = Fraction(mantissa.rstrip(".") or "0") * Fraction(10) ** int(power or 0)
    return value, "." in mantissa.rstrip(".") or bool(power)
