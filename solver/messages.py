"""Messages in another language than English: a finished sentence → the same in French.

As with gettext, the English sentence in the code is the key: `templates/<lang>/messages/*.toml` maps it, with
a hole `{}` for each value put in, to its translation (`{0}`, `{1}` where the order changes). What no table
holds stays in English. What stands in a hole is translated in its turn, unless it is quoted.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from string import Formatter

from solver.resources import template_folder

_SENTENCE_END = re.compile(r"(?<=[.?!]) (?=[(A-Z])")
_WORDS = re.compile(r"[a-z]{2,} [a-z]{2,}")
_TELLING = 10
"""How many letters a pattern has that is believed although words stay in English in one of its holes."""
_DEPTH = 6
"""A message inside a message inside a message…: no deeper than this."""
_BREAK = "\u00a0"
_HIGH = re.compile(r"(?<=\S) (?=[:;?!»](?![\w=:]))|(?<=«) ")  # not in `a != b`, `:rate: 2`


def pieces_of(pattern: str) -> tuple[str, ...]:
    """The texts around the holes of a pattern: one more than there are holes.

    >>> pieces_of("“{}” has no option “{}”")
    ('“', '” has no option “', '”')
    """
    pieces = [""]
    for text, hole, _, _ in Formatter().parse(pattern):
        pieces[-1] += text
        if hole is not None:
            pieces.append("")
    return tuple(pieces)


@dataclass(frozen=True)
class _Sentence:
    """A pattern in English and its translation."""

    pieces: tuple[str, ...]
    translation: str

    @cached_property
    def form(self) -> re.Pattern[str]:
        first, *others = self.pieces
        holes = ("([^”]*)" if self.quoted(i) else "(.*?)" for i in range(len(others)))
        rest = (hole + re.escape(piece) for hole, piece in zip(holes, others, strict=True))
        return re.compile(re.escape(first) + "".join(rest), re.DOTALL)

    def holes(self, text: str) -> tuple[str, ...] | None:
        """What stands in the holes, where the text is of this form."""
        if any(piece not in text for piece in self.pieces):
            return None
        found = self.form.fullmatch(text)
        return found.groups() if found else None

    @property
    def letters(self) -> int:
        """How much of the sentence is its own."""
        return sum(c.isalpha() for piece in self.pieces for c in piece)

    def quoted(self, hole: int) -> bool:
        """Whether the hole is a citation, which stays as the user wrote it."""
        return self.pieces[hole].endswith(("“", "`", "'"))


@cache
def _table(lang: str) -> tuple[dict[str, str], tuple[_Sentence, ...]]:
    """Sentences without holes, and those with some: the most telling (most letters) first."""
    plain: dict[str, str] = {}
    formed: list[_Sentence] = []
    for english, translation in translations(lang):
        pieces, there = pieces_of(english), _HIGH.sub(_BREAK, translation)
        if len(pieces) == 1:
            plain[pieces[0]] = there.format()
        else:
            formed.append(_Sentence(pieces, there))
    formed.sort(key=lambda s: -s.letters)
    return plain, tuple(formed)


def translations(lang: str) -> Iterator[tuple[str, str]]:
    """Each English pattern with its translation, as the tables hold them; nothing for English."""
    for path in sorted((template_folder() / lang / "messages").glob("*.toml")):
        yield from tomllib.loads(path.read_text(encoding="utf-8")).items()


def translated(text: str, lang: str) -> str:
    """The message in the language, or as it is where it has no translation."""
    known = _translated(text, lang, _DEPTH)
    if known is None:  # sentences one after the other: each for itself
        known = " ".join(_translated(s, lang, _DEPTH) or s for s in _SENTENCE_END.split(text))
    return known


def _translated(text: str, lang: str, depth: int) -> str | None:
    plain, formed = _table(lang)
    if text in plain or not depth:
        return plain.get(text)
    for sentence in formed:
        found = sentence.holes(text)
        if found is None:
            continue
        inside = [
            hole if sentence.quoted(i) else _translated(hole, lang, depth - 1) for i, hole in enumerate(found)
        ]
        left = [hole for hole, there in zip(found, inside, strict=True) if there is None]
        if sentence.letters >= _TELLING or not any(map(_WORDS.search, left)):
            whole = (there or _cited(hole, lang) for hole, there in zip(found, inside, strict=True))
            return sentence.translation.format(*whole)
    return None


def _cited(text: str, lang: str) -> str:
    """A text without translation, with the quotation marks of the language."""
    return re.sub("“([^”]*)”", lambda found: translated(found.group(), lang), text)


def worded(lang: str | None) -> Callable[[str], str]:
    """What words messages in the language that was asked for; None: as they are, in English."""
    return str if lang is None else lambda text: translated(text, lang)
