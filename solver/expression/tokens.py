"""Text → tokens: characters, LaTeX commands and words of the notation, each with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from keyword import kwlist

from solver.errors import ExpressionError, Span, nearest
from solver.expression.functions import ALIASES, FUNCTIONS, function_named
from solver.expression.names import CONSTANTS, GREEK_CHARACTERS, GREEK_NAMES

MAX_CHARACTERS = 10_000
MAX_DIGITS = 400
MAX_NAME = 60


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is the grammar's terminal, `text` what was typed, `value` what it stands for."""

    kind: str
    text: str
    start: int
    end: int
    value: object = None


@dataclass(frozen=True)
class Source:
    """The text that is read, to point at a place in it."""

    text: str

    def fault(
        self, message: str, start: int, end: int | None = None, hint: str | None = None
    ) -> ExpressionError:
        """An error at `text[start:end]`."""
        before = self.text[:start]
        line = before.count("\n") + 1
        column = start - (before.rfind("\n") + 1) + 1
        length = max(1, (end if end is not None else start + 1) - start)
        return ExpressionError(message, span=Span(line, column, length), source=self.text, hint=hint)


_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_OPERATORS = {
    "+": "PLUS", "-": "MINUS", "−": "MINUS", "–": "MINUS", "*": "STAR", "·": "STAR", "×": "STAR", "⋅": "STAR",
    "∗": "STAR", "/": "SLASH", "÷": "SLASH", "∕": "SLASH", "^": "CARET", "(": "LPAR", ")": "RPAR",
    "{": "LBRACE",
    "}": "RBRACE", ",": "COMMA", ";": "SEMICOLON", "|": "BAR", "√": "ROOT", "∛": "ROOT", "&": "AMP",
    "[": "LBRACKET", "]": "RBRACKET",
}  # fmt: skip
_RELATIONS = {
    "<": "<", ">": ">", "=": "=", "<=": "<=", ">=": ">=", "==": "=", "!=": "!=", "≤": "<=", "≥": ">=",
    "≠": "!=",
    "⩽": "<=", "⩾": ">=",
}  # fmt: skip
_COMMAND_RELATIONS = {
    "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "lt": "<",
    "gt": ">",
    "ne": "!=", "neq": "!=",
}  # fmt: skip
_SPACES = {",", ";", ":", "!", " ", "quad", "qquad", "displaystyle", "limits", "thinspace", "enspace"}
_SIZES = {"left", "right", "bigl", "bigr", "Bigl", "Bigr", "big", "Big"}
_NAMED_COMMANDS = {
    "sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "arcsin", "arccos", "arctan",
    "exp", "ln",
    "log", "max", "min",
}  # fmt: skip
_COMMANDS = (
    set(GREEK_NAMES) | _NAMED_COMMANDS | _SPACES | _SIZES | set(_COMMAND_RELATIONS)
    | {"frac", "dfrac", "tfrac", "sqrt", "cdot", "times", "div", "hat", "text", "mathrm", "operatorname",
       "begin", "end", "lvert", "rvert", "vert"}
)  # fmt: skip
_OTHERWISE = {"otherwise", "sinon", "else", "ailleurs"}
_IF = {"if", "si", "for", "pour", "when"}

