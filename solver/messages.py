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
_DEPTH = 6
"""A message inside a message inside a message…: no deeper than this."""
_BREAK = "\u00a0"
_HIGH = re.compile(r"(?<=\S) (?=[:;?!»])|(?<=«) ")


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
        return re.compile("(.*?)".join(map(re.escape, self.pieces)), re.DOTALL)

    def holes(self, text: str) -> tuple[str, ...] | None:
        """What stands in the holes, where the text is of this form."""
        if any(piece not in text for piece in self.pieces):
            return None
        found = self.form.fullmatch(text)
        return found.groups() if found else None

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
    formed.sort(key=lambda s: -sum(map(len, s.pieces)))
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
        if found is not None:
            values = (
                hole if sentence.quoted(i) else _translated(hole, lang, depth - 1) or hole
                for i, hole in enumerate(found)
            )
            return sentence.translation.format(*values)
    return None


def worded(lang: str | None) -> Callable[[str], str]:
    """What words messages in the language that was asked for; None: as they are, in English."""
    return str if lang is None else lambda text: translated(text, lang)
