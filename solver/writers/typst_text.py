"""Plain text → Typst string literal: the only way in which text of a sheet enters Typst source."""

from __future__ import annotations

import unicodedata


def typst_string(text: str) -> str:
    """A quoted literal; control characters and lone surrogates dropped, line breaks turned into spaces."""
    parts = []
    for char in text:
        if char in '"\\':
            parts.append("\\" + char)
        elif char in "\n\t\r":
            parts.append(" ")
        elif char >= " " and (char < "\x7f" or not unicodedata.category(char).startswith("C")):
            parts.append(char)
    return '"' + "".join(parts) + '"'
