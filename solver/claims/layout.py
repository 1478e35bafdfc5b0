r"""One typed line → its parts, by position: what it is, its sides, the rule that it names, what it assumes.

Nothing is read as mathematics here. Every change keeps the length of the text (a character gives way to a
space), so that an error is pointed at where it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from solver.expression.functions import function_named
from solver.expression.names import GREEK_NAMES


class Role(StrEnum):
    """What a line is for."""

    CLAIM = "claim"
    DEFINITION = "definition"
    FUNCTIONS = "functions"  # let u, v be functions of x
    ASSUMPTION = "assumption"
    VARIABLE = "variable"  # wrt x


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line: its text and the column (0-based) where it begins."""

    text: str
    start: int

    def stripped(self) -> Part:
        """Without the spaces around it."""
        lead = len(self.text) - len(self.text.lstrip())
        return Part(self.text.strip(), self.start + lead)

    def cut(self, start: int, end: int | None = None) -> Part:
        """text[start:end], at its place."""
        stop = len(self.text) if end is None else end
        return Part(self.text[start:stop], self.start + start)


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of a line. `sides` and `relations` alternate; the first side is empty where a line goes on
    with the one before (`= …`)."""

    role: Role
    sides: tuple[Part, ...] = ()
    relations: tuple[str, ...] = ()
    rule: Part | None = None
    conditions: tuple[Part, ...] = ()
    body: Part | None = None
    where: Part | None = None
    """Definitions at the end of a claim: `… where z = w x + b`."""


_DEFINE = re.compile(
    r"(?:let|define|denote|set|put|given|with|where|soient|soit|posons|notons|on\s+pose|on\s+note|avec|où)\b\s*:?",
    re.I,
)
_ASSUME = re.compile(
    r"(?:we\s+)?(?:assume|assuming|suppose|supposing|supposons|on\s+suppose|for|pour|if|si|when|quand|provided)\b"
    r"(?:\s+(?:that|que|all|tout|every)\b)?\s*:?",
    re.I,
)
_VARIABLE = re.compile(
    r"(?:wrt|variable|with\s+respect\s+to|par\s+rapport\s+à|derivatives?\s+wrt)\b\s*:?", re.I
)
_FUNCTIONS = re.compile(
    r"^(?P<names>[^=<>:]*?)\s*(?:\b(?:be|is|are|deux|des|une|two|three|trois)\b|:)\s*"
    r"(?:\b(?:deux|two|trois|three|des|a|une)\b\s*)?(?:\b(?:any|differentiable|smooth|real)\b\s*)*"
    r"(?:functions?|fonctions?)\b(?:\s+\w*(?:able|rivables?))?\s*(?:of|de|d['’])?\s*(?P<variable>\w+)?\s*\.?$",
    re.I,
)
_THUS = re.compile(
    r"(?:(?:so|hence|thus|therefore|then|and|donc|ainsi|d['’]où|alors|puis|et|on\s+a|we\s+have)\b[:,]?|=>|⇒|⟹|"
    r"\\(?:Rightarrow|implies|iff|Leftrightarrow|therefore)(?![a-zA-Z])|⇔|⟺|\d{1,3}[.)](?=\s)"
    r"|[*•▪](?=\s)|(?:step|étape|line|ligne)\s*\d+\s*[:.)])\s*",
    re.I,
)
_RELATIONS = re.compile(
    r"=>|⇒|⟹|⇔|\\(?:approx|simeq|coloneqq|Rightarrow|implies|iff)(?![a-zA-Z])|:=|~=|≈|≃|<=|>=|!=|\\n?eq(?![a-zA-Z])|==?|[<>≤≥≠]"
    r"|\\(?:leq?|geq?|neq?|lt|gt)(?![a-zA-Z])"
)
_APPROXIMATE = {r"\approx", r"\simeq", "~=", "≈", "≃"}
_DEFINED = {":=", r"\coloneqq"}
_WRAPPERS = re.compile(r"\\\[|\\\]|\\\(|\\\)|\$+|&|\\\\\s*$|\\(?:nonumber|notag)(?![a-zA-Z])")
_SKIPPED = re.compile(
    r"^\s*(?:\\(?:begin|end)\{(?:align|aligned|equation|gather|eqnarray|split)\*?\}|```.*)\s*$"
)
_BRACKETED = re.compile(r"(?<=[\s\])}|\w²³])\s\[(?P<rule>[^\[\]]+)\]\s*[.,;]?\s*$")
_SEPARATED = re.compile(
    r"\s(?:--+|—|//|%|;)\s+(?P<rule>\S.*)$|\\q?quad\s*\\text\{(?P<text>[^{}]*)\}\s*$|\\tag\{(?P<tag>[^{}]*)\}\s*$"
    r"|\s(?P<since>(?:car|because|since|puisque|comme)\s+\S.*)$|\s(?P<by>(?:by|using|par|d['’]après|from|via)\s+(?:the\s+|la\s+|le\s+|les\s+)?[^\W\d]{3,}.*)$"
)
_PARENTHESISED = re.compile(r"\s\((?P<rule>[^()=<>]*[^\W\d]{3,}[^()=<>]*)\)\s*[.,;]?\s*$")
_CONDITION = re.compile(
    r"(?:\s*,\s*|\s+|\\q?quad|\\text\{)\s*\(?(?:\\text\{)?\s*(?:for|if|when|where|provided|with|pour|si|quand|avec|où)\b"
    r"\s*\}?(?P<tail>.*)$",
    re.I,
)
_WHERE = re.compile(r"[\s,](?:where|avec|with|où)\s+(?P<tail>[^\W\d]\w*(?:\([^()]*\))?\s*:?=.*)$", re.I)
_WORD = re.compile(r"[^\W\d_]{3,}")
_OPENING, _CLOSING = "([{", ")]}"


def layout(line: str) -> Layout | None:
    """The parts of a line; None where it holds nothing (blank, a comment, a LaTeX environment)."""
    text = re.sub(r"(?<!\\)#.*", lambda m: " " * len(m[0]), line)
    if _SKIPPED.match(text):
        return None
    text = _WRAPPERS.sub(lambda m: " " * len(m[0]), text)
    part = Part(text, 0).stripped()
    while found := _THUS.match(part.text):
        part = part.cut(found.end()).stripped()
    if not part.text:
        return None
    for role, head in ((Role.VARIABLE, _VARIABLE), (Role.DEFINITION, _DEFINE), (Role.ASSUMPTION, _ASSUME)):
        if found := head.match(part.text):
            return _introduced(role, part.cut(found.end()).stripped())
    return _claim(part)


def _introduced(role: Role, body: Part) -> Layout:
    body = Part(body.text.rstrip(" .;,:"), body.start)
    if role is Role.DEFINITION and _FUNCTIONS.match(body.text):
        return Layout(Role.FUNCTIONS, body=body)
    if role is Role.DEFINITION and not any(m[0] in ("=", "==", *_DEFINED) for m in _top(body)):
        role = Role.ASSUMPTION
    if role is Role.VARIABLE:
        return Layout(role, body=body)
    if role is Role.ASSUMPTION:
        return Layout(role, conditions=conditions(body), body=body)
    return Layout(role, body=body)


def functions_of(body: str) -> tuple[list[str], str | None]:
    """`u and v be functions of x` → (["u", "v"], "x")."""
    found = _FUNCTIONS.match(body)
    assert found is not None
    names = [n for n in re.split(r"\s*(?:,|\band\b|\bet\b)\s*|\s+", found["names"].strip()) if n]
    return names, found["variable"]


def definitions(body: Part) -> list[Part]:
    """`u = x^2, v = e^x` → each definition; commas inside brackets stay."""
    pieces = _split(body, re.compile(r",|;|\s(?:and|et)\s"))
    found: list[Part] = []
    for piece in pieces:
        has_sign = any(m[0] in ("=", "==", *_DEFINED) for m in _top(piece))
        if not has_sign and found:
            last = found.pop()
            end = piece.start + len(piece.text) - last.start
            piece = Part(body.text[last.start - body.start : last.start - body.start + end], last.start)
        found.append(piece.stripped())
    return [p for p in found if p.text]


def conditions(body: Part) -> tuple[Part, ...]:
    """`x > 0 and y != 0` → each condition."""
    text = (
        body.text.rstrip(" .;,)}")
        if body.text.count("(") < body.text.count(")")
        else body.text.rstrip(" .;,}")
    )
    pieces = _split(Part(text, body.start), re.compile(r"\s(?:and|et)\s|,(?=[^,]*[<>≤≥≠!])|;"))
    return tuple(_bare(p) for p in pieces if p.text.strip())


def _bare(condition: Part) -> Part:
    """Without “all”, “every”: for all x > 0."""
    found = re.match(r"\s*(?:all|every|any|tout|chaque|∀|\\forall(?![a-z]))\s*", condition.text, re.I)
    return condition.cut(found.end() if found else 0).stripped()


def _claim(part: Part) -> Layout:
    part, rule = _rule(part)
    part, where = _where(part)
    part, assumed = _assumed(part)
    if rule is None:
        part, rule = _rule(part)
    marks = list(_top(part))
    if any(m[0] in _DEFINED for m in marks[:1]):
        return Layout(Role.DEFINITION, body=part)
    sides: list[Part] = []
    relations: list[str] = []
    at = 0
    for mark in marks:
        sides.append(part.cut(at, mark.start()).stripped())
        relations.append("≈" if mark[0] in _APPROXIMATE else "=" if mark[0] in ("=", "==") else mark[0])
        at = mark.end()
    sides.append(part.cut(at).stripped())
    last = sides[-1]
    sides[-1] = Part(re.sub(r"\s*[.,;]+$", "", last.text), last.start)
    return Layout(Role.CLAIM, tuple(sides), tuple(relations), rule, assumed, part, where)


def _where(part: Part) -> tuple[Part, Part | None]:
    """The line without the definitions at its end."""
    found = _WHERE.search(part.text)
    if found is None or re.search(r"[<>≤≥≠]", found["tail"]) or _depth(part.text[: found.start()]):
        return part, None
    return part.cut(0, found.start()).stripped(), part.cut(found.start("tail")).stripped()


def _rule(part: Part) -> tuple[Part, Part | None]:
    """The line without the rule that it names at its end."""
    for pattern in (_BRACKETED, _SEPARATED, _PARENTHESISED):
        found = pattern.search(part.text)
        if found is None:
            continue
        name = next(n for n, value in found.groupdict().items() if value is not None)
        if pattern is not _SEPARATED and not _names_something(found[name]):
            continue
        if pattern is _SEPARATED and _CONDITION.match(" " + found[name]):
            continue
        whole = part.cut(0, found.start()).stripped()
        return whole, part.cut(found.start(name), found.end(name)).stripped()
    return part, None


def _names_something(text: str) -> bool:
    """Whether there is a word of prose in it: (sin x) and (alpha) are mathematics."""
    words = [w for w in _WORD.findall(text.split(":")[0]) if w not in GREEK_NAMES and not function_named(w)]
    prose = {"for", "if", "when", "where", "pour", "si", "quand", "avec", "with"}
    return bool(words) and not prose & {w.lower() for w in words[:1]}


def _assumed(part: Part) -> tuple[Part, tuple[Part, ...]]:
    """The line without the conditions at its end: `… for x > 0`, `… (x > 0)`, `…, x > 0`."""
    found = _CONDITION.search(part.text)
    if found and any(m[0] not in ("=", "==") for m in _RELATIONS.finditer(found["tail"])):
        tail = part.cut(found.start("tail"), found.end("tail"))
        return part.cut(0, found.start()).stripped(), conditions(tail)
    for pattern in (
        r"(?:\s|\\q?quad)\s*\((?P<tail>[^()=]*[<>≤≥≠][^()]*)\)\s*$",
        r",\s*(?P<tail>[^,=]*[<>≤≥≠][^,]*)$",
    ):
        again = re.search(pattern, part.text)
        if again and _depth(part.text[: again.start()]) == 0:
            tail = part.cut(again.start("tail"), again.end("tail"))
            return part.cut(0, again.start()).stripped(), conditions(tail)
    return part, ()


def _depth(text: str) -> int:
    return sum(text.count(c) for c in _OPENING) - sum(text.count(c) for c in _CLOSING)


def _top(part: Part) -> Iterator[re.Match[str]]:
    """Relation signs outside brackets."""
    for found in _RELATIONS.finditer(part.text):
        if _depth(part.text[: found.start()].replace(r"\left]", "")) == 0:
            yield found


def _split(part: Part, separator: re.Pattern[str]) -> list[Part]:
    pieces, at = [], 0
    for found in separator.finditer(part.text):
        if _depth(part.text[: found.start()]) == 0:
            pieces.append(part.cut(at, found.start()))
            at = found.end()
    return [*pieces, part.cut(at)]
