r"""Derivatives as people write them: f′(x), (x²eˣ)′, σ′(z), d/dx(…), \frac{d}{dx}, ∂L/∂w, dL/dw, u′v.

Each is replaced by a name or a call that the reader of expressions reads, then put back in the tree:
`Derivative` for d/dx and ( )′ (by the symbol `PRIME` where no variable is written), the symbols “∂L/∂w” and
“u'” for quotients of names and primed names, `Apply("f'", …)` for f′(x).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from solver.claims.symbols import PRIME, primed_of, primed_symbol, quotient_symbol
from solver.claims.typed import OPENS, Typed, typed
from solver.errors import CorrigeError, ExpressionError, Span
from solver.expression.functions import function_named
from solver.expression.names import GREEK_CHARACTERS
from solver.expression.reader import read_expression
from solver.expression.tree import Apply, Derivative, Expr, Symbol, children, rebuild

_GREEK = "".join(GREEK_CHARACTERS)
_INDEX = r"(?:_\{[^{}]*\}|_[A-Za-z0-9]+|[₀-₉]+)*"
_NAME = rf"(?:\\hat\s*\{{[^{{}}]*\}}|\\[a-zA-Z]+|[A-Za-z{_GREEK}][A-Za-z0-9]*|ŷ){_INDEX}"
_D = r"(?:d|\\partial\s*|∂\s*|\\mathrm\{d\})"
_ORDER = r"(?:\^\{?(\d)\}?|([²³⁴]))?"
_BEFORE = rf"(?<![A-Za-z0-9_\\{_GREEK}])"
_AFTER = rf"(?![A-Za-z0-9_{_GREEK}]|\s*/)"
_BELOW = rf"(?:{_D}({_NAME}){_ORDER})((?:\s*{_D}{_NAME})*)"
_QUOTIENT = re.compile(
    rf"{_BEFORE}{_D}{_ORDER}\s*({_NAME})\s*/\s*{_BELOW}{_AFTER}"
    rf"|\\[dt]?frac\s*\{{\s*{_D}{_ORDER}\s*({_NAME})\s*\}}\s*\{{\s*{_BELOW}\s*\}}"
)
_OPERATOR = re.compile(
    rf"{_BEFORE}{_D}{_ORDER}\s*/\s*{_BELOW}{_AFTER}"
    rf"|\\[dt]?frac\s*\{{\s*{_D}{_ORDER}\s*\}}\s*\{{\s*{_BELOW}\s*\}}"
)
_ABOVE = re.compile(rf"{_BEFORE}(?:d|\\partial|∂)\s*\(")
_TEX_ABOVE = re.compile(rf"\\[dt]?frac\s*\{{\s*{_D}(?=\s|\(|\\left|\\,)")
_PRIMES = re.compile(r"['’′]+|\^\{?(?:\\prime\s*)+\}?")
_CALLED = re.compile(rf"({_NAME})(['’′]+)\s*(?=\(|\\left\()")
_PRIMED = re.compile(rf"(?<![A-Za-z_\\{_GREEK}])({_NAME})(['’′]+)(?!\s*\()")
_HEAD = re.compile(
    r"(?:\\operatorname\{[a-zA-Z]+\}|\\?[A-Za-z]+\d*(?:_\d+)?|[σ√∛])(?:\^\{?\d+\}?|[²³])?(?:\\left)?$"
)
_UNICODE_ORDERS = {"²": 2, "³": 3, "⁴": 4}
MAX_ORDER = 6


@dataclass
class _Marks:
    """What the names put into the text stand for."""

    operators: dict[str, list[str]] = field(default_factory=dict)
    calls: dict[str, str] = field(default_factory=dict)
    names: dict[str, Symbol] = field(default_factory=dict)

    def fresh(self, stem: str) -> str:
        return f"{stem}{len(self.operators) + len(self.calls) + len(self.names) + 1}"


def read_side(
    text: str, functions: Iterable[str] = (), letters: str = "", decimal_comma: bool = False
) -> Expr:
    """The tree of one side. `functions` are declared names; `letters` run together are a product (uv′).

    Raises ExpressionError, its place in `text` as typed.
    """
    written = typed(text)
    marks = _Marks()
    _normalise(written)
    _letters_apart(written, letters)
    _quotients(written, marks)
    _operators(written, marks)
    _primed_calls(written, marks)
    _primed_groups(written, marks)
    _primed_names(written, marks)
    declared = {*functions, *marks.operators, *marks.calls}
    try:
        tree = read_expression(written.chars, decimal_comma=decimal_comma, functions=declared)
    except CorrigeError as fault:
        raise _as_typed(fault, text, written, marks) from None
    made = _restored(tree, marks, text)
    if _depth(made) > MAX_ORDER:
        raise ExpressionError(
            f"derivatives up to order {MAX_ORDER} are compared", span=Span(1, 1, max(1, len(text)))
        )
    return made


def _depth(expr: Expr) -> int:
    """How many derivatives stand inside each other."""
    if isinstance(expr, Symbol):
        primed = primed_of(expr)
        return primed[1] if primed else 0
    own = int(isinstance(expr, Derivative))
    if isinstance(expr, Apply):
        own = expr.function.count(PRIME)
    return own + max((_depth(child) for child in children(expr)), default=0)


def _normalise(text: Typed) -> None:
    for found in reversed(list(re.finditer(r"\^\{?\s*((?:\\prime\s*)+|['’′]+)\}?", text.chars))):
        count = found[1].count("prime") or len(found[1])
        text.swap(found.start(), found.end(), PRIME * count)
    for found in reversed(list(re.finditer(r"\\mathrm\{d\}", text.chars))):
        text.swap(found.start(), found.end(), "d")


def _letters_apart(text: Typed, letters: str) -> None:
    """uv → u v, where u and v are functions."""
    if letters:
        runs = re.compile(rf"(?<![A-Za-z\\_{_GREEK}])[{letters}]{{2,3}}(?![A-Za-z0-9_(])")
        for found in reversed(list(runs.finditer(text.chars))):
            text.swap(found.start(), found.end(), " ".join(found[0]))


def primed_letters(text: str) -> str:
    """The single letters that bear a prime without being called: those that stand for functions."""
    return "".join(dict.fromkeys(re.findall(r"([A-Za-z])['’′](?!\s*\()", text)))


def _order(*texts: str | None) -> int:
    for text in texts:
        if text:
            return _UNICODE_ORDERS.get(text) or int(text)
    return 1


def _plain_name(name: str) -> str:
    """The reader's own spelling of a name."""
    tree = read_expression(name)
    if not isinstance(tree, Symbol):
        raise ExpressionError(f"“{name}” is not the name of a variable")
    return tree.name