_NUMBER = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+(?![0-9.]))?")
_NUMBER_COMMA = re.compile(r"(?:\d+(?:[.,]\d+)?|\.\d+)(?:[eE][+-]?\d+(?![0-9.]))?")
_BRACED_COMMA = re.compile(r"\d+\{,\}\d+")
_WORD = re.compile(r"[A-Za-z]+\d*")
_SUBSCRIPT = re.compile(r"_(?:\{((?:[^{}]|\{[^{}]*\})*)\}|(\d+|[A-Za-z]+\d*)|\\([a-zA-Z]+))|([₀-₉]+)")
_SUPERSCRIPT = re.compile(r"⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_RELATION = re.compile(r"<=|>=|==|!=|[<>=≤≥≠⩽⩾]")
_COMMAND = re.compile(r"\\([A-Za-z]+|.)", re.DOTALL)
_CALLED = re.compile(r"(?:\s|\\left(?![a-z])|\\[bB]igl?(?![a-z])|\\[,;:! ])*\(")
_SPACE = re.compile(r"[\s\u00a0\u2009\u202f\u200a~]+")
_RESERVED = frozenset(kwlist)


def scan(text: str, *, decimal_comma: bool = False, functions: frozenset[str] = frozenset()) -> list[Token]:
    """The tokens of `text`, spaces left out. Raises ExpressionError at the first character that is none."""
    source = Source(text if len(text) <= MAX_CHARACTERS else text[:200])
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(
            f"the expression has {len(text)} characters; at most {MAX_CHARACTERS} are read",
            span=Span(1, 1),
            source=source.text,
        )
    return list(_Scanner(source, decimal_comma, functions).tokens())


class _Scanner:
    def __init__(self, source: Source, decimal_comma: bool, functions: frozenset[str]) -> None:
        self.source = source
        self.text = source.text
        self.number = _NUMBER_COMMA if decimal_comma else _NUMBER
        self.functions = functions
        self.at = 0

    def tokens(self) -> Iterator[Token]:
        pending = 0  # arguments of a \frac that may be single digits: \frac12
        while self.at < len(self.text):
            found = _SPACE.match(self.text, self.at)
            if found:
                self.at = found.end()
                continue
            if pending:
                pending -= 1
                if self.text[self.at].isdigit():
                    yield from self._single_digit()
                    continue
                if self.text[self.at] != "{":
                    raise self._fault(r"\frac is followed by two groups in braces: \frac{a}{b}")
                # the second group begins after this one is closed: nothing special to do there
                pending = 0
            for token in self._next():
                yield token
                if token.kind == "FRAC":
                    pending = 2 if self._digit_follows() else 0

    def _digit_follows(self) -> bool:
        found = _SPACE.match(self.text, self.at)
        at = found.end() if found else self.at
        return at < len(self.text) and self.text[at].isdigit()

    def _single_digit(self) -> Iterator[Token]:
        start, self.at = self.at, self.at + 1
        digit = self.text[start]
        yield Token("LBRACE", "", start, start)
        yield Token("NUMBER", digit, start, self.at, (Fraction(int(digit)), False))
        yield Token("RBRACE", "", self.at, self.at)

    def _fault(self, message: str, end: int | None = None, hint: str | None = None) -> ExpressionError:
        return self.source.fault(message, self.at, end, hint)

    def _take(self, kind: str, end: int, value: object = None) -> Token:
        start, self.at = self.at, end
        return Token(kind, self.text[start:end], start, end, value)

    def _next(self) -> Iterator[Token]:
        text, at = self.text, self.at
        char = text[at]
        if (char.isdigit() and char.isascii()) or (char == "." and text[at + 1 : at + 2].isdigit()):
            yield self._number()
        elif char.isascii() and char.isalpha():
            yield self._word()
        elif char in GREEK_CHARACTERS:
            yield self._named(GREEK_CHARACTERS[char], at + 1)
        elif char == "ŷ":
            yield self._named("y_hat", at + 1)
        elif char == "\\":
            yield from self._command()
        elif text.startswith("**", at):
            yield self._take("CARET", at + 2)
        elif found := _RELATION.match(text, at):
            yield self._take("RELATION", found.end(), _RELATIONS[found.group()])
        elif found := _SUPERSCRIPT.match(text, at):
            yield self._take("SUPERSCRIPT", found.end(), int(found.group().translate(_SUPERSCRIPTS)))
        elif char in _OPERATORS:
            token = self._take(_OPERATORS[char], at + 1)
            yield replace(token, value=3 if char == "∛" else 2) if char in "√∛" else token
        elif char == "½":
            yield self._take("NUMBER", at + 1, (Fraction(1, 2), False))
        else:
            raise self._strange(char)

    def _strange(self, char: str) -> ExpressionError:
        if char in "'’′":
            return self._fault(
                "a prime marks a derivative, and only of a function that is called: f'(x)",
                hint="Write another name in place of the primed one, W2 for instance.",
            )
        if char == "_":
            return self._fault("“_” has no name before it to be the index of")
        if char == "%":
            return self._fault("“%” is not read; write 0.05 for 5 %")
        if char == "!":
            return self._fault("factorials are not read")
        shown = char if char.isprintable() else f"U+{ord(char):04X}"
        return self._fault(f"“{shown}” is not a character of the notation")

    # ---- numbers

    def _number(self) -> Token:
        braced = _BRACED_COMMA.match(self.text, self.at)
        found = braced or self.number.match(self.text, self.at)
        assert found is not None
        written = found.group().replace("{,}", ".").replace(",", ".")
        mantissa, _, power = written.lower().partition("e")
        if len(mantissa) > MAX_DIGITS or (power and (len(power) > 4 or abs(int(power)) > MAX_DIGITS)):
            raise self._fault(f"a number of more than {MAX_DIGITS} digits", found.end())
        value = Fraction(mantissa.rstrip(".") or "0") * Fraction(10) ** int(power or 0)
        decimal = "." in mantissa.rstrip(".") or bool(power)
        return self._take("NUMBER", found.end(), (value, decimal))

    # ---- words

    def _word(self) -> Token:
        found = _WORD.match(self.text, self.at)
        assert found is not None
        word, end = found.group(), found.end()
        if len(word) > MAX_NAME:
            raise self._fault(f"a name of more than {MAX_NAME} letters", end)
        if self.text[end : end + 1] == "\u0302" and len(word) == 1:
            return self._named(word + "_hat", end + 1)
        if word == "Piecewise":
            return self._take("PIECEWISE", end)
        if word == "True" or word in _OTHERWISE:
            return self._take("OTHERWISE", end)
        # log2 and log10 are functions, w1 is a name
        if word in ("log2", "log10", "lg") and self._called(end):
            return self._take("FUNCTION", end, ("log", 2 if word == "log2" else 10))
        return self._named(word, end)

    def _called(self, end: int) -> bool:
        return _CALLED.match(self.text, end) is not None

    def _named(self, name: str, end: int) -> Token:
        """A name, with its index if it has one; or a constant, or a function."""
        start = self.at
        whole, stop = self._indexed(name, end)
        if stop == end and name in self.functions:
            return self._function_or_name(name, end)
        if whole in self.functions:
            return self._function_or_name(whole, stop)
        if stop > end and (known := function_named(whole)) is not None:
            return self._take("FUNCTION", stop, (known, None))
        if name in ("log",) and stop > end:
            index = whole[len(name) + 1 :]
            if index.isdigit():
                return self._take("FUNCTION", stop, ("log", int(index)))
        if stop == end:
            if name in CONSTANTS:
                return self._take("CONSTANT", end, name)
            known = function_named(name) if name != "pow" else "pow"
            if known == "gamma" and self.text.startswith(("γ", "\\gamma"), start):
                known = None  # the letter is a variable, whatever follows; Γ( and gamma( are the function
            soft = (name in ALIASES and len(name) <= 2) or name in GREEK_NAMES
            if known is not None and (not soft or self._called(end)):
                return self._take("FUNCTION", end, (known, None))
            if name == "sigma" and self._called(end):
                return self._take("FUNCTION", end, ("sigmoid", None))
            if name in ("f", "g", "h") and (self._called(end) or self._primed(end)):
                return self._function_or_name(name, end)
        if name in _RESERVED and name != "lambda":
            raise self._fault(f"“{name}” cannot be the name of a variable", end)
        if stop == end and len(name) > 1 and name not in GREEK_NAMES:
            letters = name.rstrip("0123456789")
            if letters != name and letters in FUNCTIONS:
                hint = f"Write {letters}({name[len(letters) :]})."
                raise self._fault(f"“{name}” is not a known name", end, hint)
            if name.isalpha():
                self._refuse_glued(name, end)
        self.at = start
        return self._take("NAME", stop, whole)

    def _primed(self, end: int) -> bool:
        return self.text[end : end + 1] in ("'", "’", "′")

    def _function_or_name(self, name: str, end: int) -> Token:
        stop = end
        while self._primed(stop):
            stop += 1
        if stop > end or self._called(end):
            if not self._called(stop):
                raise self._fault(f"the function {name} needs its argument in parentheses", stop)
            return self._take("FUNCTION", stop, (name + "'" * (stop - end), None))
        return self._take("NAME", end, name)

    def _refuse_glued(self, word: str, end: int) -> None:
        """`sinx`, `expx` are a function and a variable glued together; `foo(` is an unknown function."""
        if self._called(end):
            hint = (
                nearest(word, (*FUNCTIONS, *ALIASES)) or f"Write {'*'.join(word)} for a product of letters."
            )
            raise self._fault(f"“{word}” is not a known function", end, hint)
        for function in sorted((*FUNCTIONS, "arctan", "arcsin", "arccos"), key=len, reverse=True):
            if len(function) > 1 and word.startswith(function) and len(word) - len(function) <= 2:
                rest = word[len(function) :]
                raise self._fault(f"“{word}” is not a known name", end, f"Write {function}({rest}).")
            if (
                word.endswith(function)
                and len(word) - len(function) == 1
                and len(function) > 2
                and self._called(end)
            ):
                raise self._fault(f"“{word}” is not a known name", end)

    def _indexed(self, name: str, end: int) -> tuple[str, int]:
        """`w_1`, `w_{ij}`, `W1_2_1`, `x₁`: the whole name and where it ends."""
        parts = [name]
        while found := _SUBSCRIPT.match(self.text, end):
            braced, plain, command, unicode = found.groups()
            if braced is not None:
                index = re.sub(r"\\(?:text|mathrm)\s*\{([^{}]*)\}", r"\1", braced)
                index = re.sub(r"\\([A-Za-z]+)", r"\1", index).strip()
                pieces = [p for p in re.split(r"[\s,;]+", index) if p]
                if not pieces or not all(re.fullmatch(r"[A-Za-z0-9]+", p) for p in pieces):
                    self.at = end
                    raise self._fault("an index is made of letters and digits", found.end())
                parts += pieces
            elif command is not None:
                if command not in GREEK_NAMES:
                    self.at = end
                    raise self._fault("an index is made of letters and digits", found.end())
                parts.append(command)
            else:
                parts.append(plain or unicode.translate(_SUBSCRIPTS))
            end = found.end()
        return "_".join(parts), end

    # ---- LaTeX

    def _command(self) -> Iterator[Token]:
        found = _COMMAND.match(self.text, self.at)
        if found is None:
            raise self._fault("a backslash ends the expression")
        name, end = found.group(1), found.end()
        if name in _SPACES or name in _SIZES:
            self.at = end
        elif name in ("frac", "dfrac", "tfrac"):
            self._refuse_leibniz(end)
            yield self._take("FRAC", end)
        elif name == "sqrt":
            yield self._take("TEXROOT", end)
        elif name in ("cdot", "times"):
            yield self._take("STAR", end)
        elif name == "div":
            yield self._take("SLASH", end)
        elif name in ("lvert", "rvert", "vert"):
            yield self._take("BAR", end)
        elif name in _COMMAND_RELATIONS:
            yield self._take("RELATION", end, _COMMAND_RELATIONS[name])
        elif name == "\\":
            yield self._take("ROW", end)
        elif name == "hat":
            hat = re.compile(r"\s*\{\s*([A-Za-z])\s*\}|\s*([A-Za-z])").match(self.text, end)
            if hat is None:
                raise self._fault(r"\hat is followed by one letter", end)
            yield self._named((hat.group(1) or hat.group(2)) + "_hat", hat.end())
        elif name in ("operatorname", "mathrm", "text"):
            yield from self._text_command(end)
        elif name in ("begin", "end"):
            kind = "CASES" if name == "begin" else "ENDCASES"
            if not self.text.startswith("{cases}", end):
                raise self._fault(r"\begin{cases} is the only environment that is read", end)
            yield self._take(kind, end + len("{cases}"))
        elif name in _NAMED_COMMANDS or name in GREEK_NAMES or name == "pi":
            name = {"varepsilon": "epsilon", "varphi": "phi", "vartheta": "theta"}.get(name, name)
            yield self._named(name, end)
        else:
            raise self._fault(
                f"the LaTeX command “\\{name}” is not read here", end, nearest(name, sorted(_COMMANDS))
            )

    def _refuse_leibniz(self, end: int) -> None:
        leibniz = re.compile(
            r"\s*\{\s*(?:d|\\partial|\\mathrm\{d\})\s*\\?[A-Za-z]?[^{}]*\}\s*\{\s*(?:d|\\partial)\s*\\?[A-Za-z]"
        )
        found = leibniz.match(self.text, end)
        if found:
            raise self._fault(
                "a derivative is asked for with --wrt, not written as a fraction of differentials",
                found.end(),
            )

    def _text_command(self, end: int) -> Iterator[Token]:
        found = re.compile(r"\s*\{([^{}\\]*)\}").match(self.text, end)
        if found is None:
            raise self._fault("a group of letters in braces is expected", end)
        word, stop = found.group(1).strip(), found.end()
        if word.lower() in _OTHERWISE:
            yield self._take("OTHERWISE", stop)
        elif word.lower() in _IF or not word:
            self.at = stop
        elif function_named(word) is not None and word not in self.functions:
            yield self._take("FUNCTION", stop, (function_named(word), None))
        elif re.fullmatch(r"[A-Za-z]+\d*", word):
            whole, stop = self._indexed(word, stop)
            yield self._take("NAME", stop, whole)
        else:
            raise self._fault(f"“{word}” is not a known name", stop, nearest(word, FUNCTIONS))
