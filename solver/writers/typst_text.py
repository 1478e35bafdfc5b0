"""Plain text → Typst string literal: the only way in which text of a sheet enters Typst source."""

from __future__ import annotations

import re
import unicodedata

# What the fonts inside the typst wheel can show (measured). PDF/UA refuses a document with any other
# character, so one is written by its number.
_COVERED = (
    "20-4FF 510-513 51A-51D 1E00-2151 2153-2184 2189 2190-262F 2638-268B 2690-269C 26A0-26A7 26AA-26B2 "
    "2706-2709 270C-2727 2729-274B 274D 274F-2752 2756 2758-275E 2761-277F 2794 2798-27AF "
    "27B1-2BFF"
)
_RANGES = tuple(
    (int(a, 16), int(b or a, 16)) for a, _, b in (part.partition("-") for part in _COVERED.split())
)
_PLAIN = re.compile(r"[ !#-\[\]-~\u00a0-\u00ac\u00ae-\u017f\u202f\u2010-\u2027]*")


def typst_string(text: str) -> str:
    """A quoted literal; control characters dropped, line breaks spaces, what no font shows by its number."""
    if _PLAIN.fullmatch(text):
        return f'"{text}"'
    return '"' + "".join(map(_literal, unicodedata.normalize("NFC", text))) + '"'


def _literal(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char in "\n\t\r":
        return " "
    category = unicodedata.category(char)
    if category.startswith("C") or category in ("Zl", "Zp"):
        return ""
    code = ord(char)
    return char if any(low <= code <= high for low, high in _RANGES) else f"[U+{code:04X}]"
