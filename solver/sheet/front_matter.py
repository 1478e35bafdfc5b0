"""The front matter of a sheet: a small YAML mapping whose values are text, read with the doors shut.

No tags, anchors, aliases or merge keys, no key twice, 64 kB at most; a scalar is its text (`no` is “no”,
`010` is “010”) and each field types it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solver.document.nodes import Metadata
from solver.document.typography import french_text
from solver.errors import SheetError, Span, nearest
from solver.resources import languages

if TYPE_CHECKING:
    from yaml import Mark, Node

MAX_BYTES = 64_000
_MAX_DEPTH = 8
_FIELDS = ("title", "subtitle", "course", "author", "institution", "date")
SETTINGS = {"detail": ("result", "steps", "full"), "columns": ("1", "2")}
"""The keys that take one of a few words."""
KEYS: Mapping[str, str] = {
    "title": "the title; required",
    "subtitle": "a line below the title",
    "course": "printed above the title",
    "author": "a text, or a list such as `[Ada, Bob]`",
    "institution": "printed above the title, at the right",
    "date": "printed as it is written",
    "lang": "the language of the sheet: `fr` (the default) or `en`",
    "detail": "how much of an answer is printed, see below; `steps` unless written",
    "columns": "`2` sets the statement in two columns",
    "logo": "a PNG or JPEG file in the sheet's folder, printed above the title",
    "answer-space": "`3cm`: the statement has an empty frame so high wherever an answer is asked",
}
"""The keys of the front matter and what each says, for the guide."""


@dataclass(frozen=True, slots=True)
class _Entry:
    text: str
    span: Span


def split_front_matter(text: str) -> tuple[str, str]:
    """The YAML text and the text with its front matter made blank, so that lines keep their numbers."""
    rows = text.split("\n")
    if not rows or rows[0].rstrip() != "---":
        raise SheetError(
            "a sheet begins with its front matter",
            span=Span(1, 1),
            hint="Write three lines first: ---, title: The title of the sheet, ---.",
        )
    for i, row in enumerate(rows[1:], 1):
        if row.rstrip() in ("---", "..."):
            return "\n".join(rows[1:i]), "\n".join([""] * (i + 1) + rows[i + 1 :])
    raise SheetError("the front matter is not closed", span=Span(1, 1, 3), hint="Write a line --- after it.")


def read_front_matter(yaml_text: str, chosen: str | None = None) -> tuple[Metadata, Mapping[str, str]]:
    """The metadata and the settings (`detail`). The text begins on line 2 of the sheet; `chosen` is the
    language where it holds several.

    Raises SheetError with the place of the fault.
    """
    entries = _entries(yaml_text)
    for key, entry in entries.items():
        if key not in KEYS:
            raise SheetError(
                f"unknown key “{key}” in the front matter; the keys are {', '.join(KEYS)}",
                span=Span(entry.span.line, 1, len(key)),
                hint=nearest(key, KEYS),
            )
    if not entries.get("title", _Entry("", Span(1, 1))).text:
        raise SheetError("the front matter needs a title", span=Span(1, 1, 3), hint="Write title: …")
    lang = entries["lang"].text if "lang" in entries else "fr"
    if lang not in languages():
        known = ", ".join(languages())
        raise SheetError(f"“lang” is one of {known}, found “{lang}”", span=entries["lang"].span)
    lang = chosen or lang
    settings: dict[str, str] = {}
    for key, allowed in SETTINGS.items():
        if key in entries:
            entry = entries[key]
            if entry.text not in allowed:
                raise SheetError(
                    f"“{key}” is one of {', '.join(allowed)}, found “{entry.text}”",
                    span=entry.span,
                    hint=nearest(entry.text, allowed),
                )
            settings[key] = entry.text
    settings |= _free(entries)
    fields = {key: entries[key].text for key in _FIELDS if key in entries and entries[key].text}
    if lang == "fr":
        for key in ("title", "subtitle", "course"):
            if key in fields:
                fields[key] = french_text(fields[key])
    given: dict[str, Any] = dict(fields)
    return Metadata(lang=lang, **given), settings


def _free(entries: Mapping[str, _Entry]) -> dict[str, str]:
    """`logo: logo.png` and `answer-space: 3cm` (kept as the number of centimetres)."""
    found: dict[str, str] = {}
    if "answer-space" in entries:
        entry = entries["answer-space"]
        space = re.fullmatch(r"(\d{1,2}(?:[.,]\d)?)\s*cm", entry.text)
        if space is None or not 0 < float(space[1].replace(",", ".")) <= 25:
            raise SheetError(
                f"“answer-space” is a height such as 3cm, at most 25cm, found “{entry.text}”", span=entry.span
            )
        found["answer-space"] = space[1].replace(",", ".")
    if "logo" in entries:
        entry = entries["logo"]
        if not re.fullmatch(r"(?![./])(?:[\w-]+/)*[\w.-]+\.(?:png|jpe?g)", entry.text, re.ASCII):
            raise SheetError(
                f"“logo” is a PNG or JPEG file in the sheet's folder, found “{entry.text}”", span=entry.span
            )
        found["logo"] = entry.text
    return found


def _entries(text: str) -> dict[str, _Entry]:
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise SheetError(f"the front matter is longer than {MAX_BYTES} bytes", span=Span(1, 1, 3))
    import yaml

    try:
        _refuse_bombs(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = " ".join(filter(None, [error.problem, error.context])) or "it cannot be read"
        raise SheetError(
            f"the front matter is not YAML: {message}",
            span=_span(mark) if mark else Span(2, 1),
            hint="A value with a colon stands in quotes: title: 'Réseaux : le cours'.",
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SheetError(f"the front matter is not YAML: {error}", span=Span(2, 1)) from None
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        raise SheetError("the front matter is lines “key: value”", span=_span(node.start_mark))
    entries: dict[str, _Entry] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise SheetError("a key of the front matter is a word", span=_span(key.start_mark))
        if key.value in entries:
            raise SheetError(
                f"the key “{key.value}” is written twice",
                span=_span(key.start_mark, len(key.value)),
            )
        entries[key.value] = _Entry(_text(key.value, value), _span(value.start_mark, 1))
    return entries


def _text(key: str, node: Node) -> str:
    """The text of a value; a list of texts is joined by commas (several authors)."""
    import yaml

    if isinstance(node, yaml.SequenceNode) and all(isinstance(n, yaml.ScalarNode) for n in node.value):
        return ", ".join(_line(n.value) for n in node.value)
    if not isinstance(node, yaml.ScalarNode):
        raise SheetError(f"the value of “{key}” is a text", span=_span(node.start_mark))
    return _line(node.value)


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip() if re.search(r"[\n\t]|  ", text) else text.strip(" ")


def _refuse_bombs(text: str) -> None:
    """Refuses tags, anchors, aliases, merge keys and deep nesting while scanning: nothing is built yet."""
    import yaml

    refused = {
        yaml.TagToken: "a tag",
        yaml.AnchorToken: "an anchor",
        yaml.AliasToken: "an alias",
        yaml.DirectiveToken: "a YAML directive",
    }
    depth = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        for kind, name in refused.items():
            if isinstance(token, kind):
                raise SheetError(
                    f"{name} has no place in the front matter",
                    span=_span(token.start_mark),
                    hint="A text that begins with & * or ! stands in quotes.",
                )
        if isinstance(token, yaml.ScalarToken) and token.plain and token.value == "<<":
            raise SheetError("a merge key has no place in the front matter", span=_span(token.start_mark, 2))
        name = type(token).__name__
        depth += name.endswith("StartToken") and not name.startswith("Stream")
        depth -= name.endswith("EndToken") and not name.startswith("Stream")
        if depth > _MAX_DEPTH:
            raise SheetError("the front matter is nested too deeply", span=_span(token.start_mark))


def _span(mark: Mark, length: int = 1) -> Span:
    return Span(mark.line + 2, mark.column + 1, max(1, length))
