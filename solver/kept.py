"""Bytes kept by content in the user's cache folder, so that a rebuild makes again only what has changed.

A cache is a convenience: a folder that cannot be written, an entry that was cut or changed, are
nothing but something to make again.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from solver.resources import cache_folder

_MAGIC = b"corrige-kept-1"


def digest(*parts: str | bytes) -> str:
    """A name made of these contents: equal names, equal contents."""
    found = sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        found.update(str(len(raw)).encode() + b":" + raw)
    return found.hexdigest()


def sources(paths: Iterable[Path]) -> str:
    """A name made of the contents of these files: what is kept depends on the code that made it."""
    parts: list[str | bytes] = []
    for path in paths:
        with contextlib.suppress(OSError):
            parts += [path.name, path.read_bytes()]
    return digest(*parts)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of entries by name, at most `most` of them: the oldest go first."""

    folder: str
    most: int

    def holds(self, name: str) -> bool:
        """Whether something is kept under a name."""
        path = self._path(name)
        return path is not None and path.is_file()

    def load(self, name: str) -> bytes | None:
        """What was kept under a name, or None if there is none that is whole."""
        path = self._path(name)
        try:
            raw = b"" if path is None else path.read_bytes()
        except OSError:
            return None
        head, _, body = raw.partition(b"\n")
        return body if head == _head(body) else None

    def store(self, name: str, body: bytes) -> None:
        """Keeps an entry, written beside and renamed, so that no reader and no crash sees half of it."""
        path = self._path(name)
        if path is None:
            return
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix="new-")
            try:
                with os.fdopen(handle, "wb") as stream:
                    stream.write(_head(body) + b"\n" + body)
                os.replace(temporary, path)
            except OSError:
                os.unlink(temporary)
            self._prune(path.parent)

    def _path(self, name: str) -> Path | None:
        base = cache_folder()
        return None if base is None else base / self.folder / name

    def _prune(self, base: Path) -> None:
        entries = list(base.iterdir())
        if len(entries) > self.most:
            dated = sorted((entry.stat().st_mtime, entry.name) for entry in entries)
            for _, name in dated[: len(entries) - self.most]:
                (base / name).unlink(missing_ok=True)


def _head(body: bytes) -> bytes:
    return _MAGIC + b" " + sha256(body).hexdigest().encode()
