"""LaTeX commands of teaching sheets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from solver.errors import nearest
from solver.expression.functions import FUNCTIONS, function_named
from solver.expression.names import GREEK_NAMES
from solver.expression.notation.cursor import Cursor
from solver.expression.notation.source import Function, Token
from solver.expression.notation.words import OTHERWISE, named

_RELATIONS = {
    "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "lt": "<",
    "gt": ">", "ne": "!=", "neq": "!=",
}  # fmt: skip
_SPACES = {
    ",", ";", ":", "!", " ", "quad", "qquad", "displaystyle", "textstyle", "limits", "thinspace", "enspace",
}  # fmt: skip
_SIDES = {side + size: side for size in ("", "l", "r") for side in ("big", "Big", "bigg", "Bigg")} | {
    "left": "l", "right": "r",
}  # fmt: skip
_SIGNS = {
    "cdot": "STAR", "times": "STAR", "ast": "STAR", "div": "SLASH", "{": "LPAR", "}": "RPAR", "\\": "ROW",
    "frac": "FRAC", "dfrac": "FRAC", "tfrac": "FRAC", "cfrac": "FRAC", "sqrt": "TEXROOT",
    "lvert": "BAROPEN", "rvert": "BARCLOSE", "vert": "BAR",
}  # fmt: skip
_NAMED = {"exp", "ln", "log", "max", "min", "lg"}
_SPELLINGS = {"varepsilon": "epsilon", "varphi": "phi", "vartheta": "theta"}
_GROUPED = {"operatorname", "mathrm", "text", "mathit", "mathop"}
_ALL = {*_RELATIONS, *_SIGNS, *_NAMED, *_GROUPED, *GREEK_NAMES, "hat", "begin", "end", "left", "right"}
_IF = {"if", "si", "for", "pour", "when"}
_WRITTEN_OUT = {"sum", "prod", "int", "iint", "oint", "lim", "partial", "nabla", "binom"}

_COMMAND = re.compile(r"\\([A-Za-z]+|.)", re.DOTALL)
_DELIMITER = re.compile(r"\s*(\\[{}]|\\[lr]?vert(?![A-Za-z])|[()\[\]|])")
_DELIMITERS = {"(": "LPAR", "[": "LPAR", "\\{": "LPAR", ")": "RPAR", "]": "RPAR", "\\}": "RPAR"}
_HAT = re.compile(r"\s*\{\s*\\?([A-Za-z]+)\s*\}|\s*([A-Za-z])|\s*\\([A-Za-z]+)")
_TEXT = re.compile(r"\*?\s*\{((?:[^{}\\]|\\[_ ,])*)\}")
_LEIBNIZ = re.compile(
    r"\s*\{\s*(?:d|\\partial|\\mathrm\{d\})\s*\\?[A-Za-z]?[^{}]*\}\s*\{\s*(?:d|\\partial)\s*\\?[A-Za-z]"
)


def command(cursor: Cursor) -> Iterator[Token]:
    """The tokens of the command at the cursor; none for one that only spaces."""
    found = _COMMAND.match(cursor.text, cursor.at)
    if found is None:
        raise cursor.fault("a backslash ends the expression")
    name, end = found.group(1), found.end()
    if name in _SPACES:
        cursor.at = end
    elif name in _SIDES:
        yield from _delimiter(cursor, name, end)
    elif name in _SIGNS:
        if _SIGNS[name] == "FRAC":
            _refuse_leibniz(cursor, end)
        yield cursor.take(_SIGNS[name], end)
    elif name in _RELATIONS:
        yield cursor.take("RELATION", end, _RELATIONS[name])
    elif name in ("hat", "widehat"):
        yield _hat(cursor, end)
    elif name in _GROUPED:
        yield from _text(cursor, end)
    elif name in ("begin", "end"):
        if not cursor.text.startswith("{cases}", end):
            raise cursor.fault(r"\begin{cases} is the only environment that is read", end)
        yield cursor.take("CASES" if name == "begin" else "ENDCASES", end + len("{cases}"))
    elif name in _NAMED or name in GREEK_NAMES or function_named(name) is not None:
        yield named(cursor, _SPELLINGS.get(name, name), end)
    else:
        raise cursor.fault(*_refused(name, end))


def _refused(name: str, end: int) -> tuple[str, int, str | None]:
    if name in ("(", ")", "[", "]"):
        return f"“\\{name}” is not part of a formula", end, "Write the formula alone."
    if name == "infty":
        return "infinity is not a number that can be computed with", end, None
    if name in _WRITTEN_OUT:
        return f"“\\{name}” is not read: an expression is written out, term by term", end, None
    if name in ("mathbf", "boldsymbol", "vec", "bm"):
        return f"“\\{name}” is not read: variables are real numbers", end, "Write one component: x_1."
    return f"the LaTeX command “\\{name}” is not read here", end, _near(name)


def _near(name: str) -> str | None:
    hint = nearest(name, (*sorted(_ALL), *FUNCTIONS), 0.65)
    return hint.replace("“", "“\\") if hint else None


def _delimiter(cursor: Cursor, name: str, end: int) -> Iterator[Token]:
    r"""`\left(`, `\right|`, `\bigl[`: a bracket whose side is told."""
    found = _DELIMITER.match(cursor.text, end)
    if found is None:
        raise cursor.fault(f"“\\{name}” is followed by a bracket: \\left( … \\right)", end)
    bracket = found.group(1)
    if bracket in _DELIMITERS:
        yield cursor.take(_DELIMITERS[bracket], found.end())
        return
    side = "r" if name == "right" or name.endswith("r") else "l" if name[-1] in "lt" else ""
    side = side or {"\\lvert": "l", "\\rvert": "r"}.get(bracket, "")
    yield cursor.take({"l": "BAROPEN", "r": "BARCLOSE", "": "BAR"}[side], found.end())


def _hat(cursor: Cursor, end: int) -> Token:
    found = _HAT.match(cursor.text, end)
    hatted = next((g for g in found.groups() if g), "") if found else ""
    if found is None or not (len(hatted) == 1 or hatted in GREEK_NAMES):
        raise cursor.fault(r"\hat is followed by one letter: \hat{y}", end)
    return named(cursor, _SPELLINGS.get(hatted, hatted) + "_hat", found.end())


def _refuse_leibniz(cursor: Cursor, end: int) -> None:
    found = _LEIBNIZ.match(cursor.text, end)
    if found:
        raise cursor.fault(
            "a derivative is asked for with --wrt, not written as a fraction of differentials", found.end()
        )


def _text(cursor: Cursor, end: int) -> Iterator[Token]:
    found = _TEXT.match(cursor.text, end)
    if found is None:
        raise cursor.fault(r"a group of letters in braces is expected: \mathrm{loss}", end)
    word, stop = re.sub(r"\\([_ ,])", r"\1", found.group(1)).strip(), found.end()
    if word.lower() in OTHERWISE:
        yield cursor.take("OTHERWISE", stop)
    elif word.lower() in _IF or not word:
        cursor.at = stop
    elif function_named(word) is not None and word not in cursor.functions:
        yield cursor.take("FUNCTION", stop, Function(function_named(word) or word))
    elif re.fullmatch(r"[A-Za-z]+[0-9]*", word):
        yield named(cursor, word, stop)
    else:
        raise cursor.fault(f"“{word}” is not a name", stop, nearest(word, FUNCTIONS, 0.65))
