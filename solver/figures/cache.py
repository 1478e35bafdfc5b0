"""Drawings kept by content, so that a rebuild never draws again."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from solver import kept
from solver.document.figure import FigureSpec
from solver.figures.codec import terms_used
from solver.resources import template_folder
from solver.version import VERSION

SHELF = kept.Shelf("figures", 600)

Drawing = dict[str, bytes]


@lru_cache(maxsize=1)
def _fingerprint() -> str:
    """What the drawings depend on besides their specification: our version, Typst's, our sources."""
    import typst

    package = Path(__file__).resolve().parents[1]
    patterns = (("figures", "*.py"), ("writers", "*typst*.py"), ("document", "formula*.py"))
    own = [path for folder, pattern in patterns for path in sorted((package / folder).glob(pattern))]
    made = kept.sources([*own, template_folder() / "typst" / "figure.typ"])
    return f"{VERSION} {getattr(typst, '__version__', '?')} {made}"


def key(spec: FigureSpec, lang: str, terms: Mapping[str, str]) -> str:
    """The name of a drawing's content: equal keys, equal drawings."""
    return digest("drawing", repr(spec), lang, *(f"{k}={v}" for k, v in terms_used(spec, terms).items()))


def digest(*parts: str) -> str:
    """A name made of these texts and of what all drawings depend on."""
    return kept.digest(_fingerprint(), *parts)


def load(name: str) -> Drawing | None:
    """The drawing kept under a key, or None if there is none that is whole."""
    entry = SHELF.load(name)
    if entry is None:
        return None
    head, _, body = entry.partition(b"\n")
    size = int(head)
    return {"svg": body[:size], "pdf": body[size:]}


def store(name: str, drawing: Mapping[str, bytes]) -> None:
    """Keeps a drawing; a folder that cannot be written is no fault."""
    SHELF.store(name, f"{len(drawing['svg'])}\n".encode() + drawing["svg"] + drawing["pdf"])


def load_list(name: str) -> tuple[str, ...] | None:
    """The keys noted under a name (the drawings of a sheet at its last build)."""
    entry = SHELF.load(name)
    return None if entry is None else tuple(entry.decode("ascii").split())


def store_list(name: str, keys: tuple[str, ...]) -> None:
    """Notes keys under a name, unless they are noted already."""
    if load_list(name) != keys:
        SHELF.store(name, "\n".join(keys).encode("ascii"))
