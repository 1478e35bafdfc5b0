"""The formats of a document: a format is one writer and one frame, and a row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from solver.document.nodes import Document
from solver.kept import Shelf, digest, sources
from solver.resources import terms
from solver.version import VERSION
from solver.writers.frames import Frames

Drawings = Callable[[], Mapping[str, Mapping[str, bytes]]]
"""The drawings of a document by name, each as `svg` and `pdf`; calling it may wait for them."""


@dataclass(frozen=True, slots=True)
class TextFormat:
    """A format that is text: its writer (`module:function`), the end of its file's name, and whether it shows
    `pdf` or `svg` drawings."""

    writer: str
    suffix: str
    drawing: str


TEXT_FORMATS: Mapping[str, TextFormat] = {
    "latex": TextFormat("solver.writers.latex:write_latex", ".tex", "pdf"),
    "exam": TextFormat("solver.writers.exam:write_exam", ".exam.tex", "pdf"),
    "html": TextFormat("solver.writers.html:write_html", ".html", "svg"),
    "myst": TextFormat("solver.writers.myst:write_myst", ".myst.md", "svg"),
    "markdown": TextFormat("solver.writers.markdown:write_markdown", ".md", "svg"),
}
DRAWN = ("pdf", *TEXT_FORMATS)
"""Formats that show figures."""
FORMATS = (*DRAWN, "json")
"""Every format that `--to` takes."""


def render(
    made: Document,
    formats: tuple[str, ...],
    stem: str,
    drawings: Drawings,
    *,
    assets: Mapping[str, bytes] = MappingProxyType({}),
    templates: Path | None = None,
) -> dict[str, bytes]:
    """The files of a document by relative path: its formats, and the figures that they show.

    `drawings` is called when they are needed, which may be in another thread, and may wait for them; `assets`
    are other pictures by file name (a logo). Frames in the folder `templates` come before ours.
    """
    files: dict[str, bytes] = {}
    words, frames = terms(made.metadata.lang), Frames(templates)
    folder = f"{stem}-figures"

    def placed(ending: str) -> Callable[[str], str]:
        return lambda name: f"{folder}/{name}.{ending}"

    with ThreadPoolExecutor(1) as beside:
        made_pdf: Future[bytes] | None = None
        if "pdf" in formats:
            from solver.writers.typst import write_typst

            source = write_typst(made, figure_path=placed("svg"), terms=words, frames=frames)

            def compiled() -> bytes:
                inner = {f"{folder}/{name}.svg": d["svg"] for name, d in drawings().items()}
                return pdf(source, inner | {f"{folder}/{name}": d for name, d in assets.items()})

            # Typst, and the wait for drawings, let other threads run: the texts are written meanwhile.
            made_pdf = beside.submit(compiled)
        chosen = [TEXT_FORMATS[name] for name in formats if name in TEXT_FORMATS]
        for text in chosen:
            module, _, function = text.writer.partition(":")
            write = getattr(import_module(module), function)
            written: str = write(made, figure_path=placed(text.drawing), terms=words, frames=frames)
            files[stem + text.suffix] = written.encode()
        if made_pdf is not None:
            files[stem + ".pdf"] = made_pdf.result()
    for name, drawing in drawings().items():
        for ending in dict.fromkeys(text.drawing for text in chosen):
            files[f"{folder}/{name}.{ending}"] = drawing[ending]
    if chosen:
        files |= {f"{folder}/{name}": data for name, data in assets.items()}
    return files


_PDFS = Shelf("pdf", 24)


def pdf(source: str, files: Mapping[str, bytes]) -> bytes:
    """The PDF of a Typst source and the files that it shows, kept from an earlier build or made.

    Only the setting of the pages is spared: what stands on them was solved and checked in this run.
    """
    import typst

    from solver.writers.typst import compile_pdf

    own = sources(sorted((Path(__file__).parent / "writers").glob("typst*.py")))
    contents = (part for name in sorted(files) for part in (name, files[name]))
    name = digest(VERSION, getattr(typst, "__version__", "?"), own, source, *contents)
    made = _PDFS.load(name)
    if made is None:
        made = compile_pdf(source, files)
        _PDFS.store(name, made)
    return made
