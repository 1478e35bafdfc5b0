"""The PDF of a document, set beside what else is done: its beginning while the rest is still being solved.

Typst lets other threads run, and remembers what it has laid out: the pages of questions that are answered
already cost nothing more when the whole document is set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from solver.document.nodes import Document
from solver.errors import CorrigeError
from solver.kept import Shelf, digest, sources
from solver.resources import terms
from solver.version import VERSION
from solver.writers.frames import Frames

Drawings = Mapping[str, Mapping[str, bytes]]
"""Drawings by name, each as `svg` and `pdf`."""


_STEP = 0.2
"""The share of a document's answers that must be new for its beginning to be laid out again."""
_PDFS = Shelf("pdf", 24)


@dataclass(slots=True)
class Press:
    """Sets the PDF of one document; leaving its context ends its thread."""

    folder: str
    """Where its pictures lie."""
    frames: Frames
    assets: Mapping[str, bytes]
    """Pictures that are no drawings, by file name (a logo)."""
    hint: str = ""
    """What the document is made from: where its last PDF is still kept, nothing is laid out ahead."""
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _ahead: Future[None] | None = None
    _share: float = 0.0

    def __enter__(self) -> Press:
        last = _PDFS.load(digest("last", self.hint)) if self.hint else None
        if last is not None and _PDFS.holds(last.decode("ascii")):
            self._share = 1.0
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(cancel_futures=True)

    def wants(self, share: float) -> bool:
        """Whether the beginning of a document, of which this share is answered, is worth laying out now."""
        return share - self._share >= _STEP and (self._ahead is None or self._ahead.done())

    def lay_out(self, beginning: Document, share: float, drawings: Drawings) -> None:
        """Begins to lay out the first sections of a document; never waits, never fails.

        Does nothing where one of their drawings is still missing.
        """
        self._share = share
        if not beginning.figures.keys() <= drawings.keys():
            return
        from solver.writers.typst_compiler import lay_out

        source, files = self._source(beginning), self._files(drawings)

        def begin() -> None:
            # A fault is met again, and told, when the whole document is set.
            with suppress(CorrigeError):
                lay_out(source, files)

        self._ahead = self._thread.submit(begin)

    def pdf(self, made: Document, drawings: Callable[[], Drawings]) -> Future[bytes]:
        """The PDF, when it is made; `drawings` is called in another thread, and may wait for them."""
        source, software = self._source(made), _software()
        return self._thread.submit(lambda: self._kept(source, self._files(drawings()), software))

    def _kept(self, source: str, files: Mapping[str, bytes], software: str) -> bytes:
        """The PDF of a Typst source and the files that it shows, kept from an earlier build or made.

        Only the setting of the pages is spared: what stands on them was solved and checked in this run.
        """
        from solver.writers.typst import compile_pdf

        contents = (part for name in sorted(files) for part in (name, files[name]))
        name = digest(software, source, *contents)
        made = _PDFS.load(name)
        if made is None:
            made = compile_pdf(source, files)
            _PDFS.store(name, made)
            if self.hint:
                _PDFS.store(digest("last", self.hint), name.encode("ascii"))
        return made

    def _source(self, made: Document) -> str:
        from solver.writers.typst import write_typst

        words = terms(made.metadata.lang)
        return write_typst(
            made, figure_path=lambda name: f"{self.folder}/{name}.svg", terms=words, frames=self.frames
        )

    def _files(self, drawings: Drawings) -> dict[str, bytes]:
        drawn = {f"{self.folder}/{name}.svg": drawing["svg"] for name, drawing in drawings.items()}
        return drawn | {f"{self.folder}/{name}": data for name, data in self.assets.items()}


def _software() -> str:
    """What a PDF depends on besides its source."""
    import typst

    own = sources(sorted((Path(__file__).parent / "writers").glob("typst*.py")))
    return digest(VERSION, getattr(typst, "__version__", "?"), own)
