"""Words and names: a constant, a function, or a variable with its index."""

from __future__ import annotations

import re
from fractions import Fraction
from keyword import kwlist

from solver.expression.functions import ALIASES, FUNCTIONS, function_named
from solver.expression.names import CONSTANTS, GREEK_CHARACTERS, GREEK_NAMES
from solver.expression.notation.characters import SUBSCRIPTS
from solver.expression.notation.cursor import Cursor
from solver.expression.notation.source import Function, Token
from solver.expression.notation.unknown import unknown_function

MAX_NAME = 60
MAX_PRIMES = 6

OTHERWISE = {"otherwise", "sinon", "else", "ailleurs"}
"""Words for the last case of a definition by pieces."""

_WORD = re.compile(r"[A-Za-z]+[0-9]*")
_SUBSCRIPT = re.compile(r"_(?:\{((?:[^{}]|\{[^{}]*\})*)\}|([0-9]+|[A-Za-z]+[0-9]*)|\\([a-zA-Z]+))|([₀-₉]+)")
_BASE = re.compile(r"_(?:([0-9]+)|([A-Za-z])(?![A-Za-z])|\{\s*(?:([0-9]+)|([A-Za-z]))\s*\}|(?=\{))|([₀-₉]+)")
_OPERAND = re.compile(r"[ \t]+[A-Za-z0-9\\√|]")
_DERIVATION = re.compile(r"d/d[A-Za-z](?![A-Za-z])")
_LETTERS = re.compile(r"[A-Za-z]*")
_RESERVED = (frozenset(kwlist) - {"lambda"}) | {"nan", "inf", "infinity", "oo", "zoo"}
_GLUED = tuple(sorted((n for n in (*FUNCTIONS, *ALIASES) if len(n) > 2 or n == "ln"), key=len, reverse=True))
_INSIDE = ("sin", "cos", "tan", "exp", "ln", "log")


def word(cursor: Cursor) -> Token:
    """The word at the cursor."""
    found = _WORD.match(cursor.text, cursor.at)
    assert found is not None
    name, end = found.group(), found.end()
    if len(name) > MAX_NAME:
        raise cursor.fault(f"a name of {len(name)} letters; at most {MAX_NAME} are read", end)
    if cursor.text[end : end + 1] == "\u0302" and len(name) == 1:
        return named(cursor, name + "_hat", end + 1)
    if name == "d" and (found := _DERIVATION.match(cursor.text, cursor.at)):
        hint = "The command derives the expression that it is given: write that alone, and --wrt x."
        raise cursor.fault(f"“{found.group()}” is not read", found.end(), hint)
    if name == "Piecewise":
        return cursor.take("PIECEWISE", end)
    if name == "True" or name in OTHERWISE:
        return cursor.take("OTHERWISE", end)
    return named(cursor, name, end)


def named(cursor: Cursor, name: str, end: int) -> Token:
    """A name that ends at `end`, with its index if it has one; or a constant, or a function."""
    start = cursor.at
    if name == "lamda":  # SymPy's spelling, which our own results use
        name = "lambda"
    whole, stop = _logarithm_like(cursor, end) if name == "log" else indexed(cursor, name, end)
    if whole in cursor.functions:
        return _function_or_name(cursor, whole, stop)
    if stop == end:
        token = _constant_or_function(cursor, name, end)
        if token is not None:
            return token
        _refuse_unfit(cursor, name, end)
    elif (known := function_named(whole)) is not None:
        return cursor.take("FUNCTION", stop, Function(known))
    elif function_named(name) is not None and not _soft(name) and name not in GREEK_NAMES:
        raise cursor.fault(f"the function {name} takes no index", stop, f"Write {name}(x).")
    cursor.at = start
    return cursor.take("NAME", stop, whole)


def letter(cursor: Cursor, name: str, end: int) -> Token:
    """A letter that stands alone: a constant or a variable without index."""
    return cursor.take("CONSTANT" if name in CONSTANTS else "NAME", end, name)


def _constant_or_function(cursor: Cursor, name: str, end: int) -> Token | None:
    if name in CONSTANTS:
        return cursor.take("CONSTANT", end, name)
    if name == "log":
        return _logarithm(cursor, end)
    if name in ("log2", "log10") or (name == "lg" and cursor.called(end)):
        if name != "lg" and not cursor.called(end) and cursor.text[end : end + 1].isalpha():
            one, other = f"log({name[3:]}{cursor.text[end]})", f"{name}({cursor.text[end]})"
            raise cursor.fault(f"ambiguous: {one} or {other}?", end + 1, "Write the one that is meant.")
        base = Token("NUMBER", name, cursor.at, end, (Fraction(2 if name == "log2" else 10), False))
        return cursor.take("FUNCTION", end, Function("log", base))
    known = function_named(name)
    if known is not None and (_soft(name) or name in GREEK_NAMES) and not cursor.called(end):
        if name not in GREEK_NAMES and _OPERAND.match(cursor.text, end):
            hint = f"Write {name}(…) for the function, {name}*… for a product."
            raise cursor.fault(f"ambiguous: the function {known} or a variable {name}?", end, hint)
        known = None
    if known == "gamma" and cursor.text.startswith(("γ", "\\gamma"), cursor.at):
        known = None  # the letter is a variable, whatever follows; Γ( and gamma( are the function
    if name == "sigma" and (cursor.called(end) or cursor.called(cursor.primes(end)[1])):
        known = "sigmoid"
    if known is not None:
        _refuse_primed(cursor, known, end)
        return cursor.take("FUNCTION", end, Function(known))
    if name in ("f", "g", "h") and (cursor.called(end) or cursor.primes(end)[0]):
        return _function_or_name(cursor, name, end)
    return None


