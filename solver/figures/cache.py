"""Drawings kept by content in the user's cache folder, so that a rebuild never draws again.

A cache is a convenience: a folder that cannot be written, an entry that was cut or changed, are
nothing but a drawing to make again.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from solver import __version__
from solver.document.figure import FigureSpec
from solver.figures.codec import terms_used
from solver.resources import cache_folder, template_text

_MAGIC = b"corrige-figure-1"
_MOST = 600  # entries kept; the oldest go first

Drawing = dict[str, bytes]


@lru_cache(maxsize=1)
def _fingerprint() -> str:
    """What the drawings depend on besides their specification: our version, Typst's, our sources."""
    import typst

    digest = sha256(f"{__version__} {getattr(typst, '__version__', '?')}".encode())
    package = Path(__file__).resolve().parents[1]
    for folder, pattern in (("figures", "*.py"), ("writers", "*typst*.py"), ("document", "formula*.py")):
        for source in sorted((package / folder).glob(pattern)):
            digest.update(source.name.encode())
            with contextlib.suppress(OSError):
                digest.update(source.read_bytes())
    digest.update(template_text("typst/figure.typ").encode())
    return digest.hexdigest()


def key(spec: FigureSpec, lang: str, terms: Mapping[str, str]) -> str:
    """The name of a drawing's content: equal keys, equal drawings."""
    return digest("drawing", repr(spec), lang, *(f"{k}={v}" for k, v in terms_used(spec, terms).items()))


def digest(*parts: str) -> str:
    """A name made of these texts and of what all drawings depend on."""
    found = sha256(_fingerprint().encode())
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        found.update(str(len(raw)).encode() + b":" + raw)
    return found.hexdigest()


def load(name: str) -> Drawing | None:
    """The drawing kept under a key, or None if there is none that is whole."""
    raw = _read(name)
    if raw is None:
        return None
    head, _, body = raw.partition(b"\n")
    fields = head.split(b" ")
    if len(fields) != 4 or fields[0] != _MAGIC or fields[1] != sha256(body).hexdigest().encode():
        return None
    try:
        svg, pdf = int(fields[2]), int(fields[3])
    except ValueError:
        return None
    return {"svg": body[:svg], "pdf": body[svg : svg + pdf]} if svg + pdf == len(body) else None


def store(name: str, drawing: Mapping[str, bytes]) -> None:
    """Keeps a drawing; a folder that cannot be written is no fault."""
    body = drawing["svg"] + drawing["pdf"]
    sizes = f"{len(drawing['svg'])} {len(drawing['pdf'])}"
    head = _MAGIC + f" {sha256(body).hexdigest()} {sizes}\n".encode()
    _write(name, head + body)


def load_list(name: str) -> tuple[str, ...] | None:
    """The keys noted under a name (the drawings of a sheet at its last build)."""
    raw = _read(name)
    if raw is None:
        return None
    lines = raw.decode("ascii", "replace").split("\n")
    return tuple(lines[1:]) if lines[0] == _MAGIC.decode() + " list" else None


def store_list(name: str, keys: tuple[str, ...]) -> None:
    """Notes keys under a name."""
    _write(name, "\n".join([_MAGIC.decode() + " list", *keys]).encode("ascii"))


def _path(name: str) -> Path | None:
    base = cache_folder()
    return None if base is None else base / "figures" / name


def _read(name: str) -> bytes | None:
    path = _path(name)
    try:
        return None if path is None else path.read_bytes()
    except OSError:
        return None


def _write(name: str, raw: bytes) -> None:
    """Writes beside and renames, so that no reader and no crash sees half an entry."""
    path = _path(name)
    if path is None:
        return
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix="new-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(raw)
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
        _prune(path.parent)


def _prune(base: Path) -> None:
    entries = list(base.iterdir())
    if len(entries) > _MOST:
        dated = sorted((entry.stat().st_mtime, entry.name) for entry in entries)
        for _, name in dated[: len(entries) - _MOST]:
            (base / name).unlink(missing_ok=True)