def _quotients(text: Typed, marks: _Marks) -> None:
    """∂L/∂w → the symbol named “∂L/∂w”; ∂²L/∂w² and ∂²L/∂u∂v too."""
    for found in reversed(list(_QUOTIENT.finditer(text.chars))):
        groups = found.groups()
        half = groups[:7] if groups[2] is not None else groups[7:]
        order, top, below = _order(half[0], half[1]), half[2], half[3]
        variables = _variables(below, half[4], half[5], half[6])
        if len(variables) != order:
            raise ExpressionError(
                f"the order above is {order}, below {len(variables)}",
                span=Span(1, text.places[found.start()] + 1, len(found[0])),
            )
        key = marks.fresh("Quot")
        marks.names[key] = quotient_symbol(_plain_name(str(top)), variables)
        text.swap(found.start(), found.end(), f" {key} ")


def _operators(text: Typed, marks: _Marks) -> None:
    r"""d/dx(…), \frac{d}{dx} …, d(…)/dx, \frac{d(…)}{dx} → a call."""
    _numerators(text)
    while found := _OPERATOR.search(text.chars):
        groups = found.groups()
        half = groups[:6] if groups[2] is not None else groups[6:]
        variables = _variables(half[2], half[3], half[4], half[5])
        order = _order(half[0], half[1])
        if len(variables) == 1 and order > 1:
            variables *= order
        key = marks.fresh("Deriv")
        marks.operators[key] = variables
        start, end = _operand(text, found.end())
        text.swap(end, end, ")")
        text.swap(found.start(), start, f" {key}(")


def _variables(first: str | None, *powers_and_rest: str | None) -> list[str]:
    """The names below: ∂w² is w twice, ∂u∂v is u then v."""
    *powers, rest = powers_and_rest
    others = [_plain_name(n) for n in re.findall(rf"{_D}\s*({_NAME})", rest or "")]
    return [_plain_name(str(first))] * _order(*powers) + others


def _numerators(text: Typed) -> None:
    r"""d(…)/dx and \frac{d …}{dx} with the operand put behind: d/dx (…)."""
    at = 0
    while found := _ABOVE.search(text.chars, at):
        at = found.end()
        close = text.partner(found.end() - 1)
        below = re.compile(rf"\s*/\s*{_BELOW}{_AFTER}").match(text.chars, close + 1)
        if below is not None:
            text.move(found.end() - 1, close + 1, below.end())
    at = 0
    while found := _TEX_ABOVE.search(text.chars, at):
        at = found.end()
        close = text.partner(text.chars.index("{", found.start()))
        below = re.compile(rf"\s*\{{\s*{_BELOW}\s*\}}").match(text.chars, close + 1)
        if below is not None and text.chars[at:close].strip():
            text.swap(close, close, ")")
            text.swap(at, at, "(")
            text.move(at, close + 2, below.end() + 2)


