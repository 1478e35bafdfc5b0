r"""LaTeX and NumPy habits brought to the notation of layers: `\frac{E}{s}`, `\hat{X}`, `W^{\top}`, `W.T`.

What is not known here stays as it is, and is pointed at when the line is read.
"""

from __future__ import annotations

import re

from solver.expression.names import GREEK_CHARACTERS

_SIGNS: tuple[tuple[str, str], ...] = (
    (r"\\math(?:bf|bb)\s*\{?1\}?|𝟏", " 1 "),
    (r"\^\s*\{?\s*(?:\\top|\\intercal|T)\s*\}?(?![A-Za-z])|\.T\b|ᵀ", "^T "),
    (r"\\left\b|\\right\b|\\[,;!:]|\\\\\s*$|&", " "),
    (r"\^\s*\{\s*\\odot(?![A-Za-z])\s*([^{}]*)\}", r"^(\1)"),
    (r"\\odot(?![A-Za-z])", "⊙"),
    (r"\\times(?![A-Za-z])", "×"),
    (r"\\leq?(?![A-Za-z])", "<="),
    (r"\\geq?(?![A-Za-z])", ">="),
    (r"\\hat\s*\{\s*\\?([A-Za-z]+)\s*\}|\\hat\s+\\?([A-Za-z])", r"\1\2hat"),
    (r"\\(?:operatorname|mathrm|text)\s*\{([A-Za-z_]+)\}", r"\1"),
    (r"(?:\\in|∈)\s*(?:\\mathbb\s*\{?R\}?|R|ℝ)\s*\^\s*\{([^{}]*)\}", r": \1"),
    (r"(?:\\in|∈)\s*(?:\\mathbb\s*\{?R\}?|R|ℝ)\s*\^\s*\(([^()]*)\)", r": \1"),
    (r"_\{(\w+)\}", r"_\1"),
    (r"\*\*", "^"),
)
_BRACES = re.compile(r"\\(frac|sqrt)\s*\{")
_MAX_FRACTIONS = 100


def plain_notation(line: str) -> str:
    """The line in the notation that `parse` reads; a line without such habits is not changed."""
    line = "".join(GREEK_CHARACTERS.get(c, c) for c in line)
    for pattern, instead in _SIGNS:
        line = re.sub(pattern, instead, line)
    for _ in range(_MAX_FRACTIONS):
        match = _BRACES.search(line)
        if match is None:
            break
        opened = _opened(line, match)
        if opened is None:
            break
        line = opened
    line = re.sub(r"\^\s*\{([^{}]*)\}", r"^(\1)", line)
    return re.sub(r"\\([A-Za-z]+)", r"\1", line)


def _opened(line: str, match: re.Match[str]) -> str | None:
    """The line with one fraction or root written out; None where its braces do not close."""
    first = _closing(line, match.end())
    if first is None:
        return None
    top = line[match.end() : first]
    if match[1] == "sqrt":
        return f"{line[: match.start()]}sqrt({top}){line[first + 1 :]}"
    start = first + 1 + len(line[first + 1 :]) - len(line[first + 1 :].lstrip())
    second = _closing(line, start + 1) if line[start : start + 1] == "{" else None
    if second is None:
        return None
    return f"{line[: match.start()]}(({top}) / ({line[start + 1 : second]})){line[second + 1 :]}"


def _closing(line: str, start: int) -> int | None:
    """Where the brace that is open before `start` closes."""
    depth = 1
    for place in range(start, len(line)):
        depth += (line[place] == "{") - (line[place] == "}")
        if depth == 0:
            return place
    return None
