"""The formats of a document: a format is one writer and one frame, and a row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from solver.document.nodes import Document
from solver.press import Drawings, Press
from solver.resources import terms


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
    drawings: Callable[[], Drawings],
    press: Press,
) -> dict[str, bytes]:
    """The files of a document by relative path: its formats, and the figures that they show.

    `drawings` is called when they are needed, which may be in another thread, and may wait for them.
    """
    files: dict[str, bytes] = {}
    words, folder = terms(made.metadata.lang), press.folder

    def placed(ending: str) -> Callable[[str], str]:
        return lambda name: f"{folder}/{name}.{ending}"

    made_pdf = press.pdf(made, drawings) if "pdf" in formats else None
    chosen = [TEXT_FORMATS[name] for name in formats if name in TEXT_FORMATS]
    for text in chosen:
        module, _, function = text.writer.partition(":")
        write = getattr(import_module(module), function)
        written: str = write(made, figure_path=placed(text.drawing), terms=words, frames=press.frames)
        files[stem + text.suffix] = written.encode()
    if made_pdf is not None:
        files[stem + ".pdf"] = made_pdf.result()
    for name, drawing in drawings().items():
        for ending in dict.fromkeys(text.drawing for text in chosen):
            files[f"{folder}/{name}.{ending}"] = drawing[ending]
    if chosen:
        files |= {f"{folder}/{name}": data for name, data in press.assets.items()}
    return files