def _operand(text: Typed, at: int) -> tuple[int, int]:
    """Where the operand of d/dx begins and ends: a group and its power, or what comes before a + or −."""
    chars = text.chars
    start = at + len(chars[at:]) - len(chars[at:].lstrip())
    opening = re.compile(r"(?:\\left\s*)?[(\[]").match(chars, start)
    if opening:
        end = text.partner(opening.end() - 1) + 1
        if chars[opening.end() - 1] == "[":
            text.swap(end - 1, end, ")")
            text.swap(opening.end() - 1, opening.end(), "(")
        if power := re.compile(r"\^(?:\{[^{}]*\}|\w+)|[²³⁴]").match(chars, end):
            end = power.end()
        return start, end
    depth, end = 0, start
    while end < len(chars):
        char = chars[end]
        depth += char in "([{"
        depth -= char in ")]}"
        if depth < 0 or (
            depth == 0 and char in "+-−," and chars[start:end].strip() and chars[end - 1] != "^"
        ):
            break
        end += 1
    rest = chars[end:].lstrip()
    if rest[:1] in ("+", "-", "−") and not _OPERATOR.match(rest[1:].lstrip()):
        raise ExpressionError(
            "ambiguous: what is differentiated, the next term alone or the whole sum?",
            span=Span(1, text.places[start] + 1, max(1, end - start)),
            hint="Put it in parentheses: d/dx(…).",
        )
    return start, end


def _primed_calls(text: Typed, marks: _Marks) -> None:
    """f′(x), σ′(z): a call of the derivative."""
    for found in reversed(list(_CALLED.finditer(text.chars))):
        name = found[1].lstrip("\\")
        plain = name if function_named(name) is None else str(function_named(name))
        plain = "sigmoid" if plain in ("σ", "sigma") else GREEK_CHARACTERS.get(plain, plain)
        key = marks.fresh("Prime")
        marks.calls[key] = plain + PRIME * len(found[2])
        text.swap(found.start(), found.end(), f" {key}")


def _primed_groups(text: Typed, marks: _Marks) -> None:
    """(…)′, ln(…)′, |…|′ → a call around it."""
    while found := re.search(r"[)\]|]\s*(['’′]+)", text.chars):
        close = found.start()
        opening = _opening(text, close)
        head = _HEAD.search(text.chars[:opening].rstrip()) if text.chars[opening] == "(" else None
        start = opening
        if text.chars[opening] == "[":
            text.swap(close, close + 1, ")")
            text.swap(opening, opening + 1, "(")
        if text.chars[:opening].endswith("\\left"):
            start -= len("\\left")
        if head and _is_head(head[0], text.chars, head.start()):
            start = head.start()
        key = marks.fresh("Deriv")
        marks.operators[key] = [PRIME] * len(found[1])
        text.swap(found.start(1), found.end(1), ")")
        text.swap(start, start, f" {key}(")


def _is_head(head: str, chars: str, start: int) -> bool:
    """Whether a word before a parenthesis is a function applied to it."""
    word = re.sub(r"(?:\^.*|[²³]|\\left)$", "", head).lstrip("\\")
    if word.startswith("operatorname"):
        return True
    return (
        word in ("σ", "sigma", "√", "∛", "f", "g", "h") or function_named(word) is not None or "Prime" in word
    )


def _opening(text: Typed, close: int) -> int:
    chars = text.chars
    if chars[close] == "|":
        at = chars.rfind("|", 0, close)
        if at >= 0:
            return at
    depth = 0
    for i in range(close, -1, -1):
        if chars[i] in ")]}":
            depth += 1
        elif chars[i] in OPENS:
            depth -= 1
            if depth == 0:
                return i
    raise ExpressionError(f"“{chars[close]}” closes nothing", span=Span(1, text.places[close] + 1, 1))


def _primed_names(text: Typed, marks: _Marks) -> None:
    """u′v: the symbol named “u'”."""
    for found in reversed(list(_PRIMED.finditer(text.chars))):
        key = marks.fresh("Primed")
        marks.names[key] = primed_symbol(_plain_name(found[1]), len(found[2]))
        text.swap(found.start(), found.end(), f" {key} ")


def _as_typed(fault: CorrigeError, text: str, written: Typed, marks: _Marks) -> CorrigeError:
    """The error at its place in the text as typed, without the names that were put in."""
    message = fault.message
    for key, variables in marks.operators.items():
        message = message.replace(key, "(…)'" if PRIME in variables else f"d/d{variables[0]}")
    for key, name in marks.calls.items():
        message = message.replace(key, name)
    for key, symbol in marks.names.items():
        message = message.replace(key, symbol.name)
    span = fault.span and written.span(fault.span.column - 1, fault.span.length)
    return type(fault)(message, span=span, source=text, hint=fault.hint)


def _restored(tree: Expr, marks: _Marks, text: str) -> Expr:
    if isinstance(tree, Symbol) and tree.name in marks.names:
        return marks.names[tree.name]
    changed = rebuild(tree, lambda part: _restored(part, marks, text))
    if not isinstance(changed, Apply):
        return changed
    if changed.function in marks.calls:
        return replace(changed, function=marks.calls[changed.function])
    if changed.function not in marks.operators:
        return changed
    if len(changed.arguments) != 1:
        raise ExpressionError("one expression is differentiated", span=Span(1, 1, len(text)))
    (operand,) = changed.arguments
    for name in marks.operators[changed.function]:
        operand = Derivative(operand, Symbol(name))
    return operand
