"""Characters of the notation: what each stands for, and what is said of one that is none."""

from __future__ import annotations

import unicodedata

OPERATORS = {
    "+": "PLUS", "-": "MINUS", "−": "MINUS", "–": "MINUS", "*": "STAR", "·": "STAR", "×": "STAR", "⋅": "STAR",
    "∗": "STAR", "/": "SLASH", "÷": "SLASH", "∕": "SLASH", "^": "CARET", "(": "LPAR", ")": "RPAR",
    "{": "LBRACE", "}": "RBRACE", "[": "LBRACKET", "]": "RBRACKET", ",": "COMMA", ";": "SEMICOLON",
    "|": "BAR", "√": "ROOT", "∛": "ROOT", "&": "AMP",
}  # fmt: skip
"""Characters that are tokens by themselves."""

RELATIONS = {
    "<": "<", ">": ">", "=": "=", "<=": "<=", ">=": ">=", "==": "=", "!=": "!=", "≤": "<=", "≥": ">=",
    "≠": "!=", "⩽": "<=", "⩾": ">=",
}  # fmt: skip

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
PRIMES = "'’′"

FRACTIONS = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4)}
"""Fractions of one character."""

_DASHES = "‐‑‒—―﹣－"
_DOTS = "•∙●✕✖⨯⨉"
_LOOK_ALIKES = dict(zip("асеорхуіАВЕКМНОРСТХαοΑΒ", "aceopxyiABEKMHOPCTXaoAB", strict=True))


def strange(char: str) -> tuple[str, str | None]:
    """What is said of a character that begins no token, and what to write in its place."""
    if char in PRIMES:
        return "a prime marks a derivative, and only of a function that is called: f'(x)", (
            "Write another name in place of the primed one, x_1 for instance."
        )
    if char == "_":
        return "“_” has no name before it to be the index of, or no index after it", "Write x_1 or x_{12}."
    if char == "%":
        return "“%” is not read", "Write 0.05 for 5 %."
    if char == "!":
        return "factorials are not read", None
    if char == "$":
        return "“$” is not part of a formula", "Write the formula alone, without the dollars around it."
    if char in '"“”«»„`':
        return "quotation marks are not part of a formula", "Write the formula alone."
    if char == "∞":
        return "infinity is not a number that can be computed with", None
    if char in "∑∏∫∂∇":
        return f"the sign “{char}” is not read: an expression is written out, term by term", None
    return f"{shown(char)} is not a character of the notation", _instead(char)


def _instead(char: str) -> str | None:
    if char in _DASHES:
        return "Write - for a minus."
    if char in _DOTS:
        return "Write * for a product."
    plain = _plain(char)
    return f"Write the plain character {plain}." if plain else None


def _plain(char: str) -> str | None:
    """The ASCII character that this one looks like, or None."""
    plain = _LOOK_ALIKES.get(char) or unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 and plain != char and plain.isascii() and plain.isprintable() else None


def shown(char: str) -> str:
    """The character in quotes; by its code where it cannot be seen, with its code where it deceives."""
    if not char.isprintable() or unicodedata.combining(char):
        return f"U+{ord(char):04X}"
    if _plain(char):
        return f"“{char}” (U+{ord(char):04X}, {unicodedata.name(char, 'unnamed').lower()})"
    return f"“{char}”"
