"""French spaces and apostrophes, put once when text is read, so that no writer and no author has to.

Only plain text is touched: never code, formulas or addresses.
"""

from __future__ import annotations

import re

WIDE = "\u00a0"  # no-break space: before a colon, inside « », before % and units
NARROW = "\u202f"  # narrow no-break space: before ; ! ?

# Bounded, so that no text takes quadratic time.
_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]{0,15}://\S+|\bwww\.\S+|(?<!\S)[^\s@]{1,64}@[^\s@]{1,99}\.\w+", re.IGNORECASE
)
_SPACE = "[ \u00a0\u202f\u2009]"
_RULES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("«", re.compile(f"«{_SPACE}*"), "«" + WIDE),
    ("»", re.compile(f"{_SPACE}*»"), WIDE + "»"),
    # With a space written, or glued to a word and followed by a space (“mot: suite”, not “10:30”).
    (":", re.compile(f"(?<!^){_SPACE}+:(?=\\s|$)|^{_SPACE}+:(?=\\s|$)"), WIDE + ":"),
    (":", re.compile(r"(?<=[\w)\]”»…\ufdd1]):(?=\s|$)"), WIDE + ":"),
    (";!?", re.compile(f"{_SPACE}+([;!?]+)"), NARROW + r"\1"),
    (";!?", re.compile(r"(?<=[\w)\]”…\ufdd1])([;!?]+)(?=[\s»)\]”]|$)"), NARROW + r"\1"),
    ("%‰€°", re.compile(f"(?<=\\d){_SPACE}+(?=[%‰€°])"), WIDE),
    ("%‰€", re.compile(r"(?<=\d)(?=[%‰€])"), WIDE),
    ("°.MD", re.compile(f"\\b(n°|p\\.|M\\.|Mme|Dr){_SPACE}+(?=\\w)"), r"\1" + WIDE),
    ("'", re.compile(r"(?<=\w)'(?=[\w«\ufdd0])"), "’"),
)
"""Characters without which a rule has nothing to do, the rule, and what it puts."""

_LEADING = re.compile(r"^([:;!?]+)(?=[\s»)\]]|$)")


def french_text(text: str, *, glued: bool = False, followed: bool = False) -> str:
    """`text` with French spaces and apostrophes.

    `glued` tells that something (a formula, a bold word) stands right before the text, `followed` that
    something stands right after it: “l'” before a formula takes its apostrophe too.
    """
    pieces: list[str] = []
    end = 0
    for address in _ADDRESS.finditer(text) if "@" in text or "/" in text or "." in text else ():
        pieces += [_spaced(text[end : address.start()]), address.group()]
        end = address.end()
    pieces.append(_spaced(text[end:]))
    result = "".join(pieces)
    if glued:
        result = _LEADING.sub(lambda m: (WIDE if m[1][0] == ":" else NARROW) + m[1], result)
    if followed:
        result = re.sub(r"(?<=\w)'$", "’", result)
    return result


def _spaced(text: str) -> str:
    seen = set(text)
    for marks, pattern, replacement in _RULES:
        if not seen.isdisjoint(marks):
            text = pattern.sub(replacement, text)
    return text