def _soft(name: str) -> bool:
    """Whether a short other name of a function is one only where it is called: th(x)."""
    return name in ALIASES and len(name) <= 2


def _logarithm(cursor: Cursor, end: int) -> Token:
    """`log`, `log_2`, `log_b`, `log₂`, `log_{…}`: the base goes with the token, or follows it in braces."""
    found = _BASE.match(cursor.text, end)
    if found is None:
        return cursor.take("FUNCTION", end, Function("log"))
    plain, name, braced, braced_name, unicode = found.groups()
    digits = plain or braced or (unicode or "").translate(SUBSCRIPTS)
    variable = name or braced_name
    if variable:
        kind = "CONSTANT" if variable in CONSTANTS else "NAME"
        base = Token(kind, variable, end, found.end(), variable)
    elif digits:
        if len(digits) > MAX_NAME:
            raise cursor.fault(f"a base of {len(digits)} digits; at most {MAX_NAME} are read", found.end())
        base = Token("NUMBER", digits, end, found.end(), (Fraction(digits), False))
    else:
        return cursor.take("FUNCTION", found.end(), Function("log", based=True))
    return cursor.take("FUNCTION", found.end(), Function("log", base))


def _logarithm_like(cursor: Cursor, end: int) -> tuple[str, int]:
    """`log` alone, for its index is a base; or one of the functions whose names begin so: log_sigmoid."""
    found = re.compile(r"_([A-Za-z]{2,})").match(cursor.text, end)
    known = found is not None and function_named(f"log{found.group()}") is not None
    return (f"log{found.group()}", found.end()) if found and known else ("log", end)


def _refuse_primed(cursor: Cursor, name: str, end: int) -> None:
    count, stop = cursor.primes(end)
    if count and name != "pow":
        raise cursor.fault(
            f"a prime is read on functions without a definition (f, g, h): f'(x), not on {name}", stop,
            f"Ask for the derivative of {name}(x), or write it out.",
        )  # fmt: skip


def _function_or_name(cursor: Cursor, name: str, end: int) -> Token:
    count, stop = cursor.primes(end)
    if count > MAX_PRIMES:
        raise cursor.fault(f"a derivative of more than {MAX_PRIMES} primes", stop)
    if count or cursor.called(end):
        if not cursor.called(stop):
            raise cursor.fault(
                f"the function {name} needs its argument in parentheses", stop,
                "Write " + name + "'" * count + "(x).",
            )  # fmt: skip
        return cursor.take("FUNCTION", stop, Function(name + "'" * count))
    return cursor.take("NAME", end, name)


def _refuse_unfit(cursor: Cursor, name: str, end: int) -> None:
    """What cannot be the name of a variable: a reserved word, a function and a variable glued together."""
    if name in _RESERVED:
        raise cursor.fault(f"“{name}” is reserved and cannot be the name of a variable", end)
    if len(name) == 1 or name in GREEK_NAMES or "_" in name:
        return
    if cursor.called(end) and len(name.rstrip("0123456789")) != 1:
        message, hint = unknown_function(name, cursor.functions)
        raise cursor.fault(message, end, hint)
    letters = name.rstrip("0123456789")
    digits = name[len(letters) :]
    if digits:
        if function_named(letters) is not None and not _soft(letters):
            more = _LETTERS.match(cursor.text, end)
            rest = digits + (more.group() if more else "")
            if len(rest) > 1 and cursor.called(end + len(rest) - len(digits)):
                message, hint = unknown_function(letters + rest, cursor.functions)
                raise cursor.fault(message, end + len(rest) - len(digits), hint)
            raise cursor.fault(f"“{name}” is not a known name", end, f"Write {letters}({rest}).")
        return
    for function in _GLUED:
        rest = name.removeprefix(function)
        if rest != name and (len(rest) == 1 or rest in GREEK_NAMES):
            raise cursor.fault(f"“{name}” is not a known name", end, f"Write {function}({rest}).")
    for function in _INSIDE:
        if name[1:-1] == function:
            hint = f"Write {name[0]}*{function}({name[-1]})."
            raise cursor.fault(f"“{name}” is not a known name", end, hint)


def indexed(cursor: Cursor, name: str, end: int) -> tuple[str, int]:
    """`w_1`, `w_{ij}`, `W1_2_1`, `x₁`: the whole name and where it ends."""
    parts = [name]
    while found := _SUBSCRIPT.match(cursor.text, end):
        braced, plain, command, unicode = found.groups()
        if braced is not None:
            index = re.sub(r"\\(?:text|mathrm)\s*\{([^{}]*)\}", r"\1", braced)
            index = re.sub(r"\\([A-Za-z]+)", r"\1", index)
            index = "".join(GREEK_CHARACTERS.get(c, c) for c in index)
            pieces = [p for p in re.split(r"[\s,;]+", index.strip()) if p]
        elif command is not None:
            pieces = [command] if command in GREEK_NAMES else ["\\"]
        else:
            pieces = [plain or unicode.translate(SUBSCRIPTS)]
        if not pieces or not all(re.fullmatch(r"[A-Za-z0-9]+", p) for p in pieces):
            raise cursor.source.fault(
                "an index is made of letters and digits", end, found.end(), "Write x_1, x_{12} or x_{i,j}."
            )
        parts += pieces
        end = found.end()
    whole = "_".join(parts)
    if len(whole) > MAX_NAME + len(name):
        raise cursor.fault(f"an index of more than {MAX_NAME} letters", end)
    return whole, end
