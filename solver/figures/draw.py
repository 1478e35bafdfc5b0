"""From a specification to the bytes of an SVG and of a PDF, the same bytes every time."""

from __future__ import annotations

from collections.abc import Mapping

from solver.document.figure import Diagram, FigureSpec, Plot
from solver.figures.diagram import draw_diagram
from solver.figures.plot import draw_plot
from solver.writers.typst_compiler import compile_typst


def draw(spec: FigureSpec, *, terms: Mapping[str, str], lang: str) -> dict[str, bytes]:
    """The drawing as `{"svg": …, "pdf": …}`, 16 cm wide at most, numbers written as the language writes them.

    Raises TypeError for what is no figure specification.
    """
    match spec:
        case Plot():
            source = draw_plot(spec, terms, lang).source()
        case Diagram():
            source = draw_diagram(spec, terms, lang).source()
        case _:
            raise TypeError(f"no drawing is known for {type(spec).__name__}")
    return {
        "svg": compile_typst(source, form="svg"),
        # pdflatex takes drawings of version 1.5 at most; the document that shows it says what it is.
        "pdf": compile_typst(source, standards=("1.5",), tagged=False),
    }
